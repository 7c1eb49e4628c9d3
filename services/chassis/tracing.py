"""Tracing: one trace from an agency's record to the row in reporting, where a collector is configured.

A service records nothing and carries nothing until ``SAMSPEL_OTLP_ENDPOINT`` says where spans go; then
:mod:`services.chassis.spans`, and OpenTelemetry with it, is loaded. What travels is the W3C ``traceparent``: as a
header of Kafka's records, in the outbox, and in HTTP. It is in no event, so nothing that is kept depends on it.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, Protocol, TypeAlias

from fastapi import FastAPI

from services.chassis.settings import Settings

HEADER: Final = "traceparent"

Traces: TypeAlias = Mapping[int, str]
"""For records of one partition, by offset: the ``traceparent`` of what comes of each."""

_NONE: Final[Traces] = {}


def trace_id_of(traceparent: str | None) -> dict[str, str]:
    """What a line of the log says of a trace, in the same word as that of a request; nothing if there is none."""
    return {} if traceparent is None else {"trace_id": traceparent.split("-")[1]}


class Tracing(Protocol):
    """What the chassis asks of tracing, on or off."""

    def instrument(self, app: FastAPI) -> None:
        """Makes a span of each request."""

    def middlewares(self) -> Sequence[Any]:
        """FastStream's own instrumentation, for a broker."""

    def current(self) -> str | None:
        """The ``traceparent`` of what goes on now; None if nothing is traced."""

    def processing(self, records: Sequence[Any]) -> AbstractContextManager[None]:
        """A span of each record, from its sender's or a new trace, while a batch is applied."""

    def of_records(self) -> Traces:
        """The traces of the batch that is being applied."""

    def close(self) -> None:
        """Sends what has not been sent, for a few seconds at most."""


class Off:
    """No tracing: nothing is looked at, nothing kept."""

    def instrument(self, app: FastAPI) -> None:
        """Nothing."""

    def middlewares(self) -> Sequence[Any]:
        return ()

    def current(self) -> str | None:
        return None

    def processing(self, _records: Sequence[Any]) -> AbstractContextManager[None]:
        return nullcontext()

    def of_records(self) -> Traces:
        return _NONE

    def close(self) -> None:
        """Nothing."""


def tracing_of(service: str, settings: Settings) -> Tracing:
    """The tracing that the settings ask for."""
    if settings.otlp_endpoint is None:
        return Off()
    from services.chassis.spans import On  # takes seconds to load, and memory

    return On(service, settings.otlp_endpoint)
