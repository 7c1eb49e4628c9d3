"""Writes the contract's files from the models: ``python -m contracts.generate``, or ``make contracts``.

    schemas/<type>/v1.json   JSON Schema 2020-12 of one event: what its producer writes, and nothing more
    asyncapi.json            AsyncAPI 3.0: every topic, who sends and who receives on it, and each message
    codes.json               the code lists with their Swedish labels

With ``--check`` nothing is written; every file that differs is named, and the exit status is 1 if one does.
A schema without a model is reported and never deleted: what was published stays.
"""

import argparse
import inspect
import json
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from contracts import codes, topics
from contracts.agency import FEEDBACK, RECEIPTS, InboxEvent, ReferralSubmittedEvent
from contracts.agency_requests import REQUEST_EVENTS, REQUEST_RECEIPTS
from contracts.catalogue import AGENCIES
from contracts.corrections import CORRECTIONS
from contracts.envelope import CONTENT_TYPE, Fact, schema_urn
from contracts.events import FACT_OF, WIRE_MODEL
from contracts.followup import ABSENCE_FACTS, FOLLOWUP_FACTS, NOTICE_FACTS
from contracts.labels import event_label, label
from contracts.model import Model, nfc
from contracts.office import OFFICE_FACTS
from contracts.operations import OPERATIONS_FACTS
from contracts.planning import CAPACITY_FACTS, PLANNING_FACTS
from contracts.referral import COUNTED_FACTS, DOOR_FACTS, REFERRAL_FACTS

Json = dict[str, Any]

FOLDER: Final = Path(__file__).parent
INBOX: Final[Mapping[str, type[InboxEvent]]] = {
    nfc(event.__name__.removesuffix("Event")): event for event in (ReferralSubmittedEvent, *REQUEST_EVENTS)
}
"""What agencies write to their inboxes, by type."""

READS: Final[Mapping[str, tuple[str, ...]]] = {
    "referral": ("inbox", "planning"),
    "planning": ("referral",),
    "followup": ("referral", "planning"),
    "reporting": ("referral", "planning", "followup", "office"),
}
"""The channels each service reads."""


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER) -> int:
    """Writes the files, or with ``--check`` compares them. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m contracts.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs")
    wanted = files()
    if parser.parse_args(arguments).check:
        faults = list(differences(wanted, folder))
        print("\n".join(faults) or f"{len(wanted)} files are as the models say")
        return 1 if faults else 0
    for name, text in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"{len(wanted)} files written below {folder}")
    return 0


def differences(wanted: Mapping[str, str], folder: Path) -> Iterator[str]:
    """One line for each file that is missing, differs, or has no model any more."""
    for name, text in wanted.items():
        path = folder / name
        if not path.exists():
            yield f"{name}: missing; run make contracts and commit it"
        elif path.read_text(encoding="utf-8") != text:
            yield f"{name}: differs from its model; run make contracts and commit it"
    for path in sorted(folder.glob("schemas/*/*.json")):
        name = nfc(path.relative_to(folder).as_posix())
        if name not in wanted:
            yield f"{name}: no model makes it any more, but what was published stays"


def files() -> dict[str, str]:
    """Every generated file's text by its path below ``contracts/``."""
    schemas = {
        f"schemas/{name}/v{_version(name)}.json": json.dumps(schema, sort_keys=True, **_READABLE) + "\n"
        for name, schema in event_schemas().items()
    }
    return {
        **schemas,
        "asyncapi.json": json.dumps(asyncapi(), **_READABLE) + "\n",
        "codes.json": json.dumps(code_lists(), **_READABLE) + "\n",
    }


_READABLE: Final[Any] = {"ensure_ascii": False, "indent": 2}


# JSON Schema


class _SubmittedSchema(GenerateJsonSchema):
    """What an agency may write. No titles made from field names: they repeat the name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the parent's signature
        return False


class _FactSchema(_SubmittedSchema):
    """What Samspel writes: absent values are left out, so null never travels (contracts.events.encode)."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if "default" in made and made["default"] is None:
            del made["default"]
        return made


def event_schemas() -> dict[str, Json]:
    """The JSON Schema of each event on the wire, by type."""
    facts = {name: _fact_schema(name, fact) for name, fact in FACT_OF.items()}
    return {**facts, **{name: _inbox_schema(name, event) for name, event in INBOX.items()}}


_OPTIONAL_ATTRIBUTES: Final = frozenset({"causationid", "association"})


def _fact_schema(name: str, fact: type[Fact]) -> Json:
    schema = WIRE_MODEL[name].model_json_schema(schema_generator=_FactSchema)
    attributes = schema["properties"]
    attributes["source"] = _constant(fact.sources)
    attributes["dataschema"] = {"const": schema_urn(name, fact.wire_version), "type": "string"}
    # pydantic calls a constant optional, since its models fill it in. On the wire it is always there.
    for attribute in attributes.values():
        if "const" in attribute:
            attribute.pop("default", None)
    return _finished(schema, name, fact, sorted(set(attributes) - _OPTIONAL_ATTRIBUTES - {"data"}))


def _constant(values: Sequence[str]) -> Json:
    return {"type": "string", **({"const": values[0]} if len(values) == 1 else {"enum": list(values)})}


def _inbox_schema(name: str, event: type[InboxEvent]) -> Json:
    schema = event.model_json_schema(schema_generator=_SubmittedSchema)
    return _finished(schema, name, _data(event), schema["required"])


def _data(event: type[InboxEvent]) -> type[Model]:
    data: Any = event.model_fields["data"].annotation
    return data  # type: ignore[no-any-return]


def _finished(schema: Json, name: str, model: type[Model], required: Sequence[str]) -> Json:
    definitions = schema.pop("$defs")
    data = definitions.pop(schema["properties"]["data"]["$ref"].removeprefix("#/$defs/"))
    schema["properties"]["data"] = data
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": schema_urn(name, _version(name)),
        **schema,
        "$defs": definitions,
        "title": name,
        "description": inspect.getdoc(model),
        "required": sorted({*required, "data"}),
    }


def _version(name: str) -> int:
    return FACT_OF[name].wire_version if name in FACT_OF else 1


# AsyncAPI

_SENDS: Final[Mapping[str, tuple[str, ...]]] = {
    "referral": ("referral", "outbox", "deadLetters"),
    "planning": ("planning", "deadLetters"),
    "followup": ("followup", "deadLetters"),
    "reporting": ("office", "deadLetters"),
}

_BINDING: Final = "0.5.0"
_KEY: Final[Json] = {
    "kafka": {
        "key": {"type": "string", "format": "uuid", "description": "The envelope's subject."},
        "bindingVersion": _BINDING,
    }
}


def asyncapi() -> Json:
    """One AsyncAPI 3.0 document for all services, its schemas within, so that it can be passed on alone."""
    channels = _channels()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Samspel",
            "version": "1",
            "description": (
                "Events of a coordination association (samordningsförbund). Every record's value is a whole "
                "CloudEvents 1.0 event in structured JSON. Within version 1 the messages change only by new "
                "optional fields and consented codes, so a reader ignores fields it does not know."
            ),
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "Apache Kafka 4.",
                "variables": {"bootstrap": {"default": "127.0.0.1:9092"}},
            }
        },
        "channels": channels,
        "operations": dict(_asyncapi_operations(channels)),
        "components": {"messages": _messages(), "schemas": _component_schemas()},
    }


def _channels() -> Json:
    agency = {"agency": {"description": "An agency of the catalogue.", "enum": list(AGENCIES)}}
    service = {"service": {"description": "The service that could not read.", "enum": list(topics.SERVICES)}}
    return {
        "referral": _channel(
            topics.REFERRAL,
            "Facts of the referral service: referrals, consent, consultations and people put forward.",
            (*REFERRAL_FACTS, *COUNTED_FACTS, *DOOR_FACTS, *CORRECTIONS),
        ),
        "planning": _channel(
            topics.PLANNING,
            "Facts of the planning service: from team meeting to exit, and the sessions of teams.",
            (*PLANNING_FACTS, *CAPACITY_FACTS, *CORRECTIONS),
        ),
        "followup": _channel(
            topics.FOLLOWUP,
            "Facts of the follow-up service: what is owed of a samplan, which workers are away, and the notices sent"
            " to workers.",
            (*FOLLOWUP_FACTS, *ABSENCE_FACTS, *NOTICE_FACTS, *CORRECTIONS),
        ),
        "office": _channel(
            topics.OFFICE,
            "Facts of the association's office, of no case: frozen reports, answered surveys, amounts.",
            (*OFFICE_FACTS, *CORRECTIONS),
        ),
        "inbox": _channel(
            topics.inbox("{agency}"),
            "Where an agency writes its referrals, and what it asks about them. The only topics with identities; kept"
            " fourteen days.",
            tuple(_data(event) for event in INBOX.values()),
            agency,
        ),
        "outbox": _channel(
            topics.outbox("{agency}"),
            "Where an agency reads its receipts, one for each record of the inbox, and then every step of its"
            " referrals, by its own reference.",
            (*RECEIPTS, *REQUEST_RECEIPTS, *FEEDBACK),
            agency,
        ),
        "deadLetters": _channel(
            topics.dead_letters("{service}"),
            "Where a service says which records it could not use, and which of them will not be replayed.",
            OPERATIONS_FACTS,
            service,
        ),
    }


def _channel(
    address: str, description: str, messages: Sequence[type[Model]], parameters: Mapping[str, Any] | None = None
) -> Json:
    names = [nfc(message.__name__) for message in messages]
    return {
        "address": address,
        "description": description,
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in map(component_key, names)},
        **({"parameters": parameters} if parameters else {}),
        "bindings": {"kafka": _topic_binding(address)},
    }


def _topic_binding(address: str) -> Json:
    beginning = address.partition("{")[0]
    spec = next(spec for spec in topics.ALL if spec.name.startswith(beginning) and _same_kind(spec, address))
    kept = {name: int(value) for name, value in spec.config.items() if name.startswith("retention.")}
    return {
        "partitions": spec.partitions,
        "topicConfiguration": {"cleanup.policy": [spec.config["cleanup.policy"]], **kept},
        "bindingVersion": _BINDING,
    }


def _same_kind(spec: topics.TopicSpec, address: str) -> bool:
    return spec.name.endswith(address.rpartition("}")[2])


def _asyncapi_operations(channels: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    for service in topics.SERVICES:
        for does, table in (("receive", READS), ("send", _SENDS)):
            for channel in table[service]:
                key = f"{service}{does.capitalize()}s{channel[0].upper()}{channel[1:]}"
                yield key, _operation(does, service, channel, channels[channel])


def _operation(does: str, service: str, channel: str, described: Json) -> Json:
    return {
        "action": does,
        "summary": f"The {service} service {does}s: {described['description']}",
        "channel": {"$ref": f"#/channels/{channel}"},
        "tags": [{"name": service}],
        "messages": [{"$ref": f"#/channels/{channel}/messages/{key}"} for key in described["messages"]],
    }


def _messages() -> Json:
    return {component_key(name): _message(name, schema) for name, schema in event_schemas().items()}


def _message(name: str, schema: Json) -> Json:
    example = min((FOLDER / "corpus" / name).glob("*.json"))
    return {
        "name": name,
        "title": name,
        "summary": str(schema["description"]).partition("\n")[0],
        "description": schema["description"],
        "contentType": CONTENT_TYPE,
        "tags": [{"name": event_label(name)}],
        "payload": {"$ref": f"#/components/schemas/{component_key(name)}"},
        "examples": [{"name": example.stem, "payload": json.loads(example.read_text(encoding="utf-8"))}],
        **({} if name in INBOX else {"bindings": _KEY}),
    }


def _component_schemas() -> Json:
    held: Json = {}
    for name, schema in event_schemas().items():
        parts = {component_key(name): schema, **schema["$defs"]}
        for key, part in parts.items():
            moved = _moved({k: v for k, v in part.items() if k not in {"$schema", "$id", "$defs"}})
            if held.setdefault(key, moved) != moved:
                raise ValueError(f"two schemas are called {key} and differ")
    return dict(sorted(held.items()))


def _moved(schema: Any) -> Any:
    """The same schema with references into the document's components.

    AsyncAPI's dialect ignores what stands beside a ``$ref``, so such a reference is wrapped in ``allOf``.
    """
    if isinstance(schema, list):
        return [_moved(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    moved = {key: _moved(value) for key, value in schema.items() if key != "$ref"}
    if "$ref" not in schema:
        return moved
    reference = {"$ref": schema["$ref"].replace("#/$defs/", "#/components/schemas/")}
    return {"allOf": [reference], **moved} if moved else reference


def component_key(name: str) -> str:
    """A type's key in the document, whose keys are ASCII. The message's ``name`` keeps the ä."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


# Code lists


def code_lists() -> Json:
    """Every code list: what it is about, and its codes with their Swedish labels in their own order."""
    lists = [made for _, made in inspect.getmembers(codes, inspect.isclass) if issubclass(made, StrEnum)]
    return {
        made.__name__: {
            "description": inspect.getdoc(made),
            "codes": [{"code": code.value, "label": label(code)} for code in made],
        }
        for made in lists
        if made is not StrEnum
    }


if __name__ == "__main__":
    sys.exit(main())
