"""The start page and a case's timeline."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

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
from services.reporting.web import timeline, to_do
from services.reporting.web.periods import latest_year, today_of

NO_SUCH_PAGE: Final = "/sidan-finns-inte"

_PAGES: Final = Pages(Path(__file__).parent / "templates")

_CASEWORK: Final = (Role.COORDINATOR, Role.LOTS, Role.OFFICE)
_Caseworker = Annotated[User, Depends(signed_in(*_CASEWORK))]
_Reader = Annotated[User, Depends(signed_in(*_CASEWORK, Role.OPERATIONS))]


def pages_router(settings: Settings) -> APIRouter:
    """The routes of the pages that belong to no report."""
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
            "may_book": user is not None and user.has(Role.OFFICE),
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

    @router.get(NO_SUCH_PAGE)
    async def no_such_page() -> Response:
        """For the gateway, when an address belongs to no service: the answer keeps the menu."""
        raise NotFound("no_such_page", "Adressen finns inte i Samspel.")

    return router


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
