"""Sundsvall's play: what is printed for 2023 comes out of the plan, counted without any service."""

from collections import Counter
from collections.abc import Iterator

from contracts.catalogue import AGENCIES, INSATSER
from contracts.catalogue.plan_forms import initiators
from contracts.codes import EnrolmentOutcome, Sex
from deploy.demo.act_course import GROUPS, SEATS
from deploy.demo.days import is_working_day
from deploy.demo.figures import published
from deploy.demo.lives import Course, Job, Life, steps
from deploy.demo.plays import SUNDSVALL_2023
from deploy.demo.population import Population
from deploy.demo.sundsvall import FIRST_DAY, LAST_DAY, build

_EMPLOYMENTS = "arbetsformedlare_amt.employments."
_SEXES = {Sex.WOMAN: "women", Sex.MAN: "men"}


def _counted(population: Population) -> Counter[str]:
    """Every line that is not nought, by its id."""
    lines: Counter[str] = Counter()
    for life in population.lives:
        lines.update(_EMPLOYMENTS + line for job in life.jobs for line in _of_job(job))
        if life.course is not None:
            lines.update(_of_the_course(life, life.course))
            continue
        sip = life.sip
        if sip is None:
            continue
        lines["sip_samordnare.sip_meetings.total"] += 1
        if not sip.coordinator:
            lines["sip_samordnare.sip_without_coordinator.total"] += 1
            continue
        lines["sip_samordnare.sip_with_coordinator.total"] += 1
        lines[f"sip_samordnare.sip_with_coordinator.{_SEXES[life.sex]}"] += 1
        lines[f"sip_samordnare.sip_with_coordinator_by.{sip.initiator}.total"] += 1
    return lines


def _of_job(job: Job) -> Iterator[str]:
    """The lines that a decision about an employment is counted in."""
    when = "new" if job.prolongs == "nothing" else "extension"
    yield "total"
    yield f"by_support.{job.support}.total"
    yield "kom_i_jobb.total" if job.kom_i_jobb else "other_employers.total"
    if job.support == "wage_subsidy":
        yield f"{when}_wage_subsidy.total"
        if not job.kom_i_jobb:
            yield "other_employers_wage_subsidy.total"


def _of_the_course(life: Life, course: Course) -> Iterator[str]:
    sex = _SEXES[life.sex]
    yield from (f"act_kurs.groups_took_part.{each}" for each in (sex, "total"))
    if course.outcome is EnrolmentOutcome.COMPLETED:
        yield from (f"act_kurs.groups_completed.{each}" for each in (sex, "total"))
    else:
        yield "act_kurs.groups_dropped_out.total"
    if course.registers:
        yield "act_kurs.groups_started.total"
        yield from ("act_kurs.groups_sessions_held.total" for _ in course.registers)


def test_the_figures_come_out_as_printed_whatever_the_seed() -> None:
    printed = {line.id: line.published for line in published(SUNDSVALL_2023.figures).lines}
    for seed in (2023, 7):
        assert _counted(build(seed)) == printed


def test_the_same_seed_gives_the_same_people() -> None:
    assert build() == build()
    assert build(seed=1) != build()


def test_every_step_is_on_a_working_day_of_the_year_and_in_order() -> None:
    may_initiate = initiators(INSATSER["sip-samordnare"].versions[0])
    for life in build().lives:
        assert life.agency in AGENCIES
        assert life.accepted_on is not None
        assert life.referral.referred_on <= life.accepted_on
        if life.sip is not None:
            assert life.sip.initiator in may_initiate
            assert life.accepted_on < life.sip.called_on < life.sip.met_on
        days = [step.on for step in steps(life)]
        assert days == sorted(days)
        assert all(FIRST_DAY <= day <= LAST_DAY and is_working_day(day) for day in days)


def test_whoever_is_in_the_course_gets_the_seat_in_its_window_and_no_group_is_overbooked() -> None:
    seats: Counter[int] = Counter()
    for life in build().lives:
        if life.course is None:
            continue
        group = GROUPS[life.course.group]
        assert group.opens_on <= life.referral.referred_on <= life.course.enrolled_on <= group.closes_on
        assert {day for day, _ in life.course.came} <= set(group.days)
        assert [step.path for step in steps(life)][-1].endswith("/exit")
        seats[life.course.group] += 1
    assert set(seats.values()) == {8}
    assert max(seats.values()) <= SEATS
