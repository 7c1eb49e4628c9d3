"""Signing in to the pages, and how a refused request is answered, without database or broker."""

import base64
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from contracts.codes import Role
from contracts.problems import NotSignedIn
from services.chassis import http, pages, sessions, sign_in
from services.chassis.auth import LocalTokens, User
from services.chassis.metrics import Metrics

KEY = b"k" * 32
OFFICE = User(id="t", name="Test <Office>", roles=frozenset({Role.OFFICE}))
BROWSER = {"accept": "text/html", "sec-fetch-site": "same-origin"}


class SignInTables:
    """The two tables of signing in, as far as they are asked for here; the real ones are in the integration tests."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator["SignInTables"]:
        yield self

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield

    async def execute(self, sql: str, *values: Any) -> str:
        if not sql.startswith("INSERT INTO used_link"):
            return ""
        new = values[0] not in self.used
        self.used.add(values[0])
        return f"INSERT 0 {new:d}"

    async def executemany(self, sql: str, rows: list[Any]) -> None:
        pass


def client(*, test_mode: bool = True, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    app = FastAPI()
    revocations = sessions.Revocations()
    revocations.completed()
    app.state.runtime = SimpleNamespace(
        clock=SimpleNamespace(now=lambda: datetime(2021, 3, 4, 23, 30, tzinfo=UTC)),
        identity=sessions.Sessions(LocalTokens(KEY), revocations),
        pool=SignInTables(),
        settings=SimpleNamespace(test_mode=test_mode, secrets={"token_key": KEY}),
    )
    http.install(app, Metrics(), pages.error_page)
    pages.install(app)
    app.include_router(sign_in.router)

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("a defect")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://samspel.test", headers=headers or BROWSER)


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("/uppfoljningar?roll=lots", "/uppfoljningar?roll=lots"),
        ("/", "/"),
        ("", "/"),
        ("uppfoljningar", "/"),
        ("//evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nset-cookie: x=1", "/"),
        ("/\t/evil.example", "/"),
        ("/logga-in?till=/", "/"),
    ],
)
def test_signing_in_leads_to_a_page_of_this_site(asked: str, place: str) -> None:
    assert sign_in.local_path(asked) == place


async def test_a_link_asks_first_and_its_button_gives_a_cookie_that_scripts_and_other_sites_cannot_use() -> None:
    async with client() as browser:
        link = LocalTokens(KEY).issue_link(OFFICE)
        asked = await browser.get("/logga-in", params={"kod": link, "till": "/rapport"})
        answer = await browser.post("/logga-in", data={"kod": link, "till": "/rapport"})
    assert "Logga in som Test &lt;Office&gt;" in asked.text
    assert "set-cookie" not in asked.headers
    assert (answer.status_code, answer.headers["location"]) == (303, "/rapport")
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("samspel_session=", "HttpOnly", "SameSite=strict", "Path=/"))
    assert "Secure" not in cookie
    assert link not in cookie


async def test_a_link_works_once() -> None:
    async with client() as browser:
        link = LocalTokens(KEY).issue_link(OFFICE)
        first = await browser.post("/logga-in", data={"kod": link})
        second = await browser.post("/logga-in", data={"kod": link})
    assert (first.status_code, second.status_code) == (303, 401)
    assert "Länken gäller inte längre" in second.text
    assert "set-cookie" not in second.headers


async def test_another_site_cannot_sign_a_visitor_in_as_somebody_else() -> None:
    link = LocalTokens(KEY).issue_link(OFFICE)
    async with client(headers={"accept": "text/html", "sec-fetch-site": "cross-site"}) as browser:
        sent_there = await browser.get("/logga-in", params={"kod": link, "token": LocalTokens(KEY).issue(OFFICE)})
        posted = await browser.post("/logga-in", data={"kod": link})
    assert "set-cookie" not in sent_there.headers
    assert posted.status_code == 403
    assert "Anropet kom från en annan webbplats" in posted.text
    assert "set-cookie" not in posted.headers


async def test_over_https_the_cookie_stays_on_https() -> None:
    async with client() as browser:
        answer = await browser.post(
            "https://samspel.test/logga-in", data={"kod": LocalTokens(KEY).issue_link(OFFICE)}
        )
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "link",
    [
        LocalTokens(b"x" * 32).issue_link(OFFICE),
        LocalTokens(KEY).issue_link(OFFICE, valid=timedelta(seconds=-5)),
        LocalTokens(KEY).issue(OFFICE),
        "inte.en.länk",
    ],
    ids=["another key", "expired", "an API token", "nonsense"],
)
async def test_what_is_no_link_of_ours_is_refused_with_a_sentence(link: str) -> None:
    async with client() as browser:
        asked = await browser.get("/logga-in", params={"kod": link})
        posted = await browser.post("/logga-in", data={"kod": link})
    for answer in (asked, posted):
        assert answer.status_code == 401
        assert "Länken gäller inte längre" in answer.text
        assert "set-cookie" not in answer.headers


def test_a_link_is_no_token() -> None:
    with pytest.raises(NotSignedIn):
        LocalTokens(KEY).user(LocalTokens(KEY).issue_link(OFFICE))


def test_a_signed_payload_that_cannot_be_read_is_nobody() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 30_000 + b"]" * 30_000).rstrip(b"=")
    head = base64.urlsafe_b64encode(b'{"alg":"HS256"}').rstrip(b"=")
    mac = hmac.digest(KEY, head + b"." + deep, "sha256")
    token = b".".join((head, deep, base64.urlsafe_b64encode(mac).rstrip(b"="))).decode()
    with pytest.raises(NotSignedIn):
        LocalTokens(KEY).user(token)


async def test_signing_out_ends_the_token_and_not_only_the_cookie() -> None:
    async with client() as browser:
        await browser.post("/logga-in", data={"user": "karin"})
        token = browser.cookies["samspel_session"]
        stolen = {"cookie": f"samspel_session={token}"}
        other = LocalTokens(KEY).issue(sign_in.DEMO_USERS[0])
        await browser.post("/logga-ut")
        assert "Logga ut" not in (await browser.get("/logga-in", headers=stolen)).text
        assert "Logga ut" in (await browser.get("/logga-in", headers={"cookie": f"samspel_session={other}"})).text


async def test_operations_end_the_sign_ins_of_one_user_or_of_everybody() -> None:
    tokens = LocalTokens(KEY)
    operations = User(id="drift", name="Drift", roles=frozenset({Role.OPERATIONS}))
    async with client(headers={"accept": "application/json"}) as api:

        async def revoke(user_id: str | None) -> int:
            headers = {"authorization": f"Bearer {tokens.issue(operations)}"}
            answer = await api.post("/api/sign-in/revocations", json={"user_id": user_id}, headers=headers)
            return answer.status_code

        async def signed_in(token: str) -> bool:
            page = await api.get("/logga-in", headers={"cookie": f"samspel_session={token}"})
            return "Logga ut" in page.text

        office, lots = tokens.issue(OFFICE), tokens.issue(sign_in.DEMO_USERS[1])
        assert await revoke(OFFICE.id) == 201
        assert (await signed_in(office), await signed_in(lots)) == (False, True)
        assert await signed_in(tokens.issue(OFFICE))
        assert await revoke(None) == 201
        assert not await signed_in(lots)
        forbidden = await api.post(
            "/api/sign-in/revocations",
            json={"user_id": None},
            headers={"authorization": f"Bearer {tokens.issue(OFFICE)}"},
        )
        assert forbidden.status_code == 403


async def test_a_demo_user_signs_in_and_out_again() -> None:
    async with client() as browser:
        await browser.post("/logga-in", data={"user": "karin", "till": "/anmalningar"})
        assert "Karin Koordinator" in (await browser.get("/logga-in")).text
        await browser.post("/logga-ut")
        assert "Logga ut" not in (await browser.get("/logga-in")).text


async def test_there_are_no_demo_users_outside_test_mode() -> None:
    async with client(test_mode=False) as browser:
        assert "Karin" not in (await browser.get("/logga-in")).text
        answer = await browser.post("/logga-in", data={"user": "karin"})
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/logga-in", "/logga-ut"])
async def test_another_site_signs_nobody_in_or_out(path: str) -> None:
    async with client(headers={"accept": "text/html", "sec-fetch-site": "cross-site"}) as browser:
        answer = await browser.post(path, data={"user": "karin"})
    assert answer.status_code == 403
    assert "Anropet kom från en annan webbplats" in answer.text


async def test_a_person_gets_a_page_and_a_program_gets_a_problem() -> None:
    async with client() as browser:
        page = await browser.get("/no-such-page")
        problem = await browser.get("/no-such-page", headers={"accept": "application/json"})
        fragment = await browser.get("/no-such-page", headers={"hx-request": "true"})
    assert page.status_code == problem.status_code == fragment.status_code == 404
    assert "<h1>Sidan finns inte</h1>" in page.text
    assert problem.json()["code"] == fragment.json()["code"] == "no_such_page"


async def test_a_defect_is_told_without_what_it_said() -> None:
    async with client() as browser:
        page = await browser.get("/broken")
        problem = await browser.get("/broken", headers={"accept": "application/json"})
    assert page.status_code == problem.status_code == 500
    assert "<h1>Något gick fel</h1>" in page.text
    assert problem.json()["code"] == "internal_error"
    assert "a defect" not in page.text + problem.text


async def test_the_banner_of_the_demo_shows_the_swedish_day() -> None:
    async with client() as browser:
        demo = (await browser.get("/logga-in")).text
    async with client(test_mode=False) as browser:
        real = (await browser.get("/logga-in")).text
    assert "Demonstration: påhittade personer. Klockan visar 5 mars 2021." in demo
    assert "Demonstration" not in real


async def test_what_a_token_says_is_shown_as_text() -> None:
    async with client() as browser:
        await browser.post("/logga-in", data={"kod": LocalTokens(KEY).issue_link(OFFICE)})
        shown = (await browser.get("/logga-in")).text
    assert "Test &lt;Office&gt;" in shown
    assert "Test <Office>" not in shown
