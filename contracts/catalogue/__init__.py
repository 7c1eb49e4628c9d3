"""The catalogue: insatser and agencies as data, with versions that have a first day of validity.

Read once at start and validated; a fault in a file stops the service with the file's name.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import Field, model_validator

from contracts.codes import Member, Role
from contracts.model import Code, Model

_HERE: Final = Path(__file__).parent

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class Eligibility(Model):
    """Who may be referred. None means that the source states no limit."""

    age_from: int | None = Field(default=None, ge=0, description="Whole years on the day of referral.")
    age_to: int | None = Field(default=None, ge=0)
    members_needed: int = Field(default=1, ge=1, le=4, description="How many members' support the person needs.")


class FollowUpPoint(Model):
    """A follow-up owed so many calendar months after the plan's date, with its window around the due day."""

    months: int = Field(ge=1, le=60)
    responsible: Role
    opens_days_before: int = Field(ge=0, le=60)
    closes_days_after: int = Field(ge=0, le=120)
    superseded_by_exit: bool


class Rule(Model):
    """One version of an insats' rules. ``source`` says where it comes from, or that it is our reading."""

    version: int = Field(ge=1)
    valid_from: date
    source: str
    eligibility: Eligibility = Eligibility()
    gate: Code = "acceptance"
    teams: tuple[str, ...] = ()
    cases_per_session: int | None = Field(default=None, ge=1)
    samplan: bool = False
    lots: bool = False
    follow_ups: tuple[FollowUpPoint, ...] = ()
    exit_reasons: tuple[Code, ...] = Field(min_length=1)


class Insats(Model):
    """An intervention financed by the association."""

    id: Slug
    name: str
    owner: str
    parties: tuple[Member, ...]
    versions: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _versions_in_order(self) -> "Insats":
        numbers = [rule.version for rule in self.versions]
        days = [rule.valid_from for rule in self.versions]
        if numbers != list(range(1, len(numbers) + 1)) or days != sorted(set(days)):
            raise ValueError("versions are numbered 1, 2, 3 … and each begins after the one before")
        return self

    def rule_on(self, day: date) -> Rule | None:
        """The version valid on a day; None before the first."""
        valid = [rule for rule in self.versions if rule.valid_from <= day]
        return valid[-1] if valid else None

    def rule(self, version: int) -> Rule:
        """A version by its number. Raises KeyError."""
        for rule in self.versions:
            if rule.version == version:
                return rule
        raise KeyError(f"{self.id} has no version {version}")


class Unit(Model):
    """An office of an agency that refers people."""

    id: Slug
    name: str
    kind: Code


class Agency(Model):
    """An authority with topics of its own."""

    id: Slug
    name: str
    member: Member
    units: tuple[Unit, ...] = Field(min_length=1)

    def unit(self, unit_id: str) -> Unit | None:
        """The unit with this id, if the agency has it."""
        return next((unit for unit in self.units if unit.id == unit_id), None)


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def load_insatser(folder: Path = _HERE / "insatser") -> Mapping[str, Insats]:
    """Every insats by id. Raises pydantic.ValidationError, or ValueError for a file named unlike its id."""
    insatser: dict[str, Insats] = {}
    for path in sorted(folder.glob("*.yaml")):
        insats = Insats.model_validate(_read(path))
        if insats.id != path.stem:
            raise ValueError(f"{path.name} holds the insats {insats.id}; name the file {insats.id}.yaml")
        insatser[insats.id] = insats
    return insatser


def load_agencies(path: Path = _HERE / "agencies.yaml") -> Mapping[str, Agency]:
    """Every agency by id. Raises pydantic.ValidationError."""
    agencies = [Agency.model_validate(entry) for entry in _read(path)["agencies"]]
    return {agency.id: agency for agency in agencies}


INSATSER: Final = load_insatser()
AGENCIES: Final = load_agencies()
