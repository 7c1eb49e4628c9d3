"""Ångra on the page: the question names what is taken back, and what has to be taken back before it."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

from contracts.codes import Role
from tests.integration.planning.case_pages import accepted, browser, done, main_of, page, send, today_of
from tests.integration.planning.planning import Planning
from tests.unit.planning import mother

_UNDO = re.compile(r'href="/arenden/[^/]+/ratta/([^"]+)">Ångra<span class="visually-hidden"> ([^<]*)</span>')


async def _events(planning: Planning, case_id: UUID) -> dict[str, str]:
    """The ids of the events that may be undone, by what each says."""
    return {text: event_id for event_id, text in _UNDO.findall(await page(planning, case_id))}


def _find(events: dict[str, str], words: str) -> str:
    (found,) = [event_id for text, event_id in events.items() if words in text]
    return found


async def _with_plan(planning: Planning, hour: int) -> UUID:
    case_id, day = await accepted(planning, mother.FINSAM), str(today_of(planning) - timedelta(days=4))
    seat = {"team": "team-3", "meets_on": day, "starts_at": f"{hour:02}:50", "mode": "digital", "booked_on": day}
    await planning.done(case_id, "meeting", seat)
    await planning.done(case_id, "meeting/held", {})
    plan = {"version": 0, "day": day, "kind": ["guidance"], "responsible": ["kommun"], "do": "spara"}
    await done(planning, case_id, "plan", plan)
    return case_id


async def test_what_nothing_builds_on_is_taken_back_and_can_be_registered_anew(planning: Planning) -> None:
    case_id, today = await _with_plan(planning, 7), today_of(planning)
    [activity] = re.findall(r'<tr id="aktivitet-([^"]+)"', await page(planning, case_id))
    begun = {"activity_id": activity, "started_on": str(today)}
    await done(planning, case_id, "borja", begun)
    event = _find(await _events(planning, case_id), "Aktivitet påbörjad: vägledning")
    said = main_of(await page(planning, case_id, f"/ratta/{event}"))
    assert f"Ja, ångra för ärende {case_id.hex[:8]}" in said
    assert "Aktivitet påbörjad: vägledning" in said
    assert "koordinator karin" in said
    text = await done(planning, case_id, f"ratta/{event}", {"reason": "wrong_day"})
    assert "borttagen som felregistrerad" in text
    assert "inte påbörjad" in text
    assert not [each for each in await _events(planning, case_id) if "påbörjad" in each]
    assert (await planning.appended(case_id))[-1]["data"]["reason"] == "wrong_day"
    text = await done(planning, case_id, "borja", begun)
    assert "pågår sedan" in text
    again = await send(planning, case_id, f"ratta/{event}", {"reason": "wrong_day"})
    assert again.status_code == 409
    assert "redan markerad som felregistrerad" in again.text


async def test_what_later_events_build_on_says_which_they_are_and_leads_to_them(planning: Planning) -> None:
    case_id, today = await _with_plan(planning, 8), today_of(planning)
    [activity] = re.findall(r'<tr id="aktivitet-([^"]+)"', await page(planning, case_id))
    completed = {"activity_id": activity, "completed_on": str(today), "extent": "fully"}
    await done(planning, case_id, "genomford", completed)
    events = await _events(planning, case_id)
    plan = _find(events, "Samplan upprättad")
    text = await page(planning, case_id, f"/ratta/{plan}")
    assert "Det går inte att ångra än." in text
    assert "Ja, ångra" not in text
    shown = re.findall(r'<li><a href="/arenden/[^/]+/ratta/([^"]+)">', text)
    assert shown == [_find(events, "Aktivitet genomförd"), _find(events, "Aktivitet påbörjad")]
    refused = await send(planning, case_id, f"ratta/{plan}", {"reason": "other"})
    assert refused.status_code == 409
    assert "Ta tillbaka dem först" in refused.text
    for event in (*shown, plan):
        await done(planning, case_id, f"ratta/{event}", {"reason": "wrong_person"})
    assert "Ingen plan är gjord." in await page(planning, case_id)


async def test_the_question_says_what_goes_with_it(planning: Planning) -> None:
    case_id, today = await _with_plan(planning, 9), today_of(planning)
    await planning.done(case_id, "start", {"started_on": str(today)})
    later = {"team": "team-3", "meets_on": str(today + timedelta(days=9)), "starts_at": "12:50", "mode": "digital"}
    await planning.done(case_id, "meeting", later)
    await planning.done(case_id, "exit", {"exited_on": str(today), "reason": "jobseeking"})
    left = _find(await _events(planning, case_id), "Insatsen avslutad")
    said = main_of(await page(planning, case_id, f"/ratta/{left}"))
    assert "Ångras också Möte inställt" in said
    text = await done(planning, case_id, f"ratta/{left}", {"reason": "did_not_happen"})
    assert "klockan 12.50, Team 3" in main_of(text)


async def test_a_seat_that_others_have_taken_is_not_given_back(planning: Planning) -> None:
    day = str(today_of(planning) + timedelta(days=12))
    seat = {"team": "team-3", "meets_on": day, "starts_at": "13:50", "mode": "digital"}
    first, *others = [await accepted(planning, mother.FINSAM) for _ in range(3)]
    await planning.done(first, "meeting", seat)
    await planning.done(first, "meeting/cancelled", {})
    cancelled = _find(await _events(planning, first), "Möte inställt")
    for each in others:
        if (await planning.post(each, "meeting", seat)).status_code == 409:
            break
    answer = await send(planning, first, f"ratta/{cancelled}", {"reason": "other"})
    assert answer.status_code == 409
    assert "Mötestiden är full" in answer.text


async def test_events_of_others_and_of_other_cases_are_not_found(planning: Planning) -> None:
    case_id, other = await _with_plan(planning, 10), await _with_plan(planning, 11)
    event = _find(await _events(planning, other), "Samplan upprättad")
    for unknown in (event, uuid4()):
        answer = await planning.client.get(f"/arenden/{case_id}/ratta/{unknown}", headers=browser(planning))
        assert answer.status_code == 404
        assert (await send(planning, case_id, f"ratta/{unknown}", {"reason": "other"})).status_code == 404
    lots = await planning.client.get(f"/arenden/{other}/ratta/{event}", headers=browser(planning, Role.LOTS))
    assert lots.status_code == 403
