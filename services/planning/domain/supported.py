"""What the lists of participants show of a case: who supports in which role, and what is next."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.planning.domain.case import Case


class What(StrEnum):
    """What is next in a case, or that it has ended, perhaps with support after the exit (efterstöd)."""

    MEETING = "meeting"
    CALLED_MEETING = "called_meeting"
    FOLLOW_UP = "follow_up"
    AFTER_SUPPORT = "after_support"
    EXITED = "exited"
    RETURNED = "returned"


@dataclass(frozen=True, order=True)
class Next:
    """The earliest thing that a day is set for, or since when the case has ended or its after-support goes on."""

    on: date
    what: What


@dataclass(frozen=True)
class OngoingSupport:
    """A support that lasts. ``offered_to`` and ``offered_on``: while a colleague is asked to take it over.
    ``next_what`` and ``next_on``: None where nothing is booked."""

    support_id: UUID
    insats: str
    role: str
    worker_id: str
    since: date
    offered_to: str | None
    offered_on: date | None
    next_what: str | None
    next_on: date | None


def ongoing_supports(case: Case) -> frozenset[OngoingSupport]:
    """The case's supports that last."""
    if case.referral is None:
        return frozenset()
    step = next_in(case)
    return frozenset(
        OngoingSupport(
            support_id=each.support_id,
            insats=case.referral.insats,
            role=each.role,
            worker_id=each.worker_id,
            since=each.since,
            offered_to=None if each.offer is None else each.offer.to,
            offered_on=None if each.offer is None else each.offer.offered_on,
            next_what=None if step is None else step.what.value,
            next_on=None if step is None else step.on,
        )
        for each in case.supports.all
        if each.ended_on is None
    )


def next_in(case: Case) -> Next | None:
    """What is next: a booked meeting, a called one, the follow-up of a coordinated plan; else how the case ended."""
    dated = [*_meetings(case), *_called(case), *_follow_ups(case)]
    return min(dated) if dated else _ended(case)


def _meetings(case: Case) -> list[Next]:
    booked = (each.booking for each in case.meetings.all if each.state == "booked")
    return [Next(each.meets_on, What.MEETING) for each in booked if each is not None]


def _called(case: Case) -> list[Next]:
    call = case.coordination.open_call
    return [] if call is None or call.held_on is not None else [Next(call.meets_on, What.CALLED_MEETING)]


def _follow_ups(case: Case) -> list[Next]:
    plan = case.coordination.open_plan
    return [] if plan is None or plan.follow_up_on is None else [Next(plan.follow_up_on, What.FOLLOW_UP)]


def _ended(case: Case) -> Next | None:
    after = case.after_supports.ongoing
    if after is not None:
        return Next(after.since, What.AFTER_SUPPORT)
    latest = case.participations.latest
    if latest is not None and latest.exit is not None:
        return Next(latest.exit.exited_on, What.EXITED)
    return None if case.planning_ended_on is None else Next(case.planning_ended_on, What.RETURNED)
