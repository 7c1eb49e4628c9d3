"""The steps of a case as their page shows them: what was reached, asked for, and which forms there are. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeAlias
from uuid import UUID

from contracts.catalogue import INSATSER
from contracts.catalogue.course import (
    AssignmentStep,
    DocumentStep,
    PhaseStep,
    QuestionStep,
    RatingStep,
    RegistrationStep,
    Step,
)
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import StepKind
from contracts.labels import actor_label, label
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.pages import swedish_date
from services.planning.commands import KnownCase
from services.planning.domain.case import Case, LoggedEvent, Stage
from services.planning.domain.next_steps import hindrance
from services.planning.domain.step_commands import ReachStep
from services.planning.domain.step_rules import (
    Owner,
    closed_on,
    current_phase,
    label_of,
    may_see_answers,
    owners,
    reminders,
    shown_steps,
)
from services.planning.domain.steps import DocumentRequest, Reached

Events: TypeAlias = Mapping[UUID, LoggedEvent]

_ASKED_FOR: Final = frozenset({"reached_on", "document", "registered_in", "score"})
"""What the form of a step asks for: a refusal that only says that one of these is wrong hinders nobody."""


def sections(found: KnownCase, user: User, today: date) -> list[dict[str, Any]]:
    """The steps of the insats and of the forms of plan that the case may use; those without any are left out."""
    case = found.case
    events = {event.id: event for event in found.log}
    return [
        {
            "of": owner.id,
            "name": owner.name,
            "phase": _phase(case, owner),
            "steps": [
                _step(each, owner, case, user, events, today) for each in owner.rule.steps if _shown(each, owner)
            ],
        }
        for owner in owners(case, INSATSER, today)
        if any(_shown(each, owner) for each in owner.rule.steps)
    ]


def reminded(case: Case, today: date) -> list[str]:
    """What the insats' rule wants before something that has not come yet: ``slutdokumentation före avslutet``."""
    if case.stage not in {Stage.ACCEPTED, Stage.PARTICIPATING}:
        return []
    own = owners(case, INSATSER, today)[:1]
    return [f"{each.label} ({_before(each, owner)})" for owner in own for each in reminders(case, owner)]


def choices() -> dict[str, Any]:
    """What the forms of every step offer."""
    return {
        "units": {code: text for code, text in words()["unit_kinds"].items() if code not in {"self", "insats"}},
        "ends": words()["document_request_ends"],
    }


def _shown(step: Step, owner: Owner) -> bool:
    return isinstance(step, AssignmentStep) or step in shown_steps(owner)


def _phase(case: Case, owner: Owner) -> dict[str, Any] | None:
    current = current_phase(case, owner)
    return None if current is None else {"label": current.step.label, "since": current.since}


def _step(step: Step, owner: Owner, case: Case, user: User, events: Events, today: date) -> dict[str, Any]:
    reached = case.steps.of(owner.id, step.id)
    requests = [each for each in case.steps.requests if (each.of, each.step) == (owner.id, step.id)]
    why_not = _why_not(step, owner, case, today)
    open_ = case.stage in {Stage.ACCEPTED, Stage.PARTICIPATING, Stage.EXITED}
    return {
        "id": step.id,
        "of": owner.id,
        "label": _capital(step.label),
        "kind": "stödperson" if isinstance(step, AssignmentStep) else label(StepKind(step.kind)),
        "by": _listed(owner.rule.who(each) for each in step.by),
        "notes": _capital("; ".join(_notes(step, owner, case))),
        "reached": [*(_reached(each, events) for each in _in_order(reached, step)), *_derived(step, case)],
        "rows": isinstance(step, RatingStep),
        "requests": [_request(each) for each in requests],
        "awaited": [_request(each) for each in requests if each.is_open],
        "latest": _latest(reached, requests, {event_id: each.sequence for event_id, each in events.items()}),
        "may_reach": why_not is None,
        "why_not": None if why_not is None else why_not.message,
        "may_ask": open_ and isinstance(step, DocumentStep) and not (step.once and reached),
        "documents": _labels("documents", step.each) if isinstance(step, DocumentStep) else {},
        "registers": _labels("registers", step.where) if isinstance(step, RegistrationStep) else {},
        "rates": _instrument(step, owner) if isinstance(step, RatingStep) else None,
        "answers": isinstance(step, QuestionStep) and bool(reached) and may_see_answers(case, step, user.worker_id),
        "act": _act(step),
    }


def _why_not(step: Step, owner: Owner, case: Case, today: date) -> Refused | None:
    """Why the step cannot be registered now."""
    if isinstance(step, AssignmentStep):
        return hindrance(ReachStep(UUID(int=0), step.id, today, today, owner.id), case, INSATSER, frozenset())
    papers = step.each if isinstance(step, DocumentStep) else ()
    where = step.where[0] if isinstance(step, RegistrationStep) else None
    score = 0.0 if isinstance(step, RatingStep) else None
    asked = (
        ReachStep(UUID(int=0), step.id, today, today, owner.id, paper, None, where, score)
        for paper in (papers or (None,))
    )
    refusals = [hindrance(each, case, INSATSER, _ASKED_FOR) for each in asked]
    # What was registered today may have been reached on another day too.
    found = [each for each in refusals if each is None or each.code != "already_reached_that_day"]
    return next((each for each in found if each is not None), None) if None not in found else None


def _act(step: Step) -> str:
    """What the button of the form says."""
    match step:
        case DocumentStep():
            return "Registrera handlingen"
        case QuestionStep():
            return "Registrera att frågorna är ställda"
        case RatingStep():
            return "Registrera skattningen"
        case PhaseStep():
            return "Registrera att fasen började"
        case _:
            return "Registrera steget"


def _notes(step: Step, owner: Owner, case: Case) -> Iterator[str]:
    """What the rule says of the step beside who does it."""
    if step.optional:
        yield "vid behov"
    if step.once:
        yield "en gång"
    if step.before is not None:
        passed = closed_on(step.before, case, owner)
        yield _before(step, owner) + ("" if passed is None else f", som var {swedish_date(passed)}")
    if step.after is not None:
        yield f"efter {label_of(step.after, owner.rule)}"
    if isinstance(step, DocumentStep) and step.needs_consent:
        to = _listed(owner.rule.who(each) for each in step.shared_with)
        yield f"lämnas till {to} bara om deltagaren samtycker" if to else "lämnas ut bara om deltagaren samtycker"
    if isinstance(step, QuestionStep):
        yield "svaren hålls skyddade"


def _before(step: Step, owner: Owner) -> str:
    moments = {"start": "före starten", "exit": "före avslutet"}
    if step.before is None:
        return ""
    return moments.get(step.before, f"före {label_of(step.before, owner.rule)}")


def _in_order(reached: Sequence[Reached], step: Step) -> Sequence[Reached]:
    """By the day; ratings show how somebody got on."""
    return sorted(reached, key=lambda each: each.reached_on) if not isinstance(step, PhaseStep) else reached


def _reached(each: Reached, events: Events) -> dict[str, Any]:
    return {
        "on": each.reached_on,
        "document": None if each.document is None else word_label("documents", each.document),
        "where": None if each.registered_in is None else word_label("registers", each.registered_in),
        "score": None if each.score is None else f"{each.score:g}".replace(".", ","),
        "by": actor_label(events[each.event_id].actor),
    }


def _derived(step: Step, case: Case) -> Iterator[dict[str, Any]]:
    """What other events say: somebody was assigned, and the stay began in its first phase."""
    nothing = {"document": None, "where": None, "score": None}
    if isinstance(step, AssignmentStep):
        for each in case.supports.all:
            if each.role == step.role:
                yield {**nothing, "on": each.since, "by": each.worker_id}
    if isinstance(step, PhaseStep) and step.first and (stay := case.participations.latest) is not None:
        yield {**nothing, "on": stay.started_on, "by": "med starten"}


def _request(each: DocumentRequest) -> dict[str, Any]:
    return {
        "id": str(each.request_id),
        "document": "Handlingen" if each.document is None else _capital(word_label("documents", each.document)),
        "asked_of": None if each.asked_of is None else word_label("unit_kinds", each.asked_of),
        "asked_on": each.asked_on,
        "received_on": each.received_on,
        "ended_on": each.ended_on,
        "why": None if each.reason is None else word_label("document_request_ends", each.reason),
    }


def _latest(
    reached: Sequence[Reached], requests: Sequence[DocumentRequest], order: Mapping[UUID, int]
) -> UUID | None:
    """The last event about the step. It may be taken back: no other event about the step builds on it."""
    recorded = [each.event_id for each in reached]
    recorded += [each for of in requests for each in (of.asked_by, of.ended_by) if each is not None]
    return max(recorded, key=lambda each: order.get(each, 0), default=None)


def _instrument(step: RatingStep, owner: Owner) -> dict[str, Any]:
    found = owner.rule.instrument(step.instrument)
    return {
        "label": _capital(step.instrument if found is None else found.label),
        "max": None if found is None else found.max,
        "good_from": None if found is None else found.good_from,
    }


def _capital(text: str) -> str:
    """The text with its first letter large, and no other changed."""
    return text[:1].upper() + text[1:]


def _labels(list_name: str, codes: Sequence[str]) -> dict[str, str]:
    return {code: word_label(list_name, code) for code in codes}


def _listed(texts: Iterator[str]) -> str:
    return ", ".join(texts)
