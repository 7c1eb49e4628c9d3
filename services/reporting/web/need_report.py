"""Behov som inte möttes: who did not start and why, and who waits how long, as tables. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from contracts.catalogue import INSATSER
from services.reporting.domain.counted import Counted
from services.reporting.domain.report import insats_name
from services.reporting.indicators import DECLARED
from services.reporting.web.linked_tables import LinkedTables, Places
from services.reporting.web.tables import Cell, Row, Table

_TIME: Final = "waited"
_BANDS: Final = ("up_to_30_days", "over_30_days", "over_90_days", "over_180_days")
"""The rows of the breakdown by waiting time, the shortest first."""

_FIGURES: Final = (
    *("in_hand.not_started", "not_started.by_reason", "not_started.by_unit", "not_started.by_age"),
    *("in_hand.open", "waiting.by_time", "waiting.by_unit", "waiting.by_age"),
)
INDICATORS: Final = tuple(DECLARED.indicators[each] for each in _FIGURES)
"""What the page is made of."""


def need_tables(counts: Mapping[str, Counted], places: Places) -> tuple[Table, ...]:
    """The tables of the page, in their order."""
    tables = LinkedTables(counts, places)
    return (*_not_started(tables), *_waiting(tables), *_by_insats(counts, places))


def _not_started(tables: LinkedTables) -> Iterator[Table]:
    yield _with_total(tables, "Avslutade utan start, efter vem som avslutade", "in_hand.not_started", "returned_by")
    yield _with_total(tables, "Avslutade utan start, efter orsak", "not_started.by_reason", "return_reason")
    for caption, indicator, breakdown in (
        ("Avslutade utan start, efter anmälande enhet", "not_started.by_unit", "unit_kind"),
        ("Avslutade utan start, efter ålder vid anmälan", "not_started.by_age", "age"),
    ):
        rows = [
            Row(label, (tables.cell(indicator, **{breakdown: row}),))
            for row, label in tables.rows_of(indicator, breakdown)
            if tables.count(indicator, **{breakdown: row})
        ]
        whole = Row("Totalt", (tables.cell(indicator),), sums_up=True)
        yield tables.table(caption, ("Antal",), (*rows, whole), indicator)


def _waiting(tables: LinkedTables) -> Iterator[Table]:
    rows = (
        tables.row(label, "waiting.by_time", **{_TIME: band}) for band, label in _bands(tables, "waiting.by_time")
    )
    whole = _whole(tables, "waiting.by_time")
    yield tables.by_sex("Väntar vid periodens slut, efter väntetid", (*rows, whole), "waiting.by_time")
    for caption, indicator, breakdown in (
        ("Väntar vid periodens slut, efter anmälande enhet", "waiting.by_unit", "unit_kind"),
        ("Väntar vid periodens slut, efter ålder vid anmälan", "waiting.by_age", "age"),
    ):
        yield _by_time(tables, caption, indicator, breakdown)


def _by_time(tables: LinkedTables, caption: str, indicator: str, breakdown: str) -> Table:
    """How long those of each row of a breakdown have waited."""

    def cells(**group: str) -> tuple[Cell, ...]:
        of_bands = (tables.cell(indicator, **{_TIME: band}, **group) for band in _BANDS)
        return (*of_bands, tables.cell(indicator, **group))

    rows = (
        Row(label, cells(**{breakdown: each}))
        for each, label in tables.rows_of(indicator, breakdown)
        if tables.count(indicator, **{breakdown: each})
    )
    whole = Row("Totalt", cells(), sums_up=True)
    columns = (*(label for _, label in _bands(tables, indicator)), "Totalt")
    return tables.table(caption, columns, (*rows, whole), indicator)


def _by_insats(counts: Mapping[str, Counted], places: Places) -> Iterator[Table]:
    """The insatser beside each other: who did not start, and who waits how long. None of the page of one."""
    if places.insats is not None:
        return
    both = {*counts["in_hand.not_started"].rows("insats"), *counts["waiting.by_time"].rows("insats")}
    rows = []
    for insats in sorted(both, key=insats_name):
        tables = LinkedTables(counts, Places(places.period, places.known_on, insats))
        cells = (tables.cell("waiting.by_time", **{_TIME: band}) for band in _BANDS)
        row = (tables.cell("in_hand.not_started"), *cells, tables.cell("waiting.by_time"))
        rows.append(Row(insats_name(insats), row, insats=insats if insats in INSATSER else None))
    tables = LinkedTables(counts, places)
    bands = (label for _, label in _bands(tables, "waiting.by_time"))
    caption = "Insatserna: avslutade utan start, och väntar efter väntetid"
    yield Table(caption, ("Utan start", *bands, "Väntar"), tuple(rows), ())


def _with_total(tables: LinkedTables, caption: str, indicator: str, breakdown: str) -> Table:
    """A table by sex, a row for each row of a breakdown, and all together."""
    return tables.by_sex(caption, (*tables.rows(indicator, breakdown), _whole(tables, indicator)), indicator)


def _whole(tables: LinkedTables, indicator: str) -> Row:
    return Row("Totalt", tables.row("Totalt", indicator).cells, sums_up=True)


def _bands(tables: LinkedTables, indicator: str) -> Iterator[tuple[str, str]]:
    labels = dict(tables.rows_of(indicator, _TIME))
    for band in _BANDS:
        yield band, labels[band]
