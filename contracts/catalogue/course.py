"""What happens once a person is in: meetings, steps, plan, activities."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.catalogue.fields import Id, Section, Text, Texts, names


class MeetingRule(Section):
    """A kind of meeting: who calls it, who is there, and whether it takes a seat. ``also`` may be invited."""

    id: Id
    label: Text
    called_by: Annotated[Texts, names("role", "actors")] = ()
    attended_by: Annotated[Texts, names("role", "member", "actors")] = Field(default=(), alias="with")
    also: Annotated[Texts, names("actors", "role")] = ()
    modes: Annotated[Texts, names("modes")] = ()
    minutes: int | None = Field(default=None, ge=5, le=480)
    seat_in: Annotated[str | None, names("capacity")] = None
    roles: Annotated[Texts, names("role")] = ()
    every_weeks: int | None = Field(default=None, ge=1, le=52)
    every_months: int | None = Field(default=None, ge=1, le=12)
    before: Annotated[str | None, names("meeting", "moments")] = None
    plan_form: Annotated[str | None, names("insats")] = None
    optional: bool = False
    counted: bool = False


class _Step(Section):
    id: Id
    label: Text
    by: Annotated[Texts, names("role", "actors")] = ()
    before: Annotated[str | None, names("meeting", "step", "moments")] = None
    after: Annotated[str | None, names("step", "meeting", "moments")] = None
    at: Annotated[Texts, names("meeting", "follow_up", "activity", "insats", "moments")] = ()
    optional: bool = False
    once: bool = False
    counted: bool = False


class NoteStep(_Step):
    """Something that is done and noted, without a paper."""

    kind: Literal["note"]


class DocumentStep(_Step):
    """A paper that is written or collected; ``each`` are the papers when there are several."""

    kind: Literal["document"]
    each: Annotated[Texts, names("documents")] = ()
    shared_with: Annotated[Texts, names("role", "actors")] = ()
    needs_consent: bool = False


class AssignmentStep(_Step):
    """Somebody takes on a role in the case."""

    kind: Literal["assignment"]
    role: Annotated[str, names("role")]


class RegistrationStep(_Step):
    """Noted in another system; ``where`` are the places that count."""

    kind: Literal["registration"]
    where: Annotated[Texts, names("registers")] = Field(min_length=1)


class QuestionStep(_Step):
    """Questions are asked of everyone. That they were asked is an event; an answer never is."""

    kind: Literal["question"]
    answers: Literal["restricted"]


class RatingStep(_Step):
    """The participant or the worker rates where things stand, with an instrument."""

    kind: Literal["rating"]
    instrument: Annotated[str, names("instrument")]


class PhaseStep(_Step):
    """A phase of the participation; ``back_to`` is a phase one may return to."""

    kind: Literal["phase"]
    first: bool = False
    back_to: Annotated[str | None, names("step")] = None


Step = Annotated[
    NoteStep | DocumentStep | AssignmentStep | RegistrationStep | QuestionStep | RatingStep | PhaseStep,
    Field(discriminator="kind"),
]


class Plan(Section):
    """The joint paper. Made at a meeting or by a role; ``responsible_member``: each activity has one."""

    kind: Literal["samplan", "sip", "handlingsplan", "arbetsplan", "aktivitetsplan"]
    label: Text
    made_at: Annotated[str | None, names("meeting")] = None
    made_by: Annotated[str | None, names("role")] = None
    of: Literal["participation", "person"] = "participation"
    activities_min: int = Field(default=0, ge=0, le=20)
    parallel: bool = Field(default=False, description="Activities may go on at the same time.")
    responsible_member: Literal["required", "optional"] = "optional"
    agrees: Annotated[Texts, names("agreements")] = ()


class GroupTerms(Section):
    """A group that an activity is carried out in."""

    seats: int | None = Field(default=None, ge=1, le=200)
    weeks: int | None = Field(default=None, ge=1, le=104)
    sessions_per_week: int | None = Field(default=None, ge=1, le=14)


class ActivityRule(Section):
    """A kind of activity and what it needs. ``insats``: another insats that provides it."""

    kind: Annotated[str, names("activity_kinds")]
    id: Id | None = None
    label: Text | None = None
    place: bool = False
    extent: Literal["percent", "hours"] | None = None
    attendance: Literal["hours", "sessions"] | None = None
    group: GroupTerms | None = None
    cost_bearer: Literal["required", "optional"] | None = None
    work_over_hours: int | None = Field(
        default=None, ge=1, le=40, description="It tries the capacity for work when more hours a week are attended."
    )
    needs: Annotated[Texts, names("exit_needs")] = ()
    insats: Annotated[str | None, names("insats")] = None
    optional: bool = False
