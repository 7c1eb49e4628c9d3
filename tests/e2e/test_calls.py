"""In the browser: parties are called to a SIP from a case, come, make a plan, and close it; with axe on each page."""

from collections.abc import Mapping
from uuid import UUID

from playwright.async_api import Page, expect

from contracts.codes import Role
from tests.e2e.conftest import Visit
from tests.e2e.test_accessibility import faults_of
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions
from tests.waiting import until

_SUBMISSIONS = Submissions(2203)


async def _accepted(doors: Doors) -> UUID:
    """A case of MIA Vidare, which uses SamSIP."""
    case = await doors.refer(_SUBMISSIONS.next(swedish_day(), insats="mia-vidare"))
    await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/accept", {})
    await until(
        lambda: doors.get(Role.COORDINATOR, f"/api/planning/cases/{case}"), lambda seen: seen["stage"] == "accepted"
    )
    await until(
        lambda: doors.get(Role.COORDINATOR, f"/api/reporting/cases/{case}/events"), lambda seen: bool(seen["events"])
    )
    return case


async def _check(page: Page, groups: Mapping[str, tuple[str, ...]]) -> None:
    for legend, labels in groups.items():
        for label in labels:
            await page.get_by_role("group", name=legend).get_by_label(label).check()


async def test_parties_are_called_come_make_a_plan_and_close_it(
    visit_without_scripts: Visit, visit: Visit, doors: Doors
) -> None:
    case = await _accepted(doors)
    plain, page = visit_without_scripts, visit.page
    await visit.sign_in("Karin Koordinator", f"/arenden/{case}")
    await page.get_by_role("link", name="SamSIP: kallelse och plan").click()
    found = await faults_of(visit, "a call to be made")
    await _check(
        page,
        {
            "Vilka kallas?": ("regionen", "Försäkringskassan"),
            "Bjuds någon mer in?": ("anhörig",),
            "Vilka samtycker personen till?": ("regionen",),
        },
    )
    await page.get_by_label("Mötet hålls").fill(swedish_day().isoformat())
    await page.get_by_role("button", name="Kalla", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("saknas till att kalla Försäkringskassan och anhörig")
    visit.expect_fault(422)
    found += await faults_of(visit, "a call refused")
    await _check(page, {"Vilka samtycker personen till?": ("Försäkringskassan", "anhörig")})
    await page.get_by_role("button", name="Kalla", exact=True).click()
    await expect(page.get_by_role("status")).to_have_text("Kallelsen är registrerad.")
    found += await faults_of(visit, "a call")

    await plain.sign_in("Lova Lots", "/tider/kallelser")
    await plain.page.locator(f"a[href='/tider/kallelser/{case}']").first.click()
    await _check(plain.page, {"Vilka kom?": ("regionen",)})
    await plain.page.get_by_label("Aktivitet 1", exact=True).select_option("kontakt med vården")
    await plain.page.get_by_label("Ansvarig för aktivitet 1").select_option("regionen")
    await plain.page.get_by_role("button", name="Registrera mötet").click()
    await expect(plain.page.get_by_role("status")).to_have_text("Mötet är registrerat.")
    await expect(plain.page.locator("dl.facts").last).to_contain_text("kontakt med vården: regionen")

    await visit.go(f"/tider/kallelser/{case}")
    found += await faults_of(visit, "a plan, and a party that is awaited")
    await visit.go("/tider/kallelser")
    found += await faults_of(visit, "the lists of calls")
    await visit.go(f"/tider/kallelser/{case}")
    await page.get_by_role("button", name="Registrera återkallat samtycke").click()
    await expect(page.get_by_role("status")).to_contain_text("samtycket är återkallat")
    assert found == []
