#!/usr/bin/env python3
"""Refer a person to an insats by FHIR R4, as health care's own system would, and follow the Task.

Stands on its own: it needs `pip install fhir.resources httpx` and nothing else of Samspel. The person is invented: a
birth number in 980-999 is never given to anybody. Against `make demo`, with the token that
`.venv/bin/samspel login --role agency --agency region-stockholm` prints:

    export SAMSPEL_TOKEN=...
    .venv/bin/python examples/fhir_client.py
    .venv/bin/python examples/fhir_client.py --follow REM-9d5ef7a4

Ends with 0 if the referral was taken in, 1 if it was refused, 2 if nobody answered.
"""

import argparse
import asyncio
import os
import random
import sys
import uuid
from datetime import date, timedelta

import httpx
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.servicerequest import ServiceRequest
from fhir.resources.R4B.task import Task

FHIR_JSON = "application/fhir+json"
PERSONNUMMER = "http://electronichealth.se/identifier/personnummer"


class FhirClient:
    """What a journal system needs of the interface: post a ServiceRequest, read its Task."""

    def __init__(self, http: httpx.AsyncClient, base: str, token: str) -> None:
        self._http = http
        self._base = base
        self._headers = {"authorization": f"Bearer {token}", "accept": FHIR_JSON}

    async def refer(self, request: ServiceRequest) -> ServiceRequest | OperationOutcome:
        """The ServiceRequest as it was taken in, or what is wrong with it. Sent again it gets the same answer."""
        body = request.model_dump_json(exclude_none=True)
        headers = {**self._headers, "content-type": FHIR_JSON}
        answer = await self._http.post(f"{self._base}/ServiceRequest", content=body, headers=headers)
        if answer.status_code in {200, 201}:
            return ServiceRequest.model_validate_json(answer.content)
        return OperationOutcome.model_validate_json(answer.content)

    async def task(self, reference: str, agency: str) -> Task | None:
        """The Task of the referral with the agency's own reference."""
        asked = {"identifier": f"urn:agency:{agency}|{reference}"}
        answer = await self._http.get(f"{self._base}/Task", params=asked, headers=self._headers)
        answer.raise_for_status()
        found = Bundle.model_validate_json(answer.content)
        return found.entry[0].resource if found.entry else None


def service_request(
    *,
    reference: str,
    identity_number: str,
    authored_on: str,
    agency: str = "region-stockholm",
    unit: str = "vardcentral-rinkeby",
    insats: str = "finsam-team",
    needs: tuple[str, ...] = ("region", "kommun"),
    gender: str = "female",
    consents: bool = True,
) -> ServiceRequest:
    """A referral with all it needs inside it: the person, who refers, and the person's answer about follow-up."""
    patient = {
        "resourceType": "Patient",
        "id": "person",
        "identifier": [{"system": PERSONNUMMER, "value": identity_number}],
        "name": [{"use": "official", "given": ["Exempel"], "family": "Exempelsson"}],
        "gender": gender,
        "telecom": [{"system": "phone", "value": "070-174 06 50"}],
    }
    referrer = {
        "resourceType": "PractitionerRole",
        "id": "referrer",
        "organization": {"identifier": {"system": "urn:samspel:unit", "value": unit}},
        "practitioner": {"display": "Exempel Läkare"},
        "telecom": [{"system": "email", "value": "lakare@example.org"}],
    }
    follow_up = {"system": "urn:samspel:consent", "code": "individual-follow-up"}
    consent = {
        "resourceType": "Consent",
        "id": "consent",
        "status": "active" if consents else "rejected",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "research"}]},
        "category": [{"coding": [follow_up]}],
        "patient": {"reference": "#person"},
        "dateTime": authored_on,
        "policy": [{"uri": "urn:samspel:consent"}],
    }
    return ServiceRequest.model_validate(
        {
            "resourceType": "ServiceRequest",
            "contained": [patient, referrer, consent],
            "identifier": [{"system": f"urn:agency:{agency}", "value": reference}],
            "status": "active",
            "intent": "order",
            "code": {"coding": [{"system": "urn:samspel:insats", "code": insats}]},
            "subject": {"reference": "#person"},
            "authoredOn": authored_on,
            "requester": {"reference": "#referrer"},
            "reasonCode": [{"coding": [{"system": "urn:samspel:member", "code": need}]} for need in needs],
            "supportingInfo": [{"reference": "#consent"}],
        }
    )


def synthetic_number() -> str:
    """A personnummer of somebody aged 20 to 60, with a birth number kept for tests."""
    born = date(1962, 1, 1) + timedelta(days=random.randrange(40 * 365))
    nine = f"{born:%y%m%d}{random.randint(980, 999)}"
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(nine)]
    check = -sum(value // 10 + value % 10 for value in doubled) % 10
    return f"{born:%Y}{nine[2:]}{check}"


def main() -> int:
    chosen = _arguments()
    request = service_request(
        reference=chosen.reference or f"REM-{uuid.uuid4().hex[:8]}",
        identity_number=chosen.identity_number or synthetic_number(),
        authored_on=chosen.authored_on.isoformat(),
        agency=chosen.agency,
        unit=chosen.unit,
        insats=chosen.insats,
        needs=tuple(chosen.needs),
        consents=chosen.consent == "given",
    )
    if chosen.print_only:
        print(request.model_dump_json(indent=2, exclude_none=True))
        return 0
    try:
        return asyncio.run(_ask(chosen, request))
    except httpx.HTTPError as error:
        print(
            f"No answer from {chosen.base}: {error}. Is `make demo` running, and SAMSPEL_TOKEN set?", file=sys.stderr
        )
        return 2


async def _ask(chosen: argparse.Namespace, request: ServiceRequest) -> int:
    async with httpx.AsyncClient(timeout=30) as http:
        client = FhirClient(http, chosen.base, chosen.token)
        return await (_follow(client, chosen) if chosen.follow else _refer(client, request))


async def _refer(client: FhirClient, request: ServiceRequest) -> int:
    answer = await client.refer(request)
    if isinstance(answer, OperationOutcome):
        for issue in answer.issue:
            print("Refused:", *(issue.expression or []), issue.details.text)
        return 1
    print("Taken in:", answer.identifier[0].value, "as ServiceRequest and Task", answer.id)
    return 0


async def _follow(client: FhirClient, chosen: argparse.Namespace) -> int:
    task = await client.task(chosen.follow, chosen.agency)
    if task is None:
        print(f"{chosen.agency} has no referral {chosen.follow} that came by FHIR.", file=sys.stderr)
        return 2
    reason = f" ({task.statusReason.text})" if task.statusReason else ""
    print(f"{task.status}: {task.businessStatus.text}{reason}")
    for each in task.output or []:
        print(" ", each.type.text, each.valueDate or each.valueDateTime or each.valueInteger)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Refer an invented person by FHIR R4, or follow the Task.")
    parser.add_argument("--base", default="http://127.0.0.1:8080/api/referral/fhir", help="default: %(default)s")
    parser.add_argument("--token", default=os.environ.get("SAMSPEL_TOKEN", ""), help="default: SAMSPEL_TOKEN")
    parser.add_argument("--agency", default="region-stockholm")
    parser.add_argument("--unit", default="vardcentral-rinkeby", help="the agency's unit that refers")
    parser.add_argument("--insats", default="finsam-team")
    parser.add_argument("--needs", nargs="+", default=["region", "kommun"], help="members whose support is needed")
    parser.add_argument("--consent", default="given", choices=("given", "refused"))
    parser.add_argument("--reference", help="the agency's own reference; made up unless said")
    parser.add_argument("--identity-number", help="twelve digits; made up unless said")
    parser.add_argument(
        "--authored-on",
        type=date.fromisoformat,
        default=date(2021, 12, 30),
        help="day of referral; the clock of `make demo` stands at the turn of 2021/22 (default: %(default)s)",
    )
    parser.add_argument("--follow", metavar="REFERENCE", help="print where a referral stands, and send nothing")
    parser.add_argument("--print-only", action="store_true", help="print the ServiceRequest and send nothing")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
