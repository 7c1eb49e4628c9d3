"""What was released once the person consented, as Swedish sentences. Pure."""

from typing import Final

from contracts.catalogue.vocabulary import word_label
from contracts.labels import event_label
from contracts.planning import PlanningDetailsReleased
from services.reporting.web.exit_sentences import exit_answers
from services.reporting.web.livelihood_sentences import released_livelihood
from services.reporting.web.spoken import Context, Sentence, in_a_row
from services.reporting.web.step_sentences import score

_REASONS: Final = {
    "ActivityCancelled": "activity_cancellations",
    "ActivityBlocked": "activity_hindrances",
    "CasePutOnHold": "hold_reasons",
    "EmploymentEnded": "employment_ends",
    "AfterSupportEnded": "after_support_ends",
    "DocumentRequestEnded": "document_request_ends",
    "GroupEnrolmentEnded": "enrolment_ends",
}
"""By the event that left a reason out, the list that has it; of others the reasons of exits."""


def of_released(fact: PlanningDetailsReleased, context: Context) -> Sentence:
    """The sentence of what an earlier event had left out."""
    kinds = tuple(f"Aktivitet: {word_label('activity_kinds', each.kind)}." for each in fact.activities)
    reasons = _REASONS.get(context.types.get(fact.event_id, ""), "exit_reasons")
    reason = (f"Orsak: {word_label(reasons, fact.reason)}.",) if fact.reason else ()
    document = (f"Handling: {word_label('documents', fact.document)}.",) if fact.document else ()
    asked_of = (f"Begärd från {word_label('unit_kinds', fact.asked_of)}.",) if fact.asked_of else ()
    there = (f"Med: {in_a_row(word_label('actors', each) for each in fact.present)}.",) if fact.present else ()
    came = () if fact.attended is None else ("Kom." if fact.attended else "Kom inte.",)
    of_steps = (*document, *asked_of, *score(fact))
    details = (*kinds, *reason, *exit_answers(fact), *of_steps, *released_livelihood(fact), *came, *there)
    return Sentence(f"{event_label(fact.wire_name())}.", details)
