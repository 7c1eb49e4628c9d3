"""Facts of the association's office. None is of a case: each has a stream of its own, and names nobody.

The source of a survey's counting rules is Sundsvall's report of 2023, L1915-2172; of a budget's lines the same
report, L181-189, and the plan of 2025, L1134-1290.
"""

from datetime import date
from typing import ClassVar

from pydantic import AwareDatetime, Field

from contracts.codes import AmountKind, AmountUnit, DeviationKind, DeviationMeasure, Member, Sex
from contracts.envelope import Fact
from contracts.model import Code, Model

SOURCE = "/samspel/reporting"


class ReportFrozen(Fact):
    """The figures of a period were kept as they were known at a moment. ``happened_on``: the day it was done.

    What was counted stays with the reporting service. Counted anew from the events registered until then, it has the
    same hash.
    """

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    period: str = Field(
        description="The period's id, as in the addresses of reports: 2021, 2021-h1, 2021-k3, 2021-06, or two days.",
        pattern=r"^[0-9hk-]{4,22}$",
    )
    first: date = Field(description="The period's first day.")
    last: date = Field(description="The period's last day.")
    known_until: AwareDatetime = Field(description="The last moment whose registrations are counted.")
    figures: int = Field(ge=1, description="How many figures were counted.")
    content_sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="The SHA-256 of the content, in hex.")


class SurveyAnswer(Model):
    """The answer to one question. One that was asked and left open is answered ``unanswered``."""

    question: Code
    answer: Code


class SurveyAnswered(Fact):
    """Somebody answered a survey. Who is not known: no case, no person, and no words of their own.

    Its stream is the answered questionnaire's own. ``happened_on``: the day it was answered.
    """

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    survey: Code
    version: int = Field(ge=1, description="The version of the survey's declaration.")
    respondents: Code = Field(description="The group that was asked.")
    insats: Code | None = Field(default=None, description="The insats it is about, where that was asked.")
    sex: Sex = Field(description="As stated in the questionnaire; unknown where it was not.")
    answers: tuple[SurveyAnswer, ...] = Field(min_length=1, description="Of every question that was asked.")


class ReportSigned(Fact):
    """A project leader signed a report on an insats: its texts and figures are what they were then.

    Its stream is the report's, of a form, an insats and a period. What was signed stays with the reporting service
    and has the hash; no text of it is told. ``happened_on``: the day it was signed.
    """

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    form: Code = Field(description="The report form, as declared.")
    form_version: int = Field(ge=1, description="The version of the form's declaration.")
    insats: Code
    period: str = Field(description="The period's id, as in the addresses of reports.", pattern=r"^[0-9hk-]{4,22}$")
    known_until: AwareDatetime = Field(description="The last moment whose registrations its figures count.")
    revision: int = Field(ge=1, description="1 for the first that was signed; one more after each return.")
    content_sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="The SHA-256 of the content, in hex.")


class ReportReturned(Fact):
    """The office sent a signed report back: another revision can be written. Why is not told."""

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    revision: int = Field(ge=1, description="The revision that was signed.")


class ReportApproved(Fact):
    """The office approved a signed report."""

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    revision: int = Field(ge=1, description="The revision that was signed.")


class AmountBooked(Fact):
    """An amount of a budget was booked. ``happened_on``: the day it was booked.

    Its stream follows from what it is of: budget, item, line, kind and period. The one booked last counts; those
    before it stay, so that it is known what was thought when. Sums are booked by nobody: they are computed.
    """

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    budget: Code = Field(description="Whose budget, by its declaration.")
    item: Code = Field(
        description="What the money is for: an insats of the catalogue, or an item of the budget's own."
    )
    line: Code = Field(description="The line of the budget: wages, premises, a member's fee.")
    kind: AmountKind
    period: str = Field(description="The period's id: a year as 2023, or a part of one.", pattern=r"^[0-9hk-]{4,22}$")
    kronor: int = Field(ge=-(10**12), le=10**12, description="Whole kronor. Income and costs are both positive.")
    given_in: AmountUnit = Field(description="The unit in which whoever booked it had the amount.")


class DeviationReported(Fact):
    """Something went wrong in the co-operation, and somebody who works in it told the office.

    ``happened_on``: the day it went wrong.

    Its stream is the deviation's own, of no case. What happened in words stays with the reporting service: words can
    give somebody away and must be possible to remove, which an event is not.
    """

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    area: Code = Field(description="Where: a word of the catalogue's areas.")
    kind: DeviationKind
    member: Member | None = Field(default=None, description="Whose part failed; absent where nobody's did.")
    unit: Code | None = Field(default=None, description="The kind of unit, where it is known: a word of unit_kinds.")
    insats: Code | None = Field(default=None, description="The insats it concerns, if it concerns one.")


class DeviationClosed(Fact):
    """The office is done with a deviation. ``happened_on``: the day it was closed. What was done is a word here; the
    words beside it stay with the reporting service."""

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    measure: DeviationMeasure


OFFICE_FACTS: tuple[type[Fact], ...] = (
    ReportFrozen,
    SurveyAnswered,
    ReportSigned,
    ReportReturned,
    ReportApproved,
    AmountBooked,
    DeviationReported,
    DeviationClosed,
)
