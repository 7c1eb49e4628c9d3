"""The year's figures against a count in plain Python that knows the events and nothing of the SQL."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.chassis.database import Connection
from services.reporting import store
from services.reporting.domain import half_up
from tests.bench.rebuild_events import FINSAM_TEAM, Told
from tests.integration.reporting.facts import cases, take

CASES = cases(seed=20, count=400)
_WORD = {"woman": "women", "man": "men", "other": "other", "unknown": "unknown"}


@pytest.mark.parametrize("year", [2020, 2021, 2022])
async def test_as_counted_by_hand(connection: Connection, year: int) -> None:
    await take(connection, CASES)
    figures = await store.year_figures(connection, year)
    counted = _count(CASES, year)
    assert {line: count for line, count in figures.lines().items() if count} == counted
    assert sum(counted.values()) > 0


async def test_of_no_events_there_are_figures_too(connection: Connection) -> None:
    figures = await store.year_figures(connection, 2021)
    assert set(figures.lines().values()) == {0}


async def test_what_goes_on_today(connection: Connection) -> None:
    await take(connection, CASES)
    today = date(2021, 10, 1)
    counts = await store.start_counts(connection, today)
    histories = _by_case(CASES)
    assert counts.waiting == sum(
        1 for case in histories if not {"ReferralAccepted", "ReferralReturned"} & {event["type"] for event in case}
    )
    owed = Counter[str]()
    for event in (event for case in histories for event in case):
        match event["type"]:
            case "FollowUpScheduled" if event["data"]["due_on"] < today.isoformat():
                owed[event["data"]["follow_up_id"]] += 1
            case "FollowUpCompleted" | "FollowUpSuperseded":
                owed[event["data"]["follow_up_id"]] -= 1
    assert counts.overdue == sum(1 for count in owed.values() if count > 0)


async def test_a_case_in_the_order_it_happened(connection: Connection) -> None:
    await take(connection, CASES)
    case_id = CASES[0].case_id
    events = await store.case_events(connection, case_id)
    assert len(events) == sum(1 for told in CASES if told.case_id == case_id)
    assert [event.happened_on for event in events] == sorted(event.happened_on for event in events)
    assert await store.case_events(connection, UUID(int=0)) == []


def _by_case(told: Sequence[Told]) -> list[list[dict[str, Any]]]:
    histories: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for each in told:
        histories[each.case_id].append(json.loads(each.value))
    return list(histories.values())


def _count(told: Sequence[Told], year: int) -> dict[str, int]:
    counted: Counter[str] = Counter()
    insatser, teams, sessions = set(), set(), Counter[tuple[str, ...]]()
    for history in _by_case(told):
        case = _Case(history)
        counted.update(case.totals(year))
        if case.stays_in(year):
            insatser.add(case.insats)
        if case.insats == FINSAM_TEAM:
            counted.update(case.finsam(year))
            for team, session in case.sessions(year):
                teams.add(team)
                sessions[session] += 1
    counted["totals.interventions"] = len(insatser)
    counted["finsam_team.teams"] = len(teams)
    counted["finsam_team.max_cases_per_session"] = max(sessions.values(), default=0)
    for number in (1, 2, 3):
        part, whole = counted[f"totals.exit_reason_{number}.total"], counted["totals.exited.total"]
        counted[f"totals.exit_reason_{number}.percent"] = half_up(part, whole) or 0
    done, held = counted["finsam_team.six_month.all"], counted["finsam_team.six_month.total"]
    counted["finsam_team.six_month.percent_all"] = half_up(done, held) or 0
    return {line: count for line, count in counted.items() if count}


class _Case:
    """One case's events, asked one at a time."""

    def __init__(self, history: list[dict[str, Any]]) -> None:
        self.history = history
        [received] = self._all("ReferralReceived")
        self.insats = received["insats"]
        self.word = _WORD[received["sex"]]
        self.by_district = received["unit_kind"] == "district"
        self.started = next((date.fromisoformat(fact["happened_on"]) for fact in self._all("InsatsStarted")), None)
        self.exit = next(iter(self._all("ParticipantExited")), None)
        consents = [event for event in history if event["type"].startswith("Consent")]
        self.consents = max(consents, key=lambda event: event["sequence"])["type"] == "ConsentGiven"

    def _all(self, kind: str) -> list[dict[str, Any]]:
        return [event["data"] for event in self.history if event["type"] == kind]

    def _within(self, kind: str, year: int) -> list[dict[str, Any]]:
        return [fact for fact in self._all(kind) if fact["happened_on"].startswith(str(year))]

    def stays_in(self, year: int) -> bool:
        left_before = self.exit is not None and int(self.exit["happened_on"][:4]) < year
        return self.started is not None and self.started.year <= year and not left_before

    def totals(self, year: int) -> Iterator[str]:
        if self.started is None or not self.stays_in(year):
            return
        yield from self._by_sex("totals.participants")
        yield from self._by_sex("totals.started" if self.started.year == year else "totals.carried_in")
        if not self.consents:
            yield from self._by_sex("totals.without_consent")
        if self.exit is None or int(self.exit["happened_on"][:4]) != year:
            yield from self._by_sex("totals.open_at_year_end")
            return
        yield from self._by_sex("totals.exited")
        code = self.exit.get("national_code") if self.consents else None
        yield from self._by_sex(f"totals.exit_reason_{code}" if code in ("1", "2", "3") else "totals.exit_other")

    def finsam(self, year: int) -> Iterator[str]:
        for _ in self._within("TeamMeetingHeld", year):
            yield "finsam_team.meetings.total"
            yield "finsam_team.meetings.district" if self.by_district else "finsam_team.meetings.others"
        if self._within("SamplanUpprättad", year):
            yield from self._by_sex("finsam_team.plans")
            if any(fact["happened_on"] < f"{year + 1}" for fact in self._all("TeamMeetingHeld")):
                yield from self._by_sex("finsam_team.met_and_planned")
        if self._within("LotsAssigned", year):
            yield from self._by_sex("finsam_team.lots")
        for fact in self._within("FollowUpCompleted", year):
            if fact["months"] == 6:
                yield from self._six_month(fact)

    def _six_month(self, fact: dict[str, Any]) -> Iterator[str]:
        yield "finsam_team.six_month.total"
        result = fact.get("result") if self.consents else None
        if result:
            yield f"finsam_team.six_month.{result}"
        if result == "none":
            yield f"finsam_team.six_month_none.{fact['reason']}"

    def sessions(self, year: int) -> Iterator[tuple[str, tuple[str, ...]]]:
        booked = {fact["meeting_id"]: fact for fact in self._all("TeamMeetingBooked")}
        for held in self._within("TeamMeetingHeld", year):
            place = booked[held["meeting_id"]]
            yield held["team"], (held["team"], place["meets_on"], place["starts_at"])

    def _by_sex(self, line: str) -> Iterator[str]:
        yield f"{line}.{self.word}"
        yield f"{line}.total"
