"""Refusals: what a service answers when it will not do what it was asked.

    Refused                 something was asked that cannot be done
    ├── Invalid        422  a field of the request is wrong; ``field`` names it
    ├── NotFound       404  what the request speaks of is not known here (yet)
    ├── Conflict       409  it is known, but its state does not allow this
    ├── Forbidden      403  the signed-in user's role does not allow it
    ├── NotSignedIn    401  nobody is signed in, or the token is no longer valid
    └── and what HTTP itself has a status for: NotReadable 400, MethodNotAllowed 405, NotAcceptable 406,
        BodyTooLarge 413, ContentTypeNotSupported 415, HeadersTooLarge 431

``code`` is for programs and stable; ``message`` is Swedish, for people, and says what to do.
"""

from typing import ClassVar


class Refused(Exception):
    """Something was asked that cannot be done."""

    status: ClassVar[int] = 400

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.field = field

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((type(self), self.code, self.field))


class Invalid(Refused):
    """A field of the request is wrong; ``field`` names it."""

    status = 422


class NotFound(Refused):
    """What the request speaks of is not known here (yet)."""

    status = 404


class Conflict(Refused):
    """It is known, but its state does not allow this."""

    status = 409


class Forbidden(Refused):
    """The signed-in user's role does not allow it."""

    status = 403


class NotSignedIn(Refused):
    """Nobody is signed in, or the token is no longer valid."""

    status = 401


class NotReadable(Refused):
    """The request cannot be read at all: a broken form, for instance."""

    status = 400


class MethodNotAllowed(Refused):
    """The address exists, but not for this method; ``Allow`` lists those it has."""

    status = 405


class NotAcceptable(Refused):
    """No form of the answer is among those the request accepts."""

    status = 406


class BodyTooLarge(Refused):
    """The body is larger than any request of this kind needs to be."""

    status = 413


class ContentTypeNotSupported(Refused):
    """The body is of a kind that is not read here."""

    status = 415


class HeadersTooLarge(Refused):
    """The header fields are more, or longer, than any request needs."""

    status = 431


class TooManyRequests(Refused):
    """More came in a short time than anybody could have meant."""

    status = 429
