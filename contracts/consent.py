"""A person's consents as a timeline: one type for every service that must know what may be shown or sent.

An answer holds from the day it was given until the next answer about the same purpose. Of two answers given on the
same day the one registered last counts; so does an answer registered late, from the day it was given.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from contracts.codes import Member
from contracts.envelope import Fact
from contracts.referral import ConsentGiven, ConsentRefused, ConsentWithdrawn

INDIVIDUAL_FOLLOW_UP: Final = "individual_follow_up"
"""The purpose that lets attributes, reasons and results leave the service that knows them."""

SHARING_BETWEEN_PARTIES: Final = "sharing_between_parties"
"""The purpose that lets the parties of a case see it and its plan."""


class ConsentStatus(StrEnum):
    """What a person's latest answer says. NOT_ASKED is no answer at all, and lets nothing through."""

    NOT_ASKED = "not_asked"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Answer:
    """One answer: about what, what it was, and the day it was given. ``receivers``: the parties a consent is for;
    None for all. ``valid_until``: its last day; None for one without."""

    purpose: str
    status: ConsentStatus
    stated_on: date
    receivers: tuple[Member, ...] | None = None
    valid_until: date | None = None

    def is_for(self, party: Member, on: date) -> bool:
        """True if it is a consent that lets this party know something on a day."""
        return (
            self.status is ConsentStatus.GIVEN
            and (self.receivers is None or party in self.receivers)
            and (self.valid_until is None or on <= self.valid_until)
        )


@dataclass(frozen=True)
class Consents:
    """All answers of a person in a case, in the order they were registered."""

    answers: tuple[Answer, ...] = ()

    def status(self, purpose: str = INDIVIDUAL_FOLLOW_UP, on: date | None = None) -> ConsentStatus:
        """What holds for a purpose, on a day or (None) by the latest answer there is."""
        answer = self.latest(purpose, on)
        return ConsentStatus.NOT_ASKED if answer is None else answer.status

    def holds(self, purpose: str = INDIVIDUAL_FOLLOW_UP, on: date | None = None) -> bool:
        """True while the person consents to the purpose."""
        return self.status(purpose, on) is ConsentStatus.GIVEN

    def shares_with(self, party: Member, on: date) -> bool:
        """True if the person lets this party see the case on a day."""
        answer = self.latest(SHARING_BETWEEN_PARTIES, on)
        return answer is not None and answer.is_for(party, on)

    def latest(self, purpose: str = INDIVIDUAL_FOLLOW_UP, on: date | None = None) -> Answer | None:
        """The answer that holds for a purpose; None if the person has not been asked."""
        about = [each for each in self.answers if each.purpose == purpose and (on is None or each.stated_on <= on)]
        # max keeps the first of equals, so the order is turned to let the one registered last win.
        return max(reversed(about), key=lambda each: each.stated_on, default=None)

    def after(self, fact: ConsentGiven | ConsentRefused | ConsentWithdrawn) -> "Consents":
        """The timeline with one more answer."""
        terms = (fact.receivers, fact.valid_until) if isinstance(fact, ConsentGiven) else (None, None)
        answer = Answer(fact.purpose, _STATUS[type(fact)], fact.happened_on, *terms)
        return Consents((*self.answers, answer))


_STATUS: Final = {
    ConsentGiven: ConsentStatus.GIVEN,
    ConsentRefused: ConsentStatus.REFUSED,
    ConsentWithdrawn: ConsentStatus.WITHDRAWN,
}


def consents_of(facts: Iterable[Fact]) -> Consents:
    """The timeline of a case's facts, in the order they were registered; other facts are passed over."""
    consents = Consents()
    for fact in facts:
        if isinstance(fact, ConsentGiven | ConsentRefused | ConsentWithdrawn):
            consents = consents.after(fact)
    return consents
