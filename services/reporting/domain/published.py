"""Published figures beside the computed ones. Pure."""

from contracts.model import Model
from services.reporting.domain.figures import Figures
from services.reporting.domain.periods import year_period


class PublishedSource(Model):
    """The report the published figures come from. ``scope``: Swedish, what of it is compared and what is not."""

    title: str
    publisher: str
    year: int
    scope: str


class PublishedLine(Model):
    """One published number. ``printed``: how the report prints it where that differs from its own counts."""

    id: str
    label: str
    published: int
    source_lines: str
    printed: str | None = None
    note: str | None = None


class Published(Model):
    """A year's published figures, in the order a reader meets them."""

    source: PublishedSource
    year: int
    lines: tuple[PublishedLine, ...]


class Line(Model):
    """A published number and the one computed from events. ``computed`` is None for a line we do not count,
    and for a percentage of nothing."""

    id: str
    label: str
    published: int
    computed: int | None
    equal: bool
    source_lines: str
    printed: str | None = None
    note: str | None = None


def compare(figures: Figures, published: Published) -> tuple[Line, ...]:
    """Every published line beside the computed one."""
    computed = figures.lines()
    return tuple(
        Line(**line.model_dump(), computed=computed.get(line.id), equal=computed.get(line.id) == line.published)
        for line in published.lines
    )


def lines_beside(figures: Figures, published: Published | None) -> tuple[Line, ...]:
    """The published lines beside the computed ones; none of a period of which nothing was published."""
    if published is None or figures.period != year_period(published.year):
        return ()
    return compare(figures, published)
