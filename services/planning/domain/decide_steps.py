"""Decisions about steps: one is reached, a paper is asked for, and awaited no longer.

Which paper, of whom and why, and what was rated leave the service only with consent; that a step was reached, and
when, goes into the event of everyone.
"""

from datetime import date
from typing import assert_never

from contracts.catalogue.course import (
    AssignmentStep,
    DocumentStep,
    PhaseStep,
    RatingStep,
    RegistrationStep,
    Step,
)
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import StepKind
from contracts.planning import DocumentRequested, DocumentRequestEnded, StepReached
from contracts.problems import Conflict, Invalid, NotFound
from contracts.referral import RuleRef
from services.planning.domain.case import Case, Referral, Stage
from services.planning.domain.checks import check_day, known, rule_on_day
from services.planning.domain.decision import Catalogue, Decision, withholding
from services.planning.domain.requirements import Milestone
from services.planning.domain.step_commands import AskForDocument, EndDocumentRequest, ReachStep, StepCommand
from services.planning.domain.step_rules import (
    Owner,
    closed_on,
    current_phase,
    happened_first,
    label_of,
    next_phases,
    owners,
    shown_steps,
)
from services.planning.domain.steps import DocumentRequest


def decide(command: StepCommand, case: Case, catalogue: Catalogue) -> Decision:
    """What a command about a step leads to. Raises contracts.problems.Refused."""
    match command:
        case ReachStep():
            return _reach(command, case, catalogue)
        case AskForDocument():
            return _ask(command, case, catalogue)
        case EndDocumentRequest():
            return _end(command, case)
        case _:
            assert_never(command)


def _reach(command: ReachStep, case: Case, catalogue: Catalogue) -> Decision:
    """Registers that a step was reached, also late: after the exit, of a day that the rule allows."""
    referral = _open_case(case)
    owner, step = _step(command.step, command.of, case, catalogue, command.reached_on, "reached_on")
    document = _document(step, command.document or _document_of(command, case))
    _check_repeated(command, step, document, case, owner)
    check_day(command.reached_on, "reached_on", command.today, _referred(referral))
    _check_order(command.reached_on, "reached_on", command.today, step, case, owner)
    if isinstance(step, PhaseStep):
        _check_phase(command, step, case, owner)
    score = _score(command.score, step, owner)
    request = _request(command, document, case, owner)
    if request is not None:
        asked = Milestone(request.asked_on, "before_request", "handlingen begärdes")
        check_day(command.reached_on, "reached_on", command.today, asked)
    fact = StepReached(
        happened_on=command.reached_on,
        step_id=command.step_id,
        step=step.id,
        kind=StepKind(step.kind),
        rule=RuleRef(insats=owner.id, version=owner.rule.version),
        document=document,
        request_id=None if request is None else request.request_id,
        registered_in=_registered_in(command.registered_in, step),
        score=score,
    )
    return withholding(fact, case.consents, "document", "score")


def _ask(command: AskForDocument, case: Case, catalogue: Catalogue) -> Decision:
    """Registers that a paper was asked for."""
    referral = _open_case(case)
    owner, step = _step(command.step, command.of, case, catalogue, command.asked_on, "asked_on")
    if not isinstance(step, DocumentStep):
        raise Conflict("no_document", "Steget är ingen handling och kan inte begäras.")
    document = _document(step, command.document)
    if command.asked_of not in words()["unit_kinds"]:
        raise Invalid("asked_of_unknown", "Ange vem handlingen begärs från.", "asked_of")
    check_day(command.asked_on, "asked_on", command.today, _referred(referral))
    same = (owner.id, step.id, document, command.asked_of)
    if any((each.of, each.step, each.document, each.asked_of) == same for each in _awaited(case)):
        raise Conflict("already_asked", "Handlingen är redan begärd därifrån. Den väntas fortfarande.")
    fact = DocumentRequested(
        happened_on=command.asked_on,
        request_id=command.request_id,
        step=step.id,
        rule=RuleRef(insats=owner.id, version=owner.rule.version),
        document=document,
        asked_of=command.asked_of,
    )
    return withholding(fact, case.consents, "document", "asked_of")


def _end(command: EndDocumentRequest, case: Case) -> Decision:
    """Registers that a paper is awaited no longer; also after an exit or a return, so that no request stays open."""
    known(case)
    request = case.steps.request(command.request_id)
    if request is None:
        raise NotFound("request_unknown", "Ärendet har ingen sådan begäran om en handling.")
    if not request.is_open:
        raise Conflict("request_closed", "Handlingen väntas inte längre.")
    reasons = words()["document_request_ends"]
    if command.reason not in reasons:
        raise Invalid("reason_unknown", f"Ange varför handlingen inte väntas: {', '.join(reasons)}.", "reason")
    asked = Milestone(request.asked_on, "before_request", "handlingen begärdes")
    check_day(command.ended_on, "ended_on", command.today, asked)
    fact = DocumentRequestEnded(
        happened_on=command.ended_on,
        request_id=command.request_id,
        reason=command.reason,
    )
    return withholding(fact, case.consents, "reason")


def _open_case(case: Case) -> Referral:
    """The referral of a case that was accepted and not returned. Raises NotFound or Conflict."""
    referral = known(case)
    if case.stage is Stage.RETURNED:
        raise Conflict("returned", "Anmälan har återremitterats.")
    if case.stage in {Stage.REFERRED, Stage.UNKNOWN}:
        raise Conflict("not_accepted", "Anmälan är inte antagen än.")
    return referral


def _step(step_id: str, of: str | None, case: Case, catalogue: Catalogue, day: date, name: str) -> tuple[Owner, Step]:
    """The step, and whose it is by the rule of a day. Raises Refused."""
    wanted = of or known(case).insats
    rule_on_day(catalogue, wanted, day, name)
    owner = next((each for each in owners(case, catalogue, day) if each.id == wanted), None)
    step = None if owner is None else owner.rule.step(step_id)
    if owner is None or step is None:
        raise NotFound("step_unknown", "Ärendets regler har inget sådant steg.")
    if isinstance(step, AssignmentStep):
        raise Conflict("reached_by_assignment", "Steget nås när någon utses. Registrera det under stöd.")
    if step not in shown_steps(owner):
        raise Conflict("registered_elsewhere", "Steget registreras där gruppens aktualiseringar registreras.")
    return owner, step


def _document_of(command: ReachStep, case: Case) -> str | None:
    """The paper that was asked for, where the request is named and the paper is not."""
    request = None if command.request_id is None else case.steps.request(command.request_id)
    return None if request is None else request.document


def _document(step: Step, document: str | None) -> str | None:
    papers = step.each if isinstance(step, DocumentStep) else ()
    if not papers:
        if document is not None:
            raise Invalid("document_not_used", "För steget anges ingen särskild handling.", "document")
        return None
    if document is None and len(papers) == 1:
        return papers[0]
    if document not in papers:
        named = ", ".join(word_label("documents", each) for each in papers)
        raise Invalid("document_unknown", f"Ange vilken handling: {named}.", "document")
    return document


def _check_repeated(command: ReachStep, step: Step, document: str | None, case: Case, owner: Owner) -> None:
    """Raises Conflict for what is reached once and was, and for what was registered of that day already."""
    reached = case.steps.of(owner.id, step.id)
    if step.once and reached:
        raise Conflict("already_reached", f"Redan registrerat {reached[0].reached_on}: {step.label}.")
    if isinstance(step, PhaseStep):
        return
    if any(each.reached_on == command.reached_on and each.document == document for each in reached):
        raise Conflict("already_reached_that_day", f"Redan registrerat den dagen: {step.label}.")


def _check_order(day: date, name: str, today: date, step: Step, case: Case, owner: Owner) -> None:
    """Raises Refused for what comes too early or too late by the rule."""
    after = None if _is_a_way_between_phases(step, case, owner) else step.after
    if after is not None:
        label, first = label_of(after, owner.rule), happened_first(after, case, owner)
        if first is None:
            raise Conflict("step_too_early", f"Registrera först: {label}.")
        check_day(day, name, today, Milestone(first, "before_earlier_step", f"det här skedde: {label}"))
    last = None if step.before is None else closed_on(step.before, case, owner)
    if step.before is not None and last is not None and day > last:
        label = label_of(step.before, owner.rule)
        raise Invalid("step_too_late", f"Steget kommer före {label}, {last}. Ange en dag som inte är senare.", name)


def _is_a_way_between_phases(step: Step, case: Case, owner: Owner) -> bool:
    """Whether a phase comes after another phase, or is one that the stay returns to: which phase the stay is in says
    whether it may."""
    if not isinstance(step, PhaseStep):
        return False
    current = current_phase(case, owner)
    returns = current is not None and current.step.back_to == step.id
    return returns or isinstance(None if step.after is None else owner.rule.step(step.after), PhaseStep)


def _check_phase(command: ReachStep, step: PhaseStep, case: Case, owner: Owner) -> None:
    """Raises Refused unless the stay may come to the phase from the one it is in."""
    stay = case.participations.ongoing
    if stay is None:
        raise Conflict("not_taking_part", "Bara den som deltar i insatsen är i en fas.")
    current = current_phase(case, owner)
    if current is not None and current.step.id == step.id:
        raise Conflict("already_in_phase", f"Deltagaren är redan i fasen: {step.label}.")
    allowed = next_phases(case, owner)
    if step not in allowed:
        named = ", ".join(each.label for each in allowed) or "ingen annan"
        raise Conflict("phase_not_next", f"Härifrån går det att komma till fasen: {named}.")
    since = stay.started_on if current is None else current.since
    check_day(
        command.reached_on, "reached_on", command.today, Milestone(since, "before_phase", "den förra fasen började")
    )


def _registered_in(registered_in: str | None, step: Step) -> str | None:
    if not isinstance(step, RegistrationStep):
        if registered_in is not None:
            raise Invalid("register_not_used", "För steget anges inte var det registrerats.", "registered_in")
        return None
    if registered_in is None and len(step.where) == 1:
        return step.where[0]
    if registered_in not in step.where:
        named = ", ".join(word_label("registers", each) for each in step.where)
        raise Invalid("register_unknown", f"Ange var det är registrerat: {named}.", "registered_in")
    return registered_in


def _score(score: float | None, step: Step, owner: Owner) -> float | None:
    if not isinstance(step, RatingStep):
        if score is not None:
            raise Invalid("score_not_used", "För steget anges ingen skattning.", "score")
        return None
    if score is None:
        raise Invalid("score_missing", "Ange vad som skattades, som ett tal.", "score")
    instrument = owner.rule.instrument(step.instrument)
    most = 1_000 if instrument is None or instrument.max is None else instrument.max
    if not (0 <= score <= most and (4 * score) % 1 == 0):
        raise Invalid("score_out_of_range", f"Ange ett tal från 0 till {most}, i hela fjärdedelar.", "score")
    return score


def _request(command: ReachStep, document: str | None, case: Case, owner: Owner) -> DocumentRequest | None:
    """The request that the paper answers: the one named, else the oldest open one for the same paper."""
    same = [
        each for each in _awaited(case) if (each.of, each.step, each.document) == (owner.id, command.step, document)
    ]
    if command.request_id is None:
        return min(same, key=lambda each: each.asked_on, default=None)
    found = next((each for each in same if each.request_id == command.request_id), None)
    if found is None:
        raise NotFound("request_unknown", "Ärendet väntar inte på en sådan handling.")
    return found


def _awaited(case: Case) -> list[DocumentRequest]:
    return [each for each in case.steps.requests if each.is_open]


def _referred(referral: Referral) -> Milestone:
    return Milestone(referral.referred_on, "before_referral", "anmälan gjordes")
