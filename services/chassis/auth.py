"""Who is signed in. Local signed tokens today; whatever else proves identity fits behind :class:`Identity`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Protocol
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from contracts.codes import Member, Role
from contracts.envelope import Actor, agency, worker
from contracts.problems import NotSignedIn

_ISSUER: Final = "samspel-local"
_ALGORITHM: Final = "HS256"

# How long a sign-in lasts, and how long a link that begins one.
SESSION: Final = timedelta(hours=8)
LINK: Final = timedelta(minutes=10)

# How many tokens a process remembers to have verified.
_REMEMBERED: Final = 1024

_ACCESS_USE: Final = "access"
_LINK_USE: Final = "link"

# What a token must say, by what it is for: a link is no session, and a session is no link.
_REQUIRED: Final = {
    use: jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": _ISSUER},
        use={"essential": True, "value": use},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        jti={"essential": True},
        # joserfc compares with the whole second; a token of this very moment has a part of one.
        leeway=1,
    )
    for use in (_ACCESS_USE, _LINK_USE)
}

# What reading anything but a token of ours raises: it is anybody's text until its signature holds.
_NO_TOKEN: Final = (JoseError, KeyError, ValueError, TypeError, OverflowError, OSError, RecursionError)


@dataclass(frozen=True)
class User:
    """A person, or an agency's system, and what it may do. ``leads``: the insatser that a project leader leads.
    ``member``: the party that a team representative is of."""

    id: str
    name: str
    roles: frozenset[Role]
    agency: str | None = None
    leads: frozenset[str] = frozenset()
    member: Member | None = None

    @property
    def actor(self) -> Actor:
        """Who did it, as events say: never a name. The role is the first of the user's."""
        if self.agency is not None:
            return agency(self.agency)
        return worker(self.worker_id, min(self.roles, default="nobody"))

    @property
    def worker_id(self) -> str:
        """The user as facts name them: who did it, and who supports a participant. Never a name."""
        return _opaque(self.id)

    def has(self, *roles: Role) -> bool:
        """True if the user has one of the roles."""
        return not self.roles.isdisjoint(roles)


def _opaque(user_id: str) -> str:
    """A user's id as it may travel: what would not fit an actor is replaced, and identifies nobody either way."""
    return re.sub(r"[^a-z0-9-]", "-", user_id)


class Identity(Protocol):
    """Tells who a token speaks for."""

    def user(self, token: str) -> User:
        """The user. Raises NotSignedIn if the token is not valid (any more)."""


@dataclass(frozen=True)
class Token:
    """What a valid token says: for whom, which one it is, and between which moments it holds."""

    id: str
    user: User
    issued: datetime
    expires: datetime


class LocalTokens:
    """Tokens signed with a key of our own. Real time counts for their validity, whatever clock a play runs on."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(key)
        # A session sends the same token with each request. Its signature holds for ever, its time is looked at anew.
        self._verified = lru_cache(_REMEMBERED)(self._verify)

    def issue(self, user: User, *, valid: timedelta = SESSION) -> str:
        """A token for a user: for the API, or as the session of a browser."""
        return self._sign(user, _ACCESS_USE, valid)

    def issue_link(self, user: User, *, valid: timedelta = LINK) -> str:
        """A token that does nothing but sign a browser in, once."""
        return self._sign(user, _LINK_USE, valid)

    def user(self, token: str) -> User:
        return self.read(token).user

    def read(self, token: str) -> Token:
        """What a token of :meth:`issue` says. Raises NotSignedIn."""
        return self._read(token, _ACCESS_USE)

    def read_link(self, token: str) -> Token:
        """What a token of :meth:`issue_link` says. Raises NotSignedIn."""
        return self._read(token, _LINK_USE)

    def _sign(self, user: User, use: str, valid: timedelta) -> str:
        issued = datetime.now(UTC)
        claims = {
            "iss": _ISSUER,
            "jti": uuid4().hex,
            "use": use,
            "sub": user.id,
            "name": user.name,
            "roles": sorted(user.roles),
            "agency": user.agency,
            "leads": sorted(user.leads),
            "member": user.member,
            "iat": issued.timestamp(),
            "exp": int((issued + valid).timestamp()),
        }
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key)

    def _read(self, token: str, use: str) -> Token:
        read = self._verified(token, use)
        return read if datetime.now(UTC) < read.expires else self._verify(token, use)

    def _verify(self, token: str, use: str) -> Token:
        try:
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
            _REQUIRED[use].validate(claims)
            return _token(claims)
        except _NO_TOKEN as error:
            raise not_signed_in() from error


def _token(claims: Mapping[str, Any]) -> Token:
    user = User(
        id=claims["sub"],
        name=claims["name"],
        roles=frozenset(Role(role) for role in claims["roles"]),
        agency=claims.get("agency"),
        leads=frozenset(map(str, claims.get("leads", ()))),
        member=None if (member := claims.get("member")) is None else Member(member),
    )
    issued, expires = (datetime.fromtimestamp(claims[name], UTC) for name in ("iat", "exp"))
    return Token(claims["jti"], user, issued, expires)


def not_signed_in() -> NotSignedIn:
    """The refusal of a token that says nothing, or nothing any more."""
    return NotSignedIn("token_not_valid", "Du är inte inloggad, eller så har inloggningen gått ut.")
