"""Which of an agency's own referrals is meant, by its reference or by the receipt's case id."""

from uuid import UUID

from contracts.catalogue import AGENCIES, Agency
from contracts.problems import Conflict, Forbidden, Invalid, NotFound
from services.chassis.auth import User
from services.chassis.unit import Unit
from services.referral import ending_store


def own_agency(agency_id: str, user: User) -> Agency:
    """The agency that a user speaks for. Raises NotFound and Forbidden."""
    agency = AGENCIES.get(agency_id)
    if agency is None:
        raise NotFound("agency_unknown", "Det finns ingen sådan myndighet i katalogen.")
    if user.agency != agency_id:
        raise Forbidden("other_agency", "Du kan bara göra det för din egen myndighet.")
    return agency


async def own_case(unit: Unit, agency: Agency, reference: str | None, case_id: UUID | None) -> UUID:
    """The agency's case by its reference or its id. Raises Invalid, NotFound and Conflict."""
    match reference, case_id:
        case None, UUID():
            if not await ending_store.owned(unit.conn, case_id, agency.id):
                raise _unknown("case_id")
            return case_id
        case str(), None:
            return await case_of_reference(unit, agency, reference, None)
        case _:
            raise Invalid("one_of_two", "Ange antingen reference eller case_id.", "reference")


async def case_of_reference(unit: Unit, agency: Agency, reference: str, case_id: UUID | None) -> UUID:
    """The agency's open case with a reference; that with ``case_id`` where several have it. Raises NotFound and
    Conflict."""
    found = await ending_store.cases_by_reference(unit.conn, agency.id, reference, case_id)
    if not found:
        raise _unknown("reference")
    if len(found) > 1:
        raise Conflict(
            "reference_ambiguous", "Flera öppna anmälningar har den beteckningen. Ange case_id ur kvittot.", "case_id"
        )
    return found[0]


def _unknown(field: str) -> NotFound:
    return NotFound(
        "referral_unknown",
        "Er myndighet har ingen sådan öppen anmälan. Kontrollera beteckningen, eller skicka igen när anmälan har fått"
        " sitt kvitto.",
        field,
    )
