"""Decisions about handing a support over to a colleague. It stays with whoever has it until the colleague accepts."""

from datetime import date
from typing import Final, TypeAlias, assert_never

from contracts.catalogue.vocabulary import words
from contracts.planning import (
    SupportEnded,
    SupportHandedOver,
    SupportHandoverDeclined,
    SupportHandoverOffered,
    SupportHandoverWithdrawn,
)
from contracts.problems import Conflict, Forbidden, Invalid
from services.planning.domain.case import Case
from services.planning.domain.checks import check_day
from services.planning.domain.command import AcceptHandover, DeclineHandover, OfferHandover, WithdrawHandover
from services.planning.domain.decision import Decision
from services.planning.domain.requirements import Milestone
from services.planning.domain.support import HandoverOffer, Support, beginning

HANDED_OVER: Final = "handed_over"
"""Why the support of the one who handed it over ended."""

HandoverCommand: TypeAlias = OfferHandover | WithdrawHandover | AcceptHandover | DeclineHandover


def decide(command: HandoverCommand, case: Case) -> Decision:
    """What a command about a hand-over leads to. Raises contracts.problems.Refused.

    Possible as long as the support lasts, after an exit or a return too: whoever leaves has those as well.
    """
    support = case.supports.ongoing(command.role)
    if support is None:
        raise Conflict("no_support", "Deltagaren har inget pågående stöd i den rollen.")
    match command:
        case OfferHandover():
            return _offer(command, support)
        case WithdrawHandover():
            _check_answer_day(command.withdrawn_on, "withdrawn_on", command.today, _offer_of(support))
            withdrawn = SupportHandoverWithdrawn(happened_on=command.withdrawn_on, support_id=support.support_id)
            return Decision((withdrawn,))
        case AcceptHandover():
            return _accept(command, support)
        case DeclineHandover():
            return _decline(command, support)
        case _:
            assert_never(command)


def _offer(command: OfferHandover, support: Support) -> Decision:
    if command.held_by is not None and support.worker_id != command.held_by:
        raise Conflict("no_longer_theirs", f"Stödet är någon annans nu: {support.worker_id} har det.")
    if support.worker_id == command.to:
        raise Invalid("already_assigned", "Stödet är redan den personens. Välj en kollega.", "to")
    if support.offer is not None:
        raise Conflict(
            "already_offered",
            f"Stödet är redan erbjudet till {support.offer.to}. Ta tillbaka erbjudandet först.",
        )
    since = Milestone(support.since, "before_support", "stödet började")
    check_day(command.offered_on, "offered_on", command.today, since)
    return Decision(
        (SupportHandoverOffered(happened_on=command.offered_on, support_id=support.support_id, to=command.to),)
    )


def _accept(command: AcceptHandover, support: Support) -> Decision:
    """The support ends for the one and begins for the other, as consequences of the acceptance."""
    offer = _offer_to(command.by, support)
    _check_answer_day(command.accepted_on, "accepted_on", command.today, offer)
    day, before, after = command.accepted_on, support.support_id, command.support_id
    accepted = SupportHandedOver(happened_on=day, support_id=before, to=offer.to, continued_by=after)
    ended = SupportEnded(happened_on=day, support_id=before, reason=HANDED_OVER)
    return Decision((accepted,), consequences=(ended, beginning(support.role, after, offer.to, day)))


def _decline(command: DeclineHandover, support: Support) -> Decision:
    offer = _offer_to(command.by, support)
    if command.reason not in words()["handover_declines"]:
        known = ", ".join(words()["handover_declines"])
        raise Invalid("reason_unknown", f"Välj en av orsakerna: {known}.", "reason")
    _check_answer_day(command.declined_on, "declined_on", command.today, offer)
    declined = SupportHandoverDeclined(
        happened_on=command.declined_on, support_id=support.support_id, reason=command.reason
    )
    return Decision((declined,))


def _offer_to(by: str, support: Support) -> HandoverOffer:
    """The offer, if it was made to this user. Raises Conflict or Forbidden."""
    offer = _offer_of(support)
    if offer.to != by:
        raise Forbidden("offered_to_another", "Överlämningen är erbjuden till någon annan, som svarar själv.")
    return offer


def _offer_of(support: Support) -> HandoverOffer:
    if support.offer is None:
        raise Conflict("no_offer", "Stödet är inte erbjudet till någon. Kanske är erbjudandet taget tillbaka.")
    return support.offer


def _check_answer_day(day: date, name: str, today: date, offer: HandoverOffer) -> None:
    check_day(day, name, today, Milestone(offer.offered_on, "before_offer", "överlämningen erbjöds"))
