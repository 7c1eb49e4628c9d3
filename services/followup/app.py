"""Wiring of the follow-up service: what it reads, its timer, its routes and its gauge."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from prometheus_client import Gauge

from contracts import topics
from contracts.events import local_date
from services.chassis.logs import logger
from services.chassis.metrics import Metrics
from services.chassis.ordered import InOrder
from services.chassis.runtime import Runtime, ServiceDefinition
from services.chassis.service import assemble
from services.chassis.settings import Settings
from services.followup import commands, store
from services.followup.api import router
from services.followup.web import pages
from services.followup.work import WORKERS

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_GAUGE_SECONDS: Final = 5.0


def create(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    metrics = Metrics()
    definition = ServiceDefinition(
        name="followup",
        topic=topics.FOLLOWUP,
        migrations=MIGRATIONS,
        reads=[topics.PLANNING, topics.REFERRAL],
        apply=InOrder(commands.HEARD, commands.hear, metrics),
        fires={commands.RECONCILE: commands.fire},
    )
    gauge = APIRouter(lifespan=_gauge_keeper(metrics))
    return assemble(definition, [router, pages.router, gauge], settings, metrics)


def _gauge_keeper(metrics: Metrics) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    gauge = Gauge(
        "samspel_follow_ups",
        "Follow-ups owed, by the sign-in role that works them and their due status; the same from every worker",
        ["role", "due_status"],
        registry=metrics.registry,
    )

    @asynccontextmanager
    async def keep(app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(_keep_gauge(gauge, app.state.runtime))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return keep


async def _keep_gauge(gauge: Gauge, runtime: Runtime) -> None:
    while True:
        try:
            found = await store.counts(runtime.pool, WORKERS, local_date(runtime.clock.now()))
            for role, counts in found.items():
                for status, number in counts.items():
                    gauge.labels(role, status).set(number)
        except Exception as error:  # noqa: BLE001  # a gauge that stopped would show old numbers for ever
            logger().warning("follow_ups_not_counted", error=type(error).__name__)
        await asyncio.sleep(_GAUGE_SECONDS)
