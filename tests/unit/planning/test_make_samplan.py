"""Making the samplan: activities, each with a responsible member; kinds leave only with consent."""

from dataclasses import replace
from datetime import date, timedelta

from services.planning.domain import Fact, Kept, MakeSamplan, keep
from tests.unit.planning.mother import (
    CARE,
    MEETS_ON,
    MIA,
    NEW_ACTIVITIES,
    SAMPLAN,
    TODAY,
    WORK,
    accepted,
    at_acceptance,
    booked,
    consented,
    held,
    left,
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
    without_consent,
)

make = MakeSamplan(samplan_id=SAMPLAN, made_on=MEETS_ON, activities=NEW_ACTIVITIES, today=TODAY)

without_kinds = planned.model_copy(
    update={"activities": tuple(each.model_copy(update={"kind": None}) for each in planned.activities)}
)


def test_at_the_team_meeting() -> None:
    spec.given(*met).when(make).then(planned)


def test_before_or_after_the_start() -> None:
    spec.given(*met, started).when(make).then(planned)


def test_without_consent_no_kind_leaves() -> None:
    spec.given(*without_consent, booked, held).when(make).then(without_kinds)


def test_without_any_statement_no_kind_leaves() -> None:
    spec.given(received, accepted, booked, held).when(make).then(without_kinds)


def test_after_consent_was_withdrawn_no_kind_leaves() -> None:
    spec.given(*met, withdrawn).when(make).then(without_kinds)


def test_the_latest_word_on_consent_counts() -> None:
    changed_twice: tuple[Fact, ...] = (received, refused, accepted, consented, withdrawn, consented, booked, held)
    spec.given(*changed_twice).when(make).then(planned)


def test_kinds_are_kept_here_whatever_the_consent() -> None:
    kept = keep(Kept(), make)
    assert kept.kinds == {WORK: NEW_ACTIVITIES[0].kind, CARE: NEW_ACTIVITIES[1].kind}
    assert kept.exit_reason is None


def test_needs_a_held_meeting() -> None:
    spec.given(*at_acceptance).when(make).then_refused("team_meeting_missing")
    spec.given(*at_acceptance, booked).when(make).then_refused("team_meeting_missing")


def test_only_where_the_insats_works_with_samplaner() -> None:
    spec.given(referred_to(MIA), accepted).when(make).then_refused("no_samplan")


def test_has_at_least_one_activity() -> None:
    spec.given(*met).when(replace(make, activities=())).then_refused("no_activities", field="activities")


def test_not_before_the_meeting() -> None:
    early = replace(make, made_on=MEETS_ON - timedelta(days=1))
    spec.given(*met).when(early).then_refused("before_meeting", field="made_on")


def test_not_in_the_future() -> None:
    late = replace(make, made_on=TODAY + timedelta(days=1))
    spec.given(*met).when(late).then_refused("in_future", field="made_on")


def test_not_on_a_day_without_rules() -> None:
    spec.given(*met).when(replace(make, made_on=date(2019, 6, 1))).then_refused("no_rule", field="made_on")


def test_one_plan_a_case() -> None:
    spec.given(*with_plan).when(make).then_refused("samplan_exists")
    spec.given(*participating).when(make).then_refused("samplan_exists")


def test_not_before_the_referral_is_accepted() -> None:
    spec.given(received).when(make).then_refused("not_accepted")


def test_not_for_a_returned_referral() -> None:
    spec.given(*met, returned).when(make).then_refused("returned")


def test_not_after_the_exit() -> None:
    spec.given(*left).when(make).then_refused("exited")
