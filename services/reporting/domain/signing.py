"""Signing a report: a project leader signs, the office approves or returns it. Pure.

Where a report stands is the fold of its stream.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import reduce
from typing import Any

from contracts.envelope import Event, Fact
from contracts.office import ReportApproved, ReportReturned, ReportSigned
from contracts.problems import Conflict, Invalid
from services.reporting.domain.form_reports import FilledReport, cleaned, content, content_hash


class Stage(StrEnum):
    """How far a report has come. A returned one is a draft again."""

    DRAFT = "draft"
    SIGNED = "signed"
    APPROVED = "approved"


@dataclass(frozen=True)
class Standing:
    """Where a report stands. ``revision``: that signed last, 0 where none was."""

    stage: Stage
    revision: int


BEGUN = Standing(Stage.DRAFT, 0)
"""A report of which nothing has been signed."""

MOST_LETTERS = 1_000
"""The longest reason of a return, in characters."""


def standing(log: Iterable[Event[Any]]) -> Standing:
    """Where the events of a report's stream have brought it."""
    return reduce(evolve, (event.data for event in sorted(log, key=lambda each: each.sequence)), BEGUN)


def evolve(stands: Standing, fact: Fact) -> Standing:
    """Where a report stands after a fact."""
    match fact:
        case ReportSigned(revision=revision):
            return Standing(Stage.SIGNED, revision)
        case ReportReturned(revision=revision):
            return Standing(Stage.DRAFT, revision)
        case ReportApproved(revision=revision):
            return Standing(Stage.APPROVED, revision)
        case _:
            return stands


def require_draft(stands: Standing) -> None:
    """Raises Conflict for a report that is signed: its texts and figures are what they were then."""
    match stands.stage:
        case Stage.DRAFT:
            return
        case Stage.SIGNED:
            raise Conflict(
                "report_signed", "Rapporten är undertecknad. Kansliet kan återlämna den om den ska ändras."
            )
        case Stage.APPROVED:
            raise Conflict("report_approved", "Rapporten är godkänd och ändras inte mer.")


def sign(stands: Standing, report: FilledReport, today: date) -> ReportSigned:
    """The fact that a report was signed. ``report``: with its signature. Raises Conflict."""
    require_draft(stands)
    return ReportSigned(
        happened_on=today,
        form=report.form,
        form_version=report.form_version,
        insats=report.insats,
        period=report.period.id,
        known_until=report.known_until,
        revision=stands.revision + 1,
        content_sha256=content_hash(content(report)),
    )


def reason_of(text: str) -> str:
    """Why a report is returned, as it is kept. Raises Invalid."""
    reason = cleaned("skal", text, MOST_LETTERS)
    if not reason:
        raise Invalid("reason_missing", "Skriv vad som behöver ändras.", "skal")
    return reason


def give_back(stands: Standing, revision: int, today: date) -> ReportReturned:
    """The fact that a signed report was returned. Raises Conflict."""
    _require_signed(stands, revision)
    return ReportReturned(happened_on=today, revision=revision)


def approve(stands: Standing, revision: int, today: date) -> ReportApproved:
    """The fact that a signed report was approved. Raises Conflict."""
    _require_signed(stands, revision)
    return ReportApproved(happened_on=today, revision=revision)


def _require_signed(stands: Standing, revision: int) -> None:
    if stands != Standing(Stage.SIGNED, revision):
        raise Conflict("not_awaiting", "Rapporten väntar inte på svar längre. Läs in sidan på nytt.")
