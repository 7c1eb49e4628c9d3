"""Starting the insats: the day from which a participation is counted."""

from dataclasses import replace
from datetime import date, timedelta

from contracts.planning import InsatsStarted
from contracts.referral import RuleRef
from services.planning.domain import StartInsats
from tests.unit.planning.mother import (
    ACCEPTED_ON,
    FINSAM,
    MEETS_ON,
    MIA,
    REFERRED_ON,
    STARTED_ON,
    TODAY,
    accepted,
    at_acceptance,
    booked,
    left,
    met,
    participating,
    received,
    referred_to,
    returned,
    spec,
    started,
    with_plan,
    without_consent,
)

start = StartInsats(started_on=STARTED_ON, today=TODAY)


def test_after_the_team_meeting() -> None:
    spec.given(*met).when(start).then(started)


def test_with_or_without_a_plan() -> None:
    spec.given(*with_plan).when(start).then(started)


def test_without_consent_all_the_same() -> None:
    meeting = met[-2:]
    spec.given(*without_consent, *meeting).when(start).then(started)


def test_on_the_day_of_the_meeting() -> None:
    spec.given(*met).when(replace(start, started_on=MEETS_ON)).then(
        started.model_copy(update={"happened_on": MEETS_ON})
    )


def test_needs_a_held_meeting_where_the_gate_is_one() -> None:
    spec.given(*at_acceptance).when(start).then_refused("team_meeting_missing")
    spec.given(*at_acceptance, booked).when(start).then_refused("team_meeting_missing")


def test_needs_only_acceptance_elsewhere() -> None:
    expected = InsatsStarted(happened_on=ACCEPTED_ON, insats=MIA, rule=RuleRef(insats=MIA, version=1))
    spec.given(referred_to(MIA), accepted).when(StartInsats(ACCEPTED_ON, TODAY)).then(expected)


def test_goes_by_the_rules_of_its_day() -> None:
    """Version 2 of FINSAM-team's rules is valid from 1 January 2021."""
    in_2020 = (
        received.model_copy(update={"happened_on": date(2020, 12, 1)}),
        accepted.model_copy(update={"happened_on": date(2020, 12, 1)}),
        booked.model_copy(update={"happened_on": date(2020, 12, 1), "meets_on": date(2020, 12, 7)}),
        met[-1].model_copy(update={"happened_on": date(2020, 12, 7)}),
    )
    for day, version in ((date(2020, 12, 31), 1), (date(2021, 1, 1), 2)):
        expected = InsatsStarted(happened_on=day, insats=FINSAM, rule=RuleRef(insats=FINSAM, version=version))
        spec.given(*in_2020).when(StartInsats(day, TODAY)).then(expected)


def test_not_before_the_meeting() -> None:
    early = replace(start, started_on=MEETS_ON - timedelta(days=1))
    spec.given(*met).when(early).then_refused("before_meeting", field="started_on")


def test_not_before_acceptance() -> None:
    early = StartInsats(ACCEPTED_ON - timedelta(days=1), TODAY)
    spec.given(referred_to(MIA), accepted).when(early).then_refused("before_acceptance", field="started_on")


def test_not_before_the_referral_even_if_acceptance_was_dated_earlier() -> None:
    too_early = accepted.model_copy(update={"happened_on": REFERRED_ON - timedelta(days=2)})
    day = REFERRED_ON - timedelta(days=1)
    spec.given(referred_to(MIA), too_early).when(StartInsats(day, TODAY)).then_refused(
        "before_referral", field="started_on"
    )


def test_not_in_the_future() -> None:
    spec.given(*met).when(StartInsats(TODAY + timedelta(days=1), TODAY)).then_refused("in_future", field="started_on")


def test_not_twice() -> None:
    spec.given(*participating).when(start).then_refused("already_started")


def test_not_on_a_day_without_rules() -> None:
    day = date(2019, 12, 31)
    spec.given(*met).when(replace(start, started_on=day)).then_refused("no_rule", field="started_on")


def test_not_in_an_insats_the_catalogue_does_not_have() -> None:
    spec.given(referred_to("samlat-stod"), accepted).when(start).then_refused("insats_unknown")


def test_not_before_the_referral_is_accepted() -> None:
    spec.given(received).when(start).then_refused("not_accepted")


def test_not_for_a_returned_referral() -> None:
    spec.given(*met, returned).when(start).then_refused("returned")


def test_not_after_the_exit() -> None:
    spec.given(*left).when(start).then_refused("exited")
