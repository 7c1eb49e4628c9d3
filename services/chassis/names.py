"""Names for pages: the one synchronous call between services.

The identity vault answers for a signed-in person, and logs each read. A page without names still works.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Final
from uuid import UUID

import httpx
from fastapi import Depends

from services.chassis.http import RuntimeOf
from services.chassis.logs import logger
from services.chassis.sessions import without_cookies

_AT_ONCE: Final = 200
_PATIENCE_SECONDS: Final = 2.0


class NameClient:
    """Reads names from the vault with the signed-in user's own token."""

    def __init__(self, referral_url: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=referral_url, timeout=_PATIENCE_SECONDS, trust_env=False, cookies=without_cookies()
        )

    async def of(self, case_ids: Iterable[UUID], token: str) -> Mapping[UUID, str]:
        """The names of cases' persons; those the vault would not or could not give are left out."""
        wanted = [str(case_id) for case_id in dict.fromkeys(case_ids)][:_AT_ONCE]
        if not wanted:
            return {}
        try:
            answer = await self._client.post(
                "/api/referral/names", json={"case_ids": wanted}, headers={"authorization": f"Bearer {token}"}
            )
            answer.raise_for_status()
        except httpx.HTTPError as error:
            logger().warning("names_not_read", error=type(error).__name__)
            return {}
        return {UUID(case_id): name for case_id, name in answer.json()["names"].items()}


@cache
def _client_at(referral_url: str) -> NameClient:
    return NameClient(referral_url)


def _client(runtime: RuntimeOf) -> NameClient:
    return _client_at(runtime.settings.referral_url)


NamesOf = Annotated[NameClient, Depends(_client)]
"""A page's dependency: the client of the vault that the running service was told of."""
