"""The services' applications and OpenAPI documents, without servers behind them."""

import base64
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI

from services.chassis.auth import LocalTokens
from services.chassis.settings import Settings
from tests.fuzz.running import CREATE

KEY = b"k" * 32
TOKENS = LocalTokens(KEY)


def applications() -> dict[str, FastAPI]:
    """Each service, made and not started."""
    with TemporaryDirectory() as folder:
        secrets_file = Path(folder) / "secrets.json"
        key = base64.b64encode(KEY).decode()
        secrets_file.write_text(
            json.dumps(dict.fromkeys(("token_key", "vault_kek", "lookup_key", "answers_kek"), key))
        )
        nowhere = Settings(
            kafka_bootstrap="nowhere:1",
            database_url="postgresql://nowhere",
            secrets_file=secrets_file,
            http_port=1,
            referral_url="http://127.0.0.1:1",
            test_mode=True,
        )
        return {name: create(nowhere) for name, create in CREATE.items()}


DOCUMENTS: dict[str, Any] = {name: app.openapi() for name, app in applications().items()}
