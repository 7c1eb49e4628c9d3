"""The goals of a year beside what was reached: numbers, shares of wholes, and goals that no figure tells. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import assert_never

from contracts.catalogue import INSATSER, Insats
from contracts.catalogue.results import Goal
from contracts.catalogue.sources import sources_text
from contracts.indicators import MeasuredGoal
from contracts.indicators.goals import NumberOutcome, Outcome, ShareOutcome, counted_for, rows_of, target_of
from services.reporting.domain.counted import Counted
from services.reporting.domain.figures import half_up


@dataclass(frozen=True)
class Reached:
    """One reading of a goal. ``indicator``: the figure that counted it. ``count``: how many; of a share ``of`` so
    many, which are ``percent``, None of nothing. ``target``: the goal's number, or per cent of a share.
    ``met``: whether it was reached; None where there is no target, or no share."""

    text: str
    indicator: str
    count: int
    of: int | None
    percent: int | None
    target: int | None
    met: bool | None


@dataclass(frozen=True)
class GoalReached:
    """A goal of an insats in a year. ``why_not``: why no figure tells it, where it has no readings."""

    goal: str
    text: str
    sources: Sequence[str]
    readings: tuple[Reached, ...]
    why_not: str | None


@dataclass(frozen=True)
class GoalsOfInsats:
    """The goals of an insats in a year."""

    insats: str
    name: str
    goals: tuple[GoalReached, ...]


def counted_for_goals(year: int, goals: Iterable[MeasuredGoal]) -> frozenset[str]:
    """The figures that the goals of a year need."""
    return frozenset(
        indicator
        for _, _, measured in _of_year(year, goals)
        for outcome in measured.outcomes
        for indicator in counted_for(outcome)
    )


def goals_of_year(
    year: int, goals: Iterable[MeasuredGoal], counts: Mapping[str, Counted]
) -> tuple[GoalsOfInsats, ...]:
    """The goals that held when a year ended, by the insatser's names. ``counts``: what was counted in the year."""
    of_insats: dict[str, list[GoalReached]] = {}
    for insats, goal, measured in _of_year(year, goals):
        readings = tuple(_reached(outcome, goal, insats.id, counts) for outcome in measured.outcomes)
        sources = sources_text(goal.source)
        reached = GoalReached(goal.id, goal.text, sources, readings, measured.why_not)
        of_insats.setdefault(insats.id, []).append(reached)
    found = (GoalsOfInsats(insats, INSATSER[insats].name, tuple(each)) for insats, each in of_insats.items())
    return tuple(sorted(found, key=lambda each: each.name))


def _of_year(year: int, goals: Iterable[MeasuredGoal]) -> Iterator[tuple[Insats, Goal, MeasuredGoal]]:
    for measured in goals:
        insats = INSATSER[measured.insats]
        rule = insats.rule_on(date(year, 12, 31))
        for goal in () if rule is None else rule.goals:
            if goal.id == measured.goal:
                yield insats, goal, measured


def _reached(
    outcome: NumberOutcome | ShareOutcome, goal: Goal, insats: str, counts: Mapping[str, Counted]
) -> Reached:
    target = target_of(goal, outcome.target)
    match outcome:
        case NumberOutcome(counts=indicator):
            count = _sum(counts[indicator], outcome, insats)
            met = None if target is None else count >= target
            return Reached(outcome.text, indicator, count, None, None, target, met)
        case ShareOutcome(share=indicator):
            count = _sum(counts[indicator], outcome, insats)
            of = _whole(counts[outcome.whole], insats)
            percent = half_up(count, of)
            met = None if target is None or percent is None else _met(count, of, target, outcome)
            return Reached(outcome.text, indicator, count, of, percent, target, met)
        case _:
            assert_never(outcome)


def _met(count: int, of: int, target: int, outcome: Outcome) -> bool:
    """At least is judged by the share itself, so a rounded per cent never meets a goal that the share does not."""
    match outcome.comparison:
        case "at_least":
            return 100 * count >= target * of
        case "equal":
            return half_up(count, of) == target
        case _:
            assert_never(outcome.comparison)


def _sum(counted: Counted, outcome: Outcome, insats: str) -> int:
    return _total(counted, rows_of(outcome, counted.breakdowns, insats))


def _whole(counted: Counted, insats: str) -> int:
    return _total(counted, rows_of(Outcome(text="alla"), counted.breakdowns, insats))


def _total(counted: Counted, rows: Mapping[str, tuple[str, ...]]) -> int:
    names = tuple(rows)
    return sum(counted.total(**dict(zip(names, each, strict=True))) for each in product(*rows.values()))
