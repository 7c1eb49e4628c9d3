"""Registering that a follow-up was held: a form below its row, or a page of its own for who has no scripts."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field, model_validator

from contracts.codes import ActivityOutcome, FollowUpReason, FollowUpResult
from contracts.events import local_date
from contracts.followup import ActivityFinding
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, from_script
from services.chassis.inputs import Day, wrong
from services.chassis.names import NameClient, NamesOf
from services.chassis.pages import token_of
from services.followup import commands
from services.followup.commands import Asked
from services.followup.domain.completion import FollowUpFinding
from services.followup.web import work_list
from services.followup.web.labels import activity_label, of_samplan, point_label
from services.followup.web.whose import Whose, whose
from services.followup.web.work_list import PAGES, Seen
from services.followup.work import MOST_FINDINGS, may_complete

Completing = Annotated[User, Depends(may_complete)]


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


router = APIRouter()


@router.get("/{follow_up_id}/formular")
async def form(
    request: Request, follow_up_id: UUID, runtime: RuntimeOf, user: Completing, roll: str = ""
) -> HTMLResponse:
    """The form as it opens below its row."""
    asked = await _asked(runtime, follow_up_id)
    blank = CompleteForm(held_on=local_date(runtime.clock.now()), result=FollowUpResult.ALL)
    return PAGES.page(request, "form.html", _form_values(asked, whose(roll, user), blank, whole_page=False))


@router.get("/{follow_up_id}/slutfor")
async def form_page(
    request: Request, follow_up_id: UUID, runtime: RuntimeOf, names: NamesOf, user: Completing, roll: str = ""
) -> HTMLResponse:
    """The form as a page of its own, for who has no scripts."""
    asked = await _asked(runtime, follow_up_id)
    blank = CompleteForm(held_on=local_date(runtime.clock.now()), result=FollowUpResult.ALL)
    return await _form_page(request, names, asked, whose(roll, user), blank, None)


@router.get("/{follow_up_id}/stang")
async def close(request: Request, follow_up_id: UUID, user: Completing, roll: str = "") -> HTMLResponse:
    values = {"follow_up_id": follow_up_id, "role_word": whose(roll, user).word}
    return PAGES.page(request, "closed.html", values)


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
    chosen = whose(roll, user)
    try:
        async with runtime.unit(user.actor) as unit:
            before = (await work_list.read(unit.conn, chosen, unit.today)).seen
            done = await commands.complete_follow_up(unit, follow_up_id, filled.finding(), user.id)
            found = await work_list.read(unit.conn, chosen, unit.today)
    except Refused as refused:
        if from_script(request):
            return _refusal(request, follow_up_id, refused)
        asked = await _asked(runtime, follow_up_id)
        return await _form_page(request, names, asked, chosen, filled, refused)
    if not from_script(request):
        return RedirectResponse(f"/uppfoljningar?roll={chosen.word}&klar={follow_up_id}", status_code=303)
    names_of = await names.of([done.case_id], token_of(request))
    # What came meanwhile is still to be announced: only what the page showed counts as seen.
    mark = found.seen.mark if filled.mark == before.mark else filled.mark
    values = {
        "follow_up_id": follow_up_id,
        "case_id": done.case_id,
        "name": names_of.get(done.case_id),
        "point": point_label(done.follow_up.terms),
        "with_samplan": of_samplan(done.follow_up.terms),
        "finding": filled.finding(),
        "counts": found.counts,
        "seen": Seen(mark, filled.count - 1),
    }
    return PAGES.page(request, "completed.html", values)


def _refusal(request: Request, follow_up_id: UUID, refused: Refused) -> HTMLResponse:
    """Says in the open form why not, and leaves the rest of it as it was filled in."""
    values = {"follow_up_id": follow_up_id, "message": refused.message}
    answer = PAGES.page(request, "refusal.html", values)
    answer.headers["hx-reswap"] = "none"
    return answer


async def _asked(runtime: RuntimeOf, follow_up_id: UUID) -> Asked:
    """What a form asks. Raises NotFound."""
    async with runtime.pool.acquire() as connection:
        return await commands.asked(connection, follow_up_id)


def _form_values(asked: Asked, chosen: Whose, filled: CompleteForm, *, whole_page: bool) -> dict[str, Any]:
    terms = asked.follow_up.terms
    return {
        "follow_up_id": terms.follow_up_id,
        "role_word": chosen.word,
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
    request: Request, names: NameClient, asked: Asked, chosen: Whose, filled: CompleteForm, refused: Refused | None
) -> HTMLResponse:
    case_id = asked.case_id
    names_of = await names.of([case_id], token_of(request))
    values = {
        **_form_values(asked, chosen, filled, whole_page=True),
        "case_id": case_id,
        "name": names_of.get(case_id),
        "point": point_label(asked.follow_up.terms),
        "message": refused.message if refused else None,
    }
    return PAGES.page(request, "complete.html", values, status=refused.status if refused else 200)
