"""Which reports may be made public together: those of which the attacker of test_suppression tells nothing."""

from datetime import UTC, datetime

import pytest

from contracts.problems import Conflict
from services.reporting.domain.frozen import Content
from services.reporting.domain.periods import period_of
from services.reporting.domain.public_form import Kept, PublicContent, require_protected

_DAYS = {"early": datetime(2021, 8, 1, tzinfo=UTC), "late": datetime(2022, 2, 1, tzinfo=UTC)}


def _kept(period: str, day: str) -> Kept:
    content = {"period": period_of(period), "known_until": _DAYS[day], "figures": ()}
    return Kept(Content(**content, averages=()), PublicContent(**content))


@pytest.mark.parametrize(
    ("earlier", "new"),
    [
        ([], ("2021", "late")),
        ([("2021-h1", "early")], ("2021", "late")),
        ([("2021", "early")], ("2021", "late")),
        ([("2019", "early"), ("2020", "late")], ("2021", "early")),
        ([("2021-k1", "late"), ("2021-k2", "late"), ("2021-h1", "late")], ("2021", "late")),
        ([("2018", "early"), ("2018-h1", "late"), ("2019-h2", "late")], ("2021", "early")),
    ],
)
def test_they_may(earlier: list[tuple[str, str]], new: tuple[str, str]) -> None:
    require_protected(_kept(*new).frozen, [_kept(*each) for each in earlier])


@pytest.mark.parametrize(
    ("earlier", "new"),
    [
        ([("2021-k2", "late"), ("2021-k2", "early")], ("2021-k1", "early")),
        ([("2021-k1", "early"), ("2021-k2", "early")], ("2021", "late")),
        ([("2020", "early"), ("2021-h1", "early")], ("2021", "late")),
        ([("2021-h1", "early"), ("2021", "late")], ("2022", "late")),
    ],
)
def test_they_may_not(earlier: list[tuple[str, str]], new: tuple[str, str]) -> None:
    with pytest.raises(Conflict) as refused:
        require_protected(_kept(*new).frozen, [_kept(*each) for each in earlier])
    assert refused.value.code == "combination_not_protected"
