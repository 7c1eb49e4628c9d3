"""Prometheus beside a running installation: Debian's program as a process of our own, with our rules, on loopback."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from deploy.local.errors import LaunchError, tail
from deploy.local.ports import LOOPBACK, require_free
from deploy.local.private_files import private_folder
from deploy.local.processes import end, spawn
from deploy.local.run_record import RunRecord
from deploy.local.services import local_client
from deploy.local.settings import SERVICES

CONFIGURATION: Final = Path(__file__).parents[1] / "prometheus"
"""What is committed: `prometheus.yml` and its rules."""

_READY_WITHIN: Final = 30.0


@dataclass(frozen=True)
class Target:
    """A process to ask for its metrics: the service's name, and the port it answers at on this machine."""

    service: str
    port: int


def targets_of(record: RunRecord) -> list[Target]:
    """The services' processes of a running installation, those too that wait to be started again."""
    named = [(process.name, process.port) for process in record.processes]
    # One that has died is called by its log's name: planning-2.
    named += [(process.name.partition("-")[0], process.port) for process in record.stopped]
    return [Target(name, port) for name, port in named if name in SERVICES]


class Prometheus:
    """A Prometheus whose configuration, token and data lie in a folder of its own.

    ``rules``: the folder with `prometheus.yml` and the rule files it names; the committed one unless a test gives
    another. ``every``: the time between two scrapes and two evaluations, as Prometheus writes it.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        targets: Iterable[Target],
        token: str,
        *,
        rules: Path = CONFIGURATION,
        every: str = "5s",
    ) -> None:
        self._folder = folder
        self._port = port
        self._targets = tuple(targets)
        self._token = token
        self._rules = rules
        self._every = every
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its pages and its API are."""
        return f"http://{LOOPBACK}:{self._port}"

    def alerts_page(self) -> str:
        """Where its alerts are shown, once it has started: Debian builds it with the older pages alone."""
        with local_client(self.url) as client:
            own = "/alerts" if client.get("/alerts").is_success else "/classic/alerts"
        return f"{self.url}{own}"

    @property
    def exit_status(self) -> int | None:
        """How it ended; None while it runs or before it was started."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Returns when it answers. Raises LaunchError if it is not installed, the port is taken or it ends."""
        program = shutil.which("prometheus")
        if program is None:
            raise LaunchError("Prometheus is not installed: sudo apt-get install --no-install-recommends prometheus")
        require_free(self._port, "Prometheus", "--port NUMBER")
        configuration = self._write()
        self._process = spawn(
            [
                program,
                f"--config.file={configuration}",
                f"--storage.tsdb.path={self._folder / 'data'}",
                "--storage.tsdb.retention.time=30d",
                f"--web.listen-address={LOOPBACK}:{self._port}",
                "--log.level=warn",
            ],
            self._log,
            cwd=self._folder,
        )
        self._wait_ready()

    def stop(self) -> None:
        """Ends it; its data stays."""
        if self._process is not None:
            end(self._process, signal.SIGTERM, 15)

    @property
    def _log(self) -> Path:
        return self._folder / "prometheus.log"

    def _write(self) -> Path:
        private_folder(self._folder)
        token = self._folder / "token"
        with os.fdopen(os.open(token, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as sink:
            sink.write(self._token)
        file = self._folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(self._configured(token), sort_keys=False), encoding="utf-8")
        return file

    def _configured(self, token: Path) -> dict[str, Any]:
        """The committed configuration, with this installation's targets, token and rhythm in place of its own."""
        said: dict[str, Any] = yaml.safe_load((self._rules / "prometheus.yml").read_text(encoding="utf-8"))
        said["global"] = {"scrape_interval": self._every, "scrape_timeout": self._every} | {
            "evaluation_interval": self._every
        }
        said["rule_files"] = [str(self._rules / name) for name in said["rule_files"]]
        [scraped] = said["scrape_configs"]
        scraped["authorization"] = {"credentials_file": str(token)}
        scraped["static_configs"] = [
            {"targets": [f"{LOOPBACK}:{each.port}"], "labels": {"service": each.service}} for each in self._targets
        ]
        return said

    def _wait_ready(self) -> None:
        until = time.monotonic() + _READY_WITHIN
        with local_client(self.url) as client:
            while not _answers(client):
                if self.exit_status is not None:
                    raise LaunchError(f"Prometheus stopped (status {self.exit_status}):\n{tail(self._log)}")
                if time.monotonic() > until:
                    raise LaunchError(f"Prometheus is not ready after {_READY_WITHIN:.0f} s:\n{tail(self._log)}")
                time.sleep(0.05)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/-/ready").is_success
    except httpx.TransportError:
        return False
