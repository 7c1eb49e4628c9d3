"""A wrong file of the catalogue is refused with its name, the line and the reason; all faults at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from contracts.catalogue import CatalogueError, load_agencies, load_insatser

SOUND = """\
id: prov
name: Prov
association: stockholm
kind: individual
owner: Förbundet
parties: [kommun, region]
versions:
  - version: 1
    valid_from: 2020-01-01
    source: [uppfoljning-2021:1-3]
    doors:
      - {id: anmalan, label: anmälan, from: [jobbtorg], as: referral}
    roles:
      - {id: handledare, label: handledare, does: supports, one_per: case}
      - {id: anmalare, label: anmälare, does: refers, one_per: case}
    capacity:
      - {kind: caseload, id: handledare, seats: 5}
    gate: {kind: meeting, meeting: samtal, decided_by: handledare}
    meetings:
      - {id: samtal, label: samtal, called_by: handledare}
    steps:
      - {id: tilldelad, label: tilldelad, kind: assignment, role: handledare}
    plan: {kind: handlingsplan, label: plan, made_at: samtal}
    follow_ups:
      - {id: efter-tva, anchor: plan, months: 2, responsible: handledare}
    clocks:
      - {id: vantan, label: väntan, starts: anmalan, stops: [held.samtal, return]}
    exits:
      hand_back: {to: anmalare}
      reasons:
        - {code: work, national: "1"}
    goals:
      - {id: antal, text: tio deltagare, counts: assigned.handledare, target: 10}
  - version: 2
    valid_from: 2021-01-01
    source: [uppfoljning-2021:4]
    same_as: 1
    queue: {order: arrival}
"""


def _faults(folder: Path, text: str, name: str = "prov.yaml") -> list[str]:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        load_insatser(folder)
    return [str(fault) for fault in refused.value.faults]


def _line(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "prov.yaml").write_text(SOUND, encoding="utf-8")
    assert [rule.version for rule in load_insatser(tmp_path)["prov"].versions] == [1, 2]


@pytest.mark.parametrize(
    ("sound", "broken", "at", "reason"),
    [
        ("id: prov", "id: annan", "id: annan", "name the file annan.yaml"),
        ("association: stockholm", "association: mars", "association", "'mars' is no word of associations"),
        ("kind: individual", "kind: hobby", "kind: hobby", "Input should be 'individual'"),
        ("kind: individual", "kind: function", "version: 1", "a function has no participants"),
        ("kind: individual", "kind: course", "version: 1", "a course has a capacity of kind group"),
        ("kind: individual", "kind: structural", "version: 1", "a structural insats has no persons"),
        ("[kommun, region]", "[kommun, landsting]", "parties", "Input should be 'arbetsformedlingen'"),
        ("owner: Förbundet", "owner: Förbundet\nbudget: 3", "budget", "Extra inputs are not permitted"),
        ("owner: Förbundet", "owner: Förbundet\nowner: Staden", "owner: Staden", "'owner' is given twice"),
        ("owner: Förbundet", "owner: [Förbundet", "parties", "not YAML"),
        ("owner: Förbundet\n", "", "id: prov", "owner: Field required"),
        ("owner: Förbundet", "owner: F\ndelivered_by: mars", "delivered_by", "'mars' is no unit of agencies.yaml"),
        ("- version: 2", "- version: 4", "version: 4", "versions are numbered 1, 2, 3"),
        ("2021-01-01", "2019-01-01", "2019-01-01", "a version begins after the one before it"),
        ("2021-01-01", "2021-13-01", "2021-13-01", "valid_from"),
        ("2021-01-01", "2021-01-01\n    valid_to: 2020-01-01", "version: 2", "is before valid_from"),
        ("same_as: 1", "same_as: 2", "same_as: 2", "same_as: 2 is no earlier version"),
        ("[uppfoljning-2021:4]", "[hörsägen:4]", "hörsägen", "String should match pattern"),
        ("[uppfoljning-2021:4]", "[rykten:4]", "rykten", "'rykten:4' names no report of reports.yaml"),
        ("    source: [uppfoljning-2021:4]\n", "", "version: 2", "source: Field required"),
        ("from: [jobbtorg]", "from: [mars]", "from: [mars]", "'mars' is no word of unit_kinds"),
        ("as: referral", "as: visit", "as: visit", "Input should be 'referral'"),
        ("as: referral", "as: referral, opens: {insats: borta, meeting: x}", "opens", "'borta' is no insats of the"),
        ("as: referral", "as: referral, opens: {insats: prov, meeting: x}", "opens", "prov has no meeting 'x'"),
        ("does: supports", "does: rules", "does: rules", "Input should be 'refers'"),
        ("{id: anmalare,", "{id: handledare,", "does: refers", "'handledare' is given twice in roles"),
        ("does: supports", "does: supports, held_by: arbetsformedlingen", "held_by", "nobody can hold 'handledare'"),
        ("kind: caseload, id: handledare", "kind: caseload, id: ingen", "id: ingen", "'ingen' is no role of this"),
        ("kind: caseload", "kind: rymd", "kind: rymd", "does not match any of the expected tags"),
        ("meeting: samtal,", "meeting: saknas,", "meeting: saknas", "'saknas' is no meeting of this version"),
        ("called_by: handledare", "called_by: ingen", "called_by", "'ingen' is no role of this version"),
        ("called_by: handledare", "called_by: handledare, seat_in: rum", "seat_in", "'rum' is no capacity of this"),
        ("called_by: handledare", "called_by: handledare, plan_form: prov", "plan_form", "prov is no plan_form"),
        ("role: handledare", "role: ingen", "role: ingen", "'ingen' is no role of this version"),
        ("made_at: samtal", "made_at: mote", "made_at", "'mote' is no meeting of this version"),
        (", made_at: samtal", "", "version: 1", "plan: give made_at or made_by"),
        ("months: 2", "months: 0", "months: 0", "greater than or equal to 1"),
        ("months: 2", "months: -6", "months: -6", "greater than or equal to 1"),
        ("months: 2", "every_months: 3, months: 2", "efter-tva", "give either months or every_months"),
        ("responsible: handledare", "responsible: ingen", "efter-tva", "'ingen' is no role of this version"),
        ("anchor: plan", "anchor: moon", "anchor: moon", "does not match any of the expected tags"),
        ("starts: anmalan", "starts: nagonting", "vantan", "'nagonting' is no known event"),
        ("held.samtal", "held.fest", "vantan", "'held.fest': 'fest' is no meeting of this version"),
        ("starts: anmalan,", "starts: anmalan, on_expiry: tell,", "vantan", "on_expiry needs a limit"),
        ("starts: anmalan,", "starts: anmalan, limit: {days: 3, weeks: 1},", "vantan", "in exactly one of them"),
        (', national: "1"', "", "code: work", "national: Field required"),
        ("code: work", "code: lyckad", "lyckad", "'lyckad' is no word of exit_reasons"),
        ("hand_back: {to: anmalare}", "hand_back: {to: ingen}", "hand_back", "'ingen' is no role of this version"),
        ("assigned.handledare", "assigned.ingen", "assigned.ingen", "'ingen' is no role of this version"),
        ("assigned.handledare", "lycka", "counts: lycka", "'lycka' is no known event"),
    ],
)
def test_a_fault_is_told_by_file_line_and_reason(
    tmp_path: Path, sound: str, broken: str, at: str, reason: str
) -> None:
    assert sound in SOUND
    text = SOUND.replace(sound, broken, 1)
    faults = _faults(tmp_path, text)
    assert any(fault.startswith(f"prov.yaml:{_line(text, at)}: ") and reason in fault for fault in faults), faults


def test_every_fault_of_every_file_is_told(tmp_path: Path) -> None:
    other = SOUND.replace("id: prov", "id: annan", 1).replace("months: 2", "months: 0")
    (tmp_path / "annan.yaml").write_text(other, encoding="utf-8")
    faults = _faults(
        tmp_path, SOUND.replace("meeting: samtal,", "meeting: x,").replace("role: handledare", "role: y")
    )
    assert [fault.partition(":")[0] for fault in faults] == ["annan.yaml", "prov.yaml", "prov.yaml"]


def test_a_fault_in_a_section_taken_over_is_told_once_where_it_is_written(tmp_path: Path) -> None:
    text = SOUND.replace("called_by: handledare", "called_by: ingen")
    assert len(_faults(tmp_path, text)) == 1


def test_a_reference_that_a_new_version_breaks_is_told_where_it_is_written(tmp_path: Path) -> None:
    text = SOUND + "    roles:\n      - {id: anmalare, label: anmälare, does: refers, one_per: case}\n"
    told = _faults(tmp_path, text)
    assert f"prov.yaml:{_line(text, 'kind: assignment')}: 'handledare' is no role of this version" in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "prov.yaml:1: the file is empty"),
        ("- 1\n", "prov.yaml:1: "),
        ("versions: 3\n", "prov.yaml:1: versions: "),
    ],
)
def test_a_file_that_is_no_insats_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert any(fault.startswith(said) for fault in _faults(tmp_path, text))


def test_an_agency_without_units_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "agencies.yaml"
    path.write_text("agencies:\n  - {id: a, name: A, member: kommun, units: []}\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"^agencies\.yaml:2: units: "):
        load_agencies(path)


def test_a_service_that_imports_a_wrong_catalogue_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "prov.yaml").write_text(SOUND.replace("months: 2", "months: 0"), encoding="utf-8")
    program = (
        "import pathlib, contracts.catalogue.loading as loading\n"
        f"loading.load_insatser.__defaults__ = (pathlib.Path({str(tmp_path)!r}), None)\n"
        "import services.planning.app\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "prov.yaml:25: " in ended.stderr
