"""What can go wrong when the system is started, said so that the reader knows what to do next."""

from pathlib import Path


class LaunchError(Exception):
    """A start that cannot succeed. The message is shown to a person as it is: no traceback is needed."""


class Missing(LaunchError):
    """A program the machine lacks; the message holds the command that installs it."""


class BusyPort(LaunchError):
    """A port we need is taken by somebody else."""


class AlreadyRunning(LaunchError):
    """Another launcher holds the same data folder."""


class Died(LaunchError):
    """A process ended before it was ready; the message holds the end of its log."""


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file, indented for printing below a message."""
    if not log.exists():
        return f"  (no log at {log})"
    last = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join(f"  | {line}" for line in last) or f"  (the log {log} is empty)"
