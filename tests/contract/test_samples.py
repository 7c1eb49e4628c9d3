"""What a schema allows, the models read: with machine-made samples, and with fields nobody has thought of."""

import json
import unicodedata
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.events import FACT_OF, encode, parse
from contracts.generate import FOLDER, INBOX
from tests.contract.corpus import compact
from tests.contract.samples import samples
from tests.examples import examples

_UNHURRIED = settings(
    max_examples=examples(20),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

# Names that no version of a contract uses, and any JSON below them.
_NEWER_FIELDS = st.dictionaries(
    st.text("abcdefghijklmnopqrstuvwxyzåäö", min_size=1, max_size=8).map("x_{}".format),
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2),
    min_size=1,
    max_size=3,
)


def _committed(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((FOLDER / "schemas" / name / "v1.json").read_text(encoding="utf-8"))
    return schema


_SAMPLES = {name: samples(_committed(name)) for name in (*FACT_OF, *INBOX)}


@pytest.mark.parametrize("name", sorted(FACT_OF))
def test_whatever_a_fact_s_schema_allows_is_read_and_written_back_and_newer_fields_are_passed_over(name: str) -> None:
    """Both laws on one sample: making a sample takes most of the time."""
    validator = jsonschema.Draft202012Validator(_committed(name))

    @_UNHURRIED
    @given(_SAMPLES[name], _NEWER_FIELDS)
    def reads(sample: Any, newer: dict[str, Any]) -> None:
        validator.validate(sample)
        event = parse(compact(sample))
        assert event.type == unicodedata.normalize("NFC", name)
        assert parse(encode(event)) == event
        assert parse(compact(_with(newer, sample))) == event, "with fields that a newer producer added"

    reads()


@pytest.mark.parametrize("name", INBOX)
def test_whatever_an_inbox_schema_allows_is_a_well_formed_message(name: str) -> None:
    @_UNHURRIED
    @given(_SAMPLES[name])
    def reads(sample: Any) -> None:
        assert INBOX[name].model_validate_json(compact(sample)).type == name

    reads()


def _with(newer: dict[str, Any], value: Any) -> Any:
    """The same JSON with the newer fields in every object."""
    match value:
        case dict():
            return {**{key: _with(newer, part) for key, part in value.items()}, **newer}
        case list():
            return [_with(newer, part) for part in value]
        case _:
            return value
