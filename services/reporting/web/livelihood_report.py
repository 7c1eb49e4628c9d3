"""The report's tables of employments, benefits and support after the exit. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from contracts.catalogue.vocabulary import word_label
from services.reporting.domain.figures import AfterSupports, BenefitCounts, Employments
from services.reporting.web.tables import BY_SEX, Row, Table, Tables, capital, count_cell

EMPLOYMENT_LINES: Final = ("employments",)
"""The second word of the ids of the published lines that stand in these tables."""


class LivelihoodTables(Tables):
    """Of an insats in which something was decided in the year; none of others."""

    def all(self, insats: str) -> Iterator[Table]:
        """Employments by support, new and prolonged, and where; benefits by what was decided."""
        for employments in self.figures.employments:
            if employments.id == insats and self._is_shown(employments):
                yield self.by_support(employments)
                yield self.by_place(employments)
        benefits = [each for each in self.figures.benefits if each.insats == insats]
        if benefits:
            yield self.benefits(benefits)
        for each in self.figures.after_supports:
            if each.insats == insats:
                yield self.after_supports(each)

    def _is_shown(self, counted: Employments) -> bool:
        """Where something was decided, or a report has printed how many there were."""
        prefix = f"{counted.lines_prefix}.employments"
        return counted.decided.total > 0 or any(line.startswith(prefix) for line in self.lines)

    def by_support(self, counted: Employments) -> Table:
        """Every decision is in one row."""
        prefix = f"{counted.lines_prefix}.employments"
        rows = self.broken_down("employment_support", f"{prefix}.by_support", counted.by_support)
        total = self.by_sex("Alla", prefix, counted.decided, sums_up=True)
        caption = "Beslutade anställningar efter stöd i arbetet"
        return Table(caption, BY_SEX, (*rows, total), self.defined("employments.decided"))

    def by_place(self, counted: Employments) -> Table:
        """New and prolonged, and those of the municipality: two ways to divide the same decisions."""
        prefix = f"{counted.lines_prefix}.employments"
        rows = {
            "new": ("Nya", counted.new),
            "extension": ("Förlängda", counted.extension),
            "new_wage_subsidy": ("Nya med lönebidrag", counted.new_wage_subsidy),
            "extension_wage_subsidy": ("Förlängda med lönebidrag", counted.extension_wage_subsidy),
            "kom_i_jobb": ("Kommunala (Kom-i-jobb)", counted.kom_i_jobb),
            "other_employers": ("Hos andra arbetsgivare", counted.other_employers),
            "other_employers_wage_subsidy": (
                "Hos andra arbetsgivare med lönebidrag",
                counted.other_employers_wage_subsidy,
            ),
            "subsidised": ("Nya med stöd", counted.subsidised),
            "unsubsidised": ("Nya utan stöd", counted.unsubsidised),
        }
        shown = [self.by_sex(text, f"{prefix}.{name}", by_sex) for name, (text, by_sex) in rows.items()]
        caption = "Nya och förlängda anställningar, och var"
        defined = self.defined("employments.decided", "employments.kom_i_jobb")
        return Table(caption, BY_SEX, tuple(shown), defined)

    def after_supports(self, counted: AfterSupports) -> Table:
        """Begun in the year, and lasting when it ended: two counts."""
        rows = (
            self.by_sex(self.label("after_support.begun"), None, counted.begun),
            self.by_sex(self.label("after_support.ongoing"), None, counted.ongoing),
        )
        defined = self.defined("after_support.begun", "after_support.ongoing")
        return Table("Efterstöd", BY_SEX, rows, defined)

    def benefits(self, counted: Sequence[BenefitCounts]) -> Table:
        """Applied for, granted and refused: three counts, each by its own day."""
        rows = tuple(
            Row(
                _benefit_label(each.benefit),
                tuple(map(count_cell, (each.applied, each.granted, each.refused, each.not_stated))),
            )
            for each in counted
        )
        columns = ("Sökta", "Beviljade", "Avslagna", "Inte angivet")
        return Table("Beslut om ersättning", columns, rows, self.defined("benefits.decided"))


def _benefit_label(benefit: str) -> str:
    if benefit == "not_stated":
        return "Inte angivet eller utan samtycke"
    return capital(word_label("benefits", benefit))
