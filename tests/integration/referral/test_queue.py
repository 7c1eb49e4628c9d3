"""The queue to an insats: order, position, paging, and the days waited."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.codes import Role
from contracts.events import local_date
from services.chassis.pages import swedish_date
from services.referral import queue_store
from tests.integration.referral.referral import Referral, browser_of_agency, new_message
from tests.malformed import changed

QUEUE = "/anmalningar/ko"


async def _waiting(referral: Referral, insats: str, *, days_ago: int = 0) -> UUID:
    day = (local_date(referral.runtime.clock.now()) - timedelta(days=days_ago)).isoformat()
    sent = changed(new_message(), ("data", "insats"), insats)
    for place in (("data", "referred_on"), ("data", "consent", "stated_on")):
        sent = changed(sent, place, day)
    return await referral.case_of(sent)


async def _page(referral: Referral, **asked: Any) -> str:
    answer = await referral.client.get(QUEUE, params=asked, headers=referral.browser(Role.COORDINATOR))
    assert answer.status_code == 200
    return answer.text


def _cases(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/arenden/([^"]+)"', page)


async def test_the_queue_is_in_order_on_all_its_pages_and_every_place_is_said_once(referral: Referral) -> None:
    waiting = [await _waiting(referral, "aktivitetsplatsen") for _ in range(53)]
    await referral.done(f"cases/{waiting[20]}/decline", {})
    await referral.done(f"cases/{waiting[30]}/ask-for-completion", {"what": ["other"], "asked_of": "referrer"})
    first = await _page(referral, insats="aktivitetsplatsen")
    [after] = re.findall(r"efter=([0-9a-f-]+)", first)
    second = await _page(referral, insats="aktivitetsplatsen", efter=after)
    wanted = [str(case_id) for case_id in waiting if case_id != waiting[20]]
    assert _cases(first) + _cases(second) == wanted
    positions = re.findall(r'data-label="Plats">(\d+)<', first + second)
    assert positions == [str(nth) for nth in range(1, len(wanted) + 1)]
    assert "efter=" not in second
    assert f"{len(wanted)} väntar:" in first


async def test_contact_with_who_waits_is_noted_on_the_page_and_taken_back(referral: Referral) -> None:
    case_id = await _waiting(referral, "aktivitetsplatsen")
    coordinator = referral.browser(Role.COORDINATOR)
    before = await _row(referral, "aktivitetsplatsen", case_id)
    assert "Ingen kontakt än" in before
    assert "utan annan insats" in before
    place = f"/anmalningar/{case_id}/kontakt"
    form = {"insats": "aktivitetsplatsen", "efter": "", "channel": "phone"}
    missed = await referral.client.post(place, data={**form, "reached": "false"}, headers=coordinator)
    assert missed.status_code == 303
    assert "Ingen kontakt än" in await _row(referral, "aktivitetsplatsen", case_id)
    done = await referral.client.post(place, data={**form, "reached": "true"}, headers=coordinator)
    page = (await referral.client.get(done.headers["location"], headers=coordinator)).text
    assert "är noterad" in page
    today = swedish_date(local_date(referral.runtime.clock.now()))
    assert f"Kontakt {today}" in await _row(referral, "aktivitetsplatsen", case_id)
    [event_id] = re.findall(r'name="event_id" value="([^"]+)"', page)
    undone = {"insats": "aktivitetsplatsen", "event_id": event_id}
    for status in (303, 404):
        answer = await referral.client.post(f"{place}/angra", data=undone, headers=coordinator)
        assert answer.status_code == status
    assert "Ingen kontakt än" in await _row(referral, "aktivitetsplatsen", case_id)


async def test_days_on_which_an_answer_was_waited_for_do_not_count(referral: Referral) -> None:
    today = local_date(referral.runtime.clock.now())
    case_id = await _waiting(referral, "aktivitetsplatsen", days_ago=10)
    asked = {"what": ["other"], "asked_of": "referrer", "asked_on": (today - timedelta(days=7)).isoformat()}
    await referral.done(f"cases/{case_id}/ask-for-completion", asked)
    came = {"completed_on": (today - timedelta(days=4)).isoformat()}
    await referral.done(f"cases/{case_id}/complete", came)
    row = await _row(referral, "aktivitetsplatsen", case_id)
    assert "7 dagar" in row
    assert "och 3 dagar på komplettering" in row
    mine = await referral.client.get(f"/mina-anmalningar/{case_id}", headers=browser_of_agency(referral))
    assert "Har väntat 7 dagar" in mine.text


async def _row(referral: Referral, insats: str, case_id: UUID) -> str:
    """The case's row, on whichever page of the queue it is."""
    page = await _page(referral, insats=insats)
    while str(case_id) not in _cases(page):
        [after] = re.findall(r"efter=([0-9a-f-]+)", page)
        page = await _page(referral, insats=insats, efter=after)
    [row] = [each for each in page.split("<tr>") if f"/arenden/{case_id}" in each]
    return row


_BY_PRIORITY = "mia-sodertalje"
"""An insats whose rule has a priority order. It took people in from 2017 to 2020."""


async def _referred_in_2018(referral: Referral, **data: Any) -> UUID:
    sent = changed(new_message(), ("data", "insats"), _BY_PRIORITY)
    for place in (("data", "referred_on"), ("data", "consent", "stated_on")):
        sent = changed(sent, place, "2018-05-07")
    for name, value in data.items():
        sent = changed(sent, ("data", name), value)
    return await referral.case_of(sent)


async def test_who_meets_a_criterion_of_the_priority_order_stands_first_and_the_queue_and_referrer_see_why(
    referral: Referral,
) -> None:
    first = await _referred_in_2018(referral)
    second = await _referred_in_2018(referral)
    said = await _referred_in_2018(referral, priorities=["rh2-rh3"])
    seen = await _referred_in_2018(referral, background={"benefits": ["activity_compensation"]})
    page = await _page(referral, insats=_BY_PRIORITY)
    assert _cases(page) == [str(each) for each in (said, seen, first, second)]
    assert "Den som uppfyller något av insatsens villkor för prioritet står före de andra." in page
    rows = {case_id: await _row(referral, _BY_PRIORITY, case_id) for case_id in (said, seen, first)}
    assert "Går före: bedömd som RH2 eller RH3, särskilt hushåll med barn, kvinnor och unga" in rows[said]
    assert "Går före: ung över 25 år med aktivitetsersättning" in rows[seen]
    assert "Går före" not in rows[first]
    for nth, case_id in enumerate((said, seen, first, second), start=1):
        mine = await referral.client.get(f"/mina-anmalningar/{case_id}", headers=browser_of_agency(referral))
        assert f"Plats {nth} av 4 i kön" in mine.text
        assert ("<dt>Går före</dt>" in mine.text) == (case_id in (said, seen))
    after = await _page(referral, insats=_BY_PRIORITY, efter=str(seen))
    assert _cases(after) == [str(first), str(second)]
    assert re.findall(r'data-label="Plats">(\d+)<', after) == ["3", "4"]


async def test_quotas_are_shown_beside_what_has_been_used_and_refuse_nobody(referral: Referral) -> None:
    cases = [
        await referral.case_of(
            changed(
                changed(changed(new_message(), ("data", "insats"), "mia-stockholm"), ("data", "referred_on"), day),
                ("data", "consent", "stated_on"),
                day,
            )
        )
        for day in ("2018-05-07", "2018-05-08")
    ]
    before = await _page(referral, insats="mia-stockholm")
    assert "Efter väg in" in before
    part = (
        '<th scope="row">intresseanmälan från Jobbtorg vuxna</th>'
        '<td data-label="Mål">50 %</td><td data-label="Hittills">'
    )
    assert f"{part}0 av 0</td>" in before
    await referral.done(f"cases/{cases[0]}/accept", {})
    after = await _page(referral, insats="mia-stockholm")
    assert f"{part}0 av 1 (0 %)</td>" in after
    await referral.done(f"cases/{cases[1]}/accept", {})


async def test_who_may_see_the_queue(referral: Referral) -> None:
    for role in Role:
        answer = await referral.client.get(QUEUE, params={"insats": "novum"}, headers=referral.browser(role))
        assert answer.status_code == (200 if role in (Role.COORDINATOR, Role.LOTS, Role.OFFICE) else 403)


_FILL = """
INSERT INTO referral_case (case_id, person_id, insats, agency, unit, referred_on, received_at, state, state_since,
                           consent)
SELECT gen_random_uuid(), person_id, 'insats-' || number % 7, 'stockholms-stad', 'farsta', '2021-01-01',
       '2021-01-01'::timestamptz + number * interval '1 second',
       CASE number % 3 WHEN 0 THEN 'waiting' ELSE 'closed' END, '2021-01-01', 'refused'
FROM new_person
"""


async def test_a_page_of_a_long_queue_is_read_from_its_index(referral: Referral) -> None:
    async with referral.runtime.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(
                "CREATE TEMPORARY TABLE new_person ON COMMIT DROP AS "
                "SELECT gen_random_uuid() AS person_id, number FROM generate_series(1, 20000) AS number"
            )
            await connection.execute(
                "INSERT INTO person (person_id, known_since, forgotten_at) "
                "SELECT person_id, now(), now() FROM new_person"
            )
            await connection.execute(_FILL)
            await connection.execute("ANALYZE referral_case")
            middle = await connection.fetchval(
                "SELECT case_id FROM referral_case WHERE insats = 'insats-3' AND state = 'waiting' "
                "ORDER BY received_at OFFSET 500 LIMIT 1"
            )
            plans = [
                await connection.fetch(f"EXPLAIN {queue_store.FIRST_OF_QUEUE}", "insats-3", 51),
                await connection.fetch(f"EXPLAIN {queue_store.NEXT_OF_QUEUE}", "insats-3", 51, middle),
                await connection.fetch(f"EXPLAIN {queue_store.BEFORE_IN_QUEUE}", "insats-3", middle),
            ]
        finally:
            await transaction.rollback()
    for plan in plans:
        text = "\n".join(row[0] for row in plan)
        assert "referral_case_queue" in text
        assert "Seq Scan" not in text
        assert "Sort" not in text
