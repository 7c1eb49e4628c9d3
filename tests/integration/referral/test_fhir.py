"""Health care refers by FHIR R4 and follows the Task to its end, with a client made of fhir.resources' models."""

import json
from collections.abc import Callable
from datetime import date, time
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import pytest
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.servicerequest import ServiceRequest
from fhir.resources.R4B.task import Task

from contracts.agency import ReferralAcknowledged, ReferralRejected
from contracts.catalogue.vocabulary import word_label
from contracts.codes import MeetingMode, Role
from contracts.events import local_date
from contracts.planning import TeamMeetingBooked, TeamMeetingHeld
from tests.fhir import CLIENT, REGION, service_request
from tests.integration.referral.referral import Referral, exited_fact, new_message, new_number, started_fact
from tests.malformed import changed
from tests.waiting import until

BASE: Final = "/api/referral/fhir"
FHIR_JSON: Final = "application/fhir+json"


class HealthCare:
    """The example's client, and requests that it would not make."""

    def __init__(self, referral: Referral, agency: str = REGION) -> None:
        self._referral = referral
        self._agency = agency
        self._headers = referral.signed_in(Role.AGENCY, agency=agency)
        token = self._headers["authorization"].removeprefix("Bearer ")
        self.client = CLIENT.FhirClient(referral.client, BASE, token)

    async def refers(self, reference: str, number: str | None = None, **asked: Any) -> Any:
        """The ServiceRequest of a referral that is taken in. The models have every element optional, so Any."""
        request = CLIENT.service_request(
            reference=reference, identity_number=number or new_number(), authored_on="2021-03-15", **asked
        )
        taken_in = await self.client.refer(request)
        assert isinstance(taken_in, ServiceRequest), taken_in
        return taken_in

    async def task(self, reference: str) -> Any:
        task = await self.client.task(reference, self._agency)
        assert isinstance(task, Task)
        return task

    async def task_once(self, reference: str, wanted: Callable[[Any], Any]) -> Any:
        return await until(lambda: self.task(reference), wanted)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self._referral.client.get(f"{BASE}/{path}", headers=self._headers | headers)

    async def post(self, body: Any, path: str = "ServiceRequest", kind: str = FHIR_JSON) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {**self._headers, "content-type": kind}
        return await self._referral.client.post(f"{BASE}/{path}", content=content, headers=headers)


@pytest.fixture
def health_care(referral: Referral) -> HealthCare:
    return HealthCare(referral)


def _reference() -> str:
    return f"REM-{uuid4().hex[:12]}".upper()


def _outputs(task: Any) -> list[tuple[str, Any]]:
    return [
        (each.type.coding[0].code, each.valueDate or each.valueDateTime or each.valueInteger)
        for each in task.output or []
    ]


def _stands(task: Any) -> tuple[str, str, str]:
    coding = task.businessStatus.coding[0]
    assert coding.system == "urn:samspel:referral-step"
    return task.status, coding.code, coding.display


def _issues(answer: httpx.Response) -> list[tuple[str, str | None, str]]:
    assert answer.headers["content-type"] == FHIR_JSON
    outcome: Any = OperationOutcome.model_validate_json(answer.content)
    return [(each.code, each.expression[0] if each.expression else None, each.details.text) for each in outcome.issue]


async def test_a_referral_is_followed_to_its_end(referral: Referral, health_care: HealthCare) -> None:
    reference = _reference()
    taken_in = await health_care.refers(reference)
    case_id = UUID(taken_in.id)
    assert (taken_in.status, taken_in.identifier[0].value) == ("active", reference)

    task = await health_care.task(reference)
    assert _stands(task) == ("received", "waiting", "väntar på svar")
    assert task.basedOn[0].reference == f"ServiceRequest/{case_id}"
    assert task.identifier[0].system == f"urn:agency:{REGION}"
    position, length = (number for code, number in _outputs(task) if code.startswith("queue-"))
    assert 1 <= position <= length

    await referral.done(f"cases/{case_id}/accept", {})
    task = await health_care.task(reference)
    assert _stands(task) == ("accepted", "accepted", "antagen")

    today = local_date(referral.runtime.clock.now())
    booked = TeamMeetingBooked(
        happened_on=today, meeting_id=uuid4(), team="team-1", meets_on=date(2021, 4, 20), starts_at=time(9),
        mode=MeetingMode.PHYSICAL,
    )  # fmt: skip
    await referral.planning_appends(case_id, booked)
    task = await health_care.task_once(reference, lambda task: _stands(task)[1] == "meeting_booked")
    assert task.status == "accepted"
    [meeting] = [each for each in task.output if each.type.coding[0].code == "meeting"]
    assert meeting.valueDateTime.isoformat() == "2021-04-20T09:00:00+02:00"
    assert meeting.type.text == "mötet är: fysiskt"

    held = TeamMeetingHeld(happened_on=today, meeting_id=booked.meeting_id, team="team-1", mode=MeetingMode.PHYSICAL)
    await referral.planning_appends(case_id, held, started_fact(referral), after=1)
    task = await health_care.task_once(reference, lambda task: task.status == "in-progress")
    assert _stands(task) == ("in-progress", "started", "började i insatsen")
    assert (task.executionPeriod.start, task.executionPeriod.end) == (today, None)

    await referral.planning_appends(case_id, exited_fact(referral), after=3)
    task = await health_care.task_once(reference, lambda task: task.status == "completed")
    assert _stands(task) == ("completed", "ended", "slutade i insatsen")
    assert task.executionPeriod.end == today
    assert [code for code, _ in _outputs(task)] == [
        "accepted", "meeting_booked", "meeting", "meeting_held", "started", "ended",
    ]  # fmt: skip
    read = ServiceRequest.model_validate_json((await health_care.get(f"ServiceRequest/{case_id}")).content)
    assert read.status == "completed"


@pytest.mark.parametrize("consents", [True, False])
async def test_a_return_is_a_rejected_task_with_its_reason_as_consent_allows(
    referral: Referral, health_care: HealthCare, *, consents: bool
) -> None:
    reference = _reference()
    taken_in = await health_care.refers(reference, consents=consents)
    await referral.done(f"cases/{taken_in.id}/return", {"reason": "not_relevant"})
    task = await health_care.task(reference)
    assert _stands(task) == ("rejected", "returned", "återremitterad")
    if consents:
        [coding] = task.statusReason.coding
        assert coding.code == "not_relevant"
        assert task.statusReason.text == word_label("return_reasons", "not_relevant")
    else:
        assert task.statusReason is None
    again = ServiceRequest.model_validate_json((await health_care.get(f"ServiceRequest/{taken_in.id}")).content)
    assert again.status == "revoked"


async def test_a_return_after_acceptance_is_a_cancelled_task(referral: Referral, health_care: HealthCare) -> None:
    reference = _reference()
    taken_in = await health_care.refers(reference)
    await referral.done(f"cases/{taken_in.id}/accept", {})
    await referral.done(f"cases/{taken_in.id}/return", {"reason": "not_relevant"})
    assert (await health_care.task(reference)).status == "cancelled"


async def test_the_answer_says_where_it_is_and_nothing_of_the_person(
    referral: Referral, health_care: HealthCare
) -> None:
    number = new_number()
    sent = service_request(number, _reference())
    answer = await health_care.post(sent)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == FHIR_JSON
    where = answer.headers["location"]
    read = await referral.client.get(where, headers=referral.signed_in(Role.AGENCY, agency=REGION))
    assert read.json() == answer.json()
    task = await health_care.get(f"Task/{where.rpartition('/')[2]}")
    for said in (answer.text, task.text):
        assert number not in said
        assert "Exempel" not in said
    received, _ = await referral.appended(UUID(answer.json()["id"]))
    assert received.actor == f"agency:{REGION}"
    assert (received.data.model_dump(mode="json"))["unit_kind"] == "health_care"


async def test_the_same_request_again_is_the_same_task_and_changes_nothing(
    referral: Referral, health_care: HealthCare
) -> None:
    sent = service_request(new_number(), _reference())
    first = await health_care.post(sent)
    before = await referral.runtime.pool.fetchval("SELECT count(*) FROM referral_case")
    again = await health_care.post({**sent, "note": [{"text": "an element that is not read"}]})
    assert (first.status_code, again.status_code) == (201, 200)
    assert (again.json(), again.headers["location"]) == (first.json(), first.headers["location"])
    assert await referral.runtime.pool.fetchval("SELECT count(*) FROM referral_case") == before
    other = await health_care.post({**sent, "authoredOn": "2021-03-16"})
    assert other.status_code == 422
    assert ("duplicate", "ServiceRequest.identifier[0].value") in {issue[:2] for issue in _issues(other)}


async def test_a_refusal_says_what_the_inbox_says_and_keeps_nothing(
    referral: Referral, health_care: HealthCare
) -> None:
    reference, number = _reference(), new_number()
    wrong = service_request(number, reference, unit="farsta", insats="finsamteam")
    answer = await health_care.post(wrong)
    assert answer.status_code == 422

    sent = changed(new_message(new_number()), ("data", "insats"), "finsamteam")
    said = (await referral.refer(sent, REGION)).json()["receipt"]["data"]["errors"]
    messages = {each["field"]: each["message"] for each in said}
    assert _issues(answer) == [
        ("code-invalid", "ServiceRequest.code.coding[0].code", messages["data.insats"]),
        (
            "code-invalid",
            "ServiceRequest.contained[1].organization.identifier.value",
            messages["data.referrer.unit"],
        ),
    ]
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == "unknown_insats"

    mended = await health_care.post(service_request(number, reference))
    assert mended.status_code == 201, "the same identifier, mended"
    receipts = [each.data for each in await _receipts(referral, reference)]
    assert [type(each) for each in receipts] == [ReferralAcknowledged], "the refusal left nothing on the outbox"


async def _receipts(referral: Referral, reference: str) -> list[Any]:
    async def of_reference() -> list[Any]:
        return [
            each
            for each in await referral.receipts(REGION)
            if isinstance(each.data, ReferralAcknowledged | ReferralRejected) and each.data.reference == reference
        ]

    return await until(of_reference, bool)


async def test_an_agency_sees_its_own_tasks_only(referral: Referral, health_care: HealthCare) -> None:
    reference = _reference()
    taken_in = await health_care.refers(reference)
    other = HealthCare(referral, "forsakringskassan")
    for path in (f"Task/{taken_in.id}", f"ServiceRequest/{taken_in.id}"):
        answer = await other.get(path)
        assert (answer.status_code, _issues(answer)[0][0]) == (404, "not-found")
        unknown = await other.get(f"{path.partition('/')[0]}/{uuid4()}")
        assert (unknown.status_code, unknown.content) == (answer.status_code, answer.content)
    for path in (f"Task?identifier={reference}", f"Task?based-on={taken_in.id}"):
        assert (await other.get(path)).json()["total"] == 0
    assert str(taken_in.id) not in (await other.get("Task")).text


async def test_tasks_are_found_by_reference_and_by_request(health_care: HealthCare) -> None:
    references = [_reference() for _ in range(2)]
    ids = [(await health_care.refers(each)).id for each in references]
    system = f"urn:agency:{REGION}"

    async def found(query: str) -> list[str]:
        answer = await health_care.get(f"Task?{query}")
        assert answer.status_code == 200, answer.text
        bundle = answer.json()
        entries = bundle.get("entry", [])
        assert bundle["total"] == len(entries)
        assert all(each["fullUrl"] == f"http://referral{BASE}/Task/{each['resource']['id']}" for each in entries)
        return [each["resource"]["id"] for each in entries]

    assert await found(f"identifier={references[0]}") == ids[:1]
    assert await found(f"identifier={system}|{references[0]}") == ids[:1]
    assert sorted(await found(f"identifier={references[0]},{system}|{references[1]}")) == sorted(ids)
    assert await found(f"identifier=urn:other|{references[0]}") == []
    assert await found(f"identifier=|{references[0]}") == []
    assert await found("identifier=NOT-THERE") == []
    assert await found(f"based-on=ServiceRequest/{ids[1]}") == ids[1:]
    assert await found(f"based-on=http://referral{BASE}/ServiceRequest/{ids[1]},{ids[0]}") == [ids[1], ids[0]]
    assert await found("based-on=ServiceRequest/x") == []
    assert await found(f"based-on={ids[0]}&identifier={references[0]}") == ids[:1]
    assert await found(f"based-on={ids[0]}&identifier={references[1]}") == []
    form = await health_care.post(
        f"identifier={references[0]}".encode(), "Task/_search", "application/x-www-form-urlencoded"
    )
    assert [each["resource"]["id"] for each in form.json()["entry"]] == ids[:1]


async def test_all_tasks_page_by_page_also_those_of_other_ways_in(
    referral: Referral, health_care: HealthCare
) -> None:
    by_message = new_message()
    by_message["data"]["referrer"]["unit"] = "psykiatri-sodra"
    answer = await referral.refer(by_message, REGION)
    assert answer.status_code == 201, answer.text
    made = [answer.json()["data"]["case_id"], *[(await health_care.refers(_reference())).id for _ in range(2)]]
    seen: list[str] = []
    query = "Task?_count=2&_format=json"
    while len(seen) < 3:
        bundle = (await health_care.get(query)).json()
        seen += [each["resource"]["id"] for each in bundle["entry"]]
        query = {each["relation"]: each["url"] for each in bundle["link"]}["next"].partition(f"{BASE}/")[2]
    assert seen[:3] == list(reversed(made))


@pytest.mark.parametrize(
    "query",
    ["patient=17", "identifier=", "identifier=a&identifier=b", "_count=0", "_count=x", "after=x", "based-on=Task/1",
     "identifier=" + ",".join("a" * 51)],
)  # fmt: skip
async def test_a_search_that_is_not_understood_is_refused(health_care: HealthCare, query: str) -> None:
    answer = await health_care.get(f"Task?{query}")
    assert answer.status_code == 400
    assert _issues(answer)[0][0] == "invalid"


async def test_of_an_erased_person_there_is_no_task(referral: Referral, health_care: HealthCare) -> None:
    reference = _reference()
    sent = service_request(new_number(), reference)
    case_id = (await health_care.post(sent)).json()["id"]
    forgotten = {"case_id": case_id, "also_open": True}
    assert (await referral.post("persons/forget", forgotten, Role.OPERATIONS)).status_code == 201
    gone = await health_care.get(f"Task/{case_id}")
    assert (gone.status_code, _issues(gone)[0][0]) == (410, "deleted")
    assert (await health_care.get(f"Task?identifier={reference}")).json()["total"] == 0
    assert (await health_care.get(f"Task?based-on={case_id}")).json()["total"] == 0
    again = await health_care.post(sent)
    assert (again.status_code, _issues(again)[0][:2]) == (422, ("duplicate", "ServiceRequest.identifier[0].value"))


async def test_what_it_can_do_is_said_to_anybody(referral: Referral) -> None:
    answer = await referral.client.get(f"{BASE}/metadata")
    assert (answer.status_code, answer.headers["content-type"]) == (200, FHIR_JSON)
    said: Any = CapabilityStatement.model_validate_json(answer.content)
    assert said.fhirVersion == "4.0.1"
    able = {each.type: [one.code for one in each.interaction] for each in said.rest[0].resource}
    assert able == {"ServiceRequest": ["create", "read"], "Task": ["read", "search-type"]}


async def test_refusals_are_operation_outcomes(referral: Referral, health_care: HealthCare) -> None:
    sent = service_request(new_number(), _reference())
    for answer, status, kind in (
        (await health_care.post(sent, kind="text/plain"), 415, "not-supported"),
        (await health_care.post(b"x" * 70_000), 413, "too-long"),
        (await health_care.post(b"{"), 400, "structure"),
        (await health_care.post({}, "Patient"), 404, "not-found"),
        (await health_care.post({}, "Task"), 405, "not-supported"),
        (await health_care.get("Task/1"), 404, "not-found"),
        (await health_care.get("Task/"), 404, "not-found"),
        (await health_care.get("Task/1/_history/1"), 404, "not-found"),
        (await health_care.get("Patient/1"), 404, "not-found"),
        (await health_care.get("Task", accept="application/fhir+xml"), 406, "not-supported"),
        (await health_care.get("Task?_format=xml"), 406, "not-supported"),
        (await referral.client.get(f"{BASE}/Task"), 401, "login"),
        (await referral.client.get(f"{BASE}/Task", headers=referral.signed_in(Role.COORDINATOR)), 403, "forbidden"),
        (await referral.client.get(f"{BASE}/Task", headers=referral.signed_in(Role.AGENCY)), 403, "forbidden"),
    ):
        assert (answer.status_code, _issues(answer)[0][0]) == (status, kind)
    put = await referral.client.put(f"{BASE}/Task/1", headers=referral.signed_in(Role.AGENCY, agency=REGION))
    assert (put.status_code, put.headers["allow"]) == (405, "GET")
    json_too = await health_care.post(sent, kind="application/json; charset=utf-8")
    assert json_too.status_code == 201
