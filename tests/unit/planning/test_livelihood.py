"""Employments and benefits: decided, prolonged, ended, also after the exit; without consent nothing says of what."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from contracts.codes import BenefitStatus, EmployerKind
from contracts.planning import BenefitDecided, EmploymentDecided, EmploymentEnded, PlanningDetailsReleased
from contracts.problems import Refused
from services.planning.domain import command as ask_
from services.planning.domain.case import fold
from tests.unit.planning import commands as ask
from tests.unit.planning import mother
from tests.unit.planning.mother import Life, given

_DAY = timedelta(days=1)
_KOM_I_JOBB = "arbetsformedlare-amt"

prolong = replace(
    ask.employ,
    decision_id=mother.OTHER_EMPLOYMENT,
    decided_on=mother.EXITED_ON,
    from_on=mother.EXITED_ON,
    until_on=None,
    prolongs=True,
)


def _refused(life: Life, command: ask_.Command) -> tuple[str, str | None]:
    with pytest.raises(Refused) as refused:
        life.ask(command)
    return refused.value.code, refused.value.field


class TestEmployment:
    def test_is_decided_prolonged_and_ended(self) -> None:
        life = given(*mother.participating)
        (fact,) = life.ask(ask.employ)
        assert fact == EmploymentDecided(
            happened_on=mother.COMPLETED_ON,
            decision_id=mother.UNKNOWN,
            employment_id=mother.EMPLOYMENT,
            from_on=mother.COMPLETED_ON,
            until_on=mother.EXITED_ON,
            support="wage_subsidy",
            extent_percent=75,
            employer=EmployerKind.PRIVATE,
        )
        life.ask(prolong)
        (employment,) = life.case.livelihood.employments
        assert [each.prolongs for each in employment.decisions] == [False, True]
        (end,) = life.ask(replace(ask.end_employment, ended_on=mother.TODAY))
        assert end == EmploymentEnded(happened_on=mother.TODAY, employment_id=mother.EMPLOYMENT, reason="term_over")
        assert _refused(life, prolong) == ("employment_ended", None)
        assert _refused(life, ask.end_employment) == ("employment_ended", None)

    def test_may_be_known_after_the_exit(self) -> None:
        life = given(*mother.left)
        life.ask(replace(ask.employ, decided_on=mother.TODAY, from_on=mother.TODAY, until_on=None))
        assert len(life.case.livelihood.employments) == 1

    def test_may_prolong_one_that_was_never_registered_here(self) -> None:
        life = given(*mother.participating)
        life.ask(prolong)
        assert life.case.livelihood.employments[0].latest.prolongs

    @pytest.mark.parametrize(
        ("changed", "code", "field"),
        [
            ({"decided_on": mother.TODAY + _DAY}, "in_future", "decided_on"),
            ({"decided_on": mother.ACCEPTED_ON - _DAY}, "before_acceptance", "decided_on"),
            ({"until_on": mother.COMPLETED_ON - _DAY}, "ends_before_it_begins", "until_on"),
            ({"support": "charm"}, "support_unknown", "support"),
            ({"kom_i_jobb": True}, "kom_i_jobb_not_used", "kom_i_jobb"),
        ],
    )
    def test_is_refused_at_the_field_that_is_wrong(self, changed: dict[str, object], code: str, field: str) -> None:
        assert _refused(given(*mother.participating), replace(ask.employ, **changed)) == (code, field)  # type: ignore[arg-type]

    def test_asks_for_what_the_insats_rule_asks_for(self) -> None:
        day = date(2023, 2, 1)
        life = given(mother.referred_to(_KOM_I_JOBB, day), mother.consented, mother.accepted)
        bare = replace(ask.employ, decided_on=day, from_on=day, today=day, until_on=None)
        assert _refused(life, replace(bare, extent_percent=None)) == ("extent_percent_missing", "extent_percent")
        assert _refused(life, replace(bare, support=None)) == ("support_missing", "support")
        (fact,) = life.ask(replace(bare, kom_i_jobb=True))
        assert isinstance(fact, EmploymentDecided)
        assert fact.kom_i_jobb

    def test_of_the_same_days_is_the_same(self) -> None:
        life = given(*mother.participating)
        life.ask(ask.employ)
        assert _refused(life, ask.employ) == ("already_decided", None)
        another = replace(ask.employ, employment_id=mother.OTHER_EMPLOYMENT)
        assert _refused(life, another) == ("already_decided", None)

    def test_is_prolonged_from_a_later_day(self) -> None:
        life = given(*mother.participating)
        life.ask(ask.employ)
        assert _refused(life, replace(prolong, from_on=mother.COMPLETED_ON)) == ("before_employment", "from_on")

    def test_ends_after_it_began(self) -> None:
        life = given(*mother.participating)
        life.ask(ask.employ)
        early = replace(ask.end_employment, ended_on=mother.COMPLETED_ON - _DAY)
        assert _refused(life, early) == ("before_employment", "ended_on")
        assert _refused(life, replace(ask.end_employment, reason="bored")) == ("reason_unknown", "reason")

    def test_is_taken_back_the_latest_first(self) -> None:
        life = given(*mother.participating)
        life.ask(ask.employ)
        first = life.id_of(EmploymentDecided)
        life.ask(ask.end_employment)
        with pytest.raises(Refused) as refused:
            life.take_back(first)
        assert refused.value.code == "later_events_depend"
        life.take_back(life.id_of(EmploymentEnded))
        assert life.case.livelihood.employments[0].end is None
        life.take_back(first)
        assert life.case.livelihood.employments == ()

    def test_an_extension_alone_counts_when_the_first_decision_is_taken_back(self) -> None:
        """It may prolong what was decided before anything was registered here, so nothing depends on the first."""
        life = given(*mother.participating)
        life.ask(ask.employ)
        first = life.id_of(EmploymentDecided)
        life.ask(prolong)
        life.take_back(first)
        assert [len(each.decisions) for each in life.case.livelihood.employments] == [1]


class TestBenefit:
    def test_applied_for_and_granted_are_two_facts(self) -> None:
        life = given(*mother.participating)
        life.ask(replace(ask.grant, status=BenefitStatus.APPLIED, decided_on=mother.BEGUN_ON, extent_percent=None))
        (fact,) = life.ask(ask.grant)
        assert isinstance(fact, BenefitDecided)
        assert (fact.benefit, fact.status, fact.extent_percent) == ("sickness_compensation", "granted", 50)
        assert [each.status for each in life.case.livelihood.benefits] == ["applied", "granted"]

    def test_may_be_granted_after_the_exit_and_once(self) -> None:
        life = given(*mother.left)
        life.ask(replace(ask.grant, decided_on=mother.TODAY))
        assert _refused(life, replace(ask.grant, decided_on=mother.TODAY)) == ("already_decided", None)

    def test_is_one_of_the_list(self) -> None:
        assert _refused(given(*mother.left), replace(ask.grant, benefit="alms")) == ("benefit_unknown", "benefit")


class TestWithoutConsent:
    def test_what_is_told_says_when_and_nothing_of_what(self) -> None:
        life = given(*mother.without_consent)
        (employed,) = life.ask(replace(ask.employ, from_on=mother.BEGUN_ON))
        (ended,) = life.ask(ask.end_employment)
        (granted,) = life.ask(ask.grant)
        assert set(employed.model_dump(exclude_defaults=True)) == {
            *("happened_on", "decision_id", "employment_id", "from_on", "until_on"),
        }
        assert set(ended.model_dump(exclude_defaults=True)) == {"happened_on", "employment_id"}
        assert set(granted.model_dump(exclude_defaults=True)) == {"happened_on", "decision_id"}

    def test_the_page_knows_it_and_a_later_consent_tells_it(self) -> None:
        life = given(*mother.without_consent)
        life.ask(ask.employ)
        life.ask(ask.end_employment)
        life.ask(ask.grant)
        (employment,) = life.case.livelihood.employments
        assert (employment.latest.support, employment.latest.extent_percent) == ("wage_subsidy", 75)
        assert employment.latest.employer is EmployerKind.PRIVATE
        assert employment.end is not None
        assert employment.end.reason == "term_over"
        assert life.case.livelihood.benefits[0].benefit == "sickness_compensation"
        released = [each for each in life.hear(mother.consented) if isinstance(each, PlanningDetailsReleased)]
        by_event = {each.event_id: each for each in released}
        decided = by_event[life.id_of(EmploymentDecided)]
        assert (decided.support, decided.extent_percent, decided.employer) == ("wage_subsidy", 75, "private")
        assert by_event[life.id_of(EmploymentEnded)].reason == "term_over"
        granted = by_event[life.id_of(BenefitDecided)]
        assert (granted.benefit, granted.status, granted.extent_percent) == ("sickness_compensation", "granted", 50)


_COMMANDS = st.sampled_from(
    [
        ask.employ,
        replace(ask.employ, employment_id=mother.OTHER_EMPLOYMENT, from_on=mother.COMPLETED_ON + _DAY),
        prolong,
        replace(prolong, from_on=mother.EXITED_ON + _DAY),
        ask.end_employment,
        replace(ask.end_employment, employment_id=mother.OTHER_EMPLOYMENT),
        ask.grant,
        replace(ask.grant, status=BenefitStatus.REFUSED),
    ]
)


@for_all(st.lists(_COMMANDS, max_size=8), st.booleans())
def test_an_employment_ends_once_and_is_not_prolonged_after(commands: list[ask_.Command], consents: bool) -> None:
    """Whatever is asked in whatever order: what is carried out can be folded, and with what was withheld it says the
    same as with consent."""
    life = given(*(mother.at_acceptance if consents else mother.without_consent))
    for command in commands:
        try:
            life.ask(command)
        except Refused:
            continue
    case = life.case
    for employment in case.livelihood.employments:
        first, *rest = employment.decisions
        assert all(each.prolongs for each in rest)
        assert all(each.support == "wage_subsidy" for each in employment.decisions)
        starts = [each.from_on for each in employment.decisions]
        assert starts == sorted(set(starts))
        assert employment.end is None or employment.end.ended_on >= first.from_on
    told = fold(life.log).livelihood
    assert [each.decisions[0].support for each in told.employments] == [
        "wage_subsidy" if consents else None for _ in told.employments
    ]
    assert len({(each.decided_on, each.benefit, each.status) for each in case.livelihood.benefits}) == len(
        case.livelihood.benefits
    )
