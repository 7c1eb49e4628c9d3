"""Groups over HTTP and on their pages: the last seat, attendance in one post, how seats end, and the reserve list."""

import asyncio
import itertools
import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import topics
from contracts.codes import Role
from contracts.referral import Attributes, ConsentGiven, ConsentRefused, ReferralAccepted
from services.chassis.names import PLACE_WITHHELD, PROTECTED, NameClient, Names
from services.planning import group_store
from services.planning.domain.groups import GroupOf
from tests.integration.planning import case_pages
from tests.integration.planning.case_pages import browser, today_of
from tests.integration.planning.planning import Planning
from tests.oracle.compare import table_differences
from tests.oracle.groups import group_tables
from tests.oracle.story import read_story
from tests.unit.planning import mother

_COURSE = "act-kurs"
_WANTING = 50
_codes = (f"kurs-{number}" for number in itertools.count(1))


async def _accepted(planning: Planning, *, consents: bool = True, kind: str = "arbetskonsulent") -> UUID:
    """A case that was accepted to the course forty days ago."""
    case_id, day = uuid4(), today_of(planning) - case_pages.MARGIN
    referred = mother.referred_to(_COURSE, day).model_copy(update={"unit_kind": kind})
    answer = ConsentGiven(happened_on=day, attributes=Attributes()) if consents else ConsentRefused(happened_on=day)
    await planning.hear(case_id, [referred, answer, ReferralAccepted(happened_on=day)])
    return case_id


def _days(planning: Planning) -> list[date]:
    """Seven sessions, of which three are past and the fourth is today."""
    return [today_of(planning) + timedelta(weeks=week) for week in range(-3, 4)]


async def _post(planning: Planning, what: str, body: dict[str, Any], role: Role = Role.COORDINATOR) -> httpx.Response:
    headers = planning.signed_in(role)
    return await planning.client.post(f"/api/planning/groups{what}", json=body, headers=headers)


async def _declare(planning: Planning, seats: int, **more: Any) -> tuple[str, str]:
    """A group that has met three times, its stream and its code."""
    code = next(_codes)
    today = today_of(planning)
    body = {
        "insats": _COURSE,
        "group": code,
        "name": "ACT hösten",
        "capacity": "kurs",
        "seats": seats,
        "session_days": [day.isoformat() for day in _days(planning)],
        "starts_at": "13:00",
        "opens_on": (today - timedelta(days=60)).isoformat(),
        "closes_on": (today + timedelta(days=1)).isoformat(),
    }
    answer = await _post(planning, "", body | more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["group_id"]), code


async def _held(planning: Planning, code: str, days: Sequence[date]) -> None:
    for day in days:
        body = {"insats": _COURSE, "group": code, "session_on": day.isoformat()}
        assert (await _post(planning, "/sessions/held", body, Role.LOTS)).status_code == 201


async def _enrol(planning: Planning, case_id: UUID, group_id: str, on: date | None = None) -> str:
    body = {"group_id": group_id, **({"enrolled_on": on.isoformat()} if on else {})}
    return str((await planning.done(case_id, "enrolments", body, Role.LOTS))["enrolment_id"])


async def _group(planning: Planning, group_id: str) -> dict[str, Any]:
    answer = await planning.client.get(
        f"/api/planning/groups/{group_id}/participants", headers=planning.signed_in(Role.LOTS)
    )
    seen: dict[str, Any] = answer.json()
    return seen


async def test_of_many_who_want_the_last_seat_one_gets_it_consent_or_not(planning: Planning) -> None:
    group_id, _ = await _declare(planning, 1)
    cases = [await _accepted(planning, consents=number % 2 == 0) for number in range(_WANTING)]
    answers = await asyncio.gather(*(planning.post(case, "enrolments", {"group_id": group_id}) for case in cases))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (_WANTING - 1)
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"group_full"}
    listed = await planning.client.get(
        f"/api/planning/groups?insats={_COURSE}&limit=200", headers=planning.signed_in(Role.OFFICE)
    )
    [found] = [each for each in listed.json()["items"] if each["group_id"] == group_id]
    assert (found["taken"], found["free"], found["minutes"]) == (1, 0, 180)


async def test_a_freed_seat_is_not_given_back_when_others_have_taken_it(planning: Planning) -> None:
    group_id, code = await _declare(planning, 1)
    days = _days(planning)
    await _held(planning, code, days[:2])
    one, two = await _accepted(planning), await _accepted(planning)
    seat = await _enrol(planning, one, group_id, days[0])
    ended = await planning.done(
        one, f"enrolments/{seat}/end", {"ended_on": days[1].isoformat(), "outcome": "dropped_out", "reason": "health"}
    )
    await _enrol(planning, two, group_id)
    correction = {"event_id": ended["events"][0]["id"], "reason": "wrong_person"}
    refused = await planning.post(one, "registered-in-error", correction)
    assert (refused.status_code, refused.json()["code"]) == (409, "group_full")


async def test_the_window_the_seats_and_the_sessions_that_were_held_are_kept(planning: Planning) -> None:
    today = today_of(planning)
    group_id, code = await _declare(planning, 2)
    late = await _accepted(planning)
    refused = await planning.post(
        late, "enrolments", {"group_id": group_id, "enrolled_on": (today + timedelta(days=1)).isoformat()}
    )
    assert refused.json()["code"] == "validation_failed" or refused.status_code == 422
    closed, _ = await _declare(planning, 2, closes_on=(today - timedelta(days=1)).isoformat())
    outside = await planning.post(late, "enrolments", {"group_id": closed})
    assert "öppen" in outside.text
    await _enrol(planning, late, group_id)
    cancel = {"insats": _COURSE, "group": code, "reason": "too_few"}
    assert (await _post(planning, "/cancel", cancel)).json()["code"] == "seats_taken"
    await _held(planning, code, [today])
    body = {"insats": _COURSE, "group": code, "name": "ACT hösten", "capacity": "kurs", "seats": 1}
    window = {"opens_on": today.isoformat(), "closes_on": today.isoformat()}
    gone = {"session_days": [(today + timedelta(weeks=1)).isoformat()]}
    assert (await _post(planning, "", body | window | gone)).json()["code"] == "session_held"
    assert (await _post(planning, "/cancel", cancel)).json()["code"] == "session_held"


async def test_attendance_of_somebody_who_does_not_consent_stays_here(planning: Planning) -> None:
    group_id, code = await _declare(planning, 5)
    days = _days(planning)
    await _held(planning, code, days[:2])
    case = await _accepted(planning, consents=False)
    seat = await _enrol(planning, case, group_id, days[0])
    await planning.done(case, f"enrolments/{seat}/attendance", {"session_on": days[0].isoformat(), "attended": True})
    end = {"ended_on": days[1].isoformat(), "outcome": "dropped_out", "reason": "health"}
    await planning.done(case, f"enrolments/{seat}/end", end)
    [seen] = (await planning.case(case)).json()["enrolments"]
    assert (seen["reason"], seen["attendance"][0]["attended"]) == ("health", True)
    told = {each["type"]: each["data"] for each in await planning.appended(case)}
    assert told["SessionAttendanceRecorded"].get("attended") is None
    ended = told["GroupEnrolmentEnded"]
    assert (ended["outcome"], ended.get("reason")) == ("dropped_out", None)
    [participant] = (await _group(planning, group_id))["participants"]
    assert (participant["came"], participant["outcome"]) == ([days[0].isoformat()], "dropped_out")


async def test_a_return_frees_the_seat_and_the_wait_ends_with_a_seat(planning: Planning) -> None:
    group_id, _ = await _declare(planning, 1)
    one, two = await _accepted(planning), await _accepted(planning)
    await _enrol(planning, one, group_id)
    await planning.done(two, "group-reserve", {"group_id": group_id})
    assert [each["case_id"] for each in (await _group(planning, group_id))["reserve"]] == [str(two)]
    returned = mother.returned.model_copy(update={"happened_on": today_of(planning)})
    await planning.hear(one, [returned], first=4)
    seen = await _group(planning, group_id)
    assert (seen["taken"], [each["outcome"] for each in seen["participants"]]) == (0, ["withdrawn_before_start"])
    await _enrol(planning, two, group_id)
    assert (await _group(planning, group_id))["reserve"] == []


async def test_an_exit_from_the_course_ends_the_seat_and_goes_back_with_it(planning: Planning) -> None:
    group_id, code = await _declare(planning, 1)
    days = _days(planning)
    await _held(planning, code, days[:3])
    case = await _accepted(planning)
    await _enrol(planning, case, group_id, days[0])
    await planning.done(case, "start", {"started_on": days[0].isoformat()})
    left = await planning.done(case, "exit", {"exited_on": days[2].isoformat(), "reason": "completed"})
    assert [each["type"] for each in left["events"]] == ["ParticipantExited", "GroupEnrolmentEnded"]
    assert (await _group(planning, group_id))["taken"] == 0
    await planning.done(
        case, "registered-in-error", {"event_id": left["events"][0]["id"], "reason": "did_not_happen"}
    )
    assert (await _group(planning, group_id))["taken"] == 1


# Pages -------------------------------------------------------------------------------------------------------------


async def _page(planning: Planning, path: str, role: Role = Role.COORDINATOR) -> str:
    answer = await planning.client.get(path, headers=browser(planning, role))
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


async def _send(planning: Planning, path: str, form: dict[str, Any], role: Role = Role.COORDINATOR) -> httpx.Response:
    return await planning.client.post(path, data=form, headers=browser(planning, role))


async def test_the_calendar_declares_changes_and_cancels_a_group(planning: Planning) -> None:
    today = today_of(planning)
    starts_on = today + timedelta(days=14)
    form = {
        "insats": _COURSE,
        "group": "",
        "name": "Åkerös ACT ett 1",
        "capacity": "kurs",
        "seats": "",
        "days": "",
        "starts_on": starts_on.isoformat(),
        "sessions": "",
        "starts_at": "13:00",
        "minutes": "",
        "site": "",
        "leader_id": "lova",
        "opens_on": today.isoformat(),
        "closes_on": starts_on.isoformat(),
    }
    for wrong, said in (
        ({}, "utan siffror"),
        ({"name": "Åkerös ACT"}, "Ange hur många som får plats"),
        ({"name": "Åkerös ACT", "seats": "8", "days": "i morgon"}, "Skriv dagarna som"),
        ({"name": "Åkerös ACT", "seats": "8", "leader_id": "Lova Lots"}, "användarnamn"),
        ({"name": "Åkerös ACT", "seats": "8", "opens_on": ""}, "Ange när man kan anmälas"),
    ):
        refused = await _send(planning, "/tider/grupper/ny", form | wrong)
        assert refused.status_code == 422
        assert said in refused.text
        assert 'aria-invalid="true"' in refused.text
        assert "Åkerös ACT" in refused.text
    right = form | {"name": "Åkerös ACT", "seats": "8"}
    saved = await _send(planning, "/tider/grupper/ny", right)
    assert saved.headers["location"] == f"/tider/grupper?insats={_COURSE}&klar=sparad"
    assert "Det finns redan en grupp" in (await _send(planning, "/tider/grupper/ny", right)).text
    code = f"akeros-act-{starts_on}"
    page = await _page(planning, f"/tider/grupper?insats={_COURSE}&manad={starts_on}", Role.OFFICE)
    assert "Åkerös ACT" in page
    assert "7 av 7" in page
    assert "Ställ in" not in page
    as_it_is = await _page(planning, f"/tider/grupper/ny?insats={_COURSE}&grupp={code}")
    assert str(starts_on + timedelta(weeks=6)) in as_it_is
    more = "\n".join(str(starts_on + timedelta(weeks=week)) for week in range(8))
    changed = await _send(planning, "/tider/grupper/ny", right | {"group": code, "days": more})
    assert changed.status_code == 303, changed.text
    assert "8 av 8" in await _page(planning, f"/tider/grupper?insats={_COURSE}")
    gone = {"insats": _COURSE, "group": code, "reason": "too_few"}
    assert (await _send(planning, "/tider/grupper/stall-in", gone, Role.LOTS)).status_code == 403
    assert (await _send(planning, "/tider/grupper/stall-in", gone)).status_code == 303
    assert "Åkerös ACT" not in await _page(planning, f"/tider/grupper?insats={_COURSE}")
    assert "Gruppen är inställd" in await _page(planning, f"/tider/grupper/{GroupOf(_COURSE, code).group_id}")


async def test_a_groups_page_registers_a_session_in_one_post_and_corrects_it_in_the_next(planning: Planning) -> None:
    group_id, _ = await _declare(planning, 5)
    day = _days(planning)[1]
    cases = [await _accepted(planning, consents=number > 0) for number in range(3)]
    seats = [await _enrol(planning, case, group_id, _days(planning)[0]) for case in cases]
    at = f"/tider/grupper/{group_id}"
    assert "Vilka kom?" in await _page(planning, f"{at}?dag={day}", Role.LOTS)
    form = {"session_on": day.isoformat(), "listed": seats, "came": seats[:2]}
    sent = await _send(planning, f"{at}/narvaro", form, Role.LOTS)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{at}?klar=narvaro&dag={day}")
    assert (await _send(planning, f"{at}/narvaro", form, Role.LOTS)).status_code == 303, "sent twice, registered once"
    await _send(planning, f"{at}/narvaro", form | {"came": [seats[0], seats[2]]}, Role.LOTS)
    came = {each["enrolment_id"]: each["came"] for each in (await _group(planning, group_id))["participants"]}
    assert came == {seats[0]: [day.isoformat()], seats[1]: [], seats[2]: [day.isoformat()]}
    off = await _send(planning, f"{at}/stall-in", {"session_on": day.isoformat(), "reason": "registered_by_mistake"})
    assert off.status_code == 409
    assert "Ta tillbaka närvaron först" in off.text
    future = _days(planning)[-1].isoformat()
    refused = await _send(planning, f"{at}/narvaro", {"session_on": future, "listed": seats, "came": seats})
    assert refused.status_code == 422
    assert "ligger i framtiden" in refused.text
    called_off = await _send(planning, f"{at}/stall-in", {"session_on": future, "reason": "leader_away"})
    assert called_off.status_code == 303
    early = {"ended_on": day.isoformat(), "outcome": "withdrawn_before_start", "reason": ""}
    wrong = await _send(planning, f"{at}/{seats[1]}/slut", early)
    assert "haft en träff" in wrong.text
    done = await _send(planning, f"{at}/{seats[1]}/slut", early | {"outcome": "dropped_out", "reason": "health"})
    assert done.status_code == 303
    assert "hoppade av" in await _page(planning, at)


async def test_the_page_of_a_cases_seat(planning: Planning) -> None:
    day = _days(planning)[0]
    group_id, code = await _declare(planning, 1)
    await _held(planning, code, [day])
    full, case = await _accepted(planning), await _accepted(planning)
    seat = await _enrol(planning, full, group_id, day)
    assert "Ge plats i en grupp" in await case_pages.page(planning, case)
    at = f"/arenden/{case}/grupp"
    form = {"group_id": group_id, "enrolled_on": day.isoformat()}
    refused = await _send(planning, f"{at}/plats", form, Role.LOTS)
    assert refused.status_code == 409
    assert "Sätt deltagaren på reservlistan" in refused.text
    assert f'value="{day}"' in refused.text, "the form stays as it was filled in"
    assert (await _send(planning, f"{at}/reserv", {"group_id": group_id})).status_code == 303
    assert "Väntar på en plats" in await _page(planning, at)
    end = {"ended_on": day.isoformat(), "outcome": "completed", "reason": ""}
    await planning.done(full, "start", {"started_on": day.isoformat()})
    assert (await _send(planning, f"/arenden/{full}/grupp/{seat}/slut", end)).status_code == 303
    page = await _page(planning, f"/arenden/{full}/grupp")
    assert "Avsluta insatsen också" in page
    assert f"reason=completed&amp;exited_on={day}" in page
    assert "Först på reservlistan" in await _page(planning, f"/tider/grupper/{group_id}")
    assert (await _send(planning, f"{at}/plats", form)).status_code == 303
    assert "har plats" in await _page(planning, at)
    latest = (await planning.case(case)).json()["enrolments"][0]["latest_event"]
    undone = await _send(planning, f"/arenden/{case}/ratta/{latest}", {"reason": "wrong_person"})
    assert undone.status_code == 303
    assert "Står på reservlistan" in await case_pages.page(planning, case)
    assert (await _send(planning, f"{at}/inte-reserv", {})).status_code == 303
    assert (await _send(planning, f"{at}/inte-reserv", {})).status_code == 409


async def test_of_a_protected_person_the_pages_say_neither_the_case_nor_the_group(
    planning: Planning, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = _days(planning)[0]
    group_id, code = await _declare(planning, 2, name="Skärgården ACT")
    await _held(planning, code, [day])
    hidden, open_ = await _accepted(planning), await _accepted(planning)
    for case in (hidden, open_):
        await _enrol(planning, case, group_id, day)

    async def names(_client: NameClient, _cases: object, _token: str) -> Names:
        return Names({hidden: PROTECTED, open_: "Asta Öppensson"}, [hidden])

    monkeypatch.setattr(NameClient, "of", names)
    page = await _page(planning, f"/tider/grupper/{group_id}", Role.LOTS)
    assert str(hidden) not in page
    assert PROTECTED in page
    assert f'href="/arenden/{open_}/grupp">Asta Öppensson' in page
    own = await _page(planning, f"/arenden/{hidden}/grupp", Role.LOTS)
    assert "Skärgården ACT" not in own
    assert PLACE_WITHHELD in own
    assert "Skärgården ACT" in await _page(planning, f"/arenden/{open_}/grupp", Role.LOTS)


async def test_what_a_correction_of_an_end_would_lead_to_is_shown_first(planning: Planning) -> None:
    day = _days(planning)[0]
    group_id, code = await _declare(planning, 1)
    await _held(planning, code, [day])
    case = await _accepted(planning)
    seat = await _enrol(planning, case, group_id, day)
    ended = await planning.done(case, f"enrolments/{seat}/end", {"ended_on": day.isoformat(), "outcome": "completed"})
    page = await case_pages.page(planning, case, f"/ratta/{ended['events'][0]['id']}")
    assert "genomförde" in page


async def test_the_rows_are_what_the_oracle_reads_from_the_topics(planning: Planning) -> None:
    group_id, code = await _declare(planning, 3, site=None)
    days = _days(planning)
    await _held(planning, code, days[:2])
    off = {"insats": _COURSE, "group": code, "session_on": days[2].isoformat(), "reason": "no_premises"}
    assert (await _post(planning, "/sessions/cancel", off)).status_code == 201
    for number in range(3):
        case = await _accepted(planning, consents=number > 0)
        seat = await _enrol(planning, case, group_id, days[0])
        await planning.done(
            case, f"enrolments/{seat}/attendance", {"session_on": days[0].isoformat(), "attended": number != 1}
        )
    await planning.done(case, f"enrolments/{seat}/end", {"ended_on": days[1].isoformat(), "outcome": "completed"})
    await planning.done(await _accepted(planning), "group-reserve", {})
    await planning.appended(case)
    story = await read_story(planning.bootstrap)
    described = list(group_tables(story, story.cases(topics.PLANNING)))
    assert [table.name for table in described if not table.rows] == []
    async with planning.runtime.pool.acquire() as connection:
        assert [said for table in described for said in await table_differences(table, connection)] == []


async def test_indices_serve_the_list_the_count_and_the_reserve(planning: Planning) -> None:
    async with planning.runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        of = GroupOf(_COURSE, "act").group_id
        for question, values, index in (
            (group_store.LISTED, (_COURSE, date(2023, 1, 1), 10), "declared_group_by_end"),
            (group_store.COUNTED, (of, date(2023, 1, 1)), "group_seat_by_group"),
            (group_store.PARTICIPANTS, (of,), "group_seat_by_group"),
            (group_store.RESERVE, (_COURSE, of, 10), "group_reserve_oldest"),
        ):
            plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {question}", *values)
            assert index in json.dumps(json.loads(plan)), question
