"""On a phone: the report, until when it is known, a number's cases, and the same numbers in the files."""

import re
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import PHONE, Visit
from tests.exported import assert_in_order, sheet, text_of_pdf

_TABLE = "Deltaganden i alla insatser"


async def _numbers(table: Locator, row: str) -> list[str]:
    """The counts of a row of the page; what is printed beside them is passed over."""
    cells = table.get_by_role("row").filter(has=table.page.get_by_role("rowheader", name=row, exact=True))
    return [re.findall(r"\d+", text)[0] for text in await cells.get_by_role("cell").all_inner_texts()]


async def _saved(page: Page, link: str, name: str, folder: Path) -> bytes:
    """What is downloaded under a name."""
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name=link, exact=True).click()
    download = await downloading.value
    assert download.suggested_filename == name
    saved = folder / name
    await download.save_as(saved)
    return saved.read_bytes()


async def test_the_report_on_a_phone_its_cases_and_its_files(visit_to_played: Visit, tmp_path: Path) -> None:
    page = visit_to_played.page
    await page.set_viewport_size({"width": PHONE, "height": 800})
    await visit_to_played.sign_in("Kim Kansli", "/rapport/2021")
    await expect(page.get_by_text("Känt till och med nu")).to_be_visible()
    table = page.get_by_role("table", name=_TABLE)
    rows = {row: await _numbers(table, row) for row in ("Deltagare", "Påbörjade", "Avslutade")}
    assert all(int(numbers[-1]) > 0 for numbers in rows.values())

    workbook = sheet(await _saved(page, "Hämta som Excel", "rapport-2021.xlsx", tmp_path), "Siffror")
    written = next(place for place, line in enumerate(workbook) if line[0] == _TABLE)
    below = {str(line[0]): line for line in workbook[written : written + 8]}
    for row, numbers in rows.items():
        assert [f"{cell:.0f}" for cell in below[row][1:6] if isinstance(cell, float)] == numbers
    text = text_of_pdf(await _saved(page, "Hämta som PDF", "rapport-2021.pdf", tmp_path))
    assert_in_order(text, [[row, *numbers] for row, numbers in rows.items()])

    await page.locator(".definitions").get_by_role("link", name="Avslutade", exact=True).first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Avslutade 2021")
    await expect(page.locator("dl").get_by_text("Känt till och med")).to_be_visible()
    total = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Totalt", exact=True))
    assert re.findall(r"\d+", await total.inner_text())[0] == rows["Avslutade"][-1]
    await total.get_by_role("link").click()
    await expect(page.locator("#arenden li").first).to_be_visible()


async def test_a_figure_s_chart_is_drawn_and_two_years_stand_beside_each_other(visit_to_played: Visit) -> None:
    page = visit_to_played.page
    await page.emulate_media(color_scheme="dark")
    await visit_to_played.sign_in("Kim Kansli", "/rapport/2021/siffror/started")
    await page.get_by_role("link", name="Utveckling och jämförelse").click()
    await page.get_by_role("link", name="2020", exact=True).last.click()
    chart = page.get_by_role("img", name="Stapeldiagram")
    await chart.evaluate("image => image.decode()")
    assert await chart.evaluate("image => image.naturalWidth") > PHONE
    assert "utseende=dark" in await chart.evaluate("image => image.currentSrc")
    months = page.get_by_role("table", name="Månad för månad")
    await expect(months.get_by_role("row")).to_have_count(13)
    await expect(page.get_by_role("table", name="jämfört med 2020")).to_be_visible()
