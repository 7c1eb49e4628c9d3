"""How each process of a running installation is doing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

from deploy.local import kafka_probe, postgres
from deploy.local.dead_letters import DeadLetterOffice
from deploy.local.errors import LaunchError
from deploy.local.ports import LOOPBACK
from deploy.local.postgres import PostgresServer
from deploy.local.run_record import RecordedProcess, RunRecord
from deploy.local.services import local_client, not_ready
from deploy.local.settings import SERVICES

_LAG: Final = "samspel_consumer_lag"
_UNSENT: Final = "samspel_outbox_unsent"


@dataclass(frozen=True)
class ProcessStatus:
    """One process. `trouble` is None when it is ready; the counts are None where there is nothing to count.

    `pid` is None when it has died and waits to be started again.
    """

    name: str
    pid: int | None
    port: int
    trouble: str | None
    lag: int | None = None
    unsent: int | None = None
    dead_letters: int | None = None


def status_of(record: RunRecord, data: Path, token: str) -> Iterator[ProcessStatus]:
    """The state of every process in the order of starting, then of those that wait to be started again.

    ``token``: of somebody who may operate it.
    """
    for process in record.processes:
        yield _status(process, record, data, token)
    for stopped in record.stopped:
        seconds = max(0.0, (stopped.due - datetime.now(UTC)).total_seconds())
        trouble = f"it {stopped.trouble}; started again in {seconds:.0f} s (attempt {stopped.attempt})"
        yield ProcessStatus(stopped.name, None, stopped.port, trouble)


def _status(recorded: RecordedProcess, record: RunRecord, data: Path, token: str) -> ProcessStatus:
    name, pid, port = recorded.name, recorded.id.pid, recorded.port
    if recorded.id.find() is None:
        return ProcessStatus(name, pid, port, "it has stopped")
    match name:
        case "Kafka":
            return ProcessStatus(name, pid, port, kafka_probe.why_silent(record.bootstrap))
        case "PostgreSQL":
            return ProcessStatus(
                name, pid, port, postgres.why_silent(PostgresServer(data / "postgres", port).admin_dsn)
            )
    with local_client(f"http://{LOOPBACK}:{port}") as client:
        trouble = not_ready(client)
        figures = _figures(client, token) if name in SERVICES else {}
    letters = _dead_letters(recorded, token) if name in SERVICES else None
    return ProcessStatus(name, pid, port, trouble, figures.get(_LAG), figures.get(_UNSENT), letters)


def _dead_letters(recorded: RecordedProcess, token: str) -> int | None:
    """The open dead letters of its service; None when it does not say."""
    try:
        with DeadLetterOffice(f"http://{LOOPBACK}:{recorded.port}", token) as office:
            return office.count_open(recorded.name)
    except LaunchError:
        return None


def _figures(client: httpx.Client, token: str) -> dict[str, int]:
    """The sum of each metric we show; nothing when the process does not answer."""
    try:
        answer = client.get("/metrics", headers={"authorization": f"Bearer {token}"}).raise_for_status()
    except httpx.HTTPError:
        return {}
    return {
        family.name: int(sum(sample.value for sample in family.samples))
        for family in text_string_to_metric_families(answer.text)
        if family.name in {_LAG, _UNSENT}
    }
