"""Looking at a page in every width and scheme: what axe finds, and whether the page must be scrolled sideways.

A page is loaded once. What its text and structure decide is asked of the whole page in the wide look, and once more
below the width at which the sheet changes the layout (44 rem). What the width decides is asked in each of the six
looks; what the colours decide, in each scheme on either side of that width: no other width changes the sheet, as
tests/unit/chassis/test_sheet.py holds. In these looks, of siblings that are built alike, such as the rows of a list,
only the first two are there: with the same tags, classes and states they get the same rules of the sheet, and
contrast is four fifths of axe's work.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

SMALL: Final = 320
PHONE: Final = 390
WIDE: Final = 1280
_HEIGHT: Final = 800

Scheme = Literal["light", "dark"]


class Look(NamedTuple):
    """A width in CSS pixels and a colour scheme."""

    width: int
    scheme: Scheme


LOOKS: Final = tuple(Look(width, scheme) for width in (WIDE, PHONE, SMALL) for scheme in ("light", "dark"))
"""All six, so ordered that the layout changes as seldom as it can."""

_SET_UP: Final = """() => {
  const byWidth = ["target-size", "scrollable-region-focusable"];
  const byColour = ["color-contrast", "link-in-text-block"];
  const byLook = [...byWidth, ...byColour];
  const states = ["class", "type", "role", "disabled", "open", "aria-current", "aria-selected", "aria-invalid"];
  const alike = [], places = [];

  const built = (element) => {
    const seen = new Map();
    const inside = [...element.children].map((child) => {
      const kind = built(child);
      seen.set(kind, (seen.get(kind) || 0) + 1);
      if (seen.get(kind) > 2 ) alike.push(child);
      return kind;
    });
    const stated = states.filter((name) => element.hasAttribute(name)).map((name) => element.getAttribute(name));
    return `${element.tagName}[${stated}](${[...new Set(inside)]})`;
  };

  const found = async (options) => {
    const said = await axe.run(document, { resultTypes: ["violations"], ...options });
    return said.violations.map(({ id, nodes }) => `${id} ${JSON.stringify(nodes.map((node) => node.target))}`);
  };

  built(document.body);
  window.looking = {
    leaveOut: () => alike.forEach((each) => {
      places.push([each, each.parentNode, each.nextSibling]);
      each.remove();
    }),
    putBack: () => places.splice(0).reverse().forEach(([each, parent, next]) => parent.insertBefore(each, next)),
    wide: () => {
      const wide = document.documentElement.scrollWidth;
      return wide > window.innerWidth ? [`must be scrolled sideways: ${wide}`] : [];
    },
    structure: () => found({ rules: Object.fromEntries(byLook.map((rule) => [rule, { enabled: false }])) }),
    look: (colours) => found({ runOnly: { type: "rule", values: colours ? byLook : byWidth } }),
  };
}"""

Found = dict[Look, list[str]]


async def look_at(page: Page, looks: Sequence[Look] = LOOKS) -> Found:
    """What is wrong in each look; empty lists where nothing is. The page is left as the last look has it."""
    # Whoever has just pressed a button may still be on the way to the next page.
    await page.wait_for_load_state()
    await page.evaluate(AXE_SCRIPT)
    await page.evaluate(_SET_UP)
    found: Found = {}
    for look in looks:
        await _turn_to(page, look)
        found[look] = await page.evaluate("looking.wide()")
        if look == Look(WIDE, "light"):
            found[look] += await page.evaluate("looking.structure()")
    await page.evaluate("looking.leaveOut()")
    for look in looks:
        await _turn_to(page, look)
        if look == Look(SMALL, "light"):
            found[look] += await page.evaluate("looking.structure()")
        found[look] += await page.evaluate("(colours) => looking.look(colours)", look.width != PHONE)
    await page.evaluate("looking.putBack()")
    return found


async def _turn_to(page: Page, look: Look) -> None:
    await page.set_viewport_size({"width": look.width, "height": _HEIGHT})
    await page.emulate_media(color_scheme=look.scheme)
