"""Batches from Kafka within bounds: small ones as they are, others as one record that says why."""

import gzip
from collections.abc import Callable
from typing import Any

import cramjam
import pytest
from aiokafka import TopicPartition
from aiokafka.codec import snappy_encode
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from services.chassis import unpacking
from services.chassis.unpacking import BoundedRecords, Unreadable, first_offset

CODECS = {"plain": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
PLACE = TopicPartition("topic", 0)


@pytest.fixture(autouse=True)
def _installed() -> None:
    unpacking.install()


def _batch(codec: str, values: list[bytes], base: int = 0) -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=CODECS[codec],
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=100 * 1024 * 1024,
    )
    for nth, value in enumerate(values):
        builder.append(nth, timestamp=1, key=b"k", value=value, headers=[])
    packed = bytearray(builder.build())
    packed[0:8] = base.to_bytes(8, "big")  # outside the checksum, as the broker fills it in
    return bytes(packed)


def _read(buffer: bytes, fetch_offset: int = 0) -> list[Any]:
    records = BoundedRecords(buffer)
    return list(PartitionRecords(PLACE, records, [], fetch_offset, None, None, True, READ_COMMITTED))


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_within_bounds_is_read_as_it_was_sent(codec: str) -> None:
    values = [b"one" * 1000, b"", b"three"]
    assert [(each.offset, each.value) for each in _read(_batch(codec, values, base=7), 7)] == [
        (7, values[0]),
        (8, values[1]),
        (9, values[2]),
    ]


@pytest.mark.parametrize("codec", [codec for codec in CODECS if codec != "plain"])
def test_a_batch_that_unpacks_to_too_much_is_one_record_and_its_neighbours_are_read(codec: str) -> None:
    huge = [b"first", b"\0" * (unpacking.MOST_BYTES + 1)]
    buffer = _batch(codec, [b"before"], 5) + _batch(codec, huge, 6) + _batch(codec, [b"after"], 8)
    before, stand_in, after = _read(buffer, 5)
    assert (before.value, after.value) == (b"before", b"after")
    assert isinstance(stand_in.value, Unreadable)
    assert (first_offset(stand_in), stand_in.offset) == (6, 7)
    assert "cannot be unpacked" in stand_in.value.reason


def _broken(break_: Callable[[bytearray], None]) -> bytes:
    packed = bytearray(_batch("gzip", [b"x" * 100]))
    break_(packed)
    packed[17:21] = calc_crc32c(bytes(packed[21:])).to_bytes(4, "big")
    return bytes(packed)


def test_a_batch_that_is_not_what_it_says_is_one_record() -> None:
    def spoil(packed: bytearray) -> None:
        packed[61:71] = b"not gzip!!"

    [stand_in] = _read(_broken(spoil))
    assert isinstance(stand_in.value, Unreadable)


def test_an_answer_that_unpacks_to_much_is_read_in_parts() -> None:
    packed = b"".join(_batch("gzip", [b"\0" * 1024 * 1024], offset) for offset in range(32))
    seen: list[int] = []
    while len(seen) < 32:
        part = [record.offset for record in _read(packed, len(seen)) if record.offset >= len(seen)]
        assert 0 < len(part) <= unpacking.MOST_BYTES_OF_AN_ANSWER // (1024 * 1024) + 1
        seen.extend(part)
        # As the broker would answer next: from the batch of the offset asked for.
        packed = b"".join(_batch("gzip", [b"\0" * 1024 * 1024], offset) for offset in range(len(seen), 32))
    assert seen == list(range(32))


def test_the_bounded_decoders_know_the_blocks_of_javas_snappy() -> None:
    value = bytes(range(256)) * 1000
    assert unpacking._DECODERS["snappy_decode"](snappy_encode(value)) == value
    with pytest.raises(cramjam.DecompressionError):
        unpacking._DECODERS["snappy_decode"](snappy_encode(b"\0" * (unpacking.MOST_BYTES + 1)))
    assert unpacking._DECODERS["gzip_decode"](gzip.compress(value)) == value
