"""Words that files of the catalogue use and their Swedish labels, and the reports they come from."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from contracts.catalogue.fields import SOURCE, Slug, Text
from contracts.catalogue.yaml_files import read_yaml
from contracts.model import Model

_HERE: Final = Path(__file__).parent


class Report(Model):
    """A published report."""

    id: Slug
    title: Text
    publisher: Text
    short: Text


def _read(name: str) -> Any:
    return read_yaml(_HERE / name).data


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """Every list of ``codes.yaml``: word to Swedish label."""
    lists: dict[str, dict[str, str]] = _read("codes.yaml")
    return {name: {str(word): str(label) for word, label in entries.items()} for name, entries in lists.items()}


@cache
def reports() -> Mapping[str, Report]:
    """The published reports by id."""
    listed = [Report.model_validate(entry) for entry in _read("reports.yaml")]
    return {report.id: report for report in listed}


def word_label(list_name: str, word: str) -> str:
    """The Swedish label of a word of a list; the word itself if the list lacks it."""
    return words()[list_name].get(word, word)


def return_reason_label(code: str) -> str:
    """The Swedish label of why a referral ended before the start; the code itself if no list has it."""
    return word_label("return_reasons", code) if code in words()["return_reasons"] else word_label("other_ends", code)


def report_of(source: str) -> str:
    """The id of the report that a source names. Raises ValueError if the text is no source."""
    match = SOURCE.match(source)
    if match is None:
        raise ValueError(f"{source!r} is no source")
    return match["report"]
