"""The referral service's tables: cases, persons, messages."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from contracts import topics
from tests.oracle.story import OUTBOXES, Story, Told
from tests.oracle.table import UNTOLD, Table

_CONSENT = {"ConsentGiven": "given", "ConsentRefused": "refused", "ConsentWithdrawn": "withdrawn"}
_STATE = {
    "ReferralAccepted": "accepted",
    "ReferralReturned": "returned",
    "InsatsStarted": "started",
    "ParticipantExited": "closed",
}
_LATE = ("InsatsStarted", "ParticipantExited")


def tables(story: Story) -> Iterator[Table]:
    """What they must hold."""
    cases = story.cases(topics.REFERRAL, topics.PLANNING)
    yield Table(
        "referral_case",
        ("case_id",),
        (
            *("person_id", "insats", "agency", "unit", "referred_on", "received_at"),
            *("state", "state_since", "consent", "consent_stated_on", "return_reason"),
        ),
        {(case,): _case(told) for case, told in cases.items()},
        sealed=("file", "name"),
    )
    known_since: dict[UUID, Any] = {}
    for told in story.of_type("ReferralReceived"):
        person = UUID(told.data["person_id"])
        known_since[person] = min(known_since.get(person, told.recorded), told.recorded)
    forgotten = {UUID(told.data["person_id"]): told.recorded for told in story.of_type("PersonForgotten")}
    yield Table(
        "person",
        ("person_id",),
        ("known_since", "forgotten_at"),
        {(person,): (moment, forgotten.get(person)) for person, moment in known_since.items()},
        sealed=("lookup", "identity_number", "name", "phone", "forgotten_by"),
    )
    keys = {(person,): () for person in known_since.keys() - forgotten.keys()}
    yield Table("person_key", ("person_id",), (), keys, sealed=("wrapped",))


def _case(told: Sequence[Told]) -> tuple[Any, ...]:
    [received] = [each for each in told if each.type == "ReferralReceived"]
    data = received.data
    state, since = "waiting", date.fromisoformat(data["happened_on"])
    consent, stated_on, reason = "", since, None
    # A start counts, and an exit after it, whatever was told of a return meanwhile.
    for each in sorted(told, key=lambda each: _LATE.index(each.type) + 1 if each.type in _LATE else 0):
        day = date.fromisoformat(each.data["happened_on"])
        if each.type in _CONSENT:
            consent, stated_on = _CONSENT[each.type], day
        elif each.type in _STATE:
            state, since = _STATE[each.type], day
        if each.type == "ReferralReturned":
            # Kept here, and told only with consent.
            reason = each.data.get("reason", UNTOLD)
    labels = (UUID(data["person_id"]), *(data[name] for name in ("insats", "agency", "unit")))
    referred_on = date.fromisoformat(data["happened_on"])
    return (*labels, referred_on, received.recorded, state, since, consent, stated_on, reason)


def messages(story: Story, rows: Sequence[Any]) -> Iterator[str]:
    """Each message with an id that may be told is kept once, with the receipt it got and its moment."""
    told = [t for t in story.on(*OUTBOXES) if not t.data.get("repeated")]
    receipts = {(_text(t.data), t.recorded) for t in told}
    kept = [(json.loads(row["receipt"]), row["received_at"]) for row in rows if row["receipt"] is not None]
    for receipt, moment in kept:
        if (_text(receipt), moment) not in receipts:
            yield f"inbox_message of {moment}: this receipt was never told: {receipt}"
    named = [(receipt["agency"], receipt["message_id"]) for receipt, _ in kept if "message_id" in receipt]
    wanted = {(t.data["agency"], t.data["message_id"]) for t in told if "message_id" in t.data}
    missing = sorted(wanted - set(named))
    # Of a forgotten person's messages a row without its receipt is left.
    if len(missing) > len(rows) - len(kept):
        yield from (f"inbox_message {name} is missing" for name in missing)
    yield from (f"inbox_message {name} is kept {named.count(name)} times" for name in _twice(named))


def _twice(names: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted({name for name in names if names.count(name) > 1})


def _text(receipt: Any) -> str:
    return json.dumps(receipt, sort_keys=True)
