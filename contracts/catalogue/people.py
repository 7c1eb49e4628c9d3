"""Who does what, what can be full, in which order people are taken, and who lets them in: roles, capacity, queue,
gate."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.catalogue.fields import Id, Section, Text, Texts, names


class CaseRole(Section):
    """Somebody's part in a case, in words of the insats. ``held_by`` is the member or office it belongs to."""

    id: Id
    label: Text
    does: Literal["refers", "leads", "supports", "decides", "represents"]
    one_per: Literal["case", "team", "party", "insats", "meeting", "plan", "activity", "association"]
    optional: bool = False
    substitute: bool = Field(default=False, description="Somebody else may stand in.")
    same_throughout: bool = Field(default=False, description="One and the same person for the whole time.")
    replaceable: bool = Field(default=False, description="Somebody else may take over for good.")
    must_attend: bool = False
    site: Annotated[str | None, names("door")] = Field(default=None, description="The door whose office it sits at.")
    skills: Annotated[Texts, names("skills")] = ()
    decides: Annotated[Texts, names("decisions")] = ()
    held_by: Annotated[str | None, names("member", "unit_kinds")] = None
    handed_over: Literal["with_acceptance"] | None = None


class When(Section):
    """When a capacity counts: in meetings held in these ways."""

    mode: Annotated[Texts, names("modes")]


class Session(Section):
    """So many cases in one meeting of a team; ``resources`` are the teams. ``across_areas``: a team may take people
    from another area; ``extra``: further sessions may be opened."""

    kind: Literal["session"]
    id: Id
    seats: int = Field(ge=1, le=50)
    minutes: int | None = Field(default=None, ge=5, le=480)
    resources: tuple[Id, ...] = Field(min_length=1)
    across_areas: bool = False
    extra: bool = False
    when: When | None = None
    offered_by: Literal["need", "area"] | None = None


class Group(Section):
    """People who begin and end together."""

    kind: Literal["group"]
    id: Id
    seats: int | None = Field(default=None, ge=1, le=200)
    weeks: int | None = Field(default=None, ge=1, le=104)
    sessions_per_week: int | None = Field(default=None, ge=1, le=14)
    sessions: int | None = Field(default=None, ge=1, le=200)
    hours: int | None = Field(default=None, ge=1, le=12, description="Hours of one session.")
    enrolment_window: bool = Field(default=False, description="One can only be put forward at certain times.")
    wider_after_window: bool = Field(
        default=False, description="After the window, free seats of a reserved group may be had by others."
    )
    resources: Annotated[Texts, names("sites")] = ()
    reserved_for: Annotated[Texts, names("unit_kinds")] = ()


class Places(Section):
    """Places at workplaces. Without ``seats`` their number is not fixed; an event says when a place becomes free."""

    kind: Literal["place"]
    id: Id
    seats: int | None = Field(default=None, ge=1)
    suppliers: int | None = Field(default=None, ge=1)
    shows: Annotated[Texts, names("shown_to", "role")] = ()


class Caseload(Section):
    """How many a worker of a role has at a time; ``posts`` of them. ``counts`` names who takes up a place."""

    kind: Literal["caseload"]
    id: Annotated[str, names("role")]
    seats: int | None = Field(default=None, ge=1)
    posts: int | None = Field(default=None, ge=1)
    earlier_posts: int | None = Field(default=None, ge=1)
    sites: Annotated[Texts, names("sites", "unit")] = ()
    counts: str | None = None


class Lent(Section):
    """Capacity borrowed from other insatser (follow-up 2021, L736-738)."""

    kind: Literal["lent"]
    id: Id
    lenders: Annotated[Texts, names("insats")] = Field(alias="from")


Capacity = Annotated[Session | Group | Places | Caseload | Lent, Field(discriminator="kind")]


class Queue(Section):
    """In which order people are taken. ``contact_every_days``: how often one who waits is contacted."""

    order: Literal["arrival", "priority"]
    decided_by: Annotated[str | None, names("role")] = None
    contact_every_days: int | None = Field(default=None, ge=1, le=365)


class Returns(Section):
    """Why and when a referral goes back to whoever made it."""

    stages: Annotated[Texts, names("return_stages")] = ()
    reasons: Annotated[Texts, names("return_reasons")] = ()


class _Gate(Section):
    decided_by: Annotated[Texts, names("role", "actors", "sites")] = ()
    outcomes: Annotated[Texts, names("outcomes")] = ()
    returns: Returns | None = None


class AcceptanceGate(_Gate):
    """Whoever runs the insats accepts the referral."""

    kind: Literal["acceptance"]


class MeetingGate(_Gate):
    """The person starts after a meeting has been held."""

    kind: Literal["meeting"]
    meeting: Annotated[str, names("meeting")]


class DecisionGate(_Gate):
    """Somebody decides by themselves, often an authority ("Det är myndigheten som beslutar")."""

    kind: Literal["decision"]


class LotGate(_Gate):
    """Those who accept are drawn by lot into arms of a study (plan 2025, L1091-1094); ``arms`` are their relative
    sizes. Everyone is in the study, and only those of ``counts_as_start`` are in the insats."""

    kind: Literal["lot"]
    arms: dict[Id, int] = Field(min_length=2, description="Words of arms, each with its share.")
    blinded: bool
    counts_as_start: Texts


Gate = Annotated[AcceptanceGate | MeetingGate | DecisionGate | LotGate, Field(discriminator="kind")]
