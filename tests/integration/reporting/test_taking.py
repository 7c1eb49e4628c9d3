"""What is taken in, what is refused, and what becomes of two workers that read of the same case."""

import asyncio
import json
from enum import StrEnum
from uuid import UUID

import pytest

from contracts.codes import FollowUpReason, FollowUpResult, NationalExitCode, Sex, Timeliness
from services.chassis.database import Connection, Pool
from services.reporting import reading, store
from services.reporting.domain.cases import TimelineEvent
from services.reporting.web import timeline
from tests.bench.rebuild_events import AppendedEvent
from tests.integration.reporting.facts import cases, changed, facts, first, fold_anew, ingest, ingest_values
from tests.waiting import until

MANY = cases(seed=1, count=60)


def _but(event: AppendedEvent, **envelope: object) -> bytes:
    return json.dumps({**json.loads(event.value), **envelope}, ensure_ascii=False).encode()


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
    "no sex": changed(RECEIVED, sex=None),
    "a kind of unit that is no code": changed(RECEIVED, unit_kind="A bank!"),
    "no insats": changed(RECEIVED, insats=None),
    "a person that is no uuid": changed(RECEIVED, person_id="200101019802"),
    "a meeting without an hour": changed(first(MANY, "TeamMeetingBooked"), starts_at=None),
    "a meeting without an id": changed(first(MANY, "TeamMeetingHeld"), meeting_id=None),
    "a plan without an id": changed(first(MANY, "SamplanUpprättad"), samplan_id="plan"),
    "no lots": changed(first(MANY, "LotsAssigned"), lots_id=None),
    "a national code that is a number": changed(first(MANY, "ParticipantExited"), national_code=4),
    "months in another form of number": changed(first(MANY, "FollowUpScheduled"), months=6.0),
    "a support without an id": changed(first(MANY, "SupportEnded"), support_id=None),
    "a correction of nothing": changed(first(MANY, "RegisteredInError"), event_id=None),
    "months that are no number": changed(first(MANY, "FollowUpScheduled"), months="six"),
    "a due day that is none": changed(first(MANY, "FollowUpOpened"), due_on="2021-02-30"),
    "a due day that is none, of one no longer owed": changed(first(MANY, "FollowUpSuperseded"), due_on="soon"),
}


@pytest.mark.parametrize("value", NO_EVENTS.values(), ids=NO_EVENTS)
async def test_what_is_no_event_is_refused_with_a_reason_that_quotes_nothing(
    connection: Connection, value: bytes | None
) -> None:
    await ingest(connection, MANY[:50])
    before = await facts(connection)

    with pytest.raises(store.EventRefused) as refused:
        await ingest_values(connection, [value])

    assert refused.value.why
    assert "20010101" not in refused.value.why
    assert await facts(connection) == before


async def test_one_that_is_no_event_refuses_its_batch_and_leaves_nothing_of_it(connection: Connection) -> None:
    values = [each.value for each in MANY[:20] if each.topic == RECEIVED.topic]
    with pytest.raises(store.EventRefused):
        await ingest_values(connection, [*values, b"{"])
    assert await connection.fetchval("SELECT count(*) FROM event_row") == 0


BREACHES = {
    "an id that is no uuid": _but(RECEIVED, id="0"),
    "another version of the envelope": _but(RECEIVED, specversion="2.0"),
    "a time that is none": _but(RECEIVED, time="noon"),
    "no schema": _but(RECEIVED, dataschema=None),
    "no unit": changed(RECEIVED, unit=None),
    "no rule": changed(RECEIVED, rule=None),
    "a rule that is a text": changed(RECEIVED, rule="finsam-team"),
    "attributes that are a list": changed(first(MANY, "ConsentGiven"), attributes=[]),
    "a plan without activities": changed(first(MANY, "SamplanUpprättad"), activities=[]),
    "an activity started, but not which": changed(first(MANY, "ActivityStarted"), activity_id="first"),
    "a code that is a number": changed(first(MANY, "ActivityCompleted"), extent=7),
    "a type not known yet, in no envelope": json.dumps(
        {**json.loads(RECEIVED.value), "type": "ReferralAdmired", "id": "0"}
    ).encode(),
    "nested too deep": RECEIVED.value.replace(b'"data":{', b'"data":{"more":' + b"[" * 900 + b"]" * 900 + b",", 1),
}


@pytest.mark.parametrize("value", BREACHES.values(), ids=BREACHES)
async def test_what_breaks_its_contract_is_refused_and_its_case_can_be_shown(
    connection: Connection, value: bytes
) -> None:
    """Each could be stored once. Where one was, its case is shown all the same."""
    with pytest.raises(store.EventRefused, match="not an event: ") as refused:
        await ingest_values(connection, [value])
    assert "finsam" not in refused.value.why
    assert "Admired" not in refused.value.why

    await _store_unread(connection, value)
    [event] = await store.case_events(connection, UUID(json.loads(value)["subject"]))
    if not event.readable:
        assert (event.event_id, event.data) == (None, {})
        [month] = timeline.months([_unreadable(event)])
        assert month.lines[0].sentence.text == "Händelsen kan inte visas."


def _unreadable(event: TimelineEvent) -> timeline.Registered:
    shown = timeline.Unreadable(event.happened_on)
    return timeline.Registered(shown, event.source, event.recorded, event.sequence)


async def _store_unread(connection: Connection, value: bytes) -> None:
    """As it was done before records were held against the contract."""
    await connection.execute(store.sql("insert_events"), 0, [0], [value], [False])


@pytest.mark.parametrize(
    ("envelope", "data"),
    [
        ({"recordedtime": "0001-01-01T00:00:00+14:00"}, {}),
        ({"recordedtime": "9999-12-31T23:59:59-14:00"}, {}),
        ({"recordedtime": "4000-01-01 00:00:00 BC"}, {}),
        ({"recordedtime": "200000-01-01T00:00:00Z"}, {}),
        ({}, {"happened_on": "4000-01-01 BC"}),
        ({}, {"happened_on": "200000-01-01"}),
        ({"id": None}, {}),
        ({"type": "ReferralAdmired", "id": "0"}, {"activities": "many"}),
    ],
    ids=str,
)
async def test_whatever_was_stored_can_be_shown(
    connection: Connection, envelope: dict[str, object], data: dict[str, object]
) -> None:
    event = {**json.loads(RECEIVED.value), **envelope}
    event["data"] = {**event["data"], **data}
    await _store_unread(connection, json.dumps(event).encode())
    [shown] = await store.case_events(connection, UUID(event["subject"]))
    assert len(timeline.months([_unreadable(shown)])) == 1


NOT_LEARNT = {
    "a mode": changed(first(MANY, "TeamMeetingBooked"), mode="by_pigeon"),
    "an extent": changed(first(MANY, "ActivityCompleted"), extent="twice"),
    "a sex": changed(RECEIVED, sex="woman "),
    "a national code": changed(first(MANY, "ParticipantExited"), national_code="4"),
    "a result": changed(first(MANY, "FollowUpCompleted"), result="most"),
    "a type": _but(RECEIVED, type="ReferralAdmired"),
}


@pytest.mark.parametrize("value", NOT_LEARNT.values(), ids=NOT_LEARNT)
async def test_what_is_not_learnt_yet_is_kept_unread_and_folded_once_it_is(
    connection: Connection, value: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await ingest_values(connection, [value])).new == 1
    assert await facts(connection) == {fact: [] for fact in store.FACTS}
    [event] = await store.case_events(connection, UUID(json.loads(value)["subject"]))
    assert not event.readable

    assert await store.learn(connection) == 0
    monkeypatch.setattr(reading, "learnt", lambda _value: True)
    known = changed_code(value)
    await connection.execute("UPDATE event_row SET value = $1::jsonb", known)
    async with connection.transaction():
        assert await store.learn(connection) == 1
    assert await store.learn(connection) == 0
    folded = await facts(connection)
    await fold_anew(connection)
    assert await facts(connection) == folded


def changed_code(value: bytes) -> bytes:
    """The event as if its code had been one that the tables know: a version that has learnt a code has it there."""
    known = {"woman ": "woman", "4": "other", "most": "some"}
    event = json.loads(value)
    event["data"] = {
        name: known.get(word, word) if isinstance(word, str) else word for name, word in event["data"].items()
    }
    return json.dumps(event).encode()


@pytest.mark.parametrize(
    ("kind", "field", "codes"),
    [
        ("ReferralReceived", "sex", Sex),
        ("ParticipantExited", "national_code", NationalExitCode),
        ("FollowUpCompleted", "result", FollowUpResult),
        ("FollowUpCompleted", "reason", FollowUpReason),
        ("FollowUpCompleted", "timeliness", Timeliness),
    ],
)
async def test_every_code_of_the_contract_can_be_counted(
    connection: Connection, kind: str, field: str, codes: type[StrEnum]
) -> None:
    consents = {each.case_id: each for each in MANY if b'"ConsentGiven"' in each.value}
    event = first([each for each in MANY if each.case_id in consents], kind)
    consent = consents[event.case_id]
    for code in codes:
        assert (await ingest_values(connection, [consent.value, changed(event, **{field: code})])).new == 2
        await connection.execute("TRUNCATE event_row")


@pytest.mark.parametrize("field", ["unit_kind", "insats"])
async def test_a_code_of_a_newer_catalogue_is_taken(connection: Connection, field: str) -> None:
    await ingest_values(connection, [changed(RECEIVED, **{field: "of-next-year"})])
    assert (await connection.fetchrow("TABLE referral"))[field] == "of-next-year"


async def test_an_event_seen_before_changes_nothing(connection: Connection) -> None:
    assert (await ingest_values(connection, [RECEIVED.value, RECEIVED.value])).new == 1
    again = await ingest_values(connection, [RECEIVED.value])
    assert (again.new, again.cases, again.facts) == (0, 0, {})


async def test_another_event_in_the_place_of_one_seen_before_is_refused(connection: Connection) -> None:
    await ingest_values(connection, [RECEIVED.value])
    other = _but(RECEIVED, id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(store.EventRefused, match="contradicts"):
        await ingest_values(connection, [other])


async def test_reasons_go_when_consent_does(connection: Connection) -> None:
    appended = next(
        case
        for seed in range(2000)
        if {"ConsentGiven", "ParticipantExited", "FollowUpCompleted"} <= _kinds(case := cases(seed, 1))
        and not {"ConsentWithdrawn", "ConsentRefused", "RegisteredInError", "CaseReopened"} & _kinds(case)
    )
    await ingest(connection, appended)
    row = await connection.fetchrow("SELECT consents, exit_reason, national_code FROM participation")
    assert row["consents"]
    assert row["exit_reason"]
    assert row["national_code"]
    assert await connection.fetchval("SELECT count(result) FROM follow_up") > 0

    consent = json.loads(first(appended, "ConsentGiven").value)
    withdrawn = {**consent, "type": "ConsentWithdrawn", "sequence": 9, "id": "00000000-0000-4000-8000-000000000009"}
    withdrawn["data"] = {"happened_on": "2022-01-10"}
    await ingest_values(connection, [json.dumps(withdrawn).encode()])

    row = await connection.fetchrow("SELECT consents, exit_reason, national_code, exited_on FROM participation")
    assert (row["consents"], row["exit_reason"], row["national_code"]) == (False, None, None)
    assert row["exited_on"] is not None
    assert await connection.fetchval("SELECT count(result) + count(reason) FROM follow_up") == 0
    exit_ = next(e for e in await store.case_events(connection, appended[0].case_id) if e.type == "ParticipantExited")
    assert "reason" not in exit_.data
    assert "national_code" not in exit_.data


def _kinds(appended: list[AppendedEvent]) -> set[str]:
    return {json.loads(each.value)["type"] for each in appended}


async def test_two_workers_that_read_of_one_case_both_count(connection: Connection, pool: Pool) -> None:
    """The one who commits last has waited for the other, and folds what both have stored."""
    appended = [each for each in cases(seed=3, count=40) if each.topic != "samspel.followup.v1"]
    referral = [each.value for each in appended if each.topic == "samspel.referral.v1"]
    planning = [each.value for each in appended if each.topic == "samspel.planning.v1"]
    async with pool.acquire() as other:
        slow = connection.transaction()
        await slow.start()
        await store.insert_events(connection, 0, range(len(referral)), referral)

        waiting = asyncio.create_task(ingest_values(other, planning))
        await until(lambda: pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
        await slow.commit()
        await waiting
        both = await facts(connection)

        await other.execute(f"TRUNCATE event_row, {', '.join(store.FACTS)}")
        await ingest(other, appended)
        assert await facts(other) == both
