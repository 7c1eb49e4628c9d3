"""Wiring of the planning service: follows referrals, and takes what case workers do from first meeting to exit."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI

from contracts import topics
from contracts.corrections import CORRECTIONS
from contracts.referral import REFERRAL_FACTS
from services.chassis.metrics import Metrics
from services.chassis.ordered import InOrder
from services.chassis.runtime import ServiceDefinition
from services.chassis.service import assemble
from services.chassis.settings import Settings
from services.planning import call_api, commands, session_api
from services.planning.api import router
from services.planning.web.pages import router as pages

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def create(settings: Settings) -> FastAPI:
    """The planning service's ASGI application."""
    metrics = Metrics()
    definition = ServiceDefinition(
        name="planning",
        topic=topics.PLANNING,
        migrations=_MIGRATIONS,
        reads=[topics.REFERRAL],
        apply=InOrder((*REFERRAL_FACTS, *CORRECTIONS), commands.hear, metrics),
    )
    return assemble(definition, [pages, session_api.router, call_api.router, router], settings, metrics)
