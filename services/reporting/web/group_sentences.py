"""A person's seats in groups and courses, as Swedish sentences. Which group it is, is not said. Pure."""

from contracts.catalogue.vocabulary import word_label, words
from contracts.envelope import Fact
from contracts.labels import label
from contracts.planning import (
    GroupEnrolled,
    GroupEnrolmentEnded,
    GroupReserveJoined,
    SessionAttendanceRecorded,
)
from services.chassis.pages import swedish_date
from services.reporting.web.spoken import WITHOUT_CONSENT, Context, Sentence, capital, insats_name


def of_groups(fact: Fact, _context: Context) -> Sentence | None:
    """The sentence of a fact about a seat in a group; None for any other."""
    match fact:
        case GroupEnrolled():
            begins = (f"Första träffen: {swedish_date(fact.starts_on)}.",)
            return Sentence(f"Plats i en grupp i {insats_name(fact.insats)}.", begins)
        case GroupEnrolmentEnded():
            reason = (f"Orsak: {_why(fact.reason)}.",) if fact.reason else ()
            return Sentence(f"Platsen i gruppen slut: {label(fact.outcome)}.", reason)
        case SessionAttendanceRecorded():
            return Sentence(
                f"Närvaro vid gruppens träff {swedish_date(fact.session_on)} registrerad.", (_came(fact),)
            )
        case GroupReserveJoined():
            where = "en grupp" if fact.group_id else "vilken grupp som helst"
            return Sentence(f"Satt på reservlistan till {where} i {insats_name(fact.insats)}.")
        case _:
            return None


def _why(reason: str) -> str:
    list_name = "activity_ends" if reason in words()["activity_ends"] else "enrolment_ends"
    return word_label(list_name, reason)


def _came(fact: SessionAttendanceRecorded) -> str:
    if fact.attended is None:
        return f"{capital(WITHOUT_CONSENT)}."
    return "Kom." if fact.attended else "Kom inte."
