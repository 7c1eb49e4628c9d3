"""`samspel`: start, stop and look at an installation on this machine."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Final

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contracts.codes import Member, Role
from deploy.local import dead_letters, followup, indicators, person, reporting
from deploy.local.catalogue import catalogue
from deploy.local.errors import LaunchError
from deploy.local.prometheus import Prometheus, targets_of
from deploy.local.run_record import RunRecord, read_record, stop_running
from deploy.local.secret_files import metrics_token
from deploy.local.settings import SERVICES, LocalSettings, Mode
from deploy.local.stack import LocalStack
from deploy.local.status import status_of
from deploy.local.tokens import affiliation, local_token, revoke, sign_in_link, user_id
from deploy.local.topics import topic_states
from services.chassis.dead_letters import State

app = typer.Typer(
    help="Samspel on one machine.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
dlq = typer.Typer(help="Records that a service could not use.", no_args_is_help=True)
app.add_typer(dlq, name="dlq")
app.add_typer(catalogue, name="catalogue")
app.add_typer(indicators.app, name="indicators")
app.add_typer(person.app, name="person")
app.add_typer(followup.app, name="followup")
app.add_typer(reporting.app, name="reporting")

console = Console(soft_wrap=True)

_INTERRUPTED: Final = 130

Data = Annotated[Path | None, typer.Option("--data", help="Data folder; .samspel in this folder unless said.")]
PortBase = Annotated[int | None, typer.Option(help="Move all ports: the gateway gets this one, the others follow.")]
Ports = Annotated[list[str] | None, typer.Option("--port", help="One port, as kafka=29092; may be repeated.")]
Workers = Annotated[list[str] | None, typer.Option(help="Processes of a service, as planning=2; may be repeated.")]
LetterIds = Annotated[list[str], typer.Argument(help="Ids from `samspel dlq list`.")]
Real = Annotated[bool, typer.Option("--real", help="Real persons: refuse test numbers, no movable clock.")]


@app.command()
def up(
    data: Data = None, port_base: PortBase = None, port: Ports = None, workers: Workers = None, real: Real = False
) -> None:
    """Start everything and keep it running until Ctrl-C."""
    settings = _settings(data, port_base, port, workers, Mode.REAL if real else Mode.TEST)
    with _running(settings) as stack:
        _print_links(stack)
        _keep_running()


@app.command()
def demo(
    data: Data = None,
    port_base: PortBase = None,
    port: Ports = None,
    workers: Workers = None,
    play: Annotated[
        str, typer.Option(help="Which play: stockholm-2021, sundsvall-2023 or samordnat-2019.")
    ] = "stockholm-2021",
    exit_when_done: Annotated[
        bool, typer.Option("--exit", help="Stop when done, with status 0 only if every figure is equal.")
    ] = False,
) -> None:
    """Start everything and play a year of a real coordination association.

    An installation is for one association, so any but the first play has a data folder of its own, named after it.
    """
    from deploy.demo.play import run  # the plays are large and nobody else needs them
    from deploy.demo.plays import PLAYS, STOCKHOLM_2021

    chosen = PLAYS.get(play)
    if chosen is None:
        raise LaunchError(f"There is no play {play}, only {', '.join(PLAYS)}.")
    settings = _settings(data, port_base, port, workers, Mode.TEST)
    settings = settings.model_copy(update={"published_figures": chosen.figures})
    if data is None and chosen is not STOCKHOLM_2021:
        own = settings.data.with_name(f"{settings.data.name}-{chosen.id}")
        settings = settings.model_copy(update={"data": own})
    with _running(settings) as stack:
        status = run(stack, chosen)
        if not exit_when_done:
            _print_links(stack)
            _keep_running()
    raise typer.Exit(status)


@app.command()
def down(data: Data = None) -> None:
    """Stop what runs on a data folder. Its data stays."""
    folder = _folder(data)
    console.print("Stopped." if stop_running(folder, _say) else f"Nothing runs on {folder}.")


@app.command()
def status(data: Data = None) -> None:
    """Show every process: ready or why not, records waiting to be read, events waiting to be sent, dead letters.

    Dead letters are those of the service, whichever of its processes reports it, neither replayed nor discarded.
    """
    table = Table("Process", "Pid", "Port", "State", "Lag", "Unsent", "Dead letters", box=None)
    rows = list(status_of(_record(data), _folder(data), _operator(data)))
    for row in rows:
        counts = ("" if number is None else str(number) for number in (row.lag, row.unsent, row.dead_letters))
        state = "[green]ready" if row.trouble is None else "[red]not ready"
        table.add_row(row.name, str(row.pid or ""), str(row.port), state, *counts)
    console.print(table)
    for row in rows:
        if row.trouble is not None:
            # Below the table, where a narrow terminal does not cut it.
            _print_whole(f"{row.name} (port {row.port}): {row.trouble}")


@app.command()
def monitoring(
    data: Data = None, port: Annotated[int, typer.Option(help="Where Prometheus answers, on this machine.")] = 9090
) -> None:
    """Run Prometheus with Samspel's rules and alerts beside what runs on a data folder, until Ctrl-C."""
    folder = _folder(data)
    prometheus = Prometheus(folder / "monitoring", port, targets_of(_record(data)), metrics_token(folder))
    prometheus.start()
    try:
        console.print("Prometheus", style="bold")
        _print_whole(prometheus.url)
        console.print("Alerts", style="bold")
        _print_whole(prometheus.alerts_page())
        _print_whole("What an alert means and what to do: docs/runbooks.md. Stop with Ctrl-C.")
        _keep_running()
    finally:
        prometheus.stop()


@app.command()
def topics(data: Data = None) -> None:
    """List the topics with the end offset of each partition."""
    table = Table("Topic", "Partitions", "Records", "End offsets", box=None)
    for topic in topic_states(_record(data).bootstrap):
        offsets = " ".join(map(str, topic.end_offsets))
        table.add_row(topic.name, str(len(topic.end_offsets)), str(sum(topic.end_offsets)), offsets)
    console.print(table)


@app.command()
def login(
    role: Annotated[Role, typer.Option(help="What the user may do.")],
    user: Annotated[str | None, typer.Option(help="The user's name.")] = None,
    agency: Annotated[str | None, typer.Option(help="The agency, for the role agency.")] = None,
    insats: Annotated[list[str] | None, typer.Option(help="An insats, for the role project_leader.")] = None,
    member: Annotated[Member | None, typer.Option(help="The party, for the role team_representative.")] = None,
    data: Data = None,
) -> None:
    """Print a token for the API and a link that signs a browser in."""
    of = affiliation(role, agency, insats or [], member)
    record = _record(data)
    token = local_token(_folder(data), role, name=user, of=of)
    console.print("Token, for the header Authorization: Bearer ...", style="dim")
    _print_whole(token)
    console.print("Link, for a browser: works once, within ten minutes", style="dim")
    _print_whole(sign_in_link(_folder(data), record.gateway_url, role, page="/", name=user, of=of))


@app.command()
def logout(
    user: Annotated[str | None, typer.Option(help="The user's name, as given to `samspel login`.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody.")] = False,
    data: Data = None,
) -> None:
    """End the sign-ins of a user, or everybody's: sessions and API tokens that were given out until now."""
    if everybody == (user is not None):
        raise LaunchError("Say whose sign-ins shall end: --user NAME, or --all.")
    token = local_token(_folder(data), Role.OPERATIONS)
    revoke(_record(data).gateway_url, token, None if user is None else user_id(user))
    console.print("Signed out." if user is None else f"Signed out: {user}.", markup=False)


@dlq.command("list")
def dlq_list(
    service: Annotated[str | None, typer.Option(help=f"Only of one service: {', '.join(SERVICES)}.")] = None,
    topic: Annotated[str | None, typer.Option(help="Only records of this topic.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only those whose reason begins so.")] = None,
    state: Annotated[State | None, typer.Option(help="Only in this state.")] = None,
    data: Data = None,
) -> None:
    """List dead letters, service by service, the latest first, and how many there are."""
    if service is not None and service not in SERVICES:
        raise LaunchError(f"There is no service {service}, only {', '.join(SERVICES)}.")
    services = (service,) if service else SERVICES
    total = 0
    with _office(data) as office:
        for dead_letter in office.dead_letters(services, topic=topic, reason=reason, state=state):
            total += 1
            for line in _lines_of(dead_letter):
                _print_whole(line)
    console.print(f"{total} dead letters." if total != 1 else "1 dead letter.", highlight=False)


def _lines_of(dead_letter: dead_letters.DeadLetter) -> Iterator[str]:
    """Lines of its own, not a row of a table: that would cut the id, which is there to be copied."""
    when = f"{dead_letter.dead_lettered_at:%Y-%m-%d %H:%M:%S}"
    yield f"{dead_letter.dead_letter_id}  {dead_letter.service}, {when}, {dead_letter.state}"
    place = f"{dead_letter.topic} partition {dead_letter.partition} offset {dead_letter.record_offset}"
    yield f"    {place}: {dead_letter.reason}"
    if dead_letter.discarded_at:
        when = f"{dead_letter.discarded_at:%Y-%m-%d %H:%M:%S}"
        yield f"    discarded {when} by {dead_letter.discarded_by}: {dead_letter.discard_reason}"


@dlq.command("replay")
def dlq_replay(
    ids: LetterIds,
    discarded: Annotated[bool, typer.Option("--discarded", help="Also those that have been discarded.")] = False,
    data: Data = None,
) -> None:
    """Apply dead letters again, read anew from their topics."""
    with _office(data) as office:
        _print_outcomes(office.replay(ids, discarded=discarded), "replayed")


@dlq.command("discard")
def dlq_discard(
    ids: LetterIds,
    reason: Annotated[str, typer.Option(help="Why they will not be replayed. Write nothing about a person.")],
    data: Data = None,
) -> None:
    """Decide that dead letters will not be replayed. They stay listed, with who decided so and why."""
    with _office(data) as office:
        _print_outcomes(office.discard(ids, reason), "discarded")


def _print_outcomes(outcomes: Iterator[tuple[str, str | None]], done: str) -> None:
    """One line for each dead letter. Ends the command, with status 1 if any was refused."""
    refused = 0
    for dead_letter_id, problem in outcomes:
        _print_whole(f"{dead_letter_id}: {problem or done}")
        refused += problem is not None
    raise typer.Exit(1 if refused else 0)


def main() -> None:
    """The command `samspel`. What goes wrong is printed as a sentence, not in a stack trace."""
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup leaves it
        signal.signal(signal.SIGHUP, _interrupt)
    try:
        app()
    except LaunchError as error:
        console.print(f"[bold red]Samspel could not do that.[/] {escape(str(error))}")
        raise SystemExit(1) from error
    except KeyboardInterrupt as interrupt:
        raise SystemExit(_INTERRUPTED) from interrupt


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    console.print(text, style="dim", markup=False, highlight=False)


@contextmanager
def _running(settings: LocalSettings) -> Iterator[LocalStack]:
    """The stack, up; down afterwards whatever happens. Ctrl-C while stopping does not leave half of it behind."""
    stack = LocalStack(settings, _say)
    try:
        stack.up()
        with _supervised(stack):
            yield stack
    finally:
        with _undisturbed():
            if stack.is_up:
                _say("Stopping ...")
            stack.down()


@contextmanager
def _undisturbed() -> Iterator[None]:
    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    earlier: list[Any] = [signal.signal(end, signal.SIG_IGN) for end in ends]
    try:
        yield
    finally:
        for end, handler in zip(ends, earlier, strict=True):
            signal.signal(end, handler)


@contextmanager
def _supervised(stack: LocalStack) -> Iterator[None]:
    """Start again what dies meanwhile."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(1):
            try:
                stack.watch()
            except Exception as failure:  # noqa: BLE001 - a full disk, say: the next look may find it better
                with suppress(OSError):  # the terminal may be gone, and what runs goes on without it
                    _say(f"Supervising failed: {failure!r}")

    watcher = threading.Thread(target=watch, name="supervisor", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _keep_running() -> None:
    """Until Ctrl-C, which is the ordinary end and no failure."""
    try:
        while True:
            signal.pause()
    except KeyboardInterrupt:
        console.print()


def _print_links(stack: LocalStack) -> None:
    """Where to look first, signed in."""
    for what, role, page in (
        ("The start page, as a coordinator", Role.COORDINATOR, "/"),
        ("Follow-ups to do, as a lots", Role.LOTS, "/uppfoljningar"),
        ("The year's report, as the office", Role.OFFICE, "/rapport"),
    ):
        console.print(what, style="bold")
        _print_whole(sign_in_link(stack.data, stack.gateway_url, role, page=page))
    _print_whole("Each link works once, within ten minutes; `samspel login` makes another.")
    _print_whole(f"Kafka for agencies: {stack.bootstrap}. Data: {stack.data}. Stop with Ctrl-C.")


def _print_whole(text: str) -> None:
    """For what is copied: neither coloured nor cut."""
    console.print(text, markup=False, highlight=False)


def _settings(
    data: Path | None, port_base: int | None, ports: list[str] | None, workers: list[str] | None, mode: Mode
) -> LocalSettings:
    """The settings: options before environment before defaults. Raises LaunchError for a choice that cannot be."""
    chosen: dict[str, Any] = {"data": data, "port_base": port_base}
    chosen |= {"workers": ",".join(workers) if workers else None, "mode": mode if mode is Mode.REAL else None}
    chosen |= {f"{name}_port": number for name, _, number in (choice.partition("=") for choice in ports or [])}
    return _valid(lambda: LocalSettings(**{name: value for name, value in chosen.items() if value is not None}))


def _valid(make: Callable[[], LocalSettings]) -> LocalSettings:
    try:
        return make()
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, each['loc'])) or 'ports'}: {each['msg']}" for each in error.errors()]
        raise LaunchError("The settings cannot be used. " + "; ".join(faults)) from error


def _folder(data: Path | None) -> Path:
    return _settings(data, None, None, None, Mode.TEST).data


def _record(data: Path | None) -> RunRecord:
    record = read_record(_folder(data))
    if record is None:
        raise LaunchError(
            f"Nothing runs on {_folder(data)}. Start it with `samspel up`, or name the folder by --data."
        )
    return record


def _office(data: Path | None) -> dead_letters.DeadLetterOffice:
    return dead_letters.DeadLetterOffice(_record(data).gateway_url, _operator(data))


def _operator(data: Path | None) -> str:
    """A token of somebody who may operate the installation."""
    return local_token(_folder(data), Role.OPERATIONS)


if __name__ == "__main__":
    main()
