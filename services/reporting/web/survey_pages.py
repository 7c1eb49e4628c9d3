"""Enkäter: answers read from a file, and what they come to in a period."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.params import File
from fastapi.responses import RedirectResponse

from contracts.catalogue import INSATSER
from contracts.codes import Role, Sex
from contracts.events import local_date
from contracts.labels import label
from contracts.problems import NotFound, Refused
from contracts.surveys import SURVEYS, RespondentGroup, Survey
from services.chassis.auth import User
from services.chassis.http import RuntimeOf
from services.chassis.inputs import Day
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.chassis.spreadsheet import MOST_ROWS, Columns, SheetRow, csv_template, read_sheet
from services.reporting import commands, survey_store
from services.reporting.domain.periods import before
from services.reporting.domain.surveys import ALL, AnswersRefused, Questionnaire
from services.reporting.survey_api import Office, Reader, results_of, survey_named
from services.reporting.survey_store import Batch
from services.reporting.web.periods import asked_period, choices, known_day, known_until, latest_year, today_of

SURVEY_PAGES: Final = "/rapport/enkater"

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_LISTED: Final = 100
_FIXED: Final = {"Besvarad": "answered_on", "Kön": "sex", "Insats": "insats"}
_SUBGROUPS: Final = {ALL: "Samtliga", "woman": "Kvinnor", "man": "Män"}
_DONE: Final = {"inlasta": "Svaren är inlästa.", "tillbaka": "Svaren räknas inte längre."}


@dataclass(frozen=True)
class SheetFault:
    """What is wrong with a cell. ``number``: the row as the spreadsheet counts."""

    number: int
    column: str
    message: str


class _SheetRefused(Exception):
    """Cells that are no answer to their question, before the survey's own rules are asked."""

    def __init__(self, faults: Sequence[SheetFault]) -> None:
        super().__init__()
        self.faults = faults


def survey_router() -> APIRouter:
    """The pages under /rapport/enkater and /rapport/<period>/enkater."""
    router = APIRouter(include_in_schema=False)

    @router.get(SURVEY_PAGES)
    async def listed(request: Request, runtime: RuntimeOf, user: Reader, klar: str = "") -> Response:
        return await _list(request, runtime, user, done=_DONE.get(klar))

    @router.get(SURVEY_PAGES + "/{survey}/{respondents}/mall.csv")
    async def template(survey: str, respondents: str, _user: Office) -> Response:
        wanted = survey_named(survey)
        group = _group(wanted, respondents)
        headers = {"content-disposition": f'attachment; filename="{wanted.id}-{group.id}.csv"'}
        return Response(_template(wanted, group), media_type="text/csv", headers=headers)

    @router.post(SURVEY_PAGES + "/{survey}")
    async def take_in(
        request: Request,
        survey: str,
        runtime: RuntimeOf,
        user: Office,
        respondents: Annotated[str, Form()],
        file: Annotated[UploadFile, File()],
    ) -> Response:
        wanted = survey_named(survey)
        group = _group(wanted, respondents)
        content = await file.read()
        rows: Sequence[SheetRow] = ()
        try:
            # Unpacking and reading take too long for the loop, which also keeps the sign-ins and the group alive.
            rows = await asyncio.to_thread(read_sheet, content, _columns(group))
            filled = _filled(wanted, group, rows)
            batch_id = uuid5(NAMESPACE_OID, f"{wanted.id} {group.id} {sha256(content).hexdigest()}")
            async with runtime.unit(user.actor) as unit:
                await commands.take_in_answers(unit, wanted, batch_id, filled)
        except _SheetRefused as refused:
            return await _list(request, runtime, user, faults=refused.faults)
        except AnswersRefused as refused:
            names = {field: column for column, field in _columns(group).fields.items()}
            faults = [
                SheetFault(rows[each.place].number, names.get(each.field, "Raden"), each.message)
                for each in refused.faults
            ]
            return await _list(request, runtime, user, faults=faults)
        except Refused as refused:
            return await _list(request, runtime, user, refused=refused)
        return RedirectResponse(f"{SURVEY_PAGES}?klar=inlasta", status_code=303)

    @router.post(SURVEY_PAGES + "/inlasta/{batch_id}/ta-tillbaka")
    async def take_back(request: Request, batch_id: UUID, runtime: RuntimeOf, user: Office) -> Response:
        try:
            async with runtime.unit(user.actor) as unit:
                await commands.take_back_answers(unit, batch_id)
        except Refused as refused:
            return await _list(request, runtime, user, refused=refused)
        return RedirectResponse(f"{SURVEY_PAGES}?klar=tillbaka", status_code=303)

    @router.get("/rapport/{period_id}/enkater/{survey}")
    async def of_a_period(
        request: Request, period_id: str, survey: str, runtime: RuntimeOf, _user: Reader, kand: Day | None = None
    ) -> Response:
        """``kand``: only what had been registered by the end of that day counts."""
        today = today_of(runtime)
        known_on = known_day(kand, today)
        period, wanted = asked_period(period_id, today), survey_named(survey)
        values = {
            "choices": choices(period, today, f"/enkater/{wanted.id}", known_on),
            "before": before(period),
            "survey": wanted,
            "groups": await results_of(runtime, wanted, period, known_until(known_on)),
            "subgroups": _SUBGROUPS,
        }
        return _PAGES.page(request, "survey_report.html", values)

    return router


async def _list(
    request: Request,
    runtime: Runtime,
    user: User,
    *,
    done: str | None = None,
    refused: Refused | None = None,
    faults: Sequence[SheetFault] = (),
) -> Response:
    async with runtime.pool.acquire() as connection:
        batches = await survey_store.newest(connection, _LISTED)
    values: dict[str, Any] = {
        "surveys": list(SURVEYS.values()),
        "measured": {each.id: _latest_measuring(each, today_of(runtime)) for each in SURVEYS.values()},
        "batches": [_shown(each) for each in batches],
        "may_take_in": user.has(Role.OFFICE),
        "most": MOST_ROWS,
        "done": done,
        "refused": refused,
        "faults": faults,
    }
    status = refused.status if refused is not None else 422 if faults else 200
    return _PAGES.page(request, "surveys.html", values, status=status)


def _latest_measuring(survey: Survey, today: date) -> str:
    """The id of the latest measuring period that has begun: a year from the day of the year the survey began."""
    first = survey.valid_from
    year = max(latest_year(today), first.year)
    begins = date(year - 1, first.month, first.day)
    ends = date.fromordinal(date(year, first.month, first.day).toordinal() - 1)
    return f"{begins}--{ends}"


def _shown(batch: Batch) -> Mapping[str, Any]:
    return {
        "batch": batch,
        "label": SURVEYS[batch.survey].label if batch.survey in SURVEYS else batch.survey,
        "taken_in_on": local_date(batch.taken_in_at),
        "taken_back_on": None if batch.taken_back_at is None else local_date(batch.taken_back_at),
    }


def _group(survey: Survey, respondents: str) -> RespondentGroup:
    group = survey.group(respondents)
    if group is None:
        raise NotFound("respondents_unknown", "Enkäten ställs inte till någon sådan grupp. Se listan över enkäter.")
    return group


# The file -------------------------------------------------------------------------------------------------------


def _columns(group: RespondentGroup) -> Columns:
    """A questionnaire a row: when it was answered, by whom, and a column for each question."""
    questions = {each.text: each.id for each in group.questions}
    return Columns({**_FIXED, **questions}, frozenset({"Insats", *questions}))


def _template(survey: Survey, group: RespondentGroup) -> bytes:
    example = [survey.valid_from.isoformat(), label(Sex.WOMAN), ""]
    example += [survey.scale(each).options[-1].label for each in group.questions]
    return csv_template([[*_FIXED, *(each.text for each in group.questions)], example])


def _filled(survey: Survey, group: RespondentGroup, rows: Sequence[SheetRow]) -> list[Questionnaire]:
    """The questionnaires of the rows. Raises _SheetRefused with every cell that is wrong."""
    filled, faults = [], []
    for row in rows:
        try:
            filled.append(_questionnaire(survey, group, row.cells))
        except _SheetRefused as refused:
            faults += [SheetFault(row.number, each.column, each.message) for each in refused.faults]
    if faults:
        raise _SheetRefused(faults)
    return filled


def _questionnaire(survey: Survey, group: RespondentGroup, cells: Mapping[str, str]) -> Questionnaire:
    faults: list[SheetFault] = []

    def one_of(column: str, cell: str, known: Mapping[str, str]) -> str:
        if (found := known.get(cell.casefold())) is not None:
            return found
        faults.append(SheetFault(0, column, f"Skriv något av: {', '.join(known)}."))
        return ""

    sexes = {label(each): each.value for each in Sex}
    insatser = {each.name.casefold(): each.id for each in INSATSER.values()}
    answered_on = _day(cells.get("answered_on", ""), faults)
    sex = one_of("Kön", cells.get("sex", "") or label(Sex.UNKNOWN), sexes)
    insats = insatser.get(written.casefold(), written) if (written := cells.get("insats", "")) else None
    answers = {}
    for question in group.questions:
        if cell := cells.get(question.id, ""):
            options = {each.label.casefold(): each.id for each in survey.scale(question).options}
            answers[question.id] = one_of(question.text, cell, options)
    if faults or answered_on is None:
        raise _SheetRefused(faults)
    return Questionnaire(answered_on, group.id, Sex(sex), insats, answers)


def _day(cell: str, faults: list[SheetFault]) -> date | None:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        faults.append(SheetFault(0, "Besvarad", "Skriv dagen som ÅÅÅÅ-MM-DD."))
        return None
