"""Why a referral may be returned: the codes of the insats' rule, or of the catalogue where the rule lists none."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from contracts.catalogue import Insats
from contracts.catalogue.vocabulary import word_label, words

_LIST: Final = "return_reasons"


def return_reasons(insats: Insats | None, day: date) -> Mapping[str, str]:
    """Code to Swedish label, in the order to show them in. ``day``: of the return; it decides the rule's version."""
    rule = None if insats is None else insats.rule_on(day)
    returns = None if rule is None else rule.gate.returns
    codes = words()[_LIST] if returns is None or not returns.reasons else returns.reasons
    return {code: word_label(_LIST, code) for code in codes}
