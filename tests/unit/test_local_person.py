"""`samspel person forget`: who is asked for, how, and what is said before anything is erased."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from typer.testing import CliRunner, Result

from deploy.local import person
from deploy.local.cli import app
from deploy.local.errors import LaunchError

NUMBER = "199001019802"
CASE = UUID(int=7)


class Vault:
    """The referral service as the command sees it."""

    def __init__(self, refusal: tuple[int, str] | None = None) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._refusal = refusal

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.url.path, json.loads(request.content)))
        if self._refusal is not None:
            status, code = self._refusal
            return httpx.Response(status, json={"code": code, "detail": "på svenska"})
        return httpx.Response(200, json={"cases": 2, "open_cases": 1, "messages": 3, "drafts": 0})


def _say(vault: Vault, arguments: Sequence[str], given: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    client = person.PersonClient("http://gateway", "token", httpx.MockTransport(vault))
    monkeypatch.setattr(person, "_client", lambda _data: client)
    return CliRunner().invoke(app, ["person", "forget", *arguments], input=given)


def test_the_number_is_read_and_how_much_is_held_is_said_before_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault()
    said = _say(vault, ["--also-open"], f"{NUMBER}\ny\n", monkeypatch)
    assert said.exit_code == 0, said.output
    assert "Cases: 2, of them open: 1." in said.output
    assert "Remembered messages: 3. Drafts of referrals: 0." in said.output
    assert NUMBER not in said.output
    assert vault.asked == [
        ("/api/referral/persons/find", {"identity_number": NUMBER}),
        ("/api/referral/persons/forget", {"identity_number": NUMBER, "also_open": True}),
    ]


def test_nothing_is_erased_unless_it_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault()
    said = _say(vault, [], f"{NUMBER}\nn\n", monkeypatch)
    assert said.exit_code == 1
    assert [path for path, _ in vault.asked] == ["/api/referral/persons/find"]


def test_by_a_case_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault()
    said = _say(vault, ["--case", str(CASE), "--yes"], "", monkeypatch)
    assert said.exit_code == 0, said.output
    assert vault.asked[-1] == ("/api/referral/persons/forget", {"case_id": str(CASE), "also_open": False})


def test_a_number_is_no_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault()
    assert _say(vault, [NUMBER], "", monkeypatch).exit_code == 2
    assert vault.asked == []


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ((404, "person_unknown"), "Nothing is held"),
        ((409, "case_open"), "--also-open"),
        ((503, "unavailable"), "answered 503"),
    ],
)
def test_a_refusal_is_a_sentence(monkeypatch: pytest.MonkeyPatch, refusal: tuple[int, str], words: str) -> None:
    said = _say(Vault(refusal), ["--yes"], f"{NUMBER}\n", monkeypatch)
    assert isinstance(said.exception, LaunchError)
    assert words in str(said.exception)
    assert NUMBER not in str(said.exception)


def test_it_says_when_nothing_runs(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["person", "forget", "--case", str(CASE), "--data", str(tmp_path)])
    assert isinstance(said.exception, LaunchError)
