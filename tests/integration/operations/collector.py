"""A collector of spans on this machine, which services send to as they would to any other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Collected:
    """A span as it was sent: all that was said of it besides its times, ids as hexadecimal digits."""

    service: str
    trace_id: str
    span_id: str
    parent_id: str
    name: str
    attributes: dict[str, str] = field(hash=False)


@dataclass
class Collector:
    """Where it listens, and what it was sent: the spans, and the bytes that they came as."""

    endpoint: str
    spans: list[Collected] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def of_trace(self, trace_id: str) -> list[Collected]:
        return [span for span in self.spans if span.trace_id == trace_id]


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_address[1]}/v1/traces")
    server.collector = collector  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        collector: Collector = self.server.collector  # type: ignore[attr-defined]
        collector.raw.append(body)
        collector.spans.extend(_spans(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_said: object) -> None:
        """Nothing on standard error."""


def _spans(body: bytes) -> Iterator[Collected]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        [service] = [each.value.string_value for each in resource.resource.attributes if each.key == "service.name"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Collected(
                    service,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.name,
                    {each.key: str(each.value.string_value or each.value.int_value) for each in span.attributes},
                )
