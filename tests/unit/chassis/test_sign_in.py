"""Signing in to the pages, and how a refused request is answered, without database or broker."""

from datetime import UTC, datetime
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from contracts.codes import Role
from services.chassis import http, pages, sign_in
from services.chassis.auth import LocalTokens, User
from services.chassis.metrics import Metrics

KEY = b"k" * 32
OFFICE = User(id="t", name="Test <Office>", roles=frozenset({Role.OFFICE}))
BROWSER = {"accept": "text/html", "sec-fetch-site": "same-origin"}


def client(*, test_mode: bool = True, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    app = FastAPI()
    app.state.runtime = SimpleNamespace(
        clock=SimpleNamespace(now=lambda: datetime(2021, 3, 4, 23, 30, tzinfo=UTC)),
        identity=LocalTokens(KEY),
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


async def test_a_link_with_a_token_becomes_a_cookie_that_scripts_and_other_sites_cannot_use() -> None:
    async with client() as browser:
        answer = await browser.get("/logga-in", params={"token": LocalTokens(KEY).issue(OFFICE), "till": "/rapport"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/rapport")
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("samspel_session=", "HttpOnly", "SameSite=strict", "Path=/"))
    assert "Secure" not in cookie


async def test_over_https_the_cookie_stays_on_https() -> None:
    async with client() as browser:
        answer = await browser.get(f"https://samspel.test/logga-in?token={LocalTokens(KEY).issue(OFFICE)}")
    assert "Secure" in answer.headers["set-cookie"]


async def test_a_token_of_another_key_is_refused_with_a_sentence() -> None:
    async with client() as browser:
        answer = await browser.get("/logga-in", params={"token": LocalTokens(b"x" * 32).issue(OFFICE)})
    assert answer.status_code == 401
    assert "Länken gäller inte längre" in answer.text
    assert "set-cookie" not in answer.headers


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
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")


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
        await browser.get("/logga-in", params={"token": LocalTokens(KEY).issue(OFFICE)})
        shown = (await browser.get("/logga-in")).text
    assert "Test &lt;Office&gt;" in shown
    assert "Test <Office>" not in shown
