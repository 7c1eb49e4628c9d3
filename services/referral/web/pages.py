"""The list of incoming referrals, which refreshes itself. A coordinator takes them on or returns them in it."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from contracts.catalogue import AGENCIES, INSATSER
from contracts.codes import ReturnReason, Role
from contracts.events import local_date
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.referral import commands, store
from services.referral.domain.case import CaseState, ConsentState
from services.referral.names import FOR_THE_REFERRALS, read_names
from services.referral.vault import Vault

_SHOWN: Final = 100
_COUNTED: Final = 1000

_PAGES: Final = Pages(Path(__file__).parent / "templates")

_STATES: Final[Mapping[CaseState, str]] = {
    CaseState.WAITING: "Väntar",
    CaseState.ACCEPTED: "Antagna",
    CaseState.STARTED: "Deltar",
    CaseState.RETURNED: "Återremitterade",
    CaseState.CLOSED: "Avslutade",
}
_SINCE: Final[Mapping[CaseState, str]] = {
    CaseState.ACCEPTED: "Antagen",
    CaseState.STARTED: "Startade",
    CaseState.RETURNED: "Återremitterad",
    CaseState.CLOSED: "Avslutad",
}
_CONSENTS: Final[Mapping[ConsentState, str]] = {
    ConsentState.GIVEN: "ja",
    ConsentState.REFUSED: "nej",
    ConsentState.WITHDRAWN: "återkallat",
}

_Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]
_Coordinator = Annotated[User, Depends(signed_in(Role.COORDINATOR))]
_Values = dict[str, Any]


def pages_router(vault: Vault) -> APIRouter:
    """The pages under /anmalningar."""
    router = APIRouter(prefix="/anmalningar", include_in_schema=False)

    @router.get("")
    async def whole(request: Request, runtime: RuntimeOf, user: _Reader, state: CaseState | None = None) -> Response:
        rows = await _rows(runtime, state or CaseState.WAITING)
        values = await _list(runtime, vault, user, state or CaseState.WAITING, rows)
        return _PAGES.page(request, "referrals.html", values)

    @router.get("/lista")
    async def fragment(request: Request, runtime: RuntimeOf, user: _Reader, state: CaseState, seen: str) -> Response:
        rows = await _rows(runtime, state)
        if _version(rows, runtime) == seen:
            return Response(status_code=204)  # nothing new: no name is read, and an open page costs one query
        return _PAGES.page(request, "referrals_list.html", await _list(runtime, vault, user, state, rows))

    @router.post("/{case_id}/anta")
    async def accept(request: Request, case_id: UUID, runtime: RuntimeOf, user: _Coordinator) -> Response:
        async with runtime.unit() as unit:
            await commands.accept(unit, case_id, None)
        return await _list_again(request, runtime, user, CaseState.WAITING, (case_id, "Anmälan är antagen."))

    @router.post("/{case_id}/aterremittera")
    async def return_(
        request: Request,
        case_id: UUID,
        runtime: RuntimeOf,
        user: _Coordinator,
        reason: Annotated[ReturnReason, Form()],
        state: Annotated[CaseState, Form()] = CaseState.WAITING,
    ) -> Response:
        async with runtime.unit() as unit:
            await commands.return_(unit, case_id, None, reason)
        return await _list_again(request, runtime, user, state, (case_id, "Anmälan är återremitterad."))

    async def _list_again(
        request: Request, runtime: Runtime, user: User, state: CaseState, done: tuple[UUID, str]
    ) -> Response:
        if "hx-request" not in request.headers:
            query = "" if state is CaseState.WAITING else f"?state={state.value}"
            return RedirectResponse(f"/anmalningar{query}", status_code=303)
        rows = await _rows(runtime, state)
        values = await _list(runtime, vault, user, state, rows)
        return _PAGES.page(request, "referrals_list.html", {**values, "done": done})

    return router


async def _rows(runtime: Runtime, state: CaseState) -> list[store.Row]:
    return await store.newest(runtime.pool, state, _SHOWN, after=None)


async def _list(runtime: Runtime, vault: Vault, user: User, state: CaseState, rows: Sequence[store.Row]) -> _Values:
    async with runtime.unit() as unit:
        names = await read_names(unit, vault, [row.case_id for row in rows], user, FOR_THE_REFERRALS)
        count = await store.count(unit.conn, state, _COUNTED)
    return {
        "rows": rows,
        "names": names,
        "count": f"fler än {_COUNTED - 1}" if count == _COUNTED else count,
        "shown": _SHOWN,
        "version": _version(rows, runtime),
        "state": state,
        "states": _STATES,
        "since": _SINCE.get(state),
        "consents": _CONSENTS,
        "insatser": INSATSER,
        "units": {unit.id: unit.name for agency in AGENCIES.values() for unit in agency.units},
        "reasons": list(ReturnReason),
        "may_accept": user.has(Role.COORDINATOR) and state is CaseState.WAITING,
        "may_return": user.has(Role.COORDINATOR) and state in (CaseState.WAITING, CaseState.ACCEPTED),
        "done": None,
    }


def _version(rows: Sequence[store.Row], runtime: Runtime) -> str:
    """Alike for lists that look alike."""
    day = local_date(runtime.clock.now())
    told = repr((day, [(row.case_id.hex, row.state.value, row.consent.value, row.other_open) for row in rows]))
    return hashlib.sha256(told.encode()).hexdigest()[:16]
