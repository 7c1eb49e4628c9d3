"""The start page in the morning: every number leads to a list that holds as many, for each role, with and without
scripts."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from deploy.local.stack import LocalStack
from tests.e2e.conftest import Visit
from tests.e2e.test_pages import SUBMISSIONS, today_of
from tests.traffic import Doors


async def _lines(page: Page) -> dict[str, tuple[int, str]]:
    """What the start page says: by its words, the number and the list's address."""
    found = {}
    for line in await page.locator(".to-do a").all():
        number = await line.locator(".badge").inner_text()
        words = (await line.inner_text()).removeprefix(number).strip()
        found[words] = (int(number), str(await line.get_attribute("href")))
    return found


async def _count_of(page: Page, status: str) -> int:
    return int(await page.locator(f"#count-{status}").inner_text())


@pytest.mark.parametrize("name", ["Karin Koordinator", "Kim Kansli", "Lova Lots"])
async def test_every_number_is_that_of_the_list_it_opens(
    visit: Visit, stack: LocalStack, doors: Doors, name: str
) -> None:
    await doors.refer(SUBMISSIONS.next(today_of(stack)))
    await visit.sign_in(name)
    page = visit.page
    await expect(page.get_by_role("heading", level=1)).to_have_text("Att göra")
    lines = await _lines(page)
    assert any("väntar på svar" in words for words in lines)
    for words, (number, address) in lines.items():
        await visit.go(address)
        if address.startswith("/uppfoljningar?"):
            late = words.startswith("försenad")
            assert await _count_of(page, "overdue" if late else "due") == number, words
        elif address.startswith("/anmalningar"):
            shown = page.locator('[id^="anmalan-"]')
            await expect(shown).to_have_count(min(number, 100))


async def test_a_service_that_is_away_is_named_and_comes_back_by_itself(visit: Visit, stack: LocalStack) -> None:
    page = visit.page
    [planning] = stack.services["planning"]
    await asyncio.to_thread(planning.kill)
    try:
        await visit.sign_in("Karin Koordinator")
        said = page.get_by_role("status").filter(has_text="planeringen")
        await expect(said).to_be_visible()
        await expect(page.locator(".to-do a").first).to_be_visible()
    finally:
        await asyncio.to_thread(planning.start)
        await asyncio.to_thread(planning.wait_ready)
    await expect(said).to_have_count(0)


async def test_a_referrer_sees_what_waits_for_the_agency(visit: Visit) -> None:
    await visit.sign_in("Rut Remittent")
    page = visit.page
    await expect(page.get_by_role("heading", level=1)).to_have_text("Att göra")
    await page.get_by_role("link", name="Mina anmälningar").last.click()
    await expect(page).to_have_url(re.compile("/mina-anmalningar$"))
