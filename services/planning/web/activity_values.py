"""An activity as its page shows it: what it is called, how far it has come, and which forms it has."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, assert_never
from uuid import UUID

from contracts.catalogue import INSATSER
from contracts.catalogue.course import ActivityRule
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import ActivityExtent, Member
from contracts.labels import label
from services.chassis.pages import swedish_date
from services.planning.domain.activities import Activity, Extent
from services.planning.domain.case import Case, Stage
from services.planning.domain.checks import known
from services.planning.domain.decide_progress import place_owner, rules_of
from services.planning.place_store import ListedPlaces
from services.planning.web import labels

_STATES: Final = {
    "planned": "planerad",
    "ongoing": "pågår",
    "completed": "genomförd",
    "cancelled": "inte genomförd",
}


def choices() -> dict[str, Any]:
    """What the forms of every activity offer."""
    return {
        "hindrances": words()["activity_hindrances"],
        "cancellations": words()["activity_cancellations"],
        "members": {each.value: label(each) for each in Member},
        "extents": {each.value: label(each) for each in ActivityExtent},
        "payers": words()["associations"],
    }


def owners_of(case: Case, today: date) -> set[str]:
    """The insatser whose places an activity that has not begun may take."""
    plan = case.plans.latest
    waiting = () if plan is None else (each for each in plan.activities if each.state == "planned")
    return {owner for each in waiting for owner in _owners(each, case, today)}


def activity_values(
    activity: Activity,
    case: Case,
    today: date,
    places: Mapping[str, Sequence[ListedPlaces]],
    suppliers: Mapping[UUID, str],
    *,
    shows_place: bool,
) -> dict[str, Any]:
    """The activity. ``shows_place``: whether the unit and the supplier may stand beside the case."""
    rules = rules_of(activity.kind, case, INSATSER, today)
    under_way = case.stage in {Stage.ACCEPTED, Stage.PARTICIPATING} and activity.ended_in is None
    owners = list(_owners(activity, case, today))
    supplier = None if activity.place_id is None or activity.state != "ongoing" else suppliers.get(activity.place_id)
    waits = activity.hindrance
    return {
        "id": activity.activity_id,
        "latest": activity.latest,
        "name": _name(activity, rules),
        "responsible": label(activity.responsible),
        "unit": _unit(activity) if shows_place else None,
        "state": "ingår inte längre i planen" if activity.ended_in is not None else _STATES[activity.state],
        "mark": "waits" if waits is not None else activity.state,
        "planned": _period(activity),
        "started_on": activity.started_on,
        "ended_on": activity.ended_on,
        "ended_as": _ended_as(activity),
        "extent": _extent(activity.planned if activity.state == "planned" else activity.current),
        "supplier": supplier if shows_place else None,
        "pays": None if activity.cost_bearer is None else word_label("associations", activity.cost_bearer),
        "waits_since": None if waits is None else waits.since,
        "waits_for": None if waits is None else _waits_for(waits.reason, waits.waits_for),
        "attendance": [
            {
                "from_on": each.from_on,
                "to_on": each.to_on,
                "offered": _hours(each.offered),
                "attended": _hours(each.attended),
                "more": each.more_than_offered,
            }
            for each in sorted(activity.attendance, key=lambda each: each.from_on)
        ],
        "passes_on": [*_passes_on(activity, case, today), *_counts_as_work(activity, rules)],
        "places": [_place(each, today) for owner in owners for each in places.get(owner, ())],
        "asks_place": bool(owners),
        "may_do_without_place": len(owners) < len(rules) or not rules,
        "asks_extent": any(each.extent is not None for each in rules),
        "asks_payer": any(each.cost_bearer is not None for each in rules),
        "may_start": under_way and activity.state == "planned",
        "may_end": under_way and activity.state in {"planned", "ongoing"},
        "may_change": under_way and activity.state == "ongoing",
        "may_attend": under_way
        and activity.started_on is not None
        and any(each.attendance == "hours" for each in rules),
    }


def standing_of(activity: Activity) -> str:
    """How far an activity has come, in a few words with its day, and what it waits for."""
    waits = activity.hindrance
    match activity.state:
        case "planned":
            said = "inte påbörjad"
        case "ongoing":
            said = "pågår" if activity.started_on is None else f"pågår sedan {swedish_date(activity.started_on)}"
        case "completed" | "cancelled":
            day = "" if activity.ended_on is None else f" {swedish_date(activity.ended_on)}"
            return f"{_ended_as(activity)}{day}"
        case _:
            assert_never(activity.state)
    if waits is None:
        return said
    return f"{said}; {_waits_for(waits.reason, waits.waits_for)} sedan {swedish_date(waits.since)}"


def _owners(activity: Activity, case: Case, today: date) -> Iterator[str]:
    for rule in rules_of(activity.kind, case, INSATSER, today):
        if (owner := place_owner(rule, case, INSATSER, today)) is not None:
            yield owner


def _name(activity: Activity, rules: Sequence[ActivityRule]) -> str:
    if activity.kind is None:
        return "Aktivitet"
    named = rules[0].label if len(rules) == 1 else None
    said = named or word_label("activity_kinds", activity.kind)
    return said[:1].upper() + said[1:]


def _unit(activity: Activity) -> str | None:
    return None if activity.responsible_unit is None else labels.unit_label(activity.responsible_unit)


def _period(activity: Activity) -> tuple[date | None, date | None] | None:
    planned = (activity.starts_on, activity.due_on)
    return None if planned == (None, None) else planned


def _ended_as(activity: Activity) -> str | None:
    if activity.extent is not None:
        return f"{label(activity.extent)} genomförd"
    if activity.state != "cancelled":
        return None
    reason = activity.cancel_reason
    if reason is None:
        return "inte genomförd"
    list_name = "activity_ends" if reason in words()["activity_ends"] else "activity_cancellations"
    return f"inte genomförd: {word_label(list_name, reason)}"


def _extent(extent: Extent) -> str | None:
    said = []
    if extent.percent is not None:
        said.append(f"{extent.percent} %")
    if extent.hours is not None:
        said.append(f"{_hours(extent.hours)} timmar i veckan")
    return ", ".join(said) or None


def _hours(hours: float | None) -> str | None:
    """12,5."""
    return None if hours is None else f"{hours:g}".replace(".", ",")


def _waits_for(reason: str | None, party: Member | None) -> str:
    said = "väntar" if reason is None else word_label("activity_hindrances", reason)
    return said if party is None else f"{said} ({label(party)})"


def _place(found: ListedPlaces, today: date) -> dict[str, Any]:
    free = found.free(today)
    return {
        "id": str(found.place_id),
        "name": found.terms.name,
        "free": f"{free} {'ledig' if free == 1 else 'lediga'}" if free else "inga lediga",
    }


def _counts_as_work(activity: Activity, rules: Sequence[ActivityRule]) -> Iterator[str]:
    """Whether the hours of a week are enough to try the capacity for work, where the insats draws such a line."""
    hours = activity.hours_a_week
    over = next((each.work_over_hours for each in rules if each.work_over_hours is not None), None)
    if over is None or hours is None or activity.state != "ongoing":
        return
    said = f"{hours:.3g}".replace(".", ",")
    if hours > over:
        yield f"Närvaron är {said} timmar i veckan, över {over}: den prövar arbetsförmågan."
    else:
        yield f"Närvaron är {said} timmar i veckan. Till och med {over} räknas det som sysselsättning."


def _passes_on(activity: Activity, case: Case, today: date) -> Iterator[str]:
    """Where the insats hands a case over at an extent that the activity has reached."""
    insats = INSATSER.get(known(case).insats)
    rule = None if insats is None else insats.rule_on(today)
    if rule is None or rule.exits is None or activity.state != "ongoing" or activity.current.percent is None:
        return
    for each in rule.exits.hand_over_when:
        if each.extent_of != activity.kind or activity.current.percent < each.at_least_percent:
            continue
        door = None if each.applies_to is None else rule.door(each.applies_to.door)
        whom = "" if door is None else f" om deltagaren kom in genom {door.label}"
        to = word_label("destinations", each.to)
        yield f"Omfattningen har nått {each.at_least_percent} %. Ärendet lämnas då över till {to}{whom}."
