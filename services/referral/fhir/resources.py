"""What is answered: a referral as ServiceRequest and Task, a page of Tasks, and what this interface can do.

Everything is said by the agency's own reference and with nothing about the person: the course is the one on the
agency's outbox, so what consent keeps back there is not here either.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from contracts.agency import BookedMeeting, ReferralProgressed
from contracts.catalogue import AGENCIES, INSATSER
from contracts.events import STOCKHOLM
from contracts.labels import label
from services.referral.domain.return_reasons import return_reasons
from services.referral.domain.task import TaskState, request_status, task_state
from services.referral.fhir.elements import INSATS, OUTPUT, RETURN_REASON, STEP, UNIT, system_of
from services.referral.fhir.outcome import FHIR_JSON
from services.referral.referrer_store import OwnReferral

Resource = dict[str, Any]

WAITS: Final = ("waiting", "väntar på svar")
"""The business status before the first step."""

_SUBSETTED: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
_MASKED: Final = {
    "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
    "valueCode": "masked",
}


@dataclass(frozen=True)
class Followed:
    """A referral as its agency follows it. ``changed``: when the last step was written."""

    row: OwnReferral
    agency: str
    reference: str
    course: Sequence[ReferralProgressed]
    changed: datetime

    @property
    def identifier(self) -> Resource:
        """The agency's own reference."""
        return {"system": system_of(self.agency), "value": self.reference}

    @property
    def request_reference(self) -> Resource:
        """Refers to the ServiceRequest."""
        return {
            "reference": f"ServiceRequest/{self.row.case_id}",
            "type": "ServiceRequest",
            "identifier": self.identifier,
        }


def service_request(followed: Followed) -> Resource:
    """What is kept of the ServiceRequest and may be said again: no person, no officer."""
    row = followed.row
    return {
        "resourceType": "ServiceRequest",
        "id": str(row.case_id),
        "meta": {"tag": [_SUBSETTED]},
        "identifier": [followed.identifier],
        "status": request_status(task_state(followed.course).status),
        "intent": "order",
        "code": _concept(INSATS, row.insats, _insats_name(row.insats)),
        "subject": {"type": "Patient", "extension": [_MASKED]},
        "authoredOn": row.referred_on.isoformat(),
        "requester": _unit(row.unit),
    }


def task(followed: Followed) -> Resource:
    """The Task: where the referral stands, by which steps it came there, and its place in the queue."""
    row = followed.row
    state = task_state(followed.course)
    code, text = WAITS if state.step is None else (state.step.value, label(state.step))
    optional = {
        "statusReason": _status_reason(row, state),
        "executionPeriod": _period(state.started_on, state.ended_on),
        "output": [*_steps(followed.course), *_queue(row)],
    }
    return {
        "resourceType": "Task",
        "id": str(row.case_id),
        "identifier": [followed.identifier],
        "basedOn": [followed.request_reference],
        "focus": followed.request_reference,
        "status": state.status.value,
        "businessStatus": _concept(STEP, code, text),
        "intent": "order",
        "code": _concept("http://hl7.org/fhir/CodeSystem/task-code", "fulfill", "Fulfill the focal request"),
        "description": _insats_name(row.insats),
        "authoredOn": _moment(row.received_at),
        "lastModified": _moment(followed.changed),
        "requester": _unit(row.unit),
        **{name: value for name, value in optional.items() if value},
    }


def searchset(tasks: Iterable[Resource], links: Mapping[str, str], base: str, total: int | None) -> Resource:
    """A page of Tasks. ``links``: by relation; ``base``: the absolute address that the Tasks lie under."""
    entries = [
        {"fullUrl": f"{base}/Task/{each['id']}", "resource": each, "search": {"mode": "match"}} for each in tasks
    ]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        **({} if total is None else {"total": total}),
        "link": [{"relation": relation, "url": url} for relation, url in links.items()],
        **({"entry": entries} if entries else {}),
    }


def _concept(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _insats_name(insats_id: str) -> str:
    insats = INSATSER.get(insats_id)
    return insats_id if insats is None else insats.name


def _unit(unit_id: str) -> Resource:
    names = (unit.name for agency in AGENCIES.values() for unit in agency.units if unit.id == unit_id)
    return {
        "type": "Organization",
        "identifier": {"system": UNIT, "value": unit_id},
        "display": next(names, unit_id),
    }


def _status_reason(row: OwnReferral, state: TaskState) -> Resource | None:
    """Why it was returned, where the person consents to reasons leaving this service."""
    if state.returned is None or state.returned.reason is None:
        return None
    code = state.returned.reason
    known = return_reasons(INSATSER.get(row.insats), state.returned.happened_on)
    return _concept(RETURN_REASON, code, known.get(code, code))


def _period(start: date | None, end: date | None) -> Resource:
    days = {"start": start, "end": end}
    return {name: day.isoformat() for name, day in days.items() if day is not None}


def _steps(course: Iterable[ReferralProgressed]) -> Iterable[Resource]:
    for step in course:
        yield {
            "type": _concept(STEP, step.step.value, label(step.step)),
            "valueDate": step.happened_on.isoformat(),
        }
        if step.meeting is not None:
            yield {
                "type": _concept(OUTPUT, "meeting", f"mötet är: {label(step.meeting.mode)}"),
                "valueDateTime": _meets(step.meeting),
            }


def _meets(meeting: BookedMeeting) -> str:
    if meeting.starts_at is None:
        return meeting.meets_on.isoformat()
    return datetime.combine(meeting.meets_on, meeting.starts_at, STOCKHOLM).isoformat()


def _queue(row: OwnReferral) -> Iterable[Resource]:
    for code, text, number in (
        ("queue-position", "plats i kön", row.position),
        ("queue-length", "antal i kön", row.queued),
    ):
        if number is not None:
            yield {"type": _concept(OUTPUT, code, text), "valueInteger": number}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def capability_statement() -> Resource:
    """What this interface can do, for a client that asks before anything else."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-25",
        "kind": "instance",
        "software": {"name": "Samspel"},
        "implementation": {
            "description": "Referrals to the insatser of a coordination association (samordningsförbund)"
        },
        "fhirVersion": "4.0.1",
        "format": [FHIR_JSON],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Bearer token of an agency. An agency sees its own referrals only."},
                "resource": [_CAPABLE_OF_REQUESTS, _CAPABLE_OF_TASKS],
            }
        ],
    }


_CAPABLE_OF_REQUESTS: Final = {
    "type": "ServiceRequest",
    "interaction": [{"code": "create"}, {"code": "read"}],
    "versioning": "no-version",
    "referencePolicy": ["local"],
    "documentation": "Patient, PractitionerRole and Consent are contained. The same identifier with the same content "
    "again answers 200 with the same ServiceRequest.",
}
_CAPABLE_OF_TASKS: Final = {
    "type": "Task",
    "interaction": [{"code": "read"}, {"code": "search-type"}],
    "versioning": "no-version",
    "searchParam": [
        {
            "name": "identifier",
            "type": "token",
            "documentation": "The agency's reference, of a posted ServiceRequest.",
        },
        {"name": "based-on", "type": "reference"},
    ],
}
