"""A person's own application as it is filled in: by the person, or by somebody close to them."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import to_json

from contracts.agency import FieldError, RejectionCode, Relation
from contracts.catalogue import RELATIVE, SELF, Association
from services.chassis.inputs import Text
from services.referral.vault import Vault
from services.referral.web.new_referral import Line, YesOrNothing, digits, filled_in, protection

RELATIONS: Final[tuple[str, ...]] = get_args(Relation)
MOST_OF_A_WISH: Final = 1000

# Letters and digits that are not taken for one another when somebody reads them out on the telephone.
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def _in_one_line(sent: Any) -> Any:
    """A text area sends line breaks, which the contract takes for hidden characters."""
    return " ".join(sent.split()) if isinstance(sent, str) else sent


class OwnApplication(BaseModel):
    """The form as it was filled in. What is wrong with it the intake says, as for every other way in.

    ``relation``: ``self``, or what the one who fills it in is to the person; then ``helper`` is who that is.
    """

    message_id: Line
    insats: Line
    relation: Line = ""
    helper: Annotated[Line, Field(repr=False)] = ""
    helper_phone: Annotated[Line, Field(repr=False)] = ""
    helper_email: Annotated[Text, Field(max_length=254, repr=False)] = ""
    identity_number: Annotated[Line, Field(repr=False)] = ""
    given_name: Annotated[Line, Field(repr=False)] = ""
    family_name: Annotated[Line, Field(repr=False)] = ""
    sex: Line = ""
    phone: Annotated[Line, Field(repr=False)] = ""
    email: Annotated[Text, Field(max_length=254, repr=False)] = ""
    wish: Annotated[Text, BeforeValidator(_in_one_line), Field(max_length=2 * MOST_OF_A_WISH, repr=False)] = ""
    choice: Line = ""
    guardian: Line = ""
    protected: YesOrNothing = ""

    def message(self, association: Association, reference: str, today: date) -> bytes:
        """The message that the intake judges. A field left empty is not in it."""
        person = {
            "identity_number": digits(self.identity_number),
            "given_name": self.given_name,
            "family_name": self.family_name,
            "sex": self.sex,
            "phone": self.phone,
            "email": self.email,
            "protected_identity": protection(self.protected),
        }
        agrees = self.choice == "given" and (self.guardian != "" or self.relation == "guardian")
        consent = {"choice": self.choice, "stated_on": today.isoformat(), "guardian": agrees}
        data = {
            "reference": reference,
            "insats": self.insats,
            "referred_on": today.isoformat(),
            "referrer": self._referrer(association),
            "person": filled_in(person),
            "needs": [],
            "consent": filled_in(consent),
            "wish": self.wish.strip(),
        }
        return to_json(
            {
                "specversion": "1.0",
                "id": self.message_id,
                "source": f"urn:association:{association.id}:form",
                "type": "ReferralSubmitted",
                "data": filled_in(data),
            }
        )

    def _referrer(self, association: Association) -> dict[str, Any]:
        if self.relation == SELF:
            own = association.unit(SELF)
            return {"unit": SELF, "officer": {"name": own.name if own else SELF}}
        officer = {"name": self.helper, "email": self.helper_email, "phone": self.helper_phone}
        if self.relation not in RELATIONS:
            return {"officer": filled_in(officer)}
        return {"unit": RELATIVE, "officer": filled_in(officer), "relation": self.relation}


def reference_of(vault: Vault, message_id: str) -> str:
    """The reference on the receipt: the same for the same form, and not to be guessed from anything else."""
    number = int.from_bytes(vault.fingerprint("own reference", message_id.encode()))
    letters = ""
    for _ in range(8):
        number, nth = divmod(number, len(_LETTERS))
        letters += _LETTERS[nth]
    return f"E-{letters[:4]}-{letters[4:]}"


# The form's field for each field of the message that an error may name, and what to do where it was left empty.
_FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "data.referrer.unit": ("relation", "Välj vem som fyller i."),
    "data.referrer.officer.name": ("helper", "Skriv ditt namn."),
    "data.referrer.officer.email": ("helper_email", ""),
    "data.referrer.officer.phone": ("helper_phone", ""),
    "data.person.identity_number": ("identity_number", "Skriv personnumret med tolv siffror."),
    "data.person.given_name": ("given_name", "Skriv förnamnet."),
    "data.person.family_name": ("family_name", "Skriv efternamnet."),
    "data.person.sex": ("sex", "Välj ett svar."),
    "data.person.phone": ("phone", ""),
    "data.person.email": ("email", ""),
    "data.person.protected_identity": ("protected", ""),
    "data.wish": ("wish", ""),
    "data.consent.choice": ("choice", "Svara ja eller nej."),
    "data.consent.guardian": ("guardian", ""),
}
_LEFT_EMPTY: Final = frozenset({RejectionCode.MISSING, RejectionCode.UNKNOWN_CODE})
_USED: Final = "Du har redan skickat det här formuläret. Vill du ändra något? Säg det när insatsen hör av sig."


def said(error: FieldError) -> tuple[str, str]:
    """The form's field that an error is about, "" for the whole; and what to do, in words for the person."""
    field, empty = _FIELDS.get(error.field, ("", ""))
    if error.code is RejectionCode.MESSAGE_ID_REUSED:
        return "", _USED
    return field, empty if empty and error.code in _LEFT_EMPTY else error.message
