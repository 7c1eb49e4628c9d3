"""How an application is served: uvicorn, with an end to everything a connection may make it wait for.

uvicorn itself waits without limit for the rest of a head and for a client that does not read.
"""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from contracts.problems import Refused
from services.chassis.limits import MEDIA_TYPE, SIZES, head_too_large, malformed, problem_bytes, too_slow


@dataclass(frozen=True)
class Patience:
    """Seconds; ``read_bytes`` are those a client must have taken of what waits for it, each ``read_within``."""

    head_within: float = 10.0
    read_within: float = 10.0
    read_bytes: int = 4096
    # How long the rest of a refused request is thrown away, so that its sender comes to read the answer.
    rest_within: float = 2.0


PATIENCE: Final = Patience()


class LimitedProtocol(HttpToolsProtocol):
    """One connection. Ends it when a head is too long or too slow, or when the client does not read."""

    patience = PATIENCE

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._reading_head = True
        self._head_bytes = 0
        self._refused = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        # Whatever the kernel does not take at once counts as unread: the timer below then sees every such byte.
        transport.set_write_buffer_limits(high=0)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        self._stop_write_timer()
        super().connection_lost(exc)
        # uvicorn leaves this one running, and with it the connection in memory, when a connection was cut.
        self._unset_keepalive_if_required()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._reading_head:
            self._head_bytes += len(data)
            if self._head_timer is None:
                self._begin_head()
        super().data_received(data)
        if self._reading_head and self._head_bytes > SIZES.head and not self._refused:
            self._refuse(head_too_large())

    def on_headers_complete(self) -> None:
        self._reading_head = False
        self._head_bytes = 0
        self._stop_head_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._reading_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        del msg  # ours is a problem as all others are
        self._refuse(malformed())

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        self._stop_write_timer()
        super().resume_writing()

    def _begin_head(self) -> None:
        self._head_timer = self.loop.call_later(self.patience.head_within, self._head_too_late)

    def _head_too_late(self) -> None:
        self._head_timer = None
        if self._head_bytes and not self.transport.is_closing():
            self._refuse(too_slow())
        else:
            self.transport.close()

    def _refuse(self, refused: Refused) -> None:
        self._refused = True
        self._stop_head_timer()
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()  # an earlier request's answer is under way: nothing can be said in its middle
            return
        body = problem_bytes(refused)
        head = (
            f"HTTP/1.1 {refused.status} {HTTPStatus(refused.status).phrase}\r\n"
            f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.write_eof()
        self._head_timer = self.loop.call_later(self.patience.rest_within, self.transport.abort)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _watch_reader(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._write_timer = self.loop.call_later(self.patience.read_within, self._has_read, waiting)

    def _has_read(self, before: int) -> None:
        if before - self.transport.get_write_buffer_size() < self.patience.read_bytes:
            self.transport.abort()
        else:
            self._watch_reader()


def server_config(app: Any, *, host: str, port: int, **more: Any) -> uvicorn.Config:
    """How each of our processes serves its application."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=LimitedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # Longer than clients keep an idle connection (httpx: 5 s), or one is closed just as its next request comes.
        timeout_keep_alive=30,
        **more,
    )
