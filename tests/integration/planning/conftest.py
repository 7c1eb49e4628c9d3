"""One planning service for all tests of this folder; each test has cases of its own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from services.chassis.settings import Settings
from tests.conftest import broker
from tests.integration.planning.planning import Planning, running_planning


@pytest.fixture(scope="package")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """The tables of groups are compared with everything that lies in the topics, so nobody else sends to them."""
    with broker(tmp_path_factory.mktemp("planning-kafka")) as server:
        yield server


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def planning(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path) -> AsyncIterator[Planning]:
    settings = Settings(
        kafka_bootstrap=kafka.bootstrap,
        database_url=postgres.ensure_database(f"planning_{uuid4().hex[:8]}"),
        secrets_file=secrets_file,
        http_port=1,
        referral_url="http://127.0.0.1:1",
    )
    async with running_planning(kafka, settings) as service:
        yield service
