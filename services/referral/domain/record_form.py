"""The form of a record from an agency: parsed without guessing, and everything that is wrong with it.

A record may hold anything at all. Reading never fails: it finds every error at once, each with the field it is in
and a Swedish message that says what to do. No message repeats what was sent, because that may be an identity.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError

from contracts.agency import FieldError, RejectionCode
from services.referral.domain.json_tree import JsonObject, Location, Node, nodes, parse, too_deep

LARGEST: Final = 64 * 1024
"""Bytes of the largest record taken in. A referral with every field filled is about three thousand."""

TYPES: Final = ("ReferralSubmitted", "ReferralWithdrawn", "CompletionAnswered", "ReferrerReplaced")
"""The types of messages of an inbox."""

_MOST_ERRORS: Final = 100

# pydantic also reads "1614124800" as a date; the contract's schemas say ISO 8601.
_DATED: Final[frozenset[Location]] = frozenset(
    {
        ("time",),
        ("data", "referred_on"),
        ("data", "consent", "stated_on"),
        ("data", "withdrawn_on"),
        ("data", "answered_on"),
        ("data", "replaced_on"),
    }
)
_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# A name of a field that may stand in an answer. One with digits in it might be an identity number.
_FIELD: Final = re.compile(r"[a-z][a-z_]{0,39}")

# They turn the text around them, so that a page would show another name than the one stored.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Parsed:
    """A JSON object that may be a CloudEvent. ``placed``: its values by place. ``content``: the same for two records
    that say the same."""

    tree: dict[str, Any]
    placed: Sequence[Node]
    content: bytes


def parse_record(value: bytes | None) -> Parsed | FieldError:
    """The record's value, or why nothing can be read of it. None is a record without a value (a tombstone)."""
    if not value:
        return _whole(RejectionCode.NOT_JSON, "Posten är tom. Skicka anmälan som ett CloudEvent i JSON.")
    if len(value) > LARGEST:
        return _whole(RejectionCode.TOO_LARGE, f"Skicka högst {LARGEST // 1024} kB i en post.")
    try:
        tree = parse(value)
    except (ValueError, RecursionError):
        return _whole(RejectionCode.NOT_JSON, _NOT_JSON)
    if not isinstance(tree, dict) or tree.keys().isdisjoint({"specversion", "type", "data"}):
        return _whole(RejectionCode.NOT_A_CLOUD_EVENT, _NOT_A_CLOUD_EVENT)
    placed = nodes(tree)
    if too_deep(placed):
        return _whole(RejectionCode.MALFORMED, "Posten är för djupt nästlad. Följ schemat.")
    # Lone surrogates become "?" here; they are found as errors of their own below.
    content = json.dumps(tree, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Parsed(tree, placed, content)


_NOT_JSON: Final = "Posten går inte att läsa som JSON. Skicka giltig JSON i UTF-8 utan BOM och utan NaN."
_NOT_A_CLOUD_EVENT: Final = (
    "Posten är inget CloudEvent. Skicka ett JSON-objekt med specversion, id, source, type och anmälan i data."
)


def _whole(code: RejectionCode, message: str) -> FieldError:
    return FieldError(field="", code=code, message=message)


E = TypeVar("E")


@dataclass(frozen=True)
class Validated(Generic[E]):
    """``event``: None if it does not keep to its contract. ``wrong``: all that was found, by place; text that nobody
    can see also in an event that keeps to it."""

    event: E | None
    wrong: "Mapping[Location, Wrong]"

    def at(self, parsed: Parsed, *location: str) -> Any:
        """The value there, if nothing is wrong with it or around it: pydantic looked at each field by itself."""
        if any(found[: len(location)] == location for found in self.wrong):
            return None
        node: Any = parsed.tree
        for name in location:
            node = node.get(name) if isinstance(node, dict) else None
        return node.strip() if isinstance(node, str) else node


def validate(parsed: Parsed, contract: TypeAdapter[E]) -> Validated[E]:
    """The record held against the contract of its type."""
    wrong = dict(_wrong_text(parsed.placed))
    try:
        return Validated(contract.validate_json(parsed.content, strict=True), wrong)
    except ValidationError as found:
        return Validated(None, {**dict(_wrong_form(found)), **wrong})


Wrong: TypeAlias = tuple[RejectionCode, str]


def _wrong_text(placed: Sequence[Node]) -> Iterator[tuple[Location, Wrong]]:
    """What pydantic does not mind: repeated names, text nobody can see, dates as numbers."""
    for location, node in placed:
        if isinstance(node, JsonObject):
            for name in node.repeated:
                yield (*location, name), (RejectionCode.MALFORMED, "Fältet finns två gånger. Behåll ett av dem.")
        elif isinstance(node, str) and _unseen(node):
            yield location, (RejectionCode.MALFORMED, "Ta bort styrtecken och andra osynliga tecken.")
        elif isinstance(node, str) and location in _DATED and _ISO.match(node) is None:
            yield location, (RejectionCode.MALFORMED, _A_DATE)


def _unseen(text: str) -> bool:
    if text.isascii() and text.isprintable():
        return False  # nearly all text; looked at whole, not letter by letter
    kinds = [unicodedata.category(letter) for letter in text]
    if any(kind in {"Cc", "Cs"} for kind in kinds) or not _TURNING.isdisjoint(text):
        return True
    return text.strip() != "" and not any(kind[0] in "LNPS" for kind in kinds)


_A_DATE: Final = "Ange ett datum som finns, i formen ÅÅÅÅ-MM-DD."
_A_MOMENT: Final = "Ange en tidpunkt med tidszon, i formen ÅÅÅÅ-MM-DDTHH:MM:SS+01:00."

_A_CASE: Final = "Ange case_id som det står i kvittot."

_BY_KIND: Final[Mapping[str, str]] = {
    "string_type": "Ange uppgiften som text, inom citattecken.",
    "string_too_short": "Fyll i uppgiften; den är tom.",
    "string_too_long": "Korta texten till högst {max_length} tecken.",
    "too_long": "Ange högst {max_length} värden.",
    "int_type": "Ange ett heltal utan citattecken.",
    "less_than_equal": "Ange ett tal som är högst {le}.",
    "greater_than_equal": "Ange ett tal som är minst {ge}.",
    "model_type": "Ange ett JSON-objekt.",
    "tuple_type": "Ange en lista.",
    "timezone_aware": _A_MOMENT,
    "datetime_type": _A_MOMENT,
    "datetime_parsing": _A_MOMENT,
    "uuid_type": _A_CASE,
    "uuid_parsing": _A_CASE,
    "date_type": _A_DATE,
    "date_parsing": _A_DATE,
}

_BY_FIELD: Final[Mapping[str, str]] = {
    "reference": "Börja med en bokstav eller siffra och använd bara A-Z, siffror, mellanslag och . _ : / -",
    "readers": "Ange användarnamn med bokstäver, siffror och . _ @ -, som de står vid inloggningen.",
    "reason": "Ange en av insatsens orsaker till återremiss, så som koden är skriven i katalogen.",
    "email": "Ange en e-postadress i formen namn@exempel.se.",
    "phone": "Ange telefonnumret med siffror, mellanslag och bindestreck, med + först om det behövs.",
}


def _wrong_form(found: ValidationError) -> Iterator[tuple[Location, Wrong]]:
    for error in found.errors(include_url=False):
        yield error["loc"], _said(error["type"], error["loc"], error["input"], error.get("ctx", {}))


def _said(kind: str, location: Location, sent: Any, limits: Mapping[str, Any]) -> Wrong:
    """pydantic's kind of error in the words of the contract. ``limits`` come from our models, not from the sender."""
    if kind == "missing":
        return RejectionCode.MISSING, "Uppgiften saknas. Lägg till den."
    if kind == "extra_forbidden":
        return RejectionCode.UNKNOWN_FIELD, "Fältet finns inte i schemat. Ta bort det eller rätta stavningen."
    if location == ("specversion",):
        return RejectionCode.NOT_A_CLOUD_EVENT, "Ange specversion 1.0, som text."
    if sent is None:
        return RejectionCode.MISSING, "Fältet är tomt. Fyll i det, eller utelämna det om det är frivilligt."
    if location == ("type",):
        return RejectionCode.UNKNOWN_CODE, f"Ange {', '.join(TYPES[:-1])} eller {TYPES[-1]}."
    if kind in {"enum", "literal_error"}:
        return RejectionCode.UNKNOWN_CODE, f"Ange {limits['expected'].replace(' or ', ' eller ')}."
    return RejectionCode.MALFORMED, _malformed(kind, _name_at(location), limits)


def _name_at(location: Location) -> str:
    """The field's name; that of the list for one of its values."""
    return next((step for step in reversed(location) if isinstance(step, str)), "")


def _malformed(kind: str, name: str, limits: Mapping[str, Any]) -> str:
    if kind == "string_pattern_mismatch":
        return _BY_FIELD.get(name, _BY_THE_SCHEMA)
    return _BY_KIND.get(kind, _BY_THE_SCHEMA).format(**limits)


_BY_THE_SCHEMA: Final = "Kontrollera uppgiften mot schemat och rätta den."


def field_errors(wrong: Mapping[Location, Wrong]) -> tuple[FieldError, ...]:
    """The errors by field, each once; when they are very many, the last says so."""
    errors = dict.fromkeys(
        FieldError(field=_path(location), code=code, message=message) for location, (code, message) in wrong.items()
    )
    if len(errors) <= _MOST_ERRORS:
        return tuple(errors)
    more = FieldError(
        field="", code=RejectionCode.MALFORMED, message="Det finns fler fel än de här. Rätta dem och skicka igen."
    )
    return (*list(errors)[: _MOST_ERRORS - 1], more)


def _path(location: Location) -> str:
    """ "data.needs.0". Ends at the parent where a name may not stand in an answer."""
    steps: list[str] = []
    for step in location:
        if isinstance(step, str) and _FIELD.fullmatch(step) is None:
            break
        steps.append(str(step))
    return ".".join(steps)
