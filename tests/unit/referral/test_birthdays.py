"""Which birthdays are told of whom, and when."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import INSATSER
from services.referral.domain.birthdays import STILL_TOLD, BirthdayClock, birthday, birthday_clocks, near
from services.referral.domain.identity import age_on

_BORN = st.dates(date(1950, 1, 1), date(2015, 12, 31)) | st.sampled_from([date(2000, 2, 29), date(2004, 2, 29)])
_DAY = timedelta(days=1)


@given(born=_BORN, age=st.integers(1, 100))
def test_somebody_is_so_old_from_the_birthday_on_and_not_the_day_before(born: date, age: int) -> None:
    on = birthday(born, age)
    assert age_on(on, born) == age
    assert age_on(on - _DAY, born) == age - 1


@given(born=_BORN, age=st.integers(1, 60), before=st.integers(0, 365), later=st.integers(-400, 400))
def test_a_birthday_is_told_from_its_warning_until_two_weeks_after(
    born: date, age: int, before: int, later: int
) -> None:
    clock = BirthdayClock(age, timedelta(days=before), None)
    today = birthday(born, age) + timedelta(days=later)
    told = list(near(born, [clock], today))
    assert bool(told) == (-before <= later <= STILL_TOLD.days)
    assert all(each.on == birthday(born, age) for each in told)


def test_the_rules_of_the_catalogue_say_of_whom() -> None:
    clocks = birthday_clocks(INSATSER, date(2025, 6, 1))
    ask = "ask_consent_again"
    assert {
        insats: [(each.age, each.before.days, each.on_expiry) for each in of] for insats, of in clocks.items()
    } == {
        "novum": [(18, 90, ask), (30, 90, "tell")],
        "ratt-stod-for-mig": [(18, 90, ask)],
    }
    # Whoever still takes part in an insats that has ended is looked at by its latest rule.
    assert birthday_clocks(INSATSER, date(2030, 1, 1)).keys() == clocks.keys()


def test_a_birthday_shows_no_day_when_printed() -> None:
    [found] = near(date(2004, 3, 4), [BirthdayClock(18, 90 * _DAY, None)], date(2022, 3, 1))
    assert "2022" not in repr(found)
