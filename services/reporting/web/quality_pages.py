"""Datakvalitet: what a period's figures lack, what was registered late or not done, and what is printed wrongly."""

from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from contracts.codes import Role
from contracts.labels import event_label
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.pages import Pages
from services.reporting import store
from services.reporting.domain import quality
from services.reporting.domain.periods import Period, year_period
from services.reporting.domain.published import Published, PublishedLine
from services.reporting.domain.report import insats_name
from services.reporting.web.periods import asked_period, choices, today_of

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE, Role.OPERATIONS))]


def quality_router(published: Published | None) -> APIRouter:
    """The page /rapport/<period>/kvalitet. ``published``: what was printed of a year, with notes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/rapport/{period_id}/kvalitet")
    async def quality_of_a_period(request: Request, period_id: str, runtime: RuntimeOf, _user: _Reader) -> Response:
        today = today_of(runtime)
        period = asked_period(period_id, today)
        async with runtime.pool.acquire() as connection:
            counts = await store.period_counts(connection, period)
            lateness = await store.lateness(connection, period)
        values = {
            "choices": choices(period, today, "/kvalitet"),
            "missing": list(quality.missing(counts)),
            "due": [(insats_name(each.insats), each) for each in quality.follow_ups_due(counts)],
            "without_consent": [(insats_name(each.insats), each) for each in quality.without_consent(counts)],
            "late": [(event_label(each.type), each) for each in lateness],
            "noted": _noted(published, period),
            "source": None if published is None else published.source,
        }
        return _PAGES.page(request, "quality.html", values)

    return router


def _noted(published: Published | None, period: Period) -> list[PublishedLine]:
    """The published lines of the period that are printed otherwise than they count."""
    if published is None or period != year_period(published.year):
        return []
    return [line for line in published.lines if line.printed is not None]
