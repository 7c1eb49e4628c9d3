"""Intake: records from agencies in, cases and receipts out. The same for Kafka and HTTP.

A batch costs as many round trips to the database as a single record. Every record gets a receipt, and none
changes what its neighbours get, except that a person or a message met twice in a batch is met the second time
as known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID, uuid4

from prometheus_client import Counter

from contracts import topics
from contracts.agency import (
    RecordPlace,
    ReferralAcknowledged,
    ReferralRejected,
)
from contracts.agency_requests import RequestCarriedOut, RequestRefused
from contracts.catalogue import INSATSER, OWN_KINDS, Agency, Association, Sender
from contracts.envelope import PERSON, service
from contracts.envelope import agency as agency_actor
from contracts.events import AnyEvent, local_date
from contracts.problems import TooManyRequests
from services.chassis.database import Connection
from services.chassis.metrics import Metrics
from services.chassis.unit import Append, Unit
from services.referral import commands, pause_store, protection_store, store
from services.referral.domain import judging
from services.referral.domain.case import Case, evolve, row_of
from services.referral.domain.checking import Checked, check
from services.referral.domain.judging import Admission, Known, Numbers, Rules
from services.referral.domain.protection import referred
from services.referral.domain.queue_order import queue_class
from services.referral.domain.reading import Submission, read_submission
from services.referral.fingerprints import (
    NUMBER_FIELD,
    file_field,
    message_fingerprint,
    name_field,
    officer_fingerprint,
    person_fingerprint,
    tokens_of,
)
from services.referral.vault import PersonKey, Vault

Receipt: TypeAlias = ReferralAcknowledged | ReferralRejected
RequestReceipt: TypeAlias = RequestCarriedOut | RequestRefused

_SERVICE: Final = service("referral")

MOST_OWN: Final = 60
"""The applications of people themselves that are taken in within an hour. Novum expects some 80 in a year."""

_OWN_WITHIN: Final = timedelta(hours=1)
_TOO_MANY: Final = (
    "Just nu kommer det in fler anmälningar än vi kan ta emot här. Försök igen om en timme, eller ring insatsen."
)


@dataclass(frozen=True)
class InboundRecord:
    """A record's value, and where it lay; None for one that came over HTTP. ``sender``: the user who sent that.
    ``trace``: the record's own, of a batch."""

    value: bytes | None = field(repr=False)
    place: RecordPlace | None
    sender: str | None = None
    trace: str | None = None


@dataclass(frozen=True)
class ReadRecord:
    """A record read as a referral. ``message`` and ``lookup``: fingerprints of its id and person, where legible."""

    record: InboundRecord
    submission: Submission
    content: bytes
    message: bytes | None
    lookup: bytes | None


class Intake:
    """Takes in what agencies send."""

    def __init__(self, vault: Vault, numbers: Numbers, metrics: Metrics) -> None:
        self._vault = vault
        self._numbers = numbers
        self._receipts = Counter(
            "samspel_referral_receipts",
            "Receipts written, by agency and what they say",
            ["agency", "receipt"],
            registry=metrics.registry,
        )

    async def ingest(self, unit: Unit, agency: Agency, records: Sequence[InboundRecord]) -> list[AnyEvent]:
        """One receipt for each record, in their order; cases for those that are in order."""
        return await self.ingest_read(unit, agency, [self._read(agency, each) for each in records])

    async def ingest_read(self, unit: Unit, agency: Agency, read: Sequence[ReadRecord]) -> list[AnyEvent]:
        """:meth:`ingest` of records that have been read."""
        receipts, batch = await self._judge_and_keep(unit, agency, read)
        by_id = {uuid4(): receipt for receipt in receipts}
        traces = [each.record.trace for each in read]
        appended = await unit.append_all(
            [*_traced(batch.openings, receipts, traces), *_receipt_appends(by_id, agency, traces)]
        )
        events = {event.subject: event for event in appended}
        for case_id in batch.straight_in:
            with unit.acting(_SERVICE):
                await commands.let_straight_in(unit, self._vault, case_id)
        self.count(receipts)
        return [events[receipt_id] for receipt_id in by_id]

    async def ingest_own(self, unit: Unit, association: Association, record: InboundRecord) -> Receipt:
        """The receipt of an application that a person made without an agency; a case if it is in order.

        The receipt is for the person's eyes only: there is no outbox that it could be appended to. One that was
        refused leaves nothing behind, so the same form can be sent again once it has been mended. Raises
        TooManyRequests when far more are taken in than the insatser were ever sought by.
        """
        [receipt], batch = await self._judge_and_keep(unit, association, [self._read(association, record)])
        if batch.openings:
            since = unit.now - _OWN_WITHIN
            if await store.count_own(unit.conn, since, MOST_OWN + 1) > MOST_OWN:
                raise TooManyRequests("too_many_applications", _TOO_MANY)
            await unit.append_all(batch.openings)
        self.count([receipt])
        return receipt

    async def check(self, unit: Unit, agency: Agency, record: InboundRecord) -> Checked:
        """What :meth:`ingest` would say now, criterion by criterion. Nothing is taken in and nothing remembered."""
        read = self._read(agency, record)
        rules = Rules(agency, INSATSER, self._numbers, await pause_store.paused(unit.conn))
        lookups = _distinct([read.lookup])
        people = await store.people(unit.conn, lookups, agency.id)
        person = None if read.lookup is None else people.get(read.lookup)
        known = Known(frozenset() if person is None else person.open_insatser)
        return check(read.submission, rules, known, unit.today)

    async def _judge_and_keep(
        self, unit: Unit, sender: Sender, batch: Sequence[ReadRecord]
    ) -> tuple[list[Receipt], "_IntakeBatch"]:
        """A receipt for each record, and the batch with what the cases that were opened begin with. Neither is
        appended yet."""
        messages = _distinct(each.message for each in batch)
        lookups = _distinct(each.lookup for each in batch)
        await store.lock(unit.conn, (*messages, *lookups))
        intake_batch = _IntakeBatch(
            self._vault,
            Rules(sender, INSATSER, self._numbers, await pause_store.paused(unit.conn)),
            unit.now,
            await store.messages(unit.conn, messages),
            await store.people(unit.conn, lookups, sender.id),
        )
        receipts = [intake_batch.receive(each) for each in batch]
        await intake_batch.write(unit.conn)
        return receipts, intake_batch

    def count(self, receipts: Iterable[Receipt | RequestReceipt]) -> None:
        """Counts receipts by agency and what they say."""
        for receipt in receipts:
            self._receipts.labels(receipt.agency, _kind(receipt)).inc()

    def _read(self, sender: Sender, record: InboundRecord) -> ReadRecord:
        return self.fingerprinted(sender, record, read_submission(record.value))

    def fingerprinted(self, sender: Sender, record: InboundRecord, submission: Submission) -> ReadRecord:
        """What was read of a record, with what its message and its person are found by."""
        legible = submission.legible
        return ReadRecord(
            record,
            submission,
            content=self._vault.fingerprint("content", submission.content),
            message=None
            if legible.message_id is None
            else message_fingerprint(self._vault, sender, legible.message_id),
            lookup=None if legible.number is None else person_fingerprint(self._vault, legible.number),
        )


def _distinct(fingerprints: Iterable[bytes | None]) -> list[bytes]:
    return sorted({each for each in fingerprints if each is not None})


def _traced(openings: Sequence[Append], receipts: Sequence[Receipt], traces: Sequence[str | None]) -> list[Append]:
    """What the cases begin with, each as part of its record's trace."""
    of_case = {
        receipt.case_id: trace
        for receipt, trace in zip(receipts, traces, strict=True)
        if trace is not None and isinstance(receipt, ReferralAcknowledged) and not receipt.repeated
    }
    return [replace(each, trace=of_case.get(each.stream_id)) for each in openings] if of_case else list(openings)


def _receipt_appends(receipts: Mapping[UUID, Receipt], agency: Agency, traces: Sequence[str | None]) -> list[Append]:
    topic = topics.outbox(agency.id)
    return [
        Append(receipt_id, [receipt], topic=topic, actor=_SERVICE, trace=trace)
        for (receipt_id, receipt), trace in zip(receipts.items(), traces, strict=True)
    ]


def _kind(receipt: Receipt | RequestReceipt) -> str:
    match receipt:
        case RequestCarriedOut(repeated=True):
            return "request_repeated"
        case RequestCarriedOut():
            return "request_carried_out"
        case RequestRefused():
            return "request_refused"
        case ReferralAcknowledged(repeated=True):
            return "repeated"
        case ReferralAcknowledged():
            return "acknowledged"
        case ReferralRejected():
            return "rejected"


class _IntakeBatch:
    """One batch at work: what is known when it begins, and what each record adds."""

    def __init__(
        self,
        vault: Vault,
        rules: Rules,
        now: datetime,
        messages: Mapping[bytes, store.Earlier],
        people: Mapping[bytes, store.KnownPerson],
    ) -> None:
        self._vault = vault
        self._rules = rules
        self._now = now
        self._messages = dict(messages)
        self._people = dict(people)
        self._received: dict[bytes, store.Earlier] = {}
        self._new: dict[UUID, store.SealedPerson] = {}
        self._cases: list[store.NewCase] = []
        self._marked: list[protection_store.Marked] = []
        self.openings: list[Append] = []
        self.straight_in: list[UUID] = []

    @property
    def _today(self) -> date:
        return local_date(self._now)

    def receive(self, read: ReadRecord) -> Receipt:
        """The receipt of one record."""
        earlier = None if read.message is None else self._messages.get(read.message)
        if (
            earlier is not None
            and isinstance(earlier.receipt, ReferralAcknowledged | ReferralRejected)
            and earlier.content == read.content
        ):
            return judging.repeated(earlier.receipt, read.record.place)
        person = None if read.lookup is None else self._people.get(read.lookup)
        known = Known(frozenset() if person is None else person.open_insatser, id_taken=earlier is not None)
        receipt = self._judge(read, known)
        own = isinstance(self._rules.agency, Association)
        if read.message is not None and earlier is None and not (own and isinstance(receipt, ReferralRejected)):
            self._messages[read.message] = self._received[read.message] = store.Earlier(
                read.content, receipt, read.lookup
            )
        return receipt

    def _judge(self, read: ReadRecord, known: Known) -> Receipt:
        place = read.record.place
        judged = judging.judge(read.submission, self._rules, known, self._today)
        if isinstance(judged, Admission):
            return judging.acknowledged(judged, self._admit(judged, read.record.sender), place, self._today)
        return judging.rejected(read.submission, judged, self._rules.agency, place, self._today)

    def _admit(self, admission: Admission, sender: str | None) -> UUID:
        lookup = person_fingerprint(self._vault, admission.number)
        known = self._people.get(lookup)
        key = self._vault.new_key(uuid4()) if known is None else self._vault.key(known.person_id, known.wrapped_key)
        open_before: frozenset[str] = frozenset() if known is None else known.open_insatser
        insats = admission.destination.insats
        self._people[lookup] = store.KnownPerson(key.person_id, key.wrapped, open_before | {insats})
        if known is None:
            self._new[key.person_id] = _sealed(admission, lookup, key)
        case_id = self._open_case(admission, key)
        protected = admission.referral.person.protected_identity
        if protected is not None:
            mark = referred(protected.readers, sender)
            by = sender or self._rules.agency.id
            self._marked.append(protection_store.Marked(key.person_id, case_id, mark, by))
        return case_id

    def _open_case(self, admission: Admission, key: PersonKey) -> UUID:
        case_id = uuid4()
        received, consent = judging.opening(admission, key.person_id)
        if received.shortcut is not None:
            self.straight_in.append(case_id)
        insats = self._rules.insatser[received.insats]
        actor = PERSON if received.unit_kind in OWN_KINDS else agency_actor(received.agency)
        self.openings.append(Append(case_id, (received, consent), association=insats.association, actor=actor))
        file = key.seal(file_field(case_id), admission.file.model_dump_json())
        person = admission.referral.person
        name = f"{person.given_name} {person.family_name}"
        self._cases.append(
            store.NewCase(
                row=row_of(case_id, evolve(evolve(Case(), received), consent)),
                person_id=key.person_id,
                insats=received.insats,
                agency=received.agency,
                unit=received.unit,
                referred_on=received.happened_on,
                name=key.seal(name_field(case_id), name),
                file=file,
                officer=self._officer(admission),
                tokens=tokens_of(self._vault, name, admission.referral.reference),
                shortcut=received.shortcut,
                sex=received.sex,
                priorities=admission.priorities,
                queue_class=queue_class(admission.rule, admission.priorities),
            )
        )
        return case_id

    def _officer(self, admission: Admission) -> bytes | None:
        """None for somebody who came without an agency: no officer of a unit stands behind it."""
        if admission.unit.kind in OWN_KINDS:
            return None
        name = admission.referral.referrer.officer.name
        return officer_fingerprint(self._vault, admission.agency.id, admission.unit.id, name)

    async def write(self, conn: Connection) -> None:
        """Keeps what the batch added."""
        await store.keep_people(conn, list(self._new.values()), self._now)
        await store.open_cases(conn, self._cases, self._now)
        await protection_store.mark(conn, self._marked, self._now)
        await store.remember(conn, self._received, self._now)


def _sealed(admission: Admission, lookup: bytes, key: PersonKey) -> store.SealedPerson:
    return store.SealedPerson(
        person_id=key.person_id,
        lookup=lookup,
        wrapped_key=key.wrapped,
        identity_number=key.seal(NUMBER_FIELD, admission.number.digits),
    )
