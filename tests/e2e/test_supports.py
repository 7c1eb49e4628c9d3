"""In the browser: a lots is assigned, asks a colleague, and the colleague takes over; with axe on each page."""

from uuid import UUID

from playwright.async_api import expect

from contracts.codes import Role
from tests.e2e.conftest import Visit
from tests.e2e.test_accessibility import faults_of
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions, reach_meeting
from tests.waiting import until

_SUBMISSIONS = Submissions(2611)


async def _met(doors: Doors, nth: int) -> UUID:
    """A case of FINSAM-team whose team meeting has been held."""
    case = await doors.refer(_SUBMISSIONS.next(swedish_day()))
    await reach_meeting(doors, case, nth, swedish_day())
    await until(
        lambda: doors.get(Role.COORDINATOR, f"/api/reporting/cases/{case}/events"), lambda seen: bool(seen["events"])
    )
    return case


async def test_a_lots_is_assigned_and_hands_over_to_a_colleague_who_accepts(
    visit: Visit, visit_without_scripts: Visit, doors: Doors
) -> None:
    case, other = await _met(doors, 400), await _met(doors, 401)
    karin, lova = visit, visit_without_scripts
    colleague, page = karin.page, lova.page
    await karin.sign_in("Karin Koordinator", f"/arenden/{case}")
    await colleague.get_by_role("link", name="Stöd och överlämning").click()
    found = await faults_of(karin, "a case that nobody supports")
    for each in (case, other):
        await karin.go(f"/arenden/{each}/stod")
        await colleague.get_by_label("Användar-id").fill("lova")
        await colleague.get_by_role("button", name="Utse").click()
        await expect(colleague.get_by_role("status")).to_have_text("Stödpersonen är utsedd.")
    await expect(colleague.get_by_role("heading", name="Lots: lova")).to_be_visible()
    found += await faults_of(karin, "a case that somebody supports")

    await lova.sign_in("Lova Lots", "/mina-deltagare")
    mine = page.get_by_role("region", name="Deltagare som jag stödjer")
    await mine.locator(f"a[href='/arenden/{case}/stod']").click()
    await page.get_by_label("Kollegans användar-id").fill("Karin Koordinator")
    await page.get_by_role("button", name="Fråga kollegan").click()
    await expect(page.locator(".field-error")).to_contain_text("Skriv användar-id")
    lova.expect_fault(422)
    await page.get_by_label("Kollegans användar-id").fill("karin")
    await page.get_by_role("button", name="Fråga kollegan").click()
    await expect(page.get_by_role("status")).to_contain_text("Stödet ligger kvar där det är")
    await lova.go("/mina-deltagare/overlamna")
    box = page.get_by_role("checkbox")
    for nth in range(await box.count()):
        await box.nth(nth).set_checked(str(other) in str(await box.nth(nth).get_attribute("value")))
    await page.get_by_label("Kollegans användar-id").fill("karin")
    await page.get_by_role("button", name="Erbjud de ikryssade").click()
    await expect(page.get_by_role("status")).to_contain_text("1 deltagare väntar nu på kollegans svar")

    await karin.go("/mina-deltagare")
    await expect(colleague.get_by_role("heading", name="Väntar på ditt svar")).to_be_visible()
    found += await faults_of(karin, "what waits for an answer")
    await karin.go(f"/arenden/{other}/stod")
    found += await faults_of(karin, "an offer to answer")
    await colleague.get_by_label("Orsak om du avböjer").select_option("en annan kompetens behövs")
    await colleague.get_by_role("button", name="Avböj").click()
    await expect(colleague.get_by_role("status")).to_contain_text("Du har avböjt")
    await karin.go("/mina-deltagare")
    await colleague.get_by_role("button", name="Ta över de ikryssade").click()
    await expect(colleague.get_by_role("status")).to_have_text("Du har tagit över 1 deltagare.")
    taken = colleague.get_by_role("region", name="Deltagare som jag stödjer")
    await expect(taken.locator(f"a[href='/arenden/{case}/stod']")).to_be_visible()
    found += await faults_of(karin, "one's participants, and everybody's number")
    await lova.go("/mina-deltagare")
    await expect(mine.locator(f"a[href='/arenden/{case}/stod']")).to_have_count(0)
    await expect(mine.locator(f"a[href='/arenden/{other}/stod']")).to_have_count(1)
    await lova.go("/mina-deltagare/overlamna")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Lämna över deltagare")
    await karin.go("/mina-deltagare/overlamna?av=lova")
    found += await faults_of(karin, "what one who leaves has")
    assert found == []
