"""A system that may be broken: servers and processes of its own, and two workers of each service."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.local.stack import LocalStack
from tests.conftest import local_settings
from tests.fault.disk import small_disk

_OUTCOME = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remembers whether a test passed, for :func:`breakable`."""
    report = yield
    if call.when == "call":
        item.stash[_OUTCOME] = report.passed
    return report


class _Installation:
    """The system the tests share; a new one after a test that failed, which may have left it broken."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._stack: LocalStack | None = None

    def whole(self) -> LocalStack:
        if self._stack is None:
            folder = Path(self._open.enter_context(TemporaryDirectory(prefix="samspel-fault-")))
            self._open.enter_context(small_disk(folder / "postgres"))
            workers = {"referral": 2, "planning": 2, "followup": 2, "reporting": 2}
            self._stack = self._open.enter_context(LocalStack(local_settings(folder, workers=workers)))
        return self._stack

    def down(self) -> None:
        self._stack = None
        self._open.close()


@pytest.fixture(scope="package")
def _installed() -> Iterator[_Installation]:
    installation = _Installation()
    yield installation
    installation.down()


@pytest.fixture
def breakable(_installed: _Installation, request: pytest.FixtureRequest) -> Iterator[LocalStack]:
    """Tests share it, so that later ones also run over what earlier ones left behind."""
    yield _installed.whole()
    if not request.node.stash.get(_OUTCOME, False):
        _installed.down()


@pytest.fixture
def untouched(_installed: _Installation) -> LocalStack:
    """The same with nothing in it yet: for what looks at every row, of which earlier tests leave very many."""
    _installed.down()
    return _installed.whole()
