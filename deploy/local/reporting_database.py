"""The database of the running installation's reporting: what a figure counts there, and how PostgreSQL reads it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import asyncpg

from contracts.indicators import Declared, Indicator
from contracts.indicators.declaration import Average
from deploy.local import blocking
from deploy.local.errors import LaunchError
from deploy.local.postgres import ExistingPostgres, PostgresServer
from deploy.local.run_record import RunRecord, read_record
from deploy.local.settings import LocalSettings
from services.reporting import indicators, store
from services.reporting.domain.averages import AverageOf
from services.reporting.domain.counted import Counted
from services.reporting.domain.periods import Period
from services.reporting.web.figure_tables import table_of_averages, table_of_counts

_DATABASE: Final = "samspel_reporting"
_SERVER: Final = "PostgreSQL"


def explained(indicator: Indicator, declared: Declared, period: Period, data: Path | None) -> Iterator[str]:
    """The plan by which a figure is read, and what it counts in a period, as lines. Raises LaunchError where nothing
    runs on the data folder (None: the usual one)."""
    _, found_at = running(data)
    plan, found = blocking.run(asked(found_at, indicator, declared, period))
    return lines(indicator, period, plan, found)


def running(data: Path | None) -> tuple[str, str]:
    """Kafka's and the database's addresses in the installation on a data folder (None: the usual one). Raises
    LaunchError where nothing runs on it."""
    settings = LocalSettings() if data is None else LocalSettings(data=data)
    record = read_record(settings.data)
    if record is None:
        raise LaunchError(f"Nothing runs on {settings.data}. Start it with `samspel up`.")
    return record.bootstrap, address(settings, record)


def lines(indicator: Indicator, period: Period, plan: Sequence[str], found: Counted | AverageOf) -> Iterator[str]:
    """A plan, and the cells of a figure with their values and counts."""
    yield "\n-- how PostgreSQL reads it"
    yield from plan
    table = table_of_averages(found, _nowhere) if isinstance(found, AverageOf) else table_of_counts(found, _nowhere)
    yield f"\n{indicator.label.sv} {period.label} ({'; '.join(table.columns)})"
    yield from (f"{', '.join(row.labels)}: {'; '.join((*row.values, str(row.count)))}" for row in table.rows)
    yield f"{table.whole}: {'; '.join((*table.values, str(table.count)))}"


def _nowhere(_rows: Mapping[str, str]) -> str:
    """In a terminal no cell leads to its cases."""
    return ""


def address(settings: LocalSettings, record: RunRecord) -> str:
    """Where the database is. Raises LaunchError if the installation uses a server whose address is not given."""
    port = next((each.port for each in record.processes if each.name == _SERVER), None)
    if port is not None:
        return PostgresServer(settings.data / "postgres", port).dsn(_DATABASE)
    if settings.database_url is None:
        raise LaunchError(
            "The installation uses a PostgreSQL that is not its own. Set SAMSPEL_DATABASE_URL to its address."
        )
    return ExistingPostgres(settings.database_url, settings.data / "postgres").dsn(_DATABASE)


async def asked(
    dsn: str, indicator: Indicator, declared: Declared, period: Period
) -> tuple[list[str], Counted | AverageOf]:
    """The lines of the plan by which a figure is read, and what it counts in a period. Raises LaunchError."""
    days = (period.first, period.following)
    try:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            plan = await connection.fetch(f"EXPLAIN {indicators.statement(indicator, declared)}", *days)
            measure = store.averages if isinstance(indicator.measure, Average) else store.count
            found = (await measure(connection, [indicator], *days, declared=declared))[indicator.id]
        finally:
            await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise LaunchError(f"Reporting's database does not answer the question: {type(error).__name__}") from error
    return [row[0] for row in plan], found
