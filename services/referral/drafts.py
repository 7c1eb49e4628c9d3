"""Drafts of referrals: kept sealed, each for the user who began it, until it is sent, thrown away or expired."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from contracts.problems import Conflict, NotFound
from services.chassis.database import Connection
from services.chassis.timers import Timer, cancel_timers, set_timers
from services.chassis.unit import Unit
from services.referral import store
from services.referral.domain.identity import read_number
from services.referral.fingerprints import person_fingerprint
from services.referral.vault import Vault

KEPT: Final = timedelta(days=14)
"""How long a draft is kept after it was saved last. Our reading: no source speaks of drafts."""

MOST: Final = 50
"""The drafts that one user may have."""

EXPIRES: Final = "draft_expires"
"""The kind of the timer that erases a draft."""

_FIELD: Final = "draft"

_SAVE: Final = """
INSERT INTO referral_draft (draft_id, user_id, agency, saved_at, expires_at, person, wrapped_key, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (draft_id) DO UPDATE SET saved_at = EXCLUDED.saved_at, expires_at = EXCLUDED.expires_at,
    person = EXCLUDED.person, wrapped_key = EXCLUDED.wrapped_key, sealed = EXCLUDED.sealed
"""
_OWN: Final = """
SELECT draft_id, saved_at, expires_at, wrapped_key, sealed FROM referral_draft
WHERE user_id = $1 AND agency = $2 AND expires_at > $3 ORDER BY saved_at DESC, draft_id
"""
_IS_OWN: Final = """
SELECT count(*) > 0 FROM referral_draft
WHERE draft_id = $1 AND user_id = $2 AND agency = $3 AND expires_at > $4
"""
_COUNT: Final = "SELECT count(*) FROM referral_draft WHERE user_id = $1 AND agency = $2"
_DISCARD: Final = "DELETE FROM referral_draft WHERE draft_id = $1 AND user_id = $2 AND agency = $3"
_EXPIRE: Final = "DELETE FROM referral_draft WHERE draft_id = $1 AND expires_at <= $2"


@dataclass(frozen=True)
class Owner:
    """Whose a draft is: a user, and the agency they refer for."""

    user_id: str
    agency: str


@dataclass(frozen=True)
class Draft:
    """A draft of the user's own. ``content``: the form as JSON."""

    draft_id: UUID
    saved_at: datetime
    expires_at: datetime
    content: str = field(repr=False)


async def save(
    unit: Unit, vault: Vault, owner: Owner, draft_id: UUID | None, content: str, identity_number: str
) -> UUID:
    """Keeps the form as it is; anew if the user has no such draft (any more). Raises Conflict beyond :data:`MOST`."""
    number = read_number(identity_number)
    person = None if number is None else person_fingerprint(vault, number)
    if person is not None:
        # The lock of intake and of erasure: no draft of somebody is saved while that person is being forgotten.
        await store.lock(unit.conn, [person])
    known = draft_id is not None and await unit.conn.fetchval(
        _IS_OWN, draft_id, owner.user_id, owner.agency, unit.now
    )
    if not known and await unit.conn.fetchval(_COUNT, owner.user_id, owner.agency) >= MOST:
        raise Conflict("too_many_drafts", f"Du har redan {MOST} utkast. Skicka eller kasta något av dem först.")
    kept_as = draft_id if draft_id is not None and known else uuid4()
    key = vault.new_key(kept_as)
    expires_at = unit.now + KEPT
    await unit.conn.execute(
        _SAVE, kept_as, owner.user_id, owner.agency, unit.now, expires_at, person, key.wrapped,
        key.seal(_FIELD, content),
    )  # fmt: skip
    await set_timers(unit.conn, [Timer(_timer_key(kept_as), kept_as, EXPIRES, expires_at)])
    return kept_as


async def own(conn: Connection, vault: Vault, owner: Owner, now: datetime) -> Sequence[Draft]:
    """The user's drafts, the one saved last first. Raises Tampered."""
    rows = await conn.fetch(_OWN, owner.user_id, owner.agency, now)
    return [
        Draft(
            row["draft_id"],
            row["saved_at"],
            row["expires_at"],
            vault.key(row["draft_id"], row["wrapped_key"]).open(_FIELD, row["sealed"]),
        )
        for row in rows
    ]


async def one(conn: Connection, vault: Vault, owner: Owner, draft_id: UUID, now: datetime) -> Draft:
    """One of the user's drafts. Raises NotFound, Tampered."""
    for draft in await own(conn, vault, owner, now):
        if draft.draft_id == draft_id:
            return draft
    raise NotFound("draft_unknown", "Utkastet finns inte kvar. Det är skickat, kastat eller för gammalt.")


async def discard(unit: Unit, owner: Owner, draft_id: UUID) -> None:
    """Erases a draft of the user's; nothing for one that is not there."""
    if await unit.conn.execute(_DISCARD, draft_id, owner.user_id, owner.agency) == "DELETE 1":
        await cancel_timers(unit.conn, [_timer_key(draft_id)])


async def expire(unit: Unit, timer: Timer) -> None:
    """Erases the draft whose time has come."""
    await unit.conn.execute(_EXPIRE, timer.stream_id, unit.now)


def _timer_key(draft_id: UUID) -> str:
    return f"draft {draft_id}"
