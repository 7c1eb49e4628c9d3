"""Reports on forms over the API: Sundsvall's form, with its economy, from begun to approved."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest_asyncio

from contracts import topics
from contracts.budget import BUDGETS
from contracts.codes import AmountKind, AmountUnit, Role
from services.chassis.auth import User
from services.chassis.database import Connection, Pool
from services.chassis.unit import Unit
from services.reporting import amount_store
from services.reporting.domain.amounts import AmountKey, NewAmount, booked
from services.reporting.domain.form_reports import version_of
from tests.integration.reporting.reported import KIM, program_of

_PIA: Final = User("pia", "Pia Projektledare", frozenset({Role.PROJECT_LEADER}), leads=frozenset({"psykolog"}))
_ASKED: Final = {"form": "slutrapport-sundsvall", "insats": "psykolog", "period": "2023", "known_on": "2024-01-15"}
_PRINTED: Final = (("loner", 867_000, 885_680), ("lokaler", 30_000, 30_000), ("ovrigt", 15_000, 15_000))
_THEN: Final = datetime.fromisoformat("2024-01-10T09:00:00+01:00")
_NOW: Final = datetime.fromisoformat("2024-01-20T09:00:00+01:00")


@pytest_asyncio.fixture(autouse=True)
async def _no_reports(connection: Connection) -> None:
    """Neither a report nor an amount of another test."""
    tables = "form_report, form_report_text, signed_report, amount, idempotency_key, event, outbox, stream"
    await connection.execute(f"TRUNCATE {tables}")


@pytest_asyncio.fixture
async def pia(pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    async with program_of(pool, _PIA, _NOW) as program:
        yield program


async def _book(connection: Connection, moment: datetime, *amounts: tuple[str, AmountKind, int]) -> None:
    async with connection.transaction():
        unit = Unit(connection, moment, topics.OFFICE, "/samspel/reporting", "worker:kim:office")
        for line, kind, kronor in amounts:
            key = AmountKey("sundsvall", "psykolog", line, kind, "2023")
            fact = booked(BUDGETS, NewAmount(key, kronor, AmountUnit.KRONOR, unit.today), unit.today)
            await unit.append(key.amount_id, [fact])
            await amount_store.add(connection, [key])


async def _as_printed(connection: Connection) -> None:
    budgets = [(line, AmountKind.BUDGET, budget) for line, budget, _ in _PRINTED]
    await _book(connection, _THEN, *budgets, *((line, AmountKind.OUTCOME, each) for line, _, each in _PRINTED))


async def _begun(program: httpx.AsyncClient) -> str:
    answer = await program.post("/form-reports", json=_ASKED)
    assert answer.status_code == 201, answer.text
    return f"/form-reports/{answer.json()['report_id']}"


async def _draft(program: httpx.AsyncClient, place: str) -> dict[str, Any]:
    answer = await program.get(f"{place}/draft")
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def _written(program: httpx.AsyncClient, place: str) -> dict[str, Any]:
    """The draft with a text in every field that has to be answered."""
    draft = await _draft(program, place)
    texts = [
        {"field": each["field"], "text": f"Om {each['field']}.", "version": each["version"]}
        for each in draft["fields"]
        if each["field"] in draft["missing"]
    ]
    answer = await program.post(f"{place}/texts", json={"texts": texts})
    assert answer.json() == {"saved": sorted(draft["missing"]), "conflicts": [], "refused": []}
    return await _draft(program, place)


def _economy(report: dict[str, Any]) -> dict[str, list[float | None]]:
    [table] = [
        each["table"]
        for each in report["blocks"]
        if each["kind"] == "table" and each["table"]["caption"] == "Ekonomi 2023"
    ]
    return {row["labels"][0]: [value.get("number") for value in row["values"]] for row in table["rows"]}


async def test_sums_are_computed_and_the_deviation_is_asked_for_before_it_is_signed(
    connection: Connection, pia: httpx.AsyncClient, pool: Pool
) -> None:
    await _as_printed(connection)
    place = await _begun(pia)
    draft = await _draft(pia, place)
    assert _economy(draft["report"])["Summa kostnader"] == [912_000, 930_680, 18_680, 2.0]
    assert "ekonomi" in draft["missing"]
    refused = await pia.post(f"{place}/signatures", json={"draft_sha256": draft["draft_sha256"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "report_not_ready")

    ready = await _written(pia, place)
    assert ready["missing"] == []
    # Booked later, and so not what was known at the report's cut-off.
    await _book(connection, _NOW, ("loner", AmountKind.OUTCOME, 1))
    keyed = {"idempotency-key": str(uuid4())}
    body = {"draft_sha256": ready["draft_sha256"]}
    signed = await pia.post(f"{place}/signatures", json=body, headers=keyed)
    assert signed.status_code == 201, signed.text
    assert (await pia.post(f"{place}/signatures", json=body, headers=keyed)).content == signed.content
    content = (await pia.get(f"{place}/revisions/1/content")).content
    assert signed.json()["content_sha256"] == sha256(content).hexdigest()
    assert _economy(json.loads(content))["Summa kostnader"] == [912_000, 930_680, 18_680, 2.0]

    async with program_of(pool, KIM, _NOW) as kim:
        returned = await kim.post(f"{place}/revisions/1/return", json={"reason": "Skriv om lönerna."})
        assert (returned.status_code, returned.json()["reason"]) == (201, "Skriv om lönerna.")
        again = await _draft(pia, place)
        second = await pia.post(f"{place}/signatures", json={"draft_sha256": again["draft_sha256"]})
        assert second.json()["revision"] == 2
        approved = await kim.post(f"{place}/revisions/2/approval", json={})
        assert approved.status_code == 201
        report = (await kim.get(place)).json()
    assert [each["approved_at"] is not None for each in report["revisions"]] == [False, True]


async def test_who_writes_over_anothers_text_is_told_and_gets_it(pia: httpx.AsyncClient) -> None:
    place = await _begun(pia)
    first = {"field": "syfte", "text": "Ett.", "version": version_of("")}
    assert (await pia.post(f"{place}/texts", json={"texts": [first]})).json()["saved"] == ["syfte"]
    other = {"field": "syfte", "text": "Två 19870314-9826.", "version": version_of("")}
    said = (await pia.post(f"{place}/texts", json={"texts": [{**other, "text": "Två."}]})).json()
    assert said == {"saved": [], "conflicts": [{"field": "syfte", "text": "Ett."}], "refused": []}
    nowhere = await pia.post(f"{place}/texts", json={"texts": [{**other, "field": "nowhere"}]})
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "field_unknown")
    [refused] = (await pia.post(f"{place}/texts", json={"texts": [other]})).json()["refused"]
    assert (refused["field"], refused["code"]) == ("syfte", "identity_number")


async def test_where_nothing_is_booked_nothing_of_the_economy_is_asked(pia: httpx.AsyncClient) -> None:
    draft = await _draft(pia, await _begun(pia))
    assert "ekonomi" not in draft["missing"]
    assert any("Inga belopp är bokade" in each.get("text", "") for each in draft["report"]["blocks"])


async def test_a_report_is_its_leaders_and_the_offices(pia: httpx.AsyncClient, pool: Pool) -> None:
    place = await _begun(pia)
    other = User("petra", "Petra", frozenset({Role.PROJECT_LEADER}), leads=frozenset({"arbetsterapeut"}))
    for user in (other, User("o", "O", frozenset({Role.OPERATIONS})), User("k", "K", frozenset({Role.COORDINATOR}))):
        async with program_of(pool, user, _NOW) as somebody:
            assert (await somebody.get(place)).status_code == 403
            assert (await somebody.get(f"{place}/draft")).status_code == 403
            assert (await somebody.post("/form-reports", json=_ASKED)).status_code == 403
    async with program_of(pool, KIM, _NOW) as kim:
        assert (await kim.post(f"{place}/signatures", json={"draft_sha256": "0" * 64})).status_code == 403
        assert (await kim.post("/form-reports", json={**_ASKED, "form": "nowhere"})).status_code == 404
        assert (await kim.get(f"/form-reports/{uuid4()}")).status_code == 404
        assert (await kim.get(f"{place}/revisions/1/content")).status_code == 404
