"""Topic names and how each topic keeps what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts.catalogue import AGENCIES

REFERRAL: Final = "samspel.referral.v1"
PLANNING: Final = "samspel.planning.v1"
FOLLOWUP: Final = "samspel.followup.v1"
DOMAIN: Final = (REFERRAL, PLANNING, FOLLOWUP)
"""Where the facts of cases lie."""

OFFICE: Final = "samspel.office.v1"
"""Where the facts of the association's office lie: of no case."""

COUNTED: Final = (*DOMAIN, OFFICE)
"""All that figures are counted from."""

SERVICES: Final = ("referral", "planning", "followup", "reporting")

_FOR_EVER: Final = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
_FOURTEEN_DAYS: Final = {"retention.ms": str(14 * 24 * 3600 * 1000), "cleanup.policy": "delete"}


@dataclass(frozen=True)
class TopicSpec:
    """A topic as it must exist before the services start."""

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


def inbox(agency: str) -> str:
    """Where an agency writes its referrals. The only kind of topic that carries identities."""
    return f"samspel.inbox.{agency}.v1"


def outbox(agency: str) -> str:
    """Where an agency reads its receipts."""
    return f"samspel.outbox.{agency}.v1"


def dead_letters(service: str) -> str:
    """Where a service reports records it could not use."""
    return f"samspel.{service}.dlq.v1"


def agency_of(inbox_topic: str) -> str:
    """The agency that owns an inbox topic."""
    return inbox_topic.removeprefix("samspel.inbox.").removesuffix(".v1")


ALL: Final[tuple[TopicSpec, ...]] = (
    *(TopicSpec(name, 4, _FOR_EVER) for name in DOMAIN),
    TopicSpec(OFFICE, 1, _FOR_EVER),
    *(TopicSpec(inbox(agency), 2, _FOURTEEN_DAYS) for agency in AGENCIES),
    *(TopicSpec(outbox(agency), 1, _FOURTEEN_DAYS) for agency in AGENCIES),
    *(TopicSpec(dead_letters(service), 1, _FOR_EVER) for service in SERVICES),
)
