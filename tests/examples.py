"""How many examples of a law are looked at: all in ``make test``, few in ``make quick``."""

import os
from typing import Final

_QUICK: Final = os.environ.get("SAMSPEL_HYPOTHESIS_PROFILE") == "quick"
FEW: Final = 3


def examples(number: int) -> int:
    """The number of examples that is wanted, or few of them."""
    return min(number, FEW) if _QUICK else number
