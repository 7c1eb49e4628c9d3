"""Signing in to the pages with a local token: by a link from ``samspel login``, or as a person of the demo."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from contracts.codes import Member, Role
from contracts.problems import NotFound, NotSignedIn
from services.chassis import sessions
from services.chassis.auth import LocalTokens, User, not_signed_in
from services.chassis.http import COOKIE, Body, RuntimeOf, refuse_other_sites, signed_in
from services.chassis.pages import Pages, token_of
from services.chassis.runtime import Runtime

DEMO_USERS: Final = (
    User(id="karin", name="Karin Koordinator", roles=frozenset({Role.COORDINATOR})),
    User(id="lova", name="Lova Lots", roles=frozenset({Role.LOTS})),
    User(id="kim", name="Kim Kansli", roles=frozenset({Role.OFFICE})),
    User(id="rut", name="Rut Remittent", roles=frozenset({Role.AGENCY}), agency="stockholms-stad"),
    User(id="drift", name="Drift", roles=frozenset({Role.OPERATIONS})),
    User(id="dag", name="Dag Dataskydd", roles=frozenset({Role.DATA_PROTECTION})),
    User(
        id="petra",
        name="Petra Projektledare",
        roles=frozenset({Role.PROJECT_LEADER}),
        leads=frozenset({"mia-vidare", "aktivitetsplatsen"}),
    ),
    User(id="tove", name="Tove Teamrepresentant", roles=frozenset({Role.TEAM_REPRESENTATIVE}), member=Member.KOMMUN),
)
_WHAT_THEY_DO: Final = {
    "karin": "Tar emot anmälningar, leder team-möten och följer upp efter 6 och 12 månader.",
    "lova": "Stödjer deltagare i planen och följer upp efter 2 månader.",
    "kim": "Läser årets rapport och enskilda ärenden.",
    "rut": "Anmäler personer från Stockholms stad och ser vad som har hänt med varje anmälan.",
    "drift": "Sköter tjänsterna.",
    "dag": "Granskar vem som har läst vems namn.",
    "petra": "Leder MIA Vidare och Aktivitetsplatsen, följer deras siffror och köer och skriver deras rapporter.",
    "tove": "Företräder kommunen i teamen och ser de planer som personerna låter kommunen se.",
}
_START: Final = "/"

# What a sender who is not signed in may send a body to.
OPEN: Final = frozenset({"/logga-in", "/logga-ut"})

router = APIRouter(include_in_schema=False)
_pages = Pages(Path(__file__).parent / "web" / "templates")


class Revoke(Body):
    """Whose sign-ins end: a user's by id, or everybody's."""

    user_id: Annotated[str | None, Field(min_length=1, max_length=200)]


def local_path(asked: str) -> str:
    """Where to go after signing in: a path of this site, or the start page for anything that could lead away."""
    leads_away = not asked.startswith("/") or asked.startswith("//") or "\\" in asked
    return _START if leads_away or not asked.isprintable() or asked.startswith("/logga-") else asked


@router.get("/logga-in")
async def sign_in_page(request: Request, runtime: RuntimeOf, kod: str = "", till: str = _START) -> Response:
    """The sign-in page. With a link's code it asks whether to sign in as the one the link is for, and does no more:
    another site can send a browser here, but not press the button."""
    place = local_path(till)
    if not kod:
        return _sign_in_page(request, place)
    try:
        link = _tokens(runtime).read_link(kod)
    except NotSignedIn as refused:
        return _sign_in_page(request, place, refused=refused)
    return _sign_in_page(request, place, code=kod, invited=link.user)


@router.post("/logga-in")
async def sign_in(
    request: Request,
    runtime: RuntimeOf,
    user: Annotated[str, Form()] = "",
    kod: Annotated[str, Form()] = "",
    till: Annotated[str, Form()] = _START,
) -> Response:
    """Signs in by a link's code, which works once, or in test mode as a person of the demo."""
    refuse_other_sites(request)
    place = local_path(till)
    if not kod:
        return _signed_in(request, runtime, _demo_user(runtime, user), place)
    try:
        link = _tokens(runtime).read_link(kod)
        if not await sessions.use_link(runtime.pool, link):
            raise not_signed_in()
    except NotSignedIn as refused:
        return _sign_in_page(request, place, refused=refused)
    return _signed_in(request, runtime, link.user, place)


@router.post("/logga-ut")
async def sign_out(request: Request, runtime: RuntimeOf) -> Response:
    """Ends the sign-in everywhere, and has the browser forget it. A token that is not valid is only forgotten."""
    refuse_other_sites(request)
    try:
        token = _tokens(runtime).read(token_of(request))
    except NotSignedIn:
        pass  # it has ended already: nothing is left to end
    else:
        await _revoke(runtime, sessions.of_token(token))
    answer = RedirectResponse("/logga-in", status_code=303)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


@router.get(sessions.PATH)
async def revocations(runtime: RuntimeOf) -> list[sessions.Revocation]:
    """What was revoked, for the other services; the gateway has no way here, and the list names nobody."""
    return list(await sessions.kept(runtime.pool))


@router.post("/api/sign-in/revocations", status_code=201)
async def revoke(
    body: Revoke, runtime: RuntimeOf, _user: Annotated[User, Depends(signed_in(Role.OPERATIONS))]
) -> sessions.Revocation:
    """Ends every sign-in until now, of one user or of everybody; API tokens are sign-ins too."""
    revocation = sessions.of_user(body.user_id, datetime.now(UTC))
    await _revoke(runtime, revocation)
    return revocation


async def _revoke(runtime: Runtime, revocation: sessions.Revocation) -> None:
    await sessions.keep(runtime.pool, [revocation])
    if isinstance(runtime.identity, sessions.Sessions):
        runtime.identity.revocations.add([revocation])


def _tokens(runtime: Runtime) -> LocalTokens:
    return LocalTokens(runtime.settings.secrets["token_key"])


def _demo_user(runtime: Runtime, user_id: str) -> User:
    chosen = next((each for each in DEMO_USERS if each.id == user_id), None)
    if not runtime.settings.test_mode or chosen is None:
        raise NotFound("user_unknown", "Det går inte att logga in så här.")
    return chosen


def _sign_in_page(
    request: Request, place: str, *, refused: NotSignedIn | None = None, code: str = "", invited: User | None = None
) -> Response:
    values: dict[str, Any] = {"users": DEMO_USERS, "what_they_do": _WHAT_THEY_DO, "till": place}
    values |= {"refused": refused, "code": code, "invited": invited}
    return _pages.page(request, "sign_in.html", values, status=refused.status if refused else 200)


def _signed_in(request: Request, runtime: Runtime, user: User, place: str) -> Response:
    answer = RedirectResponse(place, status_code=303)
    # The gateway passes the scheme on; over plain HTTP a Secure cookie would never come back.
    secure = request.url.scheme == "https"
    token = _tokens(runtime).issue(user)
    answer.set_cookie(COOKIE, token, path="/", httponly=True, samesite="strict", secure=secure)
    return answer
