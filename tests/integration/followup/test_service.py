"""The follow-up service whole: from samplan, consent and exit on Kafka to the work list and its own topic."""

from datetime import date, time, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families

from contracts import planning
from contracts.catalogue import INSATSER
from contracts.codes import Role, SupersededBy
from contracts.corrections import RegisteredInError
from contracts.events import midnight
from contracts.followup import (
    FollowUpCompleted,
    FollowUpDetailsReleased,
    FollowUpFact,
    FollowUpMissed,
    FollowUpSuperseded,
)
from contracts.planning import LotsAssigned, ParticipantExited, PlanningEnded, SupportEnded
from contracts.referral import Attributes, ConsentGiven, ConsentRefused, ConsentWithdrawn, RuleRef
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from services.followup import commands
from tests.catalogue import superseded_by_exit
from tests.integration.followup.place import (
    ACTIVITIES,
    Place,
    Service,
    appended_kinds,
    make_place,
    plan,
    running,
)
from tests.waiting import until

PLANNED = date(2021, 3, 1)  # due 2021-05-03, 2021-09-01 and 2022-03-01
CONSENT = ConsentGiven(happened_on=date(2021, 2, 1), attributes=Attributes())


@pytest.fixture
def place(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path, tmp_path: Path) -> Place:
    place = make_place(kafka, postgres, secrets_file, tmp_path)
    place.set_clock(PLANNED)
    return place


def _exit(day: date) -> ParticipantExited:
    return ParticipantExited(happened_on=day, insats="finsam-team", rule=RuleRef(insats="finsam-team", version=2))


async def test_a_samplan_owes_three_follow_ups_and_each_opens_and_is_missed_in_its_time(place: Place) -> None:
    case_id = uuid4()
    async with running(place) as service:
        await place.append(case_id, plan(PLANNED))
        found = await service.follow_ups(case_id, "upcoming", "upcoming", "upcoming")
        assert [(each["due_on"], each["responsible"]) for each in found.values()] == [
            ("2021-05-03", "lots"),
            ("2021-09-01", "koordinator"),
            ("2022-03-01", "koordinator"),
        ]
        place.set_clock(date(2021, 4, 18), time(23, 59, 59, 900_000))
        kinds = await appended_kinds(place, case_id, 4)
        assert kinds == [*["FollowUpScheduled"] * 3, "FollowUpOpened"]
        place.set_clock(date(2021, 6, 3))
        reminders = ["FollowUpReminded", "FollowUpReminded", "FollowUpEscalated"]
        assert (await appended_kinds(place, case_id, 9))[4:] == [*reminders, "FollowUpMissed", "FollowUpEscalated"]
        found = await service.follow_ups(case_id, "overdue", "upcoming", "upcoming")
        assert (found[2]["missed"], found[2]["escalated_to"]) == (True, "manager")
        told = await place.appended(case_id)
        [missed] = [event for event in told if isinstance(event.data, FollowUpMissed)]
        assert missed.time == midnight(date(2021, 6, 3))
        assert [event.sequence for event in told] == list(range(1, 10))


async def test_windows_that_closed_while_nobody_watched_are_told_with_the_days_they_closed(place: Place) -> None:
    case_id = uuid4()
    place.set_clock(date(2021, 11, 1))
    async with running(place) as service:
        await place.append(case_id, plan(date(2020, 3, 2)))
        await service.follow_ups(case_id, "overdue", "overdue", "overdue")
        await appended_kinds(place, case_id, 21)
        told = await place.appended(case_id)
    by_follow_up: dict[int | None, list[tuple[str, str]]] = {}
    for event in told:
        fact = event.data
        assert isinstance(fact, FollowUpFact)
        by_follow_up.setdefault(fact.months, []).append((event.type, str(fact.happened_on)))
        assert event.recordedtime.date() == date(2021, 11, 1)
    assert by_follow_up[6] == [
        ("FollowUpScheduled", "2020-03-02"),
        ("FollowUpOpened", "2020-08-19"),
        ("FollowUpReminded", "2020-09-02"),
        ("FollowUpReminded", "2020-09-09"),
        ("FollowUpEscalated", "2020-09-16"),
        ("FollowUpMissed", "2020-10-18"),
        ("FollowUpEscalated", "2020-10-18"),
    ]
    assert [len(facts) for facts in by_follow_up.values()] == [7, 7, 7]


async def _overdue(
    place: Place, service: Service, *said: ConsentGiven | ConsentRefused | ConsentWithdrawn
) -> tuple[UUID, str]:
    """A case whose two-month follow-up was missed; its id, and that of the follow-up."""
    case_id = uuid4()
    await place.append(case_id, *said, plan(PLANNED))
    found = await service.follow_ups(case_id, "upcoming", "upcoming", "upcoming")
    place.set_clock(date(2021, 6, 10))
    await appended_kinds(place, case_id, 9)
    return case_id, found[2]["follow_up_id"]


async def test_a_missed_follow_up_is_completed_late_and_leaves_the_work_list(place: Place) -> None:
    async with running(place) as service:
        case_id, follow_up_id = await _overdue(place, service, CONSENT)
        path = "/api/followup/work-list?role=lots&state=overdue"
        listed = await service.get(path, Role.LOTS)
        assert listed["counts"] == {"overdue": 1, "due": 0, "upcoming": 0}
        assert [(item["follow_up_id"], item["missed"]) for item in listed["items"]] == [(follow_up_id, True)]
        body = {
            "result": "some",
            "reason": "under_way",
            "activities": [
                {"activity_id": str(ACTIVITIES[0]), "outcome": "fully"},
                {"activity_id": str(ACTIVITIES[1]), "outcome": "not_done"},
            ],
        }
        answer = await service.post(f"/api/followup/follow-ups/{follow_up_id}/complete", body, Role.LOTS)
        assert answer.status_code == 201, answer.text
        assert answer.json()["case_id"] == str(case_id)
        assert [event["type"] for event in answer.json()["events"]] == ["FollowUpCompleted"]
        assert (await service.get(path, Role.LOTS)) == {
            "counts": {"overdue": 0, "due": 0, "upcoming": 0},
            "items": [],
        }
        [told] = await until(lambda: _completions(place, case_id))
        assert told.model_dump(mode="json", include={"timeliness", "result", "reason", "activities"}) == {
            "timeliness": "late",
            **body,
        }
        again = await service.post(f"/api/followup/follow-ups/{follow_up_id}/complete", body, Role.LOTS)
        assert (again.status_code, again.json()["code"]) == (409, "already_completed")


async def test_what_was_registered_in_error_is_taken_back_and_owed_again(place: Place) -> None:
    async with running(place) as service:
        case_id, follow_up_id = await _overdue(place, service, CONSENT)
        path = f"/api/followup/follow-ups/{follow_up_id}"
        attempt = await service.post(f"{path}/attempts", {"outcome": "unavailable", "channel": "phone"}, Role.LOTS)
        assert attempt.status_code == 201, attempt.text
        found = await service.follow_ups(case_id, "overdue", "upcoming", "upcoming")
        assert found[2]["attempts"] == 1
        for end, body, state in (("complete", {"result": "all"}, "completed"), *_CLOSED):
            done = await service.post(f"{path}/{end}", body, Role.LOTS)
            assert done.status_code == 201, done.text
            await service.follow_ups(case_id, state, "upcoming", "upcoming")
            wrong = {"event_id": done.json()["events"][-1]["id"], "reason": "other"}
            back = await service.post(f"{path}/take-back", wrong, Role.LOTS)
            assert [each["type"] for each in back.json()["events"]] == ["RegisteredInError"]
            found = await service.follow_ups(case_id, "overdue", "upcoming", "upcoming")
            assert (found[2]["attempts"], found[2]["missed"], found[2]["result"]) == (1, True, None)
            again = await service.post(f"{path}/take-back", wrong, Role.LOTS)
            assert (again.status_code, again.json()["code"]) == (404, "event_unknown")
        assert (await service.post(f"{path}/complete", {"result": "all"}, Role.LOTS)).status_code == 201


_CLOSED = (("not-applicable", {"reason": "moved"}, "not_applicable"),)


async def test_a_follow_up_is_the_supporters_and_is_handed_over_when_the_colleague_says_yes(place: Place) -> None:
    case_id, support = uuid4(), uuid4()
    async with running(place) as service:
        await place.append(case_id, plan(PLANNED))
        found = await service.follow_ups(case_id, "upcoming", "upcoming", "upcoming")
        assert found[2]["worker_id"] is None
        await place.append(case_id, LotsAssigned(happened_on=PLANNED, support_id=support, lots_id="lova"))

        async def worker() -> str | None:
            items = (await service.get(f"/api/followup/cases/{case_id}/follow-ups"))["items"]
            assert [each["worker_id"] for each in items[1:]] == [None, None], "the coordinators' are nobody's"
            return str(items[0]["worker_id"])

        assert await until(worker, lambda who: who == "lova") == "lova"
        path = f"/api/followup/follow-ups/{found[2]['follow_up_id']}"
        assert (await service.post(f"{path}/decline", {"reason": "absent"}, Role.LOTS)).status_code == 403
        assert (await service.post(f"{path}/offer", {"to": "test-user"}, Role.LOTS)).status_code == 201
        assert await worker() == "lova"
        assert (await service.post(f"{path}/take-over", None, Role.LOTS)).status_code == 201
        assert await worker() == "test-user"
        again = await service.post(f"{path}/take-over", None, Role.LOTS)
        assert (again.status_code, again.json()["code"]) == (409, "already_yours")
        place.set_clock(PLANNED + timedelta(days=9))
        ended = SupportEnded(happened_on=PLANNED + timedelta(days=9), support_id=support, reason="handed_over")
        new = LotsAssigned(happened_on=PLANNED + timedelta(days=9), support_id=uuid4(), lots_id="lisa")
        await place.append(case_id, ended, new)
        assert await until(worker, lambda who: who == "lisa") == "lisa"


async def _completions(place: Place, case_id: UUID) -> list[FollowUpCompleted]:
    facts = [event.data for event in await place.appended(case_id)]
    return [fact for fact in facts if isinstance(fact, FollowUpCompleted)]


@pytest.mark.parametrize(
    "said",
    [
        (),
        (ConsentRefused(happened_on=date(2021, 2, 1)),),
        (CONSENT, ConsentWithdrawn(happened_on=date(2021, 2, 20))),
    ],
    ids=["nothing heard", "refused", "withdrawn"],
)
async def test_what_was_found_stays_in_the_service_without_consent(
    place: Place, said: tuple[ConsentGiven | ConsentRefused | ConsentWithdrawn, ...]
) -> None:
    async with running(place) as service:
        case_id, follow_up_id = await _overdue(place, service, *said)
        body = {"held_on": "2021-05-03", "result": "none", "reason": "not_reachable"}
        answer = await service.post(f"/api/followup/follow-ups/{follow_up_id}/complete", body)
        assert answer.status_code == 201, answer.text
        [told] = await until(lambda: _completions(place, case_id))
        assert (told.result, told.reason, told.activities) == (None, None, ())
        assert told.timeliness == "in_time"
        [kept, *_] = (await service.get(f"/api/followup/cases/{case_id}/follow-ups"))["items"]
        assert (kept["result"], kept["reason"], kept["held_on"]) == ("none", "not_reachable", "2021-05-03")
        assert (kept["state"], kept["missed"]) == ("completed", True)


async def test_an_exit_takes_what_is_owed_off_the_list_and_its_timers_with_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = uuid4()
    monkeypatch.setattr(commands, "INSATSER", {"finsam-team": superseded_by_exit(INSATSER["finsam-team"])})
    async with running(place) as service:
        await place.append(case_id, plan(PLANNED))
        found = await service.follow_ups(case_id, "upcoming", "upcoming", "upcoming")
        place.set_clock(date(2021, 4, 30))
        await appended_kinds(place, case_id, 4)
        body = {"result": "all"}
        path = f"/api/followup/follow-ups/{found[2]['follow_up_id']}/complete"
        assert (await service.post(path, body, Role.LOTS)).status_code == 201
        place.set_clock(date(2021, 9, 10))
        await appended_kinds(place, case_id, 8)
        await place.append(case_id, _exit(date(2021, 9, 8)))
        await service.follow_ups(case_id, "completed", "superseded", "superseded")
        place.set_clock(date(2023, 1, 1))
        assert (await appended_kinds(place, case_id, 10))[3:] == [
            "FollowUpOpened",
            "FollowUpCompleted",
            "FollowUpOpened",
            "FollowUpReminded",
            "FollowUpReminded",
            "FollowUpSuperseded",
            "FollowUpSuperseded",
        ]
        assert await service.pool_says("SELECT count(*) FROM timer") == 0
        refused = await service.post(f"/api/followup/follow-ups/{found[6]['follow_up_id']}/complete", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "superseded")


async def test_a_plan_under_a_rule_we_do_not_have_owes_nothing_until_we_have_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, other = uuid4(), uuid4()
    finsam = INSATSER["finsam-team"]
    newer = finsam.model_copy(
        update={"versions": (*finsam.versions, finsam.versions[-1].model_copy(update={"version": 99}))}
    )
    async with running(place) as service:
        await place.append(case_id, plan(PLANNED, version=99))
        await place.append(other, plan(PLANNED))
        await service.follow_ups(other, "upcoming", "upcoming", "upcoming")
        key = f"reconcile:{case_id}"
        await until(lambda: service.pool_lists("SELECT key FROM timer"), lambda keys: key in keys)
        assert await service.pool_says("SELECT count(*) FROM dead_letter") == 0
        assert await place.appended(case_id) == []
        monkeypatch.setattr(commands, "INSATSER", {"finsam-team": newer})
        place.set_clock(PLANNED + timedelta(days=1))
        await service.follow_ups(case_id, "upcoming", "upcoming", "upcoming")


async def test_a_plan_registered_in_error_is_followed_up_no_more(place: Place) -> None:
    case_id = uuid4()
    async with running(place) as service:
        await place.append(case_id, plan(PLANNED))
        await service.follow_ups(case_id, "upcoming", "upcoming", "upcoming")
        made = place.ids[(case_id, planning.SOURCE, 1)]
        await place.append(case_id, RegisteredInError(happened_on=PLANNED, event_id=made, reason="wrong_person"))
        await service.follow_ups(case_id, "superseded", "superseded", "superseded")
        events = await until(lambda: place.appended(case_id), lambda found: len(found) == 6)
    assert {event.data.cause for event in events if isinstance(event.data, FollowUpSuperseded)} == {
        SupersededBy.REGISTERED_IN_ERROR
    }


async def test_events_say_who_appended_them_and_what_led_to_them(place: Place) -> None:
    case_id = uuid4()
    async with running(place) as service:
        await place.append(case_id, CONSENT, plan(PLANNED))
        found = await service.follow_ups(case_id, "upcoming", "upcoming", "upcoming")
        place.set_clock(date(2021, 4, 19))
        await appended_kinds(place, case_id, 4)
        path = f"/api/followup/follow-ups/{found[2]['follow_up_id']}/complete"
        assert (await service.post(path, {"result": "all"}, Role.LOTS)).status_code == 201
        events = await until(lambda: place.appended(case_id), lambda appended: len(appended) == 5)
    cause = place.ids[(case_id, planning.SOURCE, 1)]
    said = [(event.actor, event.causationid, event.association) for event in events]
    assert said == [
        *[("service:followup", cause, "stockholm")] * 3,
        ("timer", None, "stockholm"),
        ("worker:test-user:lots", None, "stockholm"),
    ]


async def test_consent_given_later_releases_what_was_found(place: Place) -> None:
    async with running(place) as service:
        case_id, follow_up_id = await _overdue(place, service)
        body = {"held_on": "2021-05-03", "result": "none", "reason": "not_reachable"}
        path = f"/api/followup/follow-ups/{follow_up_id}/complete"
        assert (await service.post(path, body)).status_code == 201
        await place.append(case_id, ConsentGiven(happened_on=date(2021, 6, 9), attributes=Attributes()))
        assert (await appended_kinds(place, case_id, 11))[9:] == ["FollowUpCompleted", "FollowUpDetailsReleased"]
        released = (await place.appended(case_id))[-1].data
        assert isinstance(released, FollowUpDetailsReleased)
        assert (released.happened_on, released.result, released.reason) == (
            date(2021, 6, 9),
            "none",
            "not_reachable",
        )


async def test_a_plan_of_somebody_returned_before_the_start_owes_nothing(place: Place) -> None:
    case_id = uuid4()
    async with running(place) as service:
        await place.append(case_id, plan(PLANNED), PlanningEnded(happened_on=PLANNED, insats="finsam-team"))
        await service.follow_ups(case_id, "superseded", "superseded", "superseded")
        assert await service.pool_says("SELECT count(*) FROM timer") == 0


# The tests from here on share one running service. A second one would take half of its partitions: no test that
# starts its own may come after them.


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"result": "all", "held_on": "2021-02-01"}, "held_before_plan", "held_on"),
        ({"result": "all", "held_on": "2021-06-11"}, "held_in_the_future", "held_on"),
        ({"result": "none"}, "reason_required", "reason"),
        ({"result": "all", "extra": 1}, "request_not_valid", "extra"),
        ({"result": "many"}, "request_not_valid", "result"),
        ({}, "request_not_valid", "result"),
    ],
)
async def test_a_report_that_cannot_be_is_refused_with_its_field(
    shared: tuple[Service, str], body: dict[str, object], code: str, field: str
) -> None:
    service, follow_up_id = shared
    answer = await service.post(f"/api/followup/follow-ups/{follow_up_id}/complete", body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)


async def test_roles(shared: tuple[Service, str]) -> None:
    service, follow_up_id = shared
    path = f"/api/followup/follow-ups/{follow_up_id}/complete"
    for role in (Role.OFFICE, Role.AGENCY, Role.OPERATIONS):
        assert (await service.post(path, {"result": "all"}, role)).status_code == 403
    async with service.client(Role.AGENCY) as client:
        assert (await client.get("/api/followup/work-list")).status_code == 403
    assert "items" in await service.get("/api/followup/work-list", Role.OFFICE)
    unknown = await service.post(f"/api/followup/follow-ups/{uuid4()}/complete", {"result": "all"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "follow_up_unknown")


async def test_the_gauge_says_what_the_work_list_says(shared: tuple[Service, str]) -> None:
    service, _ = shared

    expected: dict[tuple[str, str], float] = {
        (role, due_status): float(number)
        for role in (Role.COORDINATOR, Role.LOTS)
        for due_status, number in (await service.get(f"/api/followup/work-list?role={role}"))["counts"].items()
    }

    async def gauged() -> dict[tuple[str, str], float]:
        async with service.client(Role.OPERATIONS) as client:
            families = text_string_to_metric_families((await client.get("/metrics")).text)
        found: dict[tuple[str, str], float] = dict.fromkeys(expected, 0.0)
        for sample in (sample for family in families for sample in family.samples):
            if sample.name == "samspel_obligations":
                found[sample.labels["role"], sample.labels["due_status"]] += sample.value
        return found

    assert sum(expected.values()) == 3
    assert await until(gauged, lambda found: found == expected) == expected
