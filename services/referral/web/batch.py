"""Many referrals at once from a spreadsheet: every row is taken in, or none, with a verdict for each."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final
from uuid import NAMESPACE_OID, uuid5

from fastapi import APIRouter, Request, Response, UploadFile
from fastapi.params import File
from pydantic import ValidationError

from contracts.agency import FieldError, ReferralAcknowledged, ReferralRejected
from contracts.catalogue import Agency
from contracts.codes import Member, Sex
from contracts.events import AnyEvent
from contracts.labels import label
from contracts.problems import Invalid
from services.chassis.auth import User
from services.chassis.http import RuntimeOf
from services.chassis.inputs import errors_of
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.chassis.spreadsheet import MOST_ROWS, SheetRow
from services.referral import spreadsheet
from services.referral.intake import InboundRecord, Intake
from services.referral.web.new_referral import NewReferral, Referrer, agency_of, field_of, targets_by_name

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_COLUMN_OF: Final = {field: column for column, field in spreadsheet.COLUMNS.items()}
_ANSWERS: Final = {"ja": "given", "nej": "refused"}
_PROTECTED: Final = {"ja": "yes", "nej": ""}


@dataclass(frozen=True)
class Verdict:
    """What the intake says of a row. ``case_id``: None unless it was taken in. ``errors``: column and message."""

    number: int
    reference: str
    case_id: str | None
    repeated: bool
    errors: Sequence[tuple[str, str]]


class _NotAllInOrder(Exception):
    """A row was refused, so what the others had led to is rolled back."""

    def __init__(self, receipts: Sequence[AnyEvent]) -> None:
        super().__init__()
        self.receipts = receipts


def _require_all_in_order(receipts: Sequence[AnyEvent]) -> None:
    if any(isinstance(receipt.data, ReferralRejected) for receipt in receipts):
        raise _NotAllInOrder(receipts)


def batch_router(intake: Intake) -> APIRouter:
    """The pages under /mina-anmalningar/fil."""
    router = APIRouter(prefix="/mina-anmalningar/fil", include_in_schema=False)

    @router.get("")
    async def choose(request: Request, user: Referrer) -> Response:
        return _page(request, agency_of(user))

    @router.get("/mall.csv")
    async def template(user: Referrer) -> Response:
        agency_of(user)
        headers = {"content-disposition": 'attachment; filename="anmalningar.csv"'}
        return Response(spreadsheet.template(), media_type="text/csv", headers=headers)

    @router.post("")
    async def refer(
        request: Request, runtime: RuntimeOf, user: Referrer, file: Annotated[UploadFile, File()]
    ) -> Response:
        agency = agency_of(user)
        content = await file.read()
        try:
            # Unpacking and reading take too long for the loop, which also keeps the sign-ins and the group alive.
            rows = await asyncio.to_thread(spreadsheet.read_sheet, content)
        except Invalid as refused:
            return _page(request, agency, refused=refused.message, status=422)
        filled = [_filled(row, agency, content) for row in rows]
        unfit = [each for each in filled if isinstance(each, Verdict)]
        if unfit:
            return _page(request, agency, verdicts=unfit, status=422)
        messages = [each.message(agency) for each in filled if isinstance(each, NewReferral)]
        return await _ingested(request, runtime, user, agency, rows, messages)

    async def _ingested(
        request: Request,
        runtime: Runtime,
        user: User,
        agency: Agency,
        rows: Sequence[SheetRow],
        messages: Sequence[bytes],
    ) -> Response:
        records = [InboundRecord(message, None, user.id) for message in messages]
        try:
            async with runtime.unit(user.actor) as unit:
                receipts = await intake.ingest(unit, agency, records)
                _require_all_in_order(receipts)
        except _NotAllInOrder as refused:
            return _page(request, agency, verdicts=_verdicts(rows, refused.receipts), status=422)
        return _page(request, agency, verdicts=_verdicts(rows, receipts), taken_in=True)

    return router


def _page(
    request: Request,
    agency: Agency,
    *,
    verdicts: Sequence[Verdict] = (),
    refused: str = "",
    taken_in: bool = False,
    status: int = 200,
) -> Response:
    values = {
        "agency": agency,
        "columns": list(spreadsheet.COLUMNS),
        "optional": spreadsheet.OPTIONAL,
        "most": MOST_ROWS,
        "refused": refused,
        "verdicts": verdicts,
        "wrong": [each for each in verdicts if each.errors],
        "taken_in": taken_in,
    }
    return _PAGES.page(request, "referral_batch.html", values, status=status)


def _filled(row: SheetRow, agency: Agency, content: bytes) -> NewReferral | Verdict:
    """The form that the row fills in; a verdict where it cannot even be that."""
    cells = dict(row.cells)
    # The same file again is the same messages again: each gets its first answer.
    message_id = uuid5(NAMESPACE_OID, f"{agency.id} {sha256(content).hexdigest()} {row.number}")
    try:
        return NewReferral(
            **{
                **cells,
                "message_id": f"fil-{message_id}",
                "insats": _by_name(cells.get("insats", ""), targets_by_name()),
                "unit": _by_name(cells.get("unit", ""), {each.name: each.id for each in agency.units}),
                "sex": _by_name(cells.get("sex", ""), {label(each): each.value for each in Sex}),
                "choice": _by_name(cells.get("choice", ""), _ANSWERS),
                "needs": _needs(cells.get("needs", "")),
                "protected": _by_name(cells.get("protected", ""), _PROTECTED),
            }
        )
    except ValidationError as error:
        found = errors_of([{**each, "loc": ("body", *each["loc"])} for each in error.errors()])
        return Verdict(row.number, "", None, False, [(_column(each["field"]), each["message"]) for each in found])


def _needs(cell: str) -> list[str]:
    names = {label(member): member.value for member in Member}
    return [_by_name(each.strip(), names) for each in cell.split(",") if each.strip()]


def _by_name(written: str, names: Mapping[str, str]) -> str:
    """The code of a name, however it is capitalised; what is no name is taken for the code itself."""
    by_name = {name.casefold(): code for name, code in names.items()}
    return by_name.get(written.casefold(), written)


def _verdicts(rows: Sequence[SheetRow], receipts: Sequence[AnyEvent]) -> list[Verdict]:
    return [_verdict(row, receipt) for row, receipt in zip(rows, receipts, strict=True)]


def _verdict(row: SheetRow, receipt: AnyEvent) -> Verdict:
    reference = row.cells.get("reference", "")
    match receipt.data:
        case ReferralAcknowledged(case_id=case_id, repeated=repeated):
            return Verdict(row.number, reference, str(case_id), repeated, ())
        case ReferralRejected(errors=errors):
            return Verdict(row.number, reference, None, False, [_said(error) for error in errors])
        case _:
            raise TypeError(f"{receipt.type} is no receipt")


def _said(error: FieldError) -> tuple[str, str]:
    return _column(field_of(error.field)), error.message


def _column(field: str) -> str:
    return _COLUMN_OF.get(field.partition(".")[0], "Raden")
