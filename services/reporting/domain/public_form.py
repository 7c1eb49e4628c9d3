"""The public form of a frozen report: its figures less what is left out, as it is kept and downloaded. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, TypeAdapter
from pydantic_core import to_json

from contracts.indicators import Declared
from contracts.model import Model
from contracts.problems import Conflict
from services.reporting.domain.counted import Counted
from services.reporting.domain.definitions import Definition
from services.reporting.domain.disclosure import Shown, Withheld
from services.reporting.domain.editions import Group
from services.reporting.domain.frozen import Content, FrozenFigure
from services.reporting.domain.periods import Period
from services.reporting.domain.suppression import Publication, Report, public_form


class PublicCount(Model):
    """A count of rows taken together. ``group``: the row of some breakdowns, of the others all; empty is the total.
    ``count`` is None where it is left out."""

    group: dict[str, str]
    count: int | None


class ShownFigure(Model):
    """A figure and its counts that are not zero."""

    kind: Literal["shown"] = "shown"
    definition: Definition
    counts: tuple[PublicCount, ...]


class WithheldFigure(Model):
    """A figure of which no count is given."""

    kind: Literal["withheld"] = "withheld"
    definition: Definition


Figure: TypeAlias = Annotated[ShownFigure | WithheldFigure, Field(discriminator="kind")]


class PublicContent(Model):
    """What of a frozen report may leave the house."""

    period: Period
    known_until: datetime
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Kept:
    """A frozen report's content and its public form, as both are kept."""

    frozen: Content
    public: PublicContent


KnownPeriod: TypeAlias = tuple[Period, datetime]
"""A period and the moment until which it is known."""

_CONTENT: Final = TypeAdapter(PublicContent)


def made(content: Content, earlier: Iterable[Kept], declared: Declared) -> bytes:
    """The public form of a frozen report after those that were made before, in that order, as JSON.

    A figure that is not declared any more, or in another version, is withheld: what it has in common with others
    is not known. So are averages.
    """
    before = [_publication(each, declared) for each in earlier]
    publication = public_form(_report(content, declared), before, declared)
    figures = [_public(figure, publication) for figure in content.figures]
    averages = [WithheldFigure(definition=each.definition) for each in content.averages]
    public = PublicContent(period=content.period, known_until=content.known_until, figures=(*figures, *averages))
    return to_json(public, indent=1) + b"\n"


def require_protected(content: Content, published: Sequence[KnownPeriod]) -> None:
    """Raises Conflict for a report that with those published is of a combination whose protection is not shown.

    It is shown for reports that touch each other, directly or by others, if no period overlaps another; or if they
    are two of one period, as it was known until two moments (ADR 0043).
    """
    new = (content.period, content.known_until)
    together = _touching(new, published)
    apart = not any(_overlap(one, other) for (one, _), (other, _) in combinations(together, 2))
    of_one_period = len(together) == 2 and together[0][0] == together[1][0]
    if not (apart or of_one_period):
        raise Conflict(
            "combination_not_protected",
            "Perioden överlappar en som redan är gjord klar för publicering. Tillsammans kan rapporter om "
            "överlappande perioder avslöja små antal. Publicera perioder som inte överlappar varandra, eller en "
            "period som den var känd högst två dagar.",
        )


def _touching(new: KnownPeriod, others: Sequence[KnownPeriod]) -> list[KnownPeriod]:
    """The new report and those that overlap or adjoin it, or one that does."""
    together, rest = [new], list(others)
    while found := [each for each in rest if any(_adjoin(each[0], one) for one, _ in together)]:
        together += found
        rest = [each for each in rest if each not in found]
    return together


def _adjoin(one: Period, other: Period) -> bool:
    return one.first <= other.following and other.first <= one.following


def _overlap(one: Period, other: Period) -> bool:
    return one.first <= other.last and other.first <= one.last


def read(stored: bytes) -> PublicContent:
    """The public form that was kept. Raises pydantic.ValidationError for what is none."""
    return _CONTENT.validate_json(stored)


def _public(figure: FrozenFigure, publication: Publication) -> ShownFigure | WithheldFigure:
    name = figure.definition.id
    match publication.figures.get(name, Withheld()):
        case Withheld():
            return WithheldFigure(definition=figure.definition)
        case Shown(left_out=left_out):
            counts: Mapping[Group, int | None] = {**publication.given(name), **dict.fromkeys(left_out)}
            ordered = sorted(counts, key=lambda group: (len(group), group))
            listed = tuple(PublicCount(group=dict(group), count=counts[group]) for group in ordered)
            return ShownFigure(definition=figure.definition, counts=listed)


def _publication(kept: Kept, declared: Declared) -> Publication:
    report = _report(kept.frozen, declared)
    figures = {each.definition.id: _left_out(each) for each in kept.public.figures}
    return Publication(report, {name: figures[name] for name in report.figures})


def _left_out(figure: ShownFigure | WithheldFigure) -> Shown | Withheld:
    match figure:
        case WithheldFigure():
            return Withheld()
        case ShownFigure(counts=counts):
            return Shown(frozenset(tuple(each.group.items()) for each in counts if each.count is None))


def _report(content: Content, declared: Declared) -> Report:
    counts = {each.indicator.id: each for each in _counted(content, declared)}
    return Report(content.period, content.known_until, counts)


def _counted(content: Content, declared: Declared) -> Iterator[Counted]:
    """The figures that are declared still, in that version, and broken down as they were."""
    for figure in content.figures:
        indicator = declared.indicators.get(figure.definition.id)
        if indicator is None or indicator.version != figure.definition.version:
            continue
        breakdowns = declared.broken_down(indicator)
        names = [each.id for each in breakdowns]
        if all(list(cell.group) == names for cell in figure.cells):
            cells = {tuple(cell.group.values()): cell.count for cell in figure.cells}
            yield Counted(indicator, breakdowns, cells if names else {(): figure.total})
