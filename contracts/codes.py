"""Code lists. A value is the word on the wire; Swedish labels for people are in :mod:`contracts.labels`."""

from enum import StrEnum


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


class ReturnStage(StrEnum):
    """How far the case had come when it went back to its referrer.

    By the introduction where the insats says so (MIA: follow-up 2021, L729), elsewhere by the acceptance.
    """

    BEFORE_ACCEPTANCE = "before_acceptance"
    AFTER_ACCEPTANCE = "after_acceptance"
    BEFORE_INTRODUCTION = "before_introduction"
    AFTER_INTRODUCTION = "after_introduction"


class ReferrerChangeCause(StrEnum):
    """Why a referral got another referrer: the earlier one left, the referral moved to another unit, or a colleague
    took it over."""

    LEFT = "left"
    MOVED = "moved"
    TOOK_OVER = "took_over"


class ReturnedBy(StrEnum):
    """Whose doing it was that a referral ended before the start."""

    INSATS = "insats"
    REFERRER = "referrer"
    PARTICIPANT = "participant"
    EXPIRY = "expiry"


class NationalExitCode(StrEnum):
    """The national register's exit reasons 1, 2 and 3 (follow-up 2021, L35-40), the two that MIA's report counts
    apart (parental leave, moved), all others,
    and none for an exit that no register counts."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    PARENTAL_LEAVE = "parental_leave"
    MOVED = "moved"
    OTHER = "other"
    NONE = "none"


class EmployerKind(StrEnum):
    """Who employs (Sundsvall 2023, L528: municipal, state and private employers, and non-profit associations)."""

    MUNICIPALITY = "municipality"
    REGION = "region"
    STATE = "state"
    PRIVATE = "private"
    NON_PROFIT = "non_profit"


class BenefitStatus(StrEnum):
    """What was decided of a benefit. Applied for and granted are different facts (Sundsvall 2023, L921)."""

    APPLIED = "applied"
    GRANTED = "granted"
    REFUSED = "refused"


class MeetingMode(StrEnum):
    """How people met; a recorded choice for each meeting (follow-up 2021, L46-49)."""

    PHONE = "phone"
    DIGITAL = "digital"
    PHYSICAL = "physical"


class ActivityExtent(StrEnum):
    """How far a completed activity was carried out: helt or delvis (follow-up 2021, L91-92)."""

    FULLY = "fully"
    PARTLY = "partly"


class EnrolmentOutcome(StrEnum):
    """How a seat in a group or course ended: completed or dropped out (Sundsvall 2023, L1342-1344), given up before
    the first session, or given up because the case itself ended."""

    COMPLETED = "completed"
    DROPPED_OUT = "dropped_out"
    WITHDRAWN_BEFORE_START = "withdrawn_before_start"
    CASE_ENDED = "case_ended"


class ActivityOutcome(StrEnum):
    """What a follow-up finds of one activity."""

    FULLY = "fully"
    PARTLY = "partly"
    NOT_DONE = "not_done"


class StepKind(StrEnum):
    """What reaching a step of an insats means: a word of the catalogue's ``steps``, less the assignments, which
    have events of their own."""

    NOTE = "note"
    DOCUMENT = "document"
    REGISTRATION = "registration"
    QUESTION = "question"
    RATING = "rating"
    PHASE = "phase"


class FollowUpResult(StrEnum):
    """How many of a plan's activities were carried out (follow-up 2021, L145-150)."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


class FollowUpReason(StrEnum):
    """Why not all activities were carried out (follow-up 2021, L148-150). Separate from the result."""

    UNDER_WAY = "under_way"
    NOT_REACHABLE = "not_reachable"
    PLAN_NOT_FEASIBLE = "plan_not_feasible"


class Timeliness(StrEnum):
    """Whether a follow-up was held before its window opened, within it, or after it had closed."""

    EARLY = "early"
    IN_TIME = "in_time"
    LATE = "late"


class SupersededBy(StrEnum):
    """What made a follow-up unnecessary."""

    EXIT = "exit"
    RETURN = "return"
    REGISTERED_IN_ERROR = "registered_in_error"
    PLAN_CLOSED = "plan_closed"
    AGREED_ANEW = "agreed_anew"


class AmountKind(StrEnum):
    """Whether an amount is what was decided for a period, what it came to, or what is planned for a later one."""

    BUDGET = "budget"
    OUTCOME = "outcome"
    PLAN = "plan"


class AmountUnit(StrEnum):
    """What an amount was given in. It is kept in whole kronor; a source in thousands has rounded it."""

    KRONOR = "kr"
    THOUSANDS = "tkr"


class Role(StrEnum):
    """What a signed-in user may do."""

    AGENCY = "agency"
    COORDINATOR = "coordinator"
    LOTS = "lots"
    OFFICE = "office"
    OPERATIONS = "operations"
    DATA_PROTECTION = "data_protection"
    PROJECT_LEADER = "project_leader"
    TEAM_REPRESENTATIVE = "team_representative"


class ReferralStep(StrEnum):
    """What became of a referral."""

    INCOMPLETE = "incomplete"
    COMPLETED = "completed"
    ACCEPTED = "accepted"
    MEETING_BOOKED = "meeting_booked"
    MEETING_CANCELLED = "meeting_cancelled"
    MEETING_HELD = "meeting_held"
    RETURNED = "returned"
    STARTED = "started"
    ENDED = "ended"
    HANDED_BACK = "handed_back"
    HAND_BACK_ACKNOWLEDGED = "hand_back_acknowledged"
    REOPENED = "reopened"
