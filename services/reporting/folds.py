"""The SQL that folds events to facts, made from the declarations in :mod:`services.reporting.facts`. Pure.

A fold reads a relation "known" (case_id, source, type, sequence, happened_on, own_id, data): the events that count.
Which they are makes the three uses: those of the cases a batch touched (live), all (rebuild), or those registered by
a moment (as of a moment, where the folds stand in place of the tables of facts).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from contracts.consent import INDIVIDUAL_FOLLOW_UP
from services.reporting.facts import (
    FACTS,
    Column,
    Day,
    DaysBetween,
    EventId,
    Fact,
    Key,
    Lasting,
    Release,
    Same,
    Value,
    Word,
)

# Which events do not count: those that a correction of the same case and source names. A correction named by a later
# one takes nothing back; so they are walked from the last to the first, as contracts.corrections.effective does.
# {events}: a relation like event_row.
_NOT_COUNTED: Final = """
WITH RECURSIVE correction AS MATERIALIZED (
    SELECT case_id, source, value ->> 'id' AS id, value -> 'data' ->> 'event_id' AS names,
           row_number() OVER (PARTITION BY case_id, source ORDER BY sequence DESC) AS nth
    FROM {events} AS event_row
    WHERE type = 'RegisteredInError' AND learnt
),
walk AS (
    SELECT case_id, source, 0::bigint AS nth, ARRAY[]::text[] AS taken_back FROM correction WHERE nth = 1
    UNION ALL
    SELECT walk.case_id, walk.source, correction.nth,
           CASE WHEN correction.id = ANY (walk.taken_back) THEN walk.taken_back
                ELSE walk.taken_back || correction.names END
    FROM walk
    JOIN correction ON correction.case_id = walk.case_id AND correction.source = walk.source
                   AND correction.nth = walk.nth + 1
)
SELECT DISTINCT event_row.case_id, event_row.source, event_row.sequence
FROM {events} AS event_row
JOIN walk ON walk.case_id = event_row.case_id AND walk.source = event_row.source
WHERE event_row.value ->> 'id' = ANY (walk.taken_back)
""".strip()

_KNOWN: Final = """
SELECT case_id, source, type, sequence, happened_on, (value ->> 'id')::uuid AS own_id, value -> 'data' AS data
FROM {events} AS event_row
WHERE learnt AND NOT EXISTS (
    SELECT FROM not_counted
    WHERE not_counted.case_id = event_row.case_id AND not_counted.source = event_row.source
      AND not_counted.sequence = event_row.sequence
)
""".strip()

_ALL: Final = "event_row"
_TOUCHED: Final = "(SELECT * FROM event_row WHERE case_id = ANY ($1::uuid[]))"
_BY_MOMENT: Final = "(SELECT * FROM event_row WHERE recorded <= $3::timestamptz)"

_PURPOSE: Final = f"coalesce(data ->> 'purpose', '{INDIVIDUAL_FOLLOW_UP}')"

TABLES: Final = ("not_counted", *(fact.name for fact in FACTS))
"""All tables that are made from the events, in the order in which they can be made."""


def fold(fact: Fact) -> str:
    """The query that gives a fact's rows, in the order of its columns, from "known" and the facts it builds on."""
    gathered = _latest_of_all(fact) if fact.latest_of_all else _latest_of_each(fact)
    if not (fact.with_consent or fact.unless or fact.needs or fact.released):
        return gathered
    columns = ", ".join(_finished(fact, name) for name in fact.column_names)
    joins = "".join(_released(number, each) for number, each in enumerate(fact.released))
    if fact.with_consent:
        joins += (
            "\nLEFT JOIN consent ON consent.case_id = gathered.case_id"
            f" AND consent.purpose = '{INDIVIDUAL_FOLLOW_UP}'"
        )
    where = f"\nWHERE gathered.{fact.needs} IS NOT NULL" if fact.needs else ""
    return f"SELECT {columns}\nFROM (\n{gathered}\n) AS gathered{joins}{where}"  # names of our own tables


def clear_live() -> str:
    """Removes the facts of cases ($1), before they are folded anew."""
    where = "WHERE case_id = ANY ($1::uuid[])"
    deletes = (f"cleared_{name} AS (DELETE FROM {name} {where})" for name in TABLES)  # noqa: S608  # names of our own tables
    return f"WITH {', '.join(deletes)}\nSELECT"


def fold_live() -> tuple[str, ...]:
    """Statements that fold the events of cases ($1), in order; each returns the number of rows by fact."""
    known = f"known AS MATERIALIZED (\n{_KNOWN.format(events=_TOUCHED)}\n)"
    not_counted = f"INSERT INTO not_counted\n{_NOT_COUNTED.format(events=_TOUCHED)}"
    counted = "SELECT count(*) AS not_counted FROM not_counted_now"
    return (
        f"WITH not_counted_now AS (\n{not_counted}\nRETURNING 1\n)\n{counted}",
        *(_inserts(known, wave) for wave in _waves()),
    )


def fold_all(names: Iterable[str]) -> tuple[str, ...]:
    """Statements that fold all events into empty tables, one for each table named, in order."""
    wanted = set(names)
    known = f"known AS NOT MATERIALIZED (\n{_KNOWN.format(events=_ALL)}\n)"
    first = (f"INSERT INTO not_counted\n{_NOT_COUNTED.format(events=_ALL)}",) if "not_counted" in wanted else ()
    return (*first, *(_insert(fact, f"WITH {known}\n") for fact in FACTS if fact.name in wanted))


def made_after() -> Mapping[str, Sequence[str]]:
    """Each table, and the tables that must be made before it. First those that others wait for, then by their number
    of columns: what takes longest begins early, so that at the end none is waited for alone."""
    awaited = frozenset().union(*(fact.builds_on for fact in FACTS))
    ordered = sorted(FACTS, key=lambda fact: (fact.name not in awaited, -len(fact.column_names)))
    return {"not_counted": (), **{fact.name: ("not_counted", *fact.builds_on) for fact in ordered}}


def as_of() -> str:
    """Relations like the tables of facts, from what had been registered by a moment ($3)."""
    relations = [
        ("not_counted", _NOT_COUNTED.format(events=_BY_MOMENT)),
        ("known", _KNOWN.format(events=_BY_MOMENT)),
        *((fact.name, fold(fact)) for fact in FACTS),
    ]
    return "WITH " + ",\n".join(
        f"{name} AS {'NOT MATERIALIZED ' if name == 'known' else ''}(\n{query}\n)" for name, query in relations
    )


def _waves() -> Iterator[Sequence[Fact]]:
    """The facts by what they build on, those that build on none first: a statement does not see what it inserts."""
    made: set[str] = set()
    waiting: tuple[Fact, ...] = FACTS
    while waiting:
        wave = [fact for fact in waiting if fact.builds_on <= made]
        yield wave
        made |= {fact.name for fact in wave}
        waiting = tuple(fact for fact in waiting if fact.name not in made)


def _inserts(known: str, facts: Sequence[Fact]) -> str:
    made = (f"{fact.name}_now AS (\n{_insert(fact)}\nRETURNING 1\n)" for fact in facts)
    counts = (f"(SELECT count(*) FROM {fact.name}_now) AS {fact.name}" for fact in facts)  # noqa: S608  # names of our own tables
    return f"WITH {', '.join((known, *made))}\nSELECT {', '.join(counts)}"


def _insert(fact: Fact, known: str = "") -> str:
    return f"INSERT INTO {fact.name} ({', '.join(fact.column_names)})\n{known}{fold(fact)}"


# One fact's fold ------------------------------------------------------------------------------------------------


def _latest_of_each(fact: Fact) -> str:
    """The latest event of each type, for each key, put together in one row."""
    keys = ", ".join(("case_id", *(key.name for key in fact.key)))
    own = (f"{_key(key)} AS {key.name}" for key in fact.key)
    fields = (f'{_field(path)} AS "{path}"' for path in sorted(_paths(fact.columns)))
    latest = ",\n       ".join(("case_id", *own, "type", "sequence", "happened_on", "own_id", *fields))
    columns = ",\n       ".join((keys, *(f"{_of_latest(column)} AS {column.name}" for column in fact.columns)))
    return (
        f"SELECT {columns}\nFROM (\n"
        f"SELECT DISTINCT ON ({keys}, type)\n       {latest}\n"
        f"FROM {_events_of(fact)}\n"
        f"ORDER BY {keys}, type, sequence DESC\n"
        f") AS latest\nGROUP BY {keys}"
    )


def _events_of(fact: Fact) -> str:
    """The events of a fact; one that speaks of several things once for each."""
    whole = [each for each in fact.types if each not in fact.lists]
    purpose = f" AND {_PURPOSE} = '{fact.purpose}'" if fact.purpose else ""
    events = f"known WHERE type IN ({_list(whole)}){purpose}"
    if not fact.lists:
        return events
    common = "case_id, source, type, sequence, happened_on, own_id"
    parts = [f"SELECT {common}, data FROM {events}"] if whole else []  # noqa: S608  # names of our own
    parts += (
        f"SELECT {common}, data || jsonb_array_elements(data -> '{name}') AS data\nFROM known WHERE type = '{kind}'"
        for kind, name in fact.lists.items()
    )
    return "(\n" + "\nUNION ALL\n".join(parts) + "\n) AS events"


def _latest_of_all(fact: Fact) -> str:
    """The event that happened last, for each key; of those of one day, the one registered last."""
    keys = ", ".join(("case_id", *(key.name for key in fact.key)))
    own = (f"{_key(key)} AS {key.name}" for key in fact.key)
    columns = ", ".join(("case_id", *own, *(f"{_of_event(column)} AS {column.name}" for column in fact.columns)))
    return (
        f"SELECT DISTINCT ON ({keys}) {columns}\nFROM known WHERE type IN ({_list(fact.types)})\n"
        f"ORDER BY {keys}, happened_on DESC, sequence DESC"
    )


def _field(path: str) -> str:
    """A field of the event's data as text, ``rule.insats`` as ``data -> 'rule' ->> 'insats'``."""
    *within, name = path.split(".")
    return "data" + "".join(f" -> '{each}'" for each in within) + f" ->> '{name}'"


def _key(key: Key) -> str:
    value = f"data ->> '{key.name}'"
    return f"coalesce({value}, '{key.missing}')::{key.kind}" if key.missing else f"({value})::{key.kind}"


def _paths(columns: Iterable[Column]) -> set[str]:
    paths = set()
    for column in columns:
        match column:
            case Value(path=path, otherwise=otherwise):
                paths.add(path)
                paths |= _paths([otherwise]) if otherwise else set()
            case Same(path=path):
                paths.add(path)
            case Lasting(path=str(path)):
                paths.add(path)
            case _:
                pass
    return paths


def _of_latest(column: Column) -> str:
    match column:
        case Day(types=types):
            return _first([_any("happened_on", each) for each in types])
        case Value(types=types, path=path, kind=kind, otherwise=otherwise):
            other = [_of_latest(otherwise)] if otherwise else []
            value = _first([*(_any(f'"{path}"', each) for each in types), *other])
            return value if kind == "text" else f"({value})::{kind}"
        case Same(path=path, kind=kind):
            return f'max("{path}")' + ("" if kind == "text" else f"::{kind}")
        case EventId(type=one):
            return _any("own_id", one)
        case DaysBetween(since=since, until=until):
            return f"({_any('happened_on', until)} - {_any('happened_on', since)})"
        case Word(words=words):
            return _first(
                [f"any_value('{word}'::text) FILTER (WHERE type = '{each}')" for each, word in words.items()]
            )
        case Lasting(type=one, undone_by=undone_by, path=path):
            value = _any(f'"{path}"' if path else "happened_on", one)
            undone = f"coalesce({_any('sequence', undone_by)}, 0)"
            return f"CASE WHEN {_any('sequence', one)} > {undone} THEN {value} END"


def _of_event(column: Column) -> str:
    """Raises TypeError for a column that needs several events: the declaration is wrong."""
    match column:
        case Day():
            return "happened_on"
        case Word(words=words):
            cases = (f"WHEN '{each}' THEN '{word}'" for each, word in words.items())
            return f"CASE type {' '.join(cases)} END"
        case _:
            kind = type(column).__name__
            raise TypeError(f"{column.name}: a fact kept by its latest event has no column of kind {kind}")


def _any(value: str, one: str) -> str:
    return f"any_value({value}) FILTER (WHERE type = '{one}')"


def _first(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def _list(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _finished(fact: Fact, name: str) -> str:
    if name == "consents":
        return "consent.status IS NOT DISTINCT FROM 'given' AS consents"
    value = f"gathered.{name}"
    for number, each in enumerate(fact.released):
        if name in each.columns:
            value = f"coalesce({value}, released_{number}.{each.columns[name]})"
    conditions = []
    if name in fact.with_consent:
        conditions.append("consent.status = 'given'")
    if name in fact.unless:
        conditions.append(f"gathered.{fact.unless[name]} IS NULL")
    return f"CASE WHEN {' AND '.join(conditions)} THEN {value} END AS {name}" if conditions else f"{value} AS {name}"


def _released(number: int, release: Release) -> str:
    joined = f"released_{number}"
    return (
        f"\nLEFT JOIN {release.fact} AS {joined} ON {joined}.case_id = gathered.case_id"
        f" AND {joined}.{release.key} = gathered.{release.by}"
    )
