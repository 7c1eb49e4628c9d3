"""The whole system on one machine: PostgreSQL, Kafka, services, gateway, in the order they need each other."""

import itertools
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psutil

from contracts import topics as contract_topics
from deploy.local.kafka import ExistingKafka, Kafka, KafkaServer
from deploy.local.maven import Say
from deploy.local.ports import LOOPBACK, require_free
from deploy.local.postgres import ExistingPostgres, Postgres, PostgresServer
from deploy.local.private_files import close_folder, private_folder
from deploy.local.processes import ProcessId
from deploy.local.run_record import (
    DataFolderLock,
    RecordedProcess,
    RunRecord,
    StoppedProcess,
    end_leftovers,
    record_file,
    write_record,
)
from deploy.local.secret_files import LAUNCHER, ensure_keys, metrics_token, secrets_file
from deploy.local.services import ServiceProcess
from deploy.local.settings import SERVICES, LocalSettings, Mode
from deploy.local.supervision import Part, Supervisor
from deploy.local.topics import create_topics

# The service that people sign in at; the others ask it what was revoked.
SIGNS_IN: Final = "reporting"


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
        self._supervisor = Supervisor(say, self._record)

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
        """The launcher's keys; `LocalTokens` needs `token_key` of it."""
        return secrets_file(self.data, LAUNCHER)

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
        close_folder(self.data)
        private_folder(self.data / "logs")
        ensure_keys(self.data)
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
        self._supervisor.take([])
        _each([process.terminate for process in self._processes()])
        self.services, self.gateway = {}, None
        _each([self.kafka.stop, self.postgres.stop])
        record_file(self.data).unlink(missing_ok=True)
        self._lock.release()

    def watch(self) -> None:
        """Start again what has died, and say so. To be called every second or so.

        Kafka and PostgreSQL too, if they are ours. What keeps dying is started again after longer and longer
        pauses, up to a minute; no attempt is the last one.
        """
        self._supervisor.look()

    def _start_servers(self) -> None:
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
        self._supervisor.take(self._parts())

    def _workers_of(self, name: str, database_url: str) -> Iterator[ServiceProcess]:
        for number, port in enumerate(self.settings.service_ports(name), start=1):
            env = service_environment(
                self.settings,
                name,
                port=port,
                database_url=database_url,
                bootstrap=self.bootstrap,
                inherited=os.environ,
            )
            env["SAMSPEL_METRICS_TOKEN"] = metrics_token(self.data)
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

    def _parts(self) -> Iterator[tuple[str, Part, int]]:
        """All that is ours to restart, in the order of starting: what it is called, itself, its port."""
        if isinstance(self.postgres, PostgresServer):
            yield "PostgreSQL", self.postgres, self.settings.postgres_port
        if isinstance(self.kafka, KafkaServer):
            yield "Kafka", self.kafka, self.settings.kafka_port
        for process in self._processes():
            yield process.log.stem, process, process.port

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
                processes=tuple(self._running(every)),
                stopped=tuple(self._stopped()),
            ),
        )

    def _running(self, every: Iterable[tuple[str, int | None, int]]) -> Iterator[RecordedProcess]:
        for name, pid, port in every:
            if pid is None:
                continue
            with suppress(psutil.NoSuchProcess):  # it died a moment ago; the next look will see that
                yield RecordedProcess(name=name, id=ProcessId.of(pid), port=port)

    def _stopped(self) -> Iterator[StoppedProcess]:
        for each in self._supervisor.waiting:
            if each.due is not None:
                due = datetime.now(UTC) + timedelta(seconds=each.due - time.monotonic())
                yield StoppedProcess(
                    name=each.name, port=each.port, trouble=each.trouble, attempt=each.restarts + 1, due=due
                )

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        self._say(f"{what} ...")
        began = time.monotonic()
        yield
        self._say(f"{what}: ready after {time.monotonic() - began:.1f} s")


def service_environment(
    settings: LocalSettings, name: str, *, port: int, database_url: str, bootstrap: str, inherited: Mapping[str, str]
) -> dict[str, str]:
    """The environment of one service process: what we were given, and what it must know."""
    ours = {
        "PYTHONUNBUFFERED": "1",
        "SAMSPEL_HTTP_PORT": str(port),
        "SAMSPEL_KAFKA_BOOTSTRAP": bootstrap,
        "SAMSPEL_DATABASE_URL": database_url,
        "SAMSPEL_SECRETS_FILE": str(secrets_file(settings.data, name)),
        "SAMSPEL_REFERRAL_URL": f"http://{LOOPBACK}:{settings.referral_port}",
        "SAMSPEL_PLANNING_URL": f"http://{LOOPBACK}:{settings.planning_port}",
        "SAMSPEL_FOLLOWUP_URL": f"http://{LOOPBACK}:{settings.followup_port}",
        "SAMSPEL_SIGN_IN_URL": f"http://{LOOPBACK}:{settings.reporting_port}",
        "SAMSPEL_PUBLISHED_FIGURES": str(settings.published_figures),
        "SAMSPEL_PUBLIC_URL": inherited.get("SAMSPEL_PUBLIC_URL", settings.gateway_url),
    }
    match settings.mode:
        case Mode.TEST:
            mode = {"SAMSPEL_TEST_MODE": "1", "SAMSPEL_CLOCK_FILE": str(settings.data / "clock.json")}
        case Mode.REAL:
            mode = {"SAMSPEL_TEST_MODE": "0"}
    return _without_ours(inherited) | ours | mode


def _without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    """No setting of the launcher reaches a service by accident, least of all an administrator's database address."""
    passed_on = {
        "SAMSPEL_LOG_LEVEL",
        "SAMSPEL_OTLP_ENDPOINT",
        "SAMSPEL_RESPONSIBLE_BODY",
        "SAMSPEL_ACCESSIBILITY_CONTACT",
        "SAMSPEL_DIGEST_AT",
        "SAMSPEL_SMTP_HOST",
        "SAMSPEL_SMTP_PORT",
        "SAMSPEL_SMTP_SECURITY",
        "SAMSPEL_SMTP_SENDER",
        "SAMSPEL_SMTP_TIMEOUT",
        "SAMSPEL_SMTP_USER",
    }
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
