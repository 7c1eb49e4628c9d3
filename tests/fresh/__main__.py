"""`make demo EXIT=1` in a copy of this repository, with Java, Maven, uv and every cache hidden.

Kafka's jars come from a Maven repository on this machine, filled from the cache of the ordinary installation. The
Python packages come from wherever pip is set up to get them.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from deploy.local.kafka_jars import JARS_LOCK, kafka_jars
from deploy.local.maven import REPOSITORY_SETTING, read_pins
from deploy.local.ports import free_port, is_free
from deploy.local.settings import LocalSettings
from tests.maven_repository import maven_repository

ROOT: Final = Path(__file__).resolve().parent.parent.parent
HIDDEN: Final = ("java", "javac", "keytool", "jar", "mvn", "mvnDebug", "uv", "uvx")
MADE: Final = (".*cache", ".venv", ".tools", ".samspel", ".git", ".hypothesis", "*.egg-info", "__pycache__")
# How pip reaches its index from here; nothing else of our environment is known to the copy.
PASSED_ON: Final = ("PIP_", "UV_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "LANG", "TZ")


def main() -> int:
    """The exit status of the demo."""
    lib = kafka_jars(print).folder / "lib"
    jars = {pin.repository_path: lib / pin.file_name for pin in read_pins(JARS_LOCK)}
    with TemporaryDirectory(prefix="samspel-fresh-") as folder, maven_repository(jars) as repository:
        fresh = Path(folder)
        fresh.chmod(0o755)  # the database server runs as another user, and its programs lie in here
        copy, home, programs = fresh / "samspel", fresh / "home", fresh / "bin"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*MADE))
        home.mkdir()
        _link_programs(programs)
        environment = {name: value for name, value in os.environ.items() if name.upper().startswith(PASSED_ON)}
        environment |= {"PATH": str(programs), "HOME": str(home), REPOSITORY_SETTING: repository}
        environment |= {"SAMSPEL_LOCAL_PORT_BASE": str(_free_base())}
        for hidden in HIDDEN:
            if shutil.which(hidden, path=environment["PATH"]):
                raise RuntimeError(f"{hidden} is not hidden")
        began = time.monotonic()
        status = subprocess.run(["make", "demo", "EXIT=1"], cwd=copy, env=environment, check=False).returncode
        print(f"make demo EXIT=1: status {status} after {time.monotonic() - began:.0f} s")
        return status


def _link_programs(folder: Path) -> None:
    """A folder with all programs of this machine but the hidden ones. The first of a name on the PATH is meant."""
    folder.mkdir()
    for place in ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]:
        for program in Path(place).iterdir():
            link = folder / program.name
            if program.name not in HIDDEN and not link.is_symlink():
                link.symlink_to(program)
    python = folder / "python3"
    python.unlink(missing_ok=True)
    # By its own path: through a link it would not find what belongs to it.
    base = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    python.write_text(f'#!/bin/sh\nexec "{base}" "$@"\n')
    python.chmod(0o755)


def _free_base() -> int:
    """A port to begin at: all that the system takes from there are free."""
    while True:
        base = free_port()
        if all(is_free(use.port) for use in LocalSettings(port_base=base).ports()):
            return base


if __name__ == "__main__":
    sys.exit(main())
