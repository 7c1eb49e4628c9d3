"""Every file says what its page says, and who may not read the page gets no file."""

import re
from collections.abc import AsyncIterator
from datetime import date
from html import unescape

import httpx
import pytest
import pytest_asyncio

from contracts.codes import Role
from services.chassis.database import Pool
from services.reporting.domain.exports import Export, FileFormat
from tests.exported import (
    assert_in_order,
    numbers_in_csv,
    numbers_in_xlsx,
    numbers_of,
    rows_in_csv,
    sheet,
    text_of_pdf,
    texts_of,
    texts_on_page,
)
from tests.integration.reporting.facts import cases, empty, ingest
from tests.integration.reporting.served import browser

# Where a page is, and the file that has its tables.
PAGES = {
    "/rapport/2021": "/rapport/2021/filer/rapport",
    "/rapport/2021-h1": "/rapport/2021-h1/filer/rapport",
    "/rapport/2021/finsam-team": "/rapport/2021/filer/insatser/finsam-team",
    "/rapport/2021/siffror/started": "/rapport/2021/filer/siffror/started",
    "/rapport/2021/siffror/days.to_start": "/rapport/2021/filer/siffror/days.to_start",
    "/rapport/2021/uppfoljning-finsam": "/rapport/2021/filer/uppfoljning-finsam",
    "/rapport/2021/flode": "/rapport/2021/filer/flode",
    "/rapport/2021/flode/finsam-team": "/rapport/2021/filer/flode/finsam-team",
    "/rapport/2021/kohorter": "/rapport/2021/filer/kohorter",
    "/rapport/2021-h1/kohorter/finsam-team": "/rapport/2021-h1/filer/kohorter/finsam-team",
    "/rapport/2021/behov": "/rapport/2021/filer/behov",
    "/rapport/2021/behov/finsam-team": "/rapport/2021/filer/behov/finsam-team",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    """The office, where sixty invented cases have been registered."""
    async with pool.acquire() as connection:
        await empty(connection)
        await ingest(connection, cases(seed=31, count=60))
    async with browser(pool) as reader:
        yield reader


async def _read(reader: httpx.AsyncClient, address: str) -> httpx.Response:
    answer = await reader.get(address)
    assert answer.status_code == 200, (address, answer.text[:500])
    return answer


async def _export(reader: httpx.AsyncClient, place: str, known: str = "") -> Export:
    return Export.model_validate_json((await _read(reader, f"{place}.json{known}")).content)


def _totals(export: Export) -> list[list[str]]:
    """The tables of all figures: the total of each count, and each average of everything."""
    return [[value.text for value in row.values] for table in export.sections[0].tables for row in table.rows]


@pytest.mark.parametrize("page", PAGES)
async def test_page_and_files_have_the_same_numbers(office: httpx.AsyncClient, page: str) -> None:
    shown = texts_on_page(unescape((await _read(office, page)).text))
    export = await _export(office, PAGES[page])
    assert texts_of(export) == shown
    assert any(number for number in numbers_of(export)), "the invented cases fill some cells"
    assert numbers_in_xlsx((await _read(office, f"{PAGES[page]}.xlsx")).content) == numbers_of(export)
    assert numbers_in_csv((await _read(office, f"{PAGES[page]}.csv")).content) == numbers_of(export)
    assert_in_order(text_of_pdf((await _read(office, f"{PAGES[page]}.pdf")).content), texts_of(export))


async def test_all_figures_are_the_page_s_and_each_one_s_own_file(office: httpx.AsyncClient) -> None:
    shown = texts_on_page((await _read(office, "/rapport/2021/siffror")).text)
    export = await _export(office, "/rapport/2021/filer/siffror")
    _, cells = export.sections
    assert _totals(export) == shown
    by_figure = {table.definitions[0].id: table for table in cells.tables}
    assert len(by_figure) == len(shown)
    for figure in ("started", "finsam_team.plans", "follow_ups", "days.to_start"):
        alone = await _export(office, f"/rapport/2021/filer/siffror/{figure}")
        assert alone.sections[0].tables[0].rows == by_figure[figure].rows
    written = await _read(office, "/rapport/2021/filer/siffror.xlsx")
    assert numbers_in_xlsx(written.content) == numbers_of(export)
    assert {row[8] for row in sheet(written.content, "Definitioner")[1:]} == set(by_figure)


async def test_a_part_of_another_figure_carries_its_share_with_count_and_whole(office: httpx.AsyncClient) -> None:
    written = await _read(office, "/rapport/2021/filer/siffror/follow_ups.in_time.csv")
    shares = [row for row in rows_in_csv(written.content) if row["Helhet"]]
    assert shares
    whole = await _export(office, "/rapport/2021/filer/siffror/follow_ups")
    assert max(int(row["Helhet"]) for row in shares) == numbers_of(whole)[-1]


@pytest.mark.parametrize(
    "page",
    [
        "/rapport/2021",
        "/rapport/2021/finsam-team",
        "/rapport/2021/uppfoljning-finsam",
        "/rapport/2021/flode",
        "/rapport/2021/kohorter",
        "/rapport/2021/behov",
    ],
)
async def test_page_and_file_as_they_were_known_on_a_day(office: httpx.AsyncClient, page: str) -> None:
    place, day = PAGES[page], "?kand=2021-03-31"
    now, then = await _export(office, place), await _export(office, place, day)
    assert (now.known_until, then.known_on) == (date(2022, 2, 1), date(2021, 3, 31))
    shown = unescape((await _read(office, f"{page}{day}")).text)
    assert texts_on_page(shown) == texts_of(then) != texts_of(now)
    assert "Känt till och med 31 mars 2021" in re.sub(r"\s+", " ", shown)
    assert f'href="{place}.xlsx{day}"' in shown
    assert "Känt till och med 31 mars 2021" in text_of_pdf((await _read(office, f"{place}.pdf{day}")).content)
    assert sum(numbers_of(then)) < sum(numbers_of(now))


async def test_all_figures_as_they_were_known_on_a_day(office: httpx.AsyncClient) -> None:
    page = (await _read(office, "/rapport/2021/siffror?kand=2021-03-31")).text
    export = await _export(office, "/rapport/2021/filer/siffror", "?kand=2021-03-31")
    assert _totals(export) == texts_on_page(page)
    assert 'href="/rapport/2021/siffror/started?kand=2021-03-31"' in page


async def test_uppfoljning_finsam_has_the_started_of_each_insats_by_sex(
    pool: Pool, office: httpx.AsyncClient
) -> None:
    rows = rows_in_csv((await _read(office, "/rapport/2021/filer/uppfoljning-finsam.csv")).content)
    women = {row["Insats"]: int(row["Värde"]) for row in rows if row["Kolumn"] == "Kvinnor"}
    async with pool.acquire() as connection:
        counted = await connection.fetchval(
            "SELECT count(*) FROM participation JOIN referral USING (case_id) "
            "WHERE participation.started_on BETWEEN '2021-01-01' AND '2021-12-31' AND sex = 'woman'"
        )
    assert women.pop("Alla insatser") == sum(women.values()) == counted > 0
    answer = await office.get("/rapport/2021-h1/filer/uppfoljning-finsam.csv")
    assert (answer.status_code, "Välj ett år" in answer.text) == (404, True)


@pytest.mark.parametrize("file_format", FileFormat)
async def test_a_file_is_saved_under_a_swedish_name_and_kept_by_nobody(
    office: httpx.AsyncClient, file_format: FileFormat
) -> None:
    headers = (await _read(office, f"/rapport/2021/filer/uppfoljning-finsam.{file_format}")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["content-disposition"] == (
        f'attachment; filename="uppfoljning-finsam-2021.{file_format}"; '
        f"filename*=UTF-8''uppf%C3%B6ljning-finsam-2021.{file_format}"
    )


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/rapport/1999/filer/rapport.csv", 404),
        ("/rapport/2031/filer/rapport.csv", 404),
        ("/rapport/2021/filer/insatser/nowhere.csv", 404),
        ("/rapport/2021/filer/siffror/smiles.csv", 404),
        ("/rapport/2021/filer/siffror/today.waiting.csv", 404),
        ("/rapport/2021/filer/rapport.doc", 422),
        ("/rapport/2021/filer/rapport.csv?kand=yesterday", 422),
    ],
)
async def test_what_there_is_no_file_of(office: httpx.AsyncClient, address: str, status: int) -> None:
    assert (await office.get(address)).status_code == status


@pytest.mark.parametrize("place", PAGES.values())
async def test_files_are_for_those_who_read_the_reports(pool: Pool, place: str) -> None:
    for role, status in ((None, 303), (Role.AGENCY, 403), (Role.DATA_PROTECTION, 403), (Role.OPERATIONS, 200)):
        async with browser(pool, role) as reader:
            assert (await reader.get(f"{place}.csv")).status_code == status


async def test_the_api_says_what_the_file_says(office: httpx.AsyncClient) -> None:
    answer = await _read(office, "/api/reporting/periods/2021/exports/siffror/started")
    assert Export.model_validate_json(answer.content) == await _export(office, PAGES["/rapport/2021/siffror/started"])
