"""What a running installation notes in its data folder, so that other commands and the next start can find it."""

import fcntl
import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from deploy.local.blocking import wait_until
from deploy.local.errors import AlreadyRunning
from deploy.local.processes import ProcessId, end_found

_STOPPED_WITHIN: Final = 90.0


class RecordedProcess(BaseModel):
    """One process of the installation, in the order of starting."""

    model_config = ConfigDict(frozen=True)

    name: str
    id: ProcessId
    port: int


class StoppedProcess(BaseModel):
    """One process that has died, why, and when it is started again."""

    model_config = ConfigDict(frozen=True)

    name: str
    port: int
    trouble: str
    attempt: int
    due: AwareDatetime


class RunRecord(BaseModel):
    """Everything that runs, or waits to be started again. Written anew whenever that changes."""

    model_config = ConfigDict(frozen=True)

    launcher: ProcessId
    gateway_url: str
    bootstrap: str
    processes: tuple[RecordedProcess, ...]
    stopped: tuple[StoppedProcess, ...] = ()


def record_file(data: Path) -> Path:
    """Where the record of a data folder lies."""
    return data / "run.json"


def read_record(data: Path) -> RunRecord | None:
    """The record of the last run, or None when it ended in good order."""
    file = record_file(data)
    return RunRecord.model_validate_json(file.read_text()) if file.exists() else None


def write_record(data: Path, record: RunRecord) -> None:
    """Replace the record in one step."""
    fresh = record_file(data).with_suffix(".new")
    fresh.write_text(record.model_dump_json(indent=2))
    fresh.rename(record_file(data))


class DataFolderLock:
    """Held by a launcher as long as it lives; the kernel lets go of it however the launcher ends."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this launcher has the folder."""
        return self._descriptor is not None

    def acquire(self) -> None:
        """Take the folder. Raises AlreadyRunning when another launcher has it."""
        self._data.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            record = read_record(self._data)
            who = f" (process {record.launcher.pid}, {record.gateway_url})" if record else ""
            raise AlreadyRunning(
                f"Samspel already runs on {self._data}{who}. Stop it with `samspel down`, or use another --data."
            ) from None
        self._descriptor = descriptor

    def release(self) -> None:
        """Let others have the folder."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def end_leftovers(data: Path, say: Callable[[str], None]) -> None:
    """Stop what a killed launcher left running, the last started first."""
    record = read_record(data)
    if record is None:
        return
    _end_processes(record.processes, say)
    record_file(data).unlink(missing_ok=True)


def stop_running(data: Path, say: Callable[[str], None]) -> bool:
    """Ask the launcher to stop everything, or do it when the launcher is gone. False when nothing ran."""
    record = read_record(data)
    if record is None:
        return False
    launcher = record.launcher.find()
    if launcher is not None:
        launcher.send_signal(signal.SIGTERM)
        wait_until(lambda: record.launcher.find() is None, _STOPPED_WITHIN)
    end_leftovers(data, say)
    return True


def _end_processes(processes: Iterable[RecordedProcess], say: Callable[[str], None]) -> None:
    for recorded in reversed(tuple(processes)):
        process = recorded.id.find()
        if process is not None:
            say(f"Stopping {recorded.name} (process {process.pid}), left behind by an earlier run")
            polite = signal.SIGINT if recorded.name == "PostgreSQL" else signal.SIGTERM
            end_found(process, polite, seconds=25)
