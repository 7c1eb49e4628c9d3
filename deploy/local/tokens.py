"""Sign-in for a local installation: tokens made with its own key."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx

from contracts.codes import Role
from deploy.local.errors import LaunchError
from deploy.local.secret_files import LAUNCHER, read_secrets, secrets_file
from deploy.local.services import local_client
from services.chassis.auth import LocalTokens, User

_NAMES: Final = {
    Role.AGENCY: "Testremittent",
    Role.COORDINATOR: "Testsamordnare",
    Role.LOTS: "Testlots",
    Role.OFFICE: "Testkansli",
    Role.OPERATIONS: "Testdrift",
    Role.DATA_PROTECTION: "Testdataskydd",
    Role.PROJECT_LEADER: "Testledare",
}


def local_token(data: Path, role: Role, *, name: str | None, agency: str | None, leads: Iterable[str] = ()) -> str:
    """A token for the API, of a user of that role, with a name of the role's unless one is given.

    ``leads``: the insatser of a project leader.

    Raises LaunchError when the data folder has no keys, because nothing was ever started on it.
    """
    return _tokens(data).issue(_user(role, name, agency, leads))


def sign_in_link(
    data: Path,
    gateway_url: str,
    role: Role,
    *,
    name: str | None,
    agency: str | None,
    page: str,
    leads: Iterable[str] = (),
) -> str:
    """A link that signs a browser in, once, and leads to a page. Raises LaunchError as `local_token` does."""
    code = _tokens(data).issue_link(_user(role, name, agency, leads))
    return f"{gateway_url}/logga-in?kod={quote(code)}&till={quote(page)}"


def user_id(name: str) -> str:
    """The id of the user that `samspel login --user NAME` signs in."""
    return f"lokal:{name.casefold().replace(' ', '-')}"


def revoke(gateway_url: str, token: str, user: str | None) -> None:
    """End every sign-in until now of the user with that id, or of everybody. Raises LaunchError if it is refused."""
    try:
        with local_client(gateway_url) as client:
            headers = {"authorization": f"Bearer {token}"}
            client.post("/api/sign-in/revocations", json={"user_id": user}, headers=headers).raise_for_status()
    except httpx.HTTPError as error:
        raise LaunchError(f"Nobody has been signed out: {error}") from error


def _user(role: Role, name: str | None, agency: str | None, leads: Iterable[str]) -> User:
    shown = name or _NAMES[role]
    return User(id=user_id(shown), name=shown, roles=frozenset({role}), agency=agency, leads=frozenset(leads))


def _tokens(data: Path) -> LocalTokens:
    key = read_secrets(secrets_file(data, LAUNCHER)).get("token_key")
    if key is None:
        raise LaunchError(f"There are no keys in {data}: start Samspel on it once with `samspel up`.")
    return LocalTokens(base64.b64decode(key))
