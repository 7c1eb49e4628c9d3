"""Sign-in for a local installation: tokens made with its own key."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx

from contracts.catalogue import AGENCIES, INSATSER
from contracts.codes import Member, Role
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
    Role.TEAM_REPRESENTATIVE: "Testrepresentant",
}


@dataclass(frozen=True)
class Affiliation:
    """Whose a user is: an agency's, a leader of insatser, or a party's in a team. Most users are nobody's."""

    agency: str | None = None
    leads: frozenset[str] = frozenset()
    member: Member | None = None


NOBODYS: Final = Affiliation()


def affiliation(role: Role, agency: str | None, insatser: Iterable[str], member: Member | None) -> Affiliation:
    """Whose a user of the role is. Raises LaunchError unless it is what the role, and no other, takes."""
    leads = frozenset(insatser)
    if (role is Role.AGENCY) != (agency is not None) or (agency is not None and agency not in AGENCIES):
        raise LaunchError(f"The role agency, and no other, takes --agency: one of {', '.join(sorted(AGENCIES))}.")
    if (role is Role.PROJECT_LEADER) != bool(leads) or not leads <= INSATSER.keys():
        known = "ids as in `samspel catalogue check`"
        raise LaunchError(f"The role project_leader, and no other, takes --insats, once or more: {known}.")
    if (role is Role.TEAM_REPRESENTATIVE) != (member is not None):
        raise LaunchError(f"The role team_representative, and no other, takes --member: {', '.join(Member)}.")
    return Affiliation(agency, leads, member)


def local_token(data: Path, role: Role, *, name: str | None = None, of: Affiliation = NOBODYS) -> str:
    """A token for the API, of a user of that role, with a name of the role's unless one is given.

    Raises LaunchError when the data folder has no keys, because nothing was ever started on it.
    """
    return _tokens(data).issue(_user(role, name, of))


def sign_in_link(
    data: Path, gateway_url: str, role: Role, *, page: str, name: str | None = None, of: Affiliation = NOBODYS
) -> str:
    """A link that signs a browser in, once, and leads to a page. Raises LaunchError as `local_token` does."""
    code = _tokens(data).issue_link(_user(role, name, of))
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


def _user(role: Role, name: str | None, of: Affiliation) -> User:
    shown = name or _NAMES[role]
    return User(user_id(shown), shown, frozenset({role}), agency=of.agency, leads=of.leads, member=of.member)


def _tokens(data: Path) -> LocalTokens:
    key = read_secrets(secrets_file(data, LAUNCHER)).get("token_key")
    if key is None:
        raise LaunchError(f"There are no keys in {data}: start Samspel on it once with `samspel up`.")
    return LocalTokens(base64.b64decode(key))
