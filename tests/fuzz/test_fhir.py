"""The FHIR interface, which is not in the OpenAPI document: hostile resources, searches and headers.

Nothing is answered 5xx, and what the interface refuses it refuses with an OperationOutcome.
"""

import json
from typing import Any, Final

import httpx
import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome
from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import Role
from tests.fhir import service_request
from tests.fuzz.running import ROLES, Running
from tests.fuzz.test_hostile import _SLOWLY, HOSTILE, TEXTS, _changed, _leaves, _quoted
from tests.malformed import AGENCY, NUMBER

BASE: Final = "/api/referral/fhir"
FHIR_JSON: Final = "application/fhir+json"
# A day in the future, so that the unchanged example is refused and no run depends on the one before.
EXAMPLE: Final = service_request(NUMBER, "REM-1", agency=AGENCY, unit="farsta", authored_on="2090-01-01")

_APART: Final = 7


def _client(system: Running) -> httpx.Client:
    headers = {**system.bearer(Role.AGENCY), "content-type": FHIR_JSON}
    return httpx.Client(base_url=system.urls["referral"] + BASE, headers=headers, timeout=30)


def assert_outcome(answer: httpx.Response, *statuses: int) -> None:
    assert answer.status_code in statuses, (answer.request.url, answer.text)
    assert answer.headers["content-type"] == FHIR_JSON
    if answer.status_code >= 400:
        assert OperationOutcome.model_validate_json(answer.content).issue


def test_hostile_values_in_every_element(system: Running) -> None:
    with _client(system) as client:
        # Each element gets some of the values, and each value many of the elements.
        for nth, leaf in enumerate(_leaves(EXAMPLE)):
            for value in HOSTILE[nth % _APART :: _APART]:
                answer = client.post("/ServiceRequest", content=json.dumps(_changed(EXAMPLE, leaf, value)))
                assert_outcome(answer, 201, 400, 422)
                assert NUMBER not in answer.text
                assert "xxxxx" not in answer.text, "what was sent is repeated"


@pytest.mark.parametrize("kind", [FHIR_JSON, "application/json; charset=utf-16", "text/plain", "x", "\xff"])
def test_a_body_that_is_no_resource(system: Running, kind: str) -> None:
    bodies: list[bytes] = [
        b"", b"{", b"[]", b"null", b"0", b'"\\u0000"', b"\xff\xfe", b"\0", b"9" * 5_000, b"[" * 20_000,
        b'{"contained":' * 10_000, b"NaN", json.dumps(EXAMPLE).encode("utf-16"),
        b'{"contained":[' + b"{}," * 40_000 + b"{}]}", b'{"identifier":[' + b"1," * 30_000 + b"1]}",
    ]  # fmt: skip
    with _client(system) as client:
        for body in bodies:
            answer = client.post("/ServiceRequest", content=body, headers={b"content-type": kind.encode("latin-1")})
            assert_outcome(answer, 400, 413, 415)


def test_a_body_larger_than_any_is_refused_before_it_is_read(system: Running) -> None:
    with _client(system) as client:
        answer = client.post("/ServiceRequest", content=b"x" * 300_000)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("path", ["/Task", "/Task/{any}", "/ServiceRequest/{any}", "/{any}", "/metadata"])
def test_any_text_in_the_address(system: Running, path: str) -> None:
    ids = system.known["case_id"]
    names = st.sampled_from(["identifier", "based-on", "_count", "after", "_format"]) | TEXTS
    values = TEXTS | st.sampled_from([*ids, *(f"ServiceRequest/{each}" for each in ids), "SOC-2021-88", "9" * 5_000])

    @_SLOWLY
    @given(
        text=values,
        asked=st.lists(st.tuples(names, values), max_size=3),
        role=st.sampled_from(ROLES),
        accept=st.sampled_from(["*/*", FHIR_JSON, "application/fhir+xml", "\xff"]),
    )
    def visit(text: str, asked: list[tuple[str, str]], role: Role | None, accept: str) -> None:
        query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in asked)
        headers = [(b"accept", accept.encode("latin-1"))]
        headers += [(name.encode(), value.encode()) for name, value in system.bearer(role).items()]
        address = f"{system.urls['referral']}{BASE}{path.replace('{any}', _quoted(text))}?{query}"
        assert_outcome(httpx.get(address, headers=headers, timeout=30), 200, 400, 401, 403, 404, 405, 406)
        if role is not None and path == "/Task":
            form = [*headers, (b"content-type", b"application/x-www-form-urlencoded")]
            searched = httpx.post(f"{address.partition('?')[0]}/_search", content=query, headers=form, timeout=30)
            assert_outcome(searched, 200, 400, 403, 406)

    visit()


def test_any_host(system: Running) -> None:
    for host in (b"", b"[::", b"a b", b"\xff", b"http://x/"):
        headers: list[tuple[bytes, bytes]] = [(b"host", host)]
        headers += [(name.encode(), value.encode()) for name, value in system.bearer(Role.AGENCY).items()]
        answer = httpx.get(f"{system.urls['referral']}{BASE}/Task", headers=headers, timeout=30)
        assert answer.status_code < 500


def test_it_takes_what_is_in_order(system: Running) -> None:
    tree: dict[str, Any] = _changed(EXAMPLE, ("authoredOn",), "2021-03-15")
    tree = _changed(tree, ("contained", 2, "dateTime"), "2021-03-15")
    with _client(system) as client:
        answer = client.post("/ServiceRequest", content=json.dumps(tree))
        assert_outcome(answer, 201)
        assert_outcome(client.get(f"/Task/{answer.json()['id']}"), 200)
