"""Decisions about sessions: declare one, change its places, cancel it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeAlias, assert_never

from contracts.catalogue import AGENCIES, Rule
from contracts.codes import MeetingMode
from contracts.planning import CapacityDeclared, CapacityWithdrawn
from contracts.problems import Conflict, Invalid
from services.planning.domain.checks import rule_on_day
from services.planning.domain.decision import Catalogue
from services.planning.domain.meetings import Seat
from services.planning.domain.sessions import SESSION, Occupancy, SessionTerms

_DISTRICT: Final = "district"


@dataclass(frozen=True)
class DeclareSession:
    """Says how many places a session has, for the first time or anew: places added, held back or freed.

    ``found``: the session as it is, all its cases counted, those that meet in the way ``reserved_for`` apart.
    """

    session: Seat
    seats: int
    reserved: int
    reserved_for: MeetingMode | None
    area: str | None
    extra: bool
    today: date
    found: Occupancy = field(default_factory=Occupancy)


@dataclass(frozen=True)
class CancelSession:
    """A session does not come about. ``found``: as it is, all its cases counted."""

    session: Seat
    today: date
    found: Occupancy = field(default_factory=Occupancy)


SessionCommand: TypeAlias = DeclareSession | CancelSession


def decide(command: SessionCommand, catalogue: Catalogue) -> CapacityDeclared | CapacityWithdrawn:
    """What a command about a session leads to. Raises contracts.problems.Refused."""
    match command:
        case DeclareSession():
            return _declare(command, catalogue)
        case CancelSession():
            return _cancel(command)
        case _:
            assert_never(command)


def _declare(command: DeclareSession, catalogue: Catalogue) -> CapacityDeclared:
    session = command.session
    rule = rule_on_day(catalogue, session.insats, session.meets_on, "meets_on")
    _check_against_rule(command, rule)
    if session.meets_on < command.today:
        raise Invalid("in_past", "Dagen har passerat. Välj en dag från och med i dag.", "meets_on")
    wanted = SessionTerms(
        command.seats,
        command.reserved,
        command.reserved_for if command.reserved else None,
        command.area,
        command.extra,
    )
    if command.found.terms == wanted:
        raise Conflict("already_declared", "Mötestiden är redan upplagd så.")
    after = Occupancy(command.found.others, command.found.in_reserved, wanted)
    if after.others + after.held_back() > wanted.seats:
        raise Conflict(
            "places_taken",
            f"Platserna räcker inte: {after.others} {'är bokad' if after.others == 1 else 'är bokade'}. "
            "Flytta eller avboka först, eller ange fler platser.",
        )
    return CapacityDeclared(
        happened_on=command.today,
        kind=SESSION,
        insats=session.insats,
        resource=session.team,
        meets_on=session.meets_on,
        starts_at=session.starts_at,
        seats=wanted.seats,
        reserved=wanted.reserved,
        reserved_for=wanted.reserved_for,
        area=wanted.area,
        extra=wanted.extra,
    )


def _check_against_rule(command: DeclareSession, rule: Rule) -> None:
    """Raises Conflict or Invalid for what the insats' rule of that day does not allow."""
    if not rule.sessions:
        raise Conflict("no_sessions", "Insatsen har inga mötestider med platser.")
    teams = teams_of(rule)
    if command.session.team not in teams:
        raise Invalid("team_unknown", f"Välj ett av insatsens team: {', '.join(teams)}.", "team")
    most = most_seats(rule)
    if not 1 <= command.seats <= most:
        places = "en plats" if most == 1 else f"högst {most} platser"
        raise Invalid("seats_out_of_range", f"En mötestid har {places} den dagen. Ange minst en.", "seats")
    if not 0 <= command.reserved <= command.seats:
        raise Invalid("reserved_out_of_range", "Reservera inte fler platser än mötestiden har.", "reserved")
    if command.extra and not any(each.extra for each in rule.sessions):
        raise Invalid("extra_not_used", "Insatsen har inga extra mötestider den dagen.", "extra")
    if command.area is not None and command.area not in DISTRICTS:
        raise Invalid("area_unknown", f"Välj en av stadsdelarna: {', '.join(DISTRICTS)}.", "area")


def _cancel(command: CancelSession) -> CapacityWithdrawn:
    terms, session = command.found.terms, command.session
    if terms is None:
        raise Conflict("not_declared", "Mötestiden är inte upplagd.")
    if terms.cancelled:
        raise Conflict("already_cancelled", "Mötestiden är redan inställd.")
    if command.found.others:
        raise Conflict(
            "places_taken",
            "Det finns bokade platser på mötestiden. Flytta eller avboka dem först, så att var och en får besked.",
        )
    return CapacityWithdrawn(
        happened_on=command.today,
        kind=SESSION,
        insats=session.insats,
        resource=session.team,
        meets_on=session.meets_on,
        starts_at=session.starts_at,
    )


def teams_of(rule: Rule) -> tuple[str, ...]:
    """The teams whose sessions a rule speaks of, in its order."""
    return tuple(dict.fromkeys(team for session in rule.sessions for team in session.resources))


def most_seats(rule: Rule) -> int:
    """The most places that a session may have, in whatever way its cases meet. 0: the rule has no sessions."""
    return max((session.seats for session in rule.sessions), default=0)


DISTRICTS: Final = {
    unit.id: unit.name for agency in AGENCIES.values() for unit in agency.units if unit.kind == _DISTRICT
}
"""The districts that a session may be meant for first: id and name of the unit."""
