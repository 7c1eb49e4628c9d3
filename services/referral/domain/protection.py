"""Protected identity (skyddade personuppgifter): who may read who somebody is, and who decides that.

It is of a person and holds for all of the person's cases. Roles do not help: only those who are named may read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

from contracts.codes import Role
from contracts.problems import Conflict, Forbidden, Invalid

MARKERS: Final = frozenset({Role.COORDINATOR})
"""Who marks a person as protected, and lifts it. A referrer does it by the referral."""

NAMERS: Final = frozenset({Role.COORDINATOR, Role.OPERATIONS})
"""Who names the readers. Operations does it where none of those named is there any more, and reads nothing."""

MOST_READERS: Final = 20
"""Our reading: more people than this do not work with one person."""


@dataclass(frozen=True)
class Protection:
    """A protected person's mark. ``readers``: ids of the users who may read who it is.

    ``taken_on``: somebody was named who may read at the insats. Until then the mark is as a referral made it, and any
    coordinator may take it on.
    """

    readers: frozenset[str]
    taken_on: bool

    def open_to(self, user_id: str) -> bool:
        """True if the user may read who the person is."""
        return user_id in self.readers


@dataclass(frozen=True)
class Decider:
    """Who asks for a change."""

    user_id: str
    roles: frozenset[Role]


@dataclass(frozen=True)
class Protect:
    """Mark a person. Whoever does it may read."""

    by: Decider
    readers: frozenset[str]


@dataclass(frozen=True)
class NameReaders:
    """Name those who may read, from now on these alone; whoever takes a mark on is added to those there are."""

    by: Decider
    readers: frozenset[str]


@dataclass(frozen=True)
class Lift:
    """The person is protected no longer."""

    by: Decider


Change: TypeAlias = Protect | NameReaders | Lift


def decide(change: Change, protection: Protection | None) -> Protection | None:
    """The mark after a change; None for none. Raises Conflict, Forbidden, Invalid."""
    match change:
        case Protect():
            if protection is not None:
                raise Conflict("already_protected", "Personen har redan skyddade personuppgifter här.")
            return Protection(_few(change.readers | {change.by.user_id}), taken_on=True)
        case NameReaders():
            return _named(change, _marked(protection))
        case Lift():
            if not _marked(protection).open_to(change.by.user_id):
                raise _not_named()
            return None
    assert_never(change)


def may_name_readers(by: Decider, protection: Protection) -> bool:
    """True if this user may say who may read."""
    return protection.open_to(by.user_id) or _may_take_on(by, protection) or Role.OPERATIONS in by.roles


def referred(readers: Iterable[str], sender: str | None) -> Protection:
    """The mark that a referral makes. ``readers``: those it names at the insats. ``sender``: the user who sent it."""
    named = frozenset(readers)
    return Protection(named | ({sender} if sender else frozenset()), taken_on=bool(named))


def _named(change: NameReaders, protection: Protection) -> Protection:
    if not may_name_readers(change.by, protection):
        raise _not_named()
    takes_on = not protection.open_to(change.by.user_id) and _may_take_on(change.by, protection)
    readers = change.readers | protection.readers | {change.by.user_id} if takes_on else change.readers
    if not readers:
        raise Invalid("reader_missing", "Ange minst en som får läsa. Annars kan ingen följa ärendet.", "readers")
    if readers == protection.readers and protection.taken_on:
        raise Conflict("readers_unchanged", "De är redan de som får läsa.")
    return Protection(_few(readers), taken_on=True)


def _may_take_on(by: Decider, protection: Protection) -> bool:
    return not protection.taken_on and Role.COORDINATOR in by.roles


def _marked(protection: Protection | None) -> Protection:
    if protection is None:
        raise Conflict("not_protected", "Personen har inga skyddade personuppgifter här.")
    return protection


def _few(readers: frozenset[str]) -> frozenset[str]:
    if len(readers) > MOST_READERS:
        raise Invalid("too_many_readers", f"Ange högst {MOST_READERS} som får läsa.", "readers")
    return readers


def _not_named() -> Forbidden:
    return Forbidden(
        "not_named",
        "Bara de som får läsa personens uppgifter kan ändra skyddet. Är ingen av dem kvar: be driften utse någon.",
    )
