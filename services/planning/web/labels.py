"""What teams, districts and sessions are called on a page."""

from datetime import time

from contracts.catalogue import AGENCIES, INSATSER, Rule
from contracts.referral import Shortcut
from services.planning.domain.caseload import Limit
from services.planning.domain.sessions import Occupancy


def team_label(team: str) -> str:
    """Team 2."""
    return team.replace("-", " ").capitalize()


def unit_label(unit_id: str) -> str:
    """The name of a referring unit; its id if the catalogue does not have it."""
    names = (unit.name for agency in AGENCIES.values() for unit in agency.units if unit.id == unit_id)
    return next(names, unit_id)


def insats_label(insats_id: str) -> str:
    """The name of an insats; its id if the catalogue does not have it."""
    insats = INSATSER.get(insats_id)
    return insats_id if insats is None else insats.name


def shortcut_label(shortcut: Shortcut, rule: Rule | None) -> str:
    """How somebody came straight to a meeting: "direkt till informationsmöte, genom FINSAM-team: endast
    arbetsträning"."""
    meeting = None if rule is None else rule.meeting(shortcut.meeting)
    insats = INSATSER.get(shortcut.insats)
    door = shortcut.insats if insats is None else insats.door_name(shortcut.door)
    return f"direkt till {shortcut.meeting if meeting is None else meeting.label}, genom {door}"


def clock(moment: time) -> str:
    """09.00, as a time is written in Swedish."""
    return moment.strftime("%H.%M")


def places(occupancy: Occupancy) -> str:
    """How full a declared session is: "2 platser: 1 ledig, 1 reserverad för telefon"."""
    terms = occupancy.terms
    if terms is None:
        return "inte upplagd"
    parts = [f"{occupancy.free} {'ledig' if occupancy.free == 1 else 'lediga'}"]
    if held_back := occupancy.held_back():
        whom = "" if terms.reserved_for is None else f" för {_mode(terms.reserved_for)}"
        parts.append(f"{held_back} {'reserverad' if held_back == 1 else 'reserverade'}{whom}")
    return f"{terms.seats} {'plats' if terms.seats == 1 else 'platser'}: {', '.join(parts)}"


def _mode(mode: str) -> str:
    return {"phone": "telefon", "digital": "digitala möten", "physical": "fysiska möten"}[mode]


def role_label(insats_id: str, role_id: str) -> str:
    """What a role is called in an insats; its id if no version of the rule has it."""
    insats = INSATSER.get(insats_id)
    roles = () if insats is None else (each.role(role_id) for each in reversed(insats.versions))
    return next((role.label for role in roles if role is not None), role_id)


def caseload(cases: int, limit: Limit | None) -> str:
    """18 av 20; 18 where the rule sets no limit, and 18 (gränsen 20 räknar några av dem) where it counts some."""
    if limit is None:
        return str(cases)
    return f"{cases} av {limit.seats}" if limit.binding else f"{cases} (gränsen {limit.seats} räknar några av dem)"
