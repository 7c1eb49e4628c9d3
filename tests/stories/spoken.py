"""What the sentences of all stories share: how a word of a file is found, and what is expected."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from tests.stories.process import Process

T = TypeVar("T")
Sentence = Callable[[Process, date, re.Match[str]], None]


def expect(expected: str, found: str) -> None:
    """Raises AssertionError for anything else."""
    assert found == expected, f"expected {expected!r}, but it was {found!r}"


def code_of(name: str, labels: Mapping[T, str]) -> T:
    """What is called that. Raises AssertionError if nothing is."""
    found = [code for code, called in labels.items() if called == name]
    assert len(found) == 1, f"{name!r} is none of {', '.join(labels.values())}"
    return found[0]
