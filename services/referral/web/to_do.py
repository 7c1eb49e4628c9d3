"""What there is to do in the lists of referrals, for the start page."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.events import local_date
from services.chassis.auth import User
from services.chassis.database import Connection
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.to_do import WITH_LISTS, Part, ToDo
from services.referral import hand_back_store, inbox_store, queue_store, referrer_store
from services.referral.birthdays import birthdays_ahead
from services.referral.domain.permissions import PERMISSIONS, Act, CaseState
from services.referral.inbox_store import Inbox
from services.referral.vault import Vault
from services.referral.web import birthdays
from services.referral.web.hand_backs import PATH as HANDED_BACK
from services.referral.web.inbox_view import View
from services.referral.web.new_referral import agency_of
from services.referral.web.referrer_to_do import TO_DO

# As far as the lists themselves count.
_COUNTED: Final = 1000
_NEW: Final = ("ny anmälan som väntar på svar", "nya anmälningar som väntar på svar")
_INCOMPLETE: Final = (
    "anmälan som väntar på remittentens komplettering",
    "anmälningar som väntar på remittentens komplettering",
)
_HANDED_BACK: Final = (
    "återföring som remittenten inte har kvitterat",
    "återföringar som remittenten inte har kvitterat",
)
_BIRTHDAYS: Final = (
    "födelsedag snart eller nyss, då ärendet ses över",
    "födelsedagar snart eller nyss, då ärendena ses över",
)
_OWN: Final = (
    "anmälan som väntar på er: komplettera eller kvittera",
    "anmälningar som väntar på er: komplettera eller kvittera",
)


def to_do_api(vault: Vault) -> APIRouter:
    """The route /api/referral/to-do."""
    router = APIRouter(prefix="/api/referral", tags=["referral"])

    @router.get("/to-do")
    async def to_do(runtime: RuntimeOf, user: Annotated[User, Depends(signed_in(*WITH_LISTS))]) -> list[ToDo]:
        """How much there is in the lists that the user works with."""
        found: list[ToDo] = []
        async with runtime.pool.acquire() as connection:
            if user.has(Role.COORDINATOR, Role.LOTS, Role.OFFICE):
                found += await _of_the_association(connection, user)
            if user.has(*birthdays.READERS):
                today = local_date(runtime.clock.now())
                ahead = await birthdays_ahead(connection, vault, user, today)
                found.append(ToDo.of(Part.TEAM, len(ahead.birthdays), *_BIRTHDAYS, birthdays.PATH))
            if user.has(Role.PROJECT_LEADER):
                found += await _queues(connection, user)
            if user.has(Role.AGENCY):
                own = await referrer_store.count_to_do(connection, agency_of(user).id)
                found.append(ToDo.of(Part.MINE, own, *_OWN, TO_DO))
        return found

    return router


async def _of_the_association(connection: Connection, user: User) -> list[ToDo]:
    # What is new is the coordinators' to answer; for others it is how the team stands.
    part = Part.NEW if user.has(*PERMISSIONS[Act.ACCEPT].roles) else Part.TEAM
    found = [
        await _in_state(connection, part, CaseState.WAITING, _NEW),
        await _in_state(connection, Part.AWAITED, CaseState.INCOMPLETE, _INCOMPLETE),
    ]
    if user.has(Role.COORDINATOR):
        handed_back = await hand_back_store.count(connection, _COUNTED)
        found.append(ToDo.of(Part.AWAITED, handed_back, *_HANDED_BACK, HANDED_BACK))
    return found


async def _queues(connection: Connection, user: User) -> list[ToDo]:
    """The queues to the insatser that the user leads."""
    lengths = await queue_store.lengths(connection)
    return [
        ToDo.of(
            Part.TEAM,
            lengths[insats],
            f"person väntar i kön till {_name(insats)}",
            f"personer väntar i kön till {_name(insats)}",
            f"/anmalningar/ko?insats={insats}",
        )
        for insats in sorted(user.leads & lengths.keys())
    ]


def _name(insats: str) -> str:
    return INSATSER[insats].name if insats in INSATSER else insats


async def _in_state(connection: Connection, part: Part, state: CaseState, words: tuple[str, str]) -> ToDo:
    inbox = Inbox(state)
    counted = (await inbox_store.standing(connection, inbox, _COUNTED)).count
    return ToDo.of(part, counted, *words, View(inbox).address())
