"""`samspel followup`: audit what follow-ups and time limits lack today, or rehearse what a day ahead will bring.

Both ask the follow-up service to compute what it would append to each case; nothing is appended.
"""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import httpx
import typer
from pydantic import BaseModel
from rich.console import Console

from contracts.codes import Role
from deploy.local.errors import LaunchError
from deploy.local.run_record import read_record
from deploy.local.settings import LocalSettings
from deploy.local.tokens import local_token

app: Final = typer.Typer(help="Follow-ups and time limits: audit and rehearse.", no_args_is_help=True)

_console: Final = Console(soft_wrap=True, highlight=False, markup=False)

Data = Annotated[Path | None, typer.Option("--data", help="Data folder; .samspel in this folder unless said.")]


class Difference(BaseModel):
    """An event that a case lacks. ``about``: a follow-up's point in the rule, or the clock of a time limit."""

    case_id: UUID
    type: str
    happened_on: date
    about: str


class Part(BaseModel):
    """What some of the cases lack. ``last``: the last of them; None when there are no more."""

    cases: int
    differences: list[Difference]
    last: UUID | None


class AuditClient:
    """Asks the follow-up service, with the token of somebody in operations."""

    def __init__(self, gateway_url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(
            base_url=gateway_url,
            headers={"authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
            transport=transport,
        )

    def parts(self, on: date | None) -> Iterator[Part]:
        """What all cases lack on a day (None: today), part by part. Raises LaunchError."""
        asked: dict[str, Any] = {} if on is None else {"on": on.isoformat()}
        last: UUID | None = None
        while True:
            part = self._part(asked if last is None else {**asked, "after": str(last)})
            yield part
            last = part.last
            if last is None:
                return

    def _part(self, asked: dict[str, Any]) -> Part:
        try:
            answer = self._client.get("/api/followup/audit", params=asked)
        except httpx.HTTPError as error:
            raise LaunchError(f"The follow-up service does not answer: {type(error).__name__}") from error
        if not answer.is_success:
            raise LaunchError(f"The follow-up service answered {answer.status_code}.")
        return Part.model_validate_json(answer.content)


@app.command()
def audit(data: Data = None) -> None:
    """List events that are missing today. None is expected once the timers have caught up; status 1 if any is."""
    missing = _print_all(_client(data).parts(None))
    raise typer.Exit(1 if missing else 0)


@app.command()
def rehearse(
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day.")],
    data: Data = None,
) -> None:
    """List the events that will have been appended by a day if nothing else happens until then."""
    _print_all(_client(data).parts(on.date()))


def _print_all(parts: Iterator[Part]) -> int:
    cases = events = 0
    for part in parts:
        cases, events = cases + part.cases, events + len(part.differences)
        for each in part.differences:
            _console.print(f"{each.case_id}  {each.happened_on}  {each.type} {each.about}")
    _console.print(f"{cases} {'case' if cases == 1 else 'cases'}, {events} {'event' if events == 1 else 'events'}.")
    return events


def _client(data: Path | None) -> AuditClient:
    folder = (LocalSettings() if data is None else LocalSettings(data=data)).data
    record = read_record(folder)
    if record is None:
        raise LaunchError(f"Nothing runs on {folder}. Start it with `samspel up`.")
    return AuditClient(record.gateway_url, local_token(folder, Role.OPERATIONS, name=None, agency=None))
