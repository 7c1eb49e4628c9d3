"""Who is signed in. Local signed tokens today; whatever else proves identity fits behind :class:`Identity`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from contracts.codes import Role
from contracts.problems import NotSignedIn

_ISSUER: Final = "samspel-local"
_ALGORITHM: Final = "HS256"


@dataclass(frozen=True)
class User:
    """A person, or an agency's system, and what it may do."""

    id: str
    name: str
    roles: frozenset[Role]
    agency: str | None = None

    def has(self, *roles: Role) -> bool:
        """True if the user has one of the roles."""
        return not self.roles.isdisjoint(roles)


class Identity(Protocol):
    """Tells who a token speaks for."""

    def user(self, token: str) -> User:
        """The user. Raises NotSignedIn if the token is not valid (any more)."""


class LocalTokens:
    """Tokens signed with a key of our own. Real time counts for their validity, whatever clock a play runs on."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(key)
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": _ISSUER}, exp={"essential": True}, sub={"essential": True}
        )

    def issue(self, user: User, *, valid: timedelta = timedelta(hours=12)) -> str:
        """A token for a user."""
        issued = datetime.now(UTC)
        return jwt.encode(
            {"alg": _ALGORITHM},
            {
                "iss": _ISSUER,
                "sub": user.id,
                "name": user.name,
                "roles": sorted(user.roles),
                "agency": user.agency,
                "iat": int(issued.timestamp()),
                "exp": int((issued + valid).timestamp()),
            },
            self._key,
        )

    def user(self, token: str) -> User:
        try:
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
            self._claims.validate(claims)
            return User(
                id=claims["sub"],
                name=claims["name"],
                roles=frozenset(Role(role) for role in claims["roles"]),
                agency=claims.get("agency"),
            )
        except (JoseError, KeyError, ValueError, TypeError, RecursionError) as error:
            raise NotSignedIn("token_not_valid", "Du är inte inloggad, eller så har inloggningen gått ut.") from error
