"""The oracle sees it when one value of one table is wrong: a check that cannot fail would prove nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
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
from tests.oracle.compare import comparable, tables
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
    "boolean": "true",
}
_LEFT = {
    "outbox": "INSERT INTO outbox (partition_no, event_id) SELECT 0, event_id FROM event LIMIT 1",
    "parked_event": "INSERT INTO parked_event"
    " SELECT stream_id, '/x', 7, value, now(), topic, 0, 0 FROM event LIMIT 1",
    "timer": "INSERT INTO timer VALUES ('late:1', gen_random_uuid(), 'late', now())",
    "heard_event": "INSERT INTO heard_event VALUES (gen_random_uuid(), '/x', 1, 'x', true, '{}')",
    "withheld_details": "INSERT INTO withheld_details VALUES (gen_random_uuid(), gen_random_uuid(), '{}')",
    "paused_door": "INSERT INTO paused_door VALUES ('mia-vidare', 'intresseanmalan', '2021-05-03')",
    "stream_position": "INSERT INTO stream_position VALUES (gen_random_uuid(), '/x', 1)",
}
_UNDERIVED = "CREATE TABLE somebodys (name text)"


async def test_the_oracle_notices_one_wrong_value_and_one_lost_event(breakable: LocalStack) -> None:
    story = await _drained(breakable)
    lost = await _unnoticed_losses(breakable, story)
    unnoticed = [
        f"{service}: {change}" for service in SERVICES for change in await _unnoticed(breakable, story, service)
    ]
    assert (unnoticed, lost) == ([], [])


async def _unnoticed_losses(stack: LocalStack, story: oracle.Story) -> list[str]:
    """The types of event of which one can vanish from the topics unnoticed."""
    addresses = {name: stack.postgres.dsn(f"samspel_{name}") for name in SERVICES}
    quiet: list[str] = []
    for kind in sorted({sent.type for sent in story.events.values()}):
        lost = next(sent for sent in story.events.values() if sent.type == kind)
        rest = replace(story, events={key: other for key, other in story.events.items() if other is not lost})
        if not oracle.broken_laws(rest) and not await oracle.differences_of(rest, addresses):
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
        for change, values in [*_changes(story, service, await _types(connection)), (_UNDERIVED, ())]:
            async with _undone(connection):
                await connection.execute(change, *values)
                if not await oracle.differences(story, {service: connection}):
                    quiet.append(f"{change} {values}")
    finally:
        await connection.close()
    return quiet


def _changes(story: oracle.Story, service: str, types: dict[tuple[str, str], str]) -> Iterator[tuple[str, Any]]:
    if service == "referral":
        yield "UPDATE inbox_message SET receipt = receipt || '{\"agency\": \"x\"}' WHERE ctid = '(0,1)'", ()
        yield "UPDATE inbox_message SET received_at = now() WHERE ctid = '(0,1)'", ()
        yield "DELETE FROM inbox_message WHERE receipt ->> 'type' IS NULL AND ctid = '(0,1)'", ()
    for table in tables(story, service):
        if not table.rows:
            yield _LEFT[table.name], ()
            continue
        for column in (*table.keys, *table.columns):
            key = comparable(table, column)
            assert key is not None, f"no row of {service}.{table.name} has a {column} to compare"
            value = _other(types[table.name, column], column)
            yield " ".join(("UPDATE", table.name, "SET", column, "=", value, _row(table))), key
        yield " ".join(("DELETE FROM", table.name, _row(table))), next(iter(table.rows))


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
    """A transaction in which no constraint holds, and of which nothing stays."""
    changing = connection.transaction()
    await changing.start()
    try:
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(_NO_CHECKS)
        yield
    finally:
        await changing.rollback()


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
