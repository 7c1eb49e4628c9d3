"""Facts of the follow-up service: the ledger of what is owed to a plan or a person, and when.

A follow-up is known by its id, its point (the id in the insats' rule) and its anchor: the event its days are counted
from. The id follows from anchor and point, so computing what is owed again gives the same ids.
"""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.codes import ActivityOutcome, FollowUpReason, FollowUpResult, SupersededBy, Timeliness
from contracts.envelope import Fact
from contracts.model import Code, Model
from contracts.referral import RuleRef

SOURCE = "/samspel/followup"


class ActivityFinding(Model):
    """What the follow-up found of one activity."""

    activity_id: UUID
    outcome: ActivityOutcome


class FollowUpFact(Fact):
    """What every fact about a follow-up says."""

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    follow_up_id: UUID
    point: Code = Field(description="The follow-up's id in the insats' rule.")
    anchor: UUID = Field(description="The event the days are counted from: a plan, a start, an exit, an agreement.")
    samplan_id: UUID | None = Field(default=None, description="The plan it asks about, where there is one.")
    months: int | None = Field(
        default=None, ge=1, le=120, description="Calendar months from the anchor; absent where none are counted."
    )


class FollowUpScheduled(FollowUpFact):
    """A follow-up is owed. ``happened_on``: the day of its anchor."""

    nominal_on: date = Field(description="The anchor's day plus calendar months.")
    due_on: date = Field(description="nominal_on, moved to the next working day.")
    opens_on: date
    closes_on: date
    responsible: Code = Field(description="The role that owes it.")
    rule: RuleRef


class FollowUpOpened(FollowUpFact):
    """Its window opened. ``happened_on``: the first day of the window."""

    due_on: date


class FollowUpMissed(FollowUpFact):
    """Its window closed and it was not held. ``happened_on``: the day after the window. Never taken back."""

    due_on: date


class FollowUpCompleted(FollowUpFact):
    """It was held on ``happened_on``. Result and reason are absent without consent."""

    due_on: date
    timeliness: Timeliness
    result: FollowUpResult | None = None
    reason: FollowUpReason | None = None
    activities: tuple[ActivityFinding, ...] = ()


class FollowUpReminded(FollowUpFact):
    """Whoever owes it was reminded. ``happened_on``: the day that the reminder was for; when it was sent late, the
    time it was recorded says by how much."""

    due_on: date
    step: Code = Field(description="The reminder's id in the catalogue's reminders.")


class FollowUpEscalated(FollowUpFact):
    """It was brought up with somebody above whoever owes it. ``happened_on`` is as for a reminder."""

    due_on: date
    step: Code = Field(description="The reminder's id in the catalogue's reminders.")
    to: Code = Field(description="Whom it was brought up with, a word of the catalogue's reminded.")


class FollowUpAttempted(FollowUpFact):
    """Somebody tried to hold it on ``happened_on``, and it was not held. It is still owed."""

    outcome: Code = Field(description="A word of the catalogue's attempt_outcomes.")
    channel: Code = Field(description="How it was tried, a word of the catalogue's contact_channels.")


class FollowUpNotApplicable(FollowUpFact):
    """Somebody decided that it is not to be held. It counts neither as held nor, unless it was before, as missed.

    ``happened_on``: the day since which it is not to be held.
    """

    reason: Code = Field(description="A word of the catalogue's not_applicable_reasons.")


class FollowUpHandoverOffered(FollowUpFact):
    """A colleague is asked to take it over. Until they do, it stays with whoever has it."""

    to: str = Field(description="The colleague's user id.")
    of: str | None = Field(
        default=None, description="The user id of whose it was when they were asked; absent where it was nobody's."
    )


class FollowUpHandoverDeclined(FollowUpFact):
    """The colleague does not take it over. It stays with whoever has it."""

    reason: Code = Field(description="A word of the catalogue's handover_declines.")


class FollowUpTakenOver(FollowUpFact):
    """From ``happened_on`` it is one person's to hold: theirs who took it, or said yes when they were asked."""

    by: str = Field(description="Their user id.")


class FollowUpSuperseded(FollowUpFact):
    """It is no longer owed."""

    cause: SupersededBy


class FollowUpReinstated(FollowUpFact):
    """It is owed again, because what had superseded it was registered in error or undone."""


class FollowUpDetailsReleased(FollowUpFact):
    """The person has consented after all: what a completed follow-up left out for want of consent. ``happened_on``:
    the day of the consent."""

    result: FollowUpResult
    reason: FollowUpReason | None = None
    activities: tuple[ActivityFinding, ...] = ()


# Absences: streams of their own, one for each worker


class AbsenceFact(Fact):
    """What every fact about a worker's absence says. The stream is the worker's, not a case's."""

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    absence_id: UUID
    worker_id: str = Field(description="The user id of who is away. Why is not asked.")


class WorkerAbsent(AbsenceFact):
    """A worker is away, and another stands in for them. ``happened_on``: the day it was registered."""

    first_day: date
    last_day: date = Field(description="The last day away, unless they come back before it.")
    substitute: str = Field(description="The user id of who stands in.")


class AbsenceEnded(AbsenceFact):
    """A worker is back before the last day that was given. ``happened_on``: the day it was registered."""

    back_on: date = Field(description="The first day back. The absence's own first day: it never came about.")


class DeadlineFact(Fact):
    """What every fact about a time limit says."""

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    deadline_id: UUID
    clock: Code = Field(description="The clock's id in the insats' rule.")
    anchor: UUID = Field(description="The event that started the clock.")
    party: Code | None = Field(default=None, description="The party it runs for, where it runs for each by itself.")


class DeadlineSet(DeadlineFact):
    """A time limit runs. ``happened_on``: the day it started."""

    limit_on: date = Field(description="The last day within the limit.")
    rule: RuleRef


class DeadlineMet(DeadlineFact):
    """What the limit was for happened on ``happened_on``, within the limit."""

    met_by: UUID = Field(description="The event that stopped the clock.")


class DeadlinePassed(DeadlineFact):
    """The limit passed. ``happened_on``: the day after it. It stays passed, whatever comes later."""

    limit_on: date


class NoticeSent(Fact):
    """A notice left for a worker: the mail server has taken it. It is about no case and names no participant.

    ``happened_on``: the day that the notice was for; after a stop, the first day that had none. The stream is the
    worker's notices. Appended after the mail server's answer: a stop between the two sends the notice once more, with
    the same Message-ID, and appends one event.
    """

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    kind: Code = Field(description="What was sent: daily_digest.")
    about: Code = Field(description="What its numbers count: follow_ups.")
    to: str = Field(description="The worker's user id. No address is in any event.")
    to_role: Code = Field(description="The sign-in role in whose list the worker looks.")
    late_by_days: int = Field(ge=0, description="Days from happened_on until it was sent.")


NOTICE_FACTS: tuple[type[Fact], ...] = (NoticeSent,)
"""Facts of follow-up that are of a worker's notices, and of no case."""

FOLLOWUP_FACTS: tuple[type[Fact], ...] = (
    FollowUpScheduled,
    FollowUpOpened,
    FollowUpMissed,
    FollowUpCompleted,
    FollowUpSuperseded,
    FollowUpReinstated,
    FollowUpDetailsReleased,
    FollowUpReminded,
    FollowUpEscalated,
    FollowUpAttempted,
    FollowUpNotApplicable,
    FollowUpHandoverOffered,
    FollowUpHandoverDeclined,
    FollowUpTakenOver,
    DeadlineSet,
    DeadlineMet,
    DeadlinePassed,
)

ABSENCE_FACTS: tuple[type[Fact], ...] = (WorkerAbsent, AbsenceEnded)
"""Of workers' own streams."""
