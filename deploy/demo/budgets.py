"""Budgets as the reports print them, booked by the office: the lines only, since sums are computed."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from contracts.budget import BUDGETS
from contracts.codes import Role
from deploy.demo.lives import Json
from deploy.demo.office import Office

SUNDSVALL_BOOKED_ON: Final = date(2024, 1, 2)
STOCKHOLM_BOOKED_ON: Final = date(2022, 1, 3)
"""No report says when an amount was booked: it is the day on which the clock of each play stands afterwards."""


def printed(budget_id: str, booked_on: date) -> Iterator[Json]:
    """Every amount that the tables of a budget print, but for sums, as bodies of amounts to book."""
    budget = BUDGETS[budget_id]
    for table in budget.printed:
        for row in table.rows:
            if (one := row.one_amount) is None:
                continue
            for column, amount in zip(table.columns, row.printed, strict=True):
                if amount is not None:
                    yield {
                        "budget": budget.id,
                        "item": one[0],
                        "line": one[1],
                        "kind": column.kind.value,
                        "period": column.period,
                        "amount": amount,
                        "given_in": table.unit.value,
                        "booked_on": booked_on.isoformat(),
                    }


async def book(office: Office, budget_id: str, booked_on: date) -> None:
    """Books all of them. A play that goes on finds them booked."""
    await office.post(Role.OFFICE, "/api/reporting/amounts", {"amounts": list(printed(budget_id, booked_on))})
