"""What there is to do in the lists of follow-ups, for the start page."""

from collections.abc import Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends

from contracts.codes import Role
from contracts.events import local_date
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.to_do import WITH_LISTS, Part, ToDo
from services.followup import store, time_limit_store
from services.followup.domain.ledger import DueStatus
from services.followup.web.whose import MINE, Whose, on_day, whose
from services.followup.work import WORKERS

_LATE: Final = ("försenad uppföljning", "försenade uppföljningar")
_DUE: Final = ("uppföljning att göra", "uppföljningar att göra")
_TEAMS: Final = {"koordinator": " hos koordinatorerna", "lots": " hos lotsarna"}
_OFFERED: Final = (
    "uppföljning som en kollega ber dig ta över",
    "uppföljningar som kollegor ber dig ta över",
)

router = APIRouter(prefix="/api/followup", tags=["followup"])


@router.get("/to-do")
async def to_do(runtime: RuntimeOf, user: Annotated[User, Depends(signed_in(*WITH_LISTS))]) -> list[ToDo]:
    """How much there is in the lists that the user works with."""
    if not user.has(*WORKERS, Role.OFFICE):
        return []
    today = local_date(runtime.clock.now())
    mine = whose(MINE, user)
    async with runtime.pool.acquire() as connection:
        mine = await on_day(connection, mine, today)
        found: list[ToDo] = []
        if user.has(*WORKERS):
            found += _of_list(Part.MINE, mine, await store.count(connection, mine.work_list, today), "")
            offered = await store.count_offered(connection, user.worker_id)
            found.append(ToDo.of(Part.MINE, offered, *_OFFERED, _address(mine)))
        for word, with_whom in _TEAMS.items():
            team = whose(word, user)
            found += _of_list(Part.TEAM, team, await store.count(connection, team.work_list, today), with_whom)
        escalated = sum((await store.escalated_counts(connection)).values())
        limits = await time_limit_store.counts(connection, today)
    return [
        *found,
        ToDo.of(Part.TEAM, escalated, "lyft uppföljning", "lyfta uppföljningar", "/uppfoljningar/lyfta", late=True),
        ToDo.of(
            Part.TEAM,
            limits.passed,
            "tidsgräns som har passerats",
            "tidsgränser som har passerats",
            "/uppfoljningar/tidsgranser",
            late=True,
        ),
    ]


def _of_list(part: Part, shown: Whose, counts: store.Counts, with_whom: str) -> Iterator[ToDo]:
    for status, (one, many), late in ((DueStatus.OVERDUE, _LATE, True), (DueStatus.DUE, _DUE, False)):
        yield ToDo.of(part, counts[status], one + with_whom, many + with_whom, _address(shown), late=late)


def _address(shown: Whose) -> str:
    return f"/uppfoljningar?roll={shown.word}"
