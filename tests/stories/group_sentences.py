"""The sentences of stories about groups and courses: one group, and the person's seat in it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final, TypeVar
from uuid import UUID

from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import EnrolmentOutcome
from contracts.events import AnyEvent
from contracts.labels import label
from contracts.planning import SOURCE
from contracts.problems import Refused
from services.planning.domain import command as ask
from services.planning.domain.command import Command
from services.planning.domain.decide_enrolment import CHOSEN
from services.planning.domain.decide_groups import DeclareGroup, GroupCommand, HoldGroupSession, decide
from services.planning.domain.groups import GroupOccupancy, GroupOf, fold
from tests.stories.process import Process
from tests.unit.planning import mother

T = TypeVar("T")
Sentence = Callable[[Process, date, re.Match[str]], None]

_DATE: Final = r"\d{4}-\d\d-\d\d"
_CODE: Final = "gruppen"


@dataclass
class Group:
    """The group of a story. ``others``: how many others have a seat in it."""

    insats: str
    others: int = 0
    log: list[AnyEvent] = field(default_factory=list)

    @property
    def of(self) -> GroupOf:
        return GroupOf(self.insats, _CODE)

    def found(self, process: Process) -> GroupOccupancy:
        """As it is, the person of the story counted."""
        mine = len(process.life.case.enrolments.under_way)
        return GroupOccupancy(self.others + mine, fold(self.log), present=self.others + mine)

    def ask(self, process: Process, command: GroupCommand) -> None:
        fact = decide(replace(command, found=self.found(process)), INSATSER)
        self.log.append(mother.event(fact, len(self.log) + 1, SOURCE))


def _group(process: Process) -> Group:
    if process.group is None:
        process.group = Group(process.insats.id)
    found: Group = process.group
    return found


def _declare(process: Process, day: date, found: re.Match[str]) -> None:
    first = date.fromisoformat(found["first"])
    rule = process.insats.rule_on(first)
    assert rule is not None, f"{process.insats.name} has no rules on {first}"
    units = {each: word_label("unit_kinds", each) for each in words()["unit_kinds"]}
    reserved = tuple(_code(each, units) for each in found["units"].split(", ")) if found["units"] else None
    group = _group(process)
    group.ask(
        process,
        DeclareGroup(
            of=group.of,
            name=found["name"],
            capacity=_code(found["kind"], {each.id: each.id.replace("-", " ") for each in rule.groups}),
            session_days=tuple(first + timedelta(weeks=week) for week in range(int(found["sessions"]))),
            today=day,
            seats=int(found["seats"]) if found["seats"] else None,
            opens_on=date.fromisoformat(found["opens"]) if found["opens"] else None,
            closes_on=date.fromisoformat(found["closes"]) if found["closes"] else None,
            reserved_for=reserved,
        ),
    )


def _others(process: Process, _day: date, found: re.Match[str]) -> None:
    _group(process).others = int(found["count"])


def _enrol(process: Process, day: date, _found: re.Match[str]) -> None:
    group = _group(process)
    process.life.ask(ask.Enrol(process.id("seat"), group.of.group_id, day, day, group.found(process)))


def _cannot_enrol(process: Process, day: date, found: re.Match[str]) -> None:
    group = _group(process)
    why = _refusal(process, ask.Enrol(process.id("seat"), group.of.group_id, day, day, group.found(process)))
    assert why == found["why"], f"expected {found['why']!r}, but it was {why!r}"


def _wait(process: Process, day: date, _found: re.Match[str]) -> None:
    group = _group(process)
    process.life.ask(ask.JoinReserve(group.of.group_id, day, day, group.found(process)))


def _session(process: Process, day: date, found: re.Match[str]) -> None:
    group = _group(process)
    group.ask(process, HoldGroupSession(group.of, day, day))
    came = found["came"] == "kommer"
    process.life.ask(ask.RecordSessionAttendance(_seat(process), day, came, day, group.found(process)))


def _end(process: Process, day: date, found: re.Match[str]) -> None:
    outcome = _code(found["outcome"], {each: label(each) for each in CHOSEN})
    reason = _code(found["reason"], words()["enrolment_ends"]) if found["reason"] else None
    process.life.ask(ask.EndEnrolment(_seat(process), day, outcome, day, reason, _group(process).found(process)))


def _stands(process: Process, _day: date, found: re.Match[str]) -> None:
    enrolments = process.life.case.enrolments
    last = enrolments.all[-1].outcome if enrolments.all else None
    said = (
        "har plats" if enrolments.under_way else "står på reservlistan" if enrolments.reserve else "har ingen plats"
    )
    if not enrolments.under_way and last is not None:
        said = label(last)
    assert said == found["state"], f"expected {found['state']!r}, but it was {said!r}"


def _attended(process: Process, _day: date, found: re.Match[str]) -> None:
    seat = process.life.case.enrolments.all[-1]
    terms = fold(_group(process).log)
    counts = (sum(bool(each.attended) for each in seat.attendance), 0 if terms is None else len(terms.held))
    assert counts == (int(found["came"]), int(found["held"])), f"it was {counts[0]} of {counts[1]}"


def _seat(process: Process) -> UUID:
    seats = process.life.case.enrolments.all
    assert seats, "the person has no seat in the group"
    return seats[-1].enrolment_id


def _refusal(process: Process, command: Command) -> str:
    try:
        type(process.life)(log=list(process.log)).ask(command)
    except Refused as refused:
        return refused.message
    return "deltagaren får plats"


def _code(name: str, labels: Mapping[T, str]) -> T:
    found = [code for code, called in labels.items() if called == name]
    assert len(found) == 1, f"{name!r} is none of {', '.join(labels.values())}"
    return found[0]


_STATES: Final = "|".join(("har plats", "står på reservlistan", "har ingen plats", *map(label, EnrolmentOutcome)))
GROUP_SENTENCES: Final[Mapping[str, Sentence]] = {
    r"Gruppen ”(?P<name>.+)” läggs upp: (?P<kind>[^,]+)(?:, (?P<seats>\d+) platser)?, (?P<sessions>\d+) träffar från "
    rf"(?P<first>{_DATE})(?:, anmälan (?P<opens>{_DATE}) till (?P<closes>{_DATE}))?"
    r"(?:, bara för (?P<units>.+))?\.": _declare,
    r"(?P<count>\d+) andra har plats i gruppen\.": _others,
    r"Deltagaren får plats i gruppen\.": _enrol,
    r"Deltagaren kan inte få plats i gruppen: ”(?P<why>.+)”": _cannot_enrol,
    r"Deltagaren sätts på reservlistan\.": _wait,
    r"Gruppen träffas\. Deltagaren (?P<came>kommer|kommer inte)\.": _session,
    r"Deltagarens plats avslutas: (?P<outcome>[^(.]+?)(?: \((?P<reason>[^)]+)\))?\.": _end,
    rf"Deltagaren (?P<state>{_STATES})\.": _stands,
    r"Deltagaren har kommit till (?P<came>\d+) av (?P<held>\d+) träffar\.": _attended,
}
"""Each sentence and what it does or expects."""
