"""A period's report from what was counted of its indicators: which indicator stands where. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from contracts.catalogue import INSATSER, Insats
from contracts.codes import Sex
from services.reporting.domain.counted import Counted
from services.reporting.domain.definitions import definition
from services.reporting.domain.figures import (
    COUNTED_OF_STAYS,
    NOBODY,
    AfterSupports,
    BenefitCounts,
    BySex,
    DocumentFigures,
    Employments,
    ExitReasons,
    ExitsToDate,
    Figures,
    FinsamTeam,
    GroupFigures,
    InsatsFigures,
    InsatsReferrals,
    Meetings,
    NoneByReason,
    ShareOfStep,
    SipFigures,
    SixMonth,
    Stay,
    StepFigures,
    Teaching,
    TimeLimits,
    WorkTraining,
    half_up,
)
from services.reporting.domain.periods import Period

SHARES_OF_STEPS: Final[Mapping[str, tuple[str, str]]] = {
    "steps.violence_asked": ("valdsfragor-erbjudna", "started"),
    "steps.in_care_plan": ("i-vardplan", "participants"),
    "steps.final_documentation": ("slutdokumentation", "exited"),
}
"""Indicators of a step that was reached, each with the step and what it is a share of."""


def period_figures(period: Period, as_of: datetime | None, counts: Mapping[str, Counted]) -> Figures:
    """The report of a period. Raises pydantic.ValidationError where figures contradict each other."""
    insatser = [
        InsatsFigures(id=insats, name=insats_name(insats), **_stay(counts, insats=insats))
        for insats in counts["participants"].rows("insats")
    ]
    return Figures(
        period=period,
        as_of=as_of,
        interventions=counts["interventions"].total(),
        totals=Stay(**_stay(counts)),
        insatser=tuple(sorted(insatser, key=lambda insats: insats.name)),
        finsam_team=_finsam(counts),
        referrals=_referrals(counts),
        sip=_sip(counts),
        time_limits=_time_limits(counts["time_limits"]),
        steps=step_figures(counts["steps"]),
        shares_of_steps=shares_of_steps(counts),
        documents=document_figures(counts),
        sip_people=counts["sip.people"].total(),
        work_training=_work_training(counts["arbetstraning.trained"], counts["arbetstraning.requested"], counts),
        mia_work_training=by_sex(counts["mia_vidare.work_training"]),
        teaching=_teaching(counts),
        employments=_employments(counts["employments.decided"], counts["employments.kom_i_jobb"]),
        benefits=_benefits(counts["benefits.decided"]),
        after_supports=_after_supports(counts["after_support.begun"], counts["after_support.ongoing"]),
        groups=_groups(counts),
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
        exits_to_date=_exits_to_date(counts, insats.replace("-", "_")),
    )


def _sip(counts: Mapping[str, Counted]) -> tuple[SipFigures, ...]:
    """Each form of coordinated plan of the catalogue, and any other that something was counted of."""
    meetings, plans = counts["sip.meetings"], counts["sip.plans"]
    forms = {*meetings.rows("plan_form"), *plans.rows("plan_form")}
    forms |= {insats.id for insats in INSATSER.values() if "plan_form" in insats.kinds}
    return tuple(
        SipFigures(
            id=form,
            name=insats_name(form),
            meetings=by_sex(meetings, plan_form=form),
            with_coordinator=by_sex(meetings, plan_form=form, coordinator="present"),
            without_coordinator=by_sex(meetings, plan_form=form, coordinator="absent"),
            not_stated=by_sex(meetings, plan_form=form, coordinator="not_stated"),
            with_coordinator_by={
                row: by_sex(meetings, plan_form=form, coordinator="present", initiator=row)
                for row in meetings.rows("initiator")
            },
            plans=by_sex(plans, plan_form=form),
        )
        for form in sorted(forms, key=insats_name)
    )


_OF_SEATS = ("took_part", "completed", "dropped_out", "ended_with_the_case")


def _groups(counts: Mapping[str, Counted]) -> tuple[GroupFigures, ...]:
    """Each insats that has had groups by its rules, and any other that something was counted of."""
    took_part, held = counts["groups.took_part"], counts["groups.sessions_held"]
    insatser = {*took_part.rows("insats_of_fact"), *held.rows("insats_of_fact")}
    insatser |= {insats.id for insats in INSATSER.values() if any(rule.groups for rule in insats.versions)}
    return tuple(
        GroupFigures(
            id=insats,
            name=insats_name(insats),
            **{name: by_sex(counts[f"groups.{name}"], insats_of_fact=insats) for name in _OF_SEATS},
            started=counts["groups.started"].total(insats_of_fact=insats),
            sessions_held=held.total(insats_of_fact=insats),
            attendance_recorded=by_sex(counts["groups.attendance_recorded"], insats=insats),
            attended=by_sex(counts["groups.attended"], insats=insats),
        )
        for insats in sorted(insatser, key=insats_name)
    )


def _time_limits(counted: Counted) -> tuple[TimeLimits, ...]:
    """Those of which there were any, by their insats and clock."""
    return tuple(
        TimeLimits(
            rule_of=rule_of,
            clock=clock,
            **{kept: counted.total(limit_rule=rule_of, clock=clock, kept=kept) for kept in counted.rows("kept")},
        )
        for rule_of in counted.rows("limit_rule")
        for clock in counted.rows("clock")
        if counted.total(limit_rule=rule_of, clock=clock)
    )


def step_figures(counted: Counted) -> tuple[StepFigures, ...]:
    """The steps that were reached, by their insats or form of plan."""
    return tuple(
        StepFigures(rule_of=rule_of, step=step, reached=by_sex(counted, step_rule=rule_of, step=step))
        for rule_of in counted.rows("step_rule")
        for step in counted.rows("step")
        if counted.total(step_rule=rule_of, step=step)
    )


def shares_of_steps(counts: Mapping[str, Counted]) -> tuple[ShareOfStep, ...]:
    """For each insats whose rules have the step: of its started, its participants or its exited, those who reached
    it. A step that nobody reached is a row too, where there was somebody to reach it."""
    return tuple(
        ShareOfStep(
            indicator=name,
            insats=insats,
            reached=by_sex(counts[name], insats=insats),
            of=by_sex(counts[whole], insats=insats),
        )
        for name, (step, whole) in SHARES_OF_STEPS.items()
        for insats in counts[whole].rows("insats")
        if insats in INSATSER and any(rule.step(step) is not None for rule in INSATSER[insats].versions)
    )


def document_figures(counts: Mapping[str, Counted]) -> tuple[DocumentFigures, ...]:
    """The papers that were asked for, by insats or form of plan."""
    return tuple(
        DocumentFigures(
            rule_of=rule_of,
            **{
                name: counts[f"documents.{name}"].total(step_rule=rule_of)
                for name in ("requested", "received", "ended", "waited_days")
            },
        )
        for rule_of in counts["documents.requested"].rows("step_rule")
    )


def _exits_to_date(counts: Mapping[str, Counted], prefix: str) -> ExitsToDate | None:
    if f"{prefix}.exited" not in counts:
        return None
    return ExitsToDate(**{name: by_sex(counts[f"{prefix}.{name}"]) for name in ExitsToDate.model_fields})


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


def _work_training(trained: Counted, requested: Counted, counts: Mapping[str, Counted]) -> WorkTraining:
    return WorkTraining(
        trained=by_sex(trained),
        by_route={row: by_sex(trained, route=row) for row in trained.rows("route")},
        requested=by_sex(requested),
        requested_by={row: by_sex(requested, requesting=row) for row in requested.rows("requesting")},
        under_way=counts["arbetstraning.under_way"].total(),
        in_training=counts["arbetstraning.in_training"].total(),
    )


_UNKNOWN_SUPPORT: Final = ("without_consent", "not_stated")


def _employments(decided: Counted, kom_i_jobb: Counted) -> tuple[Employments, ...]:
    """Of each insats that has employments among its activities, and of any other in which one was decided."""
    insatser = {each for each in decided.rows("insats") if decided.total(insats=each)}
    insatser |= {insats.id for insats in INSATSER.values() if _employs(insats)}
    return tuple(_employments_of(each, decided, kom_i_jobb) for each in sorted(insatser, key=insats_name))


def _employs(insats: Insats) -> bool:
    return any(each.kind == "employment" for rule in insats.versions for each in rule.activities)


def _employments_of(insats: str, decided: Counted, kom_i_jobb: Counted) -> Employments:
    def counted(**group: str) -> BySex:
        return by_sex(decided, insats=insats, **group)

    supports = decided.rows("employment_support")
    known = [each for each in supports if each not in _UNKNOWN_SUPPORT]
    new = {each: counted(employment_kind="new", employment_support=each) for each in known}
    municipal = by_sex(kom_i_jobb, insats=insats)
    return Employments(
        id=insats,
        decided=counted(),
        by_support={each: counted(employment_support=each) for each in supports},
        new=counted(employment_kind="new"),
        extension=counted(employment_kind="extension"),
        new_wage_subsidy=new["wage_subsidy"],
        extension_wage_subsidy=counted(employment_kind="extension", employment_support="wage_subsidy"),
        kom_i_jobb=municipal,
        other_employers=counted() - counted(employment_support="without_consent") - municipal,
        other_employers_wage_subsidy=counted(employment_support="wage_subsidy")
        - by_sex(kom_i_jobb, insats=insats, employment_support="wage_subsidy"),
        subsidised=sum((by for each, by in new.items() if each != "none"), NOBODY),
        unsubsidised=new["none"],
    )


def _after_supports(begun: Counted, ongoing: Counted) -> tuple[AfterSupports, ...]:
    insatser = {each for counted in (begun, ongoing) for each in counted.rows("insats") if counted.total(insats=each)}
    return tuple(
        AfterSupports(insats=each, begun=by_sex(begun, insats=each), ongoing=by_sex(ongoing, insats=each))
        for each in sorted(insatser, key=insats_name)
    )


def _benefits(decided: Counted) -> tuple[BenefitCounts, ...]:
    """Those of which there were any, by their insats."""
    return tuple(
        BenefitCounts(
            insats=insats,
            benefit=benefit,
            **{
                status: decided.total(insats=insats, benefit=benefit, benefit_status=status)
                for status in decided.rows("benefit_status")
            },
        )
        for insats in decided.rows("insats")
        for benefit in decided.rows("benefit")
        if decided.total(insats=insats, benefit=benefit)
    )


def _teaching(counts: Mapping[str, Counted]) -> Teaching:
    def of(name: str) -> Counted:
        return counts[f"samordnat_stod.{name}"]

    return Teaching(
        work_training=by_sex(of("work_training")),
        passed_a_course=by_sex(of("passed_a_course")),
        hours_offered=of("hours_offered").total(),
        hours_attended=of("hours_attended").total(),
        weeks_offered=of("weeks_offered").total(),
    )
