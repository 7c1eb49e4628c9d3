"""The published figures beside the computed ones, line by line, with their notes. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.catalogue import INSATSER
from services.reporting.domain.figures import TOTALS
from services.reporting.domain.published import Line


@dataclass(frozen=True)
class Compared:
    """A published line, the one computed, and the number of its note (1, 2, 3 …)."""

    line: Line
    note_number: int | None


@dataclass(frozen=True)
class Comparison:
    """The published figures line by line. ``notes`` in the order of their numbers."""

    groups: tuple[tuple[str, tuple[Compared, ...]], ...]
    notes: tuple[str, ...]
    equal: int
    whole: int


def comparison(lines: Sequence[Line]) -> Comparison | None:
    """The lines by what they are about, and their notes numbered; None without any."""
    if not lines:
        return None
    numbers: dict[str, int] = {}
    compared = [
        Compared(line, numbers.setdefault(line.note, len(numbers) + 1) if line.note else None) for line in lines
    ]
    return Comparison(
        groups=tuple(_grouped(compared)),
        notes=tuple(numbers),
        equal=sum(line.equal for line in lines),
        whole=len(lines),
    )


def _grouped(compared: Iterable[Compared]) -> Iterable[tuple[str, tuple[Compared, ...]]]:
    groups: dict[str, list[Compared]] = {}
    for each in compared:
        groups.setdefault(insats_of(each.line), []).append(each)
    for insats, members in groups.items():
        yield ("Alla insatser" if insats == TOTALS else INSATSER[insats].name), tuple(members)


def insats_of(line: Line) -> str:
    """The insats that a published line is about; "totals" of all together."""
    return line.id.partition(".")[0].replace("_", "-")
