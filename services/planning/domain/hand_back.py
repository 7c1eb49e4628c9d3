"""The case goes back to its referrer when the participant leaves, whatever the reason (MIA 2016, L48)."""

from uuid import UUID

from contracts.catalogue import Rule
from contracts.planning import CaseHandedBack, ParticipantExited
from services.planning.domain.case import Referral


def takes_over(rule: Rule, referral: Referral) -> str | None:
    """The role or office that the case goes back to when it is left; None if it goes back to nobody.

    None too of somebody who came by themselves, whom nobody referred, and of a forgotten person, whose referral its
    agency could not find any more. A rule that does not say ``always`` leaves it to what is not registered, so no
    hand-back follows from it.
    """
    hand_back = None if rule.exits is None else rule.exits.hand_back
    if hand_back is None or not hand_back.always or referral.own or referral.forgotten:
        return None
    return hand_back.to


def handed_back(
    exited: ParticipantExited, rule: Rule, referral: Referral, hand_back_id: UUID
) -> tuple[CaseHandedBack, ...]:
    """What an exit owes the referrer."""
    to = takes_over(rule, referral)
    if to is None:
        return ()
    return (
        CaseHandedBack(
            happened_on=exited.happened_on,
            hand_back_id=hand_back_id,
            insats=exited.insats,
            episode=exited.episode,
            to=to,
            rule=exited.rule,
        ),
    )
