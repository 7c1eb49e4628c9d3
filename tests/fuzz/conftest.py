"""One set of services for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from tests.fuzz.running import Running, running


@pytest.fixture(scope="package")
def system(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path) -> Iterator[Running]:
    with running(kafka, postgres, secrets_file) as up:
        yield up
