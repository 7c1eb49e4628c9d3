"""The FHIR client of the examples, which is made of fhir.resources' R4 models, for tests to refer with."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any, Final

_FILE: Final = Path(__file__).parents[1] / "examples" / "fhir_client.py"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fhir_client", _FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CLIENT: Final = _loaded()
REGION: Final = "region-stockholm"


def service_request(number: str, reference: str = "REM-1", **asked: Any) -> dict[str, Any]:
    """The JSON of the example's ServiceRequest, in order on 15 March 2021."""
    asked = {"authored_on": "2021-03-15", **asked}
    request = CLIENT.service_request(reference=reference, identity_number=number, **asked)
    made: dict[str, Any] = request.model_dump(mode="json", exclude_none=True)
    return made
