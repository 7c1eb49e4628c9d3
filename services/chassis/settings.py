"""Settings of one service process, from the environment (prefix ``SAMSPEL_``)."""

import base64
import json
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_ADDRESS: Final = r"^([^@\s]+@[^@\s]+)?$"

SmtpSecurity: TypeAlias = Literal["starttls", "tls", "none"]


class Settings(BaseSettings):
    """Everything a service process is given from outside. Nothing has a secret as its default."""

    model_config = SettingsConfigDict(env_prefix="SAMSPEL_", frozen=True, extra="ignore")

    kafka_bootstrap: str
    database_url: str
    secrets_file: Path = Field(description="JSON with the service's own keys, 32 bytes each in base64.")
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=1, le=65535)]
    referral_url: str = Field(description="Where the identity vault answers, for names on pages.")
    planning_url: str | None = Field(default=None, description="Where planning answers, for the start page.")
    followup_url: str | None = Field(default=None, description="Where follow-up answers, for the start page.")
    sign_in_url: str | None = Field(
        default=None, description="Where people sign in and out, for what was revoked; unset for that service itself."
    )
    published_figures: Path | None = Field(default=None, description="Published figures a report is set beside.")
    responsible_body: str = Field(default="", description="The association behind the pages, as they name it.")
    accessibility_contact: Annotated[str, Field(pattern=_ADDRESS)] = Field(
        default="", description="The e-mail address for those who cannot use a page; empty: they ask the association."
    )
    test_mode: bool = Field(default=False, description="Synthetic identity numbers only; the clock may be a file.")
    clock_file: Path | None = None
    log_level: str = "INFO"
    metrics_token: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        default=None, description="What Prometheus sends as bearer token. Unset: only operations read the metrics."
    )
    otlp_endpoint: str | None = Field(
        default=None, description="Where spans are sent, https://…/v1/traces. Unset: nothing is traced."
    )
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+)?$")] = Field(
        default="", description="Where people reach Samspel, for links in mail and calendars."
    )
    smtp_host: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="Where mail is handed in. Unset: none is sent, and nobody can choose to get any."
    )
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_security: SmtpSecurity = "starttls"
    smtp_user: str | None = Field(default=None, description="Its password is smtp_password in the secrets file.")
    smtp_sender: Annotated[str, Field(pattern=_ADDRESS)] = Field(default="", description="Whom mail is from.")
    smtp_timeout: Annotated[float, Field(gt=0, le=60)] = Field(default=10.0, description="Seconds for one message.")
    digest_at: time = Field(default=time(7), description="When digests are sent on working days, Swedish time.")

    @model_validator(mode="after")
    def _mail_is_whole(self) -> "Settings":
        if self.smtp_host is not None and not (self.smtp_sender and self.public_url):
            raise ValueError("SAMSPEL_SMTP_HOST needs SAMSPEL_SMTP_SENDER and SAMSPEL_PUBLIC_URL")
        if self.digest_at.tzinfo is not None:
            raise ValueError("SAMSPEL_DIGEST_AT is Swedish time: HH:MM, without an offset")
        return self

    @model_validator(mode="after")
    def _clock_only_in_test_mode(self) -> "Settings":
        if self.clock_file is not None and not self.test_mode:
            raise ValueError("SAMSPEL_CLOCK_FILE is for test mode; unset it, or set SAMSPEL_TEST_MODE=1")
        return self

    @cached_property
    def secrets(self) -> dict[str, bytes]:
        """The secrets by name. Raises OSError or ValueError if the file cannot be used."""
        raw = json.loads(self.secrets_file.read_text(encoding="utf-8"))
        return {name: base64.b64decode(value) for name, value in raw.items()}
