"""Absences and hand-overs on the pages and at the door, on one case of whose follow-ups two are a coordinator's."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest_asyncio

from contracts.codes import Role
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from services.chassis.auth import LocalTokens, User
from services.followup import notice_store
from services.followup.notice_store import Subscription
from tests.integration.followup.place import Json, Place, Service, appended_kinds, make_place, plan, running

TODAY = date(2021, 9, 14)
ABSENCE = "/uppfoljningar/franvaro"
LEAVING = "/uppfoljningar/lamna-over"


@pytest_asyncio.fixture(scope="module")
async def office(
    kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path, tmp_path_factory: Any
) -> AsyncIterator[tuple[Service, Place]]:
    place = make_place(kafka, postgres, secrets_file, tmp_path_factory.mktemp("absences"))
    place.set_clock(TODAY)
    async with running(place) as service:
        yield service, place


class Person:
    """Somebody who is signed in and has taken over what a test gave them."""

    def __init__(self, service: Service, place: Place, role: Role = Role.LOTS) -> None:
        self.id = f"u{uuid4().hex[:10]}"
        self._service = service
        tokens = LocalTokens(place.settings.secrets["token_key"])
        self._token = tokens.issue(User(self.id, "Test", frozenset({role})))

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with self._service.browser(Role.LOTS) as client:
            client.headers["cookie"] = f"samspel_session={self._token}"
            del client.headers["hx-request"]
            yield client

    async def page(self, path: str) -> str:
        async with self._client() as client:
            answer = await client.get(path)
            assert answer.status_code == 200, answer.text
            return re.sub(r"\s+", " ", answer.text)

    async def sends(self, path: str, **form: Any) -> httpx.Response:
        async with self._client() as client:
            return await client.post(path, data=form)

    async def asks(self, path: str, body: Json) -> httpx.Response:
        async with self._client() as client:
            headers = {"authorization": f"Bearer {self._token}"}
            return await client.post(path, json=body, headers=headers)

    async def reads(self, path: str) -> Json:
        async with self._client() as client:
            return dict((await client.get(path, headers={"authorization": f"Bearer {self._token}"})).json())

    async def _late_by_the_start_page(self) -> int:
        async with self._client() as client:
            said = (await client.get("/api/followup/to-do")).json()
        [late] = [each["count"] for each in said if each["part"] == "mine" and each["late"]]
        return int(late)

    async def mine(self) -> tuple[set[str], Json]:
        """Whose follow-ups stand in the own list, and how many by due status; all who count say the same."""
        found = await self.reads("/api/followup/work-list/mine")
        page = await self.page("/uppfoljningar?roll=mina")
        assert await self._late_by_the_start_page() == found["counts"]["overdue"]
        digest = Subscription(self.id, Role.LOTS, "nobody@example.org", TODAY)
        told = await notice_store.numbers(self._service.pool, digest, TODAY)
        assert told.own_overdue == found["counts"]["overdue"]
        for status, number in found["counts"].items():
            assert f'id="count-{status}">{number}<' in page
        return {each["worker_id"] for each in found["items"]}, found["counts"]


async def _taken(service: Service, place: Place, worker: Person) -> list[str]:
    """The six- and twelve-month follow-ups of a new case, which the worker takes over."""
    case_id = uuid4()
    await place.append(case_id, plan(date(2021, 3, 1)))
    found = await service.follow_ups(case_id, "overdue", "overdue", "upcoming")
    await appended_kinds(place, case_id, 12)
    ids = [found[months]["follow_up_id"] for months in (6, 12)]
    for each in ids:
        assert (await worker.sends(f"/uppfoljningar/{each}/ta-over")).status_code == 303
    return ids


async def test_while_a_worker_is_away_what_is_hers_stands_in_the_substitutes_list_too(
    office: tuple[Service, Place],
) -> None:
    service, place = office
    ada, bo, cilla = (Person(service, place) for _ in range(3))
    six, twelve = await _taken(service, place, ada)
    assert await bo.mine() == (set(), {"upcoming": 0, "due": 0, "overdue": 0})
    leave = {"worker_id": ada.id, "first_day": "2021-09-13", "last_day": "2021-09-20", "substitute": bo.id}
    saved = await ada.sends(ABSENCE, **leave)
    assert saved.headers["location"] == f"{ABSENCE}?klar=sparad"
    assert "Frånvaron är sparad." in await ada.page(saved.headers["location"])
    again = await ada.sends(ABSENCE, **leave)
    assert (again.status_code, "redan registrerad" in again.text) == (409, True)

    hers = ({ada.id}, {"upcoming": 1, "due": 0, "overdue": 1})
    assert await ada.mine() == hers
    assert await bo.mine() == hers
    assert f"för {ada.id}, borta t.o.m. 20 september 2021" in await bo.page("/uppfoljningar?roll=mina")
    assert f"för {ada.id}" in await bo.page("/uppfoljningar/kommande?roll=mina")
    assert f"borta t.o.m. 20 september 2021, ersätts av {bo.id}" in await ada.page(f"/uppfoljningar/{six}")
    assert (await bo.reads("/api/followup/absences"))["stood_in_for"] == [ada.id]

    # The substitute is away as well: theirs does it. Who does one is known by who did it.
    away = {"first_day": "2021-09-14", "last_day": "2021-09-14", "substitute": cilla.id}
    assert (await bo.asks("/api/followup/absences", away)).status_code == 201
    assert await bo.mine() == (set(), {"upcoming": 0, "due": 0, "overdue": 0})
    assert await cilla.mine() == hers
    circle = {"first_day": "2021-09-14", "last_day": "2021-09-14", "substitute": ada.id}
    refused = await cilla.asks("/api/followup/absences", circle)
    assert (refused.status_code, refused.json()["code"]) == (422, "substitutes_in_a_circle")
    done = await cilla.asks(f"/api/followup/follow-ups/{six}/complete", {"result": "all"})
    assert done.status_code == 201
    by = await service.pool_says(
        f"SELECT convert_from(value, 'UTF8')::jsonb ->> 'actor' FROM event WHERE event_id = '{done.json()['events'][-1]['id']}'"  # noqa: E501, S608
    )
    assert by == f"worker:{cilla.id}:lots"
    assert await ada.mine() == ({ada.id}, {"upcoming": 1, "due": 0, "overdue": 0})

    # Back: hers alone again, and no follow-up has an event of it.
    [absence_id] = [
        each["absence_id"]
        for each in (await ada.reads("/api/followup/absences"))["items"]
        if each["worker_id"] == ada.id
    ]
    back = await ada.sends(f"{ABSENCE}/{absence_id}/slut", back_on="2021-09-14")
    assert back.headers["location"] == f"{ABSENCE}?klar=slut"
    assert (await cilla.mine())[0] == set()
    assert (await ada.mine())[0] == {ada.id}
    item = (await ada.reads("/api/followup/work-list/mine"))["items"][0]
    assert item["follow_up_id"] == twelve
    types = await service.pool_lists(
        "SELECT type FROM event WHERE type IN ('WorkerAbsent', 'AbsenceEnded', 'FollowUpTakenOver') ORDER BY recorded"
    )
    assert types == [*["FollowUpTakenOver"] * 2, *["WorkerAbsent"] * 2, "AbsenceEnded"]


async def test_only_a_coordinator_registers_and_ends_anothers_absence(office: tuple[Service, Place]) -> None:
    service, place = office
    karin, ada, bo = Person(service, place, Role.COORDINATOR), Person(service, place), Person(service, place)
    leave = {"worker_id": ada.id, "first_day": "2021-10-04", "last_day": "2021-10-08", "substitute": bo.id}
    refused = await bo.asks("/api/followup/absences", leave)
    assert (refused.status_code, refused.json()["code"]) == (403, "another_workers")
    reversed_ = await karin.sends(ABSENCE, **{**leave, "last_day": "2021-10-01"})
    assert (reversed_.status_code, "före första dagen" in reversed_.text) == (422, True)
    assert f'value="{ada.id}"' in reversed_.text
    absence_id = (await karin.asks("/api/followup/absences", leave)).json()["absence_id"]
    end = f"/api/followup/absences/{absence_id}/end"
    assert (await bo.asks(end, {"back_on": "2021-10-04"})).status_code == 403
    assert f"{ABSENCE}/{absence_id}/slut" not in await bo.page(ABSENCE)
    assert "Ta tillbaka" in await karin.page(ABSENCE)
    assert (await karin.asks(end, {"back_on": "2021-10-04"})).status_code == 201
    assert (await karin.asks(end, {"back_on": "2021-10-04"})).json()["code"] == "absence_ended"
    assert (await karin.asks(end.replace(absence_id, str(UUID(int=7))), {})).status_code == 404
    assert absence_id not in await karin.page(ABSENCE)


async def test_what_who_leaves_has_taken_over_is_offered_piece_by_piece(office: tuple[Service, Place]) -> None:
    service, place = office
    karin, ada, bo, cilla = Person(service, place, Role.COORDINATOR), *(Person(service, place) for _ in range(3))
    six, twelve = await _taken(service, place, ada)
    assert "Det finns också 2 uppföljningar" in await ada.page(f"{LEAVING}/antal")
    page = await karin.page(f"{LEAVING}?av={ada.id}")
    assert re.findall(r'name="chosen" value="([^"]+)"', page) == [six, twelve]
    assert f'href="/mina-deltagare/overlamna?av={ada.id}"' in page
    form = {"av": ada.id, "to": bo.id, "chosen": [six, twelve], "row": [six, twelve], "receiver": ["", cilla.id]}
    assert (await bo.sends(LEAVING, **form)).status_code == 403
    nothing = await karin.sends(LEAVING, av=ada.id, to=bo.id)
    assert (nothing.status_code, "Kryssa för minst en i listan." in nothing.text) == (422, True)
    for _ in range(2):  # pressed twice it changes nothing, and says the same
        offered = await karin.sends(LEAVING, **form)
        assert offered.headers["location"] == f"{LEAVING}?av={ada.id}&klara=2"
    assert "2 uppföljningar väntar nu på kollegans svar" in await karin.page(offered.headers["location"])

    taken = await bo.sends("/uppfoljningar/ta-over", chosen=[six, twelve])
    assert taken.headers["location"] == "/uppfoljningar?roll=mina&tagna=1&nekade=1"
    page = await bo.page(taken.headers["location"])
    assert "Du har tagit över 1 uppföljning. 1 uppföljning gick inte att ta över" in page
    declined = await cilla.asks(f"/api/followup/follow-ups/{twelve}/decline", {"reason": "caseload_full"})
    assert declined.status_code == 201
    page = await ada.page(LEAVING)
    assert f"avböjd av {cilla.id}" in page
    assert re.search(rf"{bo.id} <span[^>]*>[^<]+</span></td> <td data-label=\"Svar\">övertagen", page)
    stale = await ada.sends(LEAVING, **{**form, "to": cilla.id})
    assert stale.status_code == 200
    assert "1 gick inte att erbjuda" in stale.text
    assert f"Uppföljningen är någon annans nu: {bo.id}." in stale.text
    assert "1 uppföljning väntar nu" in stale.text
