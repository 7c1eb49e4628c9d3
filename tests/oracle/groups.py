"""Planning's tables of groups: what was declared, who has a seat, who came, and who waits."""

from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any
from uuid import UUID

from tests.oracle.story import GROUP_EVENTS, Json, Sent, Story, counted
from tests.oracle.table import UNKNOWN, Table

Rows = dict[tuple[Any, ...], tuple[Any, ...]]


def group_tables(story: Story, cases: Mapping[UUID, list[Sent]]) -> Iterator[Table]:
    """What they must hold. ``cases``: the events of each case."""
    yield _groups(story)
    counting = {case: counted(events) for case, events in cases.items()}
    yield Table(
        "group_seat",
        ("enrolment_id",),
        ("group_id", "case_id", "enrolled_on", "ended_on", "outcome"),
        {key: row for case, events in counting.items() for key, row in _seats(case, events).items()},
    )
    yield Table(
        "seat_attendance",
        ("enrolment_id", "session_on"),
        ("attended",),
        {key: row for events in counting.values() for key, row in _came(events).items()},
    )
    yield Table(
        "group_reserve",
        ("case_id",),
        ("insats", "group_id", "since", "joined_at"),
        {(case,): row for case, events in counting.items() if (row := _waits(events)) is not None},
    )


def _groups(story: Story) -> Table:
    """What was declared of each group last; which of its sessions were held, and which are not, as said last."""
    rows: Rows = {}
    held: dict[UUID, set[date]] = {}
    off: dict[UUID, set[date]] = {}
    for each in sorted(story.of_type(*GROUP_EVENTS), key=lambda sent: sent.sequence):
        group, data = each.case, each.data
        was, is_off = held.setdefault(group, set()), off.setdefault(group, set())
        match each.type:
            case "GroupDeclared":
                rows[(group,)] = (*_declared(data), False)
                is_off &= {date.fromisoformat(day) for day in data["session_days"]}
            case "GroupCancelled":
                rows[(group,)] = (*rows[(group,)][:-1], True)
            case "GroupSessionHeld":
                was.add(date.fromisoformat(data["session_on"]))
                is_off.discard(date.fromisoformat(data["session_on"]))
            case _:
                is_off.add(date.fromisoformat(data["session_on"]))
                was.discard(date.fromisoformat(data["session_on"]))
    return Table(
        "declared_group",
        ("group_id",),
        (
            *("insats", "code", "name", "capacity", "seats", "session_days", "starts_on", "ends_on", "starts_at"),
            *("minutes", "site", "leader_id", "opens_on", "closes_on", "reserved_for"),
            *("held", "called_off", "cancelled"),
        ),
        {key: (*row[:-1], sorted(held[key[0]]), sorted(off[key[0]]), row[-1]) for key, row in rows.items()},
    )


def _declared(data: Json) -> tuple[Any, ...]:
    starts_at = time.fromisoformat(data["starts_at"]) if data.get("starts_at") else None
    return (
        *(data[name] for name in ("insats", "group", "group_name", "capacity", "seats")),
        [date.fromisoformat(day) for day in data["session_days"]],
        *(_day(data, "starts_on"), _day(data, "ends_on"), starts_at),
        *(data.get(name) for name in ("minutes", "site", "leader_id")),
        *(_day(data, "opens_on"), _day(data, "closes_on"), data.get("reserved_for", [])),
    )


def _seats(case: UUID, events: list[Sent]) -> Rows:
    """Each seat in a group, those that ended too."""
    rows: Rows = {}
    for each in events:
        if each.type == "GroupEnrolled":
            group, day = UUID(each.data["group_id"]), _day(each.data, "happened_on")
            rows[(UUID(each.data["enrolment_id"]),)] = (group, case, day, None, None)
        elif each.type == "GroupEnrolmentEnded":
            key = (UUID(each.data["enrolment_id"]),)
            rows[key] = (*rows[key][:3], _day(each.data, "happened_on"), each.data["outcome"])
    return rows


def _came(events: list[Sent]) -> Rows:
    """Who came to which session; of those who do not consent no topic says it."""
    released = {each.data["event_id"]: each.data for each in events if each.type == "PlanningDetailsReleased"}
    return {
        (UUID(each.data["enrolment_id"]), _day(each.data, "session_on")): (
            each.data.get("attended", released.get(each.event["id"], {}).get("attended", UNKNOWN)),
        )
        for each in events
        if each.type == "SessionAttendanceRecorded"
    }


def _waits(events: list[Sent]) -> tuple[Any, ...] | None:
    """What the case waits for; nothing once it has such a seat, has left the list, or is over."""
    waits: tuple[Any, ...] | None = None
    for each in events:
        match each.type:
            case "GroupReserveJoined":
                group = each.data.get("group_id")
                wanted = None if group is None else UUID(group)
                waits = (each.data["insats"], wanted, _day(each.data, "happened_on"), each.recorded)
            case "GroupEnrolled" if waits is not None and waits[1] in (None, UUID(each.data["group_id"])):
                waits = None
            case "GroupReserveLeft" | "ParticipantExited" | "PlanningEnded":
                waits = None
    return waits


def _day(data: Json, name: str) -> date | None:
    return date.fromisoformat(data[name]) if data.get(name) else None
