"""In the browser: a participant leaves by the form, the referrer gets the case back and says so, and the way back."""

import re
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from deploy.local.stack import LocalStack
from tests.e2e.conftest import Visit, until_shown, visiting
from tests.e2e.test_accessibility import faults_of
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions, reach_samplan


@pytest.fixture
async def coordinator(browser: Browser, stack: LocalStack) -> AsyncIterator[Visit]:
    """Another person's browser."""
    async for each in visiting(browser, stack.gateway_url):
        yield each


async def _participant(doors: Doors, label: int, nth: int) -> UUID:
    case = await doors.refer(Submissions(label).next(swedish_day()))
    await reach_samplan(doors, case, nth, swedish_day())
    return case


async def _leave(page: Page, reason: str) -> None:
    await page.get_by_label(reason, exact=True).check()
    await page.get_by_role("button", name="Fortsätt").click()


async def test_left_by_the_form_handed_back_acknowledged_and_opened_again(
    visit: Visit, coordinator: Visit, doors: Doors
) -> None:
    case = await _participant(doors, 5251, 3001)
    await coordinator.sign_in("Karin Koordinator", f"/arenden/{case}")
    await visit.sign_in("Rut Remittent", f"/mina-anmalningar/{case}")
    theirs, mine = coordinator.page, visit.page

    await theirs.get_by_role("link", name="Avslut", exact=True).click()
    heading = await theirs.get_by_role("heading", level=1).inner_text()
    name = heading.removeprefix("Avsluta: ")
    assert await faults_of(coordinator, "the reasons") == []
    await _leave(theirs, "arbete")
    assert await faults_of(coordinator, "the questions") == []
    follows = theirs.locator("form ul")
    await expect(follows).to_contain_text(f"{name} deltar inte längre i FINSAM-team")
    await expect(follows).to_contain_text("Ärendet återförs till den som anmälde (Rinkeby-Kista")
    await theirs.get_by_label("Omfattning").fill("75")
    await theirs.get_by_label("Stöd i arbetet").select_option("utan stöd")
    await theirs.get_by_role("button", name=f"Avsluta för {name}").click()
    await expect(theirs.get_by_role("status").first).to_contain_text("Insatsen är avslutad")
    await expect(theirs.locator(".timeline")).to_contain_text("arbete, 75 %, utan stöd")
    assert await faults_of(coordinator, "an exit") == []

    # The referrer's page was open all the time.
    await expect(mine.locator("#forlopp")).to_contain_text("Personen är återförd till er")
    assert await faults_of(visit, "a hand-back") == []
    await coordinator.go("/anmalningar/aterforda")
    await expect(theirs.get_by_role("row", name=name)).to_be_visible()
    assert await faults_of(coordinator, "the list of hand-backs") == []
    await mine.get_by_role("button", name=re.compile("Vi har tagit emot")).click()
    await expect(mine.locator("#forlopp .timeline")).to_contain_text("anmälaren har tagit emot återföringen")
    await expect(mine.locator("#forlopp")).not_to_contain_text("Personen är återförd till er")
    await coordinator.go("/anmalningar/aterforda")
    await expect(theirs.get_by_role("row", name=name)).to_have_count(0)

    await coordinator.go_once_known(f"/arenden/{case}/historik")
    await until_shown(theirs, "Anmälaren har tagit emot återföringen")
    await coordinator.go(f"/arenden/{case}")
    await theirs.get_by_role("link", name="Avslut", exact=True).click()
    await expect(theirs.locator(".timeline")).to_contain_text("som bekräftade")
    await theirs.get_by_role("button", name="Öppna igen").click()
    await expect(theirs.get_by_role("status").first).to_contain_text("Ärendet är öppnat igen")
    await expect(theirs.locator(".timeline")).to_contain_text("arbete, 75 %, utan stöd")
    await expect(mine.locator("#forlopp .timeline")).to_contain_text("deltar igen")


async def test_without_scripts_an_exit_is_registered_and_one_by_mistake_taken_back(
    visit_without_scripts: Visit, doors: Doors
) -> None:
    case = await _participant(doors, 5252, 3004)
    page = visit_without_scripts.page
    await visit_without_scripts.sign_in("Karin Koordinator", f"/arenden/{case}/avsluta")
    await _leave(page, "studier")
    await page.get_by_label("Omfattning").fill("50")
    await page.get_by_label("Sista dag i insatsen").fill("2031-01-01")
    await page.get_by_role("button", name="Avsluta för").click()
    await expect(page.locator("#fel-exited_on")).to_contain_text("ligger i framtiden")
    visit_without_scripts.expect_fault(422)
    await expect(page.get_by_label("Omfattning")).to_have_value("50")
    await page.get_by_label("Sista dag i insatsen").fill(swedish_day().isoformat())
    await page.get_by_role("button", name="Avsluta för").click()
    await expect(page.get_by_role("status").first).to_contain_text("Insatsen är avslutad")
    await page.get_by_text("Felregistrerat?").click()
    await page.get_by_role("button", name="Ta tillbaka avslutet").click()
    await expect(page.get_by_role("status").first).to_contain_text("räknas inte")
    await expect(page.get_by_role("button", name="Fortsätt")).to_be_visible()
