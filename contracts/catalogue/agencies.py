"""Agencies that refer people, each with topics of its own, and their offices."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from contracts.catalogue.fields import Slug
from contracts.catalogue.vocabulary import word_label
from contracts.catalogue.yaml_files import CatalogueError, Fault, Place, YamlFile, read_yaml
from contracts.codes import Member
from contracts.model import Code, Model

AGENCIES_FILE: Final = Path(__file__).parent / "agencies.yaml"


class Unit(Model):
    """An office of an agency that refers people."""

    id: Slug
    name: str
    kind: Code


class Sender(Model):
    """Whom referrals come from."""

    id: Slug
    name: str
    units: tuple[Unit, ...] = Field(min_length=1)

    def unit(self, unit_id: str) -> Unit | None:
        """The unit with this id, if the sender has it."""
        return next((unit for unit in self.units if unit.id == unit_id), None)


class Agency(Sender):
    """An authority with topics of its own."""

    member: Member


class Association(Sender):
    """The coordination association as it takes in people who come by themselves. It has no inbox and no outbox."""


SELF: Final = "self"
RELATIVE: Final = "relative"

OWN_KINDS: Final = frozenset({SELF, RELATIVE})
"""The units, and their kinds, of those who come by themselves: the person, or somebody who fills in for them."""


def association(association_id: str) -> Association:
    """The association that takes in those who come to its insatser by themselves."""
    units = tuple(Unit(id=kind, name=word_label("unit_kinds", kind), kind=kind) for kind in (SELF, RELATIVE))
    return Association(id=association_id, name=word_label("associations", association_id), units=units)


class _File(Model):
    members_of_kinds: Mapping[Code, Member] = {}
    agencies: tuple[Agency, ...]


def load_agencies(path: Path = AGENCIES_FILE) -> Mapping[str, Agency]:
    """Every agency by id. Raises CatalogueError."""
    file = read_yaml(path)
    try:
        agencies = _File.model_validate(file.data).agencies
    except ValidationError as error:
        raise CatalogueError(faults_of(file, error)) from error
    return {agency.id: agency for agency in agencies}


@cache
def _members_of_kinds() -> Mapping[str, Member]:
    return _File.model_validate(read_yaml(AGENCIES_FILE).data).members_of_kinds


def member_of_kind(kind: str) -> Member | None:
    """The member whose units are of a kind; None where they may be anybody's."""
    return _members_of_kinds().get(kind)


def faults_of(file: YamlFile, error: ValidationError) -> tuple[Fault, ...]:
    """What pydantic found wrong, by line."""
    errors = error.errors()
    places = [each["loc"] for each in errors]
    return tuple(
        file.fault(each["loc"], _reason(each["loc"], each["msg"]))
        for each in errors
        if not (each["type"] == "too_short" and any(_within(place, each["loc"]) for place in places))
    )


def _within(inner: Place, outer: Place) -> bool:
    """A list whose only item is wrong is also reported as too short; only the item is worth append."""
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _reason(place: Place, message: str) -> str:
    named = [step for step in place if isinstance(step, str)]
    return f"{named[-1]}: {message.removeprefix('Value error, ')}" if named else message
