"""One installation for the alerts and the traces: it sends spans to a collector of the tests."""

from collections.abc import Iterator

import pytest

from deploy.local.stack import LocalStack
from tests.conftest import installation
from tests.integration.operations.collector import Collector, collecting


@pytest.fixture(scope="package")
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


@pytest.fixture(scope="package")
def stack(collector: Collector) -> Iterator[LocalStack]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SAMSPEL_OTLP_ENDPOINT", collector.endpoint)
        with installation() as running:
            yield running
