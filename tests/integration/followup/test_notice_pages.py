"""The page Aviseringar and the calendar feed: each worker's own choices, and an address that only its owner has."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from html import unescape
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from icalendar import Calendar
from structlog.testing import capture_logs

from contracts.codes import Role
from deploy.local.postgres import PostgresServer
from services.chassis.auth import LocalTokens, User
from services.chassis.runtime import Runtime
from services.chassis.sessions import Sessions
from services.followup import notice_store
from services.followup.app import create
from services.followup.notice_store import Subscription
from services.followup.notices import MOST_AN_HOUR
from tests.integration.followup.mail_room import SetClock, owe, settings_of

TODAY = date(2021, 3, 8)
PAGE = "/uppfoljningar/aviseringar"


@dataclass
class Desk:
    """The service's pages without Kafka, and workers who are signed in."""

    app: FastAPI

    @property
    def runtime(self) -> Runtime:
        found: Runtime = self.app.state.runtime
        return found

    @asynccontextmanager
    async def browser(self, who: str | None, role: Role = Role.COORDINATOR) -> AsyncIterator[httpx.AsyncClient]:
        """A browser without scripts; of somebody who is not signed in where ``who`` is None."""
        tokens = LocalTokens(self.runtime.settings.secrets["token_key"])
        headers = {"sec-fetch-site": "same-origin", "accept": "text/html"}
        if who is not None:
            headers["cookie"] = f"samspel_session={tokens.issue(User(who, who.title(), frozenset({role})))}"
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://samspel.test", headers=headers) as client:
            yield client

    async def row(self, who: str) -> Subscription | None:
        return await notice_store.chosen(self.runtime.pool, who)


@asynccontextmanager
async def _desk(postgres: PostgresServer, secrets_file: Path, mail_port: int | None) -> AsyncIterator[Desk]:
    app = create(settings_of(postgres, secrets_file, mail_port))
    runtime: Runtime = app.state.runtime
    clock = SetClock()
    clock.set(TODAY)
    runtime.clock = clock
    await runtime.open_database()
    assert isinstance(runtime.identity, Sessions)
    runtime.identity.revocations.completed()
    try:
        yield Desk(app)
    finally:
        await runtime.stop()


@pytest_asyncio.fixture
async def desk(postgres: PostgresServer, secrets_file: Path) -> AsyncIterator[Desk]:
    # Nobody sends anything here: the port is never connected to.
    async with _desk(postgres, secrets_file, 1) as found:
        yield found


def _feed_address(page: str) -> str:
    [address] = re.findall(r'readonly value="([^"]+)"', page)
    return unescape(address)


async def _make_feed(browser: httpx.AsyncClient) -> str:
    """The path of a new feed."""
    made = await browser.post(f"{PAGE}/kalender")
    assert made.status_code == 200
    return _feed_address(made.text).removeprefix("https://samspel.example")


# The digest -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.LOTS])
async def test_a_worker_chooses_a_digest_changes_it_and_turns_it_off(desk: Desk, role: Role) -> None:
    async with desk.browser("karin", role) as browser:
        assert f'href="{PAGE}"' in (await browser.get("/uppfoljningar")).text
        page = await browser.get(PAGE)
        assert "kl. 07:00" in page.text
        assert "Stäng av mejl" not in page.text
        saved = await browser.post(f"{PAGE}/epost", data={"address": " karin@example.se "})
        assert (saved.status_code, saved.headers["location"]) == (303, f"{PAGE}?klar=epost")
        assert await desk.row("karin") == Subscription("karin", role, "karin@example.se", TODAY)
        after = (await browser.get(saved.headers["location"])).text
        assert "Sparat." in after
        assert 'value="karin@example.se"' in after
        off = await browser.post(f"{PAGE}/epost/av")
        assert off.status_code == 303
        assert await desk.row("karin") is None
        assert "karin@example.se" not in (await browser.get(off.headers["location"])).text
    rows = await desk.runtime.pool.fetchval("SELECT count(*) FROM daily_digest")
    assert (rows, await desk.runtime.pool.fetchval("SELECT count(*) FROM event")) == (0, 0)


async def test_what_is_no_address_is_refused_at_its_field_and_what_was_typed_stays(desk: Desk) -> None:
    async with desk.browser("karin") as browser:
        for typed in ("karin", "karin@example.se\r\nBcc: alla@example.se", "", "k" * 300):
            refused = await browser.post(f"{PAGE}/epost", data={"address": typed})
            assert refused.status_code == 422
            assert 'aria-invalid="true" aria-describedby="fel-address"' in refused.text
            assert "Skriv en e-postadress" in refused.text
        assert 'value="kari n"' in (await browser.post(f"{PAGE}/epost", data={"address": "kari n"})).text
    assert await desk.row("karin") is None


async def test_an_address_that_was_refused_is_said_to_be_and_begins_anew_when_it_is_saved(desk: Desk) -> None:
    earlier = Subscription("karin", Role.COORDINATOR, "karin@example.se", TODAY - timedelta(days=30))
    await notice_store.choose(desk.runtime.pool, earlier)
    await notice_store.put_off(desk.runtime.pool, earlier, timedelta(hours=1))
    async with desk.browser("karin") as browser:
        assert "Samspel försöker igen" in (await browser.get(PAGE)).text
        await notice_store.refuse(desk.runtime.pool, earlier, 550)
        assert "tog inte emot mejl till karin@example.se (svar 550)" in (await browser.get(PAGE)).text
        await browser.post(f"{PAGE}/epost", data={"address": "karin@example.se"})
        assert "tog inte emot" not in (await browser.get(PAGE)).text
    found = await desk.row("karin")
    assert found is not None
    assert found.settled_on == TODAY, "the days of the refused address are not sent afterwards"


async def test_saving_again_loses_no_digest_that_is_owed(desk: Desk) -> None:
    friday = TODAY - timedelta(days=3)
    await notice_store.choose(desk.runtime.pool, Subscription("karin", Role.COORDINATOR, "k@example.se", friday))
    async with desk.browser("karin") as browser:
        await browser.post(f"{PAGE}/epost", data={"address": "karin@example.se"})
    found = await desk.row("karin")
    assert found is not None
    assert (found.address, found.settled_on) == ("karin@example.se", friday)


async def test_nobody_sees_or_changes_what_another_has_chosen(desk: Desk) -> None:
    async with desk.browser("karin") as karin, desk.browser("lova", Role.LOTS) as lova:
        await karin.post(f"{PAGE}/epost", data={"address": "karin@example.se"})
        feed = await _make_feed(karin)
        assert "karin@example.se" not in (await lova.get(PAGE)).text
        await lova.post(f"{PAGE}/epost/av")
        await lova.post(f"{PAGE}/kalender/av")
        await _make_feed(lova)
        assert await desk.row("karin") is not None
        assert (await karin.get(feed)).status_code == 200


@pytest.mark.parametrize("role", [Role.OFFICE, Role.OPERATIONS, Role.DATA_PROTECTION])
async def test_those_without_a_list_have_no_choice(desk: Desk, role: Role) -> None:
    async with desk.browser("kim", role) as browser:
        assert (await browser.get(PAGE)).status_code == 403
        assert (await browser.post(f"{PAGE}/kalender")).status_code == 403
        assert (await browser.post(f"{PAGE}/epost", data={"address": "k@example.se"})).status_code == 403


@pytest.mark.parametrize("form", ["epost", "epost/av", "kalender", "kalender/av"])
async def test_another_site_can_send_none_of_the_forms(desk: Desk, form: str) -> None:
    async with desk.browser("karin") as browser:
        sent = await browser.post(
            f"{PAGE}/{form}", data={"address": "x@example.se"}, headers={"sec-fetch-site": "cross-site"}
        )
        assert sent.status_code == 403
    async with desk.browser(None) as stranger:
        assert (await stranger.post(f"{PAGE}/{form}", data={"address": "x@example.se"})).status_code == 401
    assert await desk.row("karin") is None


async def test_without_a_mail_server_only_the_calendar_can_be_chosen(
    postgres: PostgresServer, secrets_file: Path
) -> None:
    async with _desk(postgres, secrets_file, None) as desk, desk.browser("karin") as browser:
        page = (await browser.get(PAGE)).text
        assert "Mejl är inte inställt" in page
        assert 'name="address"' not in page
        refused = await browser.post(f"{PAGE}/epost", data={"address": "karin@example.se"})
        assert (refused.status_code, await desk.row("karin")) == (409, None)
        assert (await browser.get(await _make_feed(browser))).status_code == 200


# The calendar -----------------------------------------------------------------------------------------------------


async def test_a_calendar_has_the_own_follow_ups_by_due_day_and_no_person(desk: Desk) -> None:
    first, second = await owe(desk.runtime, "karin", date(2021, 1, 8), date(2021, 2, 1))
    await owe(desk.runtime, "lova", date(2021, 2, 1))
    async with desk.browser("karin") as karin, desk.browser(None) as calendar:
        answer = await calendar.get(await _make_feed(karin))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.headers["cache-control"].startswith("private")
    lines = answer.content.split(b"\r\n")
    assert b"\n" not in b"".join(lines), "each line ends with CRLF"
    assert max(map(len, lines)) <= 75, "and is folded"
    found = {str(each["UID"]): each for each in Calendar.from_ical(answer.content).walk("VEVENT")}
    assert set(found) == {f"{first}@samspel", f"{second}@samspel"}
    event = found[f"{first}@samspel"]
    assert event.decoded("DTSTART") == date(2021, 3, 8)
    assert event.decoded("DTEND") == date(2021, 3, 9)
    assert str(event["SUMMARY"]) == "Uppföljning att göra, 2 månader"
    assert str(event["URL"]) == f"https://samspel.example/uppfoljningar/{first}"
    assert b"finsam" not in answer.content.lower()


async def test_a_calendar_with_nothing_in_it_is_a_calendar(desk: Desk) -> None:
    async with desk.browser("karin") as browser:
        answer = await browser.get(await _make_feed(browser))
    assert Calendar.from_ical(answer.content).walk("VEVENT") == []


async def test_only_the_latest_address_opens_the_calendar_until_it_is_revoked(desk: Desk) -> None:
    async with desk.browser("karin") as karin, desk.browser(None) as calendar:
        first = await _make_feed(karin)
        second = await _make_feed(karin)
        assert (await calendar.get(first)).status_code == 404
        assert (await calendar.get(second)).status_code == 200
        page = (await karin.get(PAGE)).text
        assert second not in page, "it is shown once"
        assert "Gör en ny adress" in page
        await karin.post(f"{PAGE}/kalender/av")
        assert (await calendar.get(second)).status_code == 404
        assert "Gör en kalenderadress" in (await karin.get(PAGE)).text


async def test_what_opens_nothing_is_answered_alike(desk: Desk) -> None:
    async with desk.browser("karin") as karin, desk.browser(None) as calendar:
        revoked = await _make_feed(karin)
        await karin.post(f"{PAGE}/kalender/av")
        unknown = f"/uppfoljningar/kalender/{'a' * 43}.ics"
        malformed = ("x.ics", f"{'a' * 43}", f"{'a' * 42}%00.ics", f"{'å' * 43}.ics", f"{'a' * 5000}.ics", "..ics")
        places = [revoked, unknown, *(f"/uppfoljningar/kalender/{each}" for each in malformed)]
        answers = [await calendar.get(place, headers={"accept": "*/*"}) for place in places]
    assert {each.status_code for each in answers} == {404}
    assert len({each.content for each in answers}) == 1
    assert len({tuple(sorted(each.headers.items())) for each in answers}) == 1


async def test_a_calendar_that_is_asked_for_too_often_is_told_when_to_come_back_and_no_other_is(desk: Desk) -> None:
    async with desk.browser("karin") as karin, desk.browser("lova") as lova, desk.browser(None) as calendar:
        first, second = await _make_feed(karin), await _make_feed(lova)
        answers = [await calendar.get(first, headers={"accept": "*/*"}) for _ in range(MOST_AN_HOUR + 2)]
        assert [each.status_code for each in answers] == [200] * MOST_AN_HOUR + [429] * 2
        assert answers[-1].headers["retry-after"] == "3600"
        assert answers[-1].json()["code"] == "calendar_too_often"
        assert (await calendar.get(second)).status_code == 200
        # An hour that began an hour ago is over.
        await desk.runtime.pool.execute("UPDATE calendar_feed SET hour_began = hour_began - interval '1 hour'")
        assert (await calendar.get(first)).status_code == 200
        # A new address begins anew, and so does what it counts.
        for _ in range(MOST_AN_HOUR):
            await calendar.get(first)
        assert (await calendar.get(first)).status_code == 429
        assert (await calendar.get(await _make_feed(karin))).status_code == 200


async def test_a_token_is_kept_as_its_hash_and_is_in_no_log_and_no_metric(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with desk.browser("karin") as browser:
        with capture_logs() as logs:
            place = await _make_feed(browser)
            token = place.rpartition("/")[2].removesuffix(".ics")
            assert (await browser.get(place)).status_code == 200
            assert (await browser.get(f"{place[:-5]}x.ics")).status_code == 404
    kept = await desk.runtime.pool.fetchrow("SELECT * FROM calendar_feed")
    assert kept["token_hash"] == sha256(token.encode()).digest()
    ours = [each.getMessage() for each in caplog.records if not each.name.startswith(("httpx", "httpcore"))]
    assert token not in f"{logs}{ours}"
    labels = [sample.labels for each in desk.runtime.metrics.registry.collect() for sample in each.samples]
    assert any(each.get("route", "").endswith("/kalender/{name}") for each in labels)
    assert token not in str(labels)
