"""Which exceptions a request may meet that are neither the caller's fault nor a defect of ours.

The database or the broker does not do now what it does otherwise: it is away, read-only, full, locked, out of
connections, or somebody has changed its tables or permissions. The same request may succeed later, so the answer is
503 with Retry-After. Left out are SQLSTATE classes 22 and 23 and asyncpg's own refusal to encode a value: they come
from a value that should have been refused before it was sent, so they are defects.
"""

from typing import Final

import asyncpg
from aiokafka.errors import KafkaError

from services.chassis.database import lost_connection

RETRY_AFTER_SECONDS: Final = 5

_OUTSIDE: Final[tuple[type[Exception], ...]] = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    KafkaError,
    TimeoutError,
    OSError,  # a lost connection is one, and so is a full disk
)
_OF_A_VALUE: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)

# Every exception that can be unavailability has one of these among its bases.
LOOKED_AT: Final[tuple[type[Exception], ...]] = (*_OUTSIDE, RuntimeError)


def unavailable(error: Exception) -> bool:
    """True if the request failed because database or broker cannot serve now; False for a defect."""
    if isinstance(error, _OF_A_VALUE):
        return False
    if isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError):
        # Either the address of the database is wrong, or an argument could not be encoded.
        return isinstance(error, asyncpg.exceptions.ClientConfigurationError)
    return isinstance(error, _OUTSIDE) or lost_connection(error)
