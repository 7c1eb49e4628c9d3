"""A figure over time: the months that add up do, the chart says what the table says, and two periods' differences."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest
import pytest_asyncio

from services.chassis.database import Pool
from services.reporting import store
from services.reporting.domain.development import OverTime, over_time
from services.reporting.domain.periods import months_of, year_period
from services.reporting.indicators import DECLARED
from tests.exported import texts_on_page
from tests.integration.reporting.facts import cases, empty, ingest
from tests.integration.reporting.served import browser

_STARTED = "/rapport/2021/siffror/started/utveckling"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    async with pool.acquire() as connection:
        await empty(connection)
        await ingest(connection, cases(seed=32, count=80))
    async with browser(pool) as reader:
        yield reader


async def _page(office: httpx.AsyncClient, address: str) -> str:
    answer = await office.get(address)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


@pytest.mark.usefixtures("office")
async def test_what_adds_up_sums_over_the_months_to_the_year(pool: Pool) -> None:
    year = year_period(2021)
    async with pool.acquire() as connection:
        whole = await store.period_counts(connection, year)
        months = [await store.period_counts(connection, month) for month in months_of(year)]
    looked_at = 0
    for name, counted in whole.items():
        total = sum(month[name].total() for month in months)
        match over_time(counted.indicator, DECLARED):
            case OverTime.ADDS_UP:
                assert total == counted.total(), name
                looked_at += bool(total)
            case OverTime.BY_ITSELF | OverTime.STOCK:
                pass
    assert looked_at > 10, "the invented cases fill many figures"
    assert sum(month["participants"].total() for month in months) > whole["participants"].total()


async def test_page_and_chart_say_the_same_by_month_beside_another_year(office: httpx.AsyncClient) -> None:
    page = await _page(office, f"{_STARTED}?jamfor=2020")
    rows = texts_on_page(page)
    months, cells = rows[:12], rows[12:]
    whole = cells[-1]
    assert [sum(int(row[place]) for row in months) for place in (0, 1)] == [int(each) for each in whole[:2]]
    assert int(whole[0]) > 0 < int(whole[1])
    assert int(whole[2].replace("−", "-")) == int(whole[0]) - int(whole[1])
    [chart] = re.findall(r'src="([^"]+utseende=light)"', page)
    answer = await office.get(chart)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    drawn = re.findall(r">(\d+)</text>", answer.text)
    assert not Counter(count for row in months for count in row) - Counter(drawn)


async def test_by_year_the_last_five(office: httpx.AsyncClient) -> None:
    page = await _page(office, f"{_STARTED}?per=ar")
    rows = texts_on_page(page)
    assert len(rows) == 5
    started = texts_on_page(await _page(office, "/rapport/2021/siffror/started"))
    assert rows[-1] == started[-1]


async def test_a_stock_says_that_its_months_do_not_sum_and_has_no_chart(office: httpx.AsyncClient) -> None:
    page = await _page(office, "/rapport/2021/siffror/participants/utveckling?jamfor=2020")
    assert "bestånd" in page
    assert "<img class" not in page
    assert (
        texts_on_page(page)[-1][0] == texts_on_page(await _page(office, "/rapport/2021/siffror/participants"))[-1][0]
    )


async def test_another_period_leads_to_the_same_page(office: httpx.AsyncClient) -> None:
    page = await _page(office, _STARTED)
    [sida] = re.findall(r'name="sida" value="([^"]+)"', page)
    answer = await office.get("/rapport", params={"fran": "2020-01-01", "till": "2020-06-30", "sida": sida})
    assert answer.headers["location"] == "/rapport/2020-h1/siffror/started/utveckling"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"{_STARTED}?jamfor=1999", 404),
        (f"{_STARTED}?per=dag", 422),
        (f"{_STARTED}.svg?utseende=rosa", 422),
        ("/rapport/2021/siffror/smiles/utveckling.svg", 404),
    ],
)
async def test_what_there_is_no_development_of(office: httpx.AsyncClient, address: str, status: int) -> None:
    assert (await office.get(address)).status_code == status
