"""What happens to an activity of a plan, as Swedish sentences. Where it is carried out is not said. Pure."""

from uuid import UUID

from contracts.catalogue.vocabulary import word_label, words
from contracts.envelope import Fact
from contracts.labels import label
from contracts.planning import (
    ActivityBlocked,
    ActivityCancelled,
    ActivityCompleted,
    ActivityExtentChanged,
    ActivityStarted,
    ActivityUnblocked,
    AttendanceRecorded,
)
from services.chassis.pages import swedish_date
from services.reporting.web.spoken import WITHOUT_CONSENT, Context, Sentence, activity_name, capital


def of_activities(fact: Fact, context: Context) -> Sentence | None:
    """The sentence of a fact about an activity; None for any other."""
    match fact:
        case ActivityStarted():
            payer = (f"Betalas av {word_label('associations', fact.cost_bearer)}.",) if fact.cost_bearer else ()
            details = (*_extent(fact.extent_percent, fact.hours_per_week), *payer)
            return Sentence(f"Aktivitet påbörjad: {what(fact.activity_id, context)}.", details)
        case ActivityCompleted():
            return Sentence(f"Aktivitet {label(fact.extent)} genomförd: {what(fact.activity_id, context)}.")
        case ActivityCancelled():
            reason = (f"Orsak: {_why_not(fact.reason)}.",) if fact.reason else ()
            return Sentence(f"Aktivitet inte genomförd: {what(fact.activity_id, context)}.", reason)
        case ActivityBlocked():
            party = f" på {label(fact.waits_for)}" if fact.waits_for else ""
            reason = (f"Orsak: {word_label('activity_hindrances', fact.reason)}.",) if fact.reason else ()
            return Sentence(f"Aktivitet väntar{party}: {what(fact.activity_id, context)}.", reason)
        case ActivityUnblocked():
            return Sentence(f"Aktivitet väntar inte längre: {what(fact.activity_id, context)}.")
        case ActivityExtentChanged():
            details = _extent(fact.extent_percent, fact.hours_per_week)
            return Sentence(f"Aktivitet med ny omfattning: {what(fact.activity_id, context)}.", details)
        case AttendanceRecorded():
            period = f"{swedish_date(fact.from_on)} till {swedish_date(fact.happened_on)}"
            text = f"Närvaro registrerad för {period}: {what(fact.activity_id, context)}."
            return Sentence(text, (_attended(fact),))
        case _:
            return None


def what(activity_id: UUID, context: Context) -> str:
    """What an activity of the case's plans is, and who is responsible."""
    planned = context.activities.get(activity_id)
    return activity_name(planned) if planned else "en aktivitet i samplanen"


def _why_not(reason: str) -> str:
    list_name = "activity_ends" if reason in words()["activity_ends"] else "activity_cancellations"
    return word_label(list_name, reason)


def _extent(percent: int | None, hours: float | None) -> tuple[str, ...]:
    said = [f"{percent} %"] if percent is not None else []
    if hours is not None:
        said.append(f"{_number(hours)} timmar i veckan")
    return (f"Omfattning: {', '.join(said)}.",) if said else ()


def _attended(fact: AttendanceRecorded) -> str:
    if fact.hours_offered is None or fact.hours_attended is None:
        return f"{capital(WITHOUT_CONSENT)}."
    return f"Deltog {_number(fact.hours_attended)} av {_number(fact.hours_offered)} erbjudna timmar."


def _number(hours: float) -> str:
    """12,5."""
    return f"{hours:g}".replace(".", ",")
