"""Svar: what a participant said to questions whose answers are restricted, for whoever supports them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from contracts.catalogue import INSATSER
from contracts.catalogue.course import QuestionStep
from contracts.problems import Forbidden, NotFound, Refused
from services.chassis.auth import User
from services.chassis.pages import Pages
from services.chassis.unit import Unit
from services.planning import answers, commands
from services.planning.answers import MOST_LETTERS, Answers
from services.planning.carrying_out import CaseWorker
from services.planning.domain.case import Case
from services.planning.domain.checks import known
from services.planning.domain.step_rules import may_see_answers, owners, why_no_answers
from services.planning.web import labels
from services.planning.web.asked import Asked, AskedOf
from services.planning.web.step_forms import AnswersForm

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_NOT_YOURS: Final = "Svaren läses bara av den som stödjer deltagaren."


def answers_pages(secret: bytes) -> APIRouter:
    """The room of the answers. ``secret``: what their keys are wrapped by."""
    router = APIRouter(prefix="/arenden/{case_id}/steg/{step}/svar", include_in_schema=False)

    @router.get("")
    async def read(user: CaseWorker, asked: AskedOf, step: str, klar: str = "") -> Response:
        """The answers as they were written last. That they were read is written down."""
        async with asked.runtime.unit(user.actor) as unit:
            case = (await commands.load(unit.conn, asked.case_id)).case
            question = await _question(unit, case, asked, step, user)
            found = None if question is None else await answers.read(unit, secret, asked.case_id, step, user)
        if question is None:
            raise Forbidden("answers_restricted", _NOT_YOURS)
        filled = {"wants": "", "text": ""} if found is None else _filled(found.wants, found.text)
        done = "Svaren är sparade." if klar else None
        return await _page(asked, case, question, filled, done=done)

    @router.post("")
    async def write(user: CaseWorker, asked: AskedOf, step: str, filled: Annotated[AnswersForm, Form()]) -> Response:
        """Keeps the answers in place of those written before."""
        refused: Refused | None = None
        async with asked.runtime.unit(user.actor) as unit:
            # The lock of what is heard of the case: nothing is written while the person is being forgotten.
            await unit.lock(asked.case_id)
            case = (await commands.load(unit.conn, asked.case_id)).case
            question = await _question(unit, case, asked, step, user)
            if question is not None:
                said = Answers(filled.wants, filled.text)
                refused = why_no_answers(case, step, wants=said.wants, text=said.text)
                if refused is None:
                    await answers.write(unit, secret, asked.case_id, step, user, said)
        if question is None:
            raise Forbidden("answers_restricted", _NOT_YOURS)
        if refused is not None:
            return await _page(asked, case, question, _filled(filled.wants, filled.text), refused=refused)
        return RedirectResponse(f"/arenden/{asked.case_id}/steg/{step}/svar?klar=1", status_code=303)

    return router


async def _question(unit: Unit, case: Case, asked: Asked, step: str, user: User) -> QuestionStep | None:
    """The questions; None for whoever may not know the answers, which is written down. Raises NotFound."""
    owner = owners(case, INSATSER, asked.today)[:1]
    found = None if not owner else owner[0].rule.step(step)
    if not isinstance(found, QuestionStep):
        raise NotFound("step_unknown", "Ärendets regler har inga sådana frågor.")
    if may_see_answers(case, found, user.worker_id):
        return found
    await answers.log(unit, asked.case_id, step, user, "refused")
    return None


def _filled(wants: bool, text: str) -> Mapping[str, str]:
    """As the form sends it."""
    return {"wants": "true" if wants else "false", "text": text}


async def _page(
    asked: Asked,
    case: Case,
    question: QuestionStep,
    filled: Mapping[str, str],
    *,
    done: str | None = None,
    refused: Refused | None = None,
) -> Response:
    names_of = await asked.name()
    insats = known(case).insats
    values: dict[str, Any] = {
        "case_id": asked.case_id,
        "name": names_of.get(asked.case_id),
        "insats": labels.insats_label(insats),
        "step": question.id,
        "label": question.label,
        "asked": bool(case.steps.of(insats, question.id)),
        "most": MOST_LETTERS,
        "filled": filled,
        "done": done,
        "refused": refused,
    }
    return _PAGES.page(asked.request, "answers.html", values, status=200 if refused is None else refused.status)
