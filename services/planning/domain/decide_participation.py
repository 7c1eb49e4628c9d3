"""Decisions about the participation: start, exit, reopening, hold."""

from typing import TypeAlias, assert_never

from contracts.catalogue.vocabulary import words
from contracts.codes import NationalExitCode
from contracts.envelope import Fact
from contracts.planning import CasePutOnHold, CaseReopened, CaseResumed, InsatsStarted, ParticipantExited
from contracts.problems import Conflict, Invalid
from services.planning.domain.case import Case, Stage
from services.planning.domain.checks import check_day, latest_day, ref, rule_on, under_way
from services.planning.domain.command import ExitInsats, PutOnHold, ReopenCase, Resume, StartInsats
from services.planning.domain.decide_after_support import ended_by_return
from services.planning.domain.decide_enrolment import end_with_case, outcome_of_exit
from services.planning.domain.decide_meetings import cancel_booked
from services.planning.domain.decide_progress import cancel_placed
from services.planning.domain.decision import Catalogue, Decision, Withheld, withholding
from services.planning.domain.exits import check
from services.planning.domain.hand_back import handed_back
from services.planning.domain.requirements import Milestone, gate_of, milestone

ParticipationCommand: TypeAlias = StartInsats | ExitInsats | ReopenCase | PutOnHold | Resume


def decide(command: ParticipationCommand, case: Case, catalogue: Catalogue) -> Decision:
    """What a command about the participation leads to. Raises contracts.problems.Refused."""
    match command:
        case StartInsats():
            return Decision(_start(command, case, catalogue))
        case ExitInsats():
            return _exit(command, case, catalogue)
        case ReopenCase():
            return _reopen(command, case)
        case PutOnHold():
            return _put_on_hold(command, case)
        case Resume():
            return Decision(_resume(command, case))
        case _:
            assert_never(command)


def _start(command: StartInsats, case: Case, catalogue: Catalogue) -> tuple[Fact, ...]:
    """Registers that the person begins to take part."""
    referral = under_way(case)
    if case.stage is Stage.PARTICIPATING:
        raise Conflict("already_started", "Deltagaren har redan startat i insatsen.")
    rule = rule_on(catalogue, referral, command.started_on, "started_on")
    check_day(command.started_on, "started_on", command.today, milestone(gate_of(rule), case))
    return (InsatsStarted(happened_on=command.started_on, insats=referral.insats, rule=ref(referral, rule)),)


def _exit(command: ExitInsats, case: Case, catalogue: Catalogue) -> Decision:
    stage = case.stage
    if stage is Stage.EXITED:
        raise Conflict("already_exited", "Deltagaren har redan avslutat insatsen.")
    referral = under_way(case)
    ongoing = case.participations.ongoing
    if ongoing is None:
        raise Conflict("not_started", "Personen har inte startat i insatsen. Återremittera anmälan i stället.")
    rule = rule_on(catalogue, referral, command.exited_on, "exited_on")
    reasons = (
        {} if rule.exits is None else {each.code: NationalExitCode(each.national) for each in rule.exits.reasons}
    )
    if command.reason not in reasons:
        raise Invalid("reason_not_used", f"Välj en av insatsens avslutsorsaker: {', '.join(reasons)}.", "reason")
    check(command.answers, rule, command.reason)
    outcome = outcome_of_exit(case, command.reason, catalogue)
    latest = Milestone(latest_day(case), "before_last_event", "något senast hände i ärendet")
    check_day(command.exited_on, "exited_on", command.today, latest)
    consents = case.consents.holds()
    national = reasons[command.reason]
    fact = ParticipantExited(
        happened_on=command.exited_on,
        insats=referral.insats,
        episode=ongoing.episode,
        reason=command.reason if consents else None,
        national_code=national if consents else None,
        rule=ref(referral, rule),
        **(command.answers.given() if consents else {}),
    )
    withheld = (
        {} if consents else {0: Withheld(reason=command.reason, national_code=national, answers=command.answers)}
    )
    ends = (
        *cancel_booked(case, command.exited_on, "participant_exited"),
        *cancel_placed(case, command.exited_on, "participant_exited"),
        *end_with_case(case, command.exited_on, "participant_exited", command.groups, outcome),
        *handed_back(fact, rule, referral, command.hand_back_id),
    )
    return Decision((fact,), withheld, ends)


def _reopen(command: ReopenCase, case: Case) -> Decision:
    latest = case.participations.latest
    if latest is None or latest.exit is None:
        raise Conflict("not_exited", "Bara ett avslutat ärende kan öppnas igen.")
    left = Milestone(latest.exit.exited_on, "before_exit", "deltagaren avslutade insatsen")
    check_day(command.reopened_on, "reopened_on", command.today, left)
    fact = CaseReopened(happened_on=command.reopened_on, episode=latest.episode + 1)
    return Decision((fact,), consequences=ended_by_return(case, command.reopened_on))


def _put_on_hold(command: PutOnHold, case: Case) -> Decision:
    referral = under_way(case)
    if case.participations.hold is not None:
        raise Conflict("already_on_hold", "Ärendet är redan vilande.")
    reasons = words()["hold_reasons"]
    if command.reason not in reasons:
        raise Invalid("reason_unknown", f"Ange varför ärendet vilar: {', '.join(reasons)}.", "reason")
    accepted = referral.accepted_on or referral.referred_on
    check_day(command.since, "since", command.today, Milestone(accepted, "before_acceptance", "anmälan antogs"))
    return withholding(CasePutOnHold(happened_on=command.since, reason=command.reason), case.consents, "reason")


def _resume(command: Resume, case: Case) -> tuple[Fact, ...]:
    hold = case.participations.hold
    if hold is None:
        raise Conflict("not_on_hold", "Ärendet är inte vilande.")
    check_day(command.resumed_on, "resumed_on", command.today, Milestone(hold.since, "before_hold", "vilan började"))
    return (CaseResumed(happened_on=command.resumed_on),)
