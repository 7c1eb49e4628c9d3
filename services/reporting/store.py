"""Everything reporting asks of its database.

The way from events to facts is declared once, in :mod:`services.reporting.facts`, and its SQL is made in
:mod:`services.reporting.folds`: for the cases a batch touched (live), for all (rebuild), and for what was registered
by a moment (there the folds stand where the tables of facts otherwise do, and are asked the same questions).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg

from contracts.consent import INDIVIDUAL_FOLLOW_UP, ConsentStatus
from contracts.indicators import Declared, Indicator
from contracts.indicators.declaration import Average
from services.chassis.database import Connection
from services.reporting import folds, indicators, reading
from services.reporting.domain import frozen
from services.reporting.domain.averages import AverageCell, AverageOf, Measured
from services.reporting.domain.averages import averages as averages_of
from services.reporting.domain.cases import StartCounts, TimelineEvent
from services.reporting.domain.cohorts import Course
from services.reporting.domain.counted import Cell, Counted, cells, counted
from services.reporting.domain.figures import Figures
from services.reporting.domain.periods import Period
from services.reporting.domain.quality import Lateness
from services.reporting.domain.report import period_figures as figures_of
from services.reporting.indicators import DECLARED

_FOLDER: Final = Path(__file__).parent / "sql"
_INCLUDE: Final = re.compile(r"^@(\w+)$", re.MULTILINE)


def sql(name: str) -> str:
    """A statement by its file's name; a line ``@other`` in it stands for that other file."""
    text = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8").strip()
    return _INCLUDE.sub(lambda include: sql(include[1]), text)


FACTS: Final = folds.TABLES

_INSERT_EVENTS: Final = sql("insert_events")
_CONTRADICTING: Final = sql("contradicting")
_LOCK_CASES: Final = sql("lock_cases")
LATENESS: Final = sql("lateness")
COURSES_OF_PARTICIPATIONS: Final = sql("courses_of_participations")
COURSES_OF_REFERRALS: Final = sql("courses_of_referrals")
_CLEAR: Final = folds.clear_live()
_FOLD_LIVE: Final = folds.fold_live()
_AS_OF: Final = folds.as_of()
_OF_TODAY: Final = indicators.asked_for("today")
START_COUNTS: Final = indicators.question(_OF_TODAY)
_SUM: Final = "coalesce(sum(hashtextextended(row::text, 0)::numeric), 0)"
# How many rows each table of facts has, and a number that is the same only if all their values are.
_CHECKSUMS: Final = "\nUNION ALL\n".join(
    f"SELECT '{name}' AS fact, count(*) AS rows, {_SUM} AS sum FROM {name} AS row"  # noqa: S608  # our own tables
    for name in FACTS
)
# Within the years that Python's dates have: PostgreSQL has more.
CASE_EVENTS: Final = """
SELECT value ->> 'id' AS event_id, source, sequence, type,
       greatest(least(happened_on, '9999-12-31'), '0001-01-01') AS happened_on,
       greatest(least(recorded, '9999-12-30Z'), '0001-01-02Z') AS recorded,
       coalesce(value -> 'data', 'null') AS data,
       EXISTS (
           SELECT FROM not_counted
           WHERE not_counted.case_id = event_row.case_id AND not_counted.source = event_row.source
             AND not_counted.sequence = event_row.sequence
       ) AS taken_back
FROM event_row
WHERE case_id = $1
ORDER BY happened_on, recorded, source, sequence
"""
_CONSENT: Final = "SELECT status FROM consent WHERE case_id = $1 AND purpose = $2"
_NOT_LEARNT: Final = """
SELECT case_id, source, sequence, convert_to(value::text, 'UTF8') AS value FROM event_row
WHERE NOT learnt
ORDER BY case_id, source, sequence
"""
_LEARNT: Final = """
UPDATE event_row SET learnt = true
FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS known (case_id, source, sequence)
WHERE (event_row.case_id, event_row.source, event_row.sequence) = (known.case_id, known.source, known.sequence)
"""

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


class EventRefused(Exception):
    """At least one of the records is no event that can be stored. ``why`` is a code, never a value.

    ``refusal``: what the database said, if it was the database that refused.
    """

    def __init__(self, why: str, refusal: asyncpg.PostgresError | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.refusal = refusal


@dataclass(frozen=True)
class Stored:
    """What came of a batch: how many of its events were new, and how many rows of facts they led to."""

    new: int
    cases: int
    facts: Mapping[str, int]


# Events in ------------------------------------------------------------------------------------------------------


async def insert_events(
    connection: Connection, partition: int, offsets: Sequence[int], values: Sequence[bytes | None]
) -> Stored:
    """Stores the events of one partition that are new, and folds the cases they speak of.

    Raises EventRefused if any of the records breaks its contract, or takes another event's place in its case.
    """
    try:
        learnt = [reading.learnt(value) for value in values]
    except reading.ContractBreach as breach:
        raise EventRefused(breach.where) from breach
    try:
        new = await connection.fetch(_INSERT_EVENTS, partition, offsets, values, learnt)
        if len(new) < len(values) and await connection.fetchval(_CONTRADICTING, partition, offsets, values):
            raise EventRefused("contradicts an event stored before")
        cases = list({row["case_id"] for row in new})
        return Stored(len(new), len(cases), await _fold(connection, cases))
    except REFUSALS as error:
        raise EventRefused(refusal(error), error) from error


async def learn(connection: Connection) -> int:
    """Folds events that a version before this one stored without knowing them; returns how many this one knows."""
    known = [row for row in await connection.fetch(_NOT_LEARNT, timeout=_LONG) if _is_learnt(row["value"])]
    if known:
        places = ([row[name] for row in known] for name in ("case_id", "source", "sequence"))
        await connection.execute(_LEARNT, *places)
        await _fold(connection, list({row["case_id"] for row in known}))
    return len(known)


def _is_learnt(value: bytes) -> bool:
    try:
        return reading.learnt(value)
    except reading.ContractBreach:
        return False


def refusal(error: asyncpg.PostgresError) -> str:
    """What the database refused, as a code: its messages quote values."""
    return f"{type(error).__name__} {error.constraint_name or ''}".strip()


async def _fold(connection: Connection, cases: Sequence[UUID]) -> Mapping[str, int]:
    if not cases:
        return {}
    await connection.execute(_LOCK_CASES, cases)
    # Statements of their own, so that they see what was committed while we waited for the cases.
    await connection.execute(_CLEAR, cases)
    counts: dict[str, int] = {}
    for statement in _FOLD_LIVE:
        counts.update(await connection.fetchrow(statement, cases))
    return counts


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


async def period_figures(connection: Connection, period: Period, as_of: datetime | None = None) -> Figures:
    """The period's figures from all that is known, or from what was registered by a moment.

    Everything is counted at one moment.
    """
    return figures_of(period, as_of, await period_counts(connection, period, as_of))


async def period_counts(
    connection: Connection, period: Period, as_of: datetime | None = None
) -> Mapping[str, Counted]:
    """Every indicator's counts of a period, by its id: of each the version that is valid on the period's last day."""
    held = DECLARED.on(period.last)
    return await count(connection, indicators.asked_for("year", held), period.first, period.following, as_of, held)


async def some_counts(
    connection: Connection, wanted: Sequence[Indicator], periods: Sequence[Period]
) -> dict[str, Mapping[str, Counted]]:
    """Some indicators' counts of periods, by the periods' ids, all at one moment."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return {each.id: await count(connection, wanted, each.first, each.following) for each in periods}


async def period_all(connection: Connection, period: Period, as_of: datetime | None = None) -> frozen.Figures:
    """Everything that is counted and averaged of a period."""
    counts = await period_counts(connection, period, as_of)
    return frozen.Figures(counts, await period_averages(connection, period, as_of))


async def counted_in(
    connection: Connection, indicator: Indicator, period: Period, as_of: datetime | None = None
) -> Counted:
    """One indicator's counts of a period, from all that is known or from what was registered by a moment."""
    return (await count(connection, [indicator], period.first, period.following, as_of))[indicator.id]


async def period_averages(
    connection: Connection, period: Period, as_of: datetime | None = None
) -> Mapping[str, AverageOf]:
    """Every average of a period, by its indicator's id."""
    held = DECLARED.on(period.last)
    return await averages(connection, indicators.averages(held), period.first, period.following, as_of, held)


async def averages_in(
    connection: Connection, indicator: Indicator, period: Period, as_of: datetime | None = None
) -> AverageOf:
    """One average of a period, from all that is known or from what was registered by a moment."""
    return (await averages(connection, [indicator], period.first, period.following, as_of))[indicator.id]


async def indicator_cells(
    connection: Connection, indicator: Indicator, period: Period, as_of: datetime | None = None
) -> tuple[Cell, ...] | tuple[AverageCell, ...]:
    """An indicator's cells of a period: counts with those of what they are shares of, or averages."""
    if isinstance(indicator.measure, Average):
        return (await averages_in(connection, indicator, period, as_of)).cells()
    counts = await count(connection, DECLARED.lineage(indicator), period.first, period.following, as_of)
    return tuple(each for each in cells(counts) if each.indicator == indicator.id)


async def lateness(connection: Connection, period: Period) -> list[Lateness]:
    """How late people registered what happened in a period, by type of event."""
    rows = await connection.fetch(LATENESS, period.first, period.following)
    return [Lateness(**dict(row)) for row in rows]


async def count(
    connection: Connection,
    wanted: Sequence[Indicator],
    first: date,
    following: date,
    as_of: datetime | None = None,
    declared: Declared = DECLARED,
) -> dict[str, Counted]:
    """Counts indicators in the period from ``first`` to the day before ``following``, in one statement.

    As of a moment the connection must not be inside a transaction.
    """
    rows = await _ask(connection, indicators.question(wanted, declared), as_of, first, following)
    return counted(wanted, ((row["indicator"], tuple(row["groups"]), row["count"]) for row in rows), declared)


async def averages(
    connection: Connection,
    wanted: Sequence[Indicator],
    first: date,
    following: date,
    as_of: datetime | None = None,
    declared: Declared = DECLARED,
) -> dict[str, AverageOf]:
    """Means with their medians in the period from ``first`` to the day before ``following``, in one statement.

    As of a moment the connection must not be inside a transaction.
    """
    rows = await _ask(connection, indicators.averages_question(wanted, declared), as_of, first, following)
    measured = ((row["indicator"], tuple(row["groups"]), _measured(row)) for row in rows)
    return averages_of(wanted, measured, declared)


def _measured(row: asyncpg.Record) -> Measured:
    return Measured(row["mean"], row["median"], row["count"], row["without"])


async def cases_behind(
    connection: Connection,
    indicator: Indicator,
    period: Period,
    rows: Mapping[str, str],
    *,
    after: UUID,
    limit: int,
    as_of: datetime | None = None,
) -> list[UUID]:
    """The cases of which an indicator counts something in a period, with ids greater than ``after``, in their order.

    ``rows``: the wanted row of breakdowns, by id; all rows of those it does not name.
    """
    question = indicators.cases_question(indicator, parameter=3 if as_of is None else 4)
    wanted = [rows.get(each.id) for each in DECLARED.broken_down(indicator)]
    found = await _ask(connection, question, as_of, period.first, period.following, *wanted, after, limit)
    return [row["case_id"] for row in found]


async def _ask(connection: Connection, question: str, as_of: datetime | None, *values: Any) -> list[Any]:
    """Asks the facts, or what they were as of a moment, which stands after the period's two days."""
    if as_of is None:
        return list(await connection.fetch(question, *values))
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(_FOR_FOLDING)
        return list(await connection.fetch(f"{_AS_OF}\n{question}", *values[:2], as_of, *values[2:]))


async def courses_of_participations(
    connection: Connection, period: Period, as_of: datetime | None = None
) -> dict[str, list[Course]]:
    """Those who started in a period, by what is asked of them: ``exited``, ``to_work_or_studies``,
    ``followed_up``."""
    rows = await _ask(connection, COURSES_OF_PARTICIPATIONS, as_of, period.first, period.following)
    return {each: _courses(rows, each) for each in ("exited", "to_work_or_studies", "followed_up")}


async def courses_of_referrals(
    connection: Connection, period: Period, as_of: datetime | None = None
) -> dict[str, list[Course]]:
    """Those who were referred in a period, by what is asked of them: ``started``, ``ended_otherwise``."""
    rows = await _ask(connection, COURSES_OF_REFERRALS, as_of, period.first, period.following)
    return {each: _courses(rows, each) for each in ("started", "ended_otherwise")}


def _courses(rows: Sequence[Any], reached: str) -> list[Course]:
    return [Course(row["insats"], row["sex"], row["since"], row[reached], row["count"]) for row in rows]


# A case, and the start page -------------------------------------------------------------------------------------


async def case_events(connection: Connection, case_id: UUID) -> list[TimelineEvent]:
    """All events of a case in the order they happened, as much of them as its consent allows. Empty if unknown."""
    consents = await connection.fetchval(_CONSENT, case_id, INDIVIDUAL_FOLLOW_UP) == ConsentStatus.GIVEN
    rows = await connection.fetch(CASE_EVENTS, case_id)
    return [reading.timeline_event(dict(row), consents=consents) for row in rows]


async def start_counts(connection: Connection, today: date) -> StartCounts:
    """What goes on today."""
    following = today + timedelta(days=1)
    counts = await count(connection, _OF_TODAY, date(today.year, 1, 1), following)
    return StartCounts(**{name.removeprefix("today."): each.total() for name, each in counts.items()})
