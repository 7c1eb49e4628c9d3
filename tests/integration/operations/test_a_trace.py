"""One trace from an agency's record to the row in reporting, and what no span says."""

import json
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaProducer

from contracts import events, topics
from contracts.agency import ReferralAcknowledged
from contracts.codes import Role
from deploy.local.postgres import PostgresServer
from deploy.local.stack import LocalStack
from services.chassis.tracing import HEADER
from tests.integration.operations.collector import Collected, Collector
from tests.raw_topics import read_topic
from tests.swedish_day import swedish_day
from tests.traffic import AGENCY, Json, Submissions, tokens
from tests.waiting import until

SERVICES = {"samspel-referral", "samspel-planning", "samspel-followup", "samspel-reporting"}


def _new_trace() -> tuple[str, str]:
    """The id of a trace, and the header by which a sender says that the record is part of it."""
    trace_id, span_id = uuid4().hex, uuid4().hex[:16]
    return trace_id, f"00-{trace_id}-{span_id}-01"


async def _publish(stack: LocalStack, submission: Json, *headers: tuple[str, bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap, acks="all")
    await producer.start()
    try:
        value = json.dumps(submission).encode()
        await producer.send_and_wait(topics.inbox(AGENCY), value, key=b"SECRET-KEY", headers=list(headers))
    finally:
        await producer.stop()


async def _case_of(stack: LocalStack, submission: Json) -> UUID:
    """The case of a referral, from its receipt."""

    async def found() -> list[UUID]:
        records = await read_topic(stack.bootstrap, topics.outbox(AGENCY))
        receipts = [events.parse(record.value).data for record in records]
        return [
            each.case_id
            for each in receipts
            if isinstance(each, ReferralAcknowledged) and each.message_id == submission["id"]
        ]

    return (await until(found))[0]


async def _rows(stack: LocalStack, case_id: UUID) -> int:
    assert isinstance(stack.postgres, PostgresServer)
    connection = await asyncpg.connect(stack.postgres.dsn("samspel_reporting", "postgres"))
    try:
        found = await connection.fetchval("SELECT count(*) FROM event_row WHERE case_id = $1", case_id)
    finally:
        await connection.close()
    return int(found)


@pytest.fixture
async def client(stack: LocalStack) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {tokens(stack.secrets_file)[Role.COORDINATOR]}"}
    async with httpx.AsyncClient(base_url=stack.gateway_url, headers=headers, trust_env=False) as client:
        yield client


async def test_a_record_of_an_agency_is_one_trace_up_to_the_row_in_reporting(
    stack: LocalStack, collector: Collector
) -> None:
    trace_id, header = _new_trace()
    submission = Submissions(910).next(swedish_day())
    await _publish(stack, submission, (HEADER, header.encode()))
    case_id = await _case_of(stack, submission)

    async def services() -> set[str]:
        return {span.service for span in collector.of_trace(trace_id)}

    await until(services, lambda seen: seen == SERVICES, seconds=60)
    assert await until(lambda: _rows(stack, case_id)) > 0
    by_id = {span.span_id: span for span in collector.of_trace(trace_id)}
    [reported, *_] = [span for span in by_id.values() if span.service == "samspel-reporting"]
    assert reported.name == f"{topics.REFERRAL} apply"
    taken_in = by_id[reported.parent_id]
    assert (taken_in.service, taken_in.name) == ("samspel-referral", f"{topics.inbox(AGENCY)} apply")
    assert taken_in.parent_id == header.split("-")[2]


async def test_what_an_agency_writes_into_the_header_harms_nothing(stack: LocalStack, collector: Collector) -> None:
    submissions = Submissions(911)
    for header in (b"\xff\xfe", b"", b"00-zz-zz-01", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01", b"x" * 10_000):
        submission = submissions.next(swedish_day())
        before = len(collector.spans)
        await _publish(stack, submission, (HEADER, header))
        assert await _case_of(stack, submission)

        async def taken_in(since: int = before) -> list[Collected]:
            return [span for span in collector.spans[since:] if span.name == f"{topics.inbox(AGENCY)} apply"]

        [span, *_] = await until(taken_in, seconds=60)
        assert span.parent_id == ""


async def test_a_refusal_names_its_trace_in_the_answer(collector: Collector, client: httpx.AsyncClient) -> None:
    trace_id, header = _new_trace()
    path = f"/api/referral/cases/{uuid4()}/accept"
    answer = await client.post(path, json={"accepted_on": "2021-03-04"}, headers={HEADER: header})
    assert (answer.status_code, answer.json()["trace_id"]) == (404, trace_id)
    other = await client.post(path, json={"accepted_on": "2021-03-04"})
    assert other.json()["trace_id"] not in {trace_id, None}

    async def spans() -> list[Collected]:
        return collector.of_trace(trace_id)

    [span] = await until(spans, seconds=60)
    assert span.name == "POST /api/referral/cases/{case_id}/accept"


async def test_a_failure_names_its_trace_in_the_log(stack: LocalStack, client: httpx.AsyncClient) -> None:
    assert isinstance(stack.postgres, PostgresServer)
    trace_id, header = _new_trace()
    connection = await asyncpg.connect(stack.postgres.dsn("samspel_referral", "postgres"))
    try:
        await connection.execute("REVOKE SELECT ON referral_case FROM samspel_referral")
        answer = await client.get(f"/api/referral/cases?needle={uuid4()}", headers={HEADER: header})
    finally:
        await connection.execute("GRANT ALL ON referral_case TO samspel_referral")
        await connection.close()
    assert (answer.status_code, answer.json()["trace_id"]) == (503, trace_id)
    [worker] = stack.services["referral"]
    logged = [json.loads(line) for line in worker.log.read_text().splitlines() if trace_id in line]
    assert [line["event"] for line in logged] == ["request_without_database"]


async def test_no_span_says_what_was_asked_or_about_whom(collector: Collector, client: httpx.AsyncClient) -> None:
    trace_id, header = _new_trace()
    case_id = uuid4()
    answer = await client.get(f"/api/referral/cases/{case_id}?needle=Hemlig", headers={HEADER: header})
    assert answer.status_code in {404, 422}

    async def spans() -> list[Collected]:
        return collector.of_trace(trace_id)

    await until(spans, seconds=60)
    said = b"".join(collector.raw)
    for secret in (str(case_id).encode(), b"Hemlig", b"SECRET-KEY", b"Bearer", b"python-httpx"):
        assert secret not in said


async def test_no_span_holds_the_token_of_a_calendar(collector: Collector, client: httpx.AsyncClient) -> None:
    trace_id, header = _new_trace()
    token = "t0ken" * 8 + "abc"
    assert (await client.get(f"/uppfoljningar/kalender/{token}.ics", headers={HEADER: header})).status_code == 404

    async def spans() -> list[Collected]:
        return collector.of_trace(trace_id)

    found = await until(spans, seconds=60)
    assert {each.name for each in found} == {"GET /uppfoljningar/kalender/{name}"}
    assert b"t0ken" not in b"".join(collector.raw)
