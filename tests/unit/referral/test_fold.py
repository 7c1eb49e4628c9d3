"""A case is the fold of its log: the same whatever order events arrived in, and however often."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from contracts import events, planning, referral
from contracts.codes import ReturnStage
from contracts.corrections import RegisteredInError
from contracts.envelope import Event, Fact
from contracts.events import event_of
from contracts.referral import ReferralReturned
from services.referral.domain.case import Case, CaseState, decide, fold
from tests.unit.referral.mother import (
    accepted,
    exited,
    received,
    refused,
    reopened,
    return_,
    returned,
    started,
    withdrawn,
)
from tests.unit.referral.mother import given as consent

STREAM: Final = UUID(int=1)
FIRST: Final = datetime(2021, 2, 8, 9, tzinfo=UTC)


def _stream(source: str, facts: Sequence[Fact]) -> list[Event[Any]]:
    return [
        event_of(
            fact,
            event_id=_id(source, sequence),
            stream_id=STREAM,
            sequence=sequence,
            recorded=FIRST + timedelta(hours=sequence),
            actor="service:planning" if source == planning.SOURCE else "agency:stockholms-stad",
            source=source,
        )
        for sequence, fact in enumerate(facts, start=1)
    ]


def _id(source: str, sequence: int) -> UUID:
    return uuid5(STREAM, f"{source} {sequence}")


def _in_error(sequence: int) -> RegisteredInError:
    return RegisteredInError(
        happened_on=exited.happened_on, event_id=_id(planning.SOURCE, sequence), reason="wrong_person"
    )


LOG: Final = [
    *_stream(referral.SOURCE, [received, consent, accepted, withdrawn, returned]),
    *_stream(planning.SOURCE, [started, exited, reopened, exited]),
]


@given(shuffled=st.permutations(LOG), repeated=st.lists(st.sampled_from(LOG)))
def test_neither_order_nor_repetition_of_the_log_matters(
    shuffled: list[Event[Any]], repeated: list[Event[Any]]
) -> None:
    assert fold([*shuffled, *repeated]) == fold(LOG)


def test_an_empty_log_is_a_case_that_was_never_referred() -> None:
    assert fold([]) == Case()


def test_an_exit_registered_in_error_leaves_the_person_taking_part() -> None:
    own = _stream(referral.SOURCE, [received, refused, accepted])
    case = fold([*own, *_stream(planning.SOURCE, [started, exited, _in_error(2)])])
    assert (case.state, case.state_since) == (CaseState.STARTED, started.happened_on)


def test_a_start_registered_in_error_leaves_the_case_accepted() -> None:
    own = _stream(referral.SOURCE, [received, refused, accepted])
    case = fold([*own, *_stream(planning.SOURCE, [started, _in_error(1)])])
    assert (case.state, case.state_since) == (CaseState.ACCEPTED, accepted.happened_on)


def test_a_start_registered_in_error_leaves_the_case_returned_if_it_was() -> None:
    own = _stream(referral.SOURCE, [received, refused, accepted, returned])
    assert fold([*own, *_stream(planning.SOURCE, [started])]).state is CaseState.STARTED
    case = fold([*own, *_stream(planning.SOURCE, [started, _in_error(1)])])
    assert (case.state, case.state_since) == (CaseState.RETURNED, returned.happened_on)


def test_a_reopening_registered_in_error_leaves_the_case_closed_since_the_exit() -> None:
    own = _stream(referral.SOURCE, [received, refused, accepted])
    case = fold([*own, *_stream(planning.SOURCE, [started, exited, reopened, _in_error(3)])])
    assert (case.state, case.state_since) == (CaseState.CLOSED, exited.happened_on)


def test_an_exit_that_was_right_after_all_closes_the_case_again() -> None:
    own = _stream(referral.SOURCE, [received, refused, accepted])
    case = fold([*own, *_stream(planning.SOURCE, [started, exited, _in_error(2), _in_error(3)])])
    assert (case.state, case.state_since) == (CaseState.CLOSED, exited.happened_on)


def test_once_its_start_is_registered_in_error_a_case_may_be_returned() -> None:
    own = _stream(referral.SOURCE, [received, refused, accepted])
    case = fold([*own, *_stream(planning.SOURCE, [started, _in_error(1)])])
    (fact,) = decide(return_, case)
    assert isinstance(fact, ReferralReturned)
    assert fact.stage is ReturnStage.AFTER_ACCEPTANCE


def test_a_case_as_it_was_known_at_a_moment() -> None:
    own = _stream(referral.SOURCE, [received, refused, accepted])
    assert fold(own, known_at=own[1].recordedtime).state is CaseState.WAITING
    assert fold(own, known_at=own[2].recordedtime).state is CaseState.ACCEPTED


def test_a_log_survives_the_wire() -> None:
    assert fold(events.parse(events.encode(event)) for event in LOG) == fold(LOG)
