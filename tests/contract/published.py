"""Schemas as git knows them: what was published before the change at hand."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.compatibility import incompatibilities
from contracts.model import nfc

ROOT = Path(__file__).parents[2]
SCHEMAS = "contracts/schemas"


def unpublished_changes(root: Path, current: Mapping[str, Any], consented: Mapping[str, Any]) -> dict[str, list[str]]:
    """What in ``current`` (schemas by path) breaks a published version, by revision and path."""
    faults = {}
    for revision in baselines(root):
        for path, published in schemas_at(root, revision).items():
            faults[f"{revision}:{path}"] = (
                incompatibilities(published, current[path], consented) if path in current else ["taken away"]
            )
    return {place: found for place, found in faults.items() if found}


def baselines(root: Path) -> list[str]:
    """The revisions a change must be compatible with: HEAD, the commit before it, the point where this
    branch left the main branch, and every release. Empty where there is no git repository."""
    fork = [
        point
        for branch in ("origin/HEAD", "origin/main", "main")
        if (point := _git(root, "merge-base", "HEAD", branch))
    ]
    releases = (_git(root, "tag", "--list", "v*", "--merged", "HEAD") or "").split()
    named = [revision for revision in ("HEAD", "HEAD^") if _git(root, "rev-parse", "--verify", revision)]
    return list(dict.fromkeys([*named, *fork, *releases]))


def schemas_at(root: Path, revision: str) -> dict[str, Any]:
    """Every schema file of a revision, by path."""
    listed = _git(root, "ls-tree", "-r", "-z", "--name-only", revision, f"{SCHEMAS}/") or ""
    return {
        nfc(path): json.loads(_git(root, "show", f"{revision}:{path}") or "")
        for path in listed.strip("\0\n").split("\0")
        if path
    }


def schemas_in(root: Path) -> dict[str, Any]:
    """Every schema file of the working tree, by path."""
    return {
        nfc(path.relative_to(root).as_posix()): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((root / SCHEMAS).glob("*/*.json"))
    }


def _git(root: Path, *arguments: str) -> str | None:
    """What git prints; None where git, the repository or the revision is missing."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run([git, "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
