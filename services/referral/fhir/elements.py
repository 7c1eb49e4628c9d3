"""The elements of FHIR R4 that a referral is read from. Others may be there: they are not read and not kept.

A referral is posted with all it needs inside it, so a reference that is followed is one to a contained resource.
"""

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

PERSONNUMMER: Final = "http://electronichealth.se/identifier/personnummer"
SAMORDNINGSNUMMER: Final = "http://electronichealth.se/identifier/samordningsnummer"
PERSON_NUMBERS: Final = frozenset(
    {PERSONNUMMER, SAMORDNINGSNUMMER, "urn:oid:1.2.752.129.2.1.3.1", "urn:oid:1.2.752.129.2.1.3.3"}
)
"""The systems of identity numbers: those of HL7 Sweden's base profiles for R4, and the older OIDs."""

PROTECTING: Final = frozenset(
    {
        ("http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel", "sekretessmarkering"),
        ("http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel", "skyddadFolkbokforing"),
        ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "DEMO"),
        ("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R"),
        ("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "V"),
    }
)
"""Security labels of protected identity: those of HL7 Sweden's base profiles for R4, and FHIR's for what is
restricted and very restricted."""

INSATS: Final = "urn:samspel:insats"
UNIT: Final = "urn:samspel:unit"
MEMBER: Final = "urn:samspel:member"
CONSENT: Final = "urn:samspel:consent"
INDIVIDUAL_FOLLOW_UP: Final = "individual-follow-up"
STEP: Final = "urn:samspel:referral-step"
RETURN_REASON: Final = "urn:samspel:return-reason"
OUTPUT: Final = "urn:samspel:task-output"
REJECTION: Final = "urn:samspel:rejection"


def system_of(agency_id: str) -> str:
    """The system of an agency's own references."""
    return f"urn:agency:{agency_id}"


E = TypeVar("E")

Few = Annotated[list[E], Field(max_length=100)]
"""As many as a referral may have of anything: validation stops at the first that is too many."""


class _Element(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, hide_input_in_errors=True)


class Identifier(_Element):
    use: str | None = None
    system: str | None = None
    value: str | None = Field(default=None, repr=False)


class Coding(_Element):
    system: str | None = None
    code: str | None = None


class CodeableConcept(_Element):
    coding: Few[Coding] = []


class Reference(_Element):
    """``reference``: of a contained resource, ``#`` and its id."""

    reference: str | None = None
    identifier: Identifier | None = None
    display: str | None = Field(default=None, repr=False)


class HumanName(_Element):
    use: str | None = None
    text: str | None = Field(default=None, repr=False)
    family: str | None = Field(default=None, repr=False)
    given: Few[str] = Field(default=[], repr=False)


class ContactPoint(_Element):
    system: str | None = None
    value: str | None = Field(default=None, repr=False)


class Meta(_Element):
    security: Few[Coding] = []


class Patient(_Element):
    resource_type: Literal["Patient"]
    meta: Meta = Meta()
    active: Literal[True] = True
    identifier: Few[Identifier] = []
    name: Few[HumanName] = []
    gender: Literal["female", "male", "other", "unknown"] | None = None
    telecom: Few[ContactPoint] = []


class Practitioner(_Element):
    resource_type: Literal["Practitioner"]
    name: Few[HumanName] = []
    telecom: Few[ContactPoint] = []


class Organization(_Element):
    resource_type: Literal["Organization"]
    identifier: Few[Identifier] = []


class PractitionerRole(_Element):
    resource_type: Literal["PractitionerRole"]
    practitioner: Reference | None = None
    organization: Reference | None = None
    telecom: Few[ContactPoint] = []


class Provision(_Element):
    """Permits or denies, and nothing finer: an exception that is not read may not be taken for a consent."""

    model_config = ConfigDict(extra="forbid")
    type: Literal["permit", "deny"] | None = None


class Consent(_Element):
    resource_type: Literal["Consent"]
    status: Literal["active", "rejected"]
    category: Few[CodeableConcept] = []
    date_time: str | None = None
    provision: Provision | None = None


class ServiceRequest(_Element):
    resource_type: Literal["ServiceRequest"]
    meta: Meta = Meta()
    contained: Few[dict[str, Any]] = Field(default=[], repr=False)
    identifier: Few[Identifier] = []
    status: Literal["active"]
    intent: Literal["order", "original-order"]
    do_not_perform: Literal[False] = False
    code: CodeableConcept | None = None
    subject: Reference | None = None
    authored_on: str | None = None
    requester: Reference | None = None
    reason_code: Few[CodeableConcept] = []
    supporting_info: Few[Reference] = []
