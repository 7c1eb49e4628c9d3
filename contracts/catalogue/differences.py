"""What changed from one version of an insats to another, section by section."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.catalogue.insats import SECTIONS, Rule

_KEYS: Final = ("id", "purpose", "code")
_ABSENT: Final = object()


@dataclass(frozen=True)
class Change:
    """One thing that is new (``before`` is None), gone (``after`` is None) or different in a section. ``where`` leads
    to it by ids and field names joined by dots; it is empty for the whole section."""

    section: str
    where: str
    before: str | None
    after: str | None


def differences(before: Rule, after: Rule) -> tuple[Change, ...]:
    """Every difference in the sixteen sections and the last day, in the sections' order. Days and sources that only
    distinguish the versions are left out."""
    older, newer = _plain(before), _plain(after)
    return tuple(
        change
        for section in ("valid_to", *SECTIONS)
        for change in _changes(section, "", older.get(section, _ABSENT), newer.get(section, _ABSENT))
    )


def _plain(rule: Rule) -> dict[str, Any]:
    plain: dict[str, Any] = rule.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return plain


def _changes(section: str, where: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    older, newer = _by_key(before), _by_key(after)
    if older is None or newer is None:
        yield Change(section, where, _text(before), _text(after))
        return
    for key in dict.fromkeys((*older, *newer)):
        inner = f"{where}.{key}" if where else key
        yield from _changes(section, inner, older.get(key, _ABSENT), newer.get(key, _ABSENT))


def _by_key(value: Any) -> Mapping[str, Any] | None:
    """A mapping as it is; a list of mappings by their ids, so that a moved one is no change; None for all else."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        return None
    keys = [_key(item) for item in value]
    return dict(zip(keys, value, strict=True)) if len(set(keys)) == len(keys) else None


def _key(item: Mapping[str, Any]) -> str:
    named = next((str(item[key]) for key in _KEYS if item.get(key)), str(item.get("kind")))
    when = item.get("when")
    return f"{named} ({_text(when)})" if when else named


def _text(value: Any) -> str | None:
    if value is _ABSENT:
        return None
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(f"({_text(each)})" if isinstance(each, dict) else str(_text(each)) for each in value)
    return str(value)
