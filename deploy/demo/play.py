"""``make demo``: plays an association's year on a running installation and sets its figures beside the published."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from time import monotonic
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contracts.codes import Role
from deploy.demo import form_reports
from deploy.demo.agencies import Agencies
from deploy.demo.clock import set_clock
from deploy.demo.figures import Figures, published
from deploy.demo.lives import Json
from deploy.demo.office import Conflicting, Office
from deploy.demo.player import Player
from deploy.demo.plays import STOCKHOLM_2021, Play
from deploy.demo.population import Population
from deploy.demo.progress import Progress as Noted
from deploy.demo.progress import read_progress, write_progress
from deploy.demo.table import ComparedLine, comparison_table, differences
from deploy.demo.training import PLACES_OF_EACH, SUPPLIERS
from deploy.demo.weeks import schedule
from deploy.local.stack import LocalStack
from deploy.local.tokens import Affiliation, local_token, sign_in_link

_NOTE: Final = "demo.json"
_UNCHANGED_FOR: Final = 15.0
_BETWEEN_LOOKS: Final = 0.3
# Ctrl-C asyncio cancels by itself.
_ENDS: Final = (signal.SIGTERM, signal.SIGHUP)

console = Console(soft_wrap=True)


def run(stack: LocalStack, play: Play = STOCKHOLM_2021) -> int:
    """Plays what is left of the year, prints the comparison and where to look.

    Returns 0 if every line is equal, 1 if one is not. Raises PlayFailed, saying which step failed.
    """
    handlers = {end: signal.getsignal(end) for end in _ENDS}
    try:
        return asyncio.run(_interruptible(stack, play))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        for end, handler in handlers.items():
            signal.signal(end, handler)


async def _interruptible(stack: LocalStack, play: Play) -> int:
    """The play as a task of its own, let go of in good order when the process is asked to end."""
    playing = asyncio.ensure_future(_run(stack, play))
    for end in _ENDS:
        asyncio.get_running_loop().add_signal_handler(end, playing.cancel)
    return await playing


@dataclass(frozen=True)
class _Scene:
    """The stack as it is met from outside: its two addresses, its clock, and tokens to sign in with."""

    stack: LocalStack
    play: Play

    def office(self) -> Office:
        data = self.stack.data
        roles = (Role.COORDINATOR, Role.LOTS, Role.OFFICE)
        at_the_association = {str(role): local_token(data, role) for role in roles}
        if self.play.led:
            leader = Affiliation(leads=self.play.led)
            at_the_association[str(Role.PROJECT_LEADER)] = local_token(
                data, Role.PROJECT_LEADER, name="Petra Projektledare", of=leader
            )
        officers = {agency: local_token(data, Role.AGENCY, of=Affiliation(agency)) for agency in self.play.agencies}
        return Office(self.stack.gateway_url, {**at_the_association, **officers})

    def agencies(self) -> Agencies:
        return Agencies(self.stack.bootstrap, self.play.agencies)


async def _run(stack: LocalStack, play: Play) -> int:
    scene = _Scene(stack, play)
    population, figures = play.build(), published(play.figures)
    async with scene.office() as office, scene.agencies() as agencies:
        noted = read_progress(stack.data / _NOTE, population)
        if noted.finished:
            console.print(f"The year has been played in {stack.data} already; here is what came of it.")
        else:
            player = Player(population, agencies, office, stack.clock_file)
            await _play(stack, play, population, noted, player, office)
        lines = await _settled(office, figures)
        if play.takes_in is not None:
            await play.takes_in(office)
        await _freeze(office, play)
        for report in play.reports:
            await form_reports.sign(office, report)
        console.print()
        console.print(comparison_table(figures, lines))
        console.print()
        _print_links(stack, play, population, agencies)
    return 1 if differences(figures, lines) else 0


async def _play(
    stack: LocalStack, play: Play, population: Population, noted: Noted, player: Player, office: Office
) -> None:
    file = stack.data / _NOTE
    if noted.done_through is not None:
        console.print(f"Going on after the week of {noted.done_through}, where the play was interrupted.")
    calendar = schedule(population, play.first_day, play.last_day)
    set_clock(stack.clock_file, noted.done_through or play.first_day, time(8))
    if play.has_places:
        await declare_places(office, play.first_day)
    for group in play.groups:
        await declared(office, "/api/planning/groups", group)
    with _progress_bar() as bar:
        task = bar.add_task("", total=sum(week.size for week in calendar))

        def taken() -> None:
            bar.advance(task)

        def finished(monday: date) -> None:
            bar.update(task, description=f"Week {monday:%G-W%V}")
            write_progress(file, noted.model_copy(update={"done_through": monday}))

        passed = [week.size for week in calendar if noted.done_through and week.monday <= noted.done_through]
        bar.advance(task, sum(passed))
        await player.play(calendar, resumed_after=noted.done_through, on_step=taken, on_week=finished)
    # The first working day of the next year: what visitors do now leaves the year they look at as it was.
    set_clock(stack.clock_file, play.clock_after, time(8))
    write_progress(file, Noted(population=noted.population, done_through=calendar[-1].monday, finished=True))


async def declare_places(office: Office, free_from: date) -> None:
    """The suppliers' places that work training takes. A play that goes on finds them declared."""
    for number, name in enumerate(SUPPLIERS):
        places: Json = {
            "insats": "arbetstraning",
            "supplier": f"leverantor-{number + 1}",
            "name": name,
            "seats": PLACES_OF_EACH,
            "free_from": free_from.isoformat(),
        }
        await declared(office, "/api/planning/places", places)


async def declared(office: Office, path: str, body: Json) -> None:
    """Declares places or a group, unless they are declared so already."""
    with suppress(Conflicting):
        await office.post(Role.COORDINATOR, path, body)


def _progress_bar() -> Progress:
    return Progress(
        TextColumn("{task.description:<14}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("steps"),
        TimeElapsedColumn(),
        console=console,
    )


async def _freeze(office: Office, play: Play) -> None:
    """Freezes the reports of the year. One frozen before stays as it is."""
    for period, known_on in play.freezes:
        body: Json = {"period": period, "known_on": known_on.isoformat()}
        await office.post(Role.OFFICE, "/api/reporting/frozen-reports", body)


async def _settled(office: Office, figures: Figures) -> Sequence[ComparedLine]:
    """The comparison when every line is equal, or when nothing has changed for a while."""
    lines = await _comparison(office, figures)
    began = changed = monotonic()
    while differences(figures, lines) and monotonic() - changed < _UNCHANGED_FOR:
        await asyncio.sleep(_BETWEEN_LOOKS)
        latest = await _comparison(office, figures)
        if latest != lines:
            lines, changed = latest, monotonic()
    console.print(f"The figures settled after {monotonic() - began:.1f} s.", style="dim", highlight=False)
    return lines


async def _comparison(office: Office, figures: Figures) -> list[ComparedLine]:
    answer = await office.get(Role.OFFICE, f"/api/reporting/periods/{figures.year}/comparison")
    return [ComparedLine.model_validate(line, extra="ignore") for line in answer["lines"]]


def _print_links(stack: LocalStack, play: Play, population: Population, agencies: Agencies) -> None:
    """The year's report, and the case of somebody who has been through everything."""
    full = next(life for life in population.lives if play.went_through_everything(life))
    case = agencies.case(full.agency, full.referral.reference)
    for what, page in (
        ("The report", play.report),
        ("A case from end to end", f"/arenden/{case}/historik"),
    ):
        link = sign_in_link(stack.data, stack.gateway_url, Role.OFFICE, page=page)
        console.print(f"{what:<24}{link}", markup=False, highlight=False)
