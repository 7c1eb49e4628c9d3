"""What an agency asks about its referrals over Kafka and HTTP: the same decisions as by the routes, with receipts."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from contracts import topics
from contracts.agency import ReferralAcknowledged
from contracts.agency_requests import RequestCarriedOut, RequestRefused
from contracts.catalogue import AGENCIES
from contracts.codes import Role
from contracts.events import local_date
from contracts.referral import CompletionReceived, ReferralReturned, ReferrerChanged
from services.referral import officers_store
from services.referral.agency_inbox import AgencyInbox
from services.referral.intake import InboundRecord
from services.referral.vault import Vault
from tests.integration.referral.referral import Referral, encoded, feedback_of, new_message, new_number
from tests.malformed import AGENCY, NUMBER, Message, Record, changed

_ROOT = Path(__file__).parents[3]
_KEY = b"one partition"
_UNKNOWN = (
    "Er myndighet har ingen sådan öppen anmälan. Kontrollera beteckningen, eller skicka igen när anmälan har fått"
    " sitt kvitto."
)


def _asking(kind: str, reference: str, **data: Any) -> Message:
    return {
        "specversion": "1.0",
        "id": f"asked-{uuid4()}",
        "source": f"urn:agency:{AGENCY}",
        "type": kind,
        "data": {"reference": reference, **data},
    }


def _withdrawal(reference: str, **data: Any) -> Message:
    return _asking("ReferralWithdrawn", reference, **{"reason": "not_relevant", "withdrawn_on": "2021-04-01", **data})


def _referred(reference: str, number: str | None = None) -> Message:
    return changed(new_message(number), ("data", "reference"), reference)


def _reference() -> str:
    return f"SOC-{uuid4().hex[:8]}"


async def _told(referral: Referral, sent: Sequence[Message | bytes], agency: str = AGENCY) -> list[Any]:
    """What the receipts of records say that are written to an inbox one after the other."""
    values = [each if isinstance(each, bytes) else encoded(each) for each in sent]
    places = await referral.publish([Record("asked", _KEY, value) for value in values], agency)
    receipts = await referral.receipts_of(places, agency)
    return [receipts[place].data for place in places]


def _errors(receipt: Any) -> list[tuple[str, str, str]]:
    assert isinstance(receipt, RequestRefused)
    return [(each.field, each.code, each.message) for each in receipt.errors]


async def test_a_referral_and_its_withdrawal_in_one_breath(referral: Referral) -> None:
    reference, number = _reference(), new_number()
    acknowledged, done, again = await _told(
        referral, [_referred(reference, number), _withdrawal(reference), _referred(_reference(), number)]
    )
    assert isinstance(acknowledged, ReferralAcknowledged)
    assert isinstance(done, RequestCarriedOut)
    assert (done.case_id, done.reference, done.message_type) == (
        acknowledged.case_id,
        reference,
        "ReferralWithdrawn",
    )
    assert isinstance(again, ReferralAcknowledged), "no longer a duplicate of an open referral"
    returned = (await referral.appended(done.case_id))[-1]
    assert isinstance(returned.data, ReferralReturned)
    assert (returned.data.returned_by, returned.data.happened_on.isoformat()) == ("referrer", "2021-04-01")
    assert returned.actor == f"agency:{AGENCY}"
    [step] = await feedback_of(referral, done.case_id)
    assert (step.step, step.returned_by) == ("returned", "referrer")


async def test_what_was_missing_is_answered_and_the_referrer_replaced(referral: Referral) -> None:
    reference = _reference()
    case_id = await referral.case_of(_referred(reference))
    await referral.done(f"cases/{case_id}/ask-for-completion", {"what": ["other"], "asked_of": "referrer"})
    today = local_date(referral.runtime.clock.now()).isoformat()
    answer = _asking("CompletionAnswered", reference, answered_on=today, answer="Intyget kommer med post.")
    officer = {"name": "Ny Remittentsson", "phone": "08-465 004 11"}
    change = _asking(
        "ReferrerReplaced", reference, unit="skarholmen", officer=officer, cause="left", replaced_on=today
    )
    answered, replaced = await _told(referral, [answer, change])
    assert [type(each) for each in (answered, replaced)] == [RequestCarriedOut] * 2
    *_, received, changed_to = [event.data for event in await referral.appended(case_id)]
    assert isinstance(received, CompletionReceived)
    assert isinstance(changed_to, ReferrerChanged)
    assert (changed_to.unit, changed_to.unit_kind, changed_to.cause) == ("skarholmen", "district", "left")
    assert (await referral.get(f"cases/{case_id}")).json()["state"] == "waiting"


async def test_the_same_message_twice_is_done_once(referral: Referral) -> None:
    reference = _reference()
    case_id = await referral.case_of(_referred(reference))
    asked = _withdrawal(reference)
    first, second, other = await _told(
        referral, [asked, asked, changed(asked, ("data", "reason"), "insufficient_health")]
    )
    assert (first.repeated, second.repeated, second.case_id) == (False, True, case_id)
    assert [code for _, code, _ in _errors(other)] == ["message_id_reused"]
    over_http = await referral.refer(asked)
    assert (over_http.status_code, over_http.json()["data"]["repeated"]) == (201, True)
    assert sum(isinstance(event.data, ReferralReturned) for event in await referral.appended(case_id)) == 1


async def test_a_withdrawal_before_its_referral_is_refused_and_may_be_sent_again(referral: Referral) -> None:
    reference = _reference()
    asked = _withdrawal(reference)
    [early] = await _told(referral, [asked])
    assert _errors(early) == [
        (
            "data.reference",
            "referral_unknown",
            _UNKNOWN,
        )
    ]
    acknowledged, done, late = await _told(referral, [_referred(reference), asked, _withdrawal(reference)])
    assert isinstance(done, RequestCarriedOut)
    assert done.case_id == acknowledged.case_id
    assert [code for _, code, _ in _errors(late)] == ["referral_unknown"]


async def test_another_agency_s_reference_is_unknown_and_nothing_changes(referral: Referral) -> None:
    reference = _reference()
    case_id = await referral.case_of(_referred(reference))
    by_reference, by_case = await _told(
        referral,
        [_withdrawal(reference), _withdrawal(reference, case_id=str(case_id))],
        "forsakringskassan",
    )
    assert [code for _, code, _ in (*_errors(by_reference), *_errors(by_case))] == ["referral_unknown"] * 2
    assert (await referral.get(f"cases/{case_id}")).json()["state"] == "waiting"


async def test_a_reference_used_twice_asks_for_the_case_and_takes_only_one_of_that_reference(
    referral: Referral,
) -> None:
    reference = _reference()
    cases = [await referral.case_of(_referred(reference)) for _ in range(2)]
    elsewhere = await referral.case_of(_referred(_reference()))
    either, other, one = await _told(
        referral,
        [
            _withdrawal(reference),
            _withdrawal(reference, case_id=str(elsewhere)),
            _withdrawal(reference, case_id=str(cases[1])),
        ],
    )
    assert _errors(either) == [
        (
            "data.case_id",
            "reference_ambiguous",
            "Flera öppna anmälningar har den beteckningen. Ange case_id ur kvittot.",
        )
    ]
    assert [code for _, code, _ in _errors(other)] == ["referral_unknown"]
    assert one.case_id == cases[1]


async def test_what_is_not_allowed_is_refused_with_its_text_and_hinders_nobody(referral: Referral) -> None:
    references = [_reference() for _ in range(2)]
    cases = [await referral.case_of(_referred(reference)) for reference in references]
    nothing, reason, unit, done = await _told(
        referral,
        [
            _asking("CompletionAnswered", references[0], answered_on="2021-04-01"),
            _withdrawal(references[0], reason="because"),
            _asking(
                "ReferrerReplaced",
                references[0],
                unit="fk-stockholm",
                officer={"name": "Ny Remittentsson"},
                cause="moved",
                replaced_on="2021-04-01",
            ),
            _withdrawal(references[1]),
        ],
    )
    assert _errors(nothing) == [
        ("", "nothing_missing", "Det saknas inget i anmälan, så det finns inget att komplettera.")
    ]
    [(field, code, text)] = _errors(reason)
    assert (field, code) == ("data.reason", "reason_not_used")
    assert text.startswith("Välj en av insatsens orsaker till återremiss: ")
    assert _errors(unit) == [("data.unit", "unit_unknown", "Välj en av den anmälande myndighetens enheter.")]
    assert done.case_id == cases[1]
    assert (await referral.get(f"cases/{cases[0]}")).json()["state"] == "waiting"


async def test_hostile_records_get_receipts_that_repeat_nothing(referral: Referral) -> None:
    reference = _reference()
    case_id = await referral.case_of(_referred(reference))
    sent: list[Message | bytes] = [
        encoded(_withdrawal(reference)) + b" " * 70_000,
        encoded(_withdrawal(reference)).replace(b'"type":', b'"type":"ReferralSubmitted","type":'),
        _withdrawal(f"SOC {NUMBER}"),
        _withdrawal(reference, case_id="' OR 1=1 --"),
        _withdrawal(reference, reason="x" * 61),
        _asking("CompletionAnswered", reference, answered_on="2021-04-01", answer="\x00"),
        _asking("CompletionAnswered", reference, answered_on="2021-04-01", answer=f"{NUMBER} " * 500),
        _withdrawal(reference, withdrawn_on="9999-12-31"),
        _withdrawal(reference, withdrawn_on="0001-01-01"),
    ]
    receipts = await _told(referral, sent)
    assert all(receipt.errors for receipt in receipts)
    assert NUMBER not in "".join(receipt.model_dump_json() for receipt in receipts)
    assert [type(receipt) for receipt in receipts[1:]] == [RequestRefused] * 8
    assert (await referral.get(f"cases/{case_id}")).json()["state"] == "waiting"


async def test_the_messages_of_the_agencies_page_are_carried_out(referral: Referral) -> None:
    page = (_ROOT / "docs" / "agency.md").read_text(encoding="utf-8")
    _, _, section = page.partition("\n## What you ask about a referral\n")
    blocks = re.findall(r"```json\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    reference = _reference()
    case_id = await referral.case_of(_referred(reference))
    await referral.done(
        f"cases/{case_id}/ask-for-completion",
        {"what": ["other"], "asked_of": "referrer", "asked_on": "2021-04-01"},
    )
    sent = [changed(json.loads(block), ("data", "reference"), reference) for block in blocks]
    assert [each["type"] for each in sent] == ["CompletionAnswered", "ReferrerReplaced", "ReferralWithdrawn"]
    receipts = await _told(referral, [each | {"id": f"asked-{uuid4()}"} for each in sent])
    assert [(type(each), each.case_id) for each in receipts] == [(RequestCarriedOut, case_id)] * 3


async def test_the_example_client_refers_and_withdraws(referral: Referral) -> None:
    reference = _reference()
    assert "Taken in as case" in await _client(referral, "--reference", reference)
    assert "Withdrawn:" in await _client(referral, "--withdraw", reference)
    again = await _client(referral, "--withdraw", reference, status=1)
    assert again.startswith("Refused: data.reference referral_unknown")


async def _client(referral: Referral, *arguments: str, status: int = 0) -> str:
    client = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_ROOT / "examples" / "agency_client.py"),
        *arguments,
        env={**os.environ, "SAMSPEL_KAFKA_BOOTSTRAP": referral.bootstrap},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await client.communicate()
    assert client.returncode == status, printed.decode()
    return printed.decode()


async def test_over_http_a_refusal_is_a_problem_with_the_receipt(referral: Referral) -> None:
    answer = await referral.refer(_withdrawal(_reference()))
    assert (answer.status_code, answer.json()["code"]) == (422, "request_refused")
    assert answer.json()["receipt"]["type"] == "RequestRefused"
    assert answer.json()["receipt"]["data"]["errors"][0]["code"] == "referral_unknown"


async def test_a_database_that_refuses_one_makes_it_a_dead_letter_and_applies_its_neighbours(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    references = [_reference() for _ in range(2)]
    cases = [await referral.case_of(_referred(reference)) for reference in references]

    async def refuses(*_: Any) -> None:
        raise asyncpg.DataError("a value that the table does not take")

    monkeypatch.setattr(officers_store, "replace", refuses)
    change = _asking(
        "ReferrerReplaced",
        references[0],
        unit="farsta",
        officer={"name": "Ny Remittentsson"},
        cause="moved",
        replaced_on="2021-04-01",
    )
    records = [Record("asked", _KEY, encoded(each)) for each in (change, _withdrawal(references[1]))]
    dead, applied = await referral.publish(records)
    assert (await referral.receipts_of([applied]))[applied].data.case_id == cases[1]  # type: ignore[attr-defined]
    kept = "SELECT count(*) FROM dead_letter WHERE topic = $1 AND (partition, record_offset) = ($2, $3)"
    assert await referral.runtime.pool.fetchval(kept, topics.inbox(AGENCY), *dead) == 1
    facts = [type(event.data) for event in await referral.appended(cases[0])]
    assert ReferrerChanged not in facts


async def test_an_error_that_nobody_thought_of_leaves_nothing_of_the_batch(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader then reads the batch again; the stored offset stays before it."""
    reference = _reference()
    secrets = referral.runtime.settings.secrets
    inbox = AgencyInbox(Vault(secrets["vault_kek"], secrets["lookup_key"]), referral.intake())
    counted = "SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM inbox_message)"
    before = await referral.runtime.pool.fetchval(counted)

    async def fails(*_: Any) -> None:
        raise RuntimeError("a defect")

    batch = [InboundRecord(encoded(each), None) for each in (_referred(reference), _withdrawal(reference))]
    with monkeypatch.context() as patched:
        patched.setattr("services.referral.commands.return_", fails)
        with pytest.raises(RuntimeError, match="a defect"):
            async with referral.runtime.unit("service:referral") as unit:
                await inbox.take(unit, AGENCIES[AGENCY], batch)
    assert await referral.runtime.pool.fetchval(counted) == before
    async with referral.runtime.unit("service:referral") as unit:
        _, done = await inbox.take(unit, AGENCIES[AGENCY], batch)
    assert isinstance(done.data, RequestCarriedOut)


async def test_of_an_erased_person_only_the_ids_of_the_messages_are_left(referral: Referral) -> None:
    number, reference = new_number(), _reference()
    case_id = await referral.case_of(_referred(reference, number))
    asked = _withdrawal(reference)
    [done] = await _told(referral, [asked])
    assert isinstance(done, RequestCarriedOut)
    kept = "SELECT count(*) FROM inbox_message WHERE receipt ->> 'case_id' = $1"
    assert await referral.runtime.pool.fetchval(kept, str(case_id)) == 2
    forgotten = await referral.post("persons/forget", {"identity_number": number}, Role.OPERATIONS)
    assert forgotten.json()["messages"] == 2
    assert await referral.runtime.pool.fetchval(kept, str(case_id)) == 0
    [again] = await _told(referral, [asked])
    assert [code for _, code, _ in _errors(again)] == ["message_id_reused"]
