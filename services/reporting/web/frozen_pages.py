"""Frysta rapporter: figures kept as they were known on a day, and what has changed since, down to the events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from contracts.codes import Role
from contracts.events import local_date
from contracts.indicators import Indicator
from contracts.labels import event_label
from contracts.problems import Invalid, NotFound, Refused
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day
from services.chassis.names import NameClient
from services.chassis.pages import Pages, token_of
from services.chassis.runtime import Runtime
from services.reporting import commands, frozen_store, store
from services.reporting.domain import frozen
from services.reporting.domain.averages import AverageCell
from services.reporting.domain.frozen import AverageChange, Change, FrozenReport
from services.reporting.frozen_api import Office, Reader, counted_again, kept
from services.reporting.frozen_store import ChangedCase, TooManyCases
from services.reporting.indicators import DECLARED
from services.reporting.web.figure_pages import chosen_rows, has_cases
from services.reporting.web.periods import chosen_period, today_of
from services.reporting.web.row_labels import row_label

FROZEN: Final = "/rapport/frysta"

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_LISTED: Final = 200
# As many names as the vault answers at once.
_SHOWN: Final = 200
_CASEWORK: Final = (Role.COORDINATOR, Role.LOTS, Role.OFFICE)
_Caseworker = Annotated[User, Depends(signed_in(*_CASEWORK))]


class FreezeForm(BaseModel):
    """The period's first and last day, and the day by whose end what is counted was registered."""

    fran: Day
    till: Day
    kand: Day


@dataclass(frozen=True)
class ChangedRow:
    """A changed cell as it is shown. ``href``: its changed cases; None of a figure that counts nobody's cases."""

    figure: str
    rows: tuple[str, ...]
    then: str
    now: str
    href: str | None


@dataclass(frozen=True)
class ChangedCaseRow:
    """A changed case as it is shown."""

    case: ChangedCase
    name: str | None
    events: tuple[tuple[str, date, date], ...]


def frozen_router(referral_url: str) -> APIRouter:
    """The pages under /rapport/frysta. Names are read at ``referral_url``."""
    names = NameClient(referral_url)
    router = APIRouter(prefix=FROZEN, include_in_schema=False)

    @router.get("")
    async def listed(request: Request, runtime: RuntimeOf, user: Reader) -> Response:
        return await _list(request, runtime, user)

    @router.post("")
    async def freeze(
        request: Request, runtime: RuntimeOf, user: Office, form: Annotated[FreezeForm, Form()]
    ) -> Response:
        today = today_of(runtime)
        try:
            period = chosen_period(form.fran, form.till, today)
            content = await commands.count_to_freeze(runtime, period, form.kand, today)
        except Invalid as refused:
            return await _list(request, runtime, user, refused=refused, filled=form)
        async with runtime.unit(user.actor) as unit:
            report = await commands.freeze(unit, content)
        return RedirectResponse(f"{FROZEN}/{report.report_id}", status_code=303)

    @router.get("/{report_id}")
    async def one(
        request: Request, report_id: UUID, runtime: RuntimeOf, user: Reader, omraknad: bool = False
    ) -> Response:
        """``omraknad``: the report is also counted anew from the events registered by its moment."""
        report, stored = await kept(runtime, report_id)
        then = frozen.read(stored)
        async with runtime.pool.acquire() as connection:
            now = await store.period_all(connection, report.period)
        changes = list(frozen.changes(then, now))
        averages = [_changed_average(report, each) for each in frozen.changed_averages(then, now)]
        totals = {each.definition.id: each.now for each in changes if not each.group}
        values = {
            **_said(report),
            "same": (await counted_again(runtime, report)) == stored if omraknad else None,
            "figures": [(each, totals.get(each.definition.id)) for each in then.figures],
            "averages": then.averages,
            "changed": [*(_changed_row(report, each) for each in changes), *averages],
            "no_longer": frozen.no_longer_counted(then, now),
            "may_publish": user.has(Role.OFFICE, Role.OPERATIONS),
        }
        return _PAGES.page(request, "frozen_report.html", values)

    @router.get("/{report_id}/innehall.json")
    async def content(report_id: UUID, runtime: RuntimeOf, _user: Reader) -> Response:
        report, stored = await kept(runtime, report_id)
        name = f"siffror-{report.period.id}-kanda-{local_date(report.known_until)}.json"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(stored, media_type="application/json", headers=headers)

    @router.get("/{report_id}/siffror/{indicator_id}")
    async def changed_cell(
        request: Request, report_id: UUID, indicator_id: str, runtime: RuntimeOf, _user: _Caseworker
    ) -> Response:
        """The cases of a cell that have changed, each with what was registered since."""
        report, _ = await kept(runtime, report_id)
        indicator = _with_cases(indicator_id)
        chosen = chosen_rows(request, indicator)
        try:
            async with runtime.pool.acquire() as connection:
                cases = await frozen_store.changed_cases(
                    connection, indicator, report.period, chosen, report.known_until
                )
        except TooManyCases:
            cases = None
        # Those that make the difference first: of the others something else was registered.
        shown = [] if cases is None else sorted(cases, key=lambda each: each.then == each.now)[:_SHOWN]
        names_of = await names.of([each.case_id for each in shown], token_of(request))
        # Which row a case is counted in may say where the person lives.
        listed_cases = [_case_row(each, names_of) for each in shown if names_of.shows_place(each.case_id)]
        values = {
            **_said(report),
            "label": indicator.label.sv,
            "chosen": [
                row_label(each, chosen[each.id]) for each in DECLARED.broken_down(indicator) if each.id in chosen
            ],
            "too_many": cases is None,
            "groups": _grouped(listed_cases),
            "shown": bool(listed_cases),
            "hidden": len(shown) - len(listed_cases),
            "left_out": 0 if cases is None else len(cases) - len(shown),
        }
        return _PAGES.page(request, "frozen_cell.html", values)

    return router


async def _list(
    request: Request,
    runtime: Runtime,
    user: User,
    *,
    refused: Refused | None = None,
    filled: FreezeForm | None = None,
) -> Response:
    async with runtime.pool.acquire() as connection:
        reports = await frozen_store.newest(connection, _LISTED)
    values = {
        "reports": [_said(each) for each in reports],
        "may_freeze": user.has(Role.OFFICE),
        "latest": today_of(runtime) - timedelta(days=1),
        "filled": filled,
        "refused": refused,
    }
    return _PAGES.page(request, "frozen_reports.html", values, status=200 if refused is None else refused.status)


def _said(report: FrozenReport) -> dict[str, Any]:
    """What every page says of a report."""
    return {
        "report": report,
        "known_on": local_date(report.known_until),
        "frozen_on": local_date(report.frozen_at),
        "over": report.period.last <= local_date(report.known_until),
        "place": f"{FROZEN}/{report.report_id}",
    }


def _changed_row(report: FrozenReport, change: Change) -> ChangedRow:
    return _row(report, change, str(change.then), str(change.now))


def _changed_average(report: FrozenReport, change: AverageChange) -> ChangedRow:
    return _row(report, change, _average_text(change.then), _average_text(change.now))


def _average_text(cell: AverageCell | None) -> str:
    """An average in one cell of the table."""
    if cell is None or cell.mean is None:
        return "–"
    mean, median = (f"{value:.1f}".replace(".", ",") for value in (cell.mean, cell.median or 0.0))
    return f"{mean} (median {median}, av {cell.count})"


def _row(report: FrozenReport, change: Change | AverageChange, then: str, now: str) -> ChangedRow:
    indicator = DECLARED.indicators[change.definition.id]
    labels = tuple(
        row_label(each, change.group[each.id]) for each in DECLARED.broken_down(indicator) if each.id in change.group
    )
    href = f"{FROZEN}/{report.report_id}/siffror/{indicator.id}"
    query = f"?{urlencode(change.group)}" if change.group else ""
    return ChangedRow(change.definition.label, labels, then, now, href + query if has_cases(indicator) else None)


def _with_cases(indicator_id: str) -> Indicator:
    indicator = DECLARED.indicators.get(indicator_id)
    if indicator is None or not has_cases(indicator):
        raise NotFound("indicator_unknown", "Det finns ingen sådan siffra med ärenden. Se den frysta rapporten.")
    return indicator


def _grouped(rows: Sequence[ChangedCaseRow]) -> list[tuple[str, list[ChangedCaseRow]]]:
    """The cases by whether they were counted then and are now, those that make the difference first."""
    headings = {
        (False, True): "Räknas nu, men räknades inte då",
        (True, False): "Räknades då, men räknas inte längre",
        (True, True): "Räknades då och räknas nu, men något har registrerats",
    }
    return [
        (heading, [row for row in rows if (row.case.then, row.case.now) == counted])
        for counted, heading in headings.items()
    ]


def _case_row(case: ChangedCase, names: Mapping[UUID, str]) -> ChangedCaseRow:
    events = tuple((event_label(each.type), each.happened_on, local_date(each.recorded)) for each in case.events)
    return ChangedCaseRow(case, names.get(case.case_id), events)
