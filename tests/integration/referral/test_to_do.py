"""What the start page is told of the referrals is what their lists hold."""

import re
from typing import Any

import pytest

from contracts.codes import Role
from tests.integration.referral.referral import Referral, browser_of_agency
from tests.malformed import AGENCY


async def _to_do(referral: Referral, role: Role, agency: str | None = None) -> dict[str, dict[str, Any]]:
    answer = await referral.client.get("/api/referral/to-do", headers=referral.signed_in(role, agency=agency))
    assert answer.status_code == 200, answer.text
    return {item["href"]: item for item in answer.json()}


async def _in_state(referral: Referral, state: str) -> int:
    query = "SELECT count(*) FROM (SELECT FROM referral_case WHERE state = $1 LIMIT 1000) AS counted"
    return int(await referral.runtime.pool.fetchval(query, state))


async def test_a_referral_is_new_then_awaited_from_the_referrer_who_has_it_to_do(referral: Referral) -> None:
    mine = browser_of_agency(referral)
    before = (await _to_do(referral, Role.AGENCY, AGENCY))["/mina-anmalningar/att-gora"]["count"]
    case_id = await referral.case_of()
    new = await _to_do(referral, Role.COORDINATOR)
    assert new["/anmalningar"]["part"] == "new"
    assert new["/anmalningar"]["count"] == await _in_state(referral, "waiting")

    asked = {"what": ["purpose"], "asked_of": "referrer"}
    await referral.done(f"cases/{case_id}/ask-for-completion", asked)
    awaited = (await _to_do(referral, Role.COORDINATOR))["/anmalningar?state=incomplete"]
    assert (awaited["part"], awaited["count"]) == ("awaited", await _in_state(referral, "incomplete"))
    own = (await _to_do(referral, Role.AGENCY, AGENCY))["/mina-anmalningar/att-gora"]
    assert (own["part"], own["count"]) == ("mine", before + 1)
    shown = (await referral.client.get(own["href"], headers=mine)).text
    assert len(re.findall(r'<th scope="row">', shown)) == own["count"]
    assert f'href="/mina-anmalningar/{case_id}"' in shown

    answered = {"answer": "Arbetsträning."}
    await referral.client.post(f"/mina-anmalningar/{case_id}/komplettera", data=answered, headers=mine)
    assert (await _to_do(referral, Role.AGENCY, AGENCY))["/mina-anmalningar/att-gora"]["count"] == before
    assert f"/mina-anmalningar/{case_id}" not in (await referral.client.get(own["href"], headers=mine)).text


async def test_nothing_of_another_agency_is_counted_or_shown(referral: Referral) -> None:
    other = "forsakringskassan"
    before = (await _to_do(referral, Role.AGENCY, other))["/mina-anmalningar/att-gora"]["count"]
    case_id = await referral.case_of()
    await referral.done(f"cases/{case_id}/ask-for-completion", {"what": ["purpose"], "asked_of": "referrer"})
    assert (await _to_do(referral, Role.AGENCY, other))["/mina-anmalningar/att-gora"]["count"] == before
    shown = await referral.client.get("/mina-anmalningar/att-gora", headers=browser_of_agency(referral, other))
    assert shown.status_code == 200
    assert str(case_id) not in shown.text


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.DATA_PROTECTION])
async def test_roles_without_lists_are_told_nothing(referral: Referral, role: Role) -> None:
    answer = await referral.client.get("/api/referral/to-do", headers=referral.signed_in(role))
    assert answer.status_code == 403
    assert (await referral.client.get("/api/referral/to-do")).status_code == 401
