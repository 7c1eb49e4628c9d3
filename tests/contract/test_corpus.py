"""Every example parses, is written back to the letter, keeps its promises and names nobody."""

import json
import re
import unicodedata
from collections import Counter
from datetime import date, timedelta
from typing import Any, TypeVar

import jsonschema
import pytest

from contracts.agency import ReferralSubmittedEvent
from contracts.agency_requests import ReferrerReplacedEvent
from contracts.catalogue import AGENCIES, INSATSER, OWN_KINDS, association
from contracts.envelope import Fact, schema_urn
from contracts.events import FACT_OF, encode, header, midnight, parse
from contracts.followup import FollowUpScheduled
from contracts.generate import INBOX, event_schemas
from contracts.planning import ParticipantExited
from contracts.referral import ReferralReceived
from tests.contract.corpus import EXAMPLES, FACTS, SENT, SUBMITTED, Example, compact, readable
from tests.examples import some

SCHEMAS = event_schemas()
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2}))?")
_IDENTITY_NUMBER = re.compile(r"[0-9]{6,8}[-+ ]?[0-9]{4}")

F = TypeVar("F", bound=Fact)

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)
every_fact = pytest.mark.parametrize("example", FACTS, ids=str)
# What holds of one fact holds of the next: written once for all of them.
some_facts = pytest.mark.parametrize("example", some(FACTS), ids=str)
every_message = pytest.mark.parametrize("example", SENT, ids=str)
every_referral = pytest.mark.parametrize("example", SUBMITTED, ids=str)


def _facts(kind: type[F]) -> list[F]:
    return [event.data for event in (parse(example.wire) for example in FACTS) if isinstance(event.data, kind)]


def test_each_type_has_examples() -> None:
    assert {example.type for example in EXAMPLES} == {*FACT_OF, *INBOX}


def test_no_event_id_is_used_twice() -> None:
    ids = Counter(example.event["id"] for example in EXAMPLES)
    assert [event_id for event_id, times in ids.items() if times > 1] == []


@every_example
def test_an_example_is_readable_nfc_and_in_the_folder_of_its_type(example: Example) -> None:
    assert example.text == readable(example.event)
    assert example.text == unicodedata.normalize("NFC", example.text)
    assert example.type == example.event["type"]


@every_example
def test_an_example_keeps_to_the_published_schema(example: Example) -> None:
    validator = jsonschema.Draft202012Validator(
        SCHEMAS[example.type], format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    assert [error.message for error in validator.iter_errors(example.event)] == []


@every_fact
def test_a_fact_is_written_back_to_the_letter(example: Example) -> None:
    assert encode(parse(example.wire)) == example.wire


@some_facts
def test_a_fact_tells_its_schema_its_source_and_both_its_times(example: Example) -> None:
    event = parse(example.wire)
    fact = FACT_OF[event.type]
    happened_on = date.fromisoformat(example.event["data"]["happened_on"])
    assert event.source in fact.sources
    assert event.dataschema == schema_urn(event.type, fact.wire_version)
    assert event.time == midnight(happened_on)
    assert event.recordedtime >= event.time
    assert header(example.wire).subject == event.subject


@every_message
def test_what_an_agency_sends_is_written_back_to_the_letter(example: Example) -> None:
    event = INBOX[example.type].model_validate_json(example.wire)
    assert compact(json.loads(event.model_dump_json(exclude_unset=True))) == example.wire


@every_referral
def test_a_referral_comes_from_a_unit_of_the_catalogue_and_a_number_nobody_has(example: Example) -> None:
    sent = ReferralSubmittedEvent.model_validate_json(example.wire)
    agency = AGENCIES[sent.source.removeprefix("/")]
    assert agency.unit(sent.data.referrer.unit) is not None
    assert sent.data.insats in INSATSER
    assert 980 <= int(sent.data.person.identity_number[8:11]) <= 999


@every_message
def test_a_request_comes_from_an_agency_and_a_unit_of_the_catalogue(example: Example) -> None:
    sent = INBOX[example.type].model_validate_json(example.wire)
    agency = AGENCIES[sent.source.removeprefix("/")]
    if isinstance(sent, ReferrerReplacedEvent):
        assert agency.unit(sent.data.unit) is not None


@every_fact
def test_no_fact_carries_an_identity_number_a_name_or_a_way_to_reach_somebody(example: Example) -> None:
    rest = _MOMENT.sub("", _UUID.sub("", example.text))
    assert _IDENTITY_NUMBER.search(rest) is None
    texts = {text.casefold() for text in _texts(example.event["data"])}
    assert [said for said in _personal() if any(said in text for text in texts)] == []


def _personal() -> set[str]:
    """NameClient, addresses and numbers of everybody in the corpus's referrals."""
    found: set[str] = set()
    for referral in SUBMITTED:
        data = referral.event["data"]
        person, officer = data["person"], data["referrer"]["officer"]
        found |= {person[key] for key in ("identity_number", "given_name", "family_name", "phone") if key in person}
        found |= {*officer["name"].split(), *officer.values()}
    return {said.casefold() for said in found}


def _texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for part in value.values() for text in _texts(part)]
        case list():
            return [text for part in value for text in _texts(part)]
        case _:
            return []


def test_received_referrals_agree_with_the_catalogue() -> None:
    for fact in _facts(ReferralReceived):
        sender = association(fact.agency) if fact.unit in OWN_KINDS else AGENCIES[fact.agency]
        unit = sender.unit(fact.unit)
        assert unit is not None
        assert unit.kind == fact.unit_kind
        assert INSATSER[fact.insats].rule_on(fact.happened_on) == INSATSER[fact.insats].rule(fact.rule.version)


def test_exits_carry_both_codes_or_neither() -> None:
    exits = _facts(ParticipantExited)
    for fact in exits:
        assert (fact.national_code is None) == (fact.reason is None)
    assert {(fact.reason, fact.national_code) for fact in exits} >= {(None, None), ("work", "1"), ("moved", "moved")}


def test_scheduled_follow_ups_have_the_windows_of_their_rule() -> None:
    for fact in _facts(FollowUpScheduled):
        rule = INSATSER[fact.rule.insats].rule(fact.rule.version)
        point = next(point for point in rule.follow_ups if point.id == fact.point)
        assert fact.responsible == point.responsible
        assert fact.opens_on == fact.due_on - timedelta(days=point.opens_days_before)
        assert fact.closes_on == fact.due_on + timedelta(days=point.closes_days_after)
        assert fact.nominal_on <= fact.due_on
        assert fact.due_on.isoweekday() <= 5


def test_the_corpus_holds_the_cases_that_are_easily_forgotten() -> None:
    happened = {example.event["data"]["happened_on"] for example in FACTS}
    assert {"2024-02-29", "2024-03-31", "2024-10-27", "2021-12-31"} <= happened
    nominal = {fact.nominal_on for fact in _facts(FollowUpScheduled)}
    assert {date(2024, 2, 29), date(2021, 2, 28), date(2025, 2, 28)} <= nominal


@some_facts
def test_optional_fields_are_left_out_and_never_null(example: Example) -> None:
    assert b":null" not in example.wire


# A receipt may lack these, but not one of a message that was read and taken in.
_ALWAYS_KNOWN = {
    "ReferralAcknowledged": {"reference", "message_id"},
    "RequestCarriedOut": {"reference", "message_id"},
}


@pytest.mark.parametrize("name", sorted(FACT_OF))
def test_each_optional_field_is_seen_present_and_absent(name: str) -> None:
    """Except a list, which is written even when empty."""
    optional = {key for key, field in FACT_OF[name].model_fields.items() if not field.is_required()}
    seen = [set(example.event["data"]) for example in FACTS if example.type == name]
    assert {key for key in optional if not any(key in keys for keys in seen)} == set()
    nullable = {key for key in optional if FACT_OF[name].model_fields[key].default is None}
    nullable -= _ALWAYS_KNOWN.get(name, set())
    assert {key for key in nullable if all(key in keys for keys in seen)} == set()
