"""Refusals as FHIR says them: an OperationOutcome with an issue for each thing that is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi.responses import JSONResponse

from contracts.agency import FieldError, RejectionCode
from contracts.problems import (
    BodyTooLarge,
    ContentTypeNotSupported,
    Forbidden,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    NotSignedIn,
    Refused,
)
from services.referral.fhir.elements import REJECTION

FHIR_JSON: Final = "application/fhir+json"


class FhirAnswer(JSONResponse):
    """A resource."""

    media_type = FHIR_JSON


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong. ``type``: R4's issue-type; ``text``: Swedish, what to do, never what was sent.

    ``expression``: the element, in the simple FHIRPath that R4 asks for; empty for the whole. ``code``: the intake's.
    """

    type: str
    text: str
    expression: str = ""
    code: str = ""


class NotTakenIn(Exception):
    """What was sent is not taken in. ``status``: of HTTP."""

    def __init__(self, status: int, issues: Sequence[Issue]) -> None:
        super().__init__(status)
        self.status = status
        self.issues = tuple(issues)


class Gone(Refused):
    """It was here, and has been erased."""

    status = 410


def outcome(status: int, issues: Sequence[Issue], headers: Mapping[str, str] | None = None) -> FhirAnswer:
    """The answer with an OperationOutcome."""
    body = {"resourceType": "OperationOutcome", "issue": [_issue(each) for each in issues]}
    return FhirAnswer(body, status_code=status, headers=dict(headers or {}))


def _issue(issue: Issue) -> dict[str, Any]:
    coding = [{"system": REJECTION, "code": issue.code}] if issue.code else []
    return {
        "severity": "error",
        "code": issue.type,
        "details": {**({"coding": coding} if coding else {}), "text": issue.text},
        **({"expression": [issue.expression]} if issue.expression else {}),
    }


def of_refusal(refused: Refused, headers: Mapping[str, str] | None = None) -> FhirAnswer:
    """A refusal of Samspel's own as an OperationOutcome, with the same status."""
    issue = Issue(_OF_REFUSAL.get(type(refused), "processing"), refused.message)
    sign_in = {"www-authenticate": "Bearer"} if isinstance(refused, NotSignedIn) else {}
    return outcome(refused.status, [issue], {**sign_in, **(headers or {})})


_OF_REFUSAL: Final[Mapping[type[Refused], str]] = {
    BodyTooLarge: "too-long",
    ContentTypeNotSupported: "not-supported",
    Forbidden: "forbidden",
    Gone: "deleted",
    MethodNotAllowed: "not-supported",
    NotAcceptable: "not-supported",
    NotFound: "not-found",
    NotSignedIn: "login",
}


def of_error(error: FieldError, expression: str) -> Issue:
    """An error of the intake, at the element that the field was read from."""
    return Issue(ISSUE_TYPES[error.code], error.message, expression, error.code)


ISSUE_TYPES: Final[Mapping[RejectionCode, str]] = {
    RejectionCode.NOT_JSON: "structure",
    RejectionCode.NOT_A_CLOUD_EVENT: "structure",
    RejectionCode.TOO_LARGE: "too-long",
    RejectionCode.MISSING: "required",
    RejectionCode.MALFORMED: "value",
    RejectionCode.UNKNOWN_FIELD: "structure",
    RejectionCode.UNKNOWN_CODE: "code-invalid",
    RejectionCode.UNKNOWN_INSATS: "code-invalid",
    RejectionCode.REFERRER_NOT_ADMITTED: "business-rule",
    RejectionCode.UNKNOWN_REFERRER: "code-invalid",
    RejectionCode.IDENTITY_NUMBER_INVALID: "value",
    RejectionCode.IDENTITY_NUMBER_NOT_ALLOWED: "business-rule",
    RejectionCode.REFERENCE_IS_AN_IDENTITY: "business-rule",
    RejectionCode.MESSAGE_ID_REUSED: "duplicate",
    RejectionCode.DATE_IN_THE_FUTURE: "business-rule",
    RejectionCode.DATE_TOO_OLD: "business-rule",
    RejectionCode.INSATS_NOT_OPEN: "business-rule",
    RejectionCode.INTAKE_PAUSED: "business-rule",
    RejectionCode.TOO_YOUNG: "business-rule",
    RejectionCode.TOO_OLD: "business-rule",
    RejectionCode.TOO_FEW_MEMBERS: "business-rule",
    RejectionCode.GUARDIAN_NOT_ASKED: "business-rule",
    RejectionCode.DUPLICATE_OF_OPEN_REFERRAL: "duplicate",
}
"""R4's issue-type for each of the intake's codes."""
