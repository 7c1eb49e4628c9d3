"""The four services in a process of their own, on real HTTP, Kafka and PostgreSQL, with one case in each state.

Not in the tests' own process: there the services' use of the random module would disturb Hypothesis.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import uvicorn
from fastapi import FastAPI

from contracts import topics
from contracts.codes import Member, Role
from deploy.demo.identity import synthetic_number
from deploy.local.kafka import KafkaServer
from deploy.local.ports import free_port
from deploy.local.postgres import PostgresServer
from deploy.local.topics import create_topics
from services.chassis import logs
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.chassis.settings import Settings
from services.followup.app import create as followup
from services.planning.app import create as planning
from services.referral.app import create as referral
from services.reporting.app import create as reporting
from tests.malformed import AGENCY, message
from tests.swedish_day import swedish_day

CREATE: Final[Mapping[str, Callable[[Settings], FastAPI]]] = {
    "referral": referral,
    "planning": planning,
    "followup": followup,
    "reporting": reporting,
}
ROLES: Final = (None, *Role)


@dataclass
class Running:
    """The services' addresses, who may be signed in, and ids that exist."""

    urls: Mapping[str, str]
    databases: Mapping[str, str]
    tokens: LocalTokens
    known: dict[str, list[str]] = field(default_factory=dict)

    def bearer(self, role: Role | None) -> dict[str, str]:
        """Headers of a program with that role; of nobody for None."""
        return {} if role is None else {"authorization": f"Bearer {self._token(role)}"}

    def browser(self, role: Role | None) -> dict[str, str]:
        """Headers of a person's browser on one of our pages."""
        page = {"accept": "text/html", "sec-fetch-site": "same-origin"}
        return page if role is None else {**page, "cookie": f"{COOKIE}={self._token(role)}"}

    def _token(self, role: Role) -> str:
        agency = AGENCY if role is Role.AGENCY else None
        leads = frozenset({"finsam-team"}) if role is Role.PROJECT_LEADER else frozenset()
        member = Member.KOMMUN if role is Role.TEAM_REPRESENTATIVE else None
        user = User(f"{role}-1", "Test", frozenset({role}), agency=agency, leads=leads, member=member)
        return self.tokens.issue(user)

    def post(self, service: str, path: str, body: Any, role: Role = Role.COORDINATOR) -> httpx.Response:
        return httpx.post(f"{self.urls[service]}{path}", json=body, headers=self.bearer(role), timeout=30)

    def get(self, service: str, path: str, role: Role = Role.COORDINATOR) -> httpx.Response:
        return httpx.get(f"{self.urls[service]}{path}", headers=self.bearer(role), timeout=30)


@contextmanager
def running(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Any) -> Iterator[Running]:
    """All four, ready and with cases in them."""
    create_topics(kafka.bootstrap, topics.ALL)
    ports = {name: free_port() for name in CREATE}
    settings = {
        name: Settings(
            kafka_bootstrap=kafka.bootstrap,
            database_url=postgres.ensure_database(f"fuzz_{name}_{uuid4().hex[:8]}"),
            secrets_file=secrets_file,
            http_port=port,
            referral_url=f"http://127.0.0.1:{ports['referral']}",
            test_mode=True,
        )
        for name, port in ports.items()
    }
    process = multiprocessing.get_context("spawn").Process(target=_serve_all, args=(settings,))
    process.start()
    try:
        system = Running(
            {name: f"http://127.0.0.1:{port}" for name, port in ports.items()},
            {name: each.database_url for name, each in settings.items()},
            LocalTokens(settings["referral"].secrets["token_key"]),
        )
        for url in system.urls.values():
            until(partial(_answers, f"{url}/health/ready"), f"{url} is ready")
        system.known = _cases(system)
        yield system
    finally:
        process.terminate()
        process.join(30)
        process.kill()


def _serve_all(settings: Mapping[str, Settings]) -> None:
    """Until the process is asked to end."""
    logs.configure("fuzzed", "WARNING")
    asyncio.run(_serve(settings))


async def _serve(settings: Mapping[str, Settings]) -> None:
    servers = [
        uvicorn.Server(
            uvicorn.Config(CREATE[name](each), port=each.http_port, log_config=None, access_log=False, ws="none")
        )
        for name, each in settings.items()
    ]
    await asyncio.gather(*(server.serve() for server in servers))


def until(seen: Callable[[], Any], what: str, seconds: float = 180) -> Any:
    """Looks until there is something; fails after the deadline."""
    deadline = time.monotonic() + seconds
    while not (found := seen()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return found


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def refer(system: Running, nth: int) -> str:
    """A waiting case of somebody new; its id."""
    content = message(f"fuzz-{uuid4()}", synthetic_number(date(1971, 1, 1 + nth), 990))
    today = swedish_day().isoformat()
    content["data"]["referred_on"] = content["data"]["consent"]["stated_on"] = today
    answer = system.post("referral", f"/api/referral/inbox/{AGENCY}", content, Role.AGENCY)
    assert answer.status_code == 201, answer.text
    case_id: str = answer.json()["data"]["case_id"]
    return case_id


def _cases(system: Running) -> dict[str, list[str]]:
    """By the name of a path's parameter: a case that waits, one accepted, and one with a plan."""
    waiting, accepted, planned = (refer(system, nth) for nth in range(3))
    day = swedish_day().isoformat()
    for case in (accepted, planned):
        _done(system.post("referral", f"/api/referral/cases/{case}/accept", {}))
        until(
            partial(_stands, system, case, "accepted"),
            "planning knows the case",
        )
    for what, body in (
        ("meeting", {"team": "team-1", "meets_on": day, "starts_at": "09:00", "mode": "physical"}),
        ("meeting/held", {}),
        ("start", {}),
    ):
        _done(system.post("planning", f"/api/planning/cases/{planned}/{what}", body))
    kinds = [{"responsible": "kommun", "kind": "work_training"}, {"responsible": "region", "kind": "studies"}]
    plan = _done(system.post("planning", f"/api/planning/cases/{planned}/samplan", {"activities": kinds}))
    _done(system.post("planning", f"/api/planning/cases/{planned}/employments", {"from_on": day}))
    employments = system.get("planning", f"/api/planning/cases/{planned}").json()["employments"]
    group = {
        "insats": "aktivitetsplatsen",
        "group": "prov",
        "name": "Provgruppen",
        "capacity": "grupp",
        "starts_on": day,
    }
    declared = _done(system.post("planning", "/api/planning/groups", group))
    away = {
        "worker_id": "ada",
        "substitute": "bo",
        "first_day": day,
        "last_day": (swedish_day() + timedelta(days=300)).isoformat(),
    }
    report = {"form": "uppfoljning-2021", "insats": "finsam-team", "period": day[:4], "known_on": _yesterday()}
    begun = _done(system.post("reporting", "/api/reporting/form-reports", report, Role.OFFICE))
    absence = _done(system.post("followup", "/api/followup/absences", away))
    follow_ups = until(
        lambda: system.get("followup", f"/api/followup/cases/{planned}/follow-ups").json()["items"], "follow-ups"
    )
    until(lambda: system.get("reporting", f"/api/reporting/cases/{planned}/events").status_code == 200, "timeline")
    return {
        "case_id": [waiting, accepted, planned],
        "activity_id": [each["activity_id"] for each in plan["activities"]],
        "follow_up_id": [each["follow_up_id"] for each in follow_ups],
        "group_id": [declared["group_id"]],
        "employment_id": [each["employment_id"] for each in employments],
        "enrolment_id": [str(UUID(int=8))],  # of nobody: a seat needs a case of an insats that has groups
        "absence_id": [absence["absence_id"]],
        "agency_id": [AGENCY],
        "insats_id": ["mia-vidare"],
        "door_id": ["intresseanmalan"],
        "step": ["lots-tilldelad", "forberedd"],
        "period_id": ["2021", "2021-k2", "2021-03-01--2022-02-28"],
        "survey": ["nns"],
        "deviation_id": [str(UUID(int=8))],
        "budget": ["stockholm", "sundsvall"],
        "indicator": ["started", "follow_ups.in_time"],
        "request_id": [str(UUID(int=8))],
        "report_id": [begun["report_id"]],
        "revision": ["1"],
    }


def _yesterday() -> str:
    return (swedish_day() - timedelta(days=1)).isoformat()


def _state(system: Running, case: str) -> str | None:
    answer = system.get("planning", f"/api/planning/cases/{case}")
    return answer.json()["stage"] if answer.status_code == 200 else None


def _stands(system: Running, case: str, state: str) -> bool:
    return _state(system, case) == state


def _done(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    said: dict[str, Any] = answer.json()
    return said
