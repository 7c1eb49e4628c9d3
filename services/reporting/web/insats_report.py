"""One insats' report as tables: the way in, what plans led to, plans of a form, time limits. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.catalogue import INSATSER
from contracts.catalogue.results import Goal
from services.reporting.domain.figures import BySex, ExitsToDate, Figures, InsatsReferrals, TimeLimits
from services.reporting.domain.periods import Period
from services.reporting.domain.published import Line
from services.reporting.domain.values import Share
from services.reporting.web.activity_report import ACTIVITY_LINES, activity_tables, trained
from services.reporting.web.comparison import Comparison, comparison, insats_of
from services.reporting.web.group_report import GROUP_LINES, GroupTables
from services.reporting.web.livelihood_report import EMPLOYMENT_LINES, LivelihoodTables
from services.reporting.web.sip_report import SIP_LINES, SipTables
from services.reporting.web.step_report import step_tables
from services.reporting.web.tables import BY_SEX, Cell, Row, Table, Tables, capital, count_cell, rows_of

_TO_DATE_LINES: Final = ("exited", "to_work_or_studies", "to_work", "to_studies")
_OWN_LINES: Final = (
    *("referrals", "referrals_by", "referrals_in", "assigned", "returned", "started"),
    *_TO_DATE_LINES,
    *SIP_LINES,
    *ACTIVITY_LINES,
    *EMPLOYMENT_LINES,
    *GROUP_LINES,
)
"""The second words of the ids of the published lines that stand on an insats' own page."""


@dataclass(frozen=True)
class InsatsReport:
    """The way in to one insats, what its plans led to, the exits to date of a project, the plans of a form, and the
    time limits. ``tables`` is empty for one of which nothing is counted."""

    tables: tuple[Table, ...]
    comparison: Comparison | None


def insats_report(insats_id: str, figures: Figures, lines: Sequence[Line]) -> InsatsReport:
    """Everything on the page of an insats. ``lines`` is empty for a year without published figures."""
    own = [line for line in lines if insats_of(line) == insats_id and line.id.split(".")[1] in _OWN_LINES]
    return InsatsReport(tuple(_tables(insats_id, figures, {line.id: line for line in own})), comparison(own))


def _tables(insats_id: str, figures: Figures, lines: Mapping[str, Line]) -> Iterator[Table]:
    goals = _goals(insats_id, figures.period)
    tables = _WayIn(figures, lines)
    for way_in in figures.referrals:
        if way_in.id == insats_id:
            yield from tables.all(way_in, goals)
    yield from activity_tables(insats_id, figures, lines)
    yield from step_tables(insats_id, figures, lines, goals)
    for groups in figures.groups:
        if groups.id == insats_id and groups.any:
            yield from GroupTables(figures, lines).all(groups)
    for plans in figures.sip:
        if plans.id == insats_id:
            yield from SipTables(figures, lines).all(plans, goals)
    yield from LivelihoodTables(figures, lines).all(insats_id)
    yield from tables.time_limits(insats_id)


def _goals(insats_id: str, period: Period) -> tuple[Goal, ...]:
    """What the insats was to reach in a calendar year: the goals of the version that holds when the year ends. A
    share that is said of no period holds for each year. A part of a year has none: no plan says how much of a goal
    belongs to it."""
    insats = INSATSER.get(insats_id)
    rule = None if insats is None or not period.is_year else insats.rule_on(period.last)
    goals = () if rule is None else rule.goals
    return tuple(
        goal for goal in goals if "calendar_year" in goal.period or (goal.of is not None and not goal.period)
    )


class _WayIn(Tables):
    def all(self, way_in: InsatsReferrals, goals: Sequence[Goal]) -> Iterator[Table]:
        yield self.course(way_in)
        yield self.referring(way_in)
        yield self.seasons(way_in)
        yield from self.planned(way_in, goals)
        if way_in.exits_to_date is not None:
            yield self.exits_to_date(way_in.lines_prefix, way_in.exits_to_date)

    def course(self, way_in: InsatsReferrals) -> Table:
        """From referral to start. The rows are counted by days of their own, so they are no parts of each other."""
        rows = {"referrals": way_in.referred, "returned": way_in.returned, "started": way_in.started}
        defined = ["referrals", "returned", "started"]
        if way_in.assigned is not None:
            assigned = f"{way_in.lines_prefix}.assigned"
            rows = {"referrals": way_in.referred, assigned: way_in.assigned, **rows}
            defined.insert(1, assigned)
        shown = [
            self.by_sex(self.label(name), f"{way_in.lines_prefix}.{name.rpartition('.')[2]}", counted)
            for name, counted in rows.items()
        ]
        return Table("Från anmälan till start", BY_SEX, tuple(shown), self.defined(*defined))

    def referring(self, way_in: InsatsReferrals) -> Table:
        whole = way_in.referred
        rows = [
            self._share_of_referred(name, f"{way_in.lines_prefix}.referrals_by.{row}", counted, whole)
            for row, name, counted in rows_of("referring", way_in.referred_by)
        ]
        total = self._share_of_referred("Alla", f"{way_in.lines_prefix}.referrals", whole, whole, sums_up=True)
        return Table("Anmälda efter anmälare", (*BY_SEX, "Andel"), (*rows, total), self.defined("referrals"))

    def seasons(self, way_in: InsatsReferrals) -> Table:
        rows = self.broken_down("season", f"{way_in.lines_prefix}.referrals_in", way_in.referred_in)
        total = self.by_sex("Hela perioden", f"{way_in.lines_prefix}.referrals", way_in.referred, sums_up=True)
        return Table("Anmälda efter halvår", BY_SEX, (*rows, total), self.defined("referrals"))

    def planned(self, way_in: InsatsReferrals, goals: Sequence[Goal]) -> Iterator[Table]:
        """The goals of the way in, of the participants and of work training."""
        training = trained(way_in.id, self.figures)
        reached = {"started": way_in.started, **self._taking_part(way_in.id), **training}
        if way_in.assigned is not None:
            reached["assigned.case-manager"] = way_in.assigned
        defined = ("mia_vidare.work_training",) if training else ()
        for employments in self.figures.employments:
            if employments.id == way_in.id:
                reached |= {"employments.new": employments.new, "employments.extension": employments.extension}
                defined = (*defined, "employments.decided")
        yield from self.goals(goals, reached, "started", "participants", *defined)

    def time_limits(self, insats_id: str) -> Iterator[Table]:
        """The clocks of an insats or a form of plan with how often each was kept; no table if none has run."""
        limits = [each for each in self.figures.time_limits if each.rule_of == insats_id]
        if limits:
            rows = tuple(
                Row(capital(_clock_label(each)), (*_numbers(each.met, each.passed, each.running), _kept(each)))
                for each in limits
            )
            columns = ("Hållna", "Passerade", "Löper än", "Andel hållna")
            yield Table("Tidsgränser vars sista dag låg i året", columns, rows, self.defined("time_limits"))

    def exits_to_date(self, prefix: str, exits: ExitsToDate) -> Table:
        """From the project's beginning. The shares of studies are of each sex, as the report prints them."""
        counted = {name: getattr(exits, name) for name in _TO_DATE_LINES}
        rows = [self._share_to_date(prefix, name, each, exits.exited) for name, each in counted.items()]
        defined = self.defined(*(f"{prefix}.{name}" for name in _TO_DATE_LINES))
        return Table("Avslut från projektets början", (*BY_SEX, "Andel"), tuple(rows), defined)

    def _share_to_date(self, prefix: str, name: str, counted: BySex, whole: BySex) -> Row:
        line = f"{prefix}.{name}"
        row = self.by_sex(self.label(line), line, counted)
        cells = list(row.cells)
        if name == "to_studies":
            for place, sex in enumerate(("women", "men")):
                share = Share(part=getattr(counted, sex), whole=getattr(whole, sex), beside="part")
                cells[place] = Cell(share, self.lines.get(f"{line}.{sex}.percent"))
        return Row(row.label, (*cells, self.share(None, counted.total, whole.total)), name == "exited")

    def _taking_part(self, insats_id: str) -> Mapping[str, BySex]:
        found = next((each for each in self.figures.insatser if each.id == insats_id), None)
        return {} if found is None else {"participants": found.participants}

    def _share_of_referred(self, name: str, line: str, counted: BySex, whole: BySex, *, sums_up: bool = False) -> Row:
        row = self.by_sex(name, line, counted, sums_up=sums_up)
        return Row(row.label, (*row.cells, self.share(f"{line}.percent", counted.total, whole.total)), sums_up)


def _clock_label(limits: TimeLimits) -> str:
    """What the rule of today calls the clock; its id if the catalogue has it no more."""
    insats = INSATSER.get(limits.rule_of)
    clocks = [] if insats is None else [clock for rule in reversed(insats.versions) for clock in rule.running_clocks]
    return next((clock.label for clock in clocks if clock.id == limits.clock), limits.clock)


def _numbers(*counts: int) -> tuple[Cell, ...]:
    return tuple(map(count_cell, counts))


def _kept(limits: TimeLimits) -> Cell:
    return Cell(Share(part=limits.met, whole=limits.ended))
