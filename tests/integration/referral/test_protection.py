"""A person with protected identity: from that moment only those named read who it is, through every door."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.agency import ReferralAcknowledged
from contracts.catalogue import AGENCIES
from contracts.codes import Role
from deploy.demo.identity import synthetic_number
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.chassis.names import PROTECTED
from services.referral.inbox_store import STANDING
from services.referral.intake import InboundRecord
from services.referral.protection_store import CHANGES, OF_CASES
from services.referral.spreadsheet import COLUMNS
from tests.fhir import REGION, service_request
from tests.integration.referral.referral import Referral, encoded, new_message, new_number
from tests.malformed import AGENCY, Message, Record, changed
from tests.spreadsheets import xlsx

_ROLE_OF: Final = {"karin": Role.COORDINATOR, "kalle": Role.COORDINATOR, "lova": Role.LOTS, "kim": Role.OFFICE}
_LATEST: Final = "/anmalningar?sist=true"
"""The page of the list that whoever came last is on, however many wait."""
_UNIT: Final = "Jobbtorg Kista"
_MARK: Final = f"({PROTECTED.lower()})"
_PHONE: Final = "070-174 06 51"
_READERS: Final = ("data", "person", "protected_identity")


@dataclass(frozen=True)
class Person:
    """Somebody referred, and what tells who it is or where."""

    case_id: UUID
    name: str
    sent: Message

    @property
    def tells(self) -> tuple[str, ...]:
        number = self.sent["data"]["person"]["identity_number"]
        phone = self.sent["data"]["person"]["phone"]
        return self.name, self.name.split()[0], number, number[2:], phone, _UNIT, "jobbtorg-kista"


def _message(**person: Any) -> Message:
    """Somebody new, by a name that nobody else has."""
    sent = new_message()
    family = f"Dold{''.join(chr(97 + int(digit, 16)) for digit in uuid4().hex[:8])}"
    sent["data"]["person"] |= {"given_name": f"{family}a", "family_name": family, "phone": _phone(), **person}
    return sent


def _phone() -> str:
    """A number that nobody else in the lists has."""
    return f"070-{uuid4().int % 10**7:07}"


async def _referred(referral: Referral, **person: Any) -> Person:
    sent = _message(**person)
    said = sent["data"]["person"]
    return Person(await referral.case_of(sent), f"{said['given_name']} {said['family_name']}", sent)


def _token(referral: Referral, user: str, role: Role | None = None, agency: str | None = None) -> str:
    tokens = LocalTokens(referral.runtime.settings.secrets["token_key"])
    return tokens.issue(User(user, user, frozenset({role or _ROLE_OF[user]}), agency))


def _program(referral: Referral, user: str, role: Role | None = None) -> dict[str, str]:
    return {"authorization": f"Bearer {_token(referral, user, role)}"}


def _browser(referral: Referral, user: str, role: Role | None = None, agency: str | None = None) -> dict[str, str]:
    cookie = f"{COOKIE}={_token(referral, user, role, agency)}"
    return {"cookie": cookie, "sec-fetch-site": "same-origin", "accept": "text/html"}


async def _post(referral: Referral, user: str, path: str, body: Any, role: Role | None = None) -> httpx.Response:
    headers = _program(referral, user, role)
    return await referral.client.post(f"/api/referral/{path}", json=body, headers=headers)


async def _done(referral: Referral, user: str, path: str, body: Any, role: Role | None = None) -> Any:
    answer = await _post(referral, user, path, body, role)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _names(referral: Referral, user: str, *cases: UUID) -> tuple[dict[str, str], list[str]]:
    answer = await _post(referral, user, "names", {"case_ids": [str(each) for each in cases]})
    said = answer.json()
    return said["names"], said["withheld"]


async def _page(referral: Referral, user: str, path: str, status: int = 200) -> str:
    answer = await referral.client.get(path, headers=_browser(referral, user))
    assert answer.status_code == status, answer.text
    return answer.text


def _pages(case_id: UUID) -> tuple[str, ...]:
    return (
        "/anmalningar?sist=true",
        f"/anmalningar?klar={case_id}",
        "/anmalningar?state=incomplete&sist=true",
        "/anmalningar?state=accepted",
        "/anmalningar/ko?insats=finsam-team",
        f"/anmalningar/{case_id}/avsluta",
        f"/anmalningar/{case_id}/angra",
        f"/anmalningar/{case_id}/komplettera",
        f"/anmalningar/{case_id}/skydd",
    )


async def test_from_that_moment_only_those_named_read_the_name(referral: Referral) -> None:
    person = await _referred(referral)
    case_id = person.case_id
    assert (await _names(referral, "kalle", case_id)) == ({str(case_id): person.name}, [])
    told = await _done(referral, "karin", f"cases/{case_id}/protect", {"readers": ["lova"]})
    assert told == {
        "case_id": str(case_id),
        "protected": True,
        "open_to_you": True,
        "taken_on": True,
        "readers": ["karin", "lova"],
    }
    for user in ("kalle", "kim"):
        assert (await _names(referral, user, case_id)) == ({str(case_id): PROTECTED}, [str(case_id)])
    for user in ("karin", "lova"):
        assert (await _names(referral, user, case_id)) == ({str(case_id): f"{person.name} {_MARK}"}, [])


async def test_it_is_of_the_person_and_holds_for_every_case_also_later_ones(referral: Referral) -> None:
    person = await _referred(referral)
    await _done(referral, "karin", f"cases/{person.case_id}/protect", {})
    again = changed(changed(person.sent, ("id",), f"sent-{uuid4()}"), ("data", "insats"), "mia-vidare")
    later = await referral.case_of(again)
    assert (await _names(referral, "kalle", later)) == ({str(later): PROTECTED}, [str(later)])
    assert (await _names(referral, "karin", later))[0] == {str(later): f"{person.name} {_MARK}"}
    await _done(referral, "karin", f"cases/{later}/lift-protection", {})
    assert (await _names(referral, "kalle", person.case_id))[0] == {str(person.case_id): person.name}


async def test_no_page_and_no_answer_tells_others_who_it_is_or_where(referral: Referral) -> None:
    sent = changed(_message(), ("data", "referrer", "unit"), "jobbtorg-kista")
    said = sent["data"]["person"]
    person = Person(await referral.case_of(sent), f"{said['given_name']} {said['family_name']}", sent)
    case_id = person.case_id
    asked = {"what": ["other"], "asked_of": "referrer", "note": f"Fråga {person.name}."}
    await referral.done(f"cases/{case_id}/ask-for-completion", asked)
    before = {path: await _page(referral, "kalle", path) for path in _pages(case_id)}
    assert person.name in before["/anmalningar?state=incomplete&sist=true"]
    assert _UNIT in before["/anmalningar?state=incomplete&sist=true"]
    assert f"Fråga {person.name}." in before[f"/anmalningar/{case_id}/komplettera"]
    assert sum(person.name in page for page in before.values()) >= 5
    await _done(referral, "karin", f"cases/{case_id}/protect", {})
    for user in ("kalle", "kim", "lova"):
        for path in _pages(case_id):
            answer = await referral.client.get(path, headers=_browser(referral, user))
            assert answer.status_code in ({200} if user == "kalle" else {200, 403})
            assert [each for each in person.tells if each in answer.text] == [], (user, path)
        for path in ("cases?limit=500", f"cases/{case_id}"):
            answer = await referral.client.get(f"/api/referral/{path}", headers=_program(referral, user))
            assert [each for each in person.tells if each in answer.text] == [], (user, path)
    assert PROTECTED in await _page(referral, "kalle", "/anmalningar?state=incomplete&sist=true")
    kept = await _page(referral, "karin", f"/anmalningar/{case_id}/komplettera")
    assert f"Komplettering för {person.name} {_MARK}" in kept
    assert f"Fråga {person.name}." in kept
    assert _UNIT in await _page(referral, "karin", "/anmalningar?state=incomplete&sist=true")


async def test_somebody_who_came_by_themselves_is_not_to_be_reached_by_others(referral: Referral) -> None:
    name = f"Hemlig{''.join(chr(97 + int(digit, 16)) for digit in uuid4().hex[:8])}"
    form = {
        "message_id": f"egen-{uuid4()}", "insats": "djarva-socialpsykiatri", "relation": "self", "given_name": name,
        "family_name": "Egensson", "identity_number": synthetic_number(date(2000, 2, 28), 994), "sex": "woman",
        "phone": _PHONE,
        "wish": "Jag bor gömd.", "choice": "refused", "protected": "yes",
    }  # fmt: skip
    sent = await referral.client.post(
        "/anmal-dig", data=form, headers={"sec-fetch-site": "same-origin", "accept": "text/html"}
    )
    assert sent.status_code == 200, sent.text
    case_id = await _newest(referral)
    for user in ("kalle", "karin"):
        page = await _page(referral, user, _LATEST)
        assert f"anmalan-{case_id}" in page
        assert [each for each in (name, "Jag bor gömd.") if each in page] == []
    await _done(referral, "karin", f"cases/{case_id}/readers", {"readers": []})
    assert name in (page := await _page(referral, "karin", _LATEST))
    assert "Jag bor gömd." in page
    assert name not in await _page(referral, "kalle", _LATEST)


async def _newest(referral: Referral) -> UUID:
    found: UUID = await referral.runtime.pool.fetchval(
        "SELECT case_id FROM referral_case ORDER BY received_at DESC, case_id DESC LIMIT 1"
    )
    return found


async def _by_http(referral: Referral, number: str, name: str) -> UUID:
    sent = _message(identity_number=number, given_name=name, family_name="Dörrsson", protected_identity={})
    return await referral.case_of(sent)


async def _by_kafka(referral: Referral, number: str, name: str) -> UUID:
    sent = _message(identity_number=number, given_name=name, family_name="Dörrsson", protected_identity={})
    [place] = await referral.publish([Record("protected", b"key", encoded(sent))])
    receipt = (await referral.receipts_of([place]))[place]
    assert isinstance(receipt.data, ReferralAcknowledged)
    return receipt.data.case_id


async def _by_form(referral: Referral, number: str, name: str) -> UUID:
    form = {
        "message_id": str(uuid4()), "reference": "SOC-1", "insats": "finsam-team", "unit": "farsta",
        "officer": "Rut", "identity_number": number, "given_name": name, "family_name": "Dörrsson", "sex": "woman",
        "needs": ["kommun", "region"], "choice": "given", "stated_on": "2021-03-12", "referred_on": "2021-03-15",
        "protected": "yes",
    }  # fmt: skip
    headers = _browser(referral, "rut", Role.AGENCY, AGENCY)
    answer = await referral.client.post("/mina-anmalningar/ny", data=form, headers=headers)
    assert answer.status_code == 303, answer.text
    return UUID(answer.headers["location"].removeprefix("/mina-anmalningar/").partition("?")[0])


async def _by_file(referral: Referral, number: str, name: str) -> UUID:
    row = {
        **dict.fromkeys(COLUMNS, ""),
        "Beteckning": "SOC-2", "Insats": "FINSAM-team", "Enhet": "Farsta stadsdelsförvaltning",
        "Anmälningsdag": "2021-03-15", "Handläggare": "Rut", "Personnummer": number, "Förnamn": name,
        "Efternamn": "Dörrsson", "Kön": "Kvinna", "Behov": "kommunen, regionen", "Samtycke": "ja",
        "Samtycke den": "2021-03-12", "Skyddade personuppgifter": "Ja",
    }  # fmt: skip
    files = {"file": ("fil.xlsx", xlsx([list(row), list(row.values())]), "application/octet-stream")}
    headers = _browser(referral, "rut", Role.AGENCY, AGENCY)
    answer = await referral.client.post("/mina-anmalningar/fil", files=files, headers=headers)
    [found] = re.findall(r'href="/mina-anmalningar/([0-9a-f-]{36})"', answer.text)
    return UUID(found)


async def _by_fhir(referral: Referral, number: str, name: str) -> UUID:
    request = service_request(number, reference=f"REM-{uuid4().hex[:8]}")
    patient = next(each for each in request["contained"] if each["resourceType"] == "Patient")
    patient["name"] = [{"given": [name], "family": "Dörrsson"}]
    label = {"system": "http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel", "code": "skyddadFolkbokforing"}
    patient["meta"] = {"security": [label]}
    headers = {
        "authorization": f"Bearer {_token(referral, 'rut', Role.AGENCY, REGION)}",
        "content-type": "application/fhir+json",
    }
    answer = await referral.client.post("/api/referral/fhir/ServiceRequest", json=request, headers=headers)
    assert answer.status_code == 201, answer.text
    assert name not in answer.text
    return UUID(answer.json()["id"])


_DOORS: Final = {"http": _by_http, "kafka": _by_kafka, "form": _by_form, "file": _by_file, "fhir": _by_fhir}
_SENDERS: Final = {"http": ["agency-1"], "kafka": [], "form": ["rut"], "file": ["rut"], "fhir": ["rut"]}


@pytest.mark.parametrize("door", _DOORS)
async def test_a_referral_says_it_by_every_door_and_a_coordinator_takes_it_on(referral: Referral, door: str) -> None:
    case_id = await _DOORS[door](referral, new_number(), "Gunhildur")
    for user in ("karin", "kalle", "kim", "lova"):
        assert (await _names(referral, user, case_id)) == ({str(case_id): PROTECTED}, [str(case_id)])
    page = await _page(referral, "karin", f"/anmalningar/{case_id}/skydd")
    assert "Ta hand om ärendet" in page
    place, headers = f"/anmalningar/{case_id}/skydd/lasare", _browser(referral, "karin")
    unconfirmed = await referral.client.post(place, data={"readers": "lova"}, headers=headers)
    assert unconfirmed.status_code == 422
    taken = await referral.client.post(place, data={"readers": "lova", "bekraftat": "ja"}, headers=headers)
    assert taken.status_code == 303
    told = await referral.client.get(f"/api/referral/cases/{case_id}/protection", headers=_program(referral, "karin"))
    assert told.json()["readers"] == sorted(["karin", "lova", *_SENDERS[door]])
    assert (await _names(referral, "lova", case_id))[0] == {str(case_id): f"Gunhildur Dörrsson {_MARK}"}
    assert (await _names(referral, "kalle", case_id))[0] == {str(case_id): PROTECTED}
    late = await _post(referral, "kalle", f"cases/{case_id}/readers", {"readers": ["kalle"]})
    assert (late.status_code, late.json()["code"]) == (403, "not_named")


async def test_readers_named_in_the_referral_read_from_its_first_moment(referral: Referral) -> None:
    person = await _referred(referral, protected_identity={"readers": ["karin"]})
    assert (await _names(referral, "karin", person.case_id))[0] == {str(person.case_id): f"{person.name} {_MARK}"}
    late = await _post(referral, "kalle", f"cases/{person.case_id}/readers", {"readers": ["kalle"]})
    assert late.json()["code"] == "not_named"
    wrong = await referral.refer(_message(protected_identity={"readers": ["två ord"]}))
    [error] = wrong.json()["receipt"]["data"]["errors"]
    assert error["field"] == "data.person.protected_identity.readers.0"
    assert "två ord" not in wrong.text


async def test_a_referral_does_not_change_who_may_read_of_somebody_protected(referral: Referral) -> None:
    person = await _referred(referral)
    await _done(referral, "karin", f"cases/{person.case_id}/protect", {})
    again = changed(changed(person.sent, ("id",), f"sent-{uuid4()}"), ("data", "insats"), "mia-vidare")
    again["data"]["person"]["protected_identity"] = {"readers": ["kalle"]}
    later = await referral.case_of(again)
    assert (await _names(referral, "kalle", later))[0] == {str(later): PROTECTED}
    assert len(await referral.runtime.pool.fetch(CHANGES, later, 10)) == 1


async def test_the_page_marks_changes_and_lifts_with_the_box_ticked(referral: Referral) -> None:
    person = await _referred(referral)
    place, karin = f"/anmalningar/{person.case_id}/skydd", _browser(referral, "karin")
    shown = await _page(referral, "karin", place)
    assert f"Skydd för {person.name}" in shown
    assert "Alla andra ser ”Skyddade personuppgifter”" in shown
    assert (await referral.client.post(place, data={"readers": ""}, headers=karin)).status_code == 422
    wrong = await referral.client.post(place, data={"readers": "<kalle>", "bekraftat": "ja"}, headers=karin)
    assert wrong.status_code == 422
    assert "användarnamn" in wrong.text
    done = await referral.client.post(place, data={"readers": "lova, kim", "bekraftat": "ja"}, headers=karin)
    assert (done.status_code, done.headers["location"]) == (303, place)
    shown = await _page(referral, "karin", place)
    assert "<strong>Skyddade personuppgifter.</strong>" in shown
    assert 'value="karin, kim, lova"' in shown
    assert "Du är inte en av dem" in await _page(referral, "kalle", place)
    refused = await referral.client.post(
        f"{place}/hav", data={"bekraftat": "ja"}, headers=_browser(referral, "kalle")
    )
    assert refused.status_code == 403
    handed = {"readers": "kalle", "bekraftat": "ja"}
    assert (await referral.client.post(f"{place}/lasare", data=handed, headers=karin)).status_code == 303
    assert person.name not in await _page(referral, "karin", place)
    lifted = await referral.client.post(f"{place}/hav", data={"bekraftat": "ja"}, headers=_browser(referral, "kalle"))
    assert lifted.status_code == 303
    assert person.name in await _page(referral, "karin", place)


async def test_every_change_is_kept_with_who_and_when(referral: Referral) -> None:
    person = await _referred(referral)
    case = f"cases/{person.case_id}"
    await _done(referral, "karin", f"{case}/protect", {"readers": ["lova"]})
    await _done(referral, "dag", f"{case}/readers", {"readers": ["kalle"]}, Role.OPERATIONS)
    await _done(referral, "kalle", f"{case}/lift-protection", {})
    rows = [dict(row) for row in await referral.runtime.pool.fetch(CHANGES, person.case_id, 10)]
    assert all(row.pop("changed_at") for row in rows)
    assert rows == [
        {"changed_by": "kalle", "readers": None},
        {"changed_by": "dag", "readers": ["kalle"]},
        {"changed_by": "karin", "readers": ["karin", "lova"]},
    ]


async def test_a_refused_read_is_written_down_as_one(referral: Referral) -> None:
    person = await _referred(referral)
    await _done(referral, "karin", f"cases/{person.case_id}/protect", {})
    await _names(referral, "kalle", person.case_id)
    await _names(referral, "karin", person.case_id)
    log = "SELECT user_id, purpose, refused FROM identity_read WHERE case_id = $1 ORDER BY identity_read_id"
    rows = [tuple(row) for row in await referral.runtime.pool.fetch(log, person.case_id)]
    purpose = "name on a page of another service"
    assert rows == [("kalle", purpose, True), ("karin", purpose, False)]


async def test_who_may_mark_and_what_is_refused(referral: Referral) -> None:
    person = await _referred(referral)
    case = f"cases/{person.case_id}"
    for role in Role:
        answer = await _post(referral, "x", f"{case}/protect", {}, role)
        assert (answer.status_code == 201) == (role is Role.COORDINATOR), role
    refusals: list[tuple[str, dict[str, list[str]], str]] = [
        ("protect", {}, "already_protected"),
        ("readers", {"readers": []}, "not_named"),
        ("lift-protection", {}, "not_named"),
    ]
    for path, body, code in refusals:
        assert (await _post(referral, "kalle", f"{case}/{path}", body)).json()["code"] == code
    assert (await _post(referral, "kalle", f"cases/{uuid4()}/protect", {})).status_code == 404
    told = await referral.client.get(f"/api/referral/{case}/protection", headers=_program(referral, "kalle"))
    assert told.json() == {
        "case_id": str(person.case_id),
        "protected": True,
        "open_to_you": False,
        "taken_on": True,
        "readers": None,
    }


async def test_a_command_sent_again_with_its_key_is_carried_out_once(referral: Referral) -> None:
    person = await _referred(referral)
    headers = _program(referral, "karin") | {"Idempotency-Key": uuid4().hex}
    path = f"/api/referral/cases/{person.case_id}/protect"
    first, again = [await referral.client.post(path, json={}, headers=headers) for _ in range(2)]
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await referral.runtime.pool.fetch(CHANGES, person.case_id, 10)) == 1


async def test_an_open_list_learns_that_a_name_in_it_is_no_longer_to_be_seen(referral: Referral) -> None:
    person = await _referred(referral)
    seen = dict(
        re.findall(r'name="(newest|count|forgotten)" value="([^"]*)"', await _page(referral, "kalle", "/anmalningar"))
    )
    news = (
        f"/anmalningar/nytt?state=waiting&newest={seen['newest']}&count={seen['count']}&forgotten={seen['forgotten']}"
    )
    assert await _page(referral, "kalle", news, 204) == ""
    await _done(referral, "karin", f"cases/{person.case_id}/protect", {})
    assert "Listan har ändrats" in await _page(referral, "kalle", news)


async def test_forgetting_removes_the_mark(referral: Referral) -> None:
    person = await _referred(referral)
    case_id = person.case_id
    await _done(referral, "karin", f"cases/{case_id}/protect", {})
    await _done(referral, "dag", "persons/forget", {"case_id": str(case_id), "also_open": True}, Role.OPERATIONS)
    assert await referral.runtime.pool.fetch(OF_CASES, [case_id]) == []
    assert (await _names(referral, "kalle", case_id)) == ({str(case_id): "Avidentifierad person"}, [])
    answer = await _post(referral, "karin", f"cases/{case_id}/protect", {})
    assert (answer.status_code, answer.json()["code"]) == (404, "person_forgotten")
    assert "Personen är avidentifierad" in await _page(referral, "karin", f"/anmalningar/{case_id}/skydd")


async def test_a_referrer_reads_texts_only_if_named_and_their_own_reference_always(referral: Referral) -> None:
    reference = f"SOC-{uuid4().hex[:8]}"
    sent = changed(_message(protected_identity={}), ("data", "reference"), reference)
    headers = {"authorization": f"Bearer {_token(referral, 'rut', Role.AGENCY, AGENCY)}"}
    answer = await referral.client.post(f"/api/referral/inbox/{AGENCY}", content=encoded(sent), headers=headers)
    case_id = answer.json()["data"]["case_id"]
    asked = {"what": ["other"], "asked_of": "referrer", "note": "Bor hon kvar hos systern?"}
    await referral.done(f"cases/{case_id}/ask-for-completion", asked)
    for user, reads in (("rut", True), ("rolf", False)):
        browser = _browser(referral, user, Role.AGENCY, AGENCY)
        page = await referral.client.get(f"/mina-anmalningar/{case_id}", headers=browser)
        assert reference in page.text
        assert PROTECTED in page.text
        lacking = await referral.client.get(f"/mina-anmalningar/{case_id}/komplettera", headers=browser)
        assert reference in lacking.text
        assert ("hos systern" in lacking.text) == reads


async def test_whatever_the_order_of_marks_and_lifts_the_names_follow_the_rule(referral: Referral) -> None:
    """Many short stories about one person each: what the API tells every user is what was last decided."""
    chance = Random(20261128)
    for _ in range(8):
        person = await _referred(referral)
        readers: set[str] | None = None
        for _ in range(6):
            by, what = chance.choice(["karin", "kalle"]), chance.choice(["protect", "readers", "lift-protection"])
            named = sorted(chance.sample(sorted(_ROLE_OF), chance.randint(0, 3)))
            body = {} if what == "lift-protection" else {"readers": named}
            answer = await _post(referral, by, f"cases/{person.case_id}/{what}", body)
            readers = _follows(answer.status_code, readers, what, by, named)
            for user in _ROLE_OF:
                told = (await _names(referral, user, person.case_id))[0][str(person.case_id)]
                if readers is None:
                    assert told == person.name
                else:
                    assert told == (f"{person.name} {_MARK}" if user in readers else PROTECTED)


def _follows(status: int, readers: set[str] | None, what: str, by: str, named: list[str]) -> set[str] | None:
    """Who may read after a step, by the rule, which also says whether it was to be carried out."""
    wanted: Mapping[str, set[str] | None] = {
        "protect": {by, *named},
        "readers": set(named),
        "lift-protection": None,
    }
    allowed = readers is None if what == "protect" else readers is not None and by in readers
    if what == "readers":
        allowed = allowed and bool(named) and set(named) != readers
    assert (status == 201) == allowed
    return wanted[what] if allowed else readers


async def test_of_several_who_mark_at_once_one_does_and_of_several_who_take_on_one_does(referral: Referral) -> None:
    users = [f"koordinator-{nth}" for nth in range(5)]
    marked = await _referred(referral)
    sent = await _referred(referral, protected_identity={})
    asked: list[tuple[UUID, str, dict[str, list[str]], str]] = [
        (marked.case_id, "protect", {}, "already_protected"),
        (sent.case_id, "readers", {"readers": []}, "not_named"),
    ]
    for case_id, path, body, code in asked:
        answers = await asyncio.gather(
            *(_post(referral, user, f"cases/{case_id}/{path}", body, Role.COORDINATOR) for user in users)
        )
        refused = [answer.json()["code"] for answer in answers if answer.status_code != 201]
        assert refused == [code] * 4
        [first] = [user for user, answer in zip(users, answers, strict=True) if answer.status_code == 201]
        [row] = await referral.runtime.pool.fetch(OF_CASES, [case_id])
        assert first in row["readers"]
        assert set(users) & set(row["readers"]) == {first}


_FILL: Final = """
WITH people AS (
    INSERT INTO person (person_id, lookup, identity_number, known_since)
    SELECT gen_random_uuid(), sha256(n::text::bytea), '\\x00', now() FROM generate_series(1, 20000) AS n
    RETURNING person_id
), keys AS (
    INSERT INTO person_key (person_id, wrapped) SELECT person_id, '\\x00' FROM people
)
INSERT INTO referral_case (case_id, person_id, insats, agency, unit, referred_on, received_at, state, state_since,
                           consent, file)
SELECT gen_random_uuid(), person_id, 'finsam-team', 'stockholms-stad', 'farsta', '2021-01-01', now(),
       CASE WHEN random() < 0.02 THEN 'waiting' ELSE 'closed' END, '2021-01-01', 'given', '\\x00'
FROM people
"""
_PROTECT_SOME: Final = """
INSERT INTO protected_person (person_id, readers, taken_on)
SELECT person_id, '{karin}', true FROM person_key ORDER BY person_id LIMIT 100 ON CONFLICT DO NOTHING
"""


async def test_who_is_protected_is_found_by_indexes_in_a_vault_of_many(referral: Referral) -> None:
    async with referral.runtime.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(_FILL)
            await connection.execute(_PROTECT_SOME)
            await connection.execute("ANALYZE person, person_key, referral_case, protected_person")
            ids = await connection.fetch("SELECT case_id FROM referral_case LIMIT 100")
            plans = [
                await connection.fetch(f"EXPLAIN {OF_CASES}", [row["case_id"] for row in ids]),
                await connection.fetch(f"EXPLAIN {STANDING[False]}", "waiting", 1000),
                await connection.fetch(f"EXPLAIN {CHANGES}", ids[0]["case_id"], 20),
            ]
        finally:
            await transaction.rollback()
    for plan in plans:
        text = "\n".join(row[0] for row in plan)
        assert "Seq Scan on referral_case" not in text, text
        assert "Seq Scan on protection_change" not in text, text


async def test_a_search_leads_nobody_else_to_somebody_protected(referral: Referral) -> None:
    person = await _referred(referral)
    number = person.sent["data"]["person"]["identity_number"]

    async def found(user: str, words: str) -> bool:
        headers = _browser(referral, user)
        answer = await referral.client.post("/anmalningar/sok", data={"q": words}, headers=headers)
        assert answer.status_code == 200, answer.text
        return str(person.case_id) in answer.text

    searches = (person.name, person.name.split()[1][:6], number)
    assert [await found("kalle", words) for words in searches] == [True] * 3
    await _done(referral, "karin", f"cases/{person.case_id}/protect", {})
    assert [await found("kalle", words) for words in searches] == [False] * 3
    assert [await found("karin", words) for words in searches] == [True] * 3


async def test_a_batch_that_marks_many_costs_as_many_statements_as_one_and_each_is_marked_once(
    referral: Referral,
) -> None:
    intake = referral.intake()

    async def marked(size: int) -> tuple[int, int]:
        numbers = [new_number() for _ in range(size)]
        # The last of them is referred twice in the batch: once to each of two insatser.
        sent = [changed(new_message(number), _READERS, {"readers": ["karin", "lova"]}) for number in numbers]
        sent.append(
            changed(
                changed(new_message(numbers[-1]), _READERS, {"readers": ["kim"]}), ("data", "insats"), "mia-vidare"
            )
        )
        seen: list[str] = []
        async with referral.runtime.unit("service:referral") as unit:
            before = await unit.conn.fetchval("SELECT count(*) FROM protection_change")
            with unit.conn.query_logger(lambda record: seen.append(record.query)):
                records = [InboundRecord(encoded(each), place=None) for each in sent]
                await intake.ingest(unit, AGENCIES[AGENCY], records)
            after = await unit.conn.fetchval("SELECT count(*) FROM protection_change")
        return sum("typeinfo_tree" not in query and "jit" not in query for query in seen), after - before

    await marked(1)
    (one, once), (many, times) = await marked(1), await marked(30)
    assert one == many
    assert (once, times) == (1, 30)
