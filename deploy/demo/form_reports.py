"""Reports of project leaders on their association's form, written and signed when a year has been played."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.codes import Role
from deploy.demo.lives import Json
from deploy.demo.office import Office

_PLACE: Final = "/api/reporting/form-reports"
_TEXT: Final = "Exempeltext i demonstrationen: här skriver projektledaren sitt svar med egna ord."


@dataclass(frozen=True)
class DemoReport:
    """A report of a play. ``known_on``: its cut-off, a day that is over when the year has been played."""

    form: str
    insats: str
    period: str
    known_on: date


async def sign(office: Office, report: DemoReport) -> None:
    """Writes what has to be answered, and signs. A play that goes on finds it signed."""
    asked: Json = {
        "form": report.form,
        "insats": report.insats,
        "period": report.period,
        "known_on": report.known_on.isoformat(),
    }
    begun = await office.post(Role.PROJECT_LEADER, _PLACE, asked)
    if begun["revisions"]:
        return
    place = f"{_PLACE}/{begun['report_id']}"
    draft = await office.get(Role.PROJECT_LEADER, f"{place}/draft")
    texts = [
        {"field": each["field"], "text": _TEXT, "version": each["version"]}
        for each in draft["fields"]
        if each["field"] in draft["missing"]
    ]
    if texts:
        await office.post(Role.PROJECT_LEADER, f"{place}/texts", {"texts": texts})
    ready = await office.get(Role.PROJECT_LEADER, f"{place}/draft")
    await office.post(Role.PROJECT_LEADER, f"{place}/signatures", {"draft_sha256": ready["draft_sha256"]})
