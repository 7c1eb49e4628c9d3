"""From a request to appended events: lock, load, decide, append, rows. Routes, pages and the consumer all go this
way, each in the unit of work it is given."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce
from typing import Final
from uuid import UUID

from contracts import topics
from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import words
from contracts.codes import ReturnedBy
from contracts.consent import INDIVIDUAL_FOLLOW_UP, ConsentStatus
from contracts.envelope import Fact, service
from contracts.events import AnyEvent, midnight
from contracts.problems import Conflict
from contracts.referral import ConsentGiven
from services.chassis.database import Connection
from services.chassis.log import read_log
from services.chassis.timers import Timer, set_timers
from services.chassis.unit import Append, Unit
from services.referral import (
    completion_store,
    consultation_store,
    ending_store,
    pause_store,
    put_forward_store,
    search_store,
    store,
)
from services.referral.domain import consultation, contact, feedback, pause, put_forward
from services.referral.domain.case import (
    Accept,
    Case,
    CaseFile,
    CaseState,
    Command,
    Return,
    decide,
    evolve,
    fold,
    row_of,
)
from services.referral.domain.consents import ChangeConsent, Choices, Terms, run_out
from services.referral.domain.correction import TakeBack, take_back
from services.referral.domain.identity import age_on, read_number
from services.referral.domain.judging import ADULT
from services.referral.domain.return_reasons import introduction_of, reasons_of
from services.referral.fingerprints import NUMBER_FIELD, file_field
from services.referral.vault import Vault

CONSENT_RUNS_OUT: Final = "consent_runs_out"


async def accept(unit: Unit, vault: Vault, case_id: UUID, accepted_on: date | None) -> list[AnyEvent]:
    """Takes the person on. Raises NotFound, Conflict, Invalid."""
    # The person's row before the stream, so that two cases of theirs are decided one after the other.
    await store.lock_person(unit.conn, case_id)
    case = await _lock_and_load(unit, case_id)
    elsewhere = await store.taken_on_elsewhere(unit.conn, case_id)
    command = Accept(accepted_on or unit.today, unit.today, elsewhere)
    appended = await _append(unit, case_id, case, decide(command, case))
    await _append_feedback(unit, vault, case_id)
    return appended


async def let_straight_in(unit: Unit, vault: Vault, case_id: UUID) -> list[AnyEvent]:
    """Accepts, from the day of referral, whoever came by a door that leads straight to a meeting: the rule asks for
    no answer. Nothing while another referral of the person to the insats is accepted; a coordinator then sees both.
    """
    await store.lock_person(unit.conn, case_id)
    if await store.taken_on_elsewhere(unit.conn, case_id):
        return []
    case = await load(unit.conn, case_id)
    return await accept(unit, vault, case_id, case.referral.happened_on)


async def carry_out(unit: Unit, vault: Vault, case_id: UUID, command: Command) -> list[AnyEvent]:
    """Decides about a case that needs nothing but its log, and appends what comes of it. Raises Refused."""
    case = await _lock_and_load(unit, case_id)
    appended = await _append(unit, case_id, case, decide(command, case))
    await _append_feedback(unit, vault, case_id)
    return appended


async def return_(
    unit: Unit,
    vault: Vault,
    case_id: UUID,
    returned_on: date | None,
    reason: str,
    by: ReturnedBy = ReturnedBy.INSATS,
) -> list[AnyEvent]:
    """Ends the referral before the start. ``by``: whose doing it is. Raises NotFound, Conflict, Invalid."""
    case = await _lock_and_load(unit, case_id)
    day = returned_on or unit.today
    insats = INSATSER.get(case.referral.insats)
    reasons = frozenset(reasons_of(by, insats, day))
    command = Return(day, reason, reasons, unit.today, by, introduction_of(insats, day))
    appended = await _append(unit, case_id, case, decide(command, case))
    await store.keep_return_reason(unit.conn, case_id, reason)
    await _append_feedback(unit, vault, case_id)
    return appended


async def take_back_step(unit: Unit, vault: Vault, case_id: UUID, event_id: UUID, reason: str) -> list[AnyEvent]:
    """Registers that a return or a question for completion never happened. Raises NotFound, Conflict."""
    # The person's row before the stream, as in accept: no other case of theirs is decided meanwhile.
    await store.lock_person(unit.conn, case_id)
    log = await unit.lock_and_read(case_id)
    before = fold(log)
    if before.received is None:
        raise store.unknown_case()
    elsewhere = await ending_store.open_elsewhere(unit.conn, case_id)
    fact = take_back(TakeBack(event_id, reason, unit.today, elsewhere), log)
    insats = INSATSER.get(before.referral.insats)
    appended = await unit.append(case_id, [fact], association=None if insats is None else insats.association)
    await store.write_rows(unit.conn, [row_of(case_id, fold([*log, *appended]))])
    if before.state is CaseState.INCOMPLETE and before.incomplete is not None:
        await completion_store.remove(unit.conn, before.incomplete.completion_id)
    else:
        await store.keep_return_reason(unit.conn, case_id, None)
    await _append_feedback(unit, vault, case_id)
    return appended


async def take_back_contact(unit: Unit, case_id: UUID, event_id: UUID) -> list[AnyEvent]:
    """Registers that a contact with somebody who waits never was. Raises NotFound."""
    log = await unit.lock_and_read(case_id)
    before = fold(log)
    if before.received is None:
        raise store.unknown_case()
    fact = contact.take_back(event_id, log, unit.today)
    insats = INSATSER.get(before.referral.insats)
    appended = await unit.append(case_id, [fact], association=None if insats is None else insats.association)
    await store.write_rows(unit.conn, [row_of(case_id, fold([*log, *appended]))])
    return appended


@dataclass(frozen=True)
class NewAnswer:
    """What a person answers now about a purpose. ``stated_on``: today unless given."""

    choice: ConsentStatus
    stated_on: date | None = None
    purpose: str = INDIVIDUAL_FOLLOW_UP
    terms: Terms = field(default_factory=Terms)


async def change_consent(unit: Unit, vault: Vault, case_id: UUID, answer: NewAnswer) -> list[AnyEvent]:
    """Registers the person's new answer, and when it runs out. Raises NotFound, Conflict, Invalid."""
    case = await _lock_and_load(unit, case_id)
    file = await _open_file(unit, vault, case_id)
    day = answer.stated_on or unit.today
    command = ChangeConsent(
        choice=answer.choice,
        stated_on=day,
        attributes=file.attributes(),
        today=unit.today,
        purpose=answer.purpose,
        terms=answer.terms,
        choices=choices_of(case),
        minor=await _is_minor(unit, vault, case_id, day),
    )
    appended = await _append(unit, case_id, case, decide(command, case))
    given = appended[0]
    if isinstance(given.data, ConsentGiven) and given.data.valid_until is not None:
        due = midnight(given.data.valid_until + timedelta(days=1))
        await set_timers(unit.conn, [Timer(f"consent {given.id}", case_id, CONSENT_RUNS_OUT, due)])
    return appended


def choices_of(case: Case) -> Choices:
    """What the insats may ask the person about."""
    insats = INSATSER.get(case.referral.insats)
    rule = None if insats is None else insats.rule_on(case.referral.happened_on)
    asked = frozenset(each.purpose for each in rule.consents) if rule else frozenset()
    return Choices(asked | {INDIVIDUAL_FOLLOW_UP}, frozenset(words()["consent_forms"]))


async def _is_minor(unit: Unit, vault: Vault, case_id: UUID, day: date) -> bool:
    found = await search_store.numbers(unit.conn, [case_id])
    if not found:
        raise store.person_forgotten()
    [kept] = found
    number = read_number(vault.key(kept.person_id, kept.wrapped_key).open(NUMBER_FIELD, kept.sealed))
    if number is None:
        raise LookupError("the vault keeps a number that is none")
    return age_on(day, number.born) < ADULT


async def end_consent(unit: Unit, timer: Timer) -> None:
    """Registers that a consent has run out, unless another answer has come since."""
    log = await unit.lock_and_read(timer.stream_id)
    fact = run_out(UUID(timer.key.removeprefix("consent ")), log, unit.today)
    if fact is not None:
        await _append(unit, timer.stream_id, fold(log), [fact])


async def hold_consultation(
    unit: Unit, consultation_id: UUID, command: consultation.HoldConsultation
) -> list[AnyEvent]:
    """Notes a consultation; the same sent again under its id changes nothing. Raises Conflict or Invalid."""
    log = await unit.lock_and_read(consultation_id)
    fact = consultation.hold(command)
    if log:
        earlier = consultation.held(log)
        if earlier is None or earlier.data != fact:
            raise Conflict(
                "already_noted", "En konsultation är redan noterad med den identiteten. Läs in sidan på nytt."
            )
        return []
    association = None if command.insats is None else command.insats.association
    appended = await unit.append(consultation_id, [fact], association=association)
    await consultation_store.write_row(unit.conn, consultation.row_of(consultation_id, fact))
    return appended


async def take_back_consultation(unit: Unit, consultation_id: UUID) -> list[AnyEvent]:
    """Registers that a consultation never was. Raises NotFound or Conflict."""
    log = await unit.lock_and_read(consultation_id)
    correction = consultation.take_back(log, unit.today)
    association = next((event.association for event in log), None)
    appended = await unit.append(consultation_id, [correction], association=association)
    await consultation_store.remove_row(unit.conn, consultation_id)
    return appended


async def note_put_forward(unit: Unit, put_forward_id: UUID, command: put_forward.PutForward) -> list[AnyEvent]:
    """Notes somebody put forward; the same sent again under its id changes nothing. Raises Conflict or Invalid."""
    log = await unit.lock_and_read(put_forward_id)
    fact = put_forward.put_forward(command)
    if log:
        earlier = put_forward.counting(log)
        if earlier is None or earlier.data != fact:
            raise Conflict(
                "already_noted", "En aktualisering är redan noterad med den identiteten. Läs in sidan på nytt."
            )
        return []
    association = None if command.insats is None else command.insats.association
    appended = await unit.append(put_forward_id, [fact], association=association)
    await put_forward_store.write_row(unit.conn, put_forward.row_of(put_forward_id, fact))
    return appended


async def take_back_put_forward(unit: Unit, put_forward_id: UUID) -> list[AnyEvent]:
    """Registers that nobody was put forward after all. Raises NotFound or Conflict."""
    log = await unit.lock_and_read(put_forward_id)
    correction = put_forward.take_back(log, unit.today)
    association = next((event.association for event in log), None)
    appended = await unit.append(put_forward_id, [correction], association=association)
    await put_forward_store.remove_row(unit.conn, put_forward_id)
    return appended


async def hear(unit: Unit, vault: Vault, case_id: UUID) -> None:
    """Brings a case's row up to date with its log, to which the consumer has added an event of planning.

    Appends feedback to the referrer. Raises NotFound if no such case was referred here.
    """
    case = await _lock_and_load(unit, case_id)
    await store.write_rows(unit.conn, [row_of(case_id, case)])
    await _append_feedback(unit, vault, case_id)


async def change_door(unit: Unit, insats_id: str, command: pause.Pause | pause.Resume) -> list[AnyEvent]:
    """Shuts a door of an insats for a while, or opens it again. Raises NotFound, Conflict, Invalid."""
    stream_id = pause.stream_of(insats_id)
    log = await unit.lock_and_read(stream_id)
    fact = pause.decide(command, pause.paused(log))
    association = None if command.insats is None else command.insats.association
    appended = await unit.append(stream_id, [fact], association=association)
    await pause_store.write(unit.conn, insats_id, pause.paused([*log, *appended]))
    return appended


async def _append_feedback(unit: Unit, vault: Vault, case_id: UUID) -> None:
    """Appends the feedback to the referring agency that is missing on its outbox.

    None about a forgotten person: the reference by which the agency knows the referral is gone. None where the person
    came by themselves: no agency referred them, so none hears of it.
    """
    kept = await store.case_file(unit.conn, case_id)
    if kept is None:
        return
    log = await read_log(unit.conn, case_id)
    case = fold(log)
    if case.own:
        return
    received = case.referral
    reference = _opened(vault, kept).reference
    referral = feedback.Referral(case_id, received.agency, reference, received.insats)
    stream_id = feedback.stream_of(case_id)
    missing = feedback.missing(referral, log, await unit.lock_and_read(stream_id), unit.today)
    await unit.append_all(
        [
            Append(
                stream_id,
                [each.fact for each in missing],
                topic=topics.outbox(received.agency),
                causes=[each.cause for each in missing],
                actor=service("referral"),
            )
        ]
    )


async def load(connection: Connection, case_id: UUID) -> Case:
    """The case folded from its log. Raises NotFound."""
    case = fold(await read_log(connection, case_id))
    if case.received is None:
        raise store.unknown_case()
    return case


async def _lock_and_load(unit: Unit, case_id: UUID) -> Case:
    await unit.lock(case_id)
    return await load(unit.conn, case_id)


async def _open_file(unit: Unit, vault: Vault, case_id: UUID) -> CaseFile:
    kept = await store.case_file(unit.conn, case_id)
    if kept is None:
        raise store.person_forgotten()
    return _opened(vault, kept)


def _opened(vault: Vault, kept: store.Sealed) -> CaseFile:
    opened = vault.key(kept.person_id, kept.wrapped_key).open(file_field(kept.case_id), kept.sealed)
    return CaseFile.model_validate_json(opened)


async def _append(unit: Unit, case_id: UUID, before: Case, facts: Sequence[Fact]) -> list[AnyEvent]:
    insats = INSATSER.get(before.referral.insats)
    appended = await unit.append(case_id, facts, association=None if insats is None else insats.association)
    await store.write_rows(unit.conn, [row_of(case_id, reduce(evolve, facts, before))])
    return appended
