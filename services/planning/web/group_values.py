"""What the pages of groups show of a group. Ready to show: no template decides."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from contracts.catalogue import INSATSER, Insats
from contracts.catalogue.vocabulary import word_label
from services.chassis.pages import swedish_date
from services.planning.domain.groups import GroupTerms, has_groups
from services.planning.group_store import ListedGroup
from services.planning.web import labels

WEEKDAYS: Final[Mapping[int, str]] = dict(
    enumerate(("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"), start=1)
)


def with_groups(day: date) -> list[Insats]:
    """The insatser whose rule of a day has groups or courses."""
    return [insats for insats in INSATSER.values() if has_groups(insats.rule_on(day))]


def group_values(found: ListedGroup, today: date) -> dict[str, Any]:
    """A group as a row of the calendar, and at the head of its page."""
    terms = found.terms
    decided = terms.called_off | terms.held
    ahead = [day for day in terms.session_days if day >= today and day not in decided]
    return {
        "id": terms.of.group_id,
        "code": terms.of.group,
        "insats": terms.of.insats,
        "name": terms.name,
        "when": clock_of(terms),
        "site": None if terms.site is None else word_label("sites", terms.site),
        "leader": terms.leader_id,
        "window": window_of(terms, today),
        "starts_on": terms.starts_on,
        "ends_on": terms.ends_on,
        "next": ahead[0] if ahead else None,
        "ahead": len(ahead),
        "held": len(terms.held),
        "sessions": len(terms.session_days) - len(terms.called_off),
        "seats": terms.seats,
        "taken": found.taken,
        "free": found.free,
        "waiting": found.waiting,
        "reserved_for": ", ".join(word_label("unit_kinds", each) for each in terms.reserved_for),
        "cancelled": terms.cancelled,
        "may_cancel": not terms.cancelled and not terms.held and found.taken == 0,
    }


def clock_of(terms: GroupTerms) -> str:
    """13.00, 180 minuter; empty where nothing is said."""
    said = [] if terms.starts_at is None else [f"klockan {labels.clock(terms.starts_at)}"]
    if terms.minutes is not None:
        said.append(f"{terms.minutes} minuter")
    return ", ".join(said)


def window_of(terms: GroupTerms, today: date) -> str:
    """When one can be enrolled, in words."""
    if terms.opens_on is not None and today < terms.opens_on:
        return f"öppnar {swedish_date(terms.opens_on)}"
    last = terms.closes_on or terms.ends_on
    return f"öppen till och med {swedish_date(last)}" if today <= last else f"stängde {swedish_date(last)}"


def session_values(terms: GroupTerms, day: date, today: date) -> dict[str, Any]:
    """A session of a group: its day, and what became of it."""
    state, mark = "kommer", "new"
    if day in terms.called_off:
        state, mark = "inställd", "missed"
    elif day in terms.held:
        state, mark = "hållen", "done"
    elif day <= today:
        state, mark = "inte registrerad", "due"
    return {"day": day, "weekday": WEEKDAYS[day.isoweekday()], "state": state, "mark": mark}
