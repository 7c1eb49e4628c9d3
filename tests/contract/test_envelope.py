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

from contracts import followup, office, planning, referral
from contracts.corrections import RegisteredInError
from contracts.envelope import TIMER, Event, Fact, agency, schema_urn, service, worker
from contracts.events import (
    ALL_FACTS,
    FACT_OF,
    WIRE_MODEL,
    UnknownToThisVersion,
    encode,
    event_of,
    header,
    local_date,
    midnight,
    parse,
)
from contracts.planning import LotsAssigned, SamplanUpprättad
from contracts.referral import ConsentGiven
from tests.contract.corpus import FACTS, Example, compact
from tests.examples import some

CASE, EVENT, SUPPORT, CAUSE = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
FACT = LotsAssigned(happened_on=date(2021, 3, 31), support_id=SUPPORT, lots_id="lots-2")
RECORDED = datetime(2021, 3, 31, 10, 45, tzinfo=timezone(timedelta(hours=2)))
WIRE = encode(
    event_of(
        FACT,
        event_id=EVENT,
        stream_id=CASE,
        sequence=5,
        recorded=RECORDED,
        actor=worker("karin", "coordinator"),
        association="stockholm",
        causation_id=CAUSE,
    )
)


@pytest.mark.parametrize("name", sorted(FACT_OF))
def test_a_type_s_name_is_its_fact_s_and_in_nfc(name: str) -> None:
    fact = FACT_OF[name]
    assert WIRE_MODEL[name].model_fields["type"].default == name == fact.wire_name() == fact.__name__
    assert unicodedata.is_normalized("NFC", name)


@pytest.mark.parametrize("fact", ALL_FACTS, ids=lambda fact: fact.__name__)
def test_every_fact_says_which_services_may_append_it(fact: type[Fact]) -> None:
    assert all(source.startswith("/samspel/") for source in fact.sources)
    assert fact.sources != ()


def test_only_a_correction_may_come_from_several_services() -> None:
    assert [fact for fact in ALL_FACTS if len(fact.sources) > 1] == [RegisteredInError]
    assert set(RegisteredInError.sources) == {referral.SOURCE, planning.SOURCE, followup.SOURCE, office.SOURCE}


def test_the_plan_keeps_its_umlaut_in_the_type_and_loses_it_in_the_urn() -> None:
    assert SamplanUpprättad.wire_name() == "SamplanUppr\N{LATIN SMALL LETTER A WITH DIAERESIS}ttad"
    assert schema_urn("SamplanUpprättad", 1) == "urn:samspel:schema:SamplanUppr%C3%A4ttad:v1"
    assert schema_urn(unicodedata.normalize("NFD", "SamplanUpprättad"), 1) == schema_urn("SamplanUpprättad", 1)


@pytest.mark.parametrize("name", some(sorted(FACT_OF)))
def test_a_schema_s_urn_is_ascii(name: str) -> None:
    assert schema_urn(name, 1).isascii()


def test_no_two_events_share_a_name() -> None:
    assert len(FACT_OF) == len(WIRE_MODEL) == len(ALL_FACTS)


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
        "actor": "worker:karin:coordinator",
        "causationid": str(CAUSE),
        "association": "stockholm",
        "datacontenttype": "application/json",
        "dataschema": "urn:samspel:schema:LotsAssigned:v1",
        "data": {"happened_on": "2021-03-31", "support_id": str(SUPPORT), "lots_id": "lots-2"},
    }


def test_what_was_written_is_read_back_as_it_was() -> None:
    event = parse(WIRE)
    assert isinstance(event, Event)
    assert event.data == FACT


@pytest.mark.parametrize("actor", [worker("lova-1", "lots"), agency("stockholms-stad"), service("followup"), TIMER])
def test_an_actor_is_a_worker_an_agency_a_service_or_the_timer(actor: str) -> None:
    assert parse(_changed(actor=actor)).actor == actor


@pytest.mark.parametrize("actor", ["", "Karin", "worker:karin", "worker:Karin Åsa:coordinator", "agency:", "timer:1"])
def test_an_actor_is_nothing_else_and_least_of_all_a_name(actor: str) -> None:
    with pytest.raises(ValidationError):
        parse(_changed(actor=actor))


def test_an_event_names_what_led_to_it_and_its_association_where_there_is_one() -> None:
    assert parse(_without("causationid")).causationid is None
    assert parse(_without("association")).association is None


def test_an_event_without_an_actor_breaks_the_contract() -> None:
    with pytest.raises(ValidationError):
        parse(_without("actor"))


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_a_day_s_midnight_falls_on_that_day_also_when_clocks_change(day: date) -> None:
    assert local_date(midnight(day)) == day
    assert local_date(midnight(day).astimezone(UTC)) == day


def test_midnight_follows_the_clock_on_the_wall() -> None:
    assert midnight(date(2021, 3, 28)).isoformat() == "2021-03-28T00:00:00+01:00"
    assert midnight(date(2021, 3, 29)).isoformat() == "2021-03-29T00:00:00+02:00"
    assert midnight(date(2021, 10, 31)).isoformat() == "2021-10-31T00:00:00+02:00"


# EventHeader: enough to route a record that nothing else here can read


def _changed(**changes: Any) -> bytes:
    return compact({**json.loads(WIRE), **changes})


def _without(attribute: str) -> bytes:
    return compact({key: value for key, value in json.loads(WIRE).items() if key != attribute})


@pytest.mark.parametrize("example", some(FACTS), ids=str)
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
        _changed(specversion="0.3"),
        _changed(time="2021-03-31T00:00:00"),
        _changed(data={"happened_on": "2021-02-29", "lots_id": "lots-2"}),
        _changed(data={"lots_id": "lots-2"}),
        _changed(data=None),
    ],
    ids=["other specversion", "time without offset", "no such day", "no day", "no data"],
)
def test_a_record_that_breaks_the_contract_is_not_parsed(value: bytes) -> None:
    with pytest.raises(ValidationError):
        parse(value)


def test_a_type_or_a_code_that_is_newer_than_this_version_is_told_apart_from_a_broken_record() -> None:
    newer_type = _changed(type="NotYetThoughtOf")
    given = next(example for example in FACTS if example.type == "ConsentGiven").event
    newer_code = compact(
        {**given, "data": {**given["data"], "attributes": {**given["data"]["attributes"], "education": "doctorate"}}}
    )
    for value, what in ((newer_type, "type"), (newer_code, "data.attributes.education")):
        with pytest.raises(UnknownToThisVersion) as unknown:
            parse(value)
        assert unknown.value.what.endswith(what)
        assert header(value).sequence >= 1


@pytest.mark.parametrize("code", [7, None, ["grundskola"], {}], ids=["number", "null", "list", "object"])
def test_a_code_that_is_not_text_breaks_the_contract(code: object) -> None:
    given = next(example for example in FACTS if example.type == "ConsentGiven").event
    attributes = {**given["data"]["attributes"], "education": code}
    with pytest.raises(ValidationError):
        parse(compact({**given, "data": {**given["data"], "attributes": attributes}}))


# The models


@pytest.mark.parametrize("name", sorted(FACT_OF))
def test_a_producer_cannot_write_a_field_that_is_not_in_the_contract(name: str) -> None:
    event = WIRE_MODEL[name]
    example = next(example for example in FACTS if example.type == name)
    assert event.model_validate(example.event)
    with pytest.raises(ValidationError, match="extra_forbidden"):
        event.model_validate({**example.event, "data": {**example.event["data"], "name": "Åsa"}})


@pytest.mark.parametrize("field", sorted(LotsAssigned.model_fields))
def test_a_fact_cannot_be_changed_once_appended(field: str) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(FACT, field, None)


def test_attributes_travel_with_consent_and_no_other_fact_of_consent_has_room_for_them() -> None:
    assert [name for name, fact in FACT_OF.items() if "attributes" in fact.model_fields] == [ConsentGiven.wire_name()]
