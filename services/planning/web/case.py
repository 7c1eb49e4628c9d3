"""Ärendet: where a case stands, and what can be done with it next, done in place."""

from typing import Annotated, Final

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from contracts.problems import Refused
from services.chassis.auth import User
from services.planning.carrying_out import CaseWorker, Coordinator
from services.planning.web import case_forms as forms
from services.planning.web.asked import Asked, AskedOf, Looking
from services.planning.web.case_page import Refusal, case_page
from services.planning.web.correction import router as correction
from services.planning.web.plan import router as plan

_DONE: Final = {
    "bokat": "Mötet är bokat. Anmälaren får besked.",
    "hallet": "Det är registrerat att mötet har hållits.",
    "avbokat": "Mötet är avbokat. Anmälaren får besked.",
    "uteblev": "Det är registrerat att mötet inte blev av.",
    "startad": "Starten är registrerad.",
    "vilande": "Ärendet är vilande.",
    "aterupptaget": "Ärendet är återupptaget.",
    "oppnat": "Ärendet är öppet igen. Det tidigare avslutet finns kvar i historiken.",
    "borjad": "Det är registrerat att aktiviteten har börjat.",
    "genomford": "Det är registrerat att aktiviteten är genomförd.",
    "plan": "Planen är sparad.",
    "tillbaka": "Händelsen är borttagen som felregistrerad. Den finns kvar i historiken men räknas inte.",
}

router = APIRouter(prefix="/arenden/{case_id}", include_in_schema=False)
router.include_router(plan)
router.include_router(correction)


@router.get("")
async def case(user: Looking, asked: AskedOf, klar: str = "") -> Response:
    """Where the case stands and what can be done next."""
    return await case_page(asked, user, done=_DONE.get(klar))


@router.post("/boka")
async def book(user: Coordinator, asked: AskedOf, filled: Annotated[forms.BookForm, Form()]) -> Response:
    """Books a meeting that takes no seat, or moves it."""
    return await _carry_out(asked, user, f"boka-{filled.kind}", filled, "bokat")


@router.post("/hallet")
async def hold(user: Coordinator, asked: AskedOf, filled: Annotated[forms.HoldForm, Form()]) -> Response:
    """The booked meeting was held."""
    return await _carry_out(asked, user, f"mote-{filled.kind}", filled, "hallet")


@router.post("/avboka")
async def cancel(user: Coordinator, asked: AskedOf, filled: Annotated[forms.CancelForm, Form()]) -> Response:
    """The booked meeting does not come about."""
    done = "uteblev" if filled.cause == "not_attended" else "avbokat"
    return await _carry_out(asked, user, f"mote-{filled.kind}", filled, done)


@router.post("/starta")
async def start(user: Coordinator, asked: AskedOf, filled: Annotated[forms.StartForm, Form()]) -> Response:
    """The person begins to take part."""
    return await _carry_out(asked, user, "starta", filled, "startad")


@router.post("/vila")
async def put_on_hold(user: CaseWorker, asked: AskedOf, filled: Annotated[forms.PutOnHoldForm, Form()]) -> Response:
    """The case waits for something outside the insats."""
    return await _carry_out(asked, user, "vila", filled, "vilande")


@router.post("/ateruppta")
async def resume(user: CaseWorker, asked: AskedOf, filled: Annotated[forms.ResumeForm, Form()]) -> Response:
    """The case goes on."""
    return await _carry_out(asked, user, "ateruppta", filled, "aterupptaget")


@router.post("/oppna")
async def reopen(user: Coordinator, asked: AskedOf, filled: Annotated[forms.ReopenForm, Form()]) -> Response:
    """A participant who had left takes part again."""
    return await _carry_out(asked, user, "oppna", filled, "oppnat")


@router.post("/borja")
async def begin(user: CaseWorker, asked: AskedOf, filled: Annotated[forms.BeginForm, Form()]) -> Response:
    """An activity begins."""
    return await _carry_out(asked, user, f"borja-{filled.activity_id}", filled, "borjad")


@router.post("/genomford")
async def complete(user: CaseWorker, asked: AskedOf, filled: Annotated[forms.CompleteForm, Form()]) -> Response:
    """An activity was carried out."""
    return await _carry_out(asked, user, f"genomford-{filled.activity_id}", filled, "genomford")


async def _carry_out(asked: Asked, user: User, form: str, filled: forms.CaseForm, done: str) -> Response:
    """Carries out what a form asks for. A refusal is said at the form, which stays as it was filled in."""
    try:
        await asked.carry_out(user, filled.command)
    except Refused as refused:
        return await case_page(asked, user, refusal=Refusal(form, refused, filled.model_dump()))
    return RedirectResponse(f"/arenden/{asked.case_id}?klar={done}", status_code=303)
