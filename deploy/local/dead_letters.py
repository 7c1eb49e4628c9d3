"""Dead letters of all services, seen and replayed through their public doors."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter

from deploy.local.errors import LaunchError
from deploy.local.settings import SERVICES


class DeadLetter(BaseModel):
    """A record a service could not use: where it lies and why, never what it holds."""

    model_config = ConfigDict(frozen=True)

    service: str
    dead_letter_id: UUID
    topic: str
    partition: int
    record_offset: int
    reason: str
    buried_at: datetime
    replayed_at: datetime | None


_LETTERS = TypeAdapter(list[DeadLetter])


class DeadLetterOffice:
    """Asks the services of an installation, with the token of somebody who may operate it."""

    def __init__(self, gateway_url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(
            base_url=gateway_url,
            headers={"authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
            transport=transport,
        )

    def letters(self) -> list[DeadLetter]:
        """All that the services tell of, latest first. Raises LaunchError when one does not answer."""
        found = [letter for service in SERVICES for letter in self._letters_of(service)]
        return sorted(found, key=lambda letter: letter.buried_at, reverse=True)

    def replay(self, ids: Iterable[str]) -> Iterator[tuple[str, str | None]]:
        """Have each letter applied again: its id, and why that was refused or None."""
        services = {str(letter.dead_letter_id): letter.service for letter in self.letters()}
        for dead_letter_id in ids:
            service = services.get(dead_letter_id)
            yield dead_letter_id, "no such dead letter" if service is None else self._replay(service, dead_letter_id)

    def _letters_of(self, service: str) -> list[DeadLetter]:
        try:
            answer = self._client.get(f"/api/{service}/dead-letters").raise_for_status()
        except httpx.HTTPError as error:
            raise LaunchError(f"The service {service} does not tell its dead letters: {error}") from error
        return _LETTERS.validate_python([item | {"service": service} for item in answer.json()["items"]])

    def _replay(self, service: str, dead_letter_id: str) -> str | None:
        answer = self._client.post(f"/api/{service}/dead-letters/{dead_letter_id}/replay")
        return None if answer.is_success else str(answer.json().get("detail", answer.status_code))
