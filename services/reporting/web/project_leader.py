"""Projektledare: how an insats stands this year. Every number opens the cases or the list that it counts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from contracts.catalogue import INSATSER
from contracts.codes import Role, Sex
from contracts.indicators import Breakdown, Indicator
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.pages import Pages, token_of
from services.chassis.project_leaders import CASEWORK, require_insats, seen_by
from services.chassis.queue_standing import QueueClient
from services.reporting import store
from services.reporting.domain.counted import Counted
from services.reporting.domain.definitions import Definition, definition
from services.reporting.domain.figures import half_up
from services.reporting.domain.periods import Period, months_of, year_period
from services.reporting.indicators import DECLARED
from services.reporting.web.periods import today_of
from services.reporting.web.row_labels import row_label
from services.reporting.web.tables import BY_SEX

PATH: Final = "/projektledare"
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_Reader = Annotated[User, Depends(signed_in(*CASEWORK, Role.PROJECT_LEADER))]
_SEXES: Final = (Sex.WOMAN, Sex.MAN, Sex.OTHER, Sex.UNKNOWN)
_BY_SEX: Final[Mapping[str, str]] = {
    "referrals": "Anmälda",
    "started": "Påbörjade",
    "exited": "Avslutade",
    "open_at_year_end": "Deltar nu",
}
"""Indicators by sex and what they are called here. Nobody has left after today, so those who take part when the year
ends are, of the year under way, those who take part now."""
_FOLLOW_UPS: Final = ("follow_ups.in_time", "follow_ups.missed", "follow_ups")
_OF_THE_YEAR: Final = (*_BY_SEX, "exit_reasons", *_FOLLOW_UPS)
_OF_MONTHS: Final = ("referrals",)


@dataclass(frozen=True)
class Number:
    """A count and the address of the cases it counts; a share has none."""

    text: str
    href: str | None = None


@dataclass(frozen=True)
class Row:
    """A line of a table."""

    label: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True)
class Table:
    """``definitions``: how its numbers are counted."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    definitions: tuple[Definition, ...]


def project_leader_router(queues: QueueClient) -> APIRouter:
    """The pages /projektledare and /projektledare/<insats>. ``queues``: whom they ask how a queue stands."""
    router = APIRouter(prefix=PATH, include_in_schema=False)

    @router.get("")
    async def insatser(request: Request, user: _Reader) -> Response:
        """The insatser the user leads; of a single one its page at once."""
        led = _led(user)
        if len(led) == 1:
            return RedirectResponse(f"{PATH}/{next(iter(led))}", status_code=303)
        return _PAGES.page(request, "led_insatser.html", {"led": led, "may_report": _may_report(user)})

    @router.get("/{insats_id}")
    async def insats(request: Request, insats_id: str, runtime: RuntimeOf, user: _Reader) -> Response:
        """How the insats stands. A project leader asks about an insats they lead."""
        chosen = INSATSER.get(insats_id)
        if chosen is None:
            raise NotFound("insats_unknown", "Insatsen finns inte i katalogen. Se listan över insatser.")
        require_insats(user, insats_id)
        today = today_of(runtime)
        year = year_period(today.year)
        months = [each for each in months_of(year) if each.first <= today]
        async with runtime.pool.acquire() as connection:
            of_year = await store.some_counts(connection, _declared(*_OF_THE_YEAR), [year])
            of_months = await store.some_counts(connection, _declared(*_OF_MONTHS), months)
        values = {
            "insats": chosen,
            "may_report": _may_report(user),
            "others": {each: name for each, name in _led(user).items() if each != insats_id},
            "queue": await queues.of(insats_id, token_of(request)),
            "tables": list(_Standing(insats_id, year, months, {**of_year, **of_months}).tables()),
        }
        return _PAGES.page(request, "project_leader.html", values)

    return router


def _led(user: User) -> dict[str, str]:
    """The names of the insatser whose pages the user may see, by id, in the order of the names."""
    names = {each: INSATSER[each].name for each in seen_by(user, INSATSER)}
    return dict(sorted(names.items(), key=lambda named: named[1]))


def _may_report(user: User) -> bool:
    return user.has(Role.OFFICE, Role.PROJECT_LEADER)


def _declared(*names: str) -> list[Indicator]:
    return [DECLARED.indicators[each] for each in names]


class _Standing:
    """The tables of one insats in a year. ``counts``: by the ids of the year and of its months."""

    def __init__(
        self, insats: str, year: Period, months: Sequence[Period], counts: Mapping[str, Mapping[str, Counted]]
    ) -> None:
        self._insats = insats
        self._year = year
        self._months = months
        self._counts = counts

    def tables(self) -> Iterator[Table]:
        year, share = self._year.label, ("Antal", "Andel")
        yield self._table(f"Deltagare {year} efter kön", BY_SEX, self._by_sex(), *_BY_SEX)
        yield self._table(f"Anmälda {year} efter månad", ("Antal",), self._by_month(), "referrals")
        yield self._table(f"Avslutade {year} efter orsak", share, self._reasons(), "exit_reasons")
        yield self._table(f"Uppföljningar {year}", share, self._follow_ups(), *_FOLLOW_UPS)

    def _table(self, caption: str, columns: tuple[str, ...], rows: Iterator[Row], *indicators: str) -> Table:
        return Table(caption, columns, tuple(rows), tuple(map(definition, _declared(*indicators))))

    def _by_sex(self) -> Iterator[Row]:
        for indicator, label in _BY_SEX.items():
            numbers = [self._number(indicator, self._year, sex=sex) for sex in _SEXES]
            yield Row(label, (*numbers, self._number(indicator, self._year)))

    def _by_month(self) -> Iterator[Row]:
        for month in self._months:
            yield Row(month.heading, (self._number("referrals", month),))

    def _reasons(self) -> Iterator[Row]:
        whole, counted = self._count("exit_reasons", self._year), self._counts[self._year.id]["exit_reasons"]
        breakdown = DECLARED.breakdowns["exit_reason"]
        for reason in counted.rows(breakdown.id):
            part = self._count("exit_reasons", self._year, exit_reason=reason)
            number = self._number("exit_reasons", self._year, exit_reason=reason)
            yield Row(row_label(breakdown, reason), (number, _share(part, whole)))
        yield Row("Alla", (self._number("exit_reasons", self._year), Number("")))

    def _follow_ups(self) -> Iterator[Row]:
        whole = self._count("follow_ups", self._year)
        for indicator in _declared(*_FOLLOW_UPS):
            share = _share(self._count(indicator.id, self._year), whole)
            yield Row(indicator.label.sv, (self._number(indicator.id, self._year), share))

    def _count(self, indicator: str, period: Period, **rows: str) -> int:
        return self._counts[period.id][indicator].total(**self._of_insats(indicator), **rows)

    def _number(self, indicator: str, period: Period, **rows: str) -> Number:
        """A count that leads to its cases, as the page of its figure lists them."""
        query = urlencode({**self._of_insats(indicator), **rows})
        href = f"/rapport/{period.id}/siffror/{indicator}?{query}#arenden"
        return Number(str(self._count(indicator, period, **rows)), href)

    def _of_insats(self, indicator: str) -> dict[str, str]:
        breakdown = insats_breakdown(DECLARED.broken_down(DECLARED.indicators[indicator]))
        return {} if breakdown is None else {breakdown: self._insats}


def insats_breakdown(breakdowns: Iterable[Breakdown]) -> str | None:
    """The breakdown among these whose rows are insatser, if there is one."""
    return next((each.id for each in breakdowns if each.column in _INSATS_COLUMNS), None)


_INSATS_COLUMNS: Final = ("insats", "referral.insats")


def _share(part: int, whole: int) -> Number:
    percent = half_up(part, whole)
    return Number("–" if percent is None else f"{percent} % av {whole}")
