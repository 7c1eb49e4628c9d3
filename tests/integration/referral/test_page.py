"""The list of referrals as a browser gets it."""

import re
from uuid import UUID

from contracts.codes import Role
from tests.integration.referral.referral import Referral, new_message, started_fact
from tests.malformed import changed
from tests.waiting import until


def _row(page: str, case_id: UUID) -> str:
    found = re.search(rf'<tr id="anmalan-{case_id}">.*?</tr>', page, re.DOTALL)
    return found.group() if found else ""


def _refresh(page: str) -> str:
    """The address the page asks for news, with what htmx sends along."""
    found = re.search(r'id="news"[^>]* hx-get="([^"]+)"', page)
    assert found
    seen = re.findall(r'name="(newest|count|forgotten|told)" value="([^"]*)"', page)
    address = found.group(1).replace("&amp;", "&")
    said = "&".join(f"{name}={value}" for name, value in seen)
    return f"{address}{'&' if '?' in address else '?'}{said}"


async def _page(referral: Referral, role: Role = Role.COORDINATOR, state: str = "waiting") -> str:
    # Whoever came last is on the last page of those who wait, and on the first of the others.
    last = "&sist=true" if state == "waiting" else ""
    answer = await referral.client.get(f"/anmalningar?state={state}{last}", headers=referral.browser(role))
    assert answer.status_code == 200
    return answer.text


async def test_a_referral_is_on_the_page_with_name_unit_and_choices(referral: Referral) -> None:
    case_id = await referral.case_of()
    row = _row(await _page(referral), case_id)
    assert "Påhitta Felpostsson" in row
    assert "Farsta stadsdelsförvaltning" in row
    assert "FINSAM-team" in row
    assert "15 mars 2021" in row
    assert "Anta" in row
    assert "går inte att nå" in row


async def test_nothing_is_sent_while_nothing_is_new(referral: Referral) -> None:
    await referral.case_of()
    page = await _page(referral)
    reads = await referral.runtime.pool.fetchval("SELECT count(*) FROM identity_read")
    same = await referral.client.get(_refresh(page), headers=referral.browser(Role.COORDINATOR))
    assert (same.status_code, same.text) == (204, "")
    assert await referral.runtime.pool.fetchval("SELECT count(*) FROM identity_read") == reads

    await referral.case_of()
    news = await referral.client.get(_refresh(page), headers=referral.browser(Role.COORDINATOR))
    assert news.status_code == 200
    assert "1 ny anmälan" in news.text
    assert "Påhitta" not in news.text
    again = await referral.client.get(
        f"{_refresh(page)}&shown=1+ny+anm%C3%A4lan", headers=referral.browser(Role.LOTS)
    )
    assert again.status_code == 204


async def test_taken_on_in_the_page(referral: Referral) -> None:
    case_id = await referral.case_of()
    answer = await referral.client.post(f"/anmalningar/{case_id}/anta", headers=referral.browser(Role.COORDINATOR))
    assert answer.status_code == 200
    assert "Anmälan för Påhitta Felpostsson är antagen." in answer.text
    assert "<button" not in answer.text
    assert _row(await _page(referral, state="accepted"), case_id)


async def test_returned_in_the_page(referral: Referral) -> None:
    case_id = await referral.case_of()
    path = f"/anmalningar/{case_id}/aterremittera"
    browser = referral.browser(Role.COORDINATOR)
    assert (await referral.client.post(path, headers=browser, data={"reason": ""})).status_code == 422
    answer = await referral.client.post(path, headers=browser, data={"reason": "not_reached"})
    assert "Anmälan för Påhitta Felpostsson är återremitterad." in answer.text
    assert _row(await _page(referral, state="returned"), case_id)


async def test_without_scripts_a_form_leads_back_to_the_list(referral: Referral) -> None:
    case_id = await referral.case_of()
    browser = referral.browser(Role.COORDINATOR)
    del browser["hx-request"]
    answer = await referral.client.post(f"/anmalningar/{case_id}/anta", headers=browser)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/anmalningar?klar={case_id}")
    del browser["sec-fetch-site"]
    page = await referral.client.get(answer.headers["location"], headers=browser)
    assert "Anmälan för Påhitta Felpostsson är antagen." in page.text
    waiting = await referral.case_of()
    assert "är antagen" not in (await referral.client.get(f"/anmalningar?klar={waiting}", headers=browser)).text


async def test_another_site_cannot_send_the_form(referral: Referral) -> None:
    case_id = await referral.case_of()
    browser = referral.browser(Role.COORDINATOR) | {"sec-fetch-site": "cross-site"}
    answer = await referral.client.post(f"/anmalningar/{case_id}/anta", headers=browser)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")


async def test_a_lots_reads_and_does_not_decide(referral: Referral) -> None:
    case_id = await referral.case_of()
    row = _row(await _page(referral, Role.LOTS), case_id)
    assert "Påhitta Felpostsson" in row
    assert "<button" not in row
    refused = await referral.client.post(f"/anmalningar/{case_id}/anta", headers=referral.browser(Role.LOTS))
    assert refused.status_code == 403


async def test_agencies_and_operations_have_no_list(referral: Referral) -> None:
    for role in (Role.AGENCY, Role.OPERATIONS):
        answer = await referral.client.get("/anmalningar", headers=referral.browser(role))
        assert answer.status_code == 403


async def test_a_name_is_shown_as_it_is_spelt(referral: Referral) -> None:
    case_id = await referral.case_of(
        changed(new_message(), ("data", "person", "given_name"), "<script>alert(1)</script>")
    )
    row = _row(await _page(referral), case_id)
    assert "&lt;script&gt;" in row
    assert "<script>" not in row


async def test_an_accepted_one_is_returned_in_the_page_and_one_that_started_is_not(referral: Referral) -> None:
    returned, started = await referral.case_of(), await referral.case_of()
    for case_id in (returned, started):
        await referral.done(f"cases/{case_id}/accept", {})
    row = _row(await _page(referral, state="accepted"), returned)
    assert "Återremittera" in row
    assert ">Anta<" not in row
    answer = await referral.client.post(
        f"/anmalningar/{returned}/aterremittera?state=accepted",
        headers=referral.browser(Role.COORDINATOR),
        data={"reason": "not_relevant"},
    )
    assert "Anmälan för Påhitta Felpostsson är återremitterad." in answer.text
    page = await _page(referral, state="accepted")
    assert not _row(page, returned)
    assert _row(page, started)
    await referral.planning_appends(started, started_fact(referral))
    page = await until(lambda: _page(referral, state="started"), lambda text: bool(_row(text, started)))
    assert "Återremittera<" not in _row(page, started)


async def test_a_forgotten_person_has_no_name_on_the_page(referral: Referral) -> None:
    case_id = await referral.case_of()
    assert "Påhitta Felpostsson" in _row(await _page(referral), case_id)
    whom = {"case_id": str(case_id), "also_open": True}
    assert (await referral.post("persons/forget", whom, Role.OPERATIONS)).status_code == 201
    row = _row(await _page(referral), case_id)
    assert "Avidentifierad person" in row
    assert "Påhitta" not in row


async def test_who_decides_reads_that_no_door_names_the_kind_of_unit_and_nobody_is_refused_for_it(
    referral: Referral,
) -> None:
    sent = changed(new_message(), ("data", "insats"), "mia-vidare")
    named = await referral.case_of(sent)
    sent = changed(
        changed(new_message(), ("data", "insats"), "mia-vidare"), ("data", "referrer", "unit"), "jobbtorg-city"
    )
    unnamed = await referral.case_of(sent)
    page = await referral.client.get(
        "/anmalningar?insats=mia-vidare&sist=true", headers=referral.browser(Role.COORDINATOR)
    )
    rows = {
        case_id: page.text.partition(f'id="anmalan-{case_id}"')[2].partition("</tr>")[0]
        for case_id in (named, unnamed)
    }
    said = "Enheten är av ett slag som insatsens vägar in inte nämner."
    assert said in rows[unnamed]
    assert rows[named]
    assert said not in rows[named]
