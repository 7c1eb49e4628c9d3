"""The referral service's tables: cases, persons, messages."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from contracts import topics
from tests.oracle.story import CONSENT, OUTBOXES, Sent, Story, came_by_themselves, consent, counted
from tests.oracle.table import UNKNOWN, Table

_STATE = {
    "ReferralAccepted": "accepted",
    "ReferralReturned": "returned",
    "CompletionRequested": "incomplete",
    "CompletionReceived": "waiting",
    "InsatsStarted": "started",
    "CaseReopened": "started",
    "ParticipantExited": "closed",
}
_OF_PLANNING = {"InsatsStarted", "CaseReopened", "ParticipantExited"}


def tables(story: Story) -> Iterator[Table]:
    """What they must hold."""
    yield Table(
        "consultation",
        ("consultation_id",),
        ("insats", "held_on", "asker", "forum", "topic", "led_to"),
        {
            (stream,): _consultation(held)
            for stream, events in story.streams(topics.REFERRAL).items()
            for held in counted(events)
            if held.type == "ConsultationHeld"
        },
    )
    yield Table(
        "put_forward",
        ("put_forward_id",),
        ("insats", "met_on", "put_by", "led_to"),
        {
            (stream,): _put_forward(put)
            for stream, events in story.streams(topics.REFERRAL).items()
            for put in counted(events)
            if put.type == "PersonPutForward"
        },
    )
    cases = story.cases(topics.REFERRAL, topics.PLANNING)
    yield Table(
        "referral_case",
        ("case_id",),
        (
            *("person_id", "insats", "agency", "unit", "referred_on", "received_at"),
            *("state", "state_since", "consent", "return_reason", "returned_by", "contacted_on"),
            *("handed_back_on", "sought_insats", "sought_door", "sex"),
        ),
        {(case,): _case(sent) for case, sent in cases.items()},
        sealed=("file", "name", "officer", "searchable", "queue_class", "priorities"),
    )
    yield Table("paused_door", ("insats", "door"), ("paused_on",), _paused(story))
    yield _completions(cases.values())
    known_since: dict[UUID, Any] = {}
    for sent in story.of_type("ReferralReceived"):
        person = UUID(sent.data["person_id"])
        known_since[person] = min(known_since.get(person, sent.recorded), sent.recorded)
    forgotten = {UUID(sent.data["person_id"]): sent.recorded for sent in story.of_type("PersonForgotten")}
    yield Table(
        "person",
        ("person_id",),
        ("known_since", "forgotten_at"),
        {(person,): (moment, forgotten.get(person)) for person, moment in known_since.items()},
        sealed=("lookup", "identity_number", "name", "phone", "forgotten_by"),
    )
    keys = {(person,): () for person in known_since.keys() - forgotten.keys()}
    yield Table("person_key", ("person_id",), (), keys, sealed=("wrapped",))


def _paused(story: Story) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The doors whose latest word is that they are shut."""
    latest = {
        (each.data["insats"], each.data["door"]): each
        for events in story.streams(topics.REFERRAL).values()
        for each in counted(events)
        if each.type in {"IntakePaused", "IntakeResumed"}
    }
    return {
        door: (date.fromisoformat(each.data["happened_on"]),)
        for door, each in latest.items()
        if each.type == "IntakePaused"
    }


def _consultation(held: Sent) -> tuple[Any, ...]:
    said = [held.data[name] for name in ("asker", "forum", "topic", "led_to")]
    return held.data["insats"], date.fromisoformat(held.data["happened_on"]), *said


def _put_forward(put: Sent) -> tuple[Any, ...]:
    return put.data["insats"], date.fromisoformat(put.data["happened_on"]), put.data["by"], put.data["led_to"]


def _case(events: Sequence[Sent]) -> tuple[Any, ...]:
    [received] = [each for each in events if each.type == "ReferralReceived"]
    data, referred_on = received.data, date.fromisoformat(received.data["happened_on"])
    state, since, reason, by = "waiting", referred_on, None, None
    # What planning says counts, whatever was appended of a return meanwhile.
    for each in sorted(counted(events), key=lambda sent: sent.type in _OF_PLANNING):
        if each.type in _STATE:
            state, since = _STATE[each.type], date.fromisoformat(each.data["happened_on"])
        if each.type == "CompletionReceived":
            since = referred_on
        if each.type == "ReferralReturned":
            # Kept here, and sent only with consent.
            reason = each.data.get("reason", UNKNOWN)
            by = each.data.get("by", "insats")
    changed = [each.data["unit"] for each in counted(events) if each.type == "ReferrerChanged"]
    unit = changed[-1] if changed else data["unit"]
    labels = (UUID(data["person_id"]), data["insats"], data["agency"], unit)
    answer = consent(events)
    reached = [
        date.fromisoformat(each.data["happened_on"])
        for each in counted(events)
        if each.type == "WaitingPersonContacted" and each.data["reached"]
    ]
    standing = (state, since, answer and CONSENT[answer.type], reason, by, max(reached, default=None))
    shortcut = data.get("shortcut", {})
    sought = (shortcut.get("insats"), shortcut.get("door"), data["sex"])
    return (*labels, referred_on, received.recorded, *standing, _handed_back(events), *sought)


def _handed_back(events: Sequence[Sent]) -> date | None:
    """The day of the latest hand-back that nobody has acknowledged; none of a case reopened or a person forgotten."""
    counting = list(counted(events))
    stays = [each for each in counting if each.type in {"CaseHandedBack", "CaseReopened"}]
    latest = max(stays, key=lambda sent: sent.sequence, default=None)
    if latest is None or latest.type == "CaseReopened" or any(each.type == "PersonForgotten" for each in counting):
        return None
    acknowledged = {each.data["hand_back_id"] for each in counting if each.type == "HandBackAcknowledged"}
    if latest.data["hand_back_id"] in acknowledged:
        return None
    return date.fromisoformat(latest.data["happened_on"])


def _completions(cases: Iterable[Sequence[Sent]]) -> Table:
    """Each question for completion that counts, and the day its answer came."""
    rows: dict[tuple[UUID], tuple[Any, ...]] = {}
    for events in cases:
        counting = list(counted(events))
        came = {each.data["completion_id"]: each for each in counting if each.type == "CompletionReceived"}
        for each in counting:
            if each.type == "CompletionRequested":
                answer = came.get(each.data["completion_id"])
                rows[(UUID(each.data["completion_id"]),)] = (
                    each.case,
                    each.data["what"],
                    each.data["asked_of"],
                    date.fromisoformat(each.data["happened_on"]),
                    None if answer is None else date.fromisoformat(answer.data["happened_on"]),
                )
    columns = ("case_id", "what", "asked_of", "asked_on", "completed_on")
    return Table("completion", ("completion_id",), columns, rows, sealed=("note", "answer"))


def messages(story: Story, rows: Sequence[Any]) -> Iterator[str]:
    """Each message with an id that may be repeated is kept once, with the receipt it got and its moment. A request
    that was refused is not kept: it may be sent again."""
    sent = [t for t in story.on(*OUTBOXES) if not t.data.get("repeated")]
    receipts = {(_text(t.data), t.recorded) for t in sent}
    kept = [(json.loads(row["receipt"]), row["received_at"]) for row in rows if row["receipt"] is not None]
    # The receipt of somebody who came by themselves is on their screen, and on no outbox.
    own = {
        (str(t.case), t.data["agency"]): t.recorded
        for t in story.of_type("ReferralReceived")
        if came_by_themselves(t)
    }
    for receipt, moment in kept:
        if own.get((receipt.get("case_id", ""), receipt["agency"])) == moment:
            continue
        if (_text(receipt), moment) not in receipts:
            yield f"inbox_message of {moment}: this receipt was never sent: {receipt}"
    named = [(receipt["agency"], receipt["message_id"]) for receipt, _ in kept if "message_id" in receipt]
    wanted = {
        (t.data["agency"], t.data["message_id"])
        for t in sent
        if "message_id" in t.data and t.type != "RequestRefused"
    }
    missing = sorted(wanted - set(named))
    # Of a forgotten person's messages a row without its receipt is left.
    if len(missing) > len(rows) - len(kept):
        yield from (f"inbox_message {name} is missing" for name in missing)
    yield from (f"inbox_message {name} is kept {named.count(name)} times" for name in _twice(named))


def _twice(names: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted({name for name in names if names.count(name) > 1})


def _text(receipt: Any) -> str:
    return json.dumps(receipt, sort_keys=True)
