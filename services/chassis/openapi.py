"""The OpenAPI document as it is true of Samspel: refusals as problem+json, where it is served, how to sign in."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from contracts.problems import (
    Conflict,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    NotReadable,
    NotSignedIn,
)
from services.chassis.http import PROBLEM, Broken, Problem, Unavailable

_REFUSALS: Final = (
    NotReadable, NotSignedIn, Forbidden, NotFound, MethodNotAllowed, Conflict, Invalid, Unavailable, Broken,
)  # fmt: skip

RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    refusal.status: {"model": Problem, "description": refusal.__doc__ or refusal.__name__} for refusal in _REFUSALS
}
"""What any route may answer; they also stand in for FastAPI's own, which Samspel never sends."""


def _header(name: str, description: str) -> dict[str, Any]:
    return {"headers": {name: {"schema": {"type": "string"}, "description": description}}}


_BESIDE: Final = {
    NotSignedIn.status: _header("WWW-Authenticate", "Bearer"),
    MethodNotAllowed.status: _header("Allow", "The methods there are."),
    Unavailable.status: _header("Retry-After", "Seconds to wait."),
}
# Relative, so that it is right wherever the document was read: at the gateway, or at the service itself.
_SERVERS: Final = [{"url": "/", "description": "The installation this document was read from."}]


def install(app: FastAPI) -> None:
    """Makes ``/openapi.json`` say it. Called when all routes are there."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to change the document


def _document(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(title=app.title, version=app.version, routes=app.routes, servers=_SERVERS)
    for path in made["paths"].values():
        for operation in path.values():
            _say_truly(operation)
    return made


def _say_truly(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if not operation.get("security"):
        for refusal in (NotSignedIn, Forbidden):
            responses.pop(str(refusal.status), None)
    for status, response in responses.items():
        described = list(response.get("content", {}).values())
        # FastAPI puts every model under the media type of the route's own answer.
        if described and described[0].get("schema", {}).get("$ref") in _PROBLEMS:
            response.update({"content": {PROBLEM: described[0]}}, **_BESIDE.get(int(status), {}))


_PROBLEMS: Final = frozenset({"#/components/schemas/Problem", "#/components/schemas/Rejection"})
