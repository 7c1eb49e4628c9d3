"""The referrer's own pages: what became of each referral, and a new one."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field
from pydantic_core import to_json

from contracts.agency import FieldError, ReferralAcknowledged, ReferralProgressed, ReferralRejected
from contracts.catalogue import AGENCIES, INSATSER, Agency
from contracts.codes import Member, Role, Sex
from contracts.events import local_date
from contracts.problems import Forbidden, NotFound
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Text
from services.chassis.log import read_log
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.referral import referrer_store
from services.referral.domain import feedback
from services.referral.domain.case import CaseFile, CaseState
from services.referral.domain.return_reasons import return_reasons
from services.referral.intake import InboundRecord, Intake, file_field
from services.referral.referrer_store import OwnReferral
from services.referral.vault import Vault

_SHOWN: Final = 50
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_FORGOTTEN: Final = "avidentifierad"

_STATES: Final[Mapping[CaseState, str]] = {
    CaseState.WAITING: "väntar på svar",
    CaseState.ACCEPTED: "antagen",
    CaseState.STARTED: "deltar i insatsen",
    CaseState.RETURNED: "återremitterad",
    CaseState.CLOSED: "har slutat i insatsen",
}

_Line = Annotated[Text, Field(max_length=200)]
_Referrer = Annotated[User, Depends(signed_in(Role.AGENCY))]


class NewReferral(BaseModel):
    """The form as it was filled in. What is wrong with it the intake says, as for every other way in."""

    message_id: _Line
    reference: _Line = ""
    insats: _Line = ""
    unit: _Line = ""
    officer: _Line = ""
    officer_email: Annotated[Text, Field(max_length=254)] = ""
    officer_phone: _Line = ""
    identity_number: Annotated[_Line, Field(repr=False)] = ""
    given_name: Annotated[_Line, Field(repr=False)] = ""
    family_name: Annotated[_Line, Field(repr=False)] = ""
    sex: _Line = ""
    phone: Annotated[_Line, Field(repr=False)] = ""
    needs: Annotated[list[_Line], Field(max_length=10)] = []
    choice: _Line = ""
    stated_on: _Line = ""
    referred_on: _Line = ""

    def message(self, agency: Agency) -> bytes:
        """The same message that the agency's own system would have sent. A field left empty is not in it."""
        person = {
            "identity_number": _digits(self.identity_number),
            "given_name": self.given_name,
            "family_name": self.family_name,
            "sex": self.sex,
            "phone": self.phone,
        }
        officer = {"name": self.officer, "email": self.officer_email, "phone": self.officer_phone}
        data = {
            "reference": self.reference,
            "insats": self.insats,
            "referred_on": self.referred_on,
            "referrer": {"unit": self.unit, "officer": _filled(officer)},
            "person": _filled(person),
            "needs": self.needs,
            "consent": _filled({"choice": self.choice, "stated_on": self.stated_on}),
        }
        return to_json(
            {
                "specversion": "1.0",
                "id": self.message_id,
                "source": f"urn:agency:{agency.id}:form",
                "type": "ReferralSubmitted",
                "data": _filled(data),
            }
        )


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value != ""}


def _digits(number: str) -> str:
    """People write a hyphen before the last four, and spaces."""
    return number.replace("-", "").replace(" ", "")


# The form's field for each field of the message that an error may name.
_FIELDS: Final[Mapping[str, str]] = {
    "data.reference": "reference",
    "data.insats": "insats",
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
    "data.needs": "needs",
    "data.consent.choice": "choice",
    "data.consent.stated_on": "stated_on",
}


def referrer_router(vault: Vault, intake: Intake) -> APIRouter:
    """The pages under /mina-anmalningar."""
    router = APIRouter(prefix="/mina-anmalningar", include_in_schema=False)

    @router.get("")
    async def mine(request: Request, runtime: RuntimeOf, user: _Referrer, efter: UUID | None = None) -> Response:
        agency = _agency_of(user)
        async with runtime.pool.acquire() as connection:
            rows = await referrer_store.newest(connection, agency.id, _SHOWN + 1, efter)
        shown = rows[:_SHOWN]
        values = {
            "rows": [{**_values(vault, row), "days": _days(runtime, row.referred_on)} for row in shown],
            "agency": agency.name,
            "next": shown[-1].case_id if len(rows) > _SHOWN else None,
            "first_page": efter is None,
        }
        return _PAGES.page(request, "my_referrals.html", values)

    @router.get("/ny")
    async def new(request: Request, runtime: RuntimeOf, user: _Referrer) -> Response:
        today = local_date(runtime.clock.now()).isoformat()
        empty = NewReferral(message_id=str(uuid4()), referred_on=today, stated_on=today)
        return _form(request, runtime, _agency_of(user), empty, (), status=200)

    @router.post("/ny")
    async def refer(
        request: Request, runtime: RuntimeOf, user: _Referrer, filled: Annotated[NewReferral, Form()]
    ) -> Response:
        agency = _agency_of(user)
        async with runtime.unit(user.actor) as unit:
            record = InboundRecord(filled.message(agency), place=None)
            [receipt] = await intake.ingest(unit, agency, [record])
        if isinstance(receipt.data, ReferralAcknowledged):
            return RedirectResponse(f"/mina-anmalningar/{receipt.data.case_id}?mottagen=1", status_code=303)
        # The id has been used for the message that was refused; what is sent once it has been mended is another one.
        again = filled.model_copy(update={"message_id": str(uuid4())})
        errors = receipt.data.errors if isinstance(receipt.data, ReferralRejected) else ()
        return _form(request, runtime, agency, again, errors, status=422)

    @router.get("/{case_id}")
    async def one(
        request: Request, runtime: RuntimeOf, user: _Referrer, case_id: UUID, mottagen: bool = False
    ) -> Response:
        values = await _course(runtime, vault, _agency_of(user), case_id)
        return _PAGES.page(request, "my_referral.html", {**values, "acknowledged": mottagen})

    @router.get("/{case_id}/forlopp")
    async def course(
        request: Request, runtime: RuntimeOf, user: _Referrer, case_id: UUID, shown: _Line = ""
    ) -> Response:
        """What became of it, for an open page; nothing while it is what is shown."""
        values = await _course(runtime, vault, _agency_of(user), case_id)
        if shown == values["mark"]:
            return Response(status_code=204)
        return _PAGES.page(request, "my_referral_course.html", values)

    return router


def _agency_of(user: User) -> Agency:
    agency = AGENCIES.get(user.agency or "")
    if agency is None:
        raise Forbidden("no_agency", "Ditt konto hör inte till någon myndighet som anmäler.")
    return agency


async def _course(runtime: Runtime, vault: Vault, agency: Agency, case_id: UUID) -> dict[str, Any]:
    async with runtime.pool.acquire() as connection:
        row = await referrer_store.one(connection, agency.id, case_id)
        if row is None:
            raise NotFound("referral_unknown", "Er myndighet har ingen sådan anmälan.")
        steps = feedback.course(await read_log(connection, feedback.stream_of(case_id)))
    reasons = _reasons(row, steps)
    return {
        **_values(vault, row),
        "agency": agency.name,
        "days": _days(runtime, row.referred_on),
        "steps": [{"step": step, "reason": reasons.get(step.reason or "")} for step in steps],
        "mark": f"{len(steps)} {row.state} {row.position} {row.queued}",
    }


def _values(vault: Vault, row: OwnReferral) -> dict[str, Any]:
    insats = INSATSER.get(row.insats)
    return {
        "case_id": row.case_id,
        "reference": _reference(vault, row),
        "insats": row.insats if insats is None else insats.name,
        "unit": _unit_name(row.unit),
        "referred_on": row.referred_on,
        "waits": row.state is CaseState.WAITING,
        "state": _STATES[row.state],
        "since": row.state_since,
        "position": row.position,
        "queued": row.queued,
    }


def _reference(vault: Vault, row: OwnReferral) -> str:
    if row.wrapped_key is None or row.sealed is None:
        return _FORGOTTEN
    opened = vault.key(row.person_id, row.wrapped_key).open(file_field(row.case_id), row.sealed)
    return CaseFile.model_validate_json(opened).reference


def _unit_name(unit_id: str) -> str:
    names = (unit.name for agency in AGENCIES.values() for unit in agency.units if unit.id == unit_id)
    return next(names, unit_id)


def _reasons(row: OwnReferral, steps: Iterable[ReferralProgressed]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for step in steps:
        found |= return_reasons(INSATSER.get(row.insats), step.happened_on)
    return found


def _days(runtime: Runtime, since: date) -> int:
    return (local_date(runtime.clock.now()) - since).days


def _form(
    request: Request,
    runtime: Runtime,
    agency: Agency,
    filled: NewReferral,
    errors: Iterable[FieldError],
    *,
    status: int,
) -> Response:
    wrong: dict[str, list[str]] = {}
    for error in errors:
        wrong.setdefault(_field_of(error.field), []).append(error.message)
    today = local_date(runtime.clock.now())
    rules = {insats.id: insats.rule_on(today) for insats in INSATSER.values()}
    values = {
        "filled": filled,
        "wrong": wrong,
        "agency": agency,
        "insatser": [each for each in INSATSER.values() if (rule := rules[each.id]) and rule.takes_referrals],
        "members": list(Member),
        "sexes": list(Sex),
    }
    return _PAGES.page(request, "new_referral.html", values, status=status)


def _field_of(named: str) -> str:
    """The form's field that an error is about: the nearest that the message's field is, or is part of."""
    while named:
        if named in _FIELDS:
            return _FIELDS[named]
        named = named.rpartition(".")[0]
    return ""
