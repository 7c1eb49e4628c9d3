"""One person's way through an insats, by the decisions of referral, planning and followup, without server or broker.

What referral appends is heard by planning at once, so a story goes on in the order of its days.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from contracts.agency import FieldError, ReferralProgressed
from contracts.catalogue import INSATSER, Agency, Insats, Rule, Unit
from contracts.catalogue.agencies import member_of_kind
from contracts.codes import Benefit, BenefitStatus, MeetingMode, Member, ReferralStep, Sex
from contracts.consent import ConsentStatus
from contracts.envelope import Fact
from contracts.events import AnyEvent
from contracts.planning import ParticipantExited
from contracts.problems import Refused
from contracts.referral import Attributes
from deploy.demo.identity import synthetic_number
from services.followup.domain.obligations import owed
from services.followup.domain.time_limits import time_limits
from services.planning.domain import command as ask
from services.planning.domain.command import Command
from services.planning.domain.exits import ExitAnswers
from services.planning.domain.sessions import Occupancy
from services.planning.domain.step_commands import AskForDocument, EndDocumentRequest, ReachStep
from services.planning.domain.step_rules import Owner, current_phase, reminders
from services.referral.domain import case as referral
from services.referral.domain import feedback, judging
from services.referral.domain.consents import ChangeConsent
from services.referral.domain.hand_back import AcknowledgeHandBack
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


@dataclass(frozen=True)
class EmploymentTerms:
    """What was decided of an employment."""

    from_on: date
    until_on: date | None
    support: str
    extent_percent: int
    kom_i_jobb: bool


@dataclass
class Process:
    """What one person's referral to an insats becomes. Each command is given on a day and raises Refused."""

    insats: Insats
    life: Life = field(default_factory=Life)
    group: Any = None
    """The group that the story is about, as tests.stories.group_sentences keeps it."""

    def rule(self, day: date) -> Rule:
        """The insats' rule of a day. Raises AssertionError if it has none: then the story is of the wrong time."""
        rule = self.insats.rule_on(day)
        assert rule is not None, f"{self.insats.name} has no rules on {day}"
        return rule

    @property
    def log(self) -> list[AnyEvent]:
        return self.life.log

    # Referral ---------------------------------------------------------------------------------------------------

    def refer(self, day: date, person: Person, unit_kind: str, door: str | None = None) -> None:
        """A unit of that kind refers the person. Raises AssertionError if the referral is rejected.

        ``door``: a shortcut; the story goes on in the insats that it leads to, whose rule asks for no answer.
        """
        unit = Unit(id="enheten", name="Enheten", kind=unit_kind)
        member = member_of_kind(unit_kind) or Member.KOMMUN
        agency = Agency(id="myndigheten", name="Myndigheten", member=member, units=(unit,))
        record = json.dumps(self._submission(day, person, unit, door)).encode()
        judged = judging.judge(
            read_submission(record), Rules(agency, INSATSER, Numbers.SYNTHETIC), Known(), today=day
        )
        assert isinstance(judged, Admission), f"rejected: {_messages(judged)}"
        self.life.hear(*judging.opening(judged, UUID(int=7)))
        if judged.destination.shortcut is not None:
            self.insats = INSATSER[judged.destination.insats]
            self.accept(day)

    def accept(self, day: date) -> None:
        self._decide(referral.Accept(day, day))

    def send_back(self, day: date, reason: str) -> None:
        reasons = frozenset(return_reasons(self.insats, day))
        self._decide(referral.Return(day, reason, reasons, day))

    def withdraw_consent(self, day: date) -> None:
        self._decide(ChangeConsent(ConsentStatus.WITHDRAWN, day, Attributes(), day))

    def _decide(self, command: referral.Command) -> None:
        self.life.hear(*referral.decide(command, referral.fold(self.log)))

    def _submission(self, day: date, person: Person, unit: Unit, door: str | None) -> dict[str, Any]:
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
                **({} if door is None else {"door": door}),
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
        self._ask(ask.BookMeeting(self.id("meeting"), day, kind, team, meets_on, starts_at, mode, Occupancy(), day))

    def hold(self, day: date, kind: str, present: Sequence[str] | None = None) -> None:
        """A meeting was held. ``present``: who was there, by role or kind; None where nobody says."""
        self._ask(ask.HoldMeeting(kind, day, None, day, None if present is None else tuple(present)))

    def plan(self, day: date, activities: list[tuple[Member, str]]) -> None:
        planned = tuple(ask.NewActivity(self.id(f"activity {n}"), *each) for n, each in enumerate(activities))
        self._ask(ask.MakeSamplan(self.id("plan"), day, planned, day))

    def support(self, day: date, role: str, worker_id: str = "medarbetare-1") -> None:
        self._ask(ask.AssignSupport(self.id(f"support {role}"), role, worker_id, day, day))

    def reach(
        self,
        day: date,
        step: str,
        *,
        document: str | None = None,
        registered_in: str | None = None,
        score: float | None = None,
    ) -> None:
        step_id = self.id(f"step {step}")
        self._ask(ReachStep(step_id, step, day, day, None, document, None, registered_in, score))

    def ask_for(self, day: date, step: str, document: str | None, asked_of: str) -> None:
        self._ask(AskForDocument(self.id("request"), step, asked_of, day, day, document=document))

    def end_request(self, day: date, reason: str) -> None:
        """The paper that has been awaited longest is awaited no longer."""
        awaited = next(each for each in self.life.case.steps.requests if each.is_open)
        self._ask(EndDocumentRequest(awaited.request_id, reason, day, day))

    def start(self, day: date) -> None:
        self._ask(ask.StartInsats(day, day))

    def employ(self, day: date, terms: EmploymentTerms, *, prolongs: bool) -> None:
        """An employment was decided; one that is prolonged is the latest."""
        known = self.life.case.livelihood.employments
        self._ask(
            ask.DecideEmployment(
                self.id("decision"),
                known[-1].employment_id if prolongs else self.id("employment"),
                day,
                terms.from_on,
                terms.until_on,
                day,
                prolongs,
                terms.kom_i_jobb,
                terms.support,
                terms.extent_percent,
            )
        )

    def end_employment(self, day: date, reason: str) -> None:
        """The latest employment ended."""
        employment = self.life.case.livelihood.employments[-1]
        self._ask(ask.EndEmployment(employment.employment_id, day, reason, day))

    def decide_benefit(self, day: date, benefit: str, status: BenefitStatus) -> None:
        self._ask(ask.DecideBenefit(self.id("benefit"), day, benefit, status, day))

    def limits(self, day: date) -> list[tuple[str, date]]:
        """The time limits by the clocks of the insats that run on a day: which, and their last days."""
        running = [each.terms for each in time_limits(self.log, INSATSER) if each.met is None]
        clocks = {each.id: each.label for each in self.rule(day).running_clocks}
        return sorted((clocks[each.clock], each.limit_on) for each in running if each.limit_on >= day)

    def leave(self, day: date, reason: str, answers: ExitAnswers) -> None:
        groups = {} if self.group is None else {self.group.of.group_id: self.group.found(self)}
        self._ask(ask.ExitInsats(day, reason, self.id("hand back"), day, answers, groups))

    def reopen(self, day: date) -> None:
        self._ask(ask.ReopenCase(day, day))

    def exit_in_error(self, day: date) -> None:
        self.life.take_back(self.life.id_of(ParticipantExited), today=day)

    def acknowledge(self, day: date) -> None:
        """The referrer says that they go on with the case."""
        self._decide(AcknowledgeHandBack(day, day))

    def _ask(self, command: Command) -> tuple[Fact, ...]:
        return self.life.ask(command)

    def id(self, name: str) -> UUID:
        """A new id, the same each time the story is told."""
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

    def why_not_leave(self, day: date, reason: str) -> str | None:
        """What an exit for a reason, without more, is answered with; None if it is allowed."""
        try:
            Life(log=list(self.log)).ask(ask.ExitInsats(day, reason, self.id("hand back"), day))
        except Refused as refused:
            return refused.message
        return None

    def why_not_reach(self, day: date, step: str) -> str | None:
        """What a step is answered with; None if it is allowed."""
        try:
            Life(log=list(self.log)).ask(ReachStep(self.id("step"), step, day, day))
        except Refused as refused:
            return refused.message
        return None

    def phase(self, day: date) -> str | None:
        """What the phase is called that the participation is in."""
        found = current_phase(self.life.case, self._owner(day))
        return None if found is None else found.step.label

    def left_to_do(self, day: date) -> list[str]:
        """What the rule wants before something that has not come yet."""
        return [each.label for each in reminders(self.life.case, self._owner(day))]

    def awaited(self) -> int:
        """How many papers that were asked for have neither come nor are awaited no longer."""
        return sum(each.is_open for each in self.life.case.steps.requests)

    def _owner(self, day: date) -> Owner:
        return Owner(self.insats.id, self.insats.name, self.rule(day))

    @property
    def handed_back_to(self) -> str | None:
        """Who the case went back to; None if it did not, or the exit was taken back. Referral must agree."""
        back = self.life.case.participations.hand_backs
        heard = referral.fold(self.log).hand_back
        assert (heard is None) == (not back), f"planning says {back}, referral {heard}"
        return back[-1].to if back else None

    @property
    def exits(self) -> int:
        """How many exits count."""
        return sum(each.exit is not None for each in self.life.case.participations.stays)

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
