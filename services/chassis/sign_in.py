"""Signing in to the pages with a local token: by a link from ``samspel login``, or as a person of the demo."""

from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from contracts.codes import Role
from contracts.problems import Forbidden, NotFound, NotSignedIn
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE, RuntimeOf, same_origin
from services.chassis.pages import Pages

DEMO_USERS: Final = (
    User(id="karin", name="Karin Koordinator", roles=frozenset({Role.COORDINATOR})),
    User(id="lova", name="Lova Lots", roles=frozenset({Role.LOTS})),
    User(id="kim", name="Kim Kansli", roles=frozenset({Role.OFFICE})),
    User(id="drift", name="Drift", roles=frozenset({Role.OPERATIONS})),
)
_WHAT_THEY_DO: Final = {
    "karin": "Tar emot anmälningar, leder team-möten och följer upp efter 6 och 12 månader.",
    "lova": "Stödjer deltagare i planen och följer upp efter 2 månader.",
    "kim": "Läser årets rapport och enskilda ärenden.",
    "drift": "Sköter tjänsterna.",
}
_START: Final = "/"

router = APIRouter(include_in_schema=False)
_pages = Pages(Path(__file__).parent / "web" / "templates")


def local_path(asked: str) -> str:
    """Where to go after signing in: a path of this site, or the start page for anything that could lead away."""
    leads_away = not asked.startswith("/") or asked.startswith("//") or "\\" in asked
    return _START if leads_away or not asked.isprintable() or asked.startswith("/logga-") else asked


@router.get("/logga-in")
async def choose(request: Request, runtime: RuntimeOf, token: str = "", till: str = _START) -> Response:
    """The sign-in page; with a valid token in the address it signs in and takes the token out of the address."""
    place = local_path(till)
    if not token:
        return _sign_in_page(request, place, refused=None)
    try:
        runtime.identity.user(token)
    except NotSignedIn as refused:
        return _sign_in_page(request, place, refused=refused)
    return _signed_in(request, token, place)


@router.post("/logga-in")
async def sign_in(
    request: Request, runtime: RuntimeOf, user: Annotated[str, Form()], till: Annotated[str, Form()] = _START
) -> Response:
    """Signs in as a person of the demo. There is no such door outside test mode."""
    _refuse_other_sites(request)
    chosen = next((each for each in DEMO_USERS if each.id == user), None)
    if not runtime.settings.test_mode or chosen is None:
        raise NotFound("user_unknown", "Det går inte att logga in så här.")
    token = LocalTokens(runtime.settings.secrets["token_key"]).issue(chosen)
    return _signed_in(request, token, local_path(till))


@router.post("/logga-ut")
async def sign_out(request: Request) -> Response:
    """Forgets the token, valid or not."""
    _refuse_other_sites(request)
    answer = RedirectResponse("/logga-in", status_code=303)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def _sign_in_page(request: Request, place: str, *, refused: NotSignedIn | None) -> Response:
    values = {"users": DEMO_USERS, "what_they_do": _WHAT_THEY_DO, "till": place, "refused": refused}
    return _pages.page(request, "sign_in.html", values, status=refused.status if refused else 200)


def _signed_in(request: Request, token: str, place: str) -> Response:
    answer = RedirectResponse(place, status_code=303)
    # The gateway tells the scheme; over plain HTTP a Secure cookie would never come back.
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, path="/", httponly=True, samesite="strict", secure=secure)
    return answer


def _refuse_other_sites(request: Request) -> None:
    if not same_origin(request):
        raise Forbidden("cross_site", "Anropet kom från en annan webbplats och utfördes inte.")
