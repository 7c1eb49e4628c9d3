"""How long to wait before something that failed is done again."""

import random
from typing import Final

LEAST_SECONDS: Final = 0.05
MOST_SECONDS: Final = 5.0
_DOUBLINGS: Final = 20


def pause(attempt: int, *, least: float = LEAST_SECONDS, most: float = MOST_SECONDS) -> float:
    """Seconds before the next attempt after the ``attempt``-th failure: doubled each time, bounded, jittered."""
    return min(most, least * 2.0 ** min(attempt, _DOUBLINGS)) * random.uniform(0.5, 1.0)
