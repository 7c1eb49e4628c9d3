"""Record batches from Kafka, unpacked within bounds.

aiokafka unpacks a whole batch at once, whatever comes out of it, and stops reading its partition for good at one it
cannot read. The broker's limit is of the packed size: a megabyte may become gigabytes. aiokafka has no setting for
either, so :func:`install` puts this module's reading of batches in the place of its own.

A batch that unpacks to more than ``MOST_BYTES``, or cannot be read at all, becomes one record with an
:class:`Unreadable` value in the place of its last; readers make a dead letter of it.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any, Final

import cramjam
from aiokafka.codec import _detect_xerial_stream
from aiokafka.consumer import fetcher
from aiokafka.record import default_records as in_python
from aiokafka.record._crecords import default_records as compiled
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.memory_records import MemoryRecords

# Kafka's own clients refuse to send a batch of more than 1 MiB unpacked (max.request.size) unless configured to.
MOST_BYTES: Final = 2 * 1024 * 1024
# For one answer of the broker to one partition: what is unpacked before the rest of it is asked for again.
MOST_BYTES_OF_AN_ANSWER: Final = 8 * 1024 * 1024
FETCH_BYTES: Final = 4 * 1024 * 1024
FETCH_BYTES_OF_A_PARTITION: Final = 1024 * 1024

_XERIAL_HEADER: Final = 16
_OVERHEAD: Final = 100  # bytes of a record's own object


class Unreadable(bytes):
    """The value of a record that stands for a batch that could not be read.

    ``first``: the offset of the batch's first record. The record itself has the offset of its last.
    """

    reason: str
    first: int

    @classmethod
    def because(cls, why: str, first: int, last: int) -> "Unreadable":
        value = cls()
        value.reason = f"{why}; the records from offset {first} to {last} came in one batch"
        value.first = first
        return value


def first_offset(record: Any) -> int:
    """The first offset a record stands for: its own, unless its batch could not be read."""
    return record.value.first if isinstance(record.value, Unreadable) else record.offset


def install() -> None:
    """Makes every consumer of this process read batches within bounds. Again does no harm."""
    fetcher.MemoryRecords = BoundedRecords
    for module in (compiled, in_python):
        _use(module)


def _use(module: ModuleType) -> None:
    for name, decode in _DECODERS.items():
        if not hasattr(module, name):
            raise RuntimeError(f"this version of aiokafka unpacks in another way: no {module.__name__}.{name}")
        setattr(module, name, decode)


class BoundedRecords:
    """In the place of aiokafka's MemoryRecords: the batches of one answer to one partition."""

    def __init__(self, buffer: bytes) -> None:
        self._batches = MemoryRecords(buffer)
        self._left = MOST_BYTES_OF_AN_ANSWER

    def size_in_bytes(self) -> int:
        return int(self._batches.size_in_bytes())

    def has_next(self) -> bool:
        # When there is no more room the answer seems to end here; the consumer asks again from where it is.
        return self._left > 0 and bool(self._batches.has_next())

    def next_batch(self) -> Any:
        batch = self._batches.next_batch()
        if not isinstance(batch, DefaultRecordBatch) or batch.is_control_batch or not batch.validate_crc():
            return batch
        return self._read(batch)

    def _read(self, batch: Any) -> "ReadBatch":
        try:
            records = list(batch)
        except Exception as error:  # noqa: BLE001  # its checksum was right: these are the bytes that were sent
            self._left -= MOST_BYTES
            return ReadBatch(batch, [_StandIn(batch, error)])
        self._left -= sum(_OVERHEAD + len(record.value or b"") + len(record.key or b"") for record in records)
        return ReadBatch(batch, records)


class ReadBatch:
    """A batch whose records are already read, as aiokafka's fetcher wants to see one."""

    def __init__(self, batch: Any, records: list[Any]) -> None:
        self._records = records
        self.base_offset: int = batch.base_offset
        self.next_offset: int = batch.next_offset
        self.producer_id: int | None = batch.producer_id
        self.is_transactional: bool = batch.is_transactional
        self.is_control_batch = False

    def validate_crc(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        return iter(self._records)


class _StandIn:
    """One record with the place of a batch's last."""

    key = None
    headers: tuple[tuple[str, bytes], ...] = ()
    checksum = None

    def __init__(self, batch: Any, error: Exception) -> None:
        self.offset: int = batch.next_offset - 1
        self.timestamp: int = batch.max_timestamp
        self.timestamp_type: int = batch.timestamp_type
        why = f"cannot be unpacked into {MOST_BYTES} bytes: {type(error).__name__}"
        self.value = Unreadable.because(why, batch.base_offset, self.offset)


def _within_bounds(decompress: Callable[[Any, Any], int]) -> Callable[[Any], bytes]:
    def decode(packed: Any) -> bytes:
        """Raises cramjam.DecompressionError if the result has no room."""
        # A zeroed array is only mapped: what is not written to takes no memory.
        room = bytearray(MOST_BYTES)
        size = decompress(bytes(packed), room)
        return bytes(memoryview(room)[:size])

    return decode


def _decode_snappy(packed: Any) -> bytes:
    """Snappy, plain or in the blocks of xerial's Java library. Raises cramjam.DecompressionError as the others do."""
    if not _detect_xerial_stream(packed):
        return _within_bounds(cramjam.snappy.decompress_raw_into)(packed)
    stream, room, place, size = memoryview(packed), bytearray(MOST_BYTES), _XERIAL_HEADER, 0
    while place < len(stream):
        (length,) = struct.unpack_from("!i", stream, place)
        if length < 0:
            raise cramjam.DecompressionError("a block of negative length")
        block = bytes(stream[place + 4 : place + 4 + length])
        size += cramjam.snappy.decompress_raw_into(block, memoryview(room)[size:])
        place += 4 + length
    return bytes(memoryview(room)[:size])


_DECODERS: Final[Mapping[str, Callable[[Any], bytes]]] = {
    "gzip_decode": _within_bounds(cramjam.gzip.decompress_into),
    "snappy_decode": _decode_snappy,
    "lz4_decode": _within_bounds(cramjam.lz4.decompress_into),
    "zstd_decode": _within_bounds(cramjam.zstd.decompress_into),
}
