"""What operations ask of a service: its metrics, and what came of records it could not use."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from contracts import events, topics
from contracts.codes import Role
from contracts.operations import DeadLetterDiscarded
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from services.chassis.auth import LocalTokens, User
from services.chassis.metrics import Metrics
from services.chassis.runtime import Runtime
from services.chassis.service import assemble
from tests.integration.chassis.probe import Place, definition_of, make_place, publish, record_of
from tests.raw_topics import read_topic
from tests.waiting import until

TOKEN = "a-token-for-prometheus"
DEAD_LETTERS = 4


@dataclass
class Office:
    """A running service with dead-lettered records, and somebody who asks it."""

    place: Place
    client: httpx.AsyncClient
    cases: list[UUID]

    def headers(self, role: Role) -> dict[str, str]:
        user = User(f"{role}-1", "Test", frozenset({role}))
        return {"authorization": f"Bearer {LocalTokens(self.place.settings.secrets['token_key']).issue(user)}"}

    async def page(self, **asked: Any) -> dict[str, Any]:
        answer = await self.client.get(
            f"/api/{self.place.name}/dead-letters", params=asked, headers=self.headers(Role.OPERATIONS)
        )
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    async def post(self, path: str, body: Any = None, role: Role = Role.OPERATIONS) -> httpx.Response:
        return await self.client.post(
            f"/api/{self.place.name}/dead-letters/{path}", json=body, headers=self.headers(role)
        )


@pytest.fixture
async def office(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Any) -> AsyncIterator[Office]:
    place = make_place(kafka, postgres, secrets_file)
    settings = place.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    metrics = Metrics()
    app = assemble(definition_of(place, metrics), [], settings, metrics)
    runtime: Runtime = app.state.runtime
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://probe.test") as client,
    ):
        await until(runtime.why_not_ready, lambda missing: not missing)
        cases = [uuid4() for _ in range(DEAD_LETTERS)]
        poison = [(case, record_of(case, 1, "poison")) for case in cases[1:]]
        await publish(place, [(cases[0], b"not json"), *poison])
        office = Office(place, client, cases)
        await until(office.page, lambda page: page["total"] == DEAD_LETTERS)
        yield office


async def test_metrics_are_for_prometheus_and_operations(office: Office) -> None:
    async def ask(headers: dict[str, str]) -> httpx.Response:
        return await office.client.get("/metrics", headers=headers)

    assert (await ask({})).status_code == 401
    assert (await ask({"authorization": f"Bearer {TOKEN}x"})).status_code == 401
    assert (await ask({"authorization": "Bearer "})).status_code == 401
    assert (await ask(office.headers(Role.COORDINATOR))).status_code == 403
    for headers in ({"authorization": f"Bearer {TOKEN}"}, office.headers(Role.OPERATIONS)):
        answer = await ask(headers)
        assert answer.status_code == 200
        names = {family.name for family in text_string_to_metric_families(answer.text)}
        assert "samspel_dead_letters" in names


async def test_dead_letters_come_in_pages_latest_first_and_none_is_left_out(office: Office) -> None:
    pages = [await office.page(limit=2)]
    while pages[-1]["next"]:
        pages.append(await office.page(limit=2, after=pages[-1]["next"]))
    assert [len(page["items"]) for page in pages] == [2, 2]
    assert {page["total"] for page in pages} == {DEAD_LETTERS}
    letters = [letter for page in pages for letter in page["items"]]
    assert len({letter["dead_letter_id"] for letter in letters}) == DEAD_LETTERS
    times = [letter["dead_lettered_at"] for letter in letters]
    assert times == sorted(times, reverse=True)


async def test_dead_letters_are_chosen_by_topic_reason_and_state(office: Office) -> None:
    assert (await office.page(topic=office.place.read))["total"] == DEAD_LETTERS
    assert (await office.page(topic="another"))["total"] == 0
    assert (await office.page(reason="not an event"))["total"] == 1
    assert (await office.page(reason="violates:"))["total"] == DEAD_LETTERS - 1
    assert (await office.page(state="open"))["total"] == DEAD_LETTERS
    assert (await office.page(state="discarded"))["total"] == 0
    for wrong in ({"state": "lost"}, {"limit": 0}, {"limit": 501}, {"topc": "x"}, {"topic": "\x00"}):
        answer = await office.client.get(
            f"/api/{office.place.name}/dead-letters", params=wrong, headers=office.headers(Role.OPERATIONS)
        )
        assert answer.status_code == 422, wrong


async def test_of_a_parameter_given_twice_neither_is_used(office: Office) -> None:
    twice = {"state": ["open", "discarded"]}
    answer = await office.client.get(
        f"/api/{office.place.name}/dead-letters", params=twice, headers=office.headers(Role.OPERATIONS)
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "parameter_repeated")


async def test_a_discarded_letter_stays_with_who_and_why_and_is_an_event(office: Office) -> None:
    [letter] = (await office.page(reason="not an event"))["items"]
    letter_id = letter["dead_letter_id"]
    answer = await office.post(f"{letter_id}/discard", {"reason": "sent by mistake"})
    assert (answer.status_code, answer.json()) == (201, {"discarded": letter_id})

    [discarded] = (await office.page(state="discarded"))["items"]
    assert discarded["dead_letter_id"] == letter_id
    assert (discarded["discarded_by"], discarded["discard_reason"]) == ("operations-1", "sent by mistake")
    assert discarded["discarded_at"] is not None
    assert (await office.page(state="open"))["total"] == DEAD_LETTERS - 1

    again = await office.post(f"{letter_id}/discard", {"reason": "once more"})
    assert (again.status_code, again.json()["code"]) == (409, "already_discarded")
    topic = topics.dead_letters(office.place.name)
    records = await until(
        lambda: read_topic(office.place.bootstrap, topic), lambda records: len(records) == DEAD_LETTERS + 1
    )
    event = events.parse(records[-1].value)
    fact = event.data
    assert isinstance(fact, DeadLetterDiscarded)
    assert (str(fact.dead_letter_id), fact.service, event.sequence) == (letter_id, office.place.name, 2)
    assert b"mistake" not in records[-1].value


async def test_a_discarded_letter_is_replayed_only_when_that_is_said(office: Office) -> None:
    [letter, *_] = (await office.page(reason="violates:"))["items"]
    letter_id = letter["dead_letter_id"]
    assert (await office.post(f"{letter_id}/discard", {"reason": "not needed"})).status_code == 201
    await office.place.fetch("ALTER TABLE ledger DROP CONSTRAINT no_poison")

    refused = await office.post(f"{letter_id}/replay")
    assert (refused.status_code, refused.json()["code"]) == (409, "discarded")
    assert await office.place.ledger() == []
    assert (await office.post(f"{letter_id}/replay?discarded=true")).status_code == 201
    assert len(await office.place.ledger()) == 1
    [replayed] = (await office.page(state="replayed"))["items"]
    assert (replayed["dead_letter_id"], replayed["discarded_at"]) == (letter_id, None)
    refused = await office.post(f"{letter_id}/discard", {"reason": "too late"})
    assert (refused.status_code, refused.json()["code"]) == (409, "already_replayed")


async def test_a_letter_is_not_discarded_without_a_reason(office: Office) -> None:
    [letter, *_] = (await office.page())["items"]
    for body in ({}, {"reason": ""}, {"reason": "   "}, {"reason": "a\x00b"}, {"reason": "x" * 501}):
        assert (await office.post(f"{letter['dead_letter_id']}/discard", body)).status_code == 422, body


async def test_only_operations_decide_about_dead_letters(office: Office) -> None:
    [letter, *_] = (await office.page())["items"]
    for action in ("discard", "replay"):
        refused = await office.post(
            f"{letter['dead_letter_id']}/{action}", {"reason": "not needed"}, Role.COORDINATOR
        )
        assert refused.status_code == 403
    unknown = await office.post(f"{uuid4()}/discard", {"reason": "not needed"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "dead_letter_unknown")
