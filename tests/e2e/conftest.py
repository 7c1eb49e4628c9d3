"""The year 2021, played once for all tests that look at what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deploy.demo import play
from deploy.local.stack import LocalStack
from tests.conftest import installation


@dataclass(frozen=True)
class Played:
    """An installation in which the year has been played, and the demo's exit status."""

    stack: LocalStack
    status: int


@pytest.fixture(scope="session")
def played() -> Iterator[Played]:
    """The demo, as ``make demo EXIT=1`` runs it."""
    with installation() as stack:
        yield Played(stack, play.run(stack))
