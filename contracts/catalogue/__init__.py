"""The catalogue: insatser and agencies as data, with versions that have a first day of validity.

``INSATSER`` and ``AGENCIES`` are read and checked when they are first asked for; a service imports them, so a wrong
file stops it at its start with ``file:line: reason``. :mod:`contracts.catalogue.insats` says what an insats is made
of, ``docs/catalogue.md`` how a file is written.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from contracts.catalogue.agencies import (
    OWN_KINDS,
    RELATIVE,
    SELF,
    Agency,
    Association,
    Sender,
    Unit,
    association,
    load_agencies,
)
from contracts.catalogue.insats import SECTIONS, Insats, Rule
from contracts.catalogue.loading import INSATSER_FOLDER, load_insatser
from contracts.catalogue.yaml_files import CatalogueError, Fault

if TYPE_CHECKING:
    INSATSER: Mapping[str, Insats]
    AGENCIES: Mapping[str, Agency]

__all__ = [
    "AGENCIES",
    "INSATSER",
    "INSATSER_FOLDER",
    "OWN_KINDS",
    "RELATIVE",
    "SECTIONS",
    "SELF",
    "Agency",
    "Association",
    "CatalogueError",
    "Fault",
    "Insats",
    "Rule",
    "Sender",
    "Unit",
    "association",
    "load_agencies",
    "load_insatser",
]


@cache
def _insatser() -> Mapping[str, Insats]:
    return load_insatser(agencies=_agencies())


@cache
def _agencies() -> Mapping[str, Agency]:
    return load_agencies()


def __getattr__(name: str) -> Any:
    # Not read at import, so that `samspel catalogue check` can import the package and report a wrong file.
    if name == "INSATSER":
        return _insatser()
    if name == "AGENCIES":
        return _agencies()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
