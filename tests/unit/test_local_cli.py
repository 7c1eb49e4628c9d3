"""The command line: what is said, and what other commands find of a running installation."""

import base64
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from typer.testing import CliRunner

from contracts.catalogue import AGENCIES
from contracts.codes import Role
from deploy.local.cli import app
from deploy.local.dead_letters import DeadLetter, DeadLetterOffice
from deploy.local.errors import LaunchError
from deploy.local.processes import ProcessId
from deploy.local.run_record import RecordedProcess, RunRecord, StoppedProcess, read_record, write_record
from deploy.local.secret_files import LAUNCHER, ensure_keys, read_secrets, secrets_file
from services.chassis.auth import LocalTokens

ID = "0193f3a5-7d2e-7c4b-9a55-6f0c5f1d2e3a"
OTHER = ID.replace("0", "1")
UNKNOWN = ID.replace("0", "2")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder on which something runs: this very process."""
    ensure_keys(tmp_path)
    own = ProcessId.of(os.getpid())
    gone = ProcessId(own.pid, own.created - 3600)
    write_record(
        tmp_path,
        RunRecord(
            launcher=own,
            gateway_url="http://127.0.0.1:8080",
            bootstrap="127.0.0.1:9",
            processes=(RecordedProcess(name="planning", id=gone, port=8082),),
        ),
    )
    return tmp_path


def test_login_prints_a_token_the_services_accept(data: Path) -> None:
    said = CliRunner().invoke(app, ["login", "--role", "lots", "--user", "Åsa Öberg", "--data", str(data)])
    assert said.exit_code == 0, said.output
    _, token, _, link = said.output.splitlines()
    tokens = LocalTokens(base64.b64decode(read_secrets(secrets_file(data, LAUNCHER))["token_key"]))
    user = tokens.user(token)
    assert (user.name, user.roles, user.agency) == ("Åsa Öberg", frozenset({Role.LOTS}), None)
    address = urlsplit(link)
    assert (address.netloc, address.path) == ("127.0.0.1:8080", "/logga-in")
    assert tokens.read_link(parse_qs(address.query)["kod"][0]).user == user


@pytest.mark.parametrize("options", [[], ["--all", "--user", "Åsa"]])
def test_logout_wants_to_know_whose_sign_ins_end(data: Path, options: list[str]) -> None:
    said = CliRunner().invoke(app, ["logout", "--data", str(data), *options])
    assert isinstance(said.exception, LaunchError)
    assert "--user NAME, or --all" in str(said.exception)


@pytest.mark.parametrize("options", [["agency"], ["agency", "--agency", "nobody"], ["lots", "--agency", "x"]])
def test_only_an_agency_that_exists_can_be_signed_in_as(data: Path, options: list[str]) -> None:
    said = CliRunner().invoke(app, ["login", "--data", str(data), "--role", *options])
    assert isinstance(said.exception, LaunchError)
    assert all(agency in str(said.exception) for agency in AGENCIES)


def test_a_project_leader_is_signed_in_with_the_insatser_they_lead(data: Path) -> None:
    asked = ["login", "--role", "project_leader", "--insats", "mia-vidare", "--insats", "novum", "--data", str(data)]
    said = CliRunner().invoke(app, asked)
    tokens = LocalTokens(base64.b64decode(read_secrets(secrets_file(data, LAUNCHER))["token_key"]))
    assert tokens.user(said.output.splitlines()[1]).leads == {"mia-vidare", "novum"}


@pytest.mark.parametrize(
    "options", [["project_leader"], ["project_leader", "--insats", "nowhere"], ["lots", "--insats", "novum"]]
)
def test_only_insatser_of_the_catalogue_can_be_led(data: Path, options: list[str]) -> None:
    said = CliRunner().invoke(app, ["login", "--data", str(data), "--role", *options])
    assert isinstance(said.exception, LaunchError)
    assert "--insats" in str(said.exception)


def test_status_tells_what_has_stopped(data: Path) -> None:
    said = CliRunner().invoke(app, ["status", "--data", str(data)])
    assert said.exit_code == 0, said.output
    assert "planning" in said.output
    assert "it has stopped" in said.output


def test_status_tells_what_waits_to_be_started_again(data: Path) -> None:
    record = read_record(data)
    assert record is not None
    waiting = StoppedProcess(
        name="Kafka",
        port=19092,
        trouble="could not be started: no space left on device",
        attempt=7,
        due=datetime.now(UTC) + timedelta(seconds=3600),
    )
    write_record(data, record.model_copy(update={"stopped": (waiting,)}))
    said = CliRunner().invoke(app, ["status", "--data", str(data)])
    assert said.exit_code == 0, said.output
    trouble = "could not be started: no space left on device; started again in"
    assert re.search(rf"Kafka \(port 19092\): it {trouble} \d+ s \(attempt 7\)", said.output)


@pytest.mark.parametrize("command", [["status"], ["topics"], ["dlq", "list"], ["reporting", "rebuild"]])
def test_commands_say_when_nothing_runs(tmp_path: Path, command: list[str]) -> None:
    said = CliRunner().invoke(app, [*command, "--data", str(tmp_path)])
    assert isinstance(said.exception, LaunchError)


def test_down_says_when_nothing_runs(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["down", "--data", str(tmp_path)])
    assert said.exit_code == 0
    assert "Nothing runs" in said.output


def test_a_wrong_choice_is_told_in_a_sentence(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["up", "--data", str(tmp_path), "--workers", "nix=2"])
    assert isinstance(said.exception, LaunchError)
    assert "there is no service nix" in str(said.exception)


def _letter(letter_id: str, dead_lettered: str) -> dict[str, object]:
    return {
        "dead_letter_id": letter_id,
        "topic": "samspel.inbox.x.v1",
        "partition": 1,
        "record_offset": 7,
        "reason": "not_json",
        "dead_lettered_at": dead_lettered,
        "state": "open",
        "replayed_at": None,
        "discarded_at": None,
        "discarded_by": None,
        "discard_reason": None,
    }


def _refused(status: int, code: str) -> httpx.Response:
    problem = {"detail": "Posten går fortfarande inte att använda: not_json", "code": code}
    return httpx.Response(status, json=problem, headers={"content-type": "application/problem+json"})


def _services(request: httpx.Request) -> httpx.Response:
    assert request.headers["authorization"] == "Bearer token"
    match request.method, request.url.path:
        case "GET", "/api/planning/dead-letters":
            return httpx.Response(
                200, json={"items": [_letter(ID, "2021-03-01T10:00:00Z")], "total": 1, "next": None}
            )
        case "GET", "/api/referral/dead-letters":
            return httpx.Response(200, json=_page_of_referral(request.url.params))
        case "GET", _:
            return httpx.Response(200, json={"items": [], "total": 0, "next": None})
        case "POST", path if path.startswith(f"/api/planning/dead-letters/{ID}/"):
            return httpx.Response(201, json={})
        case "POST", path if path.startswith(f"/api/planning/dead-letters/{OTHER}/"):
            return _refused(409, "still_unusable")
    return _refused(404, "dead_letter_unknown")


def _page_of_referral(asked: httpx.QueryParams) -> dict[str, object]:
    """Twelve hundred letters, as many at a time as are asked for."""
    first = int(UUID(asked["after"])) if "after" in asked else 0
    last = min(first + int(asked["limit"]), 1200)
    items = [_letter(str(UUID(int=number + 1)), "2021-03-02T10:00:00Z") for number in range(first, last)]
    return {"items": items, "total": 1200, "next": items[-1]["dead_letter_id"] if last < 1200 else None}


def test_all_dead_letters_of_all_services_are_listed() -> None:
    office = DeadLetterOffice("http://gateway", "token", httpx.MockTransport(_services))
    letters = list(office.dead_letters())
    assert [letter.service for letter in letters] == ["referral"] * 1200 + ["planning"]
    assert len({letter.dead_letter_id for letter in letters}) == 1201
    assert [letter.service for letter in office.dead_letters(["planning"])] == ["planning"]


def test_filters_reach_the_service() -> None:
    asked: list[dict[str, str]] = []

    def service(request: httpx.Request) -> httpx.Response:
        asked.append(dict(request.url.params))
        return httpx.Response(200, json={"items": [], "total": 7, "next": None})

    office = DeadLetterOffice("http://gateway", "token", httpx.MockTransport(service))
    assert list(office.dead_letters(["planning"], topic="samspel.referral.v1", state=None)) == []
    assert office.count_open("planning") == 7
    assert asked == [{"topic": "samspel.referral.v1", "limit": "500"}, {"state": "open", "limit": "1"}]


def test_each_letter_is_replayed_by_the_service_that_has_it() -> None:
    office = DeadLetterOffice("http://gateway", "token", httpx.MockTransport(_services))
    assert list(office.replay([ID, OTHER, UNKNOWN, "nonsense"])) == [
        (ID, None),
        (OTHER, "planning: its record still cannot be used (still_unusable)"),
        (UNKNOWN, "no service has such a dead letter"),
        ("nonsense", "this is no id of a dead letter"),
    ]
    assert list(office.discard([ID], "sent by mistake")) == [(ID, None)]


def test_a_refusal_without_english_words_is_told_by_its_code() -> None:
    office = DeadLetterOffice("http://gateway", "token", httpx.MockTransport(lambda _: _refused(409, "brand_new")))
    assert list(office.replay([ID])) == [(ID, "referral: brand_new")]


def test_a_service_that_does_not_answer_is_named() -> None:
    office = DeadLetterOffice("http://gateway", "token", httpx.MockTransport(lambda _: httpx.Response(503)))
    with pytest.raises(LaunchError, match="referral"):
        list(office.dead_letters())


def test_the_list_of_dead_letters_can_be_copied_from(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a narrow terminal too: a shortened id would be of no use to `dlq replay`."""
    letter = DeadLetter(
        service="followup",
        dead_letter_id=UUID(ID),
        topic="samspel.planning.v1",
        partition=2,
        record_offset=716,
        reason="not an event: record json_invalid",
        dead_lettered_at=datetime(2022, 1, 3, 8, tzinfo=UTC),
        state="discarded",
        replayed_at=None,
        discarded_at=datetime(2022, 1, 4, 8, tzinfo=UTC),
        discarded_by="drift",
        discard_reason="a test record",
    )
    monkeypatch.setattr(DeadLetterOffice, "dead_letters", lambda *_, **__: [letter])
    listed = CliRunner(env={"COLUMNS": "60"}).invoke(app, ["dlq", "list", "--data", str(data)])
    assert listed.exit_code == 0
    assert ID in listed.output
    assert "samspel.planning.v1 partition 2 offset 716: not an event: record json_invalid" in listed.output
    assert "discarded 2022-01-04 08:00:00 by drift: a test record" in listed.output
    assert listed.output.endswith("1 dead letter.\n")
