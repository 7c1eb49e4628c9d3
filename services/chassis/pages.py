"""Pages: one layout, one way to render, static files with the service that shows them."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.staticfiles import StaticFiles

from contracts.codes import Role
from contracts.events import local_date
from contracts.labels import MONTHS, label
from contracts.problems import NotSignedIn, Refused
from services.chassis.auth import User
from services.chassis.http import COOKIE, SAFE, runtime_of, user_of

_HERE: Final = Path(__file__).parent / "web"
SCHEME_COOKIE: Final = "samspel_scheme"

# The menu: where, its name, and for whom.
_CASEWORK: Final = frozenset({Role.COORDINATOR, Role.LOTS, Role.OFFICE})
_MENU: Final = (
    ("/", "Start", frozenset(Role)),
    ("/anmalningar", "Anmälningar", _CASEWORK),
    ("/mina-anmalningar", "Mina anmälningar", frozenset({Role.AGENCY})),
    ("/tider", "Tider", _CASEWORK),
    ("/mina-deltagare", "Mina deltagare", _CASEWORK),
    ("/uppfoljningar", "Uppföljningar", _CASEWORK),
    ("/konsultationer", "Konsultationer", _CASEWORK),
    ("/partens-arenden", "Partens ärenden", frozenset({Role.TEAM_REPRESENTATIVE})),
    ("/projektledare", "Projektledare", frozenset({Role.PROJECT_LEADER})),
    ("/insatser", "Insatser", frozenset(Role) - {Role.DATA_PROTECTION}),
    ("/rapport", "Rapporter", _CASEWORK | {Role.OPERATIONS}),
    ("/ekonomi", "Ekonomi", frozenset({Role.OFFICE})),
    ("/lasloggen", "Läsloggen", frozenset({Role.DATA_PROTECTION})),
)

# Nothing but our own files runs or shows in a page, and no other site may frame it.
HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


def install(app: FastAPI) -> None:
    """Serves the chassis' static files."""
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")


def swedish_date(day: date) -> str:
    """4 mars 2021."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def swedish_month(day: date) -> str:
    """Mars 2021, as a heading."""
    return f"{MONTHS[day.month - 1].capitalize()} {day.year}"


def swedish_day(day: date) -> str:
    """4 mars: where the year is shown beside it."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def swedish_decimal(number: float) -> str:
    """12 or 12,5: with a comma, and without decimals that say nothing."""
    return f"{number:g}".replace(".", ",")


def token_of(request: Request) -> str:
    """The session's token, to hand on when a page reads names."""
    return request.cookies.get(COOKIE, "")


class Scheme(StrEnum):
    """A colour scheme that somebody has chosen in this browser; without a choice the device decides."""

    LIGHT = "light"
    DARK = "dark"


def chosen_scheme(request: Request) -> Scheme | None:
    """The scheme chosen in this browser. None: there is no choice, or the cookie holds something else."""
    kept = request.cookies.get(SCHEME_COOKIE, "")
    return Scheme(kept) if kept in set(Scheme) else None


class Pages:
    """Renders a service's templates inside the common layout (``base.html``)."""

    def __init__(self, folder: Path) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([folder, _HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "swedish_date": swedish_date,
            "swedish_month": swedish_month,
            "swedish_day": swedish_day,
            "label": _label,
            "decimal": swedish_decimal,
        }

    def page(self, request: Request, template: str, values: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
        """A whole page, or a fragment of one for htmx, by the template's name."""
        runtime = runtime_of(request)
        user = user_if_any(request)
        common = {
            "user": user,
            "menu": {place: name for place, name, roles in _MENU if user and user.has(*roles)},
            "today": local_date(runtime.clock.now()),
            "test_mode": runtime.settings.test_mode,
            "path": request.url.path,
            "scheme": chosen_scheme(request),
        }
        text = self._environment.get_template(template).render({**common, **values})
        return HTMLResponse(text, status_code=status, headers=HEADERS)


def _label(code: StrEnum) -> str:
    return label(code)


def user_if_any(request: Request) -> User | None:
    """Who is signed in; None if nobody is, or no longer."""
    try:
        return user_of(request)
    except NotSignedIn:
        return None


_OWN: Final = Pages(_HERE / "templates")


def error_page(request: Request, refused: Refused) -> HTMLResponse:
    """A refusal as a page: what happened, and a way on."""
    asks = request.method in SAFE
    # A form that was refused leads back to the page it was on: asking for its address again would not send it.
    section = "/" + request.url.path.split("/")[1]
    values = {
        "refused": refused,
        "again": asks and refused.status >= 500,
        "back": section if not asks and section in {place for place, _, _ in _MENU} else None,
    }
    return _OWN.page(request, "error.html", values, status=refused.status)
