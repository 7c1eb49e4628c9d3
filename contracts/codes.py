"""Code lists. A value is the word on the wire; Swedish labels for people are in :mod:`contracts.labels`."""

from enum import StrEnum
from typing import Final


class Sex(StrEnum):
    """As stated by the referring agency; never derived from a number, and no value is ever dropped."""

    WOMAN = "woman"
    MAN = "man"
    OTHER = "other"
    UNKNOWN = "unknown"


class Member(StrEnum):
    """The four parties of a coordination association (law 2003:1210, section 4)."""

    ARBETSFORMEDLINGEN = "arbetsformedlingen"
    FORSAKRINGSKASSAN = "forsakringskassan"
    KOMMUN = "kommun"
    REGION = "region"


class UnitKind(StrEnum):
    """The kind of office a referral comes from. Districts are told apart from the rest of the city
    because the board asks for it (follow-up 2021, L113-114)."""

    DISTRICT = "district"
    JOBBTORG = "jobbtorg"
    FORSAKRINGSKASSAN = "forsakringskassan"
    ARBETSFORMEDLINGEN = "arbetsformedlingen"
    HEALTH_CARE = "health_care"


class Education(StrEnum):
    """Highest completed education at referral (follow-up 2021, L17-20)."""

    COMPULSORY = "compulsory"
    UPPER_SECONDARY = "upper_secondary"
    POST_SECONDARY_UNDER_THREE_YEARS = "post_secondary_under_three_years"
    HIGHER_THREE_YEARS_OR_MORE = "higher_three_years_or_more"
    UNKNOWN = "unknown"


class Benefit(StrEnum):
    """Public support at referral; a person may have several, or none (follow-up 2021, L26-30)."""

    SICKNESS_OR_REHABILITATION = "sickness_or_rehabilitation"
    INCOME_SUPPORT = "income_support"
    ACTIVITY_COMPENSATION = "activity_compensation"
    SICKNESS_COMPENSATION = "sickness_compensation"
    ACTIVITY_SUPPORT = "activity_support"
    OTHER = "other"


class ReturnReason(StrEnum):
    """Why a referral goes back to its referrer before enrolment (follow-up 2021, L730-734)."""

    STARTED_OTHER_INSATS = "started_other_insats"
    RELAPSE = "relapse"
    DISCHARGED_BY_REFERRER = "discharged_by_referrer"
    NOT_REACHED = "not_reached"
    REFERRER_GONE = "referrer_gone"
    NOT_RELEVANT = "not_relevant"
    OTHER = "other"


class ExitReason(StrEnum):
    """Why a participant leaves an insats. The report words three; the rest are nationally "other"."""

    JOBSEEKING_WORK_OR_STUDIES = "jobseeking_work_or_studies"
    CONTINUED_REHABILITATION = "continued_rehabilitation"
    ILLNESS = "illness"
    MOVED = "moved"
    NOT_ELIGIBLE = "not_eligible"
    BROKE_OFF = "broke_off"
    OTHER = "other"


class NationalExitCode(StrEnum):
    """The national register's exit reasons 1, 2 and 3 (follow-up 2021, L35-40), and all others."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    OTHER = "other"


NATIONAL_EXIT_CODE: Final[dict[ExitReason, NationalExitCode]] = {
    ExitReason.JOBSEEKING_WORK_OR_STUDIES: NationalExitCode.ONE,
    ExitReason.CONTINUED_REHABILITATION: NationalExitCode.TWO,
    ExitReason.ILLNESS: NationalExitCode.THREE,
    ExitReason.MOVED: NationalExitCode.OTHER,
    ExitReason.NOT_ELIGIBLE: NationalExitCode.OTHER,
    ExitReason.BROKE_OFF: NationalExitCode.OTHER,
    ExitReason.OTHER: NationalExitCode.OTHER,
}


class MeetingMode(StrEnum):
    """How people met; a recorded choice for each meeting (follow-up 2021, L46-49)."""

    PHONE = "phone"
    DIGITAL = "digital"
    PHYSICAL = "physical"


class ActivityKind(StrEnum):
    """What an activity of a samplan is about."""

    WORK_TRAINING = "work_training"
    HEALTH_CARE_CONTACT = "health_care_contact"
    BENEFIT_APPLICATION = "benefit_application"
    GUIDANCE = "guidance"
    JOB_SEEKING = "job_seeking"
    STUDIES = "studies"
    SOCIAL_SUPPORT = "social_support"
    OTHER = "other"


class ActivityExtent(StrEnum):
    """How far a completed activity was carried out: helt or delvis (follow-up 2021, L91-92)."""

    FULLY = "fully"
    PARTLY = "partly"


class ActivityOutcome(StrEnum):
    """What a follow-up finds of one activity."""

    FULLY = "fully"
    PARTLY = "partly"
    NOT_DONE = "not_done"


class FollowUpResult(StrEnum):
    """How many of a plan's activities were carried out (follow-up 2021, L145-150)."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


class FollowUpReason(StrEnum):
    """Why not all activities were carried out (follow-up 2021, L148-150). Kept apart from the result."""

    UNDER_WAY = "under_way"
    NOT_REACHABLE = "not_reachable"
    PLAN_NOT_FEASIBLE = "plan_not_feasible"


class Timeliness(StrEnum):
    """Whether a follow-up was held before its window closed."""

    IN_TIME = "in_time"
    LATE = "late"


class SupersededBy(StrEnum):
    """What made a follow-up unnecessary."""

    EXIT = "exit"
    RETURN = "return"


class Role(StrEnum):
    """What a signed-in user may do."""

    AGENCY = "agency"
    COORDINATOR = "coordinator"
    LOTS = "lots"
    OFFICE = "office"
    OPERATIONS = "operations"


class Gate(StrEnum):
    """What must have happened before a participant can start."""

    ACCEPTANCE = "acceptance"
    TEAM_MEETING = "team_meeting"
