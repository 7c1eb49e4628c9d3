"""The forms of reports about an insats, as declared in the files of this folder."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from contracts.catalogue.agencies import faults_of
from contracts.catalogue.vocabulary import words
from contracts.catalogue.yaml_files import CatalogueError, Fault, Place, read_yaml
from contracts.indicators.checking import Declared, Finding
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
    found: dict[str, ReportForm] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            file = read_yaml(path)
        except CatalogueError as error:
            faults += error.faults
            continue
        try:
            form = ReportForm.model_validate(file.data)
        except ValidationError as error:
            faults += faults_of(file, error)
            continue
        if form.id in found:
            faults.append(file.fault(("id",), f"{form.id!r} is declared twice"))
        faults += [file.fault(place, reason) for place, reason in _findings(form, declared)]
        found[form.id] = form
    if faults:
        raise CatalogueError(tuple(sorted(faults)))
    return found


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
