"""`samspel indicators`: list the declared figures, and explain one: what it counts, from where, by which SQL."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from contracts.catalogue import CatalogueError
from contracts.catalogue.sources import sources_text
from contracts.indicators import INDICATORS_FOLDER, Declared, Indicator, load_goals, load_indicators
from deploy.local.errors import LaunchError
from services.reporting.domain.periods import NoPeriod, Period, period_of
from services.reporting.facts import COLUMNS

app: Final = typer.Typer(help="Figures as they are declared: list and explain.", no_args_is_help=True)

_console: Final = Console(soft_wrap=True, highlight=False, markup=False)

Folder = Annotated[
    Path | None, typer.Option(help="A folder with more declarations than our own.", file_okay=False, exists=True)
]
IndicatorId = Annotated[str, typer.Argument(metavar="ID", help="The figure's id, as in `samspel indicators list`.")]


@app.command("list")
def list_all(folder: Folder = None) -> None:
    """List every figure with its name and what it is broken down by. Status 1 if a file is wrong."""
    try:
        declared = _load(folder)
        goals = load_goals(declared, INDICATORS_FOLDER, *([folder] if folder else []))
    except CatalogueError as error:
        for fault in error.faults:
            _console.print(str(fault))
        raise typer.Exit(1) from error
    for each in (version for one in declared.indicators for version in declared.versions(one)):
        by = ", ".join(breakdown.id for breakdown in declared.broken_down(each))
        _console.print(
            f"{each.id}: {each.label.sv}; version {each.version}{_valid(each)}" + (f"; by {by}" if by else "")
        )
    _console.print(f"{len(declared.indicators)} indicators, {len(goals)} goals: all right.")


@app.command()
def explain(
    indicator: IndicatorId,
    folder: Folder = None,
    period: Annotated[
        str | None, typer.Option(help="Count it in a running installation: 2021, 2021-h1, 2021-k2, 2021-06 …")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="Data folder; .samspel here unless said.")] = None,
) -> None:
    """Print what a figure counts (in Swedish), where it comes from, and the SQL made of its declaration.

    Of a figure with several versions all. With --period also the plan by which PostgreSQL reads it, and what it
    counts, in the installation that runs.
    """
    # Imported here, because the module reads our own declarations and `list` must be able to say what is wrong there.
    from services.reporting import indicators

    try:
        declared = _load(folder)
    except CatalogueError as error:
        raise LaunchError(f"The declarations are wrong.\n{error}") from error
    if indicator not in declared.indicators:
        raise LaunchError(f"There is no indicator {indicator}. There are {', '.join(declared.indicators)}.")
    for chosen in declared.versions(indicator):
        for line in _said(chosen, declared):
            _console.print(line)
        statement = indicators.statement(chosen, declared)
        _console.print(f"\n-- $1 the period's first day, $2 the first day after it\n{statement}\n")
        if period is not None:
            from deploy.local import reporting_database

            for line in reporting_database.explained(chosen, declared, _period(period), data):
                _console.print(line)


def _valid(indicator: Indicator) -> str:
    """From and until when a version is valid; nothing where it always is."""
    since = f" from {indicator.valid_from}" if indicator.valid_from else ""
    return since + (f" until {indicator.valid_until}" if indicator.valid_until else "")


def _period(period_id: str) -> Period:
    try:
        return period_of(period_id)
    except NoPeriod as error:
        raise LaunchError(
            f"There is no period {period_id}. Write a year (2021), a half-year (2021-h1), a quarter (2021-k1), a "
            "month (2021-06) or two days (2021-01-01--2021-03-15)."
        ) from error


def _load(folder: Path | None) -> Declared:
    return load_indicators(COLUMNS, INDICATORS_FOLDER, *([folder] if folder else []))


def _said(indicator: Indicator, declared: Declared) -> list[str]:
    says = indicator.says
    breakdowns = [each.label.sv.lower() for each in declared.broken_down(indicator)]
    parts = {
        "Räknat i": indicator.unit,
        "Bland": says.population,
        "Period": says.period,
        "Del av": declared.indicators[indicator.of].label.sv if indicator.of else None,
        "Andelar av": says.share_of,
        "Uppdelat efter": ", ".join(breakdowns) or None,
        "Källa": "; ".join(sources_text(indicator.source)) or None,
        "Härledning": indicator.derived,
        "Vår läsning": indicator.reading,
    }
    others = [f"{each.text}{f' ({each.indicator})' if each.indicator else ''}" for each in indicator.other_readings]
    version = f"version {indicator.version}{_valid(indicator)}"
    return [
        f"{indicator.label.sv} ({indicator.id}, {version}; {indicator.label.en})",
        *(f"{name}: {text}" for name, text in parts.items() if text),
        *(f"Annan läsning: {text}" for text in others),
    ]
