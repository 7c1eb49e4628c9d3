"""Sign-in for a local installation: tokens made with its own key."""

import base64
from pathlib import Path
from typing import Final

from contracts.codes import Role
from deploy.local.errors import LaunchError
from deploy.local.secret_files import LAUNCHER, read_secrets, secrets_file
from services.chassis.auth import LocalTokens, User

_NAMES: Final = {
    Role.AGENCY: "Testremittent",
    Role.COORDINATOR: "Testsamordnare",
    Role.LOTS: "Testlots",
    Role.OFFICE: "Testkansli",
    Role.OPERATIONS: "Testdrift",
}


def local_token(data: Path, role: Role, *, name: str | None, agency: str | None) -> str:
    """A token for a user of that role, with a name of the role's unless one is given.

    Raises LaunchError when the data folder has no keys, because nothing was ever started on it.
    """
    key = read_secrets(secrets_file(data, LAUNCHER)).get("token_key")
    if key is None:
        raise LaunchError(f"There are no keys in {data}: start Samspel on it once with `samspel up`.")
    shown = name or _NAMES[role]
    user = User(id=f"lokal:{shown.casefold().replace(' ', '-')}", name=shown, roles=frozenset({role}), agency=agency)
    return LocalTokens(base64.b64decode(key)).issue(user)
