"""Signing a report: what may be done when, as given, when and then."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import TypeAlias

import pytest

from contracts.envelope import Fact
from contracts.office import ReportApproved, ReportReturned, ReportSigned
from contracts.problems import Invalid
from services.reporting.domain.form_reports import Answer, FilledReport, content, content_hash, read, signed
from services.reporting.domain.periods import period_of
from services.reporting.domain.signing import BEGUN, Standing, approve, evolve, give_back, reason_of, sign
from tests.spec import DeciderSpec

_TODAY = date(2022, 1, 20)
_DRAFT = FilledReport(
    form="uppfoljning-2021",
    form_version=1,
    title="Uppföljning av insats",
    insats="mia-vidare",
    insats_name="MIA Vidare",
    period=period_of("2021"),
    known_until=datetime(2022, 1, 15, 22, 59, 59, tzinfo=UTC),
    sources=("Uppföljningen",),
    blocks=(Answer(field="inflode", label="Inflöde?", text="Enligt plan."),),
)
_REPORT = signed(_DRAFT, "Petra Projektledare", "Stockholms stad", _TODAY)

Asked: TypeAlias = Callable[[Standing], Fact]
_sign: Asked = partial(sign, report=_REPORT, today=_TODAY)


def _approve(revision: int) -> Asked:
    return lambda stands: approve(stands, revision, _TODAY)


def _return(revision: int) -> Asked:
    return lambda stands: give_back(stands, revision, _TODAY)


def _decide(asked: Asked, stands: Standing) -> Sequence[Fact]:
    return [asked(stands)]


_SPEC: DeciderSpec[Asked, Standing, Fact] = DeciderSpec(_decide, evolve, BEGUN)


def _signed(revision: int) -> ReportSigned:
    return ReportSigned(
        happened_on=_TODAY,
        form="uppfoljning-2021",
        form_version=1,
        insats="mia-vidare",
        period="2021",
        known_until=_REPORT.known_until,
        revision=revision,
        content_sha256=content_hash(content(_REPORT)),
    )


def _returned(revision: int) -> ReportReturned:
    return ReportReturned(happened_on=_TODAY, revision=revision)


def _approved(revision: int) -> ReportApproved:
    return ReportApproved(happened_on=_TODAY, revision=revision)


def test_a_draft_is_signed_once() -> None:
    _SPEC.given().when(_sign).then(_signed(1))
    _SPEC.given(_signed(1)).when(_sign).then_refused("report_signed")


def test_a_returned_report_is_signed_as_its_next_revision() -> None:
    _SPEC.given(_signed(1), _returned(1)).when(_sign).then(_signed(2))


def test_what_was_approved_is_neither_signed_nor_answered_again() -> None:
    given = _SPEC.given(_signed(1), _approved(1))
    given.when(_sign).then_refused("report_approved")
    given.when(_approve(1)).then_refused("not_awaiting")
    given.when(_return(1)).then_refused("not_awaiting")


def test_the_office_answers_the_revision_that_was_signed_last() -> None:
    given = _SPEC.given(_signed(1), _returned(1), _signed(2))
    given.when(_approve(2)).then(_approved(2))
    given.when(_return(2)).then(_returned(2))
    given.when(_approve(1)).then_refused("not_awaiting")
    given.when(_return(3)).then_refused("not_awaiting")


def test_a_draft_is_not_answered() -> None:
    _SPEC.given().when(_approve(1)).then_refused("not_awaiting")
    _SPEC.given(_signed(1), _returned(1)).when(_return(1)).then_refused("not_awaiting")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" \r\n", "reason_missing"),
        ("Skriv om 19870314-9826.", "identity_number"),
        ("x" * 1001, "text_too_long"),
        ("\x07", "control_character"),
    ],
)
def test_a_return_says_what_to_change_and_names_nobody(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        reason_of(text)
    assert (refused.value.code, refused.value.field) == (code, "skal")


def test_another_text_or_signature_is_another_content_and_the_content_comes_again() -> None:
    assert read(content(_REPORT)) == _REPORT
    assert content(read(content(_REPORT))) == content(_REPORT)
    other = _REPORT.model_copy(update={"blocks": (Answer(field="inflode", label="Inflöde?", text="Högre."),)})
    contents = {content(each) for each in (_DRAFT, _REPORT, other, signed(_DRAFT, "Kim", "Stockholms stad", _TODAY))}
    assert len(contents) == 4
