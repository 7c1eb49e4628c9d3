"""What a party's representative sees: a list and a page, with the person's consent and the vault's yes alone."""

import re
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from contracts.codes import Member, Role
from contracts.consent import SHARING_BETWEEN_PARTIES
from contracts.envelope import TIMER
from contracts.referral import Attributes, ConsentGiven, ConsentWithdrawn
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.chassis.names import PROTECTED, NameClient, Names
from services.planning import commands, shared_store
from services.planning.web.party_cases import SHOWN
from tests.integration.planning.case_pages import accepted, browser, main_of, today_of
from tests.integration.planning.planning import Planning

_LIST = "/partens-arenden"


@pytest.fixture(autouse=True)
def vault(monkeypatch: pytest.MonkeyPatch) -> set[UUID]:
    """The vault names everybody but those in this set, who are protected; and nobody once it holds the nil id."""
    protected: set[UUID] = set()

    async def names(_client: NameClient, cases: Iterable[UUID], _token: str) -> Names:
        wanted = list(cases)
        if UUID(int=0) in protected:
            return Names({})
        texts = {each: PROTECTED if each in protected else f"Namn {each.hex[:6]}" for each in wanted}
        return Names(texts, [each for each in wanted if each in protected])

    monkeypatch.setattr(NameClient, "of", names)
    return protected


def _browser(planning: Planning, member: Member | None = Member.KOMMUN) -> dict[str, str]:
    user = User("tove", "Tove", frozenset({Role.TEAM_REPRESENTATIVE}), member=member)
    token = LocalTokens(planning.runtime.settings.secrets["token_key"]).issue(user)
    return {"cookie": f"{COOKIE}={token}", "sec-fetch-site": "same-origin", "accept": "text/html"}


async def _page(planning: Planning, path: str, member: Member = Member.KOMMUN, status: int = 200) -> str:
    answer = await planning.client.get(path, headers=_browser(planning, member))
    assert answer.status_code == status, answer.text
    return answer.text


async def _listed(planning: Planning, member: Member = Member.KOMMUN) -> set[UUID]:
    """Every case of the party's list, page by page."""
    found: set[UUID] = set()
    page = await _page(planning, _LIST, member)
    while True:
        found |= {UUID(each) for each in re.findall(r'href="/partens-arenden/([0-9a-f-]{36})"', page)}
        more = re.findall(r'href="(/partens-arenden\?[^"]+)"', page)
        if not more:
            return found
        page = await _page(planning, more[0].replace("&amp;", "&"), member)


async def _planned(planning: Planning, *responsible: str) -> UUID:
    """A case of MIA Vidare with a plan, in which each of the parties has something to do."""
    case_id, day = await accepted(planning), today_of(planning) - timedelta(days=20)
    meeting = {"kind": "introduktionsmote", "meets_on": str(day), "mode": "physical", "booked_on": str(day)}
    await planning.done(case_id, "meeting", meeting)
    await planning.done(case_id, "meeting/held", {"kind": "introduktionsmote", "held_on": str(day)})
    activities = [{"responsible": each, "kind": "work_training"} for each in responsible]
    await planning.done(case_id, "samplan", {"activities": activities, "made_on": str(day)})
    return case_id


async def _consented(planning: Planning, case_id: UUID, *receivers: Member, first: int = 4, days: int = 30) -> None:
    fact = ConsentGiven(
        happened_on=today_of(planning) - timedelta(days=10),
        purpose=SHARING_BETWEEN_PARTIES,
        attributes=Attributes(),
        receivers=receivers or None,
        valid_until=today_of(planning) + timedelta(days=days),
    )
    await planning.hear(case_id, [fact], first=first)


async def test_a_case_appears_with_the_consent_for_those_in_its_plan_and_goes_with_it(planning: Planning) -> None:
    case_id = await _planned(planning, "kommun", "region")
    place = f"{_LIST}/{case_id}"
    assert case_id not in await _listed(planning)
    await _page(planning, place, status=404)

    await _consented(planning, case_id, Member.KOMMUN, Member.FORSAKRINGSKASSAN)
    assert case_id in await _listed(planning)
    # The region is responsible and not consented to; Försäkringskassan the other way round.
    for member in (Member.REGION, Member.FORSAKRINGSKASSAN, Member.ARBETSFORMEDLINGEN):
        assert case_id not in await _listed(planning, member)
        await _page(planning, place, member, 404)

    withdrawn = ConsentWithdrawn(happened_on=today_of(planning), purpose=SHARING_BETWEEN_PARTIES)
    await planning.hear(case_id, [withdrawn], first=5)
    assert case_id not in await _listed(planning)
    await _page(planning, place, status=404)


async def test_a_consent_whose_last_day_has_passed_shows_nothing_even_before_its_end_is_registered(
    planning: Planning,
) -> None:
    case_id = await _planned(planning, "kommun")
    await _consented(planning, case_id, days=-1)
    assert case_id not in await _listed(planning)
    await _page(planning, f"{_LIST}/{case_id}", status=404)


async def test_the_page_shows_the_plan_and_no_unit_and_offers_nothing_to_do(planning: Planning) -> None:
    case_id = await _planned(planning, "kommun", "region")
    await _consented(planning, case_id)
    page = await _page(planning, f"{_LIST}/{case_id}")
    said = main_of(page)
    assert f"Namn {case_id.hex[:6]}" in said
    assert re.search(r"Arbetsträning kommunen er part inte påbörjad", said)
    assert re.search(r"Arbetsträning regionen inte påbörjad", said)
    assert "Rinkeby" not in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    assert "/arenden/" not in page


async def test_nobody_protected_is_shown_and_nothing_at_all_while_the_vault_is_silent(
    planning: Planning, vault: set[UUID]
) -> None:
    shown, protected = await _planned(planning, "kommun"), await _planned(planning, "kommun")
    for case_id in (shown, protected):
        await _consented(planning, case_id)
    vault.add(protected)
    listed = await _listed(planning)
    assert shown in listed
    assert protected not in listed
    await _page(planning, f"{_LIST}/{protected}", status=404)
    vault.add(UUID(int=0))
    assert "Inga ärenden kan visas just nu" in await _page(planning, _LIST)
    await _page(planning, f"{_LIST}/{shown}", status=404)


async def test_every_page_of_the_list_goes_on_where_the_one_before_ended(planning: Planning) -> None:
    cases = [await _planned(planning, "arbetsformedlingen") for _ in range(3)]
    for case_id in cases:
        await _consented(planning, case_id)
    async with planning.runtime.pool.acquire() as connection:
        found, last = [], None
        while page := await shared_store.of_party(connection, "arbetsformedlingen", today_of(planning), 2, last):
            found += [each.case_id for each in page]
            last = (page[-1].shared.planned_on, page[-1].case_id)
    assert sorted(found) == sorted(cases)
    assert len(found) < SHOWN


@pytest.mark.parametrize("path", ["", "/00000000-0000-4000-8000-000000000000"])
async def test_who_may_not_see_it(planning: Planning, path: str) -> None:
    for role in set(Role) - {Role.TEAM_REPRESENTATIVE}:
        answer = await planning.client.get(f"{_LIST}{path}", headers=browser(planning, role))
        assert answer.status_code == 403, role
    assert (await planning.client.get(f"{_LIST}{path}", headers=_browser(planning, None))).status_code == 404
    for place in ("/arenden/" + str(uuid4()), "/mina-deltagare", "/tider", "/uppfoljningar"):
        assert (await planning.client.get(place, headers=_browser(planning))).status_code in (403, 404)
    assert (await planning.client.get(f"/arenden/{uuid4()}", headers=_browser(planning))).status_code == 403


async def test_cases_consented_to_before_there_was_a_list_come_into_it(planning: Planning) -> None:
    case_id = await _planned(planning, "kommun")
    await _consented(planning, case_id)
    pool = planning.runtime.pool
    await pool.execute("DELETE FROM shared_case WHERE case_id = $1", case_id)
    await pool.execute("INSERT INTO shared_case_unread VALUES ($1)", case_id)
    assert case_id not in await _listed(planning)
    async with planning.runtime.unit(TIMER) as unit:
        assert await commands.catch_up_shared(unit) == 1
    assert case_id in await _listed(planning)
    async with planning.runtime.unit(TIMER) as unit:
        assert await commands.catch_up_shared(unit) == 0
