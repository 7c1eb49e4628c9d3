"""Answers to questions whose answers are restricted: sealed, for whoever supports the case; every read is noted.

They are in no event, and so in no topic, report or export; neither is whether somebody wanted to answer.
"""

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias
from uuid import UUID

from pydantic import TypeAdapter

from services.chassis.auth import User
from services.chassis.database import Connection
from services.chassis.sealing import Sealed, seal_text, unseal_text
from services.chassis.unit import Unit

Act: TypeAlias = Literal["read", "written", "refused"]

MOST_LETTERS: Final = 8_000
"""The longest text that is kept."""

_BLOCK: Final = 16_384
"""What is sealed is filled up to a multiple of this, so that its length does not say whether anybody answered."""

READ: Final = "SELECT wrapped_key, sealed FROM restricted_answer WHERE case_id = $1 AND step = $2"
WRITE: Final = """
INSERT INTO restricted_answer (case_id, step, written_at, written_by, wrapped_key, sealed)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (case_id, step) DO UPDATE SET written_at = EXCLUDED.written_at, written_by = EXCLUDED.written_by,
    wrapped_key = EXCLUDED.wrapped_key, sealed = EXCLUDED.sealed
"""
ERASE: Final = "DELETE FROM restricted_answer WHERE case_id = $1"
LOG: Final = "INSERT INTO answer_access (at, user_id, case_id, step, act) VALUES ($1, $2, $3, $4, $5)"


@dataclass(frozen=True)
class Answers:
    """What the participant said. ``wants``: whether they wanted to answer; ``text``: in their own words."""

    wants: bool
    text: str = field(repr=False)


_ANSWERS: Final = TypeAdapter(Answers)


async def read(unit: Unit, secret: bytes, case_id: UUID, step: str, user: User) -> Answers | None:
    """The answers; None if none were written. That the user read them is written down. Raises Tampered."""
    await log(unit, case_id, step, user, "read")
    row = await unit.conn.fetchrow(READ, case_id, step)
    if row is None:
        return None
    kept = Sealed(row["wrapped_key"], row["sealed"])
    return _ANSWERS.validate_json(unseal_text(secret, kept, _bound(case_id, step)))


async def write(unit: Unit, secret: bytes, case_id: UUID, step: str, user: User, answers: Answers) -> None:
    """Keeps the answers in place of those written before."""
    await log(unit, case_id, step, user, "written")
    text = _ANSWERS.dump_json(answers).decode()
    filled = text + " " * (-len(text.encode()) % _BLOCK)
    kept = seal_text(secret, filled, _bound(case_id, step))
    await unit.conn.execute(WRITE, case_id, step, unit.now, user.id, kept.wrapped, kept.sealed)


async def log(unit: Unit, case_id: UUID, step: str, user: User, act: Act) -> None:
    """Writes down who did what with the answers."""
    await unit.conn.execute(LOG, unit.now, user.id, case_id, step, act)


async def erase(connection: Connection, case_id: UUID) -> None:
    """Deletes the answers of a case, and with them the keys that open them."""
    await connection.execute(ERASE, case_id)


def _bound(case_id: UUID, step: str) -> bytes:
    return case_id.bytes + step.encode()
