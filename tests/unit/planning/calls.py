"""Named examples: Maj, who takes part in MIA Vidare, and the parties that are called to a SIP for her."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from contracts.codes import Member
from contracts.envelope import Fact
from contracts.planning import (
    CalledMeetingHeld,
    CallWithdrawn,
    CoordinatedPlanClosed,
    CoordinatedPlanMade,
    MeetingCalled,
    NextFollowUpAgreed,
    PlannedActivity,
)
from contracts.referral import ReferralAccepted, RuleRef
from services.planning.domain import command as ask
from services.planning.domain.command import Command, NewActivity
from tests.unit.planning import mother

SAMSIP: Final = RuleRef(insats="samsip", version=1)
SENT_ON: Final = date(2021, 3, 2)
MET_ON: Final = date(2021, 3, 16)
LAST_DAY: Final = SENT_ON + timedelta(days=21)
LATER_ON: Final = date(2021, 3, 30)
FOLLOW_UP_ON: Final = date(2021, 6, 15)
CLOSED_ON: Final = date(2021, 9, 1)
TODAY: Final = date(2021, 10, 1)

CALL: Final = UUID(int=40)
OTHER_CALL: Final = UUID(int=41)
PLAN: Final = UUID(int=42)
KOMMUN, CARE, FK = Member.KOMMUN, Member.REGION, Member.FORSAKRINGSKASSAN

NEW: Final = (NewActivity(mother.CARE, CARE, "health_care_contact"),)
PLANNED: Final = (PlannedActivity(activity_id=mother.CARE, responsible=CARE, kind="health_care_contact"),)

call: Final = ask.CallParties(
    call_id=CALL,
    initiator="kommun",
    parties=(CARE, FK),
    invited=(),
    consents_to=frozenset({CARE, FK}),
    minor=False,
    guardian_agrees=False,
    sent_on=SENT_ON,
    meets_on=MET_ON,
    starts_at=mother.NINE,
    today=TODAY,
)
against: Final = ask.DecideAgainstCall("kommun", "consent_refused", SENT_ON, TODAY)
withdraw: Final = ask.WithdrawCall(MET_ON, TODAY)
hold: Final = ask.HoldCalledMeeting(MET_ON, (CARE, FK), PLAN, NEW, FOLLOW_UP_ON, TODAY)
hold_without_plan: Final = replace(hold, activities=(), follow_up_on=None)
agree: Final = ask.AgreeFollowUp(LATER_ON, FOLLOW_UP_ON + timedelta(days=7), TODAY)
close: Final = ask.CloseCoordinatedPlan(CLOSED_ON, "goals_met", TODAY)
withdraw_consent: Final = ask.WithdrawSipConsent(CLOSED_ON, TODAY)

called: Final = MeetingCalled(
    happened_on=SENT_ON,
    call_id=CALL,
    kind="sip",
    rule=SAMSIP,
    door="initierar",
    initiator="kommun",
    parties=(CARE, FK),
    meets_on=MET_ON,
    starts_at=mother.NINE,
)
all_came: Final = CalledMeetingHeld(happened_on=MET_ON, call_id=CALL, kind="sip", rule=SAMSIP, attended=(CARE, FK))
care_came: Final = all_came.model_copy(update={"attended": (CARE,)})
fk_came: Final = all_came.model_copy(update={"attended": (FK,), "happened_on": LATER_ON})
made: Final = CoordinatedPlanMade(happened_on=MET_ON, plan_id=PLAN, call_id=CALL, activities=PLANNED, rule=SAMSIP)
agreed: Final = NextFollowUpAgreed(happened_on=MET_ON, plan_id=PLAN, follow_up_on=FOLLOW_UP_ON, rule=SAMSIP)
closed: Final = CoordinatedPlanClosed(happened_on=CLOSED_ON, plan_id=PLAN, rule=SAMSIP, reason="goals_met")
called_off: Final = CallWithdrawn(happened_on=MET_ON, call_id=CALL, reason="called_off")

at_acceptance: Final[tuple[Fact, ...]] = (
    mother.referred_to(mother.MIA),
    mother.consented,
    ReferralAccepted(happened_on=mother.ACCEPTED_ON),
)

AT: Final[Mapping[str, tuple[Fact, ...]]] = {
    "nobody called": at_acceptance,
    "called": (*at_acceptance, called),
    "some came": (*at_acceptance, called, care_came),
    "planned, some awaited": (*at_acceptance, called, care_came, made),
    "planned": (*at_acceptance, called, all_came, made, agreed),
    "closed": (*at_acceptance, called, all_came, made, agreed, closed),
}
"""How far it has come with a SIP."""

_NO_CALL, _NO_PLAN = "no_open_call", "no_open_plan"
TABLE: Final[list[tuple[Command, tuple[str | None, ...]]]] = [
    (replace(call, call_id=OTHER_CALL), (None, *("already_called",) * 3, None, None)),
    (against, (None,) * 6),
    (withdraw, (_NO_CALL, None, None, None, _NO_CALL, _NO_CALL)),
    (hold, (_NO_CALL, None, None, "coordinated_plan_exists", _NO_CALL, _NO_CALL)),
    (agree, (_NO_PLAN, _NO_PLAN, _NO_PLAN, None, None, _NO_PLAN)),
    (close, (_NO_PLAN, _NO_PLAN, _NO_PLAN, None, None, _NO_PLAN)),
    (withdraw_consent, ("nothing_to_close", None, None, None, None, "nothing_to_close")),
]
"""What is asked, and the code it is refused with at each of them; None where it is allowed."""
