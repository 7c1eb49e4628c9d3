"""A command sent again with its Idempotency-Key: carried out once, answered alike each time."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.codes import Role
from tests.integration.planning.planning import Planning
from tests.unit.planning.mother import accepted, consented, received

_BOOKING = {"booked_on": "2021-02-12", "team": "team-5", "meets_on": "2021-03-01", "mode": "phone"}


async def _ready_to_book(planning: Planning) -> UUID:
    case_id = uuid4()
    await planning.hear(case_id, [received, consented, accepted])
    return case_id


async def _send(
    planning: Planning, case_id: UUID, what: str, body: dict[str, Any], key: str, role: Role = Role.COORDINATOR
) -> httpx.Response:
    headers = {**planning.signed_in(role), "idempotency-key": key}
    return await planning.client.post(f"/api/planning/cases/{case_id}/{what}", json=body, headers=headers)


async def _types(planning: Planning, case_id: UUID) -> list[str]:
    rows = await planning.runtime.pool.fetch(
        "SELECT type FROM event WHERE stream_id = $1 AND topic = 'samspel.planning.v1' ORDER BY sequence", case_id
    )
    return [row["type"] for row in rows]


async def test_what_was_carried_out_is_answered_again_and_not_done_again(planning: Planning) -> None:
    case_id, key = await _ready_to_book(planning), str(uuid4())
    first = await _send(planning, case_id, "meeting", {**_BOOKING, "starts_at": "08:00"}, key)
    again = await _send(planning, case_id, "meeting", {**_BOOKING, "starts_at": "08:00"}, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert [each.headers.get("idempotency-replayed") for each in (first, again)] == [None, "true"]
    assert await _types(planning, case_id) == ["TeamMeetingBooked"]


async def test_a_first_attempt_that_arrives_after_what_came_later_changes_nothing(planning: Planning) -> None:
    """A cancellation is delayed on its way, sent again, and the meeting booked anew; then the first arrives."""
    case_id, cancelling = await _ready_to_book(planning), str(uuid4())
    await planning.done(case_id, "meeting", {**_BOOKING, "starts_at": "08:10"})
    body = {"cancelled_on": "2021-02-13"}
    assert (await _send(planning, case_id, "meeting/cancelled", body, cancelling)).status_code == 201
    await planning.done(case_id, "meeting", {**_BOOKING, "booked_on": "2021-02-13", "starts_at": "08:10"})
    delayed = await _send(planning, case_id, "meeting/cancelled", body, cancelling)
    assert delayed.status_code == 201
    assert await _types(planning, case_id) == ["TeamMeetingBooked", "MeetingCancelled", "TeamMeetingBooked"]


async def test_sent_eight_times_at_once_it_is_carried_out_once(planning: Planning) -> None:
    case_id, key = await _ready_to_book(planning), str(uuid4())
    body = {**_BOOKING, "starts_at": "08:20"}
    answers = await asyncio.gather(*(_send(planning, case_id, "meeting", body, key) for _ in range(8)))
    assert {each.status_code for each in answers} == {201}
    assert len({each.text for each in answers}) == 1
    assert await _types(planning, case_id) == ["TeamMeetingBooked"]


async def test_a_key_used_for_another_request_is_refused(planning: Planning) -> None:
    case_id, key = await _ready_to_book(planning), str(uuid4())
    await _send(planning, case_id, "meeting", {**_BOOKING, "starts_at": "08:30"}, key)
    for what, body in (("meeting", {**_BOOKING, "starts_at": "08:40"}), ("meeting/held", {})):
        answer = await _send(planning, case_id, what, body, key)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert answer.json()["detail"].startswith("Nyckeln i Idempotency-Key")


async def test_a_key_is_its_senders_own(planning: Planning) -> None:
    case_id, key = await _ready_to_book(planning), str(uuid4())
    await _send(planning, case_id, "meeting", {**_BOOKING, "starts_at": "08:50"}, key)
    other = await _send(planning, case_id, "hold", {"since": "2021-02-14", "reason": "illness"}, key, Role.LOTS)
    assert other.status_code == 201, other.text


async def test_what_was_refused_may_be_asked_again_with_its_key(planning: Planning) -> None:
    case_id, key = uuid4(), str(uuid4())
    body = {**_BOOKING, "starts_at": "09:00"}
    early = await _send(planning, case_id, "meeting", body, key)
    assert (early.status_code, early.json()["code"]) == (404, "case_unknown")
    await planning.hear(case_id, [received, consented, accepted])
    assert (await _send(planning, case_id, "meeting", body, key)).status_code == 201


async def test_a_key_that_is_none_is_refused_in_words(planning: Planning) -> None:
    case_id = await _ready_to_book(planning)
    for key in ("with a space", "", "k" * 256):
        answer = await _send(planning, case_id, "meeting", {**_BOOKING, "starts_at": "09:10"}, key)
        assert (answer.status_code, answer.json()["code"]) == (422, "request_not_valid")
        assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_keys_are_kept_for_seven_days(planning: Planning) -> None:
    case_id, key = await _ready_to_book(planning), str(uuid4())
    await _send(planning, case_id, "meeting", {**_BOOKING, "starts_at": "09:20"}, key)
    pool = planning.runtime.pool

    async def left_after(age: timedelta) -> int:
        await pool.execute("UPDATE idempotency_key SET claimed = $2 WHERE key = $1", key, planning.now() - age)
        other = await _ready_to_book(planning)
        await _send(planning, other, "hold", {"since": "2021-02-14", "reason": "illness"}, str(uuid4()))
        kept: int = await pool.fetchval("SELECT count(*) FROM idempotency_key WHERE key = $1", key)
        return kept

    assert await left_after(timedelta(days=6)) == 1
    assert await left_after(timedelta(days=8)) == 0
