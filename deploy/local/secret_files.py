"""Secrets of a local installation: JSON files that only their owner can read."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_SERVICE_KEYS: Final = ("token_key", "vault_kek", "lookup_key")
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
    fresh.rename(file)


def ensure_service_keys(file: Path) -> None:
    """Make the keys the services share, once: for tokens, for wrapping personal keys, for looking people up.

    Each is 32 random bytes in base64. Keys that exist are never replaced: what they protect would be lost.
    """
    known = read_secrets(file)
    missing = {name: _random_key() for name in _SERVICE_KEYS if name not in known}
    if missing:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_secrets(file, {**known, **missing})


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
