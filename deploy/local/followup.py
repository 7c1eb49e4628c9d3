"""`samspel followup`: audit what follow-ups and time limits lack today, rehearse a day ahead or a changed rule.

All ask the follow-up service to compute what it would append to each case; nothing is appended.
"""

import shutil
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final
from uuid import UUID

import httpx
import typer
from pydantic import BaseModel
from rich.console import Console

from contracts.catalogue import INSATSER, Insats
from contracts.catalogue.loading import INSATSER_FOLDER, load_insatser
from contracts.catalogue.yaml_files import CatalogueError
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


class NotMoved(BaseModel):
    """A follow-up that stays on the due day it was scheduled for, where the changed rule would have another."""

    case_id: UUID
    point: str
    due_on: date
    by_changed_rule: date


class RehearsedPart(Part):
    """What a changed rule would append to some of the cases, and what it would leave where it is."""

    not_moved: list[NotMoved]


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
            request = self._client.build_request("GET", "/api/followup/audit", params=_after(asked, last))
            part = Part.model_validate_json(self._answer(request))
            yield part
            last = part.last
            if last is None:
                return

    def rehearsed(self, insats: str, version: int, follow_ups: list[dict[str, Any]]) -> Iterator[RehearsedPart]:
        """What a changed rule would append to all cases today, part by part. Raises LaunchError."""
        body = {"insats": insats, "version": version, "follow_ups": follow_ups}
        last: UUID | None = None
        while True:
            request = self._client.build_request(
                "POST", "/api/followup/rehearsal", params=_after({}, last), json=body
            )
            part = RehearsedPart.model_validate_json(self._answer(request))
            yield part
            last = part.last
            if last is None:
                return

    def _answer(self, request: httpx.Request) -> bytes:
        try:
            answer = self._client.send(request)
        except httpx.HTTPError as error:
            raise LaunchError(f"The follow-up service does not answer: {type(error).__name__}") from error
        if not answer.is_success:
            raise LaunchError(f"The follow-up service answered {answer.status_code}.")
        return answer.content


def _after(asked: dict[str, Any], last: UUID | None) -> dict[str, Any]:
    return asked if last is None else {**asked, "after": str(last)}


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


@app.command()
def rehearse_rule(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The insats' file, as changed.")],
    data: Data = None,
) -> None:
    """List what the follow-ups of a changed catalogue file would append today, and the days they would not move.

    What is scheduled keeps its days; a rule with a new version applies to what happens from its day on.
    """
    changed, client = _changed(file), _client(data)
    for version, follow_ups in _changed_follow_ups(changed).items():
        _console.print(f"{changed.id}, version {version}")
        parts = list(client.rehearsed(changed.id, version, follow_ups))
        _print_all(iter(parts))
        stay = [each for part in parts for each in part.not_moved]
        for each in stay:
            _console.print(
                f"{each.case_id}  {each.due_on}  {each.point} keeps its day, by the file {each.by_changed_rule}"
            )
        _console.print(
            f"{len(stay)} scheduled {'follow-up keeps its' if len(stay) == 1 else 'follow-ups keep their'} day."
        )


def _changed(file: Path) -> Insats:
    """The insats of a file, read among the others of the catalogue that it may name. Raises LaunchError."""
    with TemporaryDirectory(prefix="samspel-rehearsal-") as folder:
        beside = Path(folder) / "insatser"
        shutil.copytree(INSATSER_FOLDER, beside)
        shutil.copy(file, beside / file.name)
        try:
            return load_insatser(beside)[file.stem]
        except CatalogueError as error:
            raise LaunchError(str(error)) from error


def _changed_follow_ups(changed: Insats) -> Mapping[int, list[dict[str, Any]]]:
    """The follow-ups that differ from the catalogue's, by version. Raises LaunchError if none does."""
    ours = INSATSER.get(changed.id)
    known = {} if ours is None else {rule.version: rule.follow_ups for rule in ours.versions}
    found = {
        rule.version: [each.model_dump(mode="json", by_alias=True) for each in rule.follow_ups]
        for rule in changed.versions
        if rule.version in known and rule.follow_ups != known[rule.version]
    }
    if not found:
        raise LaunchError("No version that is in use has other follow-ups in this file: nothing would change.")
    return found


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
    return AuditClient(record.gateway_url, local_token(folder, Role.OPERATIONS))
