"""The reports of a period: of the whole association, and of one insats."""

from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day
from services.chassis.pages import Pages
from services.reporting import store
from services.reporting.deviation_api import REPORTERS
from services.reporting.domain.published import Published, lines_beside
from services.reporting.web.insats_report import insats_report
from services.reporting.web.periods import (
    asked_period,
    choices,
    chosen_period,
    known_day,
    known_until,
    latest_year,
    today_of,
)
from services.reporting.web.report import report

_PAGES: Final = Pages(Path(__file__).parent / "templates")
# What stands after the period in the address of a page: an insats, "siffror", one of them, or its development.
_PAGE: Final = r"^(/[a-z0-9_.-]+){0,3}$"

_Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE, Role.OPERATIONS))]


def report_router(published: Published | None) -> APIRouter:
    """The routes ``/rapport`` and ``/rapport/<period>``. ``published`` stands beside its year's figures."""
    router = APIRouter(include_in_schema=False)

    @router.get("/rapport")
    async def chosen_report(
        runtime: RuntimeOf,
        _user: _Reader,
        fran: Day | None = None,
        till: Day | None = None,
        sida: Annotated[str, Query(pattern=_PAGE, max_length=100)] = "",
    ) -> Response:
        """Leads to the page ``sida`` of the period between two days; without them to the latest year's report."""
        today = today_of(runtime)
        if fran is None or till is None:
            return RedirectResponse(f"/rapport/{latest_year(today)}", status_code=303)
        return RedirectResponse(f"/rapport/{chosen_period(fran, till, today).id}{sida}", status_code=303)

    @router.get("/rapport/{period_id}")
    async def period_report(
        request: Request, period_id: str, runtime: RuntimeOf, user: _Reader, kand: Day | None = None
    ) -> Response:
        """``kand``: only what had been registered by the end of that day counts."""
        today = today_of(runtime)
        known_on = known_day(kand, today)
        period = asked_period(period_id, today)
        async with runtime.pool.acquire() as connection:
            figures = await store.period_figures(connection, period, known_until(known_on))
        lines = lines_beside(figures, published)
        values = {
            "choices": choices(period, today, known_on=known_on),
            "report": report(figures, lines),
            "source": published.source if published else None,
            "is_office": user.has(Role.OFFICE),
            "may_report": user.has(*REPORTERS),
        }
        return _PAGES.page(request, "report.html", values)

    @router.get("/rapport/{period_id}/{insats_id}")
    async def insats_report_of_a_period(
        request: Request,
        period_id: str,
        insats_id: str,
        runtime: RuntimeOf,
        _user: _Reader,
        kand: Day | None = None,
    ) -> Response:
        """``kand``: only what had been registered by the end of that day counts."""
        today = today_of(runtime)
        known_on = known_day(kand, today)
        period, insats = asked_period(period_id, today), INSATSER.get(insats_id)
        if insats is None:
            raise NotFound("insats_unknown", "Insatsen finns inte i katalogen. Se listan över insatser.")
        async with runtime.pool.acquire() as connection:
            figures = await store.period_figures(connection, period, known_until(known_on))
        lines = lines_beside(figures, published)
        values = {
            "choices": choices(period, today, f"/{insats.id}", known_on),
            "insats": insats,
            "report": insats_report(insats_id, figures, lines),
            "source": published.source if published else None,
        }
        return _PAGES.page(request, "insats_report.html", values)

    return router
