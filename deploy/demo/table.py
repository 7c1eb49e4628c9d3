"""The published figures beside those computed, line by line, for a terminal."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from contracts.model import Model
from deploy.demo.figures import Figures


class ComparedLine(Model):
    """A line as the reporting service answers it."""

    id: str
    label: str
    published: int
    computed: int
    equal: bool
    note: str | None = None


def comparison_table(figures: Figures, lines: Sequence[ComparedLine]) -> RenderableType:
    """A table, its notes below it, and a sentence that sums it up. ``lines`` are matched by their ids."""
    answered = {line.id: line for line in lines}
    table = Table("", "Published", "Computed", "", title=f"{figures.source.title}", box=None, pad_edge=False)
    table.columns[1].justify = table.columns[2].justify = "right"
    notes: dict[str, int] = {}
    for line in figures.lines:
        mark = f" [{notes.setdefault(line.note, len(notes) + 1)}]" if line.note else ""
        answer = answered.get(line.id)
        computed = str(answer.computed) if answer else "–"
        verdict = Text("✓", "green") if answer and _equal(answer, line.published) else Text("✗", "bold red")
        table.add_row(f"{line.label}{mark}", str(line.published), computed, verdict)
    below = [Text(f"[{number}] {note}", "dim") for note, number in notes.items()]
    return Group(table, Text(), *below, Text(), _sum(figures, answered))


def differences(figures: Figures, lines: Sequence[ComparedLine]) -> list[str]:
    """The ids of published lines that were not computed, or came out otherwise."""
    answered = {line.id: line for line in lines}
    return [
        line.id for line in figures.lines if line.id not in answered or not _equal(answered[line.id], line.published)
    ]


def _equal(answer: ComparedLine, published: int) -> bool:
    # The service says whether it is equal; the demo compares for itself with its own copy as well.
    return answer.equal and answer.computed == published


def _sum(figures: Figures, answered: dict[str, ComparedLine]) -> Text:
    different = differences(figures, tuple(answered.values()))
    whole = len(figures.lines)
    if different:
        return Text(f"{len(different)} of {whole} lines differ: {', '.join(different)}.", "bold red")
    return Text(f"All {whole} lines are equal.", "bold green")
