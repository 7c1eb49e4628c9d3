"""Flöde, kohorter and behov: how people come through the insatser, all together or one, with charts and files."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final, TypeAlias
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.indicators import Indicator
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day
from services.chassis.pages import HEADERS, Pages, Scheme
from services.chassis.runtime import Runtime
from services.reporting import store
from services.reporting.domain.counted import Counted
from services.reporting.domain.exports import Export
from services.reporting.domain.flow import flow
from services.reporting.domain.periods import Period
from services.reporting.web import cohort_report, exports, flow_report, need_report
from services.reporting.web.charts import bar_chart, line_chart
from services.reporting.web.cohort_report import STEPS, Cohorts, Curves, cohort_tables, has_curve, points
from services.reporting.web.flow_report import Account
from services.reporting.web.linked_tables import Places
from services.reporting.web.need_report import need_tables
from services.reporting.web.periods import asked_period, choices, known_day, known_until, today_of
from services.reporting.web.tables import Table

_PAGES: Final = Pages(Path(__file__).parent / "templates")
Insats = Annotated[str | None, Query(max_length=60)]
_Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE, Role.OPERATIONS))]


@dataclass(frozen=True)
class Asked:
    """What an address asks for: a period, one insats or all, and until when it was known."""

    period: Period
    insats: str | None
    now: datetime
    today: date
    known_on: date | None

    @property
    def places(self) -> Places:
        """Where its numbers lead."""
        return Places(self.period, self.known_on, self.insats)

    @property
    def as_of(self) -> datetime | None:
        """The last moment whose registrations count."""
        return known_until(self.known_on)

    @property
    def counting(self) -> exports.Counting:
        """What a file says of when it was counted."""
        return exports.Counting(self.now, self.known_on)

    @property
    def place(self) -> str:
        """What stands after the page in the address."""
        return "" if self.insats is None else f"/{self.insats}"

    def query(self, more: Mapping[str, str]) -> str:
        """The query of a chart's address."""
        known = {} if self.known_on is None else {"kand": self.known_on.isoformat()}
        return urlencode({**more, **({} if self.insats is None else {"insats": self.insats}), **known})


def _asked(
    period_id: str,
    runtime: RuntimeOf,
    _user: _Reader,
    kand: Annotated[
        Day | None, Query(description="Only what had been registered by the end of this day counts.")
    ] = None,
) -> Asked:
    today = today_of(runtime)
    return Asked(asked_period(period_id, today), None, runtime.clock.now(), today, known_day(kand, today))


def _asked_of_one(insats_id: str, asked: Annotated[Asked, Depends(_asked)]) -> Asked:
    if insats_id not in INSATSER:
        raise NotFound("insats_unknown", "Insatsen finns inte i katalogen. Se listan över insatser.")
    return Asked(asked.period, insats_id, asked.now, asked.today, asked.known_on)


def _asked_of_one_or_all(asked: Annotated[Asked, Depends(_asked)], insats: Insats = None) -> Asked:
    return asked if insats is None else _asked_of_one(insats, asked)


OfAll = Annotated[Asked, Depends(_asked)]
OfOne = Annotated[Asked, Depends(_asked_of_one)]
MaybeOfOne = Annotated[Asked, Depends(_asked_of_one_or_all)]


@dataclass(frozen=True)
class Chart:
    """An image: what its address asks for, and what it is of."""

    query: Mapping[str, str]
    alt: str


@dataclass(frozen=True)
class Shown:
    """What a page shows: tables, the charts of them, and notes on what was counted."""

    tables: Sequence[Table]
    charts: Sequence[Chart] = ()
    notes: Sequence[str] = ()


Tabled: TypeAlias = Callable[[Asked, Runtime], Awaitable[Shown]]


async def _flow(asked: Asked, runtime: Runtime) -> Shown:
    report = flow_report.flow_report(await _counts(flow_report.INDICATORS, asked, runtime), asked.places)
    charts = (
        Chart({"konto": Account.REFERRALS}, "Stapeldiagram över vägen från anmälan till start."),
        Chart({"konto": Account.PARTICIPATIONS}, "Stapeldiagram över vägen från start till avslut."),
    )
    return Shown((*report.accounts, *report.by_insats), charts, flow_report.notes(report.flow))


async def _cohorts(asked: Asked, runtime: Runtime) -> Shown:
    cohorts = await _courses(asked, runtime)
    own = cohorts.of(asked.insats)
    charts = (
        Chart({"kurva": Curves.SINCE_START}, "Linjediagram över andelen avslutade och uppföljda efter starten."),
        Chart({"kurva": Curves.SINCE_REFERRAL}, "Linjediagram över andelen startade efter anmälan."),
    )
    drawn = tuple(each for each in charts if has_curve(own, Curves(each.query["kurva"])))
    return Shown(cohort_tables(cohorts, asked.places), drawn, cohort_report.notes(own))


async def _need(asked: Asked, runtime: Runtime) -> Shown:
    return Shown(need_tables(await _counts(need_report.INDICATORS, asked, runtime), asked.places))


@dataclass(frozen=True)
class Page:
    """One of the pages: the last word of its address, which is also its template's name, and what it is called."""

    name: str
    title: str
    tabled: Tabled

    def title_of(self, insats: str | None) -> str:
        """What it is called of one insats, or of all."""
        return self.title if insats is None else f"{INSATSER[insats].name}: {self.title[:1].lower()}{self.title[1:]}"


FLOW: Final = Page("flode", "Flöde", _flow)
COHORTS: Final = Page("kohorter", "Kohorter", _cohorts)
NEED: Final = Page("behov", "Behov som inte möttes", _need)
ALL: Final = (FLOW, COHORTS, NEED)


def flow_router() -> APIRouter:
    """The pages /rapport/<period>/flode, kohorter and behov, of all insatser and of one, and their charts."""
    router = APIRouter(prefix="/rapport/{period_id}", include_in_schema=False)
    for page in ALL:
        _serve(router, page)

    @router.get("/flode.svg")
    async def flow_chart(
        asked: MaybeOfOne, runtime: RuntimeOf, konto: Account, utseende: Scheme = Scheme.LIGHT
    ) -> Response:
        counts = await _counts(flow_report.INDICATORS, asked, runtime)
        bars = flow_report.bars(flow(counts, **asked.places.within), konto)
        return _image(await bar_chart(bars, utseende))

    @router.get("/kohorter.svg")
    async def cohort_chart(
        asked: MaybeOfOne, runtime: RuntimeOf, kurva: Curves, utseende: Scheme = Scheme.LIGHT
    ) -> Response:
        cohorts = (await _courses(asked, runtime)).of(asked.insats)
        return _image(await line_chart(points(cohorts, kurva), utseende, STEPS[kurva]))

    return router


def _serve(router: APIRouter, page: Page) -> None:
    @router.get(f"/{page.name}")
    async def of_all(request: Request, asked: OfAll, runtime: RuntimeOf) -> Response:
        return await _shown(request, page, asked, runtime)

    @router.get(f"/{page.name}/{{insats_id}}")
    async def of_one(request: Request, asked: OfOne, runtime: RuntimeOf) -> Response:
        return await _shown(request, page, asked, runtime)


async def _shown(request: Request, page: Page, asked: Asked, runtime: Runtime) -> Response:
    shown = await page.tabled(asked, runtime)
    ways = choices(asked.period, asked.today, f"/{page.name}{asked.place}", asked.known_on)
    values = {
        "choices": ways,
        "page": page,
        "heading": f"{page.title_of(asked.insats)} {asked.period.label}",
        "shown": shown,
        "charts": [(f"{ways.place}/{page.name}.svg?{asked.query(each.query)}", each.alt) for each in shown.charts],
        "others": [(each.title, f"{ways.place}/{each.name}{asked.place}") for each in ALL if each is not page],
        "of_all": asked.insats is None,
        "insats": None if asked.insats is None else INSATSER[asked.insats],
        "file": f"{ways.place}/filer/{page.name}{asked.place}",
    }
    return _PAGES.page(request, f"{page.name}.html", values)


def _image(svg: bytes) -> Response:
    return Response(svg, media_type="image/svg+xml", headers=HEADERS)


async def export_of(page: Page, asked: Asked, runtime: Runtime) -> Export:
    """What a page shows, as a file."""
    name = page.name if asked.insats is None else f"{page.name}-{asked.insats}"
    tables = (await page.tabled(asked, runtime)).tables
    return exports.tables_export(name, page.title_of(asked.insats), asked.period, tables, asked.counting)


async def _counts(wanted: Sequence[Indicator], asked: Asked, runtime: Runtime) -> Mapping[str, Counted]:
    period = asked.period
    async with runtime.pool.acquire() as connection:
        return await store.count(connection, wanted, period.first, period.following, asked.as_of)


async def _courses(asked: Asked, runtime: Runtime) -> Cohorts:
    async with runtime.pool.acquire() as connection:
        started = await store.courses_of_participations(connection, asked.period, asked.as_of)
        referred = await store.courses_of_referrals(connection, asked.period, asked.as_of)
    return Cohorts(started, referred, asked.known_on or asked.today)
