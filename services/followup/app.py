"""Wiring of the follow-up service: what it reads, its timer, its routes, its gauges, and what it sends."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI

from contracts import topics
from services.chassis.metrics import Metrics
from services.chassis.ordered import InOrder
from services.chassis.runtime import ServiceDefinition
from services.chassis.service import assemble
from services.chassis.settings import Settings
from services.followup import absence_api, commands, digests, gauges
from services.followup.api import router
from services.followup.audit_api import router as audit_router
from services.followup.web import pages, to_do

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def create(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    metrics = Metrics()
    definition = ServiceDefinition(
        name="followup",
        topic=topics.FOLLOWUP,
        migrations=MIGRATIONS,
        reads=[topics.PLANNING, topics.REFERRAL],
        apply=InOrder(commands.HEARD, commands.hear, metrics),
        fires_together={commands.RECONCILE: commands.fire},
        counts=(
            gauges.count,
            gauges.count_reminders,
            gauges.count_time_limits,
            gauges.digests(settings.digest_at),
        ),
        keeps=(digests.sender(metrics),),
    )
    routers = [audit_router, router, absence_api.router, to_do.router, pages.router]
    return assemble(definition, routers, settings, metrics)
