"""Dead letters of all services, seen, replayed and discarded through their HTTP interfaces."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict

from deploy.local.errors import LaunchError
from deploy.local.refusals import in_english
from deploy.local.settings import SERVICES

_PAGE: Final = 500
_UNKNOWN: Final = "dead_letter_unknown"


class DeadLetter(BaseModel):
    """A record a service could not use: where it lies and why, never what it holds.

    ``state`` is open, replayed or discarded.
    """

    model_config = ConfigDict(frozen=True)

    service: str
    dead_letter_id: UUID
    topic: str
    partition: int
    record_offset: int
    reason: str
    dead_lettered_at: datetime
    state: str
    replayed_at: datetime | None
    discarded_at: datetime | None
    discarded_by: str | None
    discard_reason: str | None


class _Page(BaseModel):
    items: list[dict[str, Any]]
    total: int
    next: UUID | None


class DeadLetterOffice:
    """Asks the services of an installation, with the token of somebody who may operate it.

    As a context manager it closes its connections at the end.
    """

    def __init__(self, gateway_url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(
            base_url=gateway_url,
            headers={"authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def dead_letters(self, services: Iterable[str] = SERVICES, **filters: str | None) -> Iterator[DeadLetter]:
        """All that fit ``filters`` (topic, reason, state): service by service, the latest first.

        Raises LaunchError when a service does not answer.
        """
        chosen = {name: value for name, value in filters.items() if value is not None}
        for service in services:
            page: _Page | None = self._page(service, {**chosen, "limit": _PAGE})
            while page is not None:
                for item in page.items:
                    yield DeadLetter.model_validate({**item, "service": service})
                more = page.next
                page = self._page(service, {**chosen, "limit": _PAGE, "after": str(more)}) if more else None

    def count_open(self, service: str) -> int:
        """How many dead letters of a service wait for a decision. Raises LaunchError if it does not say."""
        return self._page(service, {"state": "open", "limit": 1}).total

    def replay(self, ids: Iterable[str], *, discarded: bool = False) -> Iterator[tuple[str, str | None]]:
        """Have each letter applied again: its id, and why that was refused or None."""
        query = "?discarded=true" if discarded else ""
        return self._for_each(ids, lambda place: self._client.post(f"{place}/replay{query}"))

    def discard(self, ids: Iterable[str], reason: str) -> Iterator[tuple[str, str | None]]:
        """Have each letter discarded: its id, and why that was refused or None."""
        return self._for_each(ids, lambda place: self._client.post(f"{place}/discard", json={"reason": reason}))

    def _for_each(self, ids: Iterable[str], ask: Callable[[str], httpx.Response]) -> Iterator[tuple[str, str | None]]:
        for dead_letter_id in ids:
            yield dead_letter_id, self._outcome(dead_letter_id, ask)

    def _outcome(self, dead_letter_id: str, ask: Callable[[str], httpx.Response]) -> str | None:
        """None when the service that has the letter did it, else why not."""
        try:
            UUID(dead_letter_id)
        except ValueError:
            return "this is no id of a dead letter"
        for service in SERVICES:
            try:
                answer = ask(f"/api/{service}/dead-letters/{dead_letter_id}")
            except httpx.TransportError as error:
                return f"the service {service} does not answer: {type(error).__name__}"
            if answer.is_success:
                return None
            if _code(answer) != _UNKNOWN:
                return f"{service}: {in_english(answer)}"
        return "no service has such a dead letter"

    def _page(self, service: str, query: dict[str, Any]) -> _Page:
        try:
            answer = self._client.get(f"/api/{service}/dead-letters", params=query)
        except httpx.TransportError as error:
            raise LaunchError(f"The service {service} does not show its dead letters: {error}") from error
        if not answer.is_success:
            raise LaunchError(f"The service {service} does not show its dead letters: {in_english(answer)}")
        return _Page.model_validate(answer.json())


def _code(answer: httpx.Response) -> str:
    return str(answer.json().get("code")) if "json" in answer.headers.get("content-type", "") else ""
