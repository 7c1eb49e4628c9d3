"""Amounts at the door: booked, replaced, taken back, known as on a day; and printed budgets, number by number."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio

from contracts.budget import BUDGETS
from contracts.catalogue import INSATSER
from contracts.codes import Role
from deploy.demo.budgets import SUNDSVALL_BOOKED_ON, printed
from services.chassis.database import Connection, Pool
from services.reporting.amount_api import amount_api
from services.reporting.web.economy_pages import economy_router
from tests.integration.reporting.door import Door, forget, seen, tables_of

START: Final = datetime(2024, 1, 2, 9, 30, tzinfo=UTC)
_PLACE: Final = {"budget": "sundsvall", "item": "psykolog", "line": "loner", "kind": "outcome", "period": "2023"}
_PSYKOLOG: Final = INSATSER["psykolog"].name
_BACK: Final = "registered-in-error"


@pytest_asyncio.fixture
async def door(pool: Pool, connection: Connection) -> Door:
    await forget(connection)
    return Door(pool, START, (amount_api(), economy_router()))


@pytest_asyncio.fixture
async def office(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    async with door.enter() as client:
        yield client


async def _book(office: httpx.AsyncClient, *amounts: dict[str, Any], **headers: str) -> httpx.Response:
    return await office.post("/api/reporting/amounts", json={"amounts": amounts}, headers=headers)


def _amount(amount: int, **changes: Any) -> dict[str, Any]:
    return {**_PLACE, "amount": amount, "booked_on": "2024-01-02", **changes}


async def _events(connection: Connection) -> list[str]:
    rows = await connection.fetch("SELECT type FROM event ORDER BY recorded, sequence")
    return [row["type"] for row in rows]


async def _outcome(office: httpx.AsyncClient, **query: str) -> int | None:
    found = (await office.get("/api/reporting/periods/2023/budgets/sundsvall", params=query)).json()
    lines = [line for item in found["items"] for line in item["lines"] if item["item"] == "psykolog"]
    return lines[0]["outcome"] if lines else None


async def test_what_counts_already_is_not_booked_again(office: httpx.AsyncClient, connection: Connection) -> None:
    first = await _book(office, _amount(885_680))
    assert first.status_code == 201
    assert (await _book(office, _amount(885_680))).json() == first.json()
    keyed = {"idempotency-key": "k-1"}
    again = await _book(office, _amount(900_000), **keyed)
    assert (await _book(office, _amount(900_000), **keyed)).content == again.content
    assert await _events(connection) == ["AmountBooked", "AmountBooked"]
    values = [json.loads(row["value"]) for row in await connection.fetch("SELECT value FROM event")]
    assert {(each["association"], each["source"]) for each in values} == {("sundsvall", "/samspel/reporting")}
    [amount] = again.json()["amounts"]
    assert amount["bookings"][0]["kronor"] == 900_000


async def test_a_later_booking_replaces_and_a_booking_taken_back_gives_way(
    office: httpx.AsyncClient, door: Door
) -> None:
    [amount] = (await _book(office, _amount(100))).json()["amounts"]
    door.clock.moment += timedelta(days=7)
    [restated] = (await _book(office, _amount(200))).json()["amounts"]
    assert await _outcome(office) == 200
    door.clock.moment += timedelta(days=7)
    back = f"/api/reporting/amounts/{amount['amount_id']}/bookings/{restated['bookings'][0]['booking_id']}/{_BACK}"
    history = (await office.post(back)).json()["bookings"]
    assert [(each["kronor"], each["counts"], each["taken_back"]) for each in history] == [
        (100, True, False),
        (200, False, True),
    ]
    assert await _outcome(office) == 100
    again = await office.post(back)
    assert (again.status_code, again.json()["code"]) == (409, "booking_taken_back")
    # Each moment is known as it was.
    for day, known in ((1, None), (3, 100), (10, 200), (15, 200), (17, 100)):
        moment = START.replace(day=day) + timedelta(hours=1)
        assert await _outcome(office, as_of=moment.isoformat()) == known
    assert (await office.get(f"/api/reporting/amounts/{amount['amount_id']}")).json()["bookings"] == history


async def test_amounts_are_booked_all_or_none(office: httpx.AsyncClient, connection: Connection) -> None:
    wrong = await _book(office, _amount(100), _amount(5, line="finansiering"))
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (422, "line_unknown", "amounts.1.line")
    twice = await _book(office, _amount(100), _amount(200))
    assert (twice.status_code, twice.json()["code"]) == (422, "amount_twice")
    assert await _events(connection) == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("periods/2023/budgets/umea", "budget_unknown"),
        ("periods/202/budgets/sundsvall", "period_unknown"),
        ("amounts/00000000-0000-4000-8000-000000000000", "amount_unknown"),
    ],
)
async def test_what_is_not_there(office: httpx.AsyncClient, path: str, code: str) -> None:
    answer = await office.get(f"/api/reporting/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_a_booking_that_was_never_made_cannot_be_taken_back(office: httpx.AsyncClient) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    answer = await office.post(f"/api/reporting/amounts/{nobody}/bookings/{nobody}/{_BACK}")
    assert (answer.status_code, answer.json()["code"]) == (404, "booking_unknown")


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.LOTS, Role.OPERATIONS, Role.PROJECT_LEADER])
async def test_only_the_office_sees_the_economy(door: Door, role: Role) -> None:
    async with door.enter(role) as client:
        for path in (
            "/ekonomi/2023",
            "/api/reporting/periods/2023/budgets/sundsvall",
            "/ekonomi/2023/filer/ekonomi.csv",
        ):
            assert (await client.get(path)).status_code == 403
        assert (await _book(client, _amount(1))).status_code == 403


# The pages --------------------------------------------------------------------------------------------------------


def _form(**changes: str) -> dict[str, str]:
    return {
        "post": "sundsvall/psykolog/loner",
        "slag": "outcome",
        "belopp": "885 680",
        "enhet": "kr",
        "bokad": "2024-01-02",
        **changes,
    }


async def _page(office: httpx.AsyncClient, path: str) -> str:
    answer = await office.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 200
    return answer.text


async def test_the_office_books_reads_and_takes_back_on_the_pages(office: httpx.AsyncClient, door: Door) -> None:
    booked = await office.post("/ekonomi/2023", data=_form())
    assert (booked.status_code, booked.headers["location"]) == (303, "/ekonomi/2023?klar=bokat")
    page = await _page(office, "/ekonomi/2023?klar=bokat")
    assert "Beloppet är bokat." in page
    [link] = re.findall(r'href="(/ekonomi/belopp/[^"]+)"', page)
    door.clock.moment += timedelta(days=2)
    history = await _page(office, link)
    [(_, [row])] = tables_of(history)
    assert row[:6] == [
        "2 januari 2024 klockan 10.30",
        "2 januari 2024",
        "885 680",
        "kronor",
        "kansliet kim",
        "gäller",
    ]
    [back] = re.findall(r'action="([^"]+/ta-tillbaka)"', history)
    assert (await office.post(back)).status_code == 303
    assert "tillbakatagen" in await _page(office, link)
    assert "Inga belopp är bokade för 2023." in await _page(office, "/ekonomi/2023")
    # On the day before it was taken back it counted, and the day before it was booked nothing was known.
    assert "885 680" in seen(await _page(office, "/ekonomi/2023?kand=2024-01-03"))
    assert "Inget var bokat då." in await _page(office, f"{link}?kand=2024-01-01")
    refused = await office.post(back, headers={"accept": "text/html"})
    assert refused.status_code == 409
    assert "Bokningen är redan tillbakatagen." in refused.text


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"belopp": "885,5"}, "belopp", "Skriv beloppet med siffror, utan decimaler."),
        ({"belopp": "9999999999999"}, "belopp", "Beloppet är större än något förbund har."),
        ({"post": "sundsvall/psykolog"}, "post", "Välj en post och rad."),
        ({"post": "sundsvall/psykolog/finansiering"}, "post", "Posten har ingen sådan rad."),
        ({"slag": "prognos"}, "slag", "Välj budget, utfall eller plan."),
        ({"enhet": "euro"}, "enhet", "Välj kronor eller tusen kronor."),
        ({"bokad": "2024-01-03"}, "bokad", "Ange en bokningsdag som inte ligger i framtiden."),
    ],
)
async def test_what_the_form_refuses_is_said_at_its_field(
    office: httpx.AsyncClient, changes: dict[str, str], field: str, message: str
) -> None:
    answer = await office.post("/ekonomi/2023", data=_form(**changes), headers={"accept": "text/html"})
    assert answer.status_code == 422
    [(name, described)] = re.findall(
        r'name="([a-z]+)"[^>]*aria-invalid="true" aria-describedby="([^"]+)"', answer.text
    )
    assert name == field
    [said] = re.findall(rf'<p class="field-error" id="{described}">(.*?)</p>', answer.text)
    assert message in unescape(said)
    assert f'value="{changes.get("belopp", "885 680")}"' in answer.text


def _printed_rows(page: str, place: int) -> list[list[str]]:
    """The rows of the printed table that stands in a place among the page's printed tables."""
    return [rows for caption, rows in tables_of(page) if caption.endswith("tryckt och beräknat")][place]


def _number(text: str) -> int | None:
    return None if text == "–" else int(re.sub(r"\s", "", text).replace("\N{MINUS SIGN}", "-"))


@pytest.mark.parametrize("budget_id", ["sundsvall", "stockholm"])
async def test_every_printed_number_comes_out_or_it_is_said_why_not(
    office: httpx.AsyncClient, budget_id: str
) -> None:
    assert (await _book(office, *printed(budget_id, SUNDSVALL_BOOKED_ON))).status_code == 201
    budget = BUDGETS[budget_id]
    compared = 0
    for period in sorted({column.period for table in budget.printed for column in table.columns}):
        tables = [each for each in budget.printed if any(column.period == period for column in each.columns)]
        page = await _page(office, f"/ekonomi/{period}")
        for place, table in enumerate(tables):
            shown = {row[0]: row[1:] for row in _printed_rows(page, place)}
            of_period = [nth for nth, column in enumerate(table.columns) if column.period == period]
            for row in table.rows:
                numbers = [row.printed[nth] for nth in of_period]
                if numbers == [None] * len(numbers):
                    assert row.label not in shown
                    continue
                *cells, said = shown[row.label]
                was, now = [_number(each) for each in cells[::2]], [_number(each) for each in cells[1::2]]
                assert was == numbers
                assert said == ("ja" if was == now else "nej")
                assert was == now or (row.why and f"<dt>{row.label}</dt><dd>{row.why}</dd>" in unescape(page))
                compared += len([each for each in numbers if each is not None])
    assert compared == sum(
        1 for table in budget.printed for row in table.rows for each in row.printed if each is not None
    )


async def test_the_sums_that_are_printed_wrong_and_the_rounded_ones(office: httpx.AsyncClient) -> None:
    await _book(office, *printed("sundsvall", SUNDSVALL_BOOKED_ON))
    await _book(office, *printed("stockholm", SUNDSVALL_BOOKED_ON))
    sundsvall = {row[0]: row for row in _printed_rows(await _page(office, "/ekonomi/2023"), 0)}
    differing = [label for label, row in sundsvall.items() if row[-1] != "ja"]
    assert differing == ["SIP-samordnare: summa"]
    assert sundsvall["SIP-samordnare: summa"][3:5] == ["684 776", "711 776"]
    plan = {row[0]: row for row in _printed_rows(await _page(office, "/ekonomi/2025"), 1)}
    assert plan["Summa kostnader totalt"][1:3] == ["41 562", "41 562"]
    assert plan["Årets resultat"][1:3] == ["−782", "−781"]
    assert plan["Utgående eget kapital 2025"][1:3] == ["564", "565"]
    assert [label for label, row in plan.items() if row[-1] != "ja"] == [
        "Årets resultat",
        "Utgående eget kapital 2025",
    ]


async def test_the_file_has_what_the_page_shows(office: httpx.AsyncClient) -> None:
    await _book(office, *printed("sundsvall", SUNDSVALL_BOOKED_ON))
    _, page = tables_of(await _page(office, "/ekonomi/2023"))[0]
    shown = {tuple(row[:2]): row[2:] for row in page}
    file = (await office.get("/ekonomi/2023/filer/ekonomi.csv")).content.decode("utf-8-sig")
    rows = [each for each in csv.DictReader(io.StringIO(file), delimiter=";") if each["Post"] == _PSYKOLOG]
    sums = {each["Kolumn"]: each["Värde"] for each in rows if each["Rad"] == "Summa kostnader"}
    assert sums == {
        "Budget, kr": "912000",
        "Utfall, kr": "930680",
        "Plan, kr": "",
        "Avvikelse, kr": "18680",
        "Avvikelse, %": "2,0",
    }
    assert shown[_PSYKOLOG, "Summa kostnader"] == ["912 000", "930 680", "–", "18 680", "2,0 %"]
    workbook = await office.get("/ekonomi/2023/filer/ekonomi.xlsx")
    assert workbook.content[:2] == b"PK"
    assert (await office.get("/ekonomi/2023/filer/ekonomi.pdf")).content[:5] == b"%PDF-"


async def test_nobody_has_participated_in_a_period_that_has_not_begun(office: httpx.AsyncClient) -> None:
    await _book(office, *printed("stockholm", SUNDSVALL_BOOKED_ON))
    for period, said in (("2023", None), ("2024", 0), ("2025", None)):
        found = (await office.get(f"/api/reporting/periods/{period}/budgets/stockholm")).json()
        of_insats = [each["participations"] for each in found["items"] if each["item"] == "novum"]
        assert of_insats == ([] if period == "2023" else [said])
    assert "Kostnad per deltagande" not in await _page(office, "/ekonomi/2025")
    assert "Kostnad per deltagande" in await _page(office, "/ekonomi/2024")
