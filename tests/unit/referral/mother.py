"""Named examples: a referral to FINSAM-team in February 2021, and what becomes of it."""

from datetime import date
from typing import Final
from uuid import UUID

from contracts.catalogue import AGENCIES, INSATSER
from contracts.codes import Benefit, Education, Member, ReturnReason
from contracts.planning import InsatsStarted, ParticipantExited
from contracts.referral import (
    Attributes,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    ReferralAccepted,
    ReferralReturned,
    RuleRef,
)
from services.referral.domain.case import (
    Accept,
    Case,
    ChangeConsent,
    Command,
    Consent,
    ConsentState,
    Decided,
    Heard,
    Return,
    Waiting,
    decide,
    evolve,
)
from services.referral.domain.judging import Admission, Known, Numbers, Rules, judge
from services.referral.domain.reading import read_submission
from tests.malformed import AGENCY, Message, encode
from tests.spec import DeciderSpec

REFERRED_ON: Final = date(2021, 2, 8)
ASKED_ON: Final = date(2021, 2, 5)
DECIDED_ON: Final = date(2021, 2, 12)
TODAY: Final = date(2021, 3, 1)

CASE_ID: Final = UUID(int=417)
ATTRIBUTES: Final = Attributes(
    age=33,
    education=Education.COMPULSORY,
    benefits=(Benefit.INCOME_SUPPORT,),
    public_support_years=3,
    needs=(Member.FORSAKRINGSKASSAN, Member.KOMMUN),
)

accept: Final = Accept(accepted_on=DECIDED_ON, today=TODAY)
return_: Final = Return(returned_on=DECIDED_ON, reason=ReturnReason.RELAPSE, today=TODAY)

accepted: Final = ReferralAccepted(happened_on=DECIDED_ON)
returned: Final = ReferralReturned(happened_on=DECIDED_ON, reason=ReturnReason.RELAPSE)
given: Final = ConsentGiven(happened_on=DECIDED_ON, attributes=ATTRIBUTES)
refused: Final = ConsentRefused(happened_on=DECIDED_ON)
withdrawn: Final = ConsentWithdrawn(happened_on=DECIDED_ON)
started: Final = InsatsStarted(
    happened_on=date(2021, 2, 19), insats="finsam-team", rule=RuleRef(insats="finsam-team", version=2)
)
exited: Final = ParticipantExited(
    happened_on=date(2021, 2, 26), insats="finsam-team", rule=RuleRef(insats="finsam-team", version=2)
)


def answers(choice: ConsentState, stated_on: date = DECIDED_ON) -> ChangeConsent:
    return ChangeConsent(choice=choice, stated_on=stated_on, attributes=ATTRIBUTES, today=TODAY)


def waiting(choice: ConsentState = ConsentState.GIVEN) -> DeciderSpec[Command, Case, Decided | Heard]:
    """A referral in order whose person gave this answer when asked."""
    return DeciderSpec(decide=decide, evolve=evolve, initial=Waiting(CASE_ID, REFERRED_ON, Consent(choice, ASKED_ON)))


def judged(
    sent: Message,
    *,
    known: Known | None = None,
    numbers: Numbers = Numbers.SYNTHETIC,
    today: date = date(2021, 12, 31),
) -> Admission | list[tuple[str, str]]:
    """The admission, or the field and code of each error."""
    rules = Rules(AGENCIES[AGENCY], INSATSER, numbers)
    found = judge(read_submission(encode(sent)), rules, known or Known(), today)
    if isinstance(found, Admission):
        return found
    return [(error.field, error.code.value) for error in found]
