"""What a referral from an agency says: as much as can be read of it, and everything wrong with its form."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final, TypeAlias

from pydantic import TypeAdapter

from contracts.agency import ConsentChoice, FieldError, ReferralSubmittedEvent
from contracts.codes import Member
from services.referral.domain.identity import IdentityNumber, read_number
from services.referral.domain.json_tree import Node
from services.referral.domain.record_form import Parsed, Validated, field_errors, parse_record, validate

_EVENT: Final = TypeAdapter(ReferralSubmittedEvent)

_WAYS_TO_REACH: Final = frozenset({"phone", "email"})


@dataclass(frozen=True)
class Legible:
    """The fields a referral is judged by, each on its own. None: missing, or of the wrong form."""

    message_id: str | None = None
    reference: str | None = None
    insats: str | None = None
    door: str | None = None
    referred_on: date | None = None
    unit: str | None = None
    identity_number: str | None = field(default=None, repr=False)
    needs: tuple[Member, ...] | None = None
    stated_on: date | None = None
    choice: ConsentChoice | None = None
    guardian: bool = False
    priorities: tuple[str, ...] = ()

    @cached_property
    def number(self) -> IdentityNumber | None:
        """The identity number; None if it is missing or not in order."""
        return None if self.identity_number is None else read_number(self.identity_number)


@dataclass(frozen=True)
class Wellformed:
    """A record that keeps to the contract. ``content``: the same for two records that say the same."""

    event: ReferralSubmittedEvent = field(repr=False)
    legible: Legible
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Malformed:
    """A record that does not keep to the contract. ``reachable``: it has a way to reach somebody, right or wrong."""

    errors: tuple[FieldError, ...]
    legible: Legible
    content: bytes = field(repr=False)
    reachable: bool = False


Submission: TypeAlias = Wellformed | Malformed


def read_submission(value: bytes | None) -> Submission:
    """Reads a record's value as a referral, whatever it is."""
    parsed = parse_record(value)
    return illegible(value, parsed) if isinstance(parsed, FieldError) else read_referral(parsed)


def illegible(value: bytes | None, error: FieldError) -> Malformed:
    """A record of which nothing can be read."""
    return Malformed((error,), Legible(), value or b"")


def read_referral(parsed: Parsed) -> Submission:
    """Reads what was parsed as a referral, whatever its type says."""
    validated = validate(parsed, _EVENT)
    if validated.event is not None and not validated.wrong:
        return Wellformed(validated.event, _legible_in(validated.event), parsed.content)
    errors = field_errors(validated.wrong)
    return Malformed(errors, _legible_among(parsed, validated), parsed.content, _reachable(parsed.placed))


def _reachable(placed: Sequence[Node]) -> bool:
    return any(location[-1] in _WAYS_TO_REACH for location, node in placed if location and node is not None)


def _legible_in(event: ReferralSubmittedEvent) -> Legible:
    data = event.data
    return Legible(
        message_id=event.id,
        reference=data.reference,
        insats=data.insats,
        door=data.door,
        referred_on=data.referred_on,
        unit=data.referrer.unit,
        identity_number=data.person.identity_number,
        needs=data.needs,
        stated_on=data.consent.stated_on,
        choice=data.consent.choice,
        guardian=data.consent.guardian,
        priorities=data.priorities,
    )


def _legible_among(parsed: Parsed, validated: Validated[ReferralSubmittedEvent]) -> Legible:
    """What nothing was found wrong with is of the contract's type."""

    def at(*location: str) -> Any:
        return validated.at(parsed, *location)

    def day(*location: str) -> date | None:
        written = at(*location)
        return None if written is None else date.fromisoformat(written)

    needs = at("data", "needs")
    choice = at("data", "consent", "choice")
    return Legible(
        message_id=at("id"),
        reference=at("data", "reference"),
        insats=at("data", "insats"),
        door=at("data", "door"),
        referred_on=day("data", "referred_on"),
        unit=at("data", "referrer", "unit"),
        identity_number=at("data", "person", "identity_number"),
        needs=None if needs is None else tuple(map(Member, needs)),
        stated_on=day("data", "consent", "stated_on"),
        choice=None if choice is None else ConsentChoice(choice),
        guardian=at("data", "consent", "guardian") is True,
        priorities=tuple(at("data", "priorities") or ()),
    )
