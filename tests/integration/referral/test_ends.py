"""Withdrawn, declined, run out: over HTTP, on pages, on the agency's outbox, and each of them taken back."""

import re
from datetime import time
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.agency import ReferralProgressTakenBack
from contracts.codes import MeetingMode, Role
from contracts.corrections import RegisteredInError
from contracts.events import local_date
from contracts.planning import TeamMeetingBooked
from contracts.referral import ReferralReturned
from services.referral import ending_store
from services.referral.domain.permissions import PERMISSIONS, Act
from tests.integration.referral.referral import (
    Referral,
    browser_of_agency,
    feedback_of,
    new_message,
    new_number,
    started_fact,
)
from tests.malformed import AGENCY, changed
from tests.waiting import until

_UNDO = "registered-in-error"


async def _returned(referral: Referral, case_id: UUID) -> list[ReferralReturned]:
    return [e.data for e in await referral.appended(case_id) if isinstance(e.data, ReferralReturned)]


@pytest.mark.parametrize(
    ("what", "body", "by", "reason"),
    [
        ("withdraw", {"reason": "not_relevant"}, "referrer", "not_relevant"),
        ("decline", {}, "participant", "declined"),
        ("decline", {"reason": "insufficient_health"}, "participant", "insufficient_health"),
        ("expire", {}, "expiry", "expired"),
    ],
)
async def test_each_end_is_appended_fed_back_and_taken_back(
    referral: Referral, what: str, body: dict[str, Any], by: str, reason: str
) -> None:
    case_id = await referral.case_of(changed(new_message(), ("data", "consent", "choice"), "given"))
    done = await referral.done(f"cases/{case_id}/{what}", body)
    [fact] = await _returned(referral, case_id)
    assert (fact.returned_by, fact.reason) == (by, reason)
    [step] = await feedback_of(referral, case_id)
    assert (step.step, step.returned_by, step.reason, step.return_stage) == (
        "returned",
        by,
        reason,
        "before_acceptance",
    )
    listed = (await referral.get(f"cases/{case_id}")).json()
    assert (listed["state"], listed["returned_by"]) == ("returned", by)

    [event] = done["events"]
    body = {"event_id": event["id"], "reason": "wrong_person"}
    taken_back = await referral.done(f"cases/{case_id}/{_UNDO}", body)
    assert [each["type"] for each in taken_back["events"]] == ["RegisteredInError"]
    listed = (await referral.get(f"cases/{case_id}")).json()
    assert (listed["state"], listed["returned_by"]) == ("waiting", None)
    assert isinstance((await referral.appended(case_id))[-1].data, RegisteredInError)
    assert isinstance((await feedback_of(referral, case_id))[-1], ReferralProgressTakenBack)
    kept = "SELECT return_reason FROM referral_case WHERE case_id = $1"
    assert await referral.runtime.pool.fetchval(kept, case_id) is None
    again = await referral.post(f"cases/{case_id}/{_UNDO}", body)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_undo")


async def test_an_acceptance_by_mistake_is_undone_on_the_page_and_waits_in_its_place(referral: Referral) -> None:
    case_id = await referral.case_of()
    before = (await referral.get(f"cases/{case_id}")).json()
    [accepted] = (await referral.done(f"cases/{case_id}/accept", {}))["events"]
    browser = referral.browser(Role.COORDINATOR)
    del browser["hx-request"]
    listed = (await referral.client.get("/anmalningar?state=accepted&sist=true", headers=browser)).text
    assert f'href="/anmalningar/{case_id}/angra"' in listed
    place = f"/anmalningar/{case_id}/angra"
    page = (await referral.client.get(place, headers=browser)).text
    assert "anmälan antogs" in page
    undone = await referral.client.post(place, data={"event_id": accepted["id"]}, headers=browser)
    assert undone.status_code == 303
    assert "är öppen igen" in (await referral.client.get(undone.headers["location"], headers=browser)).text
    assert (await referral.get(f"cases/{case_id}")).json() == before
    assert isinstance((await feedback_of(referral, case_id))[-1], ReferralProgressTakenBack)
    await referral.done(f"cases/{case_id}/accept", {})


async def test_an_acceptance_that_a_meeting_builds_on_is_not_undone(referral: Referral) -> None:
    case_id = await referral.case_of()
    [accepted] = (await referral.done(f"cases/{case_id}/accept", {}))["events"]
    today = local_date(referral.runtime.clock.now())
    booked = TeamMeetingBooked(
        happened_on=today,
        meeting_id=uuid4(),
        team="team-1",
        meets_on=today,
        starts_at=time(9),
        mode=MeetingMode.PHONE,
    )
    await referral.planning_appends(case_id, booked)
    await until(lambda: feedback_of(referral, case_id), lambda told: len(told) == 2)
    browser = referral.browser(Role.COORDINATOR)
    del browser["hx-request"]
    place = f"/anmalningar/{case_id}/angra"
    refused = await referral.client.post(place, data={"event_id": accepted["id"]}, headers=browser)
    assert refused.status_code == 409
    assert "Ett möte är bokat eller hållet." in refused.text


async def test_a_return_is_not_taken_back_once_the_agency_has_referred_the_person_again(referral: Referral) -> None:
    number = new_number()
    case_id = await referral.case_of(new_message(number))
    [event] = (await referral.done(f"cases/{case_id}/decline", {}))["events"]
    await referral.case_of(new_message(number))
    answer = await referral.post(f"cases/{case_id}/{_UNDO}", {"event_id": event["id"], "reason": "wrong_person"})
    assert (answer.status_code, answer.json()["code"]) == (409, "referred_again")


async def test_an_agency_withdraws_by_its_own_reference_and_once_with_a_key(referral: Referral) -> None:
    reference = f"SOC-{uuid4().hex[:8]}"
    case_id = await referral.case_of(changed(new_message(), ("data", "reference"), reference))
    path = f"/api/referral/inbox/{AGENCY}/withdrawals"
    headers = referral.signed_in(Role.AGENCY, agency=AGENCY) | {"idempotency-key": str(uuid4())}
    body = {"reference": reference, "reason": "not_relevant"}
    answers = [await referral.client.post(path, json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["case_id"] == str(case_id)
    [fact] = await _returned(referral, case_id)
    assert fact.returned_by == "referrer"
    assert (await referral.appended(case_id))[-1].actor == f"agency:{AGENCY}"


async def test_a_reference_used_twice_asks_for_the_case(referral: Referral) -> None:
    reference = f"SOC-{uuid4().hex[:8]}"
    cases = [await referral.case_of(changed(new_message(), ("data", "reference"), reference)) for _ in range(2)]

    async def withdraw(body: dict[str, Any], agency: str = AGENCY) -> tuple[int, str | None]:
        answer = await referral.client.post(
            f"/api/referral/inbox/{agency}/withdrawals",
            json={"reason": "not_relevant", **body},
            headers=referral.signed_in(Role.AGENCY, agency=agency),
        )
        return answer.status_code, answer.json().get("code")

    assert await withdraw({"reference": reference}) == (409, "reference_ambiguous")
    assert await withdraw({"case_id": str(cases[0])}, "forsakringskassan") == (404, "referral_unknown")
    assert await withdraw({"case_id": str(cases[0])}) == (201, None)
    assert await withdraw({"reference": reference}) == (201, None)
    assert await withdraw({"reference": reference}) == (404, "referral_unknown")
    assert await withdraw({}) == (422, "one_of_two")


_ROUTES = {
    Act.ASK_FOR_COMPLETION: ("ask-for-completion", {"what": ["other"], "asked_of": "referrer"}),
    Act.COMPLETE: ("complete", {}),
    Act.ACCEPT: ("accept", {}),
    Act.RETURN: ("return", {"reason": "not_relevant"}),
    Act.WITHDRAW: ("withdraw", {"reason": "not_relevant"}),
    Act.DECLINE: ("decline", {}),
    Act.EXPIRE: ("expire", {}),
    Act.NOTE_CONTACT: ("contact", {"channel": "phone"}),
    Act.CHANGE_REFERRER: ("change-referrer", {"unit": "farsta", "name": "Ny Remittentsson", "cause": "left"}),
    Act.CHANGE_CONSENT: ("consent", {"choice": "withdrawn"}),
    Act.TAKE_BACK: (_UNDO, {"event_id": str(uuid4()), "reason": "wrong_person"}),
}


def test_every_act_has_its_route() -> None:
    """Hand-backs are acknowledged by agencies alone, whose route names no case."""
    assert {*_ROUTES, Act.ACKNOWLEDGE_HAND_BACK} == set(Act)


@pytest.mark.parametrize("act", _ROUTES)
async def test_the_routes_let_in_exactly_those_of_the_table(referral: Referral, act: Act) -> None:
    path, body = _ROUTES[act]
    for role in Role:
        answer = await referral.post(f"cases/{uuid4()}/{path}", body, role)
        # An agency has a route of its own, to its own referrals.
        allowed = role in PERMISSIONS[act].roles and role is not Role.AGENCY
        assert (answer.status_code, answer.json()["code"]) == (
            (404, "case_unknown") if allowed else (403, "role_missing")
        )


async def test_a_referrer_withdraws_on_the_own_page(referral: Referral) -> None:
    sent = new_message()
    case_id = await referral.case_of(sent)
    place = f"/mina-anmalningar/{case_id}"
    page = await referral.client.get(place, headers=browser_of_agency(referral))
    assert f'href="{place}/ta-tillbaka"' in page.text
    asked = await referral.client.get(f"{place}/ta-tillbaka", headers=browser_of_agency(referral))
    assert sent["data"]["reference"] in asked.text
    assert '<option value="not_reached">går inte att nå</option>' in asked.text
    form = {"reason": "not_reached"}
    for agency, status in (("forsakringskassan", 404), (AGENCY, 303), (AGENCY, 409)):
        answer = await referral.client.post(
            f"{place}/ta-tillbaka", data=form, headers=browser_of_agency(referral, agency)
        )
        assert answer.status_code == status
    page = await referral.client.get(place, headers=browser_of_agency(referral))
    assert re.search(r"återtagen av anmälaren: går inte att nå", page.text)
    assert "ta-tillbaka" not in page.text
    closed = await referral.client.get(f"{place}/ta-tillbaka", headers=browser_of_agency(referral))
    assert "kan inte tas tillbaka" in closed.text


async def test_a_coordinator_registers_an_end_and_undoes_it_with_the_person_named(referral: Referral) -> None:
    sent = new_message()
    name = f"{sent['data']['person']['given_name']} {sent['data']['person']['family_name']}"
    case_id = await referral.case_of(sent)
    coordinator = referral.browser(Role.COORDINATOR)
    place = f"/anmalningar/{case_id}"
    assert f"Avsluta anmälan för {name}" in (await referral.client.get(f"{place}/avsluta", headers=coordinator)).text
    form = {"by": "participant", "reason": "declined"}
    ended = await referral.client.post(f"{place}/avsluta", data=form, headers=coordinator)
    assert ended.status_code == 303
    listed = await referral.client.get(ended.headers["location"], headers=coordinator)
    assert f"Anmälan för {name} är avslutad: personen tackade nej" in listed.text
    returned = await referral.client.get("/anmalningar?state=returned", headers=coordinator)
    assert f'href="{place}/angra"' in returned.text
    confirm = (await referral.client.get(f"{place}/angra", headers=coordinator)).text
    assert f"Ja, ångra för {name}" in confirm
    [event_id] = re.findall(r'name="event_id" value="([^"]+)"', confirm)
    undone = await referral.client.post(f"{place}/angra", data={"event_id": event_id}, headers=coordinator)
    assert undone.status_code == 303
    after = await referral.client.get(undone.headers["location"], headers=coordinator)
    assert f"Anmälan för {name} är öppen igen" in after.text
    assert (await referral.get(f"cases/{case_id}")).json()["state"] == "waiting"
    for role in (Role.LOTS, Role.OFFICE, Role.OPERATIONS):
        for page in ("avsluta", "angra"):
            answer = await referral.client.get(f"{place}/{page}", headers=referral.browser(role))
            assert answer.status_code == 403


async def test_what_has_started_cannot_be_ended_here(referral: Referral) -> None:
    case_id = await referral.case_of()
    await referral.done(f"cases/{case_id}/accept", {})
    await referral.planning_appends(case_id, started_fact(referral))

    async def state() -> Any:
        return (await referral.get(f"cases/{case_id}")).json()["state"]

    await until(state, lambda seen: seen == "started")
    page = await referral.client.get(f"/anmalningar/{case_id}/avsluta", headers=referral.browser(Role.COORDINATOR))
    assert "kan inte avslutas här" in page.text
    answer = await referral.post(f"cases/{case_id}/decline", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_started")


async def test_a_reference_is_found_by_its_index(referral: Referral) -> None:
    async with referral.runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        rows = await connection.fetch(f"EXPLAIN {ending_store.CASES_BY_REFERENCE}", AGENCY, "SOC-1", None)
    assert "inbox_message_by_reference" in "\n".join(row[0] for row in rows)
