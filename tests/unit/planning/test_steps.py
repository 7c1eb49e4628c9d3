"""Steps: reached in the order of the file, papers asked for, phases, ratings; and what leaves without consent."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.codes import MeetingMode, StepKind
from contracts.envelope import Fact
from contracts.planning import (
    DocumentRequested,
    DocumentRequestEnded,
    InsatsStarted,
    MeetingHeld,
    ParticipantExited,
    PlanningDetailsReleased,
    StepReached,
    SupportAssigned,
)
from contracts.problems import Refused
from contracts.referral import Attributes, ConsentGiven, RuleRef
from services.planning.domain.command import Command, EndSupport, ExitInsats, ReopenCase
from services.planning.domain.step_commands import AskForDocument, EndDocumentRequest, ReachStep
from services.planning.domain.step_rules import Owner, current_phase, may_see_answers, next_phases, reminders
from tests.unit.planning import commands, mother
from tests.unit.planning.mother import Life

IPS, MIA, SODERTALJE, SUNDSVALL = "ips-psykosvarden", "mia-vidare", "mia-sodertalje", "arbetsformedlare-amt"
BEGAN = mother.STARTED_ON
DAY = timedelta(days=1)
_DAYS = {
    SODERTALJE: date(2018, 3, 1),
    SUNDSVALL: date(2023, 3, 1),
    "arbetskonsulent-bred": date(2023, 3, 1),
    "mia-sodra-roslagen": date(2018, 3, 1),
    "djarva-ekonomiskt-bistand": date(2022, 3, 1),
}


def accepted(insats: str, *answers: Fact, on: date | None = None) -> Life:
    """A case that was accepted. ``answers``: what the person said of consent; yes unless given."""
    day = on or _DAYS.get(insats, BEGAN)
    life = Life()
    said = answers or (ConsentGiven(happened_on=day, attributes=Attributes(age=34)),)
    life.hear(mother.referred_to(insats, day - 20 * DAY), *said)
    life.hear(mother.accepted.model_copy(update={"happened_on": day - 10 * DAY}))
    return life


def started(insats: str, *answers: Fact) -> Life:
    """A case whose person takes part since the day that counts."""
    day = _DAYS.get(insats, BEGAN)
    return accepted(insats, *answers).add(
        InsatsStarted(happened_on=day, insats=insats, rule=RuleRef(insats=insats, version=1))
    )


def day_of(life: Life) -> date:
    stay = life.case.participations.latest
    return BEGAN if stay is None else stay.started_on


_ids = iter(range(1000, 9999))


def reach(life: Life, step: str, days: int = 1, **said: Any) -> tuple[Fact, ...]:
    return life.ask(reaching(life, step, days, **said))


def reaching(life: Life, step: str, days: int = 1, **said: Any) -> ReachStep:
    """The step was reached so many days after the start."""
    first = day_of(life)
    return ReachStep(UUID(int=next(_ids)), step, first + days * DAY, first + 300 * DAY, **said)


def asking(life: Life, step: str, days: int = 1, asked_of: str = "health_care", **said: Any) -> AskForDocument:
    first = day_of(life)
    return AskForDocument(UUID(int=next(_ids)), step, asked_of, first + days * DAY, first + 300 * DAY, **said)


def code_of(life: Life, command: Command) -> tuple[str, str | None]:
    with pytest.raises(Refused) as refused:
        life.ask(command)
    return refused.value.code, refused.value.field


def owner(life: Life) -> Owner:
    referral = life.case.referral
    assert referral is not None
    rule = life.catalogue[referral.insats].rule_on(day_of(life))
    assert rule is not None
    return Owner(referral.insats, "", rule)


class TestReached:
    def test_it_says_which_step_of_whose_rule_and_of_which_kind(self) -> None:
        [fact] = reach(started(MIA), "kartlaggning")
        assert isinstance(fact, StepReached)
        assert (fact.step, fact.kind, fact.rule.insats) == ("kartlaggning", StepKind.DOCUMENT, MIA)

    def test_what_is_reached_once_is_refused_again(self) -> None:
        life = started(MIA)
        reach(life, "valdsfragor-erbjudna")
        assert code_of(life, reaching(life, "valdsfragor-erbjudna", 5))[0] == "already_reached"

    def test_others_are_reached_again_on_another_day_and_not_on_the_same(self) -> None:
        life = started(MIA)
        reach(life, "kartlaggning", 1)
        assert code_of(life, reaching(life, "kartlaggning", 1))[0] == "already_reached_that_day"
        reach(life, "kartlaggning", 2)
        assert len(life.case.steps.reached) == 2

    def test_a_step_that_somebody_is_assigned_to_is_told_by_the_assignment(self) -> None:
        assert code_of(started(MIA), reaching(started(MIA), "case-manager-tilldelad"))[0] == "reached_by_assignment"

    def test_a_step_of_another_insats_is_unknown(self) -> None:
        life = started(MIA)
        assert code_of(life, reaching(life, "arbetsplan"))[0] == "step_unknown"
        assert code_of(life, reaching(life, "arbetsplan", of=IPS))[0] == "step_unknown"

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            ({"document": "journal"}, ("document_not_used", "document")),
            ({"registered_in": "sus"}, ("register_not_used", "registered_in")),
            ({"score": 2.0}, ("score_not_used", "score")),
        ],
    )
    def test_what_the_step_does_not_have_is_refused(self, said: dict[str, Any], code: tuple[str, str]) -> None:
        life = started(MIA)
        assert code_of(life, reaching(life, "kartlaggning", **said)) == code

    def test_where_it_was_registered_is_one_of_the_places_that_count(self) -> None:
        life = started(IPS)
        assert code_of(life, reaching(life, "i-vardplan", registered_in="sus")) == (
            "register_unknown",
            "registered_in",
        )
        assert code_of(life, reaching(life, "i-vardplan")) == ("register_unknown", "registered_in")
        [fact] = reach(life, "i-vardplan", registered_in="journal")
        assert isinstance(fact, StepReached)
        assert fact.registered_in == "journal"

    def test_the_only_place_there_is_need_not_be_said(self) -> None:
        life = started("arbetstraning")
        [fact] = reach(life, "registrerad-i-sus")
        assert isinstance(fact, StepReached)
        assert fact.registered_in == "sus"

    def test_it_is_not_in_the_future_nor_before_the_referral(self) -> None:
        life = started(MIA)
        assert code_of(life, reaching(life, "kartlaggning", 400)) == ("in_future", "reached_on")
        assert code_of(life, reaching(life, "kartlaggning", -100)) == ("before_referral", "reached_on")

    def test_it_can_be_told_of_a_case_that_was_accepted_and_has_not_begun(self) -> None:
        life = accepted(MIA)
        life.ask(ReachStep(mother.STEP, "kartlaggning", BEGAN, mother.TODAY))
        [reached] = life.case.steps.reached
        assert reached.episode == 0


class TestOrder:
    def test_before_the_start_it_may_be_registered_late_of_a_day_that_came_before(self) -> None:
        life = started("aktivitetsplatsen")
        late = reaching(life, "parallella-insatser", 1)
        assert code_of(life, late) == ("step_too_late", "reached_on")
        reach(life, "parallella-insatser", 0)

    def test_before_the_exit_likewise(self) -> None:
        life = started("arbetskonsulent-bred")
        first = day_of(life)
        left = ParticipantExited(
            happened_on=first + 30 * DAY,
            insats="arbetskonsulent-bred",
            rule=RuleRef(insats="arbetskonsulent-bred", version=1),
        )
        life.add(left)
        assert code_of(life, reaching(life, "slutdokumentation", 31)) == ("step_too_late", "reached_on")
        reach(life, "slutdokumentation", 30)

    def test_after_a_meeting_that_has_been_held(self) -> None:
        life = started(SODERTALJE)
        assert code_of(life, reaching(life, "overenskommelse", 1))[0] == "step_too_early"
        meeting = MeetingHeld(
            happened_on=day_of(life) + 3 * DAY,
            meeting_id=mother.MEETING,
            kind="trepartsmote",
            mode=MeetingMode.PHYSICAL,
        )
        life.add(meeting)
        assert code_of(life, reaching(life, "overenskommelse", 1)) == ("before_earlier_step", "reached_on")
        reach(life, "overenskommelse", 3)

    def test_after_another_step(self) -> None:
        life = started("mia-sodra-roslagen")
        assert code_of(life, reaching(life, "aterkoppling", 1))[0] == "step_too_early"
        reach(life, "slutdokumentation", 2)
        assert code_of(life, reaching(life, "aterkoppling", 1))[0] == "before_earlier_step"
        reach(life, "aterkoppling", 2)

    def test_a_team_meeting_closes_what_comes_before_it(self) -> None:
        life = mother.given(*mother.participating)
        late = ReachStep(mother.STEP, "forberedd", mother.MEETS_ON + DAY, mother.TODAY)
        assert code_of(life, late) == ("step_too_late", "reached_on")

    def test_what_is_left_reminds_and_stops_nobody(self) -> None:
        life = started("arbetskonsulent-bred")
        assert [each.id for each in reminders(life.case, owner(life))] == ["slutdokumentation"]
        leave = ExitInsats(day_of(life) + 30 * DAY, "moved", mother.HAND_BACK, day_of(life) + 40 * DAY)
        assert life.refusal(leave) != "step_missing"
        reach(life, "slutdokumentation", 2)
        assert reminders(life.case, owner(life)) == ()

    def test_nobody_exits_before_a_step_that_was_reached(self) -> None:
        life = mother.given(*mother.participating)
        life.ask(ReachStep(mother.STEP, "forberedd", mother.MEETS_ON, mother.TODAY))
        assert life.refusal(commands.leave) is None


class TestPapers:
    def test_one_that_was_asked_for_is_awaited_until_it_comes(self) -> None:
        life = started(SUNDSVALL)
        [asked] = life.ask(asking(life, "underlag", 1))
        assert isinstance(asked, DocumentRequested)
        assert (asked.document, asked.asked_of) == ("lakarutlatande", "health_care")
        [came] = reach(life, "underlag", 8)
        assert isinstance(came, StepReached)
        assert (came.document, came.request_id) == ("lakarutlatande", asked.request_id)
        [request] = life.case.steps.requests
        assert (request.received_on, request.is_open) == (day_of(life) + 8 * DAY, False)

    def test_one_does_not_come_before_it_was_asked_for(self) -> None:
        life = started(SUNDSVALL)
        life.ask(asking(life, "underlag", 5))
        assert code_of(life, reaching(life, "underlag", 4)) == ("before_request", "reached_on")

    def test_the_same_is_not_asked_for_twice_of_the_same(self) -> None:
        life = started(SUNDSVALL)
        life.ask(asking(life, "underlag", 1))
        assert code_of(life, asking(life, "underlag", 2))[0] == "already_asked"
        life.ask(asking(life, "underlag", 2, "region"))

    def test_the_oldest_request_is_answered_unless_another_is_named(self) -> None:
        life = started(SUNDSVALL)
        [first] = life.ask(asking(life, "underlag", 1))
        [second] = life.ask(asking(life, "underlag", 2, "region"))
        assert isinstance(first, DocumentRequested)
        assert isinstance(second, DocumentRequested)
        reach(life, "underlag", 3, request_id=second.request_id)
        reach(life, "underlag", 4)
        received = {each.request_id: each.received_on for each in life.case.steps.requests}
        assert received == {first.request_id: day_of(life) + 4 * DAY, second.request_id: day_of(life) + 3 * DAY}

    def test_a_request_is_ended_with_a_reason_and_once(self) -> None:
        life = started(SUNDSVALL)
        [asked] = life.ask(asking(life, "underlag", 1))
        assert isinstance(asked, DocumentRequested)
        on = day_of(life) + 4 * DAY
        assert code_of(life, EndDocumentRequest(asked.request_id, "bored", on, on)) == ("reason_unknown", "reason")
        end = EndDocumentRequest(asked.request_id, "refused", on, on)
        life.ask(end)
        assert code_of(life, end)[0] == "request_closed"
        assert code_of(life, reaching(life, "underlag", 5, request_id=asked.request_id))[0] == "request_unknown"

    def test_a_note_is_no_paper(self) -> None:
        life = mother.given(*mother.participating)
        assert code_of(life, commands.ask_for_document)[0] == "no_document"

    def test_a_form_of_plan_has_papers_of_its_own(self) -> None:
        life = started(SUNDSVALL)
        life.ask(asking(life, "underlag", 1, of="sip-samordnare", document="journal"))
        assert code_of(life, reaching(life, "underlag", 2, of="sip-samordnare")) == ("document_unknown", "document")
        [came] = reach(life, "underlag", 2, of="sip-samordnare", document="journal")
        assert isinstance(came, StepReached)
        assert came.request_id is not None
        assert life.case.steps.of(SUNDSVALL, "underlag") == ()


class TestPhases:
    def test_a_stay_begins_in_the_first_one_without_an_event(self) -> None:
        life = started(IPS)
        phase = current_phase(life.case, owner(life))
        assert phase is not None
        assert (phase.step.id, phase.since) == ("aktiv", BEGAN)
        assert not life.case.steps.reached

    def test_one_comes_after_another_and_back(self) -> None:
        life = started(SODERTALJE)
        assert code_of(life, reaching(life, "utvardering"))[0] == "phase_not_next"
        assert code_of(life, reaching(life, "inledande"))[0] == "already_in_phase"
        for step in ("genomforande", "utvardering", "genomforande", "utvardering"):
            reach(life, step)
        assert [each.id for each in next_phases(life.case, owner(life))] == ["genomforande"]

    def test_one_does_not_begin_before_the_one_before_it(self) -> None:
        life = started(IPS)
        reach(life, "bakgrund", 10)
        assert code_of(life, reaching(life, "aktiv", 9)) == ("before_phase", "reached_on")

    def test_only_those_who_take_part_are_in_one(self) -> None:
        life = accepted(IPS)
        assert code_of(life, ReachStep(mother.STEP, "bakgrund", BEGAN, mother.TODAY))[0] in {
            "not_taking_part",
            "step_too_early",
        }
        assert current_phase(life.case, owner(life)) is None

    def test_a_second_stay_begins_in_the_first_one_again(self) -> None:
        life = started(IPS)
        reach(life, "bakgrund", 1)
        life.add(ParticipantExited(happened_on=BEGAN + 9 * DAY, insats=IPS, rule=RuleRef(insats=IPS, version=1)))
        life.ask(ReopenCase(BEGAN + 20 * DAY, mother.TODAY))
        phase = current_phase(life.case, owner(life))
        assert phase is not None
        assert (phase.step.id, phase.since) == ("aktiv", BEGAN + 20 * DAY)

    def test_a_note_may_lie_between_two(self) -> None:
        """Djärva initiativ: back at Jobbtorg only once somebody has been motivated to health care."""
        life = started("djarva-ekonomiskt-bistand")
        assert code_of(life, reaching(life, "jobbtorg-igen"))[0] == "step_too_early"


class TestRatings:
    def test_several_over_time(self) -> None:
        life = started(MIA)
        reach(life, "progressionskort", 1, score=2.0)
        reach(life, "progressionskort", 50, score=3.5)
        assert [each.score for each in life.case.steps.reached] == [2.0, 3.5]

    @pytest.mark.parametrize("score", [None, -1.0, 1_001.0, 2.1])
    def test_the_score_is_a_number_that_the_instrument_has(self, score: float | None) -> None:
        life = started(MIA)
        assert code_of(life, reaching(life, "progressionskort", score=score))[1] == "score"


class TestWithoutConsent:
    def test_that_it_was_reached_is_told_and_not_the_score(self) -> None:
        life = started(MIA, mother.refused)
        [fact] = reach(life, "progressionskort", score=3.5)
        assert isinstance(fact, StepReached)
        assert (fact.step, fact.score) == ("progressionskort", None)
        [reached] = life.case.steps.reached
        assert reached.score == 3.5

    def test_which_paper_and_of_whom_stay_here_and_the_rules_hold_all_the_same(self) -> None:
        life = started(SUNDSVALL, mother.refused)
        [asked] = life.ask(asking(life, "underlag", 1))
        assert isinstance(asked, DocumentRequested)
        assert (asked.document, asked.asked_of) == (None, None)
        assert code_of(life, asking(life, "underlag", 2))[0] == "already_asked"
        [came] = reach(life, "underlag", 3)
        assert isinstance(came, StepReached)
        assert (came.document, came.request_id) == (None, asked.request_id)

    def test_why_a_request_ended_stays_here(self) -> None:
        life = started(SUNDSVALL, mother.refused)
        [asked] = life.ask(asking(life, "underlag", 1))
        assert isinstance(asked, DocumentRequested)
        on = day_of(life) + 3 * DAY
        [ended] = life.ask(EndDocumentRequest(asked.request_id, "refused", on, on))
        assert isinstance(ended, DocumentRequestEnded)
        assert ended.reason is None
        [request] = life.case.steps.requests
        assert request.reason == "refused"

    def test_all_of_it_is_released_with_the_consent(self) -> None:
        life = started(SUNDSVALL, mother.refused)
        life.ask(asking(life, "underlag", 1))
        released = life.hear(ConsentGiven(happened_on=day_of(life) + 9 * DAY, attributes=Attributes(age=34)))
        [told] = [each for each in released if isinstance(each, PlanningDetailsReleased)]
        assert (told.document, told.asked_of) == ("lakarutlatande", "health_care")

    def test_nothing_is_kept_of_what_left_nothing_out(self) -> None:
        life = started(MIA, mother.refused)
        reach(life, "valdsfragor-erbjudna")
        assert not life.withheld


class TestCorrections:
    def test_a_step_is_taken_back(self) -> None:
        life = started(MIA)
        reach(life, "valdsfragor-erbjudna")
        life.take_back(life.id_of(StepReached), today=mother.TODAY)
        assert life.case.steps.reached == ()
        reach(life, "valdsfragor-erbjudna", 2)

    def test_the_paper_is_awaited_again_when_its_receipt_is_taken_back(self) -> None:
        life = started(SUNDSVALL)
        life.ask(asking(life, "underlag", 1))
        reach(life, "underlag", 3)
        with pytest.raises(Refused) as refused:
            life.take_back(life.id_of(DocumentRequested), today=day_of(life) + 9 * DAY)
        assert refused.value.code == "later_events_depend"
        life.take_back(life.id_of(StepReached), today=day_of(life) + 9 * DAY)
        assert life.case.steps.requests[0].is_open
        life.take_back(life.id_of(DocumentRequested), today=day_of(life) + 9 * DAY)
        assert life.case.steps.requests == ()

    def test_a_start_is_not_taken_back_under_a_phase(self) -> None:
        life = started(IPS)
        reach(life, "bakgrund")
        with pytest.raises(Refused) as refused:
            life.take_back(life.id_of(InsatsStarted), today=mother.TODAY)
        assert refused.value.code == "later_events_depend"


class TestWhoMaySeeAnswers:
    def test_whoever_supports_in_a_role_that_asks_and_only_while_they_do(self) -> None:
        life = started(MIA)
        question = next(each for each in owner(life).rule.steps if each.kind == "question")
        assert not may_see_answers(life.case, question, "cm-1")
        life.add(SupportAssigned(happened_on=BEGAN, support_id=mother.SUPPORT, role="case-manager", worker_id="cm-1"))
        assert may_see_answers(life.case, question, "cm-1")
        assert not may_see_answers(life.case, question, "cm-2")
        life.ask(EndSupport("case-manager", BEGAN + DAY, "no_longer_needed", mother.TODAY))
        assert not may_see_answers(life.case, question, "cm-1")
