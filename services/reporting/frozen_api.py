"""Frozen reports over HTTP: made, listed, read byte for byte, counted anew, and compared with what is known now."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.codes import Role
from contracts.events import local_date
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.http import Body, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.chassis.runtime import Runtime
from services.reporting import commands, frozen_store, store
from services.reporting.domain import frozen
from services.reporting.domain.averages import AverageCell
from services.reporting.domain.frozen import FrozenReport
from services.reporting.domain.periods import Period
from services.reporting.period_parameter import period_named

_LISTED = 200
Office = Annotated[User, Depends(signed_in(Role.OFFICE))]
Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE, Role.OPERATIONS))]


class NewFrozenReport(Body):
    """``known_on``: what was registered by the end of that day is counted; a day that is over."""

    model_config = examples({"period": "2021-h1", "known_on": "2021-08-15"})
    period: str = Field(max_length=22)
    known_on: Day


class FrozenReportOut(BaseModel):
    """A frozen report. ``content_sha256``: of the bytes that ``…/content`` answers, in hex."""

    model_config = ConfigDict(from_attributes=True)

    report_id: UUID
    period: Period
    known_until: datetime
    frozen_at: datetime
    figures: int
    content_sha256: str


class FrozenReports(BaseModel):
    items: list[FrozenReportOut]


class RecountOut(BaseModel):
    """What counting anew from the events registered by the report's moment gave."""

    same: bool
    content_sha256: str


class ChangeOut(BaseModel):
    """A cell that is counted otherwise now. ``group`` is empty for a figure's total."""

    indicator: str
    group: dict[str, str]
    then: int
    now: int


class AverageChangeOut(BaseModel):
    """An average that is another now. ``group`` is empty for the whole; null: there was or is nothing of that row."""

    indicator: str
    group: dict[str, str]
    then: AverageCell | None
    now: AverageCell | None


class ChangesOut(BaseModel):
    """``no_longer_counted``: figures counted by another version of their declaration, or not at all."""

    items: list[ChangeOut]
    averages: list[AverageChangeOut]
    no_longer_counted: list[str]


def frozen_api() -> APIRouter:
    """The routes under /api/reporting/frozen-reports."""
    router = APIRouter(prefix="/api/reporting/frozen-reports", tags=["frozen reports"])

    @router.post("", status_code=201)
    async def freeze(body: NewFrozenReport, request: CommandRequestOf, user: Office) -> FrozenReportOut:
        """Keeps a period's figures as they were known at the end of a day. A report frozen before stays as it is."""
        runtime = request.runtime
        today = local_date(runtime.clock.now())
        content = await commands.count_to_freeze(runtime, period_named(body.period), body.known_on, today)
        async with request.unit(user.actor) as unit:
            report = FrozenReportOut.model_validate(await commands.freeze(unit, content))
            return await request.answered(unit, report)

    @router.get("")
    async def listed(runtime: RuntimeOf, _user: Reader) -> FrozenReports:
        """The reports, the one frozen last first; at most two hundred."""
        async with runtime.pool.acquire() as connection:
            found = await frozen_store.newest(connection, _LISTED)
        return FrozenReports(items=[FrozenReportOut.model_validate(each) for each in found])

    @router.get("/{report_id}")
    async def one(report_id: UUID, runtime: RuntimeOf, _user: Reader) -> FrozenReportOut:
        """A report: what it is of, and its hash."""
        report, _ = await kept(runtime, report_id)
        return FrozenReportOut.model_validate(report)

    @router.get("/{report_id}/content", response_model=frozen.Content)
    async def content(report_id: UUID, runtime: RuntimeOf, _user: Reader) -> Response:
        """The bytes that were kept: every figure with its definition and its cells that are not zero."""
        _, stored = await kept(runtime, report_id)
        return Response(stored, media_type="application/json")

    @router.get("/{report_id}/recount")
    async def recount(report_id: UUID, runtime: RuntimeOf, _user: Reader) -> RecountOut:
        """Counts the report anew from the events registered by its moment."""
        report, _ = await kept(runtime, report_id)
        again = frozen.content_hash(await counted_again(runtime, report))
        return RecountOut(same=again == report.content_sha256, content_sha256=again)

    @router.get("/{report_id}/changes")
    async def changes(report_id: UUID, runtime: RuntimeOf, _user: Reader) -> ChangesOut:
        """The figures and cells that are counted otherwise by all that is known now."""
        report, stored = await kept(runtime, report_id)
        then = frozen.read(stored)
        async with runtime.pool.acquire() as connection:
            now = await store.period_all(connection, report.period)
        items = [
            ChangeOut(indicator=each.definition.id, group=dict(each.group), then=each.then, now=each.now)
            for each in frozen.changes(then, now)
        ]
        averages = [
            AverageChangeOut(indicator=each.definition.id, group=dict(each.group), then=each.then, now=each.now)
            for each in frozen.changed_averages(then, now)
        ]
        gone = [each.id for each in frozen.no_longer_counted(then, now)]
        return ChangesOut(items=items, averages=averages, no_longer_counted=gone)

    return router


async def kept(runtime: Runtime, report_id: UUID) -> tuple[FrozenReport, bytes]:
    """A frozen report and its bytes. Raises NotFound."""
    async with runtime.pool.acquire() as connection:
        found = await frozen_store.find(connection, report_id)
    if found is None:
        raise NotFound("report_unknown", "Det finns ingen sådan fryst rapport. Se listan över frysta rapporter.")
    return found


async def counted_again(runtime: Runtime, report: FrozenReport) -> bytes:
    """The content that counting anew gives, from the events registered by the report's moment."""
    async with runtime.pool.acquire() as connection:
        figures = await store.period_all(connection, report.period, report.known_until)
    return frozen.content(report.period, report.known_until, figures)
