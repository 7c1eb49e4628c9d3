"""``same_as``: a version takes over whole sections of an earlier one, and nothing else of it."""

from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import SECTIONS, load_insatser
from contracts.catalogue.insats import taken_over

_HEAD = {"version", "valid_from", "valid_to", "source", "readings", "same_as"}
_VERSIONS = st.fixed_dictionaries(
    {},
    optional={name: st.one_of(st.none(), st.integers(), st.text(max_size=3)) for name in (*SECTIONS, *sorted(_HEAD))},
)


@given(own=_VERSIONS, earlier=_VERSIONS)
def test_a_section_is_the_own_one_or_the_earlier_one_whole(own: dict[str, Any], earlier: dict[str, Any]) -> None:
    result = taken_over(own, earlier)
    for name in SECTIONS:
        if name in own:
            assert result[name] == own[name]
        elif name in earlier:
            assert result[name] is earlier[name]
        else:
            assert name not in result


@given(own=_VERSIONS, earlier=_VERSIONS)
def test_days_sources_and_readings_are_never_taken_over(own: dict[str, Any], earlier: dict[str, Any]) -> None:
    result = taken_over(own, earlier)
    assert {name: result[name] for name in _HEAD & set(result)} == {name: own[name] for name in _HEAD & set(own)}


@given(first=_VERSIONS, second=_VERSIONS, third=_VERSIONS)
def test_taking_over_twice_is_taking_over_what_was_taken_over(
    first: dict[str, Any], second: dict[str, Any], third: dict[str, Any]
) -> None:
    stepwise = taken_over(third, taken_over(second, first))
    at_once = taken_over({**{name: second[name] for name in SECTIONS if name in second}, **third}, first)
    assert {name: stepwise[name] for name in SECTIONS if name in stepwise} == {
        name: at_once[name] for name in SECTIONS if name in at_once
    }


_CHAIN: dict[str, Any] = {
    "id": "prov",
    "name": "Prov",
    "association": "stockholm",
    "kind": "function",
    "owner": "Förbundet",
    "parties": ["kommun"],
}


def _version(number: int, **more: Any) -> dict[str, Any]:
    return {"version": number, "valid_from": f"202{number}-01-01", "source": ["uppfoljning-2021:1"], **more}


def test_a_file_s_versions_are_whole_and_end_when_they_say_themselves(tmp_path: Path) -> None:
    role = {"id": "a", "label": "a", "does": "leads", "one_per": "insats"}
    door = {"id": "fraga", "label": "fråga", "from": ["jobbtorg"], "as": "consultation"}
    versions = [
        _version(1, roles=[role], doors=[door], valid_to="2021-12-31", readings=["vår läsning"]),
        _version(2, same_as=1, roles=[{**role, "id": "b"}]),
        _version(3, same_as=2),
        _version(4, same_as=1),
    ]
    text = yaml.safe_dump({**_CHAIN, "versions": versions}, allow_unicode=True)
    (tmp_path / "prov.yaml").write_text(text, encoding="utf-8")
    first, second, third, fourth = load_insatser(tmp_path)["prov"].versions
    assert [[each.id for each in rule.roles] for rule in (first, second, third, fourth)] == [
        ["a"],
        ["b"],
        ["b"],
        ["a"],
    ]
    assert all(rule.doors == first.doors for rule in (second, third, fourth))
    assert first.valid_to is not None
    assert [(rule.valid_to, rule.readings) for rule in (second, third, fourth)] == [(None, ())] * 3
