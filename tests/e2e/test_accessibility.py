"""Every page by axe-core: for every role that may see it, in three widths and two schemes.

The table of what was looked at is in the run's summary.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from playwright.async_api import Browser, Page, expect

from deploy.local.settings import SERVICES
from services.chassis.sign_in import DEMO_USERS
from tests.accessibility_table import PROPERTY, Row
from tests.e2e.conftest import PATIENCE, Played, Visit
from tests.e2e.looking import Found, look_at
from tests.e2e.site_map import ADDRESSES, Sample, routes

_NOBODY = "utan inloggning"
_ROLES = {_NOBODY: "", **{next(iter(user.roles)).value: user.id for user in DEMO_USERS}}
_REFUSED = 403
_PATIENCE = 3 * PATIENCE  # several pages of a hundred rows are opened at once
_NO_SUCH_PAGE = "/nowhere"
"""The only address that shall answer 404."""


async def faults_of(visit: Visit, where: str) -> list[str]:
    """What is wrong with the page a visit shows, in every width and scheme."""
    found = await look_at(visit.page)
    return [f"{where} at {look.width} {look.scheme}: {each}" for look, all_of in found.items() for each in all_of]


def test_every_route_is_looked_at_or_says_why_not(tmp_path: Path) -> None:
    assert set(routes(tmp_path)) == set(ADDRESSES)


@pytest.mark.parametrize("service", SERVICES)
async def test_axe_finds_nothing_on_any_page(
    browser: Browser, played: Played, service: str, record_property: Callable[[str, object], None]
) -> None:
    rows: list[Row] = []
    samples = {
        route: each for route, each in ADDRESSES.items() if isinstance(each, Sample) and each.service == service
    }
    async with _people(browser, played) as people:
        async for route, address in _addresses(played, samples):
            rows += await _look_as_everybody(people, route, address)
    for row in rows:
        record_property(PROPERTY, row.written())
    seen = {row.route for row in rows}
    assert samples.keys() - seen == set()
    assert [f"{row.address} {each}" for row in rows for each in row.wrong] == []


@asynccontextmanager
async def _people(browser: Browser, played: Played) -> AsyncIterator[Mapping[str, Page]]:
    """A browser for each role, signed in, and one of somebody who is not."""
    async with AsyncExitStack() as stack:
        pages: dict[str, Page] = {}
        for role, user_id in _ROLES.items():
            context = await browser.new_context(base_url=played.stack.gateway_url, locale="sv-SE")
            stack.push_async_callback(context.close)
            context.set_default_timeout(_PATIENCE)
            if user_id:
                headers = {"sec-fetch-site": "same-origin"}
                answer = await context.request.post("/logga-in", form={"user": user_id}, headers=headers)
                assert answer.ok
            pages[role] = await context.new_page()
        yield pages


async def _addresses(played: Played, samples: Mapping[str, Sample]) -> AsyncIterator[tuple[str, str]]:
    """Each route, with each address of it."""
    for route, sample in samples.items():
        address = sample.address
        if sample.query:
            address = address.format(await _found(played, sample))
        for more in sample.also:
            yield route, f"{address}{more}"


async def _found(played: Played, sample: Sample) -> str:
    connection = await asyncpg.connect(played.stack.postgres.dsn(f"samspel_{sample.database}"))
    try:
        found = await connection.fetchval(sample.query)
    finally:
        await connection.close()
    assert found is not None, sample
    return str(found)


async def _look_as_everybody(people: Mapping[str, Page], route: str, address: str) -> list[Row]:
    """A row for each group of roles that get the same page. The frame around it is that of the first of them."""
    contents = await asyncio.gather(*(_content(page, address) for page in people.values()))
    groups: dict[str, list[str]] = defaultdict(list)
    for role, content in zip(people, contents, strict=True):
        if content is not None:
            groups[content].append(role)
    found = await asyncio.gather(*(_look(people[roles[0]], address) for roles in groups.values()))
    return [
        Row.of(route, address, roles, {(look.width, look.scheme): each for look, each in looked.items()})
        for roles, looked in zip(groups.values(), found, strict=True)
    ]


async def _content(page: Page, address: str) -> str | None:
    """What stands in the page, to compare; None if it is not for this role. Asked for without opening it."""
    answer = await page.context.request.get(address, headers={"accept": "text/html"})
    if answer.status == _REFUSED or "/logga-in" in answer.url.removesuffix(address):
        return None
    assert answer.status == (404 if address == _NO_SUCH_PAGE else 200), f"{address}: {answer.status}"
    main = (await answer.text()).partition("<main")[2].partition("</main>")[0]
    assert main
    return hashlib.sha256(main.encode()).hexdigest()


async def _look(page: Page, address: str) -> Found:
    await page.goto(address)
    return await look_at(page)


async def test_axe_finds_nothing_in_what_opens(visit_to_played: Visit) -> None:
    page = visit_to_played.page
    await visit_to_played.sign_in("Karin Koordinator", "/anmalningar?state=accepted")
    await page.get_by_role("rowheader").get_by_role("link").first.click()
    await expect(page.get_by_role("heading", level=1)).not_to_have_text("Anmälningar")
    found = await faults_of(visit_to_played, "a case")
    await visit_to_played.go("/uppfoljningar?roll=koordinator")
    case = await page.locator('a[href^="/arenden/"]').first.get_attribute("href")
    for place in ("", "/historik", "/plan", "/plan/utskrift"):
        await visit_to_played.go(f"{case}{place}")
        found += await faults_of(visit_to_played, f"a case with a plan{place}")
    for sought in ("soc", "---", "bo"):
        await visit_to_played.go("/anmalningar/sok")
        await page.get_by_role("searchbox", name="Sök person").fill(sought)
        await page.get_by_role("button", name="Sök").click()
        await expect(page.locator("table, .empty, .field-error")).to_have_count(1)
        found += await faults_of(visit_to_played, f"a search for {sought}")
        if sought == "---":
            visit_to_played.expect_fault(422)
    await visit_to_played.go("/uppfoljningar?roll=koordinator")
    await page.get_by_role("button", name="Slutför").first.click()
    await expect(page.get_by_role("button", name="Spara")).to_be_visible()
    found += await faults_of(visit_to_played, "an open form")
    await page.locator("summary").filter(has_text="Kommande").click()
    await expect(page.locator("#upcoming table")).to_be_visible()
    found += await faults_of(visit_to_played, "what is to come")
    await visit_to_played.sign_in("Rut Remittent", "/mina-anmalningar")
    await page.get_by_role("rowheader").get_by_role("link").first.click()
    await expect(page.get_by_role("heading", level=2)).to_have_text("Vad som har hänt")
    found += await faults_of(visit_to_played, "the course of a referral")
    assert found == []
