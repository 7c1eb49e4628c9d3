"""The budgets that the office books amounts of, as declared in the files of this folder."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

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
from contracts.catalogue.agencies import faults_of
from contracts.catalogue.vocabulary import words
from contracts.catalogue.yaml_files import CatalogueError, Fault, read_yaml

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
    found: dict[str, Budget] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            file = read_yaml(path)
        except CatalogueError as error:
            faults += error.faults
            continue
        try:
            budget = Budget.model_validate(file.data)
        except ValidationError as error:
            faults += faults_of(file, error)
            continue
        if budget.id in found:
            faults.append(file.fault(("id",), f"{budget.id!r} is declared twice"))
        faults += [
            file.fault(("items", place, "id"), f"no such insats: {item.id!r}")
            for place, item in enumerate(budget.items)
            if item.is_insats and item.id not in insatser
        ]
        if budget.association not in words()["associations"]:
            faults.append(file.fault(("association",), f"no such association: {budget.association!r}"))
        found[budget.id] = budget
    if faults:
        raise CatalogueError(tuple(sorted(faults)))
    return found


BUDGETS: Final = load_budgets(Path(__file__).parent, INSATSER)
"""Our own, by id."""
