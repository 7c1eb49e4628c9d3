"""A referral that lacks something: asked for by a coordinator, seen and answered by the referrer, taken back."""

import re
from typing import Any
from uuid import UUID, uuid4

from contracts.codes import Role
from contracts.referral import CompletionReceived, CompletionRequested
from tests.integration.referral.referral import Referral, browser_of_agency, feedback_of, new_message
from tests.malformed import AGENCY, changed

_ASKED = {"what": ["medical_certificate", "other"], "asked_of": "referrer", "note": "Det från mars, tack."}


async def _state(referral: Referral, case_id: UUID) -> Any:
    return (await referral.get(f"cases/{case_id}")).json()["state"]


async def test_what_is_missing_is_fed_back_answered_and_keeps_the_place_in_the_queue(referral: Referral) -> None:
    reference = f"SOC-{uuid4().hex[:8]}"
    case_id = await referral.case_of(changed(new_message(), ("data", "reference"), reference))
    page = f"/mina-anmalningar/{case_id}"
    mine = browser_of_agency(referral)
    place = re.compile(r"Plats \d+ av \d+ i kön")
    before = place.findall((await referral.client.get(page, headers=mine)).text)
    await referral.done(f"cases/{case_id}/ask-for-completion", _ASKED)
    assert await _state(referral, case_id) == "incomplete"
    shown = (await referral.client.get(page, headers=mine)).text
    assert place.findall(shown) == before
    assert "läkarutlåtande, annat saknas" in shown
    assert (
        "ofullständig: läkarutlåtande, annat saknas"
        in (await referral.client.get("/mina-anmalningar", headers=mine)).text
    )
    asked = (await referral.client.get(f"{page}/komplettera", headers=mine)).text
    assert "Det från mars, tack." in asked
    answered = await referral.client.post(
        f"{page}/komplettera", data={"answer": "Intyget kommer med post."}, headers=mine
    )
    assert answered.status_code == 303
    assert await _state(referral, case_id) == "waiting"
    requested, received = [
        event for event in await referral.appended(case_id) if "Completion" in type(event.data).__name__
    ]
    assert isinstance(requested.data, CompletionRequested)
    assert isinstance(received.data, CompletionReceived)
    assert received.data.completion_id == requested.data.completion_id
    assert received.actor == f"agency:{AGENCY}"
    assert "mars" not in str(requested) + str(received)
    steps = await feedback_of(referral, case_id)
    assert [(step.step, step.missing) for step in steps] == [
        ("incomplete", ("medical_certificate", "other")),
        ("completed", None),
    ]
    seen = await referral.client.get(
        f"/anmalningar/{case_id}/komplettera", headers=referral.browser(Role.COORDINATOR)
    )
    assert "Intyget kommer med post." in seen.text
    again = await referral.client.post(f"{page}/komplettera", data={"answer": "igen"}, headers=mine)
    assert again.status_code == 409


async def test_a_coordinator_asks_on_the_page_registers_the_answer_and_undoes_a_question(referral: Referral) -> None:
    sent = new_message()
    name = f"{sent['data']['person']['given_name']} {sent['data']['person']['family_name']}"
    case_id = await referral.case_of(sent)
    place, coordinator = f"/anmalningar/{case_id}", referral.browser(Role.COORDINATOR)
    form = {"what": ["purpose", "contact_details"], "asked_of": "participant", "note": ""}
    for _ in range(2):
        assert (await referral.client.post(f"{place}/komplettera", data=form, headers=coordinator)).status_code == 303
        listed = await referral.client.get("/anmalningar?state=incomplete&sist=true", headers=coordinator)
        assert f"anmalan-{case_id}" in listed.text
        page = (await referral.client.get(f"{place}/komplettera", headers=coordinator)).text
        assert f"Komplettering för {name}" in page
        assert "kontaktuppgifter till personen, vad insatsen ska leda till" in page
        [event_id] = re.findall(r'name="event_id" value="([^"]+)"', page)
        undone = await referral.client.post(f"{place}/angra", data={"event_id": event_id}, headers=coordinator)
        assert undone.status_code == 303
        assert await _state(referral, case_id) == "waiting"
    kept = "SELECT count(*) FROM completion WHERE case_id = $1"
    assert await referral.runtime.pool.fetchval(kept, case_id) == 0
    await referral.client.post(f"{place}/komplettera", data=form, headers=coordinator)
    assert (await referral.client.post(f"{place}/kompletterad", headers=coordinator)).status_code == 303
    assert await referral.runtime.pool.fetchval(kept + " AND completed_on IS NOT NULL", case_id) == 1


async def test_an_agency_answers_over_http_by_its_own_reference(referral: Referral) -> None:
    reference = f"SOC-{uuid4().hex[:8]}"
    case_id = await referral.case_of(changed(new_message(), ("data", "reference"), reference))
    path = f"/api/referral/inbox/{AGENCY}/completions"
    headers = referral.signed_in(Role.AGENCY, agency=AGENCY)
    body = {"reference": reference, "answer": "Se intyget."}
    early = await referral.client.post(path, json=body, headers=headers)
    assert (early.status_code, early.json()["code"]) == (409, "nothing_missing")
    await referral.done(f"cases/{case_id}/ask-for-completion", {"what": ["other"], "asked_of": "referrer"})
    assert (await referral.client.post(path, json=body, headers=headers)).status_code == 201
    assert await _state(referral, case_id) == "waiting"


async def test_a_word_the_catalogue_lacks_is_refused(referral: Referral) -> None:
    case_id = await referral.case_of()
    for body, field in (
        ({"what": ["nothing_known"], "asked_of": "referrer"}, "thing_unknown"),
        ({"what": ["other"], "asked_of": "nobody"}, "asked_of_unknown"),
    ):
        answer = await referral.post(f"cases/{case_id}/ask-for-completion", body)
        assert (answer.status_code, answer.json()["code"]) == (422, field)


async def test_an_incomplete_referral_is_still_open_to_its_agency_and_can_be_taken_on(referral: Referral) -> None:
    sent = new_message()
    case_id = await referral.case_of(sent)
    await referral.done(f"cases/{case_id}/ask-for-completion", {"what": ["other"], "asked_of": "referrer"})
    again = await referral.refer({**sent, "id": f"sent-{uuid4()}"})
    errors = again.json()["receipt"]["data"]["errors"]
    assert "duplicate_of_open_referral" in {error["code"] for error in errors}
    await referral.done(f"cases/{case_id}/accept", {})
    assert await _state(referral, case_id) == "accepted"


async def test_what_was_written_is_erased_with_the_person(referral: Referral) -> None:
    case_id = await referral.case_of()
    await referral.done(f"cases/{case_id}/ask-for-completion", _ASKED)
    await referral.done(f"cases/{case_id}/complete", {"answer": "Nu finns det."})
    assert (
        await referral.post("persons/forget", {"case_id": str(case_id), "also_open": True}, Role.OPERATIONS)
    ).status_code == 201
    row = await referral.runtime.pool.fetchrow("SELECT note, answer FROM completion WHERE case_id = $1", case_id)
    assert tuple(row) == (None, None)
    page = f"/anmalningar/{case_id}/komplettera"
    assert (await referral.client.get(page, headers=referral.browser(Role.COORDINATOR))).status_code == 200
