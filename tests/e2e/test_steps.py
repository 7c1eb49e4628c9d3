"""In the browser: a paper is asked for and comes, questions are asked, and only who supports reads the answers."""

from uuid import UUID

import pytest
from playwright.async_api import expect

from contracts.codes import Role
from tests.e2e.conftest import Visit
from tests.e2e.test_accessibility import faults_of
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions
from tests.waiting import until

_SUBMISSIONS = Submissions(2910)
_WORDS = "Det hände i våras, och jag vill berätta mer."


async def _supported(doors: Doors) -> UUID:
    """A participant of MIA Vidare whose case manager is Lova."""
    today = swedish_day().isoformat()
    case = await doors.refer(_SUBMISSIONS.next(swedish_day(), insats="mia-vidare"))
    await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/accept", {})
    planning = f"/api/planning/cases/{case}"
    await until(lambda: doors.get(Role.COORDINATOR, planning), lambda seen: seen["stage"] == "accepted")
    meeting = {"kind": "introduktionsmote"}
    booked = {**meeting, "meets_on": today, "mode": "physical"}
    await doors.post(Role.COORDINATOR, f"{planning}/meeting", booked)
    await doors.post(Role.COORDINATOR, f"{planning}/meeting/held", meeting)
    await doors.post(Role.COORDINATOR, f"{planning}/support", {"role": "case-manager", "worker_id": "lova"})
    await doors.post(Role.COORDINATOR, f"{planning}/start", {})
    return case


async def test_a_paper_comes_and_a_rating_is_shown_by_day(visit: Visit, doors: Doors) -> None:
    case = await _supported(doors)
    page = visit.page
    await visit.sign_in("Karin Koordinator", f"/arenden/{case}")
    await page.get_by_role("link", name="Steg och handlingar").click()
    found = await faults_of(visit, "the steps of a case")
    step = page.get_by_role("region", name="Kartläggning av situation och önskemål")
    await step.locator("summary").filter(has_text="Begär handlingen").click()
    await step.get_by_label("Från vem?").select_option("hälso- och sjukvården")
    await step.get_by_role("button", name="Registrera begäran").click()
    await expect(step).to_contain_text("väntas")
    found += await faults_of(visit, "a paper that is awaited")
    await step.locator("summary").filter(has_text="Registrera handlingen").click()
    await step.get_by_role("button", name="Registrera handlingen").click()
    await expect(step.locator("strong")).to_have_count(0)

    rated = page.get_by_role("region", name="Progressionskort").first
    await rated.locator("summary").filter(has_text="Registrera skattningen").click()
    await rated.get_by_label("Progressionskort").fill("3,3")
    await rated.get_by_role("button", name="Registrera skattningen").click()
    await expect(page.locator(".field-error")).to_contain_text("i hela fjärdedelar")
    visit.expect_fault(422)
    found += await faults_of(visit, "a rating that is refused")
    await rated.get_by_label("Progressionskort").fill("3,5")
    await rated.get_by_role("button", name="Registrera skattningen").click()
    await expect(page.get_by_role("table")).to_contain_text("3,5")
    found += await faults_of(visit, "a rating")
    assert found == []


async def test_only_the_case_manager_reads_what_was_answered(
    visit_without_scripts: Visit, visit: Visit, doors: Doors
) -> None:
    case = await _supported(doors)
    lova, page = visit_without_scripts, visit_without_scripts.page
    await lova.sign_in("Lova Lots", f"/arenden/{case}/steg")
    asked = page.get_by_role("region", name="Sju frågor om våld ställda")
    await asked.locator("summary").click()
    await asked.get_by_role("button", name="Registrera att frågorna är ställda").click()
    await asked.get_by_role("link", name="Svaren").click()
    await page.get_by_label("Ja", exact=True).check()
    await page.get_by_label("Med deltagarens egna ord").fill(_WORDS)
    await page.get_by_role("button", name="Spara svaren").click()
    await expect(page.get_by_role("status")).to_have_text("Svaren är sparade.")
    await expect(page.get_by_label("Med deltagarens egna ord")).to_have_value(_WORDS)

    await visit.sign_in("Karin Koordinator", f"/arenden/{case}/steg")
    await expect(visit.page.get_by_role("link", name="Svaren")).to_have_count(0)
    await visit.go(f"/arenden/{case}/steg/valdsfragor-erbjudna/svar")
    await expect(visit.page.get_by_role("main")).to_contain_text("Svaren läses bara av den som stödjer deltagaren.")
    assert _WORDS not in await visit.page.content()
    visit.expect_fault(403)


@pytest.mark.parametrize("path", ["steg", "steg/valdsfragor-erbjudna/svar"])
async def test_axe_finds_nothing(visit: Visit, doors: Doors, path: str) -> None:
    case = await _supported(doors)
    await visit.sign_in("Lova Lots", f"/arenden/{case}/{path}")
    assert await faults_of(visit, path) == []
