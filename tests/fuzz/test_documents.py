"""What each service's OpenAPI document says, walked operation by operation."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import pytest
from fastapi import FastAPI

from services.chassis.auth import User
from services.chassis.http import PROBLEM
from tests.fuzz.documents import DOCUMENTS, applications

METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [
    pytest.param(document, path, method, id=f"{name}-{method}-{path}")
    for name, document in DOCUMENTS.items()
    for path, operations in document["paths"].items()
    for method in operations
]
OPEN = ("/health/live", "/health/ready")


def _resolved(document: Any, node: Any) -> Any:
    """The node with what it refers to in place."""
    if isinstance(node, list):
        return [_resolved(document, each) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _resolved(document, document["components"]["schemas"][node["$ref"].rpartition("/")[2]])
    return {name: _resolved(document, each) for name, each in node.items()}


def _examples(document: Any, operation: Any) -> Iterator[tuple[Any, Any]]:
    """Each body's schema with each example of it."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = _resolved(document, content["schema"])
        found = [content["example"]] if "example" in content else schema.get("examples", [])
        assert found, "a body without an example"
        yield from ((schema, example) for example in found)


@pytest.mark.parametrize(("document", "path", "method"), OPERATIONS)
def test_every_refusal_is_a_problem(document: Any, path: str, method: str) -> None:
    responses = document["paths"][path][method]["responses"]
    for status in ("400", "404", "405", "409", "422", "500"):
        assert list(responses[status]["content"]) == [PROBLEM]
    assert "Allow" in responses["405"]["headers"]
    if not path.startswith("/health"):
        assert list(responses["503"]["content"]) == [PROBLEM]
        assert "Retry-After" in responses["503"]["headers"]


@pytest.mark.parametrize(("document", "path", "method"), OPERATIONS)
def test_it_says_how_to_sign_in(document: Any, path: str, method: str) -> None:
    operation = document["paths"][path][method]
    if path in OPEN:
        assert "security" not in operation
        assert "401" not in operation["responses"]
        return
    assert operation["security"] == [{"bearer": []}, {"session": []}]
    assert "WWW-Authenticate" in operation["responses"]["401"]["headers"]
    assert list(operation["responses"]["403"]["content"]) == [PROBLEM]


@pytest.mark.parametrize(("document", "path", "method"), OPERATIONS)
def test_every_body_has_examples_that_fit_its_schema(document: Any, path: str, method: str) -> None:
    operation = document["paths"][path][method]
    for schema, example in _examples(document, operation):
        jsonschema.validate(example, schema, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_servers_and_schemes(document: Any) -> None:
    assert [server["url"] for server in document["servers"]] == ["/"]
    schemes = document["components"]["securitySchemes"]
    assert (schemes["bearer"]["type"], schemes["bearer"]["scheme"]) == ("http", "bearer")
    assert (schemes["session"]["in"], schemes["session"]["name"]) == ("cookie", "samspel_session")
    assert "HTTPValidationError" not in json.dumps(document)


APPS = applications()


class SomebodySignedIn:
    """Takes any token."""

    def user(self, token: str) -> User:
        assert token
        return User(id="test", name="Test", roles=frozenset())


def _client(app: FastAPI, accept: str = "application/json") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://samspel.test", headers={"accept": accept})


@pytest.mark.parametrize("service", DOCUMENTS)
async def test_a_method_that_is_not_there_is_405_with_those_that_are(service: str) -> None:
    document = DOCUMENTS[service]
    # A command by a stranger is 401 before its address is looked at, so somebody is signed in here.
    app = applications()[service]
    app.state.runtime.identity = SomebodySignedIn()
    async with _client(app) as client:
        client.headers["authorization"] = "Bearer anything"
        for path, operations in document["paths"].items():
            for method in set(METHODS) - set(operations):
                answer = await client.request(method, path.replace("{", "").replace("}", ""))
                assert answer.status_code == 405, (method, path)
                assert answer.headers["content-type"] == PROBLEM
                assert answer.json()["code"] == "method_not_allowed"
                assert answer.headers["allow"] == ", ".join(sorted(map(str.upper, operations)))


async def test_allow_names_the_methods_of_every_route_at_the_path() -> None:
    async with _client(APPS["reporting"]) as client:
        answer = await client.put("/logga-in")  # open to all: no sign-in comes before it
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("service", DOCUMENTS)
async def test_nobody_signed_in_is_told_how(service: str) -> None:
    async with _client(APPS[service]) as client:
        answer = await client.get(f"/api/{service}/dead-letters")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "token_not_valid"


@pytest.mark.parametrize("service", DOCUMENTS)
async def test_an_address_that_is_not_there(service: str) -> None:
    async with _client(APPS[service]) as client:
        answer = await client.get("/api/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_page")
    assert answer.headers["content-type"] == PROBLEM
