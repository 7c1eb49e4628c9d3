"""What each file holds: the tables that the pages show, the figures of a period, one figure with its cells. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from contracts.catalogue import INSATSER
from contracts.events import local_date
from services.reporting.domain.averages import AverageCell, AverageOf, Measured
from services.reporting.domain.counted import Counted
from services.reporting.domain.definitions import definition
from services.reporting.domain.exports import Export, ExportRow, ExportSection, ExportTable
from services.reporting.domain.figures import Figures
from services.reporting.domain.frozen import Content, FrozenAverage, FrozenFigure, FrozenReport
from services.reporting.domain.periods import Period
from services.reporting.domain.published import Line
from services.reporting.domain.report import insats_name
from services.reporting.domain.values import Nothing, Number, Share, Value
from services.reporting.indicators import DECLARED
from services.reporting.web.comparison import Comparison
from services.reporting.web.figure_tables import AVERAGE_COLUMNS, WHOLE_OF_AVERAGES
from services.reporting.web.insats_report import insats_report
from services.reporting.web.report import report
from services.reporting.web.row_labels import row_label
from services.reporting.web.tables import Table

_ROW: Final = ("Rad",)
_WHOLE: Final = "Totalt"
_FIGURE: Final = "Siffra"
"""The column of labels of a figure that is not broken down."""


@dataclass(frozen=True)
class Counting:
    """When figures were counted, and the day by whose end they were known; None for all that was known then."""

    at: datetime
    known_on: date | None


def report_export(figures: Figures, lines: Sequence[Line], counting: Counting) -> Export:
    """The report of a period, as its page shows it."""
    shown, period = report(figures, lines), figures.period
    sections = (
        ExportSection(heading="Alla insatser", tables=tuple(map(_table, shown.totals))),
        ExportSection(heading="FINSAM-team", tables=tuple(map(_table, shown.finsam_team))),
        *_published(shown.comparison),
    )
    return _export(f"rapport-{period.id}", report_title(period), period, counting, sections)


def insats_export(insats_id: str, figures: Figures, lines: Sequence[Line], counting: Counting) -> Export:
    """The report of one insats, as its page shows it."""
    shown, period, name = insats_report(insats_id, figures, lines), figures.period, INSATSER[insats_id].name
    own = ExportSection(heading=name, tables=tuple(map(_table, shown.tables)))
    sections = (own, *_published(shown.comparison))
    return _export(f"rapport-{insats_id}-{period.id}", f"{name} {period.label}", period, counting, sections)


def figures_export(
    period: Period, counts: Mapping[str, Counted], averages: Mapping[str, AverageOf], counting: Counting
) -> Export:
    """Every figure of a period with its cells; first the total of each, and the averages of everything."""
    totals = ExportTable(
        caption=f"Siffror {period.label}",
        label_columns=(_FIGURE, "Räknat i"),
        columns=("Antal",),
        rows=tuple(
            ExportRow(labels=(each.indicator.label.sv, each.indicator.unit), values=(Number(number=each.total()),))
            for each in counts.values()
        ),
        definitions=(),
    )
    wholes = ExportTable(
        caption=f"Medelvärden {period.label}",
        label_columns=(_FIGURE, "Räknat i"),
        columns=AVERAGE_COLUMNS,
        rows=tuple(
            ExportRow(labels=(each.indicator.label.sv, each.indicator.unit), values=_measured(each.whole()))
            for each in averages.values()
        ),
        definitions=(),
    )
    cells = (*(_cells(each, counts) for each in counts.values()), *map(_averages, averages.values()))
    sections = (
        ExportSection(heading="Alla siffror", tables=(totals, wholes)),
        ExportSection(heading="Siffrorna uppdelade", tables=cells),
    )
    return _export(f"siffror-{period.id}", f"Siffror {period.label}", period, counting, sections)


def figure_export(indicator_id: str, period: Period, counts: Mapping[str, Counted], counting: Counting) -> Export:
    """One figure with its cells. ``counts``: of the figure, and of what it is a part of."""
    counted = counts[indicator_id]
    name = counted.indicator.label.sv
    sections = (ExportSection(heading=name, tables=(_cells(counted, counts),)),)
    return _export(f"{indicator_id}-{period.id}", f"{name} {period.label}", period, counting, sections)


def average_export(average: AverageOf, period: Period, counting: Counting) -> Export:
    """One average with its cells."""
    name = average.indicator.label.sv
    sections = (ExportSection(heading=name, tables=(_averages(average),)),)
    return _export(f"{average.indicator.id}-{period.id}", f"{name} {period.label}", period, counting, sections)


def finsam_export(period: Period, started: Counted, counting: Counting) -> Export:
    """New participants by sex in each insats: what the national system Uppföljning Finsam takes since January 2023
    (plan 2025, L1063-1067). The system asks for legal sex; Samspel has the sex that the referrer stated."""
    sexes = ("woman", "man", "other", "unknown")
    insatser = sorted({insats for insats in started.rows("insats") if started.total(insats=insats)}, key=insats_name)

    def row(name: str, **of: str) -> ExportRow:
        counts = (*(started.total(sex=sex, **of) for sex in sexes), started.total(**of))
        return ExportRow(labels=(name,), values=tuple(Number(number=count) for count in counts), sums_up=not of)

    table = ExportTable(
        caption="Nya deltagare per insats och kön",
        label_columns=("Insats",),
        columns=("Kvinnor", "Män", "Annat", "Uppgift saknas", _WHOLE),
        rows=(*(row(insats_name(insats), insats=insats) for insats in insatser), row("Alla insatser")),
        definitions=(definition(started.indicator),),
    )
    sections = (ExportSection(heading="Nya deltagare", tables=(table,)),)
    title = f"Uppföljning Finsam {period.label}"
    return _export(f"uppföljning-finsam-{period.id}", title, period, counting, sections)


def tables_export(name: str, title: str, period: Period, tables: Sequence[Table], counting: Counting) -> Export:
    """The tables of a page, as it shows them. ``name``: of the file, before the period."""
    section = ExportSection(heading=title, tables=tuple(map(_table, tables)))
    return _export(f"{name}-{period.id}", f"{title} {period.label}", period, counting, (section,))


def frozen_export(report: FrozenReport, content: Content) -> Export:
    """A frozen report, as it was frozen: made again it is the same, also where figures are declared otherwise now."""
    period = report.period
    counting = Counting(report.frozen_at, local_date(report.known_until))
    tables = (*map(_frozen_table, content.figures), *map(_frozen_averages, content.averages))
    section = ExportSection(heading="Siffror", tables=tables)
    name = f"fryst-rapport-{period.id}-känd-{counting.known_on}"
    return _export(name, f"Fryst rapport {period.label}", period, counting, (section,))


def _frozen_table(figure: FrozenFigure) -> ExportTable:
    breakdowns = tuple(figure.cells[0].group) if figure.cells else ()
    labels = tuple(map(_breakdown_label, breakdowns)) or (_FIGURE,)
    whole = ExportRow(labels=_whole_labels(labels), values=(Number(number=figure.total),), sums_up=True)
    cells = (
        ExportRow(labels=tuple(_row(*each) for each in cell.group.items()), values=(Number(number=cell.count),))
        for cell in figure.cells
    )
    return ExportTable(
        caption=figure.definition.label,
        label_columns=labels,
        columns=("Antal",),
        rows=(*cells, whole),
        definitions=(figure.definition,),
    )


def _frozen_averages(average: FrozenAverage) -> ExportTable:
    """The cells of all breakdowns together, and the whole. What is measured of one breakdown alone is in the JSON."""
    breakdowns = max((tuple(cell.group) for cell in average.cells), key=len, default=())
    labels = tuple(map(_breakdown_label, breakdowns)) or (_FIGURE,)
    cells = (
        ExportRow(labels=tuple(_row(each, cell.group[each]) for each in breakdowns), values=_measured(cell))
        for cell in average.cells
        if breakdowns and len(cell.group) == len(breakdowns)
    )
    wholes = (
        ExportRow(labels=_whole_labels(labels, WHOLE_OF_AVERAGES), values=_measured(cell), sums_up=True)
        for cell in average.cells
        if not cell.group
    )
    return ExportTable(
        caption=average.definition.label,
        label_columns=labels,
        columns=AVERAGE_COLUMNS,
        rows=(*cells, *wholes),
        definitions=(average.definition,),
    )


def _breakdown_label(breakdown: str) -> str:
    """What a breakdown is called; its id if it is declared no more."""
    declared = DECLARED.breakdowns.get(breakdown)
    return breakdown if declared is None else declared.label.sv


def _row(breakdown: str, row: str) -> str:
    declared = DECLARED.breakdowns.get(breakdown)
    return row if declared is None else row_label(declared, row)


def report_title(period: Period) -> str:
    """What the report of a period is called."""
    return f"{'Årsrapport' if period.is_year else 'Rapport'} {period.label}"


def _export(name: str, title: str, period: Period, counting: Counting, sections: Iterable[ExportSection]) -> Export:
    return Export(
        name=name,
        title=title,
        period=period,
        counted_at=counting.at,
        known_on=counting.known_on,
        sections=tuple(sections),
    )


def _table(table: Table) -> ExportTable:
    rows = (
        ExportRow(labels=(row.label,), values=tuple(cell.value for cell in row.cells), sums_up=row.sums_up)
        for row in table.rows
    )
    return ExportTable(
        caption=table.caption,
        label_columns=_ROW,
        columns=table.columns,
        rows=tuple(rows),
        definitions=table.definitions,
    )


def _cells(counted: Counted, counts: Mapping[str, Counted]) -> ExportTable:
    """The cells of a figure that count something, and its total; with shares where its declaration says of what."""
    indicator = counted.indicator
    whole = counts.get(indicator.of or "") if indicator.says.share_of else None
    labels = tuple(each.label.sv for each in counted.breakdowns) or (_FIGURE,)
    return ExportTable(
        caption=indicator.label.sv,
        label_columns=labels,
        columns=("Antal",) if whole is None else ("Antal", "Andel"),
        rows=(*_cell_rows(counted, whole), _whole_row(counted, whole, labels)),
        definitions=(definition(indicator),),
    )


def _averages(averages: AverageOf) -> ExportTable:
    """The cells of an average that rest on something, and the whole, which is measured by itself."""
    labels = tuple(each.label.sv for each in averages.breakdowns) or (_FIGURE,)
    whole = ExportRow(
        labels=_whole_labels(labels, WHOLE_OF_AVERAGES), values=_measured(averages.whole()), sums_up=True
    )
    return ExportTable(
        caption=averages.indicator.label.sv,
        label_columns=labels,
        columns=AVERAGE_COLUMNS,
        rows=(*_average_rows(averages), whole),
        definitions=(definition(averages.indicator),),
    )


def _average_rows(averages: AverageOf) -> Iterator[ExportRow]:
    for group in averages.groups() if averages.breakdowns else ():
        measured = averages.whole(**group)
        if measured.count or measured.without:
            labels = tuple(row_label(each, group[each.id]) for each in averages.breakdowns)
            yield ExportRow(labels=labels, values=_measured(measured))


def _measured(measured: Measured | AverageCell) -> tuple[Value, ...]:
    """The values of an average's columns."""
    return (
        *(Nothing() if each is None else Number(number=float(each)) for each in (measured.mean, measured.median)),
        Number(number=measured.without),
        Number(number=measured.count),
    )


def _cell_rows(counted: Counted, whole: Counted | None) -> Iterator[ExportRow]:
    for group in counted.groups() if counted.breakdowns else ():
        if counted.total(**group):
            labels = tuple(row_label(each, group[each.id]) for each in counted.breakdowns)
            yield ExportRow(labels=labels, values=_values(counted, whole, group))


def _whole_row(counted: Counted, whole: Counted | None, labels: Sequence[str]) -> ExportRow:
    return ExportRow(labels=_whole_labels(labels), values=_values(counted, whole, {}), sums_up=True)


def _whole_labels(columns: Sequence[str], whole: str = _WHOLE) -> tuple[str, ...]:
    return (whole, *("" for _ in columns[1:]))


def _values(counted: Counted, whole: Counted | None, group: Mapping[str, str]) -> tuple[Value, ...]:
    count = counted.total(**group)
    if whole is None:
        return (Number(number=count),)
    shared = {each.id for each in whole.breakdowns}
    of = whole.total(**{breakdown: row for breakdown, row in group.items() if breakdown in shared})
    return Number(number=count), Share(part=count, whole=of)


def _published(comparison: Comparison | None) -> tuple[ExportSection, ...]:
    """The published figures beside the computed ones, as at the end of the page."""
    if comparison is None:
        return ()
    tables = (
        ExportTable(
            caption=f"Jämförelse: {heading}",
            label_columns=("Rad", "Rapportens rad"),
            columns=("Publicerat", "Beräknat"),
            rows=tuple(_beside(each.line) for each in compared),
            definitions=(),
        )
        for heading, compared in comparison.groups
    )
    return (ExportSection(heading="Bredvid den tryckta rapporten", tables=tuple(tables)),)


def _beside(line: Line) -> ExportRow:
    computed: Value = Nothing() if line.computed is None else Number(number=line.computed)
    lines = line.source_lines.replace("-", "–")
    return ExportRow(labels=(line.label, lines), values=(Number(number=line.published), computed))
