"""The other pages of a case. Whoever builds one lists it here, and it is linked from the case page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from contracts.catalogue import INSATSER, Rule
from contracts.codes import Role
from services.chassis.auth import User
from services.planning.domain.case import Case
from services.planning.domain.checks import known
from services.planning.domain.decide_calls import form_of
from services.planning.domain.groups import has_groups
from services.planning.domain.step_rules import has_steps
from services.planning.web import labels
from services.planning.web.case_words import rule_of

_WORKERS: Final = (Role.COORDINATOR, Role.LOTS)


@dataclass(frozen=True)
class Link:
    """A page about the case."""

    address: str
    text: str


def links_of(case_id: UUID, case: Case, user: User, today: date) -> list[Link]:
    """The pages about a case that the user may open, in the order in which they are shown."""
    return list(_links(f"/arenden/{case_id}", case_id, case, user, today))


def _links(place: str, case_id: UUID, case: Case, user: User, today: date) -> Iterator[Link]:
    yield Link(f"{place}/historik", "Historik")
    if case.plans.latest is not None:
        yield Link(f"{place}/plan", "Planen och dess versioner")
        yield Link(f"{place}/plan/utskrift", "Deltagarens exemplar av planen")
    rule = rule_of(known(case), today)
    if user.has(Role.COORDINATOR) and rule is not None and rule.sessions:
        yield Link(f"/tider/arende/{case_id}", "Plats på ett möte")
    if user.has(*_WORKERS):
        yield from _links_of_workers(place, case_id, case, rule, today)
    if user.has(Role.COORDINATOR):
        yield Link(f"{place}/avsluta", "Avslut")
        yield Link(f"/anmalningar/{case_id}/samtycke", "Samtycke")
        if rule is not None and any(each.purpose == "earlier_history" for each in rule.consents):
            yield Link(f"/anmalningar/{case_id}/tidigare", "Tidigare insatser")
        yield Link(f"/anmalningar/{case_id}/skydd", "Skydd för personuppgifter")


def _links_of_workers(place: str, case_id: UUID, case: Case, rule: Rule | None, today: date) -> Iterator[Link]:
    form = _plan_form(case, today)
    if form is not None:
        yield Link(f"/tider/kallelser/{case_id}", f"{form}: kallelse och plan")
    if case.plans.latest is not None:
        yield Link("/uppfoljningar", "Till uppföljningarna")
        yield Link(f"{place}/aktiviteter", "Aktiviteter")
    if has_steps(case, INSATSER, today):
        yield Link(f"{place}/steg", "Steg och handlingar")
    if has_groups(rule) or case.enrolments.all:
        yield Link(f"{place}/grupp", "Grupp")
    yield Link(f"{place}/stod", "Stöd och överlämning")
    yield Link(f"{place}/forsorjning", "Anställning och ersättning")


def _plan_form(case: Case, today: date) -> str | None:
    """The name of the form of the latest call, else of the one that the insats uses today; None without one."""
    if case.coordination.calls:
        return labels.insats_label(case.coordination.calls[-1].rule.insats)
    form = form_of(known(case).insats, today, INSATSER)
    return None if form is None else form.name
