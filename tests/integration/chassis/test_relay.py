"""What the relay promises: everything committed reaches Kafka, in order for each case, and nothing else does."""

import asyncio
import os
import signal
import sys
from collections import defaultdict
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from contracts import events
from contracts.envelope import TIMER
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from services.chassis.relay import acknowledged
from services.chassis.runtime import Runtime
from tests.integration.chassis.probe import Place, assigned, make_place, make_runtime, running
from tests.raw_topics import read_topic
from tests.waiting import until


@pytest.fixture
def place(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path) -> Place:
    return make_place(kafka, postgres, secrets_file)


async def _append(runtime: Runtime, case_id: UUID, times: int = 1) -> None:
    async with runtime.unit(TIMER) as unit:
        await unit.lock(case_id)
        await unit.append(case_id, [assigned()] * times)


async def _nothing_unsent(place: Place) -> bool:
    return await place.fetch("SELECT 1 FROM outbox LIMIT 1") == []


async def _sequences(place: Place) -> dict[UUID, list[int]]:
    sent: dict[UUID, list[int]] = defaultdict(list)
    for record in await read_topic(place.bootstrap, place.own):
        head = events.header(record.value)
        assert record.key == str(head.subject).encode()
        sent[head.subject].append(head.sequence)
    return sent


async def test_what_is_committed_is_sent_in_order_and_kept(place: Place) -> None:
    cases = [uuid4() for _ in range(7)]
    async with running(place) as runtime:
        for _ in range(3):
            await asyncio.gather(*(_append(runtime, case, 2) for case in cases))
        await until(lambda: _nothing_unsent(place))
    assert await _sequences(place) == {case: [1, 2, 3, 4, 5, 6] for case in cases}
    [row] = await place.fetch("SELECT count(*) FROM event")
    assert row["count"] == 42


async def test_the_record_is_the_stored_event_byte_for_byte(place: Place) -> None:
    async with running(place) as runtime:
        await _append(runtime, uuid4(), 3)
        await until(lambda: _nothing_unsent(place))
    stored = await place.fetch("SELECT value FROM event ORDER BY sequence")
    assert [row["value"] for row in stored] == [
        record.value for record in await read_topic(place.bootstrap, place.own)
    ]


async def test_a_unit_rolls_back_unless_its_block_ends_well(place: Place) -> None:
    async with running(place) as runtime:
        with pytest.raises(RuntimeError, match="after append"):
            await _append_and_fail(runtime)
        case = uuid4()
        await _append(runtime, case)
        await until(lambda: _nothing_unsent(place))
    assert await _sequences(place) == {case: [1]}


async def _append_and_fail(runtime: Runtime) -> None:
    async with runtime.unit(TIMER) as unit:
        await unit.append(uuid4(), [assigned()])
        raise RuntimeError("after append")


async def test_many_writers_of_one_case_leave_no_gap(place: Place) -> None:
    case = uuid4()
    async with running(place) as runtime:
        await asyncio.gather(*(_append(runtime, case) for _ in range(60)))
        await until(lambda: _nothing_unsent(place))
    assert await _sequences(place) == {case: list(range(1, 61))}


async def test_another_worker_sends_on_when_one_stops(place: Place) -> None:
    case = uuid4()
    async with running(place) as first:
        async with running(place) as second:
            assert first.relay.ready()
            assert second.relay.ready()
            await _append(second, case)
            await until(lambda: _nothing_unsent(place))
        await _append(first, case)
        await until(lambda: _nothing_unsent(place))
    assert await _sequences(place) == {case: [1, 2]}


_DIES_BEFORE_FORGETTING = """
import asyncio, os, signal, sys
from services.chassis.metrics import Metrics
from services.chassis.relay import Relay

class Dying(Relay):
    async def _forget(self, connection, sent):
        assert sent
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(Dying(sys.argv[1], sys.argv[2], Metrics(), client_id="dying").run())
"""


async def test_a_relay_killed_between_sending_and_forgetting_repeats_and_loses_nothing(place: Place) -> None:
    cases = [uuid4() for _ in range(5)]
    async with running(place) as runtime:
        await _append(runtime, cases[0])  # makes the tables
        await until(lambda: _nothing_unsent(place))
    await _queue_unsent(place, cases)
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _DIES_BEFORE_FORGETTING, place.database_url, place.bootstrap, env={**os.environ}
    )
    assert await dying.wait() == -signal.SIGKILL
    assert not await _nothing_unsent(place)
    async with running(place):
        await until(lambda: _nothing_unsent(place))
    sent = await _sequences(place)
    assert sent[cases[0]] == [1, 2, 3, 4, 2, 3, 4]  # sent again in order: readers pass over the second time
    assert all(sent[case] == [1, 2, 3, 1, 2, 3] for case in cases[1:])


async def _queue_unsent(place: Place, cases: list[UUID]) -> None:
    """Commits facts where no relay runs."""
    runtime = make_runtime(place)
    await runtime.open_database()
    for case in cases:
        await _append(runtime, case, 3)
    await runtime.pool.close()


def test_after_a_failed_send_the_rest_of_its_case_waits_too() -> None:
    one, other = uuid4(), uuid4()
    rows = [{"outbox_id": number, "stream_id": case} for number, case in enumerate([one, other, one, one, other])]
    assert acknowledged(rows, [None, None, OSError(), None, None]) == [0, 1, 4]
