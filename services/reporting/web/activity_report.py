"""The report's tables of what plans led to: work training by route and referrer, and teaching. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from services.reporting.domain.figures import BySex, Figures, Teaching, WorkTraining
from services.reporting.domain.published import Line
from services.reporting.domain.values import Nothing
from services.reporting.web.tables import BY_SEX, Cell, Row, Table, Tables, count_cell

_ARBETSTRANING: Final = "arbetstraning"
_MIA: Final = "mia-vidare"
_SAMORDNAT_STOD: Final = "samordnat-stod"
ACTIVITY_LINES: Final = (
    *("trained", "requested", "under_way", "in_training"),
    *("work_training", "passed_a_course", "hours_attended", "hours_offered"),
)
"""The second words of the ids of the published lines that stand in these tables."""


def activity_tables(insats_id: str, figures: Figures, lines: Mapping[str, Line]) -> tuple[Table, ...]:
    """The tables of an insats; none where the report has no figures of its activities."""
    shown = _ActivityTables(figures, lines)
    if insats_id == _ARBETSTRANING and figures.work_training is not None:
        return tuple(shown.work_training(figures.work_training))
    if insats_id == _MIA:
        return (shown.training("mia_vidare", figures.mia_work_training),)
    if insats_id == _SAMORDNAT_STOD and figures.teaching is not None:
        return tuple(shown.teaching(figures.teaching))
    return ()


def trained(insats_id: str, figures: Figures) -> Mapping[str, BySex]:
    """What a goal of work training counts, for the insats that has one."""
    return {"activity_started.work_training": figures.mia_work_training} if insats_id == _MIA else {}


class _ActivityTables(Tables):
    def work_training(self, counted: WorkTraining) -> Iterator[Table]:
        yield self._broken_down(
            "Arbetsträning efter väg", "route", "arbetstraning.trained", "trained", counted.by_route, counted.trained
        )
        yield self._broken_down(
            "Anmälda till arbetsträning genom FINSAM-team, efter anmälare",
            "requesting",
            "arbetstraning.requested",
            "requested",
            counted.requested_by,
            counted.requested,
        )
        stock = {"under_way": counted.under_way, "in_training": counted.in_training}
        rows = tuple(
            Row(self.label(f"arbetstraning.{name}"), (self.number(f"arbetstraning.{name}.total", count),))
            for name, count in stock.items()
        )
        yield self._table("Vid periodens slut", ("Antal",), rows, *(f"arbetstraning.{name}" for name in stock))

    def training(self, prefix: str, counted: BySex) -> Table:
        """Who had work training, by sex."""
        name = f"{prefix}.work_training"
        return self._table("Arbetsträning", BY_SEX, (self.by_sex(self.label(name), name, counted),), name)

    def teaching(self, counted: Teaching) -> Iterator[Table]:
        counts = {"work_training": counted.work_training, "passed_a_course": counted.passed_a_course}
        names = [f"samordnat_stod.{name}" for name in counts]
        rows = tuple(
            self.by_sex(self.label(name), name, by_sex) for name, by_sex in zip(names, counts.values(), strict=True)
        )
        yield self._table("Vad undervisningen ledde till", BY_SEX, rows, *names)
        hours = {
            "hours_offered": counted.hours_offered,
            "hours_attended": counted.hours_attended,
            "weeks_offered": counted.weeks_offered,
        }
        totals = [Row(self.label(f"samordnat_stod.{name}"), (count_cell(number),)) for name, number in hours.items()]
        attended = self.percent("samordnat_stod.hours_attended.percent", counted.attendance_percent)
        minutes = counted.minutes_per_week
        weekly = (
            Cell(Nothing())
            if minutes is None
            else self.number("samordnat_stod.hours_offered.minutes_per_week", minutes)
        )
        more = (
            Row("Närvaro, i procent av erbjudna timmar", (attended,)),
            Row("Erbjudet per vecka, minuter", (weekly,)),
        )
        defined = (f"samordnat_stod.{name}" for name in hours)
        yield self._table("Undervisning och närvaro", ("Antal",), (*totals, *more), *defined)

    def _broken_down(
        self, caption: str, breakdown: str, line: str, whole: str, counts: Mapping[str, BySex], total: BySex
    ) -> Table:
        rows = self.broken_down(breakdown, line, counts)
        name = f"arbetstraning.{whole}"
        return self._table(caption, BY_SEX, (*rows, self.by_sex("Alla", name, total, sums_up=True)), name)

    def _table(self, caption: str, columns: tuple[str, ...], rows: tuple[Row, ...], *defined: str) -> Table:
        return Table(caption, columns, rows, self.defined(*defined))
