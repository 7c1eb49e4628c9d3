"""Laws that hold for every history: whatever is asked in whatever order, and whatever the referral service says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import reduce
from typing import TypeAlias
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from contracts import events
from contracts.catalogue import INSATSER
from contracts.codes import ActivityExtent, ActivityKind, ExitReason, MeetingMode, Member
from contracts.planning import (
    ActivityCompleted,
    ActivityStarted,
    InsatsStarted,
    LotsAssigned,
    ParticipantExited,
    SamplanUpprättad,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.problems import Refused
from contracts.referral import ConsentGiven, ConsentRefused, ConsentWithdrawn, ReferralAccepted, ReferralReturned
from services.planning.domain import (
    AssignLots,
    BookMeeting,
    Case,
    Command,
    CompleteActivity,
    Consent,
    ExitInsats,
    Fact,
    HoldMeeting,
    Kept,
    MakeSamplan,
    NewActivity,
    NotReferred,
    Participating,
    PlanningFact,
    ReferralFact,
    Referred,
    StartActivity,
    StartInsats,
    decide,
    evolve,
    keep,
    place,
)
from services.planning.view import view
from tests.unit.planning.mother import FINSAM, MIA, consented, referred_to

Step: TypeAlias = Command | ReferralFact

_FIRST = date(2020, 12, 20)
_IDS = [UUID(int=number) for number in range(1, 4)]
_PLANNED = tuple(NewActivity(each, Member.KOMMUN, ActivityKind.STUDIES) for each in _IDS)
_CASE: TypeAdapter[Case] = TypeAdapter(Case)

_days = st.integers(0, 30).map(lambda number: _FIRST + timedelta(days=number))
_lateness = st.sampled_from([0, 0, 0, 1, 7, -1])
_ids = st.sampled_from(_IDS)
_modes = st.sampled_from(MeetingMode)
_kinds = st.sampled_from(
    [
        BookMeeting,
        HoldMeeting,
        StartInsats,
        MakeSamplan,
        StartActivity,
        CompleteActivity,
        AssignLots,
        ExitInsats,
    ]
)
_activities = st.lists(
    st.builds(NewActivity, st.just(_IDS[0]), st.sampled_from(Member), st.sampled_from(ActivityKind)),
    min_size=1,
    max_size=3,
).map(lambda made: tuple(replace(each, activity_id=_IDS[nth]) for nth, each in enumerate(made)))
_teams = st.sampled_from(["team-1", "team-2", "team-9"])
_times = st.sampled_from([time(9), time(13)])
_others = st.sampled_from([0, 1, 2])
_lots = st.sampled_from(["lots-1", "lots-2"])
_extents = st.sampled_from(ActivityExtent)
_reasons = st.sampled_from(ExitReason)
_shares = st.integers(0, 9)


def _any_command(draw: st.DrawFn, today: date) -> Command:
    """Something a user might ask on a day, sensible or not."""
    on = today - timedelta(days=draw(_lateness))
    kind = draw(_kinds)
    if kind is BookMeeting:
        meets_on = today + timedelta(days=draw(_lateness))
        place = (draw(_teams), meets_on, draw(_times))
        return BookMeeting(draw(_ids), on, *place, draw(_modes), draw(_others), today)
    if kind is HoldMeeting:
        return HoldMeeting(draw(st.none() | st.just(on)), draw(st.none() | _modes), today)
    if kind is StartInsats:
        return StartInsats(on, today)
    if kind is MakeSamplan:
        return MakeSamplan(draw(_ids), on, draw(_activities), today)
    if kind is StartActivity:
        return StartActivity(draw(_ids), on, today)
    if kind is CompleteActivity:
        return CompleteActivity(draw(_ids), on, draw(_extents), today)
    if kind is AssignLots:
        return AssignLots(draw(_lots), on, today)
    return ExitInsats(on, draw(_reasons), today)


def _next_commands(case: Case, today: date) -> list[Command]:
    """What would be done on a day if all went well: without these, hardly any history would get to a plan."""
    usual: list[Command] = [
        BookMeeting(_IDS[0], today, "team-1", today, time(9), MeetingMode.PHONE, 0, today),
        HoldMeeting(None, None, today),
        StartInsats(today, today),
        MakeSamplan(_IDS[0], today, _PLANNED, today),
        *(StartActivity(each, today, today) for each in _IDS),
        *(CompleteActivity(each, today, ActivityExtent.FULLY, today) for each in _IDS),
        AssignLots("lots-1", today, today),
        ExitInsats(today, ExitReason.ILLNESS, today),
    ]
    return [command for command in usual if not isinstance(outcome(command, case), Refused)]


def _referral_fact(draw: st.DrawFn, today: date) -> ReferralFact:
    said: list[ReferralFact] = [
        ReferralAccepted(happened_on=today),
        ReferralReturned(happened_on=today),
        ConsentGiven(happened_on=today, attributes=consented.attributes),
        ConsentRefused(happened_on=today),
        ConsentWithdrawn(happened_on=today),
    ]
    return draw(st.sampled_from(said))


def _step(draw: st.DrawFn, case: Case, today: date) -> Step:
    share = draw(_shares)
    usual = _next_commands(case, today)
    if share < 5 and usual:
        return draw(st.sampled_from(usual))
    if share < 9:
        return _any_command(draw, today)
    return _referral_fact(draw, today)


@st.composite
def histories(draw: st.DrawFn) -> list["Moment"]:
    """A referral, accepted more often than not, then anything: as planned, too late, too early, or nonsense."""
    received = referred_to(draw(st.sampled_from([FINSAM, FINSAM, MIA]))).model_copy(update={"happened_on": _FIRST})
    moments = [played(NotReferred(), Kept(), received)]
    if draw(_shares):
        moments.append(played(moments[-1].after, moments[-1].kept, ReferralAccepted(happened_on=_FIRST)))
    for today in sorted(draw(st.lists(_days, max_size=20))):
        last = moments[-1]
        moments.append(played(last.after, last.kept, _step(draw, last.after, today)))
    return moments


@dataclass(frozen=True)
class Moment:
    """One step of a history: the case before it, and what it told."""

    before: Case
    step: Step
    told: tuple[PlanningFact, ...]
    after: Case
    kept: Kept


def played(case: Case, kept: Kept, step: Step) -> Moment:
    """One step as the service takes it; only a refusal may be raised on the way."""
    if not isinstance(step, Command):
        return Moment(case, step, (), evolve(case, step), kept)
    told = outcome(step, case)
    assert told == outcome(step, case), "the same question has the same answer"
    if isinstance(told, Refused):
        return Moment(case, step, (), case, kept)
    return Moment(case, step, told, reduce(evolve, told, case), keep(kept, step))


def outcome(command: Command, case: Case) -> tuple[PlanningFact, ...] | Refused:
    try:
        return decide(command, case, INSATSER)
    except Refused as refused:
        return refused


def told_in(moments: Sequence[Moment]) -> list[PlanningFact]:
    return [fact for moment in moments for fact in moment.told]


def days_of(facts: Sequence[PlanningFact], kind: type[PlanningFact]) -> list[date]:
    return [fact.happened_on for fact in facts if isinstance(fact, kind)]


@given(histories())
def test_what_is_told_is_what_the_case_has_become(moments: list[Moment]) -> None:
    """The case can be rebuilt from the two streams alone, and comes back from the database as it was."""
    stream: list[Fact] = []
    for moment in moments:
        stream += moment.told if isinstance(moment.step, Command) else [moment.step]
    nothing: Case = NotReferred()
    assert reduce(evolve, stream, nothing) == moments[-1].after
    assert _CASE.validate_json(_CASE.dump_json(moments[-1].after)) == moments[-1].after


@given(histories())
def test_days_are_in_order(moments: list[Moment]) -> None:
    facts = told_in(moments)
    order: list[tuple[type[PlanningFact], type[PlanningFact]]] = [
        (InsatsStarted, ParticipantExited),
        (TeamMeetingHeld, SamplanUpprättad),
        (TeamMeetingHeld, LotsAssigned),
        (SamplanUpprättad, ActivityStarted),
    ]
    for earlier, later in order:
        for first in days_of(facts, earlier):
            assert all(first <= second for second in days_of(facts, later)), (earlier, later)
    assert all(day >= _FIRST for day in (fact.happened_on for fact in facts))
    for booking in (fact for fact in facts if isinstance(fact, TeamMeetingBooked)):
        assert booking.happened_on <= booking.meets_on
    for exit_day in days_of(facts, ParticipantExited):
        assert exit_day == max(fact.happened_on for fact in facts if not isinstance(fact, TeamMeetingBooked))


@given(histories())
def test_no_day_lies_in_the_future(moments: list[Moment]) -> None:
    for moment in moments:
        if isinstance(moment.step, Command):
            assert all(fact.happened_on <= moment.step.today for fact in moment.told)


@given(histories())
def test_without_consent_no_kind_and_no_reason_leaves(moments: list[Moment]) -> None:
    for moment in moments:
        consents = not isinstance(moment.before, NotReferred) and moment.before.referral.consent is Consent.GIVEN
        for fact in moment.told:
            if isinstance(fact, SamplanUpprättad):
                assert all((each.kind is not None) == consents for each in fact.activities)
            if isinstance(fact, ParticipantExited):
                assert (fact.reason is not None) == (fact.national_code is not None) == consents


@given(histories())
def test_each_thing_happens_once(moments: list[Moment]) -> None:
    facts = told_in(moments)
    once: list[type[PlanningFact]] = [TeamMeetingHeld, InsatsStarted, SamplanUpprättad, ParticipantExited]
    for kind in once:
        assert len(days_of(facts, kind)) <= 1
    begun = [fact.activity_id for fact in facts if isinstance(fact, ActivityStarted)]
    completed = [fact.activity_id for fact in facts if isinstance(fact, ActivityCompleted)]
    assert len(set(begun)) == len(begun)
    assert len(set(completed)) == len(completed)
    assert set(completed) <= set(begun)


@given(histories())
def test_nothing_happens_outside_planning(moments: list[Moment]) -> None:
    """Nothing before acceptance, nothing after a return or an exit; an exit ends a participation."""
    for moment in moments:
        if moment.told:
            assert not isinstance(moment.before, NotReferred | Referred)
            assert moment.before.stage in ("accepted", "participating")
        if any(isinstance(fact, ParticipantExited) for fact in moment.told):
            assert isinstance(moment.before, Participating)
            assert moment.after.stage == "exited"


@given(histories())
def test_a_command_is_not_carried_out_twice(moments: list[Moment]) -> None:
    for moment in moments:
        if moment.told and isinstance(moment.step, Command):
            assert isinstance(outcome(moment.step, moment.after), Refused)


@given(histories())
def test_every_fact_fits_the_wire_and_every_case_can_be_shown(moments: list[Moment]) -> None:
    case_id, event_id = UUID(int=8), UUID(int=9)
    for moment in moments:
        for fact in moment.told:
            recorded = events.midnight(_FIRST)
            wrapped = events.envelope(fact, event_id=event_id, case_id=case_id, sequence=1, recorded=recorded)
            assert events.parse(events.encode(wrapped)) == wrapped
        seen = view(case_id, moment.after, moment.kept)
        assert seen is not None
        assert seen.state == moment.after.stage
        assert (seen.meeting is not None) == (place(moment.after) is not None)
