"""From a referral on its topic to an exit on ours, through the HTTP API."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.codes import Role
from contracts.events import local_date
from tests.integration.planning.planning import Planning, publish
from tests.unit.planning.mother import MIA, accepted, consented, received, referred_to, refused, returned, withdrawn
from tests.waiting import until

# Sessions of their own for these tests, so that no other test's cases sit in them.
_BOOKING = {"booked_on": "2021-02-12", "team": "team-6", "meets_on": "2021-03-01", "mode": "phone"}
_PLAN = {
    "made_on": "2021-03-01",
    "activities": [
        {"responsible": "kommun", "kind": "work_training"},
        {"responsible": "region", "kind": "health_care_contact"},
    ],
}


async def _whole_way(planning: Planning, case_id: UUID, starts_at: str) -> dict[str, Any]:
    booked = await planning.done(case_id, "meeting", {**_BOOKING, "starts_at": starts_at})
    await planning.done(case_id, "meeting/held", {})
    plan = await planning.done(case_id, "samplan", _PLAN)
    await planning.done(case_id, "start", {"started_on": "2021-03-04"})
    await planning.done(case_id, "lots", {"assigned_on": "2021-03-04", "lots_id": "lots-1"})
    first, second = (f"activities/{each['activity_id']}" for each in plan["activities"])
    await planning.done(case_id, f"{first}/start", {"started_on": "2021-03-15"}, Role.LOTS)
    await planning.done(case_id, f"{first}/complete", {"completed_on": "2021-04-20", "extent": "partly"}, Role.LOTS)
    await planning.done(case_id, f"{second}/complete", {"completed_on": "2021-05-04", "extent": "fully"})
    await planning.done(case_id, "exit", {"exited_on": "2021-09-30", "reason": "illness"})
    return {"booked": booked, "plan": plan}


_APPENDED = [
    "TeamMeetingBooked",
    "TeamMeetingHeld",
    "SamplanUpprättad",
    "InsatsStarted",
    "LotsAssigned",
    "ActivityStarted",
    "ActivityCompleted",
    "ActivityStarted",
    "ActivityCompleted",
    "ParticipantExited",
    "CaseHandedBack",
]


async def test_a_case_with_consent_from_referral_to_exit(planning: Planning) -> None:
    case_id = uuid4()
    await publish(planning.bootstrap, case_id, [received, consented, accepted])
    await planning.wait_for(case_id, "accepted")
    answers = await _whole_way(planning, case_id, "08:00")

    appended = await planning.appended(case_id)
    assert [event["type"] for event in appended] == _APPENDED
    assert [event["sequence"] for event in appended] == list(range(1, 12))
    assert [each["id"] for each in answers["plan"]["events"]] == [appended[2]["id"]]
    plan = appended[2]["data"]
    assert [each["kind"] for each in plan["activities"]] == ["work_training", "health_care_contact"]
    assert plan["meeting_id"] == answers["booked"]["meeting_id"]
    assert plan["rule"] == {"insats": "finsam-team", "version": 2}
    left, back = appended[-2:]
    assert (left["data"]["reason"], left["data"]["national_code"]) == ("illness", "3")
    assert (back["data"]["to"], back["causationid"]) == ("anmalare", left["id"])


async def test_a_case_without_consent_sends_dates_only(planning: Planning) -> None:
    case_id = uuid4()
    await publish(planning.bootstrap, case_id, [received, refused, accepted])
    await planning.wait_for(case_id, "accepted")
    await _whole_way(planning, case_id, "09:00")

    appended = await planning.appended(case_id)
    assert [event["type"] for event in appended] == _APPENDED
    assert [each["kind"] for each in appended[2]["data"]["activities"]] == [None, None]
    assert (appended[-2]["data"]["reason"], appended[-2]["data"]["national_code"]) == (None, None)
    # A case worker sees them all the same.
    seen = (await planning.case(case_id)).json()
    left = seen["participations"][0]["exit"]
    assert (left["exited_on"], left["reason"], left["national_code"]) == ("2021-09-30", "illness", "3")
    assert [each["kind"] for each in seen["plans"][0]["activities"]] == ["work_training", "health_care_contact"]


async def test_an_exit_taken_back_gives_back_the_meetings_it_cancelled_while_there_is_room(
    planning: Planning,
) -> None:
    case_id, other = uuid4(), uuid4()
    for each in (case_id, other):
        await planning.hear(each, [received, consented, accepted])
    await planning.done(case_id, "meeting", {**_BOOKING, "starts_at": "14:00"})
    await planning.done(case_id, "meeting/held", {})
    await planning.done(case_id, "start", {"started_on": "2021-03-04"})
    # In 2025's rule a session has one seat.
    meets_on = local_date(datetime.now(UTC)) + timedelta(days=30)
    coming = {"team": "team-3", "meets_on": meets_on.isoformat(), "starts_at": "14:00", "mode": "phone"}
    await planning.done(case_id, "meeting", coming)

    left = await _leave(planning, case_id)
    answer = await _take_back(planning, case_id, left)
    assert [each["type"] for each in answer["events"]] == ["RegisteredInError"] * 3
    assert await _meetings(planning, case_id) == ["held", "booked"]
    appended = await planning.appended(case_id)
    exited, cancelled, back, of_exit, of_cancellation, of_back = appended[-6:]
    assert {cancelled["causationid"], back["causationid"]} == {exited["id"]}
    assert {of_cancellation["causationid"], of_back["causationid"]} == {of_exit["id"]}

    left = await _leave(planning, case_id)
    await planning.done(other, "meeting", coming)
    answer = await _take_back(planning, case_id, left)
    assert [each["type"] for each in answer["events"]] == ["RegisteredInError"] * 2, "the exit and the hand-back"
    assert await _meetings(planning, case_id) == ["held", "cancelled"]
    assert await planning.state(case_id) == "participating"


async def _leave(planning: Planning, case_id: UUID) -> str:
    answer = await planning.done(case_id, "exit", {"exited_on": "2021-09-30", "reason": "illness"})
    return str(answer["events"][0]["id"])


async def _take_back(planning: Planning, case_id: UUID, event_id: str) -> dict[str, Any]:
    return await planning.done(case_id, "registered-in-error", {"event_id": event_id, "reason": "wrong_person"})


async def _meetings(planning: Planning, case_id: UUID) -> list[str]:
    return [each["state"] for each in (await planning.case(case_id)).json()["meetings"]]


async def _start_after_introduction(planning: Planning, case_id: UUID, start: dict[str, Any]) -> None:
    """MIA's way in: the introduction meeting comes first."""
    introduction = {"booked_on": "2021-02-12", "meets_on": "2021-03-01", "mode": "physical"}
    await planning.done(case_id, "meeting", introduction)
    await planning.done(case_id, "meeting/held", {})
    await planning.done(case_id, "start", start)


async def test_consent_withdrawn_on_the_way_counts_from_then_on(planning: Planning) -> None:
    case_id = uuid4()
    await publish(planning.bootstrap, case_id, [referred_to(MIA), consented, accepted])
    await planning.wait_for(case_id, "accepted")
    await _start_after_introduction(planning, case_id, {"started_on": "2021-03-04"})
    await publish(planning.bootstrap, case_id, [withdrawn], first=4)
    await until(lambda: _consent(planning, case_id), lambda seen: seen == "withdrawn")
    await planning.done(case_id, "exit", {"exited_on": "2021-09-30", "reason": "moved"})
    appended = await planning.appended(case_id)
    assert appended[-2]["type"] == "ParticipantExited"
    assert appended[-2]["data"]["reason"] is None


async def _consent(planning: Planning, case_id: UUID) -> str:
    return str((await planning.case(case_id)).json()["consent"])


async def test_a_late_return_neither_stops_the_stream_nor_the_participation(planning: Planning) -> None:
    case_id, following = uuid4(), uuid4()
    await publish(planning.bootstrap, case_id, [referred_to(MIA), consented, accepted])
    await planning.wait_for(case_id, "accepted")
    await _start_after_introduction(planning, case_id, {"started_on": "2021-03-04"})
    await publish(planning.bootstrap, case_id, [returned, withdrawn], first=4)
    await publish(planning.bootstrap, following, [received])
    await planning.wait_for(following, "referred")
    await until(lambda: _consent(planning, case_id), lambda seen: seen == "withdrawn")
    assert await planning.state(case_id) == "participating"
    await planning.done(case_id, "exit", {"exited_on": "2021-09-30", "reason": "moved"})


async def test_what_is_seen_of_a_case(planning: Planning) -> None:
    case_id = uuid4()
    await planning.hear(case_id, [received, consented, accepted])
    booked = await planning.done(case_id, "meeting", {**_BOOKING, "starts_at": "10:00"})
    assert (await planning.case(case_id, Role.LOTS)).json() == {
        "case_id": str(case_id),
        "stage": "accepted",
        "insats": "finsam-team",
        "referred_on": "2021-02-08",
        "consent": "given",
        "accepted_on": "2021-02-10",
        "returned_on": None,
        "person_forgotten": False,
        "participations": [],
        "hand_backs": [],
        "meetings": [
            {
                "meeting_id": booked["meeting_id"],
                "kind": None,
                "state": "booked",
                "booked_on": "2021-02-12",
                "team": "team-6",
                "meets_on": "2021-03-01",
                "starts_at": "10:00:00",
                "mode": "phone",
                "ended_on": None,
                "present": None,
            }
        ],
        "plans": [],
        "supports": [],
        "holds": [],
        "calls": [],
        "employments": [],
        "benefits": [],
        "after_supports": [],
        "coordinated_plans": [],
        "enrolments": [],
        "group_reserve": None,
    }


async def test_a_case_is_unknown_until_its_referral_was_received(planning: Planning) -> None:
    for answer in (await planning.case(uuid4()), await planning.post(uuid4(), "start", {})):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "case_unknown"
    wanted = await planning.post(uuid4(), "meeting", {**_BOOKING, "starts_at": "10:00"})
    assert wanted.json()["code"] == "case_unknown"


async def test_a_refused_command_leaves_no_trace(planning: Planning) -> None:
    case_id = uuid4()
    await planning.hear(case_id, [received, consented, accepted])
    before = (await planning.case(case_id)).json()
    refusal = await planning.post(case_id, "start", {"started_on": "2021-03-04"})
    assert (refusal.status_code, refusal.json()["code"]) == (409, "meeting_missing")
    assert (await planning.case(case_id)).json() == before
    assert await planning.appended(case_id) == []


async def test_days_default_to_today(planning: Planning) -> None:
    case_id = uuid4()
    await planning.hear(case_id, [referred_to(MIA), accepted])
    before = local_date(planning.runtime.clock.now())
    await _start_after_introduction(planning, case_id, {})
    started_on = date.fromisoformat((await planning.case(case_id)).json()["participations"][0]["started_on"])
    assert before <= started_on <= local_date(planning.runtime.clock.now())


async def test_who_may_do_what(planning: Planning) -> None:
    case_id = uuid4()
    await planning.hear(case_id, [received, accepted])
    for role in (Role.LOTS, Role.OFFICE, Role.AGENCY, Role.OPERATIONS):
        refusal = await planning.post(case_id, "start", {}, role)
        assert (refusal.status_code, refusal.json()["code"]) == (403, "role_missing")
    activity = f"activities/{uuid4()}/start"
    assert (await planning.post(case_id, activity, {}, Role.LOTS)).json()["code"] == "activity_unknown"
    assert (await planning.post(case_id, activity, {}, Role.OFFICE)).json()["code"] == "role_missing"
    assert (await planning.case(case_id, Role.AGENCY)).status_code == 403
    assert (await planning.client.get(f"/api/planning/cases/{case_id}")).status_code == 401


async def test_what_is_no_command(planning: Planning) -> None:
    case_id = uuid4()
    await planning.hear(case_id, [received, accepted])
    booking = {**_BOOKING, "starts_at": "10:00"}
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("meeting", {**booking, "starts_at": "09:00+02:00"}, "starts_at"),
        ("meeting", {**booking, "starts_at": "09:00:30"}, "starts_at"),
        ("meeting", {**booking, "mode": "brev"}, "mode"),
        ("meeting", {**booking, "room": "12"}, "room"),
        ("samplan", {"activities": []}, "activities"),
        ("samplan", {"activities": [{"responsible": "polisen", "kind": "studies"}]}, "activities.0.responsible"),
        ("lots", {"lots_id": "Anna Andersson"}, "lots_id"),
        ("lots", {"lots_id": "19800101-9876"}, "lots_id"),
        ("exit", {}, "reason"),
    ]
    for what, body, field in wrong:
        refusal = await planning.post(case_id, what, body)
        assert (refusal.status_code, refusal.json()["field"]) == (422, field), refusal.text


async def test_a_return_before_the_start_ends_planning_once(planning: Planning) -> None:
    case_id = uuid4()
    await publish(planning.bootstrap, case_id, [received, consented, accepted, returned, returned])
    await planning.wait_for(case_id, "returned")
    refused = await planning.post(case_id, "start", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "returned")
    [ended] = await planning.appended(case_id)
    assert (ended["type"], ended["data"]["happened_on"]) == ("PlanningEnded", "2021-03-30")


async def test_whoever_has_not_started_is_returned_and_not_exited(planning: Planning) -> None:
    case_id = uuid4()
    await publish(planning.bootstrap, case_id, [received, consented, accepted])
    await planning.wait_for(case_id, "accepted")
    refused = await planning.post(case_id, "exit", {"reason": "broke_off"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_started")
    assert "Återremittera" in refused.json()["detail"]
