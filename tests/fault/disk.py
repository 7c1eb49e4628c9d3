"""A disk that can be filled: PostgreSQL's own, in memory and small, where we may mount one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.local.processes import running_as_root

_MEGABYTES: Final = 900


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own for a folder; only root may mount one, others keep the folder as it is."""
    folder.mkdir()
    if not running_as_root():
        yield
        return
    options = f"size={_MEGABYTES}m,mode=0755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "samspel-fault", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """The file system of a folder without a byte left. Raises ValueError for a disk that is not a small one."""
    balloon = folder / "balloon"
    if not os.path.ismount(folder):
        raise ValueError(f"{folder} is not a disk of its own: filling it would fill the machine's")
    try:
        with balloon.open("wb", buffering=0) as file:
            _fill(file.fileno())
        yield
    finally:
        balloon.unlink(missing_ok=True)


def _fill(descriptor: int) -> None:
    block = b"\0" * 1024 * 1024
    while block:
        try:
            os.write(descriptor, block)
        except OSError:
            block = block[: len(block) // 2]
