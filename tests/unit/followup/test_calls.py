"""Calls to a SIP: three weeks for each called party, and the follow-up on the day that was agreed."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.catalogue import INSATSER
from contracts.codes import Member, Sex, SupersededBy
from contracts.envelope import Fact
from contracts.followup import (
    DeadlineMet,
    DeadlinePassed,
    DeadlineSet,
    FollowUpOpened,
    FollowUpScheduled,
    FollowUpSuperseded,
)
from contracts.planning import (
    CalledMeetingHeld,
    CallWithdrawn,
    CoordinatedPlanClosed,
    CoordinatedPlanMade,
    MeetingCalled,
    NextFollowUpAgreed,
    ParticipantExited,
    PlannedActivity,
)
from contracts.referral import ReferralReceived, RuleRef
from services.followup.domain.ledger import Ledger
from services.followup.domain.obligations import owed, unknown_rules
from services.followup.domain.plans import activities_of
from services.followup.domain.reconcile import next_due
from tests.examples import examples
from tests.unit.followup.story import after, conclusions, logged

DAY = timedelta(days=1)
SENT, MET, LAST = date(2021, 3, 2), date(2021, 3, 16), date(2021, 3, 23)
AGREED_FOR = date(2021, 6, 15)
SAMSIP = RuleRef(insats="samsip", version=1)
CALL, PLAN, ACTIVITY = UUID(int=40), UUID(int=42), UUID(int=43)
CARE, FK = Member.REGION, Member.FORSAKRINGSKASSAN

received = ReferralReceived(
    happened_on=date(2021, 2, 1),
    person_id=UUID(int=1),
    insats="mia-vidare",
    agency="stockholms-stad",
    unit="farsta",
    unit_kind="district",
    sex=Sex.MAN,
    rule=RuleRef(insats="mia-vidare", version=1),
)
called = MeetingCalled(
    happened_on=SENT,
    call_id=CALL,
    kind="sip",
    rule=SAMSIP,
    door="initierar",
    initiator="kommun",
    parties=(CARE, FK),
    meets_on=MET,
)
made = CoordinatedPlanMade(
    happened_on=MET,
    plan_id=PLAN,
    call_id=CALL,
    activities=(PlannedActivity(activity_id=ACTIVITY, responsible=CARE),),
    rule=SAMSIP,
)
agreed = NextFollowUpAgreed(happened_on=MET, plan_id=PLAN, follow_up_on=AGREED_FOR, rule=SAMSIP)
closed = CoordinatedPlanClosed(happened_on=date(2021, 5, 3), plan_id=PLAN, rule=SAMSIP)


def held(*attended: Member, on: date = MET) -> CalledMeetingHeld:
    return CalledMeetingHeld(happened_on=on, call_id=CALL, kind="sip", rule=SAMSIP, attended=attended)


def withdrawn(on: date, reason: str = "called_off") -> CallWithdrawn:
    return CallWithdrawn(happened_on=on, call_id=CALL, reason=reason)


def _said(facts: list[Fact], today: date) -> list[Fact]:
    return [each.fact for each in conclusions([received, *facts], Ledger(), today)]


def _limits(facts: list[Fact], today: date, clock: str = "tre-veckor") -> dict[str | None, str]:
    """What has become of the limit of each party, in words."""
    ledger = after(Ledger(), conclusions([received, *facts], Ledger(), today))
    limits = ledger.deadlines.values()
    return {each.terms.party: each.state for each in limits if each.terms.clock == clock}


def test_each_called_party_has_three_weeks_from_the_day_the_call_was_sent() -> None:
    said = [each for each in _said([called], SENT) if isinstance(each, DeadlineSet)]
    limits = [each for each in said if each.rule == SAMSIP]
    assert {(each.party, each.limit_on) for each in limits} == {(CARE, LAST), (FK, LAST)}
    assert {each.clock for each in limits} == {"tre-veckor"}
    assert len({each.deadline_id for each in limits}) == 2


def test_a_party_that_came_has_met_its_limit_and_the_other_has_not() -> None:
    assert _limits([called, held(CARE)], LAST) == {CARE: "met", FK: "running"}
    assert _limits([called, held(CARE)], LAST + DAY) == {CARE: "met", FK: "passed"}


def test_that_a_party_did_not_come_is_told_on_the_day_after_with_the_party() -> None:
    passed = [each for each in _said([called, held(CARE)], LAST + 5 * DAY) if isinstance(each, DeadlinePassed)]
    assert [(each.party, each.happened_on, each.limit_on) for each in passed if each.clock == "tre-veckor"] == [
        (FK, LAST + DAY, LAST)
    ]


def test_a_party_that_comes_later_within_the_three_weeks_meets_it_by_that_meeting() -> None:
    later = LAST - DAY
    facts: list[Fact] = [called, held(CARE), held(FK, on=later)]
    met = [each for each in _said(facts, LAST + DAY) if isinstance(each, DeadlineMet) and each.clock == "tre-veckor"]
    assert {(each.party, each.happened_on) for each in met} == {(CARE, MET), (FK, later)}


def test_a_party_that_comes_too_late_did_not_come_in_time() -> None:
    assert _limits([called, held(CARE, FK, on=LAST + DAY)], LAST + DAY) == {CARE: "passed", FK: "passed"}


def test_a_call_that_is_withdrawn_is_waited_for_no_longer() -> None:
    for reason in ("called_off", "consent_withdrawn"):
        assert _limits([called, withdrawn(MET, reason)], LAST + DAY) == {CARE: "met", FK: "met"}


def test_a_meeting_of_another_call_stops_nothing() -> None:
    other = held(CARE, FK).model_copy(update={"call_id": UUID(int=99)})
    assert _limits([called, other], LAST + DAY) == {CARE: "passed", FK: "passed"}


def test_the_insats_own_clocks_know_nothing_of_calls() -> None:
    assert {each.terms.rule.insats for each in owed(logged(called), INSATSER, SENT).time_limits.values()} == {
        "samsip"
    }


@given(
    came=st.dictionaries(st.sampled_from([CARE, FK]), st.integers(0, 40)),
    off=st.none() | st.integers(0, 40),
    seen=st.integers(0, 60),
)
@settings(max_examples=examples(100))
def test_a_limit_passes_for_exactly_those_that_did_not_come_in_time(
    came: dict[Member, int], off: int | None, seen: int
) -> None:
    """For each party alone: it came, or was released, by the last day, or that day is not over."""
    meetings = [held(party, on=SENT + days * DAY) for party, days in came.items()]
    ends = [] if off is None else [withdrawn(SENT + off * DAY)]
    today = SENT + seen * DAY
    states = _limits([called, *meetings, *ends], today)
    for party in (CARE, FK):
        in_time = came.get(party, 99) <= 21 or (off is not None and off <= 21)
        assert (states[party] == "passed") == (not in_time and today > LAST)


# A SIP without a follow-up


def test_a_meeting_that_agreed_on_no_follow_up_is_told() -> None:
    facts: list[Fact] = [called, held(CARE, FK), made]
    assert _limits(facts, MET, "utan-uppfoljning") == {None: "running"}
    assert _limits(facts, MET + DAY, "utan-uppfoljning") == {None: "passed"}
    assert _limits([*facts, agreed], MET + DAY, "utan-uppfoljning") == {None: "met"}


# The follow-up that was agreed


def _follow_ups(facts: list[Fact], today: date) -> list[Fact]:
    kinds = (FollowUpScheduled, FollowUpOpened, FollowUpSuperseded)
    return [each for each in _said(facts, today) if isinstance(each, kinds)]


def test_a_follow_up_is_owed_on_the_agreed_day() -> None:
    (scheduled,) = _follow_ups([called, held(CARE, FK), made, agreed], MET)
    assert isinstance(scheduled, FollowUpScheduled)
    assert (scheduled.point, scheduled.samplan_id, scheduled.months) == ("uppfoljning-sip", PLAN, None)
    assert (scheduled.nominal_on, scheduled.due_on) == (AGREED_FOR, AGREED_FOR)
    assert (scheduled.opens_on, scheduled.closes_on) == (AGREED_FOR - 14 * DAY, AGREED_FOR + 30 * DAY)
    assert (scheduled.responsible, scheduled.rule) == ("planansvarig", SAMSIP)


def test_an_agreed_holiday_is_moved_to_the_next_working_day_and_a_near_one_opens_at_once() -> None:
    midsummer = agreed.model_copy(update={"follow_up_on": date(2021, 6, 25)})
    near = agreed.model_copy(update={"follow_up_on": MET + 3 * DAY})
    moved, soon = (
        next(each for each in _follow_ups([called, made, fact], MET) if isinstance(each, FollowUpScheduled))
        for fact in (midsummer, near)
    )
    assert (moved.nominal_on, moved.due_on) == (date(2021, 6, 25), date(2021, 6, 28))
    assert soon.opens_on == MET


def test_another_day_takes_the_place_of_one_that_was_not_held() -> None:
    anew = agreed.model_copy(update={"happened_on": date(2021, 5, 3), "follow_up_on": date(2021, 9, 1)})
    said = _follow_ups([called, made, agreed, anew], date(2021, 5, 3))
    superseded = [each for each in said if isinstance(each, FollowUpSuperseded)]
    assert [(each.cause, each.happened_on) for each in superseded] == [(SupersededBy.AGREED_ANEW, date(2021, 5, 3))]
    due = [each.due_on for each in said if isinstance(each, FollowUpScheduled)]
    assert due == [AGREED_FOR, date(2021, 9, 1)]


def test_a_closed_plan_is_followed_up_no_more() -> None:
    said = _follow_ups([called, made, agreed, closed], date(2021, 5, 3))
    (superseded,) = (each for each in said if isinstance(each, FollowUpSuperseded))
    assert (superseded.cause, superseded.happened_on) == (SupersededBy.PLAN_CLOSED, closed.happened_on)


def test_an_exit_from_the_insats_ends_no_follow_up_of_the_persons_plan() -> None:
    left = ParticipantExited(happened_on=date(2021, 5, 3), insats="mia-vidare", rule=received.rule)
    said = _follow_ups([called, made, agreed, left], date(2021, 5, 4))
    assert not [each for each in said if isinstance(each, FollowUpSuperseded) and each.point == "uppfoljning-sip"]


def test_the_next_day_that_matters_is_known() -> None:
    log = logged(called, held(CARE), made, agreed)
    ledger = after(Ledger(), conclusions([called, held(CARE), made, agreed], Ledger(), MET))
    assert next_due(ledger, owed(log, INSATSER, MET), MET) == LAST + DAY


def test_the_follow_up_asks_about_the_activities_of_the_plan() -> None:
    assert activities_of(logged(called, made), PLAN) == made.activities


def test_an_agreement_under_a_rule_that_is_not_known_yet_waits_for_it() -> None:
    rule = RuleRef(insats="samsip", version=9)
    later = agreed.model_copy(update={"rule": rule})
    assert unknown_rules(logged(called, made, later), INSATSER) == {("samsip", 9)}
