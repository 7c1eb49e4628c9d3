"""One set of services for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from tests.conftest import broker
from tests.fuzz.running import Running, running


@pytest.fixture(scope="package")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """What is published here is for no other folder's tests to read."""
    with broker(tmp_path_factory.mktemp("fuzz-kafka")) as server:
        yield server


@pytest.fixture(scope="package")
def system(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path) -> Iterator[Running]:
    with running(kafka, postgres, secrets_file) as up:
        yield up
