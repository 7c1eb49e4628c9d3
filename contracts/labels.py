"""Swedish labels of the code lists, for every page a case worker or a board member reads."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from contracts.codes import (
    ActivityExtent,
    ActivityKind,
    ActivityOutcome,
    Benefit,
    Education,
    ExitReason,
    FollowUpReason,
    FollowUpResult,
    Gate,
    MeetingMode,
    Member,
    NationalExitCode,
    ReturnReason,
    Role,
    Sex,
    SupersededBy,
    Timeliness,
    UnitKind,
)

_LABELS: Final[tuple[Mapping[StrEnum, str], ...]] = (
    {Sex.WOMAN: "kvinna", Sex.MAN: "man", Sex.OTHER: "annat", Sex.UNKNOWN: "uppgift saknas"},
    {
        Member.ARBETSFORMEDLINGEN: "Arbetsförmedlingen",
        Member.FORSAKRINGSKASSAN: "Försäkringskassan",
        Member.KOMMUN: "kommunen",
        Member.REGION: "regionen",
    },
    {
        UnitKind.DISTRICT: "stadsdelsförvaltning",
        UnitKind.JOBBTORG: "Jobbtorg",
        UnitKind.FORSAKRINGSKASSAN: "Försäkringskassan",
        UnitKind.ARBETSFORMEDLINGEN: "Arbetsförmedlingen",
        UnitKind.HEALTH_CARE: "hälso- och sjukvården",
    },
    {
        Education.COMPULSORY: "grundskola",
        Education.UPPER_SECONDARY: "gymnasieutbildning",
        Education.POST_SECONDARY_UNDER_THREE_YEARS: "eftergymnasial utbildning kortare än tre år",
        Education.HIGHER_THREE_YEARS_OR_MORE: "högskoleutbildning tre år eller längre",
        Education.UNKNOWN: "uppgift saknas",
    },
    {
        Benefit.SICKNESS_OR_REHABILITATION: "sjuk- eller rehabiliteringspenning",
        Benefit.INCOME_SUPPORT: "försörjningsstöd",
        Benefit.ACTIVITY_COMPENSATION: "aktivitetsersättning",
        Benefit.SICKNESS_COMPENSATION: "sjukersättning",
        Benefit.ACTIVITY_SUPPORT: "aktivitetsstöd",
        Benefit.OTHER: "annan ersättning",
    },
    {
        ReturnReason.STARTED_OTHER_INSATS: "börjat annan insats under kötiden",
        ReturnReason.RELAPSE: "återfall i missbruk",
        ReturnReason.DISCHARGED_BY_REFERRER: "utskriven från remittenten",
        ReturnReason.NOT_REACHED: "remittenten når inte deltagaren",
        ReturnReason.REFERRER_GONE: "remittenten har slutat och ingen tar över",
        ReturnReason.NOT_RELEVANT: "inte aktuellt för deltagaren just nu",
        ReturnReason.OTHER: "annan orsak",
    },
    {
        ExitReason.JOBSEEKING_WORK_OR_STUDIES: "aktivt arbetssökande, arbete eller studier",
        ExitReason.CONTINUED_REHABILITATION: "fortsatt rehabilitering",
        ExitReason.ILLNESS: "sjukdom",
        ExitReason.MOVED: "flyttat",
        ExitReason.NOT_ELIGIBLE: "tillhör inte längre målgruppen",
        ExitReason.BROKE_OFF: "avbrutit",
        ExitReason.OTHER: "annan orsak",
    },
    {
        NationalExitCode.ONE: "1. Aktivt arbetssökande, arbete eller studier",
        NationalExitCode.TWO: "2. Fortsatt rehabilitering",
        NationalExitCode.THREE: "3. Sjukdom",
        NationalExitCode.OTHER: "Annan orsak",
    },
    {MeetingMode.PHONE: "telefon", MeetingMode.DIGITAL: "digitalt", MeetingMode.PHYSICAL: "fysiskt"},
    {
        ActivityKind.WORK_TRAINING: "arbetsträning",
        ActivityKind.HEALTH_CARE_CONTACT: "vårdkontakt",
        ActivityKind.BENEFIT_APPLICATION: "ansökan om ersättning",
        ActivityKind.GUIDANCE: "vägledning",
        ActivityKind.JOB_SEEKING: "arbetssökande",
        ActivityKind.STUDIES: "studier",
        ActivityKind.SOCIAL_SUPPORT: "socialt stöd",
        ActivityKind.OTHER: "annan aktivitet",
    },
    {ActivityExtent.FULLY: "helt", ActivityExtent.PARTLY: "delvis"},
    {
        ActivityOutcome.FULLY: "helt genomförd",
        ActivityOutcome.PARTLY: "delvis genomförd",
        ActivityOutcome.NOT_DONE: "inte genomförd",
    },
    {
        FollowUpResult.ALL: "alla aktiviteter genomförda",
        FollowUpResult.SOME: "aktiviteter delvis genomförda",
        FollowUpResult.NONE: "inga aktiviteter genomförda",
    },
    {
        FollowUpReason.UNDER_WAY: "aktiviteter på gång",
        FollowUpReason.NOT_REACHABLE: "inte gått att följa upp",
        FollowUpReason.PLAN_NOT_FEASIBLE: "planeringen har inte gått att genomföra",
    },
    {Timeliness.IN_TIME: "i tid", Timeliness.LATE: "sent"},
    {
        SupersededBy.EXIT: "deltagaren har avslutat insatsen",
        SupersededBy.RETURN: "anmälan återremitterades före start",
    },
    {
        Role.AGENCY: "anmälande myndighet",
        Role.COORDINATOR: "koordinator",
        Role.LOTS: "lots",
        Role.OFFICE: "förbundets kansli",
        Role.OPERATIONS: "drift",
    },
    {Gate.ACCEPTANCE: "anmälan antagen", Gate.TEAM_MEETING: "team-möte hållet"},
)


def label(code: StrEnum) -> str:
    """The Swedish label of a code. Raises KeyError for a code without one (a contract test forbids it)."""
    for labels in _LABELS:
        # StrEnum members of different lists can be equal as strings, so the list is chosen by type.
        if type(next(iter(labels))) is type(code):
            return labels[code]
    raise KeyError(type(code).__name__)
