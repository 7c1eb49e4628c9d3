"""The referral service: agencies' inboxes over Kafka and HTTP, the coordinators' list, the identity vault."""

from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from contracts import topics
from contracts.agency import RecordPlace
from contracts.catalogue import AGENCIES
from contracts.corrections import RegisteredInError
from contracts.envelope import Fact
from contracts.events import AnyEvent
from contracts.problems import NotFound
from services.chassis.consumer import Apply, Records, Unusable
from services.chassis.metrics import Metrics
from services.chassis.ordered import Handle, InOrder
from services.chassis.runtime import ServiceDefinition
from services.chassis.service import assemble
from services.chassis.settings import Settings
from services.chassis.unit import Unit
from services.referral import commands, drafts, gauges
from services.referral.agency_inbox import AgencyInbox
from services.referral.cases_api import cases_api
from services.referral.completion_api import completion_router
from services.referral.consultation_api import consultation_api
from services.referral.contact_api import contact_router
from services.referral.domain import feedback
from services.referral.domain.judging import Numbers
from services.referral.ending_api import ending_router
from services.referral.fhir.router import fhir_router
from services.referral.hand_back_api import hand_back_router
from services.referral.inbox_api import inbox_api
from services.referral.intake import InboundRecord, Intake
from services.referral.officers_api import officers_router
from services.referral.pause_api import pause_router
from services.referral.people_api import people_api
from services.referral.protection_api import protection_router
from services.referral.put_forward_api import put_forward_api
from services.referral.queue_api import queue_router
from services.referral.search import making_searchable
from services.referral.vault import Vault
from services.referral.web import own
from services.referral.web.batch import batch_router
from services.referral.web.birthdays import birthdays_pages
from services.referral.web.completion import completion_pages
from services.referral.web.consents import consents_pages
from services.referral.web.consultations import consultations_router
from services.referral.web.drafts import drafts_router
from services.referral.web.earlier import earlier_pages
from services.referral.web.ending import ending_pages
from services.referral.web.hand_backs import hand_back_pages
from services.referral.web.officers import officers_pages
from services.referral.web.pages import pages_router
from services.referral.web.pauses import pauses_router
from services.referral.web.protection import protection_pages
from services.referral.web.put_forward import put_forward_pages
from services.referral.web.queue import queue_pages
from services.referral.web.read_log import read_log_pages
from services.referral.web.referrer import referrer_router
from services.referral.web.referrer_to_do import referrer_to_do_router
from services.referral.web.search import search_pages
from services.referral.web.to_do import to_do_api

_FOLLOWED: Final[tuple[type[Fact], ...]] = (*feedback.OF_PLANNING, RegisteredInError)
"""What planning appends that changes where a case stands here, or is fed back to its referrer."""


def create(settings: Settings) -> FastAPI:
    """The service's ASGI application."""
    metrics = Metrics()
    vault = Vault(settings.secrets["vault_kek"], settings.secrets["lookup_key"])
    numbers = Numbers.SYNTHETIC if settings.test_mode else Numbers.REAL
    intake = Intake(vault, numbers, metrics)
    inbox = AgencyInbox(vault, intake)
    definition = ServiceDefinition(
        name="referral",
        topic=topics.REFERRAL,
        migrations=Path(__file__).parent / "migrations",
        reads=[*map(topics.inbox, AGENCIES), topics.PLANNING],
        apply=_by_topic(inbox, InOrder(_FOLLOWED, _follow(vault), metrics)),
        fires={drafts.EXPIRES: drafts.expire, commands.CONSENT_RUNS_OUT: commands.end_consent},
        open_to_all=frozenset({own.PATH}),
        catches_up=(making_searchable(vault),),
        counts=(gauges.count,),
    )
    return assemble(
        definition,
        [
            inbox_api(inbox),
            cases_api(vault),
            people_api(vault),
            consultation_api(),
            put_forward_api(),
            pages_router(vault),
            search_pages(vault),
            consultations_router(),
            put_forward_pages(),
            batch_router(intake),
            drafts_router(vault),
            officers_pages(vault),
            officers_router(vault),
            referrer_to_do_router(vault),
            referrer_router(vault, intake),
            fhir_router(vault, intake),
            own.own_router(vault, intake),
            ending_router(vault),
            ending_pages(vault),
            hand_back_router(vault),
            hand_back_pages(vault),
            completion_router(vault),
            completion_pages(vault),
            queue_pages(vault),
            queue_router(),
            contact_router(vault),
            consents_pages(vault),
            earlier_pages(vault),
            pause_router(),
            pauses_router(),
            protection_router(),
            protection_pages(vault),
            read_log_pages(vault),
            birthdays_pages(vault),
            to_do_api(vault),
        ],
        settings,
        metrics,
    )


def _by_topic(inbox: AgencyInbox, planning: InOrder) -> Apply:
    async def apply(unit: Unit, records: Records) -> None:
        # A batch is of one partition, so of one topic.
        topic = records[0].topic
        if topic == topics.PLANNING:
            await planning(unit, records)
        else:
            inbound = [
                InboundRecord(each.value, _place(each), trace=unit.traces.get(each.offset)) for each in records
            ]
            await inbox.take(unit, AGENCIES[topics.agency_of(topic)], inbound)

    return apply


def _place(record: Any) -> RecordPlace:
    return RecordPlace(topic=record.topic, partition=record.partition, offset=record.offset)


def _follow(vault: Vault) -> Handle:
    async def follow(unit: Unit, event: AnyEvent) -> None:
        try:
            await commands.hear(unit, vault, event.subject)
        except NotFound as error:
            raise Unusable(f"{event.type} of a case that was never referred here") from error

    return follow
