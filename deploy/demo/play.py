"""``make demo``: plays the year 2021 on a running installation and sets its figures beside the published ones."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import quote

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contracts.codes import Role
from deploy.demo.agencies import Agencies
from deploy.demo.figures import published
from deploy.demo.office import Office
from deploy.demo.player import Player
from deploy.demo.population import Population, build
from deploy.demo.progress import Progress as Noted
from deploy.demo.progress import read_progress, write_progress
from deploy.demo.referrals import REFERRING
from deploy.demo.table import ComparedLine, comparison_table, differences
from deploy.demo.weeks import schedule
from deploy.local.stack import LocalStack
from deploy.local.tokens import local_token

_NOTE: Final = "demo.json"
_UNCHANGED_FOR: Final = 15.0
_BETWEEN_LOOKS: Final = 0.3

console = Console(soft_wrap=True)


def run(stack: LocalStack) -> int:
    """Plays what is left of the year, prints the comparison and where to look.

    Returns 0 if every line is equal, 1 if one is not. Raises PlayFailed, saying which step failed.
    """
    return asyncio.run(_run(stack))


@dataclass(frozen=True)
class _Scene:
    """The stack as it is met from outside: its two addresses, its clock, and tokens to sign in with."""

    stack: LocalStack

    def office(self) -> Office:
        tokens = {
            role: local_token(self.stack.data, role, name=None, agency=None)
            for role in (Role.COORDINATOR, Role.LOTS, Role.OFFICE)
        }
        return Office(self.stack.gateway_url, tokens)

    def agencies(self) -> Agencies:
        return Agencies(self.stack.bootstrap, REFERRING)


async def _run(stack: LocalStack) -> int:
    scene = _Scene(stack)
    population = build()
    began = time.monotonic()
    async with scene.office() as office, scene.agencies() as agencies:
        await _play(stack, population, agencies, office)
        played = time.monotonic()
        lines = await _settled(office)
        settled = time.monotonic()
        console.print()
        console.print(comparison_table(published(), lines))
        console.print()
        console.print(f"Played in {played - began:.0f} s, settled after {settled - played:.1f} s more.", style="dim")
        _print_links(stack, population, agencies)
    return 1 if differences(published(), lines) else 0


async def _play(stack: LocalStack, population: Population, agencies: Agencies, office: Office) -> None:
    file = stack.data / _NOTE
    noted = read_progress(file, population)
    if noted.finished:
        console.print(f"The year has been played in {stack.data} already; here is what came of it.")
        return
    if noted.done_through is not None:
        console.print(f"Going on after the week of {noted.done_through}, where the play was interrupted.")
    calendar = schedule(population)
    with _progress_bar() as bar:
        task = bar.add_task("", total=sum(week.size for week in calendar))

        def taken() -> None:
            bar.advance(task)

        def finished(monday: date) -> None:
            bar.update(task, description=f"Week {monday:%G-W%V}")
            write_progress(file, noted.model_copy(update={"done_through": monday}))

        passed = [week.size for week in calendar if noted.done_through and week.monday <= noted.done_through]
        bar.advance(task, sum(passed))
        player = Player(population, agencies, office, stack.clock_file)
        await player.play(calendar, resumed_after=noted.done_through, on_step=taken, on_week=finished)
    write_progress(file, Noted(population=noted.population, done_through=calendar[-1].monday, finished=True))


def _progress_bar() -> Progress:
    return Progress(
        TextColumn("{task.description:<14}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("steps"),
        TimeElapsedColumn(),
        console=console,
    )


async def _settled(office: Office) -> Sequence[ComparedLine]:
    """The comparison when every line is equal, or when nothing has changed for a while."""
    lines = await _comparison(office)
    changed = time.monotonic()
    while differences(published(), lines) and time.monotonic() - changed < _UNCHANGED_FOR:
        await asyncio.sleep(_BETWEEN_LOOKS)
        latest = await _comparison(office)
        if latest != lines:
            lines, changed = latest, time.monotonic()
    return lines


async def _comparison(office: Office) -> list[ComparedLine]:
    answer = await office.get(Role.OFFICE, f"/api/reporting/years/{published().year}/comparison")
    return [ComparedLine.model_validate(line, extra="ignore") for line in answer["lines"]]


def _print_links(stack: LocalStack, population: Population, agencies: Agencies) -> None:
    """The year's report, and the timeline of somebody who has been through everything."""
    token = quote(local_token(stack.data, Role.OFFICE, name=None, agency=None))
    full = next(life for life in population.lives if life.lots and life.exit and len(life.follow_ups) > 1)
    case = agencies.case(full.agency, full.referral.reference)
    for what, page in (
        ("The report", f"/rapport/{published().year}"),
        ("A case from end to end", f"/arenden/{case}"),
    ):
        link = f"{stack.gateway_url}/logga-in?token={token}&till={page}"
        console.print(f"{what:<24}{link}", markup=False, highlight=False)
