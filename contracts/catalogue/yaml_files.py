"""YAML files read with the line of everything in them, so that a fault can be reported by file and line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.CSafeLoader):
    """libyaml's parser, which takes a tenth of the time of the one in Python. It leaves days as text for the models
    to read, since PyYAML fails on 2021-13-01 without saying in which line."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}

Place: TypeAlias = tuple[str | int, ...]
"""Where something is in a file: keys and positions, from the top."""

Finding: TypeAlias = tuple[Place, str]
"""What is wrong at a place of a file."""


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong, and in which line of which file."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class CatalogueError(ValueError):
    """One or more files are wrong. Its text has one line for each fault: ``file:line: reason``."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True)
class YamlFile:
    """A file's content as plain data, and the lines its parts are in."""

    name: str
    data: Any
    root: yaml.Node

    def fault(self, place: Place, reason: str) -> Fault:
        """A fault at a place; where the file has nothing there, at the nearest part around it that exists."""
        return Fault(self.name, self.line(place), reason)

    def line(self, place: Place) -> int:
        """The line of a place, counted from 1."""
        node = self.root
        line = node.start_mark.line
        for step in place:
            found = _child(node, step)
            if found is None:
                continue  # pydantic also names the kind it chose, which is no part of the file
            line, node = found
        return line + 1


def read_yaml(path: Path) -> YamlFile:
    """The file. Raises CatalogueError if it is no YAML, is empty, or gives a key twice."""
    try:
        text = path.read_text(encoding="utf-8")
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            data = None if root is None else loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = 1 if mark is None else mark.line + 1
        raise CatalogueError((Fault(path.name, line, f"not YAML: {error.problem}"),)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CatalogueError((Fault(path.name, 1, f"not YAML: {error}"),)) from error
    if root is None:
        raise CatalogueError((Fault(path.name, 1, "the file is empty"),))
    repeated = tuple(Fault(path.name, line, f"{key!r} is given twice") for key, line in _repeated_keys(root))
    if repeated:
        raise CatalogueError(repeated)
    return YamlFile(path.name, data, root)


def _child(node: yaml.Node, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line, node.value[step]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key.start_mark.line, value
    return None


def _repeated_keys(node: yaml.Node) -> list[tuple[str, int]]:
    """Keys that a mapping has more than once, of which YAML would silently keep the last."""
    if isinstance(node, yaml.SequenceNode):
        return [each for item in node.value for each in _repeated_keys(item)]
    if not isinstance(node, yaml.MappingNode):
        return []
    found, seen = [], set()
    for key, value in node.value:
        if key.value in seen:
            found.append((str(key.value), key.start_mark.line + 1))
        seen.add(key.value)
        found.extend(_repeated_keys(value))
    return found
