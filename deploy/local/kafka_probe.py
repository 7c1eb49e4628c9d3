"""Whether a Kafka cluster answers."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local import blocking


def why_silent(bootstrap: str) -> str | None:
    """None when the cluster describes itself and has a broker that serves, else why not. Blocks, 15 s at most."""
    return blocking.run(_why_silent(bootstrap))


async def _why_silent(bootstrap: str) -> str | None:
    if not await _listens(bootstrap):
        return f"nothing listens on {bootstrap}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        async with asyncio.timeout(10):
            await admin.start()
            cluster = await admin.describe_cluster()
            return None if cluster["brokers"] else "no broker is in service yet"
    except (KafkaError, OSError, TimeoutError) as failure:
        return str(failure) or type(failure).__name__
    finally:
        await admin.close()


async def _listens(bootstrap: str) -> bool:
    """Whether anything accepts connections at an address; the client would log an error when not."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), 5)
        except (OSError, TimeoutError):
            continue
        writer.close()
        await writer.wait_closed()
        return True
    return False
