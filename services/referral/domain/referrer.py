"""Another referrer of a referral, and whose referrals have lost theirs."""

from dataclasses import dataclass
from datetime import date

from contracts.agency import Officer
from contracts.catalogue import Unit
from contracts.codes import ReferrerChangeCause
from contracts.problems import Conflict, Invalid


@dataclass(frozen=True)
class Referring:
    """Who refers: an officer of a unit, by the unit's id."""

    unit: str
    officer: Officer


@dataclass(frozen=True)
class ChangeReferrer:
    """Somebody else is the referrer. ``unit``: theirs; None for one that the agency does not have. ``before``: who it
    was until now."""

    officer: Officer
    unit: Unit | None
    cause: ReferrerChangeCause
    changed_on: date
    today: date
    before: Referring

    def unit_of_the_agency(self) -> Unit:
        """The new referrer's unit. Raises Invalid for another agency's, Conflict where nothing would change."""
        if self.unit is None:
            raise Invalid("unit_unknown", "Välj en av den anmälande myndighetens enheter.", "unit")
        if self.before == Referring(self.unit.id, self.officer):
            raise Conflict("referrer_unchanged", "Den remittenten står redan på anmälan.")
        return self.unit


def normalized(name: str) -> str:
    """A name as officers are compared by: letters of any case and any number of spaces are the same."""
    return " ".join(name.split()).casefold()
