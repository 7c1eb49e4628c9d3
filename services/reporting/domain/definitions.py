"""How a figure is counted, as it is printed below its table: its declaration in Swedish. Pure."""

from collections import defaultdict

from pydantic import Field

from contracts.catalogue.vocabulary import reports
from contracts.indicators import Indicator
from contracts.model import Model


class Definition(Model):
    """What a figure counts, among whom, by which day it belongs to a year, and of what a percentage is a share."""

    id: str
    version: int
    label: str
    unit: str
    population: str
    period: str
    denominator: str | None = None
    source: str = Field(description="Where in the report the figure stands, or that it is derived.")
    reading: str | None = Field(default=None, description="How we read a source that leaves it open.")
    other_readings: tuple[str, ...] = ()


def definition(indicator: Indicator) -> Definition:
    """The definition of an indicator."""
    return Definition(
        id=indicator.id,
        version=indicator.version,
        label=indicator.label.sv,
        unit=indicator.unit,
        population=indicator.says.population,
        period=indicator.says.period,
        denominator=indicator.says.share_of,
        source=_source(indicator),
        reading=indicator.reading,
        other_readings=tuple(each.text for each in indicator.other_readings),
    )


def _source(indicator: Indicator) -> str:
    """Reports by their short names, each with all its lines, and what is derived."""
    lines: dict[str, list[str]] = defaultdict(list)
    for source in indicator.source:
        report, _, said = source.partition(":")
        lines[report].append(said.replace("-", "–"))
    named = [f"{reports()[report].short}, rad {', '.join(said)}" for report, said in lines.items()]
    return "; ".join([*named, *([indicator.derived] if indicator.derived else [])])
