"""The counts that follow from others of the same report: a part's rest, what two breakdowns have in common. Pure.

An attacker who has the declarations can add and take away what reports give. Here stand the equations by which that
yields counts of people: each is a table like those that are published.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations

from contracts.indicators import Declared
from contracts.indicators.declaration import Condition, Exists, Is
from services.reporting.domain.editions import Edition, Equation, Group, Holds, Term
from services.reporting.domain.narrowing import apart, conditions, narrower


def within_report(editions: Sequence[Edition], declared: Declared) -> Iterator[Equation]:
    """The equations between figures of one period that are known until one moment."""
    alike: defaultdict[object, list[Slice]] = defaultdict(list)
    for edition in editions:
        for each in slices_of(edition, declared):
            alike[each.counts].append(each)
    for slices in alike.values():
        yield from _between(slices)
    yield from _parts_counted_otherwise({each.indicator.id: each for each in editions}, declared)


def _between(slices: Sequence["Slice"]) -> Iterator[Equation]:
    """The equations between figures that count rows of one fact, by one rule of the period, in one way."""
    wholes = [each for each in slices if not each.row]
    for one, other in combinations(wholes, 2):
        if one.has_just(other.conditions):
            yield _difference(one, other, Holds.ZERO)
    for part, whole in permutations(slices, 2):
        if part.is_part_of(whole):
            yield _difference(whole, part, Holds.NOT_NEGATIVE)
    for whole in wholes:
        parts = [each for each in wholes if each.is_part_of(whole)]
        yield from _disjoint_parts(whole, parts)
        yield from _neither_part(whole, parts, slices)


class Slice:
    """A figure, or one row of a breakdown of it, and all that holds of what is counted there."""

    def __init__(
        self, edition: Edition, declared: Declared, row: Group = (), where: Sequence[Condition] = ()
    ) -> None:
        self.edition = edition
        self.row = row
        self.population = declared.population(edition.indicator)
        self.conditions = (*conditions(edition.indicator, declared), *where)
        self.counts = (self.population.fact, self.population.period, edition.indicator.measure)
        self.breakdowns = frozenset(edition.breakdowns)
        self._implied: dict[int, bool] = {}

    def narrows(self, other: "Slice") -> bool:
        """Whether what is counted here is all that is counted there, or some of it."""
        return all(map(self._implies, other.conditions))

    def _implies(self, condition: Condition) -> bool:
        """Whether a condition holds of all that is counted here. Remembered by the object: a report has hundreds of
        figures, and each is compared with all others."""
        if id(condition) not in self._implied:
            self._implied[id(condition)] = narrower(self.conditions, (condition,))
        return self._implied[id(condition)]

    def is_part_of(self, other: "Slice") -> bool:
        """Whether it is a part of the other, or the same, and the two are no rows that a breakdown in common has
        anyway."""
        if self.edition is other.edition or (self.row and other.row):
            return False
        if any(name in self.breakdowns and name in other.breakdowns for name, _ in (*self.row, *other.row)):
            return False
        same_figure = not self.row and not other.row and other.narrows(self)
        return not same_figure and self.narrows(other)

    def beyond(self, other: "Slice") -> tuple[Condition, ...]:
        """The conditions that the other does not have."""
        return tuple(each for each in self.conditions if each not in other.conditions)

    def has_just(self, others: Sequence[Condition]) -> bool:
        """Whether these conditions hold of what is counted here, and no others."""
        return narrower(self.conditions, others) and narrower(others, self.conditions)


def slices_of(edition: Edition, declared: Declared) -> Iterator[Slice]:
    yield Slice(edition, declared)
    for breakdown in edition.counted.breakdowns:
        for group in breakdown.groups:
            yield Slice(edition, declared, ((breakdown.id, group.id),), group.where)
        if breakdown.column is not None:
            for row in sorted(edition.rows(breakdown.id) - {breakdown.rest.id}):
                where = Is.model_validate({"column": breakdown.column, "is": row})
                yield Slice(edition, declared, ((breakdown.id, row),), (where,))


def _difference(one: Slice, other: Slice, holds: Holds) -> Equation:
    """The counts of one less those of the other, by the breakdowns that both have."""
    return equation_of((Term(1, one.edition, one.row), Term(-1, other.edition, other.row)), holds)


def _disjoint_parts(whole: Slice, parts: Sequence[Slice]) -> Iterator[Equation]:
    """What is left of a figure without those of its parts of which one column has another value in each; where
    nothing is left anywhere, they are taken for known to be all."""
    by_column: dict[str, list[tuple[Slice, Condition]]] = {}
    for part in parts:
        beyond = part.beyond(whole)
        if len(beyond) != 1 or isinstance(beyond[0], Exists):
            continue
        found = by_column.setdefault(beyond[0].column, [])
        if all(apart(beyond[0], condition) for _, condition in found):
            found.append((part, beyond[0]))
    for found in by_column.values():
        if len(found) > 1:
            taken = tuple(Term(-1, part.edition) for part, _ in found)
            rest = equation_of((Term(1, whole.edition), *taken), Holds.NOT_NEGATIVE)
            yield rest if any(rest.results().values()) else equation_of(rest.terms, Holds.ZERO)


def _neither_part(whole: Slice, parts: Sequence[Slice], slices: Sequence[Slice]) -> Iterator[Equation]:
    """Those of a figure that are in neither of two of its parts, where what the parts have in common is counted."""
    for one, other in combinations(parts, 2):
        if one.narrows(other) or other.narrows(one):
            continue
        both = (*one.conditions, *other.conditions)
        for common in slices:
            in_both = common.narrows(one) and common.narrows(other) and narrower(both, common.conditions)
            if in_both and common.is_part_of(one):
                yield equation_of(
                    (
                        Term(1, whole.edition),
                        Term(-1, one.edition),
                        Term(-1, other.edition),
                        Term(1, common.edition, common.row),
                    ),
                    Holds.NOT_NEGATIVE,
                )


def _parts_counted_otherwise(editions: Mapping[str, Edition], declared: Declared) -> Iterator[Equation]:
    """Declared parts of which cases or teams are counted where the whole counts rows: no more of them, and their rest
    is no count of anything."""
    for edition in editions.values():
        for indicator in declared.lineage(edition.indicator)[1:]:
            whole = editions.get(indicator.id)
            if whole is not None and indicator.measure != edition.indicator.measure:
                known = equation_of((Term(1, whole), Term(-1, edition)), Holds.NOT_NEGATIVE)
                yield Equation(known.terms, known.by, known.holds, protected=False)


def equation_of(terms: tuple[Term, ...], holds: Holds) -> Equation:
    common = set.intersection(*(set(term.edition.breakdowns) - {name for name, _ in term.row} for term in terms))
    by = tuple(name for name in terms[0].edition.breakdowns if name in common)
    return Equation(terms, by, holds)
