"""Named examples: Asta, referred to FINSAM-team in February 2021, and what happens to her case."""

from collections.abc import Sequence
from datetime import date, time
from functools import partial
from typing import Final
from uuid import UUID

from contracts.catalogue import INSATSER
from contracts.codes import ActivityExtent, ActivityKind, MeetingMode, Member, ReturnReason, Sex, UnitKind
from contracts.planning import (
    ActivityCompleted,
    ActivityStarted,
    InsatsStarted,
    LotsAssigned,
    ParticipantExited,
    PlannedActivity,
    SamplanUpprättad,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.referral import (
    Attributes,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    ReferralAccepted,
    ReferralReceived,
    ReferralReturned,
    RuleRef,
)
from services.planning.domain import Case, Command, Fact, NewActivity, NotReferred, decide, evolve
from tests.spec import DeciderSpec

FINSAM: Final = "finsam-team"
MIA: Final = "mia-vidare"

REFERRED_ON: Final = date(2021, 2, 8)
ACCEPTED_ON: Final = date(2021, 2, 10)
BOOKED_ON: Final = date(2021, 2, 12)
MEETS_ON: Final = date(2021, 3, 1)
STARTED_ON: Final = date(2021, 3, 4)
BEGUN_ON: Final = date(2021, 3, 15)
COMPLETED_ON: Final = date(2021, 4, 20)
EXITED_ON: Final = date(2021, 9, 30)
TODAY: Final = date(2021, 10, 1)
NINE: Final = time(9)

MEETING: Final = UUID(int=1)
OTHER_MEETING: Final = UUID(int=2)
SAMPLAN: Final = UUID(int=3)
WORK: Final = UUID(int=4)
CARE: Final = UUID(int=5)
UNKNOWN: Final = UUID(int=99)

FINSAM_2021: Final = RuleRef(insats=FINSAM, version=2)


def _decide(command: Command, case: Case) -> Sequence[Fact]:
    return decide(command, case, INSATSER)


_initial: Case = NotReferred()
spec: Final = DeciderSpec[Command, Case, Fact](decide=_decide, evolve=evolve, initial=_initial)


def referred_to(insats: str) -> ReferralReceived:
    return ReferralReceived(
        happened_on=REFERRED_ON,
        person_id=UUID(int=7),
        insats=insats,
        agency="stockholms-stad",
        unit="rinkeby-kista",
        unit_kind=UnitKind.DISTRICT,
        sex=Sex.WOMAN,
        rule=RuleRef(insats=insats, version=2 if insats == FINSAM else 1),
    )


received: Final = referred_to(FINSAM)
consented: Final = ConsentGiven(happened_on=REFERRED_ON, attributes=Attributes(age=34))
refused: Final = ConsentRefused(happened_on=REFERRED_ON)
withdrawn: Final = ConsentWithdrawn(happened_on=date(2021, 3, 20))
accepted: Final = ReferralAccepted(happened_on=ACCEPTED_ON)
returned: Final = ReferralReturned(happened_on=date(2021, 3, 30), reason=ReturnReason.NOT_REACHED)
booked: Final = TeamMeetingBooked(
    happened_on=BOOKED_ON,
    meeting_id=MEETING,
    team="team-1",
    meets_on=MEETS_ON,
    starts_at=NINE,
    mode=MeetingMode.PHONE,
)
held: Final = TeamMeetingHeld(happened_on=MEETS_ON, meeting_id=MEETING, team="team-1", mode=MeetingMode.PHONE)
started: Final = InsatsStarted(happened_on=STARTED_ON, insats=FINSAM, rule=FINSAM_2021)
planned: Final = SamplanUpprättad(
    happened_on=MEETS_ON,
    samplan_id=SAMPLAN,
    insats=FINSAM,
    meeting_id=MEETING,
    activities=(
        PlannedActivity(activity_id=WORK, responsible=Member.KOMMUN, kind=ActivityKind.WORK_TRAINING),
        PlannedActivity(activity_id=CARE, responsible=Member.REGION, kind=ActivityKind.HEALTH_CARE_CONTACT),
    ),
    rule=FINSAM_2021,
)
activity_started: Final = partial(ActivityStarted, samplan_id=SAMPLAN)
activity_completed: Final = partial(ActivityCompleted, samplan_id=SAMPLAN, extent=ActivityExtent.FULLY)
work_begun: Final = activity_started(happened_on=BEGUN_ON, activity_id=WORK)
work_done: Final = activity_completed(happened_on=COMPLETED_ON, activity_id=WORK)
lots_assigned: Final = LotsAssigned(happened_on=MEETS_ON, lots_id="lots-1")
exited: Final = ParticipantExited(happened_on=EXITED_ON, insats=FINSAM, rule=FINSAM_2021)

NEW_ACTIVITIES: Final = (
    NewActivity(WORK, Member.KOMMUN, ActivityKind.WORK_TRAINING),
    NewActivity(CARE, Member.REGION, ActivityKind.HEALTH_CARE_CONTACT),
)

at_acceptance: Final[tuple[Fact, ...]] = (received, consented, accepted)
without_consent: Final[tuple[Fact, ...]] = (received, refused, accepted)
met: Final[tuple[Fact, ...]] = (*at_acceptance, booked, held)
with_plan: Final[tuple[Fact, ...]] = (*met, planned)
participating: Final[tuple[Fact, ...]] = (*with_plan, started)
left: Final[tuple[Fact, ...]] = (*participating, exited)
