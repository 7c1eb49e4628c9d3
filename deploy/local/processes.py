"""Child processes: started apart from the terminal, recognised again later, ended for certain."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil


@dataclass(frozen=True)
class ProcessId:
    """A process that can be recognised after its number has been reused: number and time of birth."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> Self:
        """The identity of a process that is alive now."""
        return cls(pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The process, or None when it has ended or the number belongs to another one by now."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 1.0
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


def spawn(
    command: Sequence[str],
    output: Path,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process whose output goes to a file.

    It gets a session of its own: Ctrl-C reaches only the launcher, which then stops everything in order. What it
    writes, and the output file, only its own user can read: logs and segments hold what persons would not share.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as sink:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            umask=0o077,
        )


def end(process: subprocess.Popen[bytes], polite: signal.Signals, seconds: float) -> int:
    """Ask the process to stop, kill it when it has not within `seconds`, and return its exit status."""
    if process.poll() is None:
        process.send_signal(polite)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def end_found(process: psutil.Process, polite: signal.Signals, seconds: float) -> None:
    """As `end`, for a process that somebody else started, with all its children."""
    try:
        family = [process, *process.children(recursive=True)]
        process.send_signal(polite)
    except psutil.NoSuchProcess:
        return
    _, alive = psutil.wait_procs(family, timeout=seconds)
    for survivor in alive:
        if survivor.is_running():
            survivor.kill()
    psutil.wait_procs(alive, timeout=5)


def running_as_root() -> bool:
    """Whether we have the rights, and the duties, of the system administrator."""
    return os.geteuid() == 0
