"""A report is frozen, comes again as it was, and what has changed since is found down to the events."""

import re

from playwright.async_api import expect

from tests.e2e.conftest import Visit


async def test_the_office_freezes_a_period_and_sees_what_has_changed_since(visit_to_played: Visit) -> None:
    page = visit_to_played.page
    await visit_to_played.sign_in("Kim Kansli", "/rapport/2021")
    await page.get_by_text("Annan period").click()
    await page.get_by_role("link", name="Första kvartalet 2021").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Rapport första kvartalet 2021")
    await page.get_by_role("link", name="Frysta rapporter").click()
    await page.get_by_label("Perioden börjar").fill("2021-01-01")
    await page.get_by_label("Perioden slutar").fill("2021-03-31")
    await page.get_by_label("Känt till och med").fill("2021-02-14")
    await page.get_by_role("button", name="Frys rapporten").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Fryst rapport första kvartalet 2021")
    await expect(page.get_by_text("perioden var inte slut då")).to_be_visible()
    await page.get_by_role("link", name="Räkna på nytt ur händelserna").click()
    await expect(page.get_by_text("blir det samma innehåll, tecken för tecken")).to_be_visible()

    why = page.get_by_role("link", name="Varför Påbörjade, totalt", exact=True)
    changed = page.get_by_role("row").filter(has=why)
    then, now = (int(text) for text in re.findall(r"\d+", await changed.inner_text()))
    assert then < now
    await why.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Påbörjade första kvartalet 2021")
    await expect(page.get_by_role("heading", name="Räknas nu, men räknades inte då")).to_be_visible()
    await page.locator("article.card a").first.click()
    await expect(page).to_have_url(re.compile("/arenden/[0-9a-f-]+/historik$"))


async def test_a_day_that_is_not_over_is_refused_with_what_to_do(visit_without_scripts_to_played: Visit) -> None:
    page = visit_without_scripts_to_played.page
    await visit_without_scripts_to_played.sign_in("Kim Kansli", "/rapport/frysta")
    await page.get_by_label("Perioden börjar").fill("2021-01-01")
    await page.get_by_label("Perioden slutar").fill("2021-06-30")
    await page.get_by_label("Känt till och med").evaluate("field => { field.max = ''; field.value = '2030-01-01' }")
    await page.get_by_role("button", name="Frys rapporten").click()
    await expect(page.get_by_role("alert")).to_contain_text("Ange en dag som är slut")
    await expect(page.get_by_label("Perioden slutar")).to_have_value("2021-06-30")
    visit_without_scripts_to_played.expect_fault(422)
