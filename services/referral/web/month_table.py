"""The count that goes to the association every month: months by who asked, with the sums of both."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from contracts.catalogue import Insats
from contracts.catalogue.vocabulary import word_label
from contracts.labels import MONTHS
from services.referral.consultation_store import Counted
from services.referral.domain.consultation import OTHER


def month_table(
    counted: Iterable[Counted], label: Callable[[str], str], last: str | None = None
) -> Mapping[str, Any]:
    """The rows and columns of the table. ``label``: what an asker is called; ``last``: whose column is the last."""
    cells = {(each.month, each.asker): each.count for each in counted}
    askers = sorted({asker for _, asker in cells}, key=lambda code: (code == last, label(code)))
    months = sorted({month for month, _ in cells})
    return {
        "askers": [label(code) for code in askers],
        "months": [
            (MONTHS[month - 1], [cells.get((month, asker), 0) for asker in askers], _sum(cells, month=month))
            for month in months
        ],
        "sums": [_sum(cells, asker=asker) for asker in askers],
        "total": sum(cells.values()),
    }


def _sum(cells: Mapping[tuple[int, str], int], *, month: int | None = None, asker: str | None = None) -> int:
    return sum(count for (m, a), count in cells.items() if month in (None, m) and asker in (None, a))


def asker_label(insats: Insats, code: str) -> str:
    """The label of a kind of unit, or of a role of the insats."""
    if code == OTHER:
        return word_label("consultation_askers", code)
    roles = (role for rule in reversed(insats.versions) if (role := rule.role(code)))
    role = next(roles, None)
    return role.label if role is not None else word_label("unit_kinds", code)
