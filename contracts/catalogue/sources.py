"""Sources and our readings as a reader meets them: the report's title and lines, in Swedish."""

import re
from typing import Final

from contracts.catalogue.fields import SOURCE
from contracts.catalogue.vocabulary import reports

_IN_TEXT: Final = re.compile(r"\b([a-z0-9]+(?:-[a-z0-9]+)*):(\d+(?:-\d+)?)")


def source_text(source: str) -> str:
    """A report's title, publisher and lines: "Uppföljning … 2021 (Samordningsförbundet …), rad 59–284".

    Raises ValueError if the text is no source, KeyError if there is no such report.
    """
    match = SOURCE.match(source)
    if match is None:
        raise ValueError(f"{source!r} is no source")
    report = reports()[match["report"]]
    return f"{report.title} ({report.publisher}), rad {_lines(match['lines'])}"


def sources_text(sources: tuple[str, ...]) -> tuple[str, ...]:
    """One text for each report named, with all its lines, in the order in which the reports are first named."""
    lines: dict[str, list[str]] = {}
    for source in sources:
        report, _, said = source.partition(":")
        lines.setdefault(report, []).append(_lines(said))
    return tuple(
        f"{reports()[report].title} ({reports()[report].publisher}), rad {', '.join(said)}"
        for report, said in lines.items()
    )


def readable(text: str) -> str:
    """A text in which sources are written out by their reports' short names."""
    return _IN_TEXT.sub(_short, text)


def _short(found: re.Match[str]) -> str:
    report = reports().get(found[1])
    return found[0] if report is None else f"{report.short}, rad {_lines(found[2])}"


def _lines(said: str) -> str:
    return said.replace("-", "–")
