"""Everything reporting asks of its database.

The way from events to facts is written once, in ``sql/fold_*.sql``, over a relation called "known". What is known
makes the three uses: the events of the cases a batch touched (live), all events (rebuild), or those registered by a
moment (as-of; there the folds stand where the fact tables otherwise do, and are asked the same questions).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg

from contracts.codes import Sex
from services.chassis.database import Connection
from services.reporting import domain, reading

_FOLDER: Final = Path(__file__).parent / "sql"
_INCLUDE: Final = re.compile(r"^@(\w+)$", re.MULTILINE)


def sql(name: str) -> str:
    """A statement by its file's name; a line ``@other`` in it stands for that other file."""
    text = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8").strip()
    return _INCLUDE.sub(lambda include: sql(include[1]), text)


FACTS: Final = ("participation", "meeting", "samplan", "follow_up", "lots")
FOLD_PARTICIPATION, FOLD_FOLLOW_UP, FOLD_REST = sql("fold_all").split("\n;\n")

_TAKE: Final = sql("take")
_CONTRADICTING: Final = sql("contradicting")
_HOLD: Final = sql("hold")
_FOLD_LIVE_PARTICIPATION: Final = sql("fold_live_participation")
_FOLD_LIVE_REST: Final = sql("fold_live_rest")
_AS_OF: Final = sql("as_of")
_STAYS: Final = sql("figures_stays")
_PLANS: Final = sql("figures_plans")
_MEETINGS: Final = sql("figures_meetings")
_SIX_MONTH: Final = sql("figures_six_month")
_LOTS: Final = sql("figures_lots")
START_COUNTS: Final = sql("start_counts")
_CHECKSUMS: Final = sql("checksums")
# Within the years that Python's dates have: PostgreSQL has more.
CASE_EVENTS: Final = """
SELECT value ->> 'id' AS event_id, source, sequence, type,
       greatest(least(happened_on, '9999-12-31'), '0001-01-01') AS happened_on,
       greatest(least(recorded, '9999-12-30Z'), '0001-01-02Z') AS recorded,
       coalesce(value -> 'data', 'null') AS data
FROM event_row
WHERE case_id = $1
ORDER BY happened_on, recorded, source, sequence
"""
_CONSENT: Final = "SELECT consent FROM participation WHERE case_id = $1"

# Facts folded in the question itself have no statistics; a nested loop that trusts their guessed size never ends.
_FOR_FOLDING: Final = "SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'"

# A question over whole tables may take longer than what a request waits for.
_LONG: Final = 3600.0

# What the database says of a record that does not fit: its values, its constraints, its limits.
REFUSALS: Final = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)


class NotTaken(Exception):
    """At least one of the records is no event that can be stored. ``why`` is a code, never a value.

    ``refusal``: what the database said, if it was the database that refused.
    """

    def __init__(self, why: str, refusal: asyncpg.PostgresError | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.refusal = refusal


@dataclass(frozen=True)
class Taken:
    """What came of a batch: how many of its events were new, and how many rows of facts they led to."""

    new: int
    cases: int
    facts: Mapping[str, int]


# Taking events in -----------------------------------------------------------------------------------------------


async def take(
    connection: Connection, partition: int, offsets: Sequence[int], values: Sequence[bytes | None]
) -> Taken:
    """Stores the events of one partition that are new, and folds the cases they speak of.

    Raises NotTaken if any of the records breaks its contract, or takes another event's place in its case.
    """
    for value in values:
        if (breach := reading.breach(value)) is not None:
            raise NotTaken(breach)
    try:
        new = await connection.fetch(_TAKE, partition, offsets, values)
        if len(new) < len(values) and await connection.fetchval(_CONTRADICTING, partition, offsets, values):
            raise NotTaken("contradicts an event stored before")
        cases = list({row["case_id"] for row in new})
        return Taken(len(new), len(cases), await _fold(connection, cases))
    except REFUSALS as error:
        raise NotTaken(refusal(error), error) from error


def refusal(error: asyncpg.PostgresError) -> str:
    """What the database refused, as a code: its messages quote values."""
    return f"{type(error).__name__} {error.constraint_name or ''}".strip()


async def _fold(connection: Connection, cases: Sequence[UUID]) -> Mapping[str, int]:
    if not cases:
        return {}
    await connection.execute(_HOLD, cases)
    # Statements of their own, so that they see what was committed while we waited for the cases.
    participations = await connection.fetchrow(_FOLD_LIVE_PARTICIPATION, cases)
    rest = await connection.fetchrow(_FOLD_LIVE_REST, cases)
    return {**participations, **rest}


@dataclass(frozen=True)
class Checksum:
    """Of a fact table: its rows, and a number that differs as soon as one value of one row does."""

    rows: int
    sum: int


Checksums: TypeAlias = Mapping[str, Checksum]


async def checksums(connection: Connection) -> Checksums:
    """The checksum of each fact table the connection sees."""
    rows = await connection.fetch(_CHECKSUMS, timeout=_LONG)
    return {row["fact"]: Checksum(row["rows"], int(row["sum"])) for row in rows}


# Figures --------------------------------------------------------------------------------------------------------


async def year_figures(connection: Connection, year: int, as_of: datetime | None = None) -> domain.Figures:
    """The year's figures from all that is known, or from what was registered by a moment.

    Everything is counted at one moment, so the connection must not be inside a transaction.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(_FOR_FOLDING)
        return await _year_figures(connection, year, as_of)


async def _year_figures(connection: Connection, year: int, as_of: datetime | None) -> domain.Figures:
    first, following = date(year, 1, 1), date(year + 1, 1, 1)

    async def ask(question: str) -> list[Any]:
        if as_of is None:
            return list(await connection.fetch(question, first, following))
        return list(await connection.fetch(f"{_AS_OF}\n{question}", first, following, as_of))

    plans, lots = await ask(_PLANS), await ask(_LOTS)
    [meetings] = await ask(_MEETINGS)
    [six_month] = await ask(_SIX_MONTH)
    counted = domain.FinsamCounts(
        **meetings,
        plans=_by_sex(plans, "plans"),
        met_and_planned=_by_sex(plans, "met_and_planned"),
        six_month=domain.SixMonthCounts(**six_month),
        lots=_by_sex(lots, "cases"),
    )
    stays = [domain.StayCounts(**{**row, "sex": _sex(row["sex"])}) for row in await ask(_STAYS)]
    return domain.year_figures(year, as_of, stays, counted)


def _by_sex(rows: Iterable[Any], count: str) -> dict[Sex | None, int]:
    return {_sex(row["sex"]): row[count] for row in rows}


def _sex(word: str | None) -> Sex | None:
    return None if word is None else Sex(word)


# A case, and the start page -------------------------------------------------------------------------------------


async def case_events(connection: Connection, case_id: UUID) -> list[domain.TimelineEvent]:
    """All events of a case in the order they happened, as much of them as its consent allows. Empty if unknown."""
    consents = await connection.fetchval(_CONSENT, case_id) == "given"
    rows = await connection.fetch(CASE_EVENTS, case_id)
    return [reading.timeline_event(dict(row), consents=consents) for row in rows]


async def start_counts(connection: Connection, today: date) -> domain.StartCounts:
    """What goes on today."""
    return domain.StartCounts(**await connection.fetchrow(START_COUNTS, today, date(today.year, 1, 1)))
