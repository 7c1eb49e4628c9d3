"""What the rules say of steps: which a case has, what comes before and after, and which phase a stay is in. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.catalogue import Rule
from contracts.catalogue.course import AssignmentStep, PhaseStep, QuestionStep, Step
from contracts.catalogue.vocabulary import word_label
from contracts.problems import Conflict, Refused
from services.planning.domain.case import Case, Referral
from services.planning.domain.checks import known
from services.planning.domain.decide_calls import form_of
from services.planning.domain.decision import Catalogue


@dataclass(frozen=True)
class Owner:
    """An insats or a form of plan with steps, and its rule of a day."""

    id: str
    name: str
    rule: Rule


@dataclass(frozen=True)
class Phase:
    """The phase a stay is in, and since when."""

    step: PhaseStep
    since: date


def owners(case: Case, catalogue: Catalogue, day: date) -> tuple[Owner, ...]:
    """Whose steps a case has on a day: those of its insats, then of the forms of plan that it uses or may use.

    Of an insats that has ended since, those of the referral's day: what happened while it went on is registered late.
    """
    return tuple(_owners(case, known(case), catalogue, day))


def _owners(case: Case, referral: Referral, catalogue: Catalogue, day: date) -> Iterator[Owner]:
    form = form_of(referral.insats, day, catalogue)
    called = (call.rule.insats for call in case.coordination.calls)
    wanted = dict.fromkeys((referral.insats, *called, *(() if form is None else (form.id,))))
    for each in wanted:
        insats = catalogue.get(each)
        rule = None if insats is None else insats.rule_on(day) or insats.rule_on(referral.referred_on)
        if insats is not None and rule is not None:
            yield Owner(insats.id, insats.name, rule)


def shown_steps(owner: Owner) -> tuple[Step, ...]:
    """The steps that are registered by themselves, in the file's order: not those whom an assignment reaches, nor the
    note by which a group counts those put forward, which has an event of its own."""
    note = owner.rule.put_forward_note
    return tuple(
        each
        for each in owner.rule.steps
        if not isinstance(each, AssignmentStep) and (note is None or each.id != note.id)
    )


def has_steps(case: Case, catalogue: Catalogue, day: date) -> bool:
    """Whether the rules of a day have any step for the case, or one was reached that they have no more."""
    return bool(case.steps.reached) or any(owner.rule.steps for owner in owners(case, catalogue, day))


def current_phase(case: Case, owner: Owner) -> Phase | None:
    """The phase of the stay that goes on. It begins in the rule's first one, which no event but the start records."""
    stay = case.participations.ongoing
    if stay is None:
        return None
    reached = case.steps.phases(owner.id, stay.episode)
    phases = _phases(owner)
    if reached:
        found = next((each for each in phases if each.id == reached[-1].step), None)
        return None if found is None else Phase(found, reached[-1].reached_on)
    first = next((each for each in phases if each.first), None)
    return None if first is None else Phase(first, stay.started_on)


def next_phases(case: Case, owner: Owner) -> tuple[PhaseStep, ...]:
    """The phases that the stay may come to from where it is: the one after, or the one it may return to."""
    current = current_phase(case, owner)
    return tuple(each for each in _phases(owner) if _follows(each, current, owner))


def _follows(phase: PhaseStep, current: Phase | None, owner: Owner) -> bool:
    if current is not None and phase.id == current.step.id:
        return False
    if current is not None and phase.id == current.step.back_to:
        return True
    before = next((each for each in _phases(owner) if each.id == phase.after), None)
    if before is not None:
        return current is not None and current.step.id == before.id
    # What comes after a note or a document may be reached from any phase; the first one is where a stay begins.
    return not phase.first


def _phases(owner: Owner) -> Sequence[PhaseStep]:
    return [each for each in owner.rule.steps if isinstance(each, PhaseStep)]


def label_of(word: str, rule: Rule) -> str:
    """What a step, a meeting or a moment that a step names is called."""
    step, meeting = rule.step(word), rule.meeting(word)
    if step is not None:
        return step.label
    return meeting.label if meeting is not None else word_label("moments", word)


def happened_first(word: str, case: Case, owner: Owner) -> date | None:
    """The earliest day of a step, a meeting or a moment that a step comes after; None while it has not come."""
    step = owner.rule.step(word)
    if isinstance(step, PhaseStep) and step.first:
        stay = case.participations.latest
        return None if stay is None else stay.started_on
    if step is not None:
        return case.steps.first(owner.id, word)
    if owner.rule.meeting(word) is not None:
        return min(_held(word, case, owner), default=None)
    match word:
        case "start":
            stay = case.participations.latest
            return None if stay is None else stay.started_on
        case "exit":
            return _left(case)
        case _:
            return known(case).referred_on


def closed_on(word: str, case: Case, owner: Owner) -> date | None:
    """The last day of what comes before a step, a meeting or a moment; None while that may still come."""
    if owner.rule.step(word) is not None:
        return case.steps.first(owner.id, word)
    if owner.rule.meeting(word) is not None:
        return None if _awaits(word, case, owner) else max(_held(word, case, owner), default=None)
    match word:
        case "start":
            stays = case.participations.stays
            return stays[0].started_on if stays else None
        case "exit":
            return _left(case)
        case _:
            return None


def may_see_answers(case: Case, question: QuestionStep, worker_id: str) -> bool:
    """Whether the worker supports the participant now, in a role that asks the questions; in any if none is named."""
    return any(
        each.worker_id == worker_id and each.ended_on is None and (not question.by or each.role in question.by)
        for each in case.supports.all
    )


def why_no_answers(case: Case, step: str, *, wants: bool, text: str) -> Refused | None:
    """Why answers to the questions of a step cannot be kept; None if they can."""
    referral = known(case)
    if referral.forgotten:
        return Conflict("person_forgotten", "Personen är avidentifierad. Inga svar kan sparas.")
    if not case.steps.of(referral.insats, step):
        return Conflict("not_asked", "Registrera först att frågorna är ställda.")
    if text and not wants:
        return Conflict(
            "declined_with_text", "Den som inte vill svara har inga svar. Töm fältet eller välj Ja.", "text"
        )
    return None


def reminders(case: Case, owner: Owner) -> tuple[Step, ...]:
    """The steps that are to come before something that has not come yet, and have not been reached.

    They stop nobody: the exit, the start and the meeting can be registered all the same.
    """
    return tuple(
        each
        for each in shown_steps(owner)
        if each.before is not None
        and not each.optional
        and closed_on(each.before, case, owner) is None
        and not case.steps.of(owner.id, each.id)
    )


def _left(case: Case) -> date | None:
    stay = case.participations.latest
    return None if stay is None or stay.exit is None else stay.exit.exited_on


def _held(meeting: str, case: Case, owner: Owner) -> Iterator[date]:
    """The days on which meetings of a kind were held. Those of a form of plan were called to."""
    kind = _kind(meeting, owner.rule)
    yield from (
        each.ended_on
        for each in case.meetings.all
        if each.kind == kind and each.state == "held" and each.ended_on is not None and _is_own(case, owner)
    )
    plan = owner.rule.plan
    if plan is not None and plan.made_at == meeting:
        yield from (
            each.held_on
            for each in case.coordination.calls
            if each.rule.insats == owner.id and each.held_on is not None
        )


def _awaits(meeting: str, case: Case, owner: Owner) -> bool:
    """Whether a meeting of the kind is to be held."""
    call = case.coordination.open_call
    called = call is not None and call.rule.insats == owner.id and call.held_on is None
    return called or (_is_own(case, owner) and case.meetings.booked(_kind(meeting, owner.rule)) is not None)


def _is_own(case: Case, owner: Owner) -> bool:
    return known(case).insats == owner.id


def _kind(meeting: str, rule: Rule) -> str | None:
    """How events name a kind of meeting: one that takes a seat is a team's, without a kind."""
    found = rule.meeting(meeting)
    return None if found is None or found.seat_in is not None else meeting
