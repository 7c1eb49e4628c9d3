"""What somebody who comes by themselves gets, without signing in, and what a coordinator sees of it."""

import asyncio
import re
from datetime import date
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

import httpx

from contracts import topics
from contracts.codes import Role
from contracts.events import local_date
from contracts.referral import ReferralReceived
from deploy.demo.identity import synthetic_number
from services.referral import intake
from tests.integration.referral.referral import Referral, new_number
from tests.malformed import AGENCY
from tests.raw_topics import read_topic

PATH: Final = "/anmal-dig"
INSATS: Final = "djarva-socialpsykiatri"
PAGE: Final = {"accept": "text/html", "sec-fetch-site": "same-origin"}
_BIRTHS: Final = count()


def _number(referral: Referral, age: int = 25) -> str:
    """Of somebody new who is that old."""
    nth = next(_BIRTHS)
    year = local_date(referral.runtime.clock.now()).year - age
    return synthetic_number(date(year, 1, 1 + nth // 20), 980 + nth % 20)


def _form(referral: Referral, **changes: str) -> dict[str, str]:
    return {
        "message_id": f"egen-{uuid4()}",
        "insats": INSATS,
        "relation": "self",
        "identity_number": _number(referral),
        "given_name": "Påhitta",
        "family_name": f"Självsson{uuid4().hex[:6]}",
        "sex": "woman",
        "phone": "070-174 06 05",
        "wish": "Jag vill ha något att göra om dagarna.",
        "choice": "given",
        **changes,
    }


async def _send(referral: Referral, form: dict[str, str], **headers: str) -> httpx.Response:
    return await referral.client.post(PATH, data=form, headers={**PAGE, **headers})


async def _taken_in(referral: Referral, form: dict[str, str]) -> str:
    """The reference on the receipt."""
    answer = await _send(referral, form)
    assert answer.status_code == 200, answer.text
    assert "Anmälan är mottagen" in answer.text
    [reference] = re.findall(r"<code>(E-[0-9A-Z]{4}-[0-9A-Z]{4})</code>", answer.text)
    return str(reference)


async def _own_cases(referral: Referral) -> int:
    found: int = await referral.runtime.pool.fetchval("SELECT count(*) FROM referral_case WHERE agency = 'stockholm'")
    return found


async def _inbox(referral: Referral, role: Role = Role.COORDINATOR) -> str:
    return (await referral.client.get("/anmalningar?sist=true", headers=referral.browser(role))).text


def _row_of(page: str, form: dict[str, str]) -> tuple[UUID, str]:
    rows = re.findall(r'<tr id="anmalan-([^"]+)">(.*?)</tr>', page, re.DOTALL)
    [(case_id, row)] = [each for each in rows if form["family_name"] in each[1]]
    return UUID(case_id), re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))


async def test_the_insatser_one_may_come_to_by_oneself_are_shown_to_anybody(referral: Referral) -> None:
    page = await referral.client.get(PATH, headers=PAGE)
    assert page.status_code == 200
    assert f'href="{PATH}/{INSATS}"' in page.text
    assert "Du är mellan 18 och 30 år." in page.text
    assert f"{PATH}/finsam-team" not in page.text
    form = await referral.client.get(f"{PATH}/{INSATS}", headers=PAGE)
    assert form.status_code == 200
    assert "Anmäl dig till Djärva initiativ: socialpsykiatri" in form.text
    for other in ("finsam-team", "novum", "nowhere"):
        answer = await referral.client.get(f"{PATH}/{other}", headers=PAGE)
        assert answer.status_code == 404
        assert "Det går inte att anmäla sig själv till den insatsen nu" in answer.text


async def test_what_is_sent_becomes_a_case_with_the_coordinator_and_the_receipt_says_no_more_than_was_sent(
    referral: Referral,
) -> None:
    form = _form(referral)
    reference = await _taken_in(referral, form)
    case_id, row = _row_of(await _inbox(referral), form)
    assert "från personen själv, utan myndighet" in row
    assert "Personen nås på 070-174 06 05" in row
    assert reference in row
    assert "Jag vill ha något att göra om dagarna." in row
    [received, consent] = [event for event in await referral.appended(case_id) if event.source == "/samspel/referral"]
    assert isinstance(received.data, ReferralReceived)
    assert (received.data.agency, received.data.unit, received.data.unit_kind) == ("stockholm", "self", "self")
    assert (received.actor, received.association, consent.type) == ("person", "stockholm", "ConsentGiven")


async def test_only_a_coordinator_is_shown_how_to_reach_the_person_and_it_is_written_down(referral: Referral) -> None:
    form = _form(referral)
    await _taken_in(referral, form)
    case_id, _ = _row_of(await _inbox(referral), form)
    read = "SELECT count(*) FROM identity_read WHERE case_id = $1 AND purpose LIKE 'contact details%'"
    assert await referral.runtime.pool.fetchval(read, case_id) == 1
    for role in (Role.LOTS, Role.OFFICE):
        _, row = _row_of(await _inbox(referral, role), form)
        assert "personen själv" in row
        assert form["phone"] not in row
        assert form["wish"] not in row
    assert await referral.runtime.pool.fetchval(read, case_id) == 1


async def test_somebody_who_helps_is_shown_with_what_they_are_to_the_person(referral: Referral) -> None:
    form = _form(referral, relation="guardian", helper="Vera Vårdnadsson", helper_phone="08-465 004 20", phone="")
    await _taken_in(referral, form)
    _, row = _row_of(await _inbox(referral), form)
    assert "från vårdnadshavare : Vera Vårdnadsson, 08-465 004 20, utan myndighet" in row.replace(
        "vårdnadshavare:", "vårdnadshavare :"
    )
    assert "nås på" not in row


async def test_the_same_form_twice_is_one_application_and_one_receipt(referral: Referral) -> None:
    form = _form(referral)
    before = await _own_cases(referral)
    at_once = await asyncio.gather(*(_taken_in(referral, form) for _ in range(3)))
    assert {*at_once, await _taken_in(referral, form)} == {at_once[0]}
    assert await _own_cases(referral) == before + 1
    changed = await _send(referral, {**form, "phone": "08-465 004 20"})
    assert changed.status_code == 422
    assert "Du har redan skickat det här formuläret" in changed.text
    assert await _own_cases(referral) == before + 1


async def test_what_is_wrong_is_said_at_its_field_and_the_same_form_can_be_sent_once_mended(
    referral: Referral,
) -> None:
    form = _form(referral, identity_number=_number(referral, 31), phone="")
    before = await _own_cases(referral)
    answer = await _send(referral, form)
    assert answer.status_code == 422
    assert "Anmälan är inte skickad" in answer.text
    messages = dict(re.findall(r'id="fel-(\w+)">([^<]*)<', answer.text))
    assert messages == {
        "identity_number": "Insatsen är för den som inte är äldre än 30 år på anmälningsdagen.",
        "phone": "Skriv ett telefonnummer eller en e-postadress, så att insatsen kan höra av sig.",
    }
    assert form["family_name"] in answer.text
    assert form["wish"] in answer.text
    assert await _own_cases(referral) == before
    remembered = await referral.runtime.pool.fetchval(
        "SELECT count(*) FROM inbox_message WHERE receipt->>'agency' = 'stockholm' AND receipt->>'case_id' IS NULL"
    )
    assert remembered == 0
    await _taken_in(referral, {**form, "identity_number": _number(referral), "phone": "08-465 004 20"})


async def test_nobody_learns_from_the_answer_whether_somebody_has_applied_or_been_referred(
    referral: Referral,
) -> None:
    form = _form(referral)
    await _taken_in(referral, form)
    again = _form(referral, identity_number=form["identity_number"])
    await _taken_in(referral, again)
    page = await _inbox(referral)
    for each in (form, again):
        _, row = _row_of(page, each)
        assert "Personen har redan en öppen anmälan till insatsen." in row


async def test_no_agency_hears_of_it(referral: Referral) -> None:
    form = _form(referral)
    reference = await _taken_in(referral, form)
    case_id, _ = _row_of(await _inbox(referral), form)
    await referral.done(f"cases/{case_id}/accept", {})
    assert "ReferralAccepted" in [event.type for event in await referral.appended(case_id)]
    assert topics.outbox("stockholm") not in {spec.name for spec in topics.ALL}
    queued = "SELECT count(*) FROM event WHERE topic = $1"
    assert await referral.runtime.pool.fetchval(queued, topics.outbox("stockholm")) == 0
    for record in await read_topic(referral.bootstrap, topics.outbox(AGENCY)):
        assert reference.encode() not in (record.value or b"")
        assert str(case_id).encode() not in (record.value or b"")


async def test_a_form_from_another_site_is_refused(referral: Referral) -> None:
    before = await _own_cases(referral)
    for site in ("cross-site", "same-site", "none"):
        answer = await _send(referral, _form(referral), **{"sec-fetch-site": site})
        assert answer.status_code == 403
    assert await _own_cases(referral) == before


async def test_more_than_could_be_meant_are_not_taken_in(referral: Referral, monkeypatch: Any) -> None:
    monkeypatch.setattr(intake, "MOST_OWN", await _own_cases(referral) + 1)
    await _taken_in(referral, _form(referral))
    form = _form(referral)
    answer = await _send(referral, form)
    assert answer.status_code == 429
    assert "Just nu kommer det in fler anmälningar" in answer.text
    assert form["family_name"] in answer.text
    monkeypatch.undo()
    await _taken_in(referral, form)


async def test_who_applied_by_themselves_can_be_forgotten(referral: Referral) -> None:
    form = _form(referral)
    await _taken_in(referral, form)
    case_id, _ = _row_of(await _inbox(referral), form)
    forgotten = {"case_id": str(case_id), "also_open": True}
    assert (await referral.post("persons/forget", forgotten, Role.OPERATIONS)).status_code == 201
    page = await _inbox(referral)
    assert form["family_name"] not in page
    assert f'id="anmalan-{case_id}"' in page


async def test_an_agency_cannot_refer_as_if_it_were_the_person(referral: Referral) -> None:
    message = {
        "specversion": "1.0",
        "id": f"sent-{uuid4()}",
        "source": "urn:agency:stockholms-stad",
        "type": "ReferralSubmitted",
        "data": {
            "reference": "SOC-1",
            "insats": "finsam-team",
            "referred_on": "2021-03-15",
            "referrer": {"unit": "self", "officer": {"name": "Rut"}},
            "person": {
                "identity_number": new_number(), "given_name": "P", "family_name": "S", "sex": "woman",
            },
            "needs": ["kommun", "region"],
            "consent": {"choice": "given", "stated_on": "2021-03-12"},
        },
    }  # fmt: skip
    answer = await referral.refer(message)
    assert answer.status_code == 422
    [error] = answer.json()["receipt"]["data"]["errors"]
    assert error["code"] == "unknown_referrer"
