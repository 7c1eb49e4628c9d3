"""`samspel person`: erase a person, through the referral service's HTTP API.

The identity number comes from a prompt or from standard input: arguments are seen by every user of the machine and
stay in the shell's history.
"""

import sys
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer
from pydantic import BaseModel

from contracts.codes import Role
from deploy.local.errors import LaunchError
from deploy.local.run_record import read_record
from deploy.local.settings import LocalSettings
from deploy.local.tokens import local_token

app = typer.Typer(help="What is held of a person.", no_args_is_help=True)


class Held(BaseModel):
    """How much is held of a person: cases, open ones among them, messages remembered, and drafts of referrals."""

    cases: int
    open_cases: int
    messages: int
    drafts: int


class PersonClient:
    """Asks the referral service, with the token of somebody in operations."""

    def __init__(self, gateway_url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(
            base_url=gateway_url,
            headers={"authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
            transport=transport,
        )

    def find(self, whom: dict[str, str]) -> Held:
        """How much is held. Raises LaunchError, with the service's own words where it gave any."""
        return self._post("find", whom)

    def forget(self, whom: dict[str, str], *, also_open: bool) -> Held:
        """Erases the person. Raises LaunchError."""
        return self._post("forget", {**whom, "also_open": also_open})

    def _post(self, what: str, body: dict[str, Any]) -> Held:
        try:
            answer = self._client.post(f"/api/referral/persons/{what}", json=body)
        except httpx.HTTPError as error:
            raise LaunchError(f"The referral service does not answer: {type(error).__name__}") from error
        if not answer.is_success:
            raise LaunchError(_REFUSALS.get(_code(answer), f"The referral service answered {answer.status_code}."))
        return Held.model_validate_json(answer.content)


_REFUSALS = {
    "person_unknown": "Nothing is held of that person.",
    "person_forgotten": "The person has been erased before.",
    "case_unknown": "There is no such case.",
    "case_open": "The person has an open case. Return or exit it first, or say --also-open.",
    "identity_number_invalid": "That is no identity number: twelve digits with the right check digit.",
}


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return ""


@app.command()
def forget(
    case: Annotated[UUID | None, typer.Option(help="One of the person's cases, instead of the number.")] = None,
    also_open: Annotated[bool, typer.Option("--also-open", help="Even while a case is open.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    data: Annotated[Path | None, typer.Option("--data", help="Data folder; .samspel in this folder.")] = None,
) -> None:
    """Erase a person for good. Cases stay and are counted, without anybody's name."""
    client = _client(data)
    whom = {"identity_number": _read_number()} if case is None else {"case_id": str(case)}
    held = client.find(whom)
    typer.echo(f"Cases: {held.cases}, of them open: {held.open_cases}.")
    typer.echo(f"Remembered messages: {held.messages}. Drafts of referrals: {held.drafts}.")
    if not yes:
        typer.confirm("Erase the person? This cannot be undone.", abort=True)
    erased = client.forget(whom, also_open=also_open)
    typer.echo(f"Erased. Cases without a name now: {erased.cases}.")


def _read_number() -> str:
    if sys.stdin.isatty():
        asked: str = typer.prompt("Identity number", hide_input=True)
        return asked.strip()
    return sys.stdin.readline().strip()


def _client(data: Path | None) -> PersonClient:
    folder = (LocalSettings() if data is None else LocalSettings(data=data)).data
    record = read_record(folder)
    if record is None:
        raise LaunchError(f"Nothing runs on {folder}. Start it with `samspel up`.")
    return PersonClient(record.gateway_url, local_token(folder, Role.OPERATIONS))
