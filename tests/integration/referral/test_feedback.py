"""The agency's outbox tells it what became of its referrals."""

from typing import Any
from uuid import UUID

from contracts import events, topics
from contracts.agency import ReferralProgressed, ReferralProgressTakenBack
from contracts.codes import Role
from contracts.corrections import RegisteredInError
from contracts.events import AnyEvent
from tests.integration.referral.referral import Referral, exited_fact, new_message, started_fact
from tests.malformed import AGENCY
from tests.raw_topics import read_topic
from tests.waiting import until


async def _told(referral: Referral, case_id: UUID, agency: str = AGENCY) -> list[AnyEvent]:
    """The feedback about a case in an agency's outbox, in the order it lies there."""
    read = [events.parse(record.value) for record in await read_topic(referral.bootstrap, topics.outbox(agency))]
    about = (ReferralProgressed, ReferralProgressTakenBack)
    return [event for event in read if isinstance(event.data, about) and event.data.case_id == case_id]


def _steps(told: list[AnyEvent]) -> list[str]:
    return [each.data.step if isinstance(each.data, ReferralProgressed) else "taken back" for each in told]


async def _hears(referral: Referral, case_id: UUID, *steps: str) -> list[AnyEvent]:
    return await until(lambda: _told(referral, case_id), lambda told: _steps(told) == list(steps))


async def test_each_step_is_told_by_the_agency_s_own_reference(referral: Referral) -> None:
    sent = new_message()
    case_id = await referral.case_of(sent)
    await referral.done(f"cases/{case_id}/accept", {})
    await referral.planning_appends(case_id, started_fact(referral), exited_fact(referral))
    told = await _hears(referral, case_id, "accepted", "started", "ended")
    assert {each.data.reference for each in told if isinstance(each.data, ReferralProgressed)} == {
        sent["data"]["reference"]
    }
    assert [each.sequence for each in told] == [1, 2, 3]
    assert len({each.subject for each in told}) == 1
    assert {each.actor for each in told} == {"service:referral"}, "who at the association did it is not told"
    accepted = next(event for event in await referral.appended(case_id) if event.type == "ReferralAccepted")
    assert told[0].causationid == accepted.id


async def test_a_return_is_told_with_its_reason(referral: Referral) -> None:
    case_id = await referral.case_of()
    await referral.done(f"cases/{case_id}/return", {"reason": "not_relevant"})
    [told] = await _hears(referral, case_id, "returned")
    assert isinstance(told.data, ReferralProgressed)
    assert told.data.reason == "not_relevant"


async def test_a_return_on_the_page_is_told_too(referral: Referral) -> None:
    case_id = await referral.case_of()
    form: dict[str, Any] = {"reason": "not_relevant", "seen": str(case_id)}
    headers = {**referral.browser(Role.COORDINATOR), "content-type": "application/x-www-form-urlencoded"}
    answer = await referral.client.post(f"/anmalningar/{case_id}/aterremittera", data=form, headers=headers)
    assert answer.status_code in {200, 303}, answer.text
    await _hears(referral, case_id, "returned")


async def test_a_start_registered_in_error_is_taken_back(referral: Referral) -> None:
    case_id = await referral.case_of()
    await referral.done(f"cases/{case_id}/accept", {})
    await referral.planning_appends(case_id, started_fact(referral))
    [_, started] = await _hears(referral, case_id, "accepted", "started")
    wrong = RegisteredInError(
        happened_on=started.data.happened_on, event_id=started.causationid, reason="wrong_person"
    )
    await referral.planning_appends(case_id, wrong, after=1)
    told = await _hears(referral, case_id, "accepted", "started", "taken back")
    assert isinstance(told[-1].data, ReferralProgressTakenBack)
    assert told[-1].data.progress_id == started.id


async def test_of_a_forgotten_person_nothing_more_is_told_and_reading_goes_on(referral: Referral) -> None:
    case_id = await referral.case_of()
    await referral.done(f"cases/{case_id}/accept", {})
    forgotten = {"case_id": str(case_id), "also_open": True}
    assert (await referral.post("persons/forget", forgotten, Role.OPERATIONS)).status_code == 201
    await referral.planning_appends(case_id, started_fact(referral))

    async def state() -> str:
        return str((await referral.get(f"cases/{case_id}")).json()["state"])

    await until(state, lambda seen: seen == "started")
    assert _steps(await _told(referral, case_id)) == ["accepted"]


async def test_no_other_agency_is_told(referral: Referral) -> None:
    case_id = await referral.case_of()
    await referral.done(f"cases/{case_id}/accept", {})
    await _hears(referral, case_id, "accepted")
    assert await _told(referral, case_id, "forsakringskassan") == []
