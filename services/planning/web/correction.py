"""Ångra: an event of the case's planning is taken back as registered in error, once the person has been named."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import words
from contracts.corrections import RegisteredInError
from contracts.planning import SOURCE
from contracts.problems import NotFound, Refused
from services.planning import commands
from services.planning.carrying_out import Coordinator
from services.planning.commands import KnownCase
from services.planning.domain.case import LoggedEvent
from services.planning.domain.checks import known
from services.planning.domain.command import RegisterInError
from services.planning.domain.decide_correction import (
    correct,
    depending,
    groups_given_back,
    places_given_back,
    seats_given_back,
)
from services.planning.domain.decision import Decision
from services.planning.domain.groups import GroupOccupancy
from services.planning.domain.places import PlaceOccupancy, PlaceTerms, Supplier
from services.planning.domain.sessions import Occupancy
from services.planning.web import labels
from services.planning.web.asked import Asked, AskedOf
from services.planning.web.case_events import activity_kinds, shown
from services.planning.web.case_forms import CorrectionForm
from services.planning.web.case_page import PAGES
from services.planning.web.case_words import rule_of

_DEPENDED_ON = "later_events_depend"
_ANY_PLACE: Final = PlaceOccupancy(terms=PlaceTerms(Supplier("", ""), "", 1, date.min))


class _AnyGroup(GroupOccupancy):
    """A group that has room, and whose every session was held."""

    @property
    def has_room(self) -> bool:
        return True

    def has_room_for(self, unit_kind: str) -> bool:  # noqa: ARG002  # for everybody
        return True

    def was_held(self, day: date) -> bool:  # noqa: ARG002  # of any day
        return True


router = APIRouter(prefix="/ratta/{event_id}")


@router.get("")
async def ask(_user: Coordinator, asked: AskedOf, event_id: UUID) -> Response:
    """What would be taken back, and what goes with it; or what has to be taken back first."""
    return await _page(asked, event_id)


@router.post("")
async def take_back(
    user: Coordinator, asked: AskedOf, event_id: UUID, filled: Annotated[CorrectionForm, Form()]
) -> Response:
    """Takes the event back."""
    try:
        async with asked.runtime.unit(user.actor) as unit:
            command = RegisterInError(event_id, filled.reason, unit.today)
            await commands.register_in_error(unit, asked.case_id, command)
    except NotFound:
        raise
    except Refused as refused:
        return await _page(asked, event_id, refused)
    return RedirectResponse(f"/arenden/{asked.case_id}?klar=tillbaka", status_code=303)


async def _page(asked: Asked, event_id: UUID, refused: Refused | None = None) -> Response:
    found = await asked.case()
    event = _event(found, event_id)
    decided = _decided(asked, found, event_id)
    names_of = await asked.name()
    rule = rule_of(known(found.case), asked.today)
    kinds = activity_kinds(asked.case_id, found)
    with_it = [] if isinstance(decided, Refused) else _with_it(decided, found, event_id)
    first = depending(event, found.log) if isinstance(decided, Refused) and decided.code == _DEPENDED_ON else []
    values = {
        "case_id": asked.case_id,
        "name": names_of.get(asked.case_id),
        "insats": labels.insats_label(known(found.case).insats),
        "event": shown(event, found, kinds, rule),
        "with_it": [shown(each, found, kinds, rule) for each in with_it],
        "hindered": decided if isinstance(decided, Refused) else None,
        "first": [shown(each, found, kinds, rule) for each in reversed(first)],
        "reasons": words()["correction_reasons"],
        "refused": refused,
    }
    status = 200 if refused is None else refused.status
    return PAGES.page(asked.request, "case_correction.html", values, status=status)


def _event(found: KnownCase, event_id: UUID) -> LoggedEvent:
    event = next((each for each in found.log if each.id == event_id and each.source == SOURCE), None)
    if event is None:
        raise NotFound("event_unknown", "Ärendet har ingen sådan händelse som kan tas tillbaka här.")
    return event


def _decided(asked: Asked, found: KnownCase, event_id: UUID) -> Decision | Refused:
    """What the correction would lead to if whatever gives a seat or a place back has room; it is counted when the
    correction is made, while nobody else can take one."""
    command = RegisterInError(event_id, "other", asked.today)
    free = replace(
        command,
        found=dict.fromkeys(seats_given_back(command, found.log), Occupancy()),
        places=dict.fromkeys(places_given_back(command, found.log, found.withheld), _ANY_PLACE),
        groups=dict.fromkeys(groups_given_back(command, found.log, found.withheld), _AnyGroup()),
    )
    try:
        return correct(free, found.log, SOURCE, INSATSER, found.withheld)
    except Refused as refused:
        return refused


def _with_it(decision: Decision, found: KnownCase, event_id: UUID) -> list[LoggedEvent]:
    """The other events that the correction takes back."""
    gone = {each.event_id for each in decision.consequences if isinstance(each, RegisteredInError)}
    return [each for each in found.log if each.id in gone and each.id != event_id]
