"""Code lists: whole, labelled in Swedish, and mapped to the national register."""

import inspect
import unicodedata
from enum import StrEnum

import pytest

from contracts import codes
from contracts.codes import Benefit, Member, Sex
from contracts.events import FACT_OF
from contracts.generate import INBOX
from contracts.labels import EVENT_LABELS, label

LISTS = [
    made
    for _, made in inspect.getmembers(codes, inspect.isclass)
    if issubclass(made, StrEnum) and made is not StrEnum
]
CODES = [code for made in LISTS for code in made]


@pytest.mark.parametrize("code", CODES, ids=lambda code: f"{type(code).__name__}.{code}")
def test_a_code_has_a_swedish_label_in_nfc(code: StrEnum) -> None:
    said = label(code)
    assert said.strip() == said != ""
    assert unicodedata.is_normalized("NFC", said)
    assert "_" not in said


@pytest.mark.parametrize("made", LISTS, ids=lambda made: made.__name__)
def test_labels_tell_the_codes_of_a_list_apart(made: type[StrEnum]) -> None:
    assert len({label(code) for code in made}) == len(made)


def test_the_same_word_in_two_lists_has_the_label_of_its_own_list() -> None:
    assert label(Sex.OTHER) == "annat"
    assert label(Benefit.OTHER) == "annan ersättning"


def test_a_code_without_a_label_is_an_error() -> None:
    class Unlabelled(StrEnum):
        CODE = "code"

    with pytest.raises(KeyError, match="Unlabelled"):
        label(Unlabelled.CODE)


def test_every_type_of_event_has_a_swedish_name_of_its_own() -> None:
    assert set(EVENT_LABELS) == {*FACT_OF, *INBOX}
    assert len(set(EVENT_LABELS.values())) == len(EVENT_LABELS)


def test_no_value_of_sex_is_missing() -> None:
    assert [sex.value for sex in Sex] == ["woman", "man", "other", "unknown"]


def test_an_association_has_four_kinds_of_members() -> None:
    assert {member.value for member in Member} == {
        "arbetsformedlingen",
        "forsakringskassan",
        "kommun",
        "region",
    }
