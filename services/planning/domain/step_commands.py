"""What may be asked of a case's steps. ``of``: the form of plan whose step it is; None for the insats' own."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from uuid import UUID


@dataclass(frozen=True)
class ReachStep:
    """A step of the rule was reached.

    ``document``: which of its papers; ``request_id``: the request that the paper answers, found by step and paper
    where it is None. ``registered_in``: where a registration was made. ``score``: what was rated.
    """

    step_id: UUID
    step: str
    reached_on: date
    today: date
    of: str | None = None
    document: str | None = None
    request_id: UUID | None = None
    registered_in: str | None = None
    score: float | None = None


@dataclass(frozen=True)
class AskForDocument:
    """A paper is asked for. ``asked_of``: the kind of unit that is asked."""

    request_id: UUID
    step: str
    asked_of: str
    asked_on: date
    today: date
    of: str | None = None
    document: str | None = None


@dataclass(frozen=True)
class EndDocumentRequest:
    """A paper that was asked for is awaited no longer."""

    request_id: UUID
    reason: str
    ended_on: date
    today: date


StepCommand: TypeAlias = ReachStep | AskForDocument | EndDocumentRequest
