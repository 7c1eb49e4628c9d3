"""What an exit, a return and a reopening do to what is owed."""

from datetime import date, timedelta

from contracts.catalogue import INSATSER
from contracts.codes import SupersededBy, Timeliness
from contracts.planning import CaseReopened, InsatsStarted, ParticipantExited, PlanningEnded
from contracts.referral import RuleRef
from services.followup.domain.ledger import Ledger
from services.followup.domain.time_limits import Catalogue
from tests.catalogue import superseded_by_exit
from tests.unit.followup.story import (
    CLOSES,
    FINSAM,
    MISSED_FROM,
    OPENS,
    PLAN_DAY,
    SCHEDULED,
    after,
    completed,
    conclusions,
    folded,
    logged,
    opened,
    plan,
    scheduled,
    superseded,
)

DAY = timedelta(days=1)
TAKES_AWAY: Catalogue = {"finsam-team": superseded_by_exit(INSATSER["finsam-team"])}
TWO = scheduled()[2]


def left(day: date, rule: RuleRef = FINSAM) -> ParticipantExited:
    return ParticipantExited(happened_on=day, insats=rule.insats, rule=rule)


def ledger(day: date) -> Ledger:
    """What has been appended of the plan's follow-ups by a day."""
    return after(Ledger(), conclusions([plan()], Ledger(), day, TAKES_AWAY))


def test_where_the_catalogue_says_so_an_exit_ends_all_that_is_owed_with_the_exit_as_the_cause() -> None:
    day = OPENS - DAY
    facts = [plan(), left(day)]
    found = conclusions(facts, ledger(day), day, TAKES_AWAY)
    assert [each.fact for each in found] == [superseded(day, terms) for terms in scheduled().values()]
    assert {each.cause for each in found} == {logged(*facts)[1].id}


def test_an_exit_heard_of_late_says_first_what_was_true_before_it_and_nothing_that_came_after() -> None:
    facts = [plan(), left(OPENS)]
    found = conclusions(facts, ledger(PLAN_DAY), CLOSES + 100 * DAY, TAKES_AWAY)
    six = [each.fact for each in found if getattr(each.fact, "follow_up_id", None) == SCHEDULED.follow_up_id]
    assert six == [opened(), superseded(OPENS)]


def test_a_completed_follow_up_stays_completed() -> None:
    held = folded(folded(None, SCHEDULED), completed(OPENS, Timeliness.IN_TIME))
    known = Ledger({**ledger(OPENS).follow_ups, SCHEDULED.follow_up_id: held})
    found = conclusions([plan(), left(OPENS)], known, OPENS, TAKES_AWAY)
    assert SCHEDULED.follow_up_id not in {each.fact.model_dump().get("follow_up_id") for each in found}


def test_a_reopening_makes_what_the_exit_took_away_owed_again() -> None:
    facts = [plan(), left(OPENS - 10 * DAY), CaseReopened(happened_on=OPENS - DAY, episode=2)]
    taken = after(ledger(OPENS - 10 * DAY), conclusions(facts[:2], ledger(OPENS - 10 * DAY), OPENS, TAKES_AWAY))
    found = conclusions(facts, taken, OPENS - DAY, TAKES_AWAY)
    assert {each.fact.wire_name() for each in found} >= {"FollowUpReinstated"}
    again = after(taken, found)
    assert {each.state for each in again.follow_ups.values()} == {"owed"}
    assert conclusions(facts, again, OPENS - DAY, TAKES_AWAY) == []


def test_a_return_ends_what_is_owed_in_every_insats() -> None:
    known = after(Ledger(), conclusions([plan()], Ledger(), PLAN_DAY))
    ended = PlanningEnded(happened_on=PLAN_DAY + DAY, insats="finsam-team")
    found = conclusions([plan(), ended], known, PLAN_DAY + DAY)
    assert [each.fact for each in found] == [
        superseded(PLAN_DAY + DAY, terms, SupersededBy.RETURN) for terms in scheduled().values()
    ]


def _repeating() -> InsatsStarted:
    """A start in an insats whose rule has a follow-up that repeats, counted from the start."""
    for insats in INSATSER.values():
        for rule in insats.versions:
            for point in rule.follow_ups:
                if point.anchor == "start" and point.every_months is not None:
                    ref = RuleRef(insats=insats.id, version=rule.version)
                    return InsatsStarted(happened_on=date(2021, 1, 4), insats=insats.id, rule=ref)
    raise AssertionError("the catalogue has no follow-up that repeats from the start")


def test_a_follow_up_that_repeats_is_scheduled_one_ahead_and_ends_with_the_stay() -> None:
    start = _repeating()
    year = date(2022, 1, 31)
    known = after(Ledger(), conclusions([start], Ledger(), year))
    assert len(known.follow_ups) > 1
    assert max(each.terms.opens_on for each in known.follow_ups.values()) > year
    exited = ParticipantExited(happened_on=date(2021, 6, 1), insats=start.insats, rule=start.rule)
    found = [each.fact for each in conclusions([start, exited], known, year)]
    later = {
        each.terms.follow_up_id for each in known.follow_ups.values() if each.terms.nominal_on > date(2021, 6, 1)
    }
    gone = [fact for fact in found if fact.wire_name() == "FollowUpSuperseded"]
    assert {fact.model_dump()["follow_up_id"] for fact in gone} == later
    assert {fact.model_dump()["cause"] for fact in gone} == {SupersededBy.EXIT}
    ended = after(known, conclusions([start, exited], known, year))
    assert conclusions([start, exited], ended, year + 900 * DAY) == []


def test_missed_stays_missed_when_the_exit_comes_after() -> None:
    known = ledger(MISSED_FROM)
    gone = after(known, conclusions([plan(), left(MISSED_FROM)], known, MISSED_FROM, TAKES_AWAY))
    assert gone.follow_ups[SCHEDULED.follow_up_id].missed_on == MISSED_FROM
    assert TWO.follow_up_id in gone.follow_ups
