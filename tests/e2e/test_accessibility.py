"""Every page by axe-core, for every role, on a small phone, a phone and a wide screen."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.e2e.conftest import PHONE, WIDE, Visit

AXE = Axe()
ONLY_VIOLATIONS = {"resultTypes": ["violations"]}  # the long lists of what passed are not made
SMALL = 320
CASEWORK = (
    "/",
    "/anmalningar",
    "/anmalningar?state=accepted",
    "/anmalningar?insats=finsam-team&sist=true",
    "/anmalningar/sok",
    "/tider",
    "/anmalningar/ko",
    "/uppfoljningar?roll=lots",
    "/konsultationer",
    "/insatser",
    "/insatser/finsam-team",
    "/insatser/samsip",
    "/rapport/2021",
    "/rapport/2021/aktivitetsplatsen",
    "/nowhere",
)
PAGES = {
    "Karin Koordinator": (
        *CASEWORK,
        "/uppfoljningar?roll=koordinator",
        "/uppfoljningar/kommande?roll=koordinator",
        "/tider?fran=2021-03-01",
        "/anmalningar/utan-remittent",
        "/anmalningar/uppehall",
    ),
    "Lova Lots": CASEWORK,
    "Kim Kansli": CASEWORK,
    "Rut Remittent": (
        "/",
        "/mina-anmalningar",
        "/mina-anmalningar/ny",
        "/mina-anmalningar/fil",
        "/mina-anmalningar/remittenter",
    ),
    "Drift": ("/", "/rapport/2021", "/rapport/2021/psykolog", "/anmalningar", "/nowhere"),
}

OPEN = ("/logga-in", "/anmal-dig")
"""Those that somebody sees who is not signed in."""


async def faults_of(visit: Visit, where: str, looked_at: tuple[int, ...] = (SMALL, WIDE)) -> list[str]:
    """What axe finds at these widths, and each width at which the page scrolls sideways."""
    found = []
    # Whoever has just pressed a button may still be on the way to the next page.
    await visit.page.wait_for_load_state()
    for width in (SMALL, PHONE, WIDE):
        await visit.page.set_viewport_size({"width": width, "height": 800})
        if await visit.page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{where}: wider than {width}")
        if width in looked_at:
            found += [f"{where} at {width}: {each}" for each in await _violations(visit.page)]
    return found


async def _violations(page: Page) -> list[str]:
    run = await AXE.run(page, options=ONLY_VIOLATIONS)
    return [f"{each['id']} {[node['target'] for node in each['nodes']]}" for each in run.response["violations"]]


@pytest.mark.parametrize("name", PAGES)
async def test_axe_finds_nothing(visit_to_played: Visit, name: str) -> None:
    found = []
    await visit_to_played.sign_in(name)
    for path in PAGES[name]:
        await visit_to_played.go(path)
        # The same pages with fewer buttons are looked at once.
        found += await faults_of(visit_to_played, path, (SMALL,) if PAGES[name] is CASEWORK else (SMALL, WIDE))
    assert found == []
    visit_to_played.faults[:] = [
        fault for fault in visit_to_played.faults if not fault.startswith(("404 ", "403 ", "console: Failed to load"))
    ]


@pytest.mark.parametrize("path", OPEN)
async def test_axe_finds_nothing_for_who_is_not_signed_in(visit_to_played: Visit, path: str) -> None:
    await visit_to_played.go(path)
    assert await faults_of(visit_to_played, path) == []


async def test_axe_finds_nothing_in_what_opens(visit_to_played: Visit) -> None:
    page = visit_to_played.page
    await visit_to_played.sign_in("Karin Koordinator", "/anmalningar?state=accepted")
    await page.get_by_role("rowheader").get_by_role("link").first.click()
    await expect(page.get_by_role("heading", level=1)).not_to_have_text("Anmälningar")
    found = await faults_of(visit_to_played, "a timeline")
    for sought in ("soc", "---", "bo"):
        await visit_to_played.go("/anmalningar/sok")
        await page.get_by_role("searchbox", name="Sök person").fill(sought)
        await page.get_by_role("button", name="Sök").click()
        await expect(page.locator("table, .empty, .field-error")).to_have_count(1)
        found += await faults_of(visit_to_played, f"a search for {sought}")
        if sought == "---":
            visit_to_played.expect_fault(422)
    await visit_to_played.go("/uppfoljningar?roll=koordinator")
    await page.get_by_role("button", name="Slutför").first.click()
    await expect(page.get_by_role("button", name="Spara")).to_be_visible()
    found += await faults_of(visit_to_played, "an open form")
    await page.locator("summary").filter(has_text="Kommande").click()
    await expect(page.locator("#upcoming table")).to_be_visible()
    found += await faults_of(visit_to_played, "what is to come")
    await visit_to_played.sign_in("Rut Remittent", "/mina-anmalningar")
    await page.get_by_role("rowheader").get_by_role("link").first.click()
    await expect(page.get_by_role("heading", level=2)).to_have_text("Vad som har hänt")
    found += await faults_of(visit_to_played, "the course of a referral")
    assert found == []
