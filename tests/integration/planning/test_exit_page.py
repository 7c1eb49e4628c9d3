"""The page of an exit: it asks what the insats needs, shows what follows, and leads back."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.codes import Role
from contracts.envelope import Fact
from contracts.events import local_date
from contracts.planning import ParticipantExited
from contracts.referral import Attributes, ConsentGiven, HandBackAcknowledged, ReferralAccepted
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from tests.integration.planning.planning import Planning
from tests.unit.planning import mother

_MARGIN = timedelta(days=60)


async def _accepted(planning: Planning, insats: str = "ratt-stod-for-mig") -> UUID:
    case_id, day = uuid4(), local_date(planning.now()) - _MARGIN
    facts: list[Fact] = [
        mother.referred_to(insats, day),
        ConsentGiven(happened_on=day, attributes=Attributes()),
        ReferralAccepted(happened_on=day),
    ]
    await planning.hear(case_id, facts)
    return case_id


async def _participating(planning: Planning, insats: str = "ratt-stod-for-mig") -> UUID:
    case_id = await _accepted(planning, insats)
    day = local_date(planning.now()) - _MARGIN
    await planning.done(case_id, "start", {"started_on": day.isoformat()})
    return case_id


def _browser(planning: Planning, role: Role = Role.COORDINATOR) -> dict[str, str]:
    tokens = LocalTokens(planning.runtime.settings.secrets["token_key"])
    token = tokens.issue(User(id=f"{role}-1", name="Test", roles=frozenset({role})))
    return {"cookie": f"{COOKIE}={token}", "sec-fetch-site": "same-origin", "accept": "text/html"}


async def _page(planning: Planning, case_id: UUID, query: str = "") -> str:
    answer = await planning.client.get(f"/arenden/{case_id}/avsluta{query}", headers=_browser(planning))
    assert answer.status_code == 200, answer.text
    return answer.text


async def _send(planning: Planning, case_id: UUID, where: str, form: dict[str, Any]) -> httpx.Response:
    return await planning.client.post(
        f"/arenden/{case_id}/avsluta{where}", data=form, headers=_browser(planning), follow_redirects=False
    )


def _form(planning: Planning, **more: Any) -> dict[str, Any]:
    return {"exited_on": local_date(planning.now()).isoformat(), **more}


async def test_only_what_the_reason_needs_is_asked_and_what_follows_is_said(planning: Planning) -> None:
    case_id = await _participating(planning)
    first = await _page(planning, case_id)
    assert "Varför slutar personen?" in first
    assert 'name="extent_percent"' not in first
    studies = await _page(planning, case_id, "?reason=studies")
    assert 'name="extent_percent"' in studies
    assert 'name="support"' not in studies
    assert "Ärendet återförs till den som anmälde" in studies
    moved = await _page(planning, case_id, "?reason=moved")
    assert 'name="extent_percent"' not in moved


async def test_left_by_the_form_reopened_and_left_again_both_exits_stand(planning: Planning) -> None:
    case_id = await _participating(planning)
    missing = await _send(planning, case_id, "", _form(planning, reason="studies"))
    assert missing.status_code == 422
    assert 'id="fel-extent_percent"' in missing.text
    assert 'value="studies"' in missing.text, "the form stays as it was filled in"

    left = await _send(planning, case_id, "", _form(planning, reason="studies", extent_percent="50"))
    assert (left.status_code, left.headers["location"]) == (303, f"/arenden/{case_id}/avsluta?klar=avslutad")
    shown = await _page(planning, case_id, "?klar=avslutad")
    assert "Insatsen är avslutad." in shown
    assert "studier, 50 %" in shown
    assert "som inte har bekräftat än" in shown

    appended = await planning.appended(case_id)
    back = appended[-1]["data"]["hand_back_id"]
    day = local_date(planning.now())
    await planning.hear(case_id, [HandBackAcknowledged(happened_on=day, hand_back_id=UUID(back))], first=4)
    assert "som bekräftade" in await _page(planning, case_id)

    reopened = await _send(planning, case_id, "/oppna", {"reopened_on": day.isoformat()})
    assert reopened.status_code == 303
    again = await _page(planning, case_id)
    assert "Varför slutar personen?" in again
    assert "studier, 50 %" in again, "the first exit stays"
    assert (await _send(planning, case_id, "", _form(planning, reason="illness"))).status_code == 303
    both = await _page(planning, case_id)
    assert both.count('class="milestone"') == 2
    seen = (await planning.case(case_id)).json()
    assert [each["exit"]["reason"] for each in seen["participations"]] == ["studies", "illness"]
    assert [each["acknowledged_on"] for each in seen["hand_backs"]] == [day.isoformat(), None]


async def test_an_exit_by_mistake_is_taken_back_on_the_page(planning: Planning) -> None:
    case_id = await _participating(planning)
    await _send(planning, case_id, "", _form(planning, reason="illness"))
    [left] = [each for each in await planning.appended(case_id) if each["type"] == ParticipantExited.wire_name()]
    taken_back = await _send(planning, case_id, "/felregistrerat", {"event_id": left["id"]})
    assert taken_back.status_code == 303
    assert await planning.state(case_id) == "participating"
    assert (await planning.case(case_id)).json()["hand_backs"] == []
    again = await _send(planning, case_id, "/felregistrerat", {"event_id": left["id"]})
    assert again.status_code == 409
    assert "redan markerad som felregistrerad" in again.text


async def test_before_the_start_there_is_one_way_and_it_is_the_referral_s(planning: Planning) -> None:
    case_id = await _accepted(planning)
    shown = await _page(planning, case_id)
    assert f'href="/anmalningar/{case_id}/avsluta"' in shown
    assert "<form" not in shown.partition("<main")[2]
    refused = await _send(planning, case_id, "", _form(planning, reason="illness"))
    assert refused.status_code == 409
    assert "har inte startat" in refused.text


async def test_the_api_asks_the_same(planning: Planning) -> None:
    case_id = await _participating(planning)
    refused = await planning.post(case_id, "exit", _form(planning, reason="work"))
    assert (refused.status_code, refused.json()["code"]) == (422, "extent_percent_missing")
    unasked = await planning.post(case_id, "exit", _form(planning, reason="moved", support="none"))
    assert (unasked.status_code, unasked.json()["code"]) == (422, "support_not_used")
    answer = await planning.done(case_id, "exit", _form(planning, reason="work", extent_percent=25))
    assert [each["type"] for each in answer["events"]] == ["ParticipantExited", "CaseHandedBack"]


async def test_the_page_is_for_coordinators(planning: Planning) -> None:
    case_id = await _participating(planning)
    for role in (Role.LOTS, Role.OFFICE, Role.AGENCY):
        answer = await planning.client.get(f"/arenden/{case_id}/avsluta", headers=_browser(planning, role))
        assert answer.status_code == 403
