"""Birthdays ahead: the list, its count on the start page, who sees whom, and that no event has a day of birth."""

import re
from datetime import date, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID

import pytest

from contracts.codes import Role
from contracts.events import local_date
from contracts.planning import InsatsStarted
from contracts.referral import RuleRef
from deploy.demo.identity import synthetic_number
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.chassis.pages import swedish_date
from services.referral import birthdays
from tests.integration.referral.referral import Referral, new_message
from tests.malformed import changed
from tests.waiting import until

_PATH: Final = "/anmalningar/fyller-ar"
_INSATS: Final = "ratt-stod-for-mig"
_NTH: Final = count()


def _today(referral: Referral) -> date:
    return local_date(referral.runtime.clock.now())


def _token(referral: Referral, user: str, role: Role) -> str:
    tokens = LocalTokens(referral.runtime.settings.secrets["token_key"])
    return tokens.issue(User(user, user, frozenset({role})))


async def _participant(referral: Referral, birthday: date, **person: Any) -> UUID:
    """Somebody who takes part and comes of age on a day."""
    born = birthday.replace(year=birthday.year - 18)
    sent = changed(new_message(synthetic_number(born, 980 + next(_NTH) % 20)), ("data", "insats"), _INSATS)
    sent = changed(sent, ("data", "referred_on"), _today(referral).isoformat())
    sent = changed(sent, ("data", "consent"), {"choice": "refused", "stated_on": _today(referral).isoformat()})
    for name, value in person.items():
        sent = changed(sent, ("data", "person", name), value)
    case_id = await referral.case_of(sent)
    rule = RuleRef(insats=_INSATS, version=1)
    await referral.planning_appends(case_id, InsatsStarted(happened_on=_today(referral), insats=_INSATS, rule=rule))
    state = "SELECT state FROM referral_case WHERE case_id = $1"
    await until(lambda: referral.runtime.pool.fetchval(state, case_id), lambda found: found == "started")
    return case_id


async def _page(referral: Referral, user: str = "karin", role: Role = Role.COORDINATOR) -> str:
    headers = {"cookie": f"{COOKIE}={_token(referral, user, role)}", "accept": "text/html"}
    answer = await referral.client.get(_PATH, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def _listed(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/arenden/([^"]+)"', page)


async def _counted(referral: Referral, user: str, role: Role) -> int | None:
    """What the start page is told of the list."""
    headers = {"authorization": f"Bearer {_token(referral, user, role)}"}
    items = (await referral.client.get("/api/referral/to-do", headers=headers)).json()
    return next((item["count"] for item in items if item["href"] == _PATH), None)


async def test_those_who_come_of_age_stand_in_the_order_of_their_days_and_are_counted(referral: Referral) -> None:
    today = _today(referral)
    days = (today + timedelta(days=89), today, today - timedelta(days=13), today + timedelta(days=30))
    cases = [str(await _participant(referral, each)) for each in days]
    too_far = str(await _participant(referral, today + timedelta(days=92)))
    long_ago = str(await _participant(referral, today - timedelta(days=16)))
    page = await _page(referral)
    listed = [each for each in _listed(page) if each in {*cases, too_far, long_ago}]
    assert listed == [cases[2], cases[1], cases[3], cases[0]]
    for said in ("i dag", "om 30 dagar", "för 13 dagar sedan", "18 år", swedish_date(days[3])):
        assert said in page
    assert f'href="/anmalningar/{cases[1]}/samtycke"' in page
    for role in (Role.COORDINATOR, Role.LOTS):
        assert await _counted(referral, "karin", role) == len(_listed(page))
    assert f'href="/anmalningar/{cases[1]}/samtycke"' not in await _page(referral, role=Role.LOTS)
    for case_id, birthday in zip(cases, days, strict=True):
        born = birthday.replace(year=birthday.year - 18).isoformat()
        assert not [each for each in await referral.appended(UUID(case_id)) if born in each.model_dump_json()]


async def test_each_read_is_written_down_and_nothing_of_the_protected_is_shown_or_counted(
    referral: Referral,
) -> None:
    today = _today(referral)
    shown = await _participant(referral, today + timedelta(days=5))
    hidden = await _participant(referral, today + timedelta(days=6), protected_identity={"readers": ["kalle"]})
    for user, sees in (("kalle", {str(shown), str(hidden)}), ("lisa", {str(shown)})):
        listed = _listed(await _page(referral, user))
        assert set(listed) & {str(shown), str(hidden)} == sees
        assert await _counted(referral, user, Role.COORDINATOR) == len(listed)
    rows = await referral.runtime.pool.fetch(
        "SELECT user_id, case_id FROM identity_read WHERE purpose = $1 AND case_id = ANY ($2)",
        birthdays.FOR_THE_BIRTHDAYS,
        [shown, hidden],
    )
    read = {(row["user_id"], row["case_id"]) for row in rows}
    assert read == {("kalle", shown), ("kalle", hidden), ("lisa", shown)}


async def test_who_was_forgotten_has_no_birthday(referral: Referral) -> None:
    case_id = await _participant(referral, _today(referral) + timedelta(days=7))
    assert str(case_id) in _listed(await _page(referral))
    await referral.post("persons/forget", {"case_id": str(case_id), "also_open": True}, Role.OPERATIONS)
    assert str(case_id) not in _listed(await _page(referral))


@pytest.mark.parametrize("role", [each for each in Role if each not in (Role.COORDINATOR, Role.LOTS)])
async def test_others_do_not_see_it(referral: Referral, role: Role) -> None:
    headers = {"cookie": f"{COOKIE}={_token(referral, 'x', role)}", "accept": "text/html"}
    assert (await referral.client.get(_PATH, headers=headers)).status_code == 403


async def test_it_says_when_there_were_too_many_to_look_at(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in (8, 9):
        await _participant(referral, _today(referral) + timedelta(days=days))
    assert "Listan är inte hel" not in await _page(referral)
    monkeypatch.setattr(birthdays, "MOST", 1)
    assert "Listan är inte hel" in await _page(referral)
