"""What a referral lacks, on the coordinator's page and the referrer's."""

from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from contracts.catalogue.vocabulary import words
from contracts.events import local_date
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Text
from services.chassis.log import read_log
from services.chassis.pages import Pages
from services.referral import completion, completion_store, store
from services.referral.completion import PEOPLE, THINGS, Question
from services.referral.domain.correction import question_that_counts
from services.referral.domain.permissions import PERMISSIONS, Act
from services.referral.names import NAMELESS, read_names
from services.referral.vault import Vault
from services.referral.web.ending import own_referral
from services.referral.web.new_referral import Referrer

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_PURPOSE: Final = "name and answer on the page of what a referral lacks"

_Coordinator = Annotated[User, Depends(signed_in(*sorted(PERMISSIONS[Act.ASK_FOR_COMPLETION].roles)))]


def completion_pages(vault: Vault) -> APIRouter:
    """The pages."""
    router = APIRouter(include_in_schema=False)

    @router.get("/anmalningar/{case_id}/komplettera")
    async def show(request: Request, case_id: UUID, runtime: RuntimeOf, user: _Coordinator) -> Response:
        row = await store.row(runtime.pool, case_id)
        async with runtime.unit(user.actor) as unit:
            names = await read_names(unit, vault, [case_id], user, _PURPOSE)
            latest = (await completion_store.of_cases(unit.conn, [case_id])).get(case_id)
            texts = None if latest is None else await completion.texts(unit, vault, latest, user)
            asked = question_that_counts(await read_log(unit.conn, case_id))
            today = unit.today
        values = {
            "case_id": case_id,
            "name": names.get(case_id, NAMELESS),
            "latest": latest,
            "texts": texts,
            "days": 0 if latest is None else (today - latest.asked_on).days,
            "asked_id": None if asked is None else asked.id,
            "things": words()[THINGS],
            "people": words()[PEOPLE],
            "may_ask": PERMISSIONS[Act.ASK_FOR_COMPLETION].in_state(row.state),
            "may_complete": PERMISSIONS[Act.COMPLETE].in_state(row.state),
        }
        return _PAGES.page(request, "referral_completion.html", values)

    @router.post("/anmalningar/{case_id}/komplettera")
    async def ask(
        case_id: UUID,
        runtime: RuntimeOf,
        user: _Coordinator,
        asked_of: Annotated[Code, Form()],
        what: Annotated[list[Code], Form(max_length=10)] = [],  # noqa: B006  # FastAPI copies it
        note: Annotated[Text, Form(max_length=500)] = "",
    ) -> Response:
        async with runtime.unit(user.actor) as unit:
            await completion.ask(unit, vault, case_id, Question(tuple(what), asked_of, note))
        return RedirectResponse(f"/anmalningar/{case_id}/komplettera", status_code=303)

    @router.post("/anmalningar/{case_id}/kompletterad")
    async def came(case_id: UUID, runtime: RuntimeOf, user: _Coordinator) -> Response:
        async with runtime.unit(user.actor) as unit:
            await completion.complete(unit, vault, case_id, "")
        return RedirectResponse(f"/anmalningar/{case_id}/komplettera", status_code=303)

    @router.get("/mina-anmalningar/{case_id}/komplettera")
    async def missing(request: Request, case_id: UUID, runtime: RuntimeOf, user: Referrer) -> Response:
        row, reference = await own_referral(runtime, vault, user, case_id)
        async with runtime.unit(user.actor) as unit:
            latest = (await completion_store.of_cases(unit.conn, [case_id])).get(case_id)
            texts = None if latest is None else await completion.texts(unit, vault, latest, user)
        values = {
            "case_id": case_id,
            "reference": reference,
            "latest": latest,
            "texts": texts,
            "days": 0 if latest is None else (local_date(runtime.clock.now()) - latest.asked_on).days,
            "things": words()[THINGS],
            "people": words()[PEOPLE],
            "may": PERMISSIONS[Act.COMPLETE].in_state(row.state),
        }
        return _PAGES.page(request, "my_referral_completion.html", values)

    @router.post("/mina-anmalningar/{case_id}/komplettera")
    async def answer(
        case_id: UUID,
        runtime: RuntimeOf,
        user: Referrer,
        answer: Annotated[Text, Form(min_length=1, max_length=2000)],
    ) -> Response:
        await own_referral(runtime, vault, user, case_id)
        async with runtime.unit(user.actor) as unit:
            await completion.complete(unit, vault, case_id, answer)
        return RedirectResponse(f"/mina-anmalningar/{case_id}", status_code=303)

    return router
