"""Reading reports on forms for a user: what the pages and the API both begin with."""

from uuid import UUID

from contracts.catalogue import INSATSER
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.project_leaders import require_insats
from services.chassis.runtime import Runtime
from services.reporting import filling
from services.reporting import form_report_store as reports
from services.reporting.filling import FORMS, Subject, form_gone
from services.reporting.form_report_store import BegunReport, SignedReport


async def report_seen(runtime: Runtime, user: User, report_id: UUID) -> BegunReport:
    """A report. Raises NotFound, and Forbidden for an insats that the user does not lead."""
    async with runtime.pool.acquire() as connection:
        begun = await reports.find(connection, report_id)
    if begun is None:
        raise NotFound("report_unknown", "Det finns ingen sådan rapport. Se listan över rapporter.")
    require_insats(user, begun.insats)
    return begun


async def revision_seen(runtime: Runtime, user: User, report_id: UUID, revision: int) -> tuple[SignedReport, bytes]:
    """A signed revision and its bytes. Raises NotFound, and Forbidden for an insats that the user does not lead."""
    async with runtime.pool.acquire() as connection:
        found = await reports.revision(connection, report_id, revision)
    if found is None:
        raise NotFound("report_unknown", "Det finns ingen sådan undertecknad rapport. Se listan över rapporter.")
    require_insats(user, found[0].insats)
    return found


async def revisions_of(runtime: Runtime, report_id: UUID) -> list[SignedReport]:
    """What was signed of a report, the first first."""
    async with runtime.pool.acquire() as connection:
        return (await reports.revisions(connection, [report_id])).get(report_id, [])


async def draft_of(runtime: Runtime, begun: BegunReport) -> Subject:
    """What a draft is about, counted. Raises Conflict if its form or insats is declared no more."""
    if begun.form not in FORMS or begun.insats not in INSATSER:
        raise form_gone()
    async with runtime.pool.acquire() as connection:
        return await filling.subject_of(connection, begun)
