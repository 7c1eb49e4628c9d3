"""The data protection officer reads the log of reads and nothing else, by what the routes themselves demand."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi.routing import iter_route_contexts

from contracts.codes import Role
from tests.e2e.site_map import applications


def _demanded(dependant: Any) -> Iterator[Role]:
    """The roles that some part of a route lets in (:func:`services.chassis.http.signed_in`)."""
    for part in dependant.dependencies:
        if inspect.isfunction(part.call):
            yield from inspect.getclosurevars(part.call).nonlocals.get("roles", ())
        yield from _demanded(part)


def test_only_the_log_of_reads_lets_the_role_in(tmp_path: Path) -> None:
    let_in = {role: set[str]() for role in Role}
    for app in applications(tmp_path):
        for route in iter_route_contexts(app.routes):
            dependant = getattr(route, "dependant", None)
            for role in _demanded(dependant) if dependant else ():
                let_in[role].add(str(route.path))
    assert let_in[Role.DATA_PROTECTION] == {"/lasloggen", "/lasloggen/fil"}
    # The same reading finds what is known of the others.
    assert "/anmalningar/sok" in let_in[Role.OFFICE] - let_in[Role.AGENCY]
    assert "/api/referral/names" in let_in[Role.LOTS]
