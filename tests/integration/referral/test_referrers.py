"""A referrer who leaves: the referrals are listed for the agency and coordinators until somebody takes them over."""

from datetime import timedelta
from uuid import UUID, uuid4

from contracts.codes import ReferrerChangeCause, Role
from contracts.events import local_date
from contracts.referral import ReferrerChanged
from services.referral import officers_store
from tests.integration.referral.referral import Referral, browser_of_agency, new_message
from tests.malformed import AGENCY, changed

MINE, WITHOUT = "/mina-anmalningar/remittenter", "/anmalningar/utan-remittent"
UNIT = "farsta"


def _named(name: str) -> dict[str, object]:
    return changed(new_message(), ("data", "referrer"), {"unit": UNIT, "officer": {"name": name}})


def _somebody() -> str:
    return f"Remittent {uuid4().hex[:8]}"


async def _pages(referral: Referral) -> tuple[str, str]:
    mine = await referral.client.get(MINE, headers=browser_of_agency(referral))
    without = await referral.client.get(WITHOUT, headers=referral.browser(Role.COORDINATOR))
    assert (mine.status_code, without.status_code) == (200, 200)
    return mine.text, without.text


async def _facts(referral: Referral, case_id: UUID) -> list[ReferrerChanged]:
    return [each.data for each in await referral.appended(case_id) if isinstance(each.data, ReferrerChanged)]


async def test_a_leaver_s_referrals_are_listed_until_each_has_another(referral: Referral) -> None:
    name, heir = _somebody(), _somebody()
    cases = [await referral.case_of(_named(name)) for _ in range(2)]
    today = local_date(referral.runtime.clock.now())
    form = {"unit": UNIT, "name": f"  {name.upper()} ", "left_on": today.isoformat()}
    noted = await referral.client.post(MINE, data=form, headers=browser_of_agency(referral))
    assert noted.status_code == 303
    mine, without = await _pages(referral)
    for case_id in cases:
        assert f"/mina-anmalningar/{case_id}/remittent" in mine
        assert f"/anmalningar/{case_id}/remittent" in without
    listed = await referral.client.get("/anmalningar", headers=referral.browser(Role.COORDINATOR))
    assert "utan remittent</a>" in listed.text

    place = f"/mina-anmalningar/{cases[0]}/remittent"
    asked = await referral.client.get(place, headers=browser_of_agency(referral))
    assert f"<dt>Remittent nu</dt><dd>{name}" in asked.text
    taken = {"unit": "skarholmen", "name": heir, "phone": "08-1", "email": "", "cause": "took_over"}
    wrong = await referral.client.post(place, data=taken, headers=browser_of_agency(referral))
    assert wrong.status_code == 422
    assert "Skriv ett telefonnummer" in wrong.text
    assert f'value="{heir}"' in wrong.text
    taken["phone"] = "08-123 45 67"
    answer = await referral.client.post(place, data=taken, headers=browser_of_agency(referral))
    assert answer.status_code == 303
    body = {"unit": UNIT, "name": heir, "cause": "left"}
    assert (await referral.post(f"cases/{cases[1]}/change-referrer", body)).status_code == 201
    [fact] = await _facts(referral, cases[0])
    assert (fact.unit, fact.unit_kind, fact.cause) == ("skarholmen", "district", ReferrerChangeCause.TOOK_OVER)
    mine, without = await _pages(referral)
    for case_id in cases:
        assert str(case_id) not in mine + without
    assert heir in mine
    assert name not in mine
    assert (await referral.get(f"cases/{cases[0]}")).json()["unit"] == "skarholmen"
    shown = await referral.client.get(f"/mina-anmalningar/{cases[0]}/remittent", headers=browser_of_agency(referral))
    assert f"<dt>Remittent nu</dt><dd>{heir}, 08-123 45 67" in shown.text
    course = await referral.client.get(f"/mina-anmalningar/{cases[0]}", headers=browser_of_agency(referral))
    assert f"<dt>Remittent</dt><dd>{heir}</dd>" in course.text
    again = await referral.post(f"cases/{cases[1]}/change-referrer", body)
    assert (again.status_code, again.json()["code"]) == (409, "referrer_unchanged")


async def test_who_leaves_later_is_listed_from_that_day_and_who_stays_is_not(referral: Referral) -> None:
    name = _somebody()
    case_id = await referral.case_of(_named(name))
    left_on = local_date(referral.runtime.clock.now()) + timedelta(days=30)
    body = {"unit": UNIT, "name": name, "left_on": left_on.isoformat()}
    headers = referral.signed_in(Role.AGENCY, agency=AGENCY) | {"Idempotency-Key": str(uuid4())}
    for _ in range(2):
        answer = await referral.client.post(f"/api/referral/inbox/{AGENCY}/leavers", json=body, headers=headers)
        assert (answer.status_code, answer.json()) == (201, {"open_referrals": 1})
    mine, without = await _pages(referral)
    assert f"/mina-anmalningar/{case_id}/remittent" not in mine
    assert str(case_id) not in without
    async with referral.runtime.pool.acquire() as connection:
        found = await officers_store.without_referrer(connection, left_on, 1000, AGENCY)
    assert case_id in {each.case_id for each in found}
    stays = await referral.client.post(
        f"{MINE}/stannar", data={"unit": UNIT, "name": name}, headers=browser_of_agency(referral)
    )
    assert stays.status_code == 303
    async with referral.runtime.pool.acquire() as connection:
        found = await officers_store.without_referrer(connection, left_on, 1000, None)
    assert case_id not in {each.case_id for each in found}
    again = await referral.client.post(
        f"{MINE}/stannar", data={"unit": UNIT, "name": name}, headers=browser_of_agency(referral)
    )
    assert again.status_code == 404


async def test_another_agency_s_officers_and_referrals_are_out_of_reach(referral: Referral) -> None:
    name = _somebody()
    case_id = await referral.case_of(_named(name))
    other = browser_of_agency(referral, "forsakringskassan")
    assert name not in (await referral.client.get(MINE, headers=other)).text
    for place, form, status in (
        (f"/mina-anmalningar/{case_id}/remittent", {"unit": "fk-stockholm", "name": "Ny", "cause": "left"}, 404),
        (MINE, {"unit": UNIT, "name": name, "left_on": "2026-01-01"}, 422),
        (MINE, {"unit": "fk-stockholm", "name": name, "left_on": "2026-01-01"}, 404),
    ):
        assert (await referral.client.post(place, data=form, headers=other)).status_code == status
    wrong = await referral.post(
        f"cases/{case_id}/change-referrer", {"unit": "fk-stockholm", "name": "Ny", "cause": "moved"}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unit_unknown")
    assert await _facts(referral, case_id) == []


async def test_lists_of_officers_are_read_from_their_index(referral: Referral) -> None:
    today = local_date(referral.runtime.clock.now())
    async with referral.runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        plans = [
            await connection.fetch(f"EXPLAIN {officers_store.OFFICERS}", AGENCY, 200),
            await connection.fetch(f"EXPLAIN {officers_store.WITHOUT_REFERRER}", today, 200),
            await connection.fetch(f"EXPLAIN {officers_store.COUNT_WITHOUT_REFERRER}", today, 1000),
        ]
    for plan in plans:
        assert "referral_case_by_officer" in "\n".join(row[0] for row in plan)
