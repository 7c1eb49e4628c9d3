"""The case page in the browser, by keyboard, with scripts and without: from the first meeting to an activity carried
out, and one thing undone; with axe on each page."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from contracts.codes import Role
from deploy.local.stack import LocalStack
from services.chassis.pages import swedish_date
from tests.e2e.conftest import Visit, visiting
from tests.e2e.test_accessibility import faults_of
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions
from tests.waiting import until

_SUBMISSIONS = Submissions(2504)
_PLAN = (
    ("arbetsträ", "Arbetsf", "arbetsträning", "Arbetsförmedlingen"),
    ("kontakt", "region", "kontakt med vården", "regionen"),
    ("vägled", "kommun", "vägledning", "kommunen"),
    ("studiebes", "Försäk", "studiebesök", "Försäkringskassan"),
)


# A session of its own for each run of a test, whose only seat nobody else takes.
_SESSIONS = ["23:55", "23:50"]


@pytest.fixture(params=[True, False], ids=["with-scripts", "without-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts."""
    return bool(request.param)


@pytest.fixture
async def either(browser: Browser, stack: LocalStack, scripts: bool) -> AsyncIterator[Visit]:
    """A browser that runs scripts, and one that does not."""
    async for each in visiting(browser, stack.gateway_url, java_script_enabled=scripts):
        yield each


async def _faults(visit: Visit, where: str, *, scripts: bool) -> list[str]:
    """What axe finds. It is a script itself: a page looks the same with and without them."""
    return await faults_of(visit, where) if scripts else []


async def _accepted(doors: Doors, insats: str) -> tuple[UUID, str]:
    """An accepted case of an insats, and the person's name."""
    submission = _SUBMISSIONS.next(swedish_day(), insats=insats)
    person = submission["data"]["person"]
    case = await doors.refer(submission)
    await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/accept", {})
    await until(
        lambda: doors.get(Role.COORDINATOR, f"/api/planning/cases/{case}"), lambda seen: seen["stage"] == "accepted"
    )
    return case, f"{person['given_name']} {person['family_name']}"


async def _press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).first.press("Enter")


async def _unfold(page: Page, text: str) -> None:
    await page.locator("summary").filter(has_text=text).first.press("Enter")


async def _said(page: Page, text: str) -> None:
    await expect(page.get_by_role("status")).to_contain_text(text)


async def _type_plan(page: Page) -> int:
    """Writes four activities by keyboard alone, from where the page puts the focus. Returns how many keys it took."""
    await expect(page.locator("#kind-1")).to_be_focused()
    keys = 0
    for what, who, _, _ in _PLAN:
        for text in (what, who):
            await page.keyboard.type(text)
            await page.keyboard.press("Tab")
            keys += len(text) + 1
    for _ in range(12):
        focused = await page.locator(":focus").inner_text() if await page.locator("button:focus").count() else ""
        if focused == "Spara planen":
            await page.keyboard.press("Enter")
            return keys + 1
        await page.keyboard.press("Tab")
        keys += 1
    raise AssertionError("the keyboard never came to the button that saves")


async def test_a_meeting_without_a_seat_is_booked_moved_and_held_and_the_insats_started(
    either: Visit, scripts: bool, doors: Doors
) -> None:
    case, name = await _accepted(doors, "mia-vidare")
    page, today = either.page, swedish_day()
    await either.sign_in("Karin Koordinator", f"/arenden/{case}")
    await expect(page.get_by_role("heading", level=1)).to_have_text(name)
    await expect(page.get_by_role("main")).to_contain_text("Starten kan inte registreras nu.")
    found = await _faults(either, "a case to plan", scripts=scripts)

    meeting = page.locator("#boka-introduktionsmote")
    await meeting.locator("summary").press("Enter")
    await meeting.get_by_label("Dag").fill((today + timedelta(days=1)).isoformat())
    await meeting.get_by_role("button", name="Boka mötet").press("Enter")
    await _said(page, "Mötet är bokat.")
    await expect(page.get_by_role("main")).to_contain_text("kan registreras när dagen har kommit")
    await meeting.locator("summary").press("Enter")
    found += await _faults(either, "a meeting to move", scripts=scripts)
    await meeting.get_by_label("Dag").fill(today.isoformat())
    await meeting.get_by_role("button", name="Flytta mötet").press("Enter")
    await _said(page, "Mötet är bokat.")
    await _press(page, "Mötet har hållits")
    await _said(page, "mötet har hållits")

    await _unfold(page, "Registrera starten")
    await page.get_by_label("Första dagen").fill((today + timedelta(days=1)).isoformat())
    await _press(page, "Registrera starten")
    await expect(page.get_by_role("alert")).to_contain_text("Datumet ligger i framtiden")
    await expect(page.get_by_label("Första dagen")).to_have_attribute("aria-invalid", "true")
    found += await _faults(either, "a start refused", scripts=scripts)
    either.expect_fault(422)
    await page.get_by_label("Första dagen").fill(today.isoformat())
    await _press(page, "Registrera starten")
    await _said(page, "Starten är registrerad.")
    await expect(page.get_by_role("main")).to_contain_text(f"deltar sedan {swedish_date(today)}")
    await _unfold(page, "Gör ärendet vilande")
    await page.get_by_label("Varför?").select_option("väntar på en annan part")
    await _press(page, "Gör ärendet vilande")
    await _said(page, "Ärendet är vilande.")
    await _unfold(page, "Återuppta ärendet")
    await _press(page, "Återuppta ärendet")
    await _said(page, "Ärendet är återupptaget.")
    assert found == []


async def test_from_a_seat_to_an_activity_carried_out_and_one_undone(
    either: Visit, scripts: bool, doors: Doors
) -> None:
    case, name = await _accepted(doors, "finsam-team")
    page, today = either.page, swedish_day()
    at = _SESSIONS.pop()
    seat = {"insats": "finsam-team", "team": "team-2", "meets_on": today.isoformat(), "starts_at": at}
    await doors.post(Role.COORDINATOR, "/api/planning/sessions", {**seat, "seats": 1})
    await either.sign_in("Karin Koordinator", f"/arenden/{case}")
    await page.get_by_role("link", name="Boka plats på team-möte").press("Enter")
    await page.get_by_role("radio", name=f"klockan {at.replace(':', '.')}, Team 2").press("Space")
    await _press(page, "Boka plats")
    await _said(page, "Platsen är bokad.")
    await page.get_by_role("link", name="Visa ärendet").press("Enter")
    await _press(page, "Mötet har hållits")
    await _said(page, "mötet har hållits")
    found = await _faults(either, "a case whose meeting was held", scripts=scripts)

    await page.get_by_role("link", name="Gör planen").press("Enter")
    found += await _faults(either, "an empty plan", scripts=scripts)
    await page.reload()
    assert await _type_plan(page) < 120
    await _said(page, "Planen är sparad.")
    for _, _, what, who in _PLAN:
        await expect(page.get_by_role("row").filter(has_text=what)).to_contain_text(who)

    row = page.get_by_role("row").filter(has_text="vägledning")
    await row.locator("summary").filter(has_text="Påbörjad").press("Enter")
    await row.get_by_role("button", name="Registrera att den har börjat").press("Enter")
    await expect(row).to_contain_text(f"pågår sedan {swedish_date(today)}")
    await row.locator("summary").filter(has_text="Genomförd").press("Enter")
    await row.get_by_label("Hur mycket genomfördes?").select_option("delvis")
    found += await _faults(either, "an open form of an activity", scripts=scripts)
    await row.get_by_role("button", name="Registrera att den är genomförd").press("Enter")
    await expect(row).to_contain_text(f"delvis genomförd {swedish_date(today)}")

    await page.get_by_role("link", name="Ångra Samplan upprättad").press("Enter")
    await expect(page.get_by_role("main")).to_contain_text("Det går inte att ångra än.")
    found += await _faults(either, "what cannot be undone yet", scripts=scripts)
    await page.get_by_role("link", name="Aktivitet genomförd: vägledning").press("Enter")
    await page.get_by_label("Vad var fel?").select_option("har inte hänt")
    found += await _faults(either, "a question before undoing", scripts=scripts)
    await _press(page, f"Ja, ångra för {name}")
    await _said(page, "Händelsen är borttagen som felregistrerad.")
    await expect(row).to_contain_text("pågår sedan")

    await page.get_by_role("link", name="Deltagarens exemplar av planen").press("Enter")
    await expect(page.get_by_role("main")).to_contain_text(f"Planen gäller {name}.")
    found += await _faults(either, "the participant's own copy", scripts=scripts)
    await page.emulate_media(media="print")
    await expect(page.get_by_role("navigation", name="Huvudmeny")).to_be_hidden()
    await expect(page.get_by_role("heading", name="Min plan")).to_be_visible()
    assert found == []


async def test_two_on_one_plan_see_each_other_s_changes_and_neither_overwrites(
    visit: Visit, visit_without_scripts: Visit, doors: Doors
) -> None:
    case, _ = await _accepted(doors, "stockholmskraften")
    page, other = visit_without_scripts.page, visit.page
    plan = {"activities": [{"responsible": "kommun", "kind": "guidance"}]}
    await doors.post(Role.COORDINATOR, f"/api/planning/cases/{case}/samplan", plan)

    await visit_without_scripts.sign_in("Karin Koordinator", f"/arenden/{case}/plan")
    await visit.sign_in("Karin Koordinator", f"/arenden/{case}/plan")
    await other.get_by_label("Aktivitet 1", exact=True).select_option("studiebesök")
    await other.get_by_label("Ansvarig för aktivitet 1").select_option("regionen")
    await other.get_by_label("Ta bort vägledning").check()
    await other.get_by_role("button", name="Fler rader").click()
    await expect(other.get_by_label("Ta bort vägledning")).to_be_checked()
    await page.get_by_label("Aktivitet 1", exact=True).select_option("friskvård")
    await page.get_by_label("Ansvarig för aktivitet 1").select_option("kommunen")
    await page.get_by_role("button", name="Spara planen").last.click()
    await _said(page, "Planen är sparad.")

    await other.get_by_role("button", name="Spara planen").last.click()
    await expect(other.get_by_role("alert")).to_contain_text("har kommit till: friskvård (kommunen)")
    await expect(other.get_by_label("Aktivitet 1", exact=True)).to_have_value("study_visit")
    found = await faults_of(visit, "a plan that somebody else changed")
    visit.expect_fault(409)
    await other.get_by_role("button", name="Spara planen").last.click()
    await _said(other, "Planen är sparad.")
    await expect(other.get_by_role("row").filter(has_text="friskvård")).to_be_visible()
    await expect(other.get_by_role("row").filter(has_text="studiebesök")).to_be_visible()
    await expect(other.get_by_role("row").filter(has_text="vägledning")).to_have_count(0)
    assert found == []
