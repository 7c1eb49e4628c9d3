"""Laws of steps, whatever is registered, taken back and consented to in whatever order."""

from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.corrections import effective
from contracts.planning import InsatsStarted, StepReached
from contracts.problems import Refused
from contracts.referral import Attributes, ConsentGiven, RuleRef
from services.planning.domain.case import fold
from services.planning.domain.step_commands import AskForDocument, EndDocumentRequest, ReachStep
from services.planning.domain.step_rules import Owner, current_phase, next_phases
from tests.examples import examples
from tests.unit.planning import mother
from tests.unit.planning.mother import Life

_BEGAN, _TODAY = date(2023, 3, 1), date(2023, 9, 1)
_INSATS = "arbetsformedlare-amt"
_FORM = "sip-samordnare"
_PAPERS = ("lakarutlatande", "journal", "lss_underlag")
_days = st.integers(-5, 90).map(lambda number: _BEGAN + timedelta(days=number))
_requests = st.sampled_from([UUID(int=number) for number in range(4)])

_commands: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        ReachStep,
        st.uuids(version=4),
        st.just("underlag"),
        _days,
        st.just(_TODAY),
        st.just(_FORM),
        st.sampled_from(_PAPERS),
        st.none() | _requests,
    ),
    st.builds(
        AskForDocument,
        _requests,
        st.just("underlag"),
        st.sampled_from(["health_care", "region"]),
        _days,
        st.just(_TODAY),
        st.just(_FORM),
        st.sampled_from(_PAPERS),
    ),
    st.builds(EndDocumentRequest, _requests, st.sampled_from(["not_needed", "refused"]), _days, st.just(_TODAY)),
)
_steps: st.SearchStrategy[list[Any]] = st.lists(_commands | st.integers(0, 12), min_size=3, max_size=15)


def begun(insats: str, began: date, *, consents: bool) -> Life:
    """A case whose person takes part."""
    life = Life()
    answer = ConsentGiven(happened_on=began, attributes=Attributes()) if consents else mother.refused
    life.hear(mother.referred_to(insats, began - timedelta(days=30)), answer)
    life.hear(mother.accepted.model_copy(update={"happened_on": began - timedelta(days=9)}))
    return life.add(InsatsStarted(happened_on=began, insats=insats, rule=RuleRef(insats=insats, version=1)))


def lived(steps: list[Any], *, consents: bool = True) -> Life:
    """What is refused does not happen. A number takes back that own event, if it counts."""
    life = begun(_INSATS, _BEGAN, consents=consents)
    for each in steps:
        with suppress(Refused):
            if isinstance(each, int):
                _take_back(life, each)
            elif not (isinstance(each, AskForDocument) and life.case.steps.request(each.request_id)):
                life.ask(each)
    return life


def _take_back(life: Life, nth: int) -> None:
    mine = [each.id for each in effective(life.log) if each.source == "/samspel/planning"][1:]
    if nth < len(mine):
        life.take_back(mine[nth], today=_TODAY)


@given(steps=_steps, consents=st.booleans())
@settings(deadline=None, max_examples=examples(40))
def test_a_paper_that_was_asked_for_is_awaited_or_came_or_was_given_up(steps: list[Any], consents: bool) -> None:
    for request in lived(steps, consents=consents).case.steps.requests:
        ends = [day for day in (request.received_on, request.ended_on) if day is not None]
        assert len(ends) <= 1
        assert all(day >= request.asked_on for day in ends)


@given(steps=_steps)
@settings(deadline=None, max_examples=examples(40))
def test_without_consent_the_same_is_allowed_and_no_event_says_what_it_was_about(steps: list[Any]) -> None:
    told, untold = lived(steps, consents=True), lived(steps, consents=False)
    assert [type(each.data) for each in untold.log[2:]] == [type(each.data) for each in told.log[2:]]
    assert untold.case.steps == told.case.steps
    for each in untold.log[3:]:
        said = each.data.model_dump(exclude_none=True)
        assert said.keys().isdisjoint({"document", "asked_of", "score"})
        assert "reason" not in said or each.type == "RegisteredInError"


@given(steps=_steps)
@settings(deadline=None, max_examples=examples(40))
def test_the_log_folds_whatever_was_taken_back(steps: list[Any]) -> None:
    life = lived(steps)
    reached = [each.data for each in effective(life.log) if isinstance(each.data, StepReached)]
    assert [each.step_id for each in fold(life.log).steps.reached] == [each.step_id for each in reached]


@given(moves=st.lists(st.sampled_from(["inledande", "genomforande", "utvardering"]), max_size=12))
@settings(deadline=None, max_examples=examples(40))
def test_a_stay_is_in_one_phase_and_only_comes_to_those_that_follow(moves: list[str]) -> None:
    life = begun("mia-sodertalje", date(2018, 3, 1), consents=True)
    rule = life.catalogue["mia-sodertalje"].rule(1)
    owner = Owner("mia-sodertalje", "", rule)
    for nth, step in enumerate(moves):
        allowed = {each.id for each in next_phases(life.case, owner)}
        day = date(2018, 3, 2) + timedelta(days=nth)
        refusal = life.refusal(ReachStep(UUID(int=nth), step, day, _TODAY))
        assert (refusal is None) == (step in allowed)
        if refusal is None:
            life.ask(ReachStep(UUID(int=nth), step, day, _TODAY))
        phase = current_phase(life.case, owner)
        assert phase is not None
        assert phase.step.id == (step if refusal is None else _before(life))


def _before(life: Life) -> str:
    reached = [each.step for each in life.case.steps.reached]
    return reached[-1] if reached else "inledande"
