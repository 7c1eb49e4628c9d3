"""A referral as it is filled in by people: in the form, or as a row of a spreadsheet."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends
from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import to_json

from contracts.catalogue import AGENCIES, INSATSER, Agency
from contracts.codes import Role
from contracts.problems import Forbidden
from services.chassis.auth import User
from services.chassis.http import signed_in
from services.chassis.inputs import Text, wrong

Line = Annotated[Text, Field(max_length=200)]
Referrer = Annotated[User, Depends(signed_in(Role.AGENCY))]
_DOOR: Final = ":"
_BETWEEN: Final = re.compile(r"[\s,;]+")


def _yes_or_nothing(text: str) -> str:
    if text not in {"", "yes"}:
        raise wrong("yes_or_no", "Svara ja eller nej.")
    return text


YesOrNothing = Annotated[Text, AfterValidator(_yes_or_nothing)]
"""A box that is ticked or not."""


class NewReferral(BaseModel):
    """The form as it was filled in. What is wrong with it the intake says, as for every other way in.

    ``insats``: what is sought, one of :func:`targets`.
    """

    message_id: Line
    draft_id: Line = ""
    reference: Line = ""
    insats: Line = ""
    unit: Line = ""
    officer: Line = ""
    officer_email: Annotated[Text, Field(max_length=254)] = ""
    officer_phone: Line = ""
    identity_number: Annotated[Line, Field(repr=False)] = ""
    given_name: Annotated[Line, Field(repr=False)] = ""
    family_name: Annotated[Line, Field(repr=False)] = ""
    sex: Line = ""
    phone: Annotated[Line, Field(repr=False)] = ""
    needs: Annotated[list[Line], Field(max_length=10)] = []
    priorities: Annotated[list[Line], Field(max_length=10)] = []
    choice: Line = ""
    stated_on: Line = ""
    referred_on: Line = ""
    protected: YesOrNothing = ""
    readers: Line = ""

    @property
    def draft(self) -> UUID | None:
        """The draft that the form continues, if any."""
        try:
            return UUID(self.draft_id)
        except ValueError:
            return None

    @property
    def day(self) -> date | None:
        """The day of referral, where it is one."""
        try:
            return date.fromisoformat(self.referred_on)
        except ValueError:
            return None

    def message(self, agency: Agency) -> bytes:
        """The same message that the agency's own system would have sent. A field left empty is not in it."""
        person = {
            "identity_number": digits(self.identity_number),
            "given_name": self.given_name,
            "family_name": self.family_name,
            "sex": self.sex,
            "phone": self.phone,
            "protected_identity": protection(self.protected, self.readers),
        }
        officer = {"name": self.officer, "email": self.officer_email, "phone": self.officer_phone}
        insats, _, door = self.insats.partition(_DOOR)
        data = {
            "reference": self.reference,
            "insats": insats,
            "door": door,
            "referred_on": self.referred_on,
            "referrer": {"unit": self.unit, "officer": filled_in(officer)},
            "person": filled_in(person),
            "needs": self.needs,
            "priorities": self.priorities or "",
            "consent": filled_in({"choice": self.choice, "stated_on": self.stated_on}),
        }
        return to_json(
            {
                "specversion": "1.0",
                "id": self.message_id,
                "source": f"urn:agency:{agency.id}:form",
                "type": "ReferralSubmitted",
                "data": filled_in(data),
            }
        )


def targets(today: date) -> dict[str, str]:
    """What can be sought by a referral today, with its name: each insats, and its doors that lead straight to a
    meeting of another one."""
    found: dict[str, str] = {}
    for insats in INSATSER.values():
        rule = insats.rule_on(today)
        if rule is None or not rule.takes_referrals:
            continue
        found[insats.id] = insats.name
        found |= {f"{insats.id}{_DOOR}{door.id}": insats.door_name(door.id) for door in rule.shortcuts}
    return found


def targets_by_name() -> dict[str, str]:
    """What was ever to be sought, by the name that :func:`targets` gives it."""
    names = {insats.name: insats.id for insats in INSATSER.values()}
    doors = ((insats, door) for insats in INSATSER.values() for rule in insats.versions for door in rule.shortcuts)
    return names | {insats.door_name(door.id): f"{insats.id}{_DOOR}{door.id}" for insats, door in doors}


def protection(protected: str, readers: str = "") -> dict[str, Any] | str:
    """A protected person's part of the message; empty for others. ``readers``: user ids as people write them."""
    return {"readers": user_ids(readers)} if protected else ""


def user_ids(text: str) -> list[str]:
    """User ids in a line, with commas or spaces between them."""
    return list(dict.fromkeys(each for each in _BETWEEN.split(text) if each))


def filled_in(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were not left empty."""
    return {name: value for name, value in fields.items() if value != ""}


def digits(number: str) -> str:
    """People write a hyphen before the last four, and spaces."""
    return number.replace("-", "").replace(" ", "")


# The form's field for each field of the message that an error may name.
_FIELDS: Final[Mapping[str, str]] = {
    "data.reference": "reference",
    "data.insats": "insats",
    "data.door": "insats",
    "data.referred_on": "referred_on",
    "data.referrer.unit": "unit",
    "data.referrer.officer.name": "officer",
    "data.referrer.officer.email": "officer_email",
    "data.referrer.officer.phone": "officer_phone",
    "data.person.identity_number": "identity_number",
    "data.person.given_name": "given_name",
    "data.person.family_name": "family_name",
    "data.person.sex": "sex",
    "data.person.phone": "phone",
    "data.person.protected_identity": "protected",
    "data.person.protected_identity.readers": "readers",
    "data.needs": "needs",
    "data.priorities": "priorities",
    "data.consent.choice": "choice",
    "data.consent.stated_on": "stated_on",
}


def agency_of(user: User) -> Agency:
    """The agency that a referrer refers for. Raises Forbidden."""
    agency = AGENCIES.get(user.agency or "")
    if agency is None:
        raise Forbidden("no_agency", "Ditt konto hör inte till någon myndighet som anmäler.")
    return agency


def field_of(named: str) -> str:
    """The form's field that an error is about: the nearest that the message's field is, or is part of."""
    while named:
        if named in _FIELDS:
            return _FIELDS[named]
        named = named.rpartition(".")[0]
    return ""
