"""Which reports may be made public together: those of which the attacker of test_suppression tells nothing."""

from datetime import UTC, datetime

import pytest

from contracts.problems import Conflict
from services.reporting.domain.frozen import Content
from services.reporting.domain.periods import period_of
from services.reporting.domain.public_form import require_protected

_DAYS = {"early": datetime(2021, 8, 1, tzinfo=UTC), "late": datetime(2022, 2, 1, tzinfo=UTC)}


def _required(new: tuple[str, str], published: list[tuple[str, str]]) -> None:
    period, day = new
    content = Content(period=period_of(period), known_until=_DAYS[day], figures=(), averages=())
    require_protected(content, [(period_of(each), _DAYS[known]) for each, known in published])


@pytest.mark.parametrize(
    ("earlier", "new"),
    [
        ([], ("2021", "late")),
        ([("2021-h1", "early")], ("2021-h2", "late")),
        ([("2021", "early")], ("2021", "late")),
        ([("2019", "early"), ("2020", "late")], ("2021", "early")),
        ([("2021-k1", "late"), ("2021-k2", "late")], ("2021-k3", "late")),
        ([("2018", "early"), ("2018-h1", "late"), ("2019-h2", "late")], ("2021", "early")),
    ],
)
def test_they_may(earlier: list[tuple[str, str]], new: tuple[str, str]) -> None:
    _required(new, earlier)


@pytest.mark.parametrize(
    ("earlier", "new"),
    [
        ([("2021-k2", "late"), ("2021-k2", "early")], ("2021-k1", "early")),
        ([("2021-k1", "late")], ("2021", "late")),
        ([("2021-k1", "early"), ("2021-k2", "early")], ("2021", "late")),
        ([("2020", "early"), ("2021-h1", "early")], ("2021", "late")),
        ([("2021-h1", "early"), ("2021", "late")], ("2022", "late")),
    ],
)
def test_they_may_not(earlier: list[tuple[str, str]], new: tuple[str, str]) -> None:
    with pytest.raises(Conflict) as refused:
        _required(new, earlier)
    assert refused.value.code == "combination_not_protected"
