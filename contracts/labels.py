"""Swedish labels of the code lists, for every page a case worker or a board member reads."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from contracts.codes import (
    ActivityExtent,
    ActivityOutcome,
    AmountKind,
    AmountUnit,
    Benefit,
    BenefitStatus,
    DeviationKind,
    DeviationMeasure,
    Education,
    EmployerKind,
    EnrolmentOutcome,
    FollowUpReason,
    FollowUpResult,
    MeetingMode,
    Member,
    NationalExitCode,
    ReferralStep,
    ReferrerChangeCause,
    ReturnedBy,
    ReturnStage,
    Role,
    Sex,
    StepKind,
    SupersededBy,
    Timeliness,
)

MONTHS: Final = (
    "januari", "februari", "mars", "april", "maj", "juni",
    "juli", "augusti", "september", "oktober", "november", "december",
)  # fmt: skip

_LABELS: Final[tuple[Mapping[StrEnum, str], ...]] = (
    {AmountKind.BUDGET: "budget", AmountKind.OUTCOME: "utfall", AmountKind.PLAN: "plan"},
    {
        DeviationKind.COOPERATION: "samverkan",
        DeviationKind.SYSTEM_FAULT: "systemfel",
        DeviationKind.PLAN: "plan",
    },
    {
        DeviationMeasure.SETTLED: "löst mellan parterna",
        DeviationMeasure.ROUTINE_CHANGED: "rutin ändrad",
        DeviationMeasure.BROUGHT_TO_BOARD: "lyft till styrelsen",
        DeviationMeasure.NOTHING: "ingen åtgärd",
    },
    {AmountUnit.KRONOR: "kronor", AmountUnit.THOUSANDS: "tusen kronor"},
    {Sex.WOMAN: "kvinna", Sex.MAN: "man", Sex.OTHER: "annat", Sex.UNKNOWN: "uppgift saknas"},
    {
        Member.ARBETSFORMEDLINGEN: "Arbetsförmedlingen",
        Member.FORSAKRINGSKASSAN: "Försäkringskassan",
        Member.KOMMUN: "kommunen",
        Member.REGION: "regionen",
    },
    {
        ReferralStep.INCOMPLETE: "komplettering begärd",
        ReferralStep.COMPLETED: "komplettering inkommen",
        ReferralStep.ACCEPTED: "antagen",
        ReferralStep.MEETING_BOOKED: "möte bokat",
        ReferralStep.MEETING_CANCELLED: "mötet blev inte av",
        ReferralStep.MEETING_HELD: "möte hållet",
        ReferralStep.RETURNED: "återremitterad",
        ReferralStep.STARTED: "började i insatsen",
        ReferralStep.ENDED: "slutade i insatsen",
        ReferralStep.HANDED_BACK: "återförd till anmälaren",
        ReferralStep.HAND_BACK_ACKNOWLEDGED: "anmälaren har tagit emot återföringen",
        ReferralStep.REOPENED: "deltar igen",
    },
    {
        EmployerKind.MUNICIPALITY: "kommunen",
        EmployerKind.REGION: "regionen",
        EmployerKind.STATE: "staten",
        EmployerKind.PRIVATE: "privat arbetsgivare",
        EmployerKind.NON_PROFIT: "ideell förening",
    },
    {BenefitStatus.APPLIED: "sökt", BenefitStatus.GRANTED: "beviljad", BenefitStatus.REFUSED: "avslagen"},
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
        NationalExitCode.ONE: "1. Aktivt arbetssökande, arbete eller studier",
        NationalExitCode.TWO: "2. Fortsatt rehabilitering",
        NationalExitCode.THREE: "3. Sjukdom",
        NationalExitCode.PARENTAL_LEAVE: "Föräldraledighet",
        NationalExitCode.MOVED: "Flytt",
        NationalExitCode.OTHER: "Annan orsak",
        NationalExitCode.NONE: "Räknas inte nationellt",
    },
    {MeetingMode.PHONE: "telefon", MeetingMode.DIGITAL: "digitalt", MeetingMode.PHYSICAL: "fysiskt"},
    {ActivityExtent.FULLY: "helt", ActivityExtent.PARTLY: "delvis"},
    {
        ActivityOutcome.FULLY: "helt genomförd",
        ActivityOutcome.PARTLY: "delvis genomförd",
        ActivityOutcome.NOT_DONE: "inte genomförd",
    },
    {
        StepKind.NOTE: "notering",
        StepKind.DOCUMENT: "dokument",
        StepKind.REGISTRATION: "registrering",
        StepKind.QUESTION: "frågor",
        StepKind.RATING: "skattning",
        StepKind.PHASE: "fas",
    },
    {
        EnrolmentOutcome.COMPLETED: "genomförde",
        EnrolmentOutcome.DROPPED_OUT: "hoppade av",
        EnrolmentOutcome.WITHDRAWN_BEFORE_START: "lämnade sin plats före start",
        EnrolmentOutcome.CASE_ENDED: "slutade med ärendet",
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
    {Timeliness.EARLY: "i förtid", Timeliness.IN_TIME: "i tid", Timeliness.LATE: "sent"},
    {
        ReturnStage.BEFORE_ACCEPTANCE: "innan anmälan antagits",
        ReturnStage.AFTER_ACCEPTANCE: "efter att anmälan antagits",
        ReturnStage.BEFORE_INTRODUCTION: "före introduktionsmötet",
        ReturnStage.AFTER_INTRODUCTION: "efter introduktionsmötet",
    },
    {
        ReturnedBy.INSATS: "återremitterad",
        ReturnedBy.REFERRER: "återtagen av anmälaren",
        ReturnedBy.PARTICIPANT: "personen tackade nej",
        ReturnedBy.EXPIRY: "anmälan gick ut",
    },
    {
        ReferrerChangeCause.LEFT: "remittenten har slutat",
        ReferrerChangeCause.MOVED: "anmälan har flyttats till en annan enhet",
        ReferrerChangeCause.TOOK_OVER: "en kollega har tagit över",
    },
    {
        SupersededBy.EXIT: "deltagaren har avslutat insatsen",
        SupersededBy.RETURN: "anmälan har återremitterats",
        SupersededBy.REGISTERED_IN_ERROR: "det som uppföljningen räknades från var felregistrerat",
        SupersededBy.PLAN_CLOSED: "planen är avslutad",
        SupersededBy.AGREED_ANEW: "en annan dag är bestämd",
    },
    {
        Role.AGENCY: "anmälande myndighet",
        Role.COORDINATOR: "koordinator",
        Role.LOTS: "lots",
        Role.OFFICE: "förbundets kansli",
        Role.OPERATIONS: "drift",
        Role.DATA_PROTECTION: "dataskyddsombud",
        Role.PROJECT_LEADER: "projektledare",
        Role.TEAM_REPRESENTATIVE: "teamrepresentant",
    },
)


def label(code: StrEnum) -> str:
    """The Swedish label of a code. Raises KeyError for a code without one (a contract test forbids it)."""
    for labels in _LABELS:
        # StrEnum members of different lists can be equal as strings, so the list is chosen by type.
        if type(next(iter(labels))) is type(code):
            return labels[code]
    raise KeyError(type(code).__name__)


EVENT_LABELS: Final[Mapping[str, str]] = {
    "ReportFrozen": "Rapport fryst",
    "SurveyAnswered": "Enkät besvarad",
    "ReportSigned": "Insatsrapport undertecknad",
    "ReportReturned": "Insatsrapport återlämnad",
    "ReportApproved": "Insatsrapport godkänd",
    "AmountBooked": "Belopp bokat",
    "DeviationReported": "Avvikelse rapporterad",
    "DeviationClosed": "Avvikelse avslutad",
    "ReferralReceived": "Anmälan kom in",
    "ConsentGiven": "Samtycke lämnat",
    "ConsentRefused": "Samtycke inte lämnat",
    "ConsentWithdrawn": "Samtycke återkallat",
    "CompletionRequested": "Komplettering begärd",
    "CompletionReceived": "Komplettering inkommen",
    "WaitingPersonContacted": "Kontakt under väntan",
    "ReferrerChanged": "Remittent bytt",
    "ReferralAccepted": "Anmälan antagen",
    "ReferralReturned": "Anmälan återremitterad",
    "HandBackAcknowledged": "Återföring mottagen",
    "PersonForgotten": "Personen avidentifierad",
    "ConsultationHeld": "Konsultation hållen",
    "PersonPutForward": "Person aktualiserad",
    "IntakePaused": "Uppehåll i intaget",
    "IntakeResumed": "Intaget öppet igen",
    "TeamMeetingBooked": "Team-möte bokat",
    "TeamMeetingHeld": "Team-möte hållet",
    "MeetingBooked": "Möte bokat",
    "MeetingHeld": "Möte hållet",
    "MeetingCancelled": "Möte inställt",
    "CapacityDeclared": "Mötestid upplagd",
    "CapacityWithdrawn": "Mötestid inställd",
    "InsatsStarted": "Insatsen påbörjad",
    "ParticipantExited": "Insatsen avslutad",
    "CaseHandedBack": "Ärendet återfört till anmälaren",
    "PlanningEnded": "Planeringen avslutad före start",
    "PlanningDetailsReleased": "Uppgifter lämnade efter samtycke",
    "FollowUpDetailsReleased": "Uppföljningens resultat lämnat efter samtycke",
    "CaseReopened": "Ärendet öppnat igen",
    "CasePutOnHold": "Ärendet vilande",
    "CaseResumed": "Ärendet återupptaget",
    "SamplanUpprättad": "Samplan upprättad",
    "SamplanReviderad": "Samplan ändrad",
    "ActivityStarted": "Aktivitet påbörjad",
    "ActivityCompleted": "Aktivitet genomförd",
    "ActivityCancelled": "Aktivitet inte genomförd",
    "ActivityBlocked": "Aktivitet väntar",
    "ActivityUnblocked": "Aktivitet väntar inte längre",
    "ActivityExtentChanged": "Aktivitetens omfattning ändrad",
    "AttendanceRecorded": "Närvaro registrerad",
    "EmploymentDecided": "Anställning beslutad",
    "EmploymentEnded": "Anställning upphörde",
    "BenefitDecided": "Ersättning",
    "AfterSupportBegun": "Efterstöd började",
    "AfterSupportEnded": "Efterstöd slutade",
    "PlacesDeclared": "Platser upplagda",
    "PlacesWithdrawn": "Platser borttagna",
    "StepReached": "Steg nått",
    "DocumentRequested": "Handling begärd",
    "DocumentRequestEnded": "Handling inte längre begärd",
    "GroupDeclared": "Grupp upplagd",
    "GroupCancelled": "Grupp inställd",
    "GroupSessionHeld": "Gruppens träff hållen",
    "GroupSessionCancelled": "Gruppens träff inställd",
    "GroupEnrolled": "Plats i en grupp",
    "GroupEnrolmentEnded": "Slutade i gruppen",
    "SessionAttendanceRecorded": "Närvaro vid gruppens träff registrerad",
    "GroupReserveJoined": "Satt på reservlistan till en grupp",
    "GroupReserveLeft": "Borttagen från reservlistan",
    "LotsAssigned": "Lots utsedd",
    "SupportAssigned": "Stödperson utsedd",
    "SupportEnded": "Stödet avslutat",
    "SupportHandoverOffered": "Överlämning av stödet erbjuden",
    "SupportHandoverDeclined": "Överlämning av stödet avböjd",
    "SupportHandoverWithdrawn": "Överlämning av stödet inte längre erbjuden",
    "SupportHandedOver": "Stödet överlämnat",
    "MeetingCalled": "Kallelse till SIP skickad",
    "CallWithdrawn": "Kallelse till SIP återtagen",
    "CallDecidedAgainst": "Ingen kallelse till SIP",
    "CalledMeetingHeld": "SIP-möte hållet",
    "CoordinatedPlanMade": "SIP upprättad",
    "NextFollowUpAgreed": "Nästa uppföljning av SIP bestämd",
    "CoordinatedPlanClosed": "SIP avslutad",
    "FollowUpScheduled": "Uppföljning planerad",
    "FollowUpOpened": "Uppföljning kan göras",
    "FollowUpMissed": "Uppföljning missad",
    "FollowUpCompleted": "Uppföljning genomförd",
    "FollowUpSuperseded": "Uppföljning inte längre aktuell",
    "FollowUpReminded": "Påminnelse om uppföljning",
    "FollowUpEscalated": "Försenad uppföljning lyft till ansvarig",
    "NoticeSent": "Avisering skickad",
    "FollowUpAttempted": "Försök att göra uppföljning",
    "FollowUpNotApplicable": "Uppföljning ska inte göras",
    "FollowUpHandoverOffered": "Kollega tillfrågad om uppföljning",
    "FollowUpHandoverDeclined": "Kollega tar inte över uppföljning",
    "FollowUpTakenOver": "Uppföljning övertagen",
    "WorkerAbsent": "Frånvaro registrerad",
    "AbsenceEnded": "Frånvaro slut",
    "FollowUpReinstated": "Uppföljning aktuell igen",
    "DeadlineSet": "Tidsgräns börjar löpa",
    "DeadlineMet": "Tidsgräns hållen",
    "DeadlinePassed": "Tidsgräns passerad",
    "RegisteredInError": "Felregistrering",
    "ReferralSubmitted": "Anmälan skickad",
    "ReferralWithdrawn": "Anmälan tas tillbaka",
    "CompletionAnswered": "Komplettering skickad",
    "ReferrerReplaced": "Byte av remittent skickat",
    "ReferralAcknowledged": "Anmälan mottagen",
    "ReferralRejected": "Anmälan avvisad",
    "RequestCarriedOut": "Begäran om en anmälan utförd",
    "RequestRefused": "Begäran om en anmälan inte utförd",
    "ReferralProgressed": "Besked till anmälaren",
    "ReferralProgressTakenBack": "Besked till anmälaren återtaget",
    "DeadLetterDiscarded": "Post kasserad",
    "RecordDeadLettered": "Post kunde inte användas",
}
"""What each type of event is called on a page."""


def event_label(name: str) -> str:
    """The Swedish name of a type of event; the type itself for one this version has not learnt."""
    return EVENT_LABELS.get(name, name)


def actor_label(actor: str) -> str:
    """Who did something: the role and the user's id, as events have them; a name is on no event."""
    who, _, rest = actor.partition(":")
    match who:
        case "worker":
            worker_id, _, role = rest.partition(":")
            return f"{_user_role(role)} {worker_id}"
        case "timer" | "service":
            return "Samspel"
        case _:
            return "anmälaren"


def _user_role(role: str) -> str:
    """What a role of a signed-in user is called."""
    roles = {"coordinator": "koordinator", "lots": "lots", "office": "kansliet"}
    return roles.get(role, role)
