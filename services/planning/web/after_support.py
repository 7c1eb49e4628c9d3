"""Support after an exit as the page of exits shows it."""

from datetime import date
from typing import Any

from contracts.catalogue import INSATSER
from contracts.catalogue.timing import months_after
from contracts.catalogue.vocabulary import word_label, words
from services.planning.domain import command as ask
from services.planning.domain.case import Case
from services.planning.domain.checks import known
from services.planning.domain.decide_after_support import given_by
from services.planning.domain.next_steps import hindrance


def after_support_values(case: Case, today: date) -> dict[str, Any]:
    """What there is of support after the latest exit, and whether it may begin or end now."""
    begin = hindrance(ask.BeginAfterSupport(today, today), case, INSATSER, frozenset({"begun_on"}))
    ongoing = case.after_supports.ongoing
    return {
        "may_begin": begin is None,
        "ongoing": ongoing,
        "last_day": None if ongoing is None else _last_day(case, ongoing.since),
        "ended": [
            {
                "since": each.since,
                "until": each.until,
                "reason": None if each.reason is None else _end_of_support(each.reason),
            }
            for each in case.after_supports.all
            if each.until is not None
        ],
    }


def _end_of_support(reason: str) -> str:
    lists = ("after_support_returns", "after_support_ends")
    return next((word_label(each, reason) for each in lists if reason in words()[each]), reason)


def _last_day(case: Case, since: date) -> date | None:
    """Until when it is given by the rule of the exit's day."""
    insats, latest = INSATSER.get(known(case).insats), case.participations.latest
    if insats is None or latest is None or latest.exit is None:
        return None
    rule = insats.rule_on(latest.exit.exited_on)
    after = None if rule is None else given_by(rule)
    return None if after is None else months_after(since, after.months)
