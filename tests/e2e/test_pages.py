"""The pages as people use them: in Chromium, through the gateway, on the whole system."""

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from playwright.async_api import Page, expect

from contracts.codes import Role
from contracts.events import local_date
from deploy.local.stack import LocalStack
from deploy.local.tokens import sign_in_link
from services.chassis.clock import FileClock
from services.chassis.pages import swedish_date
from tests.e2e.conftest import PATIENCE, PHONE, WIDE, Visit, until_shown
from tests.traffic import Doors, Json, Submissions, reach_samplan

SUBMISSIONS = Submissions(77)
MENU_IN_SIGHT = (
    "[...document.querySelectorAll('.site-nav a')].every(a => a.getBoundingClientRect().right <= innerWidth)"
)


def today_of(stack: LocalStack) -> date:
    return local_date(FileClock(stack.clock_file).now())


def name_in(submission: Json) -> str:
    person = submission["data"]["person"]
    return f"{person['given_name']} {person['family_name']}"


async def test_a_page_asked_for_comes_after_signing_in_and_is_closed_after_signing_out(visit: Visit) -> None:
    page = visit.page
    await visit.go("/uppfoljningar")
    await expect(page).to_have_url(re.compile("/logga-in"))
    await page.get_by_role("button", name="Logga in som Karin Koordinator").click()
    await expect(page).to_have_url(f"{visit.base}/uppfoljningar")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Uppföljningar")
    await expect(page.get_by_role("banner")).to_contain_text("koordinator")

    await page.get_by_role("button", name="Logga ut").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Logga in")
    await visit.go("/uppfoljningar")
    await expect(page).to_have_url(re.compile("/logga-in"))


async def test_a_link_asks_who_one_is_and_signs_in_once(visit: Visit, stack: LocalStack) -> None:
    link = sign_in_link(stack.data, "", Role.OFFICE, name="Test Kansli", page="/rapport")
    await visit.go(link)
    await visit.page.get_by_role("button", name="Logga in som Test Kansli").click()
    await expect(visit.page.get_by_role("heading", level=1)).to_contain_text("Årsrapport")
    assert "kod" not in visit.page.url
    await expect(visit.page.get_by_role("banner")).to_contain_text("Test Kansli")

    await visit.go(link)
    await visit.page.get_by_role("button", name="Logga in som Test Kansli").click()
    await expect(visit.page.get_by_role("alert")).to_contain_text("Länken gäller inte")
    visit.expect_fault(401)


async def test_a_spoilt_link_says_so(visit: Visit, stack: LocalStack) -> None:
    link = sign_in_link(stack.data, "", Role.OFFICE, page="")
    await visit.go(link.removesuffix("&till=")[:-4])
    await expect(visit.page.get_by_role("alert")).to_contain_text("Länken gäller inte")
    visit.expect_fault(401)


async def test_a_services_documentation_is_shown_without_the_internet(visit: Visit) -> None:
    await visit.go("/planning/docs")
    await expect(visit.page.get_by_text("/api/planning/cases/{case_id}/meeting", exact=True)).to_be_visible()


async def test_a_published_referral_is_announced_in_the_open_list_and_is_accepted(
    visit: Visit, stack: LocalStack, doors: Doors
) -> None:
    page = visit.page
    await visit.sign_in("Karin Koordinator", "/anmalningar")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Anmälningar")

    submission = SUBMISSIONS.next(today_of(stack))
    await doors.publish(submission)
    row = page.get_by_role("row").filter(has_text=name_in(submission))
    await page.locator("#news").get_by_role("link", name="Visa").click(timeout=PATIENCE)

    await row.get_by_role("button", name="Anta").click()
    await expect(row.get_by_role("status")).to_contain_text("antagen")
    await expect(row.get_by_role("button")).to_have_count(0)
    await row.get_by_role("link", name="Visa ärendet").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(name_in(submission))
    await expect(page.get_by_role("main")).to_contain_text("Rinkeby-Kista stadsdelsförvaltning")


async def test_a_referral_is_returned_with_its_reason(visit: Visit, stack: LocalStack, doors: Doors) -> None:
    page = visit.page
    submission = SUBMISSIONS.next(today_of(stack))
    await doors.refer(submission)
    await visit.sign_in("Karin Koordinator", "/anmalningar")
    row = page.get_by_role("row").filter(has_text=name_in(submission))
    await row.locator("summary").click()
    await row.get_by_label("Orsak").select_option(label="återfall i missbruk")
    await row.get_by_role("button", name="Återremittera").click()
    await expect(row.get_by_role("status")).to_contain_text("återremitterad")
    await expect(row.get_by_role("button")).to_have_count(0)


async def test_a_follow_up_is_completed_in_two_clicks_and_shown_in_the_timeline(
    visit: Visit, stack: LocalStack, doors: Doors
) -> None:
    page = visit.page
    planned_on = today_of(stack) - timedelta(days=70)
    submission = SUBMISSIONS.next(planned_on)
    case = await doors.refer(submission)
    await reach_samplan(doors, case, nth=7001, day=planned_on)

    await visit.sign_in("Karin Koordinator", "/uppfoljningar?roll=koordinator")
    await until_shown(page, name_in(submission))
    row = page.get_by_role("row").filter(has_text=name_in(submission))
    await expect(row).to_be_visible(timeout=PATIENCE)
    await expect(row).to_contain_text("2 månader")

    await row.get_by_role("button", name="Slutför").click()
    await page.get_by_role("button", name="Spara").click()
    await expect(row).to_contain_text("alla aktiviteter genomförda")

    await row.get_by_role("link", name=name_in(submission)).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(name_in(submission))
    await page.get_by_role("link", name="Historik").click()
    await until_shown(page, "Uppföljning efter 2 månader genomförd")


async def test_a_follow_up_is_completed_found_in_the_report_and_corrected(
    visit: Visit, stack: LocalStack, doors: Doors
) -> None:
    page = visit.page
    today = today_of(stack)
    planned_on = today - timedelta(days=190)
    submission = SUBMISSIONS.next(planned_on)
    case = await doors.refer(submission)
    await reach_samplan(doors, case, nth=7003, day=planned_on)
    await visit.sign_in("Karin Koordinator", f"/rapport/{today.year}")
    before = await _six_month_follow_ups(page)

    await visit.go("/uppfoljningar?roll=koordinator")
    await until_shown(page, name_in(submission))
    row = page.get_by_role("row").filter(has_text=name_in(submission)).filter(has_text="6 månader")
    await row.get_by_role("button", name="Slutför").click()
    await page.get_by_role("button", name="Spara").click()
    await expect(row).to_contain_text("alla aktiviteter genomförda")
    await row.get_by_role("link", name="Visa eller ångra").click()
    follow_up = page.url

    await _until_six_month_follow_ups(visit, today.year, before + 1)
    await page.goto(follow_up)
    await page.get_by_role("link", name="Ångra Uppföljning genomförd").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Ångra för {name_in(submission)}")
    await page.get_by_label("Vad var fel?").select_option(label="annat fel")
    await page.get_by_role("button", name=f"Ja, ångra för {name_in(submission)}").click()
    await expect(page.get_by_role("status").first).to_contain_text("Ångrat.")
    await expect(page.get_by_role("row").filter(has_text="felregistrerad")).to_contain_text("Uppföljning genomförd")
    await expect(page.get_by_role("link", name="Slutför")).to_be_visible()
    await _until_six_month_follow_ups(visit, today.year, before)


async def _six_month_follow_ups(page: Page) -> int:
    row = page.get_by_role("row").filter(has_text="Alla genomförda sexmånadersuppföljningar")
    return int(await row.get_by_role("cell").first.inner_text())


async def _until_six_month_follow_ups(visit: Visit, year: int, wanted: int) -> None:
    """Loads the year's report again until the events have come to it."""
    for _ in range(50):
        await visit.go(f"/rapport/{year}")
        if await _six_month_follow_ups(visit.page) == wanted:
            return
        await visit.page.wait_for_timeout(200)
    raise AssertionError(f"never {wanted} in the report")


async def test_a_timeline_shows_the_case_in_order_and_when_it_was_registered(
    visit: Visit, stack: LocalStack, doors: Doors
) -> None:
    page = visit.page
    today = today_of(stack)
    day = today - timedelta(days=10)
    submission = SUBMISSIONS.next(day)
    case = await doors.refer(submission)
    await reach_samplan(doors, case, nth=7002, day=day)

    await visit.sign_in("Karin Koordinator")
    await visit.go_once_known(f"/arenden/{case}/historik")
    in_order = [
        "Anmälan till FINSAM-team",
        "Anmälan antagen.",
        "Team-möte hållet",
        "Samplan upprättad med 2 aktiviteter",
    ]
    # Each service has a topic of its own, so what was appended last may be read first.
    for words in (*in_order, "Uppföljning efter 12 månader planerad"):
        await until_shown(page, words)
    lines = await page.get_by_role("listitem").filter(has=page.locator("time")).all_inner_texts()
    places = [next(place for place, text in enumerate(lines) if words in text) for words in in_order]
    assert places == sorted(places)
    assert f"Registrerad {swedish_date(today)}" in lines[places[-1]]
    await expect(page.get_by_role("main")).to_contain_text("vägledning (kommunen) och kontakt med vården (regionen)")
    await expect(page.get_by_role("main")).to_contain_text(f"deltar sedan {swedish_date(day)}")


@pytest.mark.parametrize(
    "address",
    [
        f"/arenden/{UUID(int=404)}",
        "/arenden/nonsense",
        f"/arenden/{UUID(int=404)}/historik",
        "/arenden/nonsense/historik",
        "/rapport/1899",
        "/rapport/x",
        "/rapport/2021/okand",
        "/nowhere/at-all",
    ],
)
async def test_what_does_not_exist_is_said_on_a_page_that_leads_on(visit: Visit, address: str) -> None:
    await visit.sign_in("Kim Kansli")
    await visit.go(address)
    await expect(visit.page.get_by_role("heading", level=1)).to_have_text("Sidan finns inte")
    await expect(visit.page.get_by_role("navigation", name="Huvudmeny")).to_contain_text("Uppföljningar")
    await visit.page.get_by_role("link", name="Till startsidan").click()
    await expect(visit.page.get_by_role("heading", level=1)).to_have_text("Att göra")
    visit.expect_fault(404)


async def test_the_start_page_counts_by_itself(visit: Visit, stack: LocalStack, doors: Doors) -> None:
    await doors.refer(SUBMISSIONS.next(today_of(stack)))
    await visit.sign_in("Karin Koordinator")
    card = visit.page.get_by_role("listitem").filter(has_text="Anmälningar som väntar").locator(".figure")
    before = int(await card.inner_text())
    await doors.refer(SUBMISSIONS.next(today_of(stack)))
    await expect(card).not_to_have_text(str(before))


async def test_the_report_stands_beside_the_published_figures_and_all_are_equal(visit_to_played: Visit) -> None:
    page = visit_to_played.page
    await visit_to_played.sign_in("Kim Kansli", "/rapport/2021")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Årsrapport 2021")
    main = page.get_by_role("main")
    await expect(main).to_contain_text("Alla 101 siffror som jämförs")
    await expect(main).to_contain_text("Rapporten redovisar mer, som Samspel inte beräknar")
    await expect(page.locator(".differs")).to_have_count(0)
    participants = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Deltagare", exact=True))
    await expect(participants.first).to_contain_text("973")
    everything = await main.inner_text()
    for said in (
        "51 av 72 är 70,8 procent, avrundat 71. Rapporten trycker 70 procent.",
        "71 % av 72",
        "(tryckt: 70 %)",
        "varav utan samtycke",
        "påbörjade aldrig insatsen",
    ):
        assert said in everything


@pytest.mark.parametrize(
    ("name", "lines", "said"),
    [
        (
            "Aktivitetsplatsen",
            7,
            ("70 % av 228", "Våren (januari–juni)", "bara andelarna", "inga antal. Antalen är våra: 160, 34 och 34"),
        ),
        ("MIA Vidare", 17, ("Tilldelade en case manager", "117", "16, som rapporten inte förklarar")),
    ],
)
async def test_an_insats_way_in_stands_beside_the_published_figures_and_says_what_is_ours(
    visit_to_played: Visit, name: str, lines: int, said: tuple[str, ...]
) -> None:
    page = visit_to_played.page
    await visit_to_played.sign_in("Kim Kansli", "/rapport/2021")
    await page.get_by_role("rowheader").get_by_role("link", name=name, exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} 2021")
    main = page.get_by_role("main")
    await expect(main).to_contain_text(f"Alla {lines} siffror som jämförs")
    await expect(page.locator(".differs")).to_have_count(0)
    everything = await main.inner_text()
    assert [each for each in said if each not in everything] == []


@pytest.mark.parametrize("width", [WIDE, PHONE])
async def test_no_page_is_wider_than_the_screen(visit_to_played: Visit, width: int) -> None:
    page = visit_to_played.page
    await page.set_viewport_size({"width": width, "height": 800})
    await visit_to_played.sign_in("Karin Koordinator")
    for path in (
        "/",
        "/anmalningar",
        "/anmalningar?state=accepted",
        "/uppfoljningar",
        "/insatser",
        "/rapport/2021",
        "/rapport/2021/mia-vidare",
        "/logga-in",
    ):
        await visit_to_played.go(path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert await page.evaluate(MENU_IN_SIGHT), path


async def test_pages_run_nothing_but_our_own_files(visit: Visit) -> None:
    answer = await visit.page.goto(f"{visit.base}/logga-in")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "unsafe" not in policy
