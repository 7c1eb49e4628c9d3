"""Which parties see which cases: planning's table of what people let the parties see."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from tests.oracle.story import CONSENT, Sent, counted
from tests.oracle.table import Table


def shared_cases(cases: Mapping[UUID, list[Sent]], insats: Mapping[UUID, str]) -> Table:
    """A row for each party that is responsible for something in a plan that its person lets it see."""
    rows = {
        (case, party): (insats[case], planned_on, until)
        for case, events in cases.items()
        for party, planned_on, until in _parties(counted(events))
    }
    return Table("shared_case", ("case_id", "party"), ("insats", "planned_on", "shared_until"), rows)


def _parties(events: list[Sent]) -> list[tuple[str, date, date | None]]:
    answers = [
        each for each in events if each.type in CONSENT and each.data.get("purpose") == "sharing_between_parties"
    ]
    answer = max(answers, key=lambda sent: (sent.data["happened_on"], sent.sequence), default=None)
    if answer is None or answer.type != "ConsentGiven" or not _under_way(events):
        return []
    planned_on, responsible = _plan(events)
    if planned_on is None:
        return []
    receivers = answer.data.get("receivers")
    until = answer.data.get("valid_until")
    last = None if until is None else date.fromisoformat(until)
    return [(party, planned_on, last) for party in responsible if receivers is None or party in receivers]


def _under_way(events: list[Sent]) -> bool:
    """Accepted or taking part, of somebody who has not been forgotten."""
    stays = [each.type for each in events if each.type in {"InsatsStarted", "CaseReopened", "ParticipantExited"}]
    answers = [each for each in events if each.type in {"ReferralAccepted", "ReferralReturned"}]
    answered = max(answers, key=lambda sent: sent.sequence, default=None)
    if any(each.type == "PersonForgotten" for each in events):
        return False
    if stays:
        return stays[-1] != "ParticipantExited"
    return answered is not None and answered.type == "ReferralAccepted"


def _plan(events: list[Sent]) -> tuple[date | None, set[str]]:
    """The day of the plan that holds, and whose its activities are. One made before a reopening holds no more."""
    planned_on: date | None = None
    activities: dict[str, str] = {}
    for each in events:
        data: dict[str, Any] = each.data
        match each.type:
            case "SamplanUpprättad":
                planned_on, activities = date.fromisoformat(data["happened_on"]), {}
            case "CaseReopened" if planned_on is not None and planned_on < date.fromisoformat(data["happened_on"]):
                planned_on, activities = None, {}
        for planned in (*data.get("activities", []), *data.get("added", [])):
            if each.type in {"SamplanUpprättad", "SamplanReviderad"}:
                activities[planned["activity_id"]] = planned["responsible"]
        for ended in data.get("ended", []) if each.type == "SamplanReviderad" else []:
            activities.pop(ended, None)
    return planned_on, set(activities.values())
