"""What the forms of the board send."""

import re
from datetime import date, time
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, Field

from contracts.codes import MeetingMode
from contracts.model import Code
from services.chassis.inputs import ClockTime, Day, wrong
from services.planning.domain.meetings import Seat

_CHOICE: Final = re.compile(r"([a-z0-9-]{1,60}) (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})", re.ASCII)


def choice_of(session: Seat) -> str:
    """A session of an insats as one value of a form: ``team-2 2026-12-01 09:00``."""
    return f"{session.team} {session.meets_on} {session.starts_at:%H:%M}"


class Choice(BaseModel):
    """A session that was chosen."""

    team: Code
    meets_on: Day
    starts_at: ClockTime


def _chosen(sent: object) -> object:
    found = _CHOICE.fullmatch(sent) if isinstance(sent, str) else None
    if found is None:
        raise wrong("session_form", "Välj en av mötestiderna i listan.")
    return {"team": found[1], "meets_on": found[2], "starts_at": found[3]}


class BookForm(BaseModel):
    """A seat for a case: in which session, and how they meet."""

    session: Annotated[Choice, BeforeValidator(_chosen)]
    mode: MeetingMode


class SessionForm(BaseModel):
    """A session as it is to be. Empty ``area``: for all districts; empty ``reserved_for``: held back from all."""

    insats: Code
    team: Code
    meets_on: Day
    starts_at: ClockTime
    seats: Annotated[int, Field(ge=0, le=50)] = 1
    reserved: Annotated[int, Field(ge=0, le=50)] = 0
    reserved_for: MeetingMode | Literal[""] = ""
    area: Code | Literal[""] = ""
    extra: bool = False

    @property
    def seat(self) -> Seat:
        return Seat(self.insats, self.team, self.meets_on, self.starts_at)


class Filled(BaseModel):
    """The session form as it is shown: filled in with what is known."""

    insats: str
    team: str = ""
    meets_on: date | None = None
    starts_at: time | None = None
    seats: int = 1
    reserved: int = 0
    reserved_for: str = ""
    area: str = ""
    extra: bool = False
