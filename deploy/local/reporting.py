"""`samspel reporting`: rebuild the tables of reporting from the topics, beside those that are in use."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import asyncpg
import typer
from aiokafka.errors import KafkaError

from deploy.local.errors import LaunchError
from deploy.local.reporting_database import running
from services.reporting import rebuild as rebuilding

app: Final = typer.Typer(help="The tables of reporting, made from the topics.", no_args_is_help=True)


@app.callback()
def _reporting() -> None:
    """A command line with one command has that command as itself; this keeps `rebuild` a word of its own."""


@app.command()
def rebuild(
    replace: Annotated[
        bool, typer.Option("--replace", help="Then put the new tables in the place of those in use.")
    ] = False,
    data: Annotated[Path | None, typer.Option("--data", help="Data folder; .samspel here unless said.")] = None,
) -> None:
    """Read every event again into new tables beside those in use, and compare the two.

    The installation must run, and goes on running. Status 1 if records were refused; each is named with its place.
    """
    bootstrap, address = running(data)
    try:
        status = asyncio.run(rebuilding.run(bootstrap, address, replacing=replace, say=rebuilding.progress))
    except (OSError, TimeoutError, KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise LaunchError(
            f"The rebuild was interrupted ({type(error).__name__}: {error}). Nothing was changed; run it again."
        ) from error
    raise typer.Exit(status)
