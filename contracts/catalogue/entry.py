"""Who an insats is for, how one comes in, and what the person is asked to agree to: target, doors, consents."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.catalogue.fields import Id, Percent, Section, Text, Texts, names


class Age(Section):
    """Whole years on the day of referral, both inclusive. None means that no limit is stated."""

    lower: int | None = Field(default=None, ge=0, le=120, alias="from")
    upper: int | None = Field(default=None, ge=0, le=120, alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"the age {self.lower} to {self.upper} runs backwards")
        return self


class Checked(Section):
    """What of a criterion the system can see for itself, without asking the referrer."""

    unit: Annotated[Texts, names("unit", "sites")] = ()
    unit_kind: Annotated[Texts, names("unit_kinds")] = ()
    benefit: Annotated[Texts, names("benefits")] = ()
    area: Annotated[Texts, names("areas")] = ()


class Criterion(Section):
    """A condition. With ``checked`` it can be refused on; otherwise the referrer answers yes or no to its text and
    the answer is shown to whoever decides. With ``door`` it holds for those who come in that way."""

    id: Id
    text: Text
    checked: Checked | None = None
    door: Annotated[str | None, names("door")] = None


class Target(Section):
    """Who the insats is for. ``priority`` orders people and never refuses anyone."""

    age: Age = Age()
    areas: Annotated[Texts, names("areas")] = ()
    members_needed: int = Field(default=1, ge=1, le=4, description="How many members' support the person needs.")
    all_of: tuple[Criterion, ...] = ()
    any_of: tuple[Criterion, ...] = ()
    none_of: tuple[Criterion, ...] = ()
    priority: tuple[Criterion, ...] = ()


class Opens(Section):
    """A shortcut: the door leads to a meeting of another insats (follow-up 2021, L254-256)."""

    insats: Annotated[str, names("insats")]
    meeting: Id


class Intake(Section):
    """A way in, and as what: a referral, an interest that comes before a referral, a consultation without a case, or
    a question by phone or mail. ``share``: the part of all that is kept for this door, in per cent."""

    id: Id
    label: Text
    admits: Annotated[Texts, names("unit_kinds", "role")] = Field(alias="from", min_length=1)
    kind: Literal["referral", "interest", "consultation", "ask"] = Field(alias="as")
    pausable: bool = False
    opens: Opens | None = None
    asks: Annotated[Texts, names("asks")] = ()
    plain: bool = Field(default=False, description="Written for the person, not for an official.")
    decided_by: Annotated[str | None, names("role")] = None
    formal_decision: bool = Field(default=True, description="False: no biståndsbeslut is needed to come in.")
    share: Percent | None = None

    @property
    def leads_to_a_case(self) -> bool:
        """True if what comes in this way may become a participation."""
        return self.kind in {"referral", "interest"}


class ConsentRule(Section):
    """What a person is asked to agree to, by whom and when, what needs it, and what follows from a no."""

    purpose: Annotated[str, names("purposes")]
    asked_by: Annotated[str, names("role", "actors")]
    at: Annotated[str, names("meeting", "step", "door", "moments")]
    needed_for: Annotated[Texts, names("consent_uses")] = Field(min_length=1)
    if_refused: Annotated[str, names("consent_effects")]
    if_withdrawn: Annotated[str, names("consent_effects")]
    how: Annotated[Texts, names("consent_forms")] = ()
    for_each_receiver: bool = False
    guardian_under: int | None = Field(default=None, ge=1, le=21, description="Below this age a guardian agrees too.")
