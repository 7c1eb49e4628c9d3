"""What a search for Tasks asks for, read from its parameters."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.referral.fhir.elements import system_of
from services.referral.fhir.outcome import Issue, NotTakenIn

MOST: Final = 50
"""Tasks of one page, unless fewer are asked for; never more."""

_READ: Final = ("identifier", "based-on", "_count", "after")
_PASSED_OVER: Final = frozenset({"_format", "_pretty"})
_MOST_VALUES: Final = 50


@dataclass(frozen=True)
class Asked:
    """``references`` and ``case_ids``: None unless searched by them. ``after``: the last Task of the page before."""

    references: Sequence[str] | None = None
    case_ids: Sequence[UUID] | None = None
    count: int = MOST
    after: UUID | None = None


def read_search(parameters: Iterable[tuple[str, str]], agency_id: str) -> Asked:
    """The search. Raises NotTakenIn for a parameter that is not known: without it more would be found than asked."""
    given: dict[str, str] = {}
    for name, value in parameters:
        if name in _PASSED_OVER:
            continue
        if name not in _READ:
            raise _refused(f"Sökparametern finns inte. De som finns är {', '.join(_READ)}.")
        if name in given:
            raise _refused(f"Ange sökparametern {name} en gång, med komma mellan värdena.")
        given[name] = value
    return Asked(
        references=None if "identifier" not in given else _references(given["identifier"], agency_id),
        case_ids=None if "based-on" not in given else list(_based_on(given["based-on"])),
        count=_count(given.get("_count", str(MOST))),
        after=None if "after" not in given else _after(given["after"]),
    )


def _refused(text: str) -> NotTakenIn:
    return NotTakenIn(400, [Issue("invalid", text)])


def _values(text: str) -> list[str]:
    values = text.split(",")
    if len(values) > _MOST_VALUES:
        raise _refused(f"Ange högst {_MOST_VALUES} värden.")
    return values


def _references(text: str, agency_id: str) -> list[str]:
    """The references of tokens; none for one of another system than the agency's own."""
    references: list[str] = []
    for token in _values(text):
        system, bar, value = token.rpartition("|")
        if not value:
            raise _refused("Ange identifier som beteckning eller system|beteckning.")
        if not bar or system == system_of(agency_id):
            references.append(value)
    return references


def _based_on(text: str) -> Iterator[UUID]:
    """The ids of ServiceRequests, each with or without its type and address. What is no id of ours finds nothing."""
    for reference in _values(text):
        rest, _, given = reference.rpartition("/")
        if rest and rest.rpartition("/")[2] != "ServiceRequest":
            raise _refused("Ange based-on som ServiceRequest/id.")
        if (found := id_of(given)) is not None:
            yield found


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9) or int(text) == 0:
        raise _refused("Ange _count som ett heltal från 1.")
    return min(int(text), MOST)


def _after(text: str) -> UUID:
    found = id_of(text)
    if found is None:
        raise _refused("Följ länken till nästa sida som den är.")
    return found


def id_of(text: str) -> UUID | None:
    """The id of a resource here; None for what cannot be one."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
