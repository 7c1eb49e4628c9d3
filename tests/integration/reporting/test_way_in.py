"""The way in to an insats, counted of a whole case: who was referred when, was assigned, returned, started."""

from datetime import date

import pytest

from contracts import events
from contracts.catalogue import INSATSER
from contracts.codes import MeetingMode, Member, Sex
from services.chassis.database import Connection
from services.reporting import store
from services.reporting.domain.figures import InsatsReferrals
from services.reporting.domain.periods import year_period
from tests.integration.reporting.facts import empty, ingest_values
from tests.stories.process import Person, Process

_WOMAN = Person(Sex.WOMAN, 40, (Member.KOMMUN,))


async def _way_in(connection: Connection, process: Process, year: int) -> InsatsReferrals:
    await empty(connection)
    await ingest_values(connection, [events.encode(each) for each in process.log])
    figures = await store.period_figures(connection, year_period(year))
    return next(each for each in figures.referrals if each.id == process.insats.id)


def _assigned_in_2021() -> Process:
    """Referred in 2020; in 2021 she meets them, is assigned two case managers, one after the other, and goes back."""
    process = Process(INSATSER["mia-vidare"])
    process.refer(date(2020, 12, 14), _WOMAN, "health_care")
    process.accept(date(2021, 1, 11))
    process.book(date(2021, 1, 11), "introduktionsmote", date(2021, 1, 18), MeetingMode.PHONE, None)
    process.hold(date(2021, 1, 18), "introduktionsmote")
    process.support(date(2021, 1, 18), "case-manager", "cm-1")
    process.support(date(2021, 2, 1), "case-manager", "cm-2")
    process.send_back(date(2021, 3, 1), "not_relevant")
    return process


async def test_each_step_belongs_to_the_year_of_its_own_day(connection: Connection) -> None:
    before, after = [await _way_in(connection, _assigned_in_2021(), year) for year in (2020, 2021)]
    assert before.assigned is not None
    assert after.assigned is not None
    assert (before.referred.women, before.assigned.total, before.returned.total) == (1, 0, 0)
    assert (after.referred.total, after.assigned.women, after.returned.women) == (0, 1, 1), "one person, two managers"
    assert before.referred_by["health_care"].women == 1


async def test_who_started_was_not_returned(connection: Connection) -> None:
    process = Process(INSATSER["aktivitetsplatsen"])
    process.refer(date(2021, 2, 15), Person(Sex.MAN, 50, (Member.REGION,)), "forsakringskassan")
    process.accept(date(2021, 3, 1))
    process.start(date(2021, 3, 8))
    found = await _way_in(connection, process, 2021)
    assert (found.started.men, found.returned.total, found.assigned) == (1, 0, None)


@pytest.mark.parametrize(
    ("day", "season"),
    [
        (date(2021, 1, 4), "spring"),
        (date(2021, 6, 30), "spring"),
        (date(2021, 7, 1), "autumn"),
        (date(2021, 12, 31), "autumn"),
        (date(2024, 6, 30), "spring"),
        (date(2024, 7, 1), "autumn"),
    ],
)
async def test_the_year_is_halved_between_june_and_july(connection: Connection, day: date, season: str) -> None:
    process = Process(INSATSER["aktivitetsplatsen"])
    process.refer(day, _WOMAN, "jobbtorg")
    found = await _way_in(connection, process, day.year)
    assert {name: each.total for name, each in found.referred_in.items() if each.total} == {season: 1}
    assert found.referred_by["municipality"].total == 1
