"""Idempotency-Key: a command that is sent again with its key is not carried out again, and gets its first answer.

A client whose connection broke does not know whether its command was carried out. Without a key its second attempt
may be refused because of the first; or the first, delayed on its way, may be carried out after what came later.
The header is that of the IETF draft "The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Final, TypeVar

from fastapi import Depends, FastAPI, Header, Request, Response
from pydantic import BaseModel

from contracts.envelope import Actor
from contracts.problems import Invalid
from services.chassis.http import runtime_of
from services.chassis.runtime import Runtime
from services.chassis.unit import Unit

A = TypeVar("A", bound=BaseModel)

REPEATED: Final = "idempotency-replayed"
"""The header of an answer that was given before."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Chosen by the client, new for each command, the same when it sends a command again. Kept for "
        "seven days. Sent again with another body or to another address: 422 `idempotency_key_reused`.",
        pattern=r"^[\x21-\x7e]{1,255}$",
    ),
]


class AnsweredBefore(Exception):
    """The command was carried out when it was first sent. ``answer``: the JSON it got."""

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True)
class CommandRequest:
    """A request that is to be carried out once. ``fingerprint``: SHA-256 of its method, path and body."""

    runtime: Runtime
    key: str | None
    fingerprint: bytes

    @asynccontextmanager
    async def unit(self, actor: Actor) -> AsyncIterator[Unit]:
        """The unit of work of the command. Raises AnsweredBefore; Invalid if the key was used for another request.

        While the same command is being carried out for another request, it waits for that one's end.
        """
        async with self.runtime.unit(actor) as unit:
            if self.key is not None:
                await self._claim(unit, self.key)
            yield unit

    async def answered(self, unit: Unit, answer: A) -> A:
        """Keeps the answer with what the unit appended. To be called last in the unit; returns the answer."""
        if self.key is not None:
            await unit.conn.execute(_ANSWER, str(unit.actor), self.key, answer.model_dump_json().encode())
        return answer

    async def _claim(self, unit: Unit, key: str) -> None:
        actor = str(unit.actor)
        if await unit.conn.fetchval(_CLAIM, actor, key, self.fingerprint, unit.now):
            return
        before = await unit.conn.fetchrow(_BEFORE, actor, key)
        if before["fingerprint"] != self.fingerprint:
            raise Invalid(
                "idempotency_key_reused",
                "Nyckeln i Idempotency-Key har använts till ett annat anrop. Välj en ny nyckel.",
                "Idempotency-Key",
            )
        raise AnsweredBefore(before["answer"])


async def _command_request(request: Request, key: IdempotencyKey = None) -> CommandRequest:
    if key is None:
        return CommandRequest(runtime_of(request), None, b"")
    sent = b"\n".join([request.method.encode(), request.url.path.encode(), await request.body()])
    return CommandRequest(runtime_of(request), key, sha256(sent).digest())


CommandRequestOf = Annotated[CommandRequest, Depends(_command_request)]


def install(app: FastAPI) -> None:
    """Answers a command that was carried out before with its first answer."""

    @app.exception_handler(AnsweredBefore)
    async def again(_request: Request, before: AnsweredBefore) -> Response:
        return Response(before.answer, 201, {REPEATED: "true"}, "application/json")


_CLAIM: Final = """
WITH expired AS (
    DELETE FROM idempotency_key WHERE (actor, key) IN (
        SELECT actor, key FROM idempotency_key
        WHERE claimed < $4::timestamptz - interval '7 days' AND (actor, key) <> ($1, $2)
        ORDER BY claimed LIMIT 10 FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO idempotency_key (actor, key, fingerprint, claimed) VALUES ($1, $2, $3, $4)
ON CONFLICT (actor, key) DO NOTHING
RETURNING true
"""

_BEFORE: Final = "SELECT fingerprint, answer FROM idempotency_key WHERE actor = $1 AND key = $2"

_ANSWER: Final = "UPDATE idempotency_key SET answer = $3 WHERE actor = $1 AND key = $2"
