"""What can be chosen about a local installation, by option or by environment."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import Field, NonNegativeInt, PositiveInt, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PUBLISHED_FIGURES: Final = Path(__file__).resolve().parent.parent / "demo" / "figures-2021.json"

SERVICES: Final = ("referral", "planning", "followup", "reporting")

Port = Annotated[int, Field(ge=1, le=65535)]

# Where each port lies when --port-base moves them all.
_OFFSETS: Final = {
    "gateway_port": 0,
    "referral_port": 1,
    "planning_port": 2,
    "followup_port": 3,
    "reporting_port": 4,
    "first_worker_port": 11,
    "kafka_port": 50,
    "controller_port": 51,
    "postgres_port": 52,
}


class Mode(StrEnum):
    """Whose data the installation may hold."""

    TEST = "test"
    """Synthetic persons only: test personal numbers are allowed and the clock can be moved."""

    REAL = "real"
    """Real persons: test numbers are refused and time is what it is."""


def _option(name: str) -> str:
    return f"--port {name}=NUMBER (or all of them with --port-base NUMBER)"


@dataclass(frozen=True)
class PortUse:
    """A port, what listens on it, and the option that moves it."""

    what: str
    port: int
    option: str


class LocalSettings(BaseSettings):
    """Ports, data folder, workers. Each field is also the environment variable SAMSPEL_LOCAL_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="SAMSPEL_LOCAL_", frozen=True, extra="forbid", populate_by_name=True)

    data: Path = Path(".samspel")
    published_figures: Path = PUBLISHED_FIGURES
    """The published figures that the report is set beside."""

    mode: Mode = Mode.TEST
    workers: Annotated[dict[str, PositiveInt], NoDecode] = Field(default_factory=dict)
    """Processes per service, where more than one; in the environment as `planning=2,reporting=3`."""

    port_base: NonNegativeInt | None = Field(default=None, le=65000)
    """Moves every port at once: the gateway gets this one, the others follow. A port given by name wins."""

    gateway_port: Port = 8080
    referral_port: Port = 8081
    planning_port: Port = 8082
    followup_port: Port = 8083
    reporting_port: Port = 8084
    first_worker_port: Port = 8091
    kafka_port: Port = 19092
    controller_port: Port = 19093
    postgres_port: Port = 15432

    kafka_bootstrap: str | None = Field(default=None, validation_alias="SAMSPEL_KAFKA_BOOTSTRAP")
    """An existing Kafka to use instead of starting one."""

    database_url: str | None = Field(default=None, validation_alias="SAMSPEL_DATABASE_URL")
    """An administrator's address of an existing PostgreSQL to use instead of starting one."""

    @field_validator("workers", mode="before")
    @classmethod
    def _workers_as_text(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        return {name.strip(): count.strip() for name, _, count in pairs}

    @field_validator("workers")
    @classmethod
    def _known_services(cls, value: dict[str, int]) -> dict[str, int]:
        unknown = sorted(value.keys() - set(SERVICES))
        if unknown:
            raise ValueError(f"there is no service {', '.join(unknown)}; there are {', '.join(SERVICES)}")
        return value

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @model_validator(mode="before")
    @classmethod
    def _move_ports(cls, values: dict[str, Any]) -> dict[str, Any]:
        base = values.get("port_base")
        if base is None:
            return values
        return {name: int(base) + offset for name, offset in _OFFSETS.items()} | values

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        taken: dict[int, str] = {}
        for use in self.ports():
            if use.port in taken:
                raise ValueError(f"{use.what} and {taken[use.port]} would both use port {use.port}")
            taken[use.port] = use.what
        return self

    def service_ports(self, service: str) -> tuple[int, ...]:
        """The port of each process of a service: its own first, then one for each further worker."""
        return tuple(use.port for use in self._service_processes() if use.what == service)

    @property
    def gateway_url(self) -> str:
        """Where a browser begins."""
        return f"http://127.0.0.1:{self.gateway_port}"

    def ports(self) -> Iterator[PortUse]:
        """Every port that will be listened on."""
        yield PortUse("the gateway", self.gateway_port, _option("gateway"))
        yield from self._service_processes()
        if self.kafka_bootstrap is None:
            yield PortUse("Kafka", self.kafka_port, _option("kafka"))
            yield PortUse("Kafka's controller", self.controller_port, _option("controller"))
        if self.database_url is None:
            yield PortUse("PostgreSQL", self.postgres_port, _option("postgres"))

    def _service_processes(self) -> Iterator[PortUse]:
        own = (self.referral_port, self.planning_port, self.followup_port, self.reporting_port)
        for name, port in zip(SERVICES, own, strict=True):
            yield PortUse(name, port, _option(name))
        further = [name for name in SERVICES for _ in range(self.workers.get(name, 1) - 1)]
        for number, name in enumerate(further):
            yield PortUse(name, self.first_worker_port + number, _option("first_worker"))
