"""Support at the door: assigned at the limit, handed over with acceptance, listed, and on the pages."""

import asyncio
import re
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.codes import Role
from contracts.events import local_date
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.planning import handover_store, support_store
from tests.integration.planning.planning import Planning
from tests.unit.planning.mother import MIA, accepted, consented, referred_to, returned

_SINCE: Final = "2021-03-10"
_LIMIT: Final = 20


class Person:
    """Somebody who is signed in, by the API and in a browser."""

    def __init__(self, planning: Planning, name: str, role: Role = Role.LOTS) -> None:
        self.id = name
        self._planning = planning
        tokens = LocalTokens(planning.runtime.settings.secrets["token_key"])
        self._token = tokens.issue(User(name, "Test", frozenset({role})))

    async def asks(self, case_id: UUID, what: str, **body: Any) -> httpx.Response:
        return await self._planning.client.post(
            f"/api/planning/cases/{case_id}/{what}", json=body, headers={"authorization": f"Bearer {self._token}"}
        )

    async def does(self, case_id: UUID, what: str, **body: Any) -> list[str]:
        """Carries out what must succeed; the types of what was appended."""
        answer = await self.asks(case_id, what, **body)
        assert answer.status_code == 201, answer.text
        return [each["type"] for each in answer.json()["events"]]

    async def supports(self) -> dict[str, list[dict[str, Any]]]:
        headers = {"authorization": f"Bearer {self._token}"}
        answer = await self._planning.client.get("/api/planning/supports", headers=headers)
        said: dict[str, list[dict[str, Any]]] = answer.json()
        return said

    async def own_to_do(self) -> dict[str, int]:
        headers = {"authorization": f"Bearer {self._token}"}
        answer = await self._planning.client.get("/api/planning/to-do", headers=headers)
        return {item["text"]: item["count"] for item in answer.json() if item["part"] == "mine"}

    def _browser(self) -> dict[str, str]:
        return {
            "cookie": f"{COOKIE}={self._token}",
            "sec-fetch-site": "same-origin",
            "accept": "text/html",
        }

    async def page(self, path: str) -> str:
        answer = await self._planning.client.get(path, headers=self._browser())
        assert answer.status_code == 200, answer.text
        return re.sub(r"\s+", " ", answer.text)

    async def sends(self, path: str, **form: Any) -> httpx.Response:
        return await self._planning.client.post(path, data=form, headers=self._browser())


def _new(planning: Planning, role: Role = Role.LOTS) -> Person:
    """Somebody whom no other test knows."""
    return Person(planning, f"u{uuid4().hex[:10]}", role)


async def _case(planning: Planning) -> UUID:
    """A case of MIA Vidare that has been introduced: its case managers have some twenty participants each."""
    case_id = uuid4()
    await planning.hear(case_id, [referred_to(MIA), consented, accepted])
    introduction = {"booked_on": "2021-02-12", "meets_on": "2021-03-01", "mode": "physical"}
    await planning.done(case_id, "meeting", introduction)
    await planning.done(case_id, "meeting/held", {})
    return case_id


async def _supported(planning: Planning, worker: Person) -> UUID:
    case_id = await _case(planning)
    await planning.done(case_id, "support", _assignment(worker))
    return case_id


def _assignment(worker: Person, **more: Any) -> dict[str, Any]:
    return {"assigned_on": _SINCE, "role": "case-manager", "worker_id": worker.id, **more}


async def _rows(planning: Planning, case_id: UUID) -> list[tuple[Any, ...]]:
    rows = await planning.runtime.pool.fetch(
        "SELECT worker_id, offered_to, next_what, next_on FROM ongoing_support WHERE case_id = $1", case_id
    )
    return [tuple(row) for row in rows]


async def test_the_start_page_is_told_of_ones_participants_and_of_what_one_is_asked(planning: Planning) -> None:
    ada, bo = _new(planning), _new(planning)
    case_id = await _supported(planning, ada)
    await ada.does(case_id, "support/handover", role="case-manager", to=bo.id)
    assert (await ada.own_to_do()) == {"deltagare som du stödjer": 1, "deltagare som kollegor ber dig ta över": 0}
    assert (await bo.own_to_do()) == {"deltagare som du stödjer": 0, "deltagare som kollegor ber dig ta över": 1}


async def test_a_support_is_handed_over_to_a_colleague_who_accepts(planning: Planning) -> None:
    ada, bo, cilla = (_new(planning) for _ in range(3))
    case_id = await _supported(planning, ada)
    offered = await ada.does(case_id, "support/handover", role="case-manager", to=bo.id)
    assert offered == ["SupportHandoverOffered"]
    [waiting] = (await bo.supports())["offered"]
    assert (waiting["case_id"], waiting["worker_id"], waiting["offered_to"]) == (str(case_id), ada.id, bo.id)
    assert [each["case_id"] for each in (await ada.supports())["supports"]] == [str(case_id)]

    answer = await cilla.asks(case_id, "support/handover/accept", role="case-manager")
    assert (answer.status_code, answer.json()["code"]) == (403, "offered_to_another")
    handed = await bo.does(case_id, "support/handover/accept", role="case-manager")
    assert handed == ["SupportHandedOver", "SupportEnded", "SupportAssigned"]
    again = await bo.asks(case_id, "support/handover/accept", role="case-manager")
    assert (again.status_code, again.json()["code"]) == (409, "no_offer")

    assert (await ada.supports())["supports"] == []
    mine = await bo.supports()
    assert [each["case_id"] for each in mine["supports"]] == [str(case_id)]
    assert mine["offered"] == []
    handed_over, ended, begun = (await planning.appended(case_id))[-3:]
    assert (ended["causationid"], begun["causationid"]) == (handed_over["id"], handed_over["id"])
    assert handed_over["actor"] == f"worker:{bo.id}:lots"
    assert begun["data"]["support_id"] == handed_over["data"]["continued_by"]

    await planning.done(case_id, "registered-in-error", {"event_id": handed_over["id"], "reason": "wrong_person"})
    assert await _rows(planning, case_id) == [(ada.id, bo.id, None, None)]


async def test_declined_and_withdrawn_it_stays(planning: Planning) -> None:
    ada, bo = _new(planning), _new(planning)
    case_id = await _supported(planning, ada)
    await ada.does(case_id, "support/handover", role="case-manager", to=bo.id)
    await bo.does(case_id, "support/handover/decline", role="case-manager", reason="caseload_full")
    assert await _rows(planning, case_id) == [(ada.id, None, None, None)]
    await ada.does(case_id, "support/handover", role="case-manager", to=bo.id)
    await ada.does(case_id, "support/handover/withdraw", role="case-manager")
    assert await _rows(planning, case_id) == [(ada.id, None, None, None)]
    assert (await bo.supports())["offered"] == []


async def test_of_two_who_answer_at_once_one_is_heard(planning: Planning) -> None:
    ada, bo = _new(planning), _new(planning)
    case_id = await _supported(planning, ada)
    await ada.does(case_id, "support/handover", role="case-manager", to=bo.id)
    answers = await asyncio.gather(
        bo.asks(case_id, "support/handover/accept", role="case-manager"),
        ada.asks(case_id, "support/handover/withdraw", role="case-manager"),
        bo.asks(case_id, "support/handover/decline", role="case-manager", reason="other"),
    )
    assert sorted(each.status_code for each in answers) == [201, 409, 409]
    holder = bo.id if answers[0].status_code == 201 else ada.id
    assert await _rows(planning, case_id) == [(holder, None, None, None)]


async def test_of_two_assignments_at_once_one_gets_the_last_place(planning: Planning) -> None:
    full = _new(planning)
    await _fill(planning, full, _LIMIT - 1)
    cases = [await _case(planning) for _ in range(3)]
    answers = await asyncio.gather(*(planning.post(each, "support", _assignment(full)) for each in cases))
    assert sorted(each.status_code for each in answers) == [201, 409, 409]
    refused = next(place for place, each in enumerate(answers) if each.status_code == 409)
    assert answers[refused].json()["code"] == "caseload_full"
    assert "gränsen är 20" in answers[refused].json()["detail"]
    await planning.done(cases[refused], "support", _assignment(full, beyond_limit=True))
    assert await _caseload(planning, full) == (_LIMIT + 1, _LIMIT)


async def _fill(planning: Planning, worker: Person, number: int) -> None:
    """Gives a worker as many other participants, as rows: how they came to them matters to nobody here."""
    await planning.runtime.pool.execute(
        """
        INSERT INTO ongoing_support (support_id, case_id, insats, role, worker_id, since)
        SELECT gen_random_uuid(), gen_random_uuid(), 'mia-vidare', 'case-manager', $1, date '2021-03-01'
        FROM generate_series(1, $2)
        """,
        worker.id,
        number,
    )


async def _caseload(planning: Planning, worker: Person) -> tuple[int, int | None]:
    headers = planning.signed_in(Role.OFFICE)
    answer = await planning.client.get("/api/planning/caseloads?limit=2000", headers=headers)
    [found] = [each for each in answer.json() if each["worker_id"] == worker.id]
    return found["cases"], found["limit"]


async def test_a_row_says_what_is_next(planning: Planning) -> None:
    ada = _new(planning)
    case_id = await _supported(planning, ada)
    await planning.done(case_id, "start", {"started_on": "2021-03-04"})
    booking = {"kind": "trepartsmote", "meets_on": "2031-05-02", "mode": "physical"}
    await planning.done(case_id, "meeting", booking)
    assert await _rows(planning, case_id) == [(ada.id, None, "meeting", date(2031, 5, 2))]
    await planning.done(case_id, "exit", {"exited_on": "2021-09-30", "reason": "jobseeking"})
    assert await _rows(planning, case_id) == [(ada.id, None, "exited", date(2021, 9, 30))]
    await ada.does(case_id, "support/end", role="case-manager")
    assert await _rows(planning, case_id) == []


async def test_support_that_goes_on_after_the_exit_is_no_support_to_end(planning: Planning) -> None:
    ada, case_id = _new(planning), uuid4()
    await planning.hear(case_id, [referred_to("arbetskonsulent-bred"), consented, accepted])
    meeting = {"kind": "gemensamt-mote", "booked_on": "2021-02-12", "meets_on": "2021-03-01", "mode": "physical"}
    await planning.done(case_id, "meeting", meeting)
    await planning.done(case_id, "meeting/held", {})
    await planning.done(case_id, "start", {"started_on": "2021-03-04"})
    await planning.done(case_id, "support", _assignment(ada, role="arbetskonsulent"))
    await planning.done(case_id, "exit", {"exited_on": "2021-09-30", "reason": "moved"})
    assert "avsluta stödet?" in await ada.page("/mina-deltagare")

    await planning.done(case_id, "after-support", {"begun_on": "2021-10-04"})
    assert await _rows(planning, case_id) == [(ada.id, None, "after_support", date(2021, 10, 4))]
    page = await ada.page("/mina-deltagare")
    assert 'efterstöd sedan <span class="date">4 oktober 2021</span>' in page
    assert "avsluta stödet?" not in page
    assert "inte registrerat" not in page

    await planning.done(case_id, "after-support/end", {"ended_on": "2021-12-01", "reason": "no_longer_needed"})
    assert await _rows(planning, case_id) == [(ada.id, None, "exited", date(2021, 9, 30))]
    assert "avsluta stödet?" in await ada.page("/mina-deltagare")


async def test_a_return_that_is_heard_ends_no_support(planning: Planning) -> None:
    ada = _new(planning)
    case_id = await _supported(planning, ada)
    await planning.hear(case_id, [returned], first=4)
    assert await _rows(planning, case_id) == [(ada.id, None, "returned", date(2021, 3, 30))]


async def test_who_may_do_what_with_support(planning: Planning) -> None:
    ada, office = _new(planning), _new(planning, Role.OFFICE)
    case_id = await _supported(planning, ada)
    for what in ("support/handover", "support/handover/accept", "support/end"):
        assert (await office.asks(case_id, what, role="case-manager", to="x")).status_code in {403, 422}
    answer = await office.asks(case_id, "support/handover", role="case-manager", to="x")
    assert answer.json()["code"] == "role_missing"
    assert (await ada.asks(case_id, "support", **_assignment(ada))).json()["code"] == "role_missing"
    wrong = await ada.asks(case_id, "support/handover", role="case-manager", to="Bo Ek")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "to")


# The pages


async def test_on_the_page_of_a_case_somebody_is_assigned_asked_and_takes_over(planning: Planning) -> None:
    karin, ada, bo = _new(planning, Role.COORDINATOR), _new(planning), _new(planning)
    case_id = await _case(planning)
    place = f"/arenden/{case_id}/stod"
    await _fill(planning, ada, _LIMIT)
    assert "Ingen stödjer deltagaren nu." in await karin.page(place)
    form = {"role": "case-manager", "worker_id": ada.id, "assigned_on": _SINCE}
    mistyped = await karin.sends(f"{place}/utse", **{**form, "worker_id": "Ada Ek"})
    assert mistyped.status_code == 422
    assert re.search(r'aria-describedby="fel-worker_id"', mistyped.text)
    full = await karin.sends(f"{place}/utse", **form)
    assert full.status_code == 409
    assert "gränsen är 20" in full.text
    assert f'value="{ada.id}"' in full.text
    assert (await karin.sends(f"{place}/utse", **form, beyond_limit="true")).status_code == 303
    page = await karin.page(f"{place}?klar=utsedd")
    assert "Stödpersonen är utsedd." in page
    assert "21 av 20 deltagare" in page

    to_oneself = await ada.sends(f"{place}/erbjud", role="case-manager", to=ada.id)
    assert to_oneself.status_code == 422
    assert "Välj en kollega" in to_oneself.text
    assert (await ada.sends(f"{place}/erbjud", role="case-manager", to=bo.id)).status_code == 303
    assert f"Ta tillbaka erbjudandet till {bo.id}" in await ada.page(place)
    assert "Vill du ta över stödet?" not in await ada.page(place)
    assert "Vill du ta över stödet?" in await bo.page(place)
    assert (await bo.sends(f"{place}/avboj", role="case-manager", reason="absent")).status_code == 303
    assert (await ada.sends(f"{place}/erbjud", role="case-manager", to=bo.id)).status_code == 303
    assert (await ada.sends(f"{place}/aterta", role="case-manager")).status_code == 303
    too_late = await bo.sends(f"{place}/ta-over", role="case-manager")
    assert too_late.status_code == 409
    assert "Kanske är erbjudandet taget tillbaka" in too_late.text
    assert (await ada.sends(f"{place}/erbjud", role="case-manager", to=bo.id)).status_code == 303
    assert (await bo.sends(f"{place}/ta-over", role="case-manager")).status_code == 303
    page = await bo.page(f"{place}?klar=overtagen")
    assert f"Case manager: {bo.id} (du)" in page
    assert "överlämnat till en kollega" in page
    early = await bo.sends(f"{place}/avsluta", role="case-manager", ended_on="2021-01-01", reason="goal_reached")
    assert early.status_code == 422
    assert "<details open>" in early.text
    today = str(local_date(planning.now()))
    ended = await bo.sends(f"{place}/avsluta", role="case-manager", ended_on=today, reason="goal_reached")
    assert ended.status_code == 303
    assert "målet är nått" in await bo.page(place)


async def test_everything_of_one_who_leaves_is_offered_and_taken_over_at_once(planning: Planning) -> None:
    karin, ada, bo = _new(planning, Role.COORDINATOR), _new(planning), _new(planning)
    cases = [await _supported(planning, ada) for _ in range(3)]
    page = await karin.page(f"/mina-deltagare/overlamna?av={ada.id}")
    choices = re.findall(r'name="chosen" value="([^"]+)"', page)
    assert sorted(choices) == sorted(f"{each} case-manager" for each in cases)
    nothing = await karin.sends("/mina-deltagare/overlamna", av=ada.id, to=bo.id)
    assert nothing.status_code == 422
    assert "Kryssa för minst en i listan." in nothing.text
    offered = await karin.sends("/mina-deltagare/overlamna", av=ada.id, to=bo.id, chosen=choices)
    assert offered.headers["location"] == f"/mina-deltagare/overlamna?av={ada.id}&klara=3"
    assert "3 deltagare väntar nu på kollegans svar" in await karin.page(offered.headers["location"])

    await ada.does(cases[0], "support/handover/withdraw", role="case-manager")
    page = await bo.page("/mina-deltagare")
    waiting = re.findall(r'name="chosen" value="([^"]+)"', page)
    assert len(waiting) == 2
    # The page was fetched before one was withdrawn: the rest are taken over all the same.
    taken = await bo.sends("/mina-deltagare/ta-over", chosen=choices)
    assert taken.headers["location"] == "/mina-deltagare?klara=2&nekade=1"
    page = await bo.page(taken.headers["location"])
    assert "Du har tagit över 2 deltagare." in page
    assert "1 deltagare gick inte att ta över" in page
    assert [each["case_id"] for each in (await ada.supports())["supports"]] == [str(cases[0])]
    assert len((await bo.supports())["supports"]) == 2
    everybody = await karin.page("/mina-deltagare")
    assert re.search(rf'<th scope="row">{bo.id}</th>.*?2 av 20', everybody)
    assert "Alla stödpersoner" not in await bo.page("/mina-deltagare")


async def test_each_piece_has_its_own_receiver_and_who_leaves_sees_what_became_of_it(planning: Planning) -> None:
    ada, bo, cilla = (_new(planning) for _ in range(3))
    first, second, third = [f"{await _supported(planning, ada)} case-manager" for _ in range(3)]
    place = "/mina-deltagare/overlamna"
    assert "Kvar att erbjuda: <strong>3</strong>" in await ada.page(place)
    form = {"av": ada.id, "to": bo.id, "chosen": [first, second], "row": [first, second, third]}
    sent = {**form, "receiver": ["", cilla.id, ""]}
    for _ in range(2):  # pressed twice it changes nothing, and says the same
        offered = await ada.sends(place, **sent)
        assert offered.headers["location"] == f"{place}?av={ada.id}&klara=2"
    page = await ada.page(offered.headers["location"])
    assert f"erbjuden till {bo.id}" in page
    assert f"erbjuden till {cilla.id}" in page
    assert "väntar på svar: <strong>2</strong>" in page
    assert [each["type"] for each in await planning.appended(UUID(first.split()[0]))].count(
        "SupportHandoverOffered"
    ) == 1

    await bo.sends("/mina-deltagare/ta-over", chosen=[first])
    await cilla.does(UUID(second.split()[0]), "support/handover/decline", role="case-manager", reason="caseload_full")
    page = await ada.page(place)
    assert re.search(rf"{bo.id} <span[^>]*>[^<]+</span></td> <td data-label=\"Svar\">övertagen", page)
    assert f"avböjd av {cilla.id}" in page
    numbers = re.findall(r"(Kvar att erbjuda|väntar på svar|övertagna): <strong>([0-9]+)</strong>", page)
    assert numbers == [("Kvar att erbjuda", "2"), ("väntar på svar", "0"), ("övertagna", "1")]

    # What is somebody else's by now is refused and says why; the others go through.
    stale = await ada.sends(place, **{**sent, "to": cilla.id, "chosen": [first, third]})
    assert stale.status_code == 200
    assert "1 gick inte att erbjuda" in stale.text
    assert f"Stödet är någon annans nu: {bo.id} har det." in stale.text
    assert "1 deltagare väntar nu på kollegans svar" in stale.text
    wrong = await ada.sends(place, **{**sent, "receiver": ["", "Cilla C", ""]})
    assert wrong.status_code == 422
    assert "Skriv användar-id" in wrong.text
    assert 'value="Cilla C"' in wrong.text


async def test_only_a_coordinator_hands_over_for_another(planning: Planning) -> None:
    karin, ada, bo = _new(planning, Role.COORDINATOR), _new(planning), _new(planning)
    piece = f"{await _supported(planning, ada)} case-manager"
    place = "/mina-deltagare/overlamna"
    refused = await bo.sends(place, av=ada.id, to=bo.id, chosen=piece)
    assert refused.status_code == 403
    assert (await ada.supports())["supports"][0]["offered_to"] is None
    assert "1 deltagare att lämna över" in await karin.page(f"{place}/antal?av={ada.id}")
    assert "Det finns inga deltagare" in await bo.page(f"{place}/antal")
    assert f'href="/uppfoljningar/lamna-over?av={ada.id}"' in await karin.page(f"{place}?av={ada.id}")


async def test_more_participants_than_a_page_shows_are_on_the_next(planning: Planning) -> None:
    ada = _new(planning)
    await _fill(planning, ada, 60)
    first = await ada.page("/mina-deltagare")
    [more] = re.findall(r'href="(/mina-deltagare\?sedan=[^"]+)#mina">Visa fler', first)
    second = await ada.page(more.replace("&amp;", "&"))
    cases = [set(re.findall(r"/arenden/([0-9a-f-]{36})/stod", page)) for page in (first, second)]
    assert [len(each) for each in cases] == [50, 10]
    assert not cases[0] & cases[1]
    assert "Visa från början" in second


# The tables

_FILL_SUPPORTS: Final = """
WITH supports AS (
    INSERT INTO ongoing_support (support_id, case_id, insats, role, worker_id, since, offered_to, offered_on)
    SELECT gen_random_uuid(), gen_random_uuid(), 'insats-' || (nth % 40), 'role-' || (nth % 8),
           'worker-' || (nth % 1000),
           date '2021-01-01' + (nth % 300)::integer,
           CASE WHEN nth % 10 = 0 THEN 'worker-' || (nth % 999) END,
           CASE WHEN nth % 10 = 0 THEN date '2021-06-01' END
    FROM generate_series(1, 20000) AS nth
), handovers AS (
    INSERT INTO handover (support_id, case_id, insats, role, worker_id, offered_to, offered_on)
    SELECT gen_random_uuid(), gen_random_uuid(), 'insats', 'role', 'worker-' || (nth % 1000), 'worker',
           date '2021-01-01' + (nth % 300)::integer
    FROM generate_series(1, 20000) AS nth
)
INSERT INTO supporter
SELECT 'insats-' || (nth % 40), 'role-' || (nth % 8), 'worker-' || nth FROM generate_series(0, 999) AS nth
"""


@pytest.mark.parametrize(
    ("query", "values", "indexes"),
    [
        (
            support_store.OTHERS,
            ("insats-7", "role-7", "worker-7", UUID(int=1)),
            ("ongoing_support_by_role",),
        ),
        (support_store.OF_WORKER, ("worker-7", 51), ("ongoing_support_by_worker",)),
        (
            support_store.OF_WORKER_AFTER,
            ("worker-7", 51, date(2021, 3, 1), UUID(int=1)),
            ("ongoing_support_by_worker",),
        ),
        (support_store.OFFERED_TO, ("worker-30", 51), ("ongoing_support_by_offer",)),
        (support_store.COUNT_OF_WORKER, ("worker-7",), ("ongoing_support_by_worker",)),
        (support_store.COUNT_OFFERED_TO, ("worker-30",), ("ongoing_support_by_offer",)),
        (support_store.CASELOADS_OF_WORKER, ("worker-7",), ("ongoing_support_by_worker",)),
        (support_store.KNOWN, ("insats-7", 200), ("supporter_pkey", "ongoing_support_by_role")),
        (handover_store.OFFERED_BY, ("worker-7", 100), ("handover_by_worker",)),
    ],
    ids=[
        "others",
        "of a worker",
        "the next page",
        "offered",
        "how many of a worker",
        "how many offered",
        "caseload of one",
        "known workers",
        "offers of a worker",
    ],
)
async def test_hot_queries_of_supports_use_their_index(
    planning: Planning, query: str, values: tuple[Any, ...], indexes: tuple[str, ...]
) -> None:
    async with planning.runtime.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(_FILL_SUPPORTS)
            await connection.execute("ANALYZE ongoing_support, supporter, handover")
            rows = await connection.fetch(f"EXPLAIN {query}", *values)
        finally:
            await transaction.rollback()
    plan = "\n".join(row[0] for row in rows)
    for index in indexes:
        assert index in plan, plan
    assert "Seq Scan" not in plan, plan
