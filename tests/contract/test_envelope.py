"""The envelope: how an event is named, dated, wrapped, written and read."""

import json
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.envelope import Envelope, schema_urn
from contracts.events import (
    ALL_EVENTS,
    EVENT_OF,
    FACT_OF,
    encode,
    envelope,
    header,
    local_date,
    midnight,
    parse,
)
from contracts.planning import LotsAssigned, LotsAssignedEvent, SamplanUpprättad
from contracts.referral import ConsentGiven
from tests.contract.corpus import FACTS, Example, compact

CASE, EVENT = UUID(int=1), UUID(int=2)
TOLD = LotsAssigned(happened_on=date(2021, 3, 31), lots_id="lots-2")
RECORDED = datetime(2021, 3, 31, 10, 45, tzinfo=timezone(timedelta(hours=2)))
WIRE = encode(envelope(TOLD, event_id=EVENT, case_id=CASE, sequence=5, recorded=RECORDED))


@pytest.mark.parametrize("name", sorted(FACT_OF))
def test_a_type_s_name_is_its_fact_s_and_in_nfc(name: str) -> None:
    fact = FACT_OF[name]
    event = EVENT_OF[fact]
    assert event.model_fields["type"].default == name == fact.wire_name() == fact.__name__
    assert unicodedata.is_normalized("NFC", name)
    assert event.__name__ == f"{name}Event"


def test_the_plan_keeps_its_umlaut_in_the_type_and_loses_it_in_the_urn() -> None:
    assert SamplanUpprättad.wire_name() == "SamplanUppr\N{LATIN SMALL LETTER A WITH DIAERESIS}ttad"
    assert schema_urn("SamplanUpprättad", 1) == "urn:samspel:schema:SamplanUppr%C3%A4ttad:v1"
    assert schema_urn(unicodedata.normalize("NFD", "SamplanUpprättad"), 1) == schema_urn("SamplanUpprättad", 1)


@pytest.mark.parametrize("name", sorted(FACT_OF))
def test_a_schema_s_urn_is_ascii(name: str) -> None:
    assert schema_urn(name, 1).isascii()


def test_no_two_events_share_a_name() -> None:
    assert len(FACT_OF) == len(EVENT_OF) == len(ALL_EVENTS)


def test_an_event_is_wrapped_with_both_its_times() -> None:
    assert json.loads(WIRE) == {
        "specversion": "1.0",
        "id": str(EVENT),
        "source": "/samspel/planning",
        "type": "LotsAssigned",
        "subject": str(CASE),
        "time": "2021-03-31T00:00:00+02:00",
        "recordedtime": "2021-03-31T08:45:00Z",
        "sequence": 5,
        "datacontenttype": "application/json",
        "dataschema": "urn:samspel:schema:LotsAssigned:v1",
        "data": {"happened_on": "2021-03-31", "lots_id": "lots-2"},
    }


def test_what_was_written_is_read_back_as_it_was() -> None:
    event = parse(WIRE)
    assert isinstance(event, LotsAssignedEvent)
    assert event.data == TOLD


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_a_day_s_midnight_falls_on_that_day_also_when_clocks_change(day: date) -> None:
    assert local_date(midnight(day)) == day
    assert local_date(midnight(day).astimezone(UTC)) == day


def test_midnight_follows_the_clock_on_the_wall() -> None:
    assert midnight(date(2021, 3, 28)).isoformat() == "2021-03-28T00:00:00+01:00"
    assert midnight(date(2021, 3, 29)).isoformat() == "2021-03-29T00:00:00+02:00"
    assert midnight(date(2021, 10, 31)).isoformat() == "2021-10-31T00:00:00+02:00"


# Header: enough to route a record that nothing else here can read


def _changed(**changes: Any) -> bytes:
    return compact({**json.loads(WIRE), **changes})


def _without(attribute: str) -> bytes:
    return compact({key: value for key, value in json.loads(WIRE).items() if key != attribute})


@pytest.mark.parametrize("example", FACTS, ids=str)
def test_a_header_is_read_from_every_fact(example: Example) -> None:
    seen = header(example.wire)
    assert (seen.type, str(seen.subject)) == (example.type, example.event["subject"])


@pytest.mark.parametrize(
    "value",
    [
        _changed(type="NotYetThoughtOf"),
        _changed(data={"anything": [1, None]}),
        _changed(traceparent="00-1-2-01", specversion="1.1"),
        _without("data"),
        _without("time"),
    ],
    ids=["an unknown type", "other data", "extensions", "no data", "no time"],
)
def test_a_header_is_read_whatever_the_rest_looks_like(value: bytes) -> None:
    assert header(value).subject == CASE
    assert header(value).sequence == 5


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        _without("subject"),
        _without("source"),
        _without("sequence"),
        _without("type"),
        _changed(subject="not a uuid"),
        _changed(sequence=0),
        _changed(sequence="first"),
    ],
    ids=repr,
)
def test_a_record_without_a_place_in_a_case_has_no_header(value: bytes) -> None:
    with pytest.raises(ValidationError):
        header(value)
    with pytest.raises(ValidationError):
        parse(value)


@pytest.mark.parametrize(
    "value",
    [
        _changed(type="NotYetThoughtOf"),
        _changed(specversion="0.3"),
        _changed(time="2021-03-31T00:00:00"),
        _changed(data={"happened_on": "2021-02-29", "lots_id": "lots-2"}),
        _changed(data={"lots_id": "lots-2"}),
        _changed(data=None),
    ],
    ids=["unknown type", "other specversion", "time without offset", "no such day", "no day", "no data"],
)
def test_a_record_that_breaks_the_contract_is_not_parsed(value: bytes) -> None:
    with pytest.raises(ValidationError):
        parse(value)


# The models


@pytest.mark.parametrize("event", ALL_EVENTS, ids=lambda event: event.__name__)
def test_a_producer_cannot_write_a_field_that_is_not_in_the_contract(event: type[Envelope]) -> None:
    example = next(example for example in FACTS if example.type == event.model_fields["type"].default)
    assert event.model_validate(example.event)
    with pytest.raises(ValidationError, match="extra_forbidden"):
        event.model_validate({**example.event, "data": {**example.event["data"], "name": "Åsa"}})


@pytest.mark.parametrize("field", sorted(LotsAssigned.model_fields))
def test_a_fact_cannot_be_changed_once_told(field: str) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(TOLD, field, None)


def test_attributes_travel_with_consent_and_no_other_fact_of_consent_has_room_for_them() -> None:
    assert [name for name, fact in FACT_OF.items() if "attributes" in fact.model_fields] == [ConsentGiven.wire_name()]
