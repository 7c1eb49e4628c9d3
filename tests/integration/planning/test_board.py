"""Sessions over HTTP and on the board: declared, full, another district's; and fifty who want the last seat."""

import asyncio
import itertools
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.codes import Role
from contracts.envelope import Fact
from contracts.events import local_date
from contracts.referral import ReferralAccepted
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.planning.web.pages import WAITING_SHOWN
from tests.integration.planning.planning import Planning
from tests.unit.planning import mother

_SESSIONS = "/api/planning/sessions"
_times = (f"{hour:02}:{minute:02}" for hour, minute in itertools.product(range(7, 20), range(0, 60, 5)))


@dataclass(frozen=True)
class Session:
    """A session of a day to come: each test has its own."""

    day: date
    team: str
    time: str

    @property
    def place(self) -> dict[str, str]:
        return {"insats": "finsam-team", "team": self.team, "meets_on": self.day.isoformat(), "starts_at": self.time}

    @property
    def choice(self) -> str:
        return f"{self.team} {self.day} {self.time}"


def _today(planning: Planning) -> date:
    return local_date(planning.now())


def _session(planning: Planning, team: str = "team-1", days: int = 1) -> Session:
    return Session(_today(planning) + timedelta(days=days), team, next(_times))


async def _declare(planning: Planning, session: Session, seats: int = 1, **more: Any) -> httpx.Response:
    body = {**session.place, "seats": seats, **more}
    return await planning.client.post(_SESSIONS, json=body, headers=planning.signed_in(Role.COORDINATOR))


async def _declared(planning: Planning, session: Session, seats: int = 1, **more: Any) -> dict[str, Any]:
    answer = await _declare(planning, session, seats, **more)
    assert answer.status_code == 201, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def _accepted(planning: Planning) -> UUID:
    case_id, today = uuid4(), _today(planning)
    facts: list[Fact] = [mother.referred_to(mother.FINSAM, today), ReferralAccepted(happened_on=today)]
    await planning.hear(case_id, facts)
    return case_id


def _browser(planning: Planning, role: Role = Role.COORDINATOR) -> dict[str, str]:
    tokens = LocalTokens(planning.runtime.settings.secrets["token_key"])
    token = tokens.issue(User(id="karin", name="Karin Koordinator", roles=frozenset({role})))
    return {"cookie": f"{COOKIE}={token}", "sec-fetch-site": "same-origin", "accept": "text/html"}


async def _page(planning: Planning, path: str, role: Role = Role.COORDINATOR) -> str:
    answer = await planning.client.get(f"/tider{path}", headers=_browser(planning, role))
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


async def _send(planning: Planning, path: str, form: dict[str, Any], role: Role = Role.COORDINATOR) -> httpx.Response:
    return await planning.client.post(f"/tider{path}", data=form, headers=_browser(planning, role))


async def _book(planning: Planning, case_id: UUID, session: Session, mode: str = "physical") -> httpx.Response:
    return await _send(planning, f"/arende/{case_id}/boka", {"session": session.choice, "mode": mode})


async def _seats(planning: Planning, session: Session) -> int:
    count: int = await planning.runtime.pool.fetchval(
        "SELECT count(*) FROM session_seat WHERE team = $1 AND meets_on = $2 AND to_char(starts_at, 'HH24:MI') = $3",
        *(session.team, session.day, session.time),
    )
    return count


async def test_of_fifty_who_want_the_last_seat_at_once_exactly_one_gets_it(planning: Planning) -> None:
    session = _session(planning)
    await _declared(planning, session)
    cases = [await _accepted(planning) for _ in range(50)]
    booking = {key: value for key, value in session.place.items() if key != "insats"} | {"mode": "phone"}
    answers = await asyncio.gather(*(planning.post(case_id, "meeting", booking) for case_id in cases))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"session_full"}
    assert await _seats(planning, session) == 1


async def test_the_last_seat_and_the_session_s_end_at_once_one_of_them_happens(planning: Planning) -> None:
    for _ in range(5):
        session, case_id = _session(planning, "team-3"), await _accepted(planning)
        await _declared(planning, session)
        cancelled, booked = await asyncio.gather(
            planning.client.post(
                f"{_SESSIONS}/cancel", json=session.place, headers=planning.signed_in(Role.COORDINATOR)
            ),
            _book(planning, case_id, session),
        )
        assert (cancelled.status_code, booked.status_code) in {(201, 409), (409, 303)}
        assert await _seats(planning, session) == (booked.status_code == 303)


async def test_a_session_has_a_stream_of_its_own_and_is_listed_while_it_has_room(planning: Planning) -> None:
    session = _session(planning, "team-2")
    said = await _declared(planning, session, area="farsta")
    assert [each["type"] for each in said["events"]] == ["CapacityDeclared"]
    again = await _declare(planning, session, area="farsta")
    assert (again.status_code, again.json()["code"]) == (409, "already_declared")
    listed = await planning.client.get(
        f"{_SESSIONS}?insats=finsam-team&limit=200", headers=planning.signed_in(Role.LOTS)
    )
    [found] = [
        each for each in listed.json()["items"] if (each["team"], each["starts_at"][:5]) == ("team-2", session.time)
    ]
    assert (found["seats"], found["taken"], found["free"], found["area"]) == (1, 0, 1, "farsta")
    [event] = await planning.appended(UUID(said["session_id"]))
    assert (event["sequence"], event["association"], event["data"]["seats"]) == (1, "stockholm", 1)


async def test_only_coordinators_change_sessions_and_seats(planning: Planning) -> None:
    session, case_id = _session(planning, "team-2"), await _accepted(planning)
    for role in (Role.LOTS, Role.OFFICE):
        assert "Lägg upp en tid" not in await _page(planning, "", role)
        answers = [
            await _send(planning, "/ny", {**session.place, "seats": 1}, role),
            await _send(planning, "/stall-in", session.place, role),
            await _send(planning, f"/arende/{case_id}/boka", {"session": session.choice, "mode": "phone"}, role),
        ]
        assert [answer.status_code for answer in answers] == [403, 403, 403]
    headers = {**_browser(planning), "sec-fetch-site": "cross-site"}
    crossed = await planning.client.post("/tider/ny", data={**session.place, "seats": 1}, headers=headers)
    assert crossed.status_code == 403
    assert await _seats(planning, session) == 0


async def test_from_the_waiting_list_to_a_seat_of_another_district_and_back(planning: Planning) -> None:
    # The board shows the fifty who have waited longest; other tests leave as many behind.
    await planning.runtime.pool.execute("DELETE FROM awaiting_seat")
    own, other = _session(planning, "team-1", days=2), _session(planning, "team-3", days=2)
    await _declared(planning, own, area="rinkeby-kista")
    await _declared(planning, other, area="farsta")
    first, second = await _accepted(planning), await _accepted(planning)
    page = await _page(planning, "")
    assert f'id="vantar-{first}"' in page
    assert f'href="/tider/arende/{first}"' in page
    assert (await _book(planning, first, own)).status_code == 303

    full = await _book(planning, second, own)
    assert full.status_code == 409
    assert "Mötestiden är full: högst 1 ärende." in full.text
    assert "Lediga platser just nu står nedan." in full.text
    assert f'value="{other.choice}"' in full.text
    assert f'value="{own.choice}"' not in full.text

    booked = await _book(planning, second, other)
    assert booked.headers["location"] == f"/tider/arende/{second}?klar=bokad"
    page = await _page(planning, f"/arende/{second}?klar=bokad")
    assert "Anmälaren får besked." in page
    assert f"klockan {other.time.replace(':', '.')}, Team 3, fysiskt" in page
    board = await _page(planning, f"?fran={other.day}")
    assert f'id="vantar-{second}"' not in board
    assert "1 plats: 0 lediga" in board
    [event] = await planning.appended(second)
    assert event["data"]["team"] == "team-3"

    gone = await _send(planning, f"/arende/{second}/avboka", {"orsak": "uteblev"})
    assert gone.headers["location"].endswith("klar=uteblev")
    assert await _seats(planning, other) == 0
    assert f'id="vantar-{second}"' in await _page(planning, "")


async def test_all_who_wait_are_shown_page_by_page_those_who_have_waited_longest_first(planning: Planning) -> None:
    await planning.runtime.pool.execute("DELETE FROM awaiting_seat")
    fill = """
    INSERT INTO awaiting_seat (case_id, insats, unit, referred_on, accepted_on)
    SELECT gen_random_uuid(), 'finsam-team', 'farsta', '2021-01-01', '2021-02-01'::date + nth / 7
    FROM generate_series(1, $1::integer) AS nth
    """
    await planning.runtime.pool.execute(fill, 2 * WAITING_SHOWN + 3)
    in_order = "SELECT case_id FROM awaiting_seat ORDER BY accepted_on, case_id"
    waiting = [str(row[0]) for row in await planning.runtime.pool.fetch(in_order)]
    page, shown = await _page(planning, ""), []
    assert "Visa de som väntat längst" not in page
    while True:
        shown += re.findall(r'<tr id="vantar-([^"]+)"', page)
        more = re.search(r'href="/tider([^"]+)#vantar">Visa fler<', page)
        if more is None:
            break
        # Whoever gets a seat meanwhile moves nobody.
        await planning.runtime.pool.execute("DELETE FROM awaiting_seat WHERE case_id = $1", UUID(shown[-1]))
        page = await _page(planning, more.group(1).replace("&amp;", "&"))
        assert "Visa de som väntat längst" in page
    # A case of an earlier test may have begun to wait meanwhile.
    assert [each for each in shown if each in waiting] == waiting
    beyond = await _page(planning, f"?antagen=2031-01-01&efter={uuid4()}")
    assert "Ingen fler väntar på en plats." in beyond
    await planning.runtime.pool.execute("DELETE FROM awaiting_seat")


async def test_a_seat_is_moved_and_a_meeting_held_on_its_day(planning: Planning) -> None:
    today, later = _session(planning, "team-2", days=0), _session(planning, "team-2", days=3)
    await _declared(planning, today)
    await _declared(planning, later)
    case_id = await _accepted(planning)
    assert (await _book(planning, case_id, later)).status_code == 303
    page = await _page(planning, f"/arende/{case_id}")
    assert "Flytta till en annan tid" in page
    assert "Mötet har hållits" not in page
    assert (await _book(planning, case_id, today, "phone")).status_code == 303
    assert [await _seats(planning, each) for each in (later, today)] == [0, 1]
    assert "Mötet har hållits" in await _page(planning, f"/arende/{case_id}")
    assert (await _send(planning, f"/arende/{case_id}/hallet", {})).status_code == 303
    assert "hållet" in await _page(planning, f"?fran={today.day}")


async def test_a_session_is_declared_changed_and_cancelled_by_form(planning: Planning) -> None:
    session = _session(planning, "team-3", days=4)
    form = {**session.place, "seats": 1, "reserved": 1, "reserved_for": "phone", "area": "farsta"}
    assert (await _send(planning, "/ny", form)).headers["location"].endswith("klar=upplagd")
    board = await _page(planning, f"?fran={session.day}&klar=upplagd")
    assert "Mötestiden är sparad." in board
    assert "1 plats: 0 lediga, 1 reserverad för telefon" in board
    case_id = await _accepted(planning)
    refused = await _book(planning, case_id, session, "physical")
    assert "De platser som är kvar på mötestiden är reserverade." in refused.text
    address = f"/ny?insats=finsam-team&team=team-3&dag={session.day}&tid={session.time}"
    page = await _page(planning, address)
    assert '<option value="farsta" selected>' in page
    assert (await _send(planning, "/ny", {**form, "reserved": 0})).status_code == 303
    too_many = await _send(planning, "/ny", {**form, "seats": 2})
    assert too_many.status_code == 422
    assert "En mötestid har en plats den dagen." in too_many.text
    assert (await _book(planning, case_id, session)).status_code == 303
    taken = await _send(planning, "/stall-in", session.place)
    assert (taken.status_code, "Flytta eller avboka dem först" in taken.text) == (409, True)
    await _send(planning, f"/arende/{case_id}/avboka", {"orsak": "avbokad"})
    assert (await _send(planning, "/stall-in", session.place)).headers["location"].endswith("klar=installd")
    cancelled = await _book(planning, case_id, session)
    assert "Mötestiden är inställd. Välj en annan." in cancelled.text


async def test_a_session_nobody_declared_is_on_the_board_while_it_has_seats(planning: Planning) -> None:
    session, case_id = _session(planning, "team-1", days=5), await _accepted(planning)
    assert (await _book(planning, case_id, session)).status_code == 303
    assert "inte upplagd" in await _page(planning, f"?fran={session.day}")


async def test_a_case_that_is_not_accepted_gets_no_seat(planning: Planning) -> None:
    case_id = uuid4()
    await planning.hear(case_id, [mother.referred_to(mother.FINSAM, _today(planning))])
    page = await _page(planning, f"/arende/{case_id}")
    assert "En plats kan bokas när anmälan är antagen" in page
    refused = await _book(planning, case_id, _session(planning))
    assert (refused.status_code, "Anmälan är inte antagen än." in refused.text) == (409, True)
    unknown = await planning.client.get(f"/tider/arende/{uuid4()}", headers=_browser(planning))
    assert unknown.status_code == 404


async def test_the_start_page_is_told_of_todays_meetings_and_of_who_waits_for_one(planning: Planning) -> None:
    session = _session(planning, days=0)
    await _declared(planning, session)
    case_id, _waiting = await _accepted(planning), await _accepted(planning)
    assert (await _book(planning, case_id, session)).status_code == 303
    headers = planning.signed_in(Role.OFFICE)
    said = (await planning.client.get("/api/planning/to-do", headers=headers)).json()
    [today] = [item for item in said if session.time.replace(":", ".") in item["text"]]
    assert (today["part"], today["count"]) == ("today", 1)
    assert str(case_id) in await _page(planning, today["href"].removeprefix("/tider"), Role.OFFICE)
    [waits] = [item for item in said if item["part"] == "team"]
    board = await _page(planning, waits["href"].removeprefix("/tider"), Role.OFFICE)
    assert waits["count"] == await planning.runtime.pool.fetchval("SELECT count(*) FROM awaiting_seat")
    assert str(waits["count"]) in board
