"""Steps reached and papers asked for, as Swedish sentences. Whether anybody answered questions is not known. Pure."""

from contracts.catalogue.vocabulary import word_label
from contracts.codes import StepKind
from contracts.envelope import Fact
from contracts.planning import DocumentRequested, DocumentRequestEnded, PlanningDetailsReleased, StepReached
from contracts.referral import RuleRef
from services.reporting.web.spoken import Context, Sentence, capital, rule_of


def of_steps(fact: Fact, _context: Context) -> Sentence | None:
    """The sentence of a fact about a step; None for any other."""
    match fact:
        case StepReached():
            return Sentence(_reached(fact), score(fact))
        case DocumentRequested():
            asked_of = f" från {word_label('unit_kinds', fact.asked_of)}" if fact.asked_of else ""
            return Sentence(f"Handling begärd{asked_of}: {_paper(fact.document, fact.step, fact.rule)}.")
        case DocumentRequestEnded():
            reason = (f"Orsak: {word_label('document_request_ends', fact.reason)}.",) if fact.reason else ()
            return Sentence("En begärd handling väntas inte längre.", reason)
        case _:
            return None


def with_released(
    fact: StepReached | DocumentRequested | DocumentRequestEnded, later: PlanningDetailsReleased
) -> Fact:
    """The fact with what it left out for want of consent, which was released later."""
    said = {name: getattr(later, name) for name in ("document", "asked_of", "score", "reason")}
    released = {name: value for name, value in said.items() if value is not None and name in type(fact).model_fields}
    return fact.model_copy(update=released)


def _reached(fact: StepReached) -> str:
    name = step_name(fact.step, fact.rule)
    match fact.kind:
        case StepKind.DOCUMENT:
            return f"Handling: {_paper(fact.document, fact.step, fact.rule)}."
        case StepKind.REGISTRATION:
            where = f" ({word_label('registers', fact.registered_in)})" if fact.registered_in else ""
            return f"{capital(name)}{where}."
        case StepKind.RATING:
            return f"Skattning: {name}."
        case StepKind.PHASE:
            return f"Ny fas: {name}."
        case _:
            return f"{capital(name)}."


def score(fact: StepReached | PlanningDetailsReleased) -> tuple[str, ...]:
    """What was rated, as a detail; none where it is left out."""
    return () if fact.score is None else (f"Skattat: {f'{fact.score:g}'.replace('.', ',')}.",)


def _paper(document: str | None, step: str, rule: RuleRef) -> str:
    """The paper, where the step has several and it is named; else what the step is called."""
    return step_name(step, rule) if document is None else word_label("documents", document)


def step_name(step: str, rule: RuleRef) -> str:
    """What a step is called by the rule that it was reached by; its id if the catalogue has it no more."""
    named = rule_of(rule)
    found = None if named is None else named.step(step)
    return step if found is None else found.label
