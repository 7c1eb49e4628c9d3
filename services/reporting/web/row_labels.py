"""What the rows of figures' breakdowns are called, in Swedish."""

from collections.abc import Iterator, Mapping
from typing import Final

from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import word_label
from contracts.indicators import Breakdown
from services.reporting.web.tables import capital


def row_label(breakdown: Breakdown, row: str) -> str:
    """What a row is called; of a column whose values have no names here, the value."""
    labels = {each.id: each.label.sv for each in breakdown.groups} | {breakdown.rest.id: breakdown.rest.label.sv}
    if row in labels:
        return labels[row]
    for words in breakdown.words:
        if (word := word_label(words, row)) != row:
            return capital(word)
    return _OF_THE_CATALOGUE.get(row, row)


def _of_the_catalogue() -> Iterator[tuple[str, str]]:
    for insats in INSATSER.values():
        for rule in insats.versions:
            yield from ((role.id, capital(role.label)) for role in rule.roles)
            yield from ((meeting.id, capital(meeting.label)) for meeting in rule.meetings)
            yield from ((step.id, capital(step.label)) for step in rule.steps)
            yield from ((clock.id, capital(clock.label)) for clock in rule.running_clocks)
    yield from ((insats.id, insats.name) for insats in INSATSER.values())


_OF_THE_CATALOGUE: Final[Mapping[str, str]] = dict(_of_the_catalogue())
"""What insatser, and the roles, meetings, steps and clocks of their rules, are called."""
