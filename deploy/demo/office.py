"""Those who work over HTTP, through the gateway: coordinators and lotsar, and officers of agencies."""

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, Self

import httpx

from deploy.demo.failures import PlayFailed
from deploy.demo.lives import Json

_AT_ONCE: Final = 16
_PATIENCE: Final = 60.0
_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 0.5
# An event of another service that has not arrived yet, and a service that is just starting.
# So has a session of a group that another participant's steps register as held.
_ON_ITS_WAY: Final = frozenset(
    {"case_unknown", "not_accepted", "follow_up_unknown", "not_handed_back", "not_ready", "session_not_held"}
)


class Conflicting(PlayFailed):
    """The case's state does not allow the step; in a resumed play it may have been taken already."""


class Office:
    """One HTTP client for all of them. As a context manager it is open inside.

    ``tokens``: by role at the association, and by agency.
    """

    def __init__(
        self, gateway_url: str, tokens: Mapping[str, str], transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=gateway_url,
            transport=transport,
            trust_env=False,  # the gateway is on this machine, whatever proxy leads out of it
            limits=httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE),
            timeout=httpx.Timeout(30.0, pool=None),
        )
        self._headers = {who: {"authorization": f"Bearer {token}"} for who, token in tokens.items()}

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def get(self, who: str, path: str) -> Json:
        """Reads. Raises PlayFailed, also when what is on its way does not arrive within a minute."""
        return await self._ask("GET", who, path, None, lambda _: True)

    async def get_when(self, who: str, path: str, ready: Callable[[Json], bool]) -> Json:
        """Reads until the answer is what is waited for. Raises PlayFailed after a minute."""
        return await self._ask("GET", who, path, None, ready)

    async def post(self, who: str, path: str, body: Json) -> Json:
        """Does something. Raises Conflicting if the case's state does not allow it, else PlayFailed."""
        return await self._ask("POST", who, path, body, lambda _: True)

    async def _ask(self, method: str, who: str, path: str, body: Json | None, ready: Callable[[Json], bool]) -> Json:
        until = asyncio.get_running_loop().time() + _PATIENCE
        pause = _FIRST_PAUSE
        while True:
            response = await self._send(method, who, path, body)
            answer = _json(response)
            if response.is_success and ready(answer):
                return answer
            waiting = response.is_success or answer.get("code") in _ON_ITS_WAY
            if not waiting or asyncio.get_running_loop().time() > until:
                raise _failure(method, path, body, response, answer)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _send(self, method: str, who: str, path: str, body: Json | None) -> httpx.Response:
        try:
            return await self._client.request(method, path, json=body, headers=self._headers[who])
        except httpx.TransportError as error:
            raise PlayFailed(f"{method} {path} got no answer ({type(error).__name__}).") from error


def _json(response: httpx.Response) -> Json:
    if "json" not in response.headers.get("content-type", ""):
        return {"detail": response.text[:300]}
    content = response.json()
    return content if isinstance(content, dict) else {"detail": content}


def _failure(method: str, path: str, body: Json | None, response: httpx.Response, answer: Json) -> PlayFailed:
    kind = Conflicting if response.status_code == httpx.codes.CONFLICT else PlayFailed
    said = answer.get("code"), answer.get("detail")
    return kind(f"{method} {path} with {body} was answered {response.status_code} {said}.")
