"""The forms of reports about an insats, as declared in the files of this folder."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from contracts.catalogue.declarations import load_declarations
from contracts.catalogue.vocabulary import words
from contracts.catalogue.yaml_files import Finding, Place
from contracts.indicators.checking import Declared
from contracts.indicators.declaration import Average
from contracts.indicators.goals import OF_INSATS
from contracts.report_forms.declaration import (
    GOAL_FIELD,
    EconomyPart,
    FiguresPart,
    FormSection,
    GoalsPart,
    KnownPart,
    Part,
    ReportForm,
    TextPart,
)

__all__ = [
    "GOAL_FIELD",
    "REPORT_FORMS_FOLDER",
    "EconomyPart",
    "FiguresPart",
    "FormSection",
    "GoalsPart",
    "KnownPart",
    "Part",
    "ReportForm",
    "TextPart",
    "load_report_forms",
]

REPORT_FORMS_FOLDER: Final = Path(__file__).parent


def load_report_forms(declared: Declared, folder: Path = REPORT_FORMS_FOLDER) -> Mapping[str, ReportForm]:
    """The forms of a folder by id. Raises CatalogueError with every fault of every file."""
    return load_declarations(folder, ReportForm, lambda form: _findings(form, declared))


def _findings(form: ReportForm, declared: Declared) -> Iterator[Finding]:
    if form.association not in words()["associations"]:
        yield ("association",), f"there is no association {form.association!r}"
    for nth, section in enumerate(form.sections):
        for place, part in enumerate(section.parts):
            if isinstance(part, FiguresPart):
                yield from _of_figures(("sections", nth, "parts", place), part, declared)


def _of_figures(place: Place, part: FiguresPart, declared: Declared) -> Iterator[Finding]:
    """Figures that are not declared, are no counts, or cannot be told of one insats or by the table's breakdowns."""
    for nth, indicator_id in enumerate(part.indicators):
        at: Place = (*place, "indicators", nth)
        indicator = declared.indicators.get(indicator_id)
        if indicator is None:
            yield at, f"there is no indicator {indicator_id!r}"
        elif isinstance(indicator.measure, Average):
            yield at, f"{indicator_id} is an average, which has no cells that sum"
        else:
            breakdowns = {each.id for each in declared.broken_down(indicator)}
            if breakdowns.isdisjoint(OF_INSATS):
                yield at, f"{indicator_id} is not broken down by insats"
            for name, breakdown in (("rows", part.rows), ("columns", part.columns)):
                if breakdown is not None and breakdown not in breakdowns:
                    yield (*place, name), f"{indicator_id} is not broken down by {breakdown!r}"
