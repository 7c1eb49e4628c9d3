"""A protected person's name, number, telephone and unit are on no page and in no answer for whoever is not named.

Every page of the list of pages and every question of the four interfaces is asked, of services that ask each other.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest

from contracts.codes import Role
from deploy.demo.identity import synthetic_number
from services.chassis.auth import User
from services.chassis.http import COOKIE
from services.chassis.names import PROTECTED
from tests.fuzz.documents import DOCUMENTS
from tests.fuzz.running import Running, until
from tests.fuzz.test_hostile import PAGES
from tests.malformed import AGENCY, message
from tests.swedish_day import swedish_day

_UNIT: Final = ("relationsvaldsteamet", "Relationsvåldsteamet")
_PHONE: Final = "070-174 06 77"
_NAMES: Final = {"waits": ("Ingegerd", "Undangömd"), "planned": ("Torgny", "Osynligsson")}
_USERS: Final = {
    "karin": (Role.COORDINATOR, None),
    "kalle": (Role.COORDINATOR, None),
    "lova": (Role.LOTS, None),
    "kim": (Role.OFFICE, None),
    "drift": (Role.OPERATIONS, None),
    "rolf": (Role.AGENCY, AGENCY),
}
_OTHERS: Final = tuple(user for user in _USERS if user != "karin")
_QUERIES: Final = {
    "state": ("waiting", "incomplete", "accepted", "started", "returned", "closed"),
    "insats": ("finsam-team",),
    "roll": ("koordinator", "lots"),
    "limit": ("200",),
}
_GAP: Final = re.compile(r"{\w+}")
_STATISTICS: Final = re.compile("/rapport|/api/reporting/years")
"""What counts units has their names, and nothing of a case beside them."""
_CHOICES: Final = "/avvikelser"
"""A form there has every kind of unit of the catalogue to choose from, whoever was referred by one."""


@dataclass(frozen=True)
class Protected:
    """Two protected people, one who waits for a seat and one with a plan, and what tells who they are."""

    cases: tuple[str, ...]
    follow_ups: tuple[str, ...]
    tells: tuple[str, ...]


def _token(system: Running, user: str) -> str:
    role, agency = _USERS[user]
    return system.tokens.issue(User(user, "Test", frozenset({role}), agency))


def _browser(system: Running, user: str) -> dict[str, str]:
    cookie = f"{COOKIE}={_token(system, user)}"
    return {"accept": "text/html", "sec-fetch-site": "same-origin", "cookie": cookie}


def _program(system: Running, user: str) -> dict[str, str]:
    return {"authorization": f"Bearer {_token(system, user)}"}


def _post(system: Running, service: str, path: str, body: Any, user: str = "karin") -> Any:
    url = f"{system.urls[service]}/api/{service}/{path}"
    answer = httpx.post(url, json=body, headers=_program(system, user), timeout=30)
    assert answer.status_code == 201, answer.text
    return answer.json()


def _referred(system: Running, which: str, number: str) -> str:
    """An accepted case that planning knows."""
    content, today = message(f"protected-{which}", number), swedish_day().isoformat()
    data = content["data"]
    data["referred_on"] = data["consent"]["stated_on"] = today
    data["referrer"]["unit"] = _UNIT[0]
    data["person"] |= {"given_name": _NAMES[which][0], "family_name": _NAMES[which][1], "phone": _PHONE}
    case: str = _post(system, "referral", f"inbox/{AGENCY}", content, "rolf")["data"]["case_id"]
    _post(system, "referral", f"cases/{case}/accept", {})
    until(partial(_accepted, system, case), "planning knows the case")
    return case


def _accepted(system: Running, case: str) -> bool:
    answer = system.get("planning", f"/api/planning/cases/{case}")
    return answer.status_code == 200 and answer.json()["stage"] == "accepted"


def _reported(system: Running, case: str) -> bool:
    return system.get("reporting", f"/api/reporting/cases/{case}/events").status_code == 200


@pytest.fixture(scope="module")
def protected(system: Running) -> Protected:
    """Before anybody is marked: their names are seen by all who work with the insats."""
    numbers = [synthetic_number(date(1972, 3, day), 991) for day in (1, 2)]
    waits, planned = _referred(system, "waits", numbers[0]), _referred(system, "planned", numbers[1])
    today = swedish_day().isoformat()
    seat = {"team": "team-1", "meets_on": today, "starts_at": "13:00", "mode": "physical"}
    steps: dict[str, Any] = {"meeting": seat, "meeting/held": {}, "start": {}}
    for path, body in steps.items():
        _post(system, "planning", f"cases/{planned}/{path}", body)
    kinds = [{"responsible": "kommun", "kind": "work_training"}, {"responsible": "region", "kind": "studies"}]
    _post(system, "planning", f"cases/{planned}/samplan", {"activities": kinds})
    # The protected person is in the lists of whoever supports them, and of whoever is asked to.
    _post(system, "planning", f"cases/{planned}/lots", {"lots_id": "lova"})
    _post(system, "planning", f"cases/{planned}/support/handover", {"role": "lots", "to": "kalle"})
    owed = f"/api/followup/cases/{planned}/follow-ups"
    follow_ups = until(lambda: system.get("followup", owed).json()["items"], "follow-ups")
    for case in (waits, planned):
        until(partial(_reported, system, case), "timeline")
    tells = (*_NAMES["waits"], *_NAMES["planned"], *(number[2:] for number in numbers), _PHONE)
    return Protected((waits, planned), (follow_ups[0]["follow_up_id"],), tells)


def _addresses(protected: Protected) -> Iterator[tuple[str, str]]:
    """Every page and every question, with the ids of the protected and each value that a list is chosen by."""
    ids = (*protected.cases, *protected.follow_ups)
    for service, path, asked in PAGES:
        for place in _places(path, ids):
            yield from ((service, f"{place}{query}") for query in _queries(asked, ids))
    for service, document in DOCUMENTS.items():
        for path, operations in document["paths"].items():
            if "get" in operations:
                told = operations["get"].get("parameters", [])
                queries = list(_queries([each["name"] for each in told if each["in"] == "query"], ids))
                for place in _places(path, ids):
                    yield from ((service, f"{place}{query}") for query in queries)


def _places(path: str, ids: tuple[str, ...]) -> Iterator[str]:
    """The path with each id in its gaps; with a year where one is reported."""
    fillings = (str(swedish_day().year),) if _STATISTICS.match(path) else ids
    yield from dict.fromkeys(_GAP.sub(filling, path) for filling in fillings)


def _queries(asked: Any, ids: tuple[str, ...]) -> Iterator[str]:
    yield ""
    for name in asked:
        values = ids if name in {"klar", "efter"} else _QUERIES.get(name, ())
        yield from (f"?{name}={quote(value)}" for value in values)


def _read(system: Running, user: str, addresses: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What a user is answered at each address."""
    with httpx.Client(timeout=30) as client:
        return {
            (service, address): client.get(
                f"{system.urls[service]}{address}",
                headers=_program(system, user) if address.startswith("/api/") else _browser(system, user),
            ).text
            for service, address in addresses
        }


def _services(answers: Mapping[tuple[str, str], str], text: str) -> set[str]:
    """The services that say a text of a case."""
    return {
        service for (service, address), answer in answers.items() if text in answer and not _STATISTICS.match(address)
    }


def _without_choices(answers: Mapping[tuple[str, str], str]) -> Mapping[tuple[str, str], str]:
    return {
        (service, address): text for (service, address), text in answers.items() if not address.startswith(_CHOICES)
    }


def test_nobody_else_is_told_who_it_is_on_any_page_or_in_any_answer(system: Running, protected: Protected) -> None:
    addresses = list(dict.fromkeys(_addresses(protected)))
    name = " ".join(_NAMES["planned"])
    seen = _read(system, "kalle", addresses)
    told_by = _services(seen, name)
    assert told_by == {"referral", "planning", "followup", "reporting"}
    assert _services(_without_choices(seen), _UNIT[1]) == {"referral", "planning", "reporting"}
    for case in protected.cases:
        _post(system, "referral", f"cases/{case}/protect", {})
    for user in _OTHERS:
        answers = _read(system, user, addresses)
        for place, text in answers.items():
            assert [each for each in protected.tells if each in text] == [], (user, place)
        # The referrer's own form lists the units of the agency.
        assert user == "rolf" or [each for each in _UNIT if _services(_without_choices(answers), each)] == [], user
        assert user != "kalle" or _services(answers, PROTECTED) == told_by
    assert _services(_read(system, "karin", addresses), f"{name} ({PROTECTED.lower()})") == told_by


def test_the_interfaces_tell_nobody_else_the_name(system: Running, protected: Protected) -> None:
    answer = httpx.post(
        f"{system.urls['referral']}/api/referral/names",
        json={"case_ids": list(protected.cases)},
        headers=_program(system, "kalle"),
        timeout=30,
    )
    assert answer.json() == {
        "names": dict.fromkeys(protected.cases, PROTECTED),
        "withheld": sorted(protected.cases),
    }
