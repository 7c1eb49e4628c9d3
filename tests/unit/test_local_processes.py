"""Ports, secrets, and the traces of earlier runs."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.local.errors import AlreadyRunning, BusyPort, Missing
from deploy.local.kafka_jars import kafka_jars, require_java
from deploy.local.ports import free_port, is_free, require_free
from deploy.local.processes import ProcessId, spawn
from deploy.local.run_record import (
    DataFolderLock,
    RecordedProcess,
    RunRecord,
    end_leftovers,
    read_record,
    stop_running,
    write_record,
)
from deploy.local.secret_files import ensure_service_keys, read_secrets, write_secrets


def test_a_busy_port_is_told_with_its_holder_and_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        with pytest.raises(BusyPort) as told:
            require_free(port, "Kafka", "--port kafka=NUMBER")
    assert f"Port {port}, wanted for Kafka, is already used" in str(told.value)
    assert f"(process {os.getpid()})" in str(told.value)
    assert "--port kafka=NUMBER" in str(told.value)


def test_no_free_port_is_given_twice_nor_one_that_outgoing_connections_use() -> None:
    given = [free_port() for _ in range(50)]
    assert len({port + step for port in given for step in range(8)}) == 50 * 8
    assert max(given) < 32_768 - 8


def test_a_free_port_can_be_listened_on() -> None:
    port = free_port()
    assert is_free(port)
    require_free(port, "Kafka", "--port kafka=NUMBER")
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)


def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    write_secrets(file, {"a": "b"})
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_secrets(file) == {"a": "b"}
    assert list(tmp_path.iterdir()) == [file]


def test_service_keys_are_made_once_and_never_replaced(tmp_path: Path) -> None:
    file = tmp_path / "new" / "secrets.json"
    ensure_service_keys(file)
    first = read_secrets(file)
    assert set(first) == {"token_key", "vault_kek", "lookup_key"}
    assert len(set(first.values())) == 3
    del first["lookup_key"]
    write_secrets(file, first)
    ensure_service_keys(file)
    assert read_secrets(file).items() >= first.items()
    assert "lookup_key" in read_secrets(file)


def test_a_data_folder_has_one_launcher(tmp_path: Path) -> None:
    first, second = DataFolderLock(tmp_path), DataFolderLock(tmp_path)
    first.acquire()
    write_record(tmp_path, _record())
    with pytest.raises(
        AlreadyRunning, match=rf"already runs on {tmp_path} \(process {os.getpid()}, http://gateway\)"
    ):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_what_a_killed_launcher_left_is_ended(tmp_path: Path) -> None:
    sleeper = spawn(["sleep", "600"], tmp_path / "log")
    said: list[str] = []
    identity = ProcessId.of(sleeper.pid)
    write_record(tmp_path, _record(("planning", identity)))
    end_leftovers(tmp_path, said.append)
    assert identity.find() is None
    sleeper.wait()
    assert said == [f"Stopping planning (process {sleeper.pid}), left behind by an earlier run"]
    assert read_record(tmp_path) is None


def test_a_process_that_inherited_the_number_is_left_alone(tmp_path: Path) -> None:
    sleeper = spawn(["sleep", "600"], tmp_path / "log")
    try:
        stranger = ProcessId(sleeper.pid, psutil.Process(sleeper.pid).create_time() - 3600)
        write_record(tmp_path, _record(("planning", stranger)))
        end_leftovers(tmp_path, lambda _: None)
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_down_asks_the_launcher_and_waits_for_it(tmp_path: Path) -> None:
    launcher = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    write_record(tmp_path, _record(launcher=ProcessId.of(launcher.pid)))
    assert stop_running(tmp_path, lambda _: None)
    assert launcher.wait(5) != 0
    assert not stop_running(tmp_path, lambda _: None)


def test_a_zombie_counts_as_ended(tmp_path: Path) -> None:
    child = spawn(["sleep", "600"], tmp_path / "log")
    identity = ProcessId.of(child.pid)
    assert identity.find() is not None
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and nobody has collected it
    assert identity.find() is None
    child.wait()


def _record(*processes: tuple[str, ProcessId], launcher: ProcessId | None = None) -> RunRecord:
    return RunRecord(
        launcher=launcher or ProcessId.of(os.getpid()),
        gateway_url="http://gateway",
        bootstrap="127.0.0.1:9",
        processes=tuple(RecordedProcess(name=name, id=identity, port=1) for name, identity in processes),
    )


def test_the_record_survives_being_written(tmp_path: Path) -> None:
    record = _record(("Kafka", ProcessId(17, 1234.5)))
    write_record(tmp_path, record)
    assert read_record(tmp_path) == record
    assert json.loads((tmp_path / "run.json").read_text())["processes"][0]["id"] == {"pid": 17, "created": 1234.5}


def _program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_a_missing_java_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match="apt-get install openjdk-17-jre-headless maven"):
        require_java()


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.2", "16"])
def test_an_old_java_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    _program(tmp_path / "bin", "java", f"""echo 'openjdk version "{version}" 2020-01-01' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(Missing, match=f"is Java {version}.*apt-get install openjdk-17-jre-headless"):
        require_java()


@pytest.mark.parametrize("version", ["17.0.15", "21", "25-ea"])
def test_a_new_java_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    _program(tmp_path / "bin", "java", f"""echo 'openjdk version "{version}" 2025-01-01' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert require_java() == (str(tmp_path / "bin" / "java"), version)


def test_a_missing_maven_is_named_only_when_kafka_has_to_be_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path / "bin", "java", """echo 'openjdk version "17.0.15" 2025-01-01' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/bin-without-maven")
    monkeypatch.setenv("SAMSPEL_CACHE", str(tmp_path / "cache"))
    with pytest.raises(Missing, match=r"Maven fetches Kafka.*apt-get install openjdk-17-jre-headless maven"):
        kafka_jars(lambda _: None)
