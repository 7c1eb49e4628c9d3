"""The case page: each step done on it, what is said when one cannot be taken, and who may take it."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from contracts.codes import Role
from services.chassis.names import PLACE_WITHHELD
from services.chassis.pages import swedish_date
from tests.integration.planning.case_pages import MARGIN, accepted, browser, done, main_of, page, send, today_of
from tests.integration.planning.planning import Planning
from tests.unit.planning import mother


async def _insats(planning: Planning) -> UUID:
    """A case of an insats whose gate is a meeting without a seat, which lasts today."""
    return await accepted(planning, "mia-vidare")


def _kinds(text: str) -> list[str]:
    """The kinds of meetings that the page offers to book."""
    return re.findall(r'<details id="boka-([^"]+)"', text)


async def test_from_the_first_meeting_to_an_activity_carried_out_without_the_api(planning: Planning) -> None:
    case_id, today = await _insats(planning), today_of(planning)
    text = await page(planning, case_id)
    [kind, *_] = _kinds(text)
    assert "har inte börjat" in main_of(text)
    assert "Starten kan inte registreras nu. Registrera först att mötet har hållits" in main_of(text)

    booked = {"kind": kind, "meets_on": str(today), "starts_at": "", "mode": "physical"}
    text = await done(planning, case_id, "boka", booked)
    assert "Mötet är bokat." in text
    text = await done(planning, case_id, "boka", {**booked, "starts_at": "09:00"})
    assert f"{swedish_date(today)} klockan 09.00, fysiskt" in main_of(text)
    text = await done(planning, case_id, "hallet", {"kind": kind, "mode": "digital"})
    assert "Det är registrerat att mötet har hållits." in text

    text = await done(planning, case_id, "starta", {"started_on": str(today)})
    assert f"Deltar sedan {swedish_date(today)}" in main_of(text)
    plan = {
        "version": 0,
        "day": str(today),
        "kind": ["work_training", ""],
        "responsible": ["kommun", ""],
        "do": "spara",
    }
    text = await done(planning, case_id, "plan", plan)
    [activity] = re.findall(r'<tr id="aktivitet-([^"]+)"', text)
    text = await done(planning, case_id, "borja", {"activity_id": activity, "started_on": str(today)}, Role.LOTS)
    assert f"pågår sedan {swedish_date(today)}" in text
    completed = {"activity_id": activity, "completed_on": str(today), "extent": "partly"}
    text = await done(planning, case_id, "genomford", completed, Role.LOTS)
    assert f"delvis genomförd {swedish_date(today)}" in text
    assert f"borja-{activity}" not in text
    assert f"genomford-{activity}" not in text
    assert [each["type"] for each in await planning.appended(case_id)] == [
        "MeetingBooked",
        "MeetingBooked",
        "MeetingHeld",
        "InsatsStarted",
        "SamplanUpprättad",
        "ActivityStarted",
        "ActivityCompleted",
    ]


async def test_a_refusal_is_said_at_its_field_and_the_form_stays_as_it_was_filled_in(planning: Planning) -> None:
    case_id, today = await _insats(planning), today_of(planning)
    [kind, *_] = _kinds(await page(planning, case_id))
    before = today - MARGIN - timedelta(days=1)
    answer = await send(
        planning,
        case_id,
        "boka",
        {"kind": kind, "meets_on": str(before), "starts_at": "10:15", "mode": "physical"},
    )
    assert answer.status_code == 422
    said = "Mötet kan inte ligga före den dag då det bokas."
    assert f'<p class="field-error" id="boka-{kind}-meets_on-fel">{said}</p>' in answer.text
    assert f'<details id="boka-{kind}" open>' in answer.text
    assert f'value="{before}" aria-invalid="true"' in answer.text
    assert 'value="10:15:00"' in answer.text
    future = await send(planning, case_id, "vila", {"since": str(today + timedelta(days=9)), "reason": "illness"})
    assert future.status_code == 422
    assert '<option value="illness" selected>' in future.text
    assert "Datumet ligger i framtiden" in future.text


async def test_a_meeting_that_is_to_come_is_called_off_but_not_held(planning: Planning) -> None:
    case_id, day = await _insats(planning), today_of(planning) + timedelta(days=7)
    [kind, *_] = _kinds(await page(planning, case_id))
    text = await done(
        planning, case_id, "boka", {"kind": kind, "meets_on": str(day), "starts_at": "", "mode": "digital"}
    )
    assert "kan registreras när dagen har kommit" in text
    assert "Mötet har hållits" not in text
    assert "Deltagaren kom inte" not in text
    refused = await send(planning, case_id, "hallet", {"kind": kind, "mode": "digital"})
    assert refused.status_code == 422
    text = await done(planning, case_id, "avboka", {"kind": kind, "cause": "called_off"})
    assert "Inget möte är bokat." in text
    again = await send(planning, case_id, "avboka", {"kind": kind, "cause": "called_off"})
    assert again.status_code == 409
    assert "Boka mötet först." in again.text


async def test_whoever_did_not_come_is_registered_as_such(planning: Planning) -> None:
    case_id, today = await _insats(planning), today_of(planning)
    [kind, *_] = _kinds(await page(planning, case_id))
    await done(planning, case_id, "boka", {"kind": kind, "meets_on": str(today), "starts_at": "", "mode": "digital"})
    text = await done(planning, case_id, "avboka", {"kind": kind, "cause": "not_attended"})
    assert "mötet inte blev av" in text
    assert (await planning.appended(case_id))[-1]["data"]["reason"] == "not_attended"


async def test_a_meeting_with_a_seat_is_booked_among_the_sessions_and_held_here(planning: Planning) -> None:
    case_id, today = await accepted(planning, mother.FINSAM), today_of(planning)
    text = await page(planning, case_id)
    assert f'<a href="/tider/arende/{case_id}">Boka plats på team-möte</a>' in text
    assert _kinds(text) == []
    seat = {"team": "team-1", "meets_on": str(today), "starts_at": "07:10", "mode": "physical"}
    await planning.done(case_id, "meeting", seat)
    text = await page(planning, case_id)
    assert "klockan 07.10, Team 1, fysiskt" in main_of(text)
    assert f'<a href="/tider/arende/{case_id}">Flytta till en annan tid</a>' in text
    text = await done(planning, case_id, "hallet", {"kind": "team-mote", "mode": "phone"})
    assert "Team-möte hållet" in main_of(text)


async def test_a_case_rests_and_goes_on(planning: Planning) -> None:
    case_id, today = await _insats(planning), today_of(planning)
    text = await done(planning, case_id, "vila", {"since": str(today), "reason": "waits_for_other_party"}, Role.LOTS)
    assert f"vilande sedan {swedish_date(today)} (väntar på en annan part)" in main_of(text)
    assert 'id="vila"' not in text
    text = await done(planning, case_id, "ateruppta", {"resumed_on": str(today)}, Role.LOTS)
    assert "vilande sedan" not in text
    assert 'id="ateruppta"' not in text


async def test_who_has_left_can_only_come_back(planning: Planning) -> None:
    case_id, today = await accepted(planning, mother.FINSAM), today_of(planning)
    day = str(today - timedelta(days=3))
    seat = {"team": "team-1", "meets_on": day, "starts_at": "07:20", "mode": "physical"}
    for path, body in (
        ("meeting", {**seat, "booked_on": day}),
        ("meeting/held", {}),
        ("start", {"started_on": day}),
        ("exit", {"exited_on": day, "reason": "jobseeking"}),
    ):
        await planning.done(case_id, path, body)
    text = await page(planning, case_id)
    assert "Inget kan planeras nu. Deltagaren har avslutat insatsen." in main_of(text)
    assert 'id="starta"' not in text
    assert "oppna" not in await page(planning, case_id, role=Role.LOTS)
    text = await done(planning, case_id, "oppna", {"reopened_on": str(today)})
    assert f"Deltar igen sedan {swedish_date(today)}" in main_of(text)


async def test_a_case_that_nobody_has_accepted_says_that_nothing_can_be_planned(planning: Planning) -> None:
    case_id = uuid4()
    await planning.hear(case_id, [mother.referred_to(mother.FINSAM, today_of(planning))])
    said = main_of(await page(planning, case_id))
    assert "Inget kan planeras nu. Anmälan är inte antagen än." in said
    assert "Boka" not in said


async def test_the_office_reads_and_a_lots_begins_activities_only(planning: Planning) -> None:
    case_id, today = await accepted(planning, mother.FINSAM), today_of(planning)
    for place in ("", "/plan"):
        assert "<form" not in (await page(planning, case_id, place, Role.OFFICE)).partition("<main")[2]
    for what, form in (
        ("boka", {"kind": "team-mote", "meets_on": str(today), "starts_at": "", "mode": "digital"}),
        ("starta", {"started_on": str(today)}),
        ("oppna", {"reopened_on": str(today)}),
        ("plan", {"day": str(today)}),
        (f"ratta/{uuid4()}", {"reason": "other"}),
    ):
        for role in (Role.OFFICE, Role.LOTS):
            assert (await send(planning, case_id, what, form, role)).status_code == 403, (what, role)
    resting = {"since": str(today), "reason": "wish"}
    assert (await send(planning, case_id, "vila", resting, Role.OFFICE)).status_code == 403
    assert await planning.appended(case_id) == []


@pytest.mark.parametrize("role", [Role.AGENCY, Role.OPERATIONS])
async def test_others_see_no_page_of_a_case(planning: Planning, role: Role) -> None:
    case_id = await accepted(planning, mother.FINSAM)
    for place in ("", "/plan", "/plan/utskrift", f"/ratta/{uuid4()}"):
        answer = await planning.client.get(f"/arenden/{case_id}{place}", headers=browser(planning, role))
        assert answer.status_code == 403, place


@pytest.mark.parametrize("place", ["nonsense", f"{UUID(int=404)}", f"{UUID(int=404)}/plan"])
async def test_a_case_that_does_not_exist_is_not_found(planning: Planning, place: str) -> None:
    answer = await planning.client.get(f"/arenden/{place}", headers=browser(planning))
    assert answer.status_code == 404
    assert "Sidan finns inte" in answer.text


async def test_without_the_vault_neither_name_nor_unit_is_shown(planning: Planning) -> None:
    case_id = await accepted(planning, mother.FINSAM)
    said = main_of(await page(planning, case_id))
    assert f"Anmäld av {PLACE_WITHHELD}" in said
    assert "Namnet visas inte" in said
    assert "Rinkeby" not in said


async def test_who_supports_and_the_other_pages_are_shown_to_whom_they_are_for(planning: Planning) -> None:
    case_id, today = await accepted(planning, mother.FINSAM), today_of(planning)
    await planning.done(
        case_id, "meeting", {"team": "team-1", "meets_on": str(today), "starts_at": "07:30", "mode": "physical"}
    )
    await planning.done(case_id, "meeting/held", {})
    await planning.done(case_id, "lots", {"lots_id": "lots-1"})
    text = await page(planning, case_id)
    assert "lots-1 sedan" in main_of(text)
    for place in (f"/arenden/{case_id}/historik", f"/tider/arende/{case_id}", f"/anmalningar/{case_id}/samtycke"):
        assert f'href="{place}"' in text
    office = await page(planning, case_id, role=Role.OFFICE)
    assert f'href="/arenden/{case_id}/historik"' in office
    assert f"/anmalningar/{case_id}" not in office
