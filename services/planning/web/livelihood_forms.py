"""What the forms about employments and benefits send."""

from datetime import date
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import BaseModel

from contracts.codes import BenefitStatus, EmployerKind
from contracts.model import Code
from services.chassis.inputs import Day, Empty
from services.planning.amounts import PercentOfFullTime
from services.planning.domain import command as ask


class EmploymentForm(BaseModel):
    """An employment from its first day, or the time by which one is prolonged."""

    decided_on: Day
    from_on: Day
    until_on: Annotated[Day | None, Empty] = None
    prolongs: bool = False
    kom_i_jobb: bool = False
    support: Annotated[Code | None, Empty] = None
    extent_percent: Annotated[PercentOfFullTime | None, Empty] = None
    employer: Annotated[EmployerKind | None, Empty] = None

    def command(self, prolonged: UUID | None, today: date) -> ask.Command:
        """What is asked of the domain. ``prolonged``: the employment that goes on; None for another one."""
        return ask.DecideEmployment(
            decision_id=uuid4(),
            employment_id=prolonged or uuid4(),
            decided_on=self.decided_on,
            from_on=self.from_on,
            until_on=self.until_on,
            today=today,
            prolongs=self.prolongs or prolonged is not None,
            kom_i_jobb=self.kom_i_jobb,
            support=self.support,
            extent_percent=self.extent_percent,
            employer=self.employer,
        )


class EmploymentEndForm(BaseModel):
    """When and why an employment ended."""

    ended_on: Day
    reason: Code

    def command(self, employment_id: UUID, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.EndEmployment(employment_id, self.ended_on, self.reason, today)


class BenefitForm(BaseModel):
    """What was decided of a benefit."""

    decided_on: Day
    benefit: Code
    status: BenefitStatus
    extent_percent: Annotated[PercentOfFullTime | None, Empty] = None

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.DecideBenefit(uuid4(), self.decided_on, self.benefit, self.status, today, self.extent_percent)
