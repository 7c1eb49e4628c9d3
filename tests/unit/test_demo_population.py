"""The demo's people: the published figures come out, and no life breaks a rule on its way."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from personnummer import personnummer
from pydantic import ValidationError

from contracts.agency import ReferralSubmittedEvent, RejectionCode
from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import words
from contracts.codes import ActivityOutcome, FollowUpResult, Sex
from deploy.demo.aktivitetsplatsen import AKTIVITETSPLATSEN
from deploy.demo.days import is_working_day, months_after
from deploy.demo.expected import expected, percent_half_up
from deploy.demo.faults import message, message_id
from deploy.demo.figures import by_id
from deploy.demo.finsam import FINSAM
from deploy.demo.lives import INBOX, Life, Step, steps
from deploy.demo.mia_vidare import MIA
from deploy.demo.population import FIRST_DAY, LAST_DAY, SEVEN, Population, build
from deploy.demo.ratt_stod import RATT_STOD
from deploy.demo.referrals import return_reasons, rule_on


@pytest.fixture(scope="module")
def population() -> Population:
    return build()


def test_the_year_comes_out_as_published(population: Population) -> None:
    assert expected(population.lives, 2021) == by_id()


def test_the_same_seed_gives_the_same_people(population: Population) -> None:
    assert build() == population
    assert build(seed=2022) != population


def test_another_seed_gives_the_same_figures() -> None:
    assert expected(build(seed=7).lives, 2021) == by_id()


def test_people_exist_whom_no_figure_of_the_year_counts(population: Population) -> None:
    lives = population.lives
    left_in_2020 = [life for life in lives if life.exit and life.exit.exited_on.year == 2020]
    assert sum(1 for life in left_in_2020 if life.referral.insats != RATT_STOD) == 24
    assert sum(1 for life in lives if life.returned and life.referral.insats not in _TWO) == 60
    assert sum(1 for life in lives if _waits(life) and life.referral.insats not in _TWO) == 30
    assert len(population.faulty) == 15


def _waits(life: Life) -> bool:
    return life.accepted_on is None and life.returned is None


_TWO = (AKTIVITETSPLATSEN, MIA)
"""Whose referrals of 2021 the report counts."""


def test_what_became_of_aktivitetsplatsen_s_228_is_ours_and_adds_up(population: Population) -> None:
    referred = _referred_in_2021(population, AKTIVITETSPLATSEN)
    became = Counter("started" if life.started_on else "returned" if life.returned else "waits" for life in referred)
    assert became == {"started": 98, "returned": 52, "waits": 78}
    assert Counter(life.unit_kind in {"district", "jobbtorg"} for life in referred) == {False: 194, True: 34}
    women = Counter(life.sex is Sex.WOMAN for life in referred if life.unit_kind == "forsakringskassan")
    assert women[True] > women[False], "Försäkringskassan's referrals are mostly women (L337-338)"


def test_mia_vidare_s_four_figures_are_of_days_of_their_own(population: Population) -> None:
    lives = [life for life in population.lives if life.referral.insats == MIA]
    assigned = [life for life in lives if life.case_manager and life.case_manager.assigned_on.year == 2021]
    assert Counter(
        "started" if life.started_on else "returned" if life.returned else "waits" for life in assigned
    ) == {
        "started": 73,
        "returned": 22,
        "waits": 22,
    }
    assert sum(life.referral.referred_on.year == 2020 for life in assigned) == 29
    assert sum(1 for life in lives if life.returned and not life.case_manager) == 6


def test_five_were_referred_in_rinkeby_kista_two_of_them_by_relationsvaldsteamet(population: Population) -> None:
    units = Counter(life.referral.referrer.unit for life in _referred_in_2021(population, MIA))
    assert (units["rinkeby-kista"], units["relationsvaldsteamet"]) == (3, 2)


def test_who_is_referred_to_these_two_comes_in_by_their_doors(population: Population) -> None:
    for life in population.lives:
        if life.referral.insats in _TWO:
            rule = rule_on(life.referral.insats, life.referral.referred_on)
            assert life.unit_kind in {kind for door in rule.doors for kind in door.admits}, life


def test_a_case_manager_is_assigned_when_the_introduktionsmöte_has_been_held(population: Population) -> None:
    for life in population.lives:
        if life.case_manager:
            assert life.meeting is not None
            assert life.meeting.session.meets_on <= life.case_manager.assigned_on
            assert (life.case_manager.ended_on is None) is (life.returned is None)
        assert (life.case_manager is not None) or life.started_on is None or life.referral.insats != MIA


def _referred_in_2021(population: Population, insats: str) -> list[Life]:
    return [
        life for life in population.lives if life.referral.insats == insats and life.referral.referred_on.year == 2021
    ]


def test_numbers_are_synthetic_and_nobody_shares_one(population: Population) -> None:
    numbers = [life.referral.person.identity_number for life in population.lives]
    assert len(numbers) == len(set(numbers))
    for number in numbers:
        assert 980 <= int(number[8:11]) <= 999
        assert personnummer.valid(number)
    assert any(int(number[6:8]) > 60 for number in numbers), "no samordningsnummer"


def test_the_number_agrees_with_the_stated_sex(population: Population) -> None:
    for life in population.lives:
        odd = int(life.referral.person.identity_number[10]) % 2 == 1
        match life.sex:
            case Sex.WOMAN:
                assert not odd
            case Sex.MAN:
                assert odd
            case Sex.OTHER | Sex.UNKNOWN:
                pass


def test_everybody_is_of_age_and_needs_enough_members(population: Population) -> None:
    for life in population.lives:
        rule = INSATSER[life.referral.insats].rule_on(life.referral.referred_on)
        assert rule is not None
        age = _age(life)
        assert (rule.target.age.lower or 16) <= age <= (rule.target.age.upper or 65), life
        assert len(set(life.referral.needs)) >= rule.target.members_needed


def _age(life: Life) -> int:
    number, on = life.referral.person.identity_number, life.referral.referred_on
    year, month, day = int(number[:4]), int(number[4:6]), int(number[6:8]) % 60
    return on.year - year - ((on.month, on.day) < (month, day))


def test_messages_keep_the_agencies_contract(population: Population) -> None:
    for life in population.lives:
        event = ReferralSubmittedEvent.model_validate(message(life))
        assert event.data == life.referral
    ids = [message_id(life) for life in population.lives]
    assert len(ids) == len(set(ids))


def test_what_is_done_is_done_on_working_days_of_the_two_years(population: Population) -> None:
    for life in population.lives:
        for step in steps(life):
            assert FIRST_DAY <= step.on <= LAST_DAY
            assert is_working_day(step.on), step


_ORDER = ("inbox", "accept", "meeting", "held", "support", "return", "samplan", "start", "exit")


def _command(step: Step) -> str:
    return step.path.rpartition("/")[2]


def _of_activities(step: Step) -> bool:
    return "/activities/" in step.path


def test_each_life_goes_in_the_order_the_rules_demand(population: Population) -> None:
    for life in population.lives:
        done = steps(life)
        ranks = [
            _ORDER.index(_command(step)) for step in done if _command(step) in _ORDER and not _of_activities(step)
        ]
        if life.referral.insats != FINSAM:  # there alone the plan is made before the start
            ranks = [rank for rank in ranks if _ORDER[rank] != "samplan"]
        assert ranks == sorted(ranks), life
        assert all(earlier.on <= later.on for earlier, later in pairwise(done))
        if life.exit:
            last = [each for each in map(_command, done) if each != "acknowledged"]
            assert last[-1] == "exit", (
                "nothing is done after the exit but that the referrer acknowledges the hand-back"
            )
        assert done[0].path == INBOX
        for place, step in enumerate(done):
            if step.path.endswith("/support/end"):
                after = {_command(each) for each in done[place + 1 :]}
                late = {"end", "return", "exit", "acknowledged"}
                assert after <= late, "support ends last of all before the return or the exit"
                assert after & {"return", "exit"}


def test_an_insats_whose_gate_is_a_meeting_has_it_held_before_the_start(population: Population) -> None:
    for life in population.lives:
        if life.started_on:
            rule = INSATSER[life.referral.insats].rule_on(life.started_on)
            assert rule is not None
            assert (life.meeting is not None) is (rule.gate.kind == "meeting"), life


def test_codes_are_those_of_the_insats(population: Population) -> None:
    for life in population.lives:
        if life.exit:
            assert life.national_code is not None
        if life.returned:
            assert life.returned.reason in return_reasons(life.referral.insats, life.returned.returned_on)
        for activity in life.samplan.activities if life.samplan else ():
            assert activity.kind in words()["activity_kinds"]


def test_an_activity_is_begun_after_the_plan_and_carried_out_after_that(population: Population) -> None:
    for life in population.lives:
        done = [step.path for step in steps(life)]
        for place, path in enumerate(done):
            if "/activities/" in path and path.endswith("/complete"):
                begun = path.removesuffix("complete") + "start"
                assert done.index("/api/planning/cases/{case}/samplan") < done.index(begun) < place


def test_no_session_has_more_than_two_cases(population: Population) -> None:
    cases = Counter(life.meeting.session for life in population.lives if life.meeting and life.meeting.session.team)
    assert max(cases.values()) == 2


def test_six_month_follow_ups_of_the_year_are_held_inside_their_window_with_consent(
    population: Population,
) -> None:
    held = [
        (life, each)
        for life in population.lives
        for each in life.follow_ups
        if each.months == 6 and each.held_on.year == 2021
    ]
    assert len(held) == 72
    for life, each in held:
        assert life.consents
        assert life.samplan is not None
        nominal = months_after(life.samplan.made_on, 6)
        assert nominal - timedelta(days=7) <= each.held_on <= nominal + timedelta(days=45)


def test_a_follow_up_finds_what_was_carried_out(population: Population) -> None:
    held = [step for life in population.lives for step in steps(life) if "/follow-ups/" in step.path]
    assert len(held) > 72
    for step in held:
        outcomes = {each["outcome"] for each in step.body["activities"]}
        assert _result(outcomes) is step.body["result"]
        assert ("reason" in step.body) is (step.body["result"] is not FollowUpResult.ALL)


def _result(outcomes: set[ActivityOutcome]) -> FollowUpResult:
    if outcomes == {ActivityOutcome.FULLY}:
        return FollowUpResult.ALL
    return FollowUpResult.NONE if outcomes == {ActivityOutcome.NOT_DONE} else FollowUpResult.SOME


def test_whoever_changes_their_mind_does_so_once_while_taking_part(population: Population) -> None:
    changed = [life for life in population.lives if life.consent_changes]
    assert Counter(life.consents for life in changed) == {True: 5, False: 6}
    for life in changed:
        commands = [_command(step) for step in steps(life)]
        assert commands.index("start") < commands.index("consent")
        assert life.referral.consent.choice.value == ("refused" if life.consents else "given")


def test_every_insats_has_participants_and_only_finsam_meets_teams(population: Population) -> None:
    assert {life.referral.insats for life in population.lives if life.started_on} == set(SEVEN)
    with_teams = {
        life.referral.insats for life in population.lives if life.meeting and life.meeting.session.team is not None
    }
    assert with_teams == {FINSAM}


def test_each_fault_is_another(population: Population) -> None:
    codes = [faulty.code for faulty in population.faulty]
    assert len(codes) == len(set(codes))
    well_formed = {
        RejectionCode.IDENTITY_NUMBER_INVALID,
        RejectionCode.TOO_FEW_MEMBERS,
        RejectionCode.TOO_YOUNG,
        RejectionCode.TOO_OLD,
        RejectionCode.UNKNOWN_INSATS,
        RejectionCode.UNKNOWN_REFERRER,
        RejectionCode.DATE_IN_THE_FUTURE,
        RejectionCode.REFERENCE_IS_AN_IDENTITY,
        RejectionCode.MESSAGE_ID_REUSED,
        RejectionCode.DUPLICATE_OF_OPEN_REFERRAL,
    }
    for faulty in population.faulty:
        if faulty.code in well_formed:
            ReferralSubmittedEvent.model_validate_json(faulty.value)
        else:
            with pytest.raises(ValidationError):
                ReferralSubmittedEvent.model_validate_json(faulty.value)


@pytest.mark.parametrize(("part", "whole", "percent"), [(51, 72, 71), (1, 8, 13), (1, 200, 1), (0, 0, 0), (2, 3, 67)])
def test_percentages_round_halves_up(part: int, whole: int, percent: int) -> None:
    assert percent_half_up(part, whole) == percent


@pytest.mark.parametrize(
    ("day", "months", "expected_day"),
    [
        (date(2020, 8, 31), 6, date(2021, 2, 28)),
        (date(2019, 8, 31), 6, date(2020, 2, 29)),
        (date(2020, 12, 15), 2, date(2021, 2, 15)),
        (date(2020, 10, 31), 2, date(2020, 12, 31)),
        (date(2020, 11, 30), 12, date(2021, 11, 30)),
    ],
)
def test_calendar_months(day: date, months: int, expected_day: date) -> None:
    assert months_after(day, months) == expected_day
