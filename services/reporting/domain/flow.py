"""The way through an insats as an account: who was there when a period began and who came are who left and who is
there when it ends. Of referrals that wait, and of participations. Pure."""

from collections.abc import Mapping
from typing import Final

from pydantic import model_validator

from contracts.model import Model
from services.reporting.domain.counted import Counted
from services.reporting.domain.figures import NOBODY, BySex
from services.reporting.domain.report import by_sex

QUEUE: Final = (
    "in_hand",
    "in_hand.carried_in",
    "in_hand.referred",
    "in_hand.started",
    "in_hand.not_started",
    "in_hand.unanswered",
    "in_hand.accepted",
)
"""The indicators of the account of referrals."""

STAYS: Final = ("participants", "carried_in", "started.first", "started.reopened", "exited", "open_at_year_end")
"""The indicators of the account of participations."""

WAYS_OUT: Final = "returned_by"
"""The breakdown by which those who ended without a start are told apart."""


class Queue(Model):
    """Referrals from the day of the referral until the start or another end. ``not_started``: by whose doing."""

    in_hand: BySex
    carried_in: BySex
    referred: BySex
    started: BySex
    not_started: dict[str, BySex]
    unanswered: BySex
    accepted: BySex

    @property
    def ended_otherwise(self) -> BySex:
        """Those who ended without a start."""
        return sum(self.not_started.values(), NOBODY)

    @property
    def waiting(self) -> BySex:
        """Those who wait when the period ends."""
        return self.unanswered + self.accepted

    @property
    def accounted_for(self) -> BySex:
        """All on the side of what became of them."""
        return self.started + self.ended_otherwise + self.waiting

    @model_validator(mode="after")
    def _balanced(self) -> "Queue":
        if self.carried_in + self.referred != self.in_hand:
            raise ValueError("those who waited and those who were referred must sum to those in hand")
        if self.accounted_for != self.in_hand:
            raise ValueError("the started, the ended and the waiting must sum to those in hand")
        return self


class Stays(Model):
    """Participations, from the start or the reopening until the exit."""

    participants: BySex
    carried_in: BySex
    first: BySex
    reopened: BySex
    exited: BySex
    open: BySex

    @property
    def accounted_for(self) -> BySex:
        """All on the side of what became of them."""
        return self.exited + self.open

    @model_validator(mode="after")
    def _balanced(self) -> "Stays":
        if self.carried_in + self.first + self.reopened != self.participants:
            raise ValueError("carried in, started and reopened must sum to the participants")
        if self.accounted_for != self.participants:
            raise ValueError("exited and open must sum to the participants")
        return self


class Flow(Model):
    """Both accounts, of one insats or of all together."""

    queue: Queue
    stays: Stays

    @property
    def without_referral(self) -> int:
        """Starts in the period of which no referral until its end is known: the second account has them, and the
        first does not. Negative where a participation ended before it began, by the days that are registered."""
        return self.stays.first.total - self.queue.started.total


def flow(counts: Mapping[str, Counted], **insats: str) -> Flow:
    """The accounts from what was counted. Raises pydantic.ValidationError where they do not balance."""
    not_started = counts["in_hand.not_started"]
    queue = Queue(
        in_hand=by_sex(counts["in_hand"], **insats),
        carried_in=by_sex(counts["in_hand.carried_in"], **insats),
        referred=by_sex(counts["in_hand.referred"], **insats),
        started=by_sex(counts["in_hand.started"], **insats),
        not_started={way: by_sex(not_started, **{WAYS_OUT: way}, **insats) for way in not_started.rows(WAYS_OUT)},
        unanswered=by_sex(counts["in_hand.unanswered"], **insats),
        accepted=by_sex(counts["in_hand.accepted"], **insats),
    )
    stays = Stays(
        participants=by_sex(counts["participants"], **insats),
        carried_in=by_sex(counts["carried_in"], **insats),
        first=by_sex(counts["started.first"], **insats),
        reopened=by_sex(counts["started.reopened"], **insats),
        exited=by_sex(counts["exited"], **insats),
        open=by_sex(counts["open_at_year_end"], **insats),
    )
    return Flow(queue=queue, stays=stays)
