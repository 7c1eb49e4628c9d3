"""What a request may cost before anybody knows who sent it: its head, its body, and the time both may take.

Every process that answers HTTP wraps its application in :class:`Limits`, and is served as ``serving`` says. The
order is always the same: the head, the announced size of the body, who asks, and only then the body.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.problems import Refused

MEDIA_TYPE: Final = "application/problem+json"

# Asks who sent a request before its body is read: None lets it in, an answer refuses it.
Admit = Callable[[Request], Awaitable[Response | None]]


@dataclass(frozen=True)
class Sizes:
    """Sizes in bytes, times in seconds."""

    header_fields: int = 100
    head: int = 32 * 1024
    body: int = 256 * 1024
    body_within: float = 20.0
    # How long the rest of a refused body is thrown away, so that the sender comes to read the answer.
    rest_within: float = 2.0


SIZES: Final = Sizes()


class HeadTooLarge(Refused):
    """Too many header fields, or too many bytes of them."""

    status = 431


class BodyTooLarge(Refused):
    """The body is larger than anything Samspel takes."""

    status = 413


class TooSlow(Refused):
    """The request did not arrive in time."""

    status = 408


class Malformed(Refused):
    """What came is no HTTP request."""

    status = 400


def head_too_large() -> HeadTooLarge:
    """The refusal of a head beyond the limits."""
    return HeadTooLarge("head_too_large", "Anropet har för många eller för stora rubrikfält (headers).")


def too_slow() -> TooSlow:
    """The refusal of a request that came in part."""
    return TooSlow("request_incomplete", "Anropet kom inte fram i sin helhet. Försök igen.")


def malformed() -> Malformed:
    """The refusal of something that is not HTTP."""
    return Malformed("request_malformed", "Anropet följer inte HTTP.")


def problem_bytes(refused: Refused) -> bytes:
    """RFC 9457 problem details in JSON."""
    body = {
        "type": f"urn:samspel:problem:{refused.code}",
        "title": type(refused).__name__,
        "status": refused.status,
        "detail": refused.message,
        "code": refused.code,
    }
    return json.dumps(body, ensure_ascii=False).encode()


def problem(refused: Refused) -> Response:
    """A refusal as an answer."""
    return Response(problem_bytes(refused), refused.status, media_type=MEDIA_TYPE)


class Limits:
    """ASGI middleware. The application behind it gets a body that is complete and small, or no request at all."""

    def __init__(self, app: ASGIApp, admit: Admit | None = None, sizes: Sizes = SIZES) -> None:
        self._app = app
        self._admit = admit
        self._sizes = sizes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._too_large(scope)
        if refusal is not None:
            await self._answer(problem(refusal), scope, receive, send)
            return
        if self._admit is not None and (answer := await self._admit(Request(scope))) is not None:
            await self._answer(answer, scope, receive, send)
            return
        await self._with_body(scope, receive, send)

    def _too_large(self, scope: Scope) -> Refused | None:
        headers = scope["headers"]
        size = sum(len(name) + len(value) for name, value in headers)
        size += len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if len(headers) > self._sizes.header_fields or size > self._sizes.head:
            return head_too_large()
        announced = [int(value) for name, value in headers if name == b"content-length" and value.isdigit()]
        return self._body_too_large() if any(length > self._sizes.body for length in announced) else None

    def _body_too_large(self) -> BodyTooLarge:
        kib = self._sizes.body // 1024
        return BodyTooLarge("body_too_large", f"Det som skickades är för stort: högst {kib} KiB tas emot.")

    async def _with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._sizes.body_within):
                body = await self._body(receive)
        except TimeoutError:
            await self._answer(problem(too_slow()), scope, receive, send)
            return
        match body:
            case BodyTooLarge():
                await self._answer(problem(body), scope, receive, send)
            case bytes():
                await self._app(scope, _giving(body, receive), send)
            case None:
                return  # the client has gone: there is nobody to answer

    async def _body(self, receive: Receive) -> bytes | BodyTooLarge | None:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > self._sizes.body:
                return self._body_too_large()
            if not message.get("more_body", False):
                return bytes(body)

    async def _answer(self, answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers in full, then takes in some of what is still being sent: a connection closed on a sender is
        reset, and the answer may be lost with it."""
        answer.headers["connection"] = "close"
        last: Message | None = None

        async def all_but_the_end(message: Message) -> None:
            nonlocal last
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                last = {"type": "http.response.body", "body": b"", "more_body": False}
                await send({**message, "more_body": True})
            else:
                await send(message)

        await answer(scope, receive, all_but_the_end)
        await self._take_the_rest(receive)
        if last is not None:
            await send(last)

    async def _take_the_rest(self, receive: Receive) -> None:
        try:
            async with asyncio.timeout(self._sizes.rest_within):
                more = True
                while more:
                    message = await receive()
                    more = message["type"] == "http.request" and message.get("more_body", False)
        except TimeoutError:
            return


def _giving(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives a body already read, and afterwards says when the client has gone."""
    given = False

    async def first_the_body() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return first_the_body
