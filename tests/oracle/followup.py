"""The follow-up service's tables: the ledger of follow-ups, what held ones found, and one timer a case."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts import topics
from contracts.catalogue import INSATSER
from tests.oracle.planning import supports
from tests.oracle.story import ABSENCE_EVENTS, Json, Story, counted
from tests.oracle.table import UNKNOWN, Table

_SWEDEN = ZoneInfo("Europe/Stockholm")
_DAYS = ("nominal_on", "due_on", "opens_on", "closes_on")
_BECAME = ("state", "opened", "missed_on", "ended_on", "timeliness", "ended_by", "details_released")
_COURSE = ("reminded", "escalated_to", "attempts", "taken_by", "taken_since", "offered_to", "worker_id")
_ASKED = ("asked_of", "asked_to", "asked_on", "answer", "answered_on")

# When a follow-up that is owed is brought up with somebody: on its due day, one and two weeks after it, when missed.
_REMINDERS: Mapping[str, Callable[[Json], date]] = {
    "due": lambda known: known["due_on"],
    "overdue": lambda known: known["due_on"] + timedelta(days=7),
    "to-coordinator": lambda known: known["due_on"] + timedelta(days=14),
    "to-manager": lambda known: known["closes_on"] + timedelta(days=1),
}


def tables(story: Story) -> Iterator[Table]:
    """What they must hold."""
    ledger = _ledger(story)
    yield Table(
        "follow_up",
        ("follow_up_id",),
        (
            *("case_id", "point", "anchor", "samplan_id", "months", "insats", "rule_version"),
            *("responsible", "worked_by", "anchored_on", *_DAYS, *_BECAME, *_COURSE, *_ASKED),
        ),
        {(follow_up_id,): _row(each) for follow_up_id, each in ledger.items()},
    )
    yield Table(
        "follow_up_finding",
        ("follow_up_id",),
        ("case_id", "held_on", "result", "reason", "activity_ids", "outcomes"),
        {(follow_up_id,): _finding(each) for follow_up_id, each in ledger.items() if each["state"] == "completed"},
        sealed=("registered_by",),  # a user's id, which events have in another form
    )
    yield Table(
        "time_limit",
        ("deadline_id",),
        ("case_id", "insats", "rule_version", "clock", "party", "started_on", "limit_on", "state"),
        _time_limits(story),
        sealed=("stopped_on",),  # what it waited for may have come after it had passed, which no event says
    )
    yield Table(
        "absence",
        ("absence_id",),
        ("worker_id", "substitute", "first_day", "last_day"),
        _absences(story),
    )
    yield Table(
        "timer", ("key",), ("stream_id", "kind", "due_at"), _timers(story, ledger), sealed=("attempts", "retry_at")
    )


def _absences(story: Story) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Each absence to its last day: the day before the worker is back, if that was told."""
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for each in sorted(story.of_type(*ABSENCE_EVENTS), key=lambda sent: (sent.case, sent.sequence)):
        key, data = (UUID(each.data["absence_id"]),), each.data
        if each.type == "WorkerAbsent":
            days = (date.fromisoformat(data[name]) for name in ("first_day", "last_day"))
            rows[key] = (data["worker_id"], data["substitute"], *days)
        else:
            rows[key] = (*rows[key][:-1], date.fromisoformat(data["back_on"]) - timedelta(days=1))
    return rows


def _ledger(story: Story) -> dict[UUID, Json]:
    """Each follow-up with all that the topics say of it."""
    ledger: dict[UUID, Json] = {}
    for events in story.cases(topics.FOLLOWUP).values():
        for each in counted(events):
            if "follow_up_id" not in each.data:
                continue  # a time limit
            known = ledger.setdefault(
                UUID(each.data["follow_up_id"]),
                {"case_id": each.case, "state": "owed", "opened": False, "details_released": False}
                | {"found": None, "reminded": "", "attempts": 0},
            )
            _apply(known, each.type, each.data, each.event_id)
    for case, events in story.cases(topics.PLANNING).items():
        whose = {role: (worker, since) for role, worker, since, *_ in supports(counted(events)).values()}
        for known in ledger.values():
            if known["case_id"] == case:
                known["worker_id"] = _worker(known, whose.get(known["responsible"]))
    return ledger


def _worker(known: Json, supporter: tuple[str, date] | None) -> str | None:
    """Who took it over has it until somebody new begins to support in the role that owes it."""
    taken = known.get("taken_by")
    if supporter is None or (taken and supporter[1] <= known["taken_since"]):
        return taken
    return supporter[0]


def _apply(known: Json, kind: str, data: Json, event_id: UUID) -> None:
    day = date.fromisoformat(data["happened_on"])
    if kind == "FollowUpScheduled":
        known |= data | {"anchored_on": day}
        known |= {name: date.fromisoformat(data[name]) for name in _DAYS}
    elif kind in _ENDS:
        known |= {"state": _ENDS[kind], "ended_on": day, "ended_by": event_id}
        if kind == "FollowUpCompleted":
            known |= {"timeliness": data["timeliness"], "details_released": "result" in data}
            known["found"] = data if "result" in data else None
    elif kind in _CHANGES:
        known |= _CHANGES[kind](known, data, day)
    else:
        raise ValueError(f"the oracle knows no {kind}: say here what the ledger makes of it")


_ENDS = {
    "FollowUpCompleted": "completed",
    "FollowUpNotApplicable": "not_applicable",
    "FollowUpSuperseded": "superseded",
}


def _reminded(known: Json, data: Json, _day: date) -> Json:
    steps = " ".join(sorted([*known["reminded"].split(), data["step"]]))
    return {"reminded": steps, "escalated_to": data.get("to", known.get("escalated_to"))}


def _answered(known: Json, answer: str, day: date) -> Json:
    """What became of an offer that waited for an answer."""
    return {"answer": answer, "answered_on": day} if known.get("offered_to") else {}


_CHANGES: Mapping[str, Callable[[Json, Json, date], Json]] = {
    "FollowUpOpened": lambda _known, _data, _day: {"opened": True},
    "FollowUpMissed": lambda _known, _data, day: {"missed_on": day},
    "FollowUpReinstated": lambda _known, _data, _day: {"state": "owed", "ended_on": None, "ended_by": None},
    "FollowUpDetailsReleased": lambda _known, data, _day: {"details_released": True, "found": data},
    "FollowUpReminded": _reminded,
    "FollowUpEscalated": _reminded,
    "FollowUpAttempted": lambda known, _data, _day: {"attempts": known["attempts"] + 1},
    "FollowUpHandoverOffered": lambda _known, data, day: {
        "offered_to": data["to"],
        "asked_of": data.get("of"),
        "asked_to": data["to"],
        "asked_on": day,
        "answer": None,
        "answered_on": None,
    },
    "FollowUpHandoverDeclined": lambda known, _data, day: {"offered_to": None} | _answered(known, "declined", day),
    "FollowUpTakenOver": lambda known, data, day: {
        "taken_by": data["by"],
        "taken_since": day,
        "offered_to": None,
        **_answered(known, "accepted" if known.get("offered_to") == data["by"] else "taken_by_another", day),
    },
}


def _row(known: Json) -> tuple[Any, ...]:
    samplan, rule = known.get("samplan_id"), known["rule"]
    return (
        *(known["case_id"], known["point"], UUID(known["anchor"]), samplan and UUID(samplan), known.get("months")),
        *(rule["insats"], rule["version"], known["responsible"], _worked_by(known)),
        *(known.get(name) for name in ("anchored_on", *_DAYS, *_BECAME, *_COURSE, *_ASKED)),
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
            reminders = [day(known) for step, day in _REMINDERS.items() if step not in known["reminded"].split()]
            coming[known["case_id"]] += [*opens, *closes, *reminders]
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


def _time_limits(story: Story) -> dict[tuple[UUID], tuple[Any, ...]]:
    """Each limit that was set, and what has become of it."""
    rows: dict[tuple[UUID], tuple[Any, ...]] = {}
    for case, events in story.cases(topics.FOLLOWUP).items():
        for each in counted(events):
            data = each.data
            if each.type == "DeadlineSet":
                days = (date.fromisoformat(data[name]) for name in ("happened_on", "limit_on"))
                rule = data["rule"]
                about = (case, rule["insats"], rule["version"], data["clock"], data.get("party"), *days)
                rows[UUID(data["deadline_id"]),] = (*about, "running")
            elif each.type == "DeadlineMet":
                key = (UUID(data["deadline_id"]),)
                rows[key] = (*rows[key][:7], "met")
            elif each.type == "DeadlinePassed":
                key = (UUID(data["deadline_id"]),)
                rows[key] = (*rows[key][:7], "passed")
    return rows
