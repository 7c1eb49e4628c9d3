"""Tracing with OpenTelemetry. Loaded only where it is configured.

What leaves the process is chosen attribute by attribute: a path holds the id of a case, a query may hold a name, and
the message of an exception what a record said. None of these is sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeAlias

from aiokafka import ConsumerRecord
from fastapi import FastAPI
from faststream.kafka.opentelemetry import KafkaTelemetryMiddleware
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from structlog.contextvars import bind_contextvars

from services.chassis.tracing import HEADER, Traces

Record: TypeAlias = ConsumerRecord[Any, Any]

SENT_ATTRIBUTES: Final = frozenset(
    {
        "error.type",
        "exception.type",
        "http.method",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "http.status_code",
        "messaging.batch.message_count",
        "messaging.destination.name",
        "messaging.destination_publish.name",
        "messaging.kafka.destination.partition",
        "messaging.kafka.message.offset",
        "messaging.operation",
        "messaging.system",
    }
)
"""The attributes of spans and their events that are sent; no other is."""

_PROPAGATOR: Final = TraceContextTextMapPropagator()
_UNTRACED: Final = "health/live,health/ready,metrics,static"
_NO_RECORDS: Final[Traces] = {}
_batch: ContextVar[Traces] = ContextVar("_batch", default=_NO_RECORDS)


class On:
    """Sends spans to a collector, over OTLP with HTTP and Protobuf."""

    def __init__(self, service: str, endpoint: str) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": f"samspel-{service}"}))
        self._provider.add_span_processor(BatchSpanProcessor(AttributeFilter(OTLPSpanExporter(endpoint, timeout=5))))
        self._tracer = self._provider.get_tracer("samspel")

    def instrument(self, app: FastAPI) -> None:
        """Makes a span of each request but those of probes, and names its trace in the log."""
        FastAPIInstrumentor.instrument_app(
            app,
            server_request_hook=_name_in_log,
            tracer_provider=self._provider,
            meter_provider=NoOpMeterProvider(),
            excluded_urls=_UNTRACED,
            exclude_spans=["receive", "send"],
        )

    def middlewares(self) -> Sequence[Any]:
        return [KafkaTelemetryMiddleware(tracer_provider=self._provider, meter_provider=NoOpMeterProvider())]

    def current(self) -> str | None:
        return traceparent(trace.get_current_span())

    @contextmanager
    def processing(self, records: Sequence[Record]) -> Iterator[None]:
        batch = trace.get_current_span().get_span_context()
        links = [Link(batch)] if batch.is_valid else []
        spans = {record.offset: self._begun(record, links) for record in records}
        token = _batch.set({offset: said for offset, span in spans.items() if (said := traceparent(span))})
        try:
            yield
        finally:
            _batch.reset(token)
            for span in spans.values():
                span.end()

    def _begun(self, record: Record, links: Sequence[Link]) -> Span:
        return self._tracer.start_span(
            f"{record.topic} apply",
            context=_PROPAGATOR.extract(_headers(record)),
            kind=SpanKind.CONSUMER,
            attributes={
                "messaging.system": "kafka",
                "messaging.destination.name": record.topic,
                "messaging.kafka.destination.partition": record.partition,
                "messaging.kafka.message.offset": record.offset,
            },
            links=links,
        )

    def of_records(self) -> Traces:
        return _batch.get()

    def close(self) -> None:
        self._provider.shutdown()


def traceparent(span: Span) -> str | None:
    """A span as the header carries it; None for one that is none."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, context=trace.set_span_in_context(span))
    return carrier.get(HEADER)


def _headers(record: Record) -> Mapping[str, str]:
    # An agency may write anything there: what is no traceparent begins a trace of its own.
    return {name: value.decode("ascii", "replace") for name, value in record.headers if name == HEADER and value}


def _name_in_log(span: Span, _scope: Mapping[str, Any]) -> None:
    # The server handles each request in a context of its own, so that the name ends with it.
    if span.is_recording():
        bind_contextvars(trace_id=trace.format_trace_id(span.get_span_context().trace_id))


class AttributeFilter(SpanExporter):
    """Sends spans on with no other attributes than ``SENT_ATTRIBUTES``, and without the messages of errors."""

    def __init__(self, to: SpanExporter) -> None:
        self._to = to

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._to.export([_filtered(span) for span in spans])

    def shutdown(self) -> None:
        self._to.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._to.force_flush(timeout_millis)


def _filtered(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_sent_attributes(span.attributes),
        events=[Event(event.name, _sent_attributes(event.attributes), event.timestamp) for event in span.events],
        links=span.links,
        kind=span.kind,
        status=trace.Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _sent_attributes(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (attributes or {}).items() if name in SENT_ATTRIBUTES}
