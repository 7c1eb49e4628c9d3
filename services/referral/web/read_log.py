"""The log of reads for the data protection officer: by person or user, in days; each look at it is written down.

What is asked is sent as a form: somebody who types a name or a number here must not have it in an address.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.codes import Role
from contracts.events import STOCKHOLM, local_date
from contracts.problems import Invalid
from services.chassis.auth import User
from services.chassis.csv_files import swedish_csv
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day, Moment, Text
from services.chassis.pages import Pages
from services.referral import birth_years, birthdays, contacts, erasure, names, search
from services.referral.read_log import MOST_EXPORTED, Question, export, look
from services.referral.read_log_store import Kind, Place, Row
from services.referral.vault import Vault

PATH: Final = "/lasloggen"
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_DAYS_AT_FIRST: Final = 30

_KINDS: Final = {
    Kind.READ: "läste",
    Kind.REFUSED: "nekades",
    Kind.SEARCH: "sökte en person",
    Kind.LOOK: "läste läsloggen",
}
_CHOICES: Final = {
    "": "Allt",
    Kind.READ: "Lästa namn",
    Kind.REFUSED: "Nekade läsningar",
    Kind.SEARCH: "Sökningar",
    Kind.LOOK: "Läsningar av loggen",
}

PURPOSES: Final = {
    names.FOR_ANOTHER_PAGE: "namnet på ett ärendes sida eller en lista utanför anmälningarna",
    names.FOR_THE_REFERRALS: "namnet i listan över anmälningar",
    search.FOR_A_SEARCH: "namnet i en sökning",
    contacts.FOR_CONTACT: "kontaktuppgifter i listan över anmälningar",
    birth_years.FOR_TELLING_APART: "födelseår, för att skilja personer med liknande namn åt",
    birthdays.FOR_THE_BIRTHDAYS: "namn och födelsedag i listan över dem som fyller år snart",
    erasure.FOR_ERASURE: "vad som finns om personen, inför avidentifiering",
    "earlier insatser of the person": "tidigare insatser",
    "name on the page of earlier insatser": "namnet på sidan om tidigare insatser",
    "name on the page of hand-backs that are not acknowledged": "namnet i listan över återförda ärenden",
    "name and answer on the page of what a referral lacks": "namn och svar på sidan om vad en anmälan saknar",
    "name in the queue to an insats": "namnet i kön till en insats",
    "name on the page of protected identity": "namnet på sidan om skyddade personuppgifter",
    "name on the page of referrals without a referrer": "namnet i listan över anmälningar utan remittent",
    "name on the page of a person's consents": "namnet på sidan om samtycken",
    "texts of a question for completion": "texterna i en fråga om komplettering",
    "exported": "och hämtade den som fil",
    "": "",
}
"""What each purpose that is written down is called. One of an earlier version is shown as it was written."""

_Officer = Annotated[User, Depends(signed_in(Role.DATA_PROTECTION))]


class Filter(BaseModel):
    """The form. ``after_at`` and the two beside it: the last row shown, when the next page is asked for."""

    model_config = ConfigDict(frozen=True)

    reference: Annotated[Text, Field(max_length=200)] = ""
    user: Annotated[Text, Field(max_length=200)] = ""
    kind: Kind | Literal[""] = ""
    first: Day
    last: Day
    after_at: Moment | None = None
    after_source: Annotated[int, Field(ge=1, le=3)] = 1
    after_number: Annotated[int, Field(ge=1, lt=2**63)] = 1

    def question(self) -> Question:
        """What is asked of the log."""
        return Question(self.reference.strip(), self.user.strip(), self.kind or None, self.first, self.last)

    def place(self) -> Place | None:
        """Where the page begins; None for the first."""
        return None if self.after_at is None else Place(self.after_at, self.after_source, self.after_number)


def read_log_pages(vault: Vault) -> APIRouter:
    """The page /lasloggen, and its rows as a file."""
    router = APIRouter(prefix=PATH, include_in_schema=False)

    @router.get("")
    async def ask(request: Request, runtime: RuntimeOf, _user: _Officer) -> Response:
        """The form alone: what is not asked for is not read."""
        today = local_date(runtime.clock.now())
        return _page(request, Filter(first=today - timedelta(days=_DAYS_AT_FIRST), last=today), {})

    @router.post("")
    async def found(
        request: Request, runtime: RuntimeOf, user: _Officer, asked: Annotated[Filter, Form()]
    ) -> Response:
        try:
            async with runtime.unit(user.actor) as unit:
                looked = await look(unit, vault, asked.question(), user, asked.place())
        except Invalid as refused:
            return _page(request, asked, {"wrong": refused}, status=refused.status)
        shown = {"groups": list(_groups(looked.rows)), "after": looked.after, "first_page": asked.after_at is None}
        return _page(request, asked, {"answered": True, **shown})

    @router.post("/fil")
    async def as_file(
        request: Request, runtime: RuntimeOf, user: _Officer, asked: Annotated[Filter, Form()]
    ) -> Response:
        try:
            async with runtime.unit(user.actor) as unit:
                rows = await export(unit, vault, asked.question(), user)
        except Invalid as refused:
            return _page(request, asked, {"wrong": refused}, status=refused.status)
        name = f"laslogg-{asked.first}-{asked.last}.csv"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(_csv(rows), media_type="text/csv", headers=headers)

    return router


def _page(request: Request, asked: Filter, values: dict[str, Any], *, status: int = 200) -> Response:
    common = {
        "asked": asked,
        "choices": _CHOICES,
        "most_exported": MOST_EXPORTED,
        "wrong": None,
        "answered": False,
        "groups": [],
        "after": None,
        "first_page": True,
    }
    return _PAGES.page(request, "read_log.html", {**common, **values}, status=status)


def _groups(rows: Sequence[Row]) -> Iterable[dict[str, Any]]:
    """The rows of one act as one: whoever opens a list reads a hundred names at a moment, for one purpose."""
    for (at, kind, user_id, purpose), same in groupby(rows, lambda row: (row.at, row.kind, row.user_id, row.purpose)):
        yield {
            "day": _local(at).date(),
            "time": f"{_local(at):%H.%M.%S}",
            "user_id": user_id,
            "what": _what(kind, purpose),
            "cases": list(dict.fromkeys(case_id for row in same for case_id in row.cases)),
        }


def _what(kind: Kind, purpose: str) -> str:
    said = f"{_KINDS[kind]} {PURPOSES.get(purpose, purpose)}".strip()
    return f"{said} (skyddade personuppgifter)" if kind is Kind.REFUSED else said


def _local(at: datetime) -> datetime:
    return at.astimezone(STOCKHOLM)


def _csv(rows: Sequence[Row]) -> bytes:
    cells = (
        (
            _local(row.at).isoformat(sep=" ", timespec="seconds"),
            row.user_id,
            _what(row.kind, row.purpose),
            " ".join(map(str, row.cases)),
        )
        for row in rows
    )
    return swedish_csv(("Tid", "Användare", "Händelse", "Ärenden"), cells)
