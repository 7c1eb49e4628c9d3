"""What a decision consists of: facts to append, and what they leave out for want of consent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from contracts.catalogue import Insats
from contracts.codes import NationalExitCode
from contracts.envelope import Fact

Catalogue: TypeAlias = Mapping[str, Insats]


@dataclass(frozen=True)
class Withheld:
    """What a fact left out for want of consent. Stays in this service until the person consents."""

    kinds: Mapping[UUID, str] = field(default_factory=dict)
    reason: str | None = None
    national_code: NationalExitCode | None = None


@dataclass(frozen=True)
class Decision:
    """The facts to append, and by a fact's place among them what it left out.

    ``consequences``: what the first of the facts leads to; appended after them, with that event as their cause.
    """

    facts: tuple[Fact, ...]
    withheld: Mapping[int, Withheld] = field(default_factory=dict)
    consequences: tuple[Fact, ...] = ()
