"""Steps over HTTP and on their page, and the room of the answers: who reads them, and where they are not."""

import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.codes import Role
from contracts.referral import Attributes, ConsentGiven, ConsentRefused, PersonForgotten, ReferralAccepted
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.chassis.sealing import Tampered
from services.planning import answers
from services.planning.answers import Answers
from tests.integration.planning.case_pages import accepted, done, main_of, page, send, today_of
from tests.integration.planning.planning import Planning
from tests.unit.planning import mother

ASKED = "valdsfragor-erbjudna"
SECRET = "Jag vill berätta om en sak."  # what a participant says, no password
DJARVA = "djarva-ekonomiskt-bistand"


def worker(planning: Planning, user_id: str, role: Role = Role.LOTS) -> dict[str, str]:
    """The headers of somebody's browser, by their user id."""
    tokens = LocalTokens(planning.runtime.settings.secrets["token_key"])
    token = tokens.issue(User(id=user_id, name="Test", roles=frozenset({role})))
    return {"cookie": f"{COOKIE}={token}", "sec-fetch-site": "same-origin", "accept": "text/html"}


async def with_case_manager(planning: Planning, *, consents: bool = True) -> UUID:
    """A participant of MIA Vidare whose case manager is ``cm-1``."""
    case_id = await accepted(planning, consents=consents)
    await planning.done(
        case_id, "meeting", {"kind": "introduktionsmote", "meets_on": _day(planning), "mode": "phone"}
    )
    await planning.done(case_id, "meeting/held", {"kind": "introduktionsmote"})
    await planning.done(case_id, "support", {"role": "case-manager", "worker_id": "cm-1"})
    await planning.done(case_id, "start", {})
    return case_id


def _day(planning: Planning) -> str:
    return today_of(planning).isoformat()


async def room(
    planning: Planning, case_id: UUID, user_id: str, form: dict[str, Any] | None = None, step: str = ASKED
) -> httpx.Response:
    """The page of the answers, or what its form is answered."""
    path, headers = f"/arenden/{case_id}/steg/{step}/svar", worker(planning, user_id)
    if form is None:
        return await planning.client.get(path, headers=headers)
    return await planning.client.post(path, data=form, headers=headers)


class TestAtTheDoor:
    async def test_a_step_is_reached_once_however_often_it_is_sent(self, planning: Planning) -> None:
        case_id = await with_case_manager(planning)
        headers = {**planning.signed_in(Role.LOTS), "idempotency-key": str(uuid4())}
        path = f"/api/planning/cases/{case_id}/steps/{ASKED}/reached"
        first, again = [await planning.client.post(path, json={}, headers=headers) for _ in range(2)]
        assert (first.status_code, again.json()) == (201, first.json())
        refused = await planning.post(case_id, f"steps/{ASKED}/reached", {})
        assert (refused.status_code, refused.json()["code"]) == (409, "already_reached")

    async def test_a_paper_is_asked_for_and_comes(self, planning: Planning) -> None:
        case_id = await accepted(planning, "samordnat-stod")
        unknown = await planning.post(case_id, "steps/underlag/requests", {"asked_of": "health_care"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "step_unknown")
        case_id = await with_case_manager(planning)
        asked = {"asked_of": "health_care", "document": "journal", "of": "samsip"}
        said = await planning.done(case_id, "steps/underlag/requests", asked)
        await planning.done(case_id, "steps/underlag/reached", {"document": "journal", "of": "samsip"})
        answer = await planning.client.get(
            f"/api/planning/cases/{case_id}/steps", headers=planning.signed_in(Role.LOTS)
        )
        [request] = answer.json()["requests"]
        assert (request["request_id"], request["received_on"]) == (said["request_id"], _day(planning))
        ended = await planning.post(case_id, f"steps/requests/{said['request_id']}/end", {"reason": "refused"})
        assert (ended.status_code, ended.json()["code"]) == (409, "request_closed")

    async def test_without_consent_the_score_stays_here_until_there_is_one(self, planning: Planning) -> None:
        case_id, today = uuid4(), today_of(planning)
        refused = ConsentRefused(happened_on=today)
        facts = [mother.referred_to(mother.MIA, today), refused, ReferralAccepted(happened_on=today)]
        await planning.hear(case_id, facts)
        await planning.done(case_id, "steps/progressionskort/reached", {"score": 3.5})
        seen = await planning.client.get(
            f"/api/planning/cases/{case_id}/steps", headers=planning.signed_in(Role.LOTS)
        )
        [told] = [each["data"] for each in await planning.appended(case_id) if each["type"] == "StepReached"]
        assert (seen.json()["reached"][0]["score"], told["score"]) == (3.5, None)
        await planning.hear(case_id, [ConsentGiven(happened_on=today, attributes=Attributes())], first=4)
        kinds = {each["type"]: each["data"] for each in await planning.appended(case_id)}
        assert kinds["PlanningDetailsReleased"]["score"] == 3.5


class TestPage:
    async def test_the_steps_stand_in_the_files_order_with_their_forms(self, planning: Planning) -> None:
        case_id = await with_case_manager(planning)
        text = main_of(await page(planning, case_id, "/steg"))
        named = ["Tilldelad case manager", "Sju frågor om våld ställda", "Kartläggning", "Progressionskort"]
        assert [text.index(each) for each in named] == sorted(text.index(each) for each in named)
        assert "cm-1" in text
        text = main_of(await done(planning, case_id, "steg/progressionskort/natt", _reached(planning, score="3,5")))
        assert "Steget är registrerat." in text
        assert "3,5" in text

    async def test_a_refused_form_comes_back_as_filled_in_with_the_refusal_at_its_field(
        self, planning: Planning
    ) -> None:
        case_id = await with_case_manager(planning)
        tomorrow = (today_of(planning) + timedelta(days=1)).isoformat()
        form = {**_reached(planning, score="2,5"), "reached_on": tomorrow}
        answer = await send(planning, case_id, "steg/progressionskort/natt", form)
        assert answer.status_code == 422
        assert 'aria-describedby="fel-natt-reached_on-mia-vidare-progressionskort"' in answer.text
        assert f'value="{tomorrow}"' in answer.text
        assert 'value="2,5"' in answer.text

    @pytest.mark.parametrize("score", ["2,3", "mycket", "", "1e9"])
    async def test_so_does_a_score_that_is_none(self, planning: Planning, score: str) -> None:
        case_id = await with_case_manager(planning)
        answer = await send(planning, case_id, "steg/progressionskort/natt", _reached(planning, score=score))
        assert answer.status_code == 422
        assert 'aria-describedby="fel-natt-score-mia-vidare-progressionskort"' in answer.text
        assert f'value="{score}"' in answer.text

    async def test_a_paper_is_asked_for_ended_and_taken_back(self, planning: Planning) -> None:
        case_id = await with_case_manager(planning)
        assert "Steg och handlingar" in await page(planning, case_id)
        form = {"of": mother.MIA, "asked_of": "health_care", "asked_on": _day(planning)}
        text = await done(planning, case_id, "steg/kartlaggning/begard", form)
        assert "väntas" in main_of(text)
        [request_id] = set(re.findall(r'<option value="([0-9a-f-]{36})">', text))
        end = {"of": mother.MIA, "request_id": request_id, "ended_on": _day(planning), "reason": "not_found"}
        text = await done(planning, case_id, "steg/kartlaggning/inte-vantad", end)
        assert "väntas inte sedan" in main_of(text)
        [event_id] = re.findall(r'name="event_id" value="([^"]+)"', text)
        text = await done(planning, case_id, "steg/kartlaggning/tillbaka", {"of": mother.MIA, "event_id": event_id})
        assert "väntas inte sedan" not in main_of(text)

    async def test_what_is_left_is_a_reminder_on_the_case_page(self, planning: Planning) -> None:
        case_id = await accepted(planning, "aktivitetsplatsen")
        assert "Kvar att göra" in await page(planning, case_id)
        form = {**_reached(planning), "of": "aktivitetsplatsen"}
        await done(planning, case_id, "steg/parallella-insatser/natt", form)
        assert "Kvar att göra" not in await page(planning, case_id)

    async def test_a_phase_changes_once_what_comes_before_it_is_done(self, planning: Planning) -> None:
        case_id = await accepted(planning, DJARVA)
        await planning.done(case_id, "start", {})
        form = {**_reached(planning), "of": DJARVA}
        text = main_of(await page(planning, case_id, "/steg"))
        assert "Fas nu: insats på Jobbtorg sedan" in text
        assert "Registrera först: motiverad till vårdkontakt." in text
        for step in ("jobbtorg-fungerar-inte", "motivera-vardkontakt", "jobbtorg-igen"):
            text = main_of(await done(planning, case_id, f"steg/{step}/natt", form))
        assert "Fas nu: insats på Jobbtorg igen" in text

    async def test_an_unknown_step_is_refused_on_the_page(self, planning: Planning) -> None:
        case_id = await with_case_manager(planning)
        answer = await send(planning, case_id, "steg/of-next-year/natt", _reached(planning))
        assert answer.status_code == 404
        assert "inget sådant steg" in answer.text


class TestAnswers:
    async def test_whoever_supports_the_participant_writes_and_reads_them(self, planning: Planning) -> None:
        case_id = await with_case_manager(planning)
        assert "Registrera först att frågorna är ställda" in (await room(planning, case_id, "cm-1")).text
        early = await room(planning, case_id, "cm-1", {"wants": "true", "text": SECRET})
        assert early.status_code == 409
        await planning.done(case_id, f"steps/{ASKED}/reached", {})
        assert (await room(planning, case_id, "cm-1", {"wants": "true", "text": SECRET})).status_code == 303
        seen = await room(planning, case_id, "cm-1")
        assert SECRET in seen.text
        assert seen.headers["cache-control"] == "no-store"
        declined = await room(planning, case_id, "cm-1", {"wants": "false", "text": SECRET})
        assert (declined.status_code, SECRET in declined.text) == (409, True)

    @pytest.mark.parametrize("user_id", ["cm-2", "karin"])
    async def test_nobody_else_does_and_that_they_tried_is_written_down(
        self, planning: Planning, user_id: str
    ) -> None:
        case_id = await with_case_manager(planning)
        await planning.done(case_id, f"steps/{ASKED}/reached", {})
        await room(planning, case_id, "cm-1", {"wants": "true", "text": SECRET})
        for form in (None, {"wants": "false", "text": ""}):
            answer = await room(planning, case_id, user_id, form)
            assert (answer.status_code, SECRET in answer.text) == (403, False)
        assert SECRET not in await page(planning, case_id, "/steg")
        log = await planning.runtime.pool.fetch(
            "SELECT user_id, act FROM answer_access WHERE case_id = $1 ORDER BY answer_access_id", case_id
        )
        assert [(row["user_id"], row["act"]) for row in log] == [
            ("cm-1", "written"),
            (user_id, "refused"),
            (user_id, "refused"),
        ]
        assert SECRET in (await room(planning, case_id, "cm-1")).text

    async def test_they_are_in_no_table_in_clear_and_in_no_event(self, planning: Planning) -> None:
        case_id = await with_case_manager(planning)
        await planning.done(case_id, f"steps/{ASKED}/reached", {})
        sizes = []
        for form in ({"wants": "true", "text": SECRET}, {"wants": "false", "text": ""}):
            await room(planning, case_id, "cm-1", form)
            sealed = await planning.runtime.pool.fetchval(
                "SELECT sealed FROM restricted_answer WHERE case_id = $1", case_id
            )
            sizes.append(len(sealed))
            assert SECRET.encode() not in sealed
        assert sizes[0] == sizes[1], "its length says whether somebody answered"
        told = [each for each in await planning.appended(case_id) if each["type"] == "StepReached"]
        assert len(told) == 1
        assert {name for name, value in told[0]["data"].items() if value is not None} == {
            *("happened_on", "step_id", "step", "kind", "rule")
        }
        assert "svar" not in json.dumps(told)

    async def test_they_open_only_as_the_answers_of_this_step_of_this_case(self, planning: Planning) -> None:
        case_id, other = await with_case_manager(planning), uuid4()
        secret, user = planning.runtime.settings.secrets["answers_kek"], User("cm-1", "Test", frozenset({Role.LOTS}))
        async with planning.runtime.unit(user.actor) as unit:
            await answers.write(unit, secret, case_id, ASKED, user, Answers(wants=True, text=SECRET))
            await unit.conn.execute("UPDATE restricted_answer SET case_id = $2 WHERE case_id = $1", case_id, other)
            with pytest.raises(Tampered):
                await answers.read(unit, secret, other, ASKED, user)
            await unit.conn.execute("DELETE FROM restricted_answer WHERE case_id = $1", other)

    async def test_they_go_when_the_person_is_forgotten(self, planning: Planning) -> None:
        case_id = await with_case_manager(planning)
        await planning.done(case_id, f"steps/{ASKED}/reached", {})
        await room(planning, case_id, "cm-1", {"wants": "true", "text": SECRET})
        await planning.hear(case_id, [PersonForgotten(happened_on=today_of(planning), person_id=uuid4())], first=9)
        kept = await planning.runtime.pool.fetchval(
            "SELECT count(*) FROM restricted_answer WHERE case_id = $1", case_id
        )
        assert kept == 0
        again = await room(planning, case_id, "cm-1", {"wants": "true", "text": SECRET})
        assert again.status_code == 409

    async def test_what_is_no_question_has_no_answers(self, planning: Planning) -> None:
        case_id = await with_case_manager(planning)
        assert (await room(planning, case_id, "cm-1", step="kartlaggning")).status_code == 404


def _reached(planning: Planning, **more: str) -> dict[str, str]:
    return {"of": mother.MIA, "reached_on": _day(planning), **more}
