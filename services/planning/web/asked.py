"""A request about one case: what its pages need to answer it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from contracts.codes import Role
from contracts.events import local_date
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.names import NameClient, Names, NamesOf
from services.chassis.pages import token_of
from services.chassis.runtime import Runtime
from services.planning import commands
from services.planning.commands import KnownCase
from services.planning.domain.command import Command

Looking = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]


@dataclass(frozen=True)
class Asked:
    """A request about one case."""

    request: Request
    runtime: Runtime
    names: NameClient
    case_id: UUID

    @property
    def today(self) -> date:
        return local_date(self.runtime.clock.now())

    async def case(self) -> KnownCase:
        """The case as it stands. Raises NotFound if nothing has been heard of it."""
        async with self.runtime.pool.acquire() as connection:
            return await commands.load(connection, self.case_id)

    async def name(self) -> Names:
        """The name of the case's person, as far as the reader may see it."""
        return await self.names.of([self.case_id], token_of(self.request))

    async def carry_out(self, user: User, command_on: Callable[[date], Command]) -> None:
        """Carries out a command. ``command_on`` makes it from the day of the unit. Raises Refused."""
        async with self.runtime.unit(user.actor) as unit:
            await commands.carry_out(unit, self.case_id, command_on(unit.today))


async def _asked(request: Request, runtime: RuntimeOf, names: NamesOf, case_id: str) -> Asked:
    try:
        return Asked(request, runtime, names, UUID(case_id))
    except ValueError:
        raise NotFound("case_unknown", "Ärendet finns inte här. Kontrollera adressen.") from None


AskedOf = Annotated[Asked, Depends(_asked)]
"""A page's dependency: a case is named in its address."""
