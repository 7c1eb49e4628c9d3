"""What a signed-in person has to do, counted by each service for its own lists, and read together by the start page.

A service counts with the statements of the list that an item opens, so that the two cannot disagree.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Self

import httpx
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from contracts.codes import Role
from services.chassis.logs import logger
from services.chassis.sessions import without_cookies

PATIENCE_SECONDS: Final = 2.0
WITH_LISTS: Final = (Role.COORDINATOR, Role.LOTS, Role.OFFICE, Role.AGENCY, Role.PROJECT_LEADER)
"""Those who have lists somewhere: each service answers them, with nothing where it has none of theirs."""


class Part(StrEnum):
    """Where an item stands on the start page, in this order."""

    MINE = "mine"
    TODAY = "today"
    NEW = "new"
    AWAITED = "awaited"
    TEAM = "team"


class ToDo(BaseModel):
    """So much in a list. ``text``: what is counted, in Swedish and without the number; ``href``: the list."""

    model_config = ConfigDict(frozen=True)

    part: Part
    count: Annotated[int, Field(ge=0)]
    text: str
    # The start page links to it: an address of this site and no other.
    href: Annotated[str, Field(pattern=r"^/([^/\\].*)?$")]
    late: bool = False

    @classmethod
    def of(cls, part: Part, count: int, one: str, many: str, href: str, *, late: bool = False) -> Self:
        """An item, in the words for one of it or for several."""
        return cls(part=part, count=count, text=one if count == 1 else many, href=href, late=late)


_ANSWER: Final = TypeAdapter(tuple[ToDo, ...])


@dataclass(frozen=True)
class Read:
    """What the services answered. ``silent``: those that did not."""

    items: Sequence[ToDo]
    silent: Sequence[str]


class ToDoClient:
    """Asks services with the signed-in user's own token. ``urls``: where each answers, by its name."""

    def __init__(self, urls: Mapping[str, str], transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._urls: Final = dict(urls)
        self._client = httpx.AsyncClient(
            timeout=PATIENCE_SECONDS, trust_env=False, cookies=without_cookies(), transport=transport
        )

    async def read(self, token: str) -> Read:
        """All that is to do. A service that is away, slow or refuses is left out and named."""
        answers = await asyncio.gather(*(self._of(service, token) for service in self._urls))
        found = dict(zip(self._urls, answers, strict=True))
        return Read(
            items=[item for items in answers for item in items or () if item.count],
            silent=[service for service, items in found.items() if items is None],
        )

    async def _of(self, service: str, token: str) -> Sequence[ToDo] | None:
        address = f"{self._urls[service]}/api/{service}/to-do"
        try:
            answer = await self._client.get(address, headers={"authorization": f"Bearer {token}"})
            answer.raise_for_status()
            return _ANSWER.validate_json(answer.content)
        except (httpx.HTTPError, ValidationError) as error:
            logger().warning("to_do_not_read", service=service, error=type(error).__name__)
            return None
