"""The follow-up service's tables: consent, samplaner, the ledger of follow-ups and their timers."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts import topics
from tests.oracle.story import Json, Story
from tests.oracle.table import UNTOLD, Table

_CONSENT = {"ConsentGiven": "given", "ConsentRefused": "refused", "ConsentWithdrawn": "withdrawn"}
_TERMS = ("months", "responsible")
_DAYS = ("planned_on", "nominal_on", "due_on", "opens_on", "closes_on")
_BECAME = ("state", "missed_on", "ended_on", "timeliness", "result", "reason", "findings", "registered_by")


def tables(story: Story) -> Iterator[Table]:
    """What they must hold. Only a samplan whose insats has follow-ups is entered."""
    consents: dict[tuple[UUID], tuple[str]] = {}
    for case, told in story.cases(topics.REFERRAL).items():
        for each in told:
            if each.type in _CONSENT:
                consents[(case,)] = (_CONSENT[each.type],)
    yield Table("consent", ("case_id",), ("choice",), consents)
    ledger = _ledger(story)
    plans = {UUID(each["samplan_id"]) for each in ledger.values()}
    yield Table(
        "samplan",
        ("samplan_id",),
        ("case_id", "activities"),
        {
            (UUID(t.data["samplan_id"]),): (t.case, t.data["activities"])
            for t in story.of_type("SamplanUpprättad")
            if UUID(t.data["samplan_id"]) in plans
        },
        json=("activities",),
    )
    yield Table(
        "follow_up",
        ("follow_up_id",),
        ("case_id", "samplan_id", "insats", "rule_version", *_TERMS, *_DAYS, *_BECAME),
        {(follow_up_id,): _row(each) for follow_up_id, each in ledger.items()},
        json=("findings",),
    )
    timers = {(key,): timer for each in ledger.values() for key, timer in _timers(each)}
    yield Table("timer", ("key",), ("case_id", "kind", "due_at"), timers, sealed=("attempts", "retry_at"))


def _ledger(story: Story) -> dict[UUID, Json]:
    """Each follow-up with all that was told of it."""
    ledger: dict[UUID, Json] = {}
    for told in story.cases(topics.FOLLOWUP).values():
        for each in told:
            follow_up_id = UUID(each.data["follow_up_id"])
            known = ledger.setdefault(follow_up_id, {"case_id": each.case, "state": "scheduled"})
            _apply(known, each.type, each.data)
    return ledger


def _apply(known: Json, kind: str, data: Json) -> None:
    day = date.fromisoformat(data["happened_on"])
    match kind:
        case "FollowUpScheduled":
            known |= data | {"planned_on": day}
            known |= {name: date.fromisoformat(data[name]) for name in _DAYS if name in data}
        case "FollowUpOpened":
            known["state"] = "opened"
        case "FollowUpMissed":
            known |= {"state": "missed", "missed_on": day}
        case "FollowUpCompleted":
            known |= {"state": "completed", "ended_on": day, "timeliness": data["timeliness"]}
            # Told only with consent, and kept all the same.
            untold = "result" not in data
            known |= {"result": data.get("result", UNTOLD), "reason": UNTOLD if untold else data.get("reason")}
            known |= {"findings": UNTOLD if untold else data.get("activities", []), "registered_by": UNTOLD}
        case "FollowUpSuperseded":
            known |= {"state": "superseded", "ended_on": day}
        case _:
            raise ValueError(f"the oracle knows no {kind}: say here what the ledger makes of it")


def _row(known: Json) -> tuple[Any, ...]:
    rule = known["rule"]
    ids = (known["case_id"], UUID(known["samplan_id"]), rule["insats"], rule["version"])
    return (*ids, *(known.get(name) for name in (*_TERMS, *_DAYS, *_BECAME)))


def _timers(known: Json) -> Sequence[tuple[str, tuple[Any, ...]]]:
    """What is still to happen by itself: nothing once the follow-up has ended."""
    opens = ("follow_up_opens", known["opens_on"])
    closes = ("follow_up_closes", known["closes_on"] + timedelta(days=1))
    waiting = {"scheduled": (opens, closes), "opened": (closes,)}.get(known["state"], ())
    return [(f"{kind}:{known['follow_up_id']}", (known["case_id"], kind, _midnight(day))) for kind, day in waiting]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo("Europe/Stockholm"))
