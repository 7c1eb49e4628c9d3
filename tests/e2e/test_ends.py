"""In the browser: what a referral lacks is asked for and answered, and an end before the start is undone."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from deploy.local.stack import LocalStack
from tests.e2e.conftest import Visit, visiting
from tests.e2e.looking import look_at
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions


@pytest.fixture
async def coordinator(browser: Browser, stack: LocalStack) -> AsyncIterator[Visit]:
    """Another person's browser."""
    async for each in visiting(browser, stack.gateway_url):
        yield each


async def _accessible(page: Page) -> None:
    assert not [each for found in (await look_at(page)).values() for each in found]


async def test_a_question_is_answered_and_a_mistaken_end_is_undone_by_its_person_s_name(
    visit: Visit, coordinator: Visit, doors: Doors
) -> None:
    case = await doors.refer(Submissions(4242).next(swedish_day()))
    await coordinator.sign_in("Karin Koordinator", "/anmalningar")
    await visit.sign_in("Rut Remittent", f"/mina-anmalningar/{case}")
    theirs, mine = coordinator.page, visit.page

    await coordinator.go(f"/anmalningar/{case}/komplettera")
    heading = await theirs.get_by_role("heading", level=1).inner_text()
    name = heading.removeprefix("Komplettering för ")
    await _accessible(theirs)
    await theirs.get_by_label("läkarutlåtande").check()
    await theirs.get_by_role("button", name="Begär komplettering").click()
    await expect(theirs.locator("dl.facts")).to_contain_text("läkarutlåtande")

    await expect(mine.locator("#forlopp")).to_contain_text("läkarutlåtande saknas")
    await expect(mine.locator("#forlopp")).to_contain_text(re.compile(r"Plats \d+ av \d+ i kön"))
    await mine.get_by_role("link", name="Komplettera").click()
    await _accessible(mine)
    await mine.get_by_label("Ert svar").fill("Det är skickat.")
    await mine.get_by_role("button", name="Skicka svaret").click()
    await expect(mine.locator("#forlopp .timeline")).to_contain_text("komplettering inkommen")

    await coordinator.go(f"/anmalningar/{case}/avsluta")
    await _accessible(theirs)
    await theirs.get_by_label("Orsak").nth(1).select_option("personen tackar nej")
    await theirs.get_by_role("button", name=re.compile("Registrera.*personen tackade nej")).click()
    await expect(theirs.locator("#done")).to_contain_text(f"{name} är avslutad: personen tackade nej")
    await expect(mine.locator("#forlopp .timeline")).to_contain_text("personen tackade nej")
    await coordinator.go(f"/anmalningar/{case}/angra")
    await _accessible(theirs)
    await expect(theirs.get_by_role("button", name="Ja, ångra")).to_contain_text(name)
    await theirs.get_by_role("button", name="Ja, ångra").click()
    await expect(theirs.get_by_role("status").first).to_contain_text(f"Anmälan för {name} är öppen igen")
    await expect(mine.locator("#forlopp .timeline")).not_to_contain_text("tackade nej")

    await visit.go(f"/mina-anmalningar/{case}/ta-tillbaka")
    await _accessible(mine)
    await mine.get_by_label("Orsak").select_option("inte aktuellt just nu")
    await mine.get_by_role("button", name="Ta tillbaka anmälan").click()
    await expect(mine.locator("#forlopp .timeline")).to_contain_text("återtagen av anmälaren: inte aktuellt just nu")
    await coordinator.go("/anmalningar/ko?insats=finsam-team")
    await _accessible(theirs)
