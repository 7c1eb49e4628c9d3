"""Who supports the participant and who is asked to take it over, as Swedish sentences. Pure."""

from uuid import UUID

from contracts.catalogue.vocabulary import word_label
from contracts.envelope import Fact
from contracts.planning import (
    LotsAssigned,
    SupportAssigned,
    SupportEnded,
    SupportHandedOver,
    SupportHandoverDeclined,
    SupportHandoverOffered,
    SupportHandoverWithdrawn,
)
from services.reporting.web.spoken import Context, Sentence, role_name


def of_support(fact: Fact, context: Context) -> Sentence | None:
    """The sentence of a fact about support; None for any other."""
    match fact:
        case LotsAssigned():
            return Sentence(f"Lots utsedd som stöd i planen: {fact.lots_id}.")
        case SupportAssigned():
            return Sentence(f"Stödperson utsedd: {fact.worker_id} ({role_name(fact.role, context.rule)}).")
        case SupportEnded():
            who = context.supports.get(fact.support_id)
            return Sentence(f"Stödet avslutat: {who}." if who else "Stödet avslutat.")
        case SupportHandoverOffered():
            return Sentence(f"Stödet erbjudet till {fact.to}{_now_with(fact.support_id, context)}.")
        case SupportHandoverDeclined():
            reason = word_label("handover_declines", fact.reason)
            return Sentence(f"Erbjuden överlämning avböjd: {reason}{_now_with(fact.support_id, context)}.")
        case SupportHandoverWithdrawn():
            return Sentence(f"Erbjuden överlämning återtagen{_now_with(fact.support_id, context)}.")
        case SupportHandedOver():
            who = context.supports.get(fact.support_id)
            return Sentence(f"Stödet överlämnat{f' från {who}' if who else ''} till {fact.to}.")
        case _:
            return None


def _now_with(support_id: UUID, context: Context) -> str:
    """Who has the support while nothing changes."""
    who = context.supports.get(support_id)
    return f"; {who} har det kvar" if who else ""
