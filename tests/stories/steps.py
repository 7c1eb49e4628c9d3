"""The sentences about steps: what was reached, papers that were asked for, phases."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from contracts.catalogue import Rule
from contracts.catalogue.course import DocumentStep
from contracts.catalogue.vocabulary import words
from tests.stories.process import Process
from tests.stories.spoken import Sentence, code_of, expect


def _reach(process: Process, day: date, found: re.Match[str]) -> None:
    process.reach(day, _step(process.rule(day), found["step"]), **_details(found["said"] or ""))


def _details(said: str) -> dict[str, Any]:
    """What is said of a step: ``läkarutlåtande``, ``i vårdplanen`` or ``skattat 3,5``."""
    if not said:
        return {}
    if said.startswith("i "):
        return {"registered_in": code_of(said.removeprefix("i "), words()["registers"])}
    if said.startswith("skattat "):
        return {"score": float(said.removeprefix("skattat ").replace(",", "."))}
    return {"document": code_of(said, words()["documents"])}


def _ask(process: Process, day: date, found: re.Match[str]) -> None:
    rule = process.rule(day)
    step = _step(rule, found["step"])
    asked = rule.step(step)
    papers = asked.each if isinstance(asked, DocumentStep) else ()
    document = None if found["paper"] is None else code_of(found["paper"], words()["documents"])
    assert document is None or document in papers, f"{found['step']} has the papers {papers}"
    process.ask_for(day, step, document, code_of(found["unit"], words()["unit_kinds"]))


def _end(process: Process, day: date, found: re.Match[str]) -> None:
    process.end_request(day, code_of(found["reason"], words()["document_request_ends"]))


def _awaited(process: Process, _day: date, found: re.Match[str]) -> None:
    expect(found["count"], str(process.awaited()))


def _cannot_reach(process: Process, day: date, found: re.Match[str]) -> None:
    why = process.why_not_reach(day, _step(process.rule(day), found["step"]))
    expect(found["why"], why or "steget kan nås")


def _phase(process: Process, day: date, found: re.Match[str]) -> None:
    expect(found["phase"], process.phase(day) or "ingen")


def _left(process: Process, day: date, found: re.Match[str]) -> None:
    expect(found["steps"], ", ".join(process.left_to_do(day)) or "inget")


def _step(rule: Rule, name: str) -> str:
    return code_of(name, {step.id: step.label for step in rule.steps})


STEP_SENTENCES: Final[Mapping[str, Sentence]] = {
    r"Steg nås: (?P<step>[^(]+?)(?: \((?P<said>[^)]+)\))?\.": _reach,
    r"Handling begärs från (?P<unit>[^:]+): (?P<step>[^(]+?)(?: \((?P<paper>[^)]+)\))?\.": _ask,
    r"Handlingen väntas inte längre: (?P<reason>.+)\.": _end,
    r"Handlingar som väntas: (?P<count>\d+)\.": _awaited,
    r"Steget kan inte nås: (?P<step>[^.]+)\. ”(?P<why>.+)”": _cannot_reach,
    r"Fasen är: (?P<phase>.+)\.": _phase,
    r"Kvar att göra: (?P<steps>.+)\.": _left,
}
