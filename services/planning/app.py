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
from services.planning import (
    activity_api,
    call_api,
    commands,
    enrolment_api,
    exit_api,
    gauges,
    group_api,
    livelihood_api,
    place_api,
    session_api,
    step_api,
    support_api,
)
from services.planning.api import router
from services.planning.web.activities import router as activities
from services.planning.web.answers import answers_pages
from services.planning.web.case import router as case
from services.planning.web.enrolments import router as enrolments
from services.planning.web.exit import router as exit_pages
from services.planning.web.livelihood import router as livelihood
from services.planning.web.pages import router as pages
from services.planning.web.party_cases import router as party_cases
from services.planning.web.steps import router as steps
from services.planning.web.supports import router as supports
from services.planning.web.to_do import router as to_do

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
        catches_up=(commands.catch_up_shared,),
        counts=(gauges.count,),
    )
    routers = [
        *(pages, case, activities, enrolments, exit_pages, livelihood, supports),
        party_cases,
        *(steps, answers_pages(settings.secrets["answers_kek"])),
        *(session_api.router, place_api.router, call_api.router, activity_api.router),
        *(group_api.router, enrolment_api.router, support_api.router, exit_api.router),
        *(livelihood_api.router, step_api.router, to_do, router),
    ]
    return assemble(definition, routers, settings, metrics)
