"""The year's report as tables a board member reads: each figure, how it is counted, and what was published. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.catalogue import INSATSER
from contracts.catalogue.results import Goal
from contracts.codes import FollowUpReason, FollowUpResult, NationalExitCode
from contracts.labels import label
from services.reporting.domain.definitions import Definition
from services.reporting.domain.figures import (
    TOTALS,
    BySex,
    Figures,
    InsatsFigures,
    InsatsReferrals,
    Stay,
    half_up,
)
from services.reporting.domain.published import Line
from services.reporting.indicators import DECLARED

SEXES: Final = ("women", "men", "other", "unknown", "total")
_BY_SEX: Final = ("Kvinnor", "Män", "Annat", "Uppgift saknas", "Totalt")
_SEX_WORDS: Final = {"woman": "kvinnor", "man": "män"}
_WAY_IN_LINES: Final = ("referrals", "referrals_by", "referrals_in", "assigned", "returned", "started")
_STAY_ROWS: Final = ("participants", "carried_in", "started", "exited", "open_at_year_end")


@dataclass(frozen=True)
class Cell:
    """A figure. ``line`` is the published number it stands beside; None where none was published."""

    text: str
    line: Line | None = None


@dataclass(frozen=True)
class Row:
    """``insats``: the id of the insats whose own page the label leads to."""

    label: str
    cells: tuple[Cell, ...]
    sums_up: bool = False
    insats: str | None = None


@dataclass(frozen=True)
class Table:
    """``definitions`` say how its figures are counted."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    definitions: tuple[Definition, ...]


@dataclass(frozen=True)
class Compared:
    """A published line, the one computed, and the number of its note (1, 2, 3 …)."""

    line: Line
    note_number: int | None


@dataclass(frozen=True)
class Comparison:
    """The published figures line by line. ``notes`` in the order of their numbers."""

    groups: tuple[tuple[str, tuple[Compared, ...]], ...]
    notes: tuple[str, ...]
    equal: int
    whole: int


@dataclass(frozen=True)
class Report:
    totals: tuple[Table, ...]
    finsam_team: tuple[Table, ...]
    comparison: Comparison | None


def report(figures: Figures, lines: Sequence[Line]) -> Report:
    """Everything on the page. ``lines`` is empty for a year without published figures."""
    tables = _Tables(figures, {line.id: line for line in lines})
    return Report(
        totals=(tables.stays(), tables.exit_reasons(), tables.insatser()),
        finsam_team=(tables.finsam_by_sex(), tables.meetings(), tables.six_month()),
        comparison=_comparison(lines) if lines else None,
    )


@dataclass(frozen=True)
class InsatsReport:
    """The way in to one insats. ``tables`` is empty for one that takes in no individuals."""

    tables: tuple[Table, ...]
    comparison: Comparison | None


def insats_report(insats_id: str, figures: Figures, lines: Sequence[Line]) -> InsatsReport:
    """Everything on the page of an insats. ``lines`` is empty for a year without published figures."""
    way_in = next((each for each in figures.referrals if each.id == insats_id), None)
    own = [line for line in lines if _insats_of(line) == insats_id and _of_the_way_in(line)]
    tables = _Tables(figures, {line.id: line for line in own})
    return InsatsReport(
        tables=() if way_in is None else tuple(_way_in_tables(tables, way_in, figures.year)),
        comparison=_comparison(own) if own else None,
    )


def _way_in_tables(tables: "_Tables", way_in: InsatsReferrals, year: int) -> Iterable[Table]:
    yield tables.course(way_in)
    yield tables.referring(way_in)
    yield tables.seasons(way_in)
    planned = tables.planned(way_in, _goals(way_in.id, year))
    if planned.rows:
        yield planned


def _goals(insats_id: str, year: int) -> tuple[Goal, ...]:
    """What the insats was to reach in a year: the goals of the version that holds when the year ends."""
    insats = INSATSER.get(insats_id)
    rule = None if insats is None else insats.rule_on(date(year, 12, 31))
    return () if rule is None else tuple(goal for goal in rule.goals if "calendar_year" in goal.period)


def _insats_of(line: Line) -> str:
    return line.id.partition(".")[0].replace("_", "-")


def _of_the_way_in(line: Line) -> bool:
    return line.id.split(".")[1] in _WAY_IN_LINES


class _Tables:
    def __init__(self, figures: Figures, lines: Mapping[str, Line]) -> None:
        self._figures = figures
        self._lines = lines
        self._definitions = {definition.id: definition for definition in figures.definitions}

    def stays(self) -> Table:
        totals = self._figures.totals
        rows = [self._stay_row(totals, name) for name in _STAY_ROWS]
        without = self._by_sex(self._label("without_consent"), f"{TOTALS}.without_consent", totals.without_consent)
        defined = self._defined(*_STAY_ROWS, "without_consent")
        return Table("Deltaganden i alla insatser", _BY_SEX, (*rows, without), defined)

    def exit_reasons(self) -> Table:
        reasons = self._figures.totals.exit_reasons
        everyone = self._figures.totals.exited
        numbered = {
            NationalExitCode.ONE: reasons.reason_1,
            NationalExitCode.TWO: reasons.reason_2,
            NationalExitCode.THREE: reasons.reason_3,
        }
        rows = [
            self._share_row(label(code), f"{TOTALS}.exit_reason_{code}", counted)
            for code, counted in numbered.items()
        ]
        rows += [
            self._share_row("Avslut utan tryckt orsak", f"{TOTALS}.exit_other", reasons.unprinted()),
            self._share_row("– varav annan orsak", None, reasons.other),
            self._share_row("– varav utan samtycke (orsaken får inte följa med)", None, reasons.without_consent),
        ]
        if reasons.not_stated.total:
            rows.append(self._share_row("– varav med samtycke först efter avslutet", None, reasons.not_stated))
        return Table(
            "Avslutade efter orsak",
            (*_BY_SEX, "Andel"),
            (*rows, self._share_row("Alla avslutade", f"{TOTALS}.exited", everyone, sums_up=True)),
            self._defined("exit_reasons"),
        )

    def insatser(self) -> Table:
        columns = (
            "Deltagare",
            "Kvinnor",
            "Män",
            "Annat",
            "Uppgift saknas",
            "Utan samtycke",
            "Påbörjade",
            "Avslutade",
        )
        rows = [
            Row(insats.name, _stay_cells(insats), insats=insats.id if insats.id in INSATSER else None)
            for insats in self._figures.insatser
        ]
        total = Row("Alla insatser", _stay_cells(self._figures.totals), sums_up=True)
        caption = f"Deltaganden per insats ({self._figures.interventions} insatser)"
        return Table(caption, columns, (*rows, total), self._defined("participants", "interventions"))

    def finsam_by_sex(self) -> Table:
        finsam = self._figures.finsam_team
        names = {
            "met_and_planned": finsam.met_and_planned,
            "plans": finsam.plans,
            "lots": finsam.lots,
            "lots_assigned": finsam.lots_assigned,
        }
        rows = [
            self._by_sex(self._label(f"finsam_team.{name}"), f"finsam_team.{name}", counted)
            for name, counted in names.items()
        ]
        defined = self._defined(*(f"finsam_team.{name}" for name in names))
        return Table("Gemensam planering och lots", _BY_SEX, tuple(rows), defined)

    def meetings(self) -> Table:
        finsam = self._figures.finsam_team
        rows = (
            Row(
                "Anmälda av stadsdelsförvaltning",
                (self._number("finsam_team.meetings.district", finsam.meetings.district),),
            ),
            Row("Anmälda av övriga", (self._number("finsam_team.meetings.others", finsam.meetings.others),)),
            Row(
                "Alla team-möten", (self._number("finsam_team.meetings.total", finsam.meetings.total),), sums_up=True
            ),
            Row("Team som hållit möte", (self._number("finsam_team.teams", finsam.teams),)),
            Row(
                self._label("finsam_team.max_cases_per_session"),
                (self._number("finsam_team.max_cases_per_session", finsam.max_cases_per_session),),
            ),
        )
        names = ("meetings", "teams", "max_cases_per_session")
        return Table("Team-möten", ("Antal",), rows, self._defined(*(f"finsam_team.{name}" for name in names)))

    def six_month(self) -> Table:
        six = self._figures.finsam_team.six_month
        results = {FollowUpResult.ALL: six.all, FollowUpResult.SOME: six.some, FollowUpResult.NONE: six.none}
        rows = [self._result_row(_capital(label(code)), code.value, count) for code, count in results.items()]
        rows += [self._reason_row(reason, getattr(six.none_by_reason, reason)) for reason in FollowUpReason]
        for name, count in (("Utan samtycke", six.without_consent), ("Resultat inte angivet", six.not_stated)):
            if count:
                rows.append(self._result_row(name, None, count))
        total = self._result_row("Alla genomförda sexmånadersuppföljningar", "total", six.total, sums_up=True)
        return Table(
            "Uppföljning efter sex månader",
            ("Antal", "Andel"),
            (*rows, total),
            self._defined("finsam_team.six_month"),
        )

    def course(self, way_in: InsatsReferrals) -> Table:
        """From referral to start. The rows are counted by days of their own, so they are no parts of each other."""
        rows = {"referrals": way_in.referred, "returned": way_in.returned, "started": way_in.started}
        defined = ["referrals", "returned", "started"]
        if way_in.assigned is not None:
            assigned = f"{way_in.lines_prefix}.assigned"
            rows = {"referrals": way_in.referred, assigned: way_in.assigned, **rows}
            defined.insert(1, assigned)
        shown = [
            self._by_sex(self._label(name), f"{way_in.lines_prefix}.{name.rpartition('.')[2]}", counted)
            for name, counted in rows.items()
        ]
        return Table("Från anmälan till start", _BY_SEX, tuple(shown), self._defined(*defined))

    def referring(self, way_in: InsatsReferrals) -> Table:
        whole = way_in.referred
        rows = [
            self._share_of_referred(name, f"{way_in.lines_prefix}.referrals_by.{row}", counted, whole)
            for row, name, counted in _rows_of("referring", way_in.referred_by)
        ]
        total = self._share_of_referred("Alla", f"{way_in.lines_prefix}.referrals", whole, whole, sums_up=True)
        return Table("Anmälda efter anmälare", (*_BY_SEX, "Andel"), (*rows, total), self._defined("referrals"))

    def seasons(self, way_in: InsatsReferrals) -> Table:
        rows = [
            self._by_sex(name, f"{way_in.lines_prefix}.referrals_in.{row}", counted)
            for row, name, counted in _rows_of("season", way_in.referred_in)
        ]
        total = self._by_sex("Hela året", f"{way_in.lines_prefix}.referrals", way_in.referred, sums_up=True)
        return Table("Anmälda efter halvår", _BY_SEX, (*rows, total), self._defined("referrals"))

    def planned(self, way_in: InsatsReferrals, goals: Iterable[Goal]) -> Table:
        """The goals of the way in beside what was reached. A split by sex is shown and refuses nobody."""
        reached = {"started": way_in.started, **self._taking_part(way_in.id)}
        if way_in.assigned is not None:
            reached["assigned.case-manager"] = way_in.assigned
        rows = [
            self._goal_row(goal, counted)
            for goal in goals
            if goal.of is None and (counted := reached.get(goal.counts)) is not None
        ]
        columns = (*_BY_SEX, "Mål", "Andel av målet")
        return Table("Mål för året", columns, tuple(rows), self._defined("started", "participants"))

    def _taking_part(self, insats_id: str) -> Mapping[str, BySex]:
        found = next((each for each in self._figures.insatser if each.id == insats_id), None)
        return {} if found is None else {"participants": found.participants}

    def _goal_row(self, goal: Goal, counted: BySex) -> Row:
        cells = [Cell(_of_all(getattr(counted, sex), counted.total)) for sex in SEXES[:-1]]
        target = goal.target if isinstance(goal.target, int) else None
        planned = [] if target is None else [str(target)]
        if goal.split is not None:
            planned += [f"{percent} % {_SEX_WORDS[sex]}" for sex, percent in goal.split.sex.items()]
        share = "–" if target is None else f"{half_up(counted.total, target)} %"
        return Row(_capital(goal.text), (*cells, Cell(str(counted.total)), Cell(", ".join(planned)), Cell(share)))

    def _share_of_referred(self, name: str, line: str, counted: BySex, whole: BySex, *, sums_up: bool = False) -> Row:
        row = self._by_sex(name, line, counted, sums_up=sums_up)
        return Row(row.label, (*row.cells, self._share(f"{line}.percent", counted.total, whole.total)), sums_up)

    def _stay_row(self, stay: Stay, name: str) -> Row:
        return self._by_sex(self._label(name), f"{TOTALS}.{name}", getattr(stay, name))

    def _by_sex(self, name: str, line: str | None, counted: BySex, *, sums_up: bool = False) -> Row:
        cells = [self._number(f"{line}.{sex}" if line else None, getattr(counted, sex)) for sex in SEXES]
        return Row(name, tuple(cells), sums_up)

    def _share_row(self, name: str, line: str | None, counted: BySex, *, sums_up: bool = False) -> Row:
        row = self._by_sex(name, line, counted, sums_up=sums_up)
        share = self._share(f"{line}.percent" if line else None, counted.total, self._figures.totals.exited.total)
        return Row(row.label, (*row.cells, share), sums_up)

    def _result_row(self, name: str, result: str | None, count: int, *, sums_up: bool = False) -> Row:
        line = f"finsam_team.six_month.{result}" if result else None
        percent = f"finsam_team.six_month.percent_{result}" if result else None
        share = self._share(percent, count, self._figures.finsam_team.six_month.total)
        return Row(name, (self._number(line, count), share), sums_up)

    def _reason_row(self, reason: FollowUpReason, count: int) -> Row:
        cell = self._number(f"finsam_team.six_month_none.{reason}", count)
        return Row(f"– varav {label(reason)}", (cell, Cell("")))

    def _number(self, line: str | None, count: int) -> Cell:
        return Cell(str(count), self._lines.get(line) if line else None)

    def _share(self, line: str | None, part: int, whole: int) -> Cell:
        percent = half_up(part, whole)
        if percent is None:
            return Cell("–")
        return Cell(f"{percent} % av {whole}", self._lines.get(line) if line else None)

    def _label(self, name: str) -> str:
        return self._definitions[name].label

    def _defined(self, *names: str) -> tuple[Definition, ...]:
        return tuple(self._definitions[name] for name in names)


def _stay_cells(stay: Stay | InsatsFigures) -> tuple[Cell, ...]:
    people = stay.participants
    counts = (people.total, people.women, people.men, people.other, people.unknown)
    flows = (stay.without_consent.total, stay.started.total, stay.exited.total)
    return tuple(Cell(str(count)) for count in (*counts, *flows))


def _rows_of(breakdown: str, counts: Mapping[str, BySex]) -> Iterable[tuple[str, str, BySex]]:
    """The rows of a breakdown with their names; that of the unknown only if there are any."""
    declared = DECLARED.breakdowns[breakdown]
    for group in declared.groups:
        yield group.id, group.label.sv, counts[group.id]
    if counts[declared.rest.id].total:
        yield declared.rest.id, declared.rest.label.sv, counts[declared.rest.id]


def _of_all(part: int, whole: int) -> str:
    percent = half_up(part, whole)
    return str(part) if percent is None else f"{part} ({percent} %)"


def _comparison(lines: Sequence[Line]) -> Comparison:
    numbers: dict[str, int] = {}
    compared = [
        Compared(line, numbers.setdefault(line.note, len(numbers) + 1) if line.note else None) for line in lines
    ]
    return Comparison(
        groups=tuple(_grouped(compared)),
        notes=tuple(numbers),
        equal=sum(line.equal for line in lines),
        whole=len(lines),
    )


def _grouped(compared: Iterable[Compared]) -> Iterable[tuple[str, tuple[Compared, ...]]]:
    groups: dict[str, list[Compared]] = {}
    for each in compared:
        groups.setdefault(_insats_of(each.line), []).append(each)
    for insats, members in groups.items():
        yield ("Alla insatser" if insats == TOTALS else INSATSER[insats].name), tuple(members)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
