"""The year's report as tables a board member reads: each figure, how it is counted, and what was published. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.catalogue import INSATSER
from contracts.codes import FollowUpReason, FollowUpResult, NationalExitCode
from contracts.labels import label
from services.reporting.domain.figures import TOTALS, BySex, Figures, InsatsFigures, Stay
from services.reporting.domain.published import Line
from services.reporting.domain.values import Nothing
from services.reporting.web.comparison import Comparison, comparison
from services.reporting.web.tables import BY_SEX, Cell, Row, Table, Tables, capital, count_cell

_STAY_ROWS: Final = ("participants", "carried_in", "started", "exited", "open_at_year_end")


@dataclass(frozen=True)
class Report:
    totals: tuple[Table, ...]
    finsam_team: tuple[Table, ...]
    comparison: Comparison | None


def report(figures: Figures, lines: Sequence[Line]) -> Report:
    """Everything on the page. ``lines`` is empty for a year without published figures."""
    tables = _YearTables(figures, {line.id: line for line in lines})
    return Report(
        totals=(tables.stays(), tables.exit_reasons(), tables.insatser()),
        finsam_team=(tables.finsam_by_sex(), tables.meetings(), tables.six_month()),
        comparison=comparison(lines),
    )


class _YearTables(Tables):
    def stays(self) -> Table:
        totals = self.figures.totals
        rows = [self._stay_row(totals, name) for name in _STAY_ROWS]
        without = self.by_sex(self.label("without_consent"), f"{TOTALS}.without_consent", totals.without_consent)
        defined = self.defined(*_STAY_ROWS, "without_consent")
        return Table("Deltaganden i alla insatser", BY_SEX, (*rows, without), defined)

    def exit_reasons(self) -> Table:
        reasons = self.figures.totals.exit_reasons
        everyone = self.figures.totals.exited
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
            (*BY_SEX, "Andel"),
            (*rows, self._share_row("Alla avslutade", f"{TOTALS}.exited", everyone, sums_up=True)),
            self.defined("exit_reasons"),
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
            for insats in self.figures.insatser
        ]
        total = Row("Alla insatser", _stay_cells(self.figures.totals), sums_up=True)
        caption = f"Deltaganden per insats ({self.figures.interventions} insatser)"
        return Table(caption, columns, (*rows, total), self.defined("participants", "interventions"))

    def finsam_by_sex(self) -> Table:
        finsam = self.figures.finsam_team
        names = {
            "met_and_planned": finsam.met_and_planned,
            "plans": finsam.plans,
            "lots": finsam.lots,
            "lots_assigned": finsam.lots_assigned,
        }
        rows = [
            self.by_sex(self.label(f"finsam_team.{name}"), f"finsam_team.{name}", counted)
            for name, counted in names.items()
        ]
        defined = self.defined(*(f"finsam_team.{name}" for name in names))
        return Table("Gemensam planering och lots", BY_SEX, tuple(rows), defined)

    def meetings(self) -> Table:
        finsam = self.figures.finsam_team
        rows = (
            Row(
                "Anmälda av stadsdelsförvaltning",
                (self.number("finsam_team.meetings.district", finsam.meetings.district),),
            ),
            Row("Anmälda av övriga", (self.number("finsam_team.meetings.others", finsam.meetings.others),)),
            Row("Alla team-möten", (self.number("finsam_team.meetings.total", finsam.meetings.total),), sums_up=True),
            Row("Team som hållit möte", (self.number("finsam_team.teams", finsam.teams),)),
            Row(
                self.label("finsam_team.max_cases_per_session"),
                (self.number("finsam_team.max_cases_per_session", finsam.max_cases_per_session),),
            ),
        )
        names = ("meetings", "teams", "max_cases_per_session")
        return Table("Team-möten", ("Antal",), rows, self.defined(*(f"finsam_team.{name}" for name in names)))

    def six_month(self) -> Table:
        six = self.figures.finsam_team.six_month
        results = {FollowUpResult.ALL: six.all, FollowUpResult.SOME: six.some, FollowUpResult.NONE: six.none}
        rows = [self._result_row(capital(label(code)), code.value, count) for code, count in results.items()]
        rows += [self._reason_row(reason, getattr(six.none_by_reason, reason)) for reason in FollowUpReason]
        for name, count in (("Utan samtycke", six.without_consent), ("Resultat inte angivet", six.not_stated)):
            if count:
                rows.append(self._result_row(name, None, count))
        total = self._result_row("Alla genomförda sexmånadersuppföljningar", "total", six.total, sums_up=True)
        return Table(
            "Uppföljning efter sex månader",
            ("Antal", "Andel"),
            (*rows, total),
            self.defined("finsam_team.six_month"),
        )

    def _stay_row(self, stay: Stay, name: str) -> Row:
        return self.by_sex(self.label(name), f"{TOTALS}.{name}", getattr(stay, name))

    def _share_row(self, name: str, line: str | None, counted: BySex, *, sums_up: bool = False) -> Row:
        row = self.by_sex(name, line, counted, sums_up=sums_up)
        share = self.share(f"{line}.percent" if line else None, counted.total, self.figures.totals.exited.total)
        return Row(row.label, (*row.cells, share), sums_up)

    def _result_row(self, name: str, result: str | None, count: int, *, sums_up: bool = False) -> Row:
        line = f"finsam_team.six_month.{result}" if result else None
        percent = f"finsam_team.six_month.percent_{result}" if result else None
        share = self.share(percent, count, self.figures.finsam_team.six_month.total)
        return Row(name, (self.number(line, count), share), sums_up)

    def _reason_row(self, reason: FollowUpReason, count: int) -> Row:
        cell = self.number(f"finsam_team.six_month_none.{reason}", count)
        return Row(f"– varav {label(reason)}", (cell, Cell(Nothing())))


def _stay_cells(stay: Stay | InsatsFigures) -> tuple[Cell, ...]:
    people = stay.participants
    counts = (people.total, people.women, people.men, people.other, people.unknown)
    flows = (stay.without_consent.total, stay.started.total, stay.exited.total)
    return tuple(map(count_cell, (*counts, *flows)))
