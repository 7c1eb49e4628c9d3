"""What workers choose about notices, and what is appended when one was sent."""

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Final

from contracts.problems import TooManyRequests
from services.chassis.database import Connection
from services.chassis.unit import Unit
from services.followup import notice_store
from services.followup.domain import notices
from services.followup.domain.notices import OwedDigest
from services.followup.notice_store import Subscription

MOST_AN_HOUR: Final = 60
"""How often one calendar is answered within an hour, by all processes together. Calendars ask every five minutes at
most, and a worker has a few of them."""

_TOKEN_BYTES: Final = 32
_TOO_OFTEN: Final = "Kalendern hämtas för ofta. Ställ in kalenderprogrammet på att hämta högst var femte minut."


async def choose_digest(unit: Unit, chosen: Subscription) -> None:
    """Keeps that a worker wants a digest. It is data about staff: no event says so."""
    await notice_store.choose(unit.conn, chosen)


async def make_feed(unit: Unit, worker_id: str) -> str:
    """Gives a worker a calendar feed, in place of the one before. Returns its token, which is nowhere afterwards."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    await notice_store.make_feed(unit.conn, worker_id, _hash(token), unit.now)
    return token


async def ask_feed(connection: Connection, token: str, now: datetime) -> str | None:
    """Whose calendar feed has a token, which is asked for now; None: nobody's. Raises TooManyRequests."""
    found = await notice_store.ask_feed(connection, _hash(token), now)
    if found is not None and found.asked > MOST_AN_HOUR:
        raise TooManyRequests("calendar_too_often", _TOO_OFTEN)
    return None if found is None else found.worker_id


async def note_sent(unit: Unit, to: Subscription, owed: OwedDigest) -> None:
    """Appends that a digest was sent, once however often it was, and settles its days."""
    stream_id = notices.stream_of(to.worker_id)
    log = await unit.lock_and_read(stream_id)
    await unit.append(stream_id, notices.sent(owed, to.worker_id, to.role, log))
    await notice_store.settle(unit.conn, to.worker_id, owed.settles)


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
