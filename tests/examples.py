"""How many examples of a law are looked at: all in ``make test``, few in ``make quick``."""

import os
from collections.abc import Sequence
from typing import Final, TypeVar

_QUICK: Final = os.environ.get("SAMSPEL_HYPOTHESIS_PROFILE") == "quick"
FEW: Final = 3


_MOST: Final = 40

T = TypeVar("T")


def some(cases: Sequence[T]) -> Sequence[T]:
    """Every case, or in ``make quick`` some of many: as far apart as they can be."""
    return cases[:: -(-len(cases) // _MOST)] if _QUICK and cases else cases


def examples(number: int) -> int:
    """The number of examples that is wanted, or few of them."""
    return min(number, FEW) if _QUICK else number
