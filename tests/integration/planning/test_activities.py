"""Activities and places over HTTP and on their pages: the last place, and what a page says of a refusal."""

import asyncio
import itertools
import json
import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.codes import Role
from contracts.events import local_date
from contracts.referral import Attributes, ConsentGiven, ConsentRefused, ReferralAccepted
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.planning import place_store
from services.planning.domain.places import Supplier
from tests.integration.planning.planning import Planning
from tests.unit.planning import mother

_names = (f"leverantor-{number}" for number in itertools.count(1))
_WANTING = 20


def _today(planning: Planning) -> date:
    return local_date(planning.now())


def _browser(planning: Planning, role: Role = Role.COORDINATOR) -> dict[str, str]:
    tokens = LocalTokens(planning.runtime.settings.secrets["token_key"])
    token = tokens.issue(User(id="karin", name="Karin Koordinator", roles=frozenset({role})))
    return {"cookie": f"{COOKIE}={token}", "sec-fetch-site": "same-origin", "accept": "text/html"}


async def _declare(planning: Planning, supplier: str, seats: int, **more: Any) -> httpx.Response:
    body = {"insats": "arbetstraning", "supplier": supplier, "name": "Verkstaden", "seats": seats, **more}
    headers = planning.signed_in(Role.COORDINATOR)
    return await planning.client.post("/api/planning/places", json=body, headers=headers)


async def _places(planning: Planning, seats: int) -> str:
    answer = await _declare(planning, next(_names), seats)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["place_id"])


async def _planned(
    planning: Planning, kind: str = "work_training", insats: str = "aktivitetsplatsen"
) -> tuple[UUID, str]:
    """A case that has just been accepted, with one activity planned."""
    case_id, today = uuid4(), _today(planning)
    given = ConsentGiven(happened_on=today, attributes=Attributes())
    facts = [mother.referred_to(insats, today), given, ReferralAccepted(happened_on=today)]
    await planning.hear(case_id, facts)
    activities = [{"responsible": "kommun", "kind": kind, "due_on": (today + timedelta(days=60)).isoformat()}]
    made = await planning.done(case_id, "samplan", {"activities": activities})
    return case_id, str(made["activities"][0]["activity_id"])


async def _listed(planning: Planning, place_id: str) -> dict[str, Any]:
    answer = await planning.client.get(
        "/api/planning/places?insats=arbetstraning&limit=200", headers=planning.signed_in(Role.OFFICE)
    )
    found: list[dict[str, Any]] = [each for each in answer.json()["items"] if each["place_id"] == place_id]
    return found[0]


async def test_of_many_who_want_the_last_place_one_gets_it(planning: Planning) -> None:
    place_id = await _places(planning, 1)
    cases = [await _planned(planning) for _ in range(_WANTING)]
    answers = await asyncio.gather(
        *(planning.post(case, f"activities/{activity}/start", {"place_id": place_id}) for case, activity in cases)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (_WANTING - 1)
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"place_full"}
    listed = await _listed(planning, place_id)
    assert (listed["taken"], listed["free"]) == (1, 0)
    assert listed["free_from"] == (_today(planning) + timedelta(days=60)).isoformat(), "when the plan says it is done"


async def test_a_place_is_free_again_when_the_activity_ends_and_not_given_back_when_taken(planning: Planning) -> None:
    place_id = await _places(planning, 1)
    (one, first), (two, second) = [await _planned(planning) for _ in range(2)]
    await planning.done(one, f"activities/{first}/start", {"place_id": place_id})
    ended = await planning.done(one, f"activities/{first}/cancel", {"reason": "health"})
    await planning.done(two, f"activities/{second}/start", {"place_id": place_id})
    correction = {"event_id": ended["events"][0]["id"], "reason": "wrong_person"}
    refused = await planning.post(one, "registered-in-error", correction)
    assert (refused.status_code, refused.json()["code"]) == (409, "place_full")
    await planning.done(two, f"activities/{second}/complete", {"extent": "fully"})
    await planning.done(one, "registered-in-error", correction)
    assert (await _listed(planning, place_id))["taken"] == 1


async def test_fewer_places_than_are_taken_and_none_at_all_are_refused(planning: Planning) -> None:
    supplier = next(_names)
    place_id = str((await _declare(planning, supplier, 2)).json()["place_id"])
    assert (await _declare(planning, supplier, 2)).json()["code"] == "already_declared"
    for _ in range(2):
        case, activity = await _planned(planning)
        await planning.done(case, f"activities/{activity}/start", {"place_id": place_id})
    assert (await _declare(planning, supplier, 1)).json()["code"] == "places_taken"
    body, headers = {"insats": "arbetstraning", "supplier": supplier}, planning.signed_in(Role.COORDINATOR)
    withdrawn = await planning.client.post("/api/planning/places/withdraw", json=body, headers=headers)
    assert withdrawn.json()["code"] == "places_taken"
    assert (await _declare(planning, supplier, 3)).status_code == 201
    assert (await _listed(planning, place_id))["free"] == 1


async def test_the_api_tells_no_unit_and_no_place_of_a_case(planning: Planning) -> None:
    place_id = await _places(planning, 1)
    case, activity = await _planned(planning)
    await planning.done(case, f"activities/{activity}/start", {"place_id": place_id})
    assert place_id not in (await planning.case(case)).text


async def test_attendance_of_somebody_who_does_not_consent_stays_here(planning: Planning) -> None:
    case, today = uuid4(), _today(planning)
    refused = ConsentRefused(happened_on=today)
    facts = [mother.referred_to("samordnat-stod", today), refused, ReferralAccepted(happened_on=today)]
    await planning.hear(case, facts)
    made = await planning.done(case, "samplan", {"activities": [{"responsible": "kommun", "kind": "teaching"}]})
    path = f"activities/{made['activities'][0]['activity_id']}"
    await planning.done(case, f"{path}/start", {"hours_per_week": 13.5})
    day = today.isoformat()
    record = {"from_on": day, "to_on": day, "weeks": 1, "hours_offered": 13.5, "hours_attended": 9}
    await planning.done(case, f"{path}/attendance", record)
    seen = (await planning.case(case)).json()["plans"][0]["activities"][0]
    assert (seen["hours_per_week"], seen["attendance"][0]["hours_attended"]) == (13.5, 9)
    told = {each["type"]: each["data"] for each in await planning.appended(case)}
    assert told["ActivityStarted"]["hours_per_week"] is None
    assert told["AttendanceRecorded"]["hours_offered"] is None


async def _page(planning: Planning, path: str, role: Role = Role.COORDINATOR) -> str:
    answer = await planning.client.get(path, headers=_browser(planning, role))
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


async def _send(planning: Planning, path: str, form: dict[str, str], role: Role = Role.COORDINATOR) -> httpx.Response:
    return await planning.client.post(path, data=form, headers=_browser(planning, role))


async def test_the_page_of_activities_registers_and_says_what_is_wrong_in_the_form(planning: Planning) -> None:
    await _places(planning, 1)
    case, activity = await _planned(planning)
    at, day = f"/arenden/{case}/aktiviteter", _today(planning).isoformat()
    page = await _page(planning, at, Role.LOTS)
    assert "Arbetsträning" in page
    assert "Verkstaden: 1 ledig" in page
    refused = await _send(planning, f"{at}/{activity}/borjat", {"started_on": day, "place_id": ""})
    assert refused.status_code == 422
    assert "Välj den plats som aktiviteten tar." in refused.text
    assert 'aria-invalid="true"' in refused.text
    waits = {"since": day, "reason": "waits_for_party", "waits_for": "region"}
    answer = await _send(planning, f"{at}/{activity}/vantar", waits, Role.LOTS)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{at}?klar=vantar")
    assert "väntar på en annan part (regionen)" in await _page(planning, at)
    latest = (await planning.case(case)).json()["plans"][0]["activities"][0]["latest_event"]
    assert (await _send(planning, f"{at}/{activity}/tillbaka", {"event_id": latest})).status_code == 303
    assert "väntar på en annan part (regionen)" not in await _page(planning, at)
    gone = await _send(planning, f"{at}/{activity}/inte-genomford", {"cancelled_on": day, "reason": "place_full"})
    assert gone.status_code == 303
    assert "inte genomförd: inga lediga platser" in await _page(planning, at)


async def test_hours_are_written_with_a_comma(planning: Planning) -> None:
    case, activity = await _planned(planning, "teaching", "samordnat-stod")
    at, day = f"/arenden/{case}/aktiviteter", _today(planning).isoformat()
    started = await _send(planning, f"{at}/{activity}/borjat", {"started_on": day, "hours_per_week": "13,5"})
    assert started.status_code == 303, started.text
    form = {"from_on": day, "to_on": day, "weeks": "1", "hours_offered": "12,5", "hours_attended": "14"}
    refused = await _send(planning, f"{at}/{activity}/narvaro", form)
    assert refused.status_code == 422
    assert "Rätta, eller markera att det stämmer." in refused.text
    assert 'value="12.5"' in refused.text, "the form stays as it was filled in"
    assert (
        await _send(planning, f"{at}/{activity}/narvaro", {**form, "more_than_offered": "true"})
    ).status_code == 303
    page = await _page(planning, at)
    assert "13,5 timmar i veckan" in page
    assert "(fler än erbjudna)" in page


async def test_the_page_of_places(planning: Planning) -> None:
    day = (_today(planning) + timedelta(days=9)).isoformat()
    form = {
        "insats": "arbetstraning",
        "supplier": "",
        "name": "Åkerös Träd & Trädgård",
        "seats": "0",
        "free_from": day,
    }
    refused = await _send(planning, "/tider/platser/ny", form)
    assert refused.status_code == 422
    assert "Ange antalet platser" in refused.text
    assert "Träd &amp; Trädgård" in refused.text
    saved = await _send(planning, "/tider/platser/ny", {**form, "seats": "3"})
    assert saved.headers["location"] == "/tider/platser?insats=arbetstraning&klar=sparade"
    page = await _page(planning, "/tider/platser", Role.OFFICE)
    assert "Åkerös Träd &amp; Trädgård" in page
    assert "Ta bort" not in page
    code = "akeros-trad-tradgard"
    assert 'value="3"' in await _page(planning, f"/tider/platser/ny?leverantor={code}")
    assert (await _send(planning, "/tider/platser/ny", form, Role.LOTS)).status_code == 403
    await _send(planning, "/tider/platser/ta-bort", {"insats": "arbetstraning", "supplier": code})
    assert "Åkerös" not in await _page(planning, "/tider/platser")


async def test_indices_serve_the_list_and_the_count(planning: Planning) -> None:
    async with planning.runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        of = Supplier("arbetstraning", "verkstaden").place_id
        for question, values, index in (
            (place_store.LISTED, ("arbetstraning", 10), "place_by_name"),
            (place_store.OTHERS, (of,), "taken_place_by_place"),
        ):
            plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {question}", *values)
            assert index in json.dumps(json.loads(plan)), question
