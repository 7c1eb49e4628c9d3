"""The plays of ``make demo``: a year of an association, who lives through it, and what was published of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from deploy.demo import budgets, deviations, nns, population, samordnat_2019, sundsvall
from deploy.demo.act_course import GROUPS
from deploy.demo.figures import PATH
from deploy.demo.form_reports import DemoReport
from deploy.demo.lives import Json, Life
from deploy.demo.office import Office
from deploy.demo.population import Population
from deploy.demo.referrals import STOCKHOLM, SUNDSVALL


@dataclass(frozen=True)
class Play:
    """A year of one association.

    ``figures``: the file of what was published. ``clock_after``: what the clock shows when all is played, the first
    working day of the next year: what visitors do then leaves the year they look at as it was. ``report``: the page
    that shows the figures. ``has_places``: suppliers of work training declare their places first; ``groups``: what is
    posted of the year's groups before anybody is referred.
    ``freezes``: the reports that the office freezes, each a period and the day until whose end it is known.
    ``takes_in``: what the office registers when the year has been played: answers to surveys, amounts, deviations.
    ``reports``: what a project leader signs then, on the association's form.
    ``went_through_everything``: whose case is worth a look from end to end.
    """

    id: str
    figures: Path
    build: Callable[[], Population]
    agencies: tuple[str, ...]
    first_day: date
    last_day: date
    clock_after: date
    report: str
    has_places: bool
    went_through_everything: Callable[[Life], bool]
    groups: tuple[Json, ...] = ()
    freezes: tuple[tuple[str, date], ...] = ()
    takes_in: Callable[[Office], Awaitable[None]] | None = None
    reports: tuple[DemoReport, ...] = ()

    @property
    def led(self) -> frozenset[str]:
        """The insatser whose project leader signs a report."""
        return frozenset(each.insats for each in self.reports)


async def _in_stockholm(office: Office) -> None:
    """The budget of 2025 is the one that is printed in full; it is booked on the day that the demo's clock shows."""
    await budgets.book(office, "stockholm", budgets.STOCKHOLM_BOOKED_ON)
    await deviations.report(office)


async def _in_sundsvall(office: Office) -> None:
    await nns.take_in(office)
    await budgets.book(office, "sundsvall", budgets.SUNDSVALL_BOOKED_ON)


STOCKHOLM_2021: Final = Play(
    id="stockholm-2021",
    figures=PATH,
    build=population.build,
    agencies=STOCKHOLM,
    first_day=population.FIRST_DAY,
    last_day=population.LAST_DAY,
    clock_after=date(2022, 1, 3),
    report="/rapport/2021",
    has_places=True,
    went_through_everything=lambda life: bool(life.lots and life.exit and len(life.follow_ups) > 1),
    freezes=(("2021-h1", date(2021, 6, 30)), ("2021-h1", date(2021, 8, 15))),
    takes_in=_in_stockholm,
    reports=(DemoReport("uppfoljning-2021", "mia-vidare", "2021", date(2022, 1, 2)),),
)
SUNDSVALL_2023: Final = Play(
    id="sundsvall-2023",
    figures=PATH.with_name("figures-sundsvall-2023.json"),
    build=sundsvall.build,
    agencies=SUNDSVALL,
    first_day=sundsvall.FIRST_DAY,
    last_day=sundsvall.LAST_DAY,
    clock_after=date(2024, 1, 2),
    report="/rapport/2023/sip-samordnare",
    has_places=False,
    went_through_everything=lambda life: bool(life.sip and life.sip.follow_up_on),
    groups=tuple(group.declared() for group in GROUPS),
    takes_in=_in_sundsvall,
    reports=(DemoReport("slutrapport-sundsvall", "sip-samordnare", "2023", date(2024, 1, 1)),),
)
SAMORDNAT_2019: Final = Play(
    id="samordnat-2019",
    figures=PATH.with_name("figures-2019.json"),
    build=samordnat_2019.build,
    agencies=STOCKHOLM,
    first_day=samordnat_2019.FIRST_DAY,
    last_day=samordnat_2019.LAST_DAY,
    clock_after=date(2020, 1, 2),
    report="/rapport/2019/samordnat-stod",
    has_places=False,
    went_through_everything=lambda life: bool(life.samplan and len(life.samplan.activities) > 1),
)
PLAYS: Final[Mapping[str, Play]] = {play.id: play for play in (STOCKHOLM_2021, SUNDSVALL_2023, SAMORDNAT_2019)}
