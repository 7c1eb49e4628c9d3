"""The board of sessions in the browser, by keyboard and without scripts: from the queue to any district's seat."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from contracts.codes import Role
from deploy.local.stack import LocalStack
from tests.e2e.conftest import Visit, visiting
from tests.e2e.test_accessibility import faults_of
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions
from tests.waiting import until

_SUBMISSIONS = Submissions(88)
_DAY = date(2031, 3, 4)  # far enough that no test's clock has passed it
_BOARD = f"/tider?fran={_DAY}"


@pytest.fixture
async def referrer(browser: Browser, stack: LocalStack) -> AsyncIterator[Visit]:
    """Another person's browser."""
    async for each in visiting(browser, stack.gateway_url):
        yield each


async def _accepted(doors: Doors) -> UUID:
    """A case of Rinkeby-Kista's that waits for a seat."""
    case = await doors.refer(_SUBMISSIONS.next(swedish_day()))
    await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/accept", {})
    await until(
        lambda: doors.get(Role.COORDINATOR, f"/api/planning/cases/{case}"), lambda seen: seen["stage"] == "accepted"
    )
    return case


async def _declare(page: Page, team: str, at: str, area: str) -> None:
    """Fills in the form from the keyboard's first field to its last."""
    await page.get_by_role("link", name="Lägg upp en tid").press("Enter")
    await page.get_by_label("Team").select_option(team)
    await page.get_by_label("Dag").fill(_DAY.isoformat())
    await page.get_by_label("Klockan").fill(at)
    await page.get_by_label("I första hand för").select_option(area)
    await page.get_by_role("button", name="Spara tiden").press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Mötestiden är sparad.")


async def _open(visit: Visit, case: UUID) -> None:
    """From the board's queue to the case's seat."""
    await visit.go("/tider")
    link = visit.page.locator(f"#vantar-{case}").get_by_role("link", name="Boka plats för")
    await expect(link).to_be_visible()
    await link.press("Enter")
    await expect(visit.page.get_by_role("heading", level=1)).to_contain_text("Plats för")


async def _book(page: Page, session: str) -> None:
    await page.get_by_role("radio", name=session).press("Space")
    await page.get_by_label("Mötet hålls").select_option("digitalt")
    await page.get_by_role("button", name="Boka plats").press("Enter")


async def test_another_district_s_seat_is_booked_and_the_referrer_s_open_page_shows_it(
    visit_without_scripts: Visit, referrer: Visit, doors: Doors
) -> None:
    coordinator, page = visit_without_scripts, visit_without_scripts.page
    first, second = await _accepted(doors), await _accepted(doors)
    await referrer.sign_in("Rut Remittent", f"/mina-anmalningar/{second}")
    course = referrer.page.locator("#forlopp .timeline")
    await expect(course).to_contain_text("antagen")

    await coordinator.sign_in("Karin Koordinator", _BOARD)
    await _declare(page, "Team 1", "09:10", "Rinkeby-Kista stadsdelsförvaltning")
    await _declare(page, "Team 3", "10:20", "Farsta stadsdelsförvaltning")
    own, elsewhere = "4 mars 2031 klockan 09.10, Team 1", "4 mars 2031 klockan 10.20, Team 3"

    await _open(coordinator, second)
    other_window = await page.context.new_page()
    await other_window.goto(f"{coordinator.base}/tider/arende/{first}")
    await _book(other_window, own)
    await expect(other_window.get_by_role("status")).to_contain_text("Platsen är bokad")

    await _book(page, own)
    await expect(page.get_by_role("alert")).to_contain_text("Mötestiden är full")
    await expect(page.get_by_text("Det finns inga lediga platser här.")).to_be_visible()
    group = page.get_by_role("group", name="Andra stadsdelars tider")
    await expect(group.get_by_role("radio")).to_have_count(1)
    coordinator.expect_fault(409)
    await _book(page, elsewhere)
    await expect(page.get_by_role("status")).to_contain_text("Platsen är bokad")
    await expect(course).to_contain_text("4 mars 2031 klockan 10.20, digitalt")

    await coordinator.go(_BOARD)
    team = page.get_by_role("region", name="Tider för Team 3")
    await expect(team.get_by_role("row", name="4 mars 2031 klockan 10.20")).to_contain_text("fullt")
    await coordinator.go(f"/arenden/{second}")
    await page.get_by_role("link", name="Plats på ett möte").press("Enter")
    await page.get_by_role("button", name="Avboka").press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("platsen ledig för andra")
    await expect(course).to_contain_text("mötet blev inte av")
    await coordinator.go(_BOARD)
    await expect(page.get_by_role("row", name="4 mars 2031 klockan 10.20")).to_contain_text("1 ledig")
    await page.get_by_role("button", name="Ställ in Team 3 4 mars 2031 klockan 10.20").press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Mötestiden är inställd.")


async def test_axe_finds_nothing_on_a_board_with_seats_and_on_what_opens_from_it(visit: Visit, doors: Doors) -> None:
    case = await _accepted(doors)
    session = {"team": "team-2", "meets_on": _DAY.isoformat(), "starts_at": "11:30"}
    declared = {"insats": "finsam-team", **session, "seats": 1, "area": "farsta"}
    await doors.post(Role.COORDINATOR, "/api/planning/sessions", declared)
    free = declared | {"starts_at": "12:30"}
    await doors.post(Role.COORDINATOR, "/api/planning/sessions", free)
    await doors.post(Role.COORDINATOR, f"/api/planning/cases/{case}/meeting", {**session, "mode": "physical"})
    await visit.sign_in("Karin Koordinator")
    found = []
    for path in (_BOARD, "/tider/ny", f"/tider/arende/{case}"):
        await visit.go(path)
        found += await faults_of(visit, path)
    assert found == []
