"""Rows of what workers chose: a digest by e-mail, and a calendar feed; and which digests are owed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from contracts.codes import Role
from services.chassis.database import Connection
from services.followup import store
from services.followup.absence_commands import stand_ins
from services.followup.domain.ledger import DueStatus
from services.followup.domain.notices import Numbers
from services.followup.store import RoleList


@dataclass(frozen=True)
class Subscription:
    """A digest that a worker chose. ``refused``: the mail server's answer to its address, if it refused it;
    ``attempts``: how often the digest that is owed could not be sent."""

    worker_id: str
    role: Role
    address: str
    settled_on: date
    attempts: int = 0
    refused: int | None = None


@dataclass(frozen=True)
class Feed:
    """A calendar feed that a worker has."""

    worker_id: str
    made_at: datetime


# A refused address that is saved again begins anew today; another change loses no digest that is owed.
CHOOSE: Final = """
INSERT INTO daily_digest (worker_id, role, address, settled_on) VALUES ($1, $2, $3, $4)
ON CONFLICT (worker_id) DO UPDATE
SET role = EXCLUDED.role, address = EXCLUDED.address, attempts = 0, wait_until = '-infinity', refused = NULL,
    settled_on = CASE WHEN daily_digest.refused IS NULL THEN daily_digest.settled_on ELSE EXCLUDED.settled_on END
"""
TURN_OFF: Final = "DELETE FROM daily_digest WHERE worker_id = $1"
CHOSEN: Final = "SELECT * FROM daily_digest WHERE worker_id = $1"

# Two workers of the service never take the same one: the second passes over the row that the first has locked, and
# afterwards the row says until when it is taken. By the index daily_digest_owed.
TAKE: Final = """
UPDATE daily_digest SET wait_until = clock_timestamp() + $2::interval
WHERE worker_id = (
    SELECT worker_id FROM daily_digest
    WHERE settled_on < $1 AND refused IS NULL AND wait_until <= clock_timestamp()
    ORDER BY settled_on, worker_id LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING *
"""
SETTLE: Final = """
UPDATE daily_digest SET settled_on = greatest(settled_on, $2), attempts = 0, wait_until = '-infinity'
WHERE worker_id = $1
"""
# Only if the address is still the one that was tried: another one was not refused, and is not to wait.
REFUSE: Final = "UPDATE daily_digest SET refused = $3 WHERE worker_id = $1 AND address = $2"
PUT_OFF: Final = """
UPDATE daily_digest
SET attempts = least(attempts + 1, 1000),
    wait_until = clock_timestamp() + least(interval '30 seconds' * 2 ^ least(attempts, 20), $3::interval)
WHERE worker_id = $1 AND address = $2
"""
OLDEST: Final = "SELECT min(settled_on) FROM daily_digest WHERE refused IS NULL"

MAKE_FEED: Final = """
INSERT INTO calendar_feed (worker_id, token_hash, made_at) VALUES ($1, $2, $3)
ON CONFLICT (worker_id) DO UPDATE SET token_hash = EXCLUDED.token_hash, made_at = EXCLUDED.made_at, asked = 0
"""
REVOKE_FEED: Final = "DELETE FROM calendar_feed WHERE worker_id = $1"
FEED: Final = "SELECT worker_id, made_at FROM calendar_feed WHERE worker_id = $1"
ASK_FEED: Final = """
UPDATE calendar_feed
SET asked = CASE WHEN hour_began > $2::timestamptz - interval '1 hour' THEN asked + 1 ELSE 1 END,
    hour_began = CASE WHEN hour_began > $2::timestamptz - interval '1 hour' THEN hour_began ELSE $2 END
WHERE token_hash = $1
RETURNING worker_id, asked
"""


@dataclass(frozen=True)
class Asked:
    """Somebody asked for a worker's calendar: the ``asked``-th time in the hour that goes on."""

    worker_id: str
    asked: int


async def choose(connection: Connection, chosen: Subscription) -> None:
    """Keeps that a worker wants a digest, and where; replaces what the worker had chosen."""
    await connection.execute(CHOOSE, chosen.worker_id, chosen.role, chosen.address, chosen.settled_on)


async def turn_off(connection: Connection, worker_id: str) -> None:
    """Removes a worker's digest with its address; no harm where there is none."""
    await connection.execute(TURN_OFF, worker_id)


async def chosen(connection: Connection, worker_id: str) -> Subscription | None:
    """What a worker has chosen; None: no digest."""
    row = await connection.fetchrow(CHOSEN, worker_id)
    return None if row is None else _subscription(row)


async def take(connection: Connection, last_begun: date, patience: timedelta) -> Subscription | None:
    """Somebody to whom a digest is owed, for whoever asks alone as long as ``patience``; None: nobody."""
    row = await connection.fetchrow(TAKE, last_begun, patience)
    return None if row is None else _subscription(row)


async def settle(connection: Connection, worker_id: str, day: date) -> None:
    """Notes that the digests of a worker up to a day have been sent, or had nothing to say."""
    await connection.execute(SETTLE, worker_id, day)


async def refuse(connection: Connection, tried: Subscription, code: int) -> None:
    """Notes that the mail server refused an address: nothing is sent to it until the worker saves one again."""
    await connection.execute(REFUSE, tried.worker_id, tried.address, code)


async def put_off(connection: Connection, tried: Subscription, longest: timedelta) -> None:
    """Notes that a digest could not be sent: it is tried again later, each time after twice as long."""
    await connection.execute(PUT_OFF, tried.worker_id, tried.address, longest)


async def oldest_settled(connection: Connection) -> date | None:
    """The day up to which the digests of all workers are settled; None if nobody waits for any."""
    day: date | None = await connection.fetchval(OLDEST)
    return day


async def make_feed(connection: Connection, worker_id: str, token_hash: bytes, now: datetime) -> None:
    """Gives a worker a calendar feed; the one before has no address any more."""
    await connection.execute(MAKE_FEED, worker_id, token_hash, now)


async def revoke_feed(connection: Connection, worker_id: str) -> None:
    """Takes a worker's calendar feed away; no harm where there is none."""
    await connection.execute(REVOKE_FEED, worker_id)


async def feed(connection: Connection, worker_id: str) -> Feed | None:
    """A worker's calendar feed."""
    row = await connection.fetchrow(FEED, worker_id)
    return None if row is None else Feed(row["worker_id"], row["made_at"])


async def ask_feed(connection: Connection, token_hash: bytes, now: datetime) -> Asked | None:
    """Counts that the calendar with this token was asked for. None: no calendar has it, and nothing is counted."""
    row = await connection.fetchrow(ASK_FEED, token_hash, now)
    return None if row is None else Asked(**row)


async def numbers(connection: Connection, to: Subscription, today: date) -> Numbers:
    """What a digest to a worker says today, by the statements of the list pages."""
    mine = (await stand_ins(connection, to.worker_id, today)).list_of(to.worker_id)
    own = await store.count(connection, mine, today)
    role = await store.count(connection, RoleList(to.role), today)
    brought_up = await store.escalated_counts(connection)
    return Numbers(
        own_overdue=own[DueStatus.OVERDUE],
        own_due=own[DueStatus.DUE],
        role_overdue=role[DueStatus.OVERDUE],
        role_due=role[DueStatus.DUE],
        brought_up=brought_up.get(to.role, 0),
        asked_to_take=await store.count_offered(connection, to.worker_id),
    )


def _subscription(row: Mapping[str, Any]) -> Subscription:
    return Subscription(
        worker_id=row["worker_id"],
        role=Role(row["role"]),
        address=row["address"],
        settled_on=row["settled_on"],
        attempts=row["attempts"],
        refused=row["refused"],
    )
