"""The launcher's servers and processes as they are: started, killed, restarted, on real Kafka and PostgreSQL."""

import asyncio
import base64
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import asyncpg
import httpx
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import UnknownTopicOrPartitionError, for_code

from contracts import topics as contract_topics
from contracts.codes import Role
from deploy.local.blocking import wait_until
from deploy.local.errors import AlreadyRunning, BusyPort, Died, LaunchError
from deploy.local.kafka import ExistingKafka, KafkaServer
from deploy.local.kafka_jars import JARS_LOCK, kafka_jars
from deploy.local.maven import REPOSITORY_SETTING, read_pins
from deploy.local.ports import free_port
from deploy.local.postgres import ExistingPostgres, PostgresServer
from deploy.local.processes import ProcessId, running_as_root
from deploy.local.run_record import read_record
from deploy.local.secret_files import KEYS, read_secrets, secrets_file, write_secrets
from deploy.local.services import ServiceProcess
from deploy.local.settings import SERVICES
from deploy.local.stack import LocalStack
from deploy.local.status import status_of
from deploy.local.topics import create_topics, topic_states
from tests.conftest import installation, local_settings
from tests.maven_repository import maven_repository
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions, tokens


@dataclass(frozen=True)
class Spec:
    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with installation() as running:
        yield running


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """A broker that these tests may kill."""
    server = KafkaServer(tmp_path_factory.mktemp("own-kafka"), free_port(), free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """A database server that these tests may kill."""
    with TemporaryDirectory(prefix="samspel-postgres-") as folder:
        server = PostgresServer(Path(folder), free_port())
        server.start()
        yield server
        server.stop()


async def _send(kafka: KafkaServer, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def _read(kafka: KafkaServer, topic: str, count: int) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


async def _fetch(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_kafka_keeps_what_it_acknowledged_through_kill_and_restart(own_kafka: KafkaServer) -> None:
    create_topics(own_kafka.bootstrap, [Spec("kept", 1)])
    await _send(own_kafka, "kept", b"before the kill")
    first = own_kafka.pid
    own_kafka.kill()
    own_kafka.start()
    await _send(own_kafka, "kept", b"after the kill")
    own_kafka.restart()
    assert own_kafka.pid not in {None, first}
    assert await _read(own_kafka, "kept", 2) == [b"before the kill", b"after the kill"]


async def test_postgres_keeps_what_it_committed_through_kill_and_restart(own_postgres: PostgresServer) -> None:
    dsn = own_postgres.ensure_database("kept")
    await _fetch(dsn, "CREATE TABLE note (text text)")
    await _fetch(dsn, "INSERT INTO note VALUES ('before the kill')")
    family = psutil.Process(own_postgres.pid).children(recursive=True)
    identities = [ProcessId.of(process.pid) for process in family]
    own_postgres.kill()
    assert identities
    assert not [identity for identity in identities if identity.find()]
    own_postgres.start()
    await _fetch(dsn, "INSERT INTO note VALUES ('after the kill')")
    own_postgres.restart()
    assert await _fetch(dsn, "SELECT string_agg(text, ', ') FROM note") == "before the kill, after the kill"


async def test_a_server_left_by_a_killed_launcher_is_replaced() -> None:
    port = free_port()
    with TemporaryDirectory(prefix="samspel-postgres-") as folder:
        left, successor = PostgresServer(Path(folder), port), PostgresServer(Path(folder), port)
        left.start()
        orphan = ProcessId.of(left.pid or 0)
        try:
            successor.start()
            assert orphan.find() is None
            assert successor.pid not in {None, orphan.pid}
            assert await _fetch(successor.admin_dsn, "SELECT 1") == 1
        finally:
            left.stop()
            successor.stop()


async def test_a_role_reaches_its_own_database_only(postgres: PostgresServer) -> None:
    own = postgres.ensure_database("local_own")
    postgres.ensure_database("local_other")
    assert postgres.ensure_database("local_own") == own == postgres.dsn("local_own")
    assert await _fetch(own, "SELECT current_user || ' in ' || current_database()") == "local_own in local_own"
    for database in ("local_other", "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(postgres.dsn(database, "local_own"))
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(own.replace("local_own:", "local_own:x"))


def test_a_name_that_would_need_quoting_is_refused(postgres: PostgresServer) -> None:
    with pytest.raises(ValueError, match="cannot name a database"):
        postgres.ensure_database('x"; DROP ROLE postgres; --')


async def test_it_is_postgres_18_and_its_settings_keep_data_and_secrets(postgres: PostgresServer) -> None:
    assert str(await _fetch(postgres.admin_dsn, "SHOW server_version")).startswith("18.")
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert await _fetch(postgres.admin_dsn, f"SHOW {name}") == "on"
    assert await _fetch(postgres.admin_dsn, "SELECT lower('ÅÄÖ')") == "åäö"


async def test_values_of_rows_do_not_reach_the_servers_log(postgres: PostgresServer) -> None:
    dsn = postgres.ensure_database("local_quiet")
    await _fetch(dsn, "CREATE TABLE person (name text PRIMARY KEY)")
    await _fetch(dsn, "INSERT INTO person VALUES ('Hemlig Person')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await _fetch(dsn, "INSERT INTO person VALUES ('Hemlig Person')")
    log = postgres.log.read_text()
    assert "duplicate key value" in log
    assert "Hemlig" not in log


async def test_an_existing_server_is_used_as_its_administrator(postgres: PostgresServer, tmp_path: Path) -> None:
    existing = ExistingPostgres(postgres.admin_dsn, tmp_path)
    existing.start()
    assert await _fetch(existing.ensure_database("local_existing"), "SELECT current_database()") == "local_existing"
    existing.stop()
    assert postgres.pid is not None


def test_an_existing_server_that_refuses_is_told_without_its_password(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    wrong = postgres.admin_dsn.replace("postgres:", "postgres:hemligt", 1)
    with pytest.raises(LaunchError, match="SAMSPEL_DATABASE_URL") as told:
        ExistingPostgres(wrong, tmp_path).start()
    assert "hemligt" not in str(told.value)


def test_an_existing_kafka_must_answer(kafka: KafkaServer) -> None:
    ExistingKafka(kafka.bootstrap).start()
    with pytest.raises(LaunchError, match="SAMSPEL_KAFKA_BOOTSTRAP"):
        ExistingKafka(f"127.0.0.1:{free_port()}").start()


def test_topics_are_made_once_as_the_contract_says(kafka: KafkaServer) -> None:
    specs = [Spec("local.a", 3, {"retention.ms": "-1"}), Spec("local.b", 1)]
    assert create_topics(kafka.bootstrap, specs) == ["local.a", "local.b"]
    assert create_topics(kafka.bootstrap, [*specs, Spec("local.c", 1)]) == ["local.c"]
    states = {topic.name: topic.end_offsets for topic in topic_states(kafka.bootstrap)}
    assert states["local.a"] == (0, 0, 0)
    assert states["local.b"] == (0,)


def test_a_topic_with_other_partitions_than_the_contract_says_is_told(kafka: KafkaServer) -> None:
    create_topics(kafka.bootstrap, [Spec("local.fewer", 1)])
    with pytest.raises(LaunchError, match=r"local\.fewer has 1 partitions, the contract says 4"):
        create_topics(kafka.bootstrap, [Spec("local.fewer", 4)])


async def test_a_misspelt_topic_is_not_made_by_accident(kafka: KafkaServer) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        (asked,) = await admin.describe_topics(["local.misspelt"])
    finally:
        await admin.close()
    assert for_code(asked["error_code"]) is UnknownTopicOrPartitionError
    assert "local.misspelt" not in [topic.name for topic in topic_states(kafka.bootstrap)]


def test_a_busy_port_stops_kafka_before_it_is_started(kafka: KafkaServer, tmp_path: Path) -> None:
    busy = int(kafka.bootstrap.rpartition(":")[2])
    with pytest.raises(BusyPort, match=rf"Port {busy}.*java.*--port kafka=NUMBER"):
        KafkaServer(tmp_path, busy, free_port()).start()
    assert not list(tmp_path.iterdir())


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[ServiceProcess]:
    """The gateway as a process, in front of services that do not run."""
    port, nobody = free_port(), f"http://127.0.0.1:{free_port()}"
    env = {
        **os.environ,
        "SAMSPEL_GATEWAY_PORT": str(port),
        "SAMSPEL_GATEWAY_UPSTREAMS": json.dumps({"planning": [nobody]}),
    }
    process = ServiceProcess("gateway", port, env, tmp_path / "gateway-1.log", module="deploy.local.gateway")
    yield process
    process.kill()


def test_a_process_is_started_waited_for_and_ended_in_good_order(gateway: ServiceProcess) -> None:
    assert gateway.pid is None
    gateway.start()
    gateway.wait_ready()
    assert gateway.not_ready() is None
    assert httpx.get(f"{gateway.url}/api/planning/x").status_code == 502
    gateway.terminate()
    assert gateway.pid is None
    assert gateway.exit_status in {0, -signal.SIGTERM}


def test_a_killed_process_can_be_started_again(gateway: ServiceProcess) -> None:
    gateway.start()
    gateway.wait_ready()
    gateway.kill()
    assert gateway.exit_status == -signal.SIGKILL
    gateway.start()
    gateway.wait_ready()


def test_the_gateways_log_never_holds_a_token(gateway: ServiceProcess) -> None:
    gateway.start()
    gateway.wait_ready()
    httpx.get(f"{gateway.url}/logga-in?token=hemligt")
    httpx.get(f"{gateway.url}/api/planning/x?token=hemligt")
    gateway.terminate()
    log = gateway.log.read_text()
    assert "upstream_failed" in log
    assert "hemligt" not in log


def test_a_process_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    process = ServiceProcess(
        "planning", free_port(), dict(os.environ), tmp_path / "planning-1.log", module="deploy.no_such_module"
    )
    process.start()
    with pytest.raises(Died, match=r"(?s)planning stopped \(status 1\).*No module named deploy\.no_such_module"):
        process.wait_ready()


def test_every_process_of_the_whole_system_is_ready_and_reached_by_one_address(stack: LocalStack) -> None:
    record = read_record(stack.data)
    assert record is not None
    token = tokens(stack.secrets_file)[Role.OPERATIONS]
    found = list(status_of(record, stack.data, token))
    states = {state.name: state.trouble for state in found}
    assert states == dict.fromkeys(["PostgreSQL", "Kafka", *SERVICES, "gateway"])
    counted = [state for state in found if state.lag is not None and state.dead_letters is not None]
    assert [state.name for state in counted] == list(SERVICES)
    for name in SERVICES:
        assert httpx.get(f"{stack.gateway_url}/{name}/health/ready").is_success


def test_a_second_launcher_keeps_its_hands_off(stack: LocalStack) -> None:
    second = LocalStack(stack.settings)
    with pytest.raises(AlreadyRunning, match=stack.gateway_url):
        second.up()
    second.down()
    assert read_record(stack.data) is not None
    assert httpx.get(f"{stack.gateway_url}/health/ready").is_success


def test_topics_are_those_of_the_contract(stack: LocalStack) -> None:
    found = {topic.name: len(topic.end_offsets) for topic in topic_states(stack.bootstrap)}
    assert found == {spec.name: spec.partitions for spec in contract_topics.ALL}


def test_a_process_that_dies_is_started_again(stack: LocalStack) -> None:
    (planning,) = stack.services["planning"]
    first = planning.pid
    planning.kill()
    stack.watch()
    planning.wait_ready()
    assert planning.pid not in {None, first}
    record = read_record(stack.data)
    assert record is not None
    assert planning.pid in [process.id.pid for process in record.processes]


async def test_kafka_and_postgresql_that_were_killed_come_back_and_the_services_with_them(stack: LocalStack) -> None:
    assert isinstance(stack.kafka, KafkaServer)
    assert isinstance(stack.postgres, PostgresServer)
    async with Doors(stack.gateway_url, stack.bootstrap, stack.secrets_file) as doors:
        submissions, today = Submissions(3801), swedish_day()
        before = await doors.refer(submissions.next(today))
        killed = [stack.kafka.pid or 0, stack.postgres.pid or 0]
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(_watch_until_well, stack)
        assert not {stack.kafka.pid, stack.postgres.pid} & {*killed, None}
        after = await doors.refer(submissions.next(today))
        assert {before, after} == {
            UUID((await doors.get(Role.COORDINATOR, f"/api/referral/cases/{case}"))["case_id"])
            for case in (before, after)
        }
    record = read_record(stack.data)
    assert record is not None
    assert {stack.kafka.pid, stack.postgres.pid} < {process.id.pid for process in record.processes}
    assert record.stopped == ()


def _watch_until_well(stack: LocalStack) -> None:
    """What the launcher does every second, until nothing is in trouble."""
    troubles: dict[str, str | None] = {}

    def well() -> bool:
        stack.watch()
        record = read_record(stack.data)
        assert record is not None
        troubles.clear()
        troubles.update(
            {
                state.name: state.trouble
                for state in status_of(record, stack.data, tokens(stack.secrets_file)[Role.OPERATIONS])
            }
        )
        return len(troubles) == 3 + len(SERVICES) and not any(troubles.values())

    assert wait_until(well, seconds=120, pause=0.5), troubles


def test_a_server_that_hangs_is_told_as_such(stack: LocalStack) -> None:
    """A process that lives need not answer. The servers go on as if nothing had been when they are let."""
    record = read_record(stack.data)
    assert record is not None
    server = next(process.id.find() for process in record.processes if process.name == "PostgreSQL")
    assert server is not None
    server.suspend()
    try:
        states = {
            state.name: state.trouble
            for state in status_of(record, stack.data, tokens(stack.secrets_file)[Role.OPERATIONS])
        }
    finally:
        server.resume()
    assert states["PostgreSQL"] == "TimeoutError"
    assert states["Kafka"] is None


def test_no_other_user_can_read_what_is_kept(stack: LocalStack) -> None:
    kept = [path for path in stack.data.rglob("*") if path.is_file()]
    segments = [path for path in kept if path.suffix == ".log" and path.parent.name.startswith("samspel.")]
    assert segments
    assert {"referral.json", "kafka.log", "postgres.log", "run.json", "referral-1.log"} <= {
        path.name for path in kept
    }
    for folder in ("kafka", "logs", "secrets"):
        open_to_others = [
            path
            for path in (stack.data / folder).rglob("*")
            if path.lstat().st_mode & 0o077 and not path.is_symlink()
        ]
        assert open_to_others == []
    if running_as_root():
        stolen = subprocess.run(
            ["cat", *segments, *kept], user="nobody", group="nogroup", capture_output=True, check=False
        )
        assert stolen.stdout == b""
        listed = subprocess.run(["ls", stack.data], user="nobody", group="nogroup", capture_output=True, check=False)
        assert listed.stdout == b""
        # The same files, read as ourselves: the test would not pass for want of anything to read.
        assert subprocess.run(["cat", *segments, *kept], capture_output=True, check=True).stdout
    else:
        assert stack.data.stat().st_mode & 0o077 == 0


def test_a_data_folder_of_an_earlier_version_is_closed_and_its_keys_are_kept() -> None:
    with TemporaryDirectory(prefix="samspel-test-") as folder:
        data = Path(folder, "data")
        old = data / "kafka" / "old" / "segment.log"
        old.parent.mkdir(parents=True)
        old.write_text("1212121212")
        keys = {name: base64.b64encode(bytes(32)).decode() for name in KEYS["referral"]}
        write_secrets(data / "secrets.json", keys)
        for path in (data, data / "kafka", old.parent):
            path.chmod(0o755)
        with LocalStack(local_settings(data)) as earlier:
            assert read_secrets(secrets_file(data, "referral")) == keys
            assert {path.stat().st_mode & 0o077 for path in (old, old.parent, data / "kafka")} == {0}
            assert data.stat().st_mode & 0o067 == 0
            assert httpx.get(f"{earlier.gateway_url}/health/ready").is_success


def test_a_machine_without_java_and_maven_fetches_and_runs_kafka(
    kafka: KafkaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a repository on this machine: the jars that the shared broker runs from, laid out as Maven does it."""
    assert kafka.pid is not None
    lib = kafka_jars(lambda _: None).folder / "lib"
    pins = read_pins(JARS_LOCK)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("SAMSPEL_CACHE", str(tmp_path / "cache"))
    said: list[str] = []
    with maven_repository({pin.repository_path: lib / pin.file_name for pin in pins}) as repository:
        monkeypatch.setenv(REPOSITORY_SETTING, repository)
        server = KafkaServer(tmp_path / "data", free_port(), free_port(), said.append)
        server.start()
    try:
        assert create_topics(server.bootstrap, [Spec("fresh", 1)]) == ["fresh"]
    finally:
        server.stop()
    (folder,) = (tmp_path / "cache").iterdir()
    assert len(list((folder / "lib").iterdir())) == len(pins)
    assert list(folder.glob("java-*.aot"))
    assert said[0].startswith("Fetching Apache Kafka")
