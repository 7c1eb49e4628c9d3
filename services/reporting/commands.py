"""What the office does, from request to appended event."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from contracts.budget import BUDGETS
from contracts.catalogue import INSATSER
from contracts.codes import DeviationMeasure
from contracts.corrections import RegisteredInError, effective
from contracts.envelope import Fact
from contracts.office import DeviationClosed, DeviationReported
from contracts.problems import Conflict, Invalid, NotFound
from contracts.surveys import Survey
from services.chassis.log import read_log, read_logs
from services.chassis.runtime import Runtime
from services.chassis.unit import Append, Unit
from services.reporting import amount_store, deviation_store, frozen_store, public_store, store, survey_store
from services.reporting.domain import amounts, deviations, frozen, public_form, surveys
from services.reporting.domain.amounts import AmountKey, Booking, NewAmount
from services.reporting.domain.deviations import Deviation, NewDeviation
from services.reporting.domain.frozen import FrozenReport
from services.reporting.domain.periods import Period, end_of
from services.reporting.domain.surveys import Questionnaire
from services.reporting.survey_store import Batch

_MISTAKE: Final = "registered_by_mistake"
_PUBLIC_FORMS: Final = UUID("3a0c3c52-7a1f-4f0e-9d38-1f0a4b8f7c6e")
"""What is locked to ask for a public form: whether it may be made depends on all others."""


async def count_to_freeze(runtime: Runtime, period: Period, known_on: date, today: date) -> bytes:
    """A period's figures as they were known at the end of a day, as a frozen report holds them. Raises Invalid."""
    frozen.require_freezable(period, known_on, today)
    known_until = end_of(known_on)
    async with runtime.pool.acquire() as connection:
        figures = await store.period_all(connection, period, known_until)
    return frozen.content(period, known_until, figures)


async def freeze(unit: Unit, content: bytes) -> FrozenReport:
    """Keeps what was counted. A report of the same period and day that was frozen before stays as it is."""
    counted = frozen.read(content)
    report_id = frozen.report_id(counted.period, counted.known_until)
    await unit.lock(report_id)
    if (kept := await frozen_store.find(unit.conn, report_id)) is not None:
        return kept[0]
    fact = frozen.frozen(counted.period, counted.known_until, content, unit.today)
    report = FrozenReport(report_id, counted.period, counted.known_until, unit.now, fact.figures, fact.content_sha256)
    await unit.append(report_id, [fact])
    await frozen_store.add(unit.conn, report, content)
    return report


async def take_in_answers(
    unit: Unit, survey: Survey, batch_id: UUID, questionnaires: Sequence[Questionnaire]
) -> Batch:
    """Registers answered questionnaires, all or none. The same batch sent again changes nothing.

    Raises AnswersRefused with everything that is wrong, and Conflict if the batch was taken back.
    """
    facts = surveys.all_answered(survey, questionnaires, unit.today, frozenset(INSATSER))
    # The whole batch is taken in or back by whoever has its first questionnaire.
    await unit.lock(surveys.questionnaire_id(batch_id, 0))
    if (taken_in := await survey_store.find(unit.conn, batch_id)) is not None:
        if taken_in.taken_back_at is not None:
            raise Conflict("batch_taken_back", "De här svaren är tillbakatagna. Ändra filen om de ska in igen.")
        return taken_in
    await unit.append_all(
        [Append(surveys.questionnaire_id(batch_id, place), [fact]) for place, fact in enumerate(facts)]
    )
    batch = Batch(batch_id, survey.id, len(facts), unit.now, None)
    await survey_store.add(unit.conn, batch)
    return batch


async def take_back_answers(unit: Unit, batch_id: UUID) -> Batch:
    """Registers that the questionnaires of a batch never were answered so. Raises NotFound or Conflict."""
    await unit.lock(surveys.questionnaire_id(batch_id, 0))
    batch = await survey_store.find(unit.conn, batch_id)
    if batch is None:
        raise NotFound("batch_unknown", "Svaren finns inte. Se listan över inlästa svar.")
    if batch.taken_back_at is not None:
        raise Conflict("batch_taken_back", "De här svaren är redan tillbakatagna.")
    streams = [surveys.questionnaire_id(batch_id, place) for place in range(batch.questionnaires)]
    await unit.lock_all(streams)
    appends = []
    for stream, log in (await read_logs(unit.conn, streams)).items():
        [answered] = effective(log)
        error = RegisteredInError(happened_on=unit.today, event_id=answered.id, reason=_MISTAKE)
        appends.append(Append(stream, [error]))
    await unit.append_all(appends)
    await survey_store.note_taken_back(unit.conn, batch_id, unit.now)
    return replace(batch, taken_back_at=unit.now)


async def book_amounts(unit: Unit, new: Sequence[NewAmount]) -> Mapping[AmountKey, Booking]:
    """Books amounts, all or none; returns the booking of each that counts then.

    One that counts already as it is sent is not booked again. Raises Invalid with the first that is wrong.
    """
    facts = {each.key: amounts.booked_at(BUDGETS, each, place, unit.today) for place, each in enumerate(new)}
    if len(facts) < len(new):
        raise Invalid("amount_twice", "Samma belopp står två gånger. Skicka det en gång.", "amounts")
    streams = [key.amount_id for key in facts]
    await unit.lock_all(streams)
    logs = await read_logs(unit.conn, streams)
    appends = [
        Append(key.amount_id, [fact], association=BUDGETS[key.budget].association)
        for key, fact in facts.items()
        if amounts.changes(amounts.counting(logs[key.amount_id]), fact)
    ]
    await amount_store.add(unit.conn, facts.keys())
    for event in await unit.append_all(appends):
        logs[event.subject].append(event)
    found = {key: amounts.counting(logs[key.amount_id]) for key in facts}
    return {key: booking for key, booking in found.items() if booking is not None}


async def take_back_booking(unit: Unit, amount_id: UUID, booking_id: UUID) -> None:
    """Registers that an amount never was booked so: the booking before it counts again, if there is one.

    Raises NotFound, or Conflict if it was taken back before.
    """
    await unit.lock(amount_id)
    found = await amount_store.find(unit.conn, amount_id)
    bookings = () if found is None else amounts.history(found[1])
    booking = next((each for each in bookings if each.booking_id == booking_id), None)
    if found is None or booking is None:
        raise NotFound("booking_unknown", "Bokningen finns inte. Se beloppets historik.")
    if booking.taken_back:
        raise Conflict("booking_taken_back", "Bokningen är redan tillbakatagen.")
    error = RegisteredInError(happened_on=unit.today, event_id=booking_id, reason=_MISTAKE)
    # A budget stays declared as long as amounts of it are booked.
    await unit.append(amount_id, [error], association=BUDGETS[found[0].budget].association)


async def report_deviation(unit: Unit, deviation_id: UUID, new: NewDeviation) -> Deviation:
    """Registers that something went wrong. The same id sent again changes nothing. Raises Invalid."""
    fact = deviations.reported(new, unit.today)
    await unit.lock(deviation_id)
    if (known := await deviation_store.find(unit.conn, deviation_id)) is not None:
        return known
    await unit.append(deviation_id, [fact])
    deviation = Deviation(
        deviation_id=deviation_id,
        area=new.area,
        kind=new.kind,
        member=new.member,
        unit=new.unit,
        insats=new.insats,
        happened_on=new.happened_on,
        reported_at=unit.now,
        reported_by=str(unit.actor),
        closed_on=None,
        measure=None,
        taken_back=False,
        what=new.what,
        done=None,
    )
    await deviation_store.add(unit.conn, deviation)
    return deviation


async def close_deviation(unit: Unit, deviation_id: UUID, measure: DeviationMeasure, done: str | None) -> Deviation:
    """Registers that the office is done with a deviation. Raises NotFound, Conflict or Invalid."""
    deviation = await _deviation(unit, deviation_id)
    fact = deviations.closed(deviation, measure, done, unit.today)
    await unit.append(deviation_id, [fact])
    await deviation_store.close(unit.conn, deviation_id, fact.happened_on, measure, done)
    return replace(deviation, closed_on=fact.happened_on, measure=measure, done=done)


async def reopen_deviation(unit: Unit, deviation_id: UUID) -> Deviation:
    """Registers that a deviation was closed in error. Raises NotFound, or Conflict for one that is open."""
    deviation = await _deviation(unit, deviation_id)
    deviations.require_counting(deviation)
    if deviation.closed_on is None:
        raise Conflict("deviation_open", "Avvikelsen är redan öppen.")
    await _never_happened(unit, deviation_id, DeviationClosed)
    await deviation_store.reopen(unit.conn, deviation_id)
    return replace(deviation, closed_on=None, measure=None, done=None)


async def take_back_deviation(unit: Unit, deviation_id: UUID) -> Deviation:
    """Registers that a deviation was reported in error, and removes its words. Raises NotFound or Conflict."""
    deviation = await _deviation(unit, deviation_id)
    deviations.require_counting(deviation)
    await _never_happened(unit, deviation_id, DeviationReported)
    await deviation_store.take_back(unit.conn, deviation_id)
    return replace(deviation, taken_back=True, what=None, done=None)


async def remove_words(unit: Unit, deviation_id: UUID) -> Deviation:
    """Removes what was written about a deviation, which still counts. Raises NotFound."""
    deviation = await _deviation(unit, deviation_id)
    await deviation_store.remove_words(unit.conn, deviation_id)
    return replace(deviation, what=None, done=None)


async def _deviation(unit: Unit, deviation_id: UUID) -> Deviation:
    await unit.lock(deviation_id)
    found = await deviation_store.find(unit.conn, deviation_id)
    if found is None:
        raise NotFound("deviation_unknown", "Avvikelsen finns inte. Se listan över avvikelser.")
    return found


async def _never_happened(unit: Unit, stream_id: UUID, fact: type[Fact]) -> None:
    """Takes back the latest fact of a kind that counts in a stream."""
    log = effective(await read_log(unit.conn, stream_id))
    latest = [each for each in log if isinstance(each.data, fact)][-1]
    error = RegisteredInError(happened_on=unit.today, event_id=latest.id, reason=_MISTAKE)
    await unit.append(stream_id, [error])


async def ask_for_public_form(unit: Unit, report_id: UUID, content: bytes) -> None:
    """Asks that it be decided what of a frozen report may leave the house. What has been decided stays.

    Raises Conflict for a report whose protection beside the others is not shown.
    """
    await unit.lock(_PUBLIC_FORMS)
    public_form.require_protected(frozen.read(content), await public_store.published(unit.conn, report_id))
    await public_store.ask(unit.conn, report_id, unit.now)
