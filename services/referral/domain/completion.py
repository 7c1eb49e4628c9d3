"""What a referral lacks: who is asked for it and since when, and that it has come."""

from dataclasses import dataclass
from datetime import date
from typing import assert_never
from uuid import UUID

from contracts.problems import Invalid
from contracts.referral import CompletionReceived, CompletionRequested


@dataclass(frozen=True)
class Incomplete:
    """What has been asked for and has not come. ``what`` and ``asked_of``: words of the catalogue's lists."""

    completion_id: UUID
    what: tuple[str, ...]
    asked_of: str
    since: date


def after_completion(fact: CompletionRequested | CompletionReceived) -> Incomplete | None:
    """What is missing once it was asked for, or has come."""
    match fact:
        case CompletionRequested():
            return Incomplete(fact.completion_id, fact.what, fact.asked_of, fact.happened_on)
        case CompletionReceived():
            return None
    assert_never(fact)


@dataclass(frozen=True)
class AskForCompletion:
    """Ask for what the referral lacks. ``things`` and ``people``: the words to choose from."""

    completion_id: UUID
    what: tuple[str, ...]
    asked_of: str
    asked_on: date
    today: date
    things: frozenset[str]
    people: frozenset[str]

    def check(self) -> None:
        """Raises Invalid for a word that is not one of those to choose from."""
        if not self.what or not self.things.issuperset(self.what):
            raise Invalid("thing_unknown", f"Välj vad som saknas: {', '.join(sorted(self.things))}.", "what")
        if self.asked_of not in self.people:
            raise Invalid("asked_of_unknown", f"Välj vem som frågas: {', '.join(sorted(self.people))}.", "asked_of")


@dataclass(frozen=True)
class Complete:
    """What was asked for has come."""

    completed_on: date
    today: date
