"""What a referrer's browser gets: its own referrals, what became of each, and a form for a new one."""

import re
from typing import Any
from uuid import uuid4

import httpx

from contracts.codes import Role
from contracts.events import local_date
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.referral.spreadsheet import COLUMNS
from tests.integration.referral.referral import Referral, new_message, new_number, started_fact
from tests.malformed import AGENCY, changed
from tests.spreadsheets import xlsx
from tests.waiting import until

MINE = "/mina-anmalningar"


def _browser(referral: Referral, agency: str = AGENCY) -> dict[str, str]:
    tokens = LocalTokens(referral.runtime.settings.secrets["token_key"])
    user = User(id="rut", name="Rut Remittent", roles=frozenset({Role.AGENCY}), agency=agency)
    return {
        "cookie": f"{COOKIE}={tokens.issue(user)}",
        "sec-fetch-site": "same-origin",
        "accept": "text/html",
    }


async def _page(referral: Referral, path: str, agency: str = AGENCY) -> httpx.Response:
    return await referral.client.get(f"{MINE}{path}", headers=_browser(referral, agency))


def _form(referral: Referral, **changes: Any) -> dict[str, Any]:
    today = local_date(referral.runtime.clock.now()).isoformat()
    return {
        "message_id": str(uuid4()),
        "reference": "SOC-2026-1",
        "insats": "finsam-team",
        "unit": "farsta",
        "officer": "Rut Remittent",
        "identity_number": new_number(),
        "given_name": "Påhitta",
        "family_name": "Formulärsson",
        "sex": "woman",
        "needs": ["kommun", "region"],
        "choice": "given",
        "stated_on": today,
        "referred_on": today,
        **changes,
    }


async def _send(referral: Referral, form: dict[str, Any], agency: str = AGENCY) -> httpx.Response:
    return await referral.client.post(f"{MINE}/ny", data=form, headers=_browser(referral, agency))


async def test_a_referral_sent_by_the_form_is_received_and_its_page_is_the_receipt(referral: Referral) -> None:
    answer = await _send(referral, _form(referral, reference="SOC-FORM-1"))
    assert answer.status_code == 303, answer.text
    page = await referral.client.get(answer.headers["location"], headers=_browser(referral))
    assert "Anmälan är mottagen" in page.text
    assert "SOC-FORM-1" in page.text
    assert re.search(r"Plats \d+ av \d+ i kön", page.text)
    assert "Formulärsson" not in page.text
    assert "SOC-FORM-1" in (await _page(referral, "")).text


async def test_the_same_form_sent_twice_is_one_referral(referral: Referral) -> None:
    form = _form(referral)
    places = {(await _send(referral, form)).headers["location"] for _ in range(2)}
    assert len(places) == 1


async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(referral: Referral) -> None:
    form = _form(referral, identity_number="198702299999", needs=["kommun"], officer="", given_name="Bevarad")
    answer = await _send(referral, form)
    assert answer.status_code == 422
    assert "Anmälan är inte skickad" in answer.text
    for field, said in (
        ("identity_number", "Ange personnummer eller samordningsnummer med tolv siffror"),
        ("needs", "minst 2 av förbundets medlemmar"),
        ("officer", ""),
    ):
        [message] = re.findall(rf'id="fel-{field}">([^<]*)<', answer.text)
        assert said in message
    assert 'value="Bevarad"' in answer.text
    [message_id] = re.findall(r'name="message_id" value="([^"]+)"', answer.text)
    assert message_id != form["message_id"]
    mended = {**form, "identity_number": new_number(), "needs": ["kommun", "region"], "officer": "Rut"}
    assert (await _send(referral, {**mended, "message_id": message_id})).status_code == 303


async def test_a_number_is_taken_as_people_write_it(referral: Referral) -> None:
    number = new_number()
    written = f"{number[:8]}-{number[8:]}"
    assert (await _send(referral, _form(referral, identity_number=written))).status_code == 303


async def test_the_position_is_counted_among_all_who_wait_for_the_insats(referral: Referral) -> None:
    first, second = [
        await referral.case_of(changed(new_message(), ("data", "insats"), "mia-vidare")) for _ in range(2)
    ]

    async def place(case_id: Any) -> tuple[int, int]:
        [found] = re.findall(r"Plats (\d+) av (\d+) i kön", (await _page(referral, f"/{case_id}")).text)
        return int(found[0]), int(found[1])

    (before, queued), (after, _) = await place(first), await place(second)
    assert (after - before, queued) == (1, after)
    await referral.done(f"cases/{first}/accept", {})
    assert await place(second) == (after - 1, queued - 1)


async def test_each_step_is_shown_and_asked_for_only_when_there_is_one(referral: Referral) -> None:
    case_id = await referral.case_of()
    page = (await _page(referral, f"/{case_id}")).text
    [mark] = re.findall(r'name="shown" value="([^"]+)"', page)
    same = await referral.client.get(f"{MINE}/{case_id}/forlopp", params={"shown": mark}, headers=_browser(referral))
    assert (same.status_code, same.text) == (204, "")
    await referral.done(f"cases/{case_id}/accept", {})
    await referral.planning_appends(case_id, started_fact(referral))

    async def course() -> str:
        answer = await referral.client.get(
            f"{MINE}/{case_id}/forlopp", params={"shown": mark}, headers=_browser(referral)
        )
        return answer.text

    text = await until(course, lambda seen: "började i insatsen" in seen)
    assert text.index("antagen") < text.index("började i insatsen")


async def test_a_return_says_why(referral: Referral) -> None:
    case_id = await referral.case_of()
    await referral.done(f"cases/{case_id}/return", {"reason": "not_relevant"})
    page = (await _page(referral, f"/{case_id}")).text
    assert re.search(r"återremitterad: \w+", page), page


async def test_another_agency_sees_nothing_of_it(referral: Referral) -> None:
    sent = new_message()
    case_id = await referral.case_of(sent)
    for path in (f"/{case_id}", f"/{case_id}/forlopp"):
        answer = await _page(referral, path, "forsakringskassan")
        assert answer.status_code == 404
        assert "Er myndighet har ingen sådan anmälan" in answer.text
    assert sent["data"]["reference"] not in (await _page(referral, "", "forsakringskassan")).text
    older = await _page(referral, f"?efter={case_id}", "forsakringskassan")
    assert "Det finns inga äldre anmälningar" in older.text


async def test_only_a_referrer_has_such_pages(referral: Referral) -> None:
    for role in (Role.COORDINATOR, Role.OPERATIONS, Role.OFFICE, Role.LOTS):
        answer = await referral.client.get(MINE, headers=referral.browser(role))
        assert answer.status_code == 403


async def test_a_forgotten_person_s_referral_has_no_reference(referral: Referral) -> None:
    sent = new_message()
    case_id = await referral.case_of(sent)
    forgotten = {"case_id": str(case_id), "also_open": True}
    assert (await referral.post("persons/forget", forgotten, Role.OPERATIONS)).status_code == 201
    page = await _page(referral, f"/{case_id}")
    assert page.status_code == 200
    assert "avidentifierad" in page.text
    assert sent["data"]["reference"] not in page.text


async def test_the_list_goes_on_on_further_pages(referral: Referral) -> None:
    for _ in range(51):
        await referral.case_of()
    seen: list[str] = []
    path = ""
    for _ in range(20):
        page = (await _page(referral, path)).text
        seen += re.findall(rf'<th scope="row"><a href="{MINE}/([^"]+)"', page)
        following = re.search(r'href="/mina-anmalningar(\?efter=[^"]+)"', page)
        if following is None:
            break
        path = following.group(1)
    wanted = "SELECT count(*) FROM referral_case WHERE agency = $1"
    assert len(seen) == len(set(seen)) == await referral.runtime.pool.fetchval(wanted, AGENCY)


def _row(**changes: str) -> dict[str, str]:
    return {
        "Beteckning": f"SOC-{uuid4().hex[:8]}",
        "Insats": "FINSAM-team",
        "Enhet": "Farsta stadsdelsförvaltning",
        "Anmälningsdag": "2021-03-15",
        "Handläggare": "Rut Remittent",
        "Handläggarens e-post": "",
        "Handläggarens telefon": "",
        "Personnummer": new_number(),
        "Förnamn": "Påhitta",
        "Efternamn": "Filsson",
        "Kön": "Kvinna",
        "Telefon": "",
        "Behov": "kommunen, Försäkringskassan",
        "Samtycke": "Ja",
        "Samtycke den": "2021-03-12",
        **changes,
    }


def _sheet(*rows: dict[str, str]) -> bytes:
    return xlsx([list(COLUMNS), *(list(row.values()) for row in rows)])


async def _upload(referral: Referral, content: bytes) -> httpx.Response:
    files = {"file": ("anmälningar.xlsx", content, "application/octet-stream")}
    return await referral.client.post(f"{MINE}/fil", files=files, headers=_browser(referral))


async def _cases(referral: Referral) -> int:
    count: int = await referral.runtime.pool.fetchval("SELECT count(*) FROM referral_case")
    return count


def _said(page: str) -> list[str]:
    """What is said of each row, without markup."""
    cells = re.findall(r'data-label="Besked">(.*?)</td>', page, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]


async def test_a_file_in_order_is_taken_in_whole_and_a_second_time_changes_nothing(referral: Referral) -> None:
    before = await _cases(referral)
    content = _sheet(*(_row() for _ in range(5)))
    answer = await _upload(referral, content)
    assert answer.status_code == 200, answer.text
    assert "5 anmälningar är mottagna" in answer.text
    assert _said(answer.text) == ["mottagen"] * 5
    assert await _cases(referral) == before + 5
    again = await _upload(referral, content)
    assert "Filen hade redan tagits emot" in again.text
    assert _said(again.text) == ["redan mottagen"] * 5
    assert await _cases(referral) == before + 5


async def test_one_wrong_row_and_nothing_is_taken_in_and_each_row_has_its_verdict(referral: Referral) -> None:
    before = await _cases(referral)
    receipts = len(await referral.receipts())
    twice = _row()
    content = _sheet(
        _row(), _row(Personnummer="198702299999"), _row(Insats="Finnsam"), _row(Behov="kommunen"), twice, twice
    )
    answer = await _upload(referral, content)
    assert answer.status_code == 422
    assert "Ingen anmälan är skickad: 4 av filens rader är inte i sin ordning" in answer.text
    said = _said(answer.text)
    assert said[0] == said[4] == "i sin ordning, inte skickad"
    assert said[1].startswith("Personnummer: Ange personnummer eller samordningsnummer")
    assert said[2].startswith("Insats: Ange id för en insats")
    assert said[3].startswith("Behov: Insatsen är för den som behöver stöd av minst 2")
    assert said[5].startswith("Insats: Ni har redan en öppen anmälan")
    assert await _cases(referral) == before
    assert len(await referral.receipts()) == receipts
    assert (await _upload(referral, _sheet(_row()))).status_code == 200


async def test_a_file_that_is_none_is_refused_in_words(referral: Referral) -> None:
    for content, said in (
        (b"", "Filen är tom"),
        (b"PK\x03\x04", "Filen går inte att läsa"),
        (b"Namn;Ort\nA;B\n", "saknar kolumnerna Beteckning"),
    ):
        answer = await _upload(referral, content)
        assert answer.status_code == 422
        assert said in answer.text


async def test_the_template_can_be_fetched_and_sent(referral: Referral) -> None:
    answer = await _page(referral, "/fil/mall.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="anmalningar.csv"'
    sent = await _upload(referral, answer.content.replace(b"19870314-9818", new_number().encode()))
    assert sent.status_code == 200, sent.text
