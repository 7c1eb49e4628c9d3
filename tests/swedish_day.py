"""The day on which a test runs, as the services see it."""

from datetime import UTC, date, datetime

from contracts.events import local_date


def swedish_day() -> date:
    """The day it is in Sweden: from 22 or 23 o'clock UTC, tomorrow by the clock of a machine that stands at UTC."""
    return local_date(datetime.now(UTC))
