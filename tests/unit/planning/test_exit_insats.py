"""Leaving the insats: a reason is always asked for, and leaves the service only with consent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from contracts.catalogue import INSATSER
from contracts.catalogue.results import ExitRule, Exits
from contracts.codes import ExitReason, NationalExitCode
from contracts.planning import InsatsStarted, ParticipantExited
from contracts.referral import RuleRef
from services.planning.domain import Case, Command, ExitInsats, Fact, Kept, decide, keep
from tests.unit.planning.mother import (
    ACCEPTED_ON,
    COMPLETED_ON,
    EXITED_ON,
    MIA,
    STARTED_ON,
    TODAY,
    accepted,
    at_acceptance,
    booked,
    consented,
    exited,
    held,
    left,
    lots_assigned,
    met,
    participating,
    planned,
    received,
    referred_to,
    refused,
    returned,
    spec,
    started,
    with_plan,
    withdrawn,
    work_begun,
    work_done,
)

leave = ExitInsats(exited_on=EXITED_ON, reason=ExitReason.MOVED, today=TODAY)


@pytest.mark.parametrize(
    ("reason", "national"),
    [
        (ExitReason.JOBSEEKING_WORK_OR_STUDIES, NationalExitCode.ONE),
        (ExitReason.CONTINUED_REHABILITATION, NationalExitCode.TWO),
        (ExitReason.ILLNESS, NationalExitCode.THREE),
        (ExitReason.MOVED, NationalExitCode.OTHER),
        (ExitReason.NOT_ELIGIBLE, NationalExitCode.OTHER),
        (ExitReason.BROKE_OFF, NationalExitCode.OTHER),
        (ExitReason.OTHER, NationalExitCode.OTHER),
    ],
)
def test_with_consent_the_reason_and_its_national_code_are_told(
    reason: ExitReason, national: NationalExitCode
) -> None:
    expected = exited.model_copy(update={"reason": reason, "national_code": national})
    spec.given(*participating).when(replace(leave, reason=reason)).then(expected)


@pytest.mark.parametrize(
    "before",
    [
        (received, refused, accepted, booked, held, started),
        (received, accepted, booked, held, started),
        (*participating, withdrawn),
    ],
    ids=["refused", "never stated", "withdrawn"],
)
def test_without_consent_only_the_date_is_told(before: tuple[Fact, ...]) -> None:
    spec.given(*before).when(leave).then(exited)


def test_consent_given_at_last_counts() -> None:
    expected = exited.model_copy(update={"reason": ExitReason.MOVED, "national_code": NationalExitCode.OTHER})
    spec.given(*participating, withdrawn, consented).when(leave).then(expected)


def test_the_reason_is_kept_here_whatever_the_consent() -> None:
    assert keep(Kept(), leave) == Kept(exit_reason=ExitReason.MOVED)


def test_goes_by_the_rules_of_its_day() -> None:
    rule = RuleRef(insats=MIA, version=1)
    begun = InsatsStarted(happened_on=ACCEPTED_ON, insats=MIA, rule=rule)
    expected = ParticipantExited(happened_on=EXITED_ON, insats=MIA, rule=rule)
    spec.given(referred_to(MIA), accepted, begun).when(leave).then(expected)


def _decide_where_only_illness_counts(command: Command, case: Case) -> Sequence[Fact]:
    mia = INSATSER[MIA]
    illness = Exits(reasons=(ExitRule(code="illness", national="3"),))
    narrow = mia.versions[0].model_copy(update={"exits": illness})
    return decide(command, case, {MIA: mia.model_copy(update={"versions": (narrow,)})})


def test_only_for_a_reason_the_insats_uses() -> None:
    narrow = replace(spec, decide=_decide_where_only_illness_counts)
    begun = InsatsStarted(happened_on=ACCEPTED_ON, insats=MIA, rule=RuleRef(insats=MIA, version=1))
    narrow.given(referred_to(MIA), accepted, begun).when(leave).then_refused("reason_not_used", field="reason")


def test_on_the_day_of_the_start() -> None:
    same_day = replace(leave, exited_on=STARTED_ON)
    spec.given(received, refused, accepted, booked, held, started).when(same_day).then(
        exited.model_copy(update={"happened_on": STARTED_ON})
    )


def test_not_before_the_start() -> None:
    early = replace(leave, exited_on=STARTED_ON - timedelta(days=1))
    spec.given(*participating).when(early).then_refused("before_last_event", field="exited_on")


def test_not_before_the_last_thing_that_happened() -> None:
    begun_then = replace(leave, exited_on=work_begun.happened_on - timedelta(days=1))
    spec.given(*participating, work_begun).when(begun_then).then_refused("before_last_event", field="exited_on")
    done_then = replace(leave, exited_on=COMPLETED_ON - timedelta(days=1))
    spec.given(*participating, work_begun, work_done).when(done_then).then_refused(
        "before_last_event", field="exited_on"
    )
    plan_later = planned.model_copy(update={"happened_on": date(2021, 6, 1)})
    spec.given(*met, started, plan_later).when(replace(leave, exited_on=date(2021, 5, 31))).then_refused(
        "before_last_event", field="exited_on"
    )
    started_early = started.model_copy(update={"happened_on": ACCEPTED_ON})
    spec.given(*at_acceptance, started_early, booked, held).when(
        replace(leave, exited_on=held.happened_on - timedelta(days=1))
    ).then_refused("before_last_event", field="exited_on")
    later = lots_assigned.model_copy(update={"happened_on": date(2021, 6, 1)})
    spec.given(*participating, later).when(replace(leave, exited_on=date(2021, 5, 31))).then_refused(
        "before_last_event", field="exited_on"
    )


def test_not_in_the_future() -> None:
    late = replace(leave, exited_on=TODAY + timedelta(days=1))
    spec.given(*participating).when(late).then_refused("in_future", field="exited_on")


def test_not_on_a_day_without_rules() -> None:
    spec.given(*participating).when(replace(leave, exited_on=date(2019, 6, 1))).then_refused(
        "no_rule", field="exited_on"
    )


def test_not_without_a_start() -> None:
    for before in (at_acceptance, met, with_plan):
        spec.given(*before).when(leave).then_refused("not_started")


def test_not_twice() -> None:
    spec.given(*left).when(leave).then_refused("already_exited")


def test_not_before_the_referral_is_accepted() -> None:
    spec.given(received).when(leave).then_refused("not_accepted")


def test_not_for_a_returned_referral() -> None:
    spec.given(*met, returned).when(leave).then_refused("returned")


def test_a_return_that_comes_after_the_start_does_not_undo_the_participation() -> None:
    expected = exited.model_copy(update={"reason": ExitReason.MOVED, "national_code": NationalExitCode.OTHER})
    spec.given(*participating, returned).when(leave).then(expected)
