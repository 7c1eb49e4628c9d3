"""The sentences that stories are written in, and what each does or expects.

A story is a text in Swedish for the people who work in an insats. Its words for meetings, roles, plans, reasons and
units are those of the insats' rule in the catalogue; a word that the rule does not have fails the story.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, TypeVar

from contracts.catalogue import Rule
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import Benefit, BenefitStatus, MeetingMode, Member, Sex
from contracts.labels import label
from services.planning.domain.decide_meetings import may_be_present
from services.planning.domain.exits import ExitAnswers
from services.referral.domain.case import CaseState
from services.referral.domain.return_reasons import return_reasons
from tests.stories.group_sentences import GROUP_SENTENCES
from tests.stories.process import EmploymentTerms, Person, Process
from tests.stories.spoken import Sentence, code_of, expect
from tests.stories.steps import STEP_SENTENCES

Listed = TypeVar("Listed", Member, Benefit)

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
    unit_kind = code_of(found["unit"], {each: word_label("unit_kinds", each) for each in words()["unit_kinds"]})
    doors = [door for door in rule.doors if door.leads_to_a_case and unit_kind in door.admits]
    assert found["door"] in {door.label for door in doors}, f"{found['unit']} comes in by {doors}"
    person = Person(
        sex=_SEXES[found["who"]],
        age=int(found["age"]),
        needs=_codes(found["needs"], Member),
        benefits=_codes(found["benefits"], Benefit) if found["benefits"] else (),
        consents=not found["refuses"],
    )
    shortcut = next((door.id for door in rule.shortcuts if door.label == found["door"]), None)
    process.refer(day, person, unit_kind, shortcut)


def _accept(process: Process, day: date, _found: re.Match[str]) -> None:
    process.accept(day)


def _send_back(process: Process, day: date, found: re.Match[str]) -> None:
    process.send_back(day, code_of(found["reason"], return_reasons(process.insats, day)))


def _withdraw(process: Process, day: date, _found: re.Match[str]) -> None:
    process.withdraw_consent(day)


def _book(process: Process, day: date, found: re.Match[str]) -> None:
    meets_on = date.fromisoformat(found["on"])
    mode = code_of(found["mode"], {each: label(each) for each in MeetingMode})
    process.book(day, _meeting(process.rule(meets_on), found["meeting"]), meets_on, mode, found["team"])


def _hold(process: Process, day: date, found: re.Match[str]) -> None:
    rule = process.rule(day)
    kind = _meeting(rule, found["meeting"])
    meeting = rule.meeting(kind)
    assert meeting is not None
    names = {each: rule.who(each) for each in may_be_present(meeting)}
    present = [code_of(each, names) for each in found["present"].split(", ")] if found["present"] else None
    process.hold(day, kind, present)


def _plan(process: Process, day: date, found: re.Match[str]) -> None:
    plan = process.rule(day).plan
    assert plan is not None, "the insats makes no plans"
    assert found["plan"] == plan.label, f"the plan is called {plan.label}"
    kinds = {each: word_label("activity_kinds", each) for each in words()["activity_kinds"]}
    parts = [each.partition(": ") for each in found["activities"].split("; ")]
    process.plan(day, [(_codes(who, Member)[0], code_of(what, kinds)) for who, _, what in parts])


def _support(process: Process, day: date, found: re.Match[str]) -> None:
    process.support(day, code_of(found["role"], {role.id: role.label for role in process.rule(day).roles}))


def _start(process: Process, day: date, _found: re.Match[str]) -> None:
    process.start(day)


def _employ(process: Process, day: date, found: re.Match[str]) -> None:
    terms = EmploymentTerms(
        from_on=date.fromisoformat(found["from"]),
        until_on=date.fromisoformat(found["until"]) if found["until"] else None,
        support=code_of(found["support"], words()["exit_supports"]),
        extent_percent=int(found["extent"]),
        kom_i_jobb=found["kom"] != "A",
    )
    process.employ(day, terms, prolongs=found["how"] == "förlängs")


def _employment_ends(process: Process, day: date, found: re.Match[str]) -> None:
    process.end_employment(day, code_of(found["reason"], words()["employment_ends"]))


def _benefit(process: Process, day: date, found: re.Match[str]) -> None:
    status = code_of(found["status"], {each: label(each) for each in BenefitStatus})
    process.decide_benefit(day, code_of(found["benefit"], words()["benefits"]), status)


def _limits(process: Process, day: date, found: re.Match[str]) -> None:
    expect(found["limits"], ", ".join(f"{clock} {last}" for clock, last in process.limits(day)) or "inga")


def _leave(process: Process, day: date, found: re.Match[str]) -> None:
    exits = process.rule(day).exits
    assert exits is not None, "the insats has no reasons to leave for"
    reasons = {each.code: each.label or word_label("exit_reasons", each.code) for each in exits.reasons}
    process.leave(day, code_of(found["reason"], reasons), _answers(found["answers"] or ""))


def _answers(told: str) -> ExitAnswers:
    """What is answered of the exit: ``omfattning 50 %; lönebidrag eller annat lönestöd; till arbete``."""
    given: dict[str, Any] = {}
    for each in filter(None, told.split("; ")):
        if extent := re.fullmatch(r"omfattning (\d+) %", each):
            given["extent_percent"] = int(extent[1])
        elif each in ("fortsatt planering", "ingen fortsatt planering"):
            given["continued_planning"] = each == "fortsatt planering"
        elif each.startswith("till "):
            given["destination"] = code_of(each.removeprefix("till "), words()["destinations"])
        else:
            given["support"] = code_of(each, words()["exit_supports"])
    return ExitAnswers(**given)


def _cannot_leave(process: Process, day: date, found: re.Match[str]) -> None:
    exits = process.rule(day).exits
    assert exits is not None, "the insats has no reasons to leave for"
    reasons = {each.code: each.label or word_label("exit_reasons", each.code) for each in exits.reasons}
    why = process.why_not_leave(day, code_of(found["reason"], reasons))
    expect(found["why"], why or "deltagaren kan sluta")


def _acknowledge(process: Process, day: date, _found: re.Match[str]) -> None:
    process.acknowledge(day)


def _back(process: Process, day: date, found: re.Match[str]) -> None:
    rule = process.rule(day)
    to = process.handed_back_to
    role = None if to is None else rule.role(to)
    expect(found["to"], "ingen" if to is None else word_label("unit_kinds", to) if role is None else role.label)


def _reopen(process: Process, day: date, _found: re.Match[str]) -> None:
    process.reopen(day)


def _in_error(process: Process, day: date, _found: re.Match[str]) -> None:
    process.exit_in_error(day)


def _exits(process: Process, _day: date, found: re.Match[str]) -> None:
    expect(found["count"], str(process.exits))


def _cannot_start(process: Process, day: date, found: re.Match[str]) -> None:
    expect(found["why"], process.why_not_start(day) or "deltagaren kan börja")


def _heard(process: Process, day: date, found: re.Match[str]) -> None:
    expect(found["steps"], ", ".join(label(each) for each in process.heard(day)))


def _owed(process: Process, day: date, found: re.Match[str]) -> None:
    expect(found["days"], ", ".join(each.isoformat() for each in process.follow_ups(day)))


def _stands(process: Process, _day: date, found: re.Match[str]) -> None:
    expect(STATES[found["state"]], process.state)


_SENTENCES: Final[Mapping[str, Sentence]] = {
    r"(?P<who>En kvinna|En man) på (?P<age>\d+) år anmäls genom ”(?P<door>.+)” från (?P<unit>.+?)\. "
    r"Stöd behövs från (?P<needs>[^.]+)\.(?: Försörjning: (?P<benefits>[^.]+)\.)?"
    r"(?P<refuses> Samtycke till individuell uppföljning lämnas inte\.)?": _refer,
    r"Anmälan antas\.": _accept,
    r"Anmälan återremitteras: (?P<reason>.+)\.": _send_back,
    r"Samtycket tas tillbaka\.": _withdraw,
    r"Möte bokas: (?P<meeting>.+) (?P<on>\d{4}-\d\d-\d\d), (?P<mode>\w+)(?: \((?P<team>team-\d)\))?\.": _book,
    r"Möte hålls: (?P<meeting>[^(]+?)(?: \(med (?P<present>[^)]+)\))?\.": _hold,
    r"Plan görs: (?P<plan>[^.]+)\. (?P<activities>.+)\.": _plan,
    r"Stöd börjar: (?P<role>.+)\.": _support,
    r"Deltagaren börjar i insatsen\.": _start,
    r"(?P<kom>Kommunal a|A)nställning (?P<how>beslutas|förlängs): från (?P<from>\d{4}-\d\d-\d\d)"
    r"(?: till (?P<until>\d{4}-\d\d-\d\d))?, (?P<support>[^,]+), (?P<extent>\d+) %\.": _employ,
    r"Anställningen upphör: (?P<reason>.+)\.": _employment_ends,
    r"Ersättning (?P<status>sökt|beviljad|avslagen): (?P<benefit>.+)\.": _benefit,
    r"Tidsgränser löper: (?P<limits>.+)\.": _limits,
    r"Deltagaren slutar i insatsen: (?P<reason>[^.(]+?)(?: \((?P<answers>[^)]+)\))?\.": _leave,
    r"Deltagaren kan inte sluta: (?P<reason>[^.]+)\. ”(?P<why>.+)”": _cannot_leave,
    r"Avslutet var felregistrerat\.": _in_error,
    r"Ärendet öppnas igen\.": _reopen,
    r"Ärendet återförs till (?P<to>.+)\.": _back,
    r"Anmälaren tar emot återföringen\.": _acknowledge,
    r"Avslut i ärendet: (?P<count>\d+)\.": _exits,
    r"Deltagaren kan inte börja än: ”(?P<why>.+)”": _cannot_start,
    r"Anmälaren har fått veta: (?P<steps>.+)\.": _heard,
    r"Uppföljningar ska göras: (?P<days>.+)\.": _owed,
    **STEP_SENTENCES,
    rf"Ärendet (?P<state>{'|'.join(STATES)})\.": _stands,
    **GROUP_SENTENCES,
}


def _meeting(rule: Rule, name: str) -> str:
    return code_of(name, {meeting.id: meeting.label for meeting in rule.meetings})


def _codes(names: str, among: type[Listed]) -> tuple[Listed, ...]:
    labels = {each: label(each) for each in among}
    return tuple(code_of(name, labels) for name in re.split(r", | och ", names))
