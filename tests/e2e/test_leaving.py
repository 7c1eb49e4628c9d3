"""In the browser: a lots is away and a colleague stands in; then the lots leaves, and all is handed over."""

from datetime import timedelta
from uuid import UUID

from playwright.async_api import Page, expect

from contracts.codes import Role
from tests.e2e.conftest import Visit
from tests.e2e.test_accessibility import faults_of
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions, reach_samplan
from tests.waiting import until

_SUBMISSIONS = Submissions(2938)
_LEAVING = "/mina-deltagare/overlamna?av=lova"


async def _supported_by_lova(doors: Doors, nth: int) -> tuple[UUID, str]:
    """A case with a plan that lova supports, and its first follow-up, which is the coordinators'."""
    case = await doors.refer(_SUBMISSIONS.next(swedish_day()))
    await reach_samplan(doors, case, nth, swedish_day())
    await doors.post(Role.COORDINATOR, f"/api/planning/cases/{case}/lots", {"lots_id": "lova"})
    owed = await until(
        lambda: doors.get(Role.COORDINATOR, f"/api/followup/cases/{case}/follow-ups"),
        lambda found: bool(found["items"]),
    )
    return case, owed["items"][0]["follow_up_id"]


async def _tick_only(page: Page, *cases: UUID) -> None:
    box = page.get_by_role("checkbox")
    for nth in range(await box.count()):
        value = str(await box.nth(nth).get_attribute("value"))
        await box.nth(nth).set_checked(any(str(each) in value for each in cases))


async def test_a_substitute_stands_in_and_everything_of_who_leaves_is_handed_over(
    visit: Visit, visit_without_scripts: Visit, doors: Doors
) -> None:
    (first, follow_up), (second, _) = await _supported_by_lova(doors, 700), await _supported_by_lova(doors, 701)
    karin, lova = visit, visit_without_scripts
    colleague, page = karin.page, lova.page

    await lova.sign_in("Lova Lots", f"/uppfoljningar/{follow_up}")
    await page.get_by_role("button", name="Gör den till min").click()
    await expect(page.get_by_role("status")).to_have_text("Uppföljningen är din.")
    await lova.go("/uppfoljningar")
    await page.get_by_role("link", name="Frånvaro").click()
    await page.get_by_label("Sista dag").fill(str(swedish_day() + timedelta(days=7)))
    await page.get_by_label("Ersättare (användar-id)").fill("karin")
    await page.get_by_role("button", name="Spara frånvaron").click()
    await expect(page.get_by_role("status")).to_contain_text("Frånvaron är sparad.")
    await karin.sign_in("Karin Koordinator", "/uppfoljningar?roll=mina")
    await colleague.get_by_text("Kommande", exact=True).click()
    await expect(colleague.locator("#upcoming").get_by_text("för lova, borta t.o.m.").first).to_be_visible()
    found = await faults_of(karin, "a list with what one stands in for")
    await karin.go("/uppfoljningar/franvaro")
    found += await faults_of(karin, "who is away")
    await lova.go("/uppfoljningar/franvaro")
    await page.get_by_role("button", name="Spara att lova är åter").click()
    await expect(page.get_by_role("status")).to_contain_text("bara den ordinaries igen")
    await karin.go("/uppfoljningar/kommande?roll=mina")
    await expect(colleague.get_by_text("för lova")).to_have_count(0)

    await karin.go(_LEAVING)
    await colleague.get_by_role("link", name="Det finns också 1 uppföljning att lämna över").click()
    await colleague.get_by_label("Kollegans användar-id").fill("karin")
    found += await faults_of(karin, "the follow-ups of who leaves")
    await colleague.get_by_role("button", name="Erbjud de ikryssade").click()
    await expect(colleague.get_by_role("status")).to_contain_text("1 uppföljning väntar nu på kollegans svar")
    await karin.go("/uppfoljningar?roll=mina")
    await colleague.get_by_role("button", name="Ta över de ikryssade").click()
    await expect(colleague.get_by_role("status").last).to_have_text("Du har tagit över 1 uppföljning.")

    await karin.go(_LEAVING)
    await expect(colleague.get_by_text("inga uppföljningar att lämna över för sig")).to_be_visible()
    await _tick_only(colleague, first, second)
    row = colleague.get_by_role("row").filter(has=colleague.locator(f"a[href='/arenden/{second}/stod']"))
    await row.get_by_label("Annan mottagare").fill("lo-lots")
    await colleague.get_by_label("Kollegans användar-id").fill("karin")
    await colleague.get_by_role("button", name="Erbjud de ikryssade").click()
    await expect(colleague.get_by_role("status")).to_contain_text("2 deltagare väntar nu på kollegans svar")
    await expect(row).to_contain_text("erbjuden till lo-lots")
    await karin.go("/mina-deltagare")
    await _tick_only(colleague, first)
    await colleague.get_by_role("button", name="Ta över de ikryssade").click()
    await expect(colleague.get_by_role("status")).to_have_text("Du har tagit över 1 deltagare.")
    await lova.go("/mina-deltagare/overlamna")
    answers = page.get_by_role("region", name="Svar från kollegor")
    await expect(answers.get_by_role("row").filter(has_text="karin").first).to_contain_text("övertagen")
    await karin.go(_LEAVING)
    found += await faults_of(karin, "what who leaves has, and what was answered")
    assert found == []
