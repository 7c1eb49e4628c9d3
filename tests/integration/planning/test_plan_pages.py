"""The plan editor: lines, versions, two who write at once, and the participant's own copy."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.codes import Role
from services.chassis.pages import swedish_date
from services.planning.web.activity_rows import MOST
from tests.integration.planning.case_pages import accepted, browser, done, main_of, page, send, today_of
from tests.integration.planning.planning import Planning
from tests.unit.planning import mother

_FOUR = {
    "kind": ["work_training", "health_care_contact", "guidance", "benefit_application"],
    "responsible": ["arbetsformedlingen", "region", "kommun", "forsakringskassan"],
}


async def _ready(planning: Planning, *, consents: bool = True) -> UUID:
    """A case in which a plan can be made."""
    case_id, today = await accepted(planning, mother.FINSAM, consents=consents), today_of(planning)
    hour = f"{_ready_at():02}"
    seat = {"team": "team-2", "meets_on": str(today - timedelta(days=5)), "starts_at": f"{hour}:40"}
    await planning.done(case_id, "meeting", {**seat, "mode": "physical", "booked_on": str(today - timedelta(days=6))})
    await planning.done(case_id, "meeting/held", {})
    return case_id


_HOURS = iter(range(6, 24))


def _ready_at() -> int:
    """An hour whose session no other case of this file has a seat in."""
    return next(_HOURS)


def _plan(planning: Planning, version: int, **more: Any) -> dict[str, Any]:
    return {"version": version, "day": str(today_of(planning)), "do": "spara", **more}


def _lines(text: str) -> list[tuple[str, str]]:
    """What is chosen in each line to write in."""
    chosen = [
        (re.findall(r'<option value="([^"]*)" selected', each) or [""])[0]
        for each in re.findall(r'<select id="(?:kind|responsible)-.*?</select>', text, re.S)
    ]
    return list(zip(chosen[::2], chosen[1::2], strict=True))


def _activities(text: str) -> dict[str, str]:
    """The ids of the plan's activities in the editor, by what each is about."""
    return {
        about.strip(): activity_id
        for about, activity_id in re.findall(r"<li><span>([^<]+)</span>.*?name=\"ended\" value=\"([^\"]+)\"", text)
    }


async def test_four_activities_a_line_each_become_the_plan(planning: Planning) -> None:
    case_id = await _ready(planning)
    assert _lines(await page(planning, case_id, "/plan")) == [("", "")] * 4
    text = await done(planning, case_id, "plan", _plan(planning, 0, **_FOUR))
    assert "Planen är sparad." in text
    assert "version 1." in main_of(text)
    (made,) = [each for each in await planning.appended(case_id) if each["type"] == "SamplanUpprättad"]
    assert [each["kind"] for each in made["data"]["activities"]] == _FOUR["kind"]
    assert [each["responsible"] for each in made["data"]["activities"]] == _FOUR["responsible"]


async def test_more_lines_are_given_without_losing_what_was_written(planning: Planning) -> None:
    case_id = await _ready(planning)
    written = {"kind": ["guidance", "", "other", ""], "responsible": ["kommun", "", "", ""]}
    answer = await send(planning, case_id, "plan", _plan(planning, 0, **written, do="fler"))
    assert answer.status_code == 200
    lines = _lines(answer.text)
    assert lines[:2] == [("guidance", "kommun"), ("other", "")]
    assert len([each for each in lines if each == ("", "")]) == 8
    full = {"kind": ["guidance"] * MOST, "responsible": ["kommun"] * MOST}
    answer = await send(planning, case_id, "plan", _plan(planning, 0, **full, do="fler"))
    assert _lines(answer.text) == [("guidance", "kommun")] * MOST
    assert not [each for each in await planning.appended(case_id) if "Samplan" in each["type"]]


async def test_a_half_line_an_empty_plan_and_a_day_to_come_are_said_and_the_lines_stay(
    planning: Planning,
) -> None:
    case_id = await _ready(planning)
    half = {"kind": ["guidance", "studies"], "responsible": ["kommun", ""]}
    answer = await send(planning, case_id, "plan", _plan(planning, 0, **half))
    assert answer.status_code == 422
    assert "både vad som ska göras och vem som ansvarar" in answer.text
    assert _lines(answer.text)[:2] == [("guidance", "kommun"), ("studies", "")]
    assert 'name="responsible" aria-invalid="true"' in answer.text
    answer = await send(planning, case_id, "plan", _plan(planning, 0, kind=[""], responsible=[""]))
    assert "En samplan har minst en aktivitet." in answer.text
    tomorrow = str(today_of(planning) + timedelta(days=1))
    answer = await send(planning, case_id, "plan", _plan(planning, 0, **_FOUR) | {"day": tomorrow})
    assert "Datumet ligger i framtiden" in answer.text
    assert _lines(answer.text)[3] == ("benefit_application", "forsakringskassan")


async def test_a_change_is_a_version_that_says_what_came_and_what_went(planning: Planning) -> None:
    case_id = await _ready(planning)
    await done(planning, case_id, "plan", _plan(planning, 0, **_FOUR))
    activities = _activities(await page(planning, case_id, "/plan"))
    assert set(activities) == {
        "arbetsträning (Arbetsförmedlingen)",
        "kontakt med vården (regionen)",
        "vägledning (kommunen)",
        "ansökan om ersättning (Försäkringskassan)",
    }
    change = {
        "ended": [activities["vägledning (kommunen)"]],
        "kind": ["studies", ""],
        "responsible": ["kommun", ""],
    }
    text = await done(planning, case_id, "plan", _plan(planning, 1, **change))
    assert "version 2." in main_of(text)
    assert "vägledning" not in main_of(text).partition("Deltagandet")[0]
    said = main_of(await page(planning, case_id, "/plan"))
    day = swedish_date(today_of(planning))
    assert f"Version 2 {day} koordinator karin studier (kommunen) vägledning (kommunen)" in said
    assert f"Version 1 {day} koordinator karin arbetsträning (Arbetsförmedlingen)" in said
    nothing = await send(planning, case_id, "plan", _plan(planning, 2, kind=[""], responsible=[""]))
    assert "Ange vad som läggs till eller tas bort." in nothing.text


async def test_the_later_of_two_is_told_what_changed_and_keeps_the_own_text(planning: Planning) -> None:
    case_id = await _ready(planning)
    await done(planning, case_id, "plan", _plan(planning, 0, **_FOUR))
    activities = _activities(await page(planning, case_id, "/plan"))
    first = {"ended": [activities["vägledning (kommunen)"]], "kind": ["studies"], "responsible": ["kommun"]}
    second = {
        "ended": [activities["arbetsträning (Arbetsförmedlingen)"]],
        "kind": ["exercise"],
        "responsible": ["region"],
    }
    await done(planning, case_id, "plan", _plan(planning, 1, **first))
    answer = await send(planning, case_id, "plan", _plan(planning, 1, **second))
    assert answer.status_code == 409
    said = main_of(answer.text)
    assert "Någon annan har ändrat planen under tiden." in said
    assert "har kommit till: studier (kommunen)" in said
    assert "har tagits bort: vägledning (kommunen)" in said
    assert _lines(answer.text)[0] == ("exercise", "region")
    assert f'value="{second["ended"][0]}" checked' in answer.text
    assert '<input type="hidden" name="version" value="2">' in answer.text
    text = await done(planning, case_id, "plan", _plan(planning, 2, **second))
    said = main_of(text).partition("Deltagandet")[0]
    assert "studier" in said
    assert "friskvård" in said
    assert "arbetsträning" not in said


async def test_of_two_who_make_the_first_plan_at_once_one_is_told_of_the_other_s(planning: Planning) -> None:
    case_id = await _ready(planning)
    plans = [
        _plan(planning, 0, kind=["guidance"], responsible=["kommun"]),
        _plan(planning, 0, kind=["studies"], responsible=["region"]),
    ]
    answers = await asyncio.gather(*(send(planning, case_id, "plan", each) for each in plans))
    assert sorted(each.status_code for each in answers) == [303, 409]
    (refused,) = [each for each in answers if each.status_code == 409]
    assert "har kommit till: " in main_of(refused.text)
    assert _lines(refused.text)[0] in {("guidance", "kommun"), ("studies", "region")}
    made = [each["type"] for each in await planning.appended(case_id) if "Samplan" in each["type"]]
    assert made == ["SamplanUpprättad"]


async def test_who_saves_twice_adds_it_once(planning: Planning) -> None:
    case_id = await _ready(planning)
    for _ in range(2):
        await done(planning, case_id, "plan", _plan(planning, 0, **_FOUR))
    twice = {"kind": ["studies", "studies"], "responsible": ["kommun", "kommun"]}
    for _ in range(2):
        await done(planning, case_id, "plan", _plan(planning, 1, **twice))
    kinds = [
        each["kind"]
        for event in await planning.appended(case_id)
        for each in event["data"].get("activities", event["data"].get("added", []))
    ]
    assert kinds == [*_FOUR["kind"], "studies", "studies"]


async def test_without_consent_the_kinds_are_on_the_page_and_not_on_the_topic(planning: Planning) -> None:
    case_id = await _ready(planning, consents=False)
    text = await done(planning, case_id, "plan", _plan(planning, 0, **_FOUR))
    assert "vägledning" in main_of(text)
    assert "vägledning (kommunen)" in main_of(await page(planning, case_id, "/plan"))
    (made,) = [each for each in await planning.appended(case_id) if each["type"] == "SamplanUpprättad"]
    assert {each["kind"] for each in made["data"]["activities"]} == {None}


async def test_the_participant_s_own_copy_says_what_is_to_be_done_by_whom_and_how_far_it_is(
    planning: Planning,
) -> None:
    case_id, today = await _ready(planning), today_of(planning)
    missing = await planning.client.get(f"/arenden/{case_id}/plan/utskrift", headers=browser(planning))
    assert missing.status_code == 404
    await done(planning, case_id, "plan", _plan(planning, 0, **_FOUR))
    activities = _activities(await page(planning, case_id, "/plan"))
    begun = {"activity_id": activities["vägledning (kommunen)"], "started_on": str(today)}
    await done(planning, case_id, "borja", begun)
    ended = {"ended": [activities["kontakt med vården (regionen)"]], "kind": [], "responsible": []}
    await done(planning, case_id, "plan", _plan(planning, 1, **ended))
    said = main_of(await page(planning, case_id, "/plan/utskrift", Role.LOTS))
    assert "Min plan" in said
    assert f"Vägledning Kommunen ansvarar för att det blir av. Pågår sedan den {swedish_date(today)}." in said
    assert "Försäkringskassan ansvarar för att det blir av. Har inte börjat än." in said
    assert "vården" not in said
    assert f"ändrades senast den {swedish_date(today)}" in said


async def test_before_the_meeting_the_editor_says_what_is_missing(planning: Planning) -> None:
    case_id = await accepted(planning, mother.FINSAM)
    said = main_of(await page(planning, case_id, "/plan"))
    assert "Ingen plan kan göras nu. Registrera först att mötet har hållits: team-möte." in said
    assert "Spara planen" not in said
