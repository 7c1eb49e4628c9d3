"""A system that may be broken: servers and processes of its own, and two workers of each service."""

from collections.abc import Iterator

import pytest

from deploy.local.stack import LocalStack
from tests.conftest import local_settings


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """Two workers of each service that decides; the tests of a module share it and leave it whole."""
    settings = local_settings(
        tmp_path_factory.mktemp("breakable"), workers={"referral": 2, "planning": 2, "followup": 2, "reporting": 2}
    )
    with LocalStack(settings) as running:
        yield running
