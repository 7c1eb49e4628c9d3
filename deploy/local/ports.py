"""TCP ports on this machine: a free one, and who holds a busy one."""

import socket

import psutil

from deploy.local.errors import BusyPort

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now. Connections in TIME_WAIT do not count as busy."""
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError:
        return False
    return True


def require_free(port: int, what: str, option: str) -> None:
    """Raise BusyPort, naming the process that holds the port and the option that chooses another."""
    if is_free(port):
        return
    holder = _holder(port)
    by = f" by {holder}" if holder else ""
    raise BusyPort(
        f"Port {port}, wanted for {what}, is already used{by}. Stop it, or choose another port with {option}."
    )


def _holder(port: int) -> str | None:
    """The process that listens on the port, or None when the system will not tell."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return None
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
            return _describe(connection.pid)
    return None


def _describe(pid: int | None) -> str | None:
    if pid is None:
        return None
    try:
        return f"{psutil.Process(pid).name()} (process {pid})"
    except psutil.Error:
        return f"process {pid}"
