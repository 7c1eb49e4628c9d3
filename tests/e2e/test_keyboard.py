"""The main pages with the Tab key alone, enlarged to 200 and 400 percent, printed, and in the chosen scheme."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import WIDE, Visit
from tests.e2e.looking import look_at

_PAGES = (
    ("Karin Koordinator", "/"),
    ("Karin Koordinator", "/anmalningar"),
    ("Karin Koordinator", "/uppfoljningar?roll=koordinator"),
    ("Rut Remittent", "/mina-anmalningar/ny"),
    ("Dag Dataskydd", "/lasloggen"),
)
_LEAST_CONTRAST = 3  # WCAG 2.1, 1.4.11: what shows the focus contrasts at least 3:1 with what is beside it

# Of siblings that are built alike two stay: a list of a hundred rows is a hundred times the same way through.
_FEWER_ALIKE = """() => {
  const built = (each) => `${each.tagName}.${each.className}(${[...each.children].map(built)})`;
  for (const list of document.querySelectorAll("tbody, ul, ol, dl")) {
    const seen = new Map();
    for (const child of [...list.children]) {
      const kind = built(child);
      seen.set(kind, (seen.get(kind) || 0) + 1);
      if (seen.get(kind) > 2) child.remove();
    }
  }
}"""

# What the Tab key shall reach, in the document's order; of a group of radio buttons one.
_REACHABLE = """() => {
  const groups = new Set();
  return [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter((each) => !each.disabled && each.type !== "hidden" && each.checkVisibility({ visibilityProperty: true }))
    .filter((each) => {
      if (each.type !== "radio") return true;
      const group = [...document.getElementsByName(each.name)].filter((other) => other.form === each.form);
      const chosen = group.find((other) => other.checked);
      return each === (chosen || group[0]);
    })
    .map((each, nth) => { each.dataset.nth = nth; return nth; });
}"""

_FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const numbers = (colour) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((each) => each / 255)
      .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let ground = at.parentElement;
  while (ground && numbers(getComputedStyle(ground).backgroundColor)[3] < 255) ground = ground.parentElement;
  const behind = getComputedStyle(ground || document.body).backgroundColor;
  const style = getComputedStyle(at);
  const [a, b] = [light(style.outlineColor), light(behind)].sort((one, other) => other - one);
  const box = at.getBoundingClientRect();
  return {
    nth: Number(at.dataset.nth ?? -1),
    what: at.outerHTML.slice(0, 90),
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    contrast: (a + 0.05) / (b + 0.05),
    seen: box.bottom > 0 && box.top < innerHeight && box.width > 0 && box.height > 0,
  };
}"""

# The text that one width shows and another does not; a heading of a table in cards stands beside each cell instead.
_TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const { parentElement, data } = walker.currentNode;
    if (!data.trim() || !parentElement.checkVisibility() || parentElement.closest("table.stack thead")) continue;
    texts.push(data.trim());
  }
  return texts;
}"""


async def _walk(page: Page) -> list[dict[str, Any]]:
    """Each stop of the Tab key from the top of the page, until it leaves the page or comes round."""
    stops: list[dict[str, Any]] = []
    for _ in range(300):
        await page.keyboard.press("Tab")
        stop = await page.evaluate(_FOCUSED)
        if stop is None or (stops and stop["nth"] == stops[0]["nth"]):
            return stops
        # The parts of a date are stops within one field.
        if not stops or stop["nth"] != stops[-1]["nth"]:
            stops.append(stop)
    raise AssertionError(f"never out of the page: {stops[-3:]}")


@pytest.mark.parametrize(("name", "path"), _PAGES)
async def test_the_tab_key_goes_through_the_page(visit_to_played: Visit, name: str, path: str) -> None:
    page = visit_to_played.page
    await visit_to_played.sign_in(name, path)
    await page.goto(page.url)
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Hoppa till innehållet")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.goto(f"{visit_to_played.base}{path}")
        await page.evaluate(_FEWER_ALIKE)
        reachable = await page.evaluate(_REACHABLE)
        stops = await _walk(page)
        assert [stop["nth"] for stop in stops] == reachable
        assert [stop for stop in stops if stop["outline"] < 2 or not stop["seen"]] == []
        assert [stop for stop in stops if stop["contrast"] < _LEAST_CONTRAST] == []


@pytest.mark.parametrize(("name", "path"), _PAGES)
async def test_nothing_is_lost_when_the_page_is_enlarged(visit_to_played: Visit, name: str, path: str) -> None:
    page = visit_to_played.page
    await visit_to_played.sign_in(name, path)
    await page.wait_for_load_state()
    shown = await page.evaluate(_TEXTS)
    for percent in (200, 400):
        await page.set_viewport_size({"width": WIDE * 100 // percent, "height": 1024 * 100 // percent})
        assert sorted(await page.evaluate(_TEXTS)) == sorted(shown)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        heads = await page.locator("table.stack thead th").count()
        assert not heads or await page.locator("table.stack tbody td[data-label]").count()


async def test_a_refused_form_takes_the_focus_to_what_is_wrong(visit_to_played: Visit) -> None:
    page = visit_to_played.page
    await visit_to_played.sign_in("Dag Dataskydd", "/lasloggen")
    await page.get_by_label("Person: ärendenummer eller beteckning").fill("Exempelsson")
    await page.get_by_role("button", name="Visa").click()
    await expect(page.get_by_role("alert").first).to_be_focused()
    field = page.get_by_label("Person: ärendenummer eller beteckning")
    await expect(field).to_have_accessible_description(re.compile("Inget ärende har det ärendenumret"))
    visit_to_played.expect_fault(422)
    assert not [each for found in (await look_at(page)).values() for each in found]


async def test_the_scheme_follows_the_device_until_somebody_chooses(visit_without_scripts_to_played: Visit) -> None:
    visit = visit_without_scripts_to_played
    page = visit.page
    await visit.sign_in("Kim Kansli", "/insatser")
    ground = "getComputedStyle(document.body).backgroundColor"
    await page.emulate_media(color_scheme="dark")
    dark = await page.evaluate(ground)
    await page.emulate_media(color_scheme="light")
    light = await page.evaluate(ground)
    assert dark != light
    await page.get_by_role("link", name="Ljust eller mörkt").click()
    await page.get_by_label("Alltid mörkt").check()
    await page.get_by_role("button", name="Spara").click()
    await expect(page).to_have_url(re.compile("/insatser$"))
    assert await page.evaluate(ground) == dark
    await page.emulate_media(color_scheme="dark", media="print")
    assert await page.evaluate(ground) == "rgb(255, 255, 255)"
    assert await page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(23, 23, 23)"
    await page.emulate_media(color_scheme="light", media="screen")
    await visit.go("/utseende?till=//example.org/")
    await expect(page.get_by_role("link", name="Tillbaka")).to_have_attribute("href", "/")
    await page.get_by_label("Som enheten").check()
    await page.get_by_role("button", name="Spara").click()
    assert await page.evaluate(ground) == light


@pytest.mark.parametrize("path", ["/", "/logga-in", "/anmal-dig", "/nowhere"])
async def test_every_page_leads_to_the_statement(visit_to_played: Visit, path: str) -> None:
    page = visit_to_played.page
    await visit_to_played.go(path)
    await page.get_by_role("contentinfo").get_by_role("link", name="Tillgänglighet").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tillgänglighet för Samspel")
    await expect(page.get_by_role("link", name="anmäla det till Digg")).to_have_attribute(
        "href", "https://www.digg.se/tdosanmalan"
    )
    if path == "/nowhere":
        visit_to_played.expect_fault(404)
