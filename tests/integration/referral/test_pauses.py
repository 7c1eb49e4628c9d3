"""A pause of the intake: set on the page, met by a referrer, ended over HTTP."""

from uuid import uuid4

import pytest

from contracts.codes import Role
from contracts.events import local_date
from tests.integration.referral.referral import Referral, new_message
from tests.malformed import AGENCY, changed

PAGE, PLACE = "/anmalningar/uppehall", "insatser/mia-vidare/doors/intresseanmalan"


async def _receipt(referral: Referral) -> tuple[int, list[str]]:
    sent = changed(new_message(), ("data", "insats"), "mia-vidare")
    answer = await referral.client.post(
        f"/api/referral/inbox/{AGENCY}", json=sent, headers=referral.signed_in(Role.AGENCY, agency=AGENCY)
    )
    errors = answer.json()["receipt"]["data"]["errors"] if answer.status_code == 422 else []
    return answer.status_code, [error["code"] for error in errors]


async def test_who_comes_meanwhile_is_refused_and_who_waits_keeps_the_place(referral: Referral) -> None:
    waits = await referral.case_of(changed(new_message(), ("data", "insats"), "mia-vidare"))
    office = referral.browser(Role.OFFICE)
    shown = (await referral.client.get(PAGE, headers=office)).text
    assert "MIA Vidare" in shown
    assert "FINSAM-team" not in shown
    form = {
        "insats": "mia-vidare",
        "door": "intresseanmalan",
        "paused_on": local_date(referral.runtime.clock.now()).isoformat(),
    }
    done = await referral.client.post(PAGE, data=form, headers=office)
    assert done.status_code == 303
    assert "uppehåll sedan" in (await referral.client.get(done.headers["location"], headers=office)).text
    assert await _receipt(referral) == (422, ["intake_paused"])
    queue = await referral.client.get("/anmalningar/ko?insats=mia-vidare", headers=office)
    assert "Intaget har uppehåll sedan" in queue.text
    assert str(waits) in queue.text
    listed = await referral.get("pauses")
    assert [(each["insats"], each["door"]) for each in listed.json()["items"]] == [("mia-vidare", "intresseanmalan")]
    again = await referral.post(f"{PLACE}/pause", {}, Role.COORDINATOR)
    assert (again.status_code, again.json()["code"]) == (409, "already_paused")

    headers = referral.signed_in(Role.COORDINATOR) | {"Idempotency-Key": str(uuid4())}
    opened = [await referral.client.post(f"/api/referral/{PLACE}/resume", json={}, headers=headers) for _ in range(2)]
    assert [each.status_code for each in opened] == [201, 201]
    assert opened[0].json() == opened[1].json()
    assert await _receipt(referral) == (201, [])
    assert (await referral.get("pauses")).json() == {"items": []}


@pytest.mark.parametrize("role", [Role.AGENCY, Role.LOTS, Role.OPERATIONS])
async def test_only_coordinators_and_the_office_pause(referral: Referral, role: Role) -> None:
    for what in ("pause", "resume"):
        assert (await referral.post(f"{PLACE}/{what}", {}, role)).status_code == 403


async def test_a_door_that_may_not_be_shut_is_not(referral: Referral) -> None:
    answer = await referral.post("insatser/finsam-team/doors/anmalan/pause", {}, Role.OFFICE)
    assert (answer.status_code, answer.json()["code"]) == (409, "door_not_pausable")
    answer = await referral.post("insatser/nowhere/doors/anmalan/pause", {}, Role.OFFICE)
    assert (answer.status_code, answer.json()["code"]) == (404, "door_unknown")
