"""The list of referrals: whoever came first is first, page by page, of one insats or all, with what is new."""

import re
from itertools import count
from typing import Any
from uuid import UUID

from contracts.agency import ReferralAcknowledged
from contracts.catalogue import AGENCIES
from contracts.codes import Role
from services.referral.intake import InboundRecord
from services.referral.web.pages import SHOWN
from tests.integration.referral.referral import Referral, encoded, new_message
from tests.malformed import AGENCY, changed

LONG = "arbetskonsulent-bred"
"""An insats to which only these tests refer, with more referrals than a page shows."""

SHORT = "arbetsformedlare-amt"
"""Another one, with few."""


_NUMBERS = count()


async def _come(referral: Referral, insats: str, number: int) -> list[UUID]:
    """So many referrals to an insats, in the order in which they came."""
    intake, cases = referral.intake(), []
    for _ in range(number):
        sent = changed(new_message(), ("data", "insats"), insats) | {"id": f"inbox {next(_NUMBERS)}"}
        async with referral.runtime.unit("service:referral") as unit:
            [receipt] = await intake.ingest(unit, AGENCIES[AGENCY], [InboundRecord(encoded(sent), place=None)])
        assert isinstance(receipt.data, ReferralAcknowledged)
        cases.append(receipt.data.case_id)
    return cases


async def _get(referral: Referral, address: str) -> str:
    answer = await referral.client.get(address, headers=referral.browser(Role.COORDINATOR))
    assert answer.status_code == 200, answer.text
    return answer.text


def _cases(page: str) -> list[UUID]:
    return [UUID(each) for each in re.findall(r'<tr id="anmalan-([^"]+)"', page)]


def _link(page: str, text: str) -> str | None:
    found = re.search(rf'href="([^"]+)"[^>]*>{text}<', page)
    return found and found.group(1).replace("&amp;", "&")


def _must(link: str | None) -> str:
    assert link
    return link


def _news(page: str) -> str:
    """The address the page asks for news, with what htmx sends along."""
    [address] = re.findall(r'id="news"[^>]* hx-get="([^"]+)"', page)
    seen = re.findall(r'name="(newest|count|forgotten)" value="([^"]*)"', page)
    return "&".join([address.replace("&amp;", "&"), *(f"{name}={value}" for name, value in seen)])


async def _announced(referral: Referral, page: str) -> str:
    answer = await referral.client.get(_news(page), headers=referral.browser(Role.COORDINATOR))
    assert answer.status_code in (200, 204)
    return answer.text


async def test_whoever_came_first_is_first_on_all_pages_to_the_end_and_back(referral: Referral) -> None:
    came = await _come(referral, LONG, 2 * SHOWN + 3)
    page = await _get(referral, f"/anmalningar?insats={LONG}")
    assert _link(page, "Föregående sida") is None
    assert f"Väntar: {len(came)}. {SHOWN} av dem visas" in page
    forwards = [_cases(page)]
    while (following := _link(page, "Nästa sida")) is not None:
        page = await _get(referral, following)
        forwards.append(_cases(page))
    assert [case_id for each in forwards for case_id in each] == came
    assert [len(each) for each in forwards] == [SHOWN, SHOWN, 3]
    backwards = [_cases(page)]
    while (previous := _link(page, "Föregående sida")) is not None:
        page = await _get(referral, previous)
        backwards.insert(0, _cases(page))
    assert backwards == forwards

    # What is new is on the last page, and said on the first.
    first = await _get(referral, f"/anmalningar?insats={LONG}")
    assert await _announced(referral, first) == ""
    [newest] = await _come(referral, LONG, 1)
    announced = await _announced(referral, first)
    assert "1 ny anmälan" in announced
    last = await _get(referral, _must(_link(announced, "Visa")))
    assert _cases(last)[-1] == newest
    assert len(_cases(last)) == SHOWN
    assert _link(last, "Nästa sida") is None
    assert await _announced(referral, last) == ""

    # A decision leads back to the page it was made on, of the same insats.
    second = await _get(referral, _must(_link(first, "Nästa sida")))
    [action] = re.findall(rf'action="(/anmalningar/{_cases(second)[0]}/anta[^"]*)"', second)
    browser = referral.browser(Role.COORDINATOR)
    del browser["hx-request"]
    decided = await referral.client.post(action.replace("&amp;", "&"), headers=browser)
    assert decided.status_code == 303
    back = await _get(referral, decided.headers["location"])
    assert "är antagen" in back
    assert _cases(back)[:-1] == _cases(second)[1:]


async def test_another_end_leads_back_to_the_list_of_the_insats(referral: Referral) -> None:
    [case_id] = await _come(referral, SHORT, 1)
    page = await _get(referral, f"/anmalningar?insats={SHORT}&sist=true")
    [choose] = re.findall(rf'href="(/anmalningar/{case_id}/avsluta[^"]*)"', page)
    ends = await _get(referral, choose.replace("&amp;", "&"))
    [action] = {each for each in re.findall(r'action="(/anmalningar/[^"]+)"', ends) if "avsluta" in each}
    browser = referral.browser(Role.COORDINATOR)
    del browser["hx-request"]
    ended = {"by": "participant", "reason": "declined"}
    answer = await referral.client.post(action.replace("&amp;", "&"), data=ended, headers=browser)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/anmalningar?insats={SHORT}&sist=true&klar={case_id}"


async def test_beyond_the_last_is_the_first_page_and_so_is_less_than_a_page_before(referral: Referral) -> None:
    came = await _come(referral, SHORT, 3)
    for place in (f"efter={came[-1]}", f"fore={came[1]}", f"efter={UUID(int=1)}", "sist=true"):
        assert set(came) <= set(_cases(await _get(referral, f"/anmalningar?insats={SHORT}&{place}")))


async def test_the_list_of_one_insats_is_kept_and_others_are_no_news_in_it(referral: Referral) -> None:
    await referral.case_of()
    [case_id] = await _come(referral, SHORT, 1)
    page = await _get(referral, f"/anmalningar?insats={SHORT}")
    assert case_id in _cases(page)
    assert f'<option value="{SHORT}" selected>' in page
    assert '<option value="finsam-team">' in page
    await referral.case_of()
    assert await _announced(referral, page) == ""
    accepted = await _get(referral, _must(_link(page, "Antagna")))
    assert _cases(accepted) == []
    assert "Det finns inga sådana anmälningar till" in accepted
    await referral.done(f"cases/{case_id}/accept", {})
    assert _cases(await _get(referral, _must(_link(page, "Antagna")))) == [case_id]
    assert "Listan har ändrats" in await _announced(referral, page)


async def test_somebody_who_comes_back_into_the_list_is_announced(referral: Referral) -> None:
    first, _ = await _come(referral, SHORT, 2)
    said = await referral.done(f"cases/{first}/return", {"reason": "other"})
    page = await _get(referral, f"/anmalningar?insats={SHORT}")
    assert first not in _cases(page)
    wrong: dict[str, Any] = {"event_id": said["events"][0]["id"], "reason": "wrong_person"}
    await referral.done(f"cases/{first}/registered-in-error", wrong)
    announced = await _announced(referral, page)
    assert "Listan har ändrats" in announced
    assert first in _cases(await _get(referral, _must(_link(announced, "Visa"))))


async def test_those_decided_about_are_listed_with_the_newest_first(referral: Referral) -> None:
    came = await _come(referral, SHORT, 2)
    for case_id in came:
        await referral.done(f"cases/{case_id}/accept", {})
    assert _cases(await _get(referral, f"/anmalningar?state=accepted&insats={SHORT}"))[:2] == came[::-1]
