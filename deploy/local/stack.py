"""The whole system on one machine: PostgreSQL, Kafka, services, gateway, in the order they need each other."""

import itertools
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from contracts import topics as contract_topics
from deploy.local.errors import tail
from deploy.local.kafka import ExistingKafka, Kafka, KafkaServer
from deploy.local.kafka_jars import Say, require_java
from deploy.local.ports import LOOPBACK, require_free
from deploy.local.postgres import ExistingPostgres, Postgres, PostgresServer
from deploy.local.processes import ProcessId
from deploy.local.run_record import (
    DataFolderLock,
    RecordedProcess,
    RunRecord,
    end_leftovers,
    record_file,
    write_record,
)
from deploy.local.secret_files import ensure_service_keys
from deploy.local.services import ServiceProcess
from deploy.local.settings import SERVICES, LocalSettings, Mode
from deploy.local.topics import create_topics

PUBLISHED_FIGURES: Final = Path(__file__).resolve().parent.parent / "demo" / "figures-2021.json"

# The service that people sign in at; the others ask it what was revoked.
SIGNS_IN: Final = "reporting"

_RESTARTS_ALLOWED: Final = 5
_RESTARTS_COUNTED_OVER: Final = 60.0


class LocalStack:
    """An installation in a data folder. `up` resumes with whatever the folder holds; `down` leaves it there.

    As a context manager it is up inside and down afterwards, also when something goes wrong on the way up.
    """

    def __init__(self, settings: LocalSettings, say: Say = lambda _: None) -> None:
        self.settings = settings
        self.data = settings.data
        self._say = say
        self._lock = DataFolderLock(self.data)
        self.kafka = _kafka(settings, say)
        self.postgres = _postgres(settings, say)
        self.services: dict[str, tuple[ServiceProcess, ...]] = {}
        self.gateway: ServiceProcess | None = None
        self._restarts: dict[str, list[float]] = {}

    @property
    def is_up(self) -> bool:
        """Whether this stack has begun to run on its data folder."""
        return self._lock.held

    @property
    def bootstrap(self) -> str:
        """Where Kafka answers."""
        return self.kafka.bootstrap

    @property
    def gateway_url(self) -> str:
        """Where a browser begins."""
        return self.settings.gateway_url

    @property
    def secrets_file(self) -> Path:
        """The keys the services share; `LocalTokens` needs `token_key` of it."""
        return self.data / "secrets.json"

    @property
    def clock_file(self) -> Path:
        """What the services take for the present, when there is such a file; test mode only."""
        return self.data / "clock.json"

    def __enter__(self) -> Self:
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    def up(self) -> None:
        """Start everything and return when it is ready. Raises LaunchError, saying what to do, when it cannot."""
        self._lock.acquire()
        end_leftovers(self.data, self._say)
        self._require_ports()
        ensure_service_keys(self.secrets_file)
        with self._step("PostgreSQL and Kafka"):
            self._start_servers()
        self._record()
        with self._step("Topics"):
            create_topics(self.bootstrap, contract_topics.ALL)
        with self._step("Services and gateway"):
            self._start_processes()

    def down(self) -> None:
        """Stop everything in good order, the last started first. Nothing when it is not up."""
        if not self.is_up:
            return
        _each([process.terminate for process in self._processes()])
        self.services, self.gateway = {}, None
        _each([self.kafka.stop, self.postgres.stop])
        record_file(self.data).unlink(missing_ok=True)
        self._lock.release()

    def watch(self) -> None:
        """Start again what has died, and say so. To be called every second or so.

        A process that dies more than five times in a minute is left alone: it will not get better by itself.
        """
        for process in self._processes():
            if process.exit_status is not None:
                self._revive(process)

    def _start_servers(self) -> None:
        if isinstance(self.kafka, KafkaServer):
            require_java()
        _each([self.postgres.start, self.kafka.start])

    def _start_processes(self) -> None:
        urls = {name: self.postgres.ensure_database(f"samspel_{name}") for name in SERVICES}
        self.services = {name: tuple(self._workers_of(name, urls[name])) for name in SERVICES}
        self.gateway = self._new_gateway()
        for process in self._processes():
            process.start()
        self._record()
        for process in self._processes():
            process.wait_ready()

    def _workers_of(self, name: str, database_url: str) -> Iterator[ServiceProcess]:
        for number, port in enumerate(self.settings.service_ports(name), start=1):
            env = service_environment(
                self.settings, port=port, database_url=database_url, bootstrap=self.bootstrap, inherited=os.environ
            )
            if name == SIGNS_IN:
                del env["SAMSPEL_SIGN_IN_URL"]
            yield ServiceProcess(name, port, env, self.data / "logs" / f"{name}-{number}.log")

    def _new_gateway(self) -> ServiceProcess:
        ports = {name: self.settings.service_ports(name) for name in SERVICES}
        upstreams = {name: [f"http://{LOOPBACK}:{port}" for port in ports[name]] for name in SERVICES}
        env = {
            **_without_ours(os.environ),
            "PYTHONUNBUFFERED": "1",
            "SAMSPEL_GATEWAY_PORT": str(self.settings.gateway_port),
            "SAMSPEL_GATEWAY_UPSTREAMS": json.dumps(upstreams),
        }
        log = self.data / "logs" / "gateway-1.log"
        return ServiceProcess("gateway", self.settings.gateway_port, env, log, module="deploy.local.gateway")

    def _require_ports(self) -> None:
        """Look at every port before anything is started: the servers take seconds."""
        for use in self.settings.ports():
            require_free(use.port, use.what, use.option)

    def _processes(self) -> list[ServiceProcess]:
        services = list(itertools.chain.from_iterable(self.services.values()))
        return [*services, self.gateway] if self.gateway else services

    def _record(self) -> None:
        servers = [("PostgreSQL", self.postgres.pid, self.settings.postgres_port)]
        servers += [("Kafka", self.kafka.pid, self.settings.kafka_port)]
        every = servers + [(process.name, process.pid, process.port) for process in self._processes()]
        write_record(
            self.data,
            RunRecord(
                launcher=ProcessId.of(os.getpid()),
                gateway_url=self.gateway_url,
                bootstrap=self.bootstrap,
                processes=tuple(
                    RecordedProcess(name=name, id=ProcessId.of(pid), port=port)
                    for name, pid, port in every
                    if pid is not None
                ),
            ),
        )

    def _revive(self, process: ServiceProcess) -> None:
        now = time.monotonic()
        recent = [at for at in self._restarts.get(process.log.stem, []) if now - at < _RESTARTS_COUNTED_OVER]
        if len(recent) > _RESTARTS_ALLOWED:
            return
        self._restarts[process.log.stem] = [*recent, now]
        self._say(
            f"{process.log.stem} stopped (status {process.exit_status}). Its last words:\n{tail(process.log, 5)}"
        )
        if len(recent) == _RESTARTS_ALLOWED:
            self._say(f"{process.log.stem} keeps stopping and is left alone. The whole log: {process.log}")
            return
        process.start()
        self._record()
        self._say(f"{process.log.stem} has been started again")

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        self._say(f"{what} ...")
        began = time.monotonic()
        yield
        self._say(f"{what}: ready after {time.monotonic() - began:.1f} s")


def service_environment(
    settings: LocalSettings, *, port: int, database_url: str, bootstrap: str, inherited: Mapping[str, str]
) -> dict[str, str]:
    """The environment of one service process: what we were given, and what it must know."""
    told = {
        "PYTHONUNBUFFERED": "1",
        "SAMSPEL_HTTP_PORT": str(port),
        "SAMSPEL_KAFKA_BOOTSTRAP": bootstrap,
        "SAMSPEL_DATABASE_URL": database_url,
        "SAMSPEL_SECRETS_FILE": str(settings.data / "secrets.json"),
        "SAMSPEL_REFERRAL_URL": f"http://{LOOPBACK}:{settings.referral_port}",
        "SAMSPEL_SIGN_IN_URL": f"http://{LOOPBACK}:{settings.reporting_port}",
        "SAMSPEL_PUBLISHED_FIGURES": str(PUBLISHED_FIGURES),
    }
    match settings.mode:
        case Mode.TEST:
            mode = {"SAMSPEL_TEST_MODE": "1", "SAMSPEL_CLOCK_FILE": str(settings.data / "clock.json")}
        case Mode.REAL:
            mode = {"SAMSPEL_TEST_MODE": "0"}
    return _without_ours(inherited) | told | mode


def _without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    """No setting of the launcher reaches a service by accident, least of all an administrator's database address."""
    passed_on = {"SAMSPEL_LOG_LEVEL"}
    return {k: v for k, v in environment.items() if not k.startswith("SAMSPEL_") or k in passed_on}


def _kafka(settings: LocalSettings, say: Say) -> Kafka:
    if settings.kafka_bootstrap is not None:
        return ExistingKafka(settings.kafka_bootstrap)
    return KafkaServer(settings.data / "kafka", settings.kafka_port, settings.controller_port, say)


def _postgres(settings: LocalSettings, say: Say) -> Postgres:
    if settings.database_url is not None:
        return ExistingPostgres(settings.database_url, settings.data / "postgres")
    return PostgresServer(settings.data / "postgres", settings.postgres_port, say)


def _each(actions: list[Callable[[], None]]) -> None:
    """Do all at the same time, to the end, and raise the first thing that went wrong."""
    if not actions:
        return
    with ThreadPoolExecutor(len(actions)) as pool:
        outcomes = [pool.submit(action) for action in actions]
    problems = [problem for outcome in outcomes if (problem := outcome.exception()) is not None]
    if problems:
        raise problems[0]
