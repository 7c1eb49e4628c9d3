"""One referral service for all tests of this folder; each test has people of its own."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest_asyncio

from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from services.chassis.settings import Settings
from tests.integration.referral.referral import Referral, running_referral


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def referral(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path) -> AsyncIterator[Referral]:
    settings = Settings(
        kafka_bootstrap=kafka.bootstrap,
        database_url=postgres.ensure_database(f"referral_{uuid4().hex[:8]}"),
        secrets_file=secrets_file,
        http_port=1,
        referral_url="http://127.0.0.1:1",
        test_mode=True,
    )
    async with running_referral(kafka, settings) as service:
        yield service
