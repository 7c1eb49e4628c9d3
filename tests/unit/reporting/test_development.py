"""Which figures are read over time, and how two periods stand beside each other."""

import xml.etree.ElementTree as ET
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.pages import Scheme
from services.reporting.domain.counted import Counted
from services.reporting.domain.development import (
    OverTime,
    Span,
    beside_steps,
    development,
    differences,
    over_time,
    steps_of,
)
from services.reporting.domain.periods import period_of, year_period
from services.reporting.indicators import DECLARED
from services.reporting.web.charts import PALETTES, Bar, bar_chart

LATER = date(2030, 1, 1)


@pytest.mark.parametrize(
    ("indicator", "says"),
    [
        ("started", OverTime.ADDS_UP),
        ("referrals", OverTime.ADDS_UP),
        ("sip.people", OverTime.BY_ITSELF),
        ("samordnat_stod.hours_attended", OverTime.BY_ITSELF),
        ("participants", OverTime.STOCK),
        ("ratt_stod_for_mig.exited", OverTime.STOCK),
    ],
)
def test_what_the_months_of_a_figure_say(indicator: str, says: OverTime) -> None:
    assert over_time(DECLARED.indicators[indicator], DECLARED) is says


@pytest.mark.parametrize(
    ("period", "span", "today", "steps"),
    [
        ("2021-k2", Span.MONTH, LATER, ["2021-04", "2021-05", "2021-06"]),
        ("2021", Span.MONTH, date(2021, 2, 1), ["2021-01", "2021-02"]),
        ("2021-06", Span.MONTH, LATER, []),
        ("2021-03-01--2022-02-28", Span.MONTH, LATER, []),
        ("2021", Span.YEAR, LATER, ["2017", "2018", "2019", "2020", "2021"]),
        ("2006", Span.YEAR, LATER, ["2004", "2005", "2006"]),
        ("2021-03-01--2022-02-28", Span.YEAR, LATER, ["2018", "2019", "2020", "2021", "2022"]),
    ],
)
def test_the_steps_of_a_period(period: str, span: Span, today: date, steps: list[str]) -> None:
    assert [each.id for each in steps_of(period_of(period), span, today)] == steps


@pytest.mark.parametrize(
    ("period", "other", "beside"),
    [("2021-k1", "2020-k1", 3), ("2021-k1", "2021-k2", 0), ("2021-h1", "2021", 0), ("2021-06", "2020-06", 0)],
)
def test_only_the_same_months_stand_beside_each_other(period: str, other: str, beside: int) -> None:
    assert len(beside_steps(period_of(period), period_of(other), LATER)) == beside


def test_of_a_year_that_goes_on_the_other_s_months_end_with_its_own() -> None:
    assert [each.id for each in beside_steps(year_period(2021), year_period(2020), date(2021, 2, 9))] == [
        "2020-01",
        "2020-02",
    ]


def test_without_another_period_nothing_stands_beside() -> None:
    [step] = development([year_period(2021)], [7], [])
    assert (step.count, step.beside) == (7, None)


_ROWS = st.tuples(st.sampled_from(["woman", "man", "other", "unknown"]), st.sampled_from(["bron", "novum"]))
_COUNTS = st.dictionaries(_ROWS, st.integers(0, 50))


@given(_COUNTS, _COUNTS)
def test_the_differences_of_the_cells_sum_to_that_of_the_whole(
    now: dict[tuple[str, ...], int], then: dict[tuple[str, ...], int]
) -> None:
    indicator = DECLARED.indicators["started"]
    counted, other = (Counted(indicator, DECLARED.broken_down(indicator), each) for each in (now, then))
    *cells, whole = differences(counted, other)
    assert sum(cell.change for cell in cells) == whole.change == sum(now.values()) - sum(then.values())
    assert all(cell.count or cell.beside for cell in cells)
    assert [dict(cell.group) for cell in differences(counted, counted)][-1] == {}
    assert {cell.change for cell in differences(counted, counted)} == {0}


class TestChart:
    @pytest.mark.parametrize("scheme", Scheme)
    async def test_it_says_each_count_and_loads_styles_and_runs_nothing(self, scheme: Scheme) -> None:
        bars = [Bar("jan", "2021", 41), Bar("jan", "<2020>", 17), Bar("feb", "2021", 0), Bar("feb", "<2020>", 3)]
        svg = (await bar_chart(bars, scheme)).decode()
        root = ET.fromstring(svg)  # noqa: S314  # our own
        texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
        assert {"41", "17", "0", "3", "jan", "feb", "2021", "<2020>"} <= set(texts)
        tags = {each.tag.partition("}")[2] for each in root.iter()}
        assert not tags & {"style", "script", "image", "use", "foreignObject", "a"}
        assert not any("style" in each.attrib for each in root.iter())

    async def test_two_series_differ_in_more_than_colour(self) -> None:
        palette = PALETTES[Scheme.LIGHT]
        svg = (await bar_chart([Bar("jan", "2021", 4), Bar("jan", "2020", 4)], Scheme.LIGHT)).decode()
        elements = ET.fromstring(svg).iter()  # noqa: S314  # our own
        outlined = (palette.accent, palette.ink)
        fills = {each.get("fill") for each in elements if each.get("stroke") in outlined}
        assert {palette.accent, palette.surface} <= fills

    @pytest.mark.parametrize("scheme", Scheme)
    def test_bars_and_numbers_are_seen_on_their_ground(self, scheme: Scheme) -> None:
        palette = PALETTES[scheme]
        assert _contrast(palette.accent, palette.surface) >= 3
        assert _contrast(palette.ink, palette.surface) >= 7


def _contrast(one: str, other: str) -> float:
    """As WCAG 2.2 computes it."""
    lighter, darker = sorted(map(_luminance, (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
