"""Texts sealed with a key of their own: they open where they belong, with the secret, unchanged, and nowhere else."""

import pytest

from services.chassis.sealing import Sealed, Tampered, seal_text, unseal_text

_SECRET, _OTHER = bytes(range(32)), bytes(32)


def test_it_opens_where_it_belongs() -> None:
    kept = seal_text(_SECRET, "ord för ord", b"here")
    assert unseal_text(_SECRET, kept, b"here") == "ord för ord"
    assert "ord" not in repr(kept)


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert seal_text(_SECRET, "a", b"here") != seal_text(_SECRET, "a", b"here")


@pytest.mark.parametrize(
    ("secret", "bound", "changed"), [(_OTHER, b"here", False), (_SECRET, b"there", False), (_SECRET, b"here", True)]
)
def test_it_opens_nowhere_else(secret: bytes, bound: bytes, changed: bool) -> None:
    kept = seal_text(_SECRET, "a", b"here")
    if changed:
        kept = Sealed(kept.wrapped, kept.sealed[:-1] + bytes([kept.sealed[-1] ^ 1]))
    with pytest.raises(Tampered):
        unseal_text(secret, kept, bound)


def test_the_key_of_one_text_does_not_open_another() -> None:
    one, other = (seal_text(_SECRET, text, b"here") for text in "ab")
    with pytest.raises(Tampered):
        unseal_text(_SECRET, Sealed(one.wrapped, other.sealed), b"here")
