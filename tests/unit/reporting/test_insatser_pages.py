"""The pages on the insatser, without database or broker: what a case worker of any role can read."""

from datetime import UTC, date, datetime
from html import unescape
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from contracts.catalogue import INSATSER
from contracts.codes import Role
from services.chassis import http, pages
from services.chassis.auth import LocalTokens, User
from services.chassis.metrics import Metrics
from services.reporting.web.insatser import associations, insatser_router

KEY = b"k" * 32
BROWSER = {"accept": "text/html", "sec-fetch-site": "same-origin"}


def insatser_app(today: date = date(2021, 3, 4)) -> FastAPI:
    """The pages alone, on a given day."""
    app = FastAPI()
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    app.state.runtime = SimpleNamespace(
        clock=SimpleNamespace(now=lambda: now),
        identity=LocalTokens(KEY),
        settings=SimpleNamespace(test_mode=True, secrets={"token_key": KEY}),
    )
    http.install(app, Metrics(), pages.error_page)
    pages.install(app)
    app.include_router(insatser_router())
    return app


def _client(role: Role | None = Role.LOTS, today: date = date(2021, 3, 4)) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(insatser_app(today))
    user = None if role is None else User("t", "Åsa Öberg", frozenset({role}))
    cookies = {} if user is None else {http.COOKIE: LocalTokens(KEY).issue(user)}
    return httpx.AsyncClient(transport=transport, base_url="http://samspel.test", headers=BROWSER, cookies=cookies)


async def _read(path: str, role: Role = Role.LOTS, today: date = date(2021, 3, 4)) -> str:
    async with _client(role, today) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


# The data protection officer reads the log of reads and nothing else.
@pytest.mark.parametrize("role", [each for each in Role if each is not Role.DATA_PROTECTION])
async def test_every_role_reads_the_list_and_finds_it_in_the_menu(role: Role) -> None:
    text = await _read("/insatser", role)
    assert '<a href="/insatser" aria-current="page">Insatser</a>' in text
    for insats in INSATSER.values():
        assert f'<a href="/insatser/{insats.id}">{insats.name}</a>' in text
        assert insats.purpose is not None
        assert insats.purpose.text in text


async def test_who_is_not_signed_in_is_asked_to() -> None:
    async with _client(role=None) as browser:
        answer = await browser.get("/insatser/finsam-team")
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/logga-in")


@pytest.mark.parametrize("insats_id", INSATSER)
async def test_each_insats_says_how_one_comes_in_with_versions_and_sources(insats_id: str) -> None:
    insats = INSATSER[insats_id]
    for rule in insats.versions:
        text = await _read(f"/insatser/{insats_id}?version={rule.version}")
        assert f"<h1>{insats.name}</h1>" in text
        assert "Vem som kan anmäla eller fråga" in text
        assert f"från {pages.swedish_date(rule.valid_from)}" in text
        assert "rad " in text.partition("Källor")[2]
        assert "None" not in text


async def test_the_rules_of_the_day_are_shown_and_others_on_request() -> None:
    in_2021 = await _read("/insatser/finsam-team")
    assert "Uppföljning 2 månader efter att planen gjordes. Ansvarar: lots" in in_2021
    assert "Högst 2 ärenden per mötestid (telefon). 6 team tar emot." in in_2021
    assert "Som i version 1: Uppföljning av förbundets individinriktade insatser 2021" in in_2021
    assert "Fönstren runt uppföljningsdagarna är våra." in in_2021
    later = await _read("/insatser/finsam-team", today=date(2025, 6, 1))
    assert "Uppföljning 2 månader efter att planen gjordes. Ansvarar: koordinator" in later
    assert "Högst ett ärende per mötestid, 60 minuter. 3 team tar emot." in later
    asked = await _read("/insatser/finsam-team?version=3")
    assert "Här visas version 3. I dag gäller" in asked


async def test_an_insats_that_has_ended_says_so() -> None:
    text = await _read("/insatser/novum", today=date(2026, 11, 1))
    assert "Insatsen har inga regler som gäller i dag. Här visas version 2." in text
    assert "Egenanmälan: personen själv." in text
    listed = {each.insats.id: each.rule for group in associations(date(2026, 11, 1)) for each in group.listed}
    assert listed["novum"] is None
    assert listed["finsam-team"] == INSATSER["finsam-team"].rule(3)


@pytest.mark.parametrize("path", ["/insatser/borta", "/insatser/novum?version=9"])
async def test_what_the_catalogue_does_not_have_is_not_found(path: str) -> None:
    async with _client() as browser:
        assert (await browser.get(path)).status_code == 404
