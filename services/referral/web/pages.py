"""The list of incoming referrals. It says what is new and moves nothing; a coordinator decides in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from contracts.catalogue import AGENCIES, INSATSER, OWN_KINDS
from contracts.catalogue.vocabulary import word_label
from contracts.codes import ReturnedBy, Role
from contracts.consent import ConsentStatus
from contracts.labels import label
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, from_script, signed_in
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.referral import commands, hand_back_store, inbox_store, officers_store, queue_store, store
from services.referral.birth_years import read_birth_years
from services.referral.contacts import read_contacts
from services.referral.domain.case import CaseState
from services.referral.domain.permissions import PERMISSIONS, Act, may
from services.referral.domain.return_reasons import return_reasons
from services.referral.inbox_store import Inbox
from services.referral.names import FOR_THE_REFERRALS, NAMELESS, read_names
from services.referral.vault import Vault
from services.referral.web.birthdays import READERS as BIRTHDAY_READERS
from services.referral.web.inbox_view import View, ViewOf
from services.referral.web.shortcuts import shortcut_of

SHOWN: Final = 100
_COUNTED: Final = 1000

_PAGES: Final = Pages(Path(__file__).parent / "templates")

_STATES: Final[Mapping[CaseState, str]] = {
    CaseState.WAITING: "Väntar",
    CaseState.INCOMPLETE: "Ofullständiga",
    CaseState.ACCEPTED: "Antagna",
    CaseState.STARTED: "Deltar",
    CaseState.RETURNED: "Återremitterade",
    CaseState.CLOSED: "Avslutade",
}
UNITS: Final[Mapping[str, str]] = {
    **{unit.id: unit.name for agency in AGENCIES.values() for unit in agency.units},
    **{kind: word_label("unit_kinds", kind) for kind in OWN_KINDS},
}
"""What the units that refer are called."""

_SINCE: Final[Mapping[CaseState, str]] = {
    CaseState.INCOMPLETE: "Ofullständig",
    CaseState.ACCEPTED: "Antagen",
    CaseState.STARTED: "Startade",
    CaseState.RETURNED: "Återremitterad",
    CaseState.CLOSED: "Avslutad",
}
_CONSENTS: Final[Mapping[ConsentStatus, str]] = {
    ConsentStatus.GIVEN: "ja",
    ConsentStatus.REFUSED: "nej",
    ConsentStatus.WITHDRAWN: "återkallat",
}

_Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]
_Coordinator = Annotated[User, Depends(signed_in(*sorted(PERMISSIONS[Act.ACCEPT].roles)))]
_Values = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """What a shown list holds: its newest case (empty: none), how many cases there were in all, and how many of
    somebody forgotten or protected."""

    newest: UUID | Literal[""] = ""
    count: int = 0
    forgotten: int = 0


@dataclass(frozen=True)
class Done:
    """A decision just made, to be confirmed where it was made."""

    case_id: UUID
    name: str
    text: str
    returned: bool


def _seen(
    newest: Annotated[UUID | Literal[""], Query()] = "",
    count: Annotated[int, Query(ge=0, le=_COUNTED)] = 0,
    forgotten: Annotated[int, Query(ge=0, le=_COUNTED)] = 0,
) -> Seen:
    return Seen(newest, count, forgotten)


def _seen_in_form(
    newest: Annotated[UUID | Literal[""], Form()] = "",
    count: Annotated[int, Form(ge=0, le=_COUNTED)] = 0,
    forgotten: Annotated[int, Form(ge=0, le=_COUNTED)] = 0,
) -> Seen:
    return Seen(newest, count, forgotten)


_SeenInQuery = Annotated[Seen, Depends(_seen)]
_SeenInForm = Annotated[Seen, Depends(_seen_in_form)]


def pages_router(vault: Vault) -> APIRouter:
    """The pages under /anmalningar."""
    router = APIRouter(prefix="/anmalningar", include_in_schema=False)

    @router.get("")
    async def whole(
        request: Request, runtime: RuntimeOf, user: _Reader, view: ViewOf, klar: UUID | None = None
    ) -> Response:
        done = await _decided_values(runtime, vault, user, klar) if klar else None
        values = await _list(runtime, vault, user, view)
        return _PAGES.page(request, "referrals.html", {**values, "done": done, "sought": "", "wrong": None})

    @router.get("/nytt")
    async def news(
        request: Request, runtime: RuntimeOf, _user: _Reader, view: ViewOf, seen: _SeenInQuery, shown: str = ""
    ) -> Response:
        """What has changed since the list was shown. Reads no name, and an open page costs two short queries."""
        news = await _news(runtime, view, seen)
        if (news.text if news else "") == shown:
            return Response(status_code=204)
        return _PAGES.page(request, "referrals_news.html", {"news": news}) if news else Response("")

    @router.post("/{case_id}/anta")
    async def accept(
        request: Request, case_id: UUID, runtime: RuntimeOf, user: _Coordinator, view: ViewOf, seen: _SeenInForm
    ) -> Response:
        async with runtime.unit(user.actor) as unit:
            await commands.accept(unit, vault, case_id, None)
        return await _confirmed(request, runtime, user, case_id, view, seen)

    @router.post("/{case_id}/aterremittera")
    async def return_(
        request: Request,
        case_id: UUID,
        runtime: RuntimeOf,
        user: _Coordinator,
        reason: Annotated[Code, Form()],
        view: ViewOf,
        seen: _SeenInForm,
    ) -> Response:
        async with runtime.unit(user.actor) as unit:
            await commands.return_(unit, vault, case_id, None, reason)
        return await _confirmed(request, runtime, user, case_id, view, seen)

    async def _confirmed(
        request: Request, runtime: Runtime, user: User, case_id: UUID, view: View, seen: Seen
    ) -> Response:
        """In place of the row; without scripts, at the top of the page of the list it was on."""
        if not from_script(request):
            return RedirectResponse(view.address(klar=case_id), status_code=303)
        # The one just decided is gone from the list, and whoever decided knows it: it is no news.
        known = replace(seen, count=max(0, seen.count - 1))
        done = await _decided_values(runtime, vault, user, case_id)
        values = {"done": done, "seen": known, "since": _SINCE.get(view.state)}
        return _PAGES.page(request, "referrals_done.html", values)

    return router


async def _decided_values(runtime: Runtime, vault: Vault, user: User, case_id: UUID) -> Done | None:
    """The decision about a case as it stands; None while there is none."""
    row = await store.row(runtime.pool, case_id)
    if row.state not in (CaseState.ACCEPTED, CaseState.RETURNED):
        return None
    async with runtime.unit(user.actor) as unit:
        names = await read_names(unit, vault, [case_id], user, FOR_THE_REFERRALS)
    name = names.get(case_id, NAMELESS)
    return Done(case_id, name, f"Anmälan för {name}{_decided(row)}.", row.state is CaseState.RETURNED)


def _decided(row: store.Row) -> str:
    if row.state is CaseState.ACCEPTED:
        return " är antagen"
    if row.returned_by in (None, ReturnedBy.INSATS):
        return " är återremitterad"
    return f" är avslutad: {label(row.returned_by)}"


def _may(act: Act, user: User, state: CaseState) -> bool:
    return may(act, user.roles) and PERMISSIONS[act].in_state(state)


@dataclass(frozen=True)
class News:
    """What to announce, and where it is to be seen."""

    text: str
    address: str


async def _news(runtime: Runtime, view: View, seen: Seen) -> News | None:
    """What to announce; None when the list shown is the list there is."""
    async with runtime.pool.acquire() as connection:
        new = await inbox_store.count_newer(connection, view.inbox, seen.newest or None, _COUNTED)
        now = await inbox_store.standing(connection, view.inbox, _COUNTED)
    if new:
        counted = f"{new} {'ny anmälan' if new == 1 else 'nya anmälningar'}" if new < _COUNTED else None
        return News(counted or "Många nya anmälningar", view.newest.address())
    # Somebody came back into the list, or a name on an open page would outlive the person's erasure or protection.
    came_back = seen.count < now.count < _COUNTED
    changed = now.count < seen.count or came_back or now.forgotten != seen.forgotten
    return News("Listan har ändrats", view.address()) if changed else None


_DECIDED_ABOUT: Final = frozenset({CaseState.WAITING, CaseState.INCOMPLETE})


def _named(row: store.Row, today: date) -> bool:
    """False if the unit that refers is of a kind that no door of the insats names; nobody is refused for it."""
    insats, agency = INSATSER.get(row.insats), AGENCIES.get(row.agency)
    rule = None if insats is None else insats.rule_on(row.referred_on) or insats.rule_on(today)
    unit = None if agency is None else agency.unit(row.unit)
    return rule is None or agency is None or unit is None or rule.names_unit(unit.kind, agency.member)


async def _list(runtime: Runtime, vault: Vault, user: User, view: View) -> _Values:
    async with runtime.unit(user.actor) as unit:
        page = await inbox_store.page(unit.conn, view.inbox, view.place, SHOWN)
        rows = page.rows
        names = await read_names(unit, vault, [row.case_id for row in rows], user, FOR_THE_REFERRALS)
        born = await read_birth_years(unit, vault, names, user)
        # Whoever decides is the one who calls.
        contacts = await read_contacts(unit, vault, rows, user) if user.has(Role.COORDINATOR) else {}
        standing = await inbox_store.standing(unit.conn, view.inbox, _COUNTED)
        today = unit.today
        without = await officers_store.count_without_referrer(unit.conn, today, _COUNTED)
        handed_back = await hand_back_store.count(unit.conn, _COUNTED)
        waits = await queue_store.waits(unit.conn, ((row.case_id, row.referred_on) for row in rows), today)
        insatser = await inbox_store.insatser(unit.conn)
    state = view.state
    previous, following = view.beside(page)
    return {
        "rows": rows,
        "names": names,
        "born": born,
        "contacts": contacts,
        "waits": waits,
        "counted": f"fler än {_COUNTED - 1}" if standing.count == _COUNTED else standing.count,
        "without_referrer": without if user.has(Role.COORDINATOR) else 0,
        "handed_back": handed_back if user.has(Role.COORDINATOR) else 0,
        "seen": Seen(standing.newest or "", standing.count, standing.forgotten),
        "out_of_band": False,
        "view": view,
        "previous": previous,
        "following": following,
        "oldest_first": view.inbox.oldest_first,
        "state": state,
        "tabs": {name: (view.of(each).address(), each is state) for each, name in _STATES.items()},
        "heading": _STATES[state],
        "chosen": view.inbox.insats or "",
        "all_insatser": View(Inbox(state)).address(),
        "choices": _choices(insatser, view.inbox.insats),
        "since": _SINCE.get(state),
        "consents": _CONSENTS,
        "insatser": INSATSER,
        "shortcuts": {row.case_id: said for row in rows if (said := shortcut_of(row))},
        "unlisted": {row.case_id for row in rows if state in _DECIDED_ABOUT and not _named(row, today)},
        "own_kinds": OWN_KINDS,
        "units": UNITS,
        "reasons": {row.insats: return_reasons(INSATSER.get(row.insats), today) for row in rows},
        "may_see_birthdays": user.has(*BIRTHDAY_READERS),
        "may_accept": _may(Act.ACCEPT, user, state),
        "may_return": _may(Act.RETURN, user, state),
        "may_change_consent": may(Act.CHANGE_CONSENT, user.roles),
        "may_take_back": _may(Act.TAKE_BACK, user, state),
    }


def _choices(insatser: Sequence[str], chosen: str | None) -> dict[str, str]:
    """The insatser to choose from by their names: those with referrals, and the one that is chosen."""
    offered = {*insatser, chosen} if chosen else {*insatser}
    names = {each: INSATSER[each].name if each in INSATSER else each for each in offered}
    return dict(sorted(names.items(), key=lambda named: named[1]))
