"""A figure over time: by month or year, as a table and a chart of it, and two periods beside each other."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from contracts.codes import Role
from contracts.indicators import Indicator
from contracts.labels import MONTHS
from services.chassis.auth import User
from services.chassis.database import Connection
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.pages import HEADERS, Pages, Scheme
from services.reporting import store
from services.reporting.domain.definitions import definition
from services.reporting.domain.development import (
    OverTime,
    Span,
    Step,
    beside_steps,
    development,
    differences,
    over_time,
    steps_of,
)
from services.reporting.domain.periods import NoPeriod, Period, before, period_of
from services.reporting.indicators import DECLARED
from services.reporting.web.charts import Bar, bar_chart
from services.reporting.web.figure_pages import counted_figure_named
from services.reporting.web.periods import asked_period, choices, today_of
from services.reporting.web.row_labels import row_label

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_PAGE: Final = "utveckling"
_EARLIER_YEARS: Final = 4
_Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE, Role.OPERATIONS))]
_OtherPeriod = Annotated[str | None, Query(max_length=30)]


def development_router() -> APIRouter:
    """The page /rapport/<period>/siffror/<figure>/utveckling, and its chart as an image."""
    router = APIRouter(prefix="/rapport/{period_id}/siffror/{indicator_id}", include_in_schema=False)

    @router.get(f"/{_PAGE}")
    async def page(
        request: Request,
        period_id: str,
        indicator_id: str,
        runtime: RuntimeOf,
        _user: _Reader,
        per: Span = Span.MONTH,
        jamfor: _OtherPeriod = None,
    ) -> Response:
        """``per``: the steps of the development. ``jamfor``: the id of a period to compare with."""
        today = today_of(runtime)
        period = asked_period(period_id, today)
        indicator = counted_figure_named(indicator_id, period)
        other = None if jamfor is None else asked_period(jamfor, today)
        async with runtime.pool.acquire() as connection:
            steps = await _steps(connection, indicator, period, other, per, today)
            compared = [] if other is None else await _compared(connection, indicator, period, other)
        place = f"/siffror/{indicator.id}/{_PAGE}"
        values = {
            "choices": choices(period, today, place),
            "definition": definition(indicator),
            "over_time": over_time(indicator, DECLARED),
            "per": per,
            "steps": [(_label(step.period, per), step) for step in steps],
            "beside": other if other is not None and any(step.beside is not None for step in steps) else None,
            "chart": f"/rapport/{period.id}{place}.svg?{_query(per, jamfor)}",
            "other": other,
            "others": _comparable(period),
            "breakdowns": [each.label.sv for each in DECLARED.broken_down(indicator)],
            "compared": compared,
        }
        return _PAGES.page(request, "development.html", values)

    @router.get(f"/{_PAGE}.svg")
    async def chart(
        period_id: str,
        indicator_id: str,
        runtime: RuntimeOf,
        _user: _Reader,
        per: Span = Span.MONTH,
        jamfor: _OtherPeriod = None,
        utseende: Scheme = Scheme.LIGHT,
    ) -> Response:
        """What the page's table says, as bars, in the colours of a scheme."""
        today = today_of(runtime)
        period = asked_period(period_id, today)
        indicator = counted_figure_named(indicator_id, period)
        other = None if jamfor is None else asked_period(jamfor, today)
        async with runtime.pool.acquire() as connection:
            steps = await _steps(connection, indicator, period, other, per, today)
        bars = [
            Bar(_short(step.period, per), series, count)
            for step in steps
            for series, count in ((period.label, step.count), (other.label if other else "", step.beside))
            if count is not None
        ]
        return Response(await bar_chart(bars, utseende), media_type="image/svg+xml", headers=HEADERS)

    return router


async def _steps(
    connection: Connection, indicator: Indicator, period: Period, other: Period | None, per: Span, today: date
) -> tuple[Step, ...]:
    """None of a stock. Months stand beside those of the other period; years beside none, as it may be one of them."""
    if over_time(indicator, DECLARED) is OverTime.STOCK:
        return ()
    own = steps_of(period, per, today)
    beside = () if other is None or per is Span.YEAR else beside_steps(period, other, today)
    counts = {each: (await store.counted_in(connection, indicator, each)).total() for each in (*own, *beside)}
    return development(own, [counts[each] for each in own], [counts[each] for each in beside])


async def _compared(
    connection: Connection, indicator: Indicator, period: Period, other: Period
) -> list[Mapping[str, Any]]:
    """The cells of two periods, each with the names of its rows; the whole last."""
    counted = await store.counted_in(connection, indicator, period)
    breakdowns = counted.breakdowns
    return [
        {
            "labels": [row_label(each, cell.group[each.id]) for each in breakdowns if cell.group],
            "count": cell.count,
            "beside": cell.beside,
            "change": f"{cell.change:+d}".replace("-", "−") if cell.change else "0",
        }
        for cell in differences(counted, await store.counted_in(connection, indicator, other))
    ]


def _comparable(period: Period) -> list[Period]:
    """The periods somebody is likely to compare with: the one before, and the same of earlier years."""
    found = [before(period)]
    for back in range(1, _EARLIER_YEARS + 1):
        try:
            found.append(period_of(period.id.replace(str(period.first.year), str(period.first.year - back), 1)))
        except NoPeriod:
            break
    return list(dict.fromkeys(each for each in found if each is not None))


def _label(period: Period, per: Span) -> str:
    return period.label if per is Span.YEAR else MONTHS[period.first.month - 1].capitalize()


def _short(period: Period, per: Span) -> str:
    """What fits below a bar."""
    return period.label if per is Span.YEAR else MONTHS[period.first.month - 1][:3]


def _query(per: Span, other: str | None) -> str:
    return urlencode({"per": per.value} | ({} if other is None else {"jamfor": other}))
