"""What may change in a published schema: within v1, next to nothing.

Allowed: a new optional field; a new code in a code list, once its consumers have consented in
``consented-codes.yaml``; better descriptions. Everything else is incompatible, in both directions: a
producer may not promise less (a required field made optional) nor an agency be asked for more.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import Field

from contracts.model import Model

Schema = Mapping[str, Any]

CONSENTED_CODES: Final = Path(__file__).parent / "consented-codes.yaml"

_FOR_READERS: Final = frozenset({"title", "description", "examples", "deprecated", "$comment"})
_LOOKED_INTO: Final = frozenset({"$defs", "$ref", "properties", "required", "items", "anyOf", "enum"})
_NO_CODES: Final[Mapping[str, Collection[str]]] = {}


class ConsentedCode(Model):
    """A code added within v1, and the services and agencies that said they can read it."""

    code: str
    consumers: Annotated[tuple[str, ...], Field(min_length=1)]


def consented_codes(path: Path = CONSENTED_CODES) -> Mapping[str, Collection[str]]:
    """The consented new codes of each code list. Raises pydantic.ValidationError."""
    lists: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return {name: [ConsentedCode.model_validate(entry).code for entry in entries] for name, entries in lists.items()}


def incompatibilities(
    published: Schema, current: Schema, consented: Mapping[str, Collection[str]] = _NO_CODES
) -> list[str]:
    """Why ``current`` may not take the place of ``published``: one line for each reason, none if it may."""
    return list(_Comparison(published, current, consented).between("", published, current))


class _Comparison:
    """Two whole schemas, walked together. Each ``$ref`` is followed: moving a definition is no change."""

    def __init__(self, published: Schema, current: Schema, consented: Mapping[str, Collection[str]]) -> None:
        self._published = published
        self._current = current
        self._consented = consented
        self._walked: set[tuple[str, str]] = set()

    def between(self, path: str, old: Any, new: Any) -> Iterator[str]:
        if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
            if old != new:
                yield f"{_location(path)}: {old!r} became {new!r}"
            return
        pair = (str(old.get("$ref", path)), str(new.get("$ref", path)))
        if "$ref" in old and "$ref" in new:
            if pair in self._walked:
                return
            self._walked.add(pair)
        was, now = _resolved(self._published, old), _resolved(self._current, new)
        yield from _changed_keywords(path, was, now)
        yield from self._codes(path, was, now)
        yield from self._fields(path, was, now)
        yield from self._parts(path, was, now)

    def _codes(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        if ("enum" in old) != ("enum" in new):
            yield f"{_location(path)}: a code list was {'taken away' if 'enum' in old else 'put on free text'}"
            return
        was, now = old.get("enum", []), new.get("enum", [])
        yield from (f"{_location(path)}: the code {code!r} was removed" for code in was if code not in now)
        name = str(new.get("title", path))
        agreed = self._consented.get(name, ())
        yield from (
            f"{_location(path)}: the new code {code!r} of {name} lacks its consumers' consent"
            for code in now
            if code not in was and code not in agreed
        )

    def _fields(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        was, now = old.get("properties", {}), new.get("properties", {})
        must, now_must = set(old.get("required", [])), set(new.get("required", []))
        yield from (f"{_location(path, name)}: removed or renamed" for name in was if name not in now)
        yield from (f"{_location(path, name)}: now required" for name in sorted(now_must - must))
        yield from (f"{_location(path, name)}: no longer promised" for name in sorted((must - now_must) & set(now)))
        for name in was:
            if name in now:
                yield from self.between(f"{path}.{name}", was[name], now[name])

    def _parts(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        if ("items" in old) != ("items" in new):
            yield f"{_location(path)}: what the list holds was {'freed' if 'items' in old else 'bound'}"
        elif "items" in old:
            yield from self.between(f"{path}[]", old["items"], new["items"])
        was, now = old.get("anyOf", []), new.get("anyOf", [])
        if len(was) != len(now):
            yield f"{_location(path)}: {len(was)} alternatives became {len(now)}"
            return
        for number, (one, other) in enumerate(zip(was, now, strict=True)):
            yield from self.between(f"{path}|{number}", one, other)


def _changed_keywords(path: str, old: Schema, new: Schema) -> Iterator[str]:
    """Type, format, limits, default, closedness and every keyword this module knows no rule for."""
    for keyword in sorted((set(old) | set(new)) - _FOR_READERS - _LOOKED_INTO):
        if keyword not in new:
            yield f"{_location(path)}: {keyword} {old[keyword]!r} was dropped"
        elif keyword not in old:
            yield f"{_location(path)}: {keyword} {new[keyword]!r} was added"
        elif old[keyword] != new[keyword]:
            yield f"{_location(path)}: {keyword} {old[keyword]!r} became {new[keyword]!r}"


def _resolved(whole: Schema, part: Schema) -> Schema:
    if "$ref" not in part:
        return part
    found: Any = whole
    for step in str(part["$ref"]).removeprefix("#/").split("/"):
        found = found[step]
    beside = {keyword: value for keyword, value in part.items() if keyword != "$ref"}
    return {**_resolved(whole, found), **beside}


def _location(path: str, name: str = "") -> str:
    return f"{path}.{name}".strip(".") if name else path.lstrip(".") or "(the whole)"
