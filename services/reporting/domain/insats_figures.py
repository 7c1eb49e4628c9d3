"""The figures and goals of one insats, as the tables of its report. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, TypeAlias

from contracts.catalogue import Insats
from contracts.indicators import Breakdown, MeasuredGoal
from contracts.indicators.goals import OF_INSATS
from contracts.report_forms import FiguresPart, ReportForm
from services.reporting.domain.counted import Counted
from services.reporting.domain.definitions import Definition, definition
from services.reporting.domain.exports import ExportRow, ExportTable
from services.reporting.domain.form_reports import Counts, Economy, GoalsCounted
from services.reporting.domain.goals import GoalReached, Reached, counted_for_goals, goals_of_year
from services.reporting.domain.periods import Period
from services.reporting.domain.values import Nothing, Number, Share, Value, Words

RowLabel: TypeAlias = Callable[[Breakdown, str], str]
"""What a row of a breakdown is called, in Swedish."""

_WHOLE: Final = "Totalt"
_ROW: Final = "Rad"
_FIGURE: Final = "Siffra"


def counted_for_form(form: ReportForm) -> frozenset[str]:
    """The figures that a form shows."""
    return frozenset(indicator for part in form.figures() for indicator in part.indicators)


def counted_for_year(insats: Insats, period: Period, goals: Iterable[MeasuredGoal]) -> frozenset[str]:
    """The figures that the goals of an insats need; none where the period is no year."""
    return counted_for_goals(period.first.year, _of(insats, goals)) if period.is_year else frozenset()


def counts_of(
    form: ReportForm,
    insats: Insats,
    period: Period,
    goals: Iterable[MeasuredGoal],
    row_label: RowLabel,
    now: Mapping[str, Counted],
    year_before: Mapping[str, Counted],
    economy: Economy | None,
) -> Counts:
    """What a form shows of an insats. ``now``: what was counted of the period; ``year_before``: what the goals need
    of the year before, where the period is a year; ``economy``: what is booked."""
    shown = tuple(_table(part, insats, now, row_label) for part in form.figures())
    reached = _goals(insats, period.first.year, goals, now, year_before) if period.is_year else None
    return Counts(shown, reached, economy)


def _of(insats: Insats, goals: Iterable[MeasuredGoal]) -> tuple[MeasuredGoal, ...]:
    return tuple(each for each in goals if each.insats == insats.id)


# Figures --------------------------------------------------------------------------------------------------------


def _table(part: FiguresPart, insats: Insats, counts: Mapping[str, Counted], row_label: RowLabel) -> ExportTable:
    counted = [counts[each] for each in part.indicators]
    columns = () if part.columns is None else tuple(counted[0].rows(part.columns))
    names = [row_label(_breakdown(counted[0], part.columns), each) for each in columns]
    rows = _by_figure(part, insats, counted, columns)
    if part.rows is not None:
        rows = _by_row(part, insats, counted[0], part.rows, columns, row_label)
    return ExportTable(
        caption=part.caption,
        label_columns=(_FIGURE if part.rows is None else _ROW,),
        columns=(*names, _WHOLE),
        rows=tuple(rows),
        definitions=tuple(definition(each.indicator) for each in counted),
    )


def _by_figure(
    part: FiguresPart, insats: Insats, counted: Sequence[Counted], columns: Sequence[str]
) -> Iterator[ExportRow]:
    for each in counted:
        yield _row(each.indicator.label.sv, part, insats, each, columns, {})


def _by_row(
    part: FiguresPart,
    insats: Insats,
    counted: Counted,
    breakdown: str,
    columns: Sequence[str],
    row_label: RowLabel,
) -> Iterator[ExportRow]:
    for row in counted.rows(breakdown):
        name = row_label(_breakdown(counted, breakdown), row)
        yield _row(name, part, insats, counted, columns, {breakdown: row})
    yield _row(_WHOLE, part, insats, counted, columns, {}, sums_up=True)


def _row(
    name: str,
    part: FiguresPart,
    insats: Insats,
    counted: Counted,
    columns: Sequence[str],
    rows: Mapping[str, str],
    *,
    sums_up: bool = False,
) -> ExportRow:
    own = {each.id: insats.id for each in counted.breakdowns if each.id in OF_INSATS}
    cells = [counted.total(**own, **rows, **{str(part.columns): column}) for column in columns]
    whole = counted.total(**own, **rows)
    return ExportRow(labels=(name,), values=tuple(Number(number=each) for each in (*cells, whole)), sums_up=sums_up)


def _breakdown(counted: Counted, breakdown: str | None) -> Breakdown:
    return next(each for each in counted.breakdowns if each.id == breakdown)


# Goals ----------------------------------------------------------------------------------------------------------


def _goals(
    insats: Insats,
    year: int,
    goals: Iterable[MeasuredGoal],
    now: Mapping[str, Counted],
    year_before: Mapping[str, Counted],
) -> GoalsCounted:
    """The goals that held when the year ended. The baseline of each reading is the year before, counted alike."""
    measured = _of(insats, goals)
    reached = _reached(year, measured, now)
    baselines = _reached(year, measured, year_before)
    begun = insats.rule_on(date(year - 1, 12, 31)) is not None
    table = ExportTable(
        caption=f"Insatsens mål {year}",
        label_columns=("Insatsens mål", "Räknat som"),
        columns=(f"Utgångsvärde {year - 1}", f"Utfall {year}", "Mål", "Har målet uppnåtts?"),
        rows=tuple(
            row
            for goal, before in zip(reached, baselines, strict=True)
            for row in _rows_of(goal, before if begun else None)
        ),
        definitions=_definitions(reached, now),
    )
    return GoalsCounted(reached, table)


def _reached(year: int, measured: Sequence[MeasuredGoal], counts: Mapping[str, Counted]) -> tuple[GoalReached, ...]:
    return tuple(goal for of_insats in goals_of_year(year, measured, counts) for goal in of_insats.goals)


def _rows_of(goal: GoalReached, before: GoalReached | None) -> Iterator[ExportRow]:
    text = goal.text[:1].upper() + goal.text[1:]
    if not goal.readings:
        yield ExportRow(labels=(text, f"Räknas inte: {goal.why_not}"), values=(Nothing(),) * 4)
    for nth, reading in enumerate(goal.readings):
        baseline = Nothing() if before is None else _outcome(before.readings[nth])
        values = (baseline, _outcome(reading), _target(reading), _answer(reading.met))
        yield ExportRow(labels=(text, reading.text[:1].upper() + reading.text[1:]), values=values)


def _outcome(reading: Reached) -> Value:
    return Number(number=reading.count) if reading.of is None else Share(part=reading.count, whole=reading.of)


def _target(reading: Reached) -> Value:
    if reading.target is None:
        return Nothing()
    return Number(number=reading.target, unit="" if reading.of is None else "%")


def _answer(met: bool | None) -> Value:
    return Nothing() if met is None else Words(text="Ja" if met else "Nej")


def _definitions(goals: Sequence[GoalReached], counts: Mapping[str, Counted]) -> tuple[Definition, ...]:
    named = dict.fromkeys(reading.indicator for goal in goals for reading in goal.readings)
    return tuple(definition(counts[each].indicator) for each in named)
