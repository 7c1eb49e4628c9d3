"""What lies in the tables: nobody's identity, one person for each number, and an index for each hot query."""

import asyncio
from datetime import date
from typing import Any
from uuid import uuid4

from contracts.catalogue import AGENCIES
from contracts.codes import Role
from services.referral import earlier_store, erasure_store, inbox_store, queue_store, referrer_store, store
from services.referral.intake import InboundRecord
from tests.integration.referral.referral import Referral, encoded, new_message, new_number
from tests.malformed import AGENCY, changed


async def test_no_table_holds_an_identity_in_clear(referral: Referral) -> None:
    sent = new_message()
    person = sent["data"]["person"]
    given_name, family_name = f"Xenovita{uuid4().hex[:6]}", "Zzyxtest"
    sent = changed(
        changed(sent, ("data", "person", "given_name"), given_name), ("data", "person", "family_name"), family_name
    )
    await referral.case_of(sent)
    await referral.refer(changed(sent, ("data", "insats"), "x"))
    await referral.refer(sent | {"id": person["identity_number"]})
    tables = await referral.runtime.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert len(tables) > 10
    hidden = [given_name, family_name, person["identity_number"], sent["data"]["referrer"]["officer"]["name"]]
    for table in tables:
        for word in hidden:
            found = await referral.runtime.pool.fetchval(
                _SEARCH.format(table=table["tablename"]), word, word.encode()
            )
            assert found == 0, (table["tablename"], word)


_SEARCH = """
SELECT count(*) FROM "{table}" AS t
WHERE position($1 IN t::text) > 0 OR position(encode($2::bytea, 'hex') IN t::text) > 0
"""


async def test_a_person_referred_by_many_at_once_is_one_person_with_one_open_referral(referral: Referral) -> None:
    number = new_number()
    answers = await asyncio.gather(*(referral.refer(new_message(number)) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 7
    elsewhere = [changed(new_message(number), ("data", "insats"), insats) for insats in _OTHERS]
    assert [answer.status_code for answer in await asyncio.gather(*map(referral.refer, elsewhere))] == [201] * 3
    people = await referral.runtime.pool.fetchval(
        "SELECT count(DISTINCT person_id) FROM referral_case WHERE case_id = ANY ($1::uuid[])",
        [answer.json()["data"]["case_id"] for answer in answers if answer.status_code == 201],
    )
    assert people == 1


_OTHERS = ("mia-vidare", "arbetstraning", "samordnat-stod")


async def test_one_message_by_many_doors_at_once_is_one_referral(referral: Referral) -> None:
    sent = new_message()
    answers = await asyncio.gather(*(referral.refer(sent) for _ in range(8)))
    answered = [answer.json()["data"] for answer in answers]
    assert len({each["case_id"] for each in answered}) == 1
    assert sorted(each["repeated"] for each in answered) == [False] + [True] * 7


async def test_batches_with_the_same_people_the_other_way_round_do_not_deadlock(referral: Referral) -> None:
    intake = referral.intake()
    numbers = [new_number() for _ in range(30)]

    async def ingest(order: list[str]) -> int:
        records = [InboundRecord(encoded(new_message(number)), place=None) for number in order]
        async with referral.runtime.unit("service:referral") as unit:
            receipts = await intake.ingest(unit, AGENCIES[AGENCY], records)
        return sum(receipt.type == "ReferralAcknowledged" for receipt in receipts)

    taken = await asyncio.gather(*(ingest(numbers if nth % 2 else numbers[::-1]) for nth in range(8)))
    assert sum(taken) == len(numbers)


async def test_a_batch_costs_as_many_statements_as_a_record(referral: Referral) -> None:
    intake = referral.intake()

    async def statements(size: int) -> int:
        records = [InboundRecord(encoded(new_message()), place=None) for _ in range(size)]
        seen: list[str] = []
        async with referral.runtime.unit("service:referral") as unit:
            with unit.conn.query_logger(lambda record: seen.append(record.query)):
                await intake.ingest(unit, AGENCIES[AGENCY], records)
        # A connection's first use of a type makes asyncpg ask for its definition.
        return sum("typeinfo_tree" not in query and "'jit'" not in query for query in seen)

    assert await statements(1) == await statements(40) <= 9


async def test_a_database_never_holds_two_waiting_referrals_of_an_agency_to_an_insats(referral: Referral) -> None:
    kinds = await referral.runtime.pool.fetchval(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'referral_case_waiting'"
    )
    assert "UNIQUE" in kinds


_FILL = """
WITH people AS (
    INSERT INTO person (person_id, lookup, identity_number, known_since)
    SELECT gen_random_uuid(), sha256(n::text::bytea), '\\x00', now() FROM generate_series(1, 20000) AS n
    RETURNING person_id
), keys AS (
    INSERT INTO person_key (person_id, wrapped) SELECT person_id, '\\x00' FROM people
)
INSERT INTO referral_case (case_id, person_id, insats, agency, unit, referred_on, received_at, state, state_since,
                           consent, file)
SELECT gen_random_uuid(), person_id, CASE WHEN random() < 0.01 THEN 'finsam-team' ELSE 'x' END,
       'stockholms-stad', 'farsta', '2021-01-01', now() - random() * interval '1 year',
       CASE WHEN random() < 0.02 THEN 'waiting' ELSE 'closed' END, '2021-01-01', 'given', '\\x00'
FROM people
"""


_FILL_MESSAGES = """
INSERT INTO inbox_message (message, content, receipt, received_at, person)
SELECT sha256(n::text::bytea), sha256(''), '{}', now(), sha256(n::text::bytea) FROM generate_series(1, 20000) AS n
"""


_COUNTED: dict[bool, list[Any]] = {False: ["waiting", 1000], True: ["closed", 1000]}
_INSATS: dict[bool, list[Any]] = {False: [], True: ["finsam-team"]}
_LISTED: dict[tuple[bool, bool, bool], list[Any]] = {
    key: [_COUNTED[key[0]][0], 101, *_INSATS[key[0]], *([uuid4()] if key[2] else [])] for key in inbox_store.PAGES
}
_OF_A_LIST: list[tuple[str, list[Any]]] = [
    *((query, _LISTED[key]) for key, query in inbox_store.PAGES.items()),
    *((query, [*_COUNTED[key], *_INSATS[key]]) for key, query in inbox_store.STANDING.items()),
    *((query, [*_COUNTED[key], uuid4(), *_INSATS[key]]) for key, query in inbox_store.COUNT_NEWER.items()),
    (inbox_store.INSATSER, []),
]
"""Several indexes serve them, and which one is the least depends on how many there are in the state."""

_HOT: list[tuple[str, list[Any], str]] = [
    (inbox_store.NEWEST, [100], "referral_case_by_arrival"),
    (inbox_store.NEWEST_IN_STATE, [100, "waiting"], "referral_case_by_state"),
    (inbox_store.OLDER, [100, uuid4()], "referral_case_by_arrival"),
    (inbox_store.OLDER_IN_STATE, [100, "waiting", uuid4()], "referral_case_by_state"),
    (queue_store.TAKEN_ON, ["finsam-team", date(2021, 1, 1)], "referral_case_by_insats"),
    (store._ROW, [uuid4()], "referral_case_pkey"),
    (store._FILE, [uuid4()], "referral_case_pkey"),
    (store._NAMES, [[uuid4()]], "person_key_pkey"),
    (store._PEOPLE, [[bytes(32)], "stockholms-stad"], "referral_case_by_person"),
    (store._TAKEN_ON_ELSEWHERE, [uuid4()], "referral_case_by_person"),
    (earlier_store.OTHERS, [uuid4(), 51], "referral_case_by_person"),
    (store._LOCK_PERSON, [uuid4()], "person_pkey"),
    (erasure_store._PERSON, [bytes(32)], "person_lookup_key"),
    (erasure_store._CASES, [uuid4()], "referral_case_by_person"),
    (erasure_store._ERASE_MESSAGES, [bytes(32), ["x"]], "inbox_message_by_person"),
    (store._MESSAGES, [[bytes(32)]], "inbox_message_pkey"),
    (referrer_store.NEWEST_OWN, ["stockholms-stad", 51], "referral_case_by_agency"),
    (referrer_store.OLDER_OWN, ["stockholms-stad", 51, uuid4()], "referral_case_by_agency"),
    (referrer_store.NEWEST_TO_DO, ["stockholms-stad", 200], "referral_case_waits_for_agency"),
    (referrer_store.COUNT_TO_DO, ["stockholms-stad"], "referral_case_waits_for_agency"),
    (referrer_store.ONE_OWN, ["stockholms-stad", uuid4()], "referral_case_pkey"),
]


async def test_hot_queries_find_their_rows_by_an_index(referral: Referral) -> None:
    async with referral.runtime.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            # Else how many wait is decided by the tests that ran before, and with it the plan.
            await connection.execute("TRUNCATE person, referral_case, inbox_message CASCADE")
            await connection.execute(_FILL)
            await connection.execute(_FILL_MESSAGES)
            await connection.execute("ANALYZE person, person_key, referral_case, inbox_message")
            plans = [await connection.fetch(f"EXPLAIN {query}", *values) for query, values, _ in _HOT]
            lists = [await connection.fetch(f"EXPLAIN {query}", *values) for query, values in _OF_A_LIST]
        finally:
            await transaction.rollback()
    for rows, (_, _, index) in zip(plans, _HOT, strict=True):
        plan = "\n".join(row[0] for row in rows)
        assert index in plan, plan
        assert "Seq Scan" not in plan, plan
    for plan in ("\n".join(row[0] for row in rows) for rows in lists):
        # Of the protected there are few, and all of them are wanted.
        assert "Seq Scan" not in plan.replace("Seq Scan on protected_person", ""), plan


async def test_reads_by_the_page_are_written_down_too(referral: Referral) -> None:
    # Nobody else is called so: then the name is all that is read.
    case_id = await referral.case_of(changed(new_message(), ("data", "person", "family_name"), "Lästssondotter"))
    page = await referral.client.get("/anmalningar?sist=true", headers=referral.browser(Role.OFFICE))
    assert page.status_code == 200
    reads = await referral.runtime.pool.fetch(
        "SELECT user_id, purpose, read_at FROM identity_read WHERE case_id = $1", case_id
    )
    assert [(read["user_id"], read["purpose"]) for read in reads] == [("office-1", "name in the list of referrals")]
    assert reads[0]["read_at"].date() >= date(2021, 1, 1)
