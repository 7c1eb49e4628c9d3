"""The AsyncAPI document holds together, agrees with the topics, and describes what really travels."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from contracts import topics
from contracts.events import FACT_OF
from contracts.generate import FOLDER, INBOX, component_key
from contracts.labels import event_label
from tests.contract.corpus import EXAMPLES, Example
from tests.examples import some

DOCUMENT: dict[str, Any] = json.loads((FOLDER / "asyncapi.json").read_text(encoding="utf-8"))
_KEY = re.compile(r"[A-Za-z0-9._-]+")


def _references(part: Any) -> Iterator[str]:
    match part:
        case dict():
            if "$ref" in part:
                yield part["$ref"]
            for held in part.values():
                yield from _references(held)
        case list():
            for held in part:
                yield from _references(held)
        case _:
            return


def _at(reference: str) -> Any:
    part: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        part = part[step]
    return part


def test_it_is_asyncapi_3() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    assert DOCUMENT["defaultContentType"] == "application/cloudevents+json"


def test_every_reference_leads_somewhere_within_it() -> None:
    references = set(_references(DOCUMENT))
    assert all(reference.startswith("#/") for reference in references)
    assert [reference for reference in sorted(references) if not isinstance(_at(reference), dict)] == []


def test_a_reference_stands_alone_since_the_dialect_ignores_its_neighbours() -> None:
    def lonely(part: Any) -> bool:
        match part:
            case dict():
                return ("$ref" not in part or len(part) == 1) and all(map(lonely, part.values()))
            case list():
                return all(map(lonely, part))
            case _:
                return True

    assert lonely(DOCUMENT)


@pytest.mark.parametrize("place", ["channels", "operations", "servers"])
def test_keys_are_ascii(place: str) -> None:
    assert all(_KEY.fullmatch(key) for key in DOCUMENT[place])


def test_component_keys_are_ascii() -> None:
    assert all(_KEY.fullmatch(key) for part in DOCUMENT["components"].values() for key in part)


def test_each_type_is_a_message_of_as_many_channels_as_services_may_append_it() -> None:
    carried = [
        _at(reference["$ref"])["name"]
        for channel in DOCUMENT["channels"].values()
        for reference in channel["messages"].values()
    ]
    expected = [name for name, fact in FACT_OF.items() for _ in fact.sources]
    assert sorted(carried) == sorted([*expected, *INBOX])


def test_messages_are_described_cloud_events_keyed_by_case() -> None:
    for message in DOCUMENT["components"]["messages"].values():
        assert message["contentType"] == "application/cloudevents+json"
        assert message["description"]
        assert ("bindings" in message) == (message["name"] not in INBOX)


def test_channels_and_topics_are_the_same_with_the_same_partitions() -> None:
    described = {
        name: channel["bindings"]["kafka"]["partitions"]
        for channel in DOCUMENT["channels"].values()
        for name in _addresses(channel)
    }
    assert described == {spec.name: spec.partitions for spec in topics.ALL}


def _addresses(channel: dict[str, Any]) -> list[str]:
    """The topics a channel stands for: its address with each value of its parameter."""
    address: str = channel["address"]
    for name, parameter in channel.get("parameters", {}).items():
        return [address.replace(f"{{{name}}}", value) for value in parameter["enum"]]
    return [address]


def test_operations_take_only_messages_of_their_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in {"send", "receive"}
        channel = operation["channel"]["$ref"]
        assert _at(channel)
        assert all(message["$ref"].startswith(f"{channel}/messages/") for message in operation["messages"])


def test_each_service_sends_its_own_facts_and_nobody_else_does() -> None:
    for owner in ("referral", "planning", "followup"):
        senders = [
            operation["tags"][0]["name"]
            for operation in DOCUMENT["operations"].values()
            if operation["action"] == "send" and operation["channel"]["$ref"] == f"#/channels/{owner}"
        ]
        assert senders == [owner]


def test_only_referral_reads_the_identities_of_the_inbox() -> None:
    readers = [
        operation["tags"][0]["name"]
        for operation in DOCUMENT["operations"].values()
        if operation["channel"]["$ref"] == "#/channels/inbox"
    ]
    assert readers == ["referral"]


@pytest.mark.parametrize("example", some(EXAMPLES), ids=str)
def test_an_example_of_the_corpus_is_a_payload_of_its_message(example: Example) -> None:
    registry: Any = Registry().with_resource(
        "urn:asyncapi", Resource.from_contents(DOCUMENT, default_specification=DRAFT7)
    )
    payload = {"$ref": f"urn:asyncapi#/components/schemas/{component_key(example.type)}"}
    validator = jsonschema.Draft7Validator(payload, registry=registry)
    assert [error.message for error in validator.iter_errors(example.event)] == []
    assert not validator.is_valid({**example.event, "nobody_knows": 1})


def test_each_message_has_an_example_from_the_corpus_and_a_swedish_name() -> None:
    for name, message in DOCUMENT["components"]["messages"].items():
        assert [example["payload"]["type"] for example in message["examples"]] == [message["name"]], name
        assert message["tags"] == [{"name": event_label(message["name"])}]
