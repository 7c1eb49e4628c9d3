"""What a request may hold, and how it is told in Swedish what is wrong with one that holds something else."""

import json
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from pydantic import Field, ValidationError

from services.chassis.http import Body
from services.chassis.inputs import ClockTime, Day, Moment, Text, errors_of


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Sent(Body):
    colour: Colour | None = None
    day: Day | None = None
    moment: Moment | None = None
    at: ClockTime | None = None
    text: Text = Field(default="", max_length=5)
    number: int = Field(default=1, ge=1, le=9)
    id: UUID | None = None
    many: list[int] = Field(default=[], max_length=2)


def errors(sent: Any) -> list[dict[str, str]]:
    with pytest.raises(ValidationError) as refused:
        Sent.model_validate(sent)
    return errors_of([{**each, "loc": ("body", *each["loc"])} for each in refused.value.errors()])


_DAY = "Ange ett datum som finns, i formen ÅÅÅÅ-MM-DD, från 1900-01-01 till 2100-12-31."


@pytest.mark.parametrize(
    ("sent", "field", "message"),
    [
        ({"colour": "green"}, "colour", "Ange 'red' eller 'blue'."),
        ({"day": "1899-12-31"}, "day", _DAY),
        ({"day": "9999-12-31"}, "day", _DAY),
        ({"day": "2021-02-30"}, "day", _DAY),
        ({"day": 0}, "day", _DAY),
        ({"day": "2021-03-04T00:00:00"}, "day", _DAY),
        ({"at": "24:00"}, "at", "Ange ett klockslag i formen TT:MM, från 00:00 till 23:59."),
        ({"at": 32_400}, "at", "Ange ett klockslag i formen TT:MM, från 00:00 till 23:59."),
        ({"text": "a\0"}, "text", "Ta bort styrtecken och andra osynliga tecken."),
        ({"text": "\ud800"}, "text", "Ta bort tecken som inte går att läsa som UTF-8."),
        ({"text": "secret"}, "text", "Korta texten till högst 5 tecken."),
        ({"text": 7}, "text", "Ange uppgiften som text."),
        ({"number": 0}, "number", "Ange minst 1."),
        ({"number": 10}, "number", "Ange högst 9."),
        ({"number": "many"}, "number", "Ange ett heltal."),
        ({"id": "19870314"}, "id", "Ange ett UUID, i formen 8-4-4-4-12 hexadecimala tecken."),
        ({"many": [1, 2, 3]}, "many", "Ange högst 2 värden."),
        ({"many": "1"}, "many", "Ange en lista."),
        ({"moreover": 1}, "moreover", "Fältet finns inte här. Ta bort det eller rätta stavningen."),
        ({"198703149826": 1}, "", "Fältet finns inte här. Ta bort det eller rätta stavningen."),
        ([], "", "Ange ett JSON-objekt."),
    ],
    ids=str,
)
def test_each_error_says_what_is_allowed_and_never_what_was_sent(sent: Any, field: str, message: str) -> None:
    [told] = errors(sent)
    assert (told["field"], told["message"]) == (field, message)
    assert "secret" not in json.dumps(told)


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2021-01-01T00:00:00", "0", "2021-01-01"]
)
def test_a_moment_at_the_edge_or_without_its_offset(moment: str) -> None:
    [told] = errors({"moment": moment})
    assert told["message"].startswith("Ange en tidpunkt med tidszon, i formen ÅÅÅÅ-MM-DDTHH:MM:SS+01:00")


def test_what_is_within_bounds_is_taken() -> None:
    sent = {"day": "1900-01-01", "at": "09:00", "text": "åäö 🙂", "moment": "2100-12-31T23:59:59Z", "number": 9}
    assert Sent.model_validate(sent).at is not None
