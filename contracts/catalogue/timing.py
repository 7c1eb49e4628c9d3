"""The two families of time: follow-ups, where somebody meets the plan, and clocks, a time that runs."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.catalogue.fields import Id, Months, NamesEvent, Section, Text, Texts, names


class _FollowUp(Section):
    id: Id
    label: Text | None = None
    responsible: Annotated[str, names("role")]
    held_with: Annotated[Texts, names("role", "actors")] = Field(default=(), alias="with")
    opens_days_before: int = Field(default=0, ge=0, le=60, description="Days before the due day.")
    closes_days_after: int = Field(default=0, ge=0, le=120, description="Days after the due day; then it is missed.")
    asks: Annotated[Texts, names("asks")] = ()
    superseded_by: Annotated[Texts, names("supersedes")] = ()
    repeats: bool = False


class CountedFollowUp(_FollowUp):
    """Owed so many calendar months after the plan, the start or the exit, once (``months``) or again and again
    (``every_months``)."""

    anchor: Literal["plan", "start", "exit"]
    months: Months | None = None
    every_months: Months | None = None

    @model_validator(mode="after")
    def _once_or_again(self) -> Self:
        if (self.months is None) == (self.every_months is None):
            raise ValueError("give either months or every_months")
        return self


class AgreedFollowUp(_FollowUp):
    """Owed on the day that was agreed at the meeting."""

    anchor: Literal["agreed"]


FollowUp = Annotated[CountedFollowUp | AgreedFollowUp, Field(discriminator="anchor")]


class Limit(Section):
    """How long a clock may run, in one of these; ``birthday`` is the age whose day it is."""

    days: int | None = Field(default=None, ge=0, le=3660)
    weeks: int | None = Field(default=None, ge=1, le=520)
    months: Months | None = None
    birthday: int | None = Field(default=None, ge=1, le=100)

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if sum(value is not None for value in (self.days, self.weeks, self.months, self.birthday)) != 1:
            raise ValueError("a limit is in days, weeks, months or a birthday, in exactly one of them")
        return self


class ClockRule(Section):
    """A time that runs from one event to another. Without ``limit`` it is a wait that is only measured. When a limit
    passes, somebody is informed; nobody is removed by a clock."""

    id: Id
    label: Text
    starts: Annotated[Texts, NamesEvent("events")] = Field(min_length=1)
    stops: Annotated[Texts, NamesEvent("events")] = ()
    pauses: Annotated[Texts, NamesEvent("events")] = ()
    limit: Limit | None = None
    waits_for: Annotated[Texts, names("role", "actors", "member")] = ()
    on_expiry: Annotated[str | None, names("expiry_actions")] = None
    tells: Annotated[Texts, names("role", "actors")] = ()
    shows: Annotated[Texts, names("shown_to", "role")] = ()
    warn_days_before: int | None = Field(default=None, ge=1, le=365)
    restarts_after: Annotated[Texts, NamesEvent("events")] = Field(
        default=(), description="Those of its stops after which it starts again, until another one ends it."
    )
    counts_by: Literal["party", "case"] = "case"
    per: Annotated[str | None, names("role")] = None
    only_door: Annotated[str | None, names("door")] = None

    @model_validator(mode="after")
    def _expiry_needs_a_limit(self) -> Self:
        if self.on_expiry is not None and self.limit is None:
            raise ValueError("on_expiry needs a limit")
        if not set(self.restarts_after) <= set(self.stops):
            raise ValueError("restarts_after names some of the stops")
        return self


def limit_after(day: date, limit: Limit) -> date | None:
    """The last day within a time limit that began on a day; None for a birthday, which needs a day of birth."""
    if limit.days is not None:
        return day + timedelta(days=limit.days)
    if limit.weeks is not None:
        return day + timedelta(weeks=limit.weeks)
    return None if limit.months is None else months_after(day, limit.months)


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day where it is shorter."""
    year, month_before = divmod(day.year * 12 + day.month - 1 + months, 12)
    month = month_before + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
