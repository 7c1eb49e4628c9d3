"""Looking at the log of reads. It names nobody, and each look at it is a row of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from contracts.events import midnight
from contracts.problems import Invalid
from services.chassis.auth import User
from services.chassis.unit import Unit
from services.referral import read_log_store, search_store, store
from services.referral.domain.case import CaseFile
from services.referral.domain.search_words import SoughtWords, sought
from services.referral.fingerprints import file_field
from services.referral.read_log_store import Asked, Kind, Place, Row
from services.referral.vault import Vault

SHOWN: Final = 200
MOST_EXPORTED: Final = 50_000
_AT_ONCE: Final = 200


@dataclass(frozen=True)
class Question:
    """What somebody asks, as they write it. ``reference``: of a case, ours or the agency's; empty for everybody."""

    reference: str
    user_id: str
    kind: Kind | None
    first: date
    last: date


@dataclass(frozen=True)
class Looked:
    """A page of the log. ``after``: where the next one begins; None on the last."""

    rows: Sequence[Row]
    after: Place | None


async def look(unit: Unit, vault: Vault, question: Question, user: User, after: Place | None) -> Looked:
    """A page of the log, the latest first. Raises Invalid (reference_unknown, period_backwards), Tampered."""
    asked = await _asked(unit, vault, question)
    rows = await read_log_store.page(unit.conn, asked, midnight(asked.first), after or _end(asked), SHOWN + 1)
    await read_log_store.keep_look(unit.conn, asked, user.id, unit.now, exported=False)
    return Looked(rows[:SHOWN], rows[SHOWN - 1].place if len(rows) > SHOWN else None)


async def export(unit: Unit, vault: Vault, question: Question, user: User) -> Sequence[Row]:
    """All rows that are asked for, the latest first. Raises as :func:`look`, and Invalid (too_many_rows)."""
    asked = await _asked(unit, vault, question)
    rows = await read_log_store.page(unit.conn, asked, midnight(asked.first), _end(asked), MOST_EXPORTED + 1)
    if len(rows) > MOST_EXPORTED:
        raise Invalid("too_many_rows", f"Det är fler än {MOST_EXPORTED} rader. Välj en kortare tid.", "last")
    await read_log_store.keep_look(unit.conn, asked, user.id, unit.now, exported=True)
    return rows


def _end(asked: Asked) -> Place:
    """Before the first row of the day after the last: the tables are numbered from 1."""
    return Place(midnight(asked.last + timedelta(days=1)), 0, 0)


async def _asked(unit: Unit, vault: Vault, question: Question) -> Asked:
    if question.first > question.last:
        raise Invalid("period_backwards", "Första dagen ska vara före eller samma som den sista.", "first")
    cases = await _cases(unit, vault, question.reference) if question.reference else None
    return Asked(cases, question.user_id or None, question.kind, question.first, question.last)


async def _cases(unit: Unit, vault: Vault, reference: str) -> Sequence[UUID]:
    try:
        named: Sequence[UUID] = [UUID(reference)]
    except ValueError:
        named = await _of_reference(unit, vault, reference)
    cases = await read_log_store.cases_of_the_person(unit.conn, named)
    if not cases:
        message = "Inget ärende har det ärendenumret eller den beteckningen. Här går det inte att söka på namn."
        raise Invalid("reference_unknown", message, "reference")
    return cases


async def _of_reference(unit: Unit, vault: Vault, reference: str) -> Sequence[UUID]:
    """The cases to which their agency gave just this reference. The words of a name find cases too, by the same
    tokens: they are left out, because the reference in the case's file is another."""
    try:
        words = sought(reference, unit.today)
    except Invalid:
        return []  # nothing that a word is made of, or more words than any reference has
    if not isinstance(words, SoughtWords):
        return []
    tokens = {vault.token(word) for word in words.words}
    found: list[UUID] = []
    after: UUID | None = None
    while alike := await search_store.by_tokens(unit.conn, tokens, _AT_ONCE, after):
        files = await store.case_files(unit.conn, [row.case_id for row in alike])
        found += [each.case_id for each in files if _reference(vault, each).casefold() == reference.casefold()]
        after = alike[-1].case_id
    return found


def _reference(vault: Vault, file: store.Sealed) -> str:
    opened = vault.key(file.person_id, file.wrapped_key).open(file_field(file.case_id), file.sealed)
    return CaseFile.model_validate_json(opened).reference
