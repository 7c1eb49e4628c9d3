"""What the forms of support and of hand-overs send."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID, uuid4

from pydantic import BaseModel, Field

from contracts.model import Code
from contracts.problems import Invalid
from services.chassis.inputs import Day
from services.chassis.user_ids import TypedId, user_id
from services.planning.domain import command as ask

ALL_AT_ONCE: Final = 100
"""How many supports are offered or accepted with one button."""


class AssignForm(BaseModel):
    """Who supports in which role. ``beyond_limit``: whoever assigns has seen that the caseload is full."""

    role: Code
    worker_id: TypedId
    assigned_on: Day
    beyond_limit: bool = False

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        worker_id = user_id(self.worker_id, "worker_id")
        return ask.AssignSupport(uuid4(), self.role, worker_id, self.assigned_on, today, self.beyond_limit)


class EndForm(BaseModel):
    """The last day of the support in a role, and why it ends."""

    role: Code
    ended_on: Day
    reason: Code

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.EndSupport(self.role, self.ended_on, self.reason, today)


class OfferForm(BaseModel):
    """Which colleague is asked to take over the support in a role."""

    role: Code
    to: TypedId

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.OfferHandover(self.role, user_id(self.to, "to"), today, today)


class RoleForm(BaseModel):
    """The role that an answer to an offer is about."""

    role: Code


class DeclineForm(RoleForm):
    """Why the colleague does not take the support over."""

    reason: Code


class Chosen(BaseModel):
    """A support in a list, by its case and role: ``<case> <role>``."""

    case_id: UUID
    role: Code


def choice_of(case_id: UUID, role: str) -> str:
    """A support in a list as one value of a form."""
    return f"{case_id} {role}"


class Choices(BaseModel):
    """Those that were ticked in a list."""

    chosen: Annotated[list[Annotated[str, Field(max_length=120)]], Field(max_length=ALL_AT_ONCE)] = []

    def supports(self) -> list[Chosen]:
        """The supports that were ticked. Raises Invalid if none was, or one is no support."""
        if not self.chosen:
            raise Invalid("nothing_chosen", "Kryssa för minst en deltagare.", "chosen")
        return [_chosen(each) for each in self.chosen]


class OfferAllForm(Choices):
    """Which supports a colleague is asked to take over. ``av``: who has them."""

    to: TypedId
    av: TypedId


def _chosen(sent: str) -> Chosen:
    case_id, _, role = sent.partition(" ")
    try:
        return Chosen(case_id=UUID(case_id), role=role)
    except ValueError as error:
        raise Invalid("choice_not_valid", "Välj bland deltagarna i listan.", "chosen") from error
