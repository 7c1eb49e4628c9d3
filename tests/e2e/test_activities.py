"""In the browser: a supplier's last place is taken by an activity, which waits and ends; with axe on each page."""

from uuid import UUID

from playwright.async_api import expect

from contracts.codes import Role
from tests.e2e.conftest import Visit
from tests.e2e.test_accessibility import faults_of
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions
from tests.waiting import until

_SUBMISSIONS = Submissions(2904)


async def _planned(doors: Doors) -> UUID:
    """A case of Aktivitetsplatsen that has just been accepted, with work training planned."""
    case = await doors.refer(_SUBMISSIONS.next(swedish_day(), insats="aktivitetsplatsen"))
    await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/accept", {})
    await until(
        lambda: doors.get(Role.COORDINATOR, f"/api/planning/cases/{case}"), lambda seen: seen["stage"] == "accepted"
    )
    planned = [{"responsible": "kommun", "kind": "work_training"}]
    await doors.post(Role.COORDINATOR, f"/api/planning/cases/{case}/samplan", {"activities": planned})
    await until(
        lambda: doors.get(Role.COORDINATOR, f"/api/reporting/cases/{case}/events"), lambda seen: bool(seen["events"])
    )
    return case


async def test_the_last_place_is_taken_and_free_again_without_scripts(
    visit_without_scripts: Visit, visit: Visit, doors: Doors
) -> None:
    plain, page = visit_without_scripts.page, visit.page
    await visit_without_scripts.sign_in("Karin Koordinator", "/tider/platser")
    await plain.get_by_role("link", name="Lägg upp en leverantör").click()
    await plain.get_by_label("Leverantör").fill("Hönsgården Åby")
    await plain.get_by_role("button", name="Spara platserna").click()
    await expect(plain.get_by_role("status")).to_have_text("Platserna är sparade.")
    row = plain.get_by_role("row", name="Hönsgården Åby")
    await expect(row).to_contain_text("i dag")

    case = await _planned(doors)
    await visit.sign_in("Karin Koordinator", f"/arenden/{case}")
    await page.get_by_role("link", name="Aktiviteter").click()
    found = await faults_of(visit, "the activities of a plan")
    await page.locator("summary").filter(has_text="Har börjat").click()
    await page.get_by_label("Plats", exact=True).select_option("Hönsgården Åby: 1 ledig")
    found += await faults_of(visit, "an activity that begins")
    await page.get_by_role("button", name="Registrera starten").click()
    await expect(page.get_by_role("status")).to_have_text("Det är registrerat att aktiviteten har börjat.")
    await expect(page.get_by_role("main")).to_contain_text("hos Hönsgården Åby")

    await visit_without_scripts.go("/tider/platser")
    await expect(row).to_contain_text("fullt")
    other = await _planned(doors)
    await visit_without_scripts.go(f"/arenden/{other}/aktiviteter")
    await plain.locator("summary").filter(has_text="Har börjat").click()
    await plain.get_by_label("Plats", exact=True).select_option("Hönsgården Åby: inga lediga")
    await plain.get_by_role("button", name="Registrera starten").click()
    await expect(plain.get_by_role("alert")).to_contain_text("Alla platser hos Hönsgården Åby är upptagna")
    visit_without_scripts.expect_fault(409)

    await page.locator("summary").filter(has_text="Väntar på något").click()
    await page.get_by_label("Varför?").first.select_option("arbetshjälpmedel saknas")
    await page.get_by_role("button", name="Registrera väntan").click()
    await expect(page.get_by_role("main")).to_contain_text("arbetshjälpmedel saknas, sedan")
    found += await faults_of(visit, "an activity that waits")
    await page.locator("summary").filter(has_text="Genomförd").first.click()
    await page.get_by_label("Hur mycket?").select_option("helt")
    await page.get_by_role("button", name="Registrera som genomförd").click()
    await expect(page.get_by_role("main")).to_contain_text("helt genomförd")
    await visit_without_scripts.go("/tider/platser")
    await expect(row).to_contain_text("i dag")
    await visit.go("/tider/platser")
    found += await faults_of(visit, "places")
    assert found == []
