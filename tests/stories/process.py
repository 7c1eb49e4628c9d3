"""One person's way through an insats, by the decisions of referral, planning and followup, without server or broker.

What referral appends is heard by planning at once, so a story goes on in the order of its days.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from contracts.agency import FieldError, ReferralProgressed
from contracts.catalogue import INSATSER, Agency, Insats, Rule, Unit
from contracts.codes import Benefit, MeetingMode, Member, ReferralStep, Sex
from contracts.consent import ConsentStatus
from contracts.envelope import Fact
from contracts.events import AnyEvent
from contracts.problems import Refused
from contracts.referral import Attributes
from deploy.demo.identity import synthetic_number
from services.followup.domain.obligations import owed
from services.planning.domain import command as ask
from services.planning.domain.command import Command
from services.planning.domain.sessions import Occupancy
from services.referral.domain import case as referral
from services.referral.domain import feedback, judging
from services.referral.domain.consents import ChangeConsent
from services.referral.domain.judging import Admission, Known, Numbers, Rules
from services.referral.domain.reading import read_submission
from services.referral.domain.return_reasons import return_reasons
from tests.unit.planning import mother
from tests.unit.planning.mother import Life

_IDS: Final = UUID(int=2021)
_REFERENCE: Final = "BER-1"


@dataclass(frozen=True)
class Person:
    """Who is referred, as the story has it."""

    sex: Sex
    age: int
    needs: tuple[Member, ...]
    benefits: tuple[Benefit, ...] = ()
    consents: bool = True


@dataclass
class Process:
    """What one person's referral to an insats becomes. Each command is given on a day and raises Refused."""

    insats: Insats
    life: Life = field(default_factory=Life)

    def rule(self, day: date) -> Rule:
        """The insats' rule of a day. Raises AssertionError if it has none: then the story is of the wrong time."""
        rule = self.insats.rule_on(day)
        assert rule is not None, f"{self.insats.name} has no rules on {day}"
        return rule

    @property
    def log(self) -> list[AnyEvent]:
        return self.life.log

    # Referral ---------------------------------------------------------------------------------------------------

    def refer(self, day: date, person: Person, unit_kind: str) -> None:
        """A unit of that kind refers the person. Raises AssertionError if the referral is rejected."""
        unit = Unit(id="enheten", name="Enheten", kind=unit_kind)
        agency = Agency(id="myndigheten", name="Myndigheten", member=Member.KOMMUN, units=(unit,))
        record = json.dumps(self._submission(day, person, unit)).encode()
        judged = judging.judge(
            read_submission(record), Rules(agency, INSATSER, Numbers.SYNTHETIC), Known(), today=day
        )
        assert isinstance(judged, Admission), f"rejected: {_messages(judged)}"
        self.life.hear(*judging.opening(judged, UUID(int=7)))

    def accept(self, day: date) -> None:
        self._decide(referral.Accept(day, day))

    def send_back(self, day: date, reason: str) -> None:
        reasons = frozenset(return_reasons(self.insats, day))
        self._decide(referral.Return(day, reason, reasons, day))

    def withdraw_consent(self, day: date) -> None:
        self._decide(ChangeConsent(ConsentStatus.WITHDRAWN, day, Attributes(), day))

    def _decide(self, command: referral.Command) -> None:
        self.life.hear(*referral.decide(command, referral.fold(self.log)))

    def _submission(self, day: date, person: Person, unit: Unit) -> dict[str, Any]:
        born = date(day.year - person.age, 1, 1)
        birth_number = 980 if person.sex is Sex.WOMAN else 981
        choice = "given" if person.consents else "refused"
        return {
            "specversion": "1.0",
            "id": f"{_REFERENCE}/1",
            "source": "urn:agency:myndigheten",
            "type": "ReferralSubmitted",
            "data": {
                "reference": _REFERENCE,
                "insats": self.insats.id,
                "referred_on": day.isoformat(),
                "referrer": {"unit": unit.id, "officer": {"name": "Handläggare Prov"}},
                "person": {
                    "identity_number": synthetic_number(born, birth_number),
                    "given_name": "Påhitta",
                    "family_name": "Provsson",
                    "sex": person.sex,
                },
                "needs": list(person.needs),
                "consent": {"choice": choice, "stated_on": day.isoformat()},
                "background": {"benefits": list(person.benefits)},
            },
        }

    # Planning ---------------------------------------------------------------------------------------------------

    def book(self, day: date, kind: str, meets_on: date, mode: MeetingMode, team: str | None) -> None:
        starts_at = mother.NINE if team else None
        self._ask(ask.BookMeeting(self._id("meeting"), day, kind, team, meets_on, starts_at, mode, Occupancy(), day))

    def hold(self, day: date, kind: str) -> None:
        self._ask(ask.HoldMeeting(kind, day, None, day))

    def plan(self, day: date, activities: list[tuple[Member, str]]) -> None:
        planned = tuple(ask.NewActivity(self._id(f"activity {n}"), *each) for n, each in enumerate(activities))
        self._ask(ask.MakeSamplan(self._id("plan"), day, planned, day))

    def support(self, day: date, role: str, worker_id: str = "medarbetare-1") -> None:
        self._ask(ask.AssignSupport(self._id(f"support {role}"), role, worker_id, day, day))

    def start(self, day: date) -> None:
        self._ask(ask.StartInsats(day, day))

    def leave(self, day: date, reason: str) -> None:
        self._ask(ask.ExitInsats(day, reason, day))

    def _ask(self, command: Command) -> tuple[Fact, ...]:
        return self.life.ask(command)

    def _id(self, name: str) -> UUID:
        return uuid5(_IDS, f"{name} {len(self.log)}")

    # What came of it --------------------------------------------------------------------------------------------

    @property
    def state(self) -> referral.CaseState:
        """Where the case stands, in referral's words; planning must agree on who takes part and who has left."""
        state = referral.fold(self.log).state
        assert self.life.case.stage == _STAGES[state], f"planning says {self.life.case.stage}, referral {state}"
        return state

    def why_not_start(self, day: date) -> str | None:
        """What a start is answered with; None if it is allowed."""
        try:
            Life(log=list(self.log)).ask(ask.StartInsats(day, day))
        except Refused as refused:
            return refused.message
        return None

    def heard(self, day: date) -> list[ReferralStep]:
        """The steps that the referrer has had feedback on up to that day, in their order."""
        about = feedback.Referral(mother.CASE, "myndigheten", _REFERENCE, self.insats.id)
        places = {event.id: place for place, event in enumerate(self.log)}
        steps = [
            (each.fact.happened_on, places[each.cause], each.fact.step)
            for each in feedback.missing(about, self.log, [], day)
            if isinstance(each.fact, ReferralProgressed) and each.cause is not None
        ]
        return [step for _, _, step in sorted(steps)]

    def follow_ups(self, day: date) -> list[date]:
        """The days by which follow-ups are due, earliest first; superseded ones are not."""
        due = owed(self.log, INSATSER, day).follow_ups.values()
        return sorted(each.terms.due_on for each in due if each.superseded is None)


_STAGES: Final = {
    referral.CaseState.WAITING: "referred",
    referral.CaseState.ACCEPTED: "accepted",
    referral.CaseState.STARTED: "participating",
    referral.CaseState.RETURNED: "returned",
    referral.CaseState.CLOSED: "exited",
}


def _messages(errors: tuple[FieldError, ...]) -> list[str]:
    return [f"{error.field}: {error.message}" for error in errors]
