"""What is said of the site itself: how accessible it is, and the choice of a light or a dark look. For anybody."""

from datetime import date
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from services.chassis.http import refuse_other_sites
from services.chassis.pages import SCHEME_COOKIE, Pages, Scheme
from services.chassis.settings import Settings
from services.chassis.sign_in import local_path

LOOK: Final = "/utseende"
ACCESSIBILITY: Final = "/tillganglighet"

ASSESSED_ON: Final = date(2026, 11, 29)
"""When somebody last compared the pages with the requirements, and wrote the statement's shortcomings anew."""

_YEAR_SECONDS: Final = 365 * 24 * 3600
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_NAMES: Final = {
    None: "Som enheten: mörkt när datorn eller telefonen är inställd på mörkt",
    Scheme.LIGHT: "Alltid ljust",
    Scheme.DARK: "Alltid mörkt",
}


def site_router(settings: Settings) -> APIRouter:
    """The routes ``/tillganglighet`` and ``/utseende``, which need no sign-in."""
    router = APIRouter(include_in_schema=False)

    @router.get(ACCESSIBILITY)
    async def accessibility(request: Request) -> Response:
        """The statement that lagen (2018:1937) om tillgänglighet till digital offentlig service, 13 §, asks for, with
        the parts that Digg lists (Skapa en tillgänglighetsredogörelse)."""
        values = {
            "responsible": settings.responsible_body,
            "contact": settings.accessibility_contact,
            "assessed_on": ASSESSED_ON,
        }
        return _PAGES.page(request, "accessibility.html", values)

    @router.get(LOOK)
    async def look(request: Request, till: str = "/") -> Response:
        return _PAGES.page(request, "look.html", {"choices": _NAMES, "till": _place(till)})

    @router.post(LOOK)
    async def choose(
        request: Request, scheme: Annotated[Scheme | None, Form()] = None, till: Annotated[str, Form()] = "/"
    ) -> Response:
        """Keeps the choice in this browser for a year, and leads back. Without a scheme the device decides again."""
        refuse_other_sites(request)
        answer = RedirectResponse(_place(till), status_code=303)
        if scheme is None:
            answer.delete_cookie(SCHEME_COOKIE, path="/", httponly=True, samesite="strict")
        else:
            secure = request.url.scheme == "https"
            answer.set_cookie(
                SCHEME_COOKIE, scheme, _YEAR_SECONDS, path="/", httponly=True, samesite="strict", secure=secure
            )
        return answer

    return router


def _place(asked: str) -> str:
    place = local_path(asked)
    return "/" if place.startswith(LOOK) else place
