"""Pictures of the pages, from an installation that runs and on which the demo was played.

``python -m tests.e2e.screenshots http://127.0.0.1:8080 docs/images`` writes the README's picture;
with ``--all`` every page for every role, on a wide screen and on a phone.
"""

import argparse
import asyncio
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.conftest import ARGUMENTS, CHROMIUM, PHONE, WIDE

_README: Final = {"karin": {"uppfoljningar": "/uppfoljningar?roll=koordinator"}}
_CASEWORK: Final = {
    "start": "/",
    "anmalningar": "/anmalningar",
    "antagna": "/anmalningar?state=accepted",
    "sok": "/anmalningar/sok",
    "tider": "/tider",
    "ko": "/anmalningar/ko",
    "uppfoljningar": "/uppfoljningar",
    "konsultationer": "/konsultationer",
    "aktualiserade": "/konsultationer/aktualiserade",
    "kallelser": "/tider/kallelser",
    "mina-deltagare": "/mina-deltagare",
    "platser": "/tider/platser",
    "grupper": "/tider/grupper?insats=act-kurs",
    "insatser": "/insatser",
    "insats": "/insatser/finsam-team",
    "rapport": "/rapport/2021",
    "siffror": "/rapport/2021/siffror",
    "siffra": "/rapport/2021/siffror/started?sex=woman",
    "rapport-insats": "/rapport/2021/mia-vidare",
    "rapport-projekt": "/rapport/2021/ratt-stod-for-mig",
    "rapport-arbetstraning": "/rapport/2021/arbetstraning",
    "finns-inte": "/nowhere",
}
_ALL: Final = {
    **dict.fromkeys(("lova", "kim"), _CASEWORK),
    "karin": {
        **_CASEWORK,
        "tider-2021": "/tider?fran=2021-03-01",
        "ny-tid": "/tider/ny",
        "ny-leverantor": "/tider/platser/ny",
        "ny-grupp": "/tider/grupper/ny?insats=act-kurs",
        "utan-remittent": "/anmalningar/utan-remittent",
        "aterforda": "/anmalningar/aterforda",
        "overlamna": "/mina-deltagare/overlamna?av=lova",
    },
    "rut": {
        "start": "/",
        "mina": "/mina-anmalningar",
        "att-gora": "/mina-anmalningar/att-gora",
        "ny": "/mina-anmalningar/ny",
        "fil": "/mina-anmalningar/fil",
        "remittenter": "/mina-anmalningar/remittenter",
        "anmal-dig": "/anmal-dig",
    },
    "drift": {"start": "/", "rapport": "/rapport/2021", "far-inte": "/anmalningar"},
    "dag": {"start": "/", "laslogg": "/lasloggen", "tillganglighet": "/tillganglighet", "utseende": "/utseende"},
}


# Of a case with a plan: the first in the list of follow-ups.
_CASE: Final = {"arende": "", "historik": "/historik", "plan": "/plan", "utskrift": "/plan/utskrift"}
_CASEWORKERS: Final = ("karin", "lova", "kim")


async def _signed_in(browser: Browser, base: str, user: str, width: int) -> Page:
    context = await browser.new_context(viewport={"width": width, "height": 720}, locale="sv-SE")
    page = await context.new_page()
    await page.goto(f"{base}/logga-in")
    await page.locator(f"form:has(input[value={user}]) button").click()
    await page.wait_for_url(f"{base}/")
    return page


async def take(browser: Browser, base: str, folder: Path, user: str, pages: dict[str, str], width: int) -> None:
    """Signs in as a person of the demo and writes a picture of each page."""
    page = await _signed_in(browser, base, user, width)
    for name, path in pages.items():
        await page.goto(f"{base}{path}")
        await page.screenshot(path=folder / f"{name}-{user}-{width}.png")
    await page.context.close()


async def take_case(browser: Browser, base: str, folder: Path, user: str, width: int) -> None:
    """The same of the pages of a case."""
    page = await _signed_in(browser, base, user, width)
    await page.goto(f"{base}/uppfoljningar?roll=koordinator")
    case = await page.locator('a[href^="/arenden/"]').first.get_attribute("href")
    for name, place in _CASE.items():
        await page.goto(f"{base}{case}{place}")
        await page.screenshot(path=folder / f"{name}-{user}-{width}.png", full_page=True)
    await page.context.close()


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.screenshots", description=__doc__)
    parser.add_argument("base", help="where the gateway answers")
    parser.add_argument("folder", type=Path, help="where the pictures are written")
    parser.add_argument("--all", action="store_true", help="every page for every role, also on a phone")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for user, pages in (_ALL if chosen.all else _README).items():
            for width in (WIDE, PHONE) if chosen.all else (WIDE,):
                await take(browser, chosen.base, chosen.folder, user, pages, width)
                if chosen.all and user in _CASEWORKERS:
                    await take_case(browser, chosen.base, chosen.folder, user, width)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
