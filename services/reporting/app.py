"""Wiring of the reporting service: what it reads, its HTTP interface, its metrics."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from prometheus_client import Counter
from pydantic import BaseModel

from contracts import topics
from contracts.codes import Role
from contracts.problems import NotFound
from services.chassis import sign_in
from services.chassis.auth import User
from services.chassis.consumer import HIGH_THROUGHPUT, Records, Unusable
from services.chassis.http import RuntimeOf, bearer_of, signed_in
from services.chassis.inputs import Moment
from services.chassis.metrics import Metrics
from services.chassis.names import NamesOf
from services.chassis.pages import token_of
from services.chassis.queue_standing import QueueClient
from services.chassis.runtime import ServiceDefinition
from services.chassis.service import assemble
from services.chassis.settings import Settings
from services.chassis.unit import Unit
from services.reporting import public_forms, store
from services.reporting.amount_api import amount_api
from services.reporting.deviation_api import deviation_api
from services.reporting.domain.averages import AverageCell
from services.reporting.domain.cases import TimelineEvent, without_unit
from services.reporting.domain.counted import Cell
from services.reporting.domain.definitions import Definition
from services.reporting.domain.definitions import definition as definition_of
from services.reporting.domain.figures import Figures
from services.reporting.domain.periods import Period, year_period
from services.reporting.domain.published import Line, Published, PublishedSource, compare
from services.reporting.form_report_api import form_report_api
from services.reporting.frozen_api import frozen_api
from services.reporting.indicators import NotValid, figure_of
from services.reporting.period_parameter import PeriodInPath
from services.reporting.survey_api import survey_api
from services.reporting.web.development_pages import development_router
from services.reporting.web.deviation_pages import deviation_router
from services.reporting.web.economy_pages import economy_router
from services.reporting.web.figure_pages import figures_router
from services.reporting.web.file_pages import files_router, frozen_files_router
from services.reporting.web.flow_pages import flow_router
from services.reporting.web.form_report_pages import form_reports_router
from services.reporting.web.frozen_pages import frozen_router
from services.reporting.web.goal_pages import goals_router
from services.reporting.web.insatser import insatser_router
from services.reporting.web.pages import pages_router
from services.reporting.web.project_leader import project_leader_router
from services.reporting.web.public_form_pages import public_form_router
from services.reporting.web.quality_pages import quality_router
from services.reporting.web.report_pages import report_router
from services.reporting.web.signed_report_pages import signed_reports_router
from services.reporting.web.site import LOOK, site_router
from services.reporting.web.survey_pages import survey_router

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def create(settings: Settings) -> FastAPI:
    """The service, ready to be served. Raises OSError or ValueError for published figures that cannot be read."""
    metrics = Metrics()
    published = _published(settings)
    definition = ServiceDefinition(
        name="reporting",
        topic=topics.OFFICE,
        migrations=MIGRATIONS,
        reads=topics.COUNTED,
        fetch_profile=HIGH_THROUGHPUT,
        apply=Folding(metrics),
        keeps=(public_forms.keep_making,),
        open_to_all=frozenset({LOOK}),
    )
    routers = [
        sign_in.router,
        _api(published),
        frozen_api(),
        form_report_api(),
        survey_api(),
        amount_api(),
        economy_router(),
        deviation_api(),
        deviation_router(),
        survey_router(),
        frozen_router(settings.referral_url),
        public_form_router(),
        figures_router(settings.referral_url),
        development_router(),
        files_router(published),
        flow_router(),
        goals_router(),
        frozen_files_router(),
        form_reports_router(),
        signed_reports_router(),
        pages_router(settings),
        quality_router(published),
        report_router(published),
        insatser_router(),
        project_leader_router(QueueClient(settings.referral_url)),
        site_router(settings),
    ]
    return assemble(definition, routers, settings, metrics)


def _published(settings: Settings) -> Published | None:
    path = settings.published_figures
    return Published.model_validate_json(path.read_bytes()) if path else None


# Events in ------------------------------------------------------------------------------------------------------


class Folding:
    """An ``apply`` that stores a batch's events, whatever their order, and folds the cases they speak of."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        registry = metrics.registry
        self._stored = Counter("samspel_reporting_events_stored", "New events stored", ["topic"], registry=registry)
        self._folded = Counter("samspel_reporting_cases_folded", "Cases folded to facts", registry=registry)
        self._facts = Counter("samspel_reporting_facts_folded", "Rows of facts written", ["fact"], registry=registry)

    async def __call__(self, unit: Unit, records: Records) -> None:
        """Raises Unusable if any of the records is no event of ours; alone in its batch, it learns why."""
        first = records[0]
        offsets, values = [record.offset for record in records], [record.value for record in records]
        try:
            stored = await store.insert_events(unit.conn, first.partition, offsets, values)
        except store.EventRefused as error:
            if error.refusal is not None:
                # A constraint proves something about the record only if others get past it: the reader judges that.
                raise error.refusal from error
            raise Unusable(error.why) from error
        self._stored.labels(first.topic).inc(stored.new)
        self._metrics.duplicates.labels(first.topic).inc(len(records) - stored.new)
        self._folded.inc(stored.cases)
        for fact, count in stored.facts.items():
            self._facts.labels(fact).inc(count)

    async def learn(self, unit: Unit, _batch: int = 0) -> int:
        """Folds events stored by a version that did not know them; returns how many this one knows."""
        return await store.learn(unit.conn)


# The HTTP interface ---------------------------------------------------------------------------------------------


class ComparisonOut(BaseModel):
    """A period's published figures beside the computed ones."""

    source: PublishedSource
    period: Period
    lines: tuple[Line, ...]


class IndicatorOut(BaseModel):
    """An indicator's cells of a period. Those of a count sum to their whole, and what is not known is a row. Those of
    an average do not: the whole, and each row, is measured by itself."""

    definition: Definition
    period: Period
    as_of: datetime | None
    cells: tuple[Cell, ...] | tuple[AverageCell, ...]


class CaseEventsOut(BaseModel):
    """All that is known of a case, in the order it happened."""

    case_id: UUID
    events: list[TimelineEvent]


_Caseworker = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]
_Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE, Role.OPERATIONS))]


def _api(published: Published | None) -> APIRouter:
    router = APIRouter(prefix="/api/reporting", tags=["reporting"])

    @router.get("/periods/{period_id}")
    async def period_figures(
        period: PeriodInPath,
        runtime: RuntimeOf,
        _user: _Reader,
        as_of: Annotated[Moment | None, Query(description="Only what was registered by then is counted.")] = None,
    ) -> Figures:
        """The period's figures, with the definition of each."""
        async with runtime.pool.acquire() as connection:
            return await store.period_figures(connection, period, as_of)

    @router.get("/periods/{period_id}/indicators/{indicator}")
    async def indicator_of_a_period(
        period: PeriodInPath,
        indicator: str,
        runtime: RuntimeOf,
        _user: _Reader,
        as_of: Annotated[Moment | None, Query(description="Only what was registered by then is counted.")] = None,
        version: Annotated[
            int | None, Query(ge=1, le=1000, description="Absent: the one that is valid when the period ends.")
        ] = None,
    ) -> IndicatorOut:
        """One declared indicator, broken down as it says. `definitions` of the period's figures name them."""
        try:
            wanted = figure_of(indicator, period.last, version)
        except NotValid as error:
            raise NotFound("indicator_unknown", "Det finns inget sådant mått för perioden.") from error
        async with runtime.pool.acquire() as connection:
            counted = await store.indicator_cells(connection, wanted, period, as_of)
        return IndicatorOut(definition=definition_of(wanted), period=period, as_of=as_of, cells=counted)

    @router.get("/periods/{period_id}/comparison")
    async def comparison(period: PeriodInPath, runtime: RuntimeOf, _user: _Reader) -> ComparisonOut:
        """The published figures line by line, beside those computed from the events."""
        if published is None or period != year_period(published.year):
            raise NotFound("nothing_published", "Det finns inga publicerade siffror att jämföra den perioden med.")
        async with runtime.pool.acquire() as connection:
            figures = await store.period_figures(connection, period)
        return ComparisonOut(source=published.source, period=period, lines=compare(figures, published))

    @router.get("/cases/{case_id}/events")
    async def case_events(
        case_id: UUID, request: Request, runtime: RuntimeOf, names: NamesOf, _user: _Caseworker
    ) -> CaseEventsOut:
        """A case's events; without consent, less the details that need it. Where the person is protected from you, or
        the referral service cannot be asked whether, less the unit that referred: it may say where the person
        lives."""
        async with runtime.pool.acquire() as connection:
            events = await store.case_events(connection, case_id)
        if not events:
            raise NotFound("case_unknown", "Ärendet finns inte här. Är det alldeles nytt kan det dröja någon sekund.")
        names_of = await names.of([case_id], bearer_of(request) or token_of(request))
        shown = events if names_of.shows_place(case_id) else map(without_unit, events)
        return CaseEventsOut(case_id=case_id, events=list(shown))

    return router
