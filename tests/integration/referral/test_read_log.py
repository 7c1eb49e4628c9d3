"""The log of reads: what the data protection officer finds in it, and that the officer stands in it too."""

import csv
import io
import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.codes import Role
from contracts.events import local_date, midnight
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.referral import read_log, read_log_store, store
from services.referral.read_log_store import Asked, Kind, Place
from services.referral.web.read_log import PATH, PURPOSES
from tests.integration.referral.referral import Referral, new_message, new_number
from tests.malformed import changed

_MANY = """
INSERT INTO identity_read (read_at, user_id, case_id, purpose, refused)
SELECT now() - n * interval '1 minute', 'u' || n % 50, gen_random_uuid(), 'test', n % 1000 = 0
FROM generate_series(1, 20000) AS n
"""


def _headers(referral: Referral, role: Role = Role.DATA_PROTECTION, user_id: str = "dag") -> dict[str, str]:
    tokens = LocalTokens(referral.runtime.settings.secrets["token_key"])
    user = User(id=user_id, name="Test", roles=frozenset({role}))
    return {"cookie": f"{COOKIE}={tokens.issue(user)}", "sec-fetch-site": "same-origin", "accept": "text/html"}


async def _ask(referral: Referral, place: str = PATH, *, role: Role = Role.DATA_PROTECTION, **asked: Any) -> Any:
    today = str(local_date(referral.runtime.clock.now()))
    form = {"first": today, "last": today, **asked}
    return await referral.client.post(place, data=form, headers=_headers(referral, role))


async def _page(referral: Referral, **asked: Any) -> str:
    answer: httpx.Response = await _ask(referral, **asked)
    assert answer.status_code == 200, answer.text
    return answer.text


async def _rows(referral: Referral, **asked: Any) -> list[tuple[str, str, str]]:
    """User, what, and cases of each row of the file."""
    answer: httpx.Response = await _ask(referral, f"{PATH}/fil", **asked)
    assert answer.status_code == 200, answer.text
    read = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert read[0] == ["Tid", "Användare", "Händelse", "Ärenden"]
    return [(user, what, cases) for _, user, what, cases in read[1:]]


async def _case(referral: Referral, *, reference: str = "", number: str | None = None) -> UUID:
    sent = new_message(number)
    return await referral.case_of(changed(sent, ("data", "reference"), reference or f"SOC-{uuid4().hex[:8]}"))


async def _search(referral: Referral, words: str, role: Role) -> None:
    browser = referral.browser(role)
    answer = await referral.client.post("/anmalningar/sok", data={"q": words}, headers=browser)
    assert answer.status_code == 200, answer.text


async def test_reads_and_refusals_and_looks_stand_in_the_log_of_the_person_without_a_name(referral: Referral) -> None:
    number, reference = new_number(), f"X-{uuid4().hex[:10]}/A"
    case_id = await _case(referral, reference=reference, number=number)
    await _search(referral, reference, Role.OFFICE)
    await referral.done(f"cases/{case_id}/protect", {"readers": []})
    await _search(referral, reference, Role.LOTS)
    for asked in (str(case_id), reference, reference.lower(), f" {reference} "):
        page = await _page(referral, reference=asked)
        assert "läste namnet i en sökning" in page
        assert "nekades namnet i en sökning (skyddade personuppgifter)" in page
        assert str(case_id) in page
        assert not re.search("Exempelsson|Påhitta", page)
    rows = await _rows(referral, reference=reference)
    assert ("office-1", "läste namnet i en sökning", str(case_id)) in rows
    assert ("lots-1", "nekades namnet i en sökning (skyddade personuppgifter)", str(case_id)) in rows
    assert ("dag", "läste läsloggen", str(case_id)) in rows
    again = await _rows(referral, reference=reference, kind="look")
    assert ("dag", "läste läsloggen och hämtade den som fil", str(case_id)) in again
    assert {what.split(" och ")[0] for _, what, _ in again} == {"läste läsloggen"}


async def test_the_log_is_of_the_person_and_not_of_one_case(referral: Referral) -> None:
    number, elsewhere = new_number(), f"Y-{uuid4().hex[:10]}"
    first = await _case(referral, number=number)
    await referral.done(f"cases/{first}/return", {"reason": "other"})
    second = await _case(referral, reference=elsewhere, number=number)
    await _search(referral, elsewhere, Role.OFFICE)
    found = [cases for _, what, cases in await _rows(referral, reference=str(first)) if "sökning" in what]
    assert found == [str(second)]


@pytest.mark.parametrize(
    "sought", ["Exempelsson", "Påhitta Exempelsson", "19121212-1212", "---", "\u202e", str(UUID(int=404))]
)
async def test_neither_a_name_nor_a_number_finds_anybody(referral: Referral, sought: str) -> None:
    await _case(referral)
    answer = await _ask(referral, reference=sought)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text or "Det gick inte" in answer.text
    assert sought not in str(answer.request.url)
    assert "<tbody>" not in answer.text


async def test_by_user_and_kind_and_day(referral: Referral) -> None:
    case_id = await _case(referral)
    reads = [f"reader-{uuid4().hex[:8]}" for _ in range(2)]
    now = referral.runtime.clock.now()
    for user_id in reads:
        await store.log_reads(referral.runtime.pool, [case_id], user_id, "search for a person", now)
    assert [user for user, _, _ in await _rows(referral, user=reads[0])] == [reads[0]]
    assert await _rows(referral, user=reads[0], kind="refused") == []
    assert await _rows(referral, user=reads[0], kind="search") == []
    assert await _rows(referral, user=reads[0], first="2020-01-01", last="2020-01-31") == []
    assert (await _ask(referral, first="2021-02-02", last="2021-02-01")).status_code == 422
    # A user's id comes from the sign-in and may be anything: in the file it is no formula.
    await store.log_reads(referral.runtime.pool, [case_id], '=HYPERLINK("x")', "search for a person", now)
    assert [user for user, _, _ in await _rows(referral, user='=HYPERLINK("x")')] == ['\'=HYPERLINK("x")']
    assert "&#34;x&#34;" in await _page(referral, user='=HYPERLINK("x")')


async def test_pages_follow_each_other_without_a_gap_or_a_repetition(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_log, "SHOWN", 3)
    user_id, now = f"reader-{uuid4().hex[:8]}", referral.runtime.clock.now()
    cases = sorted(uuid4() for _ in range(8))
    # All at one moment, as a list of names is read.
    await store.log_reads(referral.runtime.pool, cases, user_id, "search for a person", now)
    shown: list[UUID] = []
    more: dict[str, str] = {}
    while True:
        page = await _page(referral, user=user_id, **more)
        shown += map(UUID, re.findall("<code>([^<]+)</code>", page))
        more = dict(re.findall(r'name="(after_\w+)" value="([^"]+)"', page))
        if not more:
            break
    assert sorted(shown) == cases


async def test_the_log_is_open_to_one_role_only_and_a_form_of_another_site_is_refused(referral: Referral) -> None:
    for role in Role:
        allowed = role is Role.DATA_PROTECTION
        for place in (PATH, f"{PATH}/fil"):
            assert (await _ask(referral, place, role=role)).status_code == (200 if allowed else 403)
        page = await referral.client.get(PATH, headers=_headers(referral, role))
        assert page.status_code == (200 if allowed else 403)
    other_site = {**_headers(referral), "sec-fetch-site": "cross-site"}
    looks = "SELECT count(*) FROM read_log_look"
    before = await referral.runtime.pool.fetchval(looks)
    for place in (PATH, f"{PATH}/fil"):
        form = {"first": "2021-01-01", "last": "2021-01-02"}
        assert (await referral.client.post(place, data=form, headers=other_site)).status_code == 403
    assert (await referral.client.get(PATH, headers=_headers(referral))).status_code == 200
    assert await referral.runtime.pool.fetchval(looks) == before


async def test_a_look_that_cannot_be_written_down_shows_nothing(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_log_store, "_KEEP_LOOK", "INSERT INTO read_log_look (user_id) VALUES ($1, $2)")
    for place in (PATH, f"{PATH}/fil"):
        answer = await _ask(referral, place)
        assert answer.status_code >= 500
        assert "läste namnet" not in answer.text


def test_every_purpose_that_is_written_down_has_a_name() -> None:
    code = "".join(each.read_text("utf-8") for each in Path("services/referral").rglob("*.py"))
    written = set(re.findall(r'^(?:_PURPOSE|_READ|FOR_[A-Z_]+)\b[^=\n]*= "([^"]+)"', code, re.MULTILINE))
    assert len(written) > 10
    assert written - PURPOSES.keys() == set()


async def test_each_question_has_an_index(referral: Referral) -> None:
    day = local_date(referral.runtime.clock.now())
    async with referral.runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute(_MANY)
        await connection.execute("ANALYZE identity_read")
        await connection.execute(read_log_store.PLAN_EACH)
        one_case = await connection.fetchval("SELECT case_id FROM identity_read LIMIT 1")
        since, end = midnight(day), Place(midnight(day), 0, 0)
        for asked, index in (
            (Asked(None, None, None, day, day), "identity_read_by_time"),
            (Asked([one_case], None, None, day, day), "identity_read_by_case"),
            (Asked(None, "u1", None, day, day), "identity_read_by_user"),
            (Asked(None, None, Kind.REFUSED, day, day), "identity_read_refused"),
        ):
            values = (200, since.replace(year=2020), end.at, 0, 0, asked.cases, asked.user_id, asked.kind)
            rows = await connection.fetch(f"EXPLAIN {read_log_store.PAGE}", *values)
            plan = "\n".join(row[0] for row in rows)
            assert index in plan, plan
            assert "Seq Scan on identity_read" not in plan
        await connection.execute("DELETE FROM identity_read WHERE purpose = 'test'")
