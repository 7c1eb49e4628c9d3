"""From a number of the report to the cases behind it, as it is known now and as it was known on a day."""

import re

from playwright.async_api import Page, expect

from tests.e2e.conftest import Visit


async def _total(page: Page) -> int:
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Totalt", exact=True))
    return int(re.findall(r"\d+", await row.get_by_role("cell").last.inner_text())[0])


async def test_a_number_is_opened_to_its_cases_and_as_it_was_known_in_june(visit_to_played: Visit) -> None:
    page = visit_to_played.page
    await visit_to_played.sign_in("Kim Kansli", "/rapport/2021")
    await page.locator(".definitions").get_by_role("link", name="Påbörjade", exact=True).first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Påbörjade 2021")
    whole = await _total(page)
    assert whole > 0
    women = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Kvinnor", exact=True)).first
    await expect(page.locator("#arenden li")).to_have_count(0)
    number = women.get_by_role("link")
    count = int(re.findall(r"\d+", await number.inner_text())[0])
    await number.click()
    await expect(page.locator("#arenden-rubrik")).to_contain_text("Kvinnor")
    # One start a case; a page has two hundred.
    listed = await page.locator("#arenden li").count()
    while await (more := page.locator("#arenden").get_by_role("link", name="Visa fler")).count():
        await more.click()
        await page.wait_for_load_state()
        listed += await page.locator("#arenden li").count()
    assert listed == count
    await page.locator("#arenden li a").first.click()
    await expect(page).to_have_url(re.compile("/arenden/[0-9a-f-]+/historik$"))

    await visit_to_played.go("/rapport/2021/siffror/started")
    await page.get_by_label("Som det var känt den dagen").fill("2021-06-30")
    await page.get_by_role("button", name="Räkna som då").click()
    await expect(page.get_by_text("senare registreringar och rättelser räknas inte")).to_be_visible()
    assert 0 < await _total(page) < whole


async def test_operations_sees_the_number_and_no_case(visit_to_played: Visit) -> None:
    page = visit_to_played.page
    await visit_to_played.sign_in("Drift", "/rapport/2021/siffror/started")
    assert await _total(page) > 0
    await expect(page.locator("#arenden li")).to_have_count(0)
    await expect(
        page.get_by_text("Ärendena visas för koordinatorer, lotsar, kansliet och insatsens projektledare.")
    ).to_be_visible()


async def test_all_figures_are_listed_and_lead_to_their_pages_without_scripts(
    visit_without_scripts_to_played: Visit,
) -> None:
    page = visit_without_scripts_to_played.page
    await visit_without_scripts_to_played.sign_in("Karin Koordinator", "/rapport/2021/siffror")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Siffror 2021")
    assert await page.get_by_role("row").count() > 60
    await page.get_by_role("main").get_by_role("link", name="Konsultationer", exact=True).click()
    await expect(page.get_by_text("Siffran räknar inte enskilda deltagares ärenden.")).to_be_visible()
