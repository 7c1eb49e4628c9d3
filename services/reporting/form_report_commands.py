"""What is done with a report on an insats, from request to appended event."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from contracts.catalogue import INSATSER, Insats
from contracts.problems import Conflict, Invalid, NotFound
from contracts.report_forms import ReportForm
from services.chassis.unit import Unit
from services.reporting import form_report_store as reports
from services.reporting.domain import form_reports, frozen, signing
from services.reporting.domain.drafts import Saving, Sent, saving
from services.reporting.domain.form_reports import Fault
from services.reporting.domain.periods import Period
from services.reporting.filling import FORMS, Subject, form_gone
from services.reporting.form_report_store import BegunReport, SignedReport


class NotReady(Invalid):
    """A report cannot be signed yet. ``faults``: what has to be mended first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(
            "report_not_ready", "Besvara de frågor som saknar svar innan rapporten undertecknas.", faults[0].field
        )
        self.faults = faults


async def begin(unit: Unit, form: ReportForm, insats: Insats, period: Period, known_on: date) -> BegunReport:
    """Begins a report. One that was begun before stays as it is. Raises Invalid."""
    form_reports.require_reportable(form, insats, period)
    frozen.require_freezable(period, known_on, unit.today)
    report_id = form_reports.report_id(form.id, insats.id, period)
    await unit.lock(report_id)
    if (before := await reports.find(unit.conn, report_id)) is not None:
        return before
    begun = BegunReport(report_id, form.id, insats.id, period, known_on, unit.now)
    await reports.begin(unit.conn, begun)
    return begun


async def choose_day(unit: Unit, report_id: UUID, known_on: date) -> None:
    """Gives a draft another cut-off. Raises Invalid, NotFound, or Conflict for a report that is signed."""
    signing.require_draft(signing.standing(await unit.lock_and_read(report_id)))
    begun = await _begun(unit, report_id)
    frozen.require_freezable(begun.period, known_on, unit.today)
    await reports.choose_day(unit.conn, report_id, known_on)


async def save(unit: Unit, begun: BegunReport, sent: Mapping[str, Sent]) -> Saving:
    """Saves the texts of a draft that can be saved. Raises Conflict for a report that is signed, and Invalid for
    fields that it has not."""
    report_id = begun.report_id
    signing.require_draft(signing.standing(await unit.lock_and_read(report_id)))
    form, insats = FORMS.get(begun.form), INSATSER.get(begun.insats)
    if form is None or insats is None:
        raise form_gone()
    form_reports.require_fields(form, insats, sent)
    found = saving(await reports.texts(unit.conn, report_id), sent)
    if found.writes:
        await reports.write(unit.conn, report_id, found.writes, unit.now)
    return found


async def sign(unit: Unit, report_id: UUID, subject: Subject, name: str, seen: str) -> SignedReport:
    """Signs a report as it was seen: ``seen`` is the hash of the draft, ``name`` that of who signs.

    Raises NotReady with what is missing, and Conflict if the report was signed or has changed since it was seen.
    """
    stands = signing.standing(await unit.lock_and_read(report_id))
    signing.require_draft(stands)
    texts = await reports.texts(unit.conn, report_id)
    if faults := form_reports.faults(subject.questions(), texts):
        raise NotReady(faults)
    draft = subject.filled(texts)
    if form_reports.content_hash(form_reports.content(draft)) != seen:
        raise Conflict(
            "report_changed", "Rapporten har ändrats sedan du läste den. Läs den igen och underteckna sedan."
        )
    report = form_reports.signed(draft, name, subject.insats.owner, unit.today)
    fact = signing.sign(stands, report, unit.today)
    await unit.append(report_id, [fact], association=subject.insats.association)
    signed = SignedReport(
        report_id=report_id,
        revision=fact.revision,
        form=fact.form,
        insats=fact.insats,
        period=report.period,
        known_until=fact.known_until,
        signed_at=unit.now,
        content_sha256=fact.content_sha256,
    )
    await reports.add_signed(unit.conn, signed, form_reports.content(report))
    return signed


async def give_back(unit: Unit, report_id: UUID, revision: int, text: str) -> SignedReport:
    """Returns a signed report, so that another revision can be written. ``text``: why. Raises Invalid or Conflict."""
    reason = signing.reason_of(text)
    stands = signing.standing(await unit.lock_and_read(report_id))
    fact = signing.give_back(stands, revision, unit.today)
    begun = await _begun(unit, report_id)
    await unit.append(report_id, [fact], association=_association(begun))
    await reports.note_returned(unit.conn, report_id, revision, unit.now, reason)
    return await _revision(unit, report_id, revision)


async def approve(unit: Unit, report_id: UUID, revision: int) -> SignedReport:
    """Approves a signed report. Raises Conflict."""
    stands = signing.standing(await unit.lock_and_read(report_id))
    fact = signing.approve(stands, revision, unit.today)
    begun = await _begun(unit, report_id)
    await unit.append(report_id, [fact], association=_association(begun))
    await reports.note_approved(unit.conn, report_id, revision, unit.now)
    return await _revision(unit, report_id, revision)


def _association(begun: BegunReport) -> str | None:
    """Whose the report is; None if its insats is in the catalogue no more."""
    insats = INSATSER.get(begun.insats)
    return None if insats is None else insats.association


async def _begun(unit: Unit, report_id: UUID) -> BegunReport:
    begun = await reports.find(unit.conn, report_id)
    if begun is None:
        raise NotFound("report_unknown", "Det finns ingen sådan rapport. Se listan över rapporter.")
    return begun


async def _revision(unit: Unit, report_id: UUID, revision: int) -> SignedReport:
    found = await reports.revision(unit.conn, report_id, revision)
    if found is None:
        raise NotFound("report_unknown", "Det finns ingen sådan undertecknad rapport. Se listan över rapporter.")
    return found[0]
