"""An insats and the versions of its rules."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from contracts.catalogue.agencies import OWN_KINDS, member_of_kind
from contracts.catalogue.course import ActivityRule, MeetingRule, NoteStep, Plan, Step
from contracts.catalogue.entry import ConsentRule, Intake, Target
from contracts.catalogue.fields import Day, Section, Slug, Sources, Text, Texts, as_tuple, names
from contracts.catalogue.people import AcceptanceGate, Capacity, CaseRole, Gate, Group, Queue, Session
from contracts.catalogue.results import Exits, Goal, Instrument
from contracts.catalogue.timing import ClockRule, FollowUp, Limit
from contracts.catalogue.vocabulary import word_label
from contracts.codes import Member

SECTIONS: Final = (
    "target",
    "doors",
    "consents",
    "roles",
    "capacity",
    "queue",
    "gate",
    "meetings",
    "steps",
    "plan",
    "activities",
    "follow_ups",
    "clocks",
    "exits",
    "goals",
    "instruments",
)
"""The sixteen words that describe an insats, in the order they are read."""

AFTER_SUPPORT: Final = ClockRule(
    id="efterstod", label="efterstöd", starts=("after_support_begun",), stops=("after_support_ended",)
)
"""The clock of support after an exit, without its limit."""

Kind = Literal["individual", "function", "course", "plan_form", "place", "structural"]


class Project(Section):
    """The project an insats belongs to: who pays, for how long, with which other insatser, and where it reports."""

    name: Text
    fund: Text | None = None
    starts: Day | None = Field(default=None, alias="from")
    ends: Day | None = Field(default=None, alias="to")
    siblings: Annotated[Texts, names("insats")] = ()
    reports_to: Annotated[Texts, names("reporting_systems")] = ()


class Purpose(Section):
    """What an insats is for, in a sentence or two that a colleague understands."""

    text: Text


class Rule(Section):
    """One version of an insats' rules. A section that is None or empty is not used by the insats.

    ``same_as``: the version whose sections hold here too, unless written anew; a section is replaced whole.
    ``sources`` is where this version is described, ``readings`` what we had to decide ourselves, in Swedish.
    """

    version: int = Field(ge=1)
    valid_from: Day
    valid_to: Day | None = Field(default=None, description="The last day. Never taken over from another version.")
    sources: Sources = Field(alias="source", min_length=1)
    readings: tuple[Text, ...] = ()
    same_as: int | None = Field(default=None, ge=1)

    target: Target = Target()
    doors: tuple[Intake, ...] = ()
    consents: tuple[ConsentRule, ...] = ()
    roles: tuple[CaseRole, ...] = ()
    capacity: tuple[Capacity, ...] = ()
    queue: Queue | None = None
    gate: Gate = AcceptanceGate(kind="acceptance")
    meetings: tuple[MeetingRule, ...] = ()
    steps: tuple[Step, ...] = ()
    plan: Plan | None = None
    activities: tuple[ActivityRule, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    clocks: tuple[ClockRule, ...] = ()
    exits: Exits | None = None
    goals: tuple[Goal, ...] = ()
    instruments: tuple[Instrument, ...] = ()

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"valid_to {self.valid_to} is before valid_from {self.valid_from}")
        return self

    def holds_on(self, day: date) -> bool:
        """True if the version has begun and not ended."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def role(self, role_id: str) -> CaseRole | None:
        """The role with this id."""
        return next((role for role in self.roles if role.id == role_id), None)

    def who(self, word: str) -> str:
        """What somebody is called: a role of the version, a member, an office or somebody else; the word itself if no
        list has it."""
        role = self.role(word)
        lists = ("members", "actors", "unit_kinds", "sites")
        said = (word_label(list_name, word) for list_name in lists)
        return role.label if role is not None else next((each for each in said if each != word), word)

    def meeting(self, meeting_id: str) -> MeetingRule | None:
        """The kind of meeting with this id."""
        return next((meeting for meeting in self.meetings if meeting.id == meeting_id), None)

    def step(self, step_id: str) -> Step | None:
        """The step with this id."""
        return next((step for step in self.steps if step.id == step_id), None)

    def instrument(self, instrument_id: str) -> Instrument | None:
        """The instrument with this id."""
        return next((each for each in self.instruments if each.id == instrument_id), None)

    def door(self, door_id: str) -> Intake | None:
        """The door with this id."""
        return next((door for door in self.doors if door.id == door_id), None)

    @property
    def running_clocks(self) -> tuple[ClockRule, ...]:
        """The clocks that are written, and that of the support after an exit, which has a longest time."""
        after = None if self.exits is None else self.exits.after_support
        if after is None:
            return self.clocks
        limit = Limit(months=after.months)
        return (*self.clocks, AFTER_SUPPORT.model_copy(update={"limit": limit}))

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The capacities that are seats in meetings."""
        return tuple(capacity for capacity in self.capacity if isinstance(capacity, Session))

    @property
    def groups(self) -> tuple[Group, ...]:
        """The capacities that are seats in groups and courses."""
        return tuple(capacity for capacity in self.capacity if isinstance(capacity, Group))

    def group(self, capacity_id: str) -> Group | None:
        """The terms of groups with this id."""
        return next((group for group in self.groups if group.id == capacity_id), None)

    @property
    def consultation_askers(self) -> tuple[str, ...]:
        """The kinds of units and the roles that may ask for a consultation; empty if there are none to be had."""
        asking = (kind for door in self.doors if door.kind == "consultation" for kind in door.admits)
        return tuple(dict.fromkeys(asking))

    @property
    def put_forward_note(self) -> NoteStep | None:
        """The note by which a group counts those put forward at its meeting; None if nobody is put forward here."""
        if not any(door.kind == "ask" for door in self.doors):
            return None
        groups = {meeting.id for meeting in self.meetings if meeting.every_weeks or meeting.every_months}
        notes = (step for step in self.steps if isinstance(step, NoteStep) and step.counted)
        return next((note for note in notes if groups.intersection(note.at)), None)

    @property
    def put_forward_by(self) -> tuple[str, ...]:
        """The kinds of units and the roles that may put somebody forward; empty if nobody is put forward here."""
        if self.put_forward_note is None:
            return ()
        return tuple(dict.fromkeys(kind for door in self.doors if door.kind == "ask" for kind in door.admits))

    @property
    def takes_referrals(self) -> bool:
        """True if a referral, or an interest before one, can be made to the insats."""
        return any(door.leads_to_a_case for door in self.doors)

    def doors_for(self, *kinds: str) -> tuple[Intake, ...]:
        """The doors to a case here for somebody who is of one of these kinds of units; all of them if none is theirs.
        A shortcut leads to a case of another insats.

        Whom a door refuses is said by :meth:`admits`.
        """
        to_cases = tuple(door for door in self.doors if door.leads_to_a_case and door.opens is None)
        return tuple(door for door in to_cases if not set(kinds).isdisjoint(door.admits)) or to_cases

    def ways_in(self, door_id: str | None) -> tuple[Intake, ...]:
        """The doors to a case that an agency's referral may come by: the one it names, or all."""
        named = None if door_id is None else self.door(door_id)
        return tuple(door for door in self.doors if door.leads_to_a_case and named in (None, door))

    def admits(self, member: Member, door_id: str | None) -> bool:
        """False if no unit of the member can be of a kind that the doors name: they are all for other members.

        All are admitted where a door names a kind that may be anybody's, or where who may come in by it is our own
        reading. Which kind of unit refers is shown and refuses nobody: kinds overlap, as social services sit in a
        district's administration.
        """
        doors = self.ways_in(door_id)
        kinds = {kind for door in doors for kind in door.admits} - OWN_KINDS
        members = {member_of_kind(kind) for kind in kinds}
        return member in members or None in members or any(door.reading is not None for door in doors)

    def names_unit(self, kind: str, member: Member) -> bool:
        """True if a door to a case names units of this kind, or the member they belong to."""
        return any(not {kind, member}.isdisjoint(door.admits) for door in self.ways_in(None))

    @property
    def shortcuts(self) -> tuple[Intake, ...]:
        """The doors that lead straight to a meeting of another insats."""
        return tuple(door for door in self.doors if door.leads_to_a_case and door.opens is not None)

    @property
    def own_door(self) -> Intake | None:
        """The door for those who come by themselves; None if there is none that leads to a case."""
        return next((door for door in self.doors if door.leads_to_a_case and "self" in door.admits), None)


class Insats(Section):
    """An insats that an association finances, or a form of plan or meeting that insatser share."""

    id: Slug
    name: Text
    association: Annotated[str, names("associations")]
    kinds: Annotated[tuple[Kind, ...], BeforeValidator(as_tuple)] = Field(alias="kind", min_length=1)
    owner: Text
    delivered_by: Annotated[str | None, names("unit", "sites")] = None
    parties: tuple[Member, ...] = Field(min_length=1)
    project: Project | None = None
    purpose: Purpose | None = None
    versions: tuple[Rule, ...] = Field(min_length=1)

    def rule_on(self, day: date) -> Rule | None:
        """The version valid on a day; None before the first, and after the last where that one has an end."""
        begun = [rule for rule in self.versions if rule.valid_from <= day]
        return begun[-1] if begun and begun[-1].holds_on(day) else None

    def rule(self, version: int) -> Rule:
        """A version by its number. Raises KeyError."""
        for rule in self.versions:
            if rule.version == version:
                return rule
        raise KeyError(f"{self.id} has no version {version}")

    def door_name(self, door_id: str) -> str:
        """What people call a door, with the insats; the door's id where no version has it."""
        doors = (door for rule in self.versions for door in rule.doors if door.id == door_id)
        door = next(doors, None)
        return f"{self.name}: {door_id if door is None else door.label}"

    def lineage(self, rule: Rule) -> tuple[Rule, ...]:
        """The version and those it takes sections over from, the nearest first: all whose sources and readings it
        rests on."""
        if rule.same_as is None:
            return (rule,)
        return (rule, *self.lineage(self.rule(rule.same_as)))


def taken_over(version: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    """A version as written, with the sections it does not write itself taken whole from an earlier one.

    Only the sixteen sections are taken over: never the days of validity, the sources or the readings.
    """
    return {**{name: earlier[name] for name in SECTIONS if name in earlier}, **version}
