"""Somebody applies for herself on a telephone, without signing in, and the coordinator sees how to reach her."""

import re
from collections.abc import AsyncIterator
from random import Random

import pytest
from playwright.async_api import Browser, expect

from contracts.codes import Sex
from deploy.demo.identity import People
from deploy.local.stack import LocalStack
from tests.e2e.conftest import Visit, visiting
from tests.e2e.test_accessibility import faults_of
from tests.swedish_day import swedish_day

_PEOPLE = People(Random(20))
NARROW = 360


@pytest.fixture
async def coordinator(browser: Browser, stack: LocalStack) -> AsyncIterator[Visit]:
    async for each in visiting(browser, stack.gateway_url):
        yield each


async def test_she_applies_on_a_telephone_without_scripts(visit_without_scripts: Visit, coordinator: Visit) -> None:
    page = visit_without_scripts.page
    await page.set_viewport_size({"width": NARROW, "height": 740})
    await visit_without_scripts.go("/anmal-dig")
    await page.get_by_role("link", name="Anmäl dig till Djärva initiativ: socialpsykiatri").click()
    given, family = _PEOPLE.name()
    await page.get_by_label("Förnamn").fill(given)
    await page.get_by_label("Efternamn").fill(family)
    number = _PEOPLE.number(Sex.WOMAN, 40, swedish_day())
    await page.get_by_label("Personnummer").fill(f"{number[:8]}-{number[8:]}")
    await page.get_by_label("kvinna").check()
    await page.get_by_label("Telefon", exact=True).fill("070-174 06 05")
    await page.get_by_label("Vad vill du ha hjälp med?").fill("Något att göra\nom dagarna.")
    await page.get_by_role("group", name="Svar från den som vill ha stöd").get_by_label("Ja").check()
    await page.get_by_role("button", name="Skicka anmälan").click()
    await expect(page.get_by_role("alert").first).to_contain_text("Anmälan är inte skickad")
    await expect(page.locator("#fel-identity_number")).to_contain_text("inte är äldre än 30 år")
    visit_without_scripts.expect_fault(422)
    number = _PEOPLE.number(Sex.WOMAN, 22, swedish_day())
    await page.get_by_label("Personnummer").fill(number)
    await page.get_by_role("button", name="Skicka anmälan").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Anmälan är mottagen")
    assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW
    reference = await page.locator("dd code").inner_text()
    assert re.fullmatch(r"E-[0-9A-Z]{4}-[0-9A-Z]{4}", reference)

    await coordinator.sign_in("Karin Koordinator", "/anmalningar")
    row = coordinator.page.get_by_role("row").filter(has_text=family)
    await expect(row).to_contain_text("från personen själv, utan myndighet")
    await expect(row).to_contain_text("Personen nås på 070-174 06 05")
    await expect(row).to_contain_text(reference)


async def test_axe_finds_nothing_in_the_form(visit: Visit) -> None:
    await visit.go("/anmal-dig/djarva-socialpsykiatri")
    assert await faults_of(visit, "the form") == []
    await visit.page.get_by_label("God man").check()
    await visit.page.locator("summary").click()
    assert await faults_of(visit, "the form, filled in by somebody else") == []
