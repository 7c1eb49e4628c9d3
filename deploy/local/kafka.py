"""One Apache Kafka broker on this machine, started from its jars."""

import signal
import subprocess
import time
from pathlib import Path
from typing import Final, Protocol

from deploy.local.errors import Died, LaunchError, tail
from deploy.local.kafka_jars import KafkaJars, broker_properties, jvm_environment, kafka_jars
from deploy.local.kafka_probe import why_silent
from deploy.local.maven import Say
from deploy.local.ports import LOOPBACK, require_free
from deploy.local.private_files import private_folder
from deploy.local.processes import end, spawn

_READY_WITHIN: Final = 60.0
_STOPPED_WITHIN: Final = 30.0


class Kafka(Protocol):
    """A Kafka to work against: one of our own, or one that exists."""

    @property
    def bootstrap(self) -> str: ...

    @property
    def pid(self) -> int | None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


class ExistingKafka:
    """A cluster that others run (SAMSPEL_KAFKA_BOOTSTRAP). It is never started or stopped by us."""

    pid = None

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

    def start(self) -> None:
        """Make sure that it answers. Raises LaunchError when it does not."""
        why = why_silent(self.bootstrap)
        if why is not None:
            raise LaunchError(f"SAMSPEL_KAFKA_BOOTSTRAP names {self.bootstrap}, which does not answer: {why}")

    def stop(self) -> None:
        """Nothing: it is not ours."""


class KafkaServer:
    """A broker and controller in one process, with its data in a folder that survives restarts.

    Blocking calls, safe to make with or without a running event loop. After `kill`, `start` brings the same
    broker back with everything that was acknowledged.
    """

    def __init__(self, data: Path, port: int, controller_port: int, say: Say = lambda _: None) -> None:
        self._data = data.resolve()
        self._port = port
        self._controller_port = controller_port
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """The address clients are given."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def pid(self) -> int | None:
        """The process, or None when it is not running."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def log(self) -> Path:
        """Warnings and errors of the broker."""
        return self._data / "kafka.log"

    @property
    def exit_status(self) -> int | None:
        """How it ended; None while it runs, before it was started and after it was stopped."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start the broker and return when it serves clients. Raises LaunchError when it cannot."""
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start the broker and return at once; `wait_ready` waits. Raises LaunchError when it cannot be started."""
        if self.pid is not None:
            return
        require_free(self._port, "Kafka", "--port kafka=NUMBER")
        require_free(self._controller_port, "Kafka's controller", "--port controller=NUMBER")
        jars = kafka_jars(self._say)
        self._prepare(jars)
        command = jars.command(self._data / "server.properties", self.log)
        self._process = spawn(command, self._data / "console.log", jvm_environment())

    def wait_ready(self) -> None:
        """Return when it serves clients. Raises LaunchError when it does not within a minute, or dies."""
        deadline = time.monotonic() + _READY_WITHIN
        while (why := why_silent(self.bootstrap)) is not None:
            if self.pid is None:
                raise Died(f"Kafka stopped while starting (status {self.exit_status}):\n{self.last_words()}")
            if time.monotonic() > deadline:
                self.kill()
                raise LaunchError(f"Kafka did not answer within {_READY_WITHIN:.0f} s ({why}):\n{self.last_words()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop in good order: logs closed, nothing to recover at the next start."""
        if self._process is not None:
            end(self._process, signal.SIGTERM, _STOPPED_WITHIN)
            self._process = None

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop in good order and start again."""
        self.stop()
        self.start()

    def last_words(self) -> str:
        """The ends of its two logs."""
        return f"{tail(self._data / 'console.log')}\n{tail(self.log)}"

    def _prepare(self, jars: KafkaJars) -> None:
        private_folder(self._data)
        logs = self._data / "logs"
        if not logs.exists():
            jars.format(logs)
        properties = broker_properties(self._port, self._controller_port, logs)
        (self._data / "server.properties").write_text(properties)
