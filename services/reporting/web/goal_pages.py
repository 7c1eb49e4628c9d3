"""Mål: what the insatser were to reach in a year, and what they reached, in each reading of the goals."""

from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from contracts.codes import Role
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.pages import Pages
from services.reporting import store
from services.reporting.domain.goals import GoalsOfInsats, counted_for_goals, goals_of_year
from services.reporting.indicators import DECLARED, GOALS
from services.reporting.web.periods import asked_period, choices, today_of

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE, Role.OPERATIONS))]


def goals_router() -> APIRouter:
    """The page /rapport/<period>/mal. Goals are of calendar years; another period leads to its year's."""
    router = APIRouter(include_in_schema=False)

    @router.get("/rapport/{period_id}/mal")
    async def goals(request: Request, period_id: str, runtime: RuntimeOf, _user: _Reader) -> Response:
        today = today_of(runtime)
        period = asked_period(period_id, today)
        year = period.first.year
        of_insatser: tuple[GoalsOfInsats, ...] = ()
        if period.is_year:
            wanted = [DECLARED.indicators[each] for each in sorted(counted_for_goals(year, GOALS))]
            async with runtime.pool.acquire() as connection:
                counts = await store.count(connection, wanted, period.first, period.following) if wanted else {}
            of_insatser = goals_of_year(year, GOALS, counts)
        values = {"choices": choices(period, today, "/mal"), "year": year, "insatser": of_insatser}
        return _PAGES.page(request, "goals.html", values)

    return router
