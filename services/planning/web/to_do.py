"""What there is to do in planning's lists, for the start page."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.events import local_date
from services.chassis.auth import User
from services.chassis.database import Connection
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.to_do import WITH_LISTS, Part, ToDo
from services.planning import call_store, group_store, session_store, support_store
from services.planning.web import labels

_WORKERS: Final = (Role.COORDINATOR, Role.LOTS)
_GROUPS_AT_ONCE: Final = 200
_OWN: Final = "/mina-deltagare"
_CALLS: Final = "/tider/kallelser"

router = APIRouter(prefix="/api/planning", tags=["planning"])


@router.get("/to-do")
async def to_do(runtime: RuntimeOf, user: Annotated[User, Depends(signed_in(*WITH_LISTS))]) -> list[ToDo]:
    """How much there is in the lists that the user works with."""
    if not user.has(*_WORKERS, Role.OFFICE):
        return []
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        found = await _own(connection, user) if user.has(*_WORKERS) else []
        found += [each async for each in _meetings(connection, today)]
        found += [each async for each in _groups(connection, today)]
        found += await _awaited(connection, today)
        for insats, waiting in (await session_store.waiting_counts(connection)).items():
            text = f"deltagare som väntar på en mötestid i {labels.insats_label(insats)}"
            found.append(ToDo(part=Part.TEAM, count=waiting, text=text, href=f"/tider?insats={insats}"))
    return found


async def _own(connection: Connection, user: User) -> list[ToDo]:
    offered = await support_store.count_offered_to(connection, user.worker_id)
    supported = await support_store.count_of_worker(connection, user.worker_id)
    return [
        ToDo(part=Part.MINE, count=offered, text="deltagare som kollegor ber dig ta över", href=_OWN),
        ToDo(part=Part.MINE, count=supported, text="deltagare som du stödjer", href=_OWN),
    ]


async def _meetings(connection: Connection, today: date) -> AsyncIterator[ToDo]:
    for insats in INSATSER.values():
        # An insats that had sessions by an earlier rule may still hold those that were booked.
        if not any(rule.sessions for rule in insats.versions):
            continue
        for found in await session_store.board(connection, insats.id, today, today + timedelta(days=1)):
            at = f"{labels.team_label(found.session.team)} kl. {labels.clock(found.session.starts_at)}"
            yield ToDo(
                part=Part.TODAY,
                count=found.occupancy.others,
                text=f"deltagare till möte med {at} ({insats.name})",
                href=f"/tider?insats={insats.id}&fran={today}",
            )


async def _groups(connection: Connection, today: date) -> AsyncIterator[ToDo]:
    for insats in INSATSER:
        for group in await group_store.listed(connection, insats, today, _GROUPS_AT_ONCE):
            terms = group.terms
            if today in terms.session_days and today not in terms.called_off:
                at = "" if terms.starts_at is None else f" kl. {labels.clock(terms.starts_at)}"
                yield ToDo(
                    part=Part.TODAY,
                    count=group.taken,
                    text=f"deltagare i {terms.name}{at}",
                    href=f"/tider/grupper/{terms.of.group_id}",
                )


async def _awaited(connection: Connection, today: date) -> list[ToDo]:
    counted = await call_store.count_awaited(connection, today)
    one, many = "kallad part som inte har kommit", "kallade parter som inte har kommit"
    return [
        ToDo.of(Part.AWAITED, counted.late, f"{one} inom sin tid", f"{many} inom sin tid", _CALLS, late=True),
        ToDo.of(Part.AWAITED, counted.in_time, one, many, _CALLS),
    ]
