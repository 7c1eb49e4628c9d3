"""What a referrer has begun and not sent: kept for them alone, and erased in time; and what a check says of it."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.codes import Role
from contracts.events import local_date
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.referral import drafts
from tests.integration.referral.referral import Referral, new_number
from tests.malformed import AGENCY
from tests.waiting import until

MINE = "/mina-anmalningar"


def _browser(referral: Referral, user: str = "dan", agency: str = AGENCY) -> dict[str, str]:
    tokens = LocalTokens(referral.runtime.settings.secrets["token_key"])
    signed_in = User(id=user, name="Dan Draft", roles=frozenset({Role.AGENCY}), agency=agency)
    return {"cookie": f"{COOKIE}={tokens.issue(signed_in)}", "sec-fetch-site": "same-origin", "accept": "text/html"}


def _form(referral: Referral, **changes: Any) -> dict[str, Any]:
    today = local_date(referral.runtime.clock.now()).isoformat()
    return {
        "message_id": str(uuid4()),
        "reference": f"SOC-UTKAST-{uuid4().hex[:6]}",
        "insats": "finsam-team",
        "unit": "farsta",
        "officer": "Dan Draft",
        "identity_number": new_number(),
        "given_name": "Påhitta",
        "family_name": "Utkastsson",
        "sex": "woman",
        "needs": ["kommun", "region"],
        "choice": "given",
        "stated_on": today,
        "referred_on": today,
        **changes,
    }


async def _post(
    referral: Referral, path: str, form: dict[str, Any] | None = None, user: str = "dan"
) -> httpx.Response:
    return await referral.client.post(f"{MINE}{path}", data=form, headers=_browser(referral, user))


async def _get(referral: Referral, path: str, user: str = "dan", agency: str = AGENCY) -> httpx.Response:
    return await referral.client.get(f"{MINE}{path}", headers=_browser(referral, user, agency))


async def _saved(referral: Referral, form: dict[str, Any], user: str = "dan") -> str:
    answer = await _post(referral, "/utkast", form, user)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2].partition("?")[0]


async def _kept(referral: Referral, draft_id: str) -> bool:
    kept: bool = await referral.runtime.pool.fetchval(
        "SELECT count(*) > 0 FROM referral_draft WHERE draft_id = $1", draft_id
    )
    return kept


async def test_a_draft_is_listed_continued_and_erased_when_it_is_sent(referral: Referral) -> None:
    form = _form(referral, needs=["kommun"], given_name="Halvvägs")
    draft_id = await _saved(referral, form)
    page = (await _get(referral, f"/utkast/{draft_id}?sparat=1")).text
    assert "Utkastet är sparat" in page
    assert 'value="Halvvägs"' in page
    assert form["reference"] in (await _get(referral, "")).text
    again = await _saved(referral, {**form, "draft_id": draft_id, "needs": ["kommun", "region"]})
    assert again == draft_id
    [continued] = re.findall(r'name="message_id" value="([^"]+)"', (await _get(referral, f"/utkast/{draft_id}")).text)
    sent = {**form, "needs": ["kommun", "region"], "draft_id": draft_id, "message_id": continued}
    answer = await _post(referral, "/ny", sent)
    assert answer.status_code == 303, answer.text
    assert not await _kept(referral, draft_id)
    assert (await _get(referral, f"/utkast/{draft_id}")).status_code == 404
    timers = "SELECT count(*) FROM timer WHERE stream_id = $1"
    assert await referral.runtime.pool.fetchval(timers, draft_id) == 0


async def test_a_referral_that_is_refused_leaves_its_draft(referral: Referral) -> None:
    form = _form(referral, needs=["kommun"])
    draft_id = await _saved(referral, form)
    refused = await _post(referral, "/ny", {**form, "draft_id": draft_id})
    assert refused.status_code == 422
    assert f'name="draft_id" value="{draft_id}"' in refused.text
    assert await _kept(referral, draft_id)


async def test_an_empty_form_can_be_kept_and_thrown_away(referral: Referral) -> None:
    draft_id = await _saved(referral, {"message_id": str(uuid4())})
    assert "Utkast utan beteckning" in (await _get(referral, "")).text
    assert (await _post(referral, f"/utkast/{draft_id}/kasta")).status_code == 303
    assert not await _kept(referral, draft_id)


@pytest.mark.parametrize(("user", "agency"), [("another", AGENCY), ("dan", "forsakringskassan")])
async def test_nobody_else_sees_or_touches_a_draft(referral: Referral, user: str, agency: str) -> None:
    form = _form(referral)
    draft_id = await _saved(referral, form)
    headers = _browser(referral, user, agency)
    assert (await _get(referral, f"/utkast/{draft_id}", user, agency)).status_code == 404
    assert form["reference"] not in (await _get(referral, "", user, agency)).text
    thrown = await referral.client.post(f"{MINE}/utkast/{draft_id}/kasta", headers=headers)
    assert thrown.status_code == 303
    overwritten = await referral.client.post(
        f"{MINE}/utkast", data={**form, "draft_id": draft_id, "given_name": "Annan"}, headers=headers
    )
    assert draft_id not in overwritten.headers["location"]
    assert 'value="Påhitta"' in (await _get(referral, f"/utkast/{draft_id}")).text


async def test_the_table_shows_nothing_of_anybody(referral: Referral) -> None:
    form = _form(referral)
    draft_id = await _saved(referral, form)
    row = await referral.runtime.pool.fetchrow("SELECT * FROM referral_draft WHERE draft_id = $1", draft_id)
    written = b" ".join(value for value in row.values() if isinstance(value, bytes))
    for field in ("identity_number", "given_name", "family_name", "reference"):
        assert form[field].encode() not in written


async def test_a_draft_expires_by_itself(referral: Referral) -> None:
    draft_id = await _saved(referral, _form(referral))
    moved = "UPDATE referral_draft SET expires_at = now() - interval '1 second' WHERE draft_id = $1"
    await referral.runtime.pool.execute(moved, draft_id)
    assert (await _get(referral, f"/utkast/{draft_id}")).status_code == 404
    due = "UPDATE timer SET due_at = now() - interval '1 second' WHERE stream_id = $1"
    await referral.runtime.pool.execute(due, draft_id)
    await until(lambda: _kept(referral, draft_id), lambda kept: not kept)


async def test_forgetting_a_person_erases_drafts_about_them_whoever_began_them(referral: Referral) -> None:
    form = _form(referral)
    mine, other = await _saved(referral, form), await _saved(referral, _form(referral))
    theirs = await _saved(referral, {**form, "message_id": str(uuid4())}, user="another")
    whom = {"identity_number": form["identity_number"]}
    found = await referral.post("persons/find", whom, Role.OPERATIONS)
    assert found.json() == {"cases": 0, "open_cases": 0, "messages": 0, "drafts": 2}
    assert (await referral.post("persons/forget", whom, Role.OPERATIONS)).status_code == 201
    assert [await _kept(referral, each) for each in (mine, theirs, other)] == [False, False, True]


async def test_nobody_has_more_drafts_than_can_be_looked_through(referral: Referral) -> None:
    for _ in range(drafts.MOST):
        last = await _saved(referral, {"message_id": str(uuid4())}, user="collector")
    answer = await _post(referral, "/utkast", {"message_id": str(uuid4())}, user="collector")
    assert answer.status_code == 409
    assert "Du har redan 50 utkast" in answer.text
    await _saved(referral, {"message_id": str(uuid4()), "draft_id": last}, user="collector")


async def test_a_check_says_each_criterion_and_takes_nothing_in(referral: Referral) -> None:
    counted = "SELECT (SELECT count(*) FROM referral_case) + (SELECT count(*) FROM inbox_message)"
    before = await referral.runtime.pool.fetchval(counted)
    form = _form(referral, needs=["kommun"])
    answer = await _post(referral, "/ny/kontroll", form)
    assert answer.status_code == 200
    text = re.sub(r"<[^>]+>", "", answer.text)
    assert "Inget är skickat." in text
    assert "Personen behöver stöd av minst 2 av förbundets medlemmar: inte uppfyllt" in text
    assert "Insatsen tar emot anmälningar den dagen: uppfyllt" in text
    assert 'id="fel-needs"' in answer.text
    assert 'value="Påhitta"' in answer.text
    assert await referral.runtime.pool.fetchval(counted) == before
    whole = {**form, "needs": ["kommun", "region"]}
    assert "Anmälan är i sin ordning och kan skickas." in (await _post(referral, "/ny/kontroll", whole)).text
    assert (await _post(referral, "/ny", whole)).status_code == 303
    again = await _post(referral, "/ny/kontroll", {**whole, "message_id": str(uuid4())})
    text = re.sub(r"<[^>]+>", "", again.text)
    assert "Ni har ingen annan öppen anmälan av personen till insatsen: inte uppfyllt" in text
