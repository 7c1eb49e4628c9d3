"""What several decisions share: the referral they need, the rule of the day, and days in order."""

from collections.abc import Iterator, Mapping
from datetime import date

from contracts.catalogue import Insats, Rule
from contracts.problems import Conflict, Invalid, NotFound
from contracts.referral import RuleRef
from services.planning.domain.case import Case, Referral, Stage
from services.planning.domain.requirements import Milestone


def known(case: Case) -> Referral:
    """The referral of a case. Raises NotFound before anything has been heard of it."""
    if case.referral is None:
        raise NotFound("case_unknown", "Ärendet finns inte här än. Försök igen om en stund.")
    return case.referral


def under_way(case: Case) -> Referral:
    """The referral of a case that is being planned or takes part. Raises NotFound or Conflict."""
    referral = known(case)
    match case.stage:
        case Stage.ACCEPTED | Stage.PARTICIPATING:
            return referral
        case Stage.RETURNED:
            raise Conflict("returned", "Anmälan har återremitterats.")
        case Stage.EXITED:
            raise Conflict("exited", "Deltagaren har avslutat insatsen.")
        case Stage.REFERRED | Stage.UNKNOWN:
            raise Conflict("not_accepted", "Anmälan är inte antagen än.")


def rule_on(catalogue: Mapping[str, Insats], referral: Referral, day: date, name: str) -> Rule:
    """The insats' rule on a day. ``name``: the field the day came in. Raises Conflict or Invalid."""
    return rule_on_day(catalogue, referral.insats, day, name)


def rule_on_day(catalogue: Mapping[str, Insats], insats_id: str, day: date, name: str) -> Rule:
    """The rule of an insats, by its id, on a day. ``name``: the field the day came in. Raises Conflict or Invalid."""
    insats = catalogue.get(insats_id)
    if insats is None:
        raise Conflict("insats_unknown", "Insatsen finns inte i katalogen.")
    rule = insats.rule_on(day)
    if rule is None:
        raise Invalid("no_rule", f"Katalogen har inga regler för insatsen {day}.", name)
    return rule


def ref(referral: Referral, rule: Rule) -> RuleRef:
    """The reference that goes into a fact."""
    return RuleRef(insats=referral.insats, version=rule.version)


def check_day(day: date, name: str, today: date, earliest: Milestone) -> None:
    """Raises Invalid for a day in the future or before what it depends on. ``name``: the field it came in."""
    if day > today:
        raise Invalid("in_future", "Datumet ligger i framtiden. Ange när det hände.", name)
    if day < earliest.day:
        message = f"Datumet kan inte vara före {earliest.day}, då {earliest.what}."
        raise Invalid(earliest.code, message, name)


def latest_day(case: Case) -> date:
    """The latest day on which something happened in the stay that goes on."""
    return max(_days(case))


def _days(case: Case) -> Iterator[date]:
    ongoing = case.participations.ongoing
    if ongoing is not None:
        yield ongoing.started_on
    held = case.meetings.last_held()
    if held is not None and held.ended_on is not None:
        yield held.ended_on
    yield from (each.reached_on for each in case.steps.reached)
    for support in case.supports.all:
        yield support.since if support.ended_on is None else support.ended_on
    for plan in case.plans.all:
        yield plan.made_on
        for activity in plan.activities:
            yield from (day for day in (activity.started_on, activity.ended_on) if day is not None)
            yield from (each.to_on for each in activity.attendance)
    for enrolment in case.enrolments.all:
        yield enrolment.enrolled_on if enrolment.ended_on is None else enrolment.ended_on
        yield from (each.session_on for each in enrolment.attendance)
