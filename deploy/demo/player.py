"""Plays the calendar: sets the clock to a week, lets everybody do that week's steps, goes on to the next."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Iterable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, Final

from deploy.demo.agencies import Agencies
from deploy.demo.clock import set_clock
from deploy.demo.lifeline import Lifeline, send_faulty
from deploy.demo.lives import Step
from deploy.demo.office import Conflicting, Office
from deploy.demo.population import Population
from deploy.demo.weeks import Week

_MORNING: Final = time(8, 0)
# The steps of a life wait for each other, so a week may begin while the one before it is being finished.
_WEEKS_AT_ONCE: Final = 2

Task = asyncio.Task[None]


class Player:
    """Takes everybody's steps, many at a time, those of one life in order."""

    def __init__(self, population: Population, agencies: Agencies, office: Office, clock_file: Path) -> None:
        self._lifelines = [Lifeline(life, agencies, office) for life in population.lives]
        self._agencies = agencies
        self._clock_file = clock_file
        self._latest: dict[int, Task] = {}

    async def play(
        self,
        calendar: Iterable[Week],
        *,
        resumed_after: date | None,
        on_step: Callable[[], None],
        on_week: Callable[[date], None],
    ) -> None:
        """Plays the weeks after ``resumed_after``, or all. ``on_week`` gets each week that is finished.

        Raises PlayFailed for the first step that is refused; what is under way then is given up.
        """
        under_way: deque[tuple[date, list[Task]]] = deque()
        try:
            for week in calendar:
                if resumed_after is not None and week.monday <= resumed_after:
                    continue
                if len(under_way) == _WEEKS_AT_ONCE:
                    await _finish(*under_way.popleft(), on_week)
                set_clock(self._clock_file, week.last_day, _MORNING)
                under_way.append((week.monday, self._begin(week, resumed_after, on_step)))
            while under_way:
                await _finish(*under_way.popleft(), on_week)
        finally:
            await _give_up([task for _, tasks in under_way for task in tasks])

    def _begin(self, week: Week, resumed_after: date | None, on_step: Callable[[], None]) -> list[Task]:
        again = resumed_after is not None and week.monday <= resumed_after + timedelta(weeks=_WEEKS_AT_ONCE)
        take = self._take_again if again else self._take
        tasks = [asyncio.create_task(_counted(send_faulty(one, self._agencies), on_step)) for one in week.faulty]
        for number, steps in week.steps.items():
            task = asyncio.create_task(self._go_on(number, self._latest.get(number), steps, take, on_step))
            self._latest[number] = task
            tasks.append(task)
        return tasks

    async def _go_on(
        self,
        number: int,
        before: Task | None,
        steps: Iterable[Step],
        take: Callable[[Lifeline, Step], Coroutine[Any, Any, None]],
        on_step: Callable[[], None],
    ) -> None:
        if before is not None:
            await before
        for step in steps:
            await _counted(take(self._lifelines[number], step), on_step)

    async def _take(self, lifeline: Lifeline, step: Step) -> None:
        await lifeline.take(step)

    async def _take_again(self, lifeline: Lifeline, step: Step) -> None:
        """A step that the interrupted play may have taken: then the case's state does not allow it any more."""
        try:
            await lifeline.take(step)
        except Conflicting:
            return


async def _counted(doing: Coroutine[Any, Any, None], on_step: Callable[[], None]) -> None:
    await doing
    on_step()


async def _finish(monday: date, tasks: list[Task], on_week: Callable[[date], None]) -> None:
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        await _give_up(tasks)
        raise
    on_week(monday)


async def _give_up(tasks: Collection[Task]) -> None:
    for task in tasks:
        task.cancel()
    # Also those that failed by themselves: one failure is reported, and asyncio would report each of the others as an
    # exception that nobody retrieved.
    await asyncio.gather(*tasks, return_exceptions=True)
