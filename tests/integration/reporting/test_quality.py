"""What is said of the data behind figures: counted anew, event by event, from the same events."""

import json
from dataclasses import replace
from datetime import date, datetime
from statistics import median_low

from contracts import topics
from contracts.events import local_date
from services.chassis.database import Connection
from services.reporting import store
from services.reporting.domain import quality
from services.reporting.domain.periods import year_period
from tests.bench.rebuild_events import AppendedEvent
from tests.integration.reporting.facts import cases, changed, ingest

_PERIOD = year_period(2021)


async def test_lateness_is_of_what_people_registered_by_type(connection: Connection) -> None:
    appended = [_registered_by_somebody(each) for each in cases(seed=31, count=60)]
    await ingest(connection, appended)
    days: dict[str, list[int]] = {}
    for each in appended:
        event = json.loads(each.value)
        happened_on = date.fromisoformat(event["data"]["happened_on"])
        by_people = event["actor"].startswith(("worker:", "agency:")) or event["actor"] == "person"
        if happened_on.year == 2021 and by_people:
            recorded = local_date(datetime.fromisoformat(event["recordedtime"]))
            days.setdefault(event["type"], []).append((recorded - happened_on).days)
    assert len(days) > 5

    found = await store.lateness(connection, _PERIOD)

    assert {each.type: (each.registered, each.median_days) for each in found} == {
        kind: (len(late), median_low(late)) for kind, late in days.items()
    }
    assert {each.type: (each.over_a_week, each.over_a_month) for each in found} == {
        kind: (sum(day > 7 for day in late), sum(day > 30 for day in late)) for kind, late in days.items()
    }


def _registered_by_somebody(each: AppendedEvent) -> AppendedEvent:
    """The invented events are all a timer's; here those of other services than the follow-ups' are somebody's."""
    if each.topic == topics.FOLLOWUP:
        return each
    who = b"agency:stockholms-stad" if each.topic == topics.REFERRAL else b"worker:ada:coordinator"
    assert b'"actor":"timer"' in each.value
    return replace(each, value=each.value.replace(b'"actor":"timer"', b'"actor":"%s"' % who))


async def test_follow_ups_that_were_not_recorded_are_the_rest_of_those_due(connection: Connection) -> None:
    await ingest(connection, cases(seed=32, count=60))
    counts = await store.period_counts(connection, _PERIOD)
    due = list(quality.follow_ups_due(counts))
    never_held = "SELECT count(*) FROM follow_up WHERE decided_on BETWEEN $1 AND $2 AND completed_on IS NULL"
    assert sum(each.not_held for each in due) == await connection.fetchval(never_held, _PERIOD.first, _PERIOD.last)
    assert sum(each.due for each in due) == counts["follow_ups"].total() > 0


async def test_what_is_not_known_is_what_the_cells_count_so(connection: Connection) -> None:
    appended = cases(seed=33, count=60)
    referred = [each for each in appended if b'"ReferralReceived"' in each.value]
    unknown = {each: replace(each, value=changed(each, sex="unknown")) for each in referred[::4]}
    await ingest(connection, [unknown.get(each, each) for each in appended])
    counts = await store.period_counts(connection, _PERIOD)
    found = list(quality.missing(counts))
    assert found
    for each in found:
        cell = counts[each.indicator.id].total(**{each.breakdown.id: each.breakdown.rest.id})
        assert 0 < each.count == cell <= each.whole
    shares = [each.count / each.whole for each in found]
    assert shares == sorted(shares, reverse=True)
