"""One command over HTTP: who may give it, one unit of work, and the answer that is kept for a repeat."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends

from contracts.codes import Role
from contracts.events import AnyEvent
from services.chassis.auth import User
from services.chassis.http import Done, signed_in
from services.chassis.idempotency import CommandRequest
from services.planning import commands
from services.planning.domain.command import Command

D = TypeVar("D", bound=Done)

Coordinator = Annotated[User, Depends(signed_in(Role.COORDINATOR))]
CaseWorker = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS))]


async def carry_out(
    request: CommandRequest, user: User, case_id: UUID, command_on: Callable[[date], Command]
) -> Done:
    """Carries out a command. ``command_on`` makes it from the day of the unit, which asks the clock once."""
    return await carry_out_and_answer(
        request, user, case_id, command_on, lambda appended: Done(case_id=case_id, events=Done.appended(appended))
    )


async def carry_out_and_answer(
    request: CommandRequest,
    user: User,
    case_id: UUID,
    command_on: Callable[[date], Command],
    answer: Callable[[list[AnyEvent]], D],
) -> D:
    """Carries out a command whose answer says more than :class:`Done`. ``answer`` makes it from what was appended."""
    async with request.unit(user.actor) as unit:
        appended = await commands.carry_out(unit, case_id, command_on(unit.today))
        return await request.answered(unit, answer(appended))
