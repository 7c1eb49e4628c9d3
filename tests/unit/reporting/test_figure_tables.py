"""The table of a figure: counts with their total, averages with what they rest on, links to the cases of cells."""

from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from services.reporting.domain.averages import AverageOf, Measured, Rows, averages
from services.reporting.domain.counted import counted
from services.reporting.indicators import DECLARED
from services.reporting.web.figure_tables import CellRow, decimal, table_of_averages, table_of_counts


def _address(rows: Mapping[str, str]) -> str:
    return urlencode(rows)


def _of_participation(measured: Mapping[Rows, Measured]) -> AverageOf:
    indicator = DECLARED.indicators["days.of_participation"]
    return averages([indicator], [(indicator.id, *each) for each in measured.items()], DECLARED)[indicator.id]


_TWO_INSATSER = _of_participation(
    {
        (None, None): Measured(Decimal("40.4"), Decimal(30), 5, 2),
        ("novum", None): Measured(Decimal(100), Decimal(100), 1, 0),
        ("novum", "woman"): Measured(Decimal(100), Decimal(100), 1, 0),
        ("finsam-team", None): Measured(Decimal("25.5"), Decimal("22.5"), 4, 2),
        ("finsam-team", "man"): Measured(Decimal("25.5"), Decimal("22.5"), 4, 0),
        ("finsam-team", "unknown"): Measured(None, None, 0, 2),
    }
)


def test_a_count_has_its_cells_and_their_total() -> None:
    rows = [
        ("started", ("woman", "novum"), 3),
        ("started", ("man", "novum"), 0),
        ("started", ("man", "mia-vidare"), 2),
    ]
    [started] = counted([DECLARED.indicators["started"]], rows, DECLARED).values()
    table = table_of_counts(started, _address, {"sex": "woman", "insats": "novum"})
    assert table.breakdowns == ("Kön", "Insats")
    assert table.columns == ("Antal",)
    assert table.rows == (
        CellRow(("Kvinnor", "Novum"), (), 3, "sex=woman&insats=novum", chosen=True),
        CellRow(("Män", "MIA Vidare"), (), 2, "sex=man&insats=mia-vidare", chosen=False),
    )
    assert (table.values, table.count, table.whole) == ((), 5, "Totalt")


def test_an_average_has_mean_and_median_what_is_missing_and_what_it_rests_on() -> None:
    table = table_of_averages(_TWO_INSATSER, _address)
    assert table.columns == ("Medelvärde", "Median", "Uppgift saknas", "Vilar på")
    assert [(row.labels, row.values, row.count) for row in table.rows] == [
        (("FINSAM-team", "Män"), ("25,5", "22,5", "0"), 4),
        (("FINSAM-team", "Uppgift saknas"), ("–", "–", "2"), 0),
        (("Novum", "Kvinnor"), ("100,0", "100,0", "0"), 1),
    ]
    assert (table.values, table.count, table.whole) == (("40,4", "30,0", "2"), 5, "Alla tillsammans")


def test_within_an_insats_only_its_cells_and_its_whole_are_shown() -> None:
    table = table_of_averages(_TWO_INSATSER, _address, within={"insats": "novum"})
    assert [row.labels for row in table.rows] == [("Novum", "Kvinnor")]
    assert (table.values, table.count) == (("100,0", "100,0", "0"), 1)


def test_a_cell_of_an_average_says_which_rows_it_is_of_and_the_whole_stands_first() -> None:
    first, *others = _TWO_INSATSER.cells()
    assert (first.group, first.mean, first.median, first.count, first.without) == ({}, 40.4, 30.0, 5, 2)
    assert [each.group for each in others][:2] == [{"insats": "finsam-team"}, {"insats": "novum"}]
    assert {each.kind for each in others} == {"average"}


def test_an_average_is_asked_by_its_own_breakdowns_only() -> None:
    with pytest.raises(ValueError, match="not broken down by referrer"):
        _TWO_INSATSER.whole(referrer="district")


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (Decimal("12.0"), "12,0"), (Decimal("0.5"), "0,5")])
def test_one_decimal_with_a_comma(value: Decimal | None, text: str) -> None:
    assert decimal(value) == text
