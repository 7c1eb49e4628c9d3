"""Searching for a person: who is found, what is shown to whom, what is written down, and what is forgotten."""

import re
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.codes import Role
from deploy.demo.identity import synthetic_number
from services.referral import search_store
from services.referral.search import making_searchable
from services.referral.vault import Vault
from services.referral.web.search import SHOWN
from tests.integration.referral.referral import Referral, new_message, new_number
from tests.malformed import Message, changed
from tests.waiting import until

SEARCH = "/anmalningar/sok"


def _unique() -> str:
    """A name that nobody else has: letters only, and not alike from its third on."""
    return "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex[:12])


def _named(given: str, family: str, number: str | None = None, reference: str = "SOC-2021-88") -> Message:
    sent = new_message(number)
    for place, value in (
        (("data", "person", "given_name"), given),
        (("data", "person", "family_name"), family),
        (("data", "reference"), reference),
    ):
        sent = changed(sent, place, value)
    return sent


async def _search(referral: Referral, words: str, role: Role = Role.COORDINATOR, **more: Any) -> httpx.Response:
    browser = referral.browser(role)
    del browser["hx-request"]
    return await referral.client.post(SEARCH, data={"q": words, **more}, headers=browser)


async def _page(referral: Referral, words: str, role: Role = Role.COORDINATOR, **more: Any) -> str:
    answer = await _search(referral, words, role, **more)
    assert answer.status_code == 200, answer.text
    assert words not in str(answer.request.url)
    return answer.text


def _cases(page: str) -> list[UUID]:
    return [UUID(each) for each in re.findall(r'<th scope="row"><a href="/arenden/([^"]+)"', page)]


async def test_found_by_beginnings_without_rings_by_reference_and_by_number(referral: Referral) -> None:
    family, reference, number = f"Å{_unique()}", f"X-{uuid4().hex[:10]}/A", new_number()
    case_id = await referral.case_of(_named("Märta-Stina", family, number, reference))
    for words in (
        family,
        family.upper(),
        f"stin {family[:6]}",
        f"marta a{family[1:7]}",
        f"Märta-Stina {family}",
        reference,
        reference.lower().replace("-", " "),
        number,
        f"{number[:8]}-{number[8:]}",
        f"{number[2:8]}-{number[8:]}",
    ):
        assert _cases(await _page(referral, words)) == [case_id], words
    for words in (family[1:], f"Berta {family}", f"{reference}B", new_number()):
        page = await _page(referral, words)
        assert _cases(page) == []
        assert "Ingen anmälan hittades" in page


async def test_a_coordinator_sees_how_to_reach_person_and_referrer_and_others_the_name(referral: Referral) -> None:
    family = _unique().capitalize()
    case_id = await referral.case_of(_named("Berit", family))
    await referral.done(f"cases/{case_id}/accept", {})
    page = await _page(referral, family)
    for shown in (f"Berit {family}", "FINSAM-team", "15 mars 2021", "Antagen", "070-174 06 50", "08-465 004 10"):
        assert shown in page
    for role in (Role.LOTS, Role.OFFICE):
        seen = await _page(referral, family, role)
        assert f"Berit {family}" in seen
        assert "070-174 06 50" not in seen
        assert "08-465 004 10" not in seen
    for role in (Role.AGENCY, Role.OPERATIONS):
        assert (await _search(referral, family, role)).status_code == 403


async def test_a_birth_year_stands_where_names_are_alike_and_nowhere_else(referral: Referral) -> None:
    family = _unique().capitalize()
    numbers = [synthetic_number(date(year, 5, 4), 980 + year % 20) for year in (1963, 1974, 1985)]
    older, younger, other = [
        await referral.case_of(_named(given, family, number))
        for given, number in zip(("Siv", "Siv", "Sivan"), numbers, strict=True)
    ]
    page = await _page(referral, family)
    rows = {case_id: page.split(f'/arenden/{case_id}"')[1].split("</th>")[0] for case_id in _cases(page)}
    assert "född 1963" in rows[older]
    assert "född 1974" in rows[younger]
    assert "född" not in rows[other]
    listed = await referral.client.get("/anmalningar?sist=true", headers=referral.browser(Role.LOTS))
    assert "född 1974" in listed.text
    read = "SELECT count(*) FROM identity_read WHERE case_id = $1 AND purpose LIKE 'birth year%'"
    assert [await referral.runtime.pool.fetchval(read, case_id) for case_id in (older, other)] == [2, 0]


async def test_every_search_is_written_down_without_its_words(referral: Referral) -> None:
    family = _unique().capitalize()
    case_id = await referral.case_of(_named("Berit", family))
    searches = "SELECT user_id, purpose, cases FROM identity_search ORDER BY identity_search_id DESC LIMIT 2"
    await _page(referral, family, Role.OFFICE)
    await _page(referral, f"{family}son", Role.LOTS)
    assert [tuple(row) for row in await referral.runtime.pool.fetch(searches)] == [
        ("lots-1", "search for a person", []),
        ("office-1", "search for a person", [case_id]),
    ]
    reads = "SELECT user_id FROM identity_read WHERE case_id = $1 AND purpose = 'search for a person'"
    assert [row[0] for row in await referral.runtime.pool.fetch(reads, case_id)] == ["office-1"]
    tables = await referral.runtime.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for table in tables:
        assert await referral.runtime.pool.fetchval(_HOLDING.format(table[0]), f"%{family}%") == 0


_HOLDING = 'SELECT count(*) FROM "{}" AS t WHERE t::text ILIKE $1'


async def test_all_who_are_found_are_shown_page_by_page_the_newest_first(referral: Referral) -> None:
    family = _unique()
    came = [await referral.case_of(_named("Berit", family)) for _ in range(2 * SHOWN + 3)]
    page = await _page(referral, f"ber {family}")
    found = _cases(page)
    assert len(found) == SHOWN
    while "Visa fler träffar" in page:
        [after] = re.findall(r'name="efter" value="([^"]+)"', page)
        page = await _page(referral, f"ber {family}", efter=after)
        found += _cases(page)
    assert found == came[::-1]
    assert "Det finns inga fler träffar" in await _page(referral, family, efter=str(came[0]))


async def test_what_cannot_be_sought_says_what_to_do(referral: Referral) -> None:
    for words, said in (
        (" ", "Skriv ett namn, en beteckning eller ett personnummer."),
        (" ".join(map(str, range(9))), "Skriv högst 8 ord."),
    ):
        answer = await _search(referral, words)
        assert answer.status_code == 422
        assert said in answer.text
    assert (await _search(referral, "x" * 201)).status_code == 422
    assert "Skriv minst tre bokstäver" in await _page(referral, "Li")
    empty = await referral.client.get(SEARCH, headers=referral.browser(Role.LOTS))
    assert empty.status_code == 200
    assert "hittades" not in empty.text


@pytest.mark.parametrize("by_hand", [False, True])
async def test_whoever_is_forgotten_is_not_found_and_leaves_no_token(referral: Referral, by_hand: bool) -> None:
    family, number = _unique(), new_number()
    case_id = await referral.case_of(_named("Berit", family, number))
    other = await referral.case_of(_named("Berit", family))
    tokens = "SELECT count(*) FROM search_token WHERE case_id = $1"
    kept = await referral.runtime.pool.fetchval(tokens, other)
    if by_hand:
        person = await referral.runtime.pool.fetchval(
            "SELECT person_id FROM referral_case WHERE case_id = $1", case_id
        )
        await referral.runtime.pool.execute("DELETE FROM person_key WHERE person_id = $1", person)
    else:
        whom = {"case_id": str(case_id), "also_open": True}
        assert (await referral.post("persons/forget", whom, Role.OPERATIONS)).status_code == 201
    assert await referral.runtime.pool.fetchval(tokens, case_id) == 0
    assert await referral.runtime.pool.fetchval(tokens, other) == kept > 0
    assert _cases(await _page(referral, family)) == [other]
    assert _cases(await _page(referral, number)) == []


async def test_cases_from_before_are_found_once_their_tokens_are_made(referral: Referral) -> None:
    pool, family = referral.runtime.pool, _unique()
    cases = [await referral.case_of(_named("Berit", family)) for _ in range(3)]
    of_person, forgotten, spoilt = cases
    tokens = "SELECT token FROM search_token WHERE case_id = $1 ORDER BY token"
    made_at_intake = await pool.fetch(tokens, of_person)
    await _without_tokens(referral, cases)
    # One has its name sealed as the person's, as once was; one person is forgotten; one file was changed.
    await _name_of_person(referral, of_person, f"Berit {family}")
    whom = {"case_id": str(forgotten), "also_open": True}
    assert (await referral.post("persons/forget", whom, Role.OPERATIONS)).status_code == 201
    file = await pool.fetchval("SELECT file FROM referral_case WHERE case_id = $1", spoilt)
    await pool.execute("UPDATE referral_case SET file = '\\x00' WHERE case_id = $1", spoilt)

    make, made = making_searchable(_vault(referral)), 1
    while made:
        async with referral.runtime.unit("service:referral") as unit:
            made = await make(unit)
    await pool.execute("UPDATE referral_case SET file = $2 WHERE case_id = $1", spoilt, file)
    # The service's own round may have taken them first.
    left = "SELECT count(*) FROM referral_case WHERE NOT searchable AND file IS NOT NULL"
    await until(lambda: pool.fetchval(left), lambda count: count == 0)
    assert _cases(await _page(referral, family)) == [of_person]
    assert await pool.fetch(tokens, of_person) == made_at_intake


async def _without_tokens(referral: Referral, cases: list[UUID]) -> None:
    await referral.runtime.pool.execute("DELETE FROM search_token WHERE case_id = ANY ($1::uuid[])", cases)
    await referral.runtime.pool.execute(
        "UPDATE referral_case SET searchable = false WHERE case_id = ANY ($1::uuid[])", cases
    )


async def _name_of_person(referral: Referral, case_id: UUID, name: str) -> None:
    row = await referral.runtime.pool.fetchrow(
        "SELECT person_id, wrapped FROM referral_case JOIN person_key USING (person_id) WHERE case_id = $1", case_id
    )
    sealed = _vault(referral).key(row["person_id"], row["wrapped"]).seal("name", name)
    await referral.runtime.pool.execute("UPDATE person SET name = $2 WHERE person_id = $1", row["person_id"], sealed)
    await referral.runtime.pool.execute("UPDATE referral_case SET name = NULL WHERE case_id = $1", case_id)


def _vault(referral: Referral) -> Vault:
    secrets = referral.runtime.settings.secrets
    return Vault(secrets["vault_kek"], secrets["lookup_key"])


async def test_tokens_of_a_batch_cost_one_statement_and_say_nothing_without_the_key(referral: Referral) -> None:
    family = _unique()
    case_id = await referral.case_of(_named("Berit", family))
    kept = await referral.runtime.pool.fetch("SELECT token FROM search_token WHERE case_id = $1", case_id)
    words = ["berit", family, family[:3]]
    assert {_vault(referral).token(word) for word in words} <= {row["token"] for row in kept}
    other = Vault(bytes(32), bytes(32))
    assert {other.token(word) for word in words}.isdisjoint({row["token"] for row in kept})


_FILL = """
WITH new_case AS (
    INSERT INTO referral_case (case_id, person_id, insats, agency, unit, referred_on, received_at, state, state_since,
                               consent, searchable)
    SELECT gen_random_uuid(), person_id, 'finsam-team', 'stockholms-stad', 'farsta', '2021-01-01',
           '2021-01-01'::timestamptz + number * interval '1 second', 'closed', '2021-01-01', 'refused', true
    FROM new_person
    RETURNING case_id, received_at
)
INSERT INTO search_token (token, received_at, case_id)
SELECT int8send(floor(random() * 10 ^ digits)::bigint), received_at, case_id
FROM new_case CROSS JOIN unnest(ARRAY[1.5, 1.5, 2, 3, 6]) AS digits
ON CONFLICT DO NOTHING
"""


async def test_a_page_of_what_is_found_is_read_from_its_index(referral: Referral) -> None:
    common, less, rare = (nth.to_bytes(8, "big") for nth in (1, 2, 700))
    asked: list[tuple[str, list[Any]]] = [
        (search_store.BY_TOKENS[1, False], [21, common]),
        (search_store.BY_TOKENS[1, True], [21, common, uuid4()]),
        (search_store.BY_TOKENS[1, False], [21, rare]),
        (search_store.BY_TOKENS[2, False], [21, common, less]),
        (search_store.BY_TOKENS[2, False], [21, rare, common]),
        (search_store.BY_TOKENS[3, True], [21, common, less, rare, uuid4()]),
    ]
    async with referral.runtime.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(
                "CREATE TEMPORARY TABLE new_person ON COMMIT DROP AS "
                "SELECT gen_random_uuid() AS person_id, number FROM generate_series(1, 20000) AS number"
            )
            await connection.execute(
                "INSERT INTO person (person_id, known_since, forgotten_at) "
                "SELECT person_id, now(), now() FROM new_person"
            )
            await connection.execute(_FILL)
            await connection.execute("ANALYZE search_token, referral_case, person")
            plans = [await connection.fetch(f"EXPLAIN {query}", *values) for query, values in asked]
            others = [
                await connection.fetch(f"EXPLAIN {search_store.BY_NUMBERS}", 21, [bytes(32)], None),
                await connection.fetch(f"EXPLAIN {search_store.NUMBERS}", [uuid4()]),
                await connection.fetch(f"EXPLAIN {search_store.UNSEARCHABLE}", 200),
            ]
        finally:
            await transaction.rollback()
    for plan in ["\n".join(row[0] for row in rows) for rows in plans]:
        assert "search_token_pkey" in plan, plan
        assert "Seq Scan" not in plan, plan
    for plan in ["\n".join(row[0] for row in rows) for rows in others]:
        assert "Seq Scan" not in plan, plan
