"""Whom the vault names to a party's representative: people who let the party see their case, and nobody protected."""

from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from contracts.codes import Member, Role
from contracts.events import local_date
from deploy.demo.identity import synthetic_number
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from tests.integration.referral.referral import Referral, new_message
from tests.malformed import changed

_NTH = count()
_PURPOSE = {"purpose": "sharing_between_parties"}


def _token(referral: Referral, member: Member | None) -> str:
    user = User("tove", "Tove", frozenset({Role.TEAM_REPRESENTATIVE}), member=member)
    return LocalTokens(referral.runtime.settings.secrets["token_key"]).issue(user)


async def _named(referral: Referral, *cases: UUID, member: Member | None = Member.KOMMUN) -> set[UUID]:
    """The cases among these whose names a representative is told."""
    headers = {"authorization": f"Bearer {_token(referral, member)}"}
    body = {"case_ids": [str(each) for each in cases]}
    answer = await referral.client.post("/api/referral/names", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["withheld"] == []
    return {UUID(each) for each in answer.json()["names"]}


async def _referred(referral: Referral, **person: Any) -> UUID:
    """A case of an insats, for young people, that asks whether the parties may share."""
    today = local_date(referral.runtime.clock.now())
    number = synthetic_number(date(today.year - 22, 6, 1 + next(_NTH)), 987)
    sent = changed(new_message(number), ("data", "insats"), "djarva-socialpsykiatri")
    for place in (("data", "referred_on"), ("data", "consent", "stated_on")):
        sent = changed(sent, place, today.isoformat())
    for name, value in person.items():
        sent = changed(sent, ("data", "person", name), value)
    return await referral.case_of(sent)


async def _answered(referral: Referral, case_id: UUID, choice: str, **terms: Any) -> None:
    await referral.done(f"cases/{case_id}/consent", {**_PURPOSE, "choice": choice, **terms})


async def test_a_name_is_told_while_the_consent_for_the_party_holds(referral: Referral) -> None:
    case_id = await _referred(referral)
    # That the person consents to being followed up says nothing of the parties.
    assert await _named(referral, case_id) == set()
    await _answered(referral, case_id, "given", receivers=["kommun"])
    assert await _named(referral, case_id) == {case_id}
    for member in (Member.REGION, Member.FORSAKRINGSKASSAN, None):
        assert await _named(referral, case_id, member=member) == set()
    await _answered(referral, case_id, "withdrawn")
    assert await _named(referral, case_id) == set()


async def test_among_many_only_those_who_consent_are_named_and_each_read_is_written_down(referral: Referral) -> None:
    told, silent, refused = [await _referred(referral) for _ in range(3)]
    last_day = (local_date(referral.runtime.clock.now()) + timedelta(days=1)).isoformat()
    await _answered(referral, told, "given", valid_until=last_day)
    await _answered(referral, refused, "refused")
    assert await _named(referral, told, silent, refused) == {told}
    rows = await referral.runtime.pool.fetch(
        "SELECT case_id FROM identity_read WHERE user_id = 'tove' AND case_id = ANY ($1)", [told, silent, refused]
    )
    assert {row["case_id"] for row in rows} == {told}


async def test_nobody_protected_is_named_even_where_the_representative_is_among_the_readers(
    referral: Referral,
) -> None:
    case_id = await _referred(referral, protected_identity={"readers": ["tove"]})
    await _answered(referral, case_id, "given")
    assert await _named(referral, case_id) == set()


async def test_a_representative_has_no_list_of_referrals(referral: Referral) -> None:
    case_id = await _referred(referral)
    headers = {"cookie": f"{COOKIE}={_token(referral, Member.KOMMUN)}", "accept": "text/html"}
    for place in ("", "/ko", "/sok", f"/{case_id}/samtycke"):
        answer = await referral.client.get(f"/anmalningar{place}", headers=headers)
        assert answer.status_code == 403, place
    bearer = {"authorization": f"Bearer {_token(referral, Member.KOMMUN)}"}
    for path in ("cases", f"cases/{case_id}", "to-do", "queues/djarva-socialpsykiatri"):
        assert (await referral.client.get(f"/api/referral/{path}", headers=bearer)).status_code == 403, path
