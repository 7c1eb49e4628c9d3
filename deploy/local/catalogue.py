"""`samspel catalogue`: check the catalogue's files, show an insats on a day, and compare two of its versions."""

from collections.abc import Mapping
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from contracts.catalogue import INSATSER_FOLDER, CatalogueError, Insats, Rule, load_insatser
from contracts.catalogue.description import describe
from contracts.catalogue.differences import Change, differences
from contracts.catalogue.sources import readable, sources_text
from contracts.catalogue.vocabulary import word_label
from contracts.events import local_date
from deploy.local.errors import LaunchError
from services.chassis.clock import SystemClock

catalogue: Final = typer.Typer(help="The catalogue of insatser: check, show and compare.", no_args_is_help=True)

_console: Final = Console(soft_wrap=True, highlight=False, markup=False)

Folder = Annotated[Path, typer.Option(help="The folder with the files.", file_okay=False, exists=True)]
InsatsId = Annotated[str, typer.Argument(metavar="INSATS", help="The insats' id, as in `samspel catalogue check`.")]


@catalogue.command()
def check(folder: Folder = INSATSER_FOLDER) -> None:
    """List every file with versions, kind, association and sources. Status 1 if a file is wrong."""
    try:
        insatser = load_insatser(folder)
    except CatalogueError as error:
        for fault in error.faults:
            _console.print(str(fault))
        raise typer.Exit(1) from error
    for insats in insatser.values():
        _console.print(f"{insats.id}.yaml: {insats.name}; {', '.join(insats.kinds)}; {insats.association}")
        for rule in insats.versions:
            _console.print(f"    {_span(rule)}; {', '.join(rule.sources)}")
    versions = sum(len(insats.versions) for insats in insatser.values())
    _console.print(f"{len(insatser)} files, {versions} versions: all right.")


@catalogue.command()
def show(
    insats: InsatsId,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; today unless said.")] = None,
    folder: Folder = INSATSER_FOLDER,
) -> None:
    """Print what holds for an insats on a day."""
    insatser = _load(folder)
    chosen = _insats(insatser, insats)
    day = on.date() if on else _today()
    rule = chosen.rule_on(day)
    if rule is None:
        versions = "; ".join(_span(each) for each in chosen.versions)
        raise LaunchError(f"{chosen.name} has no rules on {day}. It has {versions}.")
    _print_head(chosen, rule)
    for part in describe(rule, insatser):
        _console.print(f"\n{part.heading}")
        for line in part.lines:
            _console.print(f"  - {line.text}" + (f" [{line.reading}]" if line.reading else ""))


@catalogue.command()
def diff(
    insats: InsatsId,
    before: Annotated[int, typer.Argument(metavar="V1", help="The number of a version.")],
    after: Annotated[int, typer.Argument(metavar="V2", help="The number of another.")],
    folder: Folder = INSATSER_FOLDER,
) -> None:
    """Print what changed from one version to another, section by section."""
    chosen = _insats(_load(folder), insats)
    older, newer = _version(chosen, before), _version(chosen, after)
    _console.print(f"{chosen.name}: {_span(older)} -> {_span(newer)}")
    changes = differences(older, newer)
    for section, within in groupby(changes, key=lambda change: change.section):
        _console.print(f"\n{section}")
        for change in within:
            _console.print(f"  {_change(change)}")
    if not changes:
        _console.print("No section differs.")


def _load(folder: Path) -> Mapping[str, Insats]:
    try:
        return load_insatser(folder)
    except CatalogueError as error:
        raise LaunchError(f"The catalogue is wrong.\n{error}") from error


def _insats(insatser: Mapping[str, Insats], insats_id: str) -> Insats:
    if insats_id not in insatser:
        raise LaunchError(f"There is no insats {insats_id}. There are {', '.join(insatser)}.")
    return insatser[insats_id]


def _version(insats: Insats, number: int) -> Rule:
    try:
        return insats.rule(number)
    except KeyError as error:
        raise LaunchError(f"{insats.id} has versions 1 to {len(insats.versions)}, not {number}.") from error


def _today() -> date:
    return local_date(SystemClock().now())


def _span(rule: Rule) -> str:
    until = f" to {rule.valid_to}" if rule.valid_to else ""
    return f"version {rule.version} from {rule.valid_from}{until}"


def _print_head(insats: Insats, rule: Rule) -> None:
    kinds = ", ".join(word_label("kinds", kind) for kind in insats.kinds)
    _console.print(f"{insats.name} ({insats.id}), {_span(rule)}")
    _console.print(f"{kinds}; {word_label('associations', insats.association)}; owner {insats.owner}")
    if insats.purpose is not None:
        _console.print(insats.purpose.text)
    for each in insats.lineage(rule):
        of_version = "" if each is rule else f", version {each.version}"
        for text in sources_text(each.sources):
            _console.print(f"Source{of_version}: {text}")
        for reading in each.readings:
            _console.print(f"Reading{of_version}: {readable(reading)}")


def _change(change: Change) -> str:
    where = change.where or "(whole section)"
    if change.before is None:
        return f"+ {where}: {change.after}"
    if change.after is None:
        return f"- {where}: {change.before}"
    return f"{where}: {change.before} -> {change.after}"
