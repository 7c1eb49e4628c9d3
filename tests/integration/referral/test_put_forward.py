"""People put forward in a preparing group, at the doors: one click, the same over HTTP, the count, one taken back."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.codes import Role
from contracts.events import local_date
from services.referral import put_forward_store
from tests.integration.referral.referral import Referral

_PLACE = "/konsultationer/aktualiserade"
_HTTP = "/api/referral/put-forward"


def _form(referral: Referral, **changed: Any) -> dict[str, Any]:
    return {
        "put_forward_id": str(uuid4()),
        "insats": "beredningsgrupp",
        "met_on": local_date(referral.runtime.clock.now()).isoformat(),
        "by": "forsakringskassan",
        "led_to": "joint_meeting",
        **changed,
    }


async def _count(referral: Referral, by: str = "forsakringskassan") -> int:
    year = local_date(referral.runtime.clock.now()).year
    address = f"{_HTTP}?insats=beredningsgrupp&year={year}"
    answer = await referral.client.get(address, headers=referral.browser(Role.OFFICE))
    assert answer.status_code == 200, answer.text
    counted = answer.json()
    assert counted["total"] == sum(each["count"] for each in counted["months"])
    return sum(each["count"] for each in counted["months"] if each["by"] == by)


async def _note(referral: Referral, form: dict[str, Any], role: Role = Role.COORDINATOR) -> httpx.Response:
    return await referral.client.post(_PLACE, data=form, headers=referral.browser(role))


async def test_one_click_counts_somebody_and_sent_again_it_counts_once(referral: Referral) -> None:
    before = await _count(referral)
    form = _form(referral)
    [place] = {(await _note(referral, form)).headers["location"] for _ in range(2)}
    page = (await referral.client.get(place, headers=referral.browser(Role.COORDINATOR))).text
    assert "Aktualiseringen är noterad." in page
    assert "gemensamt möte" in page
    assert await _count(referral) == before + 1
    other = await _note(referral, {**form, "led_to": "nothing"})
    assert other.status_code == 409
    appended = await referral.appended(UUID(form["put_forward_id"]))
    assert [(each.type, each.association) for each in appended] == [("PersonPutForward", "sundsvall")]


async def test_one_taken_back_counts_no_longer(referral: Referral) -> None:
    before = await _count(referral)
    form = _form(referral)
    await _note(referral, form)
    place = f"{_PLACE}/{form['put_forward_id']}/felregistrerad"
    data = {"insats": "beredningsgrupp", "ar": local_date(referral.runtime.clock.now()).year}
    headers = referral.browser(Role.COORDINATOR)
    answers = [await referral.client.post(place, data=data, headers=headers) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 409]
    page = (await referral.client.get(answers[0].headers["location"], headers=headers)).text
    assert "felregistrerad" in page
    assert await _count(referral) == before


async def test_a_programme_notes_one_with_a_key_and_takes_it_back(referral: Referral) -> None:
    headers = {**referral.browser(Role.LOTS), "accept": "application/json", "idempotency-key": str(uuid4())}
    body = {key: value for key, value in _form(referral).items() if key != "put_forward_id"}
    answers = [await referral.client.post(_HTTP, json=body, headers=headers) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201], answers[0].text
    assert answers[0].json() == answers[1].json()
    taken_back = f"{_HTTP}/{answers[0].json()['put_forward_id']}/registered-in-error"
    again = await referral.client.post(taken_back, headers={**headers, "idempotency-key": str(uuid4())})
    assert again.status_code == 201, again.text


async def test_what_is_wrong_is_said_on_the_page(referral: Referral) -> None:
    answer = await _note(referral, _form(referral, met_on="2100-01-01"))
    assert answer.status_code == 422
    assert "Ange en dag som inte ligger i framtiden." in answer.text
    headers = referral.browser(Role.COORDINATOR)
    assert (await referral.client.get(f"{_PLACE}?insats=finsam-team", headers=headers)).status_code == 404


async def test_the_office_reads_and_notes_nothing_and_an_agency_sees_nothing(referral: Referral) -> None:
    page = await referral.client.get(_PLACE, headers=referral.browser(Role.OFFICE))
    assert page.status_code == 200
    assert "Knappen noterar" not in page.text
    assert (await _note(referral, _form(referral), Role.OFFICE)).status_code == 403
    assert (await referral.client.get(_PLACE, headers=referral.browser(Role.AGENCY))).status_code == 403


async def test_neither_a_case_nor_a_consultation_is_taken_for_one(referral: Referral) -> None:
    case_id = await referral.case_of()
    headers = referral.browser(Role.COORDINATOR)
    place = f"{_PLACE}/{case_id}/felregistrerad"
    answer = await referral.client.post(place, data={"insats": "beredningsgrupp", "ar": 2026}, headers=headers)
    assert answer.status_code == 404
    assert (await _note(referral, _form(referral, put_forward_id=str(case_id)))).status_code == 409


async def test_the_list_and_the_count_are_read_from_their_index(referral: Referral) -> None:
    async with referral.runtime.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "INSERT INTO put_forward SELECT gen_random_uuid(), 'insats-' || n % 20, date '2000-01-01' + n % 9000,"
            " 'forsakringskassan', 'nothing' FROM generate_series(1, 20000) AS n"
        )
        await connection.execute("ANALYZE put_forward")
        for query, types, values in (
            (put_forward_store.NEWEST, "(text, date, date, bigint)", ", 50"),
            (put_forward_store.COUNTED, "(text, date, date)", ""),
        ):
            await connection.execute(f"PREPARE hot {types} AS {query}")
            plan = await connection.fetch(f"EXPLAIN EXECUTE hot ('insats-1', '2023-01-01', '2024-01-01'{values})")
            await connection.execute("DEALLOCATE hot")
            assert any("put_forward_by_day" in row[0] for row in plan), plan
        await transaction.rollback()
