"""Identity numbers: form, day, check digit, age, and which are nobody's."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.identifying import gives_away
from deploy.demo.identity import synthetic_number
from services.referral.domain.identity import age_on, read_number
from tests.malformed import OF_REAL_KIND

_BIRTHS = st.dates(date(1900, 1, 1), date(2030, 12, 31))
_SYNTHETIC = st.integers(980, 999)
_OFFSETS = st.sampled_from([0, 60])


@given(_BIRTHS, _SYNTHETIC, _OFFSETS)
def test_a_number_tells_when_its_bearer_was_born(born: date, birth_number: int, offset: int) -> None:
    written = synthetic_number(born, birth_number, day_offset=offset)
    for text in (written, f"{written[:8]}-{written[8:]}"):
        number = read_number(text)
        assert number is not None
        assert (number.digits, number.born, number.synthetic) == (written, born, True)


@given(_BIRTHS, _SYNTHETIC, _OFFSETS, st.integers(2, 11), st.integers(1, 9))
def test_one_wrong_digit_is_found(born: date, birth_number: int, offset: int, place: int, more: int) -> None:
    written = synthetic_number(born, birth_number, day_offset=offset)
    digit = (int(written[place]) + more) % 10
    assert read_number(f"{written[:place]}{digit}{written[place + 1 :]}") is None


@given(st.text())
def test_other_texts_are_no_numbers(text: str) -> None:
    number = read_number(text)
    assert number is None or text.replace("-", "") == number.digits


@pytest.mark.parametrize("around", ["{}\n", " {}", "{} ", "+{}", "{}\u0660"])
def test_nothing_around_it(around: str) -> None:
    assert read_number(around.format(synthetic_number(date(1987, 3, 14), 982))) is None


def test_the_form_is_ascii() -> None:
    wide = synthetic_number(date(1987, 3, 14), 982).translate({48 + n: 0xFF10 + n for n in range(10)})
    assert read_number(wide) is None


def test_a_number_that_may_be_somebodys_is_not_synthetic() -> None:
    number = read_number(OF_REAL_KIND)
    assert number is not None
    assert not number.synthetic


def test_a_number_does_not_show_itself() -> None:
    written = synthetic_number(date(1987, 3, 14), 982)
    assert repr(read_number(written)) == "IdentityNumber()"


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(1987, 3, 14), date(2021, 3, 13), 33),
        (date(1987, 3, 14), date(2021, 3, 14), 34),
        (date(2004, 2, 29), date(2020, 2, 28), 15),
        (date(2004, 2, 29), date(2020, 2, 29), 16),
        (date(2004, 2, 29), date(2021, 2, 28), 16),
        (date(2004, 2, 29), date(2021, 3, 1), 17),
        (date(2021, 1, 1), date(2020, 12, 31), -1),
    ],
)
def test_age_in_whole_years(born: date, day: date, age: int) -> None:
    assert age_on(day, born) == age


@given(_BIRTHS, st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_nobody_gets_younger_and_nobody_ages_two_years_in_a_night(born: date, day: date) -> None:
    assert age_on(day + timedelta(days=1), born) - age_on(day, born) in {0, 1}


@given(
    _BIRTHS, _SYNTHETIC, st.sampled_from(["{0}-{1}", "{0}{1}", "{0} {1}", "{0}+{1}"]), st.sampled_from(["", "SOC "])
)
def test_a_number_in_a_reference_is_found(born: date, birth_number: int, form: str, before: str) -> None:
    written = synthetic_number(born, birth_number)
    for text in (written, written[2:]):
        assert gives_away(before + form.format(text[:-4], text[-4:]), None)


def test_the_persons_own_number_is_found_however_it_is_spelt() -> None:
    written = synthetic_number(date(1987, 3, 14), 982)
    assert gives_away(".".join(written), written)
    assert gives_away(f"x/{written[2:4]}/{written[4:]}", f"{written[:8]}-{written[8:]}")


@pytest.mark.parametrize("text", ["SOC-2021-417", "FK:88120", "2021-02-24", "b1f0-0007", "SST-0001/1", "", "4111"])
def test_a_reference_of_the_agencys_own_is_let_through(text: str) -> None:
    assert not gives_away(text, synthetic_number(date(1987, 3, 14), 982))


@pytest.mark.parametrize("prefix", ["", "sent-", "EGEN-"])
def test_a_random_id_that_happens_to_look_like_a_number_gives_nobody_away(prefix: str) -> None:
    by_chance = f"{prefix}ab870314-9818-4abc-8def-abcdefabcdef"
    assert not gives_away(by_chance, "197001019802")
    assert not gives_away(by_chance.upper(), None)
    assert gives_away(by_chance, "198703149818")
    assert gives_away(f"{by_chance} 870314-9818", None)
    assert gives_away("ab870314-9818-1abc-8def-abcdefabcdef", None), "no random UUID"
