"""The catalogue's files read, completed and checked. All faults are collected, so that all can be mended at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from contracts.catalogue.agencies import Agency, faults_of, load_agencies
from contracts.catalogue.insats import SECTIONS, Insats, taken_over
from contracts.catalogue.references import Catalogue, insats_findings
from contracts.catalogue.yaml_files import CatalogueError, Fault, Place, YamlFile, read_yaml

INSATSER_FOLDER: Final = Path(__file__).parent / "insatser"


@dataclass(frozen=True)
class _Origin(YamlFile):
    """A file whose versions are completed. ``written_in[i]`` says in which version's place the sections of version i
    are written, so that a fault in a section that was taken over is reported where it is written."""

    written_in: tuple[Mapping[str, int], ...] = ()

    def line(self, place: Place) -> int:
        match place:
            case ("versions", int(index), str(section), *rest) if index < len(self.written_in):
                return super().line(("versions", self.written_in[index].get(section, index), section, *rest))
            case _:
                return super().line(place)


def load_insatser(
    folder: Path = INSATSER_FOLDER, agencies: Mapping[str, Agency] | None = None
) -> Mapping[str, Insats]:
    """Every insats of a folder by id, in the order of the ids. Raises CatalogueError with every fault of every file.

    References to other insatser are looked up among the files of the same folder that are right in form.
    """
    faults: set[Fault] = set()
    read: dict[str, tuple[_Origin, Insats]] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            file = _completed(read_yaml(path))
            insats = _insats(file, path.stem)
        except CatalogueError as error:
            faults.update(error.faults)
            continue
        read[insats.id] = (file, insats)
    insatser = {insats_id: insats for insats_id, (_, insats) in read.items()}
    catalogue = Catalogue(insatser, load_agencies() if agencies is None else agencies)
    for file, insats in read.values():
        faults.update(file.fault(place, reason) for place, reason in insats_findings(insats, catalogue))
    if faults:
        raise CatalogueError(tuple(sorted(faults)))
    return insatser


def _insats(file: _Origin, stem: str) -> Insats:
    """The file's insats. Raises CatalogueError if it is wrong in form or named unlike its id."""
    try:
        insats = Insats.model_validate(file.data)
    except ValidationError as error:
        raise CatalogueError(faults_of(file, error)) from error
    if insats.id != stem:
        reason = f"holds the insats {insats.id}; name the file {insats.id}.yaml"
        raise CatalogueError((file.fault(("id",), reason),))
    return insats


def _completed(file: YamlFile) -> _Origin:
    """The file with ``same_as`` followed. Raises CatalogueError if it names no earlier version."""
    versions = file.data.get("versions") if isinstance(file.data, dict) else None
    if not isinstance(versions, list) or not all(isinstance(version, dict) for version in versions):
        return _Origin(file.name, file.data, file.root)
    whole: list[dict[str, Any]] = []
    written_in: list[dict[str, int]] = []
    for index, version in enumerate(versions):
        own = {section: index for section in SECTIONS if section in version}
        earlier = _earlier(file, index, version, versions)
        whole.append(dict(version) if earlier is None else taken_over(version, whole[earlier]))
        written_in.append(own if earlier is None else {**written_in[earlier], **own})
    return _Origin(file.name, {**file.data, "versions": whole}, file.root, tuple(written_in))


def _earlier(file: YamlFile, index: int, version: Mapping[str, Any], versions: list[dict[str, Any]]) -> int | None:
    """The position of the version that ``same_as`` names, None where there is no ``same_as``."""
    if "same_as" not in version:
        return None
    earlier = [position for position in range(index) if versions[position].get("version") == version["same_as"]]
    if not earlier:
        reason = f"same_as: {version['same_as']!r} is no earlier version"
        raise CatalogueError((file.fault(("versions", index, "same_as"), reason),))
    return earlier[0]
