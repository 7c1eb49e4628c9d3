"""In the browser: a group is declared, its last seat given, a reserve waits, a session is attended in one post, and
a drop-out frees the seat; with axe on each page."""

from uuid import UUID

from playwright.async_api import expect

from contracts.codes import Role
from tests.e2e.conftest import Visit
from tests.e2e.test_accessibility import faults_of
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions
from tests.waiting import until

_SUBMISSIONS = Submissions(2912)
_INSATS = "aktivitetsplatsen"


async def _accepted(doors: Doors) -> UUID:
    """A case of Aktivitetsplatsen that has just been accepted."""
    case = await doors.refer(_SUBMISSIONS.next(swedish_day(), insats=_INSATS))
    await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/accept", {})
    await until(
        lambda: doors.get(Role.COORDINATOR, f"/api/planning/cases/{case}"), lambda seen: seen["stage"] == "accepted"
    )
    return case


async def test_a_group_from_its_declaration_to_a_freed_seat(
    visit_without_scripts: Visit, visit: Visit, doors: Doors
) -> None:
    plain, page = visit_without_scripts.page, visit.page
    today = swedish_day()
    await visit_without_scripts.sign_in("Karin Koordinator", f"/tider/grupper?insats={_INSATS}")
    await plain.get_by_role("link", name="Lägg upp en grupp").click()
    await plain.get_by_label("Namn", exact=True).fill("Gruppen ett 1")
    await plain.get_by_label("Platser", exact=True).fill("1")
    await plain.get_by_label("Första träffen").fill(today.isoformat())
    await plain.get_by_role("button", name="Spara gruppen").click()
    await expect(plain.get_by_label("Namn", exact=True)).to_have_attribute("aria-invalid", "true")
    visit_without_scripts.expect_fault(422)
    await plain.get_by_label("Namn", exact=True).fill("Hönsgruppen Åby")
    await plain.get_by_label("måndag").check()
    await plain.get_by_label(_weekday(today.isoweekday())).check()
    await plain.get_by_role("button", name="Spara gruppen").click()
    await expect(plain.get_by_role("status")).to_have_text("Gruppen är sparad.")

    one, two = await _accepted(doors), await _accepted(doors)
    await visit.sign_in("Karin Koordinator", f"/arenden/{one}")
    await page.get_by_role("link", name="Grupp", exact=True).click()
    found = await faults_of(visit, "a case's groups")
    group = page.locator(".card").filter(has=page.get_by_role("heading", name="Hönsgruppen Åby"))
    await group.get_by_role("button", name="Ge plats").click()
    await expect(page.get_by_role("status")).to_have_text("Deltagaren har fått plats i gruppen.")

    await visit_without_scripts.go(f"/arenden/{two}/grupp")
    full = plain.locator(".card").filter(has=plain.get_by_role("heading", name="Hönsgruppen Åby"))
    await full.get_by_role("button", name="Ge plats").click()
    await expect(plain.get_by_role("alert")).to_contain_text("Gruppen är full")
    visit_without_scripts.expect_fault(409)
    await full.get_by_role("button", name="Sätt på reservlistan").click()
    await expect(plain.get_by_role("heading", name="På reservlistan")).to_be_visible()

    await page.get_by_role("link", name="Hönsgruppen Åby", exact=True).click()
    found += await faults_of(visit, "a group")
    await page.get_by_role("button", name="Träffen är hållen").click()
    await expect(page.get_by_role("status")).to_have_text("Träffen och närvaron är registrerade.")
    await expect(page.get_by_role("row").filter(has_text="1 av 1")).to_be_visible()
    await page.get_by_role("checkbox").uncheck()
    await page.get_by_role("button", name="Ändra närvaron").click()
    await expect(page.get_by_role("row").filter(has_text="0 av 1")).to_be_visible()
    await page.locator("summary").filter(has_text="Avsluta platsen").click()
    await page.get_by_label("Hur gick det?").select_option("hoppade av")
    found += await faults_of(visit, "a seat that ends")
    await page.get_by_role("button", name="Avsluta platsen").click()
    await expect(page.get_by_role("status")).to_have_text("Platsen är avslutad.")
    await expect(page.get_by_text("Först på reservlistan")).to_be_visible()
    await visit.go(f"/tider/grupper?insats={_INSATS}&manad={today}")
    found += await faults_of(visit, "the calendar of groups")
    await visit.go(f"/tider/grupper/ny?insats={_INSATS}")
    found += await faults_of(visit, "the form of a group")
    assert found == []


def _weekday(number: int) -> str:
    return ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")[number - 1]
