"""A report on an insats, from the project leader's first word to the office's approval, and the files of both."""

import io
import re

import docx
from playwright.async_api import Page, expect
from pypdf import PdfReader

from tests.e2e.conftest import Visit
from tests.e2e.looking import look_at


async def _faults(page: Page) -> list[str]:
    """What is wrong with the page that is shown, in every width and scheme."""
    return [f"{look.width} {look.scheme}: {each}" for look, found in (await look_at(page)).items() for each in found]


async def _texts_of_the_files(page: Page) -> tuple[str, str]:
    """What the PDF and the DOCX of the report that is shown say, as somebody who is signed in saves them."""
    saved = []
    for name in ("PDF", "Word (DOCX)"):
        async with page.expect_download() as downloading:
            await page.get_by_role("link", name=name, exact=True).click()
        path = await (await downloading.value).path()
        saved.append(path.read_bytes())  # a small file of this test's own
    pdf = " ".join(each.extract_text() for each in PdfReader(io.BytesIO(saved[0])).pages)
    word = docx.Document(io.BytesIO(saved[1]))
    return re.sub(r"\s+", " ", pdf), " ".join(each.text for each in word.paragraphs)


async def test_the_project_leader_writes_and_signs_and_the_office_approves(visit_to_played: Visit) -> None:
    page = visit_to_played.page
    heading = page.get_by_role("heading", level=1)
    await visit_to_played.sign_in("Petra Projektledare", "/projektledare/aktivitetsplatsen")
    await page.get_by_role("link", name="Insatsernas rapporter").click()
    await page.get_by_label("Insats", exact=True).select_option("Aktivitetsplatsen")
    await page.get_by_label("Perioden börjar").fill("2021-01-01")
    await page.get_by_label("Perioden slutar").fill("2021-12-31")
    await page.get_by_role("button", name="Börja rapporten").click()
    await expect(heading).to_have_text("Uppföljning av insats: Aktivitetsplatsen 2021")
    await expect(page.get_by_role("row", name=re.compile("^Anmälda")).first).to_contain_text("228")
    found = await _faults(page)

    await page.get_by_label("Är inflödet av deltagare").fill("Enligt plan, men få från kommunen.")
    await page.get_by_role("button", name="Spara och granska").click()
    await page.get_by_role("link", name="Besvara frågan: Antal projektmedarbetare").click()
    await expect(page).to_have_url(re.compile("#projektmedarbetare$"))
    await expect(page.get_by_label("Är inflödet av deltagare")).to_have_value("Enligt plan, men få från kommunen.")
    for box in await page.get_by_role("textbox", name=re.compile("måste besvaras")).all():
        if not await box.input_value():
            await box.fill("Det har vi gjort.\n\nOch mer därtill.")
    await page.get_by_role("button", name="Spara och granska").click()
    found += await _faults(page)
    await page.get_by_role("button", name="Underteckna rapporten").click()
    await expect(page.get_by_text("Väntar på kansliet")).to_be_visible()
    await expect(page.get_by_text("Petra Projektledare", exact=True).last).to_be_visible()
    await page.get_by_role("link", name="Räkna på nytt ur händelserna").click()
    await expect(page.get_by_text("blir det samma innehåll, tecken för tecken")).to_be_visible()
    petras = await _texts_of_the_files(page)
    signed = page.url.partition("?")[0]
    await page.get_by_role("button", name="Logga ut").click()

    await visit_to_played.sign_in("Kim Kansli", "/rapport/2021")
    await page.get_by_role("link", name="Insatsernas rapporter").click()
    found += await _faults(page)
    await page.get_by_role("link", name=re.compile("Aktivitetsplatsen ?, 2021$")).click()
    await expect(page).to_have_url(signed)
    found += await _faults(page)
    await page.get_by_role("button", name="Godkänn rapporten").click()
    await expect(page.get_by_text("Godkänd", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Återlämna rapporten")).to_have_count(0)
    kims = await _texts_of_the_files(page)

    assert kims == petras
    for text in kims:
        assert "Enligt plan, men få från kommunen." in text
        assert "Uppföljning av insats: Aktivitetsplatsen 2021" in text
        assert "Underskrift: Petra Projektledare" in text
    assert found == []


async def test_two_who_write_at_once_both_see_both_texts_without_scripts(
    visit_without_scripts_to_played: Visit,
) -> None:
    page = visit_without_scripts_to_played.page
    await visit_without_scripts_to_played.sign_in("Petra Projektledare", "/rapporter")
    await page.get_by_label("Insats", exact=True).select_option("Aktivitetsplatsen")
    await page.get_by_label("Perioden börjar").fill("2021-01-01")
    await page.get_by_label("Perioden slutar").fill("2021-06-30")
    await page.get_by_role("button", name="Börja rapporten").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("första halvåret 2021")
    other = await page.context.new_page()
    await other.goto(page.url)
    await other.get_by_label("Övrigt", exact=True).fill("Det andra fönstrets text.")
    await other.get_by_role("button", name="Spara texterna").click()
    await expect(other.get_by_text("Texterna är sparade.")).to_be_visible()

    await page.get_by_label("Övrigt", exact=True).fill("Det första fönstrets text.")
    await page.get_by_role("button", name="Spara texterna").click()
    visit_without_scripts_to_played.expect_fault(409)
    await expect(page.get_by_role("alert").first).to_contain_text("någon annan har sparat en annan text")
    await expect(page.get_by_text("Det andra fönstrets text.")).to_be_visible()
    await expect(page.get_by_label("Övrigt", exact=True)).to_have_value("Det första fönstrets text.")
    await page.get_by_role("button", name="Spara texterna").click()
    await expect(page.get_by_text("Texterna är sparade.")).to_be_visible()
    await expect(page.get_by_label("Övrigt", exact=True)).to_have_value("Det första fönstrets text.")
