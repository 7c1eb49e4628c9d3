"""From the report to how people came through: an account that balances, cohorts, and the need that was not met."""

import re

from playwright.async_api import Page, expect

from tests.e2e.conftest import PHONE, Visit


async def _numbers(page: Page, caption: str, row: str) -> list[int]:
    table = page.get_by_role("table", name=caption)
    found = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name=row, exact=True))
    return [int(re.findall(r"\d+", text)[0]) for text in await found.get_by_role("cell").all_inner_texts()]


async def test_the_account_balances_in_every_column_and_a_number_opens_its_cases(visit_to_played: Visit) -> None:
    page = visit_to_played.page
    await visit_to_played.sign_in("Kim Kansli", "/rapport/2021")
    await page.get_by_role("link", name="Flöde", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Flöde 2021")
    referrals, stays = "Från anmälan till start", "Från start till avslut"
    came = await _numbers(page, referrals, "Tillsammans: kom in")
    assert came == await _numbers(page, referrals, "Tillsammans: vad det blev av dem")
    assert came[-1] > 0
    assert await _numbers(page, stays, "Tillsammans: deltog") == await _numbers(
        page, stays, "Tillsammans: vad det blev av dem"
    )
    await expect(page.get_by_role("img")).to_have_count(2)

    table = page.get_by_role("table", name=referrals)
    waiting = table.get_by_role("row").filter(has_text="Väntar på svar vid periodens slut")
    number = waiting.get_by_role("link").last
    count = int(re.findall(r"\d+", await number.inner_text())[0])
    await number.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Väntar på svar 2021")
    await expect(page.locator("#arenden li")).to_have_count(count)


async def test_an_insats_has_its_own_account_as_it_was_known_on_a_day(visit_to_played: Visit) -> None:
    page = visit_to_played.page
    await visit_to_played.sign_in("Karin Koordinator", "/rapport/2021/flode?kand=2021-06-30")
    insatser = page.get_by_role("table", name="Insatserna: från anmälan till start")
    await insatser.get_by_role("link", name="FINSAM-team", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("FINSAM-team: flöde 2021")
    await expect(page.get_by_text("senare registreringar och rättelser räknas inte")).to_be_visible()
    known = await _numbers(page, "Från anmälan till start", "Anmälda under perioden")
    await visit_to_played.go("/rapport/2021/flode/finsam-team")
    assert known[-1] < (await _numbers(page, "Från anmälan till start", "Anmälda under perioden"))[-1]


async def test_cohorts_show_a_month_when_all_are_old_enough(visit_without_scripts_to_played: Visit) -> None:
    page = visit_without_scripts_to_played.page
    await visit_without_scripts_to_played.sign_in("Kim Kansli", "/rapport/2021-h1/kohorter?kand=2021-12-31")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Kohorter första halvåret 2021")
    table = page.get_by_role("table", name="Månader efter starten: alla", exact=True)
    rows = [row.split("\t") for row in (await table.get_by_role("row").all_inner_texts())[1:]]
    shown = [row for row in rows if row[-1] == rows[0][-1]]
    assert 0 < len(shown) < len(rows), "who started in June 2021 has reached six months in December"
    assert shown == [row for row in rows if row[1] != "–"] == rows[: len(shown)]
    by_sex = page.get_by_role("table", name="Avslutade, månader efter starten", exact=True)
    await expect(by_sex.get_by_role("row")).to_have_count(1 + len(shown))
    await expect(page.get_by_role("img").first).to_be_visible()


async def test_the_need_that_was_not_met_is_read_on_a_phone(visit_to_played: Visit) -> None:
    page = visit_to_played.page
    await page.set_viewport_size({"width": PHONE, "height": 800})
    await visit_to_played.sign_in("Drift", "/rapport/2021")
    await page.get_by_role("link", name="Behov som inte möttes").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Behov som inte möttes 2021")
    await expect(page.get_by_role("heading", name="Det här säger ingen händelse")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE
