"""Ended sign-ins: a token that was revoked is refused by every service within seconds.

A token is valid by its signature, which needs nobody's help. What has been revoked is a short list: the service that
signs people in keeps it in its database and serves it at ``/revocations``; the others ask every two seconds, and keep
a copy. While it is away nothing new can be revoked, and the copy goes on counting. See docs/adr/0014.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import asyncpg
import httpx
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from services.chassis.auth import SESSION, LocalTokens, Token, User, not_signed_in
from services.chassis.database import TRANSIENT, Pool
from services.chassis.logs import logger

EVERYBODY: Final = sha256(b"everybody").hexdigest()
PATH: Final = "/revocations"
_EVERY_SECONDS: Final = 2.0
_FIRST_SECONDS: Final = 0.1
_PATIENCE_SECONDS: Final = 2.0


class Revocation(BaseModel, frozen=True):
    """One revocation. ``subject`` is a hash: whoever reads the list learns nobody's name and no token's id."""

    subject: str
    issued_before: AwareDatetime
    expires_at: AwareDatetime


def of_token(token: Token) -> Revocation:
    """One sign-in ends."""
    return Revocation(subject=_token_subject(token.id), issued_before=token.issued, expires_at=token.expires)


def of_user(user_id: str | None, now: datetime) -> Revocation:
    """Every sign-in of a user until now ends, or everybody's when ``user_id`` is None."""
    subject = EVERYBODY if user_id is None else _user_subject(user_id)
    return Revocation(subject=subject, issued_before=now, expires_at=now + SESSION)


def _token_subject(token_id: str) -> str:
    return sha256(f"token {token_id}".encode()).hexdigest()


def _user_subject(user_id: str) -> str:
    return sha256(f"user {user_id}".encode()).hexdigest()


class Revocations:
    """What is revoked, in memory, where each request is checked against it."""

    def __init__(self) -> None:
        self._known: dict[str, Revocation] = {}
        self._complete = False

    def cover(self, token: Token) -> bool:
        """True if the token was revoked. Raises ConnectionError before the list was read, which answers 503."""
        if not self._complete:
            raise ConnectionError("the revocations have not been read yet")
        subjects = (_token_subject(token.id), _user_subject(token.user.id), EVERYBODY)
        found = (self._known.get(subject) for subject in subjects)
        return any(each is not None and token.issued <= each.issued_before for each in found)

    def add(self, revocations: Iterable[Revocation]) -> None:
        """Counts from now on; of two about the same, the later."""
        for each in revocations:
            earlier = self._known.get(each.subject)
            if earlier is None or earlier.issued_before < each.issued_before:
                self._known[each.subject] = each

    def forget_expired(self, now: datetime) -> None:
        """Leaves out those that speak only of tokens that have expired."""
        self._known = {subject: each for subject, each in self._known.items() if each.expires_at > now}

    def completed(self) -> None:
        """What was read so far is all there is."""
        self._complete = True

    def why_not_ready(self) -> list[str]:
        """What is missing before any sign-in can be looked at; empty when nothing is."""
        return [] if self._complete else ["the sign-ins that were ended have not been read"]


@dataclass(frozen=True)
class Sessions:
    """Tokens that are valid and not revoked."""

    tokens: LocalTokens
    revocations: Revocations

    def user(self, token: str) -> User:
        return self.read(token).user

    def read(self, token: str) -> Token:
        """What a token says. Raises NotSignedIn; ConnectionError before the revocations have been read."""
        read = self.tokens.read(token)
        if self.revocations.cover(read):
            raise not_signed_in()
        return read


_KEEP: Final = """
INSERT INTO revocation (subject, issued_before, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (subject) DO UPDATE SET issued_before = excluded.issued_before, expires_at = excluded.expires_at
WHERE revocation.issued_before < excluded.issued_before
"""


async def keep(pool: Pool, revocations: Iterable[Revocation]) -> None:
    """Writes them down, and forgets what has expired."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.executemany(
            _KEEP, [(each.subject, each.issued_before, each.expires_at) for each in revocations]
        )
        await connection.execute("DELETE FROM revocation WHERE expires_at < now()")


async def kept(pool: Pool) -> Sequence[Revocation]:
    """Those that count."""
    rows = await pool.fetch("SELECT subject, issued_before, expires_at FROM revocation WHERE expires_at > now()")
    return [Revocation(**dict(row)) for row in rows]


async def use_link(pool: Pool, link: Token) -> bool:
    """Notes that a sign-in link was used. False if it had been already."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("DELETE FROM used_link WHERE expires_at < now()")
        said: str = await connection.execute(
            "INSERT INTO used_link (link_id, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            link.id,
            link.expires,
        )
    return said == "INSERT 0 1"


def without_cookies() -> CookieJar:
    """For a client that many share: it takes no cookie from an answer, so none reaches another's request."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


_LIST: Final = TypeAdapter(list[Revocation])


async def follow(revocations: Revocations, pool: Callable[[], Pool], sign_in_url: str | None) -> None:
    """Keeps the list as it is where people sign in, for ever; ``sign_in_url`` is None there."""
    async with httpx.AsyncClient(
        base_url=sign_in_url or "", timeout=_PATIENCE_SECONDS, trust_env=False, cookies=without_cookies()
    ) as client:
        reached = True
        while True:
            if sign_in_url is not None:
                reached = await _ask(revocations, pool, client, reached_before=reached)
            await _read_own(revocations, pool)
            revocations.forget_expired(datetime.now(UTC))
            # Nobody can sign in before the list has been read, so the first reading is tried often.
            await asyncio.sleep(_FIRST_SECONDS if revocations.why_not_ready() else _EVERY_SECONDS)


async def _ask(
    revocations: Revocations, pool: Callable[[], Pool], client: httpx.AsyncClient, *, reached_before: bool
) -> bool:
    try:
        answer = await client.get(PATH)
        listed = _LIST.validate_json(answer.raise_for_status().content)
    except (httpx.HTTPError, ValidationError) as error:
        if reached_before:
            logger().warning("revocations_not_read", error=type(error).__name__)
        return False
    try:
        # Stored before it counts: a process that ends in between must find it again, also while nobody can be asked.
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await keep(pool(), listed)
    except (*TRANSIENT, asyncpg.PostgresError) as error:
        logger().warning("revocations_not_kept", error=type(error).__name__)
    revocations.add(listed)
    return True


async def _read_own(revocations: Revocations, pool: Callable[[], Pool]) -> None:
    try:
        revocations.add(await kept(pool()))
    except (*TRANSIENT, asyncpg.PostgresError) as error:
        logger().warning("own_revocations_not_read", error=type(error).__name__)
    else:
        revocations.completed()
