"""A person is forgotten: nothing that tells who it was can be read, by anybody, and everything else goes on."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.agency import ReferralAcknowledged, ReferralRejected
from contracts.codes import Role
from contracts.referral import PersonForgotten
from services.referral.vault import Vault
from tests.integration.referral.referral import Referral, encoded, exited_fact, new_message, new_number, started_fact
from tests.malformed import Message, Record, changed
from tests.waiting import until

FORGOTTEN = "Avidentifierad person"


def _number(sent: Message) -> str:
    number: str = sent["data"]["person"]["identity_number"]
    return number


async def _forget(referral: Referral, **whom: Any) -> Any:
    answer = await referral.post("persons/forget", whom, Role.OPERATIONS)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _returned(referral: Referral, sent: Message) -> UUID:
    case_id = await referral.case_of(sent)
    await referral.done(f"cases/{case_id}/return", {"reason": "not_relevant"})
    return case_id


async def _row(referral: Referral, case_id: UUID) -> Any:
    return await referral.runtime.pool.fetchrow(
        """SELECT referral_case.name, file, lookup, identity_number, person.name AS old_name, phone, wrapped,
                  forgotten_by, referral_case.person_id
           FROM referral_case JOIN person USING (person_id) LEFT JOIN person_key USING (person_id)
           WHERE case_id = $1""",
        case_id,
    )


async def test_nothing_that_was_sealed_is_left_and_the_case_is(referral: Referral) -> None:
    sent = new_message()
    case_id = await _returned(referral, sent)
    before = (await referral.get(f"cases/{case_id}")).json()
    assert await _forget(referral, identity_number=_number(sent)) == {
        "cases": 1,
        "open_cases": 0,
        "messages": 1,
        "drafts": 0,
    }
    row = dict(await _row(referral, case_id))
    del row["person_id"]
    assert row.pop("forgotten_by") == "operations-1"
    assert set(row.values()) == {None}
    assert (await referral.get(f"cases/{case_id}")).json() == before


async def test_it_is_told_on_each_of_the_persons_cases(referral: Referral) -> None:
    sent = new_message()
    cases = [await _returned(referral, sent)]
    cases.append(await _returned(referral, changed(new_message(_number(sent)), ("data", "insats"), "mia-vidare")))
    assert (await _forget(referral, case_id=str(cases[0])))["cases"] == 2
    last = [(await referral.appended(case_id))[-1] for case_id in cases]
    assert all(isinstance(event.data, PersonForgotten) for event in last)
    assert [event.sequence for event in last] == [4, 4]
    assert len({event.data.person_id for event in last if isinstance(event.data, PersonForgotten)}) == 1


async def test_a_forgotten_person_has_no_name_and_the_page_says_so(referral: Referral) -> None:
    sent = new_message()
    case_id = await _returned(referral, sent)
    other = await _returned(referral, new_message())
    await _forget(referral, identity_number=_number(sent))
    names = await referral.post("names", {"case_ids": [str(case_id), str(other)]})
    assert names.json()["names"] == {str(case_id): FORGOTTEN, str(other): "Påhitta Felpostsson"}
    page = await referral.client.get("/anmalningar?state=returned", headers=referral.browser(Role.COORDINATOR))
    assert page.status_code == 200
    assert FORGOTTEN in page.text


async def test_what_needs_the_key_refuses_and_says_why(referral: Referral) -> None:
    sent = new_message()
    case_id = await _returned(referral, sent)
    await _forget(referral, identity_number=_number(sent))
    for choice in ("given", "withdrawn", "refused"):
        answer = await referral.post(f"cases/{case_id}/consent", {"choice": choice})
        assert (answer.status_code, answer.json()["code"]) == (404, "person_forgotten")
    for path in ("find", "forget"):
        answer = await referral.post(f"persons/{path}", {"case_id": str(case_id)}, Role.OPERATIONS)
        assert (answer.status_code, answer.json()["code"]) == (404, "person_forgotten")
        answer = await referral.post(f"persons/{path}", {"identity_number": _number(sent)}, Role.OPERATIONS)
        assert (answer.status_code, answer.json()["code"]) == (404, "person_unknown")


async def test_referred_again_it_is_a_new_person(referral: Referral) -> None:
    sent = new_message()
    old = await _returned(referral, sent)
    await _forget(referral, identity_number=_number(sent))
    again = new_message(_number(sent))
    [place] = await referral.publish([Record("again", b"key", encoded(again))])
    receipt = (await referral.receipts_of([place]))[place]
    assert isinstance(receipt.data, ReferralAcknowledged)
    new = await _row(referral, receipt.data.case_id)
    assert new["person_id"] != (await _row(referral, old))["person_id"]
    names = await referral.post("names", {"case_ids": [str(receipt.data.case_id)]})
    assert names.json()["names"] == {str(receipt.data.case_id): "Påhitta Felpostsson"}


async def test_a_message_sent_again_brings_nobody_back_and_gets_its_answer(referral: Referral) -> None:
    sent = new_message()
    await _returned(referral, sent)
    await _forget(referral, identity_number=_number(sent))
    record = Record("the same record", b"key", encoded(sent))
    places = await referral.publish([record, record])
    for receipt in (await referral.receipts_of(places)).values():
        assert isinstance(receipt.data, ReferralRejected)
        assert [error.code.value for error in receipt.data.errors] == ["message_id_reused"]
    found = await referral.post("persons/find", {"identity_number": _number(sent)}, Role.OPERATIONS)
    assert (found.status_code, found.json()["code"]) == (404, "person_unknown")


async def test_what_a_rejected_message_left_behind_is_erased_too(referral: Referral) -> None:
    number = new_number()
    assert (await referral.refer(changed(new_message(number), ("data", "insats"), "finsamteam"))).status_code == 422
    assert await _forget(referral, identity_number=number) == {
        "cases": 0,
        "open_cases": 0,
        "messages": 1,
        "drafts": 0,
    }
    left = await referral.post("persons/find", {"identity_number": number}, Role.OPERATIONS)
    assert left.status_code == 404


async def test_a_message_read_before_messages_knew_their_person_is_found_by_its_case(referral: Referral) -> None:
    sent = new_message()
    case_id = await _returned(referral, sent)
    older = "UPDATE inbox_message SET person = NULL WHERE receipt ->> 'case_id' = $1"
    assert await referral.runtime.pool.execute(older, str(case_id)) == "UPDATE 1"
    assert (await _forget(referral, case_id=str(case_id)))["messages"] == 1
    left = "SELECT count(*) FROM inbox_message WHERE receipt ->> 'case_id' = $1"
    assert await referral.runtime.pool.fetchval(left, str(case_id)) == 0


async def test_no_table_has_anything_that_was_the_persons(referral: Referral) -> None:
    sent = new_message()
    number = _number(sent)
    case_id = await _returned(referral, sent)
    secrets = referral.runtime.settings.secrets
    lookup = Vault(secrets["vault_kek"], secrets["lookup_key"]).fingerprint("person", number.encode())
    row = await _row(referral, case_id)
    hidden = [lookup, row["wrapped"], row["name"], row["file"], row["identity_number"]]
    assert [await _tables_with(referral, value) != [] for value in hidden] == [True] * 5
    await _forget(referral, identity_number=number)
    assert [await _tables_with(referral, value) for value in hidden] == [[]] * 5


async def _tables_with(referral: Referral, value: bytes) -> list[str]:
    tables = await referral.runtime.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    search = "SELECT count(*) FROM {} AS t WHERE position(encode($1::bytea, 'hex') IN t::text) > 0"
    return [
        table["tablename"]
        for table in tables
        if await referral.runtime.pool.fetchval(search.format(table["tablename"]), value)
    ]


async def test_an_open_case_stands_in_the_way_unless_it_is_said_to_be_meant(referral: Referral) -> None:
    waiting, accepted, started = [await referral.case_of() for _ in range(3)]
    for case_id in (accepted, started):
        await referral.done(f"cases/{case_id}/accept", {})
    await referral.planning_appends(started, started_fact(referral))
    await until(lambda: _state(referral, started), lambda state: state == "started")
    for case_id in (waiting, accepted, started):
        refused = await referral.post("persons/forget", {"case_id": str(case_id)}, Role.OPERATIONS)
        assert (refused.status_code, refused.json()["code"]) == (409, "case_open")
        assert (await _forget(referral, case_id=str(case_id), also_open=True))["open_cases"] == 1
    # They go on without a name.
    await referral.done(f"cases/{waiting}/accept", {})
    await referral.done(f"cases/{accepted}/return", {"reason": "other"})
    await referral.planning_appends(started, started_fact(referral), exited_fact(referral))
    await until(lambda: _state(referral, started), lambda state: state == "closed")


async def _state(referral: Referral, case_id: UUID) -> str:
    return str((await referral.get(f"cases/{case_id}")).json()["state"])


@pytest.mark.parametrize("path", ["find", "forget"])
async def test_only_operations_ask_and_only_for_somebody(referral: Referral, path: str) -> None:
    case_id = await referral.case_of()
    for role in (Role.COORDINATOR, Role.LOTS, Role.OFFICE, Role.AGENCY):
        assert (await referral.post(f"persons/{path}", {"case_id": str(case_id)}, role)).status_code == 403
    answers = [
        ({}, 422, "one_of_two"),
        ({"case_id": str(case_id), "identity_number": new_number()}, 422, "one_of_two"),
        ({"identity_number": "19121212\u00001212"}, 422, "identity_number_invalid"),
        ({"identity_number": new_number()}, 404, "person_unknown"),
        ({"case_id": str(uuid4())}, 404, "case_unknown"),
    ]
    for body, status, code in answers:
        answer = await referral.post(f"persons/{path}", body, Role.OPERATIONS)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_asking_is_written_down(referral: Referral) -> None:
    case_id = await referral.case_of()
    found = await referral.post("persons/find", {"case_id": str(case_id)}, Role.OPERATIONS)
    assert found.json() == {"cases": 1, "open_cases": 1, "messages": 1, "drafts": 0}
    reads = await referral.runtime.pool.fetch(
        "SELECT user_id, purpose FROM identity_read WHERE case_id = $1", case_id
    )
    assert [tuple(read) for read in reads] == [("operations-1", "look-up before erasure")]


async def test_a_key_destroyed_by_hand_forgets_its_person(referral: Referral) -> None:
    sent = new_message()
    case_id = await _returned(referral, sent)
    row = await _row(referral, case_id)
    await referral.runtime.pool.execute("DELETE FROM person_key WHERE person_id = $1", row["person_id"])
    await referral.case_of(new_message(_number(sent)))
    names = await referral.post("names", {"case_ids": [str(case_id)]})
    assert names.json()["names"] == {str(case_id): FORGOTTEN}
    answer = await referral.post(f"cases/{case_id}/consent", {"choice": "withdrawn"})
    assert (answer.status_code, answer.json()["code"]) == (404, "person_forgotten")


async def test_referred_and_forgotten_at_once_each_referral_gets_its_receipt(referral: Referral) -> None:
    number = new_number()
    await _returned(referral, new_message(number))
    insatser = ("mia-vidare", "arbetstraning", "samordnat-stod", "finsam-team")
    sent = [changed(new_message(number), ("data", "insats"), insats) for insats in insatser]
    whom = {"identity_number": number, "also_open": True}
    referred = [referral.refer(each) for each in sent]
    forgotten = [referral.post("persons/forget", whom, Role.OPERATIONS) for _ in range(4)]
    answers = await asyncio.gather(*(each for pair in zip(referred, forgotten, strict=True) for each in pair))
    assert [answer.status_code for answer in answers[::2]] == [201] * 4
    assert {answer.status_code for answer in answers[1::2]} <= {201, 404}
    cases = [str(answer.json()["data"]["case_id"]) for answer in answers[::2]]
    names = (await referral.post("names", {"case_ids": cases})).json()["names"]
    assert set(names.values()) <= {FORGOTTEN, "Påhitta Felpostsson"}
    assert len(names) == 4
