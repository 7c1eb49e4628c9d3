"""The committed files are what the models say, and what they say is sound JSON Schema."""

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from contracts.events import FACT_OF
from contracts.generate import FOLDER, INBOX, differences, event_schemas, files, main
from contracts.model import nfc

SCHEMAS = event_schemas()


def _copy_of_the_generated(folder: Path) -> Path:
    shutil.copytree(FOLDER / "schemas", folder / "schemas")
    for name in ("asyncapi.json", "codes.json"):
        shutil.copy(FOLDER / name, folder / name)
    return folder


def test_the_committed_files_are_what_the_models_say() -> None:
    assert list(differences(files(), FOLDER)) == []


def test_each_type_has_a_schema_file_named_in_nfc() -> None:
    assert {path.parent.name for path in (FOLDER / "schemas").glob("*/v1.json")} == {*FACT_OF, *INBOX}


def test_making_them_twice_makes_the_same() -> None:
    assert files() == files()


def test_check_names_a_file_that_differs_one_that_lacks_and_one_too_many(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _copy_of_the_generated(tmp_path)
    assert main(["--check"], folder) == 0
    (folder / "asyncapi.json").write_text("{}\n", encoding="utf-8")
    (folder / "schemas" / "ConsentGiven" / "v1.json").unlink()
    (folder / "schemas" / "Forgotten").mkdir()
    (folder / "schemas" / "Forgotten" / "v1.json").write_text("{}\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["--check"], folder) == 1
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "schemas/ConsentGiven/v1.json",
        "asyncapi.json",
        "schemas/Forgotten/v1.json",
    ]


def test_writing_mends_what_differed_and_keeps_what_was_published(tmp_path: Path) -> None:
    folder = _copy_of_the_generated(tmp_path)
    (folder / "codes.json").unlink()
    kept = folder / "schemas" / "Forgotten" / "v1.json"
    kept.parent.mkdir()
    kept.write_text("{}\n", encoding="utf-8")
    assert main([], folder) == 0
    assert (folder / "codes.json").read_bytes() == (FOLDER / "codes.json").read_bytes()
    assert kept.exists()


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_is_valid_closed_and_says_what_it_means(name: str) -> None:
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    objects = [
        part
        for part in (schema, schema["properties"]["data"], *schema["$defs"].values())
        if part.get("type") == "object"
    ]
    assert all(part["additionalProperties"] is False for part in objects)
    assert schema["description"]
    assert schema["properties"]["type"]["const"] == name == nfc(name)


@pytest.mark.parametrize("name", sorted(FACT_OF))
def test_a_fact_s_schema_promises_the_whole_envelope(name: str) -> None:
    schema = SCHEMAS[name]
    assert schema["required"] == sorted({*schema["properties"]} - {"causationid", "association"})
    source = schema["properties"]["source"]
    assert tuple(source.get("enum", [source.get("const")])) == FACT_OF[name].sources
    assert schema["properties"]["dataschema"]["const"] == schema["$id"]
    assert '"null"' not in json.dumps(schema)


def test_what_an_agency_must_send_is_required_and_the_rest_is_not() -> None:
    for name in INBOX:
        assert SCHEMAS[name]["required"] == ["data", "id", "source", "specversion", "type"]
    assert "background" not in SCHEMAS["ReferralSubmitted"]["properties"]["data"]["required"]
    for name in INBOX.keys() - {"ReferralSubmitted"}:
        required = SCHEMAS[name]["properties"]["data"]["required"]
        assert "reference" in required
        assert "case_id" not in required


def test_code_lists_carry_their_labels() -> None:
    lists = json.loads((FOLDER / "codes.json").read_text(encoding="utf-8"))
    assert lists["Sex"]["codes"][0] == {"code": "woman", "label": "kvinna"}
