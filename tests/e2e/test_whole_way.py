"""A participant's whole way in one go, in the browser alone: the meeting, the plan, the start, a lots who hands over
to a colleague, the exit, and the referrer's page that shows the hand-back. Only the referral comes in by its topic.
"""

import re

from playwright.async_api import expect

from contracts.codes import Role
from tests.e2e.conftest import Visit
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions
from tests.waiting import until

_ACTIVITIES = (
    ("arbetsträning", "Arbetsförmedlingen"),
    ("kontakt med vården", "regionen"),
    ("vägledning", "kommunen"),
    ("studiebesök", "Försäkringskassan"),
)


async def _referred(doors: Doors) -> tuple[str, str]:
    """A referral that waits for an answer, and the person's name."""
    submission = Submissions(2899).next(swedish_day(), insats="finsam-team")
    person = submission["data"]["person"]
    case = await doors.refer(submission)
    return str(case), f"{person['given_name']} {person['family_name']}"


async def test_from_the_referral_to_the_hand_back_without_the_api(
    visit: Visit, visit_without_scripts: Visit, doors: Doors
) -> None:
    case, name = await _referred(doors)
    today = swedish_day()
    seat = {"insats": "finsam-team", "team": "team-3", "meets_on": today.isoformat(), "starts_at": "23:45"}
    await doors.post(Role.COORDINATOR, "/api/planning/sessions", {**seat, "seats": 1})
    karin, lova = visit, visit_without_scripts
    page, colleague = karin.page, lova.page

    await karin.sign_in("Karin Koordinator", "/anmalningar")
    row = page.get_by_role("row").filter(has_text=name)
    await row.get_by_role("button", name=re.compile("Anta")).click()
    await until(
        lambda: doors.get(Role.COORDINATOR, f"/api/planning/cases/{case}"), lambda seen: seen["stage"] == "accepted"
    )
    await karin.go(f"/arenden/{case}")
    await page.get_by_role("link", name="Boka plats på team-möte").click()
    await page.get_by_role("radio", name="klockan 23.45, Team 3").check()
    await page.get_by_role("button", name="Boka plats").click()
    await page.get_by_role("link", name="Visa ärendet").click()
    await page.get_by_role("button", name="Mötet har hållits").click()
    await page.get_by_role("link", name="Gör planen").click()
    for number, (what, who) in enumerate(_ACTIVITIES, start=1):
        await page.get_by_label(f"Aktivitet {number}", exact=True).select_option(what)
        await page.get_by_label(f"Ansvarig för aktivitet {number}").select_option(who)
    await page.get_by_role("button", name="Spara planen").last.click()
    await page.locator("summary").filter(has_text="Registrera starten").click()
    await page.get_by_role("button", name="Registrera starten").click()
    await expect(page.get_by_role("status")).to_contain_text("Starten är registrerad.")

    await page.get_by_role("link", name="Stöd och överlämning").click()
    await page.get_by_label("Användar-id").fill("lova")
    await page.get_by_role("button", name="Utse").click()
    await lova.sign_in("Lova Lots", f"/arenden/{case}/stod")
    await colleague.get_by_label("Kollegans användar-id").fill("karin")
    await colleague.get_by_role("button", name="Fråga kollegan").click()
    await karin.go(f"/arenden/{case}/stod")
    await page.get_by_role("button", name=re.compile("Ta över")).click()
    await expect(page.get_by_role("heading", name="Lots: karin")).to_be_visible()

    await karin.go(f"/arenden/{case}")
    await page.get_by_role("link", name="Avslut", exact=True).click()
    await page.get_by_label("aktivt arbetssökande", exact=True).check()
    await page.get_by_role("button", name="Fortsätt").click()
    await page.get_by_role("button", name=f"Avsluta för {name}").click()
    await expect(page.get_by_role("status").first).to_contain_text("Insatsen är avslutad")

    await lova.sign_in("Rut Remittent", f"/mina-anmalningar/{case}")

    async def looked_at() -> str:
        await lova.go(f"/mina-anmalningar/{case}")
        return await colleague.locator("#forlopp").inner_text()

    await until(looked_at, lambda text: "Personen är återförd till er" in text)
    await colleague.get_by_role("button", name=re.compile("Vi har tagit emot")).click()
    await expect(colleague.locator("#forlopp")).to_contain_text("tagit emot återföringen")
