"""Apache Kafka as jars: fetched by Maven once, kept outside the repository, shared by every start."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.errors import LaunchError, Missing
from deploy.local.ports import LOOPBACK

Say = Callable[[str], None]

SOURCES: Final = Path(__file__).resolve().parent.parent / "kafka"
POM: Final = SOURCES / "pom.xml"
INSTALL: Final = "apt-get install openjdk-17-jre-headless maven"
OLDEST_JAVA: Final = 17
_CLUSTER_ID: Final = "c2Ftc3BlbC1sb2thbHQtMQ"


@dataclass(frozen=True)
class KafkaJars:
    """A folder with everything `java` needs to be a Kafka broker.

    `lib/` holds the jars, `template/` a formatted and empty log folder, and `java-<version>.jsa`, once a
    broker has made it, an archive of parsed classes that halves the start-up time.
    """

    folder: Path
    java: str
    java_version: str

    @property
    def class_path(self) -> str:
        """The jars in a fixed order: the class archive is valid for exactly one class path."""
        return os.pathsep.join(str(jar) for jar in sorted((self.folder / "lib").glob("*.jar")))

    @property
    def class_archive(self) -> Path:
        """Where the archive of parsed classes is kept, whether or not it has been made."""
        return self.folder / f"java-{self.java_version}.jsa"

    def format(self, log_folder: Path) -> None:
        """Make an empty folder into a formatted one. Copies a template, which spares the start of a JVM."""
        partial = log_folder.with_name(log_folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(self.folder / "template", partial)
        partial.rename(log_folder)


def kafka_jars(say: Say) -> KafkaJars:
    """The jars from the cache, fetched first when they are not there.

    The cache is $SAMSPEL_CACHE or ~/.cache/samspel. Raises Missing when Java or Maven is lacking or too old.
    """
    java, version = require_java()
    folder = _cache() / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        _install(folder, java, say)
    return KafkaJars(folder, java, version)


def require_java() -> tuple[str, str]:
    """Path and version of a Java that can run Kafka. Raises Missing, with the command that installs one."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    if java is None:
        raise Missing(f"Kafka needs Java {OLDEST_JAVA} or newer; there is none. Install it with: {INSTALL}")
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "([0-9][^"]*)"', answer.stderr)
    if answer.returncode or version is None:
        raise Missing(f"{java} does not work: {answer.stderr.strip()}. Install Java with: {INSTALL}")
    if int(re.split(r"[.\-+]", version[1])[0]) < OLDEST_JAVA:
        raise Missing(
            f"Kafka needs Java {OLDEST_JAVA} or newer, but {java} is Java {version[1]}. "
            f"Install a newer one with: {INSTALL}"
        )
    return java, version[1]


def _cache() -> Path:
    chosen = os.environ.get("SAMSPEL_CACHE")
    return Path(chosen).resolve() if chosen else Path.home() / ".cache" / "samspel"


def _install(folder: Path, java: str, say: Say) -> None:
    """Build the folder beside its place and move it there whole: a half-fetched one is never used."""
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing(f"Maven fetches Kafka, and there is none. Install it with: {INSTALL}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as scratch:
        ready = Path(scratch) / "kafka"
        _fetch(maven, ready / "lib", say)
        _format_template(java, ready)
        try:
            ready.rename(folder)
        except OSError:
            # Somebody else was faster. Theirs is as good as ours.
            if not folder.exists():
                raise


def _fetch(maven: str, lib: Path, say: Say) -> None:
    say("Fetching Apache Kafka (about 45 MB, only this once) ...")
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={lib}", "-DincludeScope=runtime"]
    command = [maven, "-B", "-ntp", "-f", str(POM), *goal]
    finished = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if finished.returncode:
        wrong = [line for line in finished.stdout.splitlines() if line.startswith("[ERROR]")][:5]
        raise LaunchError("Maven could not fetch Kafka. Is there a network?\n" + "\n".join(wrong))
    say(f"Fetched {len(list(lib.glob('*.jar')))} jars into {lib.parent.parent.parent}")


def _format_template(java: str, ready: Path) -> None:
    """Format one empty log folder. Formatting writes no port, so every broker can start from a copy."""
    template = ready / "template"
    properties = ready / "format.properties"
    properties.write_text(broker_properties(9092, 9093, template))
    tool = [java, "-cp", f"{ready}/lib/*", "kafka.tools.StorageTool"]
    command = [*tool, "format", "-t", _CLUSTER_ID, "-c", str(properties)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise LaunchError(f"Kafka could not format its storage:\n{finished.stdout}{finished.stderr}")
    properties.unlink()


def broker_properties(port: int, controller_port: int, logs: Path) -> str:
    """The text of a server.properties: what every local broker has, then what this one has."""
    own = (
        f"listeners=PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        f"advertised.listeners=PLAINTEXT://{LOOPBACK}:{port}",
        f"controller.quorum.voters=1@{LOOPBACK}:{controller_port}",
        f"log.dirs={logs}",
    )
    return "\n".join([(SOURCES / "server.properties").read_text(), *own, ""])
