"""Searching for people: by tokens of their names and references, or by number. Every search is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.chassis.auth import User
from services.chassis.catching_up import CatchUp
from services.chassis.logs import logger
from services.chassis.names import Names
from services.chassis.unit import Unit
from services.referral import search_store, store
from services.referral.domain.case import CaseFile
from services.referral.domain.search_words import SoughtNumbers, SoughtWords
from services.referral.intake import file_field, person_fingerprint, tokens_of
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

    Somebody whose name the user may not read is not found: that the words led to them would tell the name.
    """
    match sought:
        case SoughtWords(words):
            tokens = {vault.token(word) for word in words}
            read = await search_store.by_tokens(unit.conn, tokens, limit + 1, after)
        case SoughtNumbers(numbers):
            lookups = [person_fingerprint(vault, number) for number in numbers]
            read = await search_store.by_numbers(unit.conn, lookups, limit + 1, after)
    page = read[:limit]
    names = await read_names(unit, vault, [row.case_id for row in page], user, FOR_A_SEARCH)
    shown = [row for row in page if names.get(row.case_id, "") not in WITHHELD]
    await search_store.log_search(unit.conn, user.id, FOR_A_SEARCH, [row.case_id for row in shown], unit.now)
    return Found(shown, names, page[-1].case_id if len(read) > limit else None)


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
