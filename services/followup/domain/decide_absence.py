"""Decisions about absences: one is registered with who stands in, and ended before its last day or taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias, assert_never
from uuid import UUID

from contracts.followup import AbsenceEnded, WorkerAbsent
from contracts.problems import Conflict, Invalid, NotFound
from services.followup.domain.absences import Absence, Absences, leads_back

LONGEST: Final = timedelta(days=366)
"""Whoever is away longer has left: what is theirs is handed over."""


@dataclass(frozen=True)
class RegisterAbsence:
    """A worker is away, first and last day included. ``others``: everybody's absences that overlap these days."""

    wanted: Absence
    today: date
    others: Sequence[Absence] = ()


@dataclass(frozen=True)
class EndAbsence:
    """The worker is back on a day; on the absence's first day: it does not come about."""

    absence_id: UUID
    back_on: date
    today: date


AbsenceCommand: TypeAlias = RegisterAbsence | EndAbsence


def decide(command: AbsenceCommand, absences: Absences) -> WorkerAbsent | AbsenceEnded:
    """What a command about a worker's absences leads to. Raises contracts.problems.Refused."""
    match command:
        case RegisterAbsence():
            return _register(command, absences)
        case EndAbsence():
            return _end(command, absences)
        case _:
            assert_never(command)


def _register(command: RegisterAbsence, absences: Absences) -> WorkerAbsent:
    wanted = command.wanted
    _check_days(wanted, command.today)
    if wanted.substitute == wanted.worker_id:
        raise Invalid("own_substitute", "Välj en kollega som ersättare.", "substitute")
    overlapping = (each for each in absences.all if each.overlaps(wanted.first_day, wanted.last_day))
    if (known := next(overlapping, None)) is not None:
        raise Conflict(
            "absence_overlaps",
            f"{wanted.worker_id} är redan registrerad som borta {known.first_day} till {known.last_day}, "
            f"med {known.substitute} som ersättare.",
        )
    if leads_back(command.others, wanted):
        raise Invalid(
            "substitutes_in_a_circle",
            f"{wanted.substitute} är också borta någon av dagarna, och ersätts då av {wanted.worker_id}. "
            "Välj en annan ersättare.",
            "substitute",
        )
    return WorkerAbsent(
        happened_on=command.today,
        absence_id=wanted.absence_id,
        worker_id=wanted.worker_id,
        first_day=wanted.first_day,
        last_day=wanted.last_day,
        substitute=wanted.substitute,
    )


def _check_days(wanted: Absence, today: date) -> None:
    """Raises Invalid. The first day may have passed: who falls ill is registered the day after."""
    if wanted.last_day < wanted.first_day:
        raise Invalid("days_reversed", "Sista dagen kan inte vara före första dagen.", "last_day")
    if wanted.last_day < today:
        raise Invalid("absence_over", "Ange en sista dag som inte redan har varit.", "last_day")
    if wanted.last_day - wanted.first_day > LONGEST:
        raise Invalid(
            "absence_too_long", "Ange högst ett år. Den som är borta längre lämnar över det som är öppet.", "last_day"
        )


def _end(command: EndAbsence, absences: Absences) -> AbsenceEnded:
    absence = absences.find(command.absence_id)
    if absence is None:
        raise NotFound("absence_unknown", "Frånvaron finns inte.")
    if absence.last_day < command.today or absence.last_day < absence.first_day:
        raise Conflict("absence_ended", "Frånvaron är redan slut.")
    earliest = max(command.today, absence.first_day)
    if not earliest <= command.back_on <= absence.last_day:
        raise Invalid("back_outside_absence", f"Ange en dag från {earliest} till {absence.last_day}.", "back_on")
    return AbsenceEnded(
        happened_on=command.today,
        absence_id=absence.absence_id,
        worker_id=absence.worker_id,
        back_on=command.back_on,
    )
