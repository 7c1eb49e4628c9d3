"""What the forms of support and of hand-overs send."""

from datetime import date
from uuid import UUID, uuid4

from pydantic import BaseModel

from contracts.model import Code
from contracts.problems import Invalid
from services.chassis.handing_over import HandOverForm, Ticked
from services.chassis.inputs import Day
from services.chassis.user_ids import TypedId, user_id
from services.planning.domain import command as ask


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

    @classmethod
    def of(cls, sent: str) -> "Chosen":
        """What a form sent. Raises Invalid for what names no support."""
        case_id, _, role = sent.partition(" ")
        try:
            return cls(case_id=UUID(case_id), role=role)
        except ValueError as error:
            raise Invalid("choice_not_valid", "Välj bland deltagarna i listan.", "chosen") from error


def choice_of(case_id: UUID, role: str) -> str:
    """A support in a list as one value of a form."""
    return f"{case_id} {role}"


class Choices(Ticked):
    """Those that were ticked in a list."""

    def supports(self) -> list[Chosen]:
        """The supports that were ticked. Raises Invalid if none was, or one is no support."""
        return [Chosen.of(each) for each in self.pieces()]


class OfferAllForm(HandOverForm, Choices):
    """Which supports colleagues are asked to take over. ``av``: who has them."""

    def receivers(self) -> dict[str, str]:
        """Whom each that was ticked is to be offered to, by what names it in :func:`choice_of`. Raises Invalid."""
        found = ((Chosen.of(each.piece), each.to) for each in self.offers())
        return {choice_of(chosen.case_id, chosen.role): to for chosen, to in found}
