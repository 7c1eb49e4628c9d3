"""What of mail can be set, and what is refused before a service starts with half of it."""

import base64
import json
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.chassis.mail import mail_server
from services.chassis.settings import Settings


def _settings(secrets_file: Path, **chosen: Any) -> Settings:
    return Settings(
        kafka_bootstrap="nowhere:1",
        database_url="postgresql://nowhere",
        secrets_file=secrets_file,
        http_port=1,
        referral_url="http://nowhere",
        **chosen,
    )


WHOLE = {"smtp_host": "mail.example", "smtp_sender": "samspel@example.se", "public_url": "https://samspel.example"}


def test_nothing_is_sent_unless_a_host_is_set(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "none.json")
    assert mail_server(settings) is None
    assert settings.digest_at == time(7)


def test_a_password_comes_from_the_secrets_file_and_is_shown_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"smtp_password": base64.b64encode(b"hemligt").decode()}))
    server = mail_server(_settings(file, **WHOLE, smtp_user="samspel"))
    assert server is not None
    assert (server.user, server.password, server.port, server.security) == ("samspel", "hemligt", 587, "starttls")
    assert "hemligt" not in repr(server)


@pytest.mark.parametrize(
    "chosen",
    [
        {"smtp_host": "mail.example"},
        {**WHOLE, "smtp_sender": ""},
        {**WHOLE, "public_url": ""},
        {**WHOLE, "smtp_sender": "samspel@example.se\nBcc: x@y.se"},
        {**WHOLE, "smtp_security": "ssl"},
        {"public_url": "samspel.example"},
        {"smtp_timeout": 0},
        {"digest_at": "25:00"},
        {"digest_at": "07:00+01:00"},
    ],
    ids=str,
)
def test_half_of_it_is_refused(tmp_path: Path, chosen: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _settings(tmp_path / "none.json", **chosen)
