"""Published schemas change only as the rules allow, and the checker of those rules can be trusted."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from contracts.compatibility import consented_codes, incompatibilities
from contracts.generate import FOLDER, event_schemas
from contracts.release import broken_promises, schemas
from contracts.release import main as release
from tests.contract.corpus import EXAMPLES

PUBLISHED = event_schemas()
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])

Json = dict[str, Any]


def test_no_committed_schema_breaks_a_released_one() -> None:
    assert broken_promises(schemas(FOLDER / "released"), schemas(FOLDER / "schemas"), consented_codes()) == {}


def _folder_with(tmp_path: Path, schema: Json) -> Path:
    path = tmp_path / "schemas" / "SamplanUpprättad" / "v1.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(schema), encoding="utf-8")
    return tmp_path


def test_a_release_is_what_a_later_change_is_compared_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    released = PUBLISHED["SamplanUpprättad"]
    assert release(_folder_with(tmp_path, released)) == 0

    broken = copy.deepcopy(released)
    del broken["properties"]["data"]["properties"]["rule"]
    capsys.readouterr()
    assert release(_folder_with(tmp_path, broken)) == 1
    assert capsys.readouterr().out == "SamplanUpprättad/v1.json: data.rule: removed or renamed\n"
    assert schemas(tmp_path / "released") == {"SamplanUpprättad/v1.json": released}

    (tmp_path / "schemas" / "SamplanUpprättad" / "v1.json").unlink()
    assert release(tmp_path) == 1
    assert capsys.readouterr().out == "SamplanUpprättad/v1.json: taken away\n"


def test_before_the_first_release_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    assert schemas(tmp_path / "released") == {}


# The rules, one by one

_SMALL: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "sex": {"$ref": "#/$defs/Sex"},
        "months": {"type": "integer", "minimum": 1},
        "needs": {"type": "array", "items": {"type": "string"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    },
    "required": ["sex"],
    "$defs": {"Sex": {"enum": ["woman", "man"], "type": "string", "title": "Sex"}},
}


def _changed(change: Callable[[Json], object]) -> Json:
    schema = copy.deepcopy(_SMALL)
    change(schema)
    return schema


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s["properties"].pop("months"), "months: removed or renamed"),
        (lambda s: s["properties"].update(month=s["properties"].pop("months")), "months: removed or renamed"),
        (lambda s: s["required"].append("months"), "months: now required"),
        (lambda s: s.update(required=[]), "sex: no longer promised"),
        (lambda s: s["properties"]["months"].update(minimum=2), "months: minimum 1 became 2"),
        (lambda s: s["properties"]["months"].update(maximum=60), "months: maximum 60 was added"),
        (lambda s: s["properties"]["months"].pop("minimum"), "months: minimum 1 was dropped"),
        (lambda s: s["properties"]["months"].update(type="string"), "months: type 'integer' became 'string'"),
        (lambda s: s["properties"]["months"].update(enum=[2, 6]), "months: a code list was put on free text"),
        (lambda s: s["$defs"]["Sex"].pop("enum"), "sex: a code list was taken away"),
        (lambda s: s["$defs"]["Sex"]["enum"].remove("man"), "sex: the code 'man' was removed"),
        (
            lambda s: s["$defs"]["Sex"]["enum"].append("other"),
            "sex: the new code 'other' of Sex lacks its consumers' consent",
        ),
        (lambda s: s["properties"]["needs"]["items"].update(type="integer"), "needs[]: type 'string' became"),
        (lambda s: s["properties"]["needs"].pop("items"), "needs: what the list holds was freed"),
        (lambda s: s["properties"]["note"]["anyOf"].pop(), "note: 2 alternatives became 1"),
        (lambda s: s["properties"]["note"].update(default=""), "note: default None became ''"),
        (lambda s: s.update(additionalProperties=True), "(the whole): additionalProperties False became True"),
    ],
)
def test_a_breaking_change_is_named_with_its_place(change: Callable[[Json], object], said: str) -> None:
    found = incompatibilities(_SMALL, _changed(change))
    assert len(found) == 1
    assert found[0].startswith(said)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["properties"].update(team={"type": "string"}),
        lambda s: (
            s["properties"].update(team={"$ref": "#/$defs/Team"}) or s["$defs"].update(Team={"enum": ["team-1"]})
        ),
        lambda s: s["$defs"]["Sex"].update(description="As stated by the referrer."),
        lambda s: s["properties"].update(sex=s["$defs"].pop("Sex")),
        lambda s: (
            s["properties"].update(sex={"$ref": "#/$defs/Gender"}) or s["$defs"].update(Gender=s["$defs"].pop("Sex"))
        ),
    ],
    ids=["an optional field", "with a list of its own", "a description", "written in place", "another key"],
)
def test_an_allowed_change_passes(change: Callable[[Json], object]) -> None:
    assert incompatibilities(_SMALL, _changed(change)) == []


def test_a_new_code_passes_with_its_consumers_consent() -> None:
    schema = _changed(lambda s: s["$defs"]["Sex"]["enum"].append("other"))
    assert incompatibilities(_SMALL, schema, {"Sex": ["other"]}) == []
    assert incompatibilities(_SMALL, schema, {"Sex": ["unknown"], "Member": ["other"]}) != []


def test_consents_are_read_from_their_file_and_name_who_consents(tmp_path: Path) -> None:
    path = tmp_path / "codes.yaml"
    path.write_text("Benefit:\n  - {code: study_support, consumers: [reporting]}\n", encoding="utf-8")
    assert consented_codes(path) == {"Benefit": ["study_support"]}
    path.write_text("Benefit:\n  - {code: study_support, consumers: []}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="consumers"):
        consented_codes(path)


def test_a_schema_that_refers_to_itself_is_compared_to_its_end() -> None:
    tree: Json = {
        "$ref": "#/$defs/Node",
        "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}},
    }
    other = copy.deepcopy(tree)
    other["$defs"]["Node"]["type"] = "array"
    assert incompatibilities(tree, tree) == []
    assert incompatibilities(tree, other) == ["(the whole): type 'object' became 'array'"]


# The rules on the real schemas, changed at random


def _walk(part: Any) -> Iterator[Json]:
    """Every schema within a schema, itself first."""
    yield part
    for held in (*part.get("properties", {}).values(), *part.get("$defs", {}).values()):
        yield from _walk(held)
    for held in (*part.get("anyOf", []), *([part["items"]] if "items" in part else [])):
        yield from _walk(held)


def _names(part: Json) -> list[str]:
    return sorted(part.get("properties", {}))


@st.composite
def _allowed(draw: st.DrawFn) -> tuple[str, Json]:
    """A schema with one to five changes of the kinds allowed within v1."""
    name = draw(st.sampled_from(sorted(PUBLISHED)))
    schema = copy.deepcopy(PUBLISHED[name])
    for _ in range(draw(st.integers(1, 5))):
        part = draw(st.sampled_from(list(_walk(schema))))
        if "properties" in part and draw(st.booleans()):
            new = draw(st.sampled_from(["x_team", "x_hours", "x_cause"]))
            part["properties"][new] = draw(st.sampled_from([{"type": "string"}, {"enum": ["a", "b"]}]))
        else:
            part[draw(st.sampled_from(["description", "$comment"]))] = draw(st.text(max_size=10))
    return name, schema


@st.composite
def _breaking(draw: st.DrawFn) -> tuple[str, Json]:
    """A schema with one breaking change at a random place that the events really use."""
    name = draw(st.sampled_from(sorted(PUBLISHED)))
    schema = copy.deepcopy(PUBLISHED[name])
    part = draw(st.sampled_from(list(_walk(schema))))
    kinds = [kind for kind, fits in _BREAKS.items() if fits(part)]
    assume(kinds)
    _break(draw, draw(st.sampled_from(kinds)), part)
    return name, schema


_BREAKS: dict[str, Callable[[Json], bool]] = {
    "remove": lambda part: bool(_names(part)),
    "rename": lambda part: bool(_names(part)),
    "require": lambda part: any(name not in part.get("required", []) for name in _names(part)),
    "stop promising": lambda part: bool(part.get("required")),
    "add required": lambda part: "properties" in part,
    "open": lambda part: "additionalProperties" in part,
    "remove a code": lambda part: "enum" in part,
    "add a code": lambda part: "enum" in part,
    "change the type": lambda part: "type" in part,
    "narrow": lambda part: part.get("type") in {"string", "integer", "array"} and "enum" not in part,
    "change a constant": lambda part: "const" in part,
}


def _break(draw: st.DrawFn, kind: str, part: Json) -> None:  # noqa: C901 - one arm for each kind
    fields = part.get("properties", {})
    match kind:
        case "remove":
            del fields[draw(st.sampled_from(_names(part)))]
        case "rename":
            name = draw(st.sampled_from(_names(part)))
            fields[f"x_{name}"] = fields.pop(name)
        case "require":
            optional = [name for name in _names(part) if name not in part.get("required", [])]
            part["required"] = [*part.get("required", []), draw(st.sampled_from(optional))]
        case "stop promising":
            part["required"].remove(draw(st.sampled_from(part["required"])))
        case "add required":
            fields["x_new"] = {"type": "string"}
            part["required"] = [*part.get("required", []), "x_new"]
        case "open":
            del part["additionalProperties"]
        case "remove a code":
            part["enum"].remove(draw(st.sampled_from(part["enum"])))
        case "add a code":
            part["enum"].append("x_code")
        case "change the type":
            part["type"] = "string" if part["type"] == "number" else "number"
        case "narrow":
            limit = {"string": "maxLength", "integer": "maximum", "array": "maxItems"}[part["type"]]
            part[limit] = part.get(limit, 1_000) - 1
        case "change a constant":
            part["const"] += "x"
        case _:
            raise AssertionError(kind)


@_UNHURRIED
@given(_allowed())
def test_any_mixture_of_allowed_changes_passes(changed: tuple[str, Json]) -> None:
    name, schema = changed
    assert incompatibilities(PUBLISHED[name], schema) == []
    # And what was written before still holds under the changed schema.
    validator = jsonschema.Draft202012Validator(schema)
    for example in EXAMPLES:
        if example.type == name:
            validator.validate(example.event)


@_UNHURRIED
@given(_breaking())
def test_any_breaking_change_is_caught(changed: tuple[str, Json]) -> None:
    name, schema = changed
    assert incompatibilities(PUBLISHED[name], schema) != []


def test_a_schema_is_compatible_with_itself() -> None:
    assert [found for schema in PUBLISHED.values() for found in incompatibilities(schema, schema)] == []
