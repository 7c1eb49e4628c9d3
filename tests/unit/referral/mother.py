"""Named examples: a referral to FINSAM-team in February 2021, and what becomes of it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from contracts.agency import Officer
from contracts.catalogue import AGENCIES, INSATSER, Unit
from contracts.codes import Benefit, Education, Member, ReferrerChangeCause, ReturnStage, Sex
from contracts.consent import ConsentStatus
from contracts.envelope import Event, Fact
from contracts.events import event_of
from contracts.planning import CaseHandedBack, CaseReopened, InsatsStarted, ParticipantExited
from contracts.referral import (
    Attributes,
    CompletionReceived,
    CompletionRequested,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    ReferralAccepted,
    ReferralReceived,
    ReferralReturned,
    RuleRef,
)
from services.referral.domain.case import Accept, Case, Command, Return, decide, evolve
from services.referral.domain.completion import AskForCompletion
from services.referral.domain.consents import ChangeConsent
from services.referral.domain.contact import NoteContact
from services.referral.domain.hand_back import AcknowledgeHandBack
from services.referral.domain.judging import Admission, Known, Numbers, Rules, judge
from services.referral.domain.pause import Paused
from services.referral.domain.reading import read_submission
from services.referral.domain.referrer import ChangeReferrer, Referring
from tests.malformed import AGENCY, Message, encode
from tests.spec import DeciderSpec

REFERRED_ON: Final = date(2021, 2, 8)
ASKED_ON: Final = date(2021, 2, 5)
DECIDED_ON: Final = date(2021, 2, 12)
TODAY: Final = date(2021, 3, 1)

CASE_ID: Final = UUID(int=1)
PERSON_ID: Final = UUID(int=417)
ATTRIBUTES: Final = Attributes(
    age=33,
    education=Education.COMPULSORY,
    benefits=(Benefit.INCOME_SUPPORT,),
    public_support_years=3,
    needs=(Member.FORSAKRINGSKASSAN, Member.KOMMUN),
)

accept: Final = Accept(accepted_on=DECIDED_ON, today=TODAY)
return_: Final = Return(
    returned_on=DECIDED_ON, reason="relapse", reasons=frozenset({"relapse", "not_reached"}), today=TODAY
)

FARSTA: Final = Unit(id="farsta", name="Farsta stadsdelsförvaltning", kind="district")
change_referrer: Final = ChangeReferrer(
    officer=Officer(name="Ny Remittentsson", phone="08-123 45 67"),
    unit=FARSTA,
    cause=ReferrerChangeCause.LEFT,
    changed_on=DECIDED_ON,
    today=TODAY,
    before=Referring("farsta", Officer(name="Ödla Remittentsson")),
)

note_contact: Final = NoteContact(
    channel="phone", reached=True, contacted_on=DECIDED_ON, today=TODAY, channels=frozenset({"phone", "letter"})
)

ask_for_completion: Final = AskForCompletion(
    completion_id=UUID(int=12),
    what=("medical_certificate",),
    asked_of="referrer",
    asked_on=date(2021, 2, 10),
    today=TODAY,
    things=frozenset({"medical_certificate", "other"}),
    people=frozenset({"referrer"}),
)
incomplete: Final = CompletionRequested(
    happened_on=date(2021, 2, 10),
    completion_id=UUID(int=12),
    what=("medical_certificate",),
    asked_of="referrer",
)
completed: Final = CompletionReceived(happened_on=DECIDED_ON, completion_id=UUID(int=12))
accepted: Final = ReferralAccepted(happened_on=DECIDED_ON)
returned: Final = ReferralReturned(happened_on=DECIDED_ON, stage=ReturnStage.BEFORE_ACCEPTANCE, reason="relapse")
returned_once_accepted: Final = ReferralReturned(
    happened_on=DECIDED_ON, stage=ReturnStage.AFTER_ACCEPTANCE, reason="relapse"
)
given: Final = ConsentGiven(happened_on=DECIDED_ON, attributes=ATTRIBUTES)
refused: Final = ConsentRefused(happened_on=DECIDED_ON)
withdrawn: Final = ConsentWithdrawn(happened_on=DECIDED_ON)
started: Final = InsatsStarted(
    happened_on=date(2021, 2, 19), insats="finsam-team", rule=RuleRef(insats="finsam-team", version=2)
)
exited: Final = ParticipantExited(
    happened_on=date(2021, 2, 26), insats="finsam-team", rule=RuleRef(insats="finsam-team", version=2)
)
handed_back: Final = CaseHandedBack(
    happened_on=date(2021, 2, 26),
    hand_back_id=UUID(int=13),
    insats="finsam-team",
    episode=1,
    to="anmalare",
    rule=RuleRef(insats="finsam-team", version=2),
)
acknowledge: Final = AcknowledgeHandBack(date(2021, 2, 27), TODAY)
reopened: Final = CaseReopened(happened_on=date(2021, 3, 1), episode=2)


def answers(choice: ConsentStatus, stated_on: date = DECIDED_ON) -> ChangeConsent:
    return ChangeConsent(choice=choice, stated_on=stated_on, attributes=ATTRIBUTES, today=TODAY)


received: Final = ReferralReceived(
    happened_on=REFERRED_ON,
    person_id=PERSON_ID,
    insats="finsam-team",
    agency="stockholms-stad",
    unit="farsta",
    unit_kind="district",
    sex=Sex.WOMAN,
    rule=RuleRef(insats="finsam-team", version=2),
)
_FIRST_ANSWER: Final[dict[ConsentStatus, Fact]] = {
    ConsentStatus.GIVEN: ConsentGiven(happened_on=ASKED_ON, attributes=ATTRIBUTES),
    ConsentStatus.REFUSED: ConsentRefused(happened_on=ASKED_ON),
    ConsentStatus.WITHDRAWN: ConsentWithdrawn(happened_on=ASKED_ON),
}


def event_of_case(fact: Fact, sequence: int, source: str) -> Event[Any]:
    """A fact as it lies in the log of a case."""
    return event_of(
        fact,
        event_id=uuid5(CASE_ID, f"{source} {sequence}"),
        stream_id=CASE_ID,
        sequence=sequence,
        recorded=datetime(2021, 2, 8, 9, tzinfo=UTC) + timedelta(hours=sequence),
        actor="service:referral",
        source=source,
    )


def waiting(choice: ConsentStatus = ConsentStatus.GIVEN) -> DeciderSpec[Command, Case, Fact]:
    """A referral in order whose person gave this answer when asked."""
    initial = evolve(evolve(Case(), received), _FIRST_ANSWER[choice])
    return DeciderSpec(decide=decide, evolve=evolve, initial=initial)


def judged(
    sent: Message,
    *,
    known: Known | None = None,
    numbers: Numbers = Numbers.SYNTHETIC,
    today: date = date(2021, 12, 31),
    paused: Mapping[str, Paused] | None = None,
    agency: str = AGENCY,
) -> Admission | list[tuple[str, str]]:
    """The admission, or the field and code of each error."""
    rules = Rules(AGENCIES[agency], INSATSER, numbers, paused or {})
    found = judge(read_submission(encode(sent)), rules, known or Known(), today)
    if isinstance(found, Admission):
        return found
    return [(error.field, error.code.value) for error in found]
