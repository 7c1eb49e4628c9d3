"""How good the data behind a period's figures are: what is missing, registered late or not done. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.indicators import Breakdown, Indicator
from services.reporting.domain.counted import Counted

_NOT_KNOWN: Final = frozenset({"unknown", "not_stated"})
"""The last rows of breakdowns that take what nobody stated; others take what is stated and has no row of its own."""


@dataclass(frozen=True)
class Missing:
    """A figure of which something is counted in the row for what is not known. ``whole``: the figure's total."""

    indicator: Indicator
    breakdown: Breakdown
    count: int
    whole: int


@dataclass(frozen=True)
class FollowUpsDue:
    """An insats' follow-ups of which it was decided in the period whether they were held in time."""

    insats: str
    due: int
    in_time: int
    held_late: int

    @property
    def not_held(self) -> int:
        """Missed, and not held since: nothing is recorded of them."""
        return self.due - self.in_time - self.held_late


@dataclass(frozen=True)
class WithoutConsent:
    """An insats' participations, and those of which only sex and days may be followed."""

    insats: str
    without_consent: int
    participants: int


@dataclass(frozen=True)
class Lateness:
    """How late people registered a type of event: the median days, and how many after a week and thirty days."""

    type: str
    registered: int
    median_days: int
    over_a_week: int
    over_a_month: int


def missing(counts: Mapping[str, Counted]) -> Iterator[Missing]:
    """What is not known, by figure and breakdown, the largest shares first."""
    found = [each for counted in counts.values() for each in _missing_of(counted)]
    yield from sorted(found, key=lambda each: (-each.count / each.whole, each.indicator.id, each.breakdown.id))


def _missing_of(counted: Counted) -> Iterator[Missing]:
    for breakdown in counted.breakdowns:
        if breakdown.rest.id in _NOT_KNOWN and (count := counted.total(**{breakdown.id: breakdown.rest.id})):
            yield Missing(counted.indicator, breakdown, count, counted.total())


def follow_ups_due(counts: Mapping[str, Counted]) -> Iterator[FollowUpsDue]:
    """By insats, those with most that were not held first."""
    whole, in_time, late = (counts[f"follow_ups{part}"] for part in ("", ".in_time", ".missed_and_held"))
    rows = [
        FollowUpsDue(insats, whole.total(**group), in_time.total(**group), late.total(**group))
        for insats in whole.rows("insats_of_fact")
        for group in [{"insats_of_fact": insats}]
    ]
    yield from sorted(rows, key=lambda row: (-row.not_held, row.insats))


def without_consent(counts: Mapping[str, Counted]) -> Iterator[WithoutConsent]:
    """By insats, those with most first; only those with somebody."""
    people, without = counts["participants"], counts["without_consent"]
    rows = [
        WithoutConsent(insats, without.total(insats=insats), people.total(insats=insats))
        for insats in people.rows("insats")
    ]
    yield from sorted(
        (row for row in rows if row.without_consent), key=lambda row: (-row.without_consent, row.insats)
    )
