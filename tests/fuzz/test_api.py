"""Every operation of every service's OpenAPI document, with whatever fits its schema and what does not, as each role.

Nothing is answered 5xx, and every answer is one that the document declares: its status, its content type, its schema.
The examples are the same in each run.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.documents import DOCUMENTS
from tests.fuzz.running import ROLES, Running

load_all_checks()
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
_EXAMPLES = 15


def _operations() -> Iterator[tuple[str, Any]]:
    for name, document in DOCUMENTS.items():
        for found in schemathesis.openapi.from_dict(document).get_all_operations():
            assert isinstance(found, Ok), found
            yield name, found.ok()


OPERATIONS = [
    pytest.param(name, operation, id=f"{name}-{operation.method}-{operation.path}")
    for name, operation in _operations()
]


# Schemathesis draws from the random module, which Hypothesis seeds anew for each example.
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_nothing_that_is_sent_is_answered_5xx_or_what_the_document_does_not_declare(
    system: Running, service: str, operation: Any, mode: GenerationMode
) -> None:
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.path_parameters):
        return  # nothing to send that could be wrong

    @settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=_EXAMPLES,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), role=st.sampled_from(ROLES), chosen=st.data())
    def sent(case: Any, role: Any, chosen: st.DataObject) -> None:
        if mode is GenerationMode.POSITIVE:
            for name in case.path_parameters:
                if name in system.known and chosen.draw(st.booleans()):
                    case.path_parameters[name] = chosen.draw(st.sampled_from(system.known[name]))
        answer = case.call(base_url=system.urls[service], headers=system.bearer(role))
        case.validate_response(answer, checks=_CHECKS)

    sent()
