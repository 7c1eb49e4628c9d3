"""Searching for people: by tokens of their names and references, or by number. Every search is written down."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from services.chassis.auth import User
from services.chassis.catching_up import CatchUp
from services.chassis.logs import logger
from services.chassis.names import Names
from services.chassis.unit import Unit
from services.referral import protection, protection_store, search_store, store
from services.referral.domain.case import CaseFile
from services.referral.domain.search_words import SoughtNumbers, SoughtWords
from services.referral.fingerprints import file_field, person_fingerprint, tokens_of
from services.referral.names import WITHHELD, open_name, read_names
from services.referral.vault import Tampered, Vault

FOR_A_SEARCH: Final = "search for a person"

_BATCH: Final = 200


@dataclass(frozen=True)
class Found:
    """A page of what was found. ``after``: the case the next page begins after; None on the last one."""

    rows: Sequence[store.Row]
    names: Names
    after: UUID | None


async def search(
    unit: Unit, vault: Vault, sought: SoughtWords | SoughtNumbers, user: User, limit: int, after: UUID | None
) -> Found:
    """The referrals that are found, the newest first, with their names. Raises Tampered.

    Somebody who is protected from the user is not found, on no page and by nothing: that the words led to them would
    tell the name. That the user was refused is written down.
    """
    seen = await _seen(unit, _reader(unit, vault, sought), user, limit, after)
    names = await read_names(unit, vault, [row.case_id for row in seen[:limit]], user, FOR_A_SEARCH)
    shown = [row for row in seen[:limit] if names.get(row.case_id, "") not in WITHHELD]
    await search_store.log_search(unit.conn, user.id, FOR_A_SEARCH, [row.case_id for row in shown], unit.now)
    return Found(shown, names, seen[limit - 1].case_id if len(seen) > limit else None)


_Read: TypeAlias = Callable[[int, UUID | None], Awaitable[list[store.Row]]]


def _reader(unit: Unit, vault: Vault, sought: SoughtWords | SoughtNumbers) -> _Read:
    """Reads so many of what is found, after a case if one is given."""
    match sought:
        case SoughtWords(words):
            tokens = {vault.token(word) for word in words}
            return lambda limit, after: search_store.by_tokens(unit.conn, tokens, limit, after)
        case SoughtNumbers(numbers):
            lookups = [person_fingerprint(vault, number) for number in numbers]
            return lambda limit, after: search_store.by_numbers(unit.conn, lookups, limit, after)


async def _seen(unit: Unit, read: _Read, user: User, limit: int, after: UUID | None) -> list[store.Row]:
    """What is found of people who are not protected from the user: one more than ``limit`` if there are as many."""
    seen: list[store.Row] = []
    while True:
        found = await read(limit + 1, after)
        withheld = await protection.withheld(unit.conn, [row.case_id for row in found], user)
        await protection_store.log_refusals(unit.conn, withheld, user.id, FOR_A_SEARCH, unit.now)
        seen += [row for row in found if row.case_id not in withheld]
        if len(seen) > limit or len(found) <= limit:
            return seen
        after = found[-1].case_id


def making_searchable(vault: Vault) -> CatchUp:
    """Makes the tokens of a batch of cases that have none; returns of how many."""

    async def make(unit: Unit) -> int:
        without = await search_store.unsearchable(unit.conn, _BATCH)
        if without:
            await search_store.make_searchable(
                unit.conn, {each.file.case_id: _tokens(vault, each) for each in without}
            )
        return len(without)

    return make


def _tokens(vault: Vault, each: search_store.Unsearchable) -> frozenset[bytes]:
    try:
        opened = vault.key(each.file.person_id, each.file.wrapped_key).open(
            file_field(each.file.case_id), each.file.sealed
        )
        reference = CaseFile.model_validate_json(opened).reference
        return tokens_of(vault, open_name(vault, each.name) or "", reference)
    except Tampered:
        # Nobody can read it on a page either. The others must not wait for it.
        logger().error("case_not_searchable", case_id=str(each.file.case_id))
        return frozenset()
