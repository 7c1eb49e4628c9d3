"""How the queue to an insats stands, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends

from contracts.codes import Role
from contracts.events import local_date
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.project_leaders import CASEWORK, require_insats
from services.chassis.queue_standing import QueueStanding
from services.referral import queue_store

_Reader = Annotated[User, Depends(signed_in(*CASEWORK, Role.PROJECT_LEADER))]


def queue_router() -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/api/referral", tags=["queue"])

    @router.get("/queues/{insats_id}")
    async def standing(insats_id: Code, runtime: RuntimeOf, user: _Reader) -> QueueStanding:
        """How many wait for an insats, and for how long. A project leader asks about an insats they lead."""
        require_insats(user, insats_id)
        async with runtime.pool.acquire() as connection:
            found = await queue_store.standing_of(connection, insats_id, local_date(runtime.clock.now()))
        return QueueStanding.model_validate(found)

    return router
