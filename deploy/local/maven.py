"""Jars pinned by checksum: fetched through Maven where it is installed, without it elsewhere."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

from jgo.maven import MavenContext
from requests import RequestException

from deploy.local.errors import LaunchError

Say = Callable[[str], None]

REPOSITORY_SETTING: Final = "SAMSPEL_MAVEN_REPOSITORY"

_AT_ONCE: Final = 6
_TIMEOUT_SECONDS: Final = 60
_PIN: Final = re.compile(r"([\w.-]+):([\w.-]+):([\w.-]+) sha256:([0-9a-f]{64})")


@dataclass(frozen=True, order=True)
class Pin:
    """A jar by its Maven coordinates, and the SHA-256 its content must have."""

    group: str
    artifact: str
    version: str
    sha256: str

    @classmethod
    def parse(cls, line: str) -> Self:
        """From a line of a lock file. Raises LaunchError for any other line."""
        match = _PIN.fullmatch(line)
        if match is None:
            raise LaunchError(f"This is not a pinned jar (group:artifact:version sha256:...): {line!r}")
        return cls(*match.groups())

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version} sha256:{self.sha256}"

    @property
    def file_name(self) -> str:
        """The jar's name in a folder of jars."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def repository_path(self) -> str:
        """The jar's place below the root of a Maven repository."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.file_name}"


def read_pins(lock: Path) -> tuple[Pin, ...]:
    """The jars a lock file names; lines that begin with # are for its readers."""
    lines = (line.strip() for line in lock.read_text().splitlines())
    return tuple(Pin.parse(line) for line in lines if line and not line.startswith("#"))


def fetch(pins: Iterable[Pin], pom: Path, lib: Path) -> None:
    """Fill the folder `lib` with exactly the pinned jars. Raises LaunchError when one cannot be had or is not itself.

    They come from the repository that SAMSPEL_MAVEN_REPOSITORY names; else through Maven, if it is installed, from
    wherever its own settings say (a company's mirror); else from Maven Central. `pom` names what Maven fetches.
    """
    pins = tuple(pins)
    repository = os.environ.get(REPOSITORY_SETTING)
    maven = shutil.which("mvn")
    lib.mkdir(parents=True)
    if repository is None and maven is not None:
        _fetch_through_maven(maven, pom, lib)
    else:
        _fetch_directly(pins, repository, lib)
    _verify(pins, lib)


def _fetch_through_maven(maven: str, pom: Path, lib: Path) -> None:
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={lib}", "-DincludeScope=runtime"]
    command = [maven, "-B", "-ntp", "-f", str(pom), *goal]
    finished = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if finished.returncode:
        wrong = [line for line in finished.stdout.splitlines() if line.startswith("[ERROR]")][:5]
        output = "\n".join(wrong) or finished.stderr.strip()
        raise LaunchError(
            f"Maven could not fetch Kafka's jars. Is there a network? A repository that needs no Maven can be named "
            f"by {REPOSITORY_SETTING}.\n{output}"
        )


def _fetch_directly(pins: tuple[Pin, ...], repository: str | None, lib: Path) -> None:
    where = "Maven Central" if repository is None else f"the repository that {REPOSITORY_SETTING} names"
    remotes = None if repository is None else {"chosen": repository.rstrip("/")}
    with TemporaryDirectory(dir=lib.parent, prefix="maven-") as scratch:
        maven = MavenContext(repo_cache=Path(scratch), remote_repos=remotes, timeout=_TIMEOUT_SECONDS)

        def download(pin: Pin) -> None:
            fetched = maven.project(pin.group, pin.artifact).at_version(pin.version).artifact().resolve()
            fetched.rename(lib / pin.file_name)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            downloads = {pin: pool.submit(download, pin) for pin in pins}
        for pin, done in downloads.items():
            try:
                done.result()
            except (RequestException, RuntimeError) as failure:  # RuntimeError: how jgo says that it is not there
                raise LaunchError(
                    f"{pin.repository_path} could not be fetched from {where} ({type(failure).__name__}). "
                    f"Is there a network? {REPOSITORY_SETTING} names another repository, as https://host/path."
                ) from failure


def _verify(pins: tuple[Pin, ...], lib: Path) -> None:
    wanted = {pin.file_name: pin.sha256 for pin in pins}
    there = {jar.name for jar in lib.iterdir()}
    if there != wanted.keys():
        other = ", ".join(sorted(there ^ wanted.keys()))
        raise LaunchError(f"Other jars were fetched than are pinned: {other}. Pin them again with: make kafka-lock")
    for name, sha256 in wanted.items():
        if sha256_of(lib / name) != sha256:
            raise LaunchError(f"{name} is not the file that was pinned: its checksum differs. It was not used.")


def sha256_of(file: Path) -> str:
    """The checksum of a file, in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
