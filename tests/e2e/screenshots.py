"""Pictures of the pages, from an installation that runs and on which the demo was played.

``python -m tests.e2e.screenshots http://127.0.0.1:8080 docs/images`` writes the README's picture;
with ``--all`` every page for every role, on a wide screen and on a phone.
"""

import argparse
import asyncio
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

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
    "insatser": "/insatser",
    "insats": "/insatser/finsam-team",
    "rapport": "/rapport/2021",
    "rapport-insats": "/rapport/2021/mia-vidare",
    "finns-inte": "/nowhere",
}
_ALL: Final = {
    **dict.fromkeys(("lova", "kim"), _CASEWORK),
    "karin": {
        **_CASEWORK,
        "tider-2021": "/tider?fran=2021-03-01",
        "ny-tid": "/tider/ny",
        "utan-remittent": "/anmalningar/utan-remittent",
    },
    "rut": {
        "start": "/",
        "mina": "/mina-anmalningar",
        "ny": "/mina-anmalningar/ny",
        "fil": "/mina-anmalningar/fil",
        "remittenter": "/mina-anmalningar/remittenter",
        "anmal-dig": "/anmal-dig",
    },
    "drift": {"start": "/", "rapport": "/rapport/2021", "far-inte": "/anmalningar"},
}


async def take(browser: Browser, base: str, folder: Path, user: str, pages: dict[str, str], width: int) -> None:
    """Signs in as a person of the demo and writes a picture of each page."""
    context = await browser.new_context(viewport={"width": width, "height": 720}, locale="sv-SE")
    page = await context.new_page()
    await page.goto(f"{base}/logga-in")
    await page.locator(f"form:has(input[value={user}]) button").click()
    await page.wait_for_url(f"{base}/")
    for name, path in pages.items():
        await page.goto(f"{base}{path}")
        await page.screenshot(path=folder / f"{name}-{user}-{width}.png")
    await context.close()


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
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
