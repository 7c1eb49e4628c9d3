"""How the goals of the catalogue's insatser are measured: each by one or several figures, or by none that is told.

A goal's text, target and source stand in the insats' file. Where its text can be read in two ways (activities or
plans, booked or met), each reading is an outcome of its own.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, Self, TypeAlias, assert_never

from pydantic import Discriminator, Field, Tag, model_validator

from contracts.catalogue import INSATSER
from contracts.catalogue.fields import Id, Text, Texts
from contracts.catalogue.results import Goal
from contracts.catalogue.yaml_files import Finding, Place
from contracts.indicators.checking import Declared
from contracts.indicators.declaration import Average, Breakdown, IndicatorId
from contracts.model import Model

Target: TypeAlias = Literal["whole", "fully", "partly", "woman", "man"]
"""Which number of the goal's in the catalogue: its target, a part of its target, or a part of its split by sex."""

Comparison: TypeAlias = Literal["at_least", "equal"]
"""Whether the outcome is to be at least so much, or so much in whole per cent: an even split."""


class Outcome(Model):
    """One reading of a goal. ``rows``: of which rows of breakdowns it is the sum; where the figure is broken down by
    insats, the rows of the goal's insats. ``target`` None: the goal names no number, and nothing is compared."""

    text: Text
    rows: Mapping[Id, Texts] = Field(default={})
    target: Target | None = "whole"
    comparison: Comparison = "at_least"


class NumberOutcome(Outcome):
    """How many are counted."""

    counts: IndicatorId


class ShareOutcome(Outcome):
    """How many per cent ``share`` is of ``of``; without it, of all rows of the figure itself."""

    share: IndicatorId
    of: IndicatorId | None = None

    @property
    def whole(self) -> IndicatorId:
        """The figure that it is a share of."""
        return self.of or self.share


def _kind_of(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((word for word in ("counts", "share") if word in value), None)
    return "counts" if isinstance(value, NumberOutcome) else "share"


AnyOutcome = Annotated[
    Annotated[NumberOutcome, Tag("counts")] | Annotated[ShareOutcome, Tag("share")],
    Discriminator(
        _kind_of, custom_error_type="no_outcome", custom_error_message="an outcome has either counts or share"
    ),
]


def counted_for(outcome: NumberOutcome | ShareOutcome) -> tuple[IndicatorId, ...]:
    """The figures that an outcome needs, that of which it is a row or rows first."""
    match outcome:
        case NumberOutcome(counts=counts):
            return (counts,)
        case ShareOutcome(share=share):
            return (share, outcome.whole)
        case _:
            assert_never(outcome)


class MeasuredGoal(Model):
    """A goal of an insats, by the id it has in the insats' file. ``why_not``: in Swedish, why no figure tells it."""

    insats: Id
    goal: Id
    outcomes: tuple[AnyOutcome, ...] = ()
    why_not: Text | None = None

    @model_validator(mode="after")
    def _told_or_not(self) -> Self:
        if bool(self.outcomes) == (self.why_not is not None):
            raise ValueError("a goal has outcomes, or says why it has none")
        return self


OF_INSATS: Final = ("insats", "insats_of_fact", "plan_form", "consulted")
"""The breakdowns whose rows are insatser and forms of plan."""


def rows_of(outcome: Outcome, breakdowns: tuple[Breakdown, ...], insats: str) -> dict[str, tuple[str, ...]]:
    """The rows that an outcome is the sum of, those of the insats among them."""
    own = {each.id: (insats,) for each in breakdowns if each.id in OF_INSATS}
    return {**own, **outcome.rows}


def target_of(goal: Goal, target: Target | None) -> int | None:
    """A number of a goal in the catalogue; None if the goal has no such number."""
    match target:
        case "whole":
            return goal.target if isinstance(goal.target, int) else None
        case "fully" | "partly":
            return goal.target.get(target) if isinstance(goal.target, dict) else None
        case "woman" | "man":
            return goal.split.sex.get(target) if goal.split is not None else None
        case None:
            return None


def goal_findings(measured: MeasuredGoal, declared: Declared) -> Iterator[Finding]:
    """What is wrong with a goal's measuring, each with its place in it."""
    insats = INSATSER.get(measured.insats)
    if insats is None:
        yield ("insats",), f"there is no insats {measured.insats!r}"
        return
    goals = [goal for rule in insats.versions for goal in rule.goals if goal.id == measured.goal]
    if not goals:
        yield ("goal",), f"{measured.insats} has no goal {measured.goal!r}"
    for index, outcome in enumerate(measured.outcomes):
        place: Place = ("outcomes", index)
        if outcome.target is not None and not any(target_of(goal, outcome.target) is not None for goal in goals):
            yield (*place, "target"), f"the goal has no number for {outcome.target!r}"
        for indicator in counted_for(outcome):
            for reason in _of_indicator(indicator, declared):
                yield place, reason
        yield from ((place, reason) for reason in _of_rows(outcome, declared))


def _of_indicator(indicator: str, declared: Declared) -> Iterator[str]:
    if indicator not in declared.indicators:
        yield f"there is no indicator {indicator!r}"
    elif isinstance(declared.indicators[indicator].measure, Average):
        yield f"{indicator} is an average, which is no number of a goal"


def _of_rows(outcome: NumberOutcome | ShareOutcome, declared: Declared) -> Iterator[str]:
    indicator = declared.indicators.get(counted_for(outcome)[0])
    if indicator is None:
        return
    breakdowns = {each.id: each for each in declared.broken_down(indicator)}
    for breakdown, rows in outcome.rows.items():
        if breakdown not in breakdowns:
            yield f"{indicator.id} is not broken down by {breakdown!r}"
            continue
        groups = {group.id for group in breakdowns[breakdown].groups} | {breakdowns[breakdown].rest.id}
        if breakdowns[breakdown].groups:
            yield from (f"{breakdown} has no row {row!r}" for row in rows if row not in groups)
