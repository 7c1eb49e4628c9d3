"""The statement on accessibility and the choice of a look, without database or broker."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from contracts.problems import NotSignedIn
from services.chassis import http, pages
from services.chassis.metrics import Metrics
from services.reporting.web.site import ACCESSIBILITY, LOOK, site_router

_BROWSER = {"accept": "text/html", "sec-fetch-site": "same-origin"}


class _Nobody:
    def user(self, _token: str) -> Any:
        raise NotSignedIn("token_not_valid", "Du är inte inloggad.")


def _client(responsible: str = "", contact: str = "", **cookies: str) -> httpx.AsyncClient:
    app = FastAPI()
    settings: Any = SimpleNamespace(test_mode=True, responsible_body=responsible, accessibility_contact=contact)
    clock = SimpleNamespace(now=lambda: datetime(2021, 3, 4, 12, tzinfo=UTC))
    app.state.runtime = SimpleNamespace(clock=clock, identity=_Nobody(), settings=settings)
    http.install(app, Metrics(), pages.error_page)
    app.include_router(site_router(settings))
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=_BROWSER, cookies=cookies)


async def test_the_statement_says_what_the_law_asks_for() -> None:
    async with _client("Samordningsförbundet <Exempel>", "hjalp@example.org") as client:
        page = (await client.get(ACCESSIBILITY)).text
    assert "Samordningsförbundet &lt;Exempel&gt; står bakom Samspel" in page
    for part in (
        "delvis förenligt", "mailto:hjalp@example.org", "https://www.digg.se/tdosanmalan",
        "Brister som vi känner till", "Hur vi har prövat", "Bedömningen gjordes den", "oskäligt betungande",
    ):  # fmt: skip
        assert part in page


async def test_without_a_contact_it_says_whom_to_ask() -> None:
    async with _client() as client:
        page = (await client.get(ACCESSIBILITY)).text
    assert "mailto:" not in page
    assert "den på samordningsförbundet som du brukar ha kontakt med" in page


@pytest.mark.parametrize(("chosen", "attribute"), [("dark", "dark"), ("light", "light"), ("", None)])
async def test_a_choice_is_kept_and_shown(chosen: str, attribute: str | None) -> None:
    async with _client(samspel_scheme="dark") as client:
        answer = await client.post(LOOK, data={"scheme": chosen, "till": "/insatser"})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/insatser"
        kept = answer.headers["set-cookie"].lower()
        assert {"httponly", "path=/", "samesite=strict"} <= {each.strip() for each in kept.split(";")}
        assert ("max-age=31536000" in kept) is (attribute is not None)
    async with _client(**({"samspel_scheme": chosen} if chosen else {})) as client:
        page = (await client.get(LOOK)).text
    assert re.findall(r'data-color-scheme="([^"]*)"', page) == ([attribute] if attribute else [])


@pytest.mark.parametrize("kept", ["", "blue", 'dark"><script>', "DARK"])
async def test_a_cookie_that_holds_something_else_is_no_choice(kept: str) -> None:
    async with _client(samspel_scheme=kept) as client:
        page = (await client.get(LOOK)).text
    assert "data-color-scheme" not in page
    assert "<script>" not in page


@pytest.mark.parametrize("till", ["//example.org", "https://example.org", "/\\example.org", "/utseende?till=/x", "x"])
async def test_it_never_leads_away_or_round(till: str) -> None:
    async with _client() as client:
        assert (await client.post(LOOK, data={"scheme": "dark", "till": till})).headers["location"] == "/"
        assert 'href="/">Tillbaka' in (await client.get(LOOK, params={"till": till})).text


async def test_another_site_cannot_choose() -> None:
    async with _client() as client:
        answer = await client.post(LOOK, data={"scheme": "dark"}, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
        assert (await client.post(LOOK, data={"scheme": "blue"})).status_code == 422
