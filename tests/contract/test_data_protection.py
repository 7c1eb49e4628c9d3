"""Which routes let a role in that sees little, by what the routes themselves demand."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from fastapi.routing import iter_route_contexts

from contracts.codes import Role
from tests.e2e.site_map import applications


def _demanded(dependant: Any) -> Iterator[Role]:
    """The roles that some part of a route lets in (:func:`services.chassis.http.signed_in`)."""
    for part in dependant.dependencies:
        if inspect.isfunction(part.call):
            yield from inspect.getclosurevars(part.call).nonlocals.get("roles", ())
        yield from _demanded(part)


@pytest.fixture(scope="module")
def let_in(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Role, set[str]]:
    """The routes that let each role in."""
    routes = {role: set[str]() for role in Role}
    for app in applications(tmp_path_factory.mktemp("applications")):
        for route in iter_route_contexts(app.routes):
            dependant = getattr(route, "dependant", None)
            for role in _demanded(dependant) if dependant else ():
                routes[role].add(str(route.path))
    return routes


def test_the_data_protection_officer_reads_the_log_of_reads_and_nothing_else(let_in: Mapping[Role, set[str]]) -> None:
    assert let_in[Role.DATA_PROTECTION] == {"/lasloggen", "/lasloggen/fil"}
    # The same reading finds what is known of the others.
    assert "/anmalningar/sok" in let_in[Role.OFFICE] - let_in[Role.AGENCY]
    assert "/api/referral/names" in let_in[Role.LOTS]


_OF_A_REPORT: Final = (
    *("/{report_id}", "/{report_id}/draft", "/{report_id}/texts", "/{report_id}/signatures"),
    "/{report_id}/revisions/{revision}/content",
)
_INSATSER: Final = {"/insatser", "/insatser/{insats_id}"}
_DEVIATIONS: Final = {"/avvikelser", "/api/reporting/deviations"}


def test_a_project_leader_has_figures_and_the_queue_and_no_case(let_in: Mapping[Role, set[str]]) -> None:
    assert let_in[Role.PROJECT_LEADER] == _INSATSER | _DEVIATIONS | {
        *("/projektledare", "/projektledare/{insats_id}", "/rapport/{period_id}/siffror/{indicator_id}"),
        *("/rapporter", "/rapporter/{report_id}", "/rapporter/{report_id}/granska", "/rapporter/{report_id}/kand"),
        *(f"/api/reporting/form-reports{each}" for each in ("", *_OF_A_REPORT)),
        *("/rapporter/{report_id}/underteckna", "/rapporter/{report_id}/{revision}"),
        *(f"/rapporter/{{report_id}}/{{revision}}/{each}" for each in ("innehall.json", "rapport.{file_format}")),
        *("/anmalningar/ko", "/api/referral/queues/{insats_id}", "/api/referral/names"),
        *(f"/api/{service}/to-do" for service in ("referral", "planning", "followup")),
    }


def test_a_party_s_representative_has_the_party_s_cases_and_their_names(let_in: Mapping[Role, set[str]]) -> None:
    assert let_in[Role.TEAM_REPRESENTATIVE] == _INSATSER | _DEVIATIONS | {
        *("/partens-arenden", "/partens-arenden/{case_id}", "/api/referral/names"),
    }
