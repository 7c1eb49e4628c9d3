"""Takes the snapshot that later contracts are compared with: ``python -m contracts.release``, or ``make release``.

Every schema of ``schemas/`` is copied to ``released/``. Nothing is overwritten that is incompatible with what was
released before: the command names each reason and exits with 1.
"""

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from contracts.compatibility import consented_codes, incompatibilities
from contracts.model import nfc

FOLDER: Final = Path(__file__).parent


def schemas(folder: Path) -> Mapping[str, Any]:
    """Every schema below a folder by its path there. Empty if the folder does not exist."""
    return {
        nfc(path.relative_to(folder).as_posix()): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*/*.json"))
    }


def broken_promises(
    released: Mapping[str, Any], current: Mapping[str, Any], consented: Mapping[str, Any]
) -> Mapping[str, list[str]]:
    """Why the current schemas may not follow the released ones: reasons by path; empty if they may."""
    found = {
        path: incompatibilities(schema, current[path], consented) if path in current else ["taken away"]
        for path, schema in released.items()
    }
    return {path: reasons for path, reasons in found.items() if reasons}


def main(folder: Path = FOLDER) -> int:
    """Takes the snapshot. Returns the exit status."""
    current = schemas(folder / "schemas")
    broken = broken_promises(schemas(folder / "released"), current, consented_codes())
    for path, reasons in broken.items():
        print("\n".join(f"{path}: {reason}" for reason in reasons))
    if broken:
        return 1
    shutil.copytree(folder / "schemas", folder / "released", dirs_exist_ok=True)
    print(f"{len(current)} schemas released")
    return 0


if __name__ == "__main__":
    sys.exit(main())
