"""Facts of the association's office. None is of a case: each has a stream of its own, and names nobody."""

from datetime import date
from typing import ClassVar

from pydantic import AwareDatetime, Field

from contracts.envelope import Fact

SOURCE = "/samspel/reporting"


class ReportFrozen(Fact):
    """The figures of a period were kept as they were known at a moment. ``happened_on``: the day it was done.

    What was counted stays with the reporting service. Counted anew from the events registered until then, it has the
    same hash.
    """

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    period: str = Field(
        description="The period's id, as in the addresses of reports: 2021, 2021-h1, 2021-k3, 2021-06, or two days.",
        pattern=r"^[0-9hk-]{4,22}$",
    )
    first: date = Field(description="The period's first day.")
    last: date = Field(description="The period's last day.")
    known_until: AwareDatetime = Field(description="The last moment whose registrations are counted.")
    figures: int = Field(ge=1, description="How many figures were counted.")
    content_sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="The SHA-256 of the content, in hex.")


OFFICE_FACTS: tuple[type[Fact], ...] = (ReportFrozen,)
