"""The plan of lives as a calendar: what everybody does in each week."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from deploy.demo.days import monday_of, weeks
from deploy.demo.lives import FaultyReferral, Step, steps
from deploy.demo.population import Population


@dataclass
class Week:
    """What is done in one week, each life's steps in their order."""

    monday: date
    steps: dict[int, list[Step]] = field(default_factory=lambda: defaultdict(list))
    faulty: list[FaultyReferral] = field(default_factory=list)

    @property
    def last_day(self) -> date:
        """Its Friday: what the clock shows while the week is played."""
        return self.monday + timedelta(days=4)

    @property
    def size(self) -> int:
        return sum(map(len, self.steps.values())) + len(self.faulty)


def schedule(population: Population, first: date, last: date) -> list[Week]:
    """The play, week by week; a life is named by its place in the population."""
    calendar = {monday: Week(monday) for monday in weeks(first, last)}
    for number, life in enumerate(population.lives):
        for step in steps(life):
            calendar[monday_of(step.on)].steps[number].append(step)
    for faulty in population.faulty:
        calendar[monday_of(faulty.sent_on)].faulty.append(faulty)
    return list(calendar.values())
