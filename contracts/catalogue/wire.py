"""What today's events and services can carry of a version, in the code lists of :mod:`contracts.codes`.

The catalogue says more than the events do: it has exit codes, roles and gates that the events' code lists lack.
Here a version is read in the events' words, for the services that decide by them.
"""

from typing import Final

from pydantic import Field

from contracts.catalogue.insats import Rule
from contracts.catalogue.people import CaseRole, MeetingGate
from contracts.catalogue.timing import CountedFollowUp
from contracts.codes import NATIONAL_EXIT_CODE, ExitReason, Gate, MeetingMode, NationalExitCode, Role
from contracts.model import Model

_NUMBERED: Final = frozenset({NationalExitCode.ONE, NationalExitCode.TWO, NationalExitCode.THREE})


class FollowUpPoint(Model):
    """A follow-up owed so many calendar months after the plan's date, with its window in days around the due day."""

    months: int = Field(ge=1, le=60)
    responsible: Role
    opens_days_before: int = Field(ge=0, le=60)
    closes_days_after: int = Field(ge=0, le=120)
    superseded_by_exit: bool


def follow_up_points(rule: Rule) -> tuple[FollowUpPoint, ...]:
    """The follow-ups that are counted in months from the plan, in the file's order."""
    return tuple(
        FollowUpPoint(
            months=each.months,
            responsible=_signed_in_as(rule.role(each.responsible)),
            opens_days_before=each.opens_days_before,
            closes_days_after=each.closes_days_after,
            superseded_by_exit="exit" in each.superseded_by,
        )
        for each in rule.follow_ups
        if isinstance(each, CountedFollowUp) and each.anchor == "plan" and each.months is not None
    )


def _signed_in_as(role: CaseRole | None) -> Role:
    """The role a person signs in with: who supports a participant is a lots, anyone else a coordinator."""
    return Role.LOTS if role is not None and role.does == "supports" else Role.COORDINATOR


def exit_reasons(rule: Rule) -> tuple[ExitReason, ...]:
    """The events' exit reasons for which the version has a reason with the same national code; "other" in the events
    also covers the nationally coded move and parental leave."""
    reasons = () if rule.exits is None else rule.exits.reasons
    used = {_national(each.national) for each in reasons if each.national != "none"}
    return tuple(reason for reason in ExitReason if NATIONAL_EXIT_CODE[reason] in used)


def _national(code: str) -> NationalExitCode:
    return NationalExitCode(code) if code in _NUMBERED else NationalExitCode.OTHER


def gate(rule: Rule) -> Gate:
    """A team meeting where the gate's meeting takes a seat in a team's session, otherwise acceptance."""
    if not isinstance(rule.gate, MeetingGate):
        return Gate.ACCEPTANCE
    meeting = rule.meeting(rule.gate.meeting)
    return Gate.TEAM_MEETING if meeting is not None and meeting.seat_in is not None else Gate.ACCEPTANCE


def teams(rule: Rule) -> tuple[str, ...]:
    """The teams that hold sessions, each once, in the file's order."""
    return tuple(dict.fromkeys(team for session in rule.sessions for team in session.resources))


def cases_per_session(rule: Rule, mode: MeetingMode) -> int | None:
    """How many cases one session has room for when it is held in this way; None where no number is given."""
    for session in rule.sessions:
        if session.when is None or mode.value in session.when.mode:
            return session.seats
    return None


def makes_samplan(rule: Rule) -> bool:
    """True if the version's plan is a samplan."""
    return rule.plan is not None and rule.plan.kind == "samplan"


def has_lots(rule: Rule) -> bool:
    """True if a lots may be assigned."""
    return rule.role("lots") is not None
