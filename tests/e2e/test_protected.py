"""In the browser: a person is protected, and from then on only those named see who it is, on any page."""

import base64
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import pytest
from playwright.async_api import Browser, expect

from contracts.codes import Role
from deploy.local.secret_files import read_secrets
from deploy.local.stack import LocalStack
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from tests.e2e.conftest import Visit, visiting
from tests.e2e.test_accessibility import faults_of
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions
from tests.waiting import until

_GIVEN: Final = "Tuvalisa"
_FAMILY: Final = "Gömdström"
_NAME: Final = f"{_GIVEN} {_FAMILY}"
_PHONE: Final = "070-174 06 88"
_UNIT: Final = "Skärholmens stadsdelsförvaltning"


@pytest.fixture
async def other(browser: Browser, stack: LocalStack) -> AsyncIterator[Visit]:
    """The browser of another coordinator."""
    tokens = LocalTokens(base64.b64decode(read_secrets(stack.secrets_file)["token_key"]))
    token = tokens.issue(User("kalle", "Kalle Koordinator", frozenset({Role.COORDINATOR})))
    async for each in visiting(browser, stack.gateway_url):
        await each.page.context.add_cookies([{"name": COOKIE, "value": token, "url": stack.gateway_url}])
        yield each


@pytest.fixture
async def lots(browser: Browser, stack: LocalStack) -> AsyncIterator[Visit]:
    """A third browser."""
    async for each in visiting(browser, stack.gateway_url):
        yield each


def _pages(case: UUID) -> tuple[str, ...]:
    return (
        "/anmalningar?state=accepted",
        f"/anmalningar/{case}/avsluta",
        f"/anmalningar/{case}/komplettera",
        f"/anmalningar/{case}/skydd",
        f"/arenden/{case}",
        f"/arenden/{case}/historik",
        "/tider",
        f"/tider/arende/{case}",
        "/uppfoljningar?roll=koordinator",
    )


async def _accepted(doors: Doors) -> UUID:
    submission = Submissions(5151).next(swedish_day())
    submission["data"]["person"] |= {"given_name": _GIVEN, "family_name": _FAMILY, "phone": _PHONE}
    submission["data"]["referrer"]["unit"] = "skarholmen"
    case = await doors.refer(submission)
    await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/accept", {})
    await until(
        lambda: doors.get(Role.COORDINATOR, f"/api/planning/cases/{case}"), lambda seen: seen["stage"] == "accepted"
    )
    return case


async def _shown(visit: Visit, case: UUID) -> dict[str, str]:
    """Each page's text and markup."""
    seen = {}
    for path in _pages(case):
        await visit.go(path)
        seen[path] = await visit.page.content()
    return seen


async def test_the_one_named_sees_the_name_and_the_one_not_named_sees_it_nowhere(
    visit: Visit, other: Visit, lots: Visit, doors: Doors
) -> None:
    case = await _accepted(doors)
    before = await _shown(other, case)
    assert [path for path, text in before.items() if _NAME not in text] == ["/uppfoljningar?roll=koordinator"]
    assert _UNIT in before["/anmalningar?state=accepted"]
    await visit.sign_in("Karin Koordinator", f"/arenden/{case}")
    page = visit.page
    await page.get_by_role("link", name="Skydd för personuppgifter").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Skydd för {_NAME}")
    assert await faults_of(visit, "the page that protects") == []
    await page.get_by_label("Vilka fler får läsa?").fill("lova")
    await page.get_by_role("button", name="Skydda uppgifterna").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Skydd för {_NAME}")  # the box is not ticked
    await page.get_by_label("Jag förstår att alla andra").check()
    await page.get_by_role("button", name="Skydda uppgifterna").click()
    await expect(page.get_by_role("status")).to_contain_text("Skyddade personuppgifter.")
    assert await faults_of(visit, "the page of a protected person") == []

    for path, text in (await _shown(other, case)).items():
        assert [each for each in (_GIVEN, _FAMILY, _PHONE, _UNIT) if each in text] == [], path
    assert await faults_of(other, "a list with somebody protected") == []
    await other.go(f"/arenden/{case}")
    await expect(other.page.get_by_role("heading", level=1)).to_have_text("Skyddade personuppgifter")
    assert await faults_of(other, "a protected case") == []
    await other.go(f"/anmalningar/{case}/skydd")
    await expect(other.page.get_by_role("status")).to_contain_text("Du är inte en av dem")
    assert await faults_of(other, "the page of who is not named") == []

    marked = f"{_NAME} (skyddade personuppgifter)"
    await lots.sign_in("Lova Lots", f"/arenden/{case}")
    await expect(lots.page.get_by_role("heading", level=1)).to_have_text(marked)
    await lots.go("/tider")
    await expect(lots.page.locator(f"#vantar-{case}")).to_contain_text(marked)

    await page.get_by_label("Personen har inte längre skyddade").check()
    await page.get_by_role("button", name="Häv skyddet").click()
    await expect(page.get_by_role("button", name="Skydda uppgifterna")).to_be_visible()
    await other.go(f"/arenden/{case}")
    await expect(other.page.get_by_role("heading", level=1)).to_have_text(_NAME)
