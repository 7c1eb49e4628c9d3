"""The play of 2019: what the report of 2021 compares Samordnat stöd with comes out of the plan."""

from deploy.demo.days import is_working_day
from deploy.demo.expected import percent_half_up
from deploy.demo.figures import published
from deploy.demo.lives import steps
from deploy.demo.plays import SAMORDNAT_2019
from deploy.demo.samordnat_2019 import FIRST_DAY, LAST_DAY, build


def _counted(seed: int) -> dict[str, int]:
    activities = [each for life in build(seed).lives if life.samplan for each in life.samplan.activities]
    attended = [each.attended for each in activities if each.attended]
    offered = sum(each.offered for each in attended)
    return {
        "samordnat_stod.passed_a_course.total": sum(each.kind == "course" for each in activities),
        "samordnat_stod.hours_attended.percent": percent_half_up(
            round(sum(each.attended for each in attended)), round(offered)
        ),
        "samordnat_stod.hours_offered.minutes_per_week": round(60 * offered / sum(each.weeks for each in attended)),
    }


def test_the_figures_come_out_as_printed_whatever_the_seed() -> None:
    printed = {line.id: line.published for line in published(SAMORDNAT_2019.figures).lines}
    assert printed == _counted(2019) == _counted(7)


def test_every_step_is_on_a_working_day_and_nobody_is_attended_more_than_offered() -> None:
    assert build() == build()
    for life in build().lives:
        days = [step.on for step in steps(life)]
        assert days == sorted(days)
        assert all(FIRST_DAY <= day <= LAST_DAY and is_working_day(day) for day in days)
        for activity in life.samplan.activities if life.samplan else ():
            assert activity.attended is None or activity.attended.attended <= activity.attended.offered
