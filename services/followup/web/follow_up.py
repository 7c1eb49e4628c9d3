"""One follow-up: how it stands, whose it is and why, what has been done about it, and what else can be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from contracts.catalogue.vocabulary import words
from contracts.events import local_date
from contracts.labels import actor_label, event_label, label
from contracts.model import Code
from contracts.problems import NotFound, Refused
from services.chassis.auth import User
from services.chassis.http import RuntimeOf
from services.chassis.inputs import Day
from services.chassis.names import NameClient, NamesOf
from services.chassis.pages import token_of
from services.chassis.runtime import Runtime
from services.chassis.user_ids import TypedId, user_id
from services.followup import absence_store, commands
from services.followup.commands import Asked
from services.followup.domain.absences import absence_on, substitute_on
from services.followup.domain.ledger import LoggedEvent, due_status
from services.followup.domain.registering import (
    TAKEN_BACK,
    CloseNotApplicable,
    DeclineFollowUp,
    OfferFollowUp,
    RegisterAttempt,
    Registration,
    TakeFollowUp,
)
from services.followup.web.labels import details_of, insats_label, point_label, responsible_label, why_owed
from services.followup.web.work_list import PAGES
from services.followup.work import WORKERS, may_complete, may_look

Looking = Annotated[User, Depends(may_look)]
Completing = Annotated[User, Depends(may_complete)]

_DONE: Final[Mapping[str, str]] = {
    "forsok": "Försöket är sparat. Uppföljningen ska fortfarande göras.",
    "avford": "Uppföljningen är avförd och ska inte göras.",
    "tagen": "Uppföljningen är din.",
    "fragad": "Kollegan är tillfrågad. Uppföljningen ligger kvar där den är tills kollegan tar över den.",
    "avbojd": "Du har tackat nej. Uppföljningen ligger kvar där den var.",
    "angrad": "Ångrat. Det som registrerats fel finns kvar i historiken och räknas inte.",
}


class AttemptForm(BaseModel):
    """Somebody tried and it was not held."""

    tried_on: Day
    outcome: Code
    channel: Code

    def command(self, _user: User, _today: date) -> Registration:
        """What is asked of the domain."""
        return RegisterAttempt(self.tried_on, self.outcome, self.channel)


class NotApplicableForm(BaseModel):
    """It is not to be held."""

    reason: Code

    def command(self, _user: User, today: date) -> Registration:
        """What is asked of the domain."""
        return CloseNotApplicable(today, self.reason)


class OfferForm(BaseModel):
    """Which colleague is asked to take it over."""

    to: TypedId

    def command(self, _user: User, _today: date) -> Registration:
        """What is asked of the domain. Raises Invalid."""
        return OfferFollowUp(user_id(self.to, "to"))


class TakeForm(BaseModel):
    """Whoever presses the button takes it over."""

    def command(self, user: User, _today: date) -> Registration:
        """What is asked of the domain."""
        return TakeFollowUp(user.worker_id)


class DeclineForm(BaseModel):
    """Why who was asked does not take it over."""

    reason: Code

    def command(self, user: User, _today: date) -> Registration:
        """What is asked of the domain."""
        return DeclineFollowUp(user.worker_id, self.reason)


class TakeBackForm(BaseModel):
    """Why what was registered is wrong."""

    reason: Code


@dataclass(frozen=True)
class Line:
    """An event as the history shows it. ``registered_on``: only where it is another day than it happened.
    ``taken_back``: it was registered in error and does not count."""

    event_id: UUID
    happened_on: date
    registered_on: date | None
    text: str
    details: str
    by: str
    taken_back: bool
    may_take_back: bool


@dataclass(frozen=True)
class Away:
    """Until when whose it is is away, and who does it meanwhile; None where nobody does."""

    last_day: date
    stands_in: str | None


@dataclass(frozen=True)
class FollowUpRequest:
    """A request about the follow-up that its address names."""

    request: Request
    runtime: Runtime
    names: NameClient
    follow_up_id: UUID

    @property
    def address(self) -> str:
        """Where its page is."""
        return f"/uppfoljningar/{self.follow_up_id}"

    async def asked(self) -> Asked:
        """The follow-up as it stands. Raises NotFound."""
        async with self.runtime.pool.acquire() as connection:
            return await commands.asked(connection, self.follow_up_id)

    async def owner_away(self, asked: Asked) -> Away | None:
        """By which absence the owner is away today, and who stands in; None while they are there."""
        if asked.worker_id is None:
            return None
        today = local_date(self.runtime.clock.now())
        async with self.runtime.pool.acquire() as connection:
            known = await absence_store.overlapping(connection, today, today)
        absence = absence_on(known, asked.worker_id, today)
        if absence is None:
            return None
        return Away(absence.last_day, substitute_on(known, asked.worker_id, today))

    async def page(self, template: str, asked: Asked, values: Mapping[str, Any], refused: Refused | None) -> Response:
        """A page about it, with the name of its person."""
        names_of = await self.names.of([asked.case_id], token_of(self.request))
        shown = {
            **_values(asked, local_date(self.runtime.clock.now())),
            **values,
            "name": names_of.get(asked.case_id),
            "refused": refused,
        }
        return PAGES.page(self.request, template, shown, status=refused.status if refused else 200)


async def _follow_up_request(
    request: Request, runtime: RuntimeOf, names: NamesOf, follow_up_id: UUID
) -> FollowUpRequest:
    return FollowUpRequest(request, runtime, names, follow_up_id)


About = Annotated[FollowUpRequest, Depends(_follow_up_request)]

router = APIRouter(prefix="/{follow_up_id}")


@router.get("")
async def page(about: About, user: Looking, klar: str = "") -> Response:
    return await _page(about, user, done=_DONE.get(klar))


@router.post("/forsok")
async def attempt(about: About, user: Completing, filled: Annotated[AttemptForm, Form()]) -> Response:
    return await _register(about, user, filled, "forsok")


@router.post("/avfor")
async def close(about: About, user: Completing, filled: Annotated[NotApplicableForm, Form()]) -> Response:
    return await _register(about, user, filled, "avford")


@router.post("/fraga")
async def offer(about: About, user: Completing, filled: Annotated[OfferForm, Form()]) -> Response:
    return await _register(about, user, filled, "fragad")


@router.post("/ta-over")
async def take(about: About, user: Completing) -> Response:
    return await _register(about, user, TakeForm(), "tagen")


@router.post("/avboj")
async def decline(about: About, user: Completing, filled: Annotated[DeclineForm, Form()]) -> Response:
    return await _register(about, user, filled, "avbojd")


@router.get("/angra/{event_id}")
async def ask_back(about: About, event_id: UUID, _user: Completing) -> Response:
    """Names the person and what would be taken back, before it is."""
    return await _take_back_page(about, event_id)


@router.post("/angra/{event_id}")
async def take_back(
    about: About, event_id: UUID, user: Completing, filled: Annotated[TakeBackForm, Form()]
) -> Response:
    try:
        async with about.runtime.unit(user.actor) as unit:
            await commands.take_back(unit, about.follow_up_id, event_id, filled.reason)
    except NotFound:
        raise
    except Refused as refused:
        return await _take_back_page(about, event_id, refused)
    return RedirectResponse(f"{about.address}?klar=angrad", status_code=303)


async def _register(
    about: FollowUpRequest,
    user: User,
    filled: AttemptForm | NotApplicableForm | OfferForm | TakeForm | DeclineForm,
    done: str,
) -> Response:
    try:
        async with about.runtime.unit(user.actor) as unit:
            await commands.register(unit, about.follow_up_id, filled.command(user, unit.today))
    except NotFound:
        raise
    except Refused as refused:
        return await _page(about, user, refused=refused)
    return RedirectResponse(f"{about.address}?klar={done}", status_code=303)


async def _page(
    about: FollowUpRequest, user: User, *, done: str | None = None, refused: Refused | None = None
) -> Response:
    asked = await about.asked()
    works = user.has(*WORKERS)
    values = {
        "history": _history(asked) if works else [],
        "may_act": works and asked.follow_up.state == "owed",
        "mine": asked.worker_id == user.worker_id,
        "away": await about.owner_away(asked),
        "asked_of_me": asked.follow_up.offered_to == user.worker_id,
        "outcomes": words()["attempt_outcomes"],
        "channels": words()["contact_channels"],
        "reasons": words()["not_applicable_reasons"],
        "declines": words()["handover_declines"],
        "done": done,
    }
    return await about.page("follow_up.html", asked, values, refused)


async def _take_back_page(about: FollowUpRequest, event_id: UUID, refused: Refused | None = None) -> Response:
    asked = await about.asked()
    line = next((each for each in _history(asked) if each.event_id == event_id and each.may_take_back), None)
    if line is None:
        raise NotFound("event_unknown", "Det finns ingen sådan registrering att ångra. Den kan redan vara ångrad.")
    return await about.page(
        "take_back.html", asked, {"line": line, "reasons": words()["correction_reasons"]}, refused
    )


def _values(asked: Asked, today: date) -> dict[str, Any]:
    follow_up = asked.follow_up
    terms = follow_up.terms
    return {
        "follow_up_id": terms.follow_up_id,
        "case_id": asked.case_id,
        "insats": insats_label(terms.rule.insats),
        "point": point_label(terms),
        "terms": terms,
        "status": due_status(follow_up, today),
        "follow_up": follow_up,
        "timeliness": label(follow_up.timeliness) if follow_up.timeliness else None,
        "worker_id": asked.worker_id,
        "responsible": responsible_label(terms),
        "why": why_owed(terms),
    }


def _history(asked: Asked) -> list[Line]:
    """What was appended about the follow-up, the latest first; what was taken back is among it and says so."""
    return [_line(event, taken_back=event.id in asked.taken_back) for event in reversed(asked.history)]


def _line(event: LoggedEvent, *, taken_back: bool) -> Line:
    recorded = local_date(event.recordedtime)
    return Line(
        event_id=event.id,
        happened_on=event.data.happened_on,
        registered_on=None if recorded == event.data.happened_on else recorded,
        text=event_label(event.type),
        details=details_of(event.data),
        by=actor_label(event.actor),
        taken_back=taken_back,
        may_take_back=isinstance(event.data, TAKEN_BACK) and not taken_back,
    )
