"""Notices to workers: on which days a digest is owed, what it counts, and what is known of one that was sent.

A digest is owed on each working day, from a time of the day in Sweden. A day is settled when its digest has been sent
or had nothing to say. After a stop one digest is owed for all the days since: it counts what there is now, and is
known by the first of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from uuid import UUID, uuid5

from contracts.events import STOCKHOLM, AnyEvent, local_date
from contracts.followup import NoticeSent
from contracts.problems import Invalid
from services.followup.domain.dates import DAY, is_working_day, working_day_from

DAILY_DIGEST: Final = "daily_digest"
FOLLOW_UPS: Final = "follow_ups"

_NOTICES: Final = UUID("3b0d9a52-6c3e-5f0b-8f5d-7a1c2e4b6d80")

# What mail servers take without extensions, in ASCII: no quotes, comments, blanks, control characters or line breaks.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_LOCAL_LENGTH: Final = 64
ADDRESS_LENGTH: Final = 254


@dataclass(frozen=True)
class Numbers:
    """What a digest counts, as the list pages do: the worker's own list, that of the role, what was brought up with
    the role, and what the worker is asked to take over."""

    own_overdue: int = 0
    own_due: int = 0
    role_overdue: int = 0
    role_due: int = 0
    brought_up: int = 0
    asked_to_take: int = 0

    @property
    def say_something(self) -> bool:
        """False if there is nothing to write about."""
        return any(vars(self).values())


@dataclass(frozen=True)
class OwedDigest:
    """A digest that is owed now. ``day``: the first working day that had none. ``settles``: the last one that is
    settled with it. ``late_by_days``: days from ``day`` until today."""

    day: date
    settles: date
    late_by_days: int


def stream_of(worker_id: str) -> UUID:
    """The stream of the notices to a worker."""
    return uuid5(_NOTICES, worker_id)


def last_begun(now: datetime, at: time) -> date:
    """The latest working day on which the time for digests has come."""
    day = local_date(now)
    while not (is_working_day(day) and moment_of(day, at) <= now):
        day -= DAY
    return day


def first_after(settled_on: date) -> date:
    """The first day with a digest after one that is settled."""
    return working_day_from(settled_on + DAY)


def moment_of(day: date, at: time) -> datetime:
    """When the digest of a day is due. In the hour that a night of spring leaves out it is due an hour later by the
    clocks; in the one that a night of autumn has twice, the first time."""
    # In UTC, because Python compares two moments of one zone by what their clocks show.
    return datetime.combine(day, at, STOCKHOLM).astimezone(UTC)


def owed_digest(settled_on: date, now: datetime, at: time) -> OwedDigest | None:
    """The digest that is owed to somebody whose days are settled up to one. None: nothing yet."""
    first, last = first_after(settled_on), last_begun(now, at)
    return OwedDigest(first, last, (local_date(now) - first).days) if first <= last else None


def sent(owed: OwedDigest, worker_id: str, role: str, log: Iterable[AnyEvent]) -> tuple[NoticeSent, ...]:
    """The fact that a digest was sent; none if the stream of the worker's notices has it already, because two who
    sent it did not know of each other."""
    fact = NoticeSent(
        happened_on=owed.day,
        kind=DAILY_DIGEST,
        about=FOLLOW_UPS,
        to=worker_id,
        to_role=role,
        late_by_days=owed.late_by_days,
    )
    return () if any(_same(each, fact) for each in log) else (fact,)


def _same(event: AnyEvent, fact: NoticeSent) -> bool:
    known = event.data
    return isinstance(known, NoticeSent) and (known.kind, known.happened_on) == (fact.kind, fact.happened_on)


def mail_address(typed: str, field: str) -> str:
    """The e-mail address that somebody typed. Raises Invalid for what no mail server need take: a line break
    above all, which would begin a header of its own. ``field``: the form's name for it."""
    found = typed.strip(" ")
    local = found.partition("@")[0]
    if len(found) > ADDRESS_LENGTH or len(local) > _LOCAL_LENGTH or _ADDRESS.fullmatch(found) is None:
        raise Invalid(
            "mail_address_form",
            "Skriv en e-postadress, till exempel lova@kommun.se: utan mellanslag, och bara a till z, siffror och"
            " vanliga tecken.",
            field,
        )
    return found
