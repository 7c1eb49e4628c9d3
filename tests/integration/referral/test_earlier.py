"""A person's other cases on one page: read while the person consents, each read written down, never of others."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from contracts.codes import Role
from contracts.events import local_date
from deploy.demo.identity import synthetic_number
from tests.integration.referral.referral import Referral, exited_fact, new_message, started_fact
from tests.malformed import changed
from tests.waiting import until

_INSATS = "arbetskonsulent-fk"
"""It is for the young, and asks to read what was done earlier."""

_FK = "forsakringskassan"
_NUMBERS: Iterator[str] = (synthetic_number(date(2002, 1, 1) + timedelta(days=day), 985) for day in count())
_NO = "Personen samtycker inte till att tidigare insatser läses."


def _message(number: str) -> dict[str, Any]:
    sent = changed(new_message(number), ("data", "insats"), _INSATS)
    sent = changed(sent, ("data", "referrer", "unit"), "fk-stockholm")
    sent = changed(sent, ("data", "reference"), f"FK-{number[-6:]}")
    return changed(sent, ("data", "background", "benefits"), ["activity_compensation"])


async def _page(referral: Referral, case_id: UUID) -> str:
    answer = await referral.client.get(f"/anmalningar/{case_id}/tidigare", headers=referral.browser(Role.COORDINATOR))
    assert answer.status_code == 200, answer.text
    return answer.text


async def _answer(referral: Referral, case_id: UUID, choice: str) -> None:
    today = local_date(referral.runtime.clock.now()).isoformat()
    form = {"purpose": "earlier_history", "choice": choice, "stated_on": today, "how": ""}
    place, headers = f"/anmalningar/{case_id}/samtycke", referral.browser(Role.COORDINATOR)
    done = await referral.client.post(place, data=form, headers=headers)
    assert done.status_code == 303, done.text


async def _two_cases(referral: Referral) -> tuple[UUID, UUID]:
    """A person who has left one insats and is referred to another, which asks to read what was done earlier."""
    number = next(_NUMBERS)
    first = await referral.case_of(new_message(number))
    await referral.done(f"cases/{first}/accept", {})
    await referral.planning_appends(first, started_fact(referral), exited_fact(referral))

    async def state() -> str:
        return str((await referral.get(f"cases/{first}")).json()["state"])

    await until(state, lambda seen: seen == "closed")
    other = _message(number)
    return first, await referral.case_of(other, _FK)


async def test_other_cases_are_shown_while_the_person_consents(referral: Referral) -> None:
    first, second = await _two_cases(referral)
    assert "Personen är inte tillfrågad" in await _page(referral, second)
    await _answer(referral, second, "given")
    page = await _page(referral, second)
    assert f'<a href="/arenden/{first}">FINSAM-team</a>' in page
    assert "avslutad sedan" in page
    await _answer(referral, second, "withdrawn")
    page = await _page(referral, second)
    assert _NO in page
    assert str(first) not in page


async def test_an_insats_that_does_not_ask_shows_nothing(referral: Referral) -> None:
    first, second = await _two_cases(referral)
    page = await _page(referral, first)
    assert "frågar inte om att få läsa" in page
    assert str(second) not in page


async def test_each_read_is_written_down_and_nobody_elses_case_is_shown(referral: Referral) -> None:
    first, second = await _two_cases(referral)
    someone_else = await referral.case_of(new_message())
    await _answer(referral, second, "given")
    assert str(someone_else) not in await _page(referral, second)
    reads = await referral.runtime.pool.fetch(
        "SELECT case_id, user_id FROM identity_read WHERE purpose = 'earlier insatser of the person'"
        " AND case_id = ANY ($1::uuid[])",
        [first, second, someone_else],
    )
    assert {(read["case_id"], read["user_id"]) for read in reads} == {(first, "coordinator-1")}


async def test_of_a_protected_person_only_those_who_are_named_read_it(referral: Referral) -> None:
    first, second = await _two_cases(referral)
    await _answer(referral, second, "given")
    await referral.done(f"cases/{second}/protect", {"readers": ["somebody-else", "coordinator-1"]})
    assert str(first) in await _page(referral, second)
    await referral.done(f"cases/{second}/readers", {"readers": ["somebody-else"]})
    page = await _page(referral, second)
    assert "skyddade personuppgifter" in page
    assert str(first) not in page


async def test_of_a_forgotten_person_nothing_is_read(referral: Referral) -> None:
    case_id = await referral.case_of(_message(next(_NUMBERS)), _FK)
    await referral.post("persons/forget", {"case_id": str(case_id), "also_open": True}, Role.OPERATIONS)
    assert "avidentifierad" in await _page(referral, case_id)
