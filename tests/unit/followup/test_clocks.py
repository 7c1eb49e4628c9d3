"""Time limits that start where a referral comes in, and those that start again after each contact."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest

from contracts.catalogue import INSATSER, Insats
from contracts.catalogue.timing import ClockRule
from contracts.codes import ReturnStage, Sex, StepKind
from contracts.envelope import Fact
from contracts.followup import DeadlineFact, DeadlineSet
from contracts.planning import (
    EmploymentDecided,
    EmploymentEnded,
    InsatsStarted,
    LotsAssigned,
    MeetingHeld,
    StepReached,
    SupportAssigned,
)
from contracts.referral import ReferralReceived, ReferralReturned, RuleRef, WaitingPersonContacted
from services.followup.domain.ledger import Ledger
from services.followup.domain.time_limits import time_limits
from tests.unit.followup.story import after, conclusions, logged

_REFERRED = date(2021, 3, 1)
_FOURTEEN, _THIRTY = timedelta(days=14), timedelta(days=30)
_DAY = timedelta(days=1)


def _received(insats: str, agency: str, unit_kind: str, on: date = _REFERRED) -> ReferralReceived:
    return ReferralReceived(
        happened_on=on,
        person_id="00000000-0000-4000-8000-000000000005",
        insats=insats,
        agency=agency,
        unit="a-unit",
        unit_kind=unit_kind,
        sex=Sex.WOMAN,
        rule=RuleRef(insats=insats, version=1),
    )


_WORK_TRAINING = _received("arbetstraning", "stockholms-stad", "district")
_MIA = _received("mia-vidare", "forsakringskassan", "forsakringskassan")
_CASE_MANAGER = SupportAssigned(
    happened_on=_REFERRED + 20 * _DAY,
    support_id="00000000-0000-4000-8000-000000000006",
    role="case-manager",
    worker_id="cm-1",
)


_RETURNED = ReferralReturned(happened_on=_REFERRED + 20 * _DAY, stage=ReturnStage.BEFORE_ACCEPTANCE)


def _contacted(days: int, *, reached: bool = True) -> WaitingPersonContacted:
    return WaitingPersonContacted(happened_on=_REFERRED + days * _DAY, channel="phone", reached=reached)


def _told(facts: Sequence[Fact], today: date, clock: str) -> list[tuple[str, date]]:
    """What has been said of a clock, in order: reconciled the day before each fact, as by a timer, and at the end."""
    ledger, said = Ledger(), list[tuple[str, date]]()
    for nth in range(1, len(facts) + 1):
        day = facts[nth].happened_on - _DAY if nth < len(facts) else today
        found = conclusions(facts[:nth], ledger, max(day, facts[nth - 1].happened_on))
        ledger = after(ledger, found)
        said += [
            (type(each.fact).__name__, each.fact.happened_on)
            for each in found
            if isinstance(each.fact, DeadlineFact) and each.fact.clock == clock
        ]
    return said


_WITHIN_TWO_WEEKS = "informationsmote-inom-tva-veckor"
_WITHOUT_SUPPORT = "utan-stod"


def test_the_information_meeting_is_due_within_two_weeks_of_the_request() -> None:
    told = _told([_WORK_TRAINING], _REFERRED + 20 * _DAY, _WITHIN_TWO_WEEKS)
    assert told == [("DeadlineSet", _REFERRED), ("DeadlinePassed", _REFERRED + _FOURTEEN + _DAY)]


@pytest.mark.parametrize(
    ("days", "said"), [(0, "DeadlineMet"), (14, "DeadlineMet"), (15, "DeadlinePassed"), (40, "DeadlinePassed")]
)
def test_the_meeting_meets_it_on_its_last_day_and_not_after(days: int, said: str) -> None:
    meeting = MeetingHeld(
        happened_on=_REFERRED + days * _DAY,
        meeting_id="00000000-0000-4000-8000-000000000007",
        kind="informationsmote",
        mode="phone",
    )
    told = _told([_WORK_TRAINING, meeting], _REFERRED + 50 * _DAY, _WITHIN_TWO_WEEKS)
    assert [each for each, _ in told] == ["DeadlineSet", said]


def test_whoever_waits_a_month_without_contact_or_case_manager_is_told_of() -> None:
    told = _told([_MIA], _REFERRED + 60 * _DAY, _WITHOUT_SUPPORT)
    assert told == [("DeadlineSet", _REFERRED), ("DeadlinePassed", _REFERRED + _THIRTY + _DAY)]


def test_each_contact_starts_the_month_anew() -> None:
    told = _told([_MIA, _contacted(10), _contacted(30)], _REFERRED + 90 * _DAY, _WITHOUT_SUPPORT)
    first, second = _REFERRED + 10 * _DAY, _REFERRED + 30 * _DAY
    assert told == [
        ("DeadlineSet", _REFERRED),
        ("DeadlineMet", first),
        ("DeadlineSet", first),
        ("DeadlineMet", second),
        ("DeadlineSet", second),
        ("DeadlinePassed", second + _THIRTY + _DAY),
    ]


def test_a_contact_after_the_month_starts_another_and_the_first_stays_passed() -> None:
    told = _told([_MIA, _contacted(40)], _REFERRED + 45 * _DAY, _WITHOUT_SUPPORT)
    assert [each for each, _ in told] == ["DeadlineSet", "DeadlinePassed", "DeadlineSet"]


def test_an_attempt_that_reached_nobody_is_no_contact() -> None:
    told = _told([_MIA, _contacted(10, reached=False)], _REFERRED + 45 * _DAY, _WITHOUT_SUPPORT)
    assert [each for each, _ in told] == ["DeadlineSet", "DeadlinePassed"]


@pytest.mark.parametrize("end", [_CASE_MANAGER, _RETURNED], ids=["case manager", "return"])
def test_nothing_starts_it_again_once_the_wait_is_over(end: Fact) -> None:
    told = _told([_MIA, end, _contacted(25)], _REFERRED + 90 * _DAY, _WITHOUT_SUPPORT)
    assert told == [("DeadlineSet", _REFERRED), ("DeadlineMet", _REFERRED + 20 * _DAY)]


def test_the_assignment_to_another_role_ends_nothing() -> None:
    lots = LotsAssigned(
        happened_on=_REFERRED + _DAY, support_id="00000000-0000-4000-8000-000000000008", lots_id="lots-1"
    )
    told = _told([_MIA, lots], _REFERRED + 45 * _DAY, _WITHOUT_SUPPORT)
    assert [each for each, _ in told] == ["DeadlineSet", "DeadlinePassed"]


def test_a_contact_in_an_insats_without_such_a_clock_starts_nothing() -> None:
    events = logged(_WORK_TRAINING, _contacted(3))
    assert [each.terms.clock for each in time_limits(events, INSATSER)] == [_WITHIN_TWO_WEEKS]


_IPS = "ips-psykosvarden"
_AFTER = {"days": 30}


def _with_clock(**clock: object) -> dict[str, Insats]:
    """IPS with one clock of its own."""
    insats = INSATSER[_IPS]
    rule = ClockRule.model_validate({"id": "prov", "label": "prov", "limit": _AFTER, **clock})
    versions = tuple(each.model_copy(update={"clocks": (rule,)}) for each in insats.versions)
    return {_IPS: insats.model_copy(update={"versions": versions})}


def _reached(step: str, kind: StepKind, days: int, of: str = _IPS) -> StepReached:
    return StepReached(
        happened_on=_REFERRED + days * _DAY,
        step_id=UUID(int=days),
        step=step,
        kind=kind,
        rule=RuleRef(insats=of, version=1),
    )


_STARTED_IPS = (
    _received(_IPS, "region-stockholm", "psykosmottagning"),
    InsatsStarted(happened_on=_REFERRED + 5 * _DAY, insats=_IPS, rule=RuleRef(insats=_IPS, version=1)),
)
_PLAN_WRITTEN = _reached("arbetsplan", StepKind.DOCUMENT, 20)


def test_a_step_stops_a_clock() -> None:
    [limit] = time_limits(logged(*_STARTED_IPS, _PLAN_WRITTEN), _with_clock(starts="start", stops="arbetsplan"))
    assert limit.met is not None
    assert limit.met[0] == _REFERRED + 20 * _DAY


def test_a_step_starts_a_clock_and_one_of_another_rule_does_not() -> None:
    catalogue = _with_clock(starts="arbetsplan", stops="exit")
    [limit] = time_limits(logged(*_STARTED_IPS, _PLAN_WRITTEN), catalogue)
    assert limit.terms.happened_on == _REFERRED + 20 * _DAY
    other = _reached("arbetsplan", StepKind.DOCUMENT, 20, of="mia-vidare")
    assert not list(time_limits(logged(*_STARTED_IPS, other), catalogue))


def test_the_start_is_the_first_phase_and_a_phase_ends_another() -> None:
    catalogue = _with_clock(starts="phase.aktiv", stops="phase.bakgrund")
    [limit] = time_limits(logged(*_STARTED_IPS, _reached("bakgrund", StepKind.PHASE, 12)), catalogue)
    assert (limit.terms.happened_on, limit.met and limit.met[0]) == (_REFERRED + 5 * _DAY, _REFERRED + 12 * _DAY)


_EMPLOYED_ON = date(2023, 3, 1)
_EMPLOYMENT, _OTHER_EMPLOYMENT = UUID(int=1), UUID(int=2)


def _employed(
    on: date, employment: UUID = _EMPLOYMENT, *, prolongs: bool = False, kom_i_jobb: bool = True
) -> EmploymentDecided:
    """Decided ten days before it begins."""
    return EmploymentDecided(
        happened_on=on - 10 * _DAY,
        decision_id=UUID(int=on.toordinal()),
        employment_id=employment,
        prolongs=prolongs,
        from_on=on,
        kom_i_jobb=kom_i_jobb,
    )


def _kom_i_jobb(*facts: Fact) -> list[tuple[date, bool]]:
    """The last day of each limit of the municipality's own employments, and whether it was stopped."""
    received = _received("arbetsformedlare-amt", "sundsvalls-kommun", "socialtjanst", date(2023, 1, 9))
    limits = time_limits(logged(received, *facts), INSATSER)
    return [(each.terms.limit_on, each.met is not None) for each in limits if each.terms.clock == "kom-i-jobb"]


def test_the_municipalitys_own_employment_is_counted_from_its_first_day() -> None:
    assert _kom_i_jobb(_employed(_EMPLOYED_ON)) == [(date(2024, 3, 1), False)]
    assert _kom_i_jobb(_employed(_EMPLOYED_ON, kom_i_jobb=False)) == []


def test_its_end_stops_the_clock_and_the_end_of_another_does_not() -> None:
    ended = EmploymentEnded(happened_on=date(2023, 9, 1), employment_id=_EMPLOYMENT)
    other = ended.model_copy(update={"employment_id": _OTHER_EMPLOYMENT})
    elsewhere = _employed(_EMPLOYED_ON, _OTHER_EMPLOYMENT, kom_i_jobb=False)
    assert _kom_i_jobb(_employed(_EMPLOYED_ON), elsewhere, other) == [(date(2024, 3, 1), False)]
    assert _kom_i_jobb(_employed(_EMPLOYED_ON), ended) == [(date(2024, 3, 1), True)]


def test_a_prolonged_one_is_counted_anew() -> None:
    prolonged = _employed(date(2024, 2, 1), prolongs=True)
    assert _kom_i_jobb(_employed(_EMPLOYED_ON), prolonged) == [(date(2024, 3, 1), True), (date(2025, 2, 1), False)]


# What starts or stops these has no event yet: an application, a place offered, a birthday.
_NOT_RUN = {
    ("mia-ostra-sodertorn", "plats-inom-tva-veckor"),
    ("novum", "fyller-18"),
    ("novum", "fyller-30"),
    ("ratt-stod-for-mig", "fyller-18"),
}


def test_every_limit_of_an_insats_runs_or_is_known_not_to() -> None:
    """A clock that no event starts would look as if nothing were ever late."""
    words = {"start", "referral", "held.resursrad-mote", "called.sip", "held.sip", "kom_i_jobb_decided"}
    for insats in INSATSER.values():
        rule = insats.versions[-1]
        doors = {door.id for door in rule.doors if door.leads_to_a_case}
        for clock in rule.clocks:
            if clock.limit is None or (insats.id, clock.id) in _NOT_RUN:
                continue
            assert not set(clock.starts).isdisjoint(words | doors), (insats.id, clock.id)


def test_the_terms_say_where_the_limit_comes_from() -> None:
    [limit] = time_limits(logged(_MIA), INSATSER)
    assert limit.terms == DeadlineSet(
        happened_on=_REFERRED,
        deadline_id=limit.terms.deadline_id,
        clock=_WITHOUT_SUPPORT,
        anchor=limit.terms.anchor,
        limit_on=_REFERRED + _THIRTY,
        rule=RuleRef(insats="mia-vidare", version=1),
    )
