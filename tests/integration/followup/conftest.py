"""One running service with one missed follow-up, for tests that change nothing."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from tests.integration.followup.place import Service, appended_kinds, make_place, plan, running


@pytest_asyncio.fixture(scope="module")
async def shared(
    kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Service, str]]:
    """The service on 10 June 2021, and the id of a two-month follow-up that was missed on the 3rd."""
    place = make_place(kafka, postgres, secrets_file, tmp_path_factory.mktemp("followup"))
    place.set_clock(date(2021, 6, 10))
    case_id = uuid4()
    async with running(place) as service:
        await place.append(case_id, plan(date(2021, 3, 1)))
        found = await service.follow_ups(case_id, "overdue", "upcoming", "upcoming")
        await appended_kinds(place, case_id, 5)
        yield service, found[2]["follow_up_id"]
