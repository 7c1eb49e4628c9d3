"""Whether everything that a file names exists: roles, meetings, other insatser, words of the lists, reports."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from contracts.catalogue.agencies import Agency
from contracts.catalogue.fields import NameClient, NamesEvent, Section
from contracts.catalogue.insats import Insats, Rule
from contracts.catalogue.people import Group
from contracts.catalogue.vocabulary import report_of, reports, words
from contracts.catalogue.yaml_files import Place
from contracts.codes import Member

Finding: TypeAlias = tuple[Place, str]
Known: TypeAlias = Mapping[str, Collection[str]]

_AFTER_THE_DOT: Final[Mapping[str, Mapping[str, str]]] = {
    "events": {
        "called": "meeting",
        "requested": "meeting",
        "booked": "meeting",
        "held": "meeting",
        "phase": "step",
        "activity_started": "activity_kinds",
        "activity_ended": "activity_kinds",
    },
    "counts": {
        "assigned": "role",
        "supported_by": "role",
        "supported_through": "door",
        "referred_through": "door",
        "started_through": "door",
        "in_phase": "step",
        "reached": "step",
        "activity_started": "activity_kinds",
        "plans": "plan_kinds",
        "calls": "meeting",
        "held": "meeting",
        "meetings_within_limit": "meeting",
        "within_limit": "clock",
        "exits": "exit_groups",
        "employments": "employment_kinds",
        "survey": "surveys",
        "measurement": "instrument",
    },
}
"""What the word after the dot names, by the word before it."""


@dataclass(frozen=True)
class Catalogue:
    """What a file may name outside itself."""

    insatser: Mapping[str, Insats]
    agencies: Mapping[str, Agency]

    def known(self) -> dict[str, Collection[str]]:
        """Everything by what it is called in :func:`contracts.catalogue.fields.names`."""
        units = {unit.id for agency in self.agencies.values() for unit in agency.units}
        members = {member.value for member in Member}
        return {**words(), "insats": self.insatser, "unit": units, "member": members}


def insats_findings(insats: Insats, catalogue: Catalogue) -> Iterator[Finding]:
    """What is wrong with an insats that is right in form: places and reasons."""
    known = catalogue.known()
    head = insats.model_copy(update={"versions": ()})
    yield from _walk(head, (), known)
    yield from _order(insats.versions)
    for index, rule in enumerate(insats.versions):
        place: Place = ("versions", index)
        yield from _walk(rule, place, {**known, **_own(rule)})
        for found, reason in (*_unique(rule), *_held_roles(insats, rule), *_elsewhere(rule, catalogue)):
            yield (*place, *found), reason
        for reason in _kind(insats, rule):
            yield place, reason


def _own(rule: Rule) -> dict[str, Collection[str]]:
    """What a version has of its own, by kind."""
    reasons = () if rule.exits is None else rule.exits.reasons
    kinds = {activity.kind for activity in rule.activities}
    return {
        "role": {each.id for each in rule.roles},
        "door": {each.id for each in rule.doors},
        "capacity": {each.id for each in rule.capacity},
        "meeting": {each.id for each in rule.meetings},
        "step": {each.id for each in rule.steps},
        "activity": kinds | {each.id for each in rule.activities if each.id},
        "follow_up": {each.id for each in rule.follow_ups},
        "clock": {each.id for each in rule.clocks},
        "instrument": {each.id for each in rule.instruments},
        "exit_reason": {each.code for each in reasons},
    }


def _walk(model: BaseModel, place: Place, known: Known) -> Iterator[Finding]:
    """Every field of a model and of the models in it, held against its marker."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        at = (*place, field.alias or name)
        for marker in field.metadata:
            yield from _marked(marker, value, at, known)
        if name in {"source", "sources"} and isinstance(model, Section):
            yield from _sources(value, at)
        if isinstance(value, BaseModel):
            yield from _walk(value, at, known)
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, BaseModel):
                    yield from _walk(item, (*at, index), known)


def _marked(marker: Any, value: Any, place: Place, known: Known) -> Iterator[Finding]:
    for text in () if value is None else value if isinstance(value, tuple) else (value,):
        if isinstance(marker, NameClient) and not any(text in known[thing] for thing in marker.things):
            yield place, f"{text!r} is {_no(marker.things)}"
        elif isinstance(marker, NamesEvent):
            yield from ((place, reason) for reason in _event(text, marker.list_name, known))


def _event(text: str, list_name: str, known: Known) -> Iterator[str]:
    head, dot, tail = text.partition(".")
    thing = _AFTER_THE_DOT[list_name].get(head)
    if dot and thing is not None:
        if tail not in known[thing]:
            yield f"{text!r}: {tail!r} is {_no((thing,))}"
        return
    own = () if list_name == "counts" else ("door", "step")
    if not any(text in known[each] for each in (list_name, *own)):
        yield f"{text!r} is no known event: {_no((list_name, *own))}"


def _no(things: tuple[str, ...]) -> str:
    said = {"unit": "unit of agencies.yaml", "insats": "insats of the catalogue", "member": "member"}
    own = {
        "role",
        "door",
        "capacity",
        "meeting",
        "step",
        "activity",
        "follow_up",
        "clock",
        "instrument",
        "exit_reason",
    }
    named = [
        said.get(thing, f"{thing.replace('_', ' ')} of this version" if thing in own else f"word of {thing}")
        for thing in things
    ]
    return "no " + ", and no ".join(named)


def _sources(sources: Iterable[str], place: Place) -> Iterator[Finding]:
    for source in sources:
        if report_of(source) not in reports():
            yield place, f"{source!r} names no report of reports.yaml"


def _order(versions: tuple[Rule, ...]) -> Iterator[Finding]:
    for index, rule in enumerate(versions):
        if rule.version != index + 1:
            yield ("versions", index, "version"), "versions are numbered 1, 2, 3 …"
        if index and rule.valid_from <= versions[index - 1].valid_from:
            yield ("versions", index, "valid_from"), "a version begins after the one before it"


def _unique(rule: Rule) -> Iterator[Finding]:
    """An id or a code stands for one thing in a version. Seats may differ by when they count."""
    for section in ("roles", "doors", "meetings", "steps", "follow_ups", "clocks", "goals", "instruments"):
        yield from _twice([each.id for each in getattr(rule, section)], section)
    yield from _twice([(each.kind, each.id, getattr(each, "when", None)) for each in rule.capacity], "capacity")
    yield from _twice([each.purpose for each in rule.consents], "consents")
    if rule.exits is not None:
        for place, reason in _twice([each.code for each in rule.exits.reasons], "reasons"):
            yield ("exits", *place), reason


def _twice(ids: list[Any], section: str) -> Iterator[Finding]:
    counts = Counter(map(repr, ids))
    for index, each in enumerate(ids):
        if counts[repr(each)] > 1 and each in ids[:index]:
            named = each[1] if isinstance(each, tuple) else each
            yield (section, index), f"{named!r} is given twice in {section}"


def _held_roles(insats: Insats, rule: Rule) -> Iterator[Finding]:
    """A role that belongs to a member that is no party can be held by nobody."""
    for index, role in enumerate(rule.roles):
        if role.held_by in {member.value for member in Member} and role.held_by not in insats.parties:
            yield (
                ("roles", index, "held_by"),
                f"nobody can hold {role.id!r}: {role.held_by} is no party of the insats",
            )


def _elsewhere(rule: Rule, catalogue: Catalogue) -> Iterator[Finding]:
    for index, door in enumerate(rule.doors):
        opened = door.opens and catalogue.insatser.get(door.opens.insats)
        if door.opens and opened and not any(each.meeting(door.opens.meeting) for each in opened.versions):
            yield ("doors", index, "opens", "meeting"), f"{opened.id} has no meeting {door.opens.meeting!r}"
    for index, meeting in enumerate(rule.meetings):
        form = catalogue.insatser.get(meeting.plan_form or "")
        if form is not None and "plan_form" not in form.kinds:
            yield ("meetings", index, "plan_form"), f"{form.id} is no plan_form"


def _kind(insats: Insats, rule: Rule) -> Iterator[str]:
    """What the kind of an insats demands of each version."""
    kinds = set(insats.kinds)
    if "individual" in kinds and (rule.exits is None or not rule.takes_referrals):
        yield "an individual insats has a door for referrals, and exits"
    if kinds == {"function"} and rule.exits is not None:
        yield "a function has no participants, so it has no exits"
    if "plan_form" in kinds and rule.plan is None:
        yield "a plan_form has a plan"
    if "course" in kinds and not any(isinstance(each, Group) for each in rule.capacity):
        yield "a course has a capacity of kind group"
    if "structural" in kinds and rule.doors:
        yield "a structural insats has no persons, so it has no doors"
    if rule.plan is not None and rule.plan.made_at is None and rule.plan.made_by is None:
        yield "plan: give made_at or made_by"
