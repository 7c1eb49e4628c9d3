"""What finds a referral: every part of a name and every beginning of one, and nothing that others are called."""

import unicodedata
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.problems import Invalid
from deploy.demo.identity import synthetic_number
from services.referral.domain.search_words import (
    LONGEST,
    MOST_WORDS,
    SHORTEST_BEGINNING,
    SoughtNumbers,
    SoughtWords,
    sought,
    words_of_referral,
)
from services.referral.vault import TOKEN_BYTES, Vault

TODAY = date(2021, 3, 1)
LETTERS = st.characters(categories=["L", "M"]) | st.sampled_from("åäöÅÄÖéøÆßıİfiǅ")
PARTS = st.text(LETTERS, min_size=1, max_size=30)
NAMES = st.lists(PARTS, min_size=1, max_size=4)
JOINS = st.sampled_from([" ", "-", "'", "’", " - ", "  "])


def _found(name: str, query: str, reference: str = "SOC-2021-88") -> bool:
    asked = sought(query, TODAY)
    return isinstance(asked, SoughtWords) and asked.words <= words_of_referral(name, reference)


@given(NAMES, JOINS, st.data())
def test_a_name_is_found_by_any_of_its_parts_and_by_how_they_begin(
    parts: list[str], join: str, data: st.DataObject
) -> None:
    name = join.join(parts)
    [part] = data.draw(st.permutations(parts))[:1]
    assume(any(unicodedata.category(each)[0] == "L" for each in part))
    assert _found(name, part)
    whole = sought(part, TODAY)
    assert isinstance(whole, SoughtWords)
    for word in whole.words:
        beginning = word[: data.draw(st.integers(SHORTEST_BEGINNING, LONGEST))]
        assert _found(name, beginning)


@given(NAMES, st.data())
def test_it_is_found_by_several_in_any_order_and_however_it_is_stored_and_typed(
    parts: list[str], data: st.DataObject
) -> None:
    name = " ".join(parts)
    assume(any(unicodedata.category(each)[0] == "L" for each in name))
    some = " ".join(data.draw(st.permutations(parts)))
    assert _found(name, some)
    assert _found(unicodedata.normalize("NFD", name), unicodedata.normalize("NFC", some))
    assert _found(unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", some).casefold())


@given(NAMES, NAMES)
def test_nothing_is_found_by_what_only_others_are_called(own: list[str], others: list[str]) -> None:
    mine = words_of_referral(" ".join(own), "")
    for word in words_of_referral(" ".join(others), "") - mine:
        assert not _found(" ".join(own), word, reference="")


@given(NAMES, NAMES)
def test_tokens_tell_words_apart_as_the_words_do(own: list[str], others: list[str]) -> None:
    vault = Vault(bytes(32), bytes(32))
    words = [words_of_referral(" ".join(each), "") for each in (own, others)]
    mine, theirs = ({vault.token(word) for word in each} for each in words)
    # Two of these few words share a token with odds of one in a thousand million million.
    assert len(mine & theirs) == len(words[0] & words[1])
    assert {len(token) for token in mine} <= {TOKEN_BYTES}


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Åsa Öberg", "asa"),
        ("Åsa Öberg", "ÅSA öb" + "e"),
        ("Åsa Öberg", "oberg asa"),
        ("Anna-Karin Lind", "karin"),
        ("Anna-Karin Lind", "Anna-Karin"),
        ("Anna-Karin Lind", "annakar"),
        ("Sinéad O’Brien", "sinead o'brien"),
        ("Sinéad O’Brien", "obrien"),
        ("Søren Kjær", "soren kjaer"),
        ("Łucja Ek", "lucja ek"),
        ("Bo Ek", "bo"),
        ("Bo Ek", "SOC-2021-88"),
        ("Bo Ek", "soc202188 bo"),
        ("Bo Ek", "2021 88"),
    ],
)
def test_found(name: str, query: str) -> None:
    assert _found(name, query)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Asa Oberg", "åsa"),  # who types the ring means it
        ("Anna Lind", "an"),  # too short to be a beginning
        ("Anna Lind", "nna"),  # parts are found by how they begin
        ("Anna Lind", "anna berg"),  # all words, not some
        ("Anna Lind", "soc-2021-89"),
        ("Bo Ek", "soc-2021-8"),  # a reference is found by whole parts
    ],
)
def test_not_found(name: str, query: str) -> None:
    assert not _found(name, query)


def test_words_too_short_to_be_a_beginning_are_told() -> None:
    for query, short in (("Bo Ek", True), ("an", True), ("anna", False), ("anna 88", False), ("å", True)):
        asked = sought(query, TODAY)
        assert isinstance(asked, SoughtWords)
        assert asked.short is short


@pytest.mark.parametrize(("query", "code"), [("", "nothing_sought"), (" - ", "nothing_sought"), ("a1 " * 9, "")])
def test_nothing_to_look_for(query: str, code: str) -> None:
    if code:
        with pytest.raises(Invalid) as refused:
            sought(query, TODAY)
        assert refused.value.code == code
    else:
        assert isinstance(sought(query, TODAY), SoughtWords)  # the same word nine times is one


def test_too_many_words() -> None:
    sought(" ".join(f"ord{nth}" for nth in range(MOST_WORDS)), TODAY)
    with pytest.raises(Invalid) as refused:
        sought(" ".join(f"ord{nth}" for nth in range(MOST_WORDS + 1)), TODAY)
    assert refused.value.code == "too_many_words"


@given(st.dates(date(1901, 1, 1), TODAY), st.integers(980, 999), st.booleans())
def test_an_identity_number_is_read_with_and_without_its_century(born: date, birth: int, coordination: bool) -> None:
    number = synthetic_number(born, birth, day_offset=60 if coordination else 0)
    for written in (number, f"{number[:8]}-{number[8:]}", number[2:], f" {number[2:8]}-{number[8:]} "):
        asked = sought(written, TODAY)
        assert isinstance(asked, SoughtNumbers)
        assert number in {each.digits for each in asked.numbers}
        assert all(each.born <= TODAY for each in asked.numbers)


def test_digits_that_are_no_identity_number_are_a_reference() -> None:
    assert _found("Bo Ek", "2021000123", reference="2021000123")


@given(st.text(max_size=200), st.text(max_size=64))
def test_any_text_is_words_or_refused(text: str, reference: str) -> None:
    assert all(0 < len(word) <= LONGEST for word in words_of_referral(text, reference))
    with suppress(Invalid):
        sought(text, TODAY)
