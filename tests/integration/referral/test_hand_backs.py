"""A case handed back: on the outbox, on the referrer's page, in the coordinators' list, until it is acknowledged."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.codes import Role
from contracts.corrections import RegisteredInError
from contracts.envelope import Fact
from contracts.events import local_date
from contracts.planning import CaseHandedBack, CaseReopened
from contracts.referral import HandBackAcknowledged, RuleRef
from services.chassis.names import PROTECTED
from services.referral import hand_back_store
from services.referral.web.hand_backs import PATH
from tests.integration.referral.referral import (
    Referral,
    browser_of_agency,
    exited_fact,
    feedback_of,
    new_message,
    started_fact,
)
from tests.malformed import AGENCY, Message
from tests.waiting import until


def _back(day: date, episode: int = 1) -> CaseHandedBack:
    rule = RuleRef(insats="finsam-team", version=2)
    return CaseHandedBack(
        happened_on=day, hand_back_id=uuid4(), insats="finsam-team", episode=episode, to="anmalare", rule=rule
    )


async def _handed_back(referral: Referral, sent: Message | None = None) -> UUID:
    """A case whose participant has left, as its referrer hears of it."""
    case_id = await referral.case_of(sent)
    await referral.done(f"cases/{case_id}/accept", {})
    day = local_date(referral.runtime.clock.now())
    await referral.planning_appends(case_id, started_fact(referral), exited_fact(referral), _back(day))
    await until(lambda: _waits(referral, case_id), lambda waits: waits is True)
    return case_id


async def _waits(referral: Referral, case_id: UUID) -> bool:
    answer = await referral.get("hand-backs")
    assert answer.status_code == 200, answer.text
    return str(case_id) in {each["case_id"] for each in answer.json()}


async def _listed(referral: Referral) -> str:
    headers = {**referral.browser(Role.COORDINATOR)}
    return (await referral.client.get(PATH, headers=headers)).text


async def _acknowledge(referral: Referral, body: dict[str, Any], agency: str = AGENCY) -> httpx.Response:
    headers = referral.signed_in(Role.AGENCY, agency=agency)
    return await referral.client.post(
        f"/api/referral/inbox/{agency}/hand-backs/acknowledged", json=body, headers=headers
    )


async def test_acknowledged_on_the_referral_s_page(referral: Referral) -> None:
    case_id = await _handed_back(referral)
    headers = browser_of_agency(referral)
    page = (await referral.client.get(f"/mina-anmalningar/{case_id}", headers=headers)).text
    assert "Personen är återförd till er" in page
    assert "återförd till anmälaren" in page
    assert str(case_id) in await _listed(referral)
    overview = (await referral.client.get("/anmalningar", headers=referral.browser(Role.COORDINATOR))).text
    assert f'href="{PATH}"' in overview

    sent = await referral.client.post(f"/mina-anmalningar/{case_id}/aterforing", headers=headers)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/mina-anmalningar/{case_id}")
    after = (await referral.client.get(f"/mina-anmalningar/{case_id}", headers=headers)).text
    assert "Personen är återförd till er" not in after
    assert "anmälaren har tagit emot återföringen" in after
    assert not await _waits(referral, case_id)
    assert str(case_id) not in await _listed(referral)
    [acknowledged] = [
        each for each in await referral.appended(case_id) if isinstance(each.data, HandBackAcknowledged)
    ]
    assert acknowledged.actor == f"agency:{AGENCY}"
    steps = [each.step for each in await feedback_of(referral, case_id)]
    assert steps == ["accepted", "started", "ended", "handed_back", "hand_back_acknowledged"]
    twice = await referral.client.post(f"/mina-anmalningar/{case_id}/aterforing", headers=headers)
    assert twice.status_code == 409


async def test_acknowledged_over_the_agency_api_by_its_reference(referral: Referral) -> None:
    sent = new_message()
    case_id = await _handed_back(referral, sent)
    reference = sent["data"]["reference"]
    for body, status, code in (
        ({}, 422, "one_of_two"),
        ({"reference": "FINNS-INTE"}, 404, "hand_back_unknown"),
        ({"reference": reference, "acknowledged_on": "2021-01-01"}, 422, "date_before_hand_back"),
    ):
        refused = await _acknowledge(referral, body)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    answer = await _acknowledge(referral, {"reference": reference})
    assert answer.status_code == 201, answer.text
    assert [each["type"] for each in answer.json()["events"]] == ["HandBackAcknowledged"]
    by_id = await _acknowledge(referral, {"case_id": str(case_id)})
    assert (by_id.status_code, by_id.json()["code"]) == (409, "already_acknowledged")


async def test_another_agency_can_neither_see_nor_acknowledge_it(referral: Referral) -> None:
    sent = new_message()
    case_id = await _handed_back(referral, sent)
    for body in ({"case_id": str(case_id)}, {"reference": sent["data"]["reference"]}):
        answer = await _acknowledge(referral, body, "forsakringskassan")
        assert (answer.status_code, answer.json()["code"]) == (404, "hand_back_unknown")
    other = browser_of_agency(referral, "forsakringskassan")
    page = await referral.client.post(f"/mina-anmalningar/{case_id}/aterforing", headers=other)
    assert page.status_code == 404
    assert await _waits(referral, case_id)


async def test_a_hand_back_taken_back_or_a_case_reopened_waits_no_more(referral: Referral) -> None:
    day = local_date(referral.runtime.clock.now())
    case_id = await _handed_back(referral)
    wrong = RegisteredInError(
        happened_on=day, event_id=await _id_of_the_hand_back(referral, case_id), reason="wrong_person"
    )
    await _waits_no_more(referral, case_id, wrong)
    await _waits_no_more(referral, await _handed_back(referral), CaseReopened(happened_on=day, episode=2))


async def _waits_no_more(referral: Referral, case_id: UUID, later: Fact) -> None:
    await referral.planning_appends(case_id, later, after=3)
    await until(lambda: _waits(referral, case_id), lambda waits: waits is False)
    refused = await _acknowledge(referral, {"case_id": str(case_id)})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_handed_back")


async def _id_of_the_hand_back(referral: Referral, case_id: UUID) -> UUID:
    found: UUID = await referral.runtime.pool.fetchval(
        "SELECT (convert_from(value, 'UTF8')::jsonb ->> 'id')::uuid FROM heard_event"
        " WHERE stream_id = $1 AND source = '/samspel/planning' AND sequence = 3",
        case_id,
    )
    return found


async def test_of_a_forgotten_person_no_hand_back_waits(referral: Referral) -> None:
    case_id = await _handed_back(referral)
    forgotten = {"case_id": str(case_id)}
    assert (await referral.post("persons/forget", forgotten, Role.OPERATIONS)).status_code == 201
    assert not await _waits(referral, case_id)


async def test_of_a_protected_person_the_list_shows_neither_name_nor_unit(referral: Referral) -> None:
    sent = new_message()
    sent["data"]["person"]["protected_identity"] = {"readers": ["karin"]}
    case_id = await _handed_back(referral, sent)
    page = await _listed(referral)
    row = next(each for each in page.split("<tr>") if str(case_id) in each)
    assert PROTECTED in row
    assert sent["data"]["person"]["family_name"] not in row
    assert "enheten visas inte" in row


async def test_agencies_alone_acknowledge(referral: Referral) -> None:
    for role in set(Role) - {Role.AGENCY}:
        answer = await referral.post(f"inbox/{AGENCY}/hand-backs/acknowledged", {"reference": "X"}, role)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")


async def test_the_list_is_for_coordinators(referral: Referral) -> None:
    for role in (Role.LOTS, Role.OFFICE, Role.AGENCY, Role.OPERATIONS):
        assert (await referral.get("hand-backs", role)).status_code == 403
        assert (await referral.client.get(PATH, headers=referral.browser(role))).status_code == 403


async def test_lists_of_hand_backs_are_read_from_their_index(referral: Referral) -> None:
    async with referral.runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        plans = [
            await connection.fetch(f"EXPLAIN {hand_back_store.HANDED_BACK}", 200),
            await connection.fetch(f"EXPLAIN {hand_back_store.COUNT_HANDED_BACK}", 1000),
        ]
    for plan in plans:
        assert "referral_case_handed_back" in "\n".join(row[0] for row in plan)
