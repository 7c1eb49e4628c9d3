"""How one leaves, what was promised and what measures it: exits, goals, instruments."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.catalogue.fields import Id, Months, NamesEvent, Percent, Section, Text, Texts, names

NationalCode = Literal["1", "2", "3", "parental_leave", "moved", "other", "none"]
"""The national register's five rows (MIA 2016, L28), all others, and none for what is no exit from an insats."""


class ExitRule(Section):
    """A reason of the insats' own and the national one it counts as. ``needs``: what is asked for with it."""

    code: Annotated[str, names("exit_reasons")]
    national: NationalCode
    label: Text | None = None
    needs: Annotated[Texts, names("exit_needs")] = ()
    follows: Annotated[str | None, names("facts")] = Field(default=None, description="A fact it goes with.")


class HandBack(Section):
    """The case goes back to this role or office when the participant leaves."""

    to: Annotated[str, names("role", "unit_kinds", "actors")]
    always: bool = False
    unless: Annotated[str | None, names("hand_back_exceptions")] = None


class DoorOnly(Section):
    """For those who came in this way."""

    door: Annotated[str, names("door")]


class HandOver(Section):
    """Reaching an extent of an activity, the case goes on to another service (Sundsvall 2023, L889)."""

    id: Id
    extent_of: Annotated[str, names("activity_kinds")]
    at_least_percent: Percent
    applies_to: DoorOnly | None = None
    to: Annotated[str, names("destinations")]
    proposes: Annotated[str, names("exit_reason")]
    tells: Annotated[Texts, names("role")] = ()


class AfterSupport(Section):
    """Support after the exit; whether it counts in the stock of ongoing cases."""

    months: Months
    voluntary: bool = False
    counted_as_ongoing: bool = False


class TimeLimit(Section):
    """The longest participation."""

    months: Months


class Exits(Section):
    """How one leaves. ``needs`` are asked for whatever the reason."""

    reasons: tuple[ExitRule, ...] = Field(min_length=1)
    destinations: Annotated[Texts, names("destinations")] = ()
    needs: Annotated[Texts, names("exit_needs")] = ()
    hand_back: HandBack | None = None
    hand_over_when: tuple[HandOver, ...] = ()
    after_support: AfterSupport | None = None
    time_limit: Literal["none"] | TimeLimit | None = Field(default=None, description="none: there is no limit.")


class Split(Section):
    """How the counted should be divided, in per cent."""

    sex: dict[Literal["woman", "man"], Percent]


class Goal(Section):
    """What was promised: ``counts`` is what is counted and ``of`` what it is a share of. A goal with ``of``, and one
    with a mapping as target, is in per cent."""

    id: Id
    text: Text
    counts: Annotated[str, NamesEvent("counts")]
    of: Annotated[str | None, NamesEvent("counts")] = None
    target: int | dict[Literal["fully", "partly"], Percent] | None = None
    earlier_target: int | None = None
    of_max: int | None = None
    split: Split | None = None
    period: Annotated[Texts, names("periods")] = ()
    unit: Annotated[Texts, names("count_units")] = ()
    compare: Literal["previous_year"] | None = None
    show_share: bool = False
    only: Annotated[str | None, names("associations")] = None


class Instrument(Section):
    """What measures: a survey, a card, a score. ``of``: of whom or what; ``good_from``: the least good score."""

    id: Id
    label: Text
    of: Literal["participation", "site", "insats"]
    at: Annotated[str | None, names("moments", "meeting", "step")] = None
    every: Literal["irregular", "month", "half_year", "year"] | None = None
    criteria: int | None = Field(default=None, ge=1)
    areas: Annotated[Texts, names("instrument_areas")] = ()
    max: int | None = Field(default=None, ge=1)
    good_from: int | None = Field(default=None, ge=1)
