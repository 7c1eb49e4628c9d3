"""Deviations at the door: who reports, who sees what, words that name somebody, and the counts for the board."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from contracts.codes import Member, Role
from services.chassis.database import Connection, Pool
from services.reporting import store
from services.reporting.deviation_api import deviation_api
from services.reporting.domain.periods import period_of
from services.reporting.indicators import DECLARED
from services.reporting.web.deviation_pages import deviation_router
from tests.integration.reporting.door import Door, forget, seen
from tests.integration.reporting.facts import ingest_values

_START: Final = datetime(2021, 3, 5, 9, 30, tzinfo=UTC)
_API: Final = "/api/reporting/deviations"
_NUMBER: Final = "198703149826"


@pytest_asyncio.fixture
async def door(pool: Pool, connection: Connection) -> Door:
    await forget(connection)
    return Door(pool, _START, (deviation_api(), deviation_router()))


@pytest_asyncio.fixture
async def office(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    async with door.enter() as client:
        yield client


def _deviation(**changes: Any) -> dict[str, Any]:
    return {
        "happened_on": "2021-03-04",
        "area": "jarva",
        "kind": "cooperation",
        "member": "arbetsformedlingen",
        "what": "Ingen svarade när teamet sökte en handläggare.",
        **changes,
    }


async def _report(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post(_API, json=_deviation(**changes))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _listed(client: httpx.AsyncClient, **query: str) -> list[str]:
    return [each["deviation_id"] for each in (await client.get(_API, params=query)).json()["items"]]


async def _events(connection: Connection) -> list[str]:
    rows = await connection.fetch("SELECT type FROM event ORDER BY recorded, stream_id, sequence")
    return [row["type"] for row in rows]


async def test_the_same_report_sent_again_is_one_deviation(office: httpx.AsyncClient, connection: Connection) -> None:
    wanted = str(uuid4())
    first = await _report(office, deviation_id=wanted)
    assert await _report(office, deviation_id=wanted, what="Något annat.") == first
    assert await _listed(office) == [wanted]
    assert await _events(connection) == ["DeviationReported"]


async def test_what_was_written_is_in_no_event(office: httpx.AsyncClient, connection: Connection) -> None:
    made = await _report(office)
    await office.post(f"{_API}/{made['deviation_id']}/closed", json={"measure": "settled", "done": "De möttes."})
    values = [row["value"].decode() for row in await connection.fetch("SELECT value FROM event")]
    assert len(values) == 2
    assert not any(word in value for value in values for word in ("svarade", "möttes", "what", "done"))


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"what": f"Det gällde {_NUMBER}."}, "words_identify", "what"),
        ({"what": "Det gällde 870314-9826."}, "words_identify", "what"),
        ({"what": "   "}, "words_missing", "what"),
        ({"area": "narnia"}, "area_unknown", "area"),
        ({"unit": "self"}, "unit_unknown", "unit"),
        ({"insats": "okand"}, "insats_unknown", "insats"),
        ({"happened_on": "2021-03-06"}, "happened_on_invalid", "happened_on"),
    ],
)
async def test_what_is_refused(
    office: httpx.AsyncClient, connection: Connection, changes: dict[str, Any], code: str, field: str
) -> None:
    answer = await office.post(_API, json=_deviation(**changes))
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)
    assert _NUMBER not in answer.text
    assert await _events(connection) == []


async def test_a_closing_that_names_somebody_is_refused_and_the_deviation_stays_open(
    office: httpx.AsyncClient,
) -> None:
    made = await _report(office)
    closing = {"measure": "settled", "done": f"Vi ringde {_NUMBER}."}
    answer = await office.post(f"{_API}/{made['deviation_id']}/closed", json=closing)
    assert (answer.status_code, answer.json()["code"]) == (422, "words_identify")
    assert await _listed(office, open="true") == [made["deviation_id"]]


async def test_a_deviation_is_closed_opened_again_and_taken_back(
    office: httpx.AsyncClient, connection: Connection
) -> None:
    made = await _report(office)
    place = f"{_API}/{made['deviation_id']}"
    closed = (await office.post(f"{place}/closed", json={"measure": "routine_changed"})).json()
    assert (closed["closed_on"], closed["measure"]) == ("2021-03-05", "routine_changed")
    again = await office.post(f"{place}/closed", json={"measure": "nothing"})
    assert (again.status_code, again.json()["code"]) == (409, "deviation_closed")
    assert await _listed(office, open="false") == [made["deviation_id"]]
    opened = (await office.post(f"{place}/closed/registered-in-error")).json()
    assert (opened["closed_on"], opened["measure"]) == (None, None)
    assert (await office.post(f"{place}/closed/registered-in-error")).json()["code"] == "deviation_open"
    back = (await office.post(f"{place}/registered-in-error")).json()
    assert (back["taken_back"], back["what"]) == (True, None)
    assert await _listed(office) == []
    for what in ("registered-in-error", "closed/registered-in-error"):
        assert (await office.post(f"{place}/{what}")).json()["code"] == "deviation_taken_back"
    assert await _events(connection) == [
        "DeviationReported",
        "DeviationClosed",
        "RegisteredInError",
        "RegisteredInError",
    ]
    assert (await office.post(f"{_API}/{uuid4()}/closed", json={"measure": "settled"})).status_code == 404


async def test_words_can_be_removed_and_the_deviation_counts(office: httpx.AsyncClient) -> None:
    made = await _report(office)
    removed = (await office.post(f"{_API}/{made['deviation_id']}/words-removed")).json()
    assert removed == {**made, "what": None}
    assert await _listed(office) == [made["deviation_id"]]


async def test_who_sees_which_deviations(door: Door, office: httpx.AsyncClient) -> None:
    of_af = await _report(office, insats="finsam-team")
    of_region = await _report(office, member="region", kind="plan")
    async with door.enter(Role.PROJECT_LEADER, who="pia", leads=["finsam-team"]) as leader:
        own = await _report(leader, member="kommun")
        assert set(await _listed(leader)) == {of_af["deviation_id"], own["deviation_id"]}
    async with door.enter(Role.TEAM_REPRESENTATIVE, who="rut", member=Member.REGION) as representative:
        assert await _listed(representative) == [of_region["deviation_id"]]
    async with door.enter(Role.LOTS, who="lena") as lots:
        assert len(await _listed(lots)) == 3
        assert await _listed(lots, member="region", kind="plan", area="jarva") == [of_region["deviation_id"]]
    for role in (Role.AGENCY, Role.OPERATIONS, Role.DATA_PROTECTION):
        async with door.enter(role) as other:
            assert (await other.get(_API)).status_code == 403
            assert (await other.get("/avvikelser")).status_code == 403


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.LOTS, Role.PROJECT_LEADER, Role.TEAM_REPRESENTATIVE])
async def test_only_the_office_closes(door: Door, role: Role) -> None:
    async with door.enter(role) as reporter:
        made = await _report(reporter)
        place = f"{_API}/{made['deviation_id']}"
        assert (await reporter.post(f"{place}/closed", json={"measure": "settled"})).status_code == 403
        for what in ("closed/registered-in-error", "registered-in-error", "words-removed"):
            assert (await reporter.post(f"{place}/{what}")).status_code == 403
        page = (await reporter.get("/avvikelser", headers={"accept": "text/html"})).text
        assert "Rapportera en avvikelse" in page
        assert "ta-tillbaka" not in page


async def test_the_board_s_counts_by_member_and_area(office: httpx.AsyncClient, connection: Connection) -> None:
    made = [
        await _report(office),
        await _report(office, area="sodermalm"),
        await _report(office, member=None, kind="system_fault"),
        await _report(office, happened_on="2020-12-31"),
        await _report(office),
    ]
    await office.post(f"{_API}/{made[0]['deviation_id']}/closed", json={"measure": "settled"})
    await office.post(f"{_API}/{made[4]['deviation_id']}/registered-in-error")
    values = [row["value"] for row in await connection.fetch("SELECT value FROM event")]
    await ingest_values(connection, values)
    period = period_of("2021")
    counted = await store.counted_in(connection, DECLARED.indicators["deviations"], period)
    assert counted.total() == 3
    assert counted.total(deviation_member="arbetsformedlingen", deviation_area="jarva") == 1
    assert counted.total(deviation_member="nobody", deviation_kind="system_fault") == 1
    closed = await store.counted_in(connection, DECLARED.indicators["deviations.closed"], period)
    assert (closed.total(), closed.total(deviation_measure="settled")) == (1, 1)


# The page ---------------------------------------------------------------------------------------------------------


def _form(**changes: str) -> dict[str, str]:
    return {
        "avvikelse": str(uuid4()),
        "dag": "2021-03-04",
        "omrade": "jarva",
        "slag": "cooperation",
        "part": "arbetsformedlingen",
        "enhet": "",
        "insats": "finsam-team",
        "vad": "Ingen svarade.\r\nTvå veckor i rad.",
        **changes,
    }


async def _page(client: httpx.AsyncClient, path: str = "/avvikelser") -> str:
    answer = await client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 200
    return answer.text


async def test_a_deviation_is_reported_and_closed_on_the_page(office: httpx.AsyncClient, door: Door) -> None:
    sent = await office.post("/avvikelser", data=_form())
    assert (sent.status_code, sent.headers["location"]) == (303, "/avvikelser?klar=rapporterad")
    door.clock.moment += timedelta(days=12)
    page = await _page(office, "/avvikelser?klar=rapporterad")
    assert "Avvikelsen är rapporterad till kansliet." in page
    assert "Ingen svarade.<br>Två veckor i rad." in page
    assert "Arbetsförmedlingen, Järva: samverkan, 4 mars 2021" in seen(page)
    assert "FINSAM-team. Rapporterad 5 mars 2021 av kansliet kim. Öppen i 12 dagar." in seen(page)
    [close] = re.findall(r'action="(/avvikelser/[^"]+/avsluta)"', page)
    assert (
        await office.post(close, data={"atgard": "brought_to_board", "gjort": "Till styrelsen."})
    ).status_code == 303
    door.clock.moment += timedelta(days=3)
    assert "Avslutad 17 mars 2021 efter 12 dagar: lyft till styrelsen." in seen(await _page(office))
    assert "Inga avvikelser av det slaget" in await _page(office, "/avvikelser?lage=oppna")
    refused = await office.post(close, data={"atgard": "settled"}, headers={"accept": "text/html"})
    assert refused.status_code == 409
    assert "Avvikelsen är redan avslutad." in refused.text
    for act, said in (("oppna-igen", "oppen"), ("ta-bort-texten", "borttagen"), ("ta-tillbaka", "tillbaka")):
        acted = await office.post(close.replace("avsluta", act))
        assert acted.headers["location"] == f"/avvikelser?klar={said}"
    assert "Inga avvikelser är rapporterade." in seen(await _page(office))


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"vad": f"Det gällde {_NUMBER}."}, "vad", "Ta bort personnumret."),
        ({"vad": "a\u0000b"}, "vad", "Ta bort styrtecken"),
        ({"vad": "a" * 1001}, "vad", "Korta texten till högst 1000 tecken."),
        ({"omrade": "narnia"}, "omrade", "Ange ett område"),
        ({"slag": "annat"}, "slag", "Välj vad det gäller."),
        ({"part": "polisen"}, "part", "Välj en part, eller ingen."),
        ({"dag": "2021-03-06"}, "dag", "Ange en dag som inte ligger i framtiden."),
    ],
)
async def test_what_the_form_refuses_is_said_at_its_field(
    office: httpx.AsyncClient, changes: dict[str, str], field: str, message: str
) -> None:
    form = _form(**changes)
    answer = await office.post("/avvikelser", data=form, headers={"accept": "text/html"})
    assert answer.status_code == 422
    [(name, described)] = re.findall(
        r'name="([a-z]+)"[^>]*aria-invalid="true" aria-describedby="([a-z-]+)', answer.text
    )
    assert name == field
    [said] = re.findall(rf'<p class="field-error" id="{described}">(.*?)</p>', answer.text)
    assert message in unescape(said)
    assert f'value="{form["avvikelse"]}"' in answer.text
