"""The play's own rules, with stand-ins for the services: order, patience, going on after an interruption."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import pytest
from rich.console import Console

from contracts.agency import ReferralAcknowledged
from contracts.codes import Role
from contracts.events import STOCKHOLM
from deploy.demo.agencies import Agencies
from deploy.demo.clock import set_clock
from deploy.demo.failures import PlayFailed
from deploy.demo.figures import published
from deploy.demo.lives import INBOX, steps
from deploy.demo.office import Conflicting, Office
from deploy.demo.player import Player
from deploy.demo.population import FIRST_DAY, LAST_DAY, Population, build
from deploy.demo.progress import Progress, fingerprint, read_progress, write_progress
from deploy.demo.table import ComparedLine, comparison_table, differences
from deploy.demo.training import SUPPLIERS
from deploy.demo.weeks import Week, schedule
from services.chassis.clock import FileClock


@pytest.fixture(scope="module")
def some() -> Population:
    """The first lives of the demo: enough to have every kind of step."""
    whole = build()
    return Population(whole.lives[:300], ())


@dataclass
class FakeServices:
    """Answers every request as a service would, and remembers them in order."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    cases: dict[str, UUID] = field(default_factory=dict)
    planned: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    conflicts: bool = False
    fails_at: str | None = None

    async def refer(self, agency: str, key: str, _value: bytes) -> ReferralAcknowledged:
        self.asked.append((key, "refer"))
        case_id = self.cases.setdefault(key, uuid4())
        return ReferralAcknowledged(
            happened_on=FIRST_DAY, agency=agency, reference=key, case_id=case_id, insats="finsam-team"
        )

    def case(self, _agency: str, reference: str) -> UUID | None:
        return self.cases.get(reference)

    async def post(self, _role: Role, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((self._reference(path), path))
        self.bodies.append(body)
        if self.conflicts:
            raise Conflicting("that has been done")
        if self.fails_at is not None and path.endswith(self.fails_at):
            raise PlayFailed("no")
        if path.endswith("/samplan"):
            self.planned[path] = [{"activity_id": f"{number}"} for number, _ in enumerate(body["activities"])]
        return {"activities": self.planned.get(path, [])}

    async def get(self, _role: Role, path: str) -> dict[str, Any]:
        if path.startswith("/api/planning/places"):
            return {"items": [{"place_id": f"place-{number}"} for number, _ in enumerate(SUPPLIERS)]}
        return {"plans": [{"activities": self.planned[f"{path}/samplan"]}]}

    async def get_when(self, _role: Role, path: str, _ready: object) -> dict[str, Any]:
        case = path.split("/")[4]
        return {"items": [{"months": months, "follow_up_id": f"{case}-{months}"} for months in (2, 6, 12)]}

    def _reference(self, path: str) -> str:
        return next((reference for reference, case in self.cases.items() if str(case) in path), "")

    def player(self, population: Population, clock_file: Path) -> Player:
        return Player(population, cast(Agencies, self), cast(Office, self), clock_file)


async def _play(player: Player, calendar: list[Week], resumed_after: date | None = None) -> tuple[int, list[date]]:
    taken: list[None] = []
    finished: list[date] = []
    await player.play(
        calendar, resumed_after=resumed_after, on_step=lambda: taken.append(None), on_week=finished.append
    )
    return len(taken), finished


def test_the_calendar_holds_every_step_once(some: Population) -> None:
    calendar = schedule(some, FIRST_DAY, LAST_DAY)
    assert sum(week.size for week in calendar) == sum(len(steps(life)) for life in some.lives)
    for week in calendar:
        assert week.monday.weekday() == 0
        assert all(week.monday <= step.on <= week.last_day for taken in week.steps.values() for step in taken)
    assert calendar[-1].last_day == LAST_DAY


async def test_every_step_is_taken_and_those_of_a_life_in_order(some: Population, tmp_path: Path) -> None:
    services = FakeServices()
    calendar = schedule(some, FIRST_DAY, LAST_DAY)
    taken, finished = await _play(services.player(some, tmp_path / "clock.json"), calendar)
    assert taken == sum(week.size for week in calendar)
    assert finished == [week.monday for week in calendar]
    life = next(life for life in some.lives if life.referral.insats == "finsam-team" and life.samplan and life.exit)
    asked = [path.rsplit("/", 1)[-1] for reference, path in services.asked if reference == life.referral.reference]
    assert asked[:6] == ["refer", "accept", "meeting", "held", "samplan", "start"]
    assert asked[-1] == "exit"


async def test_the_clock_stands_at_the_last_day_when_the_year_is_over(some: Population, tmp_path: Path) -> None:
    clock_file = tmp_path / "clock.json"
    await _play(FakeServices().player(some, clock_file), schedule(some, FIRST_DAY, LAST_DAY))
    assert FileClock(clock_file).now().astimezone(STOCKHOLM).date() == LAST_DAY


async def test_an_interrupted_play_goes_on_and_takes_no_offence_at_what_was_done(
    some: Population, tmp_path: Path
) -> None:
    services = FakeServices()
    calendar = schedule(some, FIRST_DAY, LAST_DAY)
    await _play(services.player(some, tmp_path / "clock.json"), calendar)
    services.asked.clear()
    services.conflicts = True
    last_but_one = calendar[-3].monday
    taken, finished = await _play(services.player(some, tmp_path / "clock.json"), calendar, last_but_one)
    assert finished == [week.monday for week in calendar[-2:]]
    assert taken == sum(week.size for week in calendar[-2:])


async def test_a_conflict_in_a_fresh_play_is_a_failure_that_names_the_step(some: Population, tmp_path: Path) -> None:
    services = FakeServices(conflicts=True)
    with pytest.raises(PlayFailed, match=r"(SST|FK|RS|AF)-\d{4}, /api/referral/cases/\{case\}/accept on 2020-"):
        await _play(services.player(some, tmp_path / "clock.json"), schedule(some, FIRST_DAY, LAST_DAY))


async def test_after_a_failure_nothing_goes_on_behind_our_back(some: Population, tmp_path: Path) -> None:
    services = FakeServices(fails_at="/start")

    async def failing() -> None:
        with pytest.raises(PlayFailed):
            await _play(services.player(some, tmp_path / "clock.json"), schedule(some, FIRST_DAY, LAST_DAY))
        asked = len(services.asked)
        for _ in range(10):
            await asyncio.sleep(0)
        assert len(services.asked) == asked
        assert len(asyncio.all_tasks()) == 1

    # In a loop of its own: in the session's, other tests' services have tasks that come and go.
    await asyncio.to_thread(asyncio.run, failing())


def test_the_clock_file_is_what_the_services_read(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    set_clock(file, date(2020, 7, 3), time(8))
    shown = FileClock(file).now()
    assert shown.astimezone(STOCKHOLM).date() == date(2020, 7, 3)
    assert json.loads(file.read_text())["now"] == "2020-07-03T08:00:00+02:00"
    assert [path.name for path in tmp_path.iterdir()] == ["clock.json"]


def test_progress_is_kept_and_belongs_to_one_population(some: Population, tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    fresh = read_progress(file, some)
    assert fresh == Progress(population=fingerprint(some))
    noted = fresh.model_copy(update={"done_through": date(2020, 7, 6)})
    write_progress(file, noted)
    assert read_progress(file, some) == noted
    with pytest.raises(PlayFailed, match="start over"):
        read_progress(file, Population(some.lives[1:], ()))


def _office(answers: list[httpx.Response]) -> tuple[Office, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answers[min(len(asked), len(answers)) - 1]

    tokens: dict[str, str] = {Role.COORDINATOR: "abc"}
    return Office("http://gateway.test", tokens, transport=httpx.MockTransport(answer)), asked


def _problem(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "detail": "Nej."})


@pytest.mark.parametrize("problem", [_problem(404, "case_unknown"), _problem(409, "not_accepted")])
async def test_what_is_on_its_way_is_waited_for(problem: httpx.Response) -> None:
    office, asked = _office([problem, problem, httpx.Response(201, json={"case_id": "1"})])
    async with office:
        assert await office.post(Role.COORDINATOR, "/api/x", {}) == {"case_id": "1"}
    assert len(asked) == 3
    assert asked[0].headers["authorization"] == "Bearer abc"


async def test_a_refusal_is_with_its_code_and_at_once() -> None:
    office, asked = _office([_problem(422, "not_open_yet")])
    async with office:
        with pytest.raises(PlayFailed, match=r"422.*not_open_yet"):
            await office.post(Role.COORDINATOR, "/api/x", {})
    assert len(asked) == 1


async def test_another_conflict_is_as_such() -> None:
    office, _ = _office([_problem(409, "already_started")])
    async with office:
        with pytest.raises(Conflicting, match="already_started"):
            await office.post(Role.COORDINATOR, "/api/x", {})


async def test_a_list_is_read_until_it_is_there() -> None:
    office, asked = _office([httpx.Response(200, json={"items": []}), httpx.Response(200, json={"items": [1]})])
    async with office:
        answer = await office.get_when(Role.COORDINATOR, "/api/x", lambda known: bool(known["items"]))
    assert answer == {"items": [1]}
    assert len(asked) == 2


def _lines(**computed: int) -> list[ComparedLine]:
    return [
        ComparedLine(
            id=line.id,
            label=line.label,
            published=line.published,
            computed=computed.get(line.id, line.published),
            equal=computed.get(line.id, line.published) == line.published,
        )
        for line in published().lines
    ]


def _shown(lines: list[ComparedLine]) -> str:
    console = Console(width=160)
    with console.capture() as capture:
        console.print(comparison_table(published(), lines))
    return capture.get()


async def test_no_name_in_braces_is_left_in_what_is_sent(some: Population, tmp_path: Path) -> None:
    services = FakeServices()
    await _play(services.player(some, tmp_path / "clock.json"), schedule(some, FIRST_DAY, LAST_DAY))
    assert any("/complete" in path for _, path in services.asked)
    assert not [
        sent
        for sent in (*services.asked, *services.bodies)
        if any(name in str(sent) for name in ("{case}", "{activity", "{place"))
    ]


def test_equal_lines_are_ticked_and_notes_are_printed_once() -> None:
    lines = _lines()
    assert differences(published(), lines) == []
    shown = _shown(lines)
    assert Counter(shown)["✓"] == len(lines)
    assert "✗" not in shown
    assert shown.count("Rapporten trycker 70 procent") == 1
    assert f"All {len(lines)} lines are equal" in shown


def test_a_different_or_absent_line_is_named() -> None:
    lines = _lines(**{"totals.started.women": 257})[:-1]
    assert differences(published(), lines) == [
        "totals.started.women",
        "samordnat_stod.hours_offered.minutes_per_week",
    ]
    assert Counter(_shown(lines))["✗"] == 2


def test_a_service_that_says_equal_is_not_taken_at_its_word() -> None:
    lines = [line.model_copy(update={"computed": line.computed + 1}) for line in _lines()]
    assert len(differences(published(), lines)) == len(lines)


def test_a_life_begins_with_its_referral(some: Population) -> None:
    assert all(steps(life)[0].path == INBOX for life in some.lives)
