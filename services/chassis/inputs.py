"""What a request may hold: types with bounds for its fields, and in Swedish what is wrong with one that has others.

Every string, day, time and moment of a request model has one of these types, so that nothing reaches a decision or
the database that it cannot hold: a NUL character, a lone surrogate, a year in which no calendar arithmetic works.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2100, 12, 31)
"""No case of a coordination association is older, and no plan reaches farther."""

_FIRST: Final = datetime(EARLIEST.year, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(LATEST.year + 1, 1, 1, tzinfo=UTC)
_A_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_A_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:.*")
_A_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:00)?")

_SAY_DAY: Final = f"Ange ett datum som finns, i formen ÅÅÅÅ-MM-DD, från {EARLIEST} till {LATEST}."
_SAY_MOMENT: Final = (
    f"Ange en tidpunkt med tidszon, i formen ÅÅÅÅ-MM-DDTHH:MM:SS+01:00, åren {EARLIEST.year} till {LATEST.year}."
)
_SAY_TIME: Final = "Ange ett klockslag i formen TT:MM, från 00:00 till 23:59."


def wrong(code: str, swedish: str) -> PydanticCustomError:
    """For validators of request models: an error with a code, shown as it is written."""
    return PydanticCustomError(code, "{swedish}", {"swedish": swedish})


def _visible(text: str) -> str:
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
        raise wrong("control_character", "Ta bort styrtecken och andra osynliga tecken.")
    return text


def _written_day(sent: Any) -> Any:
    # pydantic also takes a number, and a moment at midnight, for a day.
    if (isinstance(sent, str) and not _A_DAY.fullmatch(sent)) or isinstance(sent, int | float | datetime):
        raise wrong("date_form", _SAY_DAY)
    return sent


def _known_day(day: date) -> date:
    if not EARLIEST <= day <= LATEST:
        raise wrong("date_out_of_range", _SAY_DAY)
    return day


def _written_moment(sent: Any) -> Any:
    if (isinstance(sent, str) and not _A_MOMENT.fullmatch(sent)) or isinstance(sent, int | float):
        raise wrong("moment_form", _SAY_MOMENT)
    return sent


def _known_moment(moment: datetime) -> datetime:
    if not _FIRST <= moment < _LAST:
        raise wrong("moment_out_of_range", _SAY_MOMENT)
    return moment


def _none_if_empty(sent: Any) -> Any:
    return None if sent == "" else sent


def _written_time(sent: Any) -> Any:
    if not isinstance(sent, time) and not (isinstance(sent, str) and _A_TIME.fullmatch(sent)):
        raise wrong("time_form", _SAY_TIME)
    return sent


Text = Annotated[
    str, AfterValidator(_visible), Field(json_schema_extra={"pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$"})
]
"""Text without control characters."""

Empty: Final = BeforeValidator(_none_if_empty)
"""Beside a type: a field of a form that was left empty is sent as no text, and is None."""

Day = Annotated[date, BeforeValidator(_written_day), AfterValidator(_known_day)]
"""A day, ``YYYY-MM-DD``, from EARLIEST to LATEST."""

Moment = Annotated[AwareDatetime, BeforeValidator(_written_moment), AfterValidator(_known_moment)]
"""A moment with its offset from UTC, in the same years."""

ClockTime = Annotated[
    time,
    BeforeValidator(_written_time),
    WithJsonSchema({"type": "string", "pattern": f"^{_A_TIME.pattern}$", "examples": ["09:00"]}),
]
"""A time of day in Sweden, in hours and minutes."""


# What is wrong, in Swedish -------------------------------------------------------------------------------------

# A name that can be repeated in the answer. Another one was made up by the sender, and may hold an identity.
_FIELD: Final = re.compile(r"[a-z][a-z_]{0,39}")
_MOST: Final = 50

_BY_KIND: Final[Mapping[str, str]] = {
    "missing": "Uppgiften saknas. Lägg till den.",
    "extra_forbidden": "Fältet finns inte här. Ta bort det eller rätta stavningen.",
    "json_invalid": "Det som skickades är inte JSON. Kontrollera det mot dokumentationen.",
    "string_type": "Ange uppgiften som text.",
    "string_unicode": "Ta bort tecken som inte går att läsa som UTF-8.",
    "string_too_short": "Ange minst {min_length} tecken.",
    "string_too_long": "Korta texten till högst {max_length} tecken.",
    "too_short": "Ange minst {min_length} värden.",
    "too_long": "Ange högst {max_length} värden.",
    "int_type": "Ange ett heltal.",
    "int_parsing": "Ange ett heltal.",
    "int_parsing_size": "Talet är för stort.",
    "int_from_float": "Ange ett heltal.",
    "less_than_equal": "Ange högst {le}.",
    "greater_than_equal": "Ange minst {ge}.",
    "list_type": "Ange en lista.",
    "tuple_type": "Ange en lista.",
    "model_type": "Ange ett JSON-objekt.",
    "model_attributes_type": "Ange ett JSON-objekt.",
    "dict_type": "Ange ett JSON-objekt.",
    "timezone_aware": _SAY_MOMENT,
}
_BY_PREFIX: Final[Mapping[str, str]] = {
    "uuid_": "Ange ett UUID, i formen 8-4-4-4-12 hexadecimala tecken.",
    "datetime_": _SAY_MOMENT,
    "date_": _SAY_DAY,
    "time_": _SAY_TIME,
    "bool_": "Ange true eller false.",
}
_OTHERWISE: Final = "Kontrollera uppgiften mot dokumentationen och rätta den."


def errors_of(found: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """pydantic's errors as ``field``, ``code`` and ``message``: what is allowed, and never what was sent."""
    errors = [
        {"field": _path(each["loc"]), "code": each["type"], "message": _message(each)}
        for _, each in zip(range(_MOST), found, strict=False)
    ]
    return errors or [{"field": "", "code": "unknown", "message": _OTHERWISE}]


def _message(error: Mapping[str, Any]) -> str:
    kind, limits = error["type"], error.get("ctx", {})
    if "swedish" in limits:
        return str(limits["swedish"])
    if kind in {"enum", "literal_error"}:
        return f"Ange {limits['expected'].replace(' or ', ' eller ')}."
    if kind == "string_pattern_mismatch":
        return f"Följ mönstret {limits['pattern']}"
    if kind in _BY_KIND:
        return _BY_KIND[kind].format(**limits)
    return next((said for prefix, said in _BY_PREFIX.items() if kind.startswith(prefix)), _OTHERWISE)


def _path(location: Sequence[str | int]) -> str:
    """ "activities.0.kind". Ends at the parent where a name cannot be repeated; that of a header is our own."""
    if location[0] == "header":
        return str(location[-1])
    steps: list[str] = []
    for step in location[1:]:
        if isinstance(step, str) and _FIELD.fullmatch(step) is None:
            break
        steps.append(str(step))
    return ".".join(steps)
