"""A wrong declaration of a figure is refused with its file, the line and the reason; all faults at once."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from contracts.catalogue import CatalogueError
from contracts.indicators import FactColumns, load_indicators

FACTS: Mapping[str, FactColumns] = {
    "referral": FactColumns({"case_id": "uuid", "sex": "text", "referred_on": "date"}, one_per_case=True),
    "plan": FactColumns(
        {"case_id": "uuid", "made_on": "date", "kind": "text", "size": "integer"}, one_per_case=False
    ),
    "meeting": FactColumns({"case_id": "uuid", "held_on": "date", "team": "text"}, one_per_case=False),
}

SOUND = """\
breakdowns:
  - id: sex
    label: {sv: Kön, en: Sex}
    groups:
      - {id: woman, label: {sv: Kvinnor, en: Women}, where: [{column: referral.sex, is: woman}]}
    rest: {id: unknown, label: {sv: Okänt, en: Unknown}}
  - id: kind
    label: {sv: Slag, en: Kind}
    column: kind
    rest: {id: unknown, label: {sv: Okänt, en: Unknown}}
indicators:
  - id: plans
    version: 1
    label: {sv: Planer, en: Plans}
    unit: plan
    says: {population: alla planer, period: planens dag}
    population:
      fact: plan
      where:
        - {column: size, is: 3}
        - {column: kind, in: [sip, samplan]}
      period: {kind: event, day: made_on}
    by: [sex, kind]
    source: uppfoljning-2021:164
  - id: met
    version: 1
    label: {sv: Träffade, en: Met}
    unit: ärende
    says: {population: de som träffat ett team, period: planens dag}
    of: plans
    where:
      - {exists: meeting, where: [{column: team, known: true}]}
    measure: {distinct: case_id}
    by: [sex]
    derived: härlett
  - id: wait
    version: 1
    label: {sv: Väntan, en: Wait}
    unit: dag
    says: {population: alla planer, period: planens dag}
    population:
      fact: plan
      period: {kind: event, day: made_on}
    measure: {average: {since: referral.referred_on, until: made_on}}
    derived: prövning
  - id: sizes
    version: 1
    label: {sv: Storlek, en: Size}
    unit: aktivitet
    says: {population: alla planer, period: planens dag}
    population:
      fact: plan
      period: {kind: event, day: made_on}
    measure: {average: {sum_per_case: size}}
    by: [sex]
    derived: väger lika
"""


def _faults(folder: Path, text: str) -> list[str]:
    (folder / "prov.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        load_indicators(FACTS, folder)
    return [str(fault) for fault in refused.value.faults]


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "prov.yaml").write_text(SOUND, encoding="utf-8")
    declared = load_indicators(FACTS, tmp_path)
    assert list(declared.indicators) == ["plans", "met", "wait", "sizes"]
    assert [each.id for each in declared.lineage(declared.indicators["met"])] == ["met", "plans"]


@pytest.mark.parametrize(
    ("old", "new", "line_of", "reason"),
    [
        ("fact: plan", "fact: plam", "fact: plam", "there is no fact 'plam'"),
        ("day: made_on", "day: made_of", "made_of", "there is no column 'made_of' where plan is counted"),
        ("day: made_on", "day: kind", "day: kind", "kind is of the kind text, not date"),
        ("size, is: 3", "size, is: big", "is: big", "size is of the kind integer, not text"),
        ("kind, in: [sip, samplan]", "meeting.team, is: a", "meeting.team", "there is no column 'meeting.team'"),
        ("exists: meeting", "exists: moot", "exists: moot", "there is no fact 'moot'"),
        ("team, known: true", "referral.sex, known: true", "known: true", "no column 'referral.sex' where meeting"),
        ("size, is: 3", "kind, at_least: 3", "kind, at_least", "kind is of the kind text, not integer"),
        ("size, is: 3", "size, has: big", "size, has", "size is of the kind integer, not jsonb"),
        ("of: plans", "of: plants", "of: plants", "there is no indicator 'plants'"),
        ("of: plans", "of: met", "of: met", "'met' is of itself"),
        ("by: [sex, kind]", "by: [sex, shoe]", "by: [sex, shoe]", "there is no breakdown 'shoe'"),
        (
            "    by: [sex]",
            "    by: [kind]",
            "by: [kind]",
            "cases can be broken down only by what is one for each case",
        ),
        ("distinct: case_id", "distinct: kind", "    by: [sex]", "only rows and cases can be broken down"),
        ("referral.referred_on, until", "kind, until", "{since: kind", "kind is of the kind text, not date"),
        ("sum_per_case: size", "sum_per_case: kind", "kind}}", "kind is of the kind text, not integer"),
        (
            "average: {since",
            "middle: {since",
            "{middle",
            "a measure has one of distinct, largest_group, sum, average",
        ),
        (
            "    by: [sex]\n    derived: väger",
            "    by: [kind]\n    derived: väger",
            "    by: [kind]\n",
            "one for each case",
        ),
        ("of: plans", "of: wait", "of: wait", "wait is an average, which has no parts"),
        ("{distinct: case_id}", "{average: {sum_per_case: size}}", "  - id: met", "an average is no part of another"),
        ("uppfoljning-2021:164", "uppfoljning-1921:164", "1921", "'uppfoljning-1921' is no report"),
        ("    derived: härlett\n", "", "id: met", "an indicator has a source, or says what it is derived from"),
        ("size, is: 3", "size, about: 3", "about: 3", "a condition has one of is, in, not_in, known, day, at_least"),
        ("id: met", "id: plans", "  - id: plans\n    version: 1\n    label: {sv: Träff", "'plans' is declared twice"),
        ("kind, in: [sip", 'kind, in: ["x\' OR 1 = 1"', "OR 1", "give a code, a whole number, true or false"),
        ("column: size", "column: size)", "size)", "String should match pattern"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, old: str, new: str, line_of: str, reason: str) -> None:
    assert old in SOUND
    text = SOUND.replace(old, new, 1)
    line = text[: text.index(line_of)].count("\n") + 1
    faults = _faults(tmp_path, text)
    assert any(each.startswith(f"prov.yaml:{line}: ") and reason in each for each in faults), faults


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    text = SOUND.replace("size, is: 3", "sise, is: 3").replace("team, known", "tem, known")
    assert len(_faults(tmp_path, text)) == 2
