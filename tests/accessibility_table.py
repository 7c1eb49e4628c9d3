"""The table of which pages axe has looked at, as the end of a run shows it: by page, role, width and scheme."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

PROPERTY: Final = "axe"
"""Under which name a test hands a row to the run that shows it, from whatever process it ran in."""


@dataclass(frozen=True)
class Row:
    """A page as some roles see it. ``looks``: how many faults in each width and scheme. ``wrong``: what they are."""

    route: str
    address: str
    roles: Sequence[str]
    looks: Mapping[str, int]
    wrong: Sequence[str]

    @classmethod
    def of(
        cls, route: str, address: str, roles: Sequence[str], found: Mapping[tuple[int, str], Sequence[str]]
    ) -> "Row":
        """The row of what was found in each width and scheme."""
        looks = {f"{width} {scheme}": len(each) for (width, scheme), each in sorted(found.items())}
        wrong = [f"{width} {scheme}: {fault}" for (width, scheme), each in found.items() for fault in each]
        return cls(route, address, roles, looks, wrong)

    def written(self) -> str:
        """As text, to be read by :func:`table`."""
        return json.dumps(asdict(self), ensure_ascii=False)


def table(written: Iterable[str]) -> list[str]:
    """The lines of the table. A page with one look for each group of roles that get the same content."""
    rows = [Row(**json.loads(each)) for each in written]
    if not rows:
        return []
    looks = list(rows[0].looks)
    longest = max(len(row.route) for row in rows)
    lines = [f"{'page':{longest}}  {'  '.join(looks)}  roles"]
    for row in rows:
        counts = "  ".join(f"{row.looks[look]:>{len(look)}}" for look in looks)
        lines.append(f"{row.route:{longest}}  {counts}  {', '.join(row.roles)}")
    seen = sum(len(row.roles) for row in rows)
    faults = sum(len(row.wrong) for row in rows)
    lines.append(
        f"{len({row.route for row in rows})} pages, {seen} by role, {seen * len(looks)} looks: {faults} violations"
    )
    return lines
