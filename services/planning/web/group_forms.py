"""What the forms of groups send, on the calendar of groups, a group's page and that of a case's seats."""

import re
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from contracts.catalogue import INSATSER
from contracts.codes import EnrolmentOutcome
from contracts.model import Code
from contracts.planning import GroupName
from contracts.problems import Invalid
from services.chassis.inputs import ClockTime, Day, Empty, Text
from services.chassis.user_ids import WORKER_ID
from services.planning.domain import command as ask
from services.planning.domain.decide_groups import MOST, DeclareGroup, days_from
from services.planning.domain.groups import GroupOf
from services.planning.web.places import code_of

_DAY: Final = TypeAdapter[date](Day)
_NAME: Final = TypeAdapter[str](GroupName)
_BETWEEN: Final = re.compile(r"[\s,;]+")


def _one_line(sent: object) -> object:
    """Lines of a text area as words of one line: days may stand under each other."""
    return " ".join(sent.split()) if isinstance(sent, str) else sent


Lines = Annotated[Text, BeforeValidator(_one_line), Field(max_length=3_000)]


class GroupForm(BaseModel):
    """A group as it is to be. ``group``: empty for a new one.

    ``days``: when it meets; empty where the days follow from ``starts_on``, ``weekdays`` and ``sessions``.
    """

    insats: Code
    group: Code | Annotated[str, Field(max_length=0)] = ""
    name: Annotated[Text, Field(max_length=60)]
    capacity: Code
    seats: Annotated[Annotated[int, Field(ge=0, le=1_000)] | None, Empty] = None
    days: Lines = ""
    starts_on: Annotated[Day | None, Empty] = None
    weekdays: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(max_length=7)] = []
    sessions: Annotated[Annotated[int, Field(ge=1, le=200)] | None, Empty] = None
    starts_at: Annotated[ClockTime | None, Empty] = None
    minutes: Annotated[Annotated[int, Field(ge=5, le=720)] | None, Empty] = None
    site: Annotated[Code | None, Empty] = None
    leader_id: Annotated[Text, Field(max_length=60)] = ""
    opens_on: Annotated[Day | None, Empty] = None
    closes_on: Annotated[Day | None, Empty] = None

    def command(self, today: date) -> DeclareGroup:
        """What is asked of the domain. Raises Invalid for a name, a day or a leader that is none."""
        days = self._days()
        new = self.group == ""
        if not _fits(_NAME, self.name):
            message = "Skriv gruppens namn med minst två bokstäver och utan siffror, och aldrig en persons."
            raise Invalid("name_form", message, "name")
        if self.leader_id and not re.fullmatch(WORKER_ID, self.leader_id):
            message = "Ange kursledarens användarnamn: små bokstäver, siffror och bindestreck."
            raise Invalid("worker_form", message, "leader_id")
        return DeclareGroup(
            of=GroupOf(self.insats, self.group or _code(self.name, days[0])),
            name=self.name,
            capacity=self.capacity,
            session_days=days,
            today=today,
            seats=self.seats,
            starts_at=self.starts_at,
            minutes=self.minutes,
            site=self.site,
            leader_id=self.leader_id or None,
            opens_on=self.opens_on,
            closes_on=self.closes_on,
            new=new,
        )

    def _days(self) -> tuple[date, ...]:
        words = [word for word in _BETWEEN.split(self.days) if word]
        if not words and self.group:
            raise Invalid("days_missing", "Ange vilka dagar gruppen träffas.", "days")
        if not words:
            return days_from(INSATSER, self.insats, self.capacity, self.starts_on, self.weekdays, self.sessions)
        if len(words) > MOST or not all(_fits(_DAY, word) for word in words):
            message = f"Skriv dagarna som 2031-09-03, en på varje rad, högst {MOST}."
            raise Invalid("days_form", message, "days")
        return tuple(_DAY.validate_python(word) for word in words)


def _code(name: str, starts_on: date) -> str:
    """A new group's code: its name and its first day, so that next term's of the same name is another one."""
    return f"{code_of(name)[:40].strip('-')}-{starts_on}"


def _fits(adapter: TypeAdapter[Any], sent: str) -> bool:
    try:
        adapter.validate_python(sent)
    except ValidationError:
        return False
    return True


class SessionAttendanceForm(BaseModel):
    """Who came to a session. ``listed``: the seats that the form showed; whoever of them is not in ``came`` did not
    come."""

    session_on: Day
    listed: Annotated[list[UUID], Field(max_length=200)] = []
    came: Annotated[list[UUID], Field(max_length=200)] = []


class CallOffForm(BaseModel):
    """A session is not held."""

    session_on: Day
    reason: Code


class EndForm(BaseModel):
    """Somebody has completed the group, or has left it."""

    ended_on: Day
    outcome: EnrolmentOutcome
    reason: Annotated[Code | None, Empty] = None

    def command(self, enrolment_id: UUID, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.EndEnrolment(enrolment_id, self.ended_on, self.outcome, today, self.reason)


class EnrolForm(BaseModel):
    """Somebody gets a seat in a group."""

    group_id: UUID
    enrolled_on: Day

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.Enrol(uuid4(), self.group_id, self.enrolled_on, today)


class ReserveForm(BaseModel):
    """Somebody waits for a seat; empty ``group_id``: in any group of the insats."""

    group_id: Annotated[UUID | None, Empty] = None

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.JoinReserve(self.group_id, today, today)
