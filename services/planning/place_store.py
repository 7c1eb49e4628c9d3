"""Suppliers' places and the activities that have one. Writes are called in a unit that has locked what they touch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.chassis.database import Connection
from services.planning.domain.places import PlaceOccupancy, PlaceTerms, Supplier, TakenPlace

LOCK: Final = "SELECT insats, supplier, name, seats, free_from, withdrawn FROM place WHERE place_id = $1 FOR UPDATE"
OTHERS: Final = "SELECT count(*) FROM taken_place WHERE place_id = $1"
DECLARE: Final = """
INSERT INTO place (place_id, insats, supplier, name, seats, free_from, withdrawn) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (place_id) DO UPDATE
SET name = EXCLUDED.name, seats = EXCLUDED.seats, free_from = EXCLUDED.free_from, withdrawn = EXCLUDED.withdrawn
"""
# The day on which the first of those who have a place is planned to be done is when one becomes free.
LISTED: Final = """
SELECT place.*, taken.others, taken.next_due_on
FROM place CROSS JOIN LATERAL (
    SELECT count(*) AS others, min(due_on) AS next_due_on FROM taken_place
    WHERE taken_place.place_id = place.place_id
) AS taken
WHERE insats = $1 AND NOT withdrawn ORDER BY name, place_id LIMIT $2
"""
TAKE: Final = "INSERT INTO taken_place (activity_id, place_id, due_on, case_id) VALUES ($1, $2, $3, $4)"
FREE: Final = "DELETE FROM taken_place WHERE activity_id = ANY ($1::uuid[])"
_NAMES: Final = "SELECT place_id, name FROM place WHERE place_id = ANY ($1::uuid[])"


@dataclass(frozen=True)
class ListedPlaces:
    """A supplier's places. ``next_due_on``: when the first of the taken is planned to become free."""

    place_id: UUID
    terms: PlaceTerms
    taken: int
    next_due_on: date | None

    def free(self, today: date) -> int:
        """How many may be taken today."""
        return self.terms.seats - self.taken if self.terms.free_from <= today else 0

    def free_from(self, today: date) -> date | None:
        """The first day on which somebody may begin there, as far as is known; None if nobody knows."""
        if self.taken < self.terms.seats:
            return max(self.terms.free_from, today)
        return None if self.next_due_on is None else max(self.next_due_on, self.terms.free_from, today)


async def found(connection: Connection, place_id: UUID) -> PlaceOccupancy:
    """A supplier's places as they are. Until the unit ends nobody else can take one, or declare them."""
    row = await connection.fetchrow(LOCK, place_id)
    if row is None:
        return PlaceOccupancy()
    # A statement of its own: it sees what those who had locked the row before have committed.
    return PlaceOccupancy(await connection.fetchval(OTHERS, place_id), _terms(row))


async def write_terms(connection: Connection, place_id: UUID, terms: PlaceTerms) -> None:
    """Makes the row of a supplier's places, which the unit has locked, what their stream says."""
    await connection.execute(
        DECLARE,
        place_id,
        terms.of.insats,
        terms.of.supplier,
        terms.name,
        terms.seats,
        terms.free_from,
        terms.withdrawn,
    )


async def write_taken(
    connection: Connection, case_id: UUID, before: Mapping[UUID, TakenPlace], after: Mapping[UUID, TakenPlace]
) -> None:
    """Makes the rows of the places that a case's activities have what they are after a decision."""
    if freed := [activity_id for activity_id in before if activity_id not in after]:
        await connection.execute(FREE, freed)
    for activity_id, taken in after.items():
        if activity_id not in before:
            await connection.execute(TAKE, activity_id, taken.place_id, taken.due_on, case_id)


async def listed(connection: Connection, insats: str, limit: int) -> Sequence[ListedPlaces]:
    """The suppliers that have places, by name."""
    rows = await connection.fetch(LISTED, insats, limit)
    return [ListedPlaces(row["place_id"], _terms(row), row["others"], row["next_due_on"]) for row in rows]


async def names_of(connection: Connection, place_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What the suppliers of places are called."""
    return {row["place_id"]: row["name"] for row in await connection.fetch(_NAMES, place_ids)}


def _terms(row: Any) -> PlaceTerms:
    supplier = Supplier(row["insats"], row["supplier"])
    return PlaceTerms(supplier, row["name"], row["seats"], row["free_from"], row["withdrawn"])
