"""Calls to a SIP over HTTP and on the pages: called, who came, who did not, and what became of the plan."""

import asyncio
import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.codes import Role
from contracts.envelope import Fact
from contracts.events import local_date
from contracts.referral import Attributes, ConsentGiven, ReferralAccepted
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.planning import call_store
from tests.integration.planning.planning import Planning
from tests.unit.planning import mother

_ROLE = Role.LOTS
_MARGIN = timedelta(days=40)


def _today(planning: Planning) -> date:
    return local_date(planning.now())


async def _accepted(planning: Planning, insats: str = mother.MIA) -> UUID:
    """A case whose person consents to be followed up, accepted forty days ago."""
    case_id, day = uuid4(), _today(planning) - _MARGIN
    facts: list[Fact] = [
        mother.referred_to(insats, day),
        ConsentGiven(happened_on=day, attributes=Attributes()),
        ReferralAccepted(happened_on=day),
    ]
    await planning.hear(case_id, facts)
    return case_id


def _call(sent_on: date, **more: Any) -> dict[str, Any]:
    parties = ["region", "forsakringskassan"]
    return {
        "initiator": "kommun",
        "parties": parties,
        "consents_to": parties,
        "sent_on": sent_on.isoformat(),
        "meets_on": (sent_on + timedelta(days=14)).isoformat(),
        **more,
    }


async def _listed(planning: Planning, case_id: UUID) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The parties that the case waits for, and its plans that hold, as the API lists them."""
    answer = await planning.client.get("/api/planning/calls?limit=500", headers=planning.signed_in(Role.OFFICE))
    assert answer.status_code == 200, answer.text
    said = answer.json()
    awaited, plans = (
        [each for each in said[name] if each["case_id"] == str(case_id)] for name in ("awaited", "plans")
    )
    return awaited, plans


async def test_called_held_followed_up_and_closed(planning: Planning) -> None:
    case_id, today = await _accepted(planning), _today(planning)
    sent, met = today - timedelta(days=20), today - timedelta(days=6)
    call = await planning.done(case_id, "call", _call(sent), _ROLE)
    awaited, _ = await _listed(planning, case_id)
    assert [each["party"] for each in awaited] == ["forsakringskassan", "region"]
    assert {each["limit_on"] for each in awaited} == {(sent + timedelta(days=21)).isoformat()}

    held = await planning.done(
        case_id,
        "call/held",
        {
            "held_on": met.isoformat(),
            "attended": ["region"],
            "activities": [{"responsible": "region", "kind": "health_care_contact"}],
            "follow_up_on": (today + timedelta(days=60)).isoformat(),
        },
        _ROLE,
    )
    awaited, plans = await _listed(planning, case_id)
    assert [each["party"] for each in awaited] == ["forsakringskassan"]
    assert [(each["plan_id"], each["form"]) for each in plans] == [(held["plan_id"], "samsip")]

    await planning.done(case_id, "call/held", {"attended": ["forsakringskassan"]}, _ROLE)
    await planning.done(
        case_id,
        "coordinated-plan/follow-up",
        {"follow_up_on": (today + timedelta(days=90)).isoformat()},
        _ROLE,
    )
    seen = (await planning.case(case_id)).json()
    assert seen["calls"][0]["call_id"] == call["call_id"]
    assert seen["calls"][0]["awaited"] == []
    assert seen["coordinated_plans"][0]["follow_up_on"] == (today + timedelta(days=90)).isoformat()
    await planning.done(case_id, "coordinated-plan/closed", {"reason": "goals_met"}, _ROLE)
    assert await _listed(planning, case_id) == ([], [])
    assert [each["type"] for each in await planning.appended(case_id)] == [
        "MeetingCalled",
        "CalledMeetingHeld",
        "CoordinatedPlanMade",
        "NextFollowUpAgreed",
        "CalledMeetingHeld",
        "NextFollowUpAgreed",
        "CoordinatedPlanClosed",
    ]


async def test_a_party_without_consent_is_not_called_and_the_answer_says_which(planning: Planning) -> None:
    case_id = await _accepted(planning)
    refused = await planning.post(case_id, "call", _call(_today(planning), consents_to=["region"]), _ROLE)
    assert refused.status_code == 422
    assert refused.json()["code"] == "consent_missing"
    assert "Försäkringskassan" in refused.json()["detail"]
    assert await planning.appended(case_id) == []
    await planning.done(case_id, "call/decided-against", {"initiator": "kommun", "reason": "consent_refused"}, _ROLE)
    (event,) = await planning.appended(case_id)
    assert (event["type"], event["data"]["reason"]) == ("CallDecidedAgainst", "consent_refused")


async def test_a_withdrawn_consent_ends_the_call_and_the_plan(planning: Planning) -> None:
    case_id, today = await _accepted(planning), _today(planning)
    await planning.done(case_id, "call", _call(today - timedelta(days=5)), _ROLE)
    activities = [{"responsible": "region", "kind": "health_care_contact"}]
    await planning.done(case_id, "call/held", {"attended": ["region"], "activities": activities}, _ROLE)
    await planning.done(case_id, "coordinated-plan/consent-withdrawn", {}, _ROLE)
    assert await _listed(planning, case_id) == ([], [])
    seen = (await planning.case(case_id)).json()
    assert seen["coordinated_plans"][0]["reason"] == "consent_withdrawn"
    again = await planning.post(case_id, "coordinated-plan/consent-withdrawn", {}, _ROLE)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_close")


async def test_without_consent_the_reason_and_the_kinds_stay_here(planning: Planning) -> None:
    case_id, today = uuid4(), _today(planning)
    accepted = [mother.referred_to(mother.MIA, today), ReferralAccepted(happened_on=today)]
    await planning.hear(case_id, accepted)
    await planning.done(case_id, "call", _call(today), _ROLE)
    activities = [{"responsible": "region", "kind": "health_care_contact"}]
    attended = ["region", "forsakringskassan"]
    await planning.done(case_id, "call/held", {"attended": attended, "activities": activities}, _ROLE)
    await planning.done(case_id, "coordinated-plan/closed", {"reason": "goals_met"}, _ROLE)
    seen = (await planning.case(case_id)).json()["coordinated_plans"][0]
    assert (seen["activities"][0]["kind"], seen["reason"]) == ("health_care_contact", "goals_met")
    told = {each["type"]: each["data"] for each in await planning.appended(case_id)}
    assert told["CoordinatedPlanMade"]["activities"][0]["kind"] is None
    assert told["CoordinatedPlanClosed"]["reason"] is None
    consent: list[Fact] = [ConsentGiven(happened_on=today, attributes=Attributes())]
    await planning.hear(case_id, consent, first=3)
    released = [
        each["data"] for each in await planning.appended(case_id) if each["type"] == "PlanningDetailsReleased"
    ]
    assert {each["reason"] for each in released} == {None, "goals_met"}
    assert [kind["kind"] for each in released for kind in each["activities"]] == ["health_care_contact"]


async def test_a_call_noted_by_mistake_is_taken_back_and_nobody_is_awaited(planning: Planning) -> None:
    case_id = await _accepted(planning)
    done = await planning.done(case_id, "call", _call(_today(planning)), _ROLE)
    body = {"event_id": done["events"][0]["id"], "reason": "wrong_person"}
    await planning.done(case_id, "registered-in-error", body)
    assert await _listed(planning, case_id) == ([], [])


async def test_of_two_who_call_at_once_one_is_told_that_a_call_is_open(planning: Planning) -> None:
    case_id, today = await _accepted(planning), _today(planning)
    answers = await asyncio.gather(*(planning.post(case_id, "call", _call(today), _ROLE) for _ in range(2)))
    assert sorted(each.status_code for each in answers) == [201, 409]
    assert {each.json().get("code") for each in answers} == {None, "already_called"}
    assert [each["type"] for each in await planning.appended(case_id)] == ["MeetingCalled"]


async def test_the_office_calls_nobody_and_an_agency_sees_no_calls(planning: Planning) -> None:
    case_id = await _accepted(planning)
    assert (await planning.post(case_id, "call", _call(_today(planning)), Role.OFFICE)).status_code == 403
    headers = planning.signed_in(Role.AGENCY)
    assert (await planning.client.get("/api/planning/calls", headers=headers)).status_code == 403


async def test_the_lists_are_read_from_their_indexes(planning: Planning) -> None:
    async with planning.runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_sort = off")
        for query, index in (
            (call_store.AWAITED, "awaited_party_by_limit"),
            (call_store.PLANS, "coordinated_plan_by_follow_up"),
        ):
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {query}", 100))
            assert index in plan, plan
            assert "Sort" not in plan, plan


# The pages


def _browser(planning: Planning, role: Role = _ROLE) -> dict[str, str]:
    tokens = LocalTokens(planning.runtime.settings.secrets["token_key"])
    token = tokens.issue(User(id="lova", name="Lova Lots", roles=frozenset({role})))
    return {"cookie": f"{COOKIE}={token}", "sec-fetch-site": "same-origin", "accept": "text/html"}


async def _page(planning: Planning, path: str = "", role: Role = _ROLE) -> str:
    answer = await planning.client.get(f"/tider/kallelser{path}", headers=_browser(planning, role))
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


async def _send(planning: Planning, case_id: UUID, what: str, form: dict[str, Any]) -> httpx.Response:
    return await planning.client.post(f"/tider/kallelser/{case_id}/{what}", data=form, headers=_browser(planning))


def _form(sent_on: date) -> dict[str, Any]:
    body = _call(sent_on, initiator="insats", starts_at="")
    return {**body, "invited": ["relative"], "consents_to": [*body["consents_to"], "relative"]}


async def test_the_case_worker_calls_registers_the_meeting_and_closes_the_plan_on_the_page(
    planning: Planning,
) -> None:
    case_id, today = await _accepted(planning), _today(planning)
    page = await _page(planning, f"/{case_id}")
    assert "Kalla till SamSIP" in page
    assert "insatsen" in page

    form = _form(today)
    refused = await _send(planning, case_id, "kalla", {**form, "consents_to": ["region"]})
    assert refused.status_code == 422
    assert "Personens samtycke saknas till att kalla Försäkringskassan och anhörig" in refused.text
    assert re.search(r'name="parties" value="region" checked', refused.text)
    assert (await _send(planning, case_id, "kalla", form)).status_code == 303

    page = await _page(planning, f"/{case_id}?klar=kallad")
    assert "Kallelsen är registrerad." in page
    assert "Mötet har hållits" in page
    half = await _send(
        planning,
        case_id,
        "hallet",
        {"held_on": str(today), "attended": ["region"], "kind": ["health_care_contact", ""], "responsible": ["", ""]},
    )
    assert half.status_code == 422
    assert "både vad som ska göras och vem som ansvarar" in half.text
    held = {
        "held_on": str(today),
        "attended": ["region", "forsakringskassan"],
        "kind": ["health_care_contact", ""],
        "responsible": ["region", ""],
        "follow_up_on": "",
    }
    assert (await _send(planning, case_id, "hallet", held)).status_code == 303
    page = await _page(planning, f"/{case_id}?klar=hallet")
    assert "inte bestämd" in page
    later = {"follow_up_on": str(today + timedelta(days=30))}
    assert (await _send(planning, case_id, "uppfoljning", later)).status_code == 303
    assert (await _send(planning, case_id, "avsluta", {"reason": "goals_met"})).status_code == 303
    assert "Kalla till SamSIP" in await _page(planning, f"/{case_id}")


async def test_whoever_has_not_come_in_time_is_on_the_list_with_the_days(planning: Planning) -> None:
    case_id, today = await _accepted(planning), _today(planning)
    await planning.done(case_id, "call", _call(today - timedelta(days=30)), _ROLE)
    page = await _page(planning, role=Role.OFFICE)
    assert "Kallade som inte har kommit" in page
    assert "för sent" in page
    assert f"/arenden/{case_id}" in page
    assert f"/tider/kallelser/{case_id}" in await _page(planning)
    assert (await _send(planning, case_id, "aterta", {})).status_code == 303
    assert str(case_id) not in await _page(planning)


async def test_nobody_is_called_and_consent_is_withdrawn_on_the_page(planning: Planning) -> None:
    case_id, today = await _accepted(planning), _today(planning)
    against = {"initiator": "insats", "reason": "not_needed"}
    assert (await _send(planning, case_id, "ingen", against)).status_code == 303
    assert (await _send(planning, case_id, "kalla", _form(today))).status_code == 303
    assert (await _send(planning, case_id, "samtycke", {})).status_code == 303
    again = await _send(planning, case_id, "samtycke", {})
    assert again.status_code == 409
    assert "Ingen kallelse är öppen" in again.text


async def test_an_insats_without_a_form_of_plan_says_so(planning: Planning) -> None:
    case_id = await _accepted(planning, mother.FINSAM)
    assert "Insatsen använder ingen samordnad plan" in await _page(planning, f"/{case_id}")
