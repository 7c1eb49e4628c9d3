"""Texts that whoever reads the tables alone cannot read: sealed with a key that is in no database."""

import os
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BITS: Final = 256
_NONCE_BYTES: Final = 12


class Tampered(Exception):
    """Something sealed was changed, moved to another field or person, or sealed with another key."""


def new_key() -> bytes:
    """A fresh key."""
    return AESGCM.generate_key(_KEY_BITS)


def seal(key: bytes, plain: bytes, bound: bytes) -> bytes:
    """Seals bytes. They open only with the same ``bound``, which says where they belong."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def unseal(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """What was sealed. Raises Tampered."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound)
    except (InvalidTag, ValueError) as error:
        raise Tampered from error


@dataclass(frozen=True)
class Sealed:
    """A text and its own key, wrapped: without the row the one cannot be opened, without the secret the other."""

    wrapped: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


def seal_text(secret: bytes, text: str, bound: bytes) -> Sealed:
    """Seals a text with a key of its own, wrapped by the secret. To delete the row makes it unreadable."""
    key = new_key()
    return Sealed(seal(secret, key, bound + b"/key"), seal(key, text.encode(), bound))


def unseal_text(secret: bytes, kept: Sealed, bound: bytes) -> str:
    """The text. Raises Tampered."""
    return unseal(unseal(secret, kept.wrapped, bound + b"/key"), kept.sealed, bound).decode()
