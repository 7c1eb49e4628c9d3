"""All chance of the demo: one seeded generator and what is drawn from it."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from deploy.demo.days import working_day, working_day_before

T = TypeVar("T")


class Chance(Random):
    """A seeded generator that also draws working days."""

    def day(self, first: date, last: date) -> date:
        """A working day from ``first`` to ``last``. Raises ValueError if there is none."""
        first, last = working_day(first), working_day_before(last)
        if first > last:
            raise ValueError(f"no working day from {first} to {last}")
        return working_day_before(first + timedelta(days=self.randint(0, (last - first).days)))

    def days_before(self, day: date, least: int, most: int) -> date:
        """A working day so many days before another, or the last one before that."""
        return working_day_before(day - timedelta(days=self.randint(least, most)))

    def shuffled(self, items: Iterable[T]) -> list[T]:
        result = list(items)
        self.shuffle(result)
        return result


def repeated(counts: Mapping[T, int]) -> list[T]:
    """Each key as many times as its count."""
    return [key for key, count in counts.items() for _ in range(count)]
