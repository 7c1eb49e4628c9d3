"""A case's timeline: order, months, late registration, and where the case stands."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.web.timeline import Owed, Told, months, read, standing

_RULE = {"insats": "finsam-team", "version": 2}
_IDS: dict[str, Any] = {"follow_up_id": UUID(int=9), "samplan_id": UUID(int=1)}
_TODAY = date(2021, 10, 15)


def told(kind: str, happened_on: str, sequence: int = 1, recorded: str | None = None, **data: Any) -> Told:
    moment = datetime.fromisoformat(recorded) if recorded else datetime.fromisoformat(f"{happened_on}T12:00:00+00:00")
    fact = read(kind, {"happened_on": happened_on, **data})
    assert fact is not None
    return Told(fact, moment.astimezone(UTC), sequence)


def referral(day: str = "2021-02-01") -> Told:
    return told(
        "ReferralReceived",
        day,
        person_id=UUID(int=5),
        insats="finsam-team",
        agency="stockholms-stad",
        unit="farsta",
        unit_kind="district",
        sex="woman",
        rule=_RULE,
    )


def consent(day: str, sequence: int) -> Told:
    return told("ConsentGiven", day, sequence, attributes={})


def started(day: str = "2021-04-20") -> Told:
    return told("InsatsStarted", day, insats="finsam-team", rule=_RULE)


def plan(day: str = "2021-03-31") -> Told:
    activity = {"activity_id": UUID(int=2), "responsible": "kommun"}
    return told(
        "SamplanUpprättad", day, samplan_id=UUID(int=1), insats="finsam-team", activities=[activity], rule=_RULE
    )


def scheduled(due_on: str = "2021-09-30") -> Told:
    return told(
        "FollowUpScheduled",
        "2021-03-31",
        months=6,
        nominal_on=due_on,
        due_on=due_on,
        opens_on="2021-09-16",
        closes_on="2021-11-14",
        responsible="coordinator",
        rule=_RULE,
        **_IDS,
    )


def completed() -> Told:
    return told("FollowUpCompleted", "2021-10-05", months=6, due_on="2021-09-30", timeliness="in_time", **_IDS)


def missed() -> Told:
    return told("FollowUpMissed", "2021-10-10", months=6, due_on="2021-09-30", **_IDS)


def superseded() -> Told:
    return told("FollowUpSuperseded", "2021-10-10", months=6, cause="exit", **_IDS)


def accepted(day: str = "2021-02-10") -> Told:
    return told("ReferralAccepted", day, 3)


_CASE = (referral(), consent("2021-02-01", 2), accepted(), plan(), scheduled(), started(), missed())


@given(st.permutations(_CASE))
def test_the_order_of_arrival_does_not_matter(arrived: list[Told]) -> None:
    assert months(arrived) == months(_CASE)
    assert standing(arrived, _TODAY) == standing(_CASE, _TODAY)


def test_months_come_oldest_first_and_hold_their_lines_in_order() -> None:
    shown = months(_CASE)
    assert [month.first for month in shown] == [
        date(2021, 2, 1),
        date(2021, 3, 1),
        date(2021, 4, 1),
        date(2021, 10, 1),
    ]
    days = [line.happened_on for month in shown for line in month.lines]
    assert days == sorted(days)


def test_no_events_no_months() -> None:
    assert months([]) == ()
    assert standing([], _TODAY) is None


def test_the_day_of_registration_is_shown_only_when_it_is_another() -> None:
    # 23.30 UTC is already the next day in Sweden.
    late = told("ReferralAccepted", "2021-02-10", recorded="2021-02-10T23:30:00+00:00")
    same = told("ReferralAccepted", "2021-02-10", recorded="2021-02-10T22:30:00+00:00")
    assert months([late])[0].lines[0].registered_on == date(2021, 2, 11)
    assert months([same])[0].lines[0].registered_on is None


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        ([], "väntar på svar"),
        ([accepted()], "antagen 10 februari 2021"),
        ([accepted(), plan()], "har samplan sedan 31 mars 2021"),
        ([accepted(), plan(), started()], "deltar sedan 20 april 2021"),
        (
            [accepted(), started(), told("ParticipantExited", "2021-10-01", insats="finsam-team", rule=_RULE)],
            "avslutad 1 oktober 2021",
        ),
        ([told("ReferralReturned", "2021-02-20", 3)], "återremitterad 20 februari 2021"),
        ([accepted(), told("ReferralReturned", "2021-04-21", 4)], "återremitterad 21 april 2021"),
        # A return told by a service that had not heard of the start does not count.
        ([accepted(), started(), told("ReferralReturned", "2021-04-21", 4)], "deltar sedan 20 april 2021"),
    ],
)
def test_where_the_case_stands(happened: list[Told], state: str) -> None:
    shown = standing([referral(), *happened], _TODAY)
    assert shown is not None
    assert shown.state == state
    assert shown.insats == "FINSAM-team"
    assert shown.referred_by == "Farsta stadsdelsförvaltning (Stockholms stad)"


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ([], "inte tillfrågad"),
        ([consent("2021-02-01", 2)], "lämnat 1 februari 2021"),
        ([told("ConsentRefused", "2021-02-01", 2)], "lämnas inte"),
        ([consent("2021-02-01", 2), told("ConsentWithdrawn", "2021-03-01", 4)], "återkallat 1 mars 2021"),
        # The one registered last counts, even where it speaks of an earlier day.
        ([consent("2021-03-05", 3), told("ConsentWithdrawn", "2021-03-01", 4)], "återkallat 1 mars 2021"),
    ],
)
def test_the_latest_consent_counts(statements: list[Told], words: str) -> None:
    shown = standing([referral(), *statements], _TODAY)
    assert shown is not None
    assert shown.consent == words


@pytest.mark.parametrize(
    ("facts", "today", "owed"),
    [
        ([scheduled()], date(2021, 9, 30), (Owed(6, date(2021, 9, 30), overdue=False, missed=False),)),
        ([scheduled()], date(2021, 10, 1), (Owed(6, date(2021, 9, 30), overdue=True, missed=False),)),
        ([scheduled(), missed()], _TODAY, (Owed(6, date(2021, 9, 30), overdue=True, missed=True),)),
        ([scheduled(), completed()], _TODAY, ()),
        ([scheduled(), superseded()], _TODAY, ()),
    ],
)
def test_what_is_owed(facts: list[Told], today: date, owed: tuple[Owed, ...]) -> None:
    shown = standing([referral(), *facts], today)
    assert shown is not None
    assert shown.owed == owed
