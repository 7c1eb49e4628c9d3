"""Carries one command out on each of several supports; what is refused does not hinder the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.handing_over import RefusedPiece
from services.chassis.runtime import Runtime
from services.planning import commands
from services.planning.domain import command as ask
from services.planning.web.support_forms import Chosen, choice_of


@dataclass(frozen=True)
class Carried:
    """How many it was carried out on, and the others with why not."""

    done: int
    refused: Sequence[RefusedPiece]


async def carry_out_each(
    runtime: Runtime, user: User, chosen: Sequence[Chosen], command_on: Callable[[Chosen, date], ask.Command]
) -> Carried:
    """Each in a unit of its own, one after the other."""
    refused = []
    for each in chosen:
        try:
            async with runtime.unit(user.actor) as unit:
                await commands.carry_out(unit, each.case_id, command_on(each, unit.today))
        except Refused as refusal:
            refused.append(RefusedPiece(choice_of(each.case_id, each.role), refusal.message))
    return Carried(len(chosen) - len(refused), refused)
