"""Deviations of the demo's year. The report tells of such and prints no number of them; these are invented."""

from typing import Final
from uuid import UUID, uuid5

from contracts.codes import Role
from deploy.demo.lives import Json
from deploy.demo.office import Office

_PATH: Final = "/api/reporting/deviations"
_OURS: Final = UUID("5a7f0d5e-0b1c-4f0e-9d0a-6d2f4c1b8e27")
_AF: Final = "arbetsformedlingen"

# Who reports, and what. The lines are those of the report of 2021 that tells of the like.
_REPORTED: Final[tuple[tuple[Role, Json], ...]] = (
    (  # L55-56
        Role.COORDINATOR,
        {
            "happened_on": "2021-02-11",
            "area": "jarva",
            "kind": "cooperation",
            "member": _AF,
            "unit": _AF,
            "insats": "finsam-team",
            "what": "Teamet fick inte kontakt med Arbetsförmedlingen på tre veckor.",
        },
    ),
    (  # L1432
        Role.LOTS,
        {
            "happened_on": "2021-05-19",
            "area": "sodermalm",
            "kind": "cooperation",
            "member": _AF,
            "insats": "ips-psykosvarden",
            "what": "Beslut om praktik dröjde så länge att arbetsplatsen tackade nej.",
        },
    ),
    (  # L207-216
        Role.COORDINATOR,
        {
            "happened_on": "2021-09-02",
            "area": "stockholms-stad",
            "kind": "system_fault",
            "what": "Det finns ingen insats att remittera till för den som är över 60 år.",
        },
    ),
    (  # L776-777
        Role.LOTS,
        {
            "happened_on": "2021-10-14",
            "area": "enskede-arsta-vantor",
            "kind": "plan",
            "member": "region",
            "unit": "health_care",
            "insats": "mia-vidare",
            "what": "En planerad kontakt med vården blev inte av, och ingen av parterna såg det.",
        },
    ),
)
_CLOSED: Final = 0
"""Which of them the office has closed."""


async def report(office: Office) -> None:
    """Reports all of them, and closes one. A play that goes on finds them reported."""
    ids = [str(uuid5(_OURS, str(place))) for place in range(len(_REPORTED))]
    for deviation_id, (role, told) in zip(ids, _REPORTED, strict=True):
        await office.post(role, _PATH, {"deviation_id": deviation_id, **told})
    still_open = await office.get(Role.OFFICE, f"{_PATH}?open=true")
    if ids[_CLOSED] in {each["deviation_id"] for each in still_open["items"]}:
        closing = {"measure": "routine_changed", "done": "Teamen har fått ett eget telefonnummer."}
        await office.post(Role.OFFICE, f"{_PATH}/{ids[_CLOSED]}/closed", closing)
