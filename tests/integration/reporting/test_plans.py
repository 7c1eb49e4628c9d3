"""Questions asked for every page are answered by an index, not by reading everything."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from services.chassis.database import Connection
from services.reporting import folds, rebuild, store
from services.reporting.facts import FACTS, Fact
from tests.integration.reporting.facts import cases, ingest

APPENDED = cases(seed=2, count=1500)


@pytest.mark.parametrize(
    ("question", "values", "index"),
    [
        (store.CASE_EVENTS, [APPENDED[0].case_id], "event_row_pkey"),
        (store.START_COUNTS, [date(2020, 1, 1), date(2020, 3, 2)], "follow_up_owed"),
        (store.START_COUNTS, [date(2020, 1, 1), date(2020, 3, 2)], "referral_waiting"),
        (store.START_COUNTS, [date(2020, 1, 1), date(2020, 3, 2)], "samplan_by_day_made"),
    ],
)
async def test_an_index_serves(connection: Connection, question: str, values: list[Any], index: str) -> None:
    await ingest(connection, APPENDED)
    await connection.execute("ANALYZE")
    plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {question}", *values)
    assert index in {node.get("Index Name") for node in _nodes(json.loads(plan))}


@pytest.mark.parametrize("statement", [folds.clear_live(), *folds.fold_live()])
async def test_a_batch_reads_the_rows_of_its_own_cases_only(connection: Connection, statement: str) -> None:
    await ingest(connection, APPENDED)
    await connection.execute("ANALYZE")
    few = list({each.case_id for each in APPENDED[:10]})
    plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", few)
    read_whole = {node["Relation Name"] for node in _nodes(json.loads(plan)) if node["Node Type"] == "Seq Scan"}
    assert "event_row" not in read_whole


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
async def test_a_rebuild_folds_without_nested_loops(connection: Connection, database_url: str, fact: Fact) -> None:
    """Fresh tables have no statistics: the plan must not depend on them. It did, and one fold took eleven seconds."""
    await ingest(connection, cases(seed=2, count=100))
    async with rebuild.fresh_tables(database_url, "planned") as fresh:
        [statement] = folds.fold_all([fact.name])
        [plan] = await fresh.lanes[0].fetch(f"EXPLAIN (FORMAT JSON) {statement}")
        kinds = {node["Node Type"] for node in _nodes(json.loads(plan[0]))}
    assert not kinds & {"Nested Loop", "Merge Join"}
    await connection.execute("DROP SCHEMA planned CASCADE")


def _nodes(plan: Any) -> Iterator[dict[str, Any]]:
    """Every node of a plan."""
    if isinstance(plan, list):
        for each in plan:
            yield from _nodes(each)
    if isinstance(plan, dict):
        if "Node Type" in plan:
            yield plan
        for value in plan.values():
            yield from _nodes(value)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
async def test_a_fact_s_table_has_the_columns_that_are_declared(connection: Connection, fact: Fact) -> None:
    rows = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped "
        "ORDER BY attnum",
        fact.name,
    )
    assert tuple(row["attname"] for row in rows) == fact.column_names
