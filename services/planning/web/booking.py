"""The seat of a case: book one in any district's session, move it, cancel it, register what came of the meeting."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from contracts.codes import MeetingMode, Role
from contracts.events import local_date
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.database import Connection
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.names import PLACE_WITHHELD, NameClient, NamesOf
from services.chassis.pages import Pages, token_of
from services.planning import commands, session_store
from services.planning.domain import command as ask
from services.planning.domain.case import Case, Referral, Stage
from services.planning.domain.checks import known
from services.planning.domain.meetings import MeetingBooking, Seat
from services.planning.domain.sessions import Occupancy
from services.planning.session_store import FreeSession
from services.planning.web import labels
from services.planning.web.forms import BookForm, choice_of

_SHOWN: Final = 20
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_DONE: Final = {
    "bokad": "Platsen är bokad. Anmälaren får besked.",
    "avbokad": "Mötet är avbokat och platsen ledig för andra. Anmälaren får besked.",
    "uteblev": "Det är registrerat att mötet inte blev av. Platsen är ledig för andra.",
    "hallet": "Det är registrerat att mötet har hållits.",
}

Coordinator = Annotated[User, Depends(signed_in(Role.COORDINATOR))]

router = APIRouter(prefix="/arende/{case_id}")


@router.get("")
async def seat(
    request: Request, runtime: RuntimeOf, names: NamesOf, _user: Coordinator, case_id: UUID, klar: str = ""
) -> Response:
    """The case's seat, and those it may have instead."""
    return await _page(request, runtime, names, case_id, done=_DONE.get(klar))


@router.post("/boka")
async def book(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: Coordinator,
    case_id: UUID,
    filled: Annotated[BookForm, Form()],
) -> Response:
    """Books a seat, or moves to it. Where there is none left, the page says so and shows those that are."""

    def command_on(today: date) -> ask.Command:
        return ask.BookMeeting(
            meeting_id=uuid4(),
            booked_on=today,
            kind=None,
            team=filled.session.team,
            meets_on=filled.session.meets_on,
            starts_at=filled.session.starts_at,
            mode=filled.mode,
            found=Occupancy(),
            today=today,
        )

    return await _carry_out(request, runtime, names, user, case_id, command_on, "bokad")


@router.post("/avboka")
async def cancel(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: Coordinator,
    case_id: UUID,
    orsak: Annotated[Literal["avbokad", "uteblev"], Form()],
) -> Response:
    """The meeting does not come about: called off, or the participant did not come."""

    def command_on(today: date) -> ask.Command:
        return ask.CancelMeeting(None, today, orsak == "uteblev", today)

    return await _carry_out(request, runtime, names, user, case_id, command_on, orsak)


@router.post("/hallet")
async def held(request: Request, runtime: RuntimeOf, names: NamesOf, user: Coordinator, case_id: UUID) -> Response:
    """The meeting was held as booked."""
    return await _carry_out(
        request, runtime, names, user, case_id, lambda today: ask.HoldMeeting(None, None, None, today), "hallet"
    )


async def _carry_out(
    request: Request,
    runtime: RuntimeOf,
    names: NameClient,
    user: User,
    case_id: UUID,
    command_on: Callable[[date], ask.Command],
    done: str,
) -> Response:
    try:
        async with runtime.unit(user.actor) as unit:
            await commands.carry_out(unit, case_id, command_on(unit.today))
    except Refused as refused:
        return await _page(request, runtime, names, case_id, refused=refused)
    return RedirectResponse(f"/tider/arende/{case_id}?klar={done}", status_code=303)


async def _page(
    request: Request,
    runtime: RuntimeOf,
    names: NameClient,
    case_id: UUID,
    *,
    done: str | None = None,
    refused: Refused | None = None,
) -> Response:
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        case = (await commands.load(connection, case_id)).case
        referral = known(case)
    names_of = await names.of([case_id], token_of(request))
    shows_place = names_of.shows_place(case_id)
    async with runtime.pool.acquire() as connection:
        if shows_place:
            own, others = await _choices(connection, case, referral, today)
        else:
            own, others = await _all_choices(connection, case, referral, today), []
    booking = _booking(case)
    values = {
        "case_id": case_id,
        "name": names_of.get(case_id),
        "insats": labels.insats_label(referral.insats),
        "unit": labels.unit_label(referral.unit) if shows_place else PLACE_WITHHELD,
        "shows_place": shows_place,
        "accepted_on": referral.accepted_on,
        "days": None if referral.accepted_on is None else (today - referral.accepted_on).days,
        "booking": None if booking is None else _booking_values(booking, today),
        "under_way": case.stage in {Stage.ACCEPTED, Stage.PARTICIPATING},
        "most": _SHOWN,
        "own": own,
        "others": others,
        "modes": list(MeetingMode),
        "mode": MeetingMode.PHYSICAL if booking is None else booking.mode,
        "done": done,
        "refused": refused,
    }
    return _PAGES.page(request, "booking.html", values, status=200 if refused is None else refused.status)


async def _choices(
    connection: Connection, case: Case, referral: Referral, today: date
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Sessions with a free place: those of the case's own district or of all districts, and those of others."""
    shown = []
    for own in (True, False):
        found = await session_store.free(connection, referral.insats, today, _SHOWN, area=referral.unit, own=own)
        shown.append(_others(found, case))
    return shown[0], shown[1]


async def _all_choices(connection: Connection, case: Case, referral: Referral, today: date) -> list[dict[str, Any]]:
    """Sessions with a free place, without saying which are those of the case's own district."""
    return _others(await session_store.free(connection, referral.insats, today, _SHOWN), case)


def _others(found: Sequence[FreeSession], case: Case) -> list[dict[str, Any]]:
    """The sessions but the one that the case has its seat in."""
    booking = _booking(case)
    mine = None if booking is None else (booking.team, booking.meets_on, booking.starts_at)
    return [_choice(each) for each in found if _place(each.session) != mine]


def _place(session: Seat) -> tuple[Any, ...]:
    return session.team, session.meets_on, session.starts_at


def _choice(found: FreeSession) -> dict[str, Any]:
    session, area = found.session, found.terms.area
    return {
        "value": choice_of(session),
        "meets_on": session.meets_on,
        "starts_at": labels.clock(session.starts_at),
        "team": labels.team_label(session.team),
        "area": None if area is None else labels.unit_label(area),
        "places": labels.places(found.occupancy),
        "extra": found.terms.extra,
    }


def _booking(case: Case) -> MeetingBooking | None:
    meeting = case.meetings.booked(None)
    return None if meeting is None else meeting.booking


def _booking_values(booking: MeetingBooking, today: date) -> dict[str, Any]:
    return {
        "team": None if booking.team is None else labels.team_label(booking.team),
        "meets_on": booking.meets_on,
        "starts_at": None if booking.starts_at is None else labels.clock(booking.starts_at),
        "mode": booking.mode,
        "has_come": booking.meets_on <= today,
    }
