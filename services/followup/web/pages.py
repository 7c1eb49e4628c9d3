"""Uppföljningar: the work list as people see it, where a follow-up is completed in two clicks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field, model_validator

from contracts.codes import ActivityOutcome, FollowUpReason, FollowUpResult, Role
from contracts.events import local_date
from contracts.followup import ActivityFinding
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.database import Connection
from services.chassis.http import RuntimeOf, from_script
from services.chassis.inputs import Day, wrong
from services.chassis.names import NameClient, NamesOf
from services.chassis.pages import Pages, token_of
from services.followup import commands, store
from services.followup.commands import Asked
from services.followup.domain.completion import FollowUpFinding
from services.followup.domain.ledger import DueStatus, due_status
from services.followup.web.labels import activity_label, insats_label, point_label
from services.followup.work import MOST_FINDINGS, WORKERS, default_role, may_complete, may_look

# Together no more than the names that the vault answers at once.
_SHOWN: Final[Mapping[DueStatus, int]] = {DueStatus.OVERDUE: 100, DueStatus.DUE: 100, DueStatus.UPCOMING: 50}
_ROLE_IN_ADDRESS: Final[Mapping[Role, str]] = {Role.COORDINATOR: "koordinator", Role.LOTS: "lots"}
_PAGES: Final = Pages(Path(__file__).parent / "templates")


@dataclass(frozen=True)
class Row:
    """A follow-up as it is shown. ``days_late``: 0 unless overdue. ``name``: None if it could not be read."""

    follow_up_id: UUID
    case_id: UUID
    name: str | None
    insats: str
    point: str
    opens_on: date
    due_on: date
    status: DueStatus
    days_late: int
    missed: bool


@dataclass(frozen=True)
class Section:
    """The follow-ups of one due status: those shown, and how many there are."""

    status: DueStatus
    entries: Sequence[store.Entry]
    count: int


@dataclass(frozen=True)
class Seen:
    """A list as it was shown: its mark, and how many follow-ups there were to do."""

    mark: str
    count: int


@dataclass(frozen=True)
class WorkList:
    """What a role has to do now, with a mark that changes when anything of it does."""

    role: Role
    today: date
    counts: store.Counts
    sections: Sequence[Section]

    @property
    def seen(self) -> Seen:
        """What a page that shows the list remembers of it."""
        return Seen(self._mark(), sum(section.count for section in self.sections))

    def _mark(self) -> str:
        shown = [
            (entry.follow_up.terms.follow_up_id.hex, due_status(entry.follow_up, self.today), _missed(entry))
            for section in self.sections
            for entry in section.entries
        ]
        return sha256(repr((self.role, self.today, sorted(self.counts.items()), shown)).encode()).hexdigest()[:16]


class CompleteForm(BaseModel):
    """The form of a row. ``outcome`` answers for the ``activity`` in the same place; all empty: not asked."""

    held_on: Day
    result: FollowUpResult
    reason: FollowUpReason | Literal[""] = ""
    activity: Annotated[list[UUID], Field(max_length=MOST_FINDINGS)] = []
    outcome: Annotated[list[ActivityOutcome | Literal[""]], Field(max_length=MOST_FINDINGS)] = []
    mark: str = ""
    count: int = 0

    @model_validator(mode="after")
    def _an_outcome_for_each(self) -> "CompleteForm":
        if any(self.outcome) and len(self.outcome) != len(self.activity):
            raise wrong("outcome_for_each_activity", "Ange ett utfall för varje aktivitet, eller inget alls.")
        return self

    def outcome_of(self, activity_id: UUID) -> ActivityOutcome | Literal[""]:
        """What was filled in for an activity; empty: nothing."""
        return dict(zip(self.activity, self.outcome, strict=False)).get(activity_id, "")

    def finding(self) -> FollowUpFinding:
        """What the form says. The choice of a reason is not on show while the result is that all was done."""
        answered = zip(self.activity, self.outcome, strict=True) if any(self.outcome) else ()
        return FollowUpFinding(
            held_on=self.held_on,
            result=self.result,
            reason=self.reason or None if self.result is not FollowUpResult.ALL else None,
            activities=tuple(ActivityFinding(activity_id=each, outcome=found) for each, found in answered if found),
        )


Looking = Annotated[User, Depends(may_look)]
Completing = Annotated[User, Depends(may_complete)]

router = APIRouter(prefix="/uppfoljningar", include_in_schema=False)


@router.get("")
async def page(
    request: Request, runtime: RuntimeOf, names: NamesOf, user: Looking, roll: str = "", klar: UUID | None = None
) -> HTMLResponse:
    async with runtime.pool.acquire() as connection:
        found = await _work_list(connection, _role(roll, user), local_date(runtime.clock.now()))
        done = await store.find(connection, klar) if klar else None
    shown = await _shown(request, names, found)
    values = {**shown, "may_complete": user.has(*WORKERS), "done": await _completed_values(request, names, done)}
    return _PAGES.page(request, "follow_ups.html", values)


@router.get("/nytt")
async def news(
    request: Request,
    runtime: RuntimeOf,
    user: Looking,
    mark: str = "",
    count: int = 0,
    roll: str = "",
    shown: str = "",
) -> Response:
    """What has changed since the list was shown. Reads no name; 204 while there is nothing to add."""
    role = _role(roll, user)
    async with runtime.pool.acquire() as connection:
        found = await _work_list(connection, role, local_date(runtime.clock.now()))
    text = "" if found.seen.mark == mark else _news(found.seen.count - count)
    if text == shown:
        return Response(status_code=204)
    values = {"text": text, "role_word": _ROLE_IN_ADDRESS[role]}
    return _PAGES.page(request, "news.html", values) if text else Response("")


@router.get("/kommande")
async def upcoming(
    request: Request, runtime: RuntimeOf, names: NamesOf, user: Looking, roll: str = ""
) -> HTMLResponse:
    role, today, limit = _role(roll, user), local_date(runtime.clock.now()), _SHOWN[DueStatus.UPCOMING]
    async with runtime.pool.acquire() as connection:
        entries = await store.work_list(connection, role, DueStatus.UPCOMING, today, limit)
        counts = await store.counts(connection, [role], today)
    values = {
        "rows": await _rows(request, names, entries, today),
        "count": counts[role][DueStatus.UPCOMING],
    }
    template = "upcoming.html" if from_script(request) else "upcoming_page.html"
    return _PAGES.page(request, template, {**values, "role_word": _ROLE_IN_ADDRESS[role]})


@router.get("/{follow_up_id}/formular")
async def form(
    request: Request, follow_up_id: UUID, runtime: RuntimeOf, user: Completing, roll: str = ""
) -> HTMLResponse:
    """The form as it opens below its row."""
    asked = await _asked(runtime, follow_up_id)
    blank = CompleteForm(held_on=local_date(runtime.clock.now()), result=FollowUpResult.ALL)
    return _PAGES.page(request, "form.html", _form_values(asked, _role(roll, user), blank, whole_page=False))


@router.get("/{follow_up_id}/slutfor")
async def form_page(
    request: Request, follow_up_id: UUID, runtime: RuntimeOf, names: NamesOf, user: Completing, roll: str = ""
) -> HTMLResponse:
    """The form as a page of its own, for who has no scripts."""
    asked = await _asked(runtime, follow_up_id)
    blank = CompleteForm(held_on=local_date(runtime.clock.now()), result=FollowUpResult.ALL)
    return await _form_page(request, names, asked, _role(roll, user), blank, None)


@router.get("/{follow_up_id}/stang")
async def close(request: Request, follow_up_id: UUID, user: Completing, roll: str = "") -> HTMLResponse:
    values = {"follow_up_id": follow_up_id, "role_word": _ROLE_IN_ADDRESS[_role(roll, user)]}
    return _PAGES.page(request, "closed.html", values)


@router.post("/{follow_up_id}/slutfor")
async def complete(
    request: Request,
    follow_up_id: UUID,
    filled: Annotated[CompleteForm, Form()],
    runtime: RuntimeOf,
    names: NamesOf,
    user: Completing,
    roll: str = "",
) -> Response:
    role = _role(roll, user)
    try:
        async with runtime.unit(user.actor) as unit:
            before = (await _work_list(unit.conn, role, unit.today)).seen
            done = await commands.complete_follow_up(unit, follow_up_id, filled.finding(), user.id)
            found = await _work_list(unit.conn, role, unit.today)
    except Refused as refused:
        if from_script(request):
            return _refusal(request, follow_up_id, refused)
        asked = await _asked(runtime, follow_up_id)
        return await _form_page(request, names, asked, role, filled, refused)
    if not from_script(request):
        return RedirectResponse(f"/uppfoljningar?roll={_ROLE_IN_ADDRESS[role]}&klar={follow_up_id}", status_code=303)
    names_of = await names.of([done.case_id], token_of(request))
    # What came meanwhile is still to be announced: only what the page showed counts as seen.
    mark = found.seen.mark if filled.mark == before.mark else filled.mark
    values = {
        "follow_up_id": follow_up_id,
        "case_id": done.case_id,
        "name": names_of.get(done.case_id),
        "point": point_label(done.follow_up.terms),
        "finding": filled.finding(),
        "counts": found.counts,
        "seen": Seen(mark, filled.count - 1),
    }
    return _PAGES.page(request, "completed.html", values)


def _refusal(request: Request, follow_up_id: UUID, refused: Refused) -> HTMLResponse:
    """Says in the open form why not, and leaves the rest of it as it was filled in."""
    values = {"follow_up_id": follow_up_id, "message": refused.message}
    answer = _PAGES.page(request, "refusal.html", values)
    answer.headers["hx-reswap"] = "none"
    return answer


async def _asked(runtime: RuntimeOf, follow_up_id: UUID) -> Asked:
    """What a form asks. Raises NotFound."""
    async with runtime.pool.acquire() as connection:
        return await commands.asked(connection, follow_up_id)


def _form_values(asked: Asked, role: Role, filled: CompleteForm, *, whole_page: bool) -> dict[str, Any]:
    terms = asked.follow_up.terms
    return {
        "follow_up_id": terms.follow_up_id,
        "role_word": _ROLE_IN_ADDRESS[role],
        "opens_on": terms.opens_on,
        "activities": [
            (each.activity_id, activity_label(each, number)) for number, each in enumerate(asked.activities, start=1)
        ],
        "reasons": FollowUpReason,
        "outcomes": ActivityOutcome,
        "filled": filled,
        "whole_page": whole_page,
    }


async def _form_page(
    request: Request, names: NameClient, asked: Asked, role: Role, filled: CompleteForm, refused: Refused | None
) -> HTMLResponse:
    case_id = asked.case_id
    names_of = await names.of([case_id], token_of(request))
    values = {
        **_form_values(asked, role, filled, whole_page=True),
        "case_id": case_id,
        "name": names_of.get(case_id),
        "point": point_label(asked.follow_up.terms),
        "message": refused.message if refused else None,
    }
    return _PAGES.page(request, "complete.html", values, status=refused.status if refused else 200)


async def _completed_values(request: Request, names: NameClient, entry: store.Entry | None) -> dict[str, Any] | None:
    """What the page confirms after a form without scripts."""
    if entry is None or entry.follow_up.state != "completed":
        return None
    names_of = await names.of([entry.case_id], token_of(request))
    point = point_label(entry.follow_up.terms)
    return {"point": point, "case_id": entry.case_id, "name": names_of.get(entry.case_id)}


def _news(more: int) -> str:
    """What to announce of a list that has changed and grown by so many."""
    if more <= 0:
        return "Listan har ändrats"
    return f"{more} {'ny uppföljning' if more == 1 else 'nya uppföljningar'} att göra"


def _role(in_address: str, user: User) -> Role:
    return next((role for role, word in _ROLE_IN_ADDRESS.items() if word == in_address), default_role(user))


async def _work_list(connection: Connection, role: Role, today: date) -> WorkList:
    counts = (await store.counts(connection, [role], today))[role]
    sections = [
        Section(status, await store.work_list(connection, role, status, today, _SHOWN[status]), counts[status])
        for status in (DueStatus.OVERDUE, DueStatus.DUE)
    ]
    return WorkList(role, today, counts, sections)


async def _shown(request: Request, names: NameClient, found: WorkList) -> dict[str, Any]:
    entries = [entry for section in found.sections for entry in section.entries]
    rows = {row.follow_up_id: row for row in await _rows(request, names, entries, found.today)}
    return {
        "role_word": _ROLE_IN_ADDRESS[found.role],
        "counts": found.counts,
        "seen": found.seen,
        "sections": {
            section.status: [rows[entry.follow_up.terms.follow_up_id] for entry in section.entries]
            for section in found.sections
        },
    }


async def _rows(request: Request, names: NameClient, entries: Iterable[store.Entry], today: date) -> list[Row]:
    entries = list(entries)
    names_of = await names.of([entry.case_id for entry in entries], token_of(request))
    return [_row(entry, names_of.get(entry.case_id), today) for entry in entries]


def _row(entry: store.Entry, name: str | None, today: date) -> Row:
    terms = entry.follow_up.terms
    status = due_status(entry.follow_up, today)
    return Row(
        follow_up_id=terms.follow_up_id,
        case_id=entry.case_id,
        name=name,
        insats=insats_label(terms.rule.insats),
        point=point_label(terms),
        opens_on=terms.opens_on,
        due_on=terms.due_on,
        status=status,
        days_late=(today - terms.due_on).days if status is DueStatus.OVERDUE else 0,
        missed=_missed(entry),
    )


def _missed(entry: store.Entry) -> bool:
    return entry.follow_up.missed_on is not None
