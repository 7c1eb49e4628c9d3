"""What docs/recipes.md says of a kind of event is done to a copy of the contract, and the event travels."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts import planning
from contracts.events import UnknownToThisVersion, parse
from tests import recipes
from tests.contract.corpus import FACTS, compact

_ROOT = Path(__file__).parents[2]
_LISTED = "PLANNING_FACTS: tuple[type[Fact], ...] = (\n"
_LABELLED = "EVENT_LABELS: Final[Mapping[str, str]] = {\n"


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A folder with the contract in which the recipe has been followed."""
    shutil.copytree(_ROOT / "contracts", tmp_path / "contracts")
    model = recipes.block("A kind of event", "python")
    _put(tmp_path / "contracts" / "planning.py", _LISTED, f"{model}\n\n{_LISTED}    MentorAssigned,\n")
    _put(tmp_path / "contracts" / "labels.py", _LABELLED, f'{_LABELLED}    "MentorAssigned": "Mentor utsedd",\n')
    example = tmp_path / "contracts" / "corpus" / "MentorAssigned" / "first.json"
    example.parent.mkdir()
    example.write_text(json.dumps(_event()), encoding="utf-8")
    return tmp_path


def _put(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def _event() -> dict[str, Any]:
    like = next(each for each in FACTS if each.type == "LotsAssigned").event
    data = {"happened_on": like["data"]["happened_on"], "mentor_id": "mentor-1"}
    schema = like["dataschema"].replace("LotsAssigned", "MentorAssigned")
    return {**like, "type": "MentorAssigned", "dataschema": schema, "data": data}


def _python(folder: Path, *arguments: str) -> str:
    """Runs Python in the folder, where its own contracts are found first."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_new_kind_of_event_gets_a_schema_a_place_in_asyncapi_and_is_read(changed: Path) -> None:
    _python(changed, "-m", "contracts.generate")
    schema = json.loads((changed / "contracts" / "schemas" / "MentorAssigned" / "v1.json").read_text("utf-8"))
    assert "mentor_id" in json.dumps(schema)
    asyncapi = json.loads((changed / "contracts" / "asyncapi.json").read_text("utf-8"))
    assert "MentorAssigned" in asyncapi["components"]["messages"]
    read = "import sys; from contracts.events import parse; print(parse(sys.argv[1].encode()).data.mentor_id)"
    assert _python(changed, "-c", read, json.dumps(_event())) == "mentor-1"


def test_a_service_of_today_keeps_it_for_the_version_that_knows_it() -> None:
    assert not hasattr(planning, "MentorAssigned")
    with pytest.raises(UnknownToThisVersion, match="type"):
        parse(compact(_event()))
