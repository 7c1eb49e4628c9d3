"""Protected identity over HTTP: a person is marked, the readers are named, the mark is lifted."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from contracts.agency import UserId
from services.chassis.auth import User
from services.chassis.http import Body, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.referral import protection, store
from services.referral.domain.protection import (
    MARKERS,
    MOST_READERS,
    NAMERS,
    Change,
    Lift,
    NameReaders,
    Protect,
    Protection,
    may_name_readers,
)

Readers = Annotated[tuple[UserId, ...], Field(max_length=MOST_READERS)]
_Marker = Annotated[User, Depends(signed_in(*sorted(MARKERS)))]
_Namer = Annotated[User, Depends(signed_in(*sorted(NAMERS)))]


class ProtectPerson(Body):
    """``readers``: the ids of the users who may read who the person is, beside whoever marks the person."""

    model_config = examples({"readers": ["lots-1"]}, {})
    readers: Readers = ()


class ReadersNamed(Body):
    """``readers``: the ids of all users who may read who the person is, from now on."""

    model_config = examples({"readers": ["koordinator-1", "lots-1"]})
    readers: Readers


class ProtectionLifted(Body):
    """Nothing to fill in."""

    model_config = examples({})


class ProtectionStatus(BaseModel):
    """The mark of a case's person. ``open_to_you``: you may read who it is. ``readers``: for those who may name them.

    ``taken_on``: somebody was named who may read at the insats.
    """

    case_id: UUID
    protected: bool
    open_to_you: bool
    taken_on: bool
    readers: list[str] | None


def protection_router() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/referral/cases", tags=["protected persons"])

    @router.get("/{case_id}/protection")
    async def status(case_id: UUID, runtime: RuntimeOf, user: _Namer) -> ProtectionStatus:
        """Whether the case's person is protected."""
        async with runtime.unit(user.actor) as unit:
            await store.row(unit.conn, case_id)
            return _status(case_id, user, await protection.of_case(unit, case_id))

    @router.post("/{case_id}/protect", status_code=201)
    async def protect(
        case_id: UUID, body: ProtectPerson, request: CommandRequestOf, user: _Marker
    ) -> ProtectionStatus:
        """Marks the case's person as protected, in all of the person's cases. Only those named read who it is."""
        return await _change(request, user, case_id, Protect(protection.decider(user), frozenset(body.readers)))

    @router.post("/{case_id}/readers", status_code=201)
    async def name(case_id: UUID, body: ReadersNamed, request: CommandRequestOf, user: _Namer) -> ProtectionStatus:
        """Names who may read who the person is; 403 ``not_named`` for a coordinator who is not one of them, unless
        nobody at the insats is. Operations may do it always."""
        return await _change(request, user, case_id, NameReaders(protection.decider(user), frozenset(body.readers)))

    @router.post("/{case_id}/lift-protection", status_code=201)
    async def lift(
        case_id: UUID, _body: ProtectionLifted, request: CommandRequestOf, user: _Marker
    ) -> ProtectionStatus:
        """The person is protected no longer; 403 ``not_named`` for whoever is not named."""
        return await _change(request, user, case_id, Lift(protection.decider(user)))

    return router


async def _change(request: CommandRequestOf, user: User, case_id: UUID, wanted: Change) -> ProtectionStatus:
    async with request.unit(user.actor) as unit:
        after = await protection.change(unit, case_id, wanted)
        return await request.answered(unit, _status(case_id, user, after))


def _status(case_id: UUID, user: User, found: Protection | None) -> ProtectionStatus:
    if found is None:
        return ProtectionStatus(case_id=case_id, protected=False, open_to_you=True, taken_on=False, readers=None)
    sees_readers = found.open_to(user.id) or may_name_readers(protection.decider(user), found)
    return ProtectionStatus(
        case_id=case_id,
        protected=True,
        open_to_you=found.open_to(user.id),
        taken_on=found.taken_on,
        readers=sorted(found.readers) if sees_readers else None,
    )
