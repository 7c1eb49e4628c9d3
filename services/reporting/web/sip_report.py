"""The report's tables of coordinated plans (SIP): meetings, decisions and people, who initiated them. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from contracts.catalogue.results import Goal
from services.reporting.domain.figures import SipFigures
from services.reporting.web.tables import BY_SEX, Row, Table, Tables, count_cell

SIP_LINES: Final = (
    *("sip_meetings", "sip_with_coordinator", "sip_with_coordinator_by", "sip_without_coordinator", "sip_plans"),
)
"""The second words of the ids of the published lines that stand in these tables."""


class SipTables(Tables):
    """The tables of a form of plan."""

    def all(self, plans: SipFigures, goals: Iterable[Goal]) -> Iterator[Table]:
        """What there is to show of a form, and its goals of the year."""
        yield self.meetings(plans)
        yield self.initiators(plans)
        yield self.counts(plans)
        yield from self.goals(goals, {"plans.sip": plans.plans}, "sip.plans")

    def meetings(self, plans: SipFigures) -> Table:
        """With the form's coordinator, without, and where nobody has said."""
        prefix = plans.lines_prefix
        rows = [
            self.by_sex("Med samordnaren", f"{prefix}.sip_with_coordinator", plans.with_coordinator),
            self.by_sex("Utan samordnaren", f"{prefix}.sip_without_coordinator", plans.without_coordinator),
        ]
        if plans.not_stated.total:
            rows.append(self.by_sex("Inte angivet", None, plans.not_stated))
        rows.append(self.by_sex("Alla SIP-möten", f"{prefix}.sip_meetings", plans.meetings, sums_up=True))
        return Table("SIP-möten", BY_SEX, tuple(rows), self.defined("sip.meetings"))

    def initiators(self, plans: SipFigures) -> Table:
        """Who took the first step to those with the coordinator."""
        prefix = f"{plans.lines_prefix}.sip_with_coordinator"
        rows = self.broken_down("initiator", f"{prefix}_by", plans.with_coordinator_by)
        total = self.by_sex("Alla med samordnaren", prefix, plans.with_coordinator, sums_up=True)
        caption = "SIP-möten med samordnaren efter vem som initierade"
        return Table(caption, BY_SEX, (*rows, total), self.defined("sip.meetings"))

    def counts(self, plans: SipFigures) -> Table:
        """Meetings, decisions and people are three counts, which reports have mixed in one series."""
        rows = (
            Row("Hållna SIP-möten", (count_cell(plans.meetings.total),)),
            Row("SIP-beslut", (self.number(f"{plans.lines_prefix}.sip_plans.total", plans.plans.total),)),
            Row("Personer med SIP-möte, av alla planformer", (count_cell(self.figures.sip_people),)),
        )
        defined = self.defined("sip.meetings", "sip.plans", "sip.people")
        return Table("Möten, beslut och personer", ("Antal",), rows, defined)
