"""A message about a referral is read whatever it holds, and its receipt says what is wrong and repeats nothing."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.agency import ReferralSubmittedEvent
from contracts.agency_requests import REQUEST_EVENTS
from contracts.codes import Role
from contracts.problems import Conflict, Invalid
from services.referral.domain.agency_request import (
    MalformedRequest,
    Receiving,
    Request,
    error_of,
    malformed,
    read_record,
)
from services.referral.domain.permissions import PERMISSIONS, Act
from services.referral.domain.reading import Malformed, Wellformed
from services.referral.domain.record_form import TYPES
from tests.malformed import NUMBER, Message, changed, encode, message, without

_RECEIVING = Receiving("stockholms-stad", date(2021, 3, 15), None)

_DATA: dict[str, dict[str, Any]] = {
    "ReferralWithdrawn": {"reference": "SOC-1", "reason": "not_relevant", "withdrawn_on": "2021-03-15"},
    "CompletionAnswered": {"reference": "SOC-1", "answered_on": "2021-03-15", "answer": "Intyget kommer."},
    "ReferrerReplaced": {
        "reference": "SOC-1",
        "unit": "farsta",
        "officer": {"name": "Ny Remittentsson"},
        "cause": "left",
        "replaced_on": "2021-03-15",
    },
}


def _sent(kind: str) -> Message:
    envelope = {"specversion": "1.0", "id": "a1", "source": "urn:agency:stockholms-stad"}
    return {**envelope, "type": kind, "data": _DATA[kind]}


def test_the_types_of_an_inbox_are_those_that_are_read() -> None:
    events = (ReferralSubmittedEvent, *REQUEST_EVENTS)
    assert tuple(event.__name__.removesuffix("Event") for event in events) == TYPES
    assert isinstance(read_record(encode(message("a"))), Wellformed)
    assert all(isinstance(read_record(encode(_sent(kind))), Request) for kind in _DATA)


def test_what_is_asked_over_kafka_an_agency_may_do() -> None:
    for act in (Act.WITHDRAW, Act.COMPLETE, Act.CHANGE_REFERRER):
        assert Role.AGENCY in PERMISSIONS[act].roles


@given(st.binary() | st.none())
def test_any_bytes_are_read_as_a_referral_that_cannot_be_read(value: bytes | None) -> None:
    assert isinstance(read_record(value), Malformed)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sorted(_DATA)), st.data())
def test_a_request_with_anything_anywhere_has_a_receipt(kind: str, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([("id",), ("data",), *(("data", name) for name in _DATA[kind])]))
    content = changed(_sent(kind), at, data.draw(_JSON))
    match read_record(json.dumps(content).encode()):
        case Request(event=event):
            assert event.type == kind
        case MalformedRequest() as request:
            assert malformed(request, _RECEIVING).errors
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize(
    ("at", "value", "code", "text"),
    [
        (
            ("data", "reference"),
            None,
            "missing",
            "Fältet är tomt. Fyll i det, eller utelämna det om det är frivilligt.",
        ),
        (("data", "withdrawn_on"), "1615762800", "malformed", "Ange ett datum som finns, i formen ÅÅÅÅ-MM-DD."),
        (("data", "case_id"), "SOC-1", "malformed", "Ange case_id som det står i kvittot."),
        (
            ("data", "reason"),
            "Inte aktuell",
            "malformed",
            "Ange en av insatsens orsaker till återremiss, så som koden är skriven i katalogen.",
        ),
        (("data", "reson"), "x", "unknown_field", "Fältet finns inte i schemat. Ta bort det eller rätta stavningen."),
        (
            ("data", "reference"),
            f"SOC {NUMBER}",
            "reference_is_an_identity",
            "Använd en egen beteckning som inte innehåller något personnummer.",
        ),
        (
            ("id",),
            NUMBER,
            "reference_is_an_identity",
            "Använd en egen beteckning som inte innehåller något personnummer.",
        ),
        (("data", "reference"), "SOC\u202e1", "malformed", "Ta bort styrtecken och andra osynliga tecken."),
    ],
)
def test_each_error_has_its_text_and_nothing_sent_comes_back(
    at: tuple[str, ...], value: Any, code: str, text: str
) -> None:
    request = read_record(encode(changed(_sent("ReferralWithdrawn"), at, value)))
    assert isinstance(request, MalformedRequest)
    receipt = malformed(request, _RECEIVING)
    [error] = receipt.errors
    assert (error.field, error.code, error.message) == (".".join(at), code, text)
    assert NUMBER not in receipt.model_dump_json()
    assert receipt.message_type == "ReferralWithdrawn"


def test_a_type_that_no_inbox_takes_is_told_which_there_are() -> None:
    read = read_record(encode(_sent("ReferralWithdrawn") | {"type": "ReferralDrawn"}))
    assert isinstance(read, Malformed)
    assert "Ange ReferralSubmitted, ReferralWithdrawn, CompletionAnswered eller ReferrerReplaced." in [
        error.message for error in read.errors if error.field == "type"
    ]


def test_what_a_decision_names_is_said_by_the_message_s_own_fields() -> None:
    day = error_of(Invalid("date_in_the_future", "Ange en dag som inte ligger i framtiden.", "returned_on"))
    assert (day.field, day.code) == ("data.withdrawn_on", "date_in_the_future")
    assert error_of(Conflict("already_started", "Deltagaren har startat.")).field == ""


def test_a_missing_field_of_each_is_named() -> None:
    for kind, data in _DATA.items():
        for name in set(data) - {"answer"}:
            request = read_record(encode(without(_sent(kind), ("data", name))))
            assert isinstance(request, MalformedRequest)
            assert [(each.field, each.code) for each in request.errors] == [(f"data.{name}", "missing")]
