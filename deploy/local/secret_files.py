"""Secrets of a local installation: JSON files that only their owner can read."""

import base64
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from deploy.local.errors import LaunchError
from deploy.local.private_files import private_folder

LAUNCHER: Final = "launcher"

# Who gets which keys. A key that several have is the same in each of their files.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "referral": ("token_key", "vault_kek", "lookup_key"),
    "planning": ("token_key", "answers_kek"),
    "followup": ("token_key",),
    "reporting": ("token_key",),
    LAUNCHER: ("token_key", "metrics_token"),
}
# What somebody may add to a service's file by hand, in base64. It is kept, and never made up.
GIVEN: Final[Mapping[str, tuple[str, ...]]] = {"followup": ("smtp_password",)}
_KEY_BYTES: Final = 32


def read_secrets(file: Path) -> dict[str, str]:
    """The secrets in a file; none when there is no file."""
    if not file.exists():
        return {}
    return {str(name): str(value) for name, value in json.loads(file.read_text()).items()}


def write_secrets(file: Path, values: Mapping[str, str]) -> None:
    """Replace the file in one step. It is never readable by others, not even for a moment."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as sink:
        json.dump(dict(values), sink, indent=2)
        sink.flush()
        os.fsync(sink.fileno())
    fresh.rename(file)


def secrets_file(data: Path, owner: str) -> Path:
    """Where a service, or the launcher, has its own keys and no others."""
    return data / "secrets" / f"{owner}.json"


def metrics_token(data: Path) -> str:
    """What the services of a data folder take from Prometheus. Raises LaunchError if nothing was started on it."""
    token = read_secrets(secrets_file(data, LAUNCHER)).get("metrics_token")
    if token is None:
        raise LaunchError(f"There are no keys in {data}: start Samspel on it once with `samspel up`.")
    return token


def ensure_keys(data: Path) -> None:
    """Make the keys of a data folder that are missing, and give each service a file with its own.

    Each is 32 random bytes in base64. Keys that exist are never replaced: what they protect would be lost. The one
    file with all keys that earlier versions made is removed when its keys are in the new files; what else it holds
    stays in it.
    Raises LaunchError when two files hold different keys by the same name.
    """
    private_folder(data / "secrets")
    single = data / "secrets.json"
    known = _known_keys([single, *(secrets_file(data, owner) for owner in KEYS)])
    ours = {name for names in KEYS.values() for name in names}
    for name in sorted(ours - known.keys()):
        known[name] = _random_key()
    for owner, names in KEYS.items():
        given = (name for name in GIVEN.get(owner, ()) if name in known)
        own = {name: known[name] for name in (*names, *given)}
        if read_secrets(secrets_file(data, owner)) != own:
            write_secrets(secrets_file(data, owner), own)
    if foreign := {name: value for name, value in read_secrets(single).items() if name not in ours}:
        write_secrets(single, foreign)
    else:
        single.unlink(missing_ok=True)


def _known_keys(files: Iterable[Path]) -> dict[str, str]:
    known: dict[str, str] = {}
    for file in files:
        for name, value in read_secrets(file).items():
            if known.setdefault(name, value) != value:
                raise LaunchError(f"{file} holds another {name} than the other files of this data folder.")
    return known


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
