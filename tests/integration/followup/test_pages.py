"""The page Uppföljningar, as a browser with htmx meets it. Names are away, so rows show the case instead."""

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from contracts.codes import Role
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from tests.integration.followup.place import ACTIVITIES, Json, Service, appended_kinds, make_place, plan, running

TODAY = date(2021, 9, 14)
_TO_DO = "/api/followup/to-do"


@pytest_asyncio.fixture
async def office(
    kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path, tmp_path: Path
) -> AsyncIterator[tuple[Service, dict[int, Json]]]:
    """One case: its six-month follow-up was due on 1 September, and its two-month one is missed."""
    place = make_place(kafka, postgres, secrets_file, tmp_path)
    place.set_clock(TODAY)
    case_id = uuid4()
    async with running(place) as service:
        await place.append(case_id, plan(date(2021, 3, 1)))
        follow_ups = await service.follow_ups(case_id, "overdue", "overdue", "upcoming")
        await appended_kinds(place, case_id, 12)  # three scheduled, two opened, one missed, six reminders
        yield service, follow_ups


def _count(html: str, due_status: str) -> int:
    [number] = re.findall(rf'id="count-{due_status}"[^>]*>(\d+)<', html)
    return int(number)


def _mark(html: str) -> str:
    [mark] = re.findall(r'name="mark" value="([0-9a-f]*)"', html)
    return str(mark)


async def _post(browser: httpx.AsyncClient, follow_up_id: str, form: Json) -> httpx.Response:
    return await browser.post(f"/uppfoljningar/{follow_up_id}/slutfor?roll=koordinator", data=form)


async def test_a_follow_up_is_completed_in_two_clicks(office: tuple[Service, dict[int, Json]]) -> None:
    service, follow_ups = office
    six = follow_ups[6]["follow_up_id"]
    async with service.browser(Role.COORDINATOR) as browser:
        page = (await browser.get("/uppfoljningar")).text
        assert _count(page, "overdue") == 1
        assert f'href="/arenden/{follow_ups[6]["case_id"]}"' in page
        assert "13 dagar sen" in page
        assert "1 september 2021" in page
        assert f'hx-get="/uppfoljningar/{six}/formular?roll=koordinator"' in page

        form = (await browser.get(f"/uppfoljningar/{six}/formular?roll=koordinator")).text
        assert 'value="2021-09-14"' in form
        assert re.search(r'name="result" value="all" checked', form)
        saved = await _post(
            browser, six, {"held_on": "2021-09-14", "result": "all", "reason": "", "mark": _mark(page), "count": 1}
        )
        assert saved.status_code == 200
        assert "alla aktiviteter genomförda" in saved.text
        assert (_count(saved.text, "overdue"), _count(saved.text, "due")) == (0, 0)

        after = (await browser.get("/uppfoljningar")).text
        assert "Inga försenade uppföljningar. Bra jobbat!" in after
        assert _mark(after) == _mark(saved.text), "the confirmation stays until something else changes"


async def test_the_start_page_is_told_what_the_lists_hold(office: tuple[Service, dict[int, Json]]) -> None:
    service, follow_ups = office
    async with service.client(Role.COORDINATOR) as client, service.browser(Role.COORDINATOR) as browser:
        said = {(item["part"], item["href"], item["late"]): item for item in (await client.get(_TO_DO)).json()}
        team = said["team", "/uppfoljningar?roll=koordinator", True]
        assert (team["count"], team["text"]) == (1, "försenad uppföljning hos koordinatorerna")
        assert said["mine", "/uppfoljningar?roll=mina", True]["count"] == 0
        escalated = said["team", "/uppfoljningar/lyfta", True]
        assert escalated["count"] == (await browser.get(escalated["href"])).text.count('<th scope="row"')

        taken = await client.post(f"/api/followup/follow-ups/{follow_ups[6]['follow_up_id']}/take-over", json={})
        assert taken.status_code == 201, taken.text
        said = {(item["part"], item["href"], item["late"]): item for item in (await client.get(_TO_DO)).json()}
        mine = said["mine", "/uppfoljningar?roll=mina", True]
        assert mine["count"] == _count((await browser.get(mine["href"])).text, "overdue") == 1
    async with service.client(Role.AGENCY) as client:
        assert (await client.get(_TO_DO)).json() == []


async def test_a_refused_report_leaves_the_form_and_says_why_in_it(office: tuple[Service, dict[int, Json]]) -> None:
    service, follow_ups = office
    six = follow_ups[6]["follow_up_id"]
    async with service.browser(Role.COORDINATOR) as browser:
        refused = await _post(browser, six, {"held_on": "2021-09-14", "result": "none", "reason": ""})
        assert refused.headers["hx-reswap"] == "none"
        assert f'id="refusal-{six}"' in refused.text
        assert "Ange skälet" in refused.text
        accepted = await _post(browser, six, {"held_on": "2021-09-10", "result": "none", "reason": "not_reachable"})
        assert "inte gått att följa upp" in accepted.text
        again = await _post(browser, six, {"held_on": "2021-09-10", "result": "all"})
        assert "redan genomförd" in again.text


async def test_the_outcome_of_each_activity_can_be_told(office: tuple[Service, dict[int, Json]]) -> None:
    service, follow_ups = office
    six = follow_ups[6]["follow_up_id"]
    form = {"held_on": "2021-09-14", "result": "some", "activity": [str(each) for each in ACTIVITIES]}
    async with service.browser(Role.COORDINATOR) as browser:
        half = await _post(browser, six, {**form, "outcome": ["fully", ""]})
        assert "var och en av samplanens aktiviteter" in half.text
        saved = await _post(browser, six, {**form, "outcome": ["fully", "not_done"]})
        assert "sparad" in saved.text
    items = (await service.get(f"/api/followup/cases/{follow_ups[6]['case_id']}/follow-ups"))["items"]
    assert [UUID(each["activity_id"]) for each in items[1]["activities"]] == list(ACTIVITIES)
    assert [each["outcome"] for each in items[1]["activities"]] == ["fully", "not_done"]


async def test_a_reason_left_from_another_choice_is_passed_over_when_all_was_done(
    office: tuple[Service, dict[int, Json]],
) -> None:
    service, follow_ups = office
    form = {"held_on": "2021-09-14", "result": "all", "reason": "under_way"}
    async with service.browser(Role.LOTS) as browser:
        assert "sparad" in (await _post(browser, follow_ups[2]["follow_up_id"], form)).text


async def test_a_change_is_announced_once_and_the_list_is_not_sent(office: tuple[Service, dict[int, Json]]) -> None:
    service, follow_ups = office
    async with service.browser(Role.COORDINATOR) as browser:
        page = (await browser.get("/uppfoljningar?roll=lots")).text
        same = await browser.get(f"/uppfoljningar/nytt?roll=lots&mark={_mark(page)}&count=1")
        assert (same.status_code, same.content) == (204, b"")
        other = await browser.get("/uppfoljningar/nytt?roll=lots&mark=0&count=0")
        assert "1 ny uppföljning att göra" in other.text
        assert follow_ups[2]["follow_up_id"] not in other.text
        changed = await browser.get("/uppfoljningar/nytt?roll=lots&mark=0&count=1")
        assert "Listan har ändrats" in changed.text
        again = await browser.get("/uppfoljningar/nytt?roll=lots&mark=0&count=1&shown=Listan har ändrats")
        assert again.status_code == 204


async def test_without_scripts_a_form_is_a_page_and_leads_back_to_the_list(
    office: tuple[Service, dict[int, Json]],
) -> None:
    service, follow_ups = office
    six = follow_ups[6]["follow_up_id"]
    async with service.browser(Role.COORDINATOR) as browser:
        del browser.headers["hx-request"]
        form = await browser.get(f"/uppfoljningar/{six}/slutfor?roll=koordinator")
        assert "<html" in form.text
        refused = await _post(browser, six, {"held_on": "2021-09-10", "result": "none", "reason": ""})
        assert refused.status_code == 422
        assert "Ange skälet" in refused.text
        assert re.search(r'value="none" checked', refused.text)
        assert 'value="2021-09-10"' in refused.text
        saved = await _post(browser, six, {"held_on": "2021-09-14", "result": "all", "reason": ""})
        assert saved.status_code == 303
        assert "är sparad" in (await browser.get(saved.headers["location"])).text
        assert "är sparad" not in (await browser.get(f"/uppfoljningar?klar={follow_ups[12]['follow_up_id']}")).text


async def test_what_is_to_come_is_listed_when_asked_for(office: tuple[Service, dict[int, Json]]) -> None:
    service, follow_ups = office
    async with service.browser(Role.COORDINATOR) as browser:
        page = (await browser.get("/uppfoljningar")).text
        assert follow_ups[12]["follow_up_id"] not in page
        assert _count(page, "upcoming") == 1
        upcoming = (await browser.get("/uppfoljningar/kommande?roll=koordinator")).text
        assert "1 mars 2022" in upcoming
        assert "Inga kommande" in (await browser.get("/uppfoljningar/kommande?roll=lots")).text


async def test_each_role_sees_its_own_list_first(office: tuple[Service, dict[int, Json]]) -> None:
    service, follow_ups = office
    two, six = follow_ups[2]["follow_up_id"], follow_ups[6]["follow_up_id"]
    for role, own, others in ((Role.LOTS, two, six), (Role.COORDINATOR, six, two)):
        async with service.browser(role) as browser:
            page = (await browser.get("/uppfoljningar")).text
            assert own in page
            assert others not in page


async def test_the_office_looks_and_does_not_complete(office: tuple[Service, dict[int, Json]]) -> None:
    service, follow_ups = office
    six = follow_ups[6]["follow_up_id"]
    async with service.browser(Role.OFFICE) as browser:
        page = (await browser.get("/uppfoljningar")).text
        assert six in page
        assert "Slutför" not in page
        assert (await browser.get(f"/uppfoljningar/{six}/formular")).status_code == 403
        assert (await _post(browser, six, {"held_on": "2021-09-14", "result": "all"})).status_code == 403


async def test_another_site_cannot_complete_with_somebodys_session(office: tuple[Service, dict[int, Json]]) -> None:
    service, follow_ups = office
    async with service.browser(Role.COORDINATOR) as browser:
        browser.headers["sec-fetch-site"] = "cross-site"
        answer = await _post(browser, follow_ups[6]["follow_up_id"], {"held_on": "2021-09-14", "result": "all"})
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
    [_, six, _] = (await service.get(f"/api/followup/cases/{follow_ups[6]['case_id']}/follow-ups"))["items"]
    assert six["state"] == "overdue"


async def test_closing_the_form_gives_the_button_back(office: tuple[Service, dict[int, Json]]) -> None:
    service, follow_ups = office
    six = follow_ups[6]["follow_up_id"]
    async with service.browser(Role.COORDINATOR) as browser:
        closed = (await browser.get(f"/uppfoljningar/{six}/stang?roll=koordinator")).text
        assert f'id="button-{six}"' in closed
        assert "autofocus" in closed
        unknown = await browser.get(f"/uppfoljningar/{uuid4()}/formular")
        assert unknown.status_code == 404


async def test_what_went_on_is_seen_registered_and_undone_on_the_follow_ups_own_page(
    office: tuple[Service, dict[int, Json]],
) -> None:
    service, follow_ups = office
    place = f"/uppfoljningar/{follow_ups[6]['follow_up_id']}"
    async with service.browser(Role.COORDINATOR) as browser:
        del browser.headers["hx-request"]
        page = (await browser.get(place)).text
        assert "Regel: FINSAM-team, version 2, räknat från planen den 1 mars 2021." in page
        assert "påminnelse om uppföljning" in page.lower()
        tried = {"tried_on": "2021-09-14", "outcome": "unavailable", "channel": "phone"}
        saved = await browser.post(f"{place}/forsok", data=tried)
        assert (saved.status_code, saved.headers["location"]) == (303, f"{place}?klar=forsok")
        assert "fick inte tag på deltagaren" in (await browser.get(saved.headers["location"])).text
        assert "1 försök" in (await browser.get("/uppfoljningar")).text
        refused = await browser.post(f"{place}/forsok", data={**tried, "tried_on": "2021-09-15"})
        assert (refused.status_code, "i framtiden" in refused.text) == (422, True)
        assert (await browser.post(f"{place}/ta-over")).status_code == 303
        assert "test-user (du)" in (await browser.get(place)).text
        assert _count((await browser.get("/uppfoljningar?roll=mina")).text, "overdue") == 1
        assert (await browser.post(f"{place}/avfor", data={"reason": "moved"})).status_code == 303
        closed = (await browser.get(place)).text
        assert "ska inte göras" in closed
        assert "Spara försöket" not in closed
        [first, *_] = re.findall(r'href="([^"]+/angra/[^"]+)"', closed)
        assert "Ja, ångra för ärende" in (await browser.get(first)).text
        assert (await browser.post(first, data={"reason": "other"})).status_code == 303
        after = (await browser.get(place)).text
        assert "felregistrerad" in after
        assert "Spara försöket" in after
        gone = await browser.get(first)
        assert (gone.status_code, "redan vara ångrad" in gone.text) == (404, True)


async def test_who_only_looks_registers_nothing_on_a_follow_ups_page(office: tuple[Service, dict[int, Json]]) -> None:
    service, follow_ups = office
    place = f"/uppfoljningar/{follow_ups[6]['follow_up_id']}"
    async with service.browser(Role.OFFICE) as browser:
        page = (await browser.get(place)).text
        assert "Spara försöket" not in page
        assert "Historik" not in page
        for path, form in (
            ("forsok", {"tried_on": "2021-09-14", "outcome": "unavailable", "channel": "phone"}),
            ("avfor", {"reason": "moved"}),
            ("fraga", {"to": "kim"}),
            ("ta-over", {}),
            ("avboj", {"reason": "absent"}),
            (f"angra/{uuid4()}", {"reason": "other"}),
        ):
            assert (await browser.post(f"{place}/{path}", data=form)).status_code == 403, path


async def test_what_was_brought_up_is_listed_by_whom_it_was_brought_up_with(
    office: tuple[Service, dict[int, Json]],
) -> None:
    service, follow_ups = office
    async with service.browser(Role.OFFICE) as browser:
        page = (await browser.get("/uppfoljningar/lyfta")).text
    to_leader, to_coordinator = page.split("Till koordinatorn", 1)
    assert follow_ups[2]["follow_up_id"] in to_leader
    assert "Inget är lyft hit." in to_coordinator


async def test_time_limits_are_listed_while_they_are_waited_for(office: tuple[Service, dict[int, Json]]) -> None:
    service, _ = office
    async with service.browser(Role.COORDINATOR) as browser:
        page = (await browser.get("/uppfoljningar/tidsgranser")).text
        assert "Ingen tidsgräns har passerat." in page
        assert "Ingen tidsgräns löper." in page


@pytest.mark.parametrize("path", ["/uppfoljningar", "/uppfoljningar?roll=lots"])
async def test_who_is_not_signed_in_is_asked_to(office: tuple[Service, dict[int, Json]], path: str) -> None:
    service, _ = office
    async with service.browser(Role.COORDINATOR) as browser:
        del browser.headers["hx-request"]
        answer = await browser.get(path, headers={"cookie": "", "accept": "text/html"})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/logga-in?till=/uppfoljningar")
