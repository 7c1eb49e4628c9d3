"""Ending a referral before the start, by whose doing it was, and taking that back."""

from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import return_reason_label
from contracts.codes import ReturnedBy
from contracts.envelope import Fact
from contracts.labels import label
from contracts.model import Code
from contracts.problems import Conflict, NotFound
from contracts.referral import ReferralAccepted, ReferralReturned
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.log import read_log
from services.chassis.pages import Pages, swedish_date
from services.chassis.runtime import Runtime
from services.referral import commands, referrer_store, store
from services.referral.domain.correction import step_that_counts
from services.referral.domain.permissions import PERMISSIONS, Act, CaseState
from services.referral.domain.return_reasons import reasons_of
from services.referral.names import FOR_THE_REFERRALS, read_name
from services.referral.vault import Vault
from services.referral.web.inbox_view import ViewOf
from services.referral.web.new_referral import Referrer, agency_of
from services.referral.web.referrer import reference_of

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_UNDONE: Final = "registered_in_error"

_Coordinator = Annotated[User, Depends(signed_in(*sorted(PERMISSIONS[Act.TAKE_BACK].roles)))]
_REGISTERED_FOR_OTHERS: Final = (ReturnedBy.REFERRER, ReturnedBy.PARTICIPANT, ReturnedBy.EXPIRY)


def ending_pages(vault: Vault) -> APIRouter:
    """The pages under /anmalningar/… and /mina-anmalningar/… that end a referral."""
    router = APIRouter(include_in_schema=False)

    @router.get("/anmalningar/{case_id}/avsluta")
    async def choose(
        request: Request, case_id: UUID, runtime: RuntimeOf, user: _Coordinator, view: ViewOf
    ) -> Response:
        row = await store.row(runtime.pool, case_id)
        name, insats = await _name(runtime, vault, user, case_id), INSATSER.get(row.insats)
        async with runtime.unit(user.actor) as unit:
            today = unit.today
        ends = {by: reasons_of(by, insats, today) for by in _REGISTERED_FOR_OTHERS}
        open_ = PERMISSIONS[Act.RETURN].in_state(row.state)
        values = {"case_id": case_id, "name": name, "ends": ends, "open": open_, "state": row.state, "view": view}
        return _PAGES.page(request, "referral_end.html", values)

    @router.post("/anmalningar/{case_id}/avsluta")
    async def end(
        case_id: UUID,
        runtime: RuntimeOf,
        user: _Coordinator,
        view: ViewOf,
        by: Annotated[ReturnedBy, Form()],
        reason: Annotated[Code, Form()],
    ) -> Response:
        async with runtime.unit(user.actor) as unit:
            await commands.return_(unit, vault, case_id, None, reason, by)
        return RedirectResponse(view.address(klar=case_id), status_code=303)

    @router.get("/anmalningar/{case_id}/angra")
    async def confirm(
        request: Request, case_id: UUID, runtime: RuntimeOf, user: _Coordinator, klar: bool = False
    ) -> Response:
        return await _confirmation(request, runtime, vault, user, case_id, done=klar)

    @router.post("/anmalningar/{case_id}/angra")
    async def undo(
        request: Request, case_id: UUID, runtime: RuntimeOf, user: _Coordinator, event_id: Annotated[UUID, Form()]
    ) -> Response:
        try:
            async with runtime.unit(user.actor) as unit:
                await commands.take_back_step(unit, vault, case_id, event_id, _UNDONE)
        except Conflict as refused:
            return await _confirmation(request, runtime, vault, user, case_id, refused=refused)
        return RedirectResponse(f"/anmalningar/{case_id}/angra?klar=true", status_code=303)

    @router.get("/mina-anmalningar/{case_id}/ta-tillbaka")
    async def ask(request: Request, case_id: UUID, runtime: RuntimeOf, user: Referrer) -> Response:
        row = await _own(runtime, user, case_id)
        async with runtime.unit(user.actor) as unit:
            reasons = reasons_of(ReturnedBy.REFERRER, INSATSER.get(row.insats), unit.today)
        values = {
            "case_id": case_id,
            "reference": reference_of(vault, row),
            "insats": INSATSER[row.insats].name if row.insats in INSATSER else row.insats,
            "reasons": reasons,
            "may": PERMISSIONS[Act.WITHDRAW].in_state(row.state),
        }
        return _PAGES.page(request, "my_referral_withdraw.html", values)

    @router.post("/mina-anmalningar/{case_id}/ta-tillbaka")
    async def withdraw(
        case_id: UUID, runtime: RuntimeOf, user: Referrer, reason: Annotated[Code, Form()]
    ) -> Response:
        await _own(runtime, user, case_id)
        async with runtime.unit(user.actor) as unit:
            await commands.return_(unit, vault, case_id, None, reason, ReturnedBy.REFERRER)
        return RedirectResponse(f"/mina-anmalningar/{case_id}", status_code=303)

    return router


async def _confirmation(
    request: Request,
    runtime: Runtime,
    vault: Vault,
    user: User,
    case_id: UUID,
    *,
    done: bool = False,
    refused: Conflict | None = None,
) -> Response:
    """Names the person, so that the right step is taken back."""
    row = await store.row(runtime.pool, case_id)
    async with runtime.pool.acquire() as connection:
        step = step_that_counts(row.state, await read_log(connection, case_id))
    values = {
        "case_id": case_id,
        "name": await _name(runtime, vault, user, case_id),
        "insats": INSATSER[row.insats].name if row.insats in INSATSER else row.insats,
        "referred_on": row.referred_on,
        "step": None if step is None else {"event_id": step.id, "text": _step(step.data)},
        "accepted": row.state is CaseState.ACCEPTED,
        "may": step is not None and PERMISSIONS[Act.TAKE_BACK].in_state(row.state),
        "done": done,
        "refused": refused,
    }
    status = 200 if refused is None else refused.status
    return _PAGES.page(request, "referral_undo.html", values, status=status)


def _step(fact: Fact) -> str:
    """What would be taken back, in words and with its day."""
    day = swedish_date(fact.happened_on)
    match fact:
        case ReferralReturned():
            reason = f": {return_reason_label(fact.reason)}" if fact.reason else ""
            return f"{label(fact.returned_by)} {day}, {label(fact.stage)}{reason}"
        case ReferralAccepted():
            return f"anmälan antogs {day}"
        case _:
            return f"komplettering begärdes {day}"


async def own_referral(
    runtime: Runtime, vault: Vault, user: User, case_id: UUID
) -> tuple[referrer_store.OwnReferral, str]:
    """A referral of the user's agency and its reference. Raises NotFound."""
    row = await _own(runtime, user, case_id)
    return row, reference_of(vault, row)


async def _own(runtime: Runtime, user: User, case_id: UUID) -> referrer_store.OwnReferral:
    async with runtime.pool.acquire() as connection:
        row = await referrer_store.one(connection, agency_of(user).id, case_id)
    if row is None:
        raise NotFound("referral_unknown", "Er myndighet har ingen sådan anmälan.")
    return row


async def _name(runtime: Runtime, vault: Vault, user: User, case_id: UUID) -> str:
    async with runtime.unit(user.actor) as unit:
        return await read_name(unit, vault, case_id, user, FOR_THE_REFERRALS)
