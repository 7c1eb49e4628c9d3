"""Samples of a JSON Schema, for the keywords the contract uses.

A keyword this module does not know stops it, so that no sample is made past a limit that was overlooked.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

_TEXT_FOR_READERS = {"title", "description", "examples", "default", "$defs", "$id", "$schema"}
_BOUNDS = {"minimum", "exclusiveMinimum", "maximum"}
_FORMATS: Mapping[str, st.SearchStrategy[str]] = {
    "uuid": st.uuids().map(str),
    "date": st.dates().map(str),
    "date-time": st.builds(
        "{}T{}{}".format,
        st.dates().map(str),
        st.times().map(lambda moment: moment.isoformat()),
        st.sampled_from(["Z", "+00:00", "+01:00", "+02:00", "-11:30"]),
    ),
}


def samples(schema: Mapping[str, Any], whole: Mapping[str, Any] | None = None) -> st.SearchStrategy[Any]:
    """Everything the schema allows; ``whole`` is the document its references lead into."""
    whole = whole or schema
    match {keyword: value for keyword, value in schema.items() if keyword not in _TEXT_FOR_READERS}:
        case {"$ref": str(reference), **rest} if not rest:
            return samples(whole["$defs"][reference.removeprefix("#/$defs/")], whole)
        case {"const": value, **rest} if rest.keys() <= {"type"}:
            return st.just(value)
        case {"enum": list(codes), **rest} if rest.keys() <= {"type"}:
            return st.sampled_from(codes)
        case {"anyOf": list(alternatives), **rest} if not rest:
            return st.one_of(*(samples(alternative, whole) for alternative in alternatives))
        case typed:
            return _of_a_type(typed, whole)


def _of_a_type(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    match schema:
        case {"type": "null" | "boolean" as kind, **rest} if not rest:
            return st.booleans() if kind == "boolean" else st.none()
        case {"type": "integer", **rest} if rest.keys() <= {"minimum", "maximum"}:
            return st.integers(rest.get("minimum"), rest.get("maximum"))
        case {"type": "number", "multipleOf": float(step), **rest} if rest.keys() <= _BOUNDS:
            least = rest.get("minimum", rest.get("exclusiveMinimum", 0))
            first = int(least / step) + ("exclusiveMinimum" in rest)
            return st.integers(first, int(rest["maximum"] / step)).map(lambda number: number * step)
        case {"type": "string", "format": str(name), **rest} if not rest:
            return _FORMATS[name]
        case {"type": "string", **rest} if rest.keys() <= {"minLength", "maxLength", "pattern"}:
            return _strings(rest.get("minLength", 0), rest.get("maxLength"), rest.get("pattern"))
        case {"type": "array", "items": dict(items), **rest} if rest.keys() <= {"minItems", "maxItems"}:
            least = rest.get("minItems", 0)
            most = min(rest.get("maxItems", least + 3), least + 3)
            return st.lists(samples(items, whole), min_size=least, max_size=most)
        case {"type": "object", "properties": dict(fields), "additionalProperties": False, **rest} if rest.keys() <= {
            "required"
        }:
            return _objects(fields, rest.get("required", []), whole)
        case unknown:
            raise NotImplementedError(f"no samples are made of {unknown}")


@cache  # a pattern is taken apart once for each strategy made of it, which takes most of the time
def _strings(shortest: int, longest: int | None, pattern: str | None) -> st.SearchStrategy[str]:
    if pattern is None:
        return st.text(st.characters(exclude_categories=["Cs"]), min_size=shortest, max_size=longest)
    # JSON Schema's $ is the very end; Python's also stands before a last line break.
    made = st.from_regex(pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern)
    return made.filter(lambda text: shortest <= len(text) and (longest is None or len(text) <= longest))


def _objects(
    fields: Mapping[str, Any], required: list[str], whole: Mapping[str, Any]
) -> st.SearchStrategy[dict[str, Any]]:
    made = {name: samples(field, whole) for name, field in fields.items()}
    return st.fixed_dictionaries(
        {name: made[name] for name in required},
        optional={name: made[name] for name in made if name not in required},
    )
