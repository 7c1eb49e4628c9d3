"""In the browser: an employment is decided and ends, a benefit is applied for and granted; with axe on the page."""

from playwright.async_api import expect

from contracts.codes import Role
from tests.e2e.conftest import Visit, until_shown
from tests.e2e.test_accessibility import faults_of
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions
from tests.waiting import until

_SUBMISSIONS = Submissions(2931)


async def test_what_somebody_lives_on_without_scripts(
    visit_without_scripts: Visit, visit: Visit, doors: Doors
) -> None:
    today = swedish_day().isoformat()
    case = await doors.refer(_SUBMISSIONS.next(swedish_day(), insats="samordnat-stod"))
    await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/accept", {})
    await until(
        lambda: doors.get(Role.COORDINATOR, f"/api/planning/cases/{case}"), lambda seen: seen["stage"] == "accepted"
    )
    plain = visit_without_scripts.page
    await visit_without_scripts.sign_in("Karin Koordinator", f"/arenden/{case}")
    await plain.get_by_role("link", name="Anställning och ersättning").click()
    await plain.locator("summary").filter(has_text="Registrera en anställning").click()
    form = plain.locator("#anstallning")
    await form.get_by_label("Från och med").fill(today)
    await form.get_by_label("Stöd i arbetet").select_option("nystartsjobb")
    await form.get_by_label("Till och med (tomt utan slutdag)").fill("2021-01-01")
    await form.get_by_role("button", name="Registrera anställningen").click()
    await expect(form.locator(".field-error")).to_have_text("Anställningen slutar före sin första dag.")
    visit_without_scripts.expect_fault(422)
    await form.get_by_label("Till och med (tomt utan slutdag)").fill("")
    await form.get_by_role("button", name="Registrera anställningen").click()
    await expect(plain.get_by_role("status")).to_have_text("Anställningen är registrerad.")
    await expect(plain.get_by_role("main")).to_contain_text("nystartsjobb")

    page = visit.page
    await visit.sign_in("Karin Koordinator", f"/arenden/{case}/forsorjning")
    await page.locator("summary").filter(has_text="Har upphört").click()
    found = await faults_of(visit, "an employment that ends")
    await page.get_by_label("Varför?").select_option("studier")
    await page.get_by_role("button", name="Registrera slutet").click()
    await expect(page.get_by_role("main")).to_contain_text("har upphört")
    for status in ("sökt", "beviljad"):
        await page.locator("summary").filter(has_text="Registrera en ersättning").click()
        await page.get_by_label("Ersättning", exact=True).select_option("sjukersättning")
        await page.get_by_label("Sökt, beviljad eller avslagen").select_option(status)
        await page.get_by_role("button", name="Registrera beslutet").click()
        await expect(page.get_by_role("row", name="Sjukersättning").filter(has_text=status)).to_be_visible()
    found += await faults_of(visit, "employments and benefits")
    assert found == []

    await visit.go_once_known(f"/arenden/{case}/historik")
    await until_shown(page, "Sjukersättning beviljad.")
    await expect(page.get_by_role("main")).to_contain_text("Anställningen upphörde.")
