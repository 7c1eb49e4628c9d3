"""Contact with people who wait, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from contracts.catalogue.vocabulary import words
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import Body, Done, examples
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.referral import commands
from services.referral.domain.contact import NoteContact
from services.referral.domain.permissions import Act
from services.referral.ending_api import who
from services.referral.vault import Vault

CHANNELS = "contact_channels"


class NewContact(Body):
    """``contacted_on``: today unless given. ``reached``: false for an attempt."""

    model_config = examples({"channel": "phone", "reached": True})
    channel: Code
    reached: bool = True
    contacted_on: Day | None = None


class ContactTakenBack(Body):
    """``event_id``: the contact that never was."""

    model_config = examples({"event_id": "00000000-0000-4000-8000-000000000001"})
    event_id: UUID


def contact_router(vault: Vault) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/referral", tags=["cases"])

    @router.post("/cases/{case_id}/contact", status_code=201)
    async def note(
        case_id: UUID, body: NewContact, request: CommandRequestOf, user: Annotated[User, who(Act.NOTE_CONTACT)]
    ) -> Done:
        """Notes that somebody got in touch with a person who waits, or tried to."""
        async with request.unit(user.actor) as unit:
            day = body.contacted_on or unit.today
            command = NoteContact(body.channel, body.reached, day, unit.today, frozenset(words()[CHANNELS]))
            appended = await commands.carry_out(unit, vault, case_id, command)
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.post("/cases/{case_id}/contact/registered-in-error", status_code=201)
    async def take_back(
        case_id: UUID,
        body: ContactTakenBack,
        request: CommandRequestOf,
        user: Annotated[User, who(Act.NOTE_CONTACT)],
    ) -> Done:
        """Takes back a contact that was noted by mistake."""
        async with request.unit(user.actor) as unit:
            appended = await commands.take_back_contact(unit, case_id, body.event_id)
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    return router
