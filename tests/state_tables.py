"""The state tables of docs/states.md, made by asking the domains: ``python -m tests.state_tables`` writes them.

Each cell is what the domain answers to a command in a state: "yes", or the code of the refusal.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from contracts.catalogue import INSATSER
from contracts.problems import Refused
from services.planning.domain.case import Stage
from services.planning.domain.decide import decide as decide_planning
from services.referral.domain.case import CaseState, evolve
from services.referral.domain.case import decide as decide_referral
from services.referral.domain.permissions import PERMISSIONS, Act
from tests.unit.planning import calls, supports
from tests.unit.planning import test_state_table as planning
from tests.unit.planning.mother import given
from tests.unit.referral import test_state_table as referral
from tests.unit.referral.mother import waiting

PAGE: Final = Path(__file__).parents[1] / "docs" / "states.md"
_YES: Final = "yes"
_TABLE: Final = re.compile(r"(<!-- table: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def referral_table() -> str:
    """Commands and facts heard (rows) by state of the referral (columns)."""
    cases = {state: waiting().given(*referral.HISTORIES[state]).state for state in CaseState}
    asked = [
        [
            name,
            _who(referral.ACTS[name]),
            *(_answer(partial(decide_referral, command, case)) for case in cases.values()),
        ]
        for name, command in referral.COMMANDS.items()
    ]
    taken_back = [
        Act.TAKE_BACK.value,
        _who(Act.TAKE_BACK),
        *(f"`{code}`" if (code := PERMISSIONS[Act.TAKE_BACK].refused.get(state)) else _YES for state in CaseState),
    ]
    heard = [
        [f"hear the {name}", "planning", *(f"becomes {evolve(case, fact).state}" for case in cases.values())]
        for name, (fact, _) in referral.HEARD.items()
    ]
    return _rendered(["who", *(state.value for state in CaseState)], [*asked, taken_back, *heard])


def _who(act: Act) -> str:
    return ", ".join(sorted(role.value for role in PERMISSIONS[act].roles))


def planning_table() -> str:
    """Commands (rows) by stage of the case (columns)."""
    cases = {stage: given(*facts).case for stage, facts in planning.AT.items()}
    rows = [
        [
            _words(type(command).__name__),
            *(_answer(partial(decide_planning, command, case, INSATSER)) for case in cases.values()),
        ]
        for command, _ in planning.TABLE
    ]
    return _rendered([stage.value for stage in Stage if stage in cases], rows)


def calls_table() -> str:
    """Commands about calls (rows) by how far it has come with a SIP (columns)."""
    cases = {place: given(*facts).case for place, facts in calls.AT.items()}
    rows = [
        [
            _words(type(command).__name__),
            *(_answer(partial(decide_planning, command, case, INSATSER)) for case in cases.values()),
        ]
        for command, _ in calls.TABLE
    ]
    return _rendered(cases, rows)


def supports_table() -> str:
    """Commands about a hand-over (rows) by how far it has come (columns)."""
    cases = {place: given(*facts).case for place, facts in supports.AT.items()}
    rows = [
        [
            _words(type(command).__name__),
            *(_answer(partial(decide_planning, command, case, INSATSER)) for case in cases.values()),
        ]
        for command, _ in supports.TABLE
    ]
    return _rendered(cases, rows)


TABLES: Final = {
    "referral": referral_table,
    "planning": planning_table,
    "calls": calls_table,
    "supports": supports_table,
}


def written(page: str) -> str:
    """The page with its tables made anew."""
    return _TABLE.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n{found[4]}", page)


def _answer(ask: Callable[[], object]) -> str:
    try:
        ask()
    except Refused as refused:
        return f"`{refused.code}`"
    return _YES


def _words(name: str) -> str:
    """BookMeeting: book meeting."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def _rendered(columns: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    header = ["", *columns]
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
