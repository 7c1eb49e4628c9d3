"""The vault: what is sealed opens where it was sealed, and nowhere else."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.vault import PersonKey, Tampered, Vault

_ASTA, _BO = UUID(int=1), UUID(int=2)
_VAULT = Vault(kek=bytes(range(32)), lookup_key=bytes(32))
_OTHER = Vault(kek=bytes(range(1, 33)), lookup_key=b"\x01" * 32)


@given(st.text(), st.text(st.characters(codec="utf-8"), max_size=30))
def test_what_is_sealed_opens_again(text: str, name: str) -> None:
    key = _VAULT.new_key(_ASTA)
    sealed = key.seal(name, text.encode("utf-8", "replace").decode())
    kept = _VAULT.key(_ASTA, key.wrapped)
    assert kept.open(name, sealed) == text.encode("utf-8", "replace").decode()


def test_nothing_of_the_text_shows() -> None:
    sealed = _VAULT.new_key(_ASTA).seal("name", "Asta Felpostsson")
    assert b"Asta" not in sealed


def test_the_same_text_is_never_sealed_alike() -> None:
    key = _VAULT.new_key(_ASTA)
    assert key.seal("name", "Asta") != key.seal("name", "Asta")


@given(st.data())
def test_any_changed_bit_is_found(data: st.DataObject) -> None:
    key = _VAULT.new_key(_ASTA)
    sealed = bytearray(key.seal("name", "Asta"))
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[place // 8] ^= 1 << place % 8
    with pytest.raises(Tampered):
        key.open("name", bytes(sealed))


@given(st.integers(0, 31))
def test_a_cut_is_found(length: int) -> None:
    key = _VAULT.new_key(_ASTA)
    with pytest.raises(Tampered):
        key.open("name", key.seal("name", "Asta")[:length])


def test_a_field_does_not_open_as_another() -> None:
    key = _VAULT.new_key(_ASTA)
    with pytest.raises(Tampered):
        key.open("phone", key.seal("name", "Asta"))


def test_one_persons_key_opens_nothing_of_anothers() -> None:
    asta, bo = _VAULT.new_key(_ASTA), _VAULT.new_key(_BO)
    with pytest.raises(Tampered):
        bo.open("name", asta.seal("name", "Asta"))


def test_a_key_moved_to_another_person_does_not_unwrap() -> None:
    with pytest.raises(Tampered):
        _VAULT.key(_BO, _VAULT.new_key(_ASTA).wrapped)


def test_another_installation_unwraps_nothing() -> None:
    with pytest.raises(Tampered):
        _OTHER.key(_ASTA, _VAULT.new_key(_ASTA).wrapped)


def test_fingerprints_tell_apart_what_is_not_the_same() -> None:
    alike = _VAULT.fingerprint("person", b"19")
    assert alike == _VAULT.fingerprint("person", b"19")
    others = [
        _VAULT.fingerprint("message", b"19"),
        _VAULT.fingerprint("person", b"1", b"9"),
        _VAULT.fingerprint("person", b"", b"19"),
        _OTHER.fingerprint("person", b"19"),
    ]
    assert alike not in others
    assert len(set(others)) == len(others)


def test_a_key_does_not_show_itself() -> None:
    key: PersonKey = _VAULT.new_key(_ASTA)
    assert repr(key) == f"PersonKey(person_id={_ASTA!r})"
