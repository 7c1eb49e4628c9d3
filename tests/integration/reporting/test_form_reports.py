"""Reports on an insats at their door: begun, written by two at once, signed, returned, approved, and as files."""

import io
import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import docx
import httpx
import pytest
import pytest_asyncio
from pypdf import PdfReader

from contracts.codes import Role
from contracts.office import ReportApproved, ReportReturned, ReportSigned
from services.chassis.auth import User
from services.chassis.database import Connection, Pool
from services.chassis.log import read_log
from services.reporting import store
from services.reporting.domain import form_reports
from services.reporting.domain.form_reports import Answer, FilledReport, TableBlock, version_of
from services.reporting.domain.periods import end_of, period_of
from services.reporting.filling import FORMS
from services.reporting.indicators import DECLARED
from services.reporting.web.pdf_writer import says
from tests.integration.reporting.facts import cases, ingest
from tests.integration.reporting.reported import KIM, PETRA, browser_of

_CUT_OFF = date(2022, 1, 15)
_WORDS = {
    each.id: f"Svar om {each.id}.\n\nEtt andra stycke – med åäö & <b>.\nOch en rad till."
    for each in FORMS["uppfoljning-2021"].texts()
    if each.required
}
_GOAL = "mal-battre-samverkan"


@pytest_asyncio.fixture(autouse=True)
async def _no_reports(connection: Connection) -> None:
    """No report of another test."""
    await connection.execute("TRUNCATE form_report, form_report_text, signed_report, event, outbox, stream")


async def _begin(browser: httpx.AsyncClient, **changes: str) -> httpx.Response:
    asked = {
        "mall": "uppfoljning-2021",
        "insats": "finsam-team",
        "fran": "2021-01-01",
        "till": "2021-12-31",
        "kand": _CUT_OFF.isoformat(),
    }
    return await browser.post("/rapporter", data={**asked, **changes})


async def _begun(browser: httpx.AsyncClient, **changes: str) -> str:
    answer = await _begin(browser, **changes)
    assert answer.status_code == 303, unescape(answer.text)
    return answer.headers["location"]


async def _read(browser: httpx.AsyncClient, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status_code == 200, (path, answer.text)
    return answer.text


def _versions(page: str) -> dict[str, str]:
    """The version of each text, as the form has it."""
    return dict(re.findall(r'name="version\.([a-z0-9-]+)" value="([0-9a-f]+)"', page))


def _form(page: str, **texts: str) -> dict[str, str]:
    """What a browser that shows the page sends when some texts have been written in it; ``_`` stands for ``-``."""
    written = {
        field: unescape(text)
        for field, text in re.findall(r'name="text\.([a-z0-9-]+)"[^>]*>\n(.*?)</textarea>', page, re.S)
    }
    written |= {field.replace("_", "-"): text for field, text in texts.items()}
    versions = {f"version.{field}": version for field, version in _versions(page).items()}
    return {**{f"text.{field}": text.replace("\n", "\r\n") for field, text in written.items()}, **versions}


async def _written(browser: httpx.AsyncClient, place: str, texts: Mapping[str, str]) -> None:
    page = await _read(browser, place)
    answer = await browser.post(place, data=_form(page, **texts))
    assert answer.status_code == 303, unescape(answer.text)


async def _ready(browser: httpx.AsyncClient) -> str:
    """A report with all that has to be answered; its address."""
    place = await _begun(browser)
    await _written(
        browser, place, {**_WORDS, _GOAL: "Enkäten visar att målet nås.", "mal-aktiviteter-6": "Se enkäten."}
    )
    return place


async def _sign(browser: httpx.AsyncClient, place: str) -> httpx.Response:
    review = await _read(browser, f"{place}/granska")
    found = re.search(r'name="sett" value="([0-9a-f]+)"', review)
    assert found, unescape(review)
    return await browser.post(f"{place}/underteckna", data={"sett": found[1]})


async def _signed(browser: httpx.AsyncClient) -> str:
    answer = await _sign(browser, await _ready(browser))
    assert answer.status_code == 303, unescape(answer.text)
    return answer.headers["location"]


async def test_it_is_begun_with_live_figures_of_its_insats_as_known_at_its_cut_off(
    pool: Pool, connection: Connection
) -> None:
    await ingest(connection, cases(seed=41, count=60))
    async with browser_of(pool, PETRA) as petra:
        place = await _begun(petra)
        assert await _begun(petra) == place, "of a form, an insats and a period there is one"
        page = unescape(await _read(petra, place))
    assert "<h1>Uppföljning av insats: FINSAM-team 2021</h1>" in page
    started = await store.counted_in(connection, DECLARED.indicators["started"], period_of("2021"), end_of(_CUT_OFF))
    row = re.search(r'<th scope="row">Påbörjade</th>((?:<td class="num">\d+</td>)+)', page)
    assert row
    cells = [int(each) for each in re.findall(r">(\d+)<", row[1])]
    own = {"insats": "finsam-team"}
    by_sex = [started.total(sex=sex, **own) for sex in ("woman", "man", "other", "unknown")]
    assert cells == [*by_sex, started.total(**own)]
    assert cells[-1] > 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"till": "2022-01-10"}, "Ange en period inom ett och samma år."),
        ({"kand": "2022-01-20"}, "Ange en dag som är slut"),
        ({"mall": "slutrapport-sundsvall"}, "Mallen används inte av insatsens förbund"),
        ({"fran": "2012-01-01", "till": "2012-12-31"}, "Insatsen fanns inte i katalogen då"),
    ],
)
async def test_what_cannot_be_reported_is_refused_with_what_to_do(
    pool: Pool, changes: dict[str, str], said: str
) -> None:
    async with browser_of(pool, PETRA) as petra:
        answer = await _begin(petra, **changes)
        assert answer.status_code == 422
        assert said in unescape(answer.text)
        assert "Ingen rapport är påbörjad än" in await _read(petra, "/rapporter")


async def test_two_who_write_at_once_do_not_lose_each_others_text(pool: Pool) -> None:
    async with browser_of(pool, PETRA) as petra, browser_of(pool, KIM) as kim:
        place = await _begun(petra)
        petras, kims = await _read(petra, place), await _read(kim, place)
        assert (
            await kim.post(place, data=_form(kims, inflode="Kims text.", ovrigt="Kims övriga."))
        ).status_code == 303

        answer = await petra.post(place, data=_form(petras, inflode="Petras text.", utmaningar="Petras utmaningar."))

        assert answer.status_code == 409
        both = unescape(answer.text)
        assert "någon annan har sparat en annan text" in both
        assert "Kims text." in both
        assert ">\nPetras text.</textarea>" in both
        shown = _form(await _read(petra, place))
        assert shown["text.inflode"] == "Kims text."
        assert (shown["text.utmaningar"], shown["text.ovrigt"]) == ("Petras utmaningar.", "Kims övriga.")

        again = await petra.post(place, data=_form(answer.text))
        assert again.status_code == 303
        assert _form(await _read(kim, place))["text.inflode"] == "Petras text."


async def test_an_identity_number_is_not_saved_and_the_field_says_why(pool: Pool, connection: Connection) -> None:
    async with browser_of(pool, PETRA) as petra:
        place = await _begun(petra)
        page = await _read(petra, place)
        answer = await petra.post(place, data=_form(page, inflode="Se 870314-9826.", ovrigt="Inget."))
        assert answer.status_code == 422
        said = unescape(answer.text)
        assert 'href="#inflode"' in said
        assert re.search(r'id="inflode"[^>]*aria-invalid="true"', said)
        assert "Ta bort personnumret" in said
        assert ">\nSe 870314-9826.</textarea>" in said, "what was written is not lost"
        kept = _form(await _read(petra, place))
    assert (kept["text.inflode"], kept["text.ovrigt"]) == ("", "Inget.")
    assert await connection.fetchval("SELECT count(*) FROM form_report_text WHERE text LIKE '%870314%'") == 0


@pytest.mark.parametrize("field", ["nowhere", "inflode\0", "mal-nowhere", ""])
async def test_a_field_that_the_form_has_not_is_refused(pool: Pool, field: str) -> None:
    async with browser_of(pool, PETRA) as petra:
        place = await _begun(petra)
        answer = await petra.post(place, data={f"text.{field}": "Något.", f"version.{field}": version_of("")})
        assert answer.status_code == 422
        assert "Mallen har ingen sådan fråga" in unescape(answer.text)


async def test_a_form_that_cannot_be_read_is_refused(pool: Pool) -> None:
    async with browser_of(pool, PETRA) as petra:
        place = await _begun(petra)
        kind = {"content-type": "multipart/form-data; boundary=a; charset=undefined"}
        answer = await petra.post(place, content=b"--a\r\ntext.inflode=x", headers=kind)
        assert answer.status_code == 400


async def test_what_is_missing_is_said_and_leads_to_its_field(pool: Pool, connection: Connection) -> None:
    async with browser_of(pool, PETRA) as petra:
        place = await _begun(petra)
        review = unescape(await _read(petra, f"{place}/granska"))
        assert f'<a href="{place}#inflode">Besvara frågan: Är inflödet' in review
        assert f'<a href="{place}#{_GOAL}">Besvara frågan' in review, "no figure tells of that goal"
        assert "Underteckna rapporten" not in review
        assert (await petra.post(f"{place}/underteckna", data={"sett": "0" * 64})).status_code == 422
    assert await connection.fetchval("SELECT count(*) FROM signed_report") == 0


async def test_what_is_signed_is_locked_and_told_by_its_hash(pool: Pool, connection: Connection) -> None:
    await ingest(connection, cases(seed=42, count=40))
    async with browser_of(pool, PETRA) as petra:
        own = await _signed(petra)
        place = own.rpartition("/")[0]
        stored = (await petra.get(f"{own}/innehall.json")).content
        page = unescape(await _read(petra, own))
        assert (await petra.get(place)).headers["location"] == own
        assert (await petra.post(place, data={"text.inflode": "Annat", "version.inflode": ""})).status_code == 409
        assert (await petra.post(f"{place}/kand", data={"kand": "2022-01-10"})).status_code == 409

        await ingest(connection, cases(seed=43, count=40))
        assert (await petra.get(f"{own}/innehall.json")).content == stored
    [signed] = await read_log(connection, UUID(place.rpartition("/")[2]))
    assert isinstance(signed.data, ReportSigned)
    assert signed.data.content_sha256 == sha256(stored).hexdigest()
    assert signed.data.content_sha256 in page
    assert (signed.data.insats, signed.data.period, signed.data.revision) == ("finsam-team", "2021", 1)
    assert (signed.actor, signed.association) == ("worker:petra:project_leader", "stockholm")
    told = json.dumps(signed.model_dump(mode="json"), ensure_ascii=False)
    assert "Svar om" not in told
    assert "Petra" not in told
    report = form_reports.read(stored)
    assert report.texts()["inflode"] == _WORDS["inflode"]
    assert report.signature is not None
    assert report.signature.name == "Petra Projektledare"


async def test_counted_anew_it_is_the_same_bytes_also_when_more_is_registered(
    pool: Pool, connection: Connection
) -> None:
    appended = cases(seed=44, count=60)
    moment = end_of(_CUT_OFF)
    await ingest(connection, [each for each in appended if each.recorded <= moment])
    async with browser_of(pool, PETRA) as petra:
        own = await _signed(petra)
        later = [each for each in appended if each.recorded > moment]
        await ingest(connection, later)
        assert "blir det samma innehåll" in unescape(await _read(petra, f"{own}?omraknad=true"))


async def test_what_has_changed_since_it_was_read_is_not_signed(pool: Pool) -> None:
    async with browser_of(pool, PETRA) as petra, browser_of(pool, KIM) as kim:
        place = await _ready(petra)
        review = await _read(petra, f"{place}/granska")
        await _written(kim, place, {"ovrigt": "Något som Petra inte har läst."})
        found = re.search(r'name="sett" value="([0-9a-f]+)"', review)
        assert found
        answer = await petra.post(f"{place}/underteckna", data={"sett": found[1]})
        assert answer.status_code == 409
        assert "ändrats sedan du läste den" in unescape(answer.text)
        assert (await _sign(petra, place)).status_code == 303


async def test_the_office_returns_it_with_a_reason_and_approves_the_next_revision(
    pool: Pool, connection: Connection
) -> None:
    async with browser_of(pool, PETRA) as petra, browser_of(pool, KIM) as kim:
        own = await _signed(petra)
        place = own.rpartition("/")[0]
        assert (await kim.post(f"{own}/aterlamna", data={"skal": " "})).status_code == 422
        assert (await kim.post(f"{own}/aterlamna", data={"skal": "Skriv mer om inflödet."})).status_code == 303
        page = unescape(await _read(petra, place))
        assert "Skriv mer om inflödet." in page
        await _written(petra, place, {"inflode": "Mer om inflödet."})
        second = (await _sign(petra, place)).headers["location"]
        assert second == f"{place}/2"
        assert (await kim.post(f"{own}/godkann")).status_code == 409, "the first was returned"
        assert (await kim.post(f"{second}/godkann")).status_code == 303
        assert (await kim.post(f"{second}/aterlamna", data={"skal": "Ändå inte."})).status_code == 409
        first = form_reports.read((await kim.get(f"{own}/innehall.json")).content)
        then = form_reports.read((await kim.get(f"{second}/innehall.json")).content)
        assert "Godkänd" in await _read(petra, "/rapporter")
    assert (first.texts()["inflode"], then.texts()["inflode"]) == (_WORDS["inflode"], "Mer om inflödet.")
    log = sorted(await read_log(connection, UUID(place.rpartition("/")[2])), key=lambda each: each.sequence)
    assert [type(each.data) for each in log] == [ReportSigned, ReportReturned, ReportSigned, ReportApproved]
    assert "inflödet" not in json.dumps([each.model_dump(mode="json") for each in log], ensure_ascii=False)


async def test_others_have_no_such_pages(pool: Pool) -> None:
    async with browser_of(pool, PETRA) as petra:
        own = await _signed(petra)
        place = own.rpartition("/")[0]
        assert (await petra.post(f"{own}/godkann")).status_code == 403
        assert (await _begin(petra, insats="mia-vidare")).status_code == 403
    other = User("pia", "Pia", frozenset({Role.PROJECT_LEADER}), leads=frozenset({"mia-vidare"}))
    async with browser_of(pool, other) as pia:
        assert "FINSAM-team" not in await _read(pia, "/rapporter")
        for path in (place, f"{place}/granska", own, f"{own}/innehall.json", f"{own}/rapport.pdf"):
            assert (await pia.get(path)).status_code == 403, path
    async with browser_of(pool, KIM) as kim:
        assert (await kim.post(f"{place}/underteckna", data={"sett": ""})).status_code == 403
    for role in (Role.COORDINATOR, Role.LOTS, Role.OPERATIONS, Role.AGENCY, Role.DATA_PROTECTION):
        async with browser_of(pool, User("x", "X", frozenset({role}))) as somebody:
            for path in ("/rapporter", place, own, f"{own}/rapport.docx"):
                assert (await somebody.get(path)).status_code == 403, (role, path)


# The files ------------------------------------------------------------------------------------------------------


class _Main(HTMLParser):
    """The text of a page's main part."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += f" {data}"


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _said(report: FilledReport) -> list[str]:
    """Every text and every number of a report, in its order."""
    said: list[str] = [report.heading]
    for block in report.blocks:
        match block:
            case TableBlock(table=table):
                said += [table.caption, *table.label_columns, *table.columns]
                for row in table.rows:
                    said += [*row.labels, *(value.text for value in row.values)]
                said += [each for figure in table.definitions for each in (figure.label, says(figure))]
            case Answer(label=label, text=text):
                said += [label, *(line for line in text.split("\n") if line)]
            case _:
                said.append(block.text)
    assert report.signature is not None
    return [*said, report.signature.organisation, report.signature.name]


def _missing(said: list[str], text: str) -> list[str]:
    """What does not stand in a text, each after what stands before it."""
    at, missing = 0, []
    for each in said:
        found = text.find(each, at)
        if found < 0:
            missing.append(each)
        else:
            at = found + len(each)
    return missing


def _text_of_docx(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    parts: list[Any] = list(document.iter_inner_content())
    texts = []
    for part in parts:
        texts += [cell.text for row in part.rows for cell in row.cells] if hasattr(part, "rows") else [part.text]
    return _plain(" ".join(texts))


async def test_page_pdf_and_docx_say_the_same_and_are_the_same_bytes_each_time(
    pool: Pool, connection: Connection
) -> None:
    await ingest(connection, cases(seed=45, count=60))
    async with browser_of(pool, PETRA) as petra:
        own = await _signed(petra)
        page = _Main()
        page.feed((await _read(petra, own)).partition("<main")[2])
        pdf = (await petra.get(f"{own}/rapport.pdf")).content
        word = (await petra.get(f"{own}/rapport.docx")).content
        report = form_reports.read((await petra.get(f"{own}/innehall.json")).content)
        assert (await petra.get(f"{own}/rapport.pdf")).content == pdf
        assert (await petra.get(f"{own}/rapport.docx")).content == word
    said = [_plain(each) for each in _said(report)]
    assert len(said) > 100
    assert _missing(said, _plain(page.text)) == []
    assert _missing(said, _text_of_docx(word)) == []
    # In a PDF words break between lines, and columns of a row come as they are set.
    set_text = re.sub(r"[\s­-]", "", "".join(each.extract_text() for each in PdfReader(io.BytesIO(pdf)).pages))
    assert [each for each in said if re.sub(r"[\s­-]", "", each) not in set_text] == []
    properties = docx.Document(io.BytesIO(word)).core_properties
    assert (properties.title, properties.author, properties.language) == (report.heading, "", "sv-SE")
    assert properties.created is not None
    assert properties.created.date() == date(2022, 1, 20)


async def test_a_part_of_a_year_has_no_goals_and_says_so(pool: Pool) -> None:
    async with browser_of(pool, PETRA) as petra:
        place = await _begun(petra, till="2021-06-30", kand=(_CUT_OFF - timedelta(days=100)).isoformat())
        page = unescape(await _read(petra, place))
    assert "Målen gäller hela kalenderår" in page
    assert _GOAL not in page
