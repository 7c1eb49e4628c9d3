"""What a schema does not think of: hostile values in every field, form, path and header. Nothing is answered 5xx."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws, jwt

from contracts.codes import Role
from tests.fuzz.documents import DOCUMENTS
from tests.fuzz.running import ROLES, Running

PROBLEM = "application/problem+json"
DAYS = ("0001-01-01", "1899-12-31", "2101-01-01", "9999-12-31", "-0001-01-01", "2021-02-30", "20210304")
MOMENTS = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "1899-12-31T23:59:59Z",
    "2101-01-01T00:00:00Z",
    "2021-03-04T05:06:07",
    "0",
    "253402300800",
)
HOSTILE: Final[tuple[Any, ...]] = (
    *DAYS,
    *MOMENTS,
    "\0",
    "team-1\0",
    "\ud800",
    "\x7f",
    "\u202e",
    "",
    " ",
    "٣" * 4,
    "x" * 2_000,
    "24:00",
    "09:00:30",
    "09:00+01:00",
    0,
    -1,
    2**63,
    10**400,
    1e308,
    float("nan"),
    float("inf"),
    True,
    None,
    [],
    {},
    [[[[]]]],
    {"\0": "\0", "\ud800": 1},
)
_SLOWLY = settings(
    derandomize=True, database=None, deadline=None, max_examples=30, suppress_health_check=list(HealthCheck)
)


def _bodies() -> Iterator[Any]:
    """Each service's operation with a body, and an example of it."""
    for service, document in DOCUMENTS.items():
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                    example = _example(document, content)
                    yield pytest.param(service, method, path, media_type, example, id=f"{service}-{method}-{path}")


def _example(document: Any, content: Any) -> Any:
    if "example" in content:
        return content["example"]
    return document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]["examples"][0]


BODIES = list(_bodies())


def _leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key, inner in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from _leaves(inner, (*path, key))


def _changed(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(content))
    node = copy
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return copy


def place_of(system: Running, path: str) -> str:
    for name, known in system.known.items():
        path = path.replace(f"{{{name}}}", known[-1])
    return path.replace("{dead_letter_id}", str(UUID(int=7)))


def _as(system: Running, path: str) -> dict[str, str]:
    return system.bearer(Role.AGENCY if "/inbox/" in path else Role.COORDINATOR)


def assert_answered(answer: httpx.Response) -> None:
    assert answer.status_code < 500, (answer.request.method, answer.request.url, answer.text)
    if answer.status_code >= 400 and not answer.headers["content-type"].startswith("text/html"):
        assert answer.headers["content-type"] == PROBLEM, answer.text
        said = answer.json()
        assert said["status"] == answer.status_code
        assert said["code"]
        assert said["detail"]


@pytest.mark.parametrize(("service", "method", "path", "media_type", "example"), BODIES)
def test_hostile_values_in_every_field_of_a_body(
    system: Running, service: str, method: str, path: str, media_type: str, example: Any
) -> None:
    headers = {**_as(system, path), "content-type": media_type}
    with httpx.Client(base_url=system.urls[service], headers=headers, timeout=30) as client:
        for leaf in _leaves(example):
            for value in HOSTILE:
                body = json.dumps(_changed(example, leaf, value))
                answer = client.request(method, place_of(system, path), content=body)
                assert_answered(answer)
                if answer.status_code == 422 and answer.json()["code"] == "request_not_valid":
                    assert "xxxxx" not in answer.text, "what was sent is repeated"


@pytest.mark.parametrize(("service", "method", "path", "media_type", "example"), BODIES)
def test_a_body_that_is_none(
    system: Running, service: str, method: str, path: str, media_type: str, example: Any
) -> None:
    bodies: list[bytes] = [
        b"", b"{", b"[]", b"null", b"0", b'"\\u0000"', b"\xff\xfe", b"\0", b"9" * 5_000,
        b"[" * 20_000, b'{"a":' * 20_000, b"NaN", json.dumps(example).encode("utf-16"),
    ]  # fmt: skip
    kinds = [media_type, "text/plain", "multipart/form-data", "application/json; charset=utf-16", "x", "\xff"]
    with httpx.Client(base_url=system.urls[service], headers=_as(system, path), timeout=30) as client:
        for body in bodies:
            for kind in kinds:
                head = [(b"content-type", kind.encode("latin-1"))]
                assert_answered(client.request(method, place_of(system, path), content=body, headers=head))


@pytest.mark.parametrize("moment", MOMENTS)
def test_figures_as_of_a_moment_at_the_edge(system: Running, moment: str) -> None:
    answer = system.get("reporting", f"/api/reporting/periods/2021?as_of={quote(moment)}", Role.OFFICE)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == "as_of"
    assert "ÅÅÅÅ-MM-DDTHH:MM:SS" in error["message"]


_SHORT: Final = [each for each in HOSTILE if isinstance(each, str) and len(each) < 100]
TEXTS = st.text(st.characters(), max_size=30) | st.sampled_from(_SHORT)

PAGES = [
    ("reporting", "/", ()),
    ("reporting", "/arenden/{any}/historik", ()),
    ("reporting", "/rapport", ("fran", "till", "sida")),
    ("reporting", "/rapport/{any}", ("kand",)),
    ("reporting", "/rapport/frysta", ()),
    ("reporting", "/rapport/{any}/kvalitet", ()),
    ("reporting", "/rapport/enkater", ("klar",)),
    ("reporting", "/rapport/enkater/{any}/avslut/mall.csv", ()),
    ("reporting", "/rapport/enkater/nns/{any}/mall.csv", ()),
    ("reporting", "/rapport/2021/enkater/{any}", ()),
    ("reporting", "/rapport/2021/enkater/nns", ("kand",)),
    ("reporting", "/rapport/frysta/{any}", ("omraknad",)),
    ("reporting", "/rapport/frysta/{any}/innehall.json", ()),
    ("reporting", "/rapport/frysta/{any}/filer/siffror.pdf", ()),
    ("reporting", "/rapport/frysta/{any}/publicering", ()),
    ("reporting", "/rapport/frysta/{any}/publicering/siffror.csv", ()),
    ("reporting", "/rapport/frysta/{any}/siffror/started", ("sex", "insats")),
    ("reporting", "/rapport/2021/{any}", ()),
    ("reporting", "/rapport/{any}/siffror", ("kand",)),
    ("reporting", "/rapport/2021/siffror/{any}/utveckling", ("per", "jamfor")),
    ("reporting", "/rapport/2021/siffror/started/utveckling.svg", ("per", "jamfor", "utseende")),
    ("reporting", "/rapport/{any}/flode", ("kand",)),
    ("reporting", "/rapport/2021/flode/{any}", ("kand",)),
    ("reporting", "/rapport/2021/flode.svg", ("konto", "insats", "kand", "utseende")),
    ("reporting", "/rapport/{any}/kohorter", ("kand",)),
    ("reporting", "/rapport/2021/kohorter/{any}", ("kand",)),
    ("reporting", "/rapport/2021/kohorter.svg", ("kurva", "insats", "kand", "utseende")),
    ("reporting", "/rapport/{any}/behov", ("kand",)),
    ("reporting", "/rapport/2021/behov/{any}", ("kand",)),
    ("reporting", "/rapport/2021/filer/flode.{any}", ("kand",)),
    ("reporting", "/rapport/2021/filer/kohorter/{any}.csv", ("kand",)),
    ("reporting", "/rapport/{any}/filer/behov.json", ("kand",)),
    ("reporting", "/rapport/{any}/uppfoljning-finsam", ("kand",)),
    ("reporting", "/rapport/2021/filer/rapport.{any}", ("kand",)),
    ("reporting", "/rapport/{any}/filer/siffror.csv", ("kand",)),
    ("reporting", "/rapport/2021/filer/siffror/{any}.json", ("kand",)),
    ("reporting", "/rapport/2021/filer/insatser/{any}.xlsx", ("kand",)),
    ("reporting", "/rapport/{any}/mal", ()),
    ("reporting", "/rapport/2021/siffror/{any}", ()),
    ("reporting", "/rapport/2021/siffror/started", ("kand", "alla", "efter", "sex", "version")),
    ("reporting", "/ekonomi/{any}", ()),
    ("reporting", "/ekonomi/2021", ("kand", "klar")),
    ("reporting", "/ekonomi/{any}/filer/ekonomi.csv", ()),
    ("reporting", "/ekonomi/2021/filer/ekonomi.{any}", ("kand",)),
    ("reporting", "/ekonomi/belopp/{any}", ("kand", "klar")),
    ("reporting", "/avvikelser", ("part", "omrade", "slag", "lage", "klar")),
    ("reporting", "/projektledare", ()),
    ("reporting", "/projektledare/{any}", ()),
    ("reporting", "/rapporter", ()),
    ("reporting", "/rapporter/{any}", ("klar",)),
    ("reporting", "/rapporter/{any}/granska", ()),
    ("reporting", "/rapporter/{any}/1", ("omraknad",)),
    ("reporting", "/rapporter/1c2d3e4f-0000-4000-8000-000000000000/{any}", ("omraknad",)),
    ("reporting", "/rapporter/{any}/1/innehall.json", ()),
    ("reporting", "/rapporter/{any}/1/rapport.docx", ()),
    ("reporting", "/{any}", ()),
    ("reporting", "/static/{any}", ()),
    ("reporting", "/insatser", ()),
    ("reporting", "/insatser/{any}", ("version",)),
    ("reporting", "/logga-in", ("kod", "till")),
    ("referral", "/anmalningar", ("state", "klar", "insats", "efter", "fore")),
    ("referral", "/anmalningar/nytt", ("state", "newest", "insats", "fore", "shown")),
    ("referral", "/anmalningar/sok", ("q",)),
    ("referral", "/anmal-dig", ()),
    ("referral", "/anmal-dig/{any}", ()),
    ("referral", "/anmalningar/{any}/avsluta", ()),
    ("referral", "/anmalningar/{any}/angra", ("klar",)),
    ("referral", "/anmalningar/{any}/skydd", ()),
    ("referral", "/anmalningar/ko", ("insats", "efter", "noterad", "handelse")),
    ("referral", "/anmalningar/{any}/komplettera", ()),
    ("referral", "/anmalningar/utan-remittent", ("bytt",)),
    ("referral", "/anmalningar/aterforda", ()),
    ("referral", "/anmalningar/fyller-ar", ()),
    ("referral", "/anmalningar/uppehall", ("klar",)),
    ("referral", "/anmalningar/{any}/samtycke", ("klar",)),
    ("referral", "/anmalningar/{any}/tidigare", ()),
    ("referral", "/anmalningar/{any}/remittent", ()),
    ("referral", "/mina-anmalningar/remittenter", ("bytt", "noterat")),
    ("referral", "/mina-anmalningar/{any}/remittent", ()),
    ("referral", "/mina-anmalningar/{any}/ta-tillbaka", ()),
    ("referral", "/mina-anmalningar/{any}/komplettera", ()),
    ("referral", "/mina-anmalningar", ("efter",)),
    ("referral", "/mina-anmalningar/att-gora", ()),
    ("referral", "/mina-anmalningar/fil", ()),
    ("referral", "/mina-anmalningar/utkast/{any}", ("sparat",)),
    ("referral", "/mina-anmalningar/{any}", ("mottagen",)),
    ("referral", "/mina-anmalningar/{any}/forlopp", ("shown",)),
    ("referral", "/konsultationer", ("insats", "ar", "forum", "noted", "gone")),
    ("referral", "/konsultationer/aktualiserade", ("insats", "ar", "led_to", "noted", "gone")),
    ("planning", "/tider", ("insats", "fran", "klar", "antagen", "efter")),
    ("planning", "/tider/kallelser", ()),
    ("planning", "/tider/kallelser/{any}", ("klar",)),
    ("planning", "/tider/ny", ("insats", "team", "dag", "tid")),
    ("planning", "/arenden/{any}/stod", ("klar",)),
    ("planning", "/mina-deltagare", ("sedan", "efter", "klara", "nekade")),
    ("planning", "/mina-deltagare/overlamna", ("av", "klara")),
    ("planning", "/mina-deltagare/overlamna/antal", ("av",)),
    ("planning", "/partens-arenden", ("sedan", "efter")),
    ("planning", "/partens-arenden/{any}", ()),
    ("planning", "/tider/platser", ("insats", "klar")),
    ("planning", "/tider/platser/ny", ("insats", "leverantor")),
    ("planning", "/tider/grupper", ("insats", "manad", "klar")),
    ("planning", "/tider/grupper/ny", ("insats", "grupp")),
    ("planning", "/tider/grupper/{any}", ("klar", "dag")),
    ("planning", "/arenden/{any}/grupp", ("klar",)),
    ("planning", "/arenden/{any}/aktiviteter", ("klar",)),
    ("planning", "/arenden/{any}/forsorjning", ("klar",)),
    ("planning", "/arenden/{any}/steg", ("klar",)),
    ("planning", "/arenden/{any}/steg/{any}/svar", ("klar",)),
    ("planning", "/tider/arende/{any}", ("klar",)),
    ("planning", "/arenden/{any}", ("klar",)),
    ("planning", "/arenden/{any}/plan", ()),
    ("planning", "/arenden/{any}/plan/utskrift", ()),
    ("planning", "/arenden/{any}/ratta/{any}", ()),
    ("planning", "/arenden/{any}/avsluta", ("klar", "reason", "exited_on")),
    ("followup", "/uppfoljningar", ("roll", "klar", "tagna", "nekade")),
    ("followup", "/uppfoljningar/franvaro", ("klar",)),
    ("followup", "/uppfoljningar/lamna-over", ("av", "klara")),
    ("followup", "/uppfoljningar/lamna-over/antal", ("av",)),
    ("followup", "/uppfoljningar/nytt", ("roll", "mark", "count", "shown")),
    ("followup", "/uppfoljningar/kommande", ("roll",)),
    ("followup", "/uppfoljningar/aviseringar", ("klar",)),
    ("followup", "/uppfoljningar/kalender/{any}", ()),
    ("followup", "/uppfoljningar/kalender/{any}.ics", ()),
    ("followup", "/uppfoljningar/{any}/slutfor", ("roll",)),
    ("followup", "/uppfoljningar/{any}/formular", ("roll",)),
    ("followup", "/uppfoljningar/{any}/stang", ("roll",)),
]


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@pytest.mark.parametrize(("service", "path", "asked"), PAGES, ids=str)
def test_any_text_in_the_address_of_a_page(system: Running, service: str, path: str, asked: tuple[str, ...]) -> None:
    ids = system.known["case_id"] + system.known["follow_up_id"]

    @_SLOWLY
    @given(
        text=TEXTS | st.sampled_from(ids) | st.sampled_from(["9" * 5_000, "finsam-team", "samsip"]),
        values=st.lists(TEXTS | st.sampled_from(["waiting", "lots", "/rapport", "1"]), min_size=5, max_size=5),
        role=st.sampled_from(ROLES),
        program=st.booleans(),
    )
    def visit(text: str, values: list[str], role: Role | None, *, program: bool) -> None:
        query = "&".join(f"{name}={_quoted(value)}" for name, value in zip(asked, values, strict=False))
        address = f"{system.urls[service]}{path.replace('{any}', _quoted(text))}?{query}"
        headers = system.browser(role) | ({"hx-request": "true"} if program else {})
        assert_answered(httpx.get(address, headers=headers, timeout=30))

    visit()


_EMPLOYMENT = (
    *("decided_on", "from_on", "until_on", "prolongs", "kom_i_jobb"),
    *("support", "extent_percent", "employer"),
)

FORMS = [
    (
        "followup",
        "/uppfoljningar/{follow_up_id}/slutfor",
        ("held_on", "result", "reason", "activity", "outcome", "mark", "count"),
    ),
    ("followup", "/uppfoljningar/aviseringar/epost", ("address",)),
    ("followup", "/uppfoljningar/aviseringar/epost/av", ()),
    ("followup", "/uppfoljningar/aviseringar/kalender", ()),
    ("followup", "/uppfoljningar/aviseringar/kalender/av", ()),
    ("followup", "/uppfoljningar/franvaro", ("worker_id", "first_day", "last_day", "substitute")),
    ("followup", "/uppfoljningar/lamna-over", ("av", "to", "chosen", "row", "receiver")),
    ("followup", "/uppfoljningar/ta-over", ("chosen",)),
    ("referral", "/anmalningar/{case_id}/anta", ("newest", "count", "forgotten")),
    ("referral", "/anmalningar/sok", ("q", "efter")),
    ("referral", "/anmalningar/{case_id}/aterremittera", ("reason", "state", "newest", "count", "forgotten")),
    ("referral", "/anmalningar/{case_id}/avsluta", ("by", "reason")),
    ("referral", "/anmalningar/{case_id}/angra", ("event_id",)),
    ("referral", "/anmalningar/{case_id}/skydd", ("readers", "bekraftat")),
    ("referral", "/anmalningar/{case_id}/skydd/lasare", ("readers", "bekraftat")),
    ("referral", "/anmalningar/{case_id}/skydd/hav", ("bekraftat",)),
    ("referral", "/anmalningar/{case_id}/komplettera", ("what", "asked_of", "note")),
    ("referral", "/anmalningar/{case_id}/kompletterad", ()),
    ("referral", "/anmalningar/uppehall", ("insats", "door", "paused_on")),
    ("referral", "/anmalningar/{case_id}/kontakt", ("insats", "channel", "reached", "efter")),
    ("referral", "/anmalningar/{case_id}/kontakt/angra", ("insats", "event_id")),
    (
        "referral",
        "/anmalningar/{case_id}/samtycke",
        ("purpose", "choice", "stated_on", "how", "receivers", "valid_until", "guardian"),
    ),
    ("referral", "/anmalningar/uppehall/oppna", ("insats", "door")),
    ("referral", "/anmalningar/{case_id}/remittent", ("unit", "name", "email", "phone", "cause")),
    ("referral", "/mina-anmalningar/{case_id}/remittent", ("unit", "name", "email", "phone", "cause")),
    ("referral", "/mina-anmalningar/remittenter", ("unit", "name", "left_on")),
    ("referral", "/mina-anmalningar/remittenter/stannar", ("unit", "name")),
    ("referral", "/mina-anmalningar/{case_id}/ta-tillbaka", ("reason",)),
    ("referral", "/mina-anmalningar/{case_id}/komplettera", ("answer",)),
    (
        "referral",
        "/mina-anmalningar/ny",
        (
            "message_id",
            "reference",
            "insats",
            "unit",
            "identity_number",
            "given_name",
            "needs",
            "sex",
            "stated_on",
            "protected",
            "readers",
        ),
    ),
    (
        "referral",
        "/mina-anmalningar/ny/kontroll",
        ("message_id", "insats", "referred_on", "identity_number", "needs"),
    ),
    ("referral", "/mina-anmalningar/utkast", ("message_id", "draft_id", "reference", "identity_number", "wish")),
    ("referral", "/mina-anmalningar/utkast/{case_id}/kasta", ()),
    ("referral", "/mina-anmalningar/fil", ("file",)),
    ("referral", "/konsultationer", ("consultation_id", "insats", "held_on", "asker", "forum", "topic", "led_to")),
    ("referral", "/konsultationer/{case_id}/felregistrerad", ("insats", "ar")),
    (
        "planning",
        "/tider/ny",
        ("insats", "team", "meets_on", "starts_at", "seats", "reserved", "reserved_for", "area", "extra"),
    ),
    ("referral", "/konsultationer/aktualiserade", ("put_forward_id", "insats", "met_on", "by", "led_to")),
    ("referral", "/konsultationer/aktualiserade/{case_id}/felregistrerad", ("insats", "ar")),
    (
        "planning",
        "/tider/kallelser/{case_id}/kalla",
        (
            "initiator",
            "parties",
            "invited",
            "consents_to",
            "minor",
            "guardian_agrees",
            "sent_on",
            "meets_on",
            "starts_at",
        ),
    ),
    ("planning", "/tider/kallelser/{case_id}/ingen", ("initiator", "reason")),
    ("planning", "/tider/kallelser/{case_id}/aterta", ()),
    (
        "planning",
        "/tider/kallelser/{case_id}/hallet",
        ("held_on", "attended", "kind", "responsible", "follow_up_on"),
    ),
    ("planning", "/tider/kallelser/{case_id}/uppfoljning", ("follow_up_on",)),
    ("planning", "/tider/kallelser/{case_id}/avsluta", ("reason",)),
    ("planning", "/tider/kallelser/{case_id}/samtycke", ()),
    ("planning", "/arenden/{case_id}/stod/utse", ("role", "worker_id", "assigned_on", "beyond_limit")),
    ("planning", "/arenden/{case_id}/stod/avsluta", ("role", "ended_on", "reason")),
    ("planning", "/arenden/{case_id}/stod/erbjud", ("role", "to")),
    ("planning", "/arenden/{case_id}/stod/aterta", ("role",)),
    ("planning", "/arenden/{case_id}/stod/ta-over", ("role",)),
    ("planning", "/arenden/{case_id}/stod/avboj", ("role", "reason")),
    ("planning", "/mina-deltagare/ta-over", ("chosen",)),
    ("planning", "/mina-deltagare/overlamna", ("av", "to", "chosen", "row", "receiver")),
    ("planning", "/tider/platser/ny", ("insats", "supplier", "name", "seats", "free_from")),
    ("planning", "/tider/platser/ta-bort", ("insats", "supplier")),
    (
        "planning",
        "/tider/grupper/ny",
        (
            *("insats", "group", "name", "capacity", "seats", "days", "starts_on", "weekdays", "sessions"),
            *("starts_at", "minutes", "site", "leader_id", "opens_on", "closes_on"),
        ),
    ),
    ("planning", "/tider/grupper/stall-in", ("insats", "group", "reason")),
    ("planning", "/tider/grupper/{group_id}/narvaro", ("session_on", "listed", "came")),
    ("planning", "/tider/grupper/{group_id}/stall-in", ("session_on", "reason")),
    ("planning", "/tider/grupper/{group_id}/{enrolment_id}/slut", ("ended_on", "outcome", "reason")),
    ("planning", "/arenden/{case_id}/grupp/plats", ("group_id", "enrolled_on")),
    ("planning", "/arenden/{case_id}/grupp/reserv", ("group_id",)),
    ("planning", "/arenden/{case_id}/grupp/inte-reserv", ()),
    ("planning", "/arenden/{case_id}/grupp/{enrolment_id}/slut", ("ended_on", "outcome", "reason")),
    (
        "planning",
        "/arenden/{case_id}/aktiviteter/{activity_id}/borjat",
        ("started_on", "place_id", "extent_percent", "hours_per_week", "cost_bearer"),
    ),
    (
        "planning",
        "/arenden/{case_id}/aktiviteter/{activity_id}/omfattning",
        ("changed_on", "extent_percent", "hours_per_week"),
    ),
    (
        "planning",
        "/arenden/{case_id}/aktiviteter/{activity_id}/narvaro",
        ("from_on", "to_on", "weeks", "hours_offered", "hours_attended", "more_than_offered"),
    ),
    ("planning", "/arenden/{case_id}/aktiviteter/{activity_id}/vantar", ("since", "reason", "waits_for")),
    ("planning", "/arenden/{case_id}/aktiviteter/{activity_id}/vantar-inte", ("ended_on",)),
    ("planning", "/arenden/{case_id}/aktiviteter/{activity_id}/genomford", ("completed_on", "extent")),
    ("planning", "/arenden/{case_id}/aktiviteter/{activity_id}/inte-genomford", ("cancelled_on", "reason")),
    ("planning", "/arenden/{case_id}/aktiviteter/{activity_id}/tillbaka", ("event_id",)),
    ("planning", "/arenden/{case_id}/forsorjning/anstallning", _EMPLOYMENT),
    ("planning", "/arenden/{case_id}/forsorjning/anstallning/{employment_id}/forlang", _EMPLOYMENT),
    ("planning", "/arenden/{case_id}/forsorjning/anstallning/{employment_id}/slut", ("ended_on", "reason")),
    (
        "planning",
        "/arenden/{case_id}/forsorjning/ersattning",
        ("decided_on", "benefit", "status", "extent_percent"),
    ),
    ("planning", "/arenden/{case_id}/forsorjning/tillbaka", ("event_id",)),
    (
        "planning",
        "/arenden/{case_id}/steg/{step}/natt",
        ("of", "reached_on", "document", "request_id", "registered_in", "score"),
    ),
    ("planning", "/arenden/{case_id}/steg/{step}/begard", ("of", "asked_on", "asked_of", "document")),
    ("planning", "/arenden/{case_id}/steg/{step}/inte-vantad", ("of", "request_id", "ended_on", "reason")),
    ("planning", "/arenden/{case_id}/steg/{step}/tillbaka", ("of", "event_id")),
    ("planning", "/arenden/{case_id}/steg/{step}/svar", ("wants", "text")),
    ("planning", "/tider/stall-in", ("insats", "team", "meets_on", "starts_at")),
    ("planning", "/tider/arende/{case_id}/boka", ("session", "mode")),
    ("planning", "/tider/arende/{case_id}/avboka", ("orsak",)),
    ("planning", "/tider/arende/{case_id}/hallet", ()),
    ("planning", "/arenden/{case_id}/boka", ("kind", "meets_on", "starts_at", "mode")),
    ("planning", "/arenden/{case_id}/hallet", ("kind", "mode")),
    ("planning", "/arenden/{case_id}/avboka", ("kind", "cause")),
    ("planning", "/arenden/{case_id}/starta", ("started_on",)),
    ("planning", "/arenden/{case_id}/vila", ("since", "reason")),
    ("planning", "/arenden/{case_id}/ateruppta", ("resumed_on",)),
    ("planning", "/arenden/{case_id}/oppna", ("reopened_on",)),
    ("planning", "/arenden/{case_id}/borja", ("activity_id", "started_on")),
    ("planning", "/arenden/{case_id}/genomford", ("activity_id", "completed_on", "extent")),
    ("planning", "/arenden/{case_id}/plan", ("version", "day", "kind", "responsible", "ended", "do")),
    ("planning", "/arenden/{case_id}/ratta/{activity_id}", ("reason",)),
    (
        "planning",
        "/arenden/{case_id}/avsluta",
        (
            "exited_on",
            "reason",
            "destination",
            "extent_percent",
            "support",
            "livelihood",
            "why",
            "continued_planning",
        ),
    ),
    ("planning", "/arenden/{case_id}/avsluta/oppna", ("reopened_on",)),
    ("planning", "/arenden/{case_id}/avsluta/efterstod", ("begun_on",)),
    ("planning", "/arenden/{case_id}/avsluta/efterstod/slut", ("ended_on", "reason")),
    ("planning", "/arenden/{case_id}/avsluta/felregistrerat", ("event_id",)),
    ("referral", "/mina-anmalningar/{case_id}/aterforing", ()),
    (
        "referral",
        "/anmal-dig",
        (
            "message_id",
            "insats",
            "relation",
            "helper",
            "identity_number",
            "sex",
            "phone",
            "wish",
            "choice",
            "guardian",
        ),
    ),
    ("reporting", "/rapporter", ("mall", "insats", "fran", "till", "kand")),
    ("reporting", "/rapporter/{report_id}", ("text.inflode", "version.inflode", "text.", "text.\0", "sedan")),
    ("reporting", "/rapporter/{report_id}/kand", ("kand",)),
    ("reporting", "/rapporter/{report_id}/underteckna", ("sett",)),
    ("reporting", "/rapporter/{report_id}/1/godkann", ()),
    ("reporting", "/rapporter/{report_id}/1/aterlamna", ("skal",)),
    ("reporting", "/logga-in", ("user", "kod", "till")),
    ("reporting", "/logga-ut", ()),
]


@pytest.mark.parametrize(("service", "path", "fields"), FORMS, ids=str)
def test_any_form(system: Running, service: str, path: str, fields: tuple[str, ...]) -> None:
    right = st.sampled_from(
        [
            "2026-11-25",
            "all",
            "some",
            "none",
            "fully",
            "not_done",
            "not_reached",
            "karin",
            "finsam-team",
            "team-1",
            "team-1 2031-03-04 09:00",
            "09:00",
            "1",
            "phone",
            "avbokad",
            "djarva-socialpsykiatri",
            "beredningsgrupp",
            "forsakringskassan",
            "kommun",
            "consent_refused",
            "goals_met",
            "wage_subsidy",
            "term_over",
            "sickness_compensation",
            "granted",
            *system.known["activity_id"],
        ]
    )
    names = st.sampled_from(fields) if fields else TEXTS

    @_SLOWLY
    @given(
        filled=st.lists(st.tuples(names, right | TEXTS), max_size=10),
        role=st.sampled_from(ROLES),
        kind=st.sampled_from(["urlencoded", "multipart", "broken"]),
    )
    def send(filled: list[tuple[str, str]], role: Role | None, kind: str) -> None:
        headers = {**system.browser(role), "hx-request": "true"}
        address = system.urls[service] + place_of(system, path)
        encoded = urlencode([(_bytes(name), _bytes(value)) for name, value in filled])
        match kind:
            case "urlencoded":
                headers["content-type"] = "application/x-www-form-urlencoded"
                answer = httpx.post(address, content=encoded, headers=headers, timeout=30)
            case "multipart":
                parts = [(name.encode("ascii", "ignore").decode(), (None, _bytes(value))) for name, value in filled]
                answer = httpx.post(address, files=parts, headers=headers, timeout=30)
            case _:
                headers["content-type"] = "multipart/form-data; boundary=a; charset=undefined"
                answer = httpx.post(address, content=f"--a\r\n{encoded}", headers=headers, timeout=30)
        assert_answered(answer)

    send()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def test_two_activities_and_one_outcome(system: Running) -> None:
    first, second = system.known["activity_id"]
    filled = {"held_on": "2026-11-25", "result": "all", "activity": [first, second], "outcome": ["fully"]}
    answer = httpx.post(
        f"{system.urls['followup']}{place_of(system, '/uppfoljningar/{follow_up_id}/slutfor')}",
        data=filled,
        headers={**system.browser(Role.COORDINATOR), "hx-request": "true"},
        timeout=30,
    )
    assert answer.status_code == 422
    assert "utfall för varje aktivitet" in answer.json()["detail"]


CLAIMS: Final[tuple[Any, ...]] = (
    *(value for value in HOSTILE if not isinstance(value, float)),
    ["coordinator", ["lots"]],
)


@pytest.mark.parametrize("name", ["sub", "name", "roles", "agency", "exp", "iss"])
def test_a_signed_token_with_anything_in_it(system: Running, name: str) -> None:
    for value in CLAIMS:
        if value != "\ud800" and not (isinstance(value, dict) and value):
            assert_answered(_with_claims(system, {name: value}))


def test_a_signed_token_nested_deep(system: Running) -> None:
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    assert_answered(_with_claims(system, {"more": deep}))
    key = system.tokens._key
    payload = b'{"more":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    assert _get(system, _signed(key, payload)).status_code == 401


def _with_claims(system: Running, changed: dict[str, Any]) -> httpx.Response:
    now = datetime.now(UTC)
    claims = {
        "iss": "samspel-local",
        "sub": "x",
        "name": "x",
        "roles": ["coordinator"],
        "agency": None,
        "exp": int((now + timedelta(hours=1)).timestamp()),
    }
    return _get(system, jwt.encode({"alg": "HS256"}, {**claims, **changed}, system.tokens._key, registry=None))


def _signed(key: Any, payload: bytes) -> str:
    return jws.serialize_compact({"alg": "HS256"}, payload, key)


def _get(system: Running, token: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return httpx.get(f"{system.urls['referral']}/api/referral/cases", headers=headers, timeout=30)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authorization", b"Bearer \xff\xfe"),
        ("authorization", b"Bearer " + b"." * 2_000),
        ("authorization", b"Bearer e30.e30.e30"),
        ("authorization", b"Basic eDp4"),
        ("cookie", b"samspel_session=\xff; samspel_session=x"),
        ("cookie", b"samspel_session=a.b.c.d.e"),
        ("accept", b"\xff"),
        ("sec-fetch-site", b"\xff"),
    ],
)
def test_any_header(system: Running, name: str, value: bytes) -> None:
    for service, url in system.urls.items():
        for method in ("GET", "POST"):
            head = [(name.encode(), value)]
            assert_answered(httpx.request(method, f"{url}/api/{service}/dead-letters", headers=head, timeout=30))
