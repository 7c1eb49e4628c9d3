"""Steps and papers in words: what a case worker reads in the history."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from contracts.codes import StepKind
from contracts.planning import DocumentRequested, DocumentRequestEnded, PlanningDetailsReleased, StepReached
from contracts.referral import RuleRef
from services.reporting.domain.cases import without_details
from services.reporting.web.sentences import sentence
from services.reporting.web.spoken import Context, Sentence
from services.reporting.web.step_sentences import with_released

_DAY = date(2021, 3, 2)
_ID = UUID(int=1)
_MIA, _IPS, _SAMSIP = (RuleRef(insats=insats, version=1) for insats in ("mia-vidare", "ips-psykosvarden", "samsip"))


def _reached(step: str, kind: StepKind, rule: RuleRef = _MIA, **more: Any) -> Sentence:
    return sentence(StepReached(happened_on=_DAY, step_id=_ID, step=step, kind=kind, rule=rule, **more), Context())


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (_reached("valdsfragor-erbjudna", StepKind.QUESTION), "Sju frågor om våld ställda."),
        (_reached("kartlaggning", StepKind.DOCUMENT), "Handling: kartläggning av situation och önskemål."),
        (_reached("underlag", StepKind.DOCUMENT, _SAMSIP, document="journal"), "Handling: journal."),
        (_reached("underlag", StepKind.DOCUMENT, _SAMSIP), "Handling: underlag inhämtade."),
        (_reached("bakgrund", StepKind.PHASE, _IPS), "Ny fas: stöd i bakgrunden."),
        (
            _reached("i-vardplan", StepKind.REGISTRATION, _IPS, registered_in="vardplan"),
            "IPS dokumenterat i vårdplanen (vårdplanen).",
        ),
        (_reached("of-next-year", StepKind.NOTE), "Of-next-year."),
    ],
)
def test_a_step(said: Sentence, text: str) -> None:
    assert said.text == text


def test_a_rating_says_what_was_rated_where_that_is_told() -> None:
    assert _reached("progressionskort", StepKind.RATING, score=3.5).details == ("Skattat: 3,5.",)
    assert _reached("progressionskort", StepKind.RATING).details == ()


def test_a_paper_is_asked_for_and_awaited_no_longer() -> None:
    asked = DocumentRequested(
        happened_on=_DAY,
        request_id=_ID,
        step="underlag",
        rule=_SAMSIP,
        document="journal",
        asked_of="health_care",
    )
    assert sentence(asked, Context()).text == "Handling begärd från hälso- och sjukvården: journal."
    untold = asked.model_copy(update={"document": None, "asked_of": None})
    assert sentence(untold, Context()).text == "Handling begärd: underlag inhämtade."
    ended = DocumentRequestEnded(happened_on=_DAY, request_id=_ID, reason="refused")
    assert sentence(ended, Context()) == Sentence(
        "En begärd handling väntas inte längre.", ("Orsak: lämnas inte ut.",)
    )


def test_without_consent_neither_score_nor_paper_is_shown() -> None:
    assert without_details("StepReached", {"step": "progressionskort", "score": 3.5}) == {"step": "progressionskort"}
    assert without_details("DocumentRequested", {"document": "journal", "asked_of": "region"}) == {}
    assert without_details("DocumentRequestEnded", {"reason": "refused"}) == {}


def test_what_was_released_later_is_told_in_words() -> None:
    released = PlanningDetailsReleased(
        happened_on=_DAY, event_id=_ID, document="journal", asked_of="region", score=3.5, reason="refused"
    )
    context = Context(types={_ID: "DocumentRequestEnded"})
    assert sentence(released, context).details == (
        "Orsak: lämnas inte ut.",
        "Handling: journal.",
        "Begärd från regionen.",
        "Skattat: 3,5.",
    )
    rated = StepReached(happened_on=_DAY, step_id=_ID, step="progressionskort", kind=StepKind.RATING, rule=_MIA)
    told = with_released(rated, released)
    assert isinstance(told, StepReached)
    assert (told.score, told.document) == (3.5, "journal")
