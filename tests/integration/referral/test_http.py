"""What is done over HTTP: agencies refer, coordinators decide, pages read names."""

from uuid import UUID, uuid4

import pytest

from contracts import events
from contracts.codes import ReturnStage, Role
from contracts.corrections import RegisteredInError
from contracts.events import local_date
from contracts.planning import CaseReopened
from contracts.referral import ConsentGiven, ReferralReturned
from services.referral.domain.record_form import TYPES
from tests.integration.referral.referral import Referral, exited_fact, new_message, started_fact
from tests.malformed import changed
from tests.waiting import until


async def test_a_referral_over_http_gets_its_receipt_at_once_and_in_the_outbox(referral: Referral) -> None:
    sent = new_message()
    answer = await referral.refer(sent)
    assert answer.status_code == 201
    receipt = answer.json()
    assert receipt["type"] == "ReferralAcknowledged"
    assert "record" not in receipt["data"]
    await until(lambda: referral.runtime.pool.fetchval("SELECT NOT EXISTS (SELECT FROM outbox)"))
    assert receipt["id"] in {str(each.id) for each in await referral.receipts()}
    received, _ = await referral.appended(UUID(receipt["data"]["case_id"]))
    assert received.actor == "agency:stockholms-stad"


async def test_a_wrong_referral_over_http_gets_every_error(referral: Referral) -> None:
    sent = changed(changed(new_message(), ("data", "insats"), "x"), ("data", "needs"), "kommun")
    answer = await referral.refer(sent)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "referral_rejected"
    codes = [(error["field"], error["code"]) for error in problem["receipt"]["data"]["errors"]]
    assert codes == [("data.needs", "malformed"), ("data.insats", "unknown_insats")]


@pytest.mark.parametrize("body", [b"", b"{", b"x" * 200_000], ids=["empty", "cut off", "too large"])
async def test_anything_over_http_gets_a_receipt(referral: Referral, body: bytes) -> None:
    answer = await referral.refer(body)
    assert answer.status_code == 422
    assert answer.json()["receipt"]["type"] == "ReferralRejected"


async def test_the_same_message_sent_twice_is_one_referral(referral: Referral) -> None:
    sent = new_message()
    assert (await referral.refer(sent)).json()["data"]["repeated"] is False
    assert (await referral.refer(sent)).json()["data"]["repeated"] is True


async def test_an_agency_refers_only_for_itself(referral: Referral) -> None:
    answer = await referral.refer(new_message(), speaks_for="forsakringskassan")
    assert (answer.status_code, answer.json()["code"]) == (403, "other_agency")
    answer = await referral.refer(new_message(), "okand")
    assert (answer.status_code, answer.json()["code"]) == (404, "agency_unknown")
    answer = await referral.client.post("/api/referral/inbox/stockholms-stad", content=b"{}")
    assert answer.status_code == 401


async def test_a_referral_is_accepted_once(referral: Referral) -> None:
    case_id = await referral.case_of()
    done = await referral.done(f"cases/{case_id}/accept", {"accepted_on": "2021-03-20"})
    assert [(event["type"], event["sequence"]) for event in done["events"]] == [("ReferralAccepted", 3)]
    again = await referral.post(f"cases/{case_id}/accept", {})
    assert (again.status_code, again.json()["code"]) == (409, "already_accepted")
    assert (await referral.get(f"cases/{case_id}")).json()["state_since"] == "2021-03-20"


async def test_a_return_without_consent_keeps_its_reason_here(referral: Referral) -> None:
    case_id = await referral.case_of(changed(new_message(), ("data", "consent", "choice"), "refused"))
    await referral.done(f"cases/{case_id}/return", {"reason": "relapse"})
    returned = (await referral.appended(case_id))[-1]
    assert isinstance(returned.data, ReferralReturned)
    assert (returned.data.stage, returned.data.reason) == (ReturnStage.BEFORE_ACCEPTANCE, None)
    assert (returned.actor, returned.association) == ("worker:coordinator-1:coordinator", "stockholm")
    kept = await referral.runtime.pool.fetchval("SELECT return_reason FROM referral_case WHERE case_id = $1", case_id)
    assert kept == "relapse"


async def test_a_returned_person_may_be_referred_again(referral: Referral) -> None:
    sent = new_message()
    case_id = await referral.case_of(sent)
    await referral.done(f"cases/{case_id}/return", {"reason": "not_reached"})
    await referral.case_of(new_message(sent["data"]["person"]["identity_number"]))


async def test_consent_after_refusal_brings_the_background_along(referral: Referral) -> None:
    case_id = await referral.case_of(changed(new_message(), ("data", "consent", "choice"), "refused"))
    await referral.done(f"cases/{case_id}/consent", {"choice": "given"})
    given = (await referral.appended(case_id))[-1]
    assert isinstance(given.data, ConsentGiven)
    assert given.data.attributes.education.value == "compulsory"
    assert given.data.attributes.benefits[0].value == "income_support"


async def test_after_the_exit_a_person_may_be_referred_again(referral: Referral) -> None:
    sent = new_message()
    number = sent["data"]["person"]["identity_number"]
    case_id = await referral.case_of(sent)
    await referral.done(f"cases/{case_id}/accept", {})
    assert (await referral.refer(new_message(number))).status_code == 422
    await _exit(referral, case_id)
    await until(lambda: _state(referral, case_id), lambda state: state == "closed")
    await referral.case_of(new_message(number))


async def test_an_exit_of_an_unknown_case_is_a_dead_letter(referral: Referral) -> None:
    before = await referral.runtime.pool.fetchval("SELECT count(*) FROM dead_letter")
    await _exit(referral, uuid4())
    await until(
        lambda: referral.runtime.pool.fetchval("SELECT count(*) FROM dead_letter"), lambda now: now == before + 1
    )
    reason = await referral.runtime.pool.fetchval(
        "SELECT reason FROM dead_letter ORDER BY dead_lettered_at DESC LIMIT 1"
    )
    assert reason == "ParticipantExited of a case that was never referred here"


async def _state(referral: Referral, case_id: UUID) -> str:
    return str((await referral.get(f"cases/{case_id}")).json()["state"])


async def test_an_accepted_referral_is_returned_until_the_start_is_heard(referral: Referral) -> None:
    returned, started = await referral.case_of(), await referral.case_of()
    for case_id in (returned, started):
        await referral.done(f"cases/{case_id}/accept", {})
    done = await referral.done(f"cases/{returned}/return", {"reason": "not_relevant"})
    assert [event["type"] for event in done["events"]] == ["ReferralReturned"]
    await referral.planning_appends(started, started_fact(referral))
    await until(lambda: _state(referral, started), lambda state: state == "started")
    refused = await referral.post(f"cases/{started}/return", {"reason": "not_relevant"})
    assert (refused.status_code, refused.json()["code"]) == (409, "already_started")


async def test_a_person_returned_after_acceptance_is_referred_and_accepted_anew(referral: Referral) -> None:
    sent = new_message()
    case_id = await referral.case_of(sent)
    await referral.done(f"cases/{case_id}/accept", {})
    await referral.done(f"cases/{case_id}/return", {"reason": "not_relevant"})
    again = await referral.case_of(new_message(sent["data"]["person"]["identity_number"]))
    await referral.done(f"cases/{again}/accept", {})


async def test_a_start_heard_after_the_return_counts(referral: Referral) -> None:
    case_id = await referral.case_of()
    await referral.done(f"cases/{case_id}/accept", {})
    await referral.done(f"cases/{case_id}/return", {"reason": "not_relevant"})
    await referral.planning_appends(case_id, started_fact(referral), exited_fact(referral))
    await until(lambda: _state(referral, case_id), lambda state: state == "closed")


async def test_a_reopened_case_is_started_again_until_the_exit_after_it(referral: Referral) -> None:
    case_id = await referral.case_of()
    await referral.done(f"cases/{case_id}/accept", {})
    today = local_date(referral.runtime.clock.now())
    reopened = CaseReopened(happened_on=today, episode=2)
    await referral.planning_appends(case_id, started_fact(referral), exited_fact(referral), reopened)
    await until(lambda: _state(referral, case_id), lambda state: state == "started")


async def test_an_exit_registered_in_error_leaves_the_person_taking_part(referral: Referral) -> None:
    case_id = await referral.case_of()
    await referral.done(f"cases/{case_id}/accept", {})
    await referral.planning_appends(case_id, started_fact(referral), exited_fact(referral))
    await until(lambda: _state(referral, case_id), lambda state: state == "closed")
    exit_event = await referral.runtime.pool.fetchval(
        "SELECT value FROM heard_event WHERE stream_id = $1 AND sequence = 2", case_id
    )
    in_error = RegisteredInError(
        happened_on=local_date(referral.runtime.clock.now()),
        event_id=events.parse(exit_event).id,
        reason="wrong_person",
    )
    await referral.planning_appends(case_id, in_error, after=2)
    await until(lambda: _state(referral, case_id), lambda state: state == "started")


async def test_a_return_gives_one_of_the_insats_own_reasons(referral: Referral) -> None:
    sent = changed(new_message(), ("data", "insats"), "arbetstraning")
    case_id = await referral.case_of(sent)
    refused = await referral.post(f"cases/{case_id}/return", {"reason": "relapse"})
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_not_used")
    await referral.done(f"cases/{case_id}/return", {"reason": "insufficient_health"})


async def _exit(referral: Referral, case_id: UUID) -> None:
    await referral.planning_appends(case_id, exited_fact(referral))


@pytest.mark.parametrize(
    ("path", "body"),
    [("accept", {}), ("return", {"reason": "relapse"}), ("consent", {"choice": "withdrawn"})],
)
async def test_only_coordinators_decide_and_only_about_known_cases(
    referral: Referral, path: str, body: dict[str, str]
) -> None:
    case_id = await referral.case_of()
    for role in (Role.LOTS, Role.OFFICE, Role.AGENCY, Role.OPERATIONS):
        assert (await referral.post(f"cases/{case_id}/{path}", body, role)).status_code == 403
    unknown = await referral.post(f"cases/{uuid4()}/{path}", body)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "case_unknown")


async def test_the_list_goes_from_the_newest_back(referral: Referral) -> None:
    made = [await referral.case_of() for _ in range(5)]
    seen: list[str] = []
    after = ""
    while len(seen) < 5:
        page = (await referral.get(f"cases?state=waiting&limit=2{after}")).json()
        seen += [item["case_id"] for item in page["items"]]
        after = f"&after={page['next']}"
    assert seen[:5] == [str(case_id) for case_id in reversed(made)]


async def test_the_list_holds_no_identity(referral: Referral) -> None:
    await referral.case_of()
    text = (await referral.get("cases")).text
    assert "Felpostsson" not in text
    assert (await referral.get("cases", Role.AGENCY)).status_code == 403


async def test_a_name_is_read_and_the_reading_written_down(referral: Referral) -> None:
    case_id = await referral.case_of()
    answer = await referral.post("names", {"case_ids": [str(case_id), str(uuid4())]}, Role.LOTS)
    assert answer.json() == {"names": {str(case_id): "Påhitta Felpostsson"}, "withheld": []}
    reads = await referral.runtime.pool.fetch(
        "SELECT user_id, purpose FROM identity_read WHERE case_id = $1", case_id
    )
    assert [tuple(read) for read in reads] == [("lots-1", "name on a page of another service")]


async def test_names_are_for_those_who_work_with_people(referral: Referral) -> None:
    for role in (Role.AGENCY, Role.OPERATIONS):
        assert (await referral.post("names", {"case_ids": []}, role)).status_code == 403
    too_many = {"case_ids": [str(uuid4()) for _ in range(201)]}
    assert (await referral.post("names", too_many)).status_code == 422


async def test_a_name_is_that_of_the_referral_which_said_it(referral: Referral) -> None:
    sent = new_message()
    case_id = await referral.case_of(sent)
    other = changed(new_message(sent["data"]["person"]["identity_number"]), ("data", "insats"), "mia-vidare")
    other_case = await referral.case_of(changed(other, ("data", "person", "family_name"), "Nygiftsson"))
    answer = await referral.post("names", {"case_ids": [str(case_id), str(other_case)]})
    assert answer.json()["names"] == {
        str(case_id): "Påhitta Felpostsson",
        str(other_case): "Påhitta Nygiftsson",
    }


async def test_the_description_of_the_door_is_true(referral: Referral) -> None:
    document = (await referral.client.get("/openapi.json")).json()
    described = document["paths"]["/api/referral/inbox/{agency_id}"]["post"]
    schema = described["requestBody"]["content"]["application/cloudevents+json"]["schema"]
    answer = await referral.refer(new_message())
    [(media_type, receipt)] = described["responses"]["201"]["content"].items()
    assert media_type == answer.headers["content-type"]
    assert [list(each) for each in receipt["schema"]["anyOf"]] == [["$ref"]] * 2
    assert "$ref" not in str(schema)
    types = [each["properties"]["type"]["const"] for each in schema["oneOf"]]
    assert types == list(TYPES)
    assert schema["oneOf"][0]["properties"]["data"]["properties"]["person"]["required"]
