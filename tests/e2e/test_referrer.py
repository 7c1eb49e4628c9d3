"""A referrer's way in the browser: the form, the place in the queue, and what becomes of the referral."""

import re
from collections.abc import AsyncIterator
from random import Random

import pytest
from playwright.async_api import Browser, Page, expect

from contracts.codes import Role, Sex
from deploy.demo.identity import People
from deploy.local.stack import LocalStack
from tests.e2e.conftest import PHONE, Visit, visiting
from tests.e2e.test_accessibility import faults_of
from tests.swedish_day import swedish_day
from tests.traffic import Doors

_PEOPLE = People(Random(8))


@pytest.fixture
async def coordinator(browser: Browser, stack: LocalStack) -> AsyncIterator[Visit]:
    """Another person's browser."""
    async for each in visiting(browser, stack.gateway_url):
        yield each


async def _fill(page: Page, reference: str, *needs: str) -> None:
    given, family = _PEOPLE.name()
    await page.get_by_label("Insats", exact=True).select_option("FINSAM-team")
    await page.get_by_label("Er enhet").select_option(index=1)
    await page.get_by_label("Er beteckning").fill(reference)
    await page.get_by_label("Handläggarens namn").fill("Rut Remittent")
    number = _PEOPLE.number(Sex.WOMAN, 34, swedish_day())
    await page.get_by_label("Personnummer").fill(f"{number[:8]}-{number[8:]}")
    await page.get_by_label("Förnamn").fill(given)
    await page.get_by_label("Efternamn").fill(family)
    await page.get_by_label("kvinna").check()
    for need in needs:
        await page.get_by_label(need).check()
    await page.get_by_role("group", name="Personens svar").get_by_label("ja").check()


async def _fill_and_send(page: Page, reference: str, *needs: str) -> None:
    await _fill(page, reference, *needs)
    await page.get_by_role("button", name="Skicka anmälan").click()


async def test_from_the_form_to_the_meeting_each_step_comes_to_the_open_page(
    visit: Visit, coordinator: Visit, doors: Doors
) -> None:
    page = visit.page
    await page.set_viewport_size({"width": PHONE, "height": 800})
    await visit.sign_in("Rut Remittent", "/mina-anmalningar")
    await page.get_by_role("link", name="Ny anmälan").click()
    await _fill_and_send(page, "SOC-E2E-1", "kommunen")
    await expect(page.get_by_role("alert").first).to_contain_text("Anmälan är inte skickad")
    await expect(page.locator("#fel-needs")).to_contain_text("minst 2")
    visit.expect_fault(422)
    await page.get_by_label("regionen").check()
    await page.get_by_role("button", name="Skicka anmälan").click()
    await expect(page.get_by_role("status").first).to_contain_text("Anmälan är mottagen")
    await expect(page.locator("#forlopp")).to_contain_text(re.compile(r"Plats \d+ av \d+ i kön"))
    await expect(page.locator("#forlopp")).to_contain_text("Har väntat 0 dagar")
    case = page.url.rpartition("/")[2].partition("?")[0]

    await coordinator.sign_in("Karin Koordinator", "/anmalningar")
    row = coordinator.page.locator(f"#anmalan-{case}")
    await row.get_by_role("button", name="Anta").click()
    course = page.locator("#forlopp .timeline")
    await expect(course).to_contain_text("antagen")
    booking = {"team": "team-2", "meets_on": swedish_day().isoformat(), "starts_at": "23:41", "mode": "physical"}
    await doors.post(Role.COORDINATOR, f"/api/planning/cases/{case}/meeting", booking)
    await expect(course).to_contain_text("klockan 23.41")
    await doors.post(Role.COORDINATOR, f"/api/planning/cases/{case}/meeting/held", {})
    await expect(course).to_contain_text("möte hållet")
    await page.get_by_role("link", name="Mina anmälningar").first.click()
    await expect(page.get_by_role("row", name="SOC-E2E-1")).to_contain_text("antagen")


async def test_without_scripts_it_works_too(visit_without_scripts: Visit) -> None:
    page = visit_without_scripts.page
    await visit_without_scripts.sign_in("Rut Remittent", "/mina-anmalningar/ny")
    await _fill_and_send(page, "SOC-E2E-2", "kommunen", "Försäkringskassan")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Anmälan SOC-E2E-2")


async def test_a_draft_is_checked_kept_continued_and_sent(visit: Visit) -> None:
    page = visit.page
    await visit.sign_in("Rut Remittent", "/mina-anmalningar/ny")
    await _fill(page, "SOC-E2E-3", "kommunen")
    await page.get_by_role("button", name="Kontrollera").click()
    checked = page.get_by_role("status", name="Kontroll")
    await expect(checked).to_contain_text("minst 2 av förbundets medlemmar: inte uppfyllt")
    assert await faults_of(visit, "a checked form") == []
    await page.get_by_role("button", name="Spara utkast").click()
    await expect(page.get_by_role("status").first).to_contain_text("Utkastet är sparat")
    await page.get_by_role("link", name="Mina anmälningar").first.click()
    assert await faults_of(visit, "the list with a draft") == []
    await page.get_by_role("link", name="SOC-E2E-3").click()
    await page.get_by_label("regionen").check()
    await page.get_by_role("button", name="Skicka anmälan").click()
    await expect(page.get_by_role("status").first).to_contain_text("Anmälan är mottagen")
    await page.get_by_role("link", name="Mina anmälningar").first.click()
    await expect(page.get_by_role("heading", name="Utkast")).to_have_count(0)
