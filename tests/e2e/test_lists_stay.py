"""Nothing moves by itself: what has come is announced, and shown when it is asked for. Works without scripts."""

from datetime import timedelta
from uuid import UUID

from playwright.async_api import Page, expect

from deploy.local.stack import LocalStack
from tests.e2e.conftest import Visit
from tests.e2e.test_pages import name_in, today_of
from tests.traffic import Doors, Submissions, reach_samplan

SUBMISSIONS = Submissions(78)
UNDER_POINTER = "([x, y]) => document.elementFromPoint(x, y).closest('button, a').id"


async def _pointer_on(page: Page, button_id: str) -> list[float]:
    # Not at the bottom, where messages are.
    await page.locator(f"#{button_id}").evaluate("button => button.scrollIntoView({block: 'center'})")
    box = await page.locator(f"#{button_id}").bounding_box()
    assert box is not None
    at = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    await page.mouse.move(*at)
    return at


async def test_an_arriving_referral_is_announced_and_the_row_under_the_pointer_stays(
    visit: Visit, stack: LocalStack, doors: Doors
) -> None:
    page = visit.page
    case = await doors.refer(SUBMISSIONS.next(today_of(stack)))
    await visit.sign_in("Karin Koordinator", "/anmalningar")
    at = await _pointer_on(page, f"anta-{case}")
    assert await page.evaluate(UNDER_POINTER, at) == f"anta-{case}"

    news = page.locator("#news")
    await expect(news).to_have_attribute("role", "status")
    newer = await doors.refer(SUBMISSIONS.next(today_of(stack)))
    await expect(news).to_contain_text("1 ny anmälan. Visa")
    assert await page.evaluate(UNDER_POINTER, at) == f"anta-{case}"
    await expect(page.locator(f"#anta-{newer}")).to_have_count(0)

    await doors.refer(SUBMISSIONS.next(today_of(stack)))
    await expect(news).to_contain_text("2 nya anmälningar")
    await page.mouse.down()
    await page.mouse.up()
    await expect(page.locator(f"#anmalan-{case}")).to_contain_text("är antagen")
    await expect(news).to_contain_text("2 nya anmälningar")

    await news.get_by_role("link", name="Visa").click()
    await expect(page.locator(f"#anta-{newer}")).to_be_visible()
    await expect(news).to_have_text("")


async def test_after_a_decision_focus_is_on_its_confirmation_and_the_next_row_stays_where_it_was(
    visit: Visit, stack: LocalStack, doors: Doors
) -> None:
    page = visit.page
    above, below = [await doors.refer(SUBMISSIONS.next(today_of(stack))) for _ in range(2)]
    await visit.sign_in("Karin Koordinator", "/anmalningar")
    await page.locator(f"#anta-{above}").focus()
    before = await page.locator(f"#anmalan-{below}").bounding_box()
    await page.keyboard.press("Enter")
    # Focus is moved some moments after the row was put in place.
    await expect(page.locator(f"#anmalan-{above} :focus")).to_contain_text("är antagen")
    after = await page.locator(f"#anmalan-{below}").bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 1
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.closest('tr').id") == f"anmalan-{below}"


async def test_what_a_colleague_decided_is_refused_in_words_and_moves_nothing(
    visit: Visit, stack: LocalStack, doors: Doors
) -> None:
    page = visit.page
    case = await doors.refer(SUBMISSIONS.next(today_of(stack)))
    await visit.sign_in("Karin Koordinator", "/anmalningar")
    at = await _pointer_on(page, f"anta-{case}")
    await page.evaluate(f"fetch(document.querySelector('#anmalan-{case} form').action, {{method: 'POST'}})")
    await expect(page.locator("#news")).to_contain_text("Listan har ändrats")
    await page.mouse.down()
    await page.mouse.up()
    await expect(page.locator("#message")).to_be_visible()
    assert await page.evaluate(UNDER_POINTER, at) == f"anta-{case}"
    visit.expect_fault(409)


async def _planned(doors: Doors, stack: LocalStack, nth: int) -> tuple[UUID, str]:
    """A case whose two-month follow-up is overdue, and the person's name."""
    day = today_of(stack) - timedelta(days=80)
    submission = SUBMISSIONS.next(day)
    case = await doors.refer(submission)
    await reach_samplan(doors, case, nth=nth, day=day)
    return case, name_in(submission)


async def _until_listed(page: Page, name: str) -> None:
    row = page.get_by_role("row").filter(has_text=name)
    for _ in range(50):
        if await row.count():
            return
        await page.wait_for_timeout(200)
        await page.reload()
    raise AssertionError(f"never listed: {name}")


async def test_a_follow_up_that_falls_due_is_announced_and_the_list_stays(
    visit: Visit, stack: LocalStack, doors: Doors
) -> None:
    page = visit.page
    _, name = await _planned(doors, stack, 7101)
    await visit.sign_in("Karin Koordinator", "/uppfoljningar?roll=koordinator")
    await _until_listed(page, name)
    row = page.get_by_role("row").filter(has_text=name)
    button = await row.get_by_role("button", name="Slutför").get_attribute("id")
    assert button is not None
    at = await _pointer_on(page, button)
    _, newer = await _planned(doors, stack, 7102)
    news = page.locator("#news")
    await expect(news).to_contain_text("1 ny uppföljning att göra. Visa")
    assert await page.evaluate(UNDER_POINTER, at) == button
    await expect(page.get_by_role("row").filter(has_text=newer)).to_have_count(0)

    await row.get_by_role("button", name="Slutför").click()
    await page.get_by_role("button", name="Spara").click()
    await expect(row.get_by_role("status")).to_contain_text("alla aktiviteter genomförda")
    assert "sparad" in str(await page.evaluate("document.activeElement.innerText"))
    await expect(news).to_contain_text("Visa")
    await news.get_by_role("link", name="Visa").click()
    await expect(page.get_by_role("row").filter(has_text=newer)).to_be_visible()


async def test_referrals_are_decided_without_scripts(
    visit_without_scripts: Visit, stack: LocalStack, doors: Doors
) -> None:
    page = visit_without_scripts.page
    first, second = [SUBMISSIONS.next(today_of(stack)) for _ in range(2)]
    taken, returned = [await doors.refer(each) for each in (first, second)]
    await visit_without_scripts.sign_in("Karin Koordinator", "/anmalningar")
    await page.locator(f"#anta-{taken}").click()
    await expect(page.locator("#done")).to_contain_text(f"Anmälan för {name_in(first)} är antagen.")
    await expect(page.locator(f"#anmalan-{taken}")).to_have_count(0)

    row = page.locator(f"#anmalan-{returned}")
    await row.locator("summary").click()
    await row.get_by_label("Orsak").select_option(label="återfall i missbruk")
    await row.get_by_role("button", name="Återremittera").click()
    await expect(page.locator("#done")).to_contain_text(f"Anmälan för {name_in(second)} är återremitterad.")
    await page.get_by_role("link", name="Visa ärendet").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(name_in(second))


async def test_a_refused_form_is_a_page_that_leads_back_without_scripts(
    visit_without_scripts: Visit, stack: LocalStack, doors: Doors
) -> None:
    page = visit_without_scripts.page
    case = await doors.refer(SUBMISSIONS.next(today_of(stack)))
    await visit_without_scripts.sign_in("Karin Koordinator", "/anmalningar")
    colleague = await page.context.new_page()
    await colleague.goto(page.url)
    await colleague.locator(f"#anta-{case}").click()
    # Without scripts the answer is a new page. A page that is closed while the next loads may never be closed.
    await expect(colleague.locator("#done")).to_contain_text("är antagen")
    await colleague.close()
    await page.locator(f"#anta-{case}").click()
    await expect(page.get_by_role("navigation", name="Huvudmeny")).to_be_visible()
    visit_without_scripts.expect_fault(409)
    await page.get_by_role("link", name="Tillbaka").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Anmälningar")


async def test_a_follow_up_is_completed_without_scripts(
    visit_without_scripts: Visit, stack: LocalStack, doors: Doors
) -> None:
    page = visit_without_scripts.page
    _, name = await _planned(doors, stack, 7103)
    await visit_without_scripts.sign_in("Karin Koordinator", "/uppfoljningar?roll=koordinator")
    await _until_listed(page, name)
    row = page.get_by_role("row").filter(has_text=name)
    await row.get_by_role("button", name="Slutför").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Slutför uppföljning")
    await page.get_by_label("Inga").check()
    await page.get_by_role("button", name="Spara").click()
    await expect(page.get_by_role("alert").filter(has_text="skäl")).to_be_visible()
    await expect(page.get_by_label("Inga")).to_be_checked()
    visit_without_scripts.expect_fault(422)
    await page.get_by_label("Alla").check()
    await page.get_by_role("button", name="Spara").click()
    await expect(page.locator("#done")).to_contain_text("är sparad")
    await expect(page.locator("#done")).to_contain_text(name)
    await expect(page.get_by_role("row").filter(has_text=name)).to_have_count(0)
    await page.locator("summary").filter(has_text="Kommande").click()
    await page.get_by_role("link", name="Visa de kommande").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Kommande uppföljningar")
