"""Where Kafka's jars come from, and that they are the pinned ones."""

import gc
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.errors import LaunchError
from deploy.local.kafka_jars import JARS_LOCK, POM_FILE
from deploy.local.maven import REPOSITORY_SETTING, Pin, fetch, read_pins
from tests.maven_repository import maven_repository

# jgo leaves the connection of a refused request to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:.*socket:pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _sockets_of_the_library_end_here() -> Iterator[None]:
    """Collects what the library left open while its warning is still expected, and not in somebody else's test."""
    yield
    gc.collect()


CONTENTS = {"a": b"the jar a", "b-c": b"the jar b-c"}
PINS = [Pin("org.example", name, "1.2", hashlib.sha256(content).hexdigest()) for name, content in CONTENTS.items()]
SERVED = {pin.repository_path: CONTENTS[pin.artifact] for pin in PINS}


@pytest.fixture(autouse=True)
def no_maven(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on a machine without Maven, unless a test puts one there."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv(REPOSITORY_SETTING, raising=False)


def _install_maven(tmp_path: Path, script: str) -> None:
    program = tmp_path / "bin" / "mvn"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_the_jars_come_from_the_repository_that_the_setting_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install_maven(tmp_path, "exit 1")  # a repository that was named is asked even where Maven is installed
    with maven_repository(SERVED) as repository:
        monkeypatch.setenv(REPOSITORY_SETTING, repository + "/")
        fetch(PINS, POM_FILE, tmp_path / "lib")
    there = {jar.name: jar.read_bytes() for jar in (tmp_path / "lib").iterdir()}
    assert there == {"a-1.2.jar": b"the jar a", "b-c-1.2.jar": b"the jar b-c"}
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["bin", "lib"]


@pytest.mark.parametrize(
    ("served", "told"),
    [
        ({**SERVED, PINS[0].repository_path: b"another jar"}, r"a-1\.2\.jar is not the file that was pinned"),
        ({PINS[0].repository_path: b"the jar a"}, r"org/example/b-c/1\.2/b-c-1\.2\.jar could not be fetched"),
        ({}, REPOSITORY_SETTING),
    ],
)
def test_a_jar_that_is_not_itself_or_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: dict[str, bytes], told: str
) -> None:
    with maven_repository(served) as repository:
        monkeypatch.setenv(REPOSITORY_SETTING, repository)
        with pytest.raises(LaunchError, match=told):
            fetch(PINS, POM_FILE, tmp_path / "lib")


def test_a_repository_that_does_not_answer_is_told_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REPOSITORY_SETTING, "http://user:hemligt@127.0.0.1:1/")
    with pytest.raises(LaunchError, match="could not be fetched") as told:
        fetch(PINS, POM_FILE, tmp_path / "lib")
    assert "hemligt" not in str(told.value)


def test_an_installed_maven_is_used_so_that_its_own_mirror_is(tmp_path: Path) -> None:
    copy = "".join(f"""printf '%s' '{CONTENTS[pin.artifact].decode()}' > "$lib/{pin.file_name}"\n""" for pin in PINS)
    _install_maven(tmp_path, f"for a; do case $a in -DoutputDirectory=*) lib=${{a#*=}};; esac; done\n{copy}")
    fetch(PINS, POM_FILE, tmp_path / "lib")
    assert {jar.name for jar in (tmp_path / "lib").iterdir()} == {"a-1.2.jar", "b-c-1.2.jar"}


def test_what_maven_fetches_must_be_what_is_pinned(tmp_path: Path) -> None:
    _install_maven(tmp_path, 'for a; do case $a in -DoutputDirectory=*) echo x > "${a#*=}/d-1.jar";; esac; done')
    with pytest.raises(LaunchError, match=r"a-1\.2\.jar, b-c-1\.2\.jar, d-1\.jar.*make kafka-lock"):
        fetch(PINS, POM_FILE, tmp_path / "lib")


def test_a_maven_that_fails_is_told(tmp_path: Path) -> None:
    _install_maven(tmp_path, "echo '[ERROR] no route'; exit 1")
    with pytest.raises(LaunchError, match=r"(?s)Maven could not fetch.*no route"):
        fetch(PINS, POM_FILE, tmp_path / "lib")


@pytest.mark.parametrize("line", ["", "a:b:1", "a:b:1 sha256:12", "a:../b:1/.. sha256:" + 64 * "0"])
def test_a_line_that_pins_nothing_is_refused(line: str) -> None:
    with pytest.raises(LaunchError, match="not a pinned jar"):
        Pin.parse(line)


def test_the_lock_file_pins_what_the_pom_asks_for() -> None:
    pom = POM_FILE.read_text()
    properties = dict(re.findall(r"<([\w.]+\.version)>([\w.-]+)</", pom))
    dependencies = re.findall(r"<artifactId>([\w.-]+)</artifactId>\s*<version>\$\{([\w.]+)\}</version>", pom)
    asked = {(artifact, properties[version]) for artifact, version in dependencies}
    assert len(asked) == pom.count("<dependency>") > 0
    pins = read_pins(JARS_LOCK)
    assert asked <= {(pin.artifact, pin.version) for pin in pins}
    assert len({(pin.group, pin.artifact) for pin in pins}) == len(pins)
