"""The pages of reporting: the start page, a case's timeline, the year's report."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.names import NameClient
from services.chassis.pages import Pages, token_of, user_if_any
from services.chassis.settings import Settings
from services.chassis.to_do import WITH_LISTS, ToDoClient
from services.reporting import store
from services.reporting.domain.cases import TimelineEvent
from services.reporting.domain.figures import Figures
from services.reporting.domain.published import Line, Published, PublishedSource, compare
from services.reporting.web import timeline, to_do
from services.reporting.web.insats_report import insats_report
from services.reporting.web.report import report
from services.reporting.web.years import FIRST_YEAR, today_of, year_of

# So long into a new year the report people want is the one of the year that ended.
_UNTIL_THE_REPORT_IS_OUT: Final = timedelta(days=60)

NO_SUCH_PAGE: Final = "/sidan-finns-inte"

_PAGES: Final = Pages(Path(__file__).parent / "templates")

_CASEWORK: Final = (Role.COORDINATOR, Role.LOTS, Role.OFFICE)
_Caseworker = Annotated[User, Depends(signed_in(*_CASEWORK))]
_Reader = Annotated[User, Depends(signed_in(*_CASEWORK, Role.OPERATIONS))]


def latest_year(today: date) -> int:
    """The year whose report is of interest."""
    return (today - _UNTIL_THE_REPORT_IS_OUT).year


def pages_router(settings: Settings, published: Published | None) -> APIRouter:
    """The routes of the pages. ``published`` stands beside its year's figures."""
    names = NameClient(settings.referral_url)
    lists = ToDoClient(_with_lists(settings))
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def start(request: Request, runtime: RuntimeOf) -> Response:
        """What there is to do and what is going on, for who is signed in; for others what this is."""
        today, user = today_of(runtime), user_if_any(request)
        counts = None
        if user is not None and user.has(*_CASEWORK):
            async with runtime.pool.acquire() as connection:
                counts = await store.start_counts(connection, today)
        own = user is not None and user.has(*WITH_LISTS)
        values = {
            "counts": counts,
            "year": latest_year(today),
            "to_do": await to_do.values(lists, token_of(request)) if own else None,
        }
        return _PAGES.page(request, "start.html", values)

    @router.get("/arenden/{case}/historik")
    async def case_timeline(request: Request, case: str, runtime: RuntimeOf, _user: _Caseworker) -> Response:
        case_id = _case_id(case)
        async with runtime.pool.acquire() as connection:
            registered = _registered(await store.case_events(connection, case_id))
        if not registered:
            raise _unknown_case()
        names_of = await names.of([case_id], token_of(request))
        registered = registered if names_of.shows_place(case_id) else timeline.without_place(registered)
        values = {
            "case_id": case_id,
            "name": names_of.get(case_id),
            "situation": timeline.situation(registered, today_of(runtime)),
            "months": timeline.months(registered),
        }
        return _PAGES.page(request, "timeline.html", values)

    @router.get("/rapport")
    async def latest_report(runtime: RuntimeOf, _user: _Reader) -> Response:
        return RedirectResponse(f"/rapport/{latest_year(today_of(runtime))}", status_code=303)

    @router.get("/rapport/{year}")
    async def year_report(request: Request, year: str, runtime: RuntimeOf, _user: _Reader) -> Response:
        asked = year_of(year, today_of(runtime))
        async with runtime.pool.acquire() as connection:
            figures = await store.year_figures(connection, asked)
        source, lines = _beside(figures, published)
        values = {"year": asked, "first_year": FIRST_YEAR, "report": report(figures, lines), "source": source}
        return _PAGES.page(request, "report.html", values)

    @router.get("/rapport/{year}/{insats_id}")
    async def insats_report_of_a_year(
        request: Request, year: str, insats_id: str, runtime: RuntimeOf, _user: _Reader
    ) -> Response:
        asked, insats = year_of(year, today_of(runtime)), INSATSER.get(insats_id)
        if insats is None:
            raise NotFound("insats_unknown", "Insatsen finns inte i katalogen. Se listan över insatser.")
        async with runtime.pool.acquire() as connection:
            figures = await store.year_figures(connection, asked)
        source, lines = _beside(figures, published)
        values = {
            "year": asked,
            "first_year": FIRST_YEAR,
            "insats": insats,
            "report": insats_report(insats_id, figures, lines),
            "source": source,
        }
        return _PAGES.page(request, "insats_report.html", values)

    @router.get(NO_SUCH_PAGE)
    async def no_such_page() -> Response:
        """For the gateway, when an address belongs to no service: the answer keeps the menu."""
        raise NotFound("no_such_page", "Adressen finns inte i Samspel.")

    return router


def _beside(figures: Figures, published: Published | None) -> tuple[PublishedSource | None, Sequence[Line]]:
    """What was published of the figures' year, and its lines beside the computed ones."""
    if published is None or published.year != figures.year:
        return None, ()
    return published.source, compare(figures, published)


def _with_lists(settings: Settings) -> dict[str, str]:
    """Where the services answer that have lists of what there is to do."""
    urls = {"followup": settings.followup_url, "referral": settings.referral_url, "planning": settings.planning_url}
    return {service: url for service, url in urls.items() if url is not None}


def _case_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _unknown_case() from None


def _unknown_case() -> NotFound:
    return NotFound(
        "case_unknown", "Ärendet finns inte här. Är det alldeles nytt kan det dröja någon sekund: ladda om."
    )


def _registered(events: Sequence[TimelineEvent]) -> list[timeline.Registered]:
    read = ((_shown(event), event) for event in events)
    return [
        timeline.Registered(
            fact, event.source, event.recorded, event.sequence, event.event_id, taken_back=event.taken_back
        )
        for fact, event in read
        if fact is not None
    ]


def _shown(event: TimelineEvent) -> timeline.Shown | None:
    if not event.readable:
        return timeline.Unreadable(event.happened_on)
    return timeline.read(event.type, event.data)
