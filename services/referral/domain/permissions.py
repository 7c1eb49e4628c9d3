"""Who may set which state of a referral: one table. The decisions, the routes and docs/states.md all use it.

A role that an act does not list may not do it in any state. A state that is not refused allows it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.codes import ReturnedBy, Role
from contracts.problems import Conflict


class CaseState(StrEnum):
    """Where a case stands, in a word."""

    WAITING = "waiting"
    INCOMPLETE = "incomplete"
    ACCEPTED = "accepted"
    STARTED = "started"
    RETURNED = "returned"
    CLOSED = "closed"


class Act(StrEnum):
    """What people do with a referral before the start, and what its referrer does after the exit."""

    ASK_FOR_COMPLETION = "ask for completion"
    COMPLETE = "complete"
    ACCEPT = "accept"
    RETURN = "return"
    WITHDRAW = "withdraw"
    DECLINE = "decline"
    EXPIRE = "expire"
    NOTE_CONTACT = "note contact"
    CHANGE_REFERRER = "change referrer"
    CHANGE_CONSENT = "change consent"
    ACKNOWLEDGE_HAND_BACK = "acknowledge hand-back"
    TAKE_BACK = "take back"


@dataclass(frozen=True)
class Permission:
    """Who may do something, and the states it is refused in, each with the refusal's code."""

    roles: frozenset[Role]
    refused: Mapping[CaseState, str]

    def in_state(self, state: CaseState) -> bool:
        """True if the state allows it."""
        return state not in self.refused


_ENDED: Final[Mapping[CaseState, str]] = {
    CaseState.STARTED: "already_started",
    CaseState.RETURNED: "already_returned",
    CaseState.CLOSED: "already_closed",
}
_COORDINATOR: Final = frozenset({Role.COORDINATOR})

PERMISSIONS: Final[Mapping[Act, Permission]] = {
    Act.ASK_FOR_COMPLETION: Permission(
        _COORDINATOR,
        {**_ENDED, CaseState.INCOMPLETE: "already_incomplete", CaseState.ACCEPTED: "already_accepted"},
    ),
    # A referrer who calls has the coordinator register it.
    Act.COMPLETE: Permission(
        frozenset({Role.AGENCY, Role.COORDINATOR}),
        {**_ENDED, CaseState.WAITING: "nothing_missing", CaseState.ACCEPTED: "nothing_missing"},
    ),
    Act.ACCEPT: Permission(_COORDINATOR, {**_ENDED, CaseState.ACCEPTED: "already_accepted"}),
    Act.RETURN: Permission(_COORDINATOR, _ENDED),
    Act.WITHDRAW: Permission(frozenset({Role.AGENCY, Role.COORDINATOR}), _ENDED),
    Act.DECLINE: Permission(_COORDINATOR, _ENDED),
    Act.EXPIRE: Permission(_COORDINATOR, _ENDED),
    Act.NOTE_CONTACT: Permission(_COORDINATOR, _ENDED),
    # Also of a started one: it is to the referrer that the person is handed back.
    Act.CHANGE_REFERRER: Permission(
        frozenset({Role.AGENCY, Role.COORDINATOR}),
        {CaseState.RETURNED: "already_returned", CaseState.CLOSED: "already_closed"},
    ),
    Act.CHANGE_CONSENT: Permission(_COORDINATOR, {}),
    Act.ACKNOWLEDGE_HAND_BACK: Permission(
        frozenset({Role.AGENCY}),
        {state: "not_handed_back" for state in CaseState if state is not CaseState.CLOSED},
    ),
    Act.TAKE_BACK: Permission(
        _COORDINATOR,
        {
            CaseState.WAITING: "nothing_to_undo",
            CaseState.STARTED: "already_started",
            CaseState.CLOSED: "already_closed",
        },
    ),
}

_MESSAGES: Final[Mapping[str, str]] = {
    "already_incomplete": "Anmälan är redan ofullständig. Registrera att det har kommit in, eller ångra frågan.",
    "nothing_missing": "Det saknas inget i anmälan, så det finns inget att komplettera.",
    "already_accepted": "Anmälan är redan antagen.",
    "already_started": "Deltagaren har startat i insatsen. Registrera ett avslut i stället.",
    "already_returned": "Anmälan är redan återremitterad.",
    "already_closed": "Deltagaren har redan avslutat insatsen.",
    "not_handed_back": "Ärendet är inte återfört till er, så det finns inget att ta emot.",
    "nothing_to_undo": "Anmälan väntar på svar, så det finns inget att ångra.",
}

ACT_OF: Final[Mapping[ReturnedBy, Act]] = {
    ReturnedBy.INSATS: Act.RETURN,
    ReturnedBy.REFERRER: Act.WITHDRAW,
    ReturnedBy.PARTICIPANT: Act.DECLINE,
    ReturnedBy.EXPIRY: Act.EXPIRE,
}
"""The act that ends a referral before the start, by whose doing it is."""


def require(act: Act, state: CaseState) -> None:
    """Raises Conflict if the state refuses the act."""
    code = PERMISSIONS[act].refused.get(state)
    if code is not None:
        raise Conflict(code, _MESSAGES[code])


def may(act: Act, roles: Collection[Role]) -> bool:
    """True if one of the roles may do it."""
    return not PERMISSIONS[act].roles.isdisjoint(roles)
