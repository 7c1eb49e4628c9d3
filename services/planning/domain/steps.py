"""Steps that a case has reached, and papers that were asked for, in the order in which they were registered."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from contracts.codes import StepKind
from contracts.envelope import Fact
from contracts.planning import DocumentRequested, DocumentRequestEnded, StepReached
from services.planning.domain.impossible import ImpossibleFactError
from services.planning.domain.participation import Participations


@dataclass(frozen=True)
class Reached:
    """A step that was reached. ``of``: the insats or form of plan whose step it is; ``event_id``: of its event.

    ``episode``: the number of the stay that had begun last; 0 before the first. ``document`` and ``score`` are None
    where they were left out for want of consent, until :mod:`services.planning.domain.kept` fills them in.
    """

    step_id: UUID
    event_id: UUID
    of: str
    step: str
    kind: StepKind
    reached_on: date
    episode: int
    document: str | None = None
    registered_in: str | None = None
    score: float | None = None


@dataclass(frozen=True)
class DocumentRequest:
    """A paper that was asked for, and what became of it. ``asked_by`` and ``ended_by`` name the events.

    ``document``, ``asked_of`` and ``reason`` are None where they were left out for want of consent.
    """

    request_id: UUID
    asked_by: UUID
    of: str
    step: str
    asked_on: date
    document: str | None = None
    asked_of: str | None = None
    received_on: date | None = None
    ended_on: date | None = None
    ended_by: UUID | None = None
    reason: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the paper is awaited."""
        return self.received_on is None and self.ended_on is None


@dataclass(frozen=True)
class Steps:
    """All that was reached and asked for."""

    reached: tuple[Reached, ...] = ()
    requests: tuple[DocumentRequest, ...] = ()

    def of(self, insats: str, step: str) -> tuple[Reached, ...]:
        """Each time a step was reached."""
        return tuple(each for each in self.reached if (each.of, each.step) == (insats, step))

    def first(self, insats: str, step: str) -> date | None:
        """The earliest day on which a step was reached."""
        return min((each.reached_on for each in self.of(insats, step)), default=None)

    def phases(self, insats: str, episode: int) -> tuple[Reached, ...]:
        """The phases that a stay came to after the one it began in."""
        return tuple(
            each
            for each in self.reached
            if each.kind is StepKind.PHASE and each.of == insats and each.episode == episode
        )

    def request(self, request_id: UUID) -> DocumentRequest | None:
        """The request with this id."""
        return next((each for each in self.requests if each.request_id == request_id), None)


def evolve(before: Steps, fact: Fact, event_id: UUID, stays: Participations) -> Steps:
    """The steps after a fact; unchanged by facts about other things. Raises ImpossibleFactError."""
    match fact:
        case StepReached():
            return _reached(before, fact, event_id, stays)
        case DocumentRequested():
            if before.request(fact.request_id) is not None:
                raise ImpossibleFactError("DocumentRequested twice for one request")
            asked = DocumentRequest(
                request_id=fact.request_id,
                asked_by=event_id,
                of=fact.rule.insats,
                step=fact.step,
                asked_on=fact.happened_on,
                document=fact.document,
                asked_of=fact.asked_of,
            )
            return replace(before, requests=(*before.requests, asked))
        case DocumentRequestEnded():
            open_ = _open(before, fact.request_id)
            return _changed(before, replace(open_, ended_on=fact.happened_on, ended_by=event_id, reason=fact.reason))
        case _:
            return before


def _reached(before: Steps, fact: StepReached, event_id: UUID, stays: Participations) -> Steps:
    if any(each.step_id == fact.step_id for each in before.reached):
        raise ImpossibleFactError("StepReached twice for one id")
    if fact.kind is StepKind.PHASE and stays.ongoing is None:
        raise ImpossibleFactError("a phase reached by somebody who does not take part")
    after = before
    if fact.request_id is not None:
        awaited = _open(before, fact.request_id)
        after = _changed(before, replace(awaited, received_on=fact.happened_on))
    reached = Reached(
        step_id=fact.step_id,
        event_id=event_id,
        of=fact.rule.insats,
        step=fact.step,
        kind=fact.kind,
        reached_on=fact.happened_on,
        episode=0 if stays.latest is None else stays.latest.episode,
        document=fact.document,
        registered_in=fact.registered_in,
        score=fact.score,
    )
    return replace(after, reached=(*after.reached, reached))


def _open(before: Steps, request_id: UUID) -> DocumentRequest:
    found = before.request(request_id)
    if found is None or not found.is_open:
        raise ImpossibleFactError("a fact about a paper that is not awaited")
    return found


def _changed(before: Steps, request: DocumentRequest) -> Steps:
    return replace(
        before,
        requests=tuple(request if each.request_id == request.request_id else each for each in before.requests),
    )
