"""What can be done next in a case. Each decision is asked beforehand, so that what is offered can be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from contracts.codes import ActivityExtent, MeetingMode, Member
from contracts.problems import Invalid, Refused
from services.planning.domain.case import Case
from services.planning.domain.checks import under_way
from services.planning.domain.command import (
    BookMeeting,
    CancelMeeting,
    Command,
    CompleteActivity,
    HoldMeeting,
    JoinReserve,
    MakeSamplan,
    NewActivity,
    PutOnHold,
    ReopenCase,
    Resume,
    ReviseSamplan,
    StartActivity,
    StartInsats,
)
from services.planning.domain.decide import decide
from services.planning.domain.decision import Catalogue
from services.planning.domain.sessions import Occupancy

_ANY_ID: Final = UUID(int=0)
_OF_A_BOOKING: Final = ("kind", "team", "meets_on", "starts_at", "mode")
_ANY_ACTIVITY: Final = (NewActivity(_ANY_ID, Member.KOMMUN, "other"),)


@dataclass(frozen=True)
class NextSteps:
    """Why each step cannot be taken now, in the words of its refusal; None for one that can.

    ``enrol``: into a group, or onto the reserve list of one. ``hindered``: why nothing can be planned at all.
    ``book``: by kind of meeting. ``hold`` and ``cancel``: by meeting of those that are booked. ``begin`` and
    ``complete``: by activity of the latest plan, without those it has ended.
    """

    hindered: Refused | None
    book: Mapping[str, Refused | None]
    start: Refused | None
    enrol: Refused | None
    put_on_hold: Refused | None
    resume: Refused | None
    reopen: Refused | None
    make_plan: Refused | None
    revise_plan: Refused | None
    hold: Mapping[UUID, Refused | None]
    cancel: Mapping[UUID, Refused | None]
    begin: Mapping[UUID, Refused | None]
    complete: Mapping[UUID, Refused | None]


def next_steps(
    case: Case, kinds: Sequence[str], booked: Mapping[UUID, str], today: date, catalogue: Catalogue
) -> NextSteps:
    """The steps from where the case stands. ``kinds``: the meetings of the insats' rule; ``booked``: the kind of each
    meeting that is booked."""

    def asked(command: Command, *fields: str) -> Refused | None:
        return hindrance(command, case, catalogue, frozenset(fields))

    plan = case.plans.latest
    activities = () if plan is None else tuple(each.activity_id for each in plan.activities if each.ended_in is None)
    return NextSteps(
        hindered=_hindered(case),
        book={kind: asked(_booking(kind, today), *_OF_A_BOOKING) for kind in kinds},
        start=asked(StartInsats(today, today), "started_on"),
        enrol=asked(JoinReserve(None, today, today), "since"),
        put_on_hold=asked(PutOnHold(today, "other", today), "since"),
        resume=asked(Resume(today, today), "resumed_on"),
        reopen=asked(ReopenCase(today, today), "reopened_on"),
        make_plan=asked(MakeSamplan(_ANY_ID, today, _ANY_ACTIVITY, today), "made_on", "activities"),
        revise_plan=asked(
            ReviseSamplan(today, 0 if plan is None else plan.version, _ANY_ACTIVITY, (), today),
            "revised_on",
            "activities",
        ),
        hold={each: asked(HoldMeeting(kind, None, None, today)) for each, kind in booked.items()},
        cancel={each: asked(CancelMeeting(kind, today, False, today)) for each, kind in booked.items()},
        begin={each: asked(StartActivity(each, today, today), "started_on") for each in activities},
        complete={
            each: asked(CompleteActivity(each, today, ActivityExtent.FULLY, today), "completed_on")
            for each in activities
        },
    )


def _hindered(case: Case) -> Refused | None:
    try:
        under_way(case)
    except Refused as refused:
        return refused
    return None


def _booking(kind: str, today: date) -> BookMeeting:
    return BookMeeting(
        meeting_id=_ANY_ID,
        booked_on=today,
        kind=kind,
        team=None,
        meets_on=today,
        starts_at=None,
        mode=MeetingMode.PHYSICAL,
        found=Occupancy(),
        today=today,
    )


def hindrance(command: Command, case: Case, catalogue: Catalogue, fields: frozenset[str]) -> Refused | None:
    """Why a command cannot be given now. None if it can, also where only what is in ``fields`` is wrong: its form
    asks for them, and another day or kind may be right."""
    try:
        decide(command, case, catalogue)
    except Refused as refused:
        return None if isinstance(refused, Invalid) and refused.field in fields else refused
    return None
