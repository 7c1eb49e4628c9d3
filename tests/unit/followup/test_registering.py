"""What is registered about a follow-up that was not held, whose it is, and taking back what was registered."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import followup
from contracts.codes import ActivityOutcome, FollowUpResult, Timeliness
from contracts.corrections import RegisteredInError
from contracts.envelope import Event, Fact
from contracts.followup import (
    FollowUpAttempted,
    FollowUpCompleted,
    FollowUpDetailsReleased,
    FollowUpHandoverDeclined,
    FollowUpHandoverOffered,
    FollowUpNotApplicable,
    FollowUpTakenOver,
)
from contracts.planning import LotsAssigned, SupportAssigned, SupportEnded
from contracts.problems import Refused
from services.followup.domain.completion import complete
from services.followup.domain.ledger import Answer, DueStatus, FollowUp, Offer, due_status, fold
from services.followup.domain.registering import (
    CloseNotApplicable,
    DeclineFollowUp,
    OfferFollowUp,
    RegisterAttempt,
    Registration,
    TakeFollowUp,
    register,
    take_back,
)
from services.followup.domain.workers import supporters, worker_of
from tests.spec import DeciderSpec
from tests.unit.followup.story import (
    DUE,
    MISSED_FROM,
    OPENS,
    PLAN_DAY,
    SCHEDULED,
    about,
    completed,
    folded,
    found,
    held,
    logged,
    until,
)

DAY = timedelta(days=1)
KARIN, KIM = "karin", "kim"


def _decide(command: Registration, state: FollowUp | None) -> tuple[Fact, ...]:
    assert state is not None
    return register(command, state, worker_of(state, {}), DUE)


spec: DeciderSpec[Registration, FollowUp | None, Fact] = DeciderSpec(decide=_decide, evolve=folded, initial=None)


def attempted(on: date = DUE, outcome: str = "unavailable") -> FollowUpAttempted:
    return FollowUpAttempted(happened_on=on, outcome=outcome, channel="phone", **about(SCHEDULED))


def not_applicable(on: date = DUE) -> FollowUpNotApplicable:
    return FollowUpNotApplicable(happened_on=on, reason="moved", **about(SCHEDULED))


def taken(by: str, on: date = DUE) -> FollowUpTakenOver:
    return FollowUpTakenOver(happened_on=on, by=by, **about(SCHEDULED))


def offered(to: str) -> FollowUpHandoverOffered:
    return FollowUpHandoverOffered(happened_on=DUE, to=to, **about(SCHEDULED))


def test_an_attempt_leaves_it_owed_and_is_counted() -> None:
    spec.given(*until(DUE)).when(RegisterAttempt(DUE, "unavailable", "phone")).then(attempted())
    after = folded(folded(folded(None, SCHEDULED), attempted(OPENS)), attempted())
    assert (after.state, after.attempts) == ("owed", 2)


@pytest.mark.parametrize(
    ("command", "code", "field"),
    [
        (RegisterAttempt(DUE + DAY, "unavailable", "phone"), "held_in_the_future", "tried_on"),
        (RegisterAttempt(PLAN_DAY - DAY, "unavailable", "phone"), "held_before_plan", "tried_on"),
        (RegisterAttempt(DUE, "asleep", "phone"), "outcome_unknown", "outcome"),
        (RegisterAttempt(DUE, "reached", "pigeon"), "channel_unknown", "channel"),
        (CloseNotApplicable(DUE, "bored"), "reason_unknown", "reason"),
        (CloseNotApplicable(DUE + DAY, "moved"), "held_in_the_future", "decided_on"),
    ],
)
def test_what_cannot_be_is_refused(command: Registration, code: str, field: str) -> None:
    spec.given(*until(DUE)).when(command).then_refused(code, field=field)


def test_what_the_calendar_has_brought_is_said_first() -> None:
    come_due = until(DUE)[1:]
    spec.given(SCHEDULED).when(RegisterAttempt(DUE, "unavailable", "phone")).then(*come_due, attempted())


def test_one_that_is_not_to_be_held_is_owed_no_more() -> None:
    spec.given(*until(DUE)).when(CloseNotApplicable(DUE, "moved")).then(not_applicable())
    closed = folded(folded(None, SCHEDULED), not_applicable())
    assert due_status(closed, DUE + 100 * DAY) is DueStatus.NOT_APPLICABLE
    given_closed = spec.given(*until(DUE), not_applicable())
    given_closed.when(RegisterAttempt(DUE, "unavailable", "phone")).then_refused("not_applicable")


def test_a_colleague_is_asked_and_takes_it_over_or_does_not() -> None:
    spec.given(*until(DUE)).when(OfferFollowUp(KIM)).then(offered(KIM))
    spec.given(*until(DUE), offered(KIM)).when(TakeFollowUp(KIM)).then(taken(KIM))
    declined = FollowUpHandoverDeclined(happened_on=DUE, reason="absent", **about(SCHEDULED))
    spec.given(*until(DUE), offered(KIM)).when(DeclineFollowUp(KIM, "absent")).then(declined)
    spec.given(*until(DUE), offered(KIM)).when(DeclineFollowUp(KARIN, "absent")).then_refused("offered_to_another")
    spec.given(*until(DUE), offered(KIM)).when(OfferFollowUp(KIM)).then_refused("already_theirs", field="to")
    spec.given(*until(DUE), taken(KIM)).when(TakeFollowUp(KIM)).then_refused("already_yours")


def test_an_offer_says_whose_it_was_and_keeps_what_became_of_it() -> None:
    of_kim = FollowUpHandoverOffered(happened_on=DUE, to=KARIN, of=KIM, **about(SCHEDULED))
    spec.given(*until(DUE), taken(KIM)).when(OfferFollowUp(KARIN)).then(of_kim)
    spec.given(*until(DUE), taken(KIM)).when(OfferFollowUp(KARIN, held_by=KIM)).then(of_kim)
    spec.given(*until(DUE), taken("lo")).when(OfferFollowUp(KARIN, held_by=KIM)).then_refused("no_longer_theirs")
    declined = FollowUpHandoverDeclined(happened_on=DUE + DAY, reason="absent", **about(SCHEDULED))
    asked = reduce(folded, [SCHEDULED, taken(KIM), of_kim], None)
    answers: dict[Answer, FollowUp] = {
        "declined": folded(asked, declined),
        "accepted": folded(asked, taken(KARIN, DUE + DAY)),
        "taken_by_another": folded(asked, taken("lo", DUE + DAY)),
    }
    for answer, follow_up in answers.items():
        assert follow_up.offer == Offer(KIM, KARIN, DUE, answer, DUE + DAY)
    assert folded(answers["declined"], taken("lo", DUE + DAY)).offer == answers["declined"].offer


def test_an_answer_to_an_offer_that_is_gone_takes_nothing() -> None:
    asked = TakeFollowUp(KIM, only_if_asked=True)
    spec.given(*until(DUE), offered(KIM)).when(asked).then(taken(KIM))
    spec.given(*until(DUE), offered(KARIN)).when(asked).then_refused("offered_to_another")


def test_it_is_the_supporters_until_somebody_takes_it_and_a_new_supporters_after_that() -> None:
    by_role = supporters(
        logged(
            LotsAssigned(happened_on=PLAN_DAY, support_id=UUID(int=1), lots_id=KARIN),
            SupportAssigned(happened_on=PLAN_DAY, support_id=UUID(int=2), role="case-manager", worker_id=KIM),
        )
    )
    of_lots = SCHEDULED.model_copy(update={"responsible": "lots"})
    assert worker_of(FollowUp(of_lots), by_role) == KARIN
    assert worker_of(FollowUp(of_lots), {}) is None
    taken_over = folded(folded(None, of_lots), taken(KIM))
    assert worker_of(taken_over, by_role) == KIM
    new = supporters(
        logged(
            LotsAssigned(happened_on=PLAN_DAY, support_id=UUID(int=1), lots_id=KARIN),
            SupportEnded(happened_on=DUE + DAY, support_id=UUID(int=1), reason="handed_over"),
            LotsAssigned(happened_on=DUE + DAY, support_id=UUID(int=3), lots_id="lo"),
        )
    )
    assert worker_of(taken_over, new) == "lo"


def of_ours(*facts: Fact) -> list[Event[Any]]:
    return logged(*facts, source=followup.SOURCE)


def _taken_back(log: Sequence[Event[Any]], nth: int) -> list[Event[Any]]:
    """The log after its nth event (from 0) was taken back."""
    made = take_back(log[nth].id, "other", log, MISSED_FROM)
    return of_ours(*(each.data for each in log), *made)


@pytest.mark.parametrize("fact", [attempted(), not_applicable(), completed(DUE, Timeliness.IN_TIME)])
def test_what_was_registered_in_error_leaves_the_ledger_and_stays_in_the_history(fact: Fact) -> None:
    before = of_ours(*until(DUE))
    log = of_ours(*until(DUE), fact)
    after = _taken_back(log, len(log) - 1)
    assert fold(after) == fold(before)
    assert [each.data for each in after][: len(log)] == [each.data for each in log]


def test_what_consent_released_of_it_is_taken_back_with_it() -> None:
    findings = found(ActivityOutcome.FULLY, ActivityOutcome.FULLY)
    released = FollowUpDetailsReleased(
        happened_on=DUE, result=FollowUpResult.ALL, activities=findings, **about(SCHEDULED)
    )
    log = of_ours(*until(DUE), completed(DUE, Timeliness.IN_TIME), released)
    made = take_back(log[-2].id, "other", log, DUE)
    assert [each.event_id for each in made if isinstance(each, RegisteredInError)] == [log[-2].id, log[-1].id]


def test_only_what_people_registered_is_taken_back_once() -> None:
    log = of_ours(*until(MISSED_FROM), attempted())
    for event in log[:-1]:
        with pytest.raises(Refused, match="event_unknown"):
            take_back(event.id, "other", log, MISSED_FROM)
    after = _taken_back(log, len(log) - 1)
    with pytest.raises(Refused, match="event_unknown"):
        take_back(log[-1].id, "other", after, MISSED_FROM)
    with pytest.raises(Refused, match="reason_unknown"):
        take_back(log[-1].id, "bored", log, MISSED_FROM)


@given(st.lists(st.sampled_from(["attempt", "close", "complete", "take", "back"]), max_size=12))
def test_whatever_is_registered_and_taken_back_it_is_ended_by_at_most_one_thing(steps: list[str]) -> None:
    log = of_ours(*until(DUE))
    for step in steps:
        try:
            log = of_ours(*(each.data for each in log), *_next(step, log))
        except Refused:
            continue
    [follow_up] = fold(log).follow_ups.values()
    ended = follow_up.state in {"completed", "not_applicable"}
    assert ended == (follow_up.ended_on is not None) == (follow_up.ended_by is not None)
    standing = {each.id for each in log} - {
        each.data.event_id for each in log if isinstance(each.data, RegisteredInError)
    }
    ends = [
        each
        for each in log
        if each.id in standing and isinstance(each.data, FollowUpCompleted | FollowUpNotApplicable)
    ]
    assert len(ends) == (1 if ended else 0)


def _next(step: str, log: Sequence[Event[Any]]) -> Sequence[Fact]:
    [follow_up] = fold(log).follow_ups.values()
    match step:
        case "attempt":
            return register(RegisterAttempt(DUE, "unavailable", "phone"), follow_up, None, DUE)
        case "close":
            return register(CloseNotApplicable(DUE, "moved"), follow_up, None, DUE)
        case "complete":
            return complete(held(DUE), follow_up)
        case "take":
            return register(TakeFollowUp(KIM), follow_up, worker_of(follow_up, {}), DUE)
        case _:
            return take_back(log[-1].id, "other", log, DUE)
