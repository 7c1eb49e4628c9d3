"""From a question for what a referral lacks to its answer: appended events, and the texts sealed beside them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from contracts.catalogue.vocabulary import words
from contracts.events import AnyEvent
from contracts.referral import CompletionReceived, CompletionRequested
from services.chassis.auth import User
from services.chassis.unit import Unit
from services.referral import commands, completion_store, protection, store
from services.referral.completion_store import Completion
from services.referral.domain.completion import AskForCompletion, Complete
from services.referral.vault import PersonKey, Vault

THINGS = "missing_things"
PEOPLE = "asked_for_completion"
FOR_THE_TEXTS = "texts of a question for completion"


@dataclass(frozen=True)
class Question:
    """What to ask for. ``what`` and ``asked_of``: words of the catalogue. ``note``: text for whoever is asked."""

    what: tuple[str, ...]
    asked_of: str
    note: str = ""
    asked_on: date | None = None


async def ask(unit: Unit, vault: Vault, case_id: UUID, question: Question) -> list[AnyEvent]:
    """Asks for what the referral lacks. Raises NotFound, Conflict, Invalid."""
    command = AskForCompletion(
        completion_id=uuid4(),
        what=question.what,
        asked_of=question.asked_of,
        asked_on=question.asked_on or unit.today,
        today=unit.today,
        things=frozenset(words()[THINGS]),
        people=frozenset(words()[PEOPLE]),
    )
    appended = await commands.carry_out(unit, vault, case_id, command)
    fact = appended[0].data
    if not isinstance(fact, CompletionRequested):
        raise TypeError(f"a question became {fact!r}")
    note = await _sealed(unit, vault, case_id, _note_field(fact.completion_id), question.note)
    await completion_store.add(unit.conn, case_id, fact, note)
    return appended


async def complete(
    unit: Unit, vault: Vault, case_id: UUID, answer: str, completed_on: date | None = None
) -> list[AnyEvent]:
    """Registers that what was asked for has come. Raises NotFound, Conflict, Invalid."""
    day = completed_on or unit.today
    appended = await commands.carry_out(unit, vault, case_id, Complete(day, unit.today))
    fact = appended[0].data
    if not isinstance(fact, CompletionReceived):
        raise TypeError(f"an answer became {fact!r}")
    sealed = await _sealed(unit, vault, case_id, _answer_field(fact.completion_id), answer)
    await completion_store.complete(unit.conn, fact.completion_id, day, sealed)
    return appended


@dataclass(frozen=True)
class Texts:
    """What was written with a question and its answer; empty where nothing was, or the person is forgotten."""

    note: str = ""
    answer: str = ""


async def texts(unit: Unit, vault: Vault, completion: Completion, user: User) -> Texts:
    """What was written with a question and its answer, opened; nothing if the person is protected from the user."""
    if await protection.refused(unit, completion.case_id, user, FOR_THE_TEXTS):
        return Texts()
    key = await _key(unit, vault, completion.case_id)
    if key is None:
        return Texts()
    note, answer = completion.note, completion.answer
    return Texts(
        "" if note is None else key.open(_note_field(completion.completion_id), note),
        "" if answer is None else key.open(_answer_field(completion.completion_id), answer),
    )


async def _sealed(unit: Unit, vault: Vault, case_id: UUID, field: str, text: str) -> bytes | None:
    if not text:
        return None
    key = await _key(unit, vault, case_id)
    if key is None:
        raise store.person_forgotten()
    return key.seal(field, text)


async def _key(unit: Unit, vault: Vault, case_id: UUID) -> PersonKey | None:
    kept = await store.case_file(unit.conn, case_id)
    return None if kept is None else vault.key(kept.person_id, kept.wrapped_key)


def _note_field(completion_id: UUID) -> str:
    return f"completion note {completion_id}"


def _answer_field(completion_id: UUID) -> str:
    return f"completion answer {completion_id}"
