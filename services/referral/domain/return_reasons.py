"""Why a referral may end before the start: the codes of the insats' rule, or of the catalogue where it lists none.

Two codes are not the insats' own: that the person declined, and that the referral ran out.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final, assert_never

from contracts.catalogue import Insats
from contracts.catalogue.people import MeetingGate
from contracts.catalogue.vocabulary import return_reason_label, words
from contracts.codes import ReturnedBy

DECLINED: Final = "declined"
EXPIRED: Final = "expired"

ORDINARY_MEASURE: Final = "ordinary_measure"
"""The reason that sends the person to an ordinary measure instead (MIA VärNa, mia-2016:46)."""

_INTRODUCTION: Final = {"before_introduction", "after_introduction"}


def reasons_of(by: ReturnedBy, insats: Insats | None, day: date) -> Mapping[str, str]:
    """The reasons to choose from by whose doing the end is: code to Swedish label, in the order to show them in."""
    match by:
        case ReturnedBy.INSATS | ReturnedBy.REFERRER:
            return return_reasons(insats, day)
        case ReturnedBy.PARTICIPANT:
            return {DECLINED: return_reason_label(DECLINED), **return_reasons(insats, day)}
        case ReturnedBy.EXPIRY:
            return {EXPIRED: return_reason_label(EXPIRED)}
    assert_never(by)


def introduction_of(insats: Insats | None, day: date) -> str | None:
    """The kind of meeting by which the insats tells its returns apart; None if it tells them by the acceptance."""
    rule = None if insats is None else insats.rule_on(day)
    gate = None if rule is None else rule.gate
    returns = None if gate is None else gate.returns
    if returns is None or _INTRODUCTION.isdisjoint(returns.stages):
        return None
    return gate.meeting if isinstance(gate, MeetingGate) else None


def return_reasons(insats: Insats | None, day: date) -> Mapping[str, str]:
    """Code to Swedish label, in the order to show them in. ``day``: of the return; it decides the rule's version."""
    rule = None if insats is None else insats.rule_on(day)
    returns = None if rule is None else rule.gate.returns
    codes = words()["return_reasons"] if returns is None or not returns.reasons else returns.reasons
    return {code: return_reason_label(code) for code in codes}
