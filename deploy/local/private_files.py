"""Folders and files that no other user of the machine can read."""

import os
import stat
from pathlib import Path
from typing import Final

from deploy.local.errors import LaunchError

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_PASS: Final = stat.S_IRWXU | stat.S_IXGRP


def private_folder(folder: Path) -> None:
    """Make sure of a folder that only its owner can enter, with nothing in it that others could read.

    A folder of an earlier version, whose files were readable, is closed with all that is in it. Raises LaunchError
    when the folder is not ours to close.
    """
    close_folder(folder)
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            _close(Path(place, name))


def close_folder(folder: Path) -> None:
    """As `private_folder`, for the folder and the files that lie in it, but not for the folders in it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_mode & stat.S_ISVTX:
        raise LaunchError(f"{folder} is a folder that all users share. Name one for this installation alone.")
    _close(folder)
    for entry in folder.iterdir():
        if entry.is_file():
            _close(entry)


def let_pass(folder: Path, group: int) -> None:
    """Let one group, and no other users, go through a folder of ours without letting it list what is in there."""
    status = folder.stat()
    if status.st_gid != group:
        os.chown(folder, -1, group)
    if stat.S_IMODE(status.st_mode) != _PASS:
        folder.chmod(_PASS)


def _close(path: Path) -> None:
    mode = path.lstat().st_mode
    if not mode & _OTHERS or stat.S_ISLNK(mode):
        return
    try:
        path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
    except PermissionError as failure:
        raise LaunchError(f"{path} can be read by other users, and is not ours to close: {failure}") from failure
