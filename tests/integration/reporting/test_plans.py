"""Questions asked for every page are answered by an index, not by reading everything."""

import json
from datetime import date
from typing import Any

import pytest

from services.chassis.database import Connection
from services.reporting import store
from services.reporting.facts import FACTS, Fact
from tests.integration.reporting.facts import cases, take

TOLD = cases(seed=2, count=1500)


@pytest.mark.parametrize(
    ("question", "values", "index"),
    [
        (store.CASE_EVENTS, [TOLD[0].case_id], "event_row_pkey"),
        (store.START_COUNTS, [date(2020, 3, 1), date(2020, 1, 1)], "follow_up_owed"),
        (store.START_COUNTS, [date(2020, 3, 1), date(2020, 1, 1)], "referral_waiting"),
        (store.START_COUNTS, [date(2020, 3, 1), date(2020, 1, 1)], "samplan_by_day_made"),
    ],
)
async def test_an_index_serves(connection: Connection, question: str, values: list[Any], index: str) -> None:
    await take(connection, TOLD)
    await connection.execute("ANALYZE")
    plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {question}", *values)
    assert index in set(_indices(json.loads(plan)))


def _indices(node: Any) -> list[str]:
    if isinstance(node, list):
        return [index for each in node for index in _indices(each)]
    if isinstance(node, dict):
        own = [node["Index Name"]] if "Index Name" in node else []
        return own + [index for each in node.values() for index in _indices(each)]
    return []


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
async def test_a_fact_s_table_has_the_columns_that_are_declared(connection: Connection, fact: Fact) -> None:
    rows = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped "
        "ORDER BY attnum",
        fact.name,
    )
    assert tuple(row["attname"] for row in rows) == fact.column_names
