"""Filling in a report form: its figures are counted as they were known at the report's cut-off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.budget import BUDGETS
from contracts.catalogue import INSATSER, Insats
from contracts.problems import Conflict
from contracts.report_forms import ReportForm, load_report_forms
from services.chassis.database import Connection
from services.reporting import amount_store, store
from services.reporting.domain import form_reports
from services.reporting.domain.amounts import amounts_of
from services.reporting.domain.counted import Counted
from services.reporting.domain.form_reports import Counts, Economy, FilledReport, Question
from services.reporting.domain.insats_economy import economy_of
from services.reporting.domain.insats_figures import counted_for_form, counted_for_year, counts_of
from services.reporting.domain.periods import Period, end_of, year_period
from services.reporting.form_report_store import BegunReport
from services.reporting.indicators import DECLARED, GOALS
from services.reporting.web.row_labels import row_label

FORMS: Final[Mapping[str, ReportForm]] = load_report_forms(DECLARED)
"""Our own, by id. Read and checked when the service starts."""


def form_gone() -> Conflict:
    """The refusal of a draft whose form or insats is declared no more."""
    return Conflict("form_gone", "Mallen eller insatsen finns inte längre, och utkastet kan inte fyllas i.")


@dataclass(frozen=True)
class Subject:
    """What a report is about, and what was counted of it."""

    form: ReportForm
    insats: Insats
    period: Period
    known_until: datetime
    counts: Counts

    def filled(self, texts: Mapping[str, str]) -> FilledReport:
        """The report with these texts."""
        return form_reports.filled(self.form, self.insats, self.period, self.known_until, self.counts, texts)

    def questions(self) -> tuple[Question, ...]:
        """The fields that are answered in words."""
        return form_reports.questions(self.form, self.counts)


async def subject_of(connection: Connection, begun: BegunReport) -> Subject:
    """What a report that was begun is about, counted as it was known at the end of its cut-off."""
    return await counted(connection, FORMS[begun.form], INSATSER[begun.insats], begun.period, end_of(begun.known_on))


async def counted(
    connection: Connection, form: ReportForm, insats: Insats, period: Period, known_until: datetime
) -> Subject:
    """Counts what a form shows of an insats, from the events registered by a moment.

    The connection must not be inside a transaction.
    """
    of_goals = counted_for_year(insats, period, GOALS)
    now = await _count(connection, counted_for_form(form) | of_goals, period, known_until)
    before: Mapping[str, Counted] = {}
    if of_goals:
        before = await _count(connection, of_goals, year_period(period.first.year - 1), known_until)
    economy = await _economy(connection, insats, period, known_until)
    counts = counts_of(form, insats, period, GOALS, row_label, now, before, economy)
    return Subject(form, insats, period, known_until, counts)


async def _economy(connection: Connection, insats: Insats, period: Period, known_until: datetime) -> Economy | None:
    """What is booked of the insats in its association's budget."""
    budget = next((each for each in BUDGETS.values() if each.association == insats.association), None)
    if budget is None:
        return None
    kronor = await amount_store.kronor(connection, [period.id], known_until)
    return economy_of(amounts_of(budget, period.id, kronor, {}).item(insats.id), period)


async def _count(
    connection: Connection, wanted: frozenset[str], period: Period, known_until: datetime
) -> Mapping[str, Counted]:
    """Of each the version that is valid when the period ends, or the latest."""
    held = DECLARED.on(period.last)
    found = [held.indicators.get(each, DECLARED.indicators[each]) for each in sorted(wanted)]
    return await store.count(connection, found, period.first, period.following, known_until)
