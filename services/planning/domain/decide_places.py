"""Decisions about places at suppliers: declare them, change how many they are, withdraw them."""

from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias, assert_never

from contracts.planning import PlacesDeclared, PlacesWithdrawn
from contracts.problems import Conflict, Invalid
from services.planning.domain.checks import rule_on_day
from services.planning.domain.decision import Catalogue
from services.planning.domain.places import NOTHING_FOUND, PlaceOccupancy, PlaceTerms, Supplier, counts_places

_MOST: Final = 500


@dataclass(frozen=True)
class DeclarePlaces:
    """A supplier has so many places from a day on, for the first time or anew. ``found``: as they are."""

    of: Supplier
    name: str
    seats: int
    free_from: date
    today: date
    found: PlaceOccupancy = NOTHING_FOUND


@dataclass(frozen=True)
class WithdrawPlaces:
    """A supplier has no places any more. ``found``: as they are."""

    of: Supplier
    today: date
    found: PlaceOccupancy = NOTHING_FOUND


PlacesCommand: TypeAlias = DeclarePlaces | WithdrawPlaces


def decide(command: PlacesCommand, catalogue: Catalogue) -> PlacesDeclared | PlacesWithdrawn:
    """What a command about a supplier's places leads to. Raises contracts.problems.Refused."""
    match command:
        case DeclarePlaces():
            return _declare(command, catalogue)
        case WithdrawPlaces():
            return _withdraw(command)
        case _:
            assert_never(command)


def _declare(command: DeclarePlaces, catalogue: Catalogue) -> PlacesDeclared:
    if not counts_places(rule_on_day(catalogue, command.of.insats, command.today, "insats")):
        raise Conflict("no_places", "Insatsen har inga platser hos leverantörer.")
    if not 1 <= command.seats <= _MOST:
        raise Invalid("seats_out_of_range", f"Ange antalet platser, från 1 till {_MOST}.", "seats")
    wanted = PlaceTerms(command.of, command.name, command.seats, command.free_from)
    if command.found.terms == wanted:
        raise Conflict("already_declared", "Platserna är redan upplagda så.")
    taken = command.found.others
    if taken > command.seats:
        said = "1 plats är upptagen" if taken == 1 else f"{taken} platser är upptagna"
        raise Conflict("places_taken", f"Platserna räcker inte: {said}. Ange minst så många.")
    return PlacesDeclared(
        happened_on=command.today,
        insats=command.of.insats,
        supplier=command.of.supplier,
        supplier_name=command.name,
        seats=command.seats,
        free_from=command.free_from,
    )


def _withdraw(command: WithdrawPlaces) -> PlacesWithdrawn:
    terms = command.found.terms
    if terms is None:
        raise Conflict("not_declared", "Leverantören har inga platser upplagda.")
    if terms.withdrawn:
        raise Conflict("already_withdrawn", "Platserna är redan borttagna.")
    if command.found.others:
        raise Conflict("places_taken", "Det finns upptagna platser hos leverantören. Avsluta aktiviteterna först.")
    return PlacesWithdrawn(happened_on=command.today, insats=command.of.insats, supplier=command.of.supplier)
