"""Facts about one follow-up, made from the terms it was scheduled with."""

from datetime import date
from typing import TypeVar

from contracts.followup import FollowUpFact, FollowUpScheduled

F = TypeVar("F", bound=FollowUpFact)


def fact_about(kind: type[F], terms: FollowUpScheduled, day: date, **fields: object) -> F:
    """The fact that something happened to the follow-up on a day. ``fields``: what its kind has beside."""
    which = {name: getattr(terms, name) for name in FollowUpFact.model_fields}
    return kind.model_validate({**which, "happened_on": day, **fields})
