"""A table as it must be, and the comparison with what it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Row: TypeAlias = Sequence[Any]


class _Unknown:
    """Stands for a value that is in no topic: it may be anything."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True)
class Table:
    """What a table must hold: for each key, the values of its other columns.

    ``keys`` and ``columns`` are compared, ``sealed`` names the columns that cannot be (ciphertexts, random ids,
    moments of writing), so that a column nobody thought of is noticed. ``where`` leaves rows out.
    """

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Mapping[Any, Row]
    sealed: tuple[str, ...] = ()
    where: str = "true"
    json: tuple[str, ...] = field(default=())

    @property
    def select(self) -> str:
        listed = ", ".join((*self.keys, *self.columns))
        return f"SELECT {listed} FROM {self.name} WHERE {self.where}"  # noqa: S608  # our own constants

    def differences(self, found: Mapping[Any, Row]) -> Iterator[str]:
        """Row by row, what is missing, what is too much, and what has another value."""
        for key in sorted(self.rows.keys() - found.keys(), key=repr):
            yield f"{self._row(key)} is missing: {self._shown(self.rows[key])}"
        for key in sorted(found.keys() - self.rows.keys(), key=repr):
            yield f"{self._row(key)} is too much: {self._shown(found[key])}"
        for key in sorted(self.rows.keys() & found.keys(), key=repr):
            for column, wanted, is_ in zip(self.columns, self.rows[key], found[key], strict=True):
                if wanted is not UNKNOWN and wanted != is_:
                    yield f"{self._row(key)}: {column} is {_short(is_)}, the topics say {_short(wanted)}"

    def _row(self, key: Row) -> str:
        named = ", ".join(f"{column}={value}" for column, value in zip(self.keys, key, strict=True))
        return f"{self.name}[{named}]"

    def _shown(self, row: Row) -> str:
        return ", ".join(f"{column}={_short(value)}" for column, value in zip(self.columns, row, strict=True))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"


def empty(name: str, keys: tuple[str, ...], sealed: tuple[str, ...]) -> Table:
    """A table in which nothing must be left."""
    return Table(name, keys, (), {}, sealed)


def without_nulls(value: Any) -> Any:
    """JSON in which an absent value and a null are the same."""
    match value:
        case dict():
            return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
        case list():
            return [without_nulls(inner) for inner in value]
        case _:
            return value
