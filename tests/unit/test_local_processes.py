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

from deploy.local.errors import AlreadyRunning, BusyPort, LaunchError
from deploy.local.ports import free_port, is_free, require_free
from deploy.local.private_files import private_folder
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
from deploy.local.secret_files import KEYS, ensure_keys, read_secrets, secrets_file, write_secrets


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


def _keys(data: Path) -> dict[str, dict[str, str]]:
    return {owner: read_secrets(secrets_file(data, owner)) for owner in KEYS}


def test_each_service_has_a_file_with_its_own_keys_and_no_others(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    keys = _keys(tmp_path)
    assert {owner: tuple(own) for owner, own in keys.items()} == KEYS
    assert set(keys["referral"]) == {"token_key", "vault_kek", "lookup_key"}
    assert set(keys["planning"]) == {"token_key", "answers_kek"}
    assert len({own["token_key"] for own in keys.values()}) == 1
    assert len(set(keys["referral"].values())) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "secrets").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_keys_are_made_once_and_never_replaced(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    first = _keys(tmp_path)
    secrets_file(tmp_path, "followup").unlink()
    known = {name: key for name, key in first["referral"].items() if name != "lookup_key"}
    write_secrets(secrets_file(tmp_path, "referral"), known)
    ensure_keys(tmp_path)
    again = _keys(tmp_path)
    assert again["followup"] == first["followup"]
    assert again["referral"].items() > known.items()


def test_the_password_of_the_mail_server_that_somebody_added_is_kept_for_followup_alone(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    file = secrets_file(tmp_path, "followup")
    write_secrets(file, {**read_secrets(file), "smtp_password": "aGVtbGlndA=="})
    ensure_keys(tmp_path)
    assert {owner for owner, own in _keys(tmp_path).items() if "smtp_password" in own} == {"followup"}


def test_the_single_file_of_an_earlier_version_is_split_without_loss(tmp_path: Path) -> None:
    single = tmp_path / "secrets.json"
    earlier = {"token_key": "dA==", "vault_kek": "dg==", "lookup_key": "bA=="}
    write_secrets(single, {**earlier, "of_somebody_else": "eA=="})
    ensure_keys(tmp_path)
    assert _keys(tmp_path)["referral"] == earlier
    assert _keys(tmp_path)["reporting"] == {"token_key": "dA=="}
    assert read_secrets(single) == {"of_somebody_else": "eA=="}
    write_secrets(single, earlier)
    ensure_keys(tmp_path)
    assert not single.exists()
    assert _keys(tmp_path)["referral"] == earlier


def test_two_different_keys_by_one_name_are_not_chosen_between(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    write_secrets(secrets_file(tmp_path, "planning"), {"token_key": "eA=="})
    with pytest.raises(LaunchError, match="holds another token_key"):
        ensure_keys(tmp_path)


def test_what_a_process_writes_is_for_its_user_only(tmp_path: Path) -> None:
    written = tmp_path / "written"
    assert spawn(["touch", str(written)], tmp_path / "logs" / "log").wait() == 0
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "logs" / "log").stat().st_mode) == 0o600


def test_a_folder_of_an_earlier_version_is_closed_with_all_that_is_in_it(tmp_path: Path) -> None:
    segment = tmp_path / "data" / "kafka" / "topic-0" / "segment.log"
    segment.parent.mkdir(parents=True)
    segment.write_text("1212121212")
    (segment.parent / "link").symlink_to("/etc/hostname")
    for step in (segment, *segment.parents[:3]):
        step.chmod(0o777)
    private_folder(tmp_path / "data")
    assert {stat.S_IMODE(step.stat().st_mode) for step in (segment, *segment.parents[:3])} == {0o700}


def test_a_folder_that_everybody_uses_is_not_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    with pytest.raises(LaunchError, match="that all users share"):
        private_folder(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777


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
