"""Real servers for the whole session: Apache Kafka and PostgreSQL, started once, on free ports."""

import base64
import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from deploy.local.kafka import KafkaServer
from deploy.local.ports import free_port
from deploy.local.postgres import PostgresServer
from deploy.local.settings import LocalSettings
from deploy.local.stack import LocalStack
from tests.accessibility_table import PROPERTY, table
from tests.examples import FEW

# How long an example takes says nothing on a machine that servers use as well. Only what a law says is tested.
settings.register_profile("whole", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# `make quick` looks at fewer examples of each law; `make test` at all of them.
settings.register_profile("quick", settings.get_profile("whole"), max_examples=FEW)
settings.load_profile(os.environ.get("SAMSPEL_HYPOTHESIS_PROFILE", "whole"))

# structlog's own default draws each exception as a table of local variables, which takes a third of a second. A
# service in this process that dead-letters what other tests wrote then holds the loop long enough to lose its group.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(key_order=["level", "event"]),
    ]
)


_ONE_INSTALLATION = frozenset({"e2e", "fault", "fuzz"})


class _ByInstallation(LoadScopeScheduling):  # type: ignore[misc]  # xdist's schedulers have no types
    """Several processes, of which each runs all tests of an installation, one after the other."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        _, folder, *rest = file.split("/")
        if folder in _ONE_INSTALLATION:
            return folder
        return f"{folder}/{rest[0]}" if folder == "integration" else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """For ``--dist loadscope``. Groups by marks, as xdist has them, are not seen by this version of pytest."""
    return _ByInstallation(config, log) if config.getvalue("dist") == "loadscope" else None


@contextmanager
def broker(folder: Path) -> Iterator[KafkaServer]:
    """A broker on free ports, with its data in a folder."""
    server = KafkaServer(folder, free_port(), free_port())
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """A broker to share. Tests leave it running; those that kill, and those that must not meet the events of other
    folders' tests, have their own."""
    with broker(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A database server to share. Tests make databases of their own in it."""
    # Not in pytest's own folder: every other pytest that starts closes that one to the user PostgreSQL runs as.
    folder = mkdtemp(prefix="samspel-postgres-")
    server = PostgresServer(Path(folder), free_port())
    server.start()
    yield server
    server.stop()
    # Hundreds of databases of hundreds of files, which takes minutes where files are slow: nobody has to wait for it.
    # The shell ends at once and leaves the removal to itself.
    subprocess.run(["sh", "-c", 'rm -rf "$1" >/dev/null 2>&1 &', "sh", folder], check=True)


@pytest.fixture(scope="session")
def secrets_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secrets a service is started with."""
    path = tmp_path_factory.mktemp("secrets") / "secrets.json"
    names = ("token_key", "vault_kek", "lookup_key", "answers_kek")
    path.write_text(json.dumps({name: base64.b64encode(secrets.token_bytes(32)).decode() for name in names}))
    return path


def local_settings(data: Path, **changed: Any) -> LocalSettings:
    """An installation on free ports, in a folder of its own."""
    ports = [name for name in LocalSettings.model_fields if name.endswith("_port")]
    chosen: dict[str, Any] = {name: free_port() for name in ports}
    return LocalSettings.model_validate({"data": data, **chosen, **changed})


@contextmanager
def installation(**changed: Any) -> Iterator[LocalStack]:
    """The whole system in a folder that goes when it goes."""
    with (
        TemporaryDirectory(prefix="samspel-test-") as folder,
        LocalStack(local_settings(Path(folder), **changed)) as up,
    ):
        yield up


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows which pages axe has looked at, if any test of the run did."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, ())]
    lines = table(value for each in reports for name, value in each.user_properties if name == PROPERTY)
    if lines:
        terminalreporter.section("axe, by page, width, scheme and role")
        for line in lines:
            terminalreporter.line(line)
