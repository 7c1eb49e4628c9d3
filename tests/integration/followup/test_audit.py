"""The audit: nothing is missing once the service has caught up, whatever happened and however long it stood still."""

from datetime import date, timedelta
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import pytest

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.envelope import Fact
from contracts.planning import CaseReopened, InsatsStarted, ParticipantExited
from contracts.referral import RuleRef
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from services.followup import audit, commands
from tests.integration.followup.place import Json, Place, Service, make_place, plan, running
from tests.waiting import until

FIRST_DAY = date(2021, 1, 4)
RULE = RuleRef(insats="finsam-team", version=2)
CASES = 12


@pytest.fixture
def place(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path, tmp_path: Path) -> Place:
    place = make_place(kafka, postgres, secrets_file, tmp_path)
    place.set_clock(FIRST_DAY)
    return place


def _life(chance: Random) -> list[Fact]:
    """A plan, a start, and perhaps exits and reopenings, all before the stop."""
    day = FIRST_DAY - timedelta(days=chance.randrange(200))
    facts: list[Fact] = [plan(day), InsatsStarted(happened_on=day, insats="finsam-team", rule=RULE)]
    for episode in range(1, chance.randrange(1, 4)):
        day += timedelta(days=chance.randrange(1, 40))
        facts.append(ParticipantExited(happened_on=day, insats="finsam-team", episode=episode, rule=RULE))
        facts.append(CaseReopened(happened_on=day + timedelta(days=1), episode=episode + 1))
    return facts


async def _missing(service: Service, **asked: str) -> list[Json]:
    """All differences, asked for a few cases at a time."""
    found, last = list[Json](), ""
    while True:
        query = "&".join(f"{name}={value}" for name, value in {**asked, "limit": "5", **_after(last)}.items())
        part = await service.get(f"/api/followup/audit?{query}", Role.OPERATIONS)
        found += part["differences"]
        if part["last"] is None:
            return found
        last = part["last"]


def _after(last: str) -> dict[str, str]:
    return {"after": last} if last else {}


_BY_THE_CALENDAR = {"FollowUpOpened", "FollowUpMissed", "FollowUpReminded", "FollowUpEscalated"}


async def test_after_a_years_stop_and_catching_up_nothing_is_missing(place: Place) -> None:
    chance = Random(2021)
    lives = {uuid4(): _life(chance) for _ in range(CASES)}
    async with running(place) as service:
        for case_id, facts in lives.items():
            await place.append(case_id, *facts)
        heard = sum(map(len, lives.values()))
        await until(lambda: service.pool_says("SELECT count(*) FROM heard_event"), lambda count: count == heard)
        assert await _missing(service) == []
    later = FIRST_DAY + timedelta(days=365)
    async with running(place) as service:
        foreseen = await _missing(service, on=later.isoformat())
        before = await service.pool_says("SELECT count(*) FROM event")
        assert foreseen, "a year brings windows that open and close"
        assert {each["type"] for each in foreseen} <= _BY_THE_CALENDAR
        place.set_clock(later)
        assert await until(lambda: _missing(service), lambda found: found == []) == []
        assert await service.pool_says("SELECT count(*) FROM event") == before + len(foreseen)


async def test_an_event_taken_away_by_hand_is_found(place: Place) -> None:
    case_id = uuid4()
    async with running(place) as service:
        await place.append(case_id, plan(FIRST_DAY))
        await service.follow_ups(case_id, "upcoming", "upcoming", "upcoming")
        await service.pool_says("DELETE FROM outbox")
        await service.pool_says("DELETE FROM event WHERE sequence = 3")
        [difference] = await _missing(service)
        assert difference == {
            "case_id": str(case_id),
            "type": "FollowUpScheduled",
            "happened_on": "2021-01-04",
            "about": "uppfoljning-12",
        }
        part = await audit.audit(service.pool, FIRST_DAY, audit.FIRST, 10, INSATSER)
        assert (part.cases, [each.case_id for each in part.differences]) == (1, [case_id])
        assert (await service.post("/api/followup/audit", {}, Role.OPERATIONS)).status_code == 405
        async with service.client(Role.COORDINATOR) as client:
            assert (await client.get("/api/followup/audit")).status_code == 403


async def test_a_changed_rule_is_rehearsed_and_changes_nothing(place: Place) -> None:
    """The two-month follow-up a month later, the twelve-month one gone, one at nine months new."""
    ours = [each.model_dump(mode="json", by_alias=True) for each in INSATSER["finsam-team"].rule(2).follow_ups]
    changed = [
        {**each, "months": 3} if each["months"] == 2 else each for each in ours if each.get("months") != 12
    ] + [{**ours[0], "id": "uppfoljning-9", "months": 9}]
    body = {"insats": "finsam-team", "version": 2, "follow_ups": changed}
    case_id = uuid4()
    async with running(place) as service:
        await place.append(case_id, plan(FIRST_DAY))
        await service.follow_ups(case_id, "upcoming", "upcoming", "upcoming")
        before = await service.pool_says("SELECT count(*) FROM event")
        answer = await service.post("/api/followup/rehearsal", body, Role.OPERATIONS)
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert [(each["type"], each["about"]) for each in said["differences"]] == [
            ("FollowUpScheduled", "uppfoljning-9"),
            ("FollowUpSuperseded", "uppfoljning-12"),
        ]
        assert said["not_moved"] == [
            {
                "case_id": str(case_id),
                "point": "uppfoljning-2",
                "due_on": "2021-03-04",
                "by_changed_rule": "2021-04-06",
            }
        ]
        assert await service.pool_says("SELECT count(*) FROM event") == before
        assert await _missing(service) == []
        unknown = await service.post("/api/followup/rehearsal", {**body, "version": 99}, Role.OPERATIONS)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "rule_unknown")
        assert (await service.post("/api/followup/rehearsal", body)).status_code == 403


async def test_nothing_is_missing_of_a_case_nobody_has_heard_of(place: Place) -> None:
    async with running(place) as service:
        assert await _missing(service) == []
        assert commands.missing([], {}, FIRST_DAY, INSATSER) == ()
        part = await audit.audit(service.pool, FIRST_DAY, UUID(int=2**128 - 1), 10, INSATSER)
        assert (part.cases, part.last) == (0, None)
