"""An exit in words: its reason, what is answered beside it, and the hand-back it leads to. Pure."""

from collections.abc import Iterator

from contracts.catalogue.vocabulary import word_label
from contracts.codes import NationalExitCode
from contracts.labels import label
from contracts.planning import CaseHandedBack, ParticipantExited, PlanningDetailsReleased
from contracts.referral import HandBackAcknowledged
from services.reporting.web.spoken import WITHOUT_CONSENT, Sentence, rule_of


def handed_back(fact: CaseHandedBack | HandBackAcknowledged) -> Sentence:
    """To whom the case goes back, and that they have taken it."""
    if isinstance(fact, HandBackAcknowledged):
        return Sentence("Anmälaren har tagit emot återföringen och tar vid.")
    rule = rule_of(fact.rule)
    role = None if rule is None else rule.role(fact.to)
    if role is not None and role.does == "refers":
        return Sentence("Ärendet återfört till anmälaren.", ("Anmälaren ska bekräfta det.",))
    to = role.label if role else word_label("unit_kinds", fact.to)
    return Sentence(f"Ärendet återfört: {to} tar vid.", ("Anmälaren ska bekräfta det.",))


def exit_reason(fact: ParticipantExited) -> str:
    """The reason, and the national one it counts as."""
    if fact.reason is None:
        return WITHOUT_CONSENT
    reason = word_label("exit_reasons", fact.reason)
    match fact.national_code:
        case None:
            return reason
        case NationalExitCode.ONE | NationalExitCode.TWO | NationalExitCode.THREE:
            return f"{reason} (nationell kod {fact.national_code})"
        case NationalExitCode.NONE:
            return f"{reason} (räknas inte nationellt)"
        case _:
            counted = label(fact.national_code).lower()
            return reason if reason == counted else f"{reason} (i nationell statistik: {counted})"


def exit_answers(fact: ParticipantExited | PlanningDetailsReleased) -> tuple[str, ...]:
    """A sentence for each answer; none for what was not asked or is withheld."""
    return tuple(_said(fact))


def _said(fact: ParticipantExited | PlanningDetailsReleased) -> Iterator[str]:
    if fact.destination is not None:
        yield f"Vidare till: {word_label('destinations', fact.destination)}."
    if fact.extent_percent is not None:
        yield f"Omfattning: {fact.extent_percent} %."
    if fact.support is not None:
        yield f"Stöd i arbetet: {word_label('exit_supports', fact.support)}."
    if fact.livelihood is not None:
        kept = ", ".join(label(each) for each in fact.livelihood)
        yield f"Behåller: {kept or 'ingen ersättning'}."
    if fact.why is not None:
        yield f"Varför: {word_label('exit_whys', fact.why)}."
    if fact.continued_planning is not None:
        yield f"Fortsatt planering: {'ja' if fact.continued_planning else 'nej'}."


def with_details(fact: ParticipantExited, later: PlanningDetailsReleased) -> ParticipantExited:
    """The exit with what it had left out for want of consent."""
    left_out = later.model_dump(exclude={"happened_on", "event_id", "activities"})
    return fact.model_copy(update=left_out)
