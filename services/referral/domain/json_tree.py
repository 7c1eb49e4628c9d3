"""JSON from a sender who may have written anything: parsed without guessing, and walked without recursion."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

DEEPEST: Final = 16
"""Steps from the whole to the innermost value of a record that is taken in."""

Location: TypeAlias = tuple[str | int, ...]
Node: TypeAlias = tuple[Location, Any]


class JsonObject(dict[str, Any]):
    """A JSON object that remembers which names it was given twice: readers differ in which one they take."""

    def __init__(self, members: Sequence[tuple[str, Any]]) -> None:
        super().__init__(members)
        self.repeated: tuple[str, ...] = () if len(self) == len(members) else _repeated(members)


def _repeated(members: Sequence[tuple[str, Any]]) -> tuple[str, ...]:
    counted = Counter(name for name, _ in members)
    return tuple(name for name, times in counted.items() if times > 1)


def parse(value: bytes) -> Any:
    """The value in JSON; its objects are :class:`JsonObject`.

    Raises ValueError for what is not UTF-8, not JSON, or a number no computer needs; RecursionError for what is
    nested deeper than can be parsed.
    """
    return json.loads(value.decode("utf-8"), object_pairs_hook=JsonObject, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def nodes(tree: Any) -> list[Node]:
    """Every value with its place, without recursion: the depth is whatever the sender chose.

    Ends with the first value that lies deeper than DEEPEST. A list, because what is read is looked through twice.
    """
    placed: list[Node] = []
    waiting: list[Node] = [((), tree)]
    while waiting:
        location, node = waiting.pop()
        placed.append((location, node))
        if len(location) > DEEPEST:
            break
        if isinstance(node, dict):
            waiting.extend(((*location, name), inner) for name, inner in reversed(node.items()))
        elif isinstance(node, list):
            waiting.extend(((*location, nth), inner) for nth, inner in reversed(list(enumerate(node))))
    return placed


def too_deep(placed: Sequence[Node]) -> bool:
    """True if :func:`nodes` ended with a value that lies deeper than DEEPEST."""
    return len(placed[-1][0]) > DEEPEST
