"""A case's timeline: order, months, late registration, and where the case stands."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import FACT_OF
from services.reporting.web.timeline import DetailsWithheld, Owed, Registered, months, read, situation, without_place

_RULE = {"insats": "finsam-team", "version": 2}
_IDS: dict[str, Any] = {
    "follow_up_id": UUID(int=9),
    "point": "uppfoljning-6",
    "anchor": UUID(int=1),
}
_TODAY = date(2021, 10, 15)


def event(
    kind: str,
    happened_on: str,
    sequence: int = 1,
    recorded: str | None = None,
    *,
    event_id: UUID | None = None,
    taken_back: bool = False,
    **data: Any,
) -> Registered:
    moment = datetime.fromisoformat(recorded) if recorded else datetime.fromisoformat(f"{happened_on}T12:00:00+00:00")
    fact = read(kind, {"happened_on": happened_on, **data})
    assert fact is not None
    source = FACT_OF[kind].sources[0]
    return Registered(fact, source, moment.astimezone(UTC), sequence, event_id, taken_back)


def referral(day: str = "2021-02-01") -> Registered:
    return event(
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


def consent(day: str, sequence: int) -> Registered:
    return event("ConsentGiven", day, sequence, attributes={})


def started(day: str = "2021-04-20") -> Registered:
    return event("InsatsStarted", day, insats="finsam-team", rule=_RULE)


def plan(day: str = "2021-03-31") -> Registered:
    activity = {"activity_id": UUID(int=2), "responsible": "kommun"}
    return event(
        "SamplanUpprättad", day, samplan_id=UUID(int=1), insats="finsam-team", activities=[activity], rule=_RULE
    )


def scheduled(due_on: str = "2021-09-30") -> Registered:
    return event(
        "FollowUpScheduled",
        "2021-03-31",
        months=6,
        nominal_on=due_on,
        due_on=due_on,
        opens_on="2021-09-16",
        closes_on="2021-11-14",
        responsible="koordinator",
        rule=_RULE,
        **_IDS,
    )


def completed() -> Registered:
    return event("FollowUpCompleted", "2021-10-05", months=6, due_on="2021-09-30", timeliness="in_time", **_IDS)


def missed() -> Registered:
    return event("FollowUpMissed", "2021-10-10", months=6, due_on="2021-09-30", **_IDS)


def superseded() -> Registered:
    return event("FollowUpSuperseded", "2021-10-10", months=6, cause="exit", **_IDS)


def accepted(day: str = "2021-02-10") -> Registered:
    return event("ReferralAccepted", day, 3)


_CASE = (referral(), consent("2021-02-01", 2), accepted(), plan(), scheduled(), started(), missed())


@given(st.permutations(_CASE))
def test_the_order_of_arrival_does_not_matter(arrived: list[Registered]) -> None:
    assert months(arrived) == months(_CASE)
    assert situation(arrived, _TODAY) == situation(_CASE, _TODAY)


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
    assert situation([], _TODAY) is None


def test_the_day_of_registration_is_shown_only_when_it_is_another() -> None:
    # 23.30 UTC is already the next day in Sweden.
    late = event("ReferralAccepted", "2021-02-10", recorded="2021-02-10T23:30:00+00:00")
    same = event("ReferralAccepted", "2021-02-10", recorded="2021-02-10T22:30:00+00:00")
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
            [accepted(), started(), event("ParticipantExited", "2021-10-01", insats="finsam-team", rule=_RULE)],
            "avslutad 1 oktober 2021",
        ),
        ([event("ReferralReturned", "2021-02-20", 3, stage="after_acceptance")], "återremitterad 20 februari 2021"),
        (
            [accepted(), event("ReferralReturned", "2021-04-21", 4, stage="after_acceptance")],
            "återremitterad 21 april 2021",
        ),
        # A return appended by a service that had not heard of the start does not count.
        (
            [accepted(), started(), event("ReferralReturned", "2021-04-21", 4, stage="after_acceptance")],
            "deltar sedan 20 april 2021",
        ),
    ],
)
def test_where_the_case_stands(happened: list[Registered], state: str) -> None:
    shown = situation([referral(), *happened], _TODAY)
    assert shown is not None
    assert shown.state == state
    assert shown.insats == "FINSAM-team"
    assert shown.referred_by == "Farsta stadsdelsförvaltning (Stockholms stad)"


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ([], "inte tillfrågad"),
        ([consent("2021-02-01", 2)], "lämnat 1 februari 2021"),
        ([event("ConsentRefused", "2021-02-01", 2)], "lämnas inte"),
        ([consent("2021-02-01", 2), event("ConsentWithdrawn", "2021-03-01", 4)], "återkallat 1 mars 2021"),
        # An answer registered late holds from its day until the next answer: the later day counts.
        ([consent("2021-03-05", 3), event("ConsentWithdrawn", "2021-03-01", 4)], "lämnat 5 mars 2021"),
        ([consent("2021-03-01", 3), event("ConsentWithdrawn", "2021-03-01", 4)], "återkallat 1 mars 2021"),
        ([event("ConsentGiven", "2021-03-01", 3, purpose="earlier_history", attributes={})], "inte tillfrågad"),
    ],
)
def test_the_latest_consent_counts(statements: list[Registered], words: str) -> None:
    shown = situation([referral(), *statements], _TODAY)
    assert shown is not None
    assert shown.consent == words


@pytest.mark.parametrize(
    ("facts", "today", "owed"),
    [
        (
            [scheduled()],
            date(2021, 9, 30),
            (Owed("efter 6 månader", date(2021, 9, 30), overdue=False, missed=False),),
        ),
        ([scheduled()], date(2021, 10, 1), (Owed("efter 6 månader", date(2021, 9, 30), overdue=True, missed=False),)),
        ([scheduled(), missed()], _TODAY, (Owed("efter 6 månader", date(2021, 9, 30), overdue=True, missed=True),)),
        ([scheduled(), completed()], _TODAY, ()),
        ([scheduled(), superseded()], _TODAY, ()),
    ],
)
def test_what_is_owed(facts: list[Registered], today: date, owed: tuple[Owed, ...]) -> None:
    shown = situation([referral(), *facts], today)
    assert shown is not None
    assert shown.owed == owed


def _exit(episode: int, day: str, **more: Any) -> Registered:
    return event("ParticipantExited", day, 9, insats="finsam-team", episode=episode, rule=_RULE, **more)


def _reopened(episode: int, day: str) -> Registered:
    return event("CaseReopened", day, 10, episode=episode)


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        ([_exit(1, "2021-05-01"), _reopened(2, "2021-06-01")], "deltar igen sedan 1 juni 2021"),
        ([_exit(1, "2021-05-01"), _reopened(2, "2021-06-01"), _exit(2, "2021-07-01")], "avslutad 1 juli 2021"),
        ([_exit(1, "2021-05-01", taken_back=True)], "deltar sedan 20 april 2021"),
        (
            [event("CasePutOnHold", "2021-05-02", reason="illness")],
            "deltar sedan 20 april 2021, vilande sedan 2 maj 2021",
        ),
        (
            [event("CasePutOnHold", "2021-05-02", reason="illness"), event("CaseResumed", "2021-05-09")],
            "deltar sedan 20 april 2021",
        ),
    ],
)
def test_a_case_reopened_corrected_or_on_hold(happened: list[Registered], state: str) -> None:
    shown = situation([referral(), accepted(), started(), *happened], _TODAY)
    assert shown is not None
    assert shown.state == state


def test_a_follow_up_reinstated_is_owed_again() -> None:
    again = event("FollowUpReinstated", "2021-10-11", 2, months=6, **_IDS)
    shown = situation([referral(), scheduled(), superseded(), again], _TODAY)
    assert shown is not None
    assert [owed.name for owed in shown.owed] == ["efter 6 månader"]


def test_without_its_place_a_case_tells_no_unit() -> None:
    events = [referral(), accepted(), started()]
    shown, whole = months(without_place(events)), months(events)
    assert "Farsta" in str(whole)
    assert "Farsta" not in str(shown)
    assert shown[0].lines[0].sentence.text == "Anmälan till FINSAM-team kom in från en enhet som inte visas."
    assert [month.lines[1:] for month in shown] == [month.lines[1:] for month in whole]
    where = situation(without_place(events), date(2021, 5, 1))
    assert where is not None
    assert where.referred_by == "en enhet som inte visas"


def test_what_was_registered_in_error_stays_in_the_timeline_and_says_so() -> None:
    [month] = months([_exit(1, "2021-05-01", taken_back=True)])
    assert [line.taken_back for line in month.lines] == [True]


def test_a_reason_released_later_is_shown_where_it_was_withheld() -> None:
    exit_id = UUID(int=77)
    details = {"happened_on": "2021-06-01", "event_id": str(exit_id), "reason": "work", "national_code": "1"}
    fact = read("PlanningDetailsReleased", details)
    assert fact is not None
    later = Registered(fact, "/samspel/planning", datetime(2021, 6, 1, tzinfo=UTC), 11)
    lines = [line for month in months([_exit(1, "2021-05-01", event_id=exit_id), later]) for line in month.lines]
    assert lines[0].sentence.text == "Avslutade FINSAM-team. Orsak: arbete (nationell kod 1)."


def test_details_released_that_may_not_be_shown_any_more_leave_their_line() -> None:
    shown = read("FollowUpDetailsReleased", {"happened_on": "2021-06-01", "months": 6})
    assert shown == DetailsWithheld("FollowUpDetailsReleased", date(2021, 6, 1))


def _mia(day: str = "2021-02-01") -> Registered:
    return event(
        "ReferralReceived",
        day,
        person_id=UUID(int=5),
        insats="mia-vidare",
        agency="stockholms-stad",
        unit="farsta",
        unit_kind="district",
        sex="man",
        rule={"insats": "mia-vidare", "version": 1},
    )


def test_a_closed_sip_says_why_once_that_is_released_and_its_activities_are_known() -> None:
    rule, activity = {"insats": "samsip", "version": 1}, {"activity_id": UUID(int=2), "responsible": "region"}
    made = event(
        "CoordinatedPlanMade",
        "2021-03-16",
        plan_id=UUID(int=1),
        call_id=UUID(int=3),
        activities=[activity],
        rule=rule,
    )
    closed = event("CoordinatedPlanClosed", "2021-09-01", 2, event_id=UUID(int=4), plan_id=UUID(int=1), rule=rule)
    kinds = [{"activity_id": UUID(int=2), "kind": "health_care_contact"}]
    data = {"happened_on": "2021-09-02", "event_id": UUID(int=4), "activities": kinds, "reason": "goals_met"}
    fact = read("PlanningDetailsReleased", data)
    assert fact is not None
    released = Registered(fact, closed.source, datetime(2021, 9, 2, 12, tzinfo=UTC), 3)
    lines = [line.sentence.text for month in months([_mia(), made, closed, released]) for line in month.lines]
    assert "Samordnad individuell plan upprättad med 1 aktivitet: kontakt med vården (regionen)." in lines
    assert "Samordnad individuell plan avslutad. Orsak: målen uppfyllda och inget samordningsbehov." in lines
