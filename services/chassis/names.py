"""Names for pages: a synchronous call between services, as only to_do.py makes another.

The identity vault answers for a signed-in person, and logs each read. A page without names still works.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Final
from uuid import UUID

import httpx
from fastapi import Depends

from services.chassis.http import RuntimeOf
from services.chassis.logs import logger
from services.chassis.sessions import without_cookies

PROTECTED: Final = "Skyddade personuppgifter"
"""What stands where the name of a protected person would, for whoever is not named to read it."""

PLACE_WITHHELD: Final = "visas inte"
"""What stands where the unit that referred would, and with it the district somebody lives in."""

_AT_ONCE: Final = 200
_PATIENCE_SECONDS: Final = 2.0


class Names(Mapping[UUID, str]):
    """What one reader is shown as the names of cases' people.

    ``withheld``: the cases among them whose person is protected from this reader.
    """

    def __init__(self, texts: Mapping[UUID, str], withheld: Iterable[UUID] = ()) -> None:
        self._texts = texts
        self.withheld: Final = frozenset(withheld)

    def __getitem__(self, case_id: UUID) -> str:
        return self._texts[case_id]

    def __iter__(self) -> Iterator[UUID]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def shows_place(self, case_id: UUID) -> bool:
        """True if what says where somebody lives may stand beside the case: its unit, its district.

        False too where the vault did not answer, since it alone knows who is protected.
        """
        return case_id in self and case_id not in self.withheld


class NameClient:
    """Reads names from the vault with the signed-in user's own token."""

    def __init__(self, referral_url: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=referral_url, timeout=_PATIENCE_SECONDS, trust_env=False, cookies=without_cookies()
        )

    async def of(self, case_ids: Iterable[UUID], token: str) -> Names:
        """The names of cases' persons; those the vault would not or could not give are left out."""
        wanted = [str(case_id) for case_id in dict.fromkeys(case_ids)][:_AT_ONCE]
        if not wanted:
            return Names({})
        try:
            answer = await self._client.post(
                "/api/referral/names", json={"case_ids": wanted}, headers={"authorization": f"Bearer {token}"}
            )
            answer.raise_for_status()
        except httpx.HTTPError as error:
            logger().warning("names_not_read", error=type(error).__name__)
            return Names({})
        answered = answer.json()
        texts = {UUID(case_id): name for case_id, name in answered["names"].items()}
        # A referral service of before this knows of nobody who is protected.
        return Names(texts, map(UUID, answered.get("withheld", ())))


@cache
def _client_at(referral_url: str) -> NameClient:
    return NameClient(referral_url)


def _client(runtime: RuntimeOf) -> NameClient:
    return _client_at(runtime.settings.referral_url)


NamesOf = Annotated[NameClient, Depends(_client)]
"""A page's dependency: the client of the vault that the running service was told of."""
