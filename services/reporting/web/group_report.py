"""The report's tables of groups and courses: who took part and how it ended, sessions and attendance. Pure."""

from collections.abc import Iterator
from typing import Final

from services.reporting.domain.figures import GroupFigures
from services.reporting.web.tables import BY_SEX, Row, Table, Tables, count_cell

GROUP_LINES: Final = (
    *("groups_took_part", "groups_completed", "groups_dropped_out", "groups_ended_with_the_case"),
    *("groups_started", "groups_sessions_held", "groups_attended"),
)
"""The second words of the ids of the published lines that stand in these tables."""

_BY_SEX: Final = ("completed", "dropped_out", "ended_with_the_case")


class GroupTables(Tables):
    """The tables of an insats that has groups."""

    def all(self, groups: GroupFigures) -> Iterator[Table]:
        """Who took part, and how often the groups met."""
        yield self.taking_part(groups)
        yield self.sessions(groups)

    def taking_part(self, groups: GroupFigures) -> Table:
        """How the seats ended; the rest have not ended yet."""
        rows = [
            self.by_sex(self.label(f"groups.{name}"), f"{groups.lines_prefix}_{name}", getattr(groups, name))
            for name in _BY_SEX
        ]
        line = f"{groups.lines_prefix}_took_part"
        rows.append(self.by_sex(self.label("groups.took_part"), line, groups.took_part, sums_up=True))
        defined = self.defined("groups.took_part", *(f"groups.{name}" for name in _BY_SEX))
        return Table("Deltagare i grupper", BY_SEX, tuple(rows), defined)

    def sessions(self, groups: GroupFigures) -> Table:
        """How many groups and sessions, and how many of those who were expected came."""
        prefix, percent = groups.lines_prefix, groups.attended_percent
        counts = {"started": groups.started, "sessions_held": groups.sessions_held}
        rows = [
            Row(self.label(f"groups.{name}"), (self.number(f"{prefix}_{name}.total", number),))
            for name, number in counts.items()
        ]
        recorded = count_cell(groups.attendance_recorded.total)
        came = self.percent(f"{prefix}_attended.percent", percent)
        rows.append(Row(self.label("groups.attendance_recorded"), (recorded,)))
        rows.append(Row("Närvaro, i procent av registrerad", (came,)))
        defined = self.defined(*(f"groups.{name}" for name in (*counts, "attendance_recorded", "attended")))
        return Table("Träffar och närvaro", ("Antal",), tuple(rows), defined)
