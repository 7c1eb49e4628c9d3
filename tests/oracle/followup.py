"""The follow-up service's tables: the ledger of follow-ups, what held ones found, and one timer a case."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts import topics
from contracts.catalogue import INSATSER
from tests.oracle.story import Json, Story
from tests.oracle.table import UNKNOWN, Table

_SWEDEN = ZoneInfo("Europe/Stockholm")
_DAYS = ("nominal_on", "due_on", "opens_on", "closes_on")
_BECAME = ("state", "opened", "missed_on", "ended_on", "timeliness", "completed_by", "details_released")


def tables(story: Story) -> Iterator[Table]:
    """What they must hold."""
    ledger = _ledger(story)
    yield Table(
        "follow_up",
        ("follow_up_id",),
        (
            *("case_id", "point", "anchor", "samplan_id", "months", "insats", "rule_version"),
            *("responsible", "worked_by", "anchored_on", *_DAYS, *_BECAME),
        ),
        {(follow_up_id,): _row(each) for follow_up_id, each in ledger.items()},
    )
    yield Table(
        "follow_up_finding",
        ("follow_up_id",),
        ("case_id", "held_on", "result", "reason", "activity_ids", "outcomes"),
        {
            (follow_up_id,): _finding(each)
            for follow_up_id, each in ledger.items()
            if each["completed_by"] is not None
        },
        sealed=("registered_by",),  # a user's id, which events have in another form
    )
    yield Table(
        "timer", ("key",), ("stream_id", "kind", "due_at"), _timers(story, ledger), sealed=("attempts", "retry_at")
    )


def _ledger(story: Story) -> dict[UUID, Json]:
    """Each follow-up with all that the topics say of it."""
    ledger: dict[UUID, Json] = {}
    for events in story.cases(topics.FOLLOWUP).values():
        for each in events:
            if "follow_up_id" not in each.data:
                continue  # a time limit, of which no table is kept
            known = ledger.setdefault(
                UUID(each.data["follow_up_id"]),
                {"case_id": each.case, "state": "owed", "opened": False, "completed_by": None}
                | {"details_released": False, "found": None},
            )
            _apply(known, each.type, each.data, each.event_id)
    return ledger


def _apply(known: Json, kind: str, data: Json, event_id: UUID) -> None:
    day = date.fromisoformat(data["happened_on"])
    match kind:
        case "FollowUpScheduled":
            known |= data | {"anchored_on": day}
            known |= {name: date.fromisoformat(data[name]) for name in _DAYS}
        case "FollowUpOpened":
            known["opened"] = True
        case "FollowUpMissed":
            known["missed_on"] = day
        case "FollowUpCompleted":
            known |= {"state": "completed", "ended_on": day, "timeliness": data["timeliness"]}
            known |= {"completed_by": event_id, "details_released": "result" in data}
            known["found"] = data if "result" in data else None
        case "FollowUpDetailsReleased":
            known |= {"details_released": True, "found": data}
        case "FollowUpSuperseded":
            known |= {"state": "superseded", "ended_on": day}
        case "FollowUpReinstated":
            known |= {"state": "owed", "ended_on": None}
        case _:
            raise ValueError(f"the oracle knows no {kind}: say here what the ledger makes of it")


def _row(known: Json) -> tuple[Any, ...]:
    samplan, rule = known.get("samplan_id"), known["rule"]
    return (
        *(known["case_id"], known["point"], UUID(known["anchor"]), samplan and UUID(samplan), known.get("months")),
        *(rule["insats"], rule["version"], known["responsible"], _worked_by(known)),
        *(known.get(name) for name in ("anchored_on", *_DAYS, *_BECAME)),
    )


def _worked_by(known: Json) -> str:
    """The sign-in role: lots for what a supporting role of the insats owes, else coordinator."""
    role = INSATSER[known["rule"]["insats"]].rule(known["rule"]["version"]).role(known["responsible"])
    return "lots" if role is not None and role.does == "supports" else "coordinator"


def _finding(known: Json) -> tuple[Any, ...]:
    """What was found is kept here, and sent only with consent."""
    found = known["found"]
    if found is None:
        return (known["case_id"], known["ended_on"], *[UNKNOWN] * 4)
    activities = found.get("activities", [])
    ids, outcomes = [UUID(each["activity_id"]) for each in activities], [each["outcome"] for each in activities]
    return known["case_id"], known["ended_on"], found["result"], found.get("reason"), ids, outcomes


def _timers(story: Story, ledger: Mapping[UUID, Json]) -> dict[tuple[str], Sequence[Any]]:
    """A case with something to come has one timer, at the first moment of the day it comes on.

    What the calendar has made true is in the topics, so whatever is not there is still to come.
    """
    coming: dict[UUID, list[date]] = defaultdict(list)
    for known in ledger.values():
        if known["state"] == "owed":
            opens = [] if known["opened"] else [known["opens_on"]]
            closes = [] if known.get("missed_on") else [known["closes_on"] + timedelta(days=1)]
            coming[known["case_id"]] += [*opens, *closes]
    for case, limits in _running_limits(story).items():
        coming[case] += [limit_on + timedelta(days=1) for limit_on in limits]
    return {
        (f"reconcile:{case}",): (case, "reconcile", datetime.combine(min(days), time(), _SWEDEN))
        for case, days in coming.items()
        if days
    }


def _running_limits(story: Story) -> dict[UUID, list[date]]:
    """The last days of the time limits of each case that were neither met nor passed."""
    limits: dict[tuple[UUID, str], date] = {}
    for case, events in story.cases(topics.FOLLOWUP).items():
        for each in events:
            if each.type == "DeadlineSet":
                limits[case, each.data["deadline_id"]] = date.fromisoformat(each.data["limit_on"])
            elif each.type in {"DeadlineMet", "DeadlinePassed"}:
                limits.pop((case, each.data["deadline_id"]), None)
    running: dict[UUID, list[date]] = defaultdict(list)
    for (case, _), limit_on in limits.items():
        running[case].append(limit_on)
    return running
