"""What was decided of employments and benefits, and support after the exit, as Swedish sentences. Pure."""

from collections.abc import Iterator

from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import EmployerKind
from contracts.envelope import Fact
from contracts.labels import label
from contracts.planning import (
    AfterSupportBegun,
    AfterSupportEnded,
    BenefitDecided,
    EmploymentDecided,
    EmploymentEnded,
    PlanningDetailsReleased,
)
from services.chassis.pages import swedish_date
from services.reporting.web.spoken import Context, Sentence, capital


def of_livelihood(fact: Fact, _context: Context) -> Sentence | None:
    """The sentence of a fact about an employment, a benefit or support after the exit; None for any other."""
    match fact:
        case EmploymentDecided():
            until = "" if fact.until_on is None else f" till {swedish_date(fact.until_on)}"
            what = "förlängd" if fact.prolongs else "beslutad"
            text = f"Anställning {what}, från {swedish_date(fact.from_on)}{until}."
            return Sentence(text, tuple(_employment(fact.support, fact.extent_percent, fact.employer)))
        case EmploymentEnded():
            why = (f"Orsak: {word_label('employment_ends', fact.reason)}.",) if fact.reason else ()
            return Sentence("Anställningen upphörde.", why)
        case AfterSupportBegun():
            return Sentence("Efterstöd började. Det räknas inte som ett pågående ärende.")
        case AfterSupportEnded():
            return Sentence("Efterstödet slutade.", _why_it_ended(fact.reason))
        case BenefitDecided():
            return Sentence(_benefit(fact), _extent(fact.extent_percent))
        case _:
            return None


def released_livelihood(fact: PlanningDetailsReleased) -> Iterator[str]:
    """What was released of a decision: the employer, or the benefit."""
    if fact.employer is not None:
        yield f"Arbetsgivare: {label(fact.employer)}."
    if fact.benefit is not None and fact.status is not None:
        yield f"{capital(word_label('benefits', fact.benefit))} {label(fact.status)}."


def _employment(support: str | None, extent: int | None, employer: EmployerKind | None) -> Iterator[str]:
    if support is not None:
        yield f"Stöd i arbetet: {word_label('exit_supports', support)}."
    yield from _extent(extent)
    if employer is not None:
        yield f"Arbetsgivare: {label(employer)}."


def _why_it_ended(reason: str | None) -> tuple[str, ...]:
    if reason is None:
        return ()
    returned = reason in words()["after_support_returns"]
    return (f"Orsak: {word_label('after_support_returns' if returned else 'after_support_ends', reason)}.",)


def _benefit(fact: BenefitDecided) -> str:
    if fact.benefit is None or fact.status is None:
        return "Ersättning sökt eller beslutad."
    return f"{capital(word_label('benefits', fact.benefit))} {label(fact.status)}."


def _extent(percent: int | None) -> tuple[str, ...]:
    return () if percent is None else (f"Omfattning: {percent} %.",)
