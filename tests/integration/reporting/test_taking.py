"""What is taken in, what is refused, and what becomes of two workers that read of the same case."""

import asyncio
import json
from enum import StrEnum

import pytest

from contracts.codes import (
    NATIONAL_EXIT_CODE,
    ExitReason,
    FollowUpReason,
    FollowUpResult,
    NationalExitCode,
    Sex,
    Timeliness,
    UnitKind,
)
from services.chassis.database import Connection, Pool
from services.reporting import store
from services.reporting.app import why_not
from tests.bench.rebuild_events import Told
from tests.integration.reporting.facts import cases, changed, facts, first, take, take_values
from tests.waiting import until

MANY = cases(seed=1, count=60)


def _but(told: Told, **envelope: object) -> bytes:
    return json.dumps({**json.loads(told.value), **envelope}, ensure_ascii=False).encode()


RECEIVED = first(MANY, "ReferralReceived")
NO_EVENTS = {
    "nothing": None,
    "an empty value": b"",
    "not JSON": b"{",
    "not UTF-8": b'{"a": "\xff"}',
    "a NUL character": _but(RECEIVED, type="\0"),
    "a number": b"7",
    "a list": b"[]",
    "an empty object": b"{}",
    "data that are a list": _but(RECEIVED, data=[]),
    "no data": _but(RECEIVED, data=None),
    "a subject that is no uuid": _but(RECEIVED, subject="200101019802"),
    "sequence zero": _but(RECEIVED, sequence=0),
    "a sequence that is no number": _but(RECEIVED, sequence="first"),
    "a source of somebody else": _but(RECEIVED, source="/elsewhere"),
    "no moment of registration": _but(RECEIVED, recordedtime=None),
    "an endless day": changed(RECEIVED, happened_on="infinity"),
    "no day": changed(RECEIVED, happened_on=None),
    "a sex that is not counted": changed(RECEIVED, sex="woman "),
    "no sex": changed(RECEIVED, sex=None),
    "an unknown kind of unit": changed(RECEIVED, unit_kind="bank"),
    "no insats": changed(RECEIVED, insats=None),
    "a person that is no uuid": changed(RECEIVED, person_id="200101019802"),
    "a meeting without an hour": changed(first(MANY, "TeamMeetingBooked"), starts_at=None),
    "a meeting without an id": changed(first(MANY, "TeamMeetingHeld"), meeting_id=None),
    "a plan without an id": changed(first(MANY, "SamplanUpprättad"), samplan_id="plan"),
    "no lots": changed(first(MANY, "LotsAssigned"), lots_id=None),
    "an unknown national code": changed(first(MANY, "ParticipantExited"), national_code="4"),
    "months that are no number": changed(first(MANY, "FollowUpScheduled"), months="six"),
    "a due day that is none": changed(first(MANY, "FollowUpOpened"), due_on="2021-02-30"),
    "a due day that is none, of one no longer owed": changed(first(MANY, "FollowUpSuperseded"), due_on="soon"),
    "an unknown result": changed(first(MANY, "FollowUpCompleted"), result="most"),
}


@pytest.mark.parametrize("value", NO_EVENTS.values(), ids=NO_EVENTS)
async def test_what_is_no_event_is_refused_with_a_reason_that_quotes_nothing(
    connection: Connection, value: bytes | None
) -> None:
    await take(connection, MANY[:50])
    before = await facts(connection)

    with pytest.raises(store.NotTaken) as refused:
        await take_values(connection, [value])

    reason = why_not(value, refused.value)
    assert reason
    assert "20010101" not in reason
    assert await facts(connection) == before


async def test_one_that_is_no_event_refuses_its_batch_and_leaves_nothing_of_it(connection: Connection) -> None:
    values = [each.value for each in MANY[:20] if each.topic == RECEIVED.topic]
    with pytest.raises(store.NotTaken):
        await take_values(connection, [*values, b"{"])
    assert await connection.fetchval("SELECT count(*) FROM event_row") == 0


@pytest.mark.parametrize(
    ("kind", "field", "codes"),
    [
        ("ReferralReceived", "sex", Sex),
        ("ReferralReceived", "unit_kind", UnitKind),
        ("ParticipantExited", "national_code", NationalExitCode),
        ("FollowUpCompleted", "result", FollowUpResult),
        ("FollowUpCompleted", "reason", FollowUpReason),
        ("FollowUpCompleted", "timeliness", Timeliness),
    ],
)
async def test_every_code_of_the_contract_can_be_counted(
    connection: Connection, kind: str, field: str, codes: type[StrEnum]
) -> None:
    for code in codes:
        event = changed(first(MANY, kind), **{field: code})
        assert (await take_values(connection, [event])).new == 1
        await connection.execute("TRUNCATE event_row")


async def test_a_type_not_known_yet_is_kept_for_a_later_fold(connection: Connection) -> None:
    taken = await take_values(connection, [_but(RECEIVED, type="ReferralAdmired")])
    assert taken.new == 1
    assert await facts(connection) == {fact: [] for fact in store.FACTS}


async def test_an_event_seen_before_changes_nothing(connection: Connection) -> None:
    assert (await take_values(connection, [RECEIVED.value, RECEIVED.value])).new == 1
    again = await take_values(connection, [RECEIVED.value])
    assert (again.new, again.cases, again.facts) == (0, 0, {})


async def test_another_event_in_the_place_of_one_seen_before_is_refused(connection: Connection) -> None:
    await take_values(connection, [RECEIVED.value])
    other = _but(RECEIVED, id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(store.NotTaken, match="contradicts"):
        await take_values(connection, [other])


async def test_reasons_go_when_consent_does(connection: Connection) -> None:
    told = next(
        case
        for seed in range(2000)
        if {"ConsentGiven", "ParticipantExited", "FollowUpCompleted"} <= _kinds(case := cases(seed, 1))
        and not {"ConsentWithdrawn", "ConsentRefused"} & _kinds(case)
    )
    await take(connection, told)
    row = await connection.fetchrow("SELECT consent, exit_reason, national_code FROM participation")
    assert row["consent"] == "given"
    reason = ExitReason(row["exit_reason"])
    assert row["national_code"] == NATIONAL_EXIT_CODE[reason]
    assert await connection.fetchval("SELECT count(result) FROM follow_up") > 0

    consent = json.loads(first(told, "ConsentGiven").value)
    withdrawn = {**consent, "type": "ConsentWithdrawn", "sequence": 9, "id": "00000000-0000-4000-8000-000000000009"}
    withdrawn["data"] = {"happened_on": "2022-01-10"}
    await take_values(connection, [json.dumps(withdrawn).encode()])

    row = await connection.fetchrow("SELECT consent, exit_reason, national_code, exited_on FROM participation")
    assert (row["consent"], row["exit_reason"], row["national_code"]) == ("withdrawn", None, None)
    assert row["exited_on"] is not None
    assert await connection.fetchval("SELECT count(result) + count(reason) FROM follow_up") == 0
    exit_ = next(e for e in await store.case_events(connection, told[0].case_id) if e.type == "ParticipantExited")
    assert "reason" not in exit_.data
    assert "national_code" not in exit_.data


def _kinds(told: list[Told]) -> set[str]:
    return {json.loads(each.value)["type"] for each in told}


async def test_two_workers_that_read_of_one_case_both_count(connection: Connection, pool: Pool) -> None:
    """The one who commits last has waited for the other, and folds what both have stored."""
    told = [each for each in cases(seed=3, count=40) if each.topic != "samspel.followup.v1"]
    referral = [each.value for each in told if each.topic == "samspel.referral.v1"]
    planning = [each.value for each in told if each.topic == "samspel.planning.v1"]
    async with pool.acquire() as other:
        slow = connection.transaction()
        await slow.start()
        await store.take(connection, 0, range(len(referral)), referral)

        waiting = asyncio.create_task(take_values(other, planning))
        await until(lambda: pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
        await slow.commit()
        await waiting
        both = await facts(connection)

        await other.execute(f"TRUNCATE event_row, {', '.join(store.FACTS)}")
        await take(other, told)
        assert await facts(other) == both
