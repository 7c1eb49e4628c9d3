"""What may be booked of a budget, what is known of an amount at a moment, the sums; and wrong declarations."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from contracts import events
from contracts.budget import BUDGETS, load_budgets
from contracts.catalogue.yaml_files import CatalogueError
from contracts.codes import AmountKind, AmountUnit
from contracts.corrections import RegisteredInError
from contracts.envelope import Event, Fact
from contracts.office import SOURCE
from contracts.problems import Invalid
from services.reporting.domain.amounts import AmountKey, NewAmount, amounts_of, booked, counting, history

_TODAY = date(2024, 1, 2)
_KEY = AmountKey("sundsvall", "psykolog", "loner", AmountKind.OUTCOME, "2023")
_START = datetime(2024, 1, 2, 8, tzinfo=UTC)


def _new(amount: int = 885_680, unit: AmountUnit = AmountUnit.KRONOR, **key: Any) -> NewAmount:
    booked_on = key.pop("booked_on", _TODAY)
    whole = {
        "budget": "sundsvall",
        "item": "psykolog",
        "line": "loner",
        "kind": AmountKind.OUTCOME,
        "period_id": "2023",
    }
    return NewAmount(AmountKey(**{**whole, **key}), amount, unit, booked_on)


def _log(facts: Sequence[Fact]) -> list[Event[Any]]:
    """A stream of these facts, registered a day apart."""
    return [
        events.event_of(
            fact,
            event_id=UUID(int=place),
            stream_id=_KEY.amount_id,
            sequence=place,
            recorded=_START + timedelta(days=place),
            actor="worker:kim:office",
            source=SOURCE,
        )
        for place, fact in enumerate(facts, start=1)
    ]


def _booked(amount: int) -> Fact:
    return booked(BUDGETS, _new(amount), _TODAY)


def _taken_back(place: int) -> RegisteredInError:
    return RegisteredInError(happened_on=_TODAY, event_id=UUID(int=place), reason="registered_by_mistake")


def test_thousands_are_kept_as_kronor_with_the_unit_they_were_given_in() -> None:
    fact = booked(BUDGETS, _new(15_440, AmountUnit.THOUSANDS), _TODAY)
    assert (fact.kronor, fact.given_in, fact.happened_on) == (15_440_000, AmountUnit.THOUSANDS, _TODAY)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"budget": "umea"}, "budget_unknown", "budget"),
        ({"item": "novum"}, "item_unknown", "item"),
        ({"line": "finansiering"}, "line_unknown", "line"),
        ({"period_id": "23"}, "period_unknown", "period"),
        ({"booked_on": date(2024, 1, 3)}, "booked_on_invalid", "booked_on"),
        ({"amount": 10**12, "unit": AmountUnit.THOUSANDS}, "amount_too_large", "amount"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        booked(BUDGETS, _new(**changes), _TODAY)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_the_amount_booked_last_counts_and_those_before_stay() -> None:
    log = _log([_booked(100), _booked(200)])
    assert [(each.kronor, each.counts, each.taken_back) for each in history(log)] == [
        (100, False, False),
        (200, True, False),
    ]


def test_a_booking_that_was_taken_back_gives_way_to_the_one_before() -> None:
    log = _log([_booked(100), _booked(200), _taken_back(2)])
    known = counting(log)
    assert known is not None
    assert known.kronor == 100
    assert [each.taken_back for each in history(log)] == [False, True]


def test_nothing_counts_where_every_booking_was_taken_back() -> None:
    assert counting(_log([_booked(100), _taken_back(1)])) is None


def test_what_was_known_at_a_moment_was_registered_by_then() -> None:
    log = _log([_booked(100), _booked(200), _taken_back(2)])
    known = [counting(log, _START + timedelta(days=day)) for day in range(4)]
    assert [each and each.kronor for each in known] == [None, 100, 200, 100]


def _amounts(amounts: dict[tuple[str, AmountKind], int], participations: int = 0) -> Any:
    kronor = {AmountKey("sundsvall", "psykolog", line, kind, "2023"): each for (line, kind), each in amounts.items()}
    found = amounts_of(BUDGETS["sundsvall"], "2023", kronor, {"psykolog": participations})
    return found.item("psykolog")


_BUDGET, _OUTCOME = AmountKind.BUDGET, AmountKind.OUTCOME


def test_sums_deviation_and_cost_follow_from_the_lines() -> None:
    item = _amounts(
        {("loner", _BUDGET): 867_000, ("loner", _OUTCOME): 885_680, ("lokaler", _BUDGET): 30_000,
         ("lokaler", _OUTCOME): 30_000, ("ovrigt", _BUDGET): 15_000, ("ovrigt", _OUTCOME): 15_000}, 40,
    )  # fmt: skip
    cost = item.sum_of("cost")
    assert (cost.budget, cost.outcome, cost.deviation, cost.deviation_percent) == (912_000, 930_680, 18_680, 2.0)
    assert item.cost_per_participation == 23_267


@pytest.mark.parametrize(
    ("outcome", "budget", "percent"),
    [(1_005, 1_000, 0.5), (10_005, 10_000, 0.1), (9_995, 10_000, -0.1), (5, 0, None)],
)
def test_a_deviation_in_percent_has_one_decimal_and_halves_go_away_from_nothing(
    outcome: int, budget: int, percent: float | None
) -> None:
    item = _amounts({("loner", _BUDGET): budget, ("loner", _OUTCOME): outcome})
    assert item.sum_of("cost").deviation_percent == percent


def test_where_the_outcome_of_a_line_is_missing_no_deviation_and_no_cost_is_said() -> None:
    item = _amounts({("loner", _BUDGET): 568_000, ("lokaler", _BUDGET): 30_000, ("lokaler", _OUTCOME): 30_000}, 9)
    cost = item.sum_of("cost")
    assert (cost.budget, cost.outcome, cost.deviation, cost.deviation_percent) == (598_000, 30_000, None, None)
    assert item.cost_per_participation is None


def test_the_cost_of_nobody_is_not_known() -> None:
    assert _amounts({("loner", _BUDGET): 1, ("loner", _OUTCOME): 1}).cost_per_participation is None


def test_of_what_is_not_booked_nothing_is_said() -> None:
    assert _amounts({}) is None


_WHOLE = """
id: x
label: X
association: sundsvall
source: [sundsvall-2023:181]
lines: [{id: loner, label: Löner, side: cost}]
groups: [{id: insatser, label: Insatser}]
items:
  - {id: psykolog, group: insatser, lines: [loner]}
printed:
  - {id: t, label: T, unit: kr, source: [sundsvall-2023:181], columns: [{label: B, kind: budget, period: "2023"}],
     rows: [{label: R, of: [{item: psykolog}], printed: [1]}]}
"""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("lines: [loner]", "lines: [lokaler]", "no such line: lokaler"),
        ("group: insatser", "group: kansli", "no such group: kansli"),
        ("association: sundsvall", "association: umea", "no such association: 'umea'"),
        ("id: psykolog, group", "id: psykologer, group", "sums what the budget does not have"),
        ("printed: [1]", "printed: [1, 2]", "2 numbers for 1 columns"),
        ("lines: [{id: loner, label: Löner, side: cost}]", "lines: [{id: loner, label: L, side: x}]", "side: "),
    ],
)
def test_a_wrong_declaration_is_said(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in _WHOLE
    (tmp_path / "x.yaml").write_text(_WHOLE.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError, match=reason):
        load_budgets(tmp_path, {"psykolog"})


def test_an_item_without_a_label_is_an_insats_of_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(_WHOLE, encoding="utf-8")
    assert load_budgets(tmp_path, {"psykolog"}).keys() == {"x"}
    with pytest.raises(CatalogueError, match="no such insats: 'psykolog'"):
        load_budgets(tmp_path, set())
