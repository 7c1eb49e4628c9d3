"""The year 2021, played once for all tests that look at what came of it, and people's browsers."""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Response, async_playwright, expect

from deploy.demo import play
from deploy.local.stack import LocalStack
from tests.conftest import installation
from tests.traffic import Doors

# Debian's where it is installed, else Playwright's own: `make test` sees to one of them.
CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = 1280
PHONE = 390
PATIENCE = 20_000  # milliseconds; every wait ends as soon as what it waits for is there
# Playwright's own five seconds are too few for the largest page on two busy cores (the documentation of planning).
expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Played:
    """An installation in which the year has been played, and the demo's exit status."""

    stack: LocalStack
    status: int


# Of the package and not of the session: processes that nobody uses take processor time from the tests that follow.
@pytest.fixture(scope="package")
def stack() -> Iterator[LocalStack]:
    """The whole system, to use from outside. Its clock may be moved forward, never back."""
    with installation() as running:
        yield running


@pytest.fixture(scope="package")
def played() -> Iterator[Played]:
    """The demo, as ``make demo EXIT=1`` runs it."""
    with installation() as stack:
        yield Played(stack, play.run(stack))


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        await running.close()


@pytest.fixture
async def doors(stack: LocalStack) -> AsyncIterator[Doors]:
    async with Doors(stack.gateway_url, stack.bootstrap, stack.secrets_file) as opened:
        yield opened


@dataclass
class Visit:
    """A person's browser, in which nothing may go wrong unseen."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)
    # Refusals that were expected. The console repeats each, sometimes later than the answer was shown.
    expected: set[int] = field(default_factory=set)

    def listen(self) -> None:
        self.page.on("console", lambda said: self._note(self._is_news(said), f"console: {said.text}"))
        self.page.on("pageerror", lambda error: self._note(True, f"script: {error}"))
        self.page.on("response", self._answered)

    def _is_news(self, said: ConsoleMessage) -> bool:
        return said.type == "error" and not any(f"status of {each} " in said.text for each in self.expected)

    def _answered(self, response: Response) -> None:
        self._note(response.status >= 400, f"{response.status} {response.url}")

    def _note(self, wrong: object, what: str) -> None:
        if wrong:
            self.faults.append(what)

    def expect_fault(self, status: int) -> None:
        """The page just asked for was refused with a status, and nothing else went wrong."""
        other = [
            each
            for each in self.faults
            if not each.startswith(
                (f"{status} ", "console: Failed to load", f"console: Response Status Error Code {status}")
            )
        ]
        assert self.faults
        assert other == []
        self.faults.clear()
        self.expected.add(status)

    async def go(self, path: str) -> None:
        await self.page.goto(f"{self.base}{path}")

    async def go_once_known(self, path: str) -> None:
        """Goes to a page about a case as soon as the service behind it has read of the case."""
        for _ in range(50):
            # Asked for beside the page, so that a 404 is no fault of the visit.
            if (await self.page.request.get(f"{self.base}{path}")).ok:
                break
            await self.page.wait_for_timeout(200)
        await self.go(path)

    async def sign_in(self, name: str, path: str = "/") -> None:
        """Asks for a page, chooses who to be, and gets the page that was asked for."""
        await self.go(f"/logga-in?till={path}")
        await self.page.get_by_role("button", name=f"Logga in som {name}").click()
        await expect(self.page.get_by_role("banner")).to_contain_text(name)


async def until_shown(page: Page, text: str) -> None:
    """Loads the page again until the event has come to reporting."""
    shown = page.get_by_role("main").get_by_text(text)
    for _ in range(50):
        if await shown.count():
            return
        await page.wait_for_timeout(200)
        await page.reload()
    raise AssertionError(f"never shown: {text}")


@pytest.fixture
async def visit(browser: Browser, stack: LocalStack) -> AsyncIterator[Visit]:
    async for each in visiting(browser, stack.gateway_url):
        yield each


@pytest.fixture
async def visit_without_scripts(browser: Browser, stack: LocalStack) -> AsyncIterator[Visit]:
    async for each in visiting(browser, stack.gateway_url, java_script_enabled=False):
        yield each


@pytest.fixture
async def visit_to_played(browser: Browser, played: Played) -> AsyncIterator[Visit]:
    async for each in visiting(browser, played.stack.gateway_url):
        yield each


@pytest.fixture
async def visit_without_scripts_to_played(browser: Browser, played: Played) -> AsyncIterator[Visit]:
    async for each in visiting(browser, played.stack.gateway_url, java_script_enabled=False):
        yield each


async def visiting(browser: Browser, base: str, **options: Any) -> AsyncIterator[Visit]:
    """A visit in a browser profile of its own. Fails if anything went wrong that the test did not expect."""
    context = await browser.new_context(viewport={"width": WIDE, "height": 900}, locale="sv-SE", **options)
    context.set_default_timeout(PATIENCE)
    visit = Visit(await context.new_page(), base)
    visit.listen()
    yield visit
    await context.close()
    assert visit.faults == []
