"""The budgets that the office books amounts of, as declared in the files of this folder."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from contracts.budget.declaration import (
    Budget,
    BudgetGroup,
    BudgetItem,
    BudgetLine,
    PrintedColumn,
    PrintedRow,
    PrintedTable,
    Side,
    Summand,
)
from contracts.catalogue import INSATSER
from contracts.catalogue.declarations import load_declarations
from contracts.catalogue.vocabulary import words
from contracts.catalogue.yaml_files import Finding

__all__ = [
    "BUDGETS",
    "Budget",
    "BudgetGroup",
    "BudgetItem",
    "BudgetLine",
    "PrintedColumn",
    "PrintedRow",
    "PrintedTable",
    "Side",
    "Summand",
    "load_budgets",
]


def load_budgets(folder: Path, insatser: Collection[str]) -> Mapping[str, Budget]:
    """The budgets of a folder by id. Raises CatalogueError with every fault of every file.

    ``insatser``: the ids that an item without a label of its own must be one of.
    """
    return load_declarations(folder, Budget, lambda budget: _findings(budget, insatser))


def _findings(budget: Budget, insatser: Collection[str]) -> Iterator[Finding]:
    for place, item in enumerate(budget.items):
        if item.is_insats and item.id not in insatser:
            yield ("items", place, "id"), f"no such insats: {item.id!r}"
    if budget.association not in words()["associations"]:
        yield ("association",), f"no such association: {budget.association!r}"


BUDGETS: Final = load_budgets(Path(__file__).parent, INSATSER)
"""Our own, by id."""
