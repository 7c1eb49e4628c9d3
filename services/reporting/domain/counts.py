"""From what was counted to a year's figures. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from contracts.catalogue import INSATSER
from contracts.codes import Sex
from services.reporting.domain.figures import (
    COUNTED_OF_STAYS,
    BySex,
    ExitReasons,
    Figures,
    FinsamTeam,
    InsatsFigures,
    Meetings,
    NoneByReason,
    SixMonth,
    Stay,
    half_up,
)

# Counts by sex; None is the total, counted by itself.
SexCounts: TypeAlias = Mapping[Sex | None, int]


@dataclass(frozen=True)
class StayCounts:
    """Participations of a year in one insats (None: in all) with one sex (None: with any)."""

    insats: str | None
    sex: Sex | None
    participants: int
    without_consent: int
    carried_in: int
    started: int
    exited: int
    reason_1: int
    reason_2: int
    reason_3: int
    other: int
    exited_without_consent: int
    not_stated: int
    open_at_year_end: int


@dataclass(frozen=True)
class SixMonthCounts:
    """Six-month follow-ups held in a year."""

    total: int
    all: int
    some: int
    none: int
    without_consent: int
    not_stated: int
    none_under_way: int
    none_not_reachable: int
    none_plan_not_feasible: int


@dataclass(frozen=True)
class FinsamCounts:
    """What was counted of FINSAM-team in a year."""

    teams: int
    plans: SexCounts
    met_and_planned: SexCounts
    meetings: int
    meetings_by_districts: int
    six_month: SixMonthCounts
    lots: SexCounts
    lots_assigned: SexCounts
    max_cases_per_session: int


def year_figures(year: int, as_of: datetime | None, stays: Iterable[StayCounts], finsam: FinsamCounts) -> Figures:
    """Puts counts together. Raises pydantic.ValidationError where parts do not sum to their total."""
    by_insats: dict[str | None, dict[Sex | None, StayCounts]] = {}
    for counts in stays:
        by_insats.setdefault(counts.insats, {})[counts.sex] = counts
    insatser = [
        InsatsFigures(id=insats, name=insats_name(insats), **_stay(counts))
        for insats, counts in by_insats.items()
        if insats is not None
    ]
    return Figures(
        year=year,
        as_of=as_of,
        interventions=len(insatser),
        totals=Stay(**_stay(by_insats.get(None, {}))),
        insatser=tuple(sorted(insatser, key=lambda insats: insats.name)),
        finsam_team=_finsam(finsam),
    )


def by_sex(counts: SexCounts) -> BySex:
    """Counts as a row of the report. Raises pydantic.ValidationError if they do not sum to their total."""
    return BySex(
        women=counts.get(Sex.WOMAN, 0),
        men=counts.get(Sex.MAN, 0),
        other=counts.get(Sex.OTHER, 0),
        unknown=counts.get(Sex.UNKNOWN, 0),
        total=counts.get(None, 0),
    )


def insats_name(insats: str) -> str:
    """The insats' name; its id if the catalogue no longer has it."""
    return INSATSER[insats].name if insats in INSATSER else insats


def _stay(counts: Mapping[Sex | None, StayCounts]) -> dict[str, Any]:
    def row(name: str) -> BySex:
        return by_sex({sex: getattr(each, name) for sex, each in counts.items()})

    reasons = ExitReasons(
        reason_1=row("reason_1"),
        reason_2=row("reason_2"),
        reason_3=row("reason_3"),
        other=row("other"),
        without_consent=row("exited_without_consent"),
        not_stated=row("not_stated"),
    )
    return {name: row(name) for name in COUNTED_OF_STAYS} | {"exit_reasons": reasons}


def _finsam(counts: FinsamCounts) -> FinsamTeam:
    return FinsamTeam(
        teams=counts.teams,
        plans=by_sex(counts.plans),
        met_and_planned=by_sex(counts.met_and_planned),
        meetings=Meetings(
            district=counts.meetings_by_districts,
            others=counts.meetings - counts.meetings_by_districts,
            total=counts.meetings,
        ),
        six_month=_six_month(counts.six_month),
        lots=by_sex(counts.lots),
        lots_assigned=by_sex(counts.lots_assigned),
        max_cases_per_session=counts.max_cases_per_session,
    )


def _six_month(counts: SixMonthCounts) -> SixMonth:
    explained = counts.none_under_way + counts.none_not_reachable + counts.none_plan_not_feasible
    return SixMonth(
        total=counts.total,
        all=counts.all,
        some=counts.some,
        none=counts.none,
        without_consent=counts.without_consent,
        not_stated=counts.not_stated,
        none_by_reason=NoneByReason(
            under_way=counts.none_under_way,
            not_reachable=counts.none_not_reachable,
            plan_not_feasible=counts.none_plan_not_feasible,
            not_stated=counts.none - explained,
        ),
        percent_all=half_up(counts.all, counts.total),
    )
