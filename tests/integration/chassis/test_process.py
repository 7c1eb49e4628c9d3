"""A service as a process: what it does with what only a new process, or a person, can mend."""

import os
from pathlib import Path
from uuid import uuid4

import asyncpg

from contracts import topics
from deploy.local.kafka import KafkaServer
from deploy.local.ports import free_port
from deploy.local.postgres import PostgresServer
from deploy.local.services import ServiceProcess
from deploy.local.topics import create_topics
from tests.waiting import until


def _planning(kafka: KafkaServer, database_url: str, secrets_file: Path, log: Path) -> ServiceProcess:
    port = free_port()
    own = {
        "SAMSPEL_HTTP_PORT": str(port),
        "SAMSPEL_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "SAMSPEL_DATABASE_URL": database_url,
        "SAMSPEL_SECRETS_FILE": str(secrets_file),
        "SAMSPEL_REFERRAL_URL": "http://127.0.0.1:1",
    }
    return ServiceProcess("planning", port, {**os.environ, **own}, log)


async def test_a_changed_migration_ends_the_process_and_is_named(
    kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path, tmp_path: Path
) -> None:
    create_topics(kafka.bootstrap, topics.ALL)
    url = postgres.ensure_database(f"process_{uuid4().hex[:8]}")
    process = _planning(kafka, url, secrets_file, tmp_path / "log")
    process.start()
    process.wait_ready()
    process.terminate()

    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE schema_migration SET checksum = 'another' WHERE room = 'planning'")
    await connection.close()
    process.start()

    async def ended() -> int | None:
        return process.exit_status

    assert await until(ended, lambda status: status is not None) == 1
    assert '"event": "migration_changed"' in (tmp_path / "log").read_text()
