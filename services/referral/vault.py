"""The identity vault's locks: whoever reads the tables alone reads nothing about anybody.

Each person has a key of their own; what is known of the person is sealed with it, field by field. The key lies
wrapped by the key-encryption key, which is in no database. Deleting a person's key makes all of it unreadable.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from services.chassis.sealing import Tampered, new_key, seal, unseal

__all__ = ["TOKEN_BYTES", "PersonKey", "Tampered", "Vault"]

TOKEN_BYTES: Final = 8
"""The length of a search token."""


@dataclass(frozen=True)
class PersonKey:
    """One person's key. ``wrapped`` is the form it is kept in."""

    person_id: UUID
    wrapped: bytes = field(repr=False)
    _key: bytes = field(repr=False)

    def seal(self, name: str, text: str) -> bytes:
        """Seals one field. It opens only as this field of this person."""
        return seal(self._key, text.encode(), self._bound(name))

    def open(self, name: str, sealed: bytes) -> str:
        """The text of a sealed field. Raises Tampered."""
        return unseal(self._key, sealed, self._bound(name)).decode()

    def _bound(self, name: str) -> bytes:
        return self.person_id.bytes + name.encode()


class Vault:
    """Makes and unwraps keys, and finds people by a keyed hash of their number."""

    def __init__(self, kek: bytes, lookup_key: bytes) -> None:
        self._kek = kek
        self._lookup_key = lookup_key
        self._search_key = hmac.digest(lookup_key, b"key of search tokens", hashlib.sha256)

    def new_key(self, person_id: UUID) -> PersonKey:
        """A key for somebody who was not known before."""
        key = new_key()
        return PersonKey(person_id, seal(self._kek, key, _wrapping(person_id)), key)

    def key(self, person_id: UUID, wrapped: bytes) -> PersonKey:
        """The key kept for a person. Raises Tampered."""
        return PersonKey(person_id, wrapped, unseal(self._kek, wrapped, _wrapping(person_id)))

    def fingerprint(self, purpose: str, *parts: bytes) -> bytes:
        """32 bytes that are alike for alike parts, and reveal nothing without the key.

        A plain hash would: there are few enough identity numbers to try them all.
        """
        told_apart = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self._lookup_key, purpose.encode() + told_apart, hashlib.sha256)

    def token(self, word: str) -> bytes:
        """What a word is found by: alike for the same word, and revealing nothing without the key.

        Its key is another than that of fingerprints, so that no token is ever a part of one. Among ten million words
        the odds that two share a token are three in a million; then a search for one finds the other too.
        """
        return hmac.digest(self._search_key, word.encode(), hashlib.sha256)[:TOKEN_BYTES]


def _wrapping(person_id: UUID) -> bytes:
    return person_id.bytes + b"key"
