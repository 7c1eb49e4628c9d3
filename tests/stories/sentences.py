"""The sentences that stories are written in, and what each does or expects.

A story is a text in Swedish for the people who work in an insats. Its words for meetings, roles, plans, reasons and
units are those of the insats' rule in the catalogue; a word that the rule does not have fails the story.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, TypeVar

from contracts.catalogue import Rule
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import Benefit, MeetingMode, Member, Sex
from contracts.labels import label
from services.referral.domain.case import CaseState
from services.referral.domain.return_reasons import return_reasons
from tests.stories.process import Person, Process

T = TypeVar("T")
Listed = TypeVar("Listed", Member, Benefit)
Sentence = Callable[[Process, date, re.Match[str]], None]

STATES: Final = {
    "väntar på svar": CaseState.WAITING,
    "är antaget": CaseState.ACCEPTED,
    "pågår": CaseState.STARTED,
    "är återremitterat": CaseState.RETURNED,
    "är avslutat": CaseState.CLOSED,
}
_SEXES: Final = {"En kvinna": Sex.WOMAN, "En man": Sex.MAN}


def carry_out(process: Process, day: date, text: str) -> None:
    """Does what a sentence says, or checks what it expects. Raises AssertionError or Refused."""
    for pattern, sentence in _SENTENCES.items():
        if found := re.fullmatch(pattern, text):
            sentence(process, day, found)
            return
    raise AssertionError(f"no sentence like: {text}")


def _refer(process: Process, day: date, found: re.Match[str]) -> None:
    rule = process.rule(day)
    unit_kind = _code(found["unit"], {each: word_label("unit_kinds", each) for each in words()["unit_kinds"]})
    doors = [door for door in rule.doors if door.leads_to_a_case and unit_kind in door.admits]
    assert found["door"] in {door.label for door in doors}, f"{found['unit']} comes in by {doors}"
    person = Person(
        sex=_SEXES[found["who"]],
        age=int(found["age"]),
        needs=_codes(found["needs"], Member),
        benefits=_codes(found["benefits"], Benefit) if found["benefits"] else (),
        consents=not found["refuses"],
    )
    process.refer(day, person, unit_kind)


def _accept(process: Process, day: date, _found: re.Match[str]) -> None:
    process.accept(day)


def _send_back(process: Process, day: date, found: re.Match[str]) -> None:
    process.send_back(day, _code(found["reason"], return_reasons(process.insats, day)))


def _withdraw(process: Process, day: date, _found: re.Match[str]) -> None:
    process.withdraw_consent(day)


def _book(process: Process, day: date, found: re.Match[str]) -> None:
    meets_on = date.fromisoformat(found["on"])
    mode = _code(found["mode"], {each: label(each) for each in MeetingMode})
    process.book(day, _meeting(process.rule(meets_on), found["meeting"]), meets_on, mode, found["team"])


def _hold(process: Process, day: date, found: re.Match[str]) -> None:
    process.hold(day, _meeting(process.rule(day), found["meeting"]))


def _plan(process: Process, day: date, found: re.Match[str]) -> None:
    plan = process.rule(day).plan
    assert plan is not None, "the insats makes no plans"
    assert found["plan"] == plan.label, f"the plan is called {plan.label}"
    kinds = {each: word_label("activity_kinds", each) for each in words()["activity_kinds"]}
    parts = [each.partition(": ") for each in found["activities"].split("; ")]
    process.plan(day, [(_codes(who, Member)[0], _code(what, kinds)) for who, _, what in parts])


def _support(process: Process, day: date, found: re.Match[str]) -> None:
    process.support(day, _code(found["role"], {role.id: role.label for role in process.rule(day).roles}))


def _start(process: Process, day: date, _found: re.Match[str]) -> None:
    process.start(day)


def _leave(process: Process, day: date, found: re.Match[str]) -> None:
    exits = process.rule(day).exits
    assert exits is not None, "the insats has no reasons to leave for"
    reasons = {each.code: each.label or word_label("exit_reasons", each.code) for each in exits.reasons}
    process.leave(day, _code(found["reason"], reasons))


def _cannot_start(process: Process, day: date, found: re.Match[str]) -> None:
    _expect(found["why"], process.why_not_start(day) or "deltagaren kan börja")


def _heard(process: Process, day: date, found: re.Match[str]) -> None:
    _expect(found["steps"], ", ".join(label(each) for each in process.heard(day)))


def _owed(process: Process, day: date, found: re.Match[str]) -> None:
    _expect(found["days"], ", ".join(each.isoformat() for each in process.follow_ups(day)))


def _stands(process: Process, _day: date, found: re.Match[str]) -> None:
    _expect(STATES[found["state"]], process.state)


_SENTENCES: Final[Mapping[str, Sentence]] = {
    r"(?P<who>En kvinna|En man) på (?P<age>\d+) år anmäls genom ”(?P<door>.+)” från (?P<unit>.+?)\. "
    r"Stöd behövs från (?P<needs>[^.]+)\.(?: Försörjning: (?P<benefits>[^.]+)\.)?"
    r"(?P<refuses> Samtycke till individuell uppföljning lämnas inte\.)?": _refer,
    r"Anmälan antas\.": _accept,
    r"Anmälan återremitteras: (?P<reason>.+)\.": _send_back,
    r"Samtycket tas tillbaka\.": _withdraw,
    r"Möte bokas: (?P<meeting>.+) (?P<on>\d{4}-\d\d-\d\d), (?P<mode>\w+)(?: \((?P<team>team-\d)\))?\.": _book,
    r"Möte hålls: (?P<meeting>.+)\.": _hold,
    r"Plan görs: (?P<plan>[^.]+)\. (?P<activities>.+)\.": _plan,
    r"Stöd börjar: (?P<role>.+)\.": _support,
    r"Deltagaren börjar i insatsen\.": _start,
    r"Deltagaren slutar i insatsen: (?P<reason>.+)\.": _leave,
    r"Deltagaren kan inte börja än: ”(?P<why>.+)”": _cannot_start,
    r"Anmälaren har fått veta: (?P<steps>.+)\.": _heard,
    r"Uppföljningar ska göras: (?P<days>.+)\.": _owed,
    rf"Ärendet (?P<state>{'|'.join(STATES)})\.": _stands,
}


def _expect(expected: str, found: str) -> None:
    assert found == expected, f"expected {expected!r}, but it was {found!r}"


def _meeting(rule: Rule, name: str) -> str:
    return _code(name, {meeting.id: meeting.label for meeting in rule.meetings})


def _code(name: str, labels: Mapping[T, str]) -> T:
    """What is called that. Raises AssertionError if nothing is."""
    found = [code for code, called in labels.items() if called == name]
    assert len(found) == 1, f"{name!r} is none of {', '.join(labels.values())}"
    return found[0]


def _codes(names: str, among: type[Listed]) -> tuple[Listed, ...]:
    labels = {each: label(each) for each in among}
    return tuple(_code(name, labels) for name in re.split(r", | och ", names))
