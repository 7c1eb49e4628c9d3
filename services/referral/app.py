"""The referral service: agencies' inboxes over Kafka and HTTP, the coordinators' list, the identity vault."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from contracts import topics
from contracts.agency import RecordPlace, ReferralAcknowledged, ReferralRejected, ReferralSubmittedEvent
from contracts.catalogue import AGENCIES, Agency
from contracts.codes import Member, ReturnedBy, Role
from contracts.consent import INDIVIDUAL_FOLLOW_UP, ConsentStatus
from contracts.corrections import RegisteredInError
from contracts.envelope import CONTENT_TYPE, Event, Fact
from contracts.events import AnyEvent
from contracts.model import Code
from contracts.problems import Forbidden, Invalid, NotFound
from services.chassis.auth import User
from services.chassis.consumer import Apply, Records, Unusable
from services.chassis.http import Body, Done, RuntimeOf, examples, problem, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.chassis.metrics import Metrics
from services.chassis.ordered import Handle, InOrder
from services.chassis.runtime import Runtime, ServiceDefinition
from services.chassis.service import assemble
from services.chassis.settings import Settings
from services.chassis.unit import Unit
from services.referral import commands, drafts, erasure, inbox_store, protection, store
from services.referral.completion_api import completion_router
from services.referral.consultation_api import consultation_api
from services.referral.contact_api import contact_router
from services.referral.domain import feedback
from services.referral.domain.case import CaseState
from services.referral.domain.consents import Terms
from services.referral.domain.judging import Numbers
from services.referral.domain.permissions import PERMISSIONS, Act
from services.referral.domain.reading import LARGEST
from services.referral.ending_api import ending_router
from services.referral.fhir.router import fhir_router
from services.referral.intake import InboundRecord, Intake
from services.referral.names import FOR_ANOTHER_PAGE, read_names
from services.referral.officers_api import officers_router
from services.referral.pause_api import pause_router
from services.referral.protection_api import protection_router
from services.referral.search import making_searchable
from services.referral.vault import Vault
from services.referral.web import own
from services.referral.web.batch import batch_router
from services.referral.web.completion import completion_pages
from services.referral.web.consents import consents_pages
from services.referral.web.consultations import consultations_router
from services.referral.web.drafts import drafts_router
from services.referral.web.ending import ending_pages
from services.referral.web.officers import officers_pages
from services.referral.web.pages import pages_router
from services.referral.web.pauses import pauses_router
from services.referral.web.protection import protection_pages
from services.referral.web.queue import queue_pages
from services.referral.web.referrer import referrer_router
from services.referral.web.search import search_pages

_NAMES_AT_ONCE: Final = 200

_FOLLOWED: Final[tuple[type[Fact], ...]] = (*feedback.OF_PLANNING, RegisteredInError)
"""What planning appends that changes where a case stands here, or is fed back to its referrer."""


def create(settings: Settings) -> FastAPI:
    """The service's ASGI application."""
    metrics = Metrics()
    vault = Vault(settings.secrets["vault_kek"], settings.secrets["lookup_key"])
    numbers = Numbers.SYNTHETIC if settings.test_mode else Numbers.REAL
    intake = Intake(vault, numbers, metrics)
    definition = ServiceDefinition(
        name="referral",
        topic=topics.REFERRAL,
        migrations=Path(__file__).parent / "migrations",
        reads=[*map(topics.inbox, AGENCIES), topics.PLANNING],
        apply=_by_topic(intake, InOrder(_FOLLOWED, _follow(vault), metrics)),
        fires={drafts.EXPIRES: drafts.expire, commands.CONSENT_RUNS_OUT: commands.end_consent},
        open_to_all=frozenset({own.PATH}),
        catches_up=(making_searchable(vault),),
    )
    return assemble(
        definition,
        [
            _agencies(intake),
            _cases(vault),
            _people(vault),
            consultation_api(),
            pages_router(vault),
            search_pages(vault),
            consultations_router(),
            batch_router(intake),
            drafts_router(vault),
            officers_pages(vault),
            officers_router(vault),
            referrer_router(vault, intake),
            fhir_router(vault, intake),
            own.own_router(vault, intake),
            ending_router(vault),
            ending_pages(vault),
            completion_router(vault),
            completion_pages(vault),
            queue_pages(vault),
            contact_router(vault),
            consents_pages(vault),
            pause_router(),
            pauses_router(),
            protection_router(),
            protection_pages(vault),
        ],
        settings,
        metrics,
    )


def _by_topic(intake: Intake, planning: InOrder) -> Apply:
    async def apply(unit: Unit, records: Records) -> None:
        # A batch is of one partition, so of one topic.
        topic = records[0].topic
        if topic == topics.PLANNING:
            await planning(unit, records)
        else:
            inbound = [InboundRecord(record.value, _place(record)) for record in records]
            await intake.ingest(unit, AGENCIES[topics.agency_of(topic)], inbound)

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


class Receipt(JSONResponse):
    """The receipt of a referral that was taken in: an event, as on the agency's outbox."""

    media_type = CONTENT_TYPE


class Rejection(BaseModel):
    """A referral that was not taken in: problem details with the receipt, which lists every error."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    receipt: Event[ReferralRejected]


def _agencies(intake: Intake) -> APIRouter:
    router = APIRouter(prefix="/api/referral", tags=["agencies"])

    @router.post(
        "/inbox/{agency_id}",
        status_code=201,
        response_class=Receipt,
        responses={201: {"model": Event[ReferralAcknowledged]}, 422: {"model": Rejection}},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {CONTENT_TYPE: {"schema": _submitted(), "example": _EXAMPLE}},
            }
        },
    )
    async def refer(
        agency_id: str, request: Request, runtime: RuntimeOf, user: Annotated[User, Depends(signed_in(Role.AGENCY))]
    ) -> Response:
        """Takes in one referral as the agency's inbox does. The receipt goes to its outbox too."""
        agency = _own_agency(agency_id, user)
        value = await _read(request)
        async with runtime.unit(user.actor) as unit:
            [receipt] = await intake.ingest(unit, agency, [InboundRecord(value, None, user.id)])
        if isinstance(receipt.data, ReferralAcknowledged):
            return Receipt(receipt.model_dump(mode="json", exclude_none=True), status_code=201)
        refused = Invalid(
            "referral_rejected", "Anmälan togs inte emot. Rätta felen i kvittot och skicka ett nytt meddelande."
        )
        return problem(refused, receipt=receipt.model_dump(mode="json", exclude_none=True))

    return router


def _own_agency(agency_id: str, user: User) -> Agency:
    agency = AGENCIES.get(agency_id)
    if agency is None:
        raise NotFound("agency_unknown", "Det finns ingen sådan myndighet i katalogen.")
    if user.agency != agency_id:
        raise Forbidden("other_agency", "Du kan bara anmäla för din egen myndighet.")
    return agency


async def _read(request: Request) -> bytes:
    """The body, or as much of it as shows that it is too large."""
    value = bytearray()
    async for chunk in request.stream():
        value += chunk
        if len(value) > LARGEST:
            break
    return bytes(value)


# The number is a test number, of nobody.
_EXAMPLE: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "9d5ef7a4-6c1e-459b-8d0a-8f13e5cc9bba",
    "source": "urn:agency:stockholms-stad",
    "type": "ReferralSubmitted",
    "data": {
        "reference": "SOC-2021-88",
        "insats": "finsam-team",
        "referred_on": "2021-03-15",
        "referrer": {"unit": "farsta", "officer": {"name": "Ödla Remittentsson", "email": "odla@example.org"}},
        "person": {
            "identity_number": "198703149818",
            "given_name": "Påhitta",
            "family_name": "Exempelsson",
            "sex": "woman",
        },
        "needs": ["kommun", "forsakringskassan"],
        "consent": {"choice": "given", "stated_on": "2021-03-12"},
        "background": {"education": "compulsory", "benefits": ["income_support"], "public_support_years": 3},
    },
}


def _submitted_and_example() -> dict[str, Any]:
    return {"schema": _submitted(), "example": _EXAMPLE}


def _submitted() -> dict[str, Any]:
    """The body's schema with its definitions in place, because OpenAPI looks for them elsewhere."""
    schema = ReferralSubmittedEvent.model_json_schema()
    definitions = schema.pop("$defs")

    def whole(node: Any) -> Any:
        match node:
            case {"$ref": str(reference), **others}:
                return {**whole(definitions[reference.rpartition("/")[2]]), **others}
            case dict():
                return {name: whole(inner) for name, inner in node.items()}
            case list():
                return [whole(inner) for inner in node]
            case _:
                return node

    inlined: dict[str, Any] = whole(schema)
    return inlined


class CaseListed(BaseModel):
    """A case, with nothing about who it is.

    ``other_open``: it waits, and the person has another open referral to the insats. ``returned_by``: whose doing it
    was that it ended before the start. ``unit``: null where the person is protected from you, since it may say where
    the person lives.
    """

    model_config = ConfigDict(from_attributes=True)

    case_id: UUID
    insats: str
    agency: str
    unit: str | None
    referred_on: date
    received_at: datetime
    state: CaseState
    state_since: date
    consent: ConsentStatus
    other_open: bool
    returned_by: ReturnedBy | None


class CasesListed(BaseModel):
    """Cases by arrival, the newest first. ``next``: give it as ``after`` to get those that came before."""

    items: list[CaseListed]
    next: UUID | None


class Acceptance(Body):
    """``accepted_on``: today unless given."""

    model_config = examples({"accepted_on": "2021-02-10"}, {})
    accepted_on: Day | None = None


class ReturnToReferrer(Body):
    """``returned_on``: today unless given. ``reason``: one of the insats' codes for a return."""

    model_config = examples({"returned_on": "2021-02-10", "reason": "not_reached"})
    returned_on: Day | None = None
    reason: Code


class ConsentAnswer(Body):
    """``stated_on``: today unless given. ``purpose``: one that the insats asks about. ``how``: in which form.

    ``receivers``: the parties it is for, all unless given. ``valid_until``: its last day. ``guardian``: a guardian of
    somebody under 18 agrees too.
    """

    model_config = examples(
        {"choice": "withdrawn", "stated_on": "2021-06-01"},
        {"choice": "given", "purpose": "individual_follow_up", "how": "paper", "valid_until": "2099-06-01"},
    )
    choice: Literal[ConsentStatus.GIVEN, ConsentStatus.REFUSED, ConsentStatus.WITHDRAWN]
    stated_on: Day | None = None
    purpose: Code = INDIVIDUAL_FOLLOW_UP
    how: Code | None = None
    receivers: Annotated[tuple[Member, ...], Field(max_length=4)] = ()
    valid_until: Day | None = None
    guardian: bool = False

    def answer(self) -> commands.NewAnswer:
        """What the person answered."""
        terms = Terms(self.how, self.receivers, self.valid_until, self.guardian)
        return commands.NewAnswer(self.choice, self.stated_on, self.purpose, terms)


class NamesWanted(Body):
    """No more cases at once than a page shows."""

    model_config = examples({"case_ids": ["6f0f6f1e-0d3a-4b5c-9f0e-3a5b7c9d1e2f"]})
    case_ids: Annotated[list[UUID], Field(max_length=_NAMES_AT_ONCE)]


class NamesTold(BaseModel):
    """``names``: what stands for each name. ``withheld``: cases whose person is protected from you."""

    names: dict[UUID, str]
    withheld: list[UUID]


class Whom(Body):
    """A person, by identity number or by the id of one of their cases."""

    model_config = examples({"case_id": "6f0f6f1e-0d3a-4b5c-9f0e-3a5b7c9d1e2f"})
    identity_number: Annotated[str | None, Field(max_length=20, repr=False)] = None
    case_id: UUID | None = None


class Forgetting(Whom):
    """``also_open``: even while a case of the person is open; it then goes on without a name."""

    model_config = examples({"case_id": "6f0f6f1e-0d3a-4b5c-9f0e-3a5b7c9d1e2f", "also_open": True})
    also_open: bool = False


class PersonHeld(BaseModel):
    """How much is held of a person, or was until now: cases, open ones among them, messages remembered, and drafts
    of referrals that somebody has begun."""

    model_config = ConfigDict(from_attributes=True)

    cases: int
    open_cases: int
    messages: int
    drafts: int


_Operator = Annotated[User, Depends(signed_in(Role.OPERATIONS))]
_Coordinator = Annotated[User, Depends(signed_in(*sorted(PERMISSIONS[Act.ACCEPT].roles)))]
_Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]


def _cases(vault: Vault) -> APIRouter:
    router = APIRouter(prefix="/api/referral", tags=["cases"])

    @router.get("/cases")
    async def cases(
        runtime: RuntimeOf,
        user: _Reader,
        state: CaseState | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        after: UUID | None = None,
    ) -> CasesListed:
        """Referrals in order, by arrival, the newest first."""
        found = await inbox_store.newest(runtime.pool, state, limit, after)
        items = await _listed(runtime, user, found)
        return CasesListed(items=items, next=items[-1].case_id if len(items) == limit else None)

    @router.get("/cases/{case_id}")
    async def case(case_id: UUID, runtime: RuntimeOf, user: _Reader) -> CaseListed:
        """One referral."""
        [listed] = await _listed(runtime, user, [await store.row(runtime.pool, case_id)])
        return listed

    @router.post("/cases/{case_id}/accept", status_code=201)
    async def accept(case_id: UUID, body: Acceptance, request: CommandRequestOf, user: _Coordinator) -> Done:
        """Takes the person on; planning can begin."""
        async with request.unit(user.actor) as unit:
            appended = await commands.accept(unit, vault, case_id, body.accepted_on)
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.post("/cases/{case_id}/return", status_code=201)
    async def return_(case_id: UUID, body: ReturnToReferrer, request: CommandRequestOf, user: _Coordinator) -> Done:
        """Sends the referral back to its referrer."""
        async with request.unit(user.actor) as unit:
            appended = await commands.return_(unit, vault, case_id, body.returned_on, body.reason)
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.post("/cases/{case_id}/consent", status_code=201)
    async def consent(case_id: UUID, body: ConsentAnswer, request: CommandRequestOf, user: _Coordinator) -> Done:
        """Registers what the person answers now about a purpose."""
        async with request.unit(user.actor) as unit:
            appended = await commands.change_consent(unit, vault, case_id, body.answer())
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.post("/names")
    async def names(body: NamesWanted, runtime: RuntimeOf, user: _Reader) -> NamesTold:
        """The names of cases' people, for a page. Who read which is written down."""
        async with runtime.unit(user.actor) as unit:
            read = await read_names(unit, vault, body.case_ids, user, FOR_ANOTHER_PAGE)
        return NamesTold(names=dict(read), withheld=sorted(read.withheld))

    return router


async def _listed(runtime: Runtime, user: User, rows: Sequence[store.Row]) -> list[CaseListed]:
    withheld = await protection.withheld(runtime.pool, [row.case_id for row in rows], user)
    listed = map(CaseListed.model_validate, rows)
    return [each.model_copy(update={"unit": None}) if each.case_id in withheld else each for each in listed]


def _people(vault: Vault) -> APIRouter:
    # Both are POST, so that an identity number stands in a body and never in an address, which is logged.
    router = APIRouter(prefix="/api/referral/persons", tags=["persons"])

    @router.post("/find")
    async def find(body: Whom, runtime: RuntimeOf, user: _Operator) -> PersonHeld:
        """How much is held of a person, to be looked at before forgetting. That it was asked is written down."""
        sought = erasure.whom(body.identity_number, body.case_id)
        async with runtime.unit(user.actor) as unit:
            return PersonHeld.model_validate(await erasure.find(unit, vault, sought, user))

    @router.post("/forget", status_code=201)
    async def forget(body: Forgetting, request: CommandRequestOf, user: _Operator) -> PersonHeld:
        """Erases a person for good. Refused while a case is open, unless ``also_open``."""
        sought = erasure.whom(body.identity_number, body.case_id)
        async with request.unit(user.actor) as unit:
            held = await erasure.forget(unit, vault, sought, user, also_open=body.also_open)
            return await request.answered(unit, PersonHeld.model_validate(held))

    return router
