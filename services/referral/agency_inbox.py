"""What agencies send, over Kafka and HTTP: referrals to the intake, and what is asked about them to the decisions.

Records are applied in their order, so a referral and its withdrawal may come in one batch. A request is carried out
in a savepoint of its own: one that is refused changes nothing and hinders no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never
from uuid import UUID, uuid4

from contracts import topics
from contracts.agency_requests import (
    CompletionAnswered,
    ReferralWithdrawn,
    ReferrerReplaced,
    RequestCarriedOut,
    RequestEvent,
)
from contracts.catalogue import Agency
from contracts.codes import ReturnedBy
from contracts.envelope import agency as agency_actor
from contracts.envelope import service
from contracts.events import AnyEvent
from contracts.problems import Refused
from services.chassis.unit import Append, Unit
from services.referral import commands, completion, officers, store
from services.referral.domain.agency_request import (
    ID_REUSED,
    MalformedRequest,
    ReadRequest,
    Receiving,
    Request,
    carried_out,
    error_of,
    malformed,
    read_record,
    refused,
    repeated,
)
from services.referral.fingerprints import message_fingerprint
from services.referral.intake import InboundRecord, Intake, ReadRecord, RequestReceipt
from services.referral.officers import NewReferrer
from services.referral.own_referrals import case_of_reference
from services.referral.vault import Vault

_SERVICE: Final = service("referral")


@dataclass(frozen=True)
class _Asked:
    """A record read as a request. ``message``: the fingerprint of its id, where it is well-formed."""

    record: InboundRecord
    request: ReadRequest
    message: bytes | None


_Read: TypeAlias = ReadRecord | _Asked


class AgencyInbox:
    """Takes what agencies send."""

    def __init__(self, vault: Vault, intake: Intake) -> None:
        self._vault = vault
        self._intake = intake

    async def take(self, unit: Unit, agency: Agency, records: Sequence[InboundRecord]) -> list[AnyEvent]:
        """One receipt for each record, in their order; what they ask for is done."""
        read = [self._read(agency, record) for record in records]
        if any(isinstance(each, _Asked) for each in read):
            await _lock(unit, read)
        receipts: list[AnyEvent] = []
        referrals: list[ReadRecord] = []
        for each in read:
            match each:
                case ReadRecord():
                    referrals.append(each)
                case _Asked():
                    receipts += await self._ingest(unit, agency, referrals)
                    referrals = []
                    receipts.append(await self._answer(unit, agency, each))
        return [*receipts, *await self._ingest(unit, agency, referrals)]

    def _read(self, agency: Agency, record: InboundRecord) -> _Read:
        match read_record(record.value):
            case Request() as request:
                return _Asked(record, request, message_fingerprint(self._vault, agency, request.event.id))
            case MalformedRequest() as request:
                return _Asked(record, request, None)
            case submission:
                return self._intake.fingerprinted(agency, record, submission)

    async def _ingest(self, unit: Unit, agency: Agency, referrals: Sequence[ReadRecord]) -> list[AnyEvent]:
        return await self._intake.ingest_read(unit, agency, referrals) if referrals else []

    async def _answer(self, unit: Unit, agency: Agency, asked: _Asked) -> AnyEvent:
        receipt = await self._receipt(unit, agency, asked)
        topic = topics.outbox(agency.id)
        append = Append(uuid4(), [receipt], topic=topic, actor=_SERVICE, trace=asked.record.trace)
        [event] = await unit.append_all([append])
        self._intake.count([receipt])
        return event

    async def _receipt(self, unit: Unit, agency: Agency, asked: _Asked) -> RequestReceipt:
        receiving = Receiving(agency.id, unit.today, asked.record.place)
        match asked.request:
            case MalformedRequest() as request:
                return malformed(request, receiving)
            case Request() as request:
                return await self._judge(unit, agency, request, receiving)
        assert_never(asked.request)

    async def _judge(self, unit: Unit, agency: Agency, request: Request, receiving: Receiving) -> RequestReceipt:
        event, content = request.event, self._vault.fingerprint("content", request.content)
        message = message_fingerprint(self._vault, agency, event.id)
        earlier = (await store.messages(unit.conn, [message])).get(message)
        if earlier is not None:
            if isinstance(earlier.receipt, RequestCarriedOut) and earlier.content == content:
                return repeated(earlier.receipt, receiving)
            return refused(event, ID_REUSED, receiving)
        appended = len(unit.appended)
        try:
            async with unit.conn.transaction():
                case_id = await self._carry_out(unit, agency, event)
        except Refused as refusal:
            unit.rolled_back(appended)
            return refused(event, error_of(refusal), receiving)
        receipt = carried_out(event, case_id, receiving)
        await store.remember(unit.conn, {message: store.Earlier(content, receipt)}, unit.now)
        return receipt

    async def _carry_out(self, unit: Unit, agency: Agency, event: RequestEvent) -> UUID:
        """The case in which it was done. Raises Refused."""
        case_id = await case_of_reference(unit, agency, event.data.reference, event.data.case_id)
        with unit.acting(agency_actor(agency.id)):
            await self._decide(unit, case_id, event.data)
        return case_id

    async def _decide(
        self, unit: Unit, case_id: UUID, asked: ReferralWithdrawn | CompletionAnswered | ReferrerReplaced
    ) -> None:
        match asked:
            case ReferralWithdrawn():
                await commands.return_(
                    unit, self._vault, case_id, asked.withdrawn_on, asked.reason, ReturnedBy.REFERRER
                )
            case CompletionAnswered():
                await completion.complete(unit, self._vault, case_id, asked.answer or "", asked.answered_on)
            case ReferrerReplaced():
                new = NewReferrer(asked.unit, asked.officer, asked.cause, asked.replaced_on)
                await officers.change(unit, self._vault, case_id, new)
            case _:
                assert_never(asked)


async def _lock(unit: Unit, read: Sequence[_Read]) -> None:
    """Holds all people and messages of the batch before any case. The intake locks them before it knows of a case, so
    two batches that took them in different orders would wait for each other."""
    people = [each.lookup for each in read if isinstance(each, ReadRecord)]
    found_by = (*(each.message for each in read), *people)
    await store.lock(unit.conn, {each for each in found_by if each is not None})
