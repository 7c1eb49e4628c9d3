"""Intake: records from agencies in, cases and receipts out. The same for Kafka and HTTP.

A batch costs as many round trips to the database as a single record. Every record gets a receipt, and none
changes what its neighbours get, except that a person or a message met twice in a batch is met the second time
as known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
from contracts.catalogue import INSATSER, OWN_KINDS, Agency, Association, Sender
from contracts.envelope import PERSON, service
from contracts.envelope import agency as agency_actor
from contracts.events import AnyEvent, local_date
from contracts.problems import TooManyRequests
from services.chassis.database import Connection
from services.chassis.metrics import Metrics
from services.chassis.unit import Append, Unit
from services.referral import pause_store, protection_store, store
from services.referral.domain import judging
from services.referral.domain.case import Case, evolve, row_of
from services.referral.domain.checking import Checked, check
from services.referral.domain.identity import IdentityNumber, read_number
from services.referral.domain.judging import Admission, Known, Numbers, Rules
from services.referral.domain.protection import referred
from services.referral.domain.reading import Submission, read_submission
from services.referral.domain.referrer import normalized
from services.referral.domain.search_words import words_of_referral
from services.referral.vault import PersonKey, Vault

Receipt: TypeAlias = ReferralAcknowledged | ReferralRejected

_SERVICE: Final = service("referral")

MOST_OWN: Final = 60
"""The applications of people themselves that are taken in within an hour. Novum expects some 80 in a year."""

_OWN_WITHIN: Final = timedelta(hours=1)
_TOO_MANY: Final = (
    "Just nu kommer det in fler anmälningar än vi kan ta emot här. Försök igen om en timme, eller ring insatsen."
)


@dataclass(frozen=True)
class InboundRecord:
    """A record's value, and where it lay; None for one that came over HTTP. ``sender``: the user who sent that."""

    value: bytes | None = field(repr=False)
    place: RecordPlace | None
    sender: str | None = None


@dataclass(frozen=True)
class _ReadRecord:
    """A record read. ``message`` and ``lookup``: fingerprints of its id and of its person, where legible."""

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
        receipts, openings = await self._judge_and_keep(unit, agency, records)
        by_id = {uuid4(): receipt for receipt in receipts}
        appended = await unit.append_all([*openings, *_receipt_appends(by_id, agency)])
        events = {event.subject: event for event in appended}
        self._count(receipts)
        return [events[receipt_id] for receipt_id in by_id]

    async def ingest_own(self, unit: Unit, association: Association, record: InboundRecord) -> Receipt:
        """The receipt of an application that a person made without an agency; a case if it is in order.

        The receipt is for the person's eyes only: there is no outbox that it could be appended to. One that was
        refused leaves nothing behind, so the same form can be sent again once it has been mended. Raises
        TooManyRequests when far more are taken in than the insatser were ever sought by.
        """
        [receipt], openings = await self._judge_and_keep(unit, association, [record])
        if openings:
            since = unit.now - _OWN_WITHIN
            if await store.count_own(unit.conn, since, MOST_OWN + 1) > MOST_OWN:
                raise TooManyRequests("too_many_applications", _TOO_MANY)
            await unit.append_all(openings)
        self._count([receipt])
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
        self, unit: Unit, sender: Sender, records: Sequence[InboundRecord]
    ) -> tuple[list[Receipt], list[Append]]:
        """A receipt for each record, and what the cases that were opened begin with. Neither is appended yet."""
        batch = [self._read(sender, record) for record in records]
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
        return receipts, intake_batch.openings

    def _count(self, receipts: Iterable[Receipt]) -> None:
        for receipt in receipts:
            self._receipts.labels(receipt.agency, _kind(receipt)).inc()

    def _read(self, sender: Sender, record: InboundRecord) -> _ReadRecord:
        submission = read_submission(record.value)
        legible = submission.legible
        number = None if legible.identity_number is None else read_number(legible.identity_number)
        return _ReadRecord(
            record,
            submission,
            content=self._vault.fingerprint("content", submission.content),
            message=None
            if legible.message_id is None
            else message_fingerprint(self._vault, sender, legible.message_id),
            lookup=None if number is None else person_fingerprint(self._vault, number),
        )


NUMBER_FIELD: Final = "identity_number"
"""The name a person's number is sealed under."""


def file_field(case_id: UUID) -> str:
    """The name a case's file is sealed under."""
    return f"file {case_id}"


def name_field(case_id: UUID) -> str:
    """The name a person's name is sealed under, as the case's referral said it."""
    return f"name {case_id}"


def person_fingerprint(vault: Vault, number: IdentityNumber) -> bytes:
    """What a person is found by."""
    return vault.fingerprint("person", number.digits.encode())


def tokens_of(vault: Vault, name: str, reference: str) -> frozenset[bytes]:
    """What a referral is found by in a search."""
    return frozenset(vault.token(word) for word in words_of_referral(name, reference))


def message_fingerprint(vault: Vault, sender: Sender, message_id: str) -> bytes:
    """What a message of a sender is found by."""
    return vault.fingerprint("message", sender.id.encode(), message_id.encode())


def officer_fingerprint(vault: Vault, agency: str, unit: str, name: str) -> bytes:
    """What an officer's referrals are found by, when the unit says that the officer leaves."""
    return vault.fingerprint("officer", agency.encode(), unit.encode(), normalized(name).encode())


def _distinct(fingerprints: Iterable[bytes | None]) -> list[bytes]:
    return sorted({each for each in fingerprints if each is not None})


def _receipt_appends(receipts: Mapping[UUID, Receipt], agency: Agency) -> list[Append]:
    topic = topics.outbox(agency.id)
    return [Append(receipt_id, [receipt], topic=topic, actor=_SERVICE) for receipt_id, receipt in receipts.items()]


def _kind(receipt: Receipt) -> str:
    match receipt:
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

    @property
    def _today(self) -> date:
        return local_date(self._now)

    def receive(self, read: _ReadRecord) -> Receipt:
        """The receipt of one record."""
        earlier = None if read.message is None else self._messages.get(read.message)
        if earlier is not None and earlier.receipt is not None and earlier.content == read.content:
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

    def _judge(self, read: _ReadRecord, known: Known) -> Receipt:
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
        insats = admission.referral.insats
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
        insats = self._rules.insatser[received.insats]
        actor = PERSON if received.unit_kind in OWN_KINDS else agency_actor(received.agency)
        self.openings.append(Append(case_id, (received, consent), association=insats.association, actor=actor))
        file = key.seal(file_field(case_id), judging.case_file(admission).model_dump_json())
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
