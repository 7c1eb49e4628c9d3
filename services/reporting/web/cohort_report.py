"""Kohorter: what became of those who started, and of those who were referred, in a period, as tables. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias

from contracts.catalogue import INSATSER
from services.reporting.domain.cohorts import (
    MONTHS,
    WEEKS,
    Course,
    Point,
    Reckoning,
    curve,
    median_days,
    months_after,
    size,
    weeks_after,
)
from services.reporting.domain.definitions import definition
from services.reporting.domain.figures import BySex, half_up
from services.reporting.domain.report import insats_name
from services.reporting.domain.values import Nothing, Number, Share, Value
from services.reporting.indicators import DECLARED
from services.reporting.web.charts import LinePoint
from services.reporting.web.linked_tables import Places
from services.reporting.web.tables import BY_SEX, SEXES, Cell, Row, Table

_OLD_ENOUGH: Final = "Gamla nog"
_COMPARED_MONTHS: Final = (6, 12, 24)
_COMPARED_WEEKS: Final = (4, 12, 26)

Courses: TypeAlias = Mapping[str, Sequence[Course]]
"""Courses by what is asked of them."""


class Curves(StrEnum):
    """Which curves a chart is of."""

    SINCE_START = "start"
    SINCE_REFERRAL = "anmalan"


STEPS: Final[Mapping[Curves, str]] = {
    Curves.SINCE_START: "Månader efter starten",
    Curves.SINCE_REFERRAL: "Veckor efter anmälan",
}
"""What the steps of a chart are."""

_ASKED: Final = {
    Curves.SINCE_START: (
        ("exited", "Avslutade"),
        ("to_work_or_studies", "Till arbete eller studier"),
        ("followed_up", "Uppföljda någon gång"),
    ),
    Curves.SINCE_REFERRAL: (("started", "Startade"), ("ended_otherwise", "Avslutade utan start")),
}
_STEPS_OF: Final = {Curves.SINCE_START: MONTHS, Curves.SINCE_REFERRAL: WEEKS}
_LAST_OF: Final[Mapping[Curves, Reckoning]] = {
    Curves.SINCE_START: months_after,
    Curves.SINCE_REFERRAL: weeks_after,
}


@dataclass(frozen=True)
class Cohorts:
    """Those who started and those who were referred in a period, and the last day that counts."""

    participations: Courses
    referrals: Courses
    today: date

    def of(self, insats: str | None) -> "Cohorts":
        """Those of one insats; of None all."""
        if insats is None:
            return self
        return Cohorts(_only(insats, self.participations), _only(insats, self.referrals), self.today)

    def insatser(self) -> list[str]:
        """The insatser of which there are any, by their names."""
        found = {each.insats for courses in (self.participations, self.referrals) for each in _any_of(courses)}
        return sorted(found, key=insats_name)


def cohort_tables(cohorts: Cohorts, places: Places) -> tuple[Table, ...]:
    """The tables of the page, in their order."""
    shown = cohorts.of(places.insats)
    compared = () if places.insats is not None else (_exits_by_insats(cohorts), _waits_by_insats(cohorts))
    return (
        _sizes(shown, places),
        *_curves(shown, Curves.SINCE_START),
        *_curves(shown, Curves.SINCE_REFERRAL),
        *compared,
    )


def points(cohorts: Cohorts, curves: Curves) -> list[LinePoint]:
    """The points of a chart: whole per cent of the cohort, at each step for which all are old enough."""
    return [
        LinePoint(point.step, line.label, percent)
        for line in _lines(cohorts, curves)
        for point in line.points
        if point.reached is not None and (percent := half_up(point.reached.total, point.old_enough)) is not None
    ]


def notes(cohorts: Cohorts) -> tuple[str, ...]:
    """That a cohort is too young for a curve, where it is."""
    return tuple(
        f"{STEPS[curves]}: alla har inte hunnit ett steg än. Välj en tidigare period."
        for curves in Curves
        if size(_any_of(_courses_of(cohorts, curves))).total and not has_curve(cohorts, curves)
    )


def has_curve(cohorts: Cohorts, curves: Curves) -> bool:
    """Whether all are old enough for more than the first step."""
    return len({point.step for point in points(cohorts, curves)}) > 1


@dataclass(frozen=True)
class _Line:
    """One curve: what it is of, and its points."""

    label: str
    whole: BySex
    points: tuple[Point, ...]


def _lines(cohorts: Cohorts, curves: Curves) -> list[_Line]:
    courses, last_of = _courses_of(cohorts, curves), _LAST_OF[curves]
    return [
        _Line(label, size(courses[name]), curve(courses[name], _STEPS_OF[curves], last_of, cohorts.today))
        for name, label in _ASKED[curves]
    ]


def _courses_of(cohorts: Cohorts, curves: Curves) -> Courses:
    match curves:
        case Curves.SINCE_START:
            return cohorts.participations
        case Curves.SINCE_REFERRAL:
            return cohorts.referrals


def _sizes(cohorts: Cohorts, places: Places) -> Table:
    """Who is in the cohorts, what they have come to so far, and the median waiting of all who were referred."""
    started, referred = cohorts.participations["exited"], cohorts.referrals["started"]
    ended = cohorts.referrals["ended_otherwise"]
    rows = (
        _numbers("Startade under perioden", size(started), places, "started"),
        _numbers("Anmälda under perioden", size(referred), places, "referrals"),
        _numbers("Anmälda som har startat", _reached(referred)),
        _numbers("Anmälda som avslutats utan start", _reached(ended)),
        _numbers("Anmälda som väntar", size(referred) - _reached(referred) - _reached(ended)),
        Row("Mediandagar till start, alla anmälda", tuple(_medians(referred, cohorts.today))),
    )
    defined = tuple(definition(DECLARED.indicators[each]) for each in ("started", "referrals"))
    return Table("Kohorterna", BY_SEX, rows, defined)


def _numbers(label: str, counted: BySex, places: Places | None = None, indicator: str = "") -> Row:
    """A row by sex; of a declared figure the total leads to its cases."""
    cells = [Cell(Number(number=getattr(counted, sex))) for sex in SEXES]
    if places is not None and counted.total:
        cells[-1] = Cell(cells[-1].value, href=places.of(indicator))
    return Row(label, tuple(cells))


def _reached(courses: Sequence[Course]) -> BySex:
    return size(each for each in courses if each.reached is not None)


def _medians(referred: Sequence[Course], today: date) -> Iterator[Cell]:
    for sex in ("woman", "man", "other", "unknown"):
        yield _median([each for each in referred if each.sex == sex], today)
    yield _median(referred, today)


def _median(courses: Sequence[Course], today: date) -> Cell:
    days = median_days(courses, today)
    return Cell(Nothing() if days is None else Number(number=days))


def _curves(cohorts: Cohorts, curves: Curves) -> Iterator[Table]:
    """All curves of a cohort together, with how many are old enough; and each by sex."""
    lines = _lines(cohorts, curves)
    rows = [
        Row(
            _step(steps[0], curves),
            (
                *(Cell(_shared(each.reached, line.whole, "total")) for line, each in zip(lines, steps, strict=True)),
                Cell(Number(number=steps[0].old_enough)),
            ),
        )
        for steps in zip(*(line.points for line in lines), strict=True)
        if steps[0].old_enough
    ]
    yield Table(f"{STEPS[curves]}: alla", (*(line.label for line in lines), _OLD_ENOUGH), tuple(rows), ())
    for line in lines:
        by_sex = (
            Row(_step(each, curves), tuple(Cell(_shared(each.reached, line.whole, sex)) for sex in SEXES))
            for each in line.points
            if each.reached is not None and line.whole.total
        )
        yield Table(f"{line.label}, {STEPS[curves].lower()}", BY_SEX, tuple(by_sex), ())


def _step(point: Point, curves: Curves) -> str:
    return f"{point.step} {STEPS[curves].lower().partition(' ')[0]}"


def _shared(reached: BySex | None, whole: BySex, sex: str) -> Value:
    if reached is None or not getattr(whole, sex):
        return Nothing()
    return Share(part=getattr(reached, sex), whole=getattr(whole, sex), beside="part")


def _exits_by_insats(cohorts: Cohorts) -> Table:
    """How large a share had left by some months, of those who started in each insats."""
    rows = []
    for insats in cohorts.insatser():
        courses = cohorts.of(insats).participations["exited"]
        cells = _at(courses, _COMPARED_MONTHS, months_after, cohorts.today)
        rows.append(Row(insats_name(insats), (_counted(courses), *cells), insats=_linked(insats)))
    columns = ("Startade", *(f"Inom {months} månader" for months in _COMPARED_MONTHS))
    return Table("Insatserna: avslutade efter starten", columns, tuple(rows), ())


def _waits_by_insats(cohorts: Cohorts) -> Table:
    """How large a share had started by some weeks, of those who were referred to each insats."""
    rows = []
    for insats in cohorts.insatser():
        courses = cohorts.of(insats).referrals["started"]
        cells = _at(courses, _COMPARED_WEEKS, weeks_after, cohorts.today)
        median = _median(courses, cohorts.today)
        rows.append(Row(insats_name(insats), (_counted(courses), *cells, median), insats=_linked(insats)))
    columns = ("Anmälda", *(f"Inom {weeks} veckor" for weeks in _COMPARED_WEEKS), "Mediandagar")
    return Table("Insatserna: startade efter anmälan", columns, tuple(rows), ())


def _at(courses: Sequence[Course], steps: Sequence[int], last_of: Reckoning, today: date) -> Iterator[Cell]:
    whole = size(courses)
    for point in curve(courses, steps, last_of, today):
        yield Cell(_shared(point.reached, whole, "total"))


def _counted(courses: Sequence[Course]) -> Cell:
    return Cell(Number(number=size(courses).total))


def _linked(insats: str) -> str | None:
    return insats if insats in INSATSER else None


def _only(insats: str, whole: Courses) -> Courses:
    return {name: [each for each in courses if each.insats == insats] for name, courses in whole.items()}


def _any_of(courses: Courses) -> Sequence[Course]:
    """The same people are in each of the courses."""
    return next(iter(courses.values()))
