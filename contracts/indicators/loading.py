"""The files of declarations read and checked. All faults are collected, so that all can be mended at once."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from pydantic import ValidationError

from contracts.catalogue.agencies import faults_of
from contracts.catalogue.yaml_files import CatalogueError, Fault, Place, YamlFile, read_yaml
from contracts.indicators.checking import Declared, FactColumns, findings
from contracts.indicators.declaration import Breakdown, Indicator
from contracts.indicators.goals import MeasuredGoal, goal_findings
from contracts.model import Model

INDICATORS_FOLDER: Final = Path(__file__).parent

_Declaration = TypeVar("_Declaration", Breakdown, Indicator)
_Placed: TypeAlias = tuple[YamlFile, int, _Declaration]


class _File(Model):
    breakdowns: tuple[Breakdown, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    goals: tuple[MeasuredGoal, ...] = ()


def load_indicators(facts: Mapping[str, FactColumns], *folders: Path) -> Declared:
    """Every declaration of the folders; without any, of our own. ``facts``: the columns that may be named, by fact.

    Raises CatalogueError with every fault of every file.
    """
    faults: set[Fault] = set()
    indicators: list[_Placed[Indicator]] = []
    breakdowns: list[_Placed[Breakdown]] = []
    for path in _paths(folders or (INDICATORS_FOLDER,)):
        try:
            file = read_yaml(path)
            content = _content(file)
        except CatalogueError as error:
            faults.update(error.faults)
            continue
        indicators += [(file, index, each) for index, each in enumerate(content.indicators)]
        breakdowns += [(file, index, each) for index, each in enumerate(content.breakdowns)]
    faults.update(_repeated("indicators", indicators))
    faults.update(_repeated("breakdowns", breakdowns))
    latest = _latest(each for *_, each in indicators)
    earlier = tuple(each for *_, each in indicators if each is not latest[each.id])
    declared = Declared(latest, {each.id: each for *_, each in breakdowns}, earlier)
    for file, index, indicator in indicators:
        for place, reason in findings(indicator, declared, facts):
            faults.add(file.fault(("indicators", index, *place), reason))
    if faults:
        raise CatalogueError(tuple(sorted(faults)))
    return declared


def load_goals(declared: Declared, *folders: Path) -> tuple[MeasuredGoal, ...]:
    """How the goals of the catalogue are measured; without any folder, by our own declarations.

    Raises CatalogueError with every fault of every file.
    """
    faults: set[Fault] = set()
    goals: list[MeasuredGoal] = []
    for path in _paths(folders or (INDICATORS_FOLDER,)):
        file = read_yaml(path)
        for index, goal in enumerate(_content(file).goals):
            found = [*goal_findings(goal, declared), *_measured_before(goal, goals)]
            faults.update(file.fault(("goals", index, *place), reason) for place, reason in found)
            goals.append(goal)
    if faults:
        raise CatalogueError(tuple(sorted(faults)))
    return tuple(goals)


def _measured_before(goal: MeasuredGoal, goals: Iterable[MeasuredGoal]) -> Iterator[tuple[Place, str]]:
    if any((each.insats, each.goal) == (goal.insats, goal.goal) for each in goals):
        yield ("goal",), f"the goal {goal.goal!r} of {goal.insats} is declared twice"


def _paths(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(folder.glob("*.yaml"))


def _content(file: YamlFile) -> _File:
    try:
        return _File.model_validate(file.data)
    except ValidationError as error:
        raise CatalogueError(faults_of(file, error)) from error


def _repeated(part: str, placed: Iterable[_Placed[_Declaration]]) -> Iterator[Fault]:
    """A fault for each declaration whose id, and version, another one has already."""
    seen: set[tuple[str, int]] = set()
    for file, index, each in placed:
        place: Place = (part, index, "id")
        key = (each.id, each.version if isinstance(each, Indicator) else 0)
        if key in seen:
            yield file.fault(place, f"{each.id!r} is declared twice")
        seen.add(key)


def _latest(indicators: Iterable[Indicator]) -> dict[str, Indicator]:
    """The latest version of each, in the order in which their first versions stand."""
    latest: dict[str, Indicator] = {}
    for each in indicators:
        if each.id not in latest or latest[each.id].version < each.version:
            latest[each.id] = each
    return latest
