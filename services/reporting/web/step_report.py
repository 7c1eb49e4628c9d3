"""The report's tables of steps: what was reached, of whom, and papers that were asked for. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from contracts.catalogue import INSATSER
from contracts.catalogue.results import Goal
from services.reporting.domain.figures import BySex, Figures
from services.reporting.domain.published import Line
from services.reporting.domain.values import Nothing
from services.reporting.web.tables import BY_SEX, Cell, Row, Table, Tables, capital, count_cell, percent_cell

_PAPERS: Final = ("requested", "received", "ended")
_OF_STARTED: Final = "steps.violence_asked"


def step_tables(
    insats_id: str, figures: Figures, lines: Mapping[str, Line], goals: Sequence[Goal]
) -> tuple[Table, ...]:
    """The tables of an insats or a form of plan; none where nothing of its steps was registered."""
    return tuple(_StepTables(figures, lines).all(insats_id, goals))


class _StepTables(Tables):
    def all(self, insats_id: str, goals: Sequence[Goal]) -> Iterator[Table]:
        reached = {each.step: each.reached for each in self.figures.steps if each.rule_of == insats_id}
        if reached:
            yield self._reached(insats_id, reached)
        yield from self._shares(insats_id)
        yield from self._papers(insats_id)
        counted = {f"reached.{step}": counts for step, counts in reached.items()}
        yield from self.goals(goals, counted, "steps")
        yield from self._goals_of_started(insats_id, goals)

    def _reached(self, insats_id: str, reached: Mapping[str, BySex]) -> Table:
        rows = [
            self.by_sex(capital(_label(insats_id, step)), None, reached[step])
            for step in _in_order(insats_id, reached)
        ]
        return Table("Steg som nåtts under perioden", BY_SEX, tuple(rows), self.defined("steps"))

    def _shares(self, insats_id: str) -> Iterator[Table]:
        shares = [each for each in self.figures.shares_of_steps if each.insats == insats_id and each.of.total]
        if shares:
            rows = []
            for each in shares:
                row = self.by_sex(self.label(each.indicator), None, each.reached)
                share = self.share(None, each.reached.total, each.of.total)
                rows.append(Row(row.label, (*row.cells, share)))
            defined = self.defined(*(each.indicator for each in shares))
            yield Table("Steg bland deltagarna", (*BY_SEX, "Andel"), tuple(rows), defined)

    def _papers(self, insats_id: str) -> Iterator[Table]:
        for each in self.figures.documents:
            if each.rule_of == insats_id and each.requested:
                rows = [Row(self.label(f"documents.{name}"), (count_cell(getattr(each, name)),)) for name in _PAPERS]
                mean = Cell(Nothing()) if each.mean_days is None else count_cell(each.mean_days)
                rows.append(Row("Dagar i medeltal tills handlingen kom", (mean,)))
                defined = (*(f"documents.{name}" for name in _PAPERS), "documents.waited_days")
                yield Table("Begärda handlingar", ("Antal",), tuple(rows), self.defined(*defined))

    def _goals_of_started(self, insats_id: str, goals: Sequence[Goal]) -> Iterator[Table]:
        """Goals that are a share of the started, as that all of them are asked (plan 2025, L889)."""
        found = next(
            (
                each
                for each in self.figures.shares_of_steps
                if each.insats == insats_id and each.indicator == _OF_STARTED
            ),
            None,
        )
        rows = [
            Row(capital(goal.text), (self.share(None, found.reached.total, found.of.total), _target(goal)))
            for goal in goals
            if found is not None and goal.of == "started" and goal.counts == "reached.valdsfragor-erbjudna"
        ]
        if rows:
            yield Table("Mål i procent", ("Andel av de påbörjade", "Mål"), tuple(rows), self.defined(_OF_STARTED))


def _target(goal: Goal) -> Cell:
    """The percentage to reach; a dash where the plan gives several."""
    return percent_cell(goal.target if isinstance(goal.target, int) else None)


def _in_order(insats_id: str, reached: Mapping[str, BySex]) -> list[str]:
    """As the file has them; what it has no more, last."""
    insats = INSATSER.get(insats_id)
    steps = [] if insats is None else [step.id for rule in reversed(insats.versions) for step in rule.steps]
    listed = {step: place for place, step in reversed(list(enumerate(steps)))}
    return sorted(reached, key=lambda step: (listed.get(step, len(steps)), step))


def _label(insats_id: str, step_id: str) -> str:
    """What the latest rule that has the step calls it; its id if none has."""
    insats = INSATSER.get(insats_id)
    rules = () if insats is None else reversed(insats.versions)
    found = next((step for rule in rules if (step := rule.step(step_id)) is not None), None)
    return step_id if found is None else found.label
