"""TCP ports on this machine: a free one, and who holds a busy one."""

import random
import socket
from typing import Final

import psutil

from deploy.local.errors import BusyPort

LOOPBACK: Final = "127.0.0.1"

_BLOCK: Final = 8
_CHANCE: Final = random.SystemRandom()
_given: set[int] = set()


def free_port() -> int:
    """A TCP port on 127.0.0.1 that is free, as are the seven after it. No port is given twice by one process.

    It lies below those the system hands to outgoing connections (32768 and up), so that it is still free later.
    """
    while True:
        port = _CHANCE.randrange(20_000, 32_000, _BLOCK)
        if port not in _given and all(is_free(port + step) for step in range(_BLOCK)):
            _given.add(port)
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
    """The process that listens on the port, or None when the system does not say."""
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
