"""A system that may be broken: servers and processes of its own, and two workers of each service."""

from collections.abc import Iterator

import pytest

from deploy.local.stack import LocalStack
from tests.conftest import installation


@pytest.fixture(scope="module")
def breakable() -> Iterator[LocalStack]:
    """The tests of a module share it and leave it whole."""
    with installation(workers={"referral": 2, "planning": 2, "followup": 2, "reporting": 2}) as running:
        yield running
