"""One Apache Kafka broker on this machine, started from its jars."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Final, Protocol

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local import blocking
from deploy.local.errors import Died, LaunchError, tail
from deploy.local.kafka_jars import SOURCES, KafkaJars, Say, broker_properties, kafka_jars
from deploy.local.ports import LOOPBACK, require_free
from deploy.local.processes import end, spawn

_READY_WITHIN: Final = 60.0
_STOPPED_WITHIN: Final = 30.0
_HEAP: Final = "-Xmx512m"

# The first compiler only and the simplest collector: a local broker is started often and runs briefly.
_QUICK_START: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_QUIET: Final = ("-Xlog:disable", "-Xlog:all=error:stderr")

# By these a shell would change the JVM behind our back.
_JVM_VARIABLES: Final = frozenset({"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH"})


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
        answered, why = blocking.run(_answers(self.bootstrap))
        if not answered:
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
        self._archiving: tuple[Path, Path] | None = None

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

    def start(self) -> None:
        """Start the broker and return when it serves clients. Raises LaunchError when it cannot."""
        if self.pid is not None:
            return
        require_free(self._port, "Kafka", "--port kafka=NUMBER")
        require_free(self._controller_port, "Kafka's controller", "--port controller=NUMBER")
        jars = kafka_jars(self._say)
        self._prepare(jars)
        environment = {name: value for name, value in os.environ.items() if name not in _JVM_VARIABLES}
        self._process = spawn(self._command(jars), self._data / "console.log", environment)
        self._wait_ready(self._process)

    def stop(self) -> None:
        """Stop in good order: logs closed, nothing to recover at the next start."""
        if self._process is not None:
            end(self._process, signal.SIGTERM, _STOPPED_WITHIN)
            self._process = None
        self._keep_archive()

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._archiving = None

    def restart(self) -> None:
        """Stop in good order and start again."""
        self.stop()
        self.start()

    def _prepare(self, jars: KafkaJars) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        logs = self._data / "logs"
        if not logs.exists():
            jars.format(logs)
        properties = broker_properties(self._port, self._controller_port, logs)
        (self._data / "server.properties").write_text(properties)

    def _command(self, jars: KafkaJars) -> list[str]:
        return [
            jars.java,
            _HEAP,
            *_QUICK_START,
            *_QUIET,
            *self._class_archive(jars),
            f"-Dlog4j2.configurationFile={SOURCES / 'log4j2.properties'}",
            f"-Dsamspel.kafka.log={self.log}",
            "-cp",
            jars.class_path,
            "kafka.Kafka",
            str(self._data / "server.properties"),
        ]

    def _class_archive(self, jars: KafkaJars) -> list[str]:
        """Use the archive of parsed classes, or make it when this broker stops, if nobody has before."""
        if jars.class_archive.exists():
            return [f"-XX:SharedArchiveFile={jars.class_archive}"]
        fresh = jars.class_archive.with_suffix(f".{os.getpid()}-{self._port}")
        self._archiving = (fresh, jars.class_archive)
        return [f"-XX:ArchiveClassesAtExit={fresh}"]

    def _keep_archive(self) -> None:
        if self._archiving is not None:
            fresh, final = self._archiving
            self._archiving = None
            with contextlib.suppress(FileNotFoundError):
                fresh.rename(final)

    def _wait_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        why = "no attempt was made"
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise Died(f"Kafka stopped while starting (status {process.returncode}):\n{self._last_words()}")
            answered, why = blocking.run(_answers(self.bootstrap))
            if answered:
                return
            time.sleep(0.05)
        self.kill()
        raise LaunchError(f"Kafka did not answer within {_READY_WITHIN:.0f} s ({why}):\n{self._last_words()}")

    def _last_words(self) -> str:
        return f"{tail(self._data / 'console.log')}\n{tail(self.log)}"


async def _answers(bootstrap: str) -> tuple[bool, str]:
    """Whether the cluster describes itself and has a broker that serves, and otherwise why not."""
    if not await _listens(bootstrap):
        return False, f"nothing listens on {bootstrap}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        async with asyncio.timeout(10):
            await admin.start()
            cluster = await admin.describe_cluster()
            return bool(cluster["brokers"]), "no broker is in service yet"
    except (KafkaError, OSError, TimeoutError) as failure:
        return False, str(failure) or type(failure).__name__
    finally:
        await admin.close()


async def _listens(bootstrap: str) -> bool:
    """Whether anything accepts connections at an address; the client would log an error when not."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), 5)
        except (OSError, TimeoutError):
            continue
        writer.close()
        await writer.wait_closed()
        return True
    return False
