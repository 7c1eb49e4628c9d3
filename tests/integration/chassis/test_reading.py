"""What the reader promises: every record once, in order, and no record stops the others."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts import topics
from contracts.problems import Conflict
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from services.chassis.batches import MOST_ALONE
from services.chassis.consumer import HIGH_THROUGHPUT, Reader
from services.chassis.runtime import Runtime
from tests.integration.chassis.probe import Place, make_place, publish, record_of, running
from tests.raw_topics import read_topic
from tests.waiting import until


@pytest.fixture
def place(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path) -> Place:
    return make_place(kafka, postgres, secrets_file)


async def _entries(place: Place, number: int) -> list[tuple[UUID, int, str]]:
    return await until(place.ledger, lambda entries: len(entries) >= number)


async def test_events_are_applied_once_in_order_whatever_is_repeated(place: Place) -> None:
    case = uuid4()
    first, second, third = (record_of(case, sequence) for sequence in (1, 2, 3))
    async with running(place):
        await publish(place, [(case, value) for value in (first, second, first, second, third, third)])
        entries = await _entries(place, 3)
        assert entries == [(case, 1, "lots"), (case, 2, "lots"), (case, 3, "lots")]
        last = uuid4()
        await publish(place, [(last, record_of(last, 1))])
        assert len(await _entries(place, 4)) == 4


async def test_an_event_before_its_predecessor_waits_for_it(place: Place) -> None:
    case, other = uuid4(), uuid4()
    async with running(place):
        await publish(place, [(case, record_of(case, 3)), (case, record_of(case, 2)), (other, record_of(other, 1))])
        assert await _entries(place, 1) == [(other, 1, "lots")]
        await publish(place, [(case, record_of(case, 1))])
        assert (await _entries(place, 4))[1:] == [(case, 1, "lots"), (case, 2, "lots"), (case, 3, "lots")]
        assert await place.fetch("SELECT * FROM parked_event") == []


@pytest.mark.parametrize(
    "value",
    [None, b"", b"not json", b"[]", b"{}", b"\xff\xfe", b'{"source": "x"}', b"null", b"0", b'"' + b"x" * 50_000],
)
async def test_a_record_that_is_no_event_is_dead_lettered_and_its_neighbours_live(
    place: Place, value: bytes | None
) -> None:
    case = uuid4()
    async with running(place):
        await publish(place, [(case, record_of(case, 1)), (case, value), (case, record_of(case, 2))])
        assert await _entries(place, 2) == [(case, 1, "lots"), (case, 2, "lots")]
        letters = await until(lambda: read_topic(place.bootstrap, topics.dead_letters(place.name)))
        assert [b"x" * 50 in letter.value for letter in letters] == [False]
        [letter] = await place.fetch("SELECT topic, record_offset, reason FROM dead_letter")
        assert (letter["topic"], letter["record_offset"]) == (place.read, 1)
        assert letter["reason"].startswith("not an event")


async def test_a_number_too_large_for_its_column_is_dead_lettered_and_not_tried_for_ever(place: Place) -> None:
    case, other = uuid4(), uuid4()
    async with running(place):
        await publish(
            place, [(case, record_of(case, 2**31)), (case, record_of(case, 1)), (other, record_of(other, 1))]
        )
        assert sorted(await _entries(place, 2)) == sorted([(case, 1, "lots"), (other, 1, "lots")])
        [letter] = await until(lambda: place.fetch("SELECT reason FROM dead_letter"))
        assert letter["reason"] == "violates: DataError"


async def test_of_a_long_batch_few_are_applied_alone_because_one_is_wrong(
    kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path
) -> None:
    place = make_place(kafka, postgres, secrets_file, partitions=1)
    cases = [uuid4() for _ in range(900)]
    wrong = cases[700]
    await publish(place, [(case, record_of(case, 1, "poison" if case == wrong else "lots")) for case in cases])
    given: list[int] = []
    async with running(place, fetch_profile=HIGH_THROUGHPUT, notes=given.append):
        entries = await until(place.ledger, lambda found: len(found) == 899, seconds=120)
        await until(lambda: place.fetch("SELECT FROM dead_letter"))
    assert [case for case, _, _ in entries] == [case for case in cases if case != wrong]
    assert max(given) > 500
    assert given.count(1) <= MOST_ALONE


async def test_headers_that_are_not_text_harm_nothing(place: Place) -> None:
    case = uuid4()
    async with running(place):
        await publish(place, [(case, record_of(case, 1))], headers=[("content-type", b"\xff\xfe\x00"), ("", b"")])
        assert await _entries(place, 1) == [(case, 1, "lots")]


async def test_what_fails_for_a_reason_of_its_own_is_dead_lettered_and_can_be_replayed(place: Place) -> None:
    case, other = uuid4(), uuid4()
    async with running(place) as runtime:
        await publish(
            place,
            [
                (case, record_of(case, 1, "poison")),
                (other, record_of(other, 1)),
                (case, record_of(case, 2)),
                (other, record_of(other, 2)),
            ],
        )
        assert await _entries(place, 2) == [(other, 1, "lots"), (other, 2, "lots")]
        [letter] = await until(lambda: place.fetch("SELECT * FROM dead_letter"))
        assert letter["reason"] == "violates: CheckViolationError"
        with pytest.raises(asyncpg.CheckViolationError):
            await runtime.replay(letter["dead_letter_id"])
        await runtime.pool.execute("ALTER TABLE ledger DROP CONSTRAINT no_poison")
        await runtime.replay(letter["dead_letter_id"])
        # The case goes on with what was parked behind the dead-lettered one.
        assert (await _entries(place, 4))[2:] == [(case, 1, "poison"), (case, 2, "lots")]
        with pytest.raises(Conflict):
            await runtime.replay(letter["dead_letter_id"])


async def test_a_parked_event_that_violates_is_dead_lettered_itself_and_its_predecessor_is_applied(
    place: Place,
) -> None:
    case = uuid4()
    async with running(place) as runtime:
        await publish(
            place,
            [(case, record_of(case, 3)), (case, record_of(case, 2, "poison")), (case, record_of(case, 1))],
        )
        assert await _entries(place, 1) == [(case, 1, "lots")]
        [letter] = await until(lambda: place.fetch("SELECT * FROM dead_letter"))
        assert (letter["topic"], letter["record_offset"]) == (place.read, 1)
        assert letter["reason"] == "violates: CheckViolationError"
        [parked] = await place.fetch("SELECT sequence FROM parked_event")
        assert parked["sequence"] == 3
        await runtime.pool.execute("ALTER TABLE ledger DROP CONSTRAINT no_poison")
        await runtime.replay(letter["dead_letter_id"])
        assert await place.ledger() == [(case, 1, "lots"), (case, 2, "poison"), (case, 3, "lots")]
        assert await place.fetch("SELECT * FROM parked_event") == []
        assert runtime.metrics.dead_letters.labels(place.read)._value.get() == 1


async def test_a_replayed_record_is_applied_although_what_was_parked_behind_it_violates(place: Place) -> None:
    case = uuid4()
    async with running(place) as runtime:
        await runtime.pool.execute("ALTER TABLE ledger ADD CONSTRAINT no_acid CHECK (lots_id <> 'acid')")
        await publish(place, [(case, record_of(case, 1, "poison")), (case, record_of(case, 2, "acid"))])
        [first] = await until(lambda: place.fetch("SELECT dead_letter_id FROM dead_letter"))
        await until(lambda: place.fetch("SELECT * FROM parked_event"))
        await runtime.pool.execute("ALTER TABLE ledger DROP CONSTRAINT no_poison")
        await runtime.replay(first["dead_letter_id"])
        assert await place.ledger() == [(case, 1, "poison")]
        [second] = await place.fetch("SELECT dead_letter_id, record_offset FROM dead_letter WHERE state = 'open'")
        assert second["record_offset"] == 1
        await runtime.pool.execute("ALTER TABLE ledger DROP CONSTRAINT no_acid")
        await runtime.replay(second["dead_letter_id"])
        assert await place.ledger() == [(case, 1, "poison"), (case, 2, "acid")]


async def test_a_stop_and_a_start_go_on_where_reading_ended(place: Place) -> None:
    case = uuid4()
    async with running(place):
        await publish(place, [(case, record_of(case, 1))])
        await _entries(place, 1)
    await publish(place, [(case, record_of(case, 2))])
    async with running(place):
        assert await _entries(place, 2) == [(case, 1, "lots"), (case, 2, "lots")]


async def test_a_worker_that_was_overtaken_gives_up_its_batch_and_reads_on(place: Place) -> None:
    """Another owner moved the offset: this worker's effects must roll back, and it goes to where the other was."""
    first, second = uuid4(), uuid4()
    async with running(place) as runtime:
        await publish(place, [(first, record_of(first, 1))])
        await _entries(place, 1)
        await place.fetch("UPDATE consumer_offset SET next_offset = next_offset + 1 WHERE next_offset > 0")
        await publish(
            place, [(first, record_of(first, 2)), (first, record_of(first, 3)), (second, record_of(second, 1))]
        )
        await until(lambda: place.fetch("SELECT * FROM parked_event"))
        assert (await place.ledger())[0] == (first, 1, "lots")
        assert (first, 2, "lots") not in await place.ledger()
        assert runtime.metrics.overtaken._value.get() >= 1


async def test_reading_that_stands_still_is_begun_anew(place: Place) -> None:
    """As after aiokafka stopped fetching a partition for good: here, because it is asked to pause."""
    case = uuid4()
    async with running(place) as runtime:
        consumer = runtime._reader._consumer  # type: ignore[union-attr]
        consumer.pause(*consumer.assignment())
        await publish(place, [(case, record_of(case, 1))])
        assert await _entries(place, 1) == [(case, 1, "lots")]
        assert runtime.metrics.stalls._value.get() == 1


def _without_metadata_task(reader: Reader) -> None:
    """The metadata task of the reader's Kafka client ends while its answer is waited for."""
    client = reader._consumer._client
    client._sync_task.cancel()
    client._md_update_fut = asyncio.get_running_loop().create_future()


def _without_group_task(reader: Reader) -> None:
    """The task that joins the group ends; the heartbeats go on."""
    reader._consumer._coordinator._coordination_task.cancel()


async def _replaced(runtime: Runtime, reader: Reader) -> bool:
    return runtime._reader is not reader


@pytest.mark.parametrize("broken", [_without_metadata_task, _without_group_task])
async def test_a_kafka_client_that_stopped_answering_is_replaced(
    place: Place, broken: Callable[[Reader], None]
) -> None:
    case = uuid4()
    async with running(place) as runtime:
        await publish(place, [(case, record_of(case, 1))])
        await _entries(place, 1)
        reader = runtime._reader
        assert reader is not None
        broken(reader)
        await until(lambda: _replaced(runtime, reader), seconds=60)
        await until(runtime.why_not_ready, lambda missing: not missing)
        await publish(place, [(case, record_of(case, 2))])
        assert await _entries(place, 2) == [(case, 1, "lots"), (case, 2, "lots")]
