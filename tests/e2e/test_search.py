"""Looking for a person in the browser: from the list, by how a name begins, with nothing of it in an address."""

import pytest
from playwright.async_api import expect

from deploy.local.stack import LocalStack
from tests.e2e.conftest import Visit
from tests.e2e.test_pages import name_in, today_of
from tests.traffic import Doors, Submissions

SUBMISSIONS = Submissions(91)


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_person_is_found_from_the_list_and_no_address_says_whom_one_looked_for(
    visit: Visit, visit_without_scripts: Visit, stack: LocalStack, doors: Doors, scripts: bool
) -> None:
    visitor = visit if scripts else visit_without_scripts
    page = visitor.page
    submission = SUBMISSIONS.next(today_of(stack))
    await doors.refer(submission)
    name, addresses = name_in(submission), []
    page.on("request", lambda request: addresses.append(request.url.lower()))
    await visitor.sign_in("Karin Koordinator", "/anmalningar")
    given, family = name.lower().split(" ", 1)
    await page.get_by_role("searchbox", name="Sök person").fill(f"{family[:5]} {given[:3]}")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sök person")
    row = page.get_by_role("row").filter(has_text=name)
    await expect(row).to_contain_text("Väntar")
    await row.get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert [each for each in addresses if family[:5] in each] == []

    await visitor.go("/anmalningar/sok")
    await page.get_by_role("searchbox", name="Sök person").fill("finns-inte-här")
    await page.get_by_role("button", name="Sök").click()
    await expect(page.get_by_role("status").filter(has_text="Ingen anmälan hittades")).to_be_visible()
