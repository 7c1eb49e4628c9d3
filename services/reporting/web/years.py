"""Which years have reports, and the day it is."""

import re
from datetime import date
from typing import Final

from contracts.events import local_date
from contracts.problems import NotFound
from services.chassis.runtime import Runtime

# The law on financial coordination (2003:1210) came into force: no association has figures from before it.
FIRST_YEAR: Final = 2004


def today_of(runtime: Runtime) -> date:
    """The Swedish calendar day of the service's clock."""
    return local_date(runtime.clock.now())


def year_of(text: str, today: date) -> int:
    """The year that an address names. Raises NotFound for one without a report."""
    # Four digits: int() refuses a number of very many.
    if re.fullmatch("[0-9]{4}", text) is None or not FIRST_YEAR <= int(text) <= today.year:
        raise NotFound("year_unknown", f"Det finns årsrapporter från {FIRST_YEAR} till {today.year}.")
    return int(text)
