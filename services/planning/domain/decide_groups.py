"""Decisions about groups and courses: declare one, change or cancel it, and say that a session was held or is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Final, TypeAlias, assert_never

from contracts.catalogue.people import Group as GroupRule
from contracts.catalogue.vocabulary import words
from contracts.planning import GroupCancelled, GroupDeclared, GroupSessionCancelled, GroupSessionHeld
from contracts.problems import Conflict, Invalid
from services.planning.domain.checks import rule_on_day
from services.planning.domain.decision import Catalogue
from services.planning.domain.groups import NO_GROUP, GroupOccupancy, GroupOf, GroupTerms, scheduled, sessions_of

MOST: Final = 200
"""How many seats a group may have, and how many sessions."""


@dataclass(frozen=True)
class DeclareGroup:
    """A group is to be held, for the first time or anew. ``found``: as it is.

    ``seats`` and ``minutes``: those of the insats' rule where None; ``reserved_for``: as it was, and at first as the
    rule says. ``new``: there must be no such group yet.
    """

    of: GroupOf
    name: str
    capacity: str
    session_days: tuple[date, ...]
    today: date
    seats: int | None = None
    starts_at: time | None = None
    minutes: int | None = None
    site: str | None = None
    leader_id: str | None = None
    opens_on: date | None = None
    closes_on: date | None = None
    reserved_for: tuple[str, ...] | None = None
    new: bool = False
    found: GroupOccupancy = NO_GROUP


@dataclass(frozen=True)
class CancelGroup:
    """A group does not come about. ``found``: as it is."""

    of: GroupOf
    reason: str
    today: date
    found: GroupOccupancy = NO_GROUP


@dataclass(frozen=True)
class HoldGroupSession:
    """A session of a group was held. ``found``: the group as it is."""

    of: GroupOf
    session_on: date
    today: date
    found: GroupOccupancy = NO_GROUP


@dataclass(frozen=True)
class CancelGroupSession:
    """A session of a group is not held, or was registered as held by mistake. ``found``: the group as it is."""

    of: GroupOf
    session_on: date
    reason: str
    today: date
    found: GroupOccupancy = NO_GROUP


GroupCommand: TypeAlias = DeclareGroup | CancelGroup | HoldGroupSession | CancelGroupSession
GroupFact: TypeAlias = GroupDeclared | GroupCancelled | GroupSessionHeld | GroupSessionCancelled


def decide(command: GroupCommand, catalogue: Catalogue) -> GroupFact:
    """What a command about a group leads to. Raises contracts.problems.Refused."""
    match command:
        case DeclareGroup():
            return _declare(command, catalogue)
        case CancelGroup():
            return _cancel(command)
        case HoldGroupSession():
            return _hold(command)
        case CancelGroupSession():
            return _call_off(command)
        case _:
            assert_never(command)


def _declare(command: DeclareGroup, catalogue: Catalogue) -> GroupDeclared:
    days = tuple(sorted(set(command.session_days)))
    if not 1 <= len(days) <= MOST:
        message = f"Ange vilka dagar gruppen träffas, från 1 till {MOST}."
        raise Invalid("session_days_missing", message, "session_days")
    found = command.found.terms
    if command.new and found is not None and not found.cancelled:
        raise Conflict("group_exists", "Det finns redan en grupp med det namnet. Välj ett annat namn.")
    rule = _group_rule(command, catalogue, days[0])
    _check_terms(command, rule, days)
    wanted = GroupTerms(
        of=command.of,
        name=command.name,
        capacity=command.capacity,
        seats=_seats(command, rule),
        session_days=days,
        starts_at=command.starts_at,
        minutes=command.minutes or (None if rule.hours is None else rule.hours * 60),
        site=command.site,
        leader_id=command.leader_id,
        opens_on=command.opens_on,
        closes_on=command.closes_on,
        reserved_for=_reserved_for(command, rule),
        held=frozenset() if found is None else found.held,
        called_off=frozenset() if found is None else found.called_off & set(days),
    )
    if found == wanted:
        raise Conflict("already_declared", "Gruppen är redan upplagd så.")
    _check_kept(wanted, command.found)
    return _declared(wanted, command.today)


def _group_rule(command: DeclareGroup, catalogue: Catalogue, starts_on: date) -> GroupRule:
    """The terms that the insats' rule of the group's first day has for it. Raises Conflict or Invalid."""
    rule = rule_on_day(catalogue, command.of.insats, starts_on, "session_days")
    if not rule.groups:
        raise Conflict("no_groups", "Insatsen har inga grupper den dagen.")
    found = rule.group(command.capacity)
    if found is None:
        kinds = ", ".join(each.id for each in rule.groups)
        raise Invalid("capacity_unknown", f"Välj en av insatsens slags grupper: {kinds}.", "capacity")
    return found


def _check_terms(command: DeclareGroup, rule: GroupRule, days: tuple[date, ...]) -> None:
    """Raises Invalid for a site, a window or a unit that the rule or the calendar does not allow."""
    if command.site is not None and command.site not in words()["sites"]:
        raise Invalid("site_unknown", "Välj en av platserna i listan.", "site")
    if command.site is not None and rule.resources and command.site not in rule.resources:
        raise Invalid("site_not_used", "Insatsen håller inga grupper där den dagen.", "site")
    unknown = [each for each in command.reserved_for or () if each not in words()["unit_kinds"]]
    if unknown:
        raise Invalid("unit_kind_unknown", "Välj bland de slags enheter som anmäler.", "reserved_for")
    opens, closes = command.opens_on, command.closes_on
    if rule.enrolment_window and (opens is None or closes is None):
        message = "Ange när man kan anmälas: insatsen tar emot anmälan under en viss tid."
        raise Invalid("window_missing", message, "opens_on" if opens is None else "closes_on")
    if opens is not None and closes is not None and closes < opens:
        raise Invalid("window_backwards", "Sista anmälningsdagen kan inte vara före den första.", "closes_on")
    if closes is not None and closes > days[-1]:
        message = "Sista anmälningsdagen kan inte vara efter gruppens sista träff."
        raise Invalid("window_after_group", message, "closes_on")


def _reserved_for(command: DeclareGroup, rule: GroupRule) -> tuple[str, ...]:
    """Whom the group is for: as the command says, else as it was, else as the rule says."""
    if command.reserved_for is not None:
        return command.reserved_for
    found = command.found.terms
    return rule.reserved_for if found is None or found.capacity != command.capacity else found.reserved_for


def _seats(command: DeclareGroup, rule: GroupRule) -> int:
    seats = command.seats if command.seats is not None else rule.seats
    if seats is None:
        raise Invalid("seats_missing", "Ange hur många som får plats; insatsens regler säger inget om det.", "seats")
    if not 1 <= seats <= MOST:
        raise Invalid("seats_out_of_range", f"Ange antalet platser, från 1 till {MOST}.", "seats")
    return seats


def _check_kept(wanted: GroupTerms, found: GroupOccupancy) -> None:
    """Raises Conflict where fewer seats than are taken would be left, where those who have one would be none whom the
    group is for, and where a session that was held would be gone."""
    if found.others > wanted.seats:
        said = "1 plats är upptagen" if found.others == 1 else f"{found.others} platser är upptagna"
        raise Conflict("seats_taken", f"Platserna räcker inte: {said}. Ange minst så många.")
    before = frozenset() if found.terms is None else frozenset(found.terms.reserved_for)
    narrower = wanted.reserved_for and not (before and before <= set(wanted.reserved_for))
    if found.others and narrower:
        message = "Det finns deltagare i gruppen, så den kan inte bli bara för vissa. Avsluta deras platser först."
        raise Conflict("seats_taken", message)
    gone = sorted(wanted.held - set(wanted.session_days))
    if gone:
        raise Conflict("session_held", f"Träffen {gone[0]} är hållen, så dagen kan inte tas bort.")


def _declared(terms: GroupTerms, today: date) -> GroupDeclared:
    return GroupDeclared(
        happened_on=today,
        insats=terms.of.insats,
        group=terms.of.group,
        group_name=terms.name,
        capacity=terms.capacity,
        seats=terms.seats,
        session_days=terms.session_days,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        starts_at=terms.starts_at,
        minutes=terms.minutes,
        site=terms.site,
        leader_id=terms.leader_id,
        opens_on=terms.opens_on,
        closes_on=terms.closes_on,
        reserved_for=terms.reserved_for,
    )


def days_from(
    catalogue: Catalogue,
    insats_id: str,
    capacity: str,
    starts_on: date | None,
    weekdays: Sequence[int],
    sessions: int | None,
) -> tuple[date, ...]:
    """When a group meets: so many times from a day on, as often as the insats' rule of that day says unless given.

    Raises Invalid where the first day is not said, or nobody says how many times.
    """
    if starts_on is None:
        raise Invalid("session_days_missing", "Ange vilka dagar gruppen träffas, eller den första.", "starts_on")
    insats = catalogue.get(insats_id)
    rule = None if insats is None else insats.rule_on(starts_on)
    terms = None if rule is None else rule.group(capacity)
    number = sessions or (None if terms is None else sessions_of(terms))
    if number is None:
        message = "Ange hur många gånger gruppen träffas; insatsens regler säger inget om det."
        raise Invalid("sessions_missing", message, "sessions")
    return scheduled(starts_on, weekdays, number)


def standing(found: GroupOccupancy) -> GroupTerms:
    """What holds of a group that is to be held. Raises Conflict if it was not declared, or is cancelled."""
    if found.terms is None:
        raise Conflict("not_declared", "Gruppen är inte upplagd.")
    if found.terms.cancelled:
        raise Conflict("group_cancelled", "Gruppen är inställd.")
    return found.terms


def _cancel(command: CancelGroup) -> GroupCancelled:
    terms = standing(command.found)
    _check_reason(command.reason)
    if terms.held:
        message = f"Gruppen har haft en träff, {min(terms.held)}. Ställ in de träffar som är kvar i stället."
        raise Conflict("session_held", message)
    if command.found.others:
        message = "Det finns deltagare i gruppen. Avsluta deras platser först, så att var och en får besked."
        raise Conflict("seats_taken", message)
    return GroupCancelled(
        happened_on=command.today, insats=command.of.insats, group=command.of.group, reason=command.reason
    )


def _hold(command: HoldGroupSession) -> GroupSessionHeld:
    terms = standing(command.found)
    _check_day(command.session_on, terms)
    if command.session_on > command.today:
        raise Invalid("in_future", "Datumet ligger i framtiden. Ange när det hände.", "session_on")
    if command.session_on in terms.held:
        raise Conflict("already_held", "Träffen är redan registrerad som hållen.")
    return GroupSessionHeld(
        happened_on=command.session_on,
        insats=command.of.insats,
        group=command.of.group,
        session_on=command.session_on,
        seats=terms.seats,
        enrolled=min(command.found.present, MOST),
    )


def _call_off(command: CancelGroupSession) -> GroupSessionCancelled:
    terms = standing(command.found)
    _check_day(command.session_on, terms)
    _check_reason(command.reason)
    if command.session_on in terms.called_off:
        raise Conflict("already_cancelled", "Träffen är redan inställd.")
    if command.found.recorded:
        message = "Närvaro är registrerad för träffen. Ta tillbaka närvaron först, om träffen inte hölls."
        raise Conflict("attendance_recorded", message)
    return GroupSessionCancelled(
        happened_on=command.today,
        insats=command.of.insats,
        group=command.of.group,
        session_on=command.session_on,
        reason=command.reason,
    )


def _check_day(day: date, terms: GroupTerms) -> None:
    if day not in terms.session_days:
        raise Invalid("no_session", "Gruppen har ingen träff den dagen.", "session_on")


def _check_reason(reason: str) -> None:
    reasons = words()["group_cancellations"]
    if reason not in reasons:
        raise Invalid("reason_unknown", f"Ange varför: {', '.join(reasons)}.", "reason")
