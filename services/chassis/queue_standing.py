"""How the queue to an insats stands: told by the referral service, which keeps it, and read by the project leader's
page."""

from typing import Annotated, Final

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.chassis.logs import logger
from services.chassis.sessions import without_cookies

_PATIENCE_SECONDS: Final = 2.0


class QueueStanding(BaseModel):
    """``queued``: how many wait now. ``median_days`` and ``longest_days``: how long they have waited, less the days
    on which an answer was waited for; null where nobody waits."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    queued: Annotated[int, Field(ge=0)]
    median_days: Annotated[float, Field(ge=0)] | None
    longest_days: Annotated[int, Field(ge=0)] | None


class QueueClient:
    """Asks the referral service with the signed-in user's own token."""

    def __init__(self, referral_url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=referral_url,
            timeout=_PATIENCE_SECONDS,
            trust_env=False,
            cookies=without_cookies(),
            transport=transport,
        )

    async def of(self, insats: str, token: str) -> QueueStanding | None:
        """How an insats' queue stands; None where the service does not say."""
        try:
            answer = await self._client.get(
                f"/api/referral/queues/{insats}", headers={"authorization": f"Bearer {token}"}
            )
            answer.raise_for_status()
            return QueueStanding.model_validate_json(answer.content)
        except (httpx.HTTPError, ValidationError) as error:
            logger().warning("queue_not_read", insats=insats, error=type(error).__name__)
            return None
