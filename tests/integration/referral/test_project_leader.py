"""What a project leader sees of the referrals: the queues to the insatser they lead, and names in them."""

import re
from datetime import timedelta
from statistics import median
from typing import Any, Final
from uuid import UUID

from contracts.codes import Role
from contracts.events import local_date
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.chassis.names import PROTECTED
from tests.integration.referral.referral import Referral, new_message
from tests.malformed import changed

_LED: Final = "samordnat-stod"
_OTHER: Final = "finsam-team"
_QUEUE: Final = f"/anmalningar/ko?insats={_LED}"
_PETRA: Final = User("petra", "Petra", frozenset({Role.PROJECT_LEADER}), leads=frozenset({_LED}))


def _token(referral: Referral) -> str:
    return LocalTokens(referral.runtime.settings.secrets["token_key"]).issue(_PETRA)


def _program(referral: Referral) -> dict[str, str]:
    return {"authorization": f"Bearer {_token(referral)}"}


async def _page(referral: Referral, path: str, status: int = 200) -> str:
    headers = {"cookie": f"{COOKIE}={_token(referral)}", "accept": "text/html", "sec-fetch-site": "same-origin"}
    answer = await referral.client.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.text


async def _referred(referral: Referral, insats: str, days_ago: int = 0, **person: Any) -> UUID:
    day = (local_date(referral.runtime.clock.now()) - timedelta(days=days_ago)).isoformat()
    sent = changed(new_message(), ("data", "insats"), insats)
    for place in (("data", "referred_on"), ("data", "consent", "stated_on")):
        sent = changed(sent, place, day)
    for name, value in person.items():
        sent = changed(sent, ("data", "person", name), value)
    return await referral.case_of(sent)


async def test_the_queue_stands_as_its_list_shows_it_and_the_start_page_says_the_same(referral: Referral) -> None:
    for days_ago in (3, 10, 40, 41):
        await _referred(referral, _LED, days_ago)
    page = await _page(referral, _QUEUE)
    waits = [int(days) for days in re.findall(r'data-label="Har väntat">(\d+) dag', page)]
    standing = await referral.client.get(f"/api/referral/queues/{_LED}", headers=_program(referral))
    assert standing.json() == {
        "queued": len(waits),
        "median_days": median(waits),
        "longest_days": max(waits),
    }
    said = f"{median(waits):g}".replace(".", ",")
    assert f"{len(waits)} väntar: i median {said} dagar, längst {max(waits)}" in page
    to_do = (await referral.client.get("/api/referral/to-do", headers=_program(referral))).json()
    assert [(item["href"], item["count"]) for item in to_do] == [(_QUEUE, len(waits))]


async def test_a_project_leader_opens_no_case_and_no_list_of_what_others_lead(referral: Referral) -> None:
    await _referred(referral, _LED)
    await _referred(referral, _OTHER)
    page = await _page(referral, _QUEUE)
    assert "/arenden/" not in page
    assert f'value="{_OTHER}"' not in page
    await _page(referral, f"/anmalningar/ko?insats={_OTHER}", 403)
    for path in ("/anmalningar", "/anmalningar/sok", "/anmalningar/uppehall"):
        await _page(referral, path, 403)
    other = await referral.client.get(f"/api/referral/queues/{_OTHER}", headers=_program(referral))
    assert (other.status_code, other.json()["code"]) == (403, "insats_not_led")
    assert (await referral.get("queues/nowhere")).json() == {
        "queued": 0,
        "median_days": None,
        "longest_days": None,
    }


async def test_names_are_told_of_the_led_insats_alone_and_never_of_the_protected(referral: Referral) -> None:
    led = await _referred(referral, _LED)
    other = await _referred(referral, _OTHER)
    protected = await _referred(referral, _LED, protected_identity={})
    body = {"case_ids": [str(each) for each in (led, other, protected)]}
    answer = await referral.client.post("/api/referral/names", json=body, headers=_program(referral))
    said = answer.json()
    assert said["names"].keys() == {str(led), str(protected)}
    assert said["names"][str(protected)] == PROTECTED
    assert said["withheld"] == [str(protected)]
    rows = await referral.runtime.pool.fetch(
        "SELECT case_id FROM identity_read WHERE user_id = 'petra' AND case_id = ANY ($1)", [led, other, protected]
    )
    # Of the protected person it is written down that the name was refused; of what others lead nothing was asked.
    assert {row["case_id"] for row in rows} == {led, protected}
