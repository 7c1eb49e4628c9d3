"""A case worker's browser on the pages of a case: what they show, and what a form of them is answered."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.codes import Role
from contracts.envelope import Fact
from contracts.events import local_date
from contracts.referral import Attributes, ConsentGiven, ReferralAccepted
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from tests.integration.planning.planning import Planning
from tests.unit.planning import mother

MARGIN = timedelta(days=40)
"""How long ago the cases were accepted."""


def today_of(planning: Planning) -> date:
    return local_date(planning.now())


async def accepted(planning: Planning, insats: str = mother.MIA, *, consents: bool = True) -> UUID:
    """A case that was accepted forty days ago."""
    case_id, day = uuid4(), today_of(planning) - MARGIN
    facts: list[Fact] = [mother.referred_to(insats, day)]
    if consents:
        facts.append(ConsentGiven(happened_on=day, attributes=Attributes()))
    await planning.hear(case_id, [*facts, ReferralAccepted(happened_on=day)])
    return case_id


def browser(planning: Planning, role: Role = Role.COORDINATOR) -> dict[str, str]:
    """The headers of somebody's browser."""
    tokens = LocalTokens(planning.runtime.settings.secrets["token_key"])
    token = tokens.issue(User(id="karin", name="Karin", roles=frozenset({role})))
    return {"cookie": f"{COOKIE}={token}", "sec-fetch-site": "same-origin", "accept": "text/html"}


async def page(planning: Planning, case_id: UUID, place: str = "", role: Role = Role.COORDINATOR) -> str:
    """A page of the case, its white space made single."""
    answer = await planning.client.get(f"/arenden/{case_id}{place}", headers=browser(planning, role))
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


async def send(
    planning: Planning, case_id: UUID, what: str, form: dict[str, Any], role: Role = Role.COORDINATOR
) -> httpx.Response:
    """What a form is answered."""
    return await planning.client.post(f"/arenden/{case_id}/{what}", data=form, headers=browser(planning, role))


async def done(
    planning: Planning, case_id: UUID, what: str, form: dict[str, Any], role: Role = Role.COORDINATOR
) -> str:
    """Sends a form that must succeed, and returns the page that it leads to."""
    answer = await send(planning, case_id, what, form, role)
    assert answer.status_code == 303, answer.text
    place = answer.headers["location"]
    return await page(planning, case_id, place.removeprefix(f"/arenden/{case_id}"), role)


def main_of(text: str) -> str:
    """What a page says between its header and its footer, without markup."""
    inner = text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", inner))
