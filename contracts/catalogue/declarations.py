"""Folders of YAML files, each of which declares one thing that has an id."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from contracts.catalogue.agencies import faults_of
from contracts.catalogue.yaml_files import CatalogueError, Fault, Finding, read_yaml
from contracts.model import Code, Model


class Declaration(Model):
    """What a file of its own declares."""

    id: Code


D = TypeVar("D", bound=Declaration)


def load_declarations(
    folder: Path, kind: type[D], findings: Callable[[D], Iterable[Finding]] = lambda _: ()
) -> Mapping[str, D]:
    """What the files of a folder declare, by id. Raises CatalogueError with every fault of every file.

    ``findings``: what is wrong with a declaration that is right in form.
    """
    found: dict[str, D] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            file = read_yaml(path)
        except CatalogueError as error:
            faults += error.faults
            continue
        try:
            declared = kind.model_validate(file.data)
        except ValidationError as error:
            faults += faults_of(file, error)
            continue
        if declared.id in found:
            faults.append(file.fault(("id",), f"{declared.id!r} is declared twice"))
        faults += [file.fault(place, reason) for place, reason in findings(declared)]
        found[declared.id] = declared
    if faults:
        raise CatalogueError(tuple(sorted(faults)))
    return found
