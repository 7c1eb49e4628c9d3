"""One process of a service, or of the gateway: started, waited for, ended."""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx

from deploy.local.errors import Died, LaunchError, tail
from deploy.local.ports import LOOPBACK, require_free
from deploy.local.processes import end, spawn

READY_WITHIN: Final = 60.0
_STOPPED_WITHIN: Final = 25.0


class ServiceProcess:
    """`python -m services.<name>` with its environment, its log file and its port.

    `env` is the whole environment of the process. `module` is for what is run the same way without being a
    service: the gateway.
    """

    def __init__(self, name: str, port: int, env: Mapping[str, str], log: Path, module: str | None = None) -> None:
        self.name = name
        self.port = port
        self.log = log
        self._env = dict(env)
        self._module = module or f"services.{name}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers, without the gateway in between."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process, or None when it is not running."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def exit_status(self) -> int | None:
        """How it ended; None while it runs or before it was started."""
        return self._process.poll() if self._process else None

    def launch(self) -> None:
        """Start the process and return at once; `wait_ready` waits. Raises LaunchError when its port is taken."""
        if self.pid is not None:
            return
        require_free(self.port, self.name, f"--port {self.name}=NUMBER")
        self._process = spawn([sys.executable, "-m", self._module], self.log, self._env)

    def start(self) -> None:
        """As `launch`."""
        self.launch()

    def last_words(self) -> str:
        """The end of its log."""
        return tail(self.log, 5)

    def wait_ready(self, deadline: float = READY_WITHIN) -> None:
        """Return when it says it is ready. Raises LaunchError after `deadline` seconds or if it dies."""
        until = time.monotonic() + deadline
        with local_client(self.url) as client:
            while (why := not_ready(client)) is not None:
                if self._process is None or self._process.poll() is not None:
                    raise Died(f"{self.name} stopped (status {self.exit_status}). Its last words:\n{tail(self.log)}")
                if time.monotonic() > until:
                    raise LaunchError(f"{self.name} is not ready after {deadline:.0f} s: {why}\n{tail(self.log)}")
                time.sleep(0.05)

    def not_ready(self) -> str | None:
        """Why it is not ready, in its own words; None when it is."""
        with local_client(self.url) as client:
            return not_ready(client)

    def terminate(self) -> None:
        """Ask it to finish what it is doing and stop; kill it if it has not within 25 seconds."""
        if self._process is not None:
            end(self._process, signal.SIGTERM, _STOPPED_WITHIN)

    def kill(self) -> None:
        """SIGKILL, as the kernel would when memory runs out."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def local_client(url: str) -> httpx.Client:
    """A client for our own processes: no proxy of the environment comes in between."""
    return httpx.Client(base_url=url, timeout=5, trust_env=False)


def not_ready(client: httpx.Client) -> str | None:
    """Ask a process whether it is ready. None when it is, else why not."""
    try:
        answer = client.get("/health/ready")
    except httpx.TransportError as failure:
        return f"it does not answer ({type(failure).__name__})"
    return None if answer.is_success else _missing(answer)


def _missing(answer: httpx.Response) -> str:
    """What a process that is not ready says it lacks; its whole answer if that is of another form."""
    try:
        return "; ".join(answer.json()["missing"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.text.strip()[:500]}"
