"""A year's report from what was counted of its indicators: which indicator stands where. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.catalogue import INSATSER
from contracts.codes import Sex
from services.reporting.domain.counted import Counted
from services.reporting.domain.definitions import definition
from services.reporting.domain.figures import (
    COUNTED_OF_STAYS,
    BySex,
    ExitReasons,
    Figures,
    FinsamTeam,
    InsatsFigures,
    InsatsReferrals,
    Meetings,
    NoneByReason,
    SixMonth,
    Stay,
    half_up,
)


def year_figures(year: int, as_of: datetime | None, counts: Mapping[str, Counted]) -> Figures:
    """The report of a year. Raises pydantic.ValidationError where figures contradict each other."""
    insatser = [
        InsatsFigures(id=insats, name=insats_name(insats), **_stay(counts, insats=insats))
        for insats in counts["participants"].rows("insats")
    ]
    return Figures(
        year=year,
        as_of=as_of,
        interventions=counts["interventions"].total(),
        totals=Stay(**_stay(counts)),
        insatser=tuple(sorted(insatser, key=lambda insats: insats.name)),
        finsam_team=_finsam(counts),
        referrals=_referrals(counts),
        definitions=tuple(definition(each.indicator) for each in counts.values()),
    )


def by_sex(counted: Counted, **group: str) -> BySex:
    """An indicator as a row of the report."""
    return BySex(
        women=counted.total(sex=Sex.WOMAN, **group),
        men=counted.total(sex=Sex.MAN, **group),
        other=counted.total(sex=Sex.OTHER, **group),
        unknown=counted.total(sex=Sex.UNKNOWN, **group),
        total=counted.total(**group),
    )


def insats_name(insats: str) -> str:
    """The insats' name; its id if the catalogue no longer has it."""
    return INSATSER[insats].name if insats in INSATSER else insats


def _stay(counts: Mapping[str, Counted], **insats: str) -> dict[str, Any]:
    exits = counts["exit_reasons"]
    reasons = {reason: by_sex(exits, exit_reason=reason, **insats) for reason in exits.rows("exit_reason")}
    counted = {name: by_sex(counts[name], **insats) for name in COUNTED_OF_STAYS}
    return counted | {"exit_reasons": ExitReasons(**reasons)}


def _referrals(counts: Mapping[str, Counted]) -> tuple[InsatsReferrals, ...]:
    """The way in to each insats for individuals, and to any other that something was counted of, by their names."""
    counted = {insats for name in ("referrals", "returned", "started") for insats in counts[name].rows("insats")}
    counted |= {insats.id for insats in INSATSER.values() if "individual" in insats.kinds}
    return tuple(_way_in(counts, insats) for insats in sorted(counted, key=insats_name))


def _way_in(counts: Mapping[str, Counted], insats: str) -> InsatsReferrals:
    referrals, assigned = counts["referrals"], counts.get(f"{insats.replace('-', '_')}.assigned")
    return InsatsReferrals(
        id=insats,
        name=insats_name(insats),
        referred=by_sex(referrals, insats=insats),
        referred_by={row: by_sex(referrals, insats=insats, referring=row) for row in referrals.rows("referring")},
        referred_in={row: by_sex(referrals, insats=insats, season=row) for row in referrals.rows("season")},
        assigned=None if assigned is None else by_sex(assigned),
        returned=by_sex(counts["returned"], insats=insats),
        started=by_sex(counts["started"], insats=insats),
    )


def _finsam(counts: Mapping[str, Counted]) -> FinsamTeam:
    def of(name: str) -> Counted:
        return counts[f"finsam_team.{name}"]

    meetings = of("meetings")
    district = meetings.total(referrer="district")
    return FinsamTeam(
        teams=of("teams").total(),
        plans=by_sex(of("plans")),
        met_and_planned=by_sex(of("met_and_planned")),
        meetings=Meetings(district=district, others=meetings.total() - district, total=meetings.total()),
        six_month=_six_month(of("six_month"), of("six_month_none")),
        lots=by_sex(of("lots")),
        lots_assigned=by_sex(of("lots_assigned")),
        max_cases_per_session=of("max_cases_per_session").total(),
    )


def _six_month(held: Counted, none: Counted) -> SixMonth:
    results = {result: held.total(result=result) for result in held.rows("result")}
    reasons = {reason: none.total(none_reason=reason) for reason in none.rows("none_reason")}
    return SixMonth(
        **results,
        total=held.total(),
        none_by_reason=NoneByReason(**reasons),
        percent_all=half_up(results["all"], held.total()),
    )
