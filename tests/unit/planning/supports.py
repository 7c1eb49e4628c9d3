"""A support in a role at each point of a hand-over, for the table of docs/states.md and its test."""

from typing import Final

from contracts.envelope import Fact
from contracts.planning import SupportEnded, SupportHandoverOffered
from services.planning.domain.command import Command
from tests.unit.planning import commands as ask
from tests.unit.planning import mother

offered: Final = SupportHandoverOffered(happened_on=mother.BEGUN_ON, support_id=mother.SUPPORT, to="lots-2")
ended: Final = SupportEnded(happened_on=mother.COMPLETED_ON, support_id=mother.SUPPORT, reason="no_longer_needed")
having_lots: Final[tuple[Fact, ...]] = (*mother.participating, mother.lots_assigned)

AT: Final[dict[str, tuple[Fact, ...]]] = {
    "nobody": mother.participating,
    "supported": having_lots,
    "offered": (*having_lots, offered),
    "ended": (*having_lots, ended),
    "supported after the exit": (*having_lots, mother.exited),
}
TABLE: Final[list[tuple[Command, tuple[str | None, ...]]]] = [
    (ask.offer, ("no_support", None, "already_offered", "no_support", None)),
    (ask.withdraw_offer, ("no_support", "no_offer", None, "no_support", "no_offer")),
    (ask.accept_offer, ("no_support", "no_offer", None, "no_support", "no_offer")),
    (ask.decline_offer, ("no_support", "no_offer", None, "no_support", "no_offer")),
    (ask.end_support, ("no_support", None, None, "no_support", None)),
]
