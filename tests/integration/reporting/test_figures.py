"""The year's figures against a count in plain Python that knows the events and nothing of the SQL."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product
from typing import Any, TypeVar
from uuid import UUID

import pytest

from contracts import events
from contracts.consent import consents_of
from contracts.corrections import effective
from contracts.envelope import Event, Fact
from contracts.followup import (
    FollowUpCompleted,
    FollowUpDetailsReleased,
    FollowUpReinstated,
    FollowUpScheduled,
    FollowUpSuperseded,
)
from contracts.planning import (
    ActivityCancelled,
    ActivityCompleted,
    ActivityStarted,
    CaseReopened,
    InsatsStarted,
    LotsAssigned,
    ParticipantExited,
    PlanningDetailsReleased,
    SamplanReviderad,
    SamplanUpprättad,
    SupportEnded,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.referral import ReferralAccepted, ReferralReceived, ReferralReturned
from services.chassis.database import Connection
from services.reporting import store
from services.reporting.domain.figures import half_up
from services.reporting.domain.periods import year_period
from tests.bench.rebuild_events import FINSAM_TEAM, AppendedEvent
from tests.integration.reporting.facts import cases, ingest

CASES = cases(seed=20, count=400)
T = TypeVar("T", bound=Fact)
_REFERRING = {
    "forsakringskassan": "forsakringskassan",
    **dict.fromkeys(("district", "socialtjanst", "jobbtorg", "kommun"), "municipality"),
    **dict.fromkeys(("health_care", "region", "psykosmottagning"), "health_care"),
    "arbetsformedlingen": "arbetsformedlingen",
}
_ROUTES = {"aktivitetsplatsen": "aktivitetsplatsen", FINSAM_TEAM: "finsam_team"}
_ASKED = {
    **dict.fromkeys(("district", "socialtjanst"), "socialtjanst"),
    **{each: each for each in ("forsakringskassan", "jobbtorg", "health_care", "arbetsformedlingen")},
}
_PROJECTS = {"ratt-stod-for-mig": "ratt_stod_for_mig", "ips-psykosvarden": "ips_psykosvarden"}
"""The insatser whose exits are counted to date."""
_WORD = {"woman": "women", "man": "men", "other": "other", "unknown": "unknown"}


@pytest.mark.parametrize("year", [2020, 2021, 2022])
async def test_as_counted_by_hand(connection: Connection, year: int) -> None:
    await ingest(connection, CASES)
    figures = await store.period_figures(connection, year_period(year))
    counted = _count(CASES, year)
    assert {line: count for line, count in figures.lines().items() if count} == counted
    assert sum(counted.values()) > 0


async def test_of_no_events_there_are_figures_too(connection: Connection) -> None:
    figures = await store.period_figures(connection, year_period(2021))
    assert set(figures.lines().values()) == {0}


async def test_what_goes_on_today(connection: Connection) -> None:
    await ingest(connection, CASES)
    today = date(2021, 10, 1)
    counts = await store.start_counts(connection, today)
    histories = _by_case(CASES)
    waiting = [
        case for case in histories if not any(isinstance(e.data, ReferralAccepted | ReferralReturned) for e in case)
    ]
    assert counts.waiting == len(waiting)
    assert counts.overdue == sum(len(_overdue(case, today)) for case in histories) > 0


def _overdue(case: list[Event[Any]], today: date) -> set[UUID]:
    overdue: set[UUID] = set()
    for fact in (event.data for event in case):
        match fact:
            case FollowUpScheduled() if fact.due_on < today:
                overdue.add(fact.follow_up_id)
    for fact in (event.data for event in case):
        match fact:
            case FollowUpCompleted():
                overdue.discard(fact.follow_up_id)
            case FollowUpSuperseded() if not _reinstated(case, fact.follow_up_id):
                overdue.discard(fact.follow_up_id)
    return overdue


def _reinstated(case: list[Event[Any]], follow_up_id: UUID) -> bool:
    return any(isinstance(e.data, FollowUpReinstated) and e.data.follow_up_id == follow_up_id for e in case)


async def test_a_case_in_the_order_it_happened(connection: Connection) -> None:
    await ingest(connection, CASES)
    case_id = CASES[0].case_id
    shown = await store.case_events(connection, case_id)
    assert len(shown) == sum(1 for each in CASES if each.case_id == case_id)
    assert [event.happened_on for event in shown] == sorted(event.happened_on for event in shown)
    assert await store.case_events(connection, UUID(int=0)) == []


def _by_case(appended: Sequence[AppendedEvent]) -> list[list[Event[Any]]]:
    """The events of each case that count, as the contract's own filter has it."""
    histories: dict[UUID, list[Event[Any]]] = defaultdict(list)
    for each in appended:
        histories[each.case_id].append(events.parse(each.value))
    return [effective(log) for log in histories.values()]


def _count(appended: Sequence[AppendedEvent], year: int) -> dict[str, int]:
    counted: Counter[str] = Counter()
    insatser, teams, sessions = set(), set(), Counter[tuple[Any, ...]]()
    for history in _by_case(appended):
        case = _Case(history)
        counted.update(case.totals(year))
        counted.update(case.way_in(year))
        counted.update(case.exits_to_date(year))
        counted.update(set(case.activities(year)))
        if case.stays_in(year):
            insatser.add(case.insats)
        if case.insats == FINSAM_TEAM:
            counted.update(case.finsam(year))
            for team, session in case.sessions(year):
                teams.add(team)
                if session:
                    sessions[session] += 1
    counted["totals.interventions"] = len(insatser)
    counted["finsam_team.teams"] = len(teams)
    counted["finsam_team.max_cases_per_session"] = max(sessions.values(), default=0)
    for number in (1, 2, 3):
        part, whole = counted[f"totals.exit_reason_{number}.total"], counted["totals.exited.total"]
        counted[f"totals.exit_reason_{number}.percent"] = half_up(part, whole) or 0
    done, held = counted["finsam_team.six_month.all"], counted["finsam_team.six_month.total"]
    counted["finsam_team.six_month.percent_all"] = half_up(done, held) or 0
    for line in [each for each in counted if "referrals_by" in each and each.endswith("total")]:
        insats, _, referrer, _ = line.split(".")
        share = half_up(counted[line], counted[f"{insats}.referrals.total"])
        counted[f"{insats}.referrals_by.{referrer}.percent"] = share or 0
    for project, word in product(_PROJECTS.values(), ("women", "men")):
        studies = counted[f"{project}.to_studies.{word}"]
        share = half_up(studies, counted[f"{project}.exited.{word}"])
        counted[f"{project}.to_studies.{word}.percent"] = share or 0
    return {line: count for line, count in counted.items() if count}


class _Case:
    """One case's facts, asked one at a time."""

    def __init__(self, history: list[Event[Any]]) -> None:
        self.facts = [event.data for event in history]
        [received] = self._all(ReferralReceived)
        self.insats = received.insats
        self.word = _WORD[received.sex]
        self.referred_on = received.happened_on
        self.unit_kind = received.unit_kind
        self.by_district = received.unit_kind == "district"
        self.consents = consents_of(self.facts).holds()
        released = {fact.event_id: fact for fact in self._all(PlanningDetailsReleased)}
        starts = dict.fromkeys([1], started[-1].happened_on) if (started := self._all(InsatsStarted)) else {}
        starts |= {fact.episode: fact.happened_on for fact in self._all(CaseReopened)}
        exits: dict[int, tuple[date, Any]] = {}
        self.left: dict[int, tuple[date, str | None]] = {}
        for event in history:
            if isinstance(fact := event.data, ParticipantExited):
                later = released.get(event.id)
                exits[fact.episode] = (
                    fact.happened_on,
                    fact.national_code or (later.national_code if later else None),
                )
                self.left[fact.episode] = (fact.happened_on, fact.reason or (later.reason if later else None))
        self.stays = [(day, exits.get(episode, (None, None))) for episode, day in starts.items()]

    def _all(self, kind: type[T]) -> list[T]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def _within(self, kind: type[T], year: int) -> list[T]:
        return [fact for fact in self._all(kind) if fact.happened_on.year == year]

    def stays_in(self, year: int) -> list[tuple[date, tuple[date | None, str | None]]]:
        return [
            (started, (left, code))
            for started, (left, code) in self.stays
            if started.year <= year and (left is None or left.year >= year)
        ]

    def totals(self, year: int) -> Iterator[str]:
        for started, (left, code) in self.stays_in(year):
            yield from self._by_sex("totals.participants")
            yield from self._by_sex("totals.started" if started.year == year else "totals.carried_in")
            if not self.consents:
                yield from self._by_sex("totals.without_consent")
            if left is None or left.year != year:
                yield from self._by_sex("totals.open_at_year_end")
                continue
            yield from self._by_sex("totals.exited")
            known = code if self.consents else None
            yield from self._by_sex(
                f"totals.exit_reason_{known}" if known in ("1", "2", "3") else "totals.exit_other"
            )

    def way_in(self, year: int) -> Iterator[str]:
        prefix = self.insats.replace("-", "_")
        if self.referred_on.year == year:
            yield from self._by_sex(f"{prefix}.referrals")
            yield from self._by_sex(f"{prefix}.referrals_by.{_REFERRING.get(self.unit_kind, 'others')}")
            yield from self._by_sex(f"{prefix}.referrals_in.{'spring' if self.referred_on.month <= 6 else 'autumn'}")
        returned = [fact.happened_on for fact in self._all(ReferralReturned)]
        if returned and returned[-1].year == year and not self._all(InsatsStarted):
            yield from self._by_sex(f"{prefix}.returned")
        for started, _ in self.stays_in(year):
            if started.year == year:
                yield from self._by_sex(f"{prefix}.started")

    def exits_to_date(self, year: int) -> Iterator[str]:
        if (project := _PROJECTS.get(self.insats)) is None:
            return
        for left, reason in self.left.values():
            if left.year > year:
                continue
            yield from self._by_sex(f"{project}.exited")
            if self.consents and reason in ("work", "studies"):
                yield from self._by_sex(f"{project}.to_work_or_studies")
                yield from self._by_sex(f"{project}.to_{reason}")

    def activities(self, year: int) -> Iterator[str]:
        """Each line once, whatever number of activities of the case it holds of."""
        for planned_on, begun, done, not_done in self._of_kind("work_training"):
            began = begun is not None and begun.happened_on.year == year
            if began and self.insats in _ROUTES:
                yield from self._by_sex("arbetstraning.trained")
                yield from self._by_sex(f"arbetstraning.trained.{_ROUTES[self.insats]}")
            if self.insats in _ROUTES:
                yield from self._stock(year, planned_on, begun, done, not_done)
            if self.insats == FINSAM_TEAM and planned_on.year == year:
                yield from self._by_sex("arbetstraning.requested")
                yield from self._by_sex(f"arbetstraning.requested.{_ASKED.get(self.unit_kind, 'others')}")
            if began and self.insats in {"mia-vidare", "samordnat-stod"}:
                yield from self._by_sex(f"{self.insats.replace('-', '_')}.work_training")
        for _, _, done, _ in self._of_kind("course"):
            passed = done is not None and done.extent == "fully" and done.happened_on.year == year
            if passed and self.insats == "samordnat-stod":
                yield from self._by_sex("samordnat_stod.passed_a_course")

    def _stock(self, year: int, planned_on: date, begun: Fact | None, *ended: Fact | None) -> Iterator[str]:
        """Where an activity stands when the year ends."""
        over = any(fact is not None and fact.happened_on.year <= year for fact in ended)
        started = begun is not None and begun.happened_on.year <= year
        if planned_on.year <= year and not started and not over:
            yield "arbetstraning.under_way.total"
        if started and not over:
            yield "arbetstraning.in_training.total"

    def _of_kind(
        self, kind: str
    ) -> Iterator[tuple[date, ActivityStarted | None, ActivityCompleted | None, ActivityCancelled | None]]:
        """The day each activity of a kind was planned, and how it began and ended; none without consent."""
        released = self._all(PlanningDetailsReleased)
        told = {each.activity_id: each.kind for fact in released for each in fact.activities}
        planned = [(fact.happened_on, fact.activities) for fact in self._all(SamplanUpprättad)]
        planned += [(fact.happened_on, fact.added) for fact in self._all(SamplanReviderad)]
        begun = {fact.activity_id: fact for fact in self._all(ActivityStarted)}
        done = {fact.activity_id: fact for fact in self._all(ActivityCompleted)}
        not_done = {fact.activity_id: fact for fact in self._all(ActivityCancelled)}
        for day, activities in planned if self.consents else []:
            for each in activities:
                if (each.kind or told.get(each.activity_id)) == kind:
                    yield day, begun.get(each.activity_id), done.get(each.activity_id), not_done.get(each.activity_id)

    def finsam(self, year: int) -> Iterator[str]:
        for _ in self._within(TeamMeetingHeld, year):
            yield "finsam_team.meetings.total"
            yield "finsam_team.meetings.district" if self.by_district else "finsam_team.meetings.others"
        if self._within(SamplanUpprättad, year):
            yield from self._by_sex("finsam_team.plans")
            if any(fact.happened_on < date(year + 1, 1, 1) for fact in self._all(TeamMeetingHeld)):
                yield from self._by_sex("finsam_team.met_and_planned")
        if self._within(LotsAssigned, year):
            yield from self._by_sex("finsam_team.lots_assigned")
        if any(self._in_contact(lots, year) for lots in self._all(LotsAssigned)):
            yield from self._by_sex("finsam_team.lots")
        held = {fact.follow_up_id: fact for fact in self._all(FollowUpCompleted)}
        for fact in held.values():
            if fact.months == 6 and fact.happened_on.year == year:
                yield from self._six_month(fact)

    def _in_contact(self, lots: LotsAssigned, year: int) -> bool:
        ended = [fact.happened_on for fact in self._all(SupportEnded) if fact.support_id == lots.support_id]
        return lots.happened_on.year <= year and (not ended or ended[-1].year >= year)

    def _six_month(self, held: FollowUpCompleted) -> Iterator[str]:
        yield "finsam_team.six_month.total"
        released = [fact for fact in self._all(FollowUpDetailsReleased) if fact.follow_up_id == held.follow_up_id]
        known: Any = held if held.result else (released[-1] if released else held)
        result = known.result if self.consents else None
        if result:
            yield f"finsam_team.six_month.{result}"
        if result == "none":
            yield f"finsam_team.six_month_none.{known.reason}"

    def sessions(self, year: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
        booked = {fact.meeting_id: fact for fact in self._all(TeamMeetingBooked)}
        for held in self._within(TeamMeetingHeld, year):
            place = booked.get(held.meeting_id)
            yield held.team, (held.team, place.meets_on, place.starts_at) if place else ()

    def _by_sex(self, line: str) -> Iterator[str]:
        yield f"{line}.{self.word}"
        yield f"{line}.total"
