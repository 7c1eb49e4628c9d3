"""Named examples: Asta, referred to FINSAM-team in February 2021, and what happens to her case."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Final
from uuid import UUID, uuid5

from contracts import planning
from contracts.catalogue import INSATSER, Insats
from contracts.codes import ActivityExtent, MeetingMode, Member, ReturnStage, Sex
from contracts.corrections import RegisteredInError, effective
from contracts.envelope import TIMER, Fact
from contracts.events import AnyEvent, event_of
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
from contracts.problems import Refused
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
from services.planning.domain.case import Case, fold
from services.planning.domain.command import Command, NewActivity, RegisterInError
from services.planning.domain.decide import concluded, decide, released
from services.planning.domain.decide_correction import correct, resumed, seats_given_back
from services.planning.domain.decision import Decision, Withheld
from services.planning.domain.groups import GroupOccupancy
from services.planning.domain.kept import known_here
from services.planning.domain.meetings import Seat
from services.planning.domain.places import PlaceOccupancy
from services.planning.domain.sessions import Occupancy

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

CASE: Final = UUID(int=70)
MEETING: Final = UUID(int=1)
OTHER_MEETING: Final = UUID(int=2)
SAMPLAN: Final = UUID(int=3)
WORK: Final = UUID(int=4)
CARE: Final = UUID(int=5)
SUPPORT: Final = UUID(int=6)
OTHER_SUPPORT: Final = UUID(int=8)
HAND_BACK: Final = UUID(int=9)
OTHER_HAND_BACK: Final = UUID(int=10)
EMPLOYMENT: Final = UUID(int=11)
OTHER_EMPLOYMENT: Final = UUID(int=12)
STEP: Final = UUID(int=13)
REQUEST: Final = UUID(int=14)
UNKNOWN: Final = UUID(int=99)
_EVENTS: Final = UUID(int=77)
_FIRST_REGISTERED: Final = datetime(2021, 10, 1, 8, tzinfo=UTC)

FINSAM_2021: Final = RuleRef(insats=FINSAM, version=2)


def event(fact: Fact, sequence: int, source: str, cause: UUID | None = None) -> AnyEvent:
    """The fact as an event of a source, registered a minute after the one before it."""
    return event_of(
        fact,
        event_id=uuid5(_EVENTS, f"{source} {sequence}"),
        stream_id=CASE,
        sequence=sequence,
        recorded=_FIRST_REGISTERED + timedelta(minutes=sequence),
        actor=TIMER,
        source=source,
        causation_id=cause,
    )


@dataclass
class Life:
    """A case as planning lives it: what it hears, what it is asked, and the log that comes of it."""

    catalogue: Mapping[str, Insats] = field(default_factory=lambda: INSATSER)
    log: list[AnyEvent] = field(default_factory=list)
    withheld: dict[UUID, Withheld] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        """The case as planning knows it: with what its events left out."""
        return known_here(fold(self.log), self.withheld)

    def add(self, *facts: Fact, cause: UUID | None = None) -> "Life":
        """What happened, appended by whom it belongs to, without a decision. ``cause``: the event that led to it."""
        for fact in facts:
            source = fact.sources[-1] if not isinstance(fact, RegisteredInError) else planning.SOURCE
            sequence = sum(each.source == source for each in self.log) + 1
            self.log.append(event(fact, sequence, source, cause))
        return self

    def hear(self, *facts: Fact) -> tuple[Fact, ...]:
        """Hears of facts, and appends what planning concludes from them."""
        appended: tuple[Fact, ...] = ()
        for fact in facts:
            before = self.case
            self.add(fact)
            ended = concluded(before, self.case, fact.happened_on)
            more = (*ended, *released(self.case, self.withheld))
            self.add(*more)
            appended = (*appended, *more)
        return appended

    def hear_event(self, heard: AnyEvent) -> tuple[Fact, ...]:
        """Hears of an event of the referral service as it was appended there, also of a correction."""
        before = self.case
        self.log.append(heard)
        more = (
            *concluded(before, self.case, heard.data.happened_on),
            *resumed(before, self.case, self.log, heard.data.happened_on),
            *released(self.case, self.withheld),
        )
        self.add(*more)
        return more

    def ask(self, command: Command) -> tuple[Fact, ...]:
        """Carries out a command. Raises Refused."""
        return self._append(decide(command, self.case, self.catalogue))

    def _append(self, decision: Decision) -> tuple[Fact, ...]:
        first = len(self.log)
        self.add(*decision.facts)
        self.add(*decision.consequences, cause=self.log[first].id)
        for place, details in decision.withheld.items():
            self.withheld[self.log[first + place].id] = details
        return (*decision.facts, *decision.consequences)

    def take_back(
        self,
        event_id: UUID,
        *,
        others: int = 0,
        today: date = TODAY,
        found: Mapping[Seat, Occupancy] | None = None,
        places: Mapping[UUID, PlaceOccupancy] | None = None,
        groups: Mapping[UUID, GroupOccupancy] | None = None,
    ) -> tuple[Fact, ...]:
        """Registers that an event never happened. Raises Refused.

        ``others``: how many other cases have a seat in each session that a seat would be taken in again, unless
        ``found`` says how each is. ``places``: how the suppliers' places are; ``groups``: likewise the
        groups.
        """
        command = RegisterInError(event_id, "wrong_case", today)
        counted = found or dict.fromkeys(seats_given_back(command, self.log), Occupancy(others))
        asked = replace(command, found=counted, places=places or {}, groups=groups or {})
        decision = correct(asked, self.log, planning.SOURCE, self.catalogue, self.withheld)
        return self._append(decision)

    def refusal(self, command: Command) -> str | None:
        """The code a command is refused with; None if it is not. Nothing is appended."""
        try:
            decide(command, self.case, self.catalogue)
        except Refused as refused:
            return refused.code
        return None

    def id_of(self, kind: type[Fact]) -> UUID:
        """The id of the latest event with a fact of a kind."""
        return [each.id for each in self.log if isinstance(each.data, kind)][-1]


def given(*facts: Fact) -> Life:
    """A case in which this has happened."""
    return Life().add(*facts)


def referred_to(insats: str, on: date = REFERRED_ON) -> ReferralReceived:
    rule = INSATSER[insats].rule_on(on) if insats in INSATSER else None
    return ReferralReceived(
        happened_on=on,
        person_id=UUID(int=7),
        insats=insats,
        agency="stockholms-stad",
        unit="rinkeby-kista",
        unit_kind="district",
        sex=Sex.WOMAN,
        rule=RuleRef(insats=insats, version=1 if rule is None else rule.version),
    )


received: Final = referred_to(FINSAM)
consented: Final = ConsentGiven(happened_on=REFERRED_ON, attributes=Attributes(age=34))
refused: Final = ConsentRefused(happened_on=REFERRED_ON)
withdrawn: Final = ConsentWithdrawn(happened_on=date(2021, 3, 20))
accepted: Final = ReferralAccepted(happened_on=ACCEPTED_ON)
returned: Final = ReferralReturned(
    happened_on=date(2021, 3, 30), reason="not_reached", stage=ReturnStage.AFTER_ACCEPTANCE
)
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
        PlannedActivity(activity_id=WORK, responsible=Member.KOMMUN, kind="work_training"),
        PlannedActivity(activity_id=CARE, responsible=Member.REGION, kind="health_care_contact"),
    ),
    rule=FINSAM_2021,
)
activity_started: Final = partial(ActivityStarted, samplan_id=SAMPLAN)
activity_completed: Final = partial(ActivityCompleted, samplan_id=SAMPLAN, extent=ActivityExtent.FULLY)
work_begun: Final = activity_started(happened_on=BEGUN_ON, activity_id=WORK)
work_done: Final = activity_completed(happened_on=COMPLETED_ON, activity_id=WORK)
lots_assigned: Final = LotsAssigned(happened_on=MEETS_ON, support_id=SUPPORT, lots_id="lots-1")
exited: Final = ParticipantExited(happened_on=EXITED_ON, insats=FINSAM, rule=FINSAM_2021)

NEW_ACTIVITIES: Final = (
    NewActivity(WORK, Member.KOMMUN, "work_training"),
    NewActivity(CARE, Member.REGION, "health_care_contact"),
)

at_acceptance: Final[tuple[Fact, ...]] = (received, consented, accepted)
without_consent: Final[tuple[Fact, ...]] = (received, refused, accepted)
met: Final[tuple[Fact, ...]] = (*at_acceptance, booked, held)
with_plan: Final[tuple[Fact, ...]] = (*met, planned)
participating: Final[tuple[Fact, ...]] = (*with_plan, started)
left: Final[tuple[Fact, ...]] = (*participating, exited)


def effective_facts(life: Life) -> list[Fact]:
    """What counts of a case: its facts less those registered in error."""
    return [each.data for each in effective(life.log)]
