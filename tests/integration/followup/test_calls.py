"""Calls to a SIP heard on Kafka: three weeks for each party, told on the day after, and the follow-up agreed on."""

from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from contracts.codes import Member, Role
from contracts.envelope import Fact
from contracts.events import AnyEvent
from contracts.followup import DeadlineMet, DeadlinePassed, FollowUpSuperseded
from contracts.planning import (
    CalledMeetingHeld,
    CoordinatedPlanClosed,
    CoordinatedPlanMade,
    MeetingCalled,
    NextFollowUpAgreed,
    PlannedActivity,
)
from contracts.referral import RuleRef
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from tests.integration.followup.place import ACTIVITIES, Place, make_place, running
from tests.waiting import until

SENT, MET = date(2021, 3, 2), date(2021, 3, 16)
LAST = SENT + timedelta(days=21)
AGREED_FOR = date(2021, 6, 15)
SAMSIP = RuleRef(insats="samsip", version=1)
CARE, FK = Member.REGION, Member.FORSAKRINGSKASSAN


@pytest.fixture
def place(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path, tmp_path: Path) -> Place:
    place = make_place(kafka, postgres, secrets_file, tmp_path)
    place.set_clock(MET)
    return place


def _sip(call_id: UUID, plan_id: UUID) -> list[Fact]:
    """Two parties are called, one comes, and a plan is made and its follow-up agreed."""
    return [
        MeetingCalled(
            happened_on=SENT,
            call_id=call_id,
            kind="sip",
            rule=SAMSIP,
            door="initierar",
            initiator="kommun",
            parties=(CARE, FK),
            meets_on=MET,
        ),
        CalledMeetingHeld(happened_on=MET, call_id=call_id, kind="sip", rule=SAMSIP, attended=(CARE,)),
        CoordinatedPlanMade(
            happened_on=MET,
            plan_id=plan_id,
            call_id=call_id,
            activities=(PlannedActivity(activity_id=ACTIVITIES[0], responsible=CARE, kind="health_care_contact"),),
            rule=SAMSIP,
        ),
        NextFollowUpAgreed(happened_on=MET, plan_id=plan_id, follow_up_on=AGREED_FOR, rule=SAMSIP),
    ]


async def _told(place: Place, case_id: UUID, number: int) -> list[AnyEvent]:
    return await until(lambda: place.appended(case_id), lambda told: len(told) >= number)


async def test_a_party_that_does_not_come_in_three_weeks_is_told_on_the_day_after(place: Place) -> None:
    case_id = uuid4()
    async with running(place):
        await place.append(case_id, *_sip(uuid4(), uuid4()))
        told = await _told(place, case_id, 6)
        met = [each.data for each in told if isinstance(each.data, DeadlineMet)]
        assert {(fact.clock, fact.party) for fact in met} == {("tre-veckor", "region"), ("utan-uppfoljning", None)}
        place.set_clock(LAST)
        assert not [each for each in await place.appended(case_id) if isinstance(each.data, DeadlinePassed)]
        place.set_clock(LAST + timedelta(days=1))
        told = await until(
            lambda: place.appended(case_id), lambda found: any(isinstance(e.data, DeadlinePassed) for e in found)
        )
        [passed] = [each.data for each in told if isinstance(each.data, DeadlinePassed)]
        assert (passed.clock, passed.party, passed.limit_on) == ("tre-veckor", "forsakringskassan", LAST)
        assert passed.happened_on == LAST + timedelta(days=1)


async def test_the_agreed_follow_up_is_in_the_coordinators_list_and_asks_about_the_plans_activities(
    place: Place,
) -> None:
    case_id, plan_id = uuid4(), uuid4()
    async with running(place) as service:
        await place.append(case_id, *_sip(uuid4(), plan_id))
        await _told(place, case_id, 6)
        place.set_clock(AGREED_FOR)
        items = await until(
            lambda: service.get(f"/api/followup/cases/{case_id}/follow-ups"),
            lambda found: [each["state"] for each in found["items"]] == ["due"],
        )
        [item] = items["items"]
        assert (item["point"], item["due_on"], item["samplan_id"]) == (
            "uppfoljning-sip",
            str(AGREED_FOR),
            str(plan_id),
        )
        listed = await service.get("/api/followup/work-list?role=coordinator&state=due")
        assert [each["follow_up_id"] for each in listed["items"]] == [item["follow_up_id"]]
        body = {"result": "all", "activities": [{"activity_id": str(ACTIVITIES[0]), "outcome": "fully"}]}
        answer = await service.post(
            f"/api/followup/follow-ups/{item['follow_up_id']}/complete", body, Role.COORDINATOR
        )
        assert answer.status_code == 201, answer.text


async def test_a_closed_sip_is_followed_up_no_more(place: Place) -> None:
    case_id, plan_id = uuid4(), uuid4()
    async with running(place) as service:
        closed = CoordinatedPlanClosed(happened_on=MET, plan_id=plan_id, rule=SAMSIP, reason="consent_withdrawn")
        await place.append(case_id, *_sip(uuid4(), plan_id), closed)
        told = await until(
            lambda: place.appended(case_id), lambda found: any(isinstance(e.data, FollowUpSuperseded) for e in found)
        )
        [ended] = [each.data for each in told if isinstance(each.data, FollowUpSuperseded)]
        assert ended.cause == "plan_closed"
        listed = await service.get("/api/followup/work-list?role=coordinator")
        assert listed["counts"] == {"overdue": 0, "due": 0, "upcoming": 0}
