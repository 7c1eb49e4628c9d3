"""Consultations at the doors: one click on the page, the same over HTTP, the month's count, and one taken back."""

import re
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.codes import Role
from contracts.events import local_date
from services.referral import consultation_store
from tests.integration.referral.referral import Referral

_PLACE = "/konsultationer"
_HTTP = "/api/referral/consultations"


def _form(referral: Referral, **changes: Any) -> dict[str, Any]:
    return {
        "consultation_id": str(uuid4()),
        "insats": "forsakringsutredare",
        "held_on": local_date(referral.runtime.clock.now()).isoformat(),
        "asker": "arbetskonsulent",
        "forum": "corridor",
        "topic": "sickness_insurance",
        "led_to": "nothing",
        **changes,
    }


async def _count(referral: Referral, insats: str) -> int:
    year = local_date(referral.runtime.clock.now()).year
    answer = await referral.client.get(f"{_HTTP}?insats={insats}&year={year}", headers=referral.browser(Role.OFFICE))
    assert answer.status_code == 200, answer.text
    counted = answer.json()
    assert counted["total"] == sum(each["count"] for each in counted["months"])
    return int(counted["total"])


async def _note(referral: Referral, form: dict[str, Any]) -> httpx.Response:
    return await referral.client.post(_PLACE, data=form, headers=referral.browser(Role.COORDINATOR))


async def test_one_click_notes_a_consultation_and_sent_again_it_counts_once(referral: Referral) -> None:
    before = await _count(referral, "forsakringsutredare")
    form = _form(referral)
    places = {(await _note(referral, form)).headers["location"] for _ in range(2)}
    [place] = places
    page = (await referral.client.get(place, headers=referral.browser(Role.COORDINATOR))).text
    assert "Konsultationen är noterad." in page
    assert "i förbifarten" in page
    # What was chosen last stands in the lists for the next one.
    assert re.search(r'<option value="corridor" selected>', page)
    assert await _count(referral, "forsakringsutredare") == before + 1
    other = await _note(referral, {**form, "topic": "other"})
    assert other.status_code == 409


async def test_one_taken_back_stays_in_the_history_and_counts_no_longer(referral: Referral) -> None:
    before = await _count(referral, "sip-samordnare")
    form = _form(referral, insats="sip-samordnare")
    await _note(referral, form)
    assert await _count(referral, "sip-samordnare") == before + 1
    place = f"{_PLACE}/{form['consultation_id']}/felregistrerad"
    year = local_date(referral.runtime.clock.now()).year
    answers = [
        await referral.client.post(
            place, data={"insats": "sip-samordnare", "ar": year}, headers=referral.browser(Role.COORDINATOR)
        )
        for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [303, 409]
    assert (
        "felregistrerad"
        in (
            await referral.client.get(answers[0].headers["location"], headers=referral.browser(Role.COORDINATOR))
        ).text
    )
    assert await _count(referral, "sip-samordnare") == before

    appended = await referral.appended(UUID(form["consultation_id"]))
    assert [each.type for each in appended] == ["ConsultationHeld", "RegisteredInError"]


async def test_a_programme_notes_one_with_a_key(referral: Referral) -> None:
    headers = {**referral.browser(Role.COORDINATOR), "accept": "application/json", "idempotency-key": str(uuid4())}
    body = {key: value for key, value in _form(referral, insats="arbetsterapeut").items() if key != "consultation_id"}
    answers = [await referral.client.post(_HTTP, json=body, headers=headers) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201], answers[0].text
    assert answers[0].json() == answers[1].json()
    taken_back = f"{_HTTP}/{answers[0].json()['consultation_id']}/registered-in-error"
    again = await referral.client.post(taken_back, headers={**headers, "idempotency-key": str(uuid4())})
    assert again.status_code == 201, again.text


async def test_what_is_wrong_is_said_on_the_page(referral: Referral) -> None:
    answer = await _note(referral, _form(referral, held_on="2100-01-01"))
    assert answer.status_code == 422
    assert "Ange en dag som inte ligger i framtiden." in answer.text
    unknown = await referral.client.get(f"{_PLACE}?insats=finsam-team", headers=referral.browser(Role.COORDINATOR))
    assert unknown.status_code == 404


async def test_the_office_reads_and_an_agency_does_not(referral: Referral) -> None:
    page = await referral.client.get(_PLACE, headers=referral.browser(Role.OFFICE))
    assert page.status_code == 200
    assert "Vem frågade? Knappen" not in page.text
    form = _form(referral)
    assert (await referral.client.post(_PLACE, data=form, headers=referral.browser(Role.OFFICE))).status_code == 403
    assert (await referral.client.get(_PLACE, headers=referral.browser(Role.AGENCY))).status_code == 403


async def test_a_case_is_not_taken_for_a_consultation(referral: Referral) -> None:
    case_id = await referral.case_of()
    place = f"{_PLACE}/{case_id}/felregistrerad"
    answer = await referral.client.post(
        place, data={"insats": "sip-samordnare", "ar": 2026}, headers=referral.browser(Role.COORDINATOR)
    )
    assert answer.status_code == 404
    assert (await _note(referral, _form(referral, consultation_id=str(case_id)))).status_code == 409


async def test_the_list_and_the_count_are_read_from_their_index(referral: Referral) -> None:
    async with referral.runtime.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "INSERT INTO consultation SELECT gen_random_uuid(), 'insats-' || n % 20, date '2000-01-01' + n % 9000,"
            " 'other', 'phone', 'other', 'nothing' FROM generate_series(1, 20000) AS n"
        )
        await connection.execute("ANALYZE consultation")
        first, following = "2023-01-01", "2024-01-01"
        for query, more in ((consultation_store.NEWEST, ", 50"), (consultation_store.COUNTED, "")):
            values = f"('insats-1', '{first}', '{following}'{more})"
            types = "(text, date, date, bigint)" if more else "(text, date, date)"
            await connection.execute(f"PREPARE hot {types} AS {query}")
            plan = await connection.fetch(f"EXPLAIN EXECUTE hot {values}")
            await connection.execute("DEALLOCATE hot")
            assert any("consultation_by_day" in row[0] for row in plan), plan
        await transaction.rollback()
