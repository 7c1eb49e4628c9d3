"""`samspel indicators explain --period`: the plan and the counts of a database that runs."""

import pytest

from contracts.indicators import Indicator
from deploy.local import reporting_database
from deploy.local.errors import LaunchError
from deploy.local.postgres import PostgresServer
from deploy.local.run_record import RunRecord
from deploy.local.settings import LocalSettings
from services.chassis.database import Connection
from services.reporting import store
from services.reporting.domain.periods import year_period
from services.reporting.indicators import DECLARED
from tests.integration.reporting.facts import cases, ingest

_YEAR = year_period(2021)


async def _lines(database_url: str, indicator: Indicator) -> list[str]:
    plan, found = await reporting_database.asked(database_url, indicator, DECLARED, _YEAR)
    return list(reporting_database.lines(indicator, _YEAR, plan, found))


async def test_a_count_has_its_plan_its_cells_and_its_total(connection: Connection, database_url: str) -> None:
    await ingest(connection, cases(seed=30, count=40))
    started = DECLARED.indicators["started"]
    said = await _lines(database_url, started)
    total = (await store.counted_in(connection, started, _YEAR)).total()
    assert any("Scan on participation" in line for line in said)
    assert said[-1] == f"Totalt: {total}"
    assert total > 0


async def test_an_average_has_mean_median_and_what_it_rests_on(connection: Connection, database_url: str) -> None:
    await ingest(connection, cases(seed=30, count=40))
    days = DECLARED.indicators["days.of_participation"]
    said = await _lines(database_url, days)
    whole = (await store.averages_in(connection, days, _YEAR)).whole()
    assert said[-1].startswith("Alla tillsammans: ")
    assert said[-1].endswith(f"; {whole.without}; {whole.count}")


async def test_a_database_that_does_not_answer_is_said_so() -> None:
    with pytest.raises(LaunchError, match="does not answer"):
        await reporting_database.asked(
            "postgresql://x@127.0.0.1:1/x", DECLARED.indicators["started"], DECLARED, _YEAR
        )


def test_the_address_is_that_of_the_installation_s_own_server_or_the_one_given(postgres: PostgresServer) -> None:
    record = RunRecord.model_validate(
        {"launcher": {"pid": 1, "created": 0}, "gateway_url": "http://x", "bootstrap": "x", "processes": []}
    )
    with pytest.raises(LaunchError, match="SAMSPEL_DATABASE_URL"):
        reporting_database.address(LocalSettings(data=postgres.log.parent), record)
