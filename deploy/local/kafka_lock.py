"""Write deploy/kafka/jars.lock: every jar that pom.xml leads to, with its checksum. Run by `make kafka-lock`."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from jgo.maven import POM, MavenContext

from deploy.local.kafka_jars import JARS_LOCK, POM_FILE
from deploy.local.maven import REPOSITORY_SETTING, Pin, sha256_of

_HEADER: Final = "# The jars of the Kafka broker. Written by `make kafka-lock` from pom.xml; do not edit.\n"


def resolved(pom: Path) -> list[Pin]:
    """The runtime dependencies of a POM, direct and indirect, fetched in order to know their checksums."""
    repository = os.environ.get(REPOSITORY_SETTING)
    remotes = None if repository is None else {"chosen": repository.rstrip("/")}
    with TemporaryDirectory(prefix="samspel-lock-") as scratch:
        context = MavenContext(repo_cache=Path(scratch), remote_repos=remotes, timeout=60)
        _, dependencies = context.pom_dependency_list(POM(pom))
        return sorted(
            Pin(found.groupId, found.artifactId, found.version, sha256_of(found.artifact.resolve()))
            for found in (node.dep for node in dependencies)
            if found.scope in {"compile", "runtime"}
        )


if __name__ == "__main__":
    pins = resolved(POM_FILE)
    JARS_LOCK.write_text(_HEADER + "".join(f"{pin}\n" for pin in pins))
    print(f"{JARS_LOCK.name}: {len(pins)} jars")
