"""The oracle sees it when one value of one table is wrong: a check that cannot fail would prove nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg

from deploy.local.postgres import PostgresServer
from deploy.local.settings import SERVICES
from deploy.local.stack import LocalStack
from tests import oracle
from tests.fault import load
from tests.fault.test_nothing_lost import faults_of
from tests.oracle.compare import comparable, table_differences, tables
from tests.oracle.table import Table
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions
from tests.waiting import until

_ANOTHER = {
    "uuid": "gen_random_uuid()",
    "text": "{column} || '-'",
    "jsonb": "jsonb_build_object('other', true)",
    "bytea": "'\\x00'::bytea || {column}",
    "date": "{column} + 1",
    "time without time zone": "{column} + interval '1 second'",
    "timestamp with time zone": "{column} + interval '1 second'",
    "integer": "{column} + 1000",
    "smallint": "{column} + 1000",
    "bigint": "{column} + 1000",
    "numeric": "{column} + 1000",
    "boolean": "NOT {column}",
    "ARRAY": "{column} || {column} || {column}[1:1]",
}
_WHERE_NULL = {
    "text": "'x'",
    "date": "date '2001-01-01'",
    "time without time zone": "time '01:01'",
    "timestamp with time zone": "timestamptz '2001-01-01'",
    "jsonb": "jsonb '{}'",
    "uuid": "gen_random_uuid()",
    "smallint": "1",
    "integer": "1",
    "numeric": "1",
    "boolean": "true",
}
_LEFT = {
    "outbox": "INSERT INTO outbox (partition_no, event_id) SELECT 0, event_id FROM event LIMIT 1",
    "parked_event": "INSERT INTO parked_event"
    " SELECT stream_id, '/x', 7, value, now(), topic, 0, 0 FROM event LIMIT 1",
    "timer": "INSERT INTO timer VALUES ('late:1', gen_random_uuid(), 'late', now())",
    "heard_event": "INSERT INTO heard_event VALUES (gen_random_uuid(), '/x', 1, 'x', true, '{}')",
    "withheld_details": "INSERT INTO withheld_details VALUES (gen_random_uuid(), gen_random_uuid(), '{}')",
    "place": "INSERT INTO place VALUES (gen_random_uuid(), 'arbetstraning', 'x', 'X', 1, '2021-05-03', false)",
    "taken_place": "INSERT INTO taken_place VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), NULL)",
    "employment": "INSERT INTO employment VALUES (gen_random_uuid(), gen_random_uuid(), true, gen_random_uuid(),"
    " '2021-05-03', false, '2021-05-03', NULL, false, 'none', 50, 'private')",
    "after_support": "INSERT INTO after_support VALUES (gen_random_uuid(), 1, '2021-05-03', NULL)",
    "benefit": "INSERT INTO benefit VALUES (gen_random_uuid(), gen_random_uuid(), true, gen_random_uuid(),"
    " '2021-05-03', 'income_support', 'granted', 100)",
    "attendance": "INSERT INTO attendance VALUES (gen_random_uuid(), gen_random_uuid(), '2021-05-03', true,"
    " '2021-05-09', gen_random_uuid(), 1, 10, 10)",
    "course_group": "INSERT INTO course_group (case_id, starts_on) VALUES (gen_random_uuid(), '2021-05-03')",
    "enrolment": "INSERT INTO enrolment (case_id, enrolment_id, enrolled_on)"
    " VALUES (gen_random_uuid(), gen_random_uuid(), '2021-05-03')",
    "session_attendance": "INSERT INTO session_attendance (case_id, enrolment_id, session_on, consents, record_id)"
    " VALUES (gen_random_uuid(), gen_random_uuid(), '2021-05-03', true, gen_random_uuid())",
    "group_session": "INSERT INTO group_session (case_id, session_on) VALUES (gen_random_uuid(), '2021-05-03')",
    "declared_group": "INSERT INTO declared_group (group_id, insats, code, name, capacity, seats, session_days,"
    " starts_on, ends_on, reserved_for, held, called_off, cancelled) VALUES (gen_random_uuid(), 'act-kurs', 'x', 'X',"
    " 'kurs', 1, '{2021-05-03}', '2021-05-03', '2021-05-03', '{}', '{}', '{}', false)",
    "group_seat": "INSERT INTO group_seat (enrolment_id, group_id, case_id, enrolled_on)"
    " VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '2021-05-03')",
    "seat_attendance": "INSERT INTO seat_attendance VALUES (gen_random_uuid(), '2021-05-03', true)",
    "group_reserve": "INSERT INTO group_reserve VALUES (gen_random_uuid(), 'act-kurs', NULL, '2021-05-03', now())",
    "released": "INSERT INTO released VALUES (gen_random_uuid(), gen_random_uuid(), 'x', '1', 1, 1)",
    "shared_case": "INSERT INTO shared_case VALUES (gen_random_uuid(), 'kommun', 'finsam-team', '2021-05-03', NULL)",
    "paused_door": "INSERT INTO paused_door VALUES ('mia-vidare', 'intresseanmalan', '2021-05-03')",
    "frozen_report": "INSERT INTO frozen_report (report_id, period_id, known_until, frozen_at, figures, content)"
    " VALUES (gen_random_uuid(), '2021', now(), now(), 1, 'x')",
    "amount": "INSERT INTO amount VALUES (gen_random_uuid(), '2023', 'sundsvall', 'psykolog', 'loner', 'budget')",
    "deviation": "INSERT INTO deviation VALUES (gen_random_uuid(), 'jarva', 'plan', NULL, NULL, NULL, '2021-05-03')",
    "reported_deviation": "INSERT INTO reported_deviation VALUES (gen_random_uuid(), 'jarva', 'plan', NULL, NULL,"
    " NULL, '2021-05-03', now(), 'worker:x:lots')",
    "survey_answer": "INSERT INTO survey_answer VALUES (gen_random_uuid(), 'x', 'nns', 'avslut', NULL, 'woman', 'x',"
    " '2023-05-16')",
    "signed_report": "INSERT INTO signed_report (report_id, revision, form, insats, period_id, known_until,"
    " signed_at, content) VALUES (gen_random_uuid(), 1, 'x', 'mia-vidare', '2021', now(), now(), 'x')",
    "stream_position": "INSERT INTO stream_position VALUES (gen_random_uuid(), '/x', 1)",
}
_UNDERIVED = "CREATE TABLE somebodys (name text)"


async def test_the_oracle_notices_one_wrong_value_and_one_lost_event(untouched: LocalStack) -> None:
    story = await _drained(untouched)
    lost = await _unnoticed_losses(untouched, story)
    unnoticed = [
        f"{service}: {change}" for service in SERVICES for change in await _unnoticed(untouched, story, service)
    ]
    assert (unnoticed, lost) == ([], [])


async def _unnoticed_losses(stack: LocalStack, story: oracle.Story) -> list[str]:
    """The types of event of which one can vanish from the topics unnoticed."""
    # Reporting keeps nearly every event, so most losses are seen there, and the rest is not asked.
    asked = sorted(SERVICES, key=lambda name: name != "reporting")
    addresses = {name: stack.postgres.dsn(f"samspel_{name}") for name in asked}
    quiet: list[str] = []
    for kind in sorted({sent.type for sent in story.events.values()}):
        lost = next(sent for sent in story.events.values() if sent.type == kind)
        rest = replace(story, events={key: other for key, other in story.events.items() if other is not lost})
        if await oracle.first_difference(rest, addresses) is None and not oracle.broken_laws(rest):
            quiet.append(kind)
    return quiet


async def _drained(stack: LocalStack) -> oracle.Story:
    today, over = swedish_day(), asyncio.Event()
    async with Doors(stack.gateway_url, stack.bootstrap, stack.secrets_file) as doors:
        submissions = Submissions(99)
        referring = asyncio.create_task(load.inbox(doors, submissions, 99, today, over))
        try:
            await load.lives(doors, submissions, 99, today)
        finally:
            over.set()
            await referring
        await until(lambda: faults_of(stack, doors), lambda found: not found, seconds=60)
    return await oracle.read_story(stack.bootstrap)


async def _unnoticed(stack: LocalStack, story: oracle.Story, service: str) -> list[str]:
    """The changes of one value, one row more and one row less after which the oracle has nothing to say."""
    assert isinstance(stack.postgres, PostgresServer)
    connection = await asyncpg.connect(stack.postgres.dsn(f"samspel_{service}", "postgres"))
    quiet: list[str] = []
    try:
        async with _undone(connection):
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(_NO_CHECKS)
            for table, change, values in _changes(story, service, await _types(connection)):
                async with _undone(connection):
                    await connection.execute(change, *values)
                    if not await table_differences(table, connection):
                        quiet.append(f"{change} {values}")
            for change in [*_OF_MESSAGES.get(service, ()), _UNDERIVED]:
                async with _undone(connection):
                    await connection.execute(change)
                    if not await oracle.differences(story, {service: connection}):
                        quiet.append(change)
    finally:
        await connection.close()
    return quiet


_OF_MESSAGES = {
    "referral": (
        "UPDATE inbox_message SET receipt = receipt || '{\"agency\": \"x\"}' WHERE ctid = '(0,1)'",
        "UPDATE inbox_message SET received_at = now() WHERE ctid = '(0,1)'",
        "DELETE FROM inbox_message WHERE receipt ->> 'type' IS NULL AND ctid = '(0,1)'",
    )
}
"""Changes of what is no :class:`Table`: its key is a keyed hash."""


def _changes(
    story: oracle.Story, service: str, types: dict[tuple[str, str], str]
) -> Iterator[tuple[Table, str, Sequence[Any]]]:
    """A table, the change of one value of it, and the key of the row."""
    for table in tables(story, service):
        if not table.rows:
            yield table, _LEFT[table.name], ()
            continue
        for column in (*table.keys, *table.columns):
            key = comparable(table, column)
            assert key is not None, f"no row of {service}.{table.name} has a {column} to compare"
            value = _other(types[table.name, column], column)
            yield table, " ".join(("UPDATE", table.name, "SET", column, "=", value, _row(table))), key
        yield table, " ".join(("DELETE FROM", table.name, _row(table))), next(iter(table.rows))


def _other(kind: str, column: str) -> str:
    another = _ANOTHER[kind].format(column=column)
    return f"coalesce({another}, {_WHERE_NULL[kind]})" if kind in _WHERE_NULL else another


def _row(table: Table) -> str:
    return "WHERE " + " AND ".join(f"{column} = ${place}" for place, column in enumerate(table.keys, start=1))


async def _types(connection: Any) -> dict[tuple[str, str], str]:
    rows = await connection.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
    )
    return {(row["table_name"], row["column_name"]): row["data_type"] for row in rows}


@asynccontextmanager
async def _undone(connection: Any) -> AsyncIterator[None]:
    """A transaction, or within one a savepoint, of which nothing stays."""
    changing = connection.transaction()
    await changing.start()
    try:
        yield
    finally:
        await changing.rollback()


# Of all tables at once and for all changes: to do it for each of them took most of the test's time.
_NO_CHECKS = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT conrelid::regclass AS name, conname FROM pg_constraint
                 WHERE contype = 'c' AND connamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.name, found.conname);
    END LOOP;
END $$
"""
