"""What becomes of calls to a form of plan, by the decisions of planning and followup, without server or broker.

A form has no cases of its own: a story says whose case it is, and parties are called about that.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from contracts.catalogue import INSATSER, Insats, Rule
from contracts.catalogue.plan_forms import initiator_label, initiators, plan_form_of
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import Member, Sex
from contracts.envelope import Fact
from contracts.followup import DeadlineSet, FollowUpScheduled
from contracts.labels import label
from contracts.planning import CallDecidedAgainst, MeetingCalled
from contracts.problems import Refused
from services.followup.domain.ledger import fold
from services.followup.domain.obligations import owed
from services.followup.domain.reconcile import reconcile
from services.planning.domain import command as ask
from services.planning.domain.called import last_day
from services.planning.domain.command import Command
from services.reporting.web.sentences import sentence
from services.reporting.web.spoken import Context
from tests.stories.process import Person, Process
from tests.unit.planning.mother import Life

T = TypeVar("T")
Sentence = Callable[["Calls", date, re.Match[str]], None]

_SEXES: Final = {"En kvinna": Sex.WOMAN, "En man": Sex.MAN}
_ADULT: Final = 18


@dataclass
class Calls:
    """A person's case, and what is done with a form of plan about it."""

    form: Insats
    person: Person | None = None
    cases: list[Process] = field(default_factory=list)

    def carry_out(self, day: date, text: str) -> None:
        """Does what a sentence says, or checks what it expects. Raises AssertionError or Refused."""
        for pattern, does in _SENTENCES.items():
            if found := re.fullmatch(pattern, text):
                does(self, day, found)
                return
        raise AssertionError(f"no sentence like: {text}")

    def decided(self) -> list[Fact]:
        """What was decided for those who initiated: a call, or none."""
        facts = (event.data for case in self.cases for event in case.log)
        return [fact for fact in facts if isinstance(fact, MeetingCalled | CallDecidedAgainst)]

    @property
    def case(self) -> Process:
        assert self.cases, "the story says first whose case it is"
        return self.cases[-1]

    def rule(self, day: date) -> Rule:
        rule = self.form.rule_on(day)
        assert rule is not None, f"{self.form.name} has no rules on {day}"
        return rule

    def ask(self, command: Command) -> None:
        self.case.life.ask(command)

    def refusal(self, command: Command) -> str | None:
        """What a command is answered with; None if it is allowed, and then nothing is done either."""
        try:
            Life(log=list(self.case.log)).ask(command)
        except Refused as refused:
            return refused.message
        return None

    def told(self, day: date) -> Iterator[str]:
        """What is to be read in the case on a day: each fact with its details."""
        log = self.case.log
        concluded = [each.fact for each in reconcile(fold(log), owed(log, INSATSER, day), day)]
        rules = {each.deadline_id: each.rule for each in concluded if isinstance(each, DeadlineSet)} | {
            each.follow_up_id: each.rule for each in concluded if isinstance(each, FollowUpScheduled)
        }
        for fact in (*(event.data for event in log), *concluded):
            said = sentence(fact, Context(rules=rules))
            yield " ".join((said.text, *said.details))


def _taken_on(calls: Calls, day: date, found: re.Match[str]) -> None:
    insats = next((each for each in INSATSER.values() if each.name == found["insats"]), None)
    assert insats is not None, f"no insats is called {found['insats']}"
    process = Process(insats)
    assert plan_form_of(insats, process.rule(day), INSATSER) == calls.form, f"{insats.name} does not use the form"
    door = next(door for door in process.rule(day).doors if door.leads_to_a_case)
    unit_kind = next(kind for kind in door.admits if kind in words()["unit_kinds"])
    calls.person = Person(_SEXES[found["who"]], int(found["age"]), (Member.KOMMUN, Member.REGION))
    process.refer(day, calls.person, unit_kind)
    process.accept(day)
    calls.cases.append(process)


def _call(calls: Calls, day: date, found: re.Match[str]) -> None:
    command = _asked(calls, day, found)
    if found["why"] is None:
        calls.ask(command)
        return
    _expect(found["why"], calls.refusal(command) or "kallelsen skickas")


def _asked(calls: Calls, day: date, found: re.Match[str]) -> ask.CallParties:
    assert found["form"] == calls.form.name, f"the form is called {calls.form.name}"
    who = {each: initiator_label(each) for each in initiators(calls.rule(day))}
    meeting = calls.rule(day).meeting("sip")
    also = {each: word_label("actors", each) for each in (meeting.also if meeting else ())}
    parties = _parties(found["parties"])
    invited = tuple(_code(each, also) for each in _split(found["invited"])) if found["invited"] else ()
    everybody = {**{each.value: label(each) for each in Member}, **also}
    if found["consents"] == "alla":
        consents = frozenset({*(each.value for each in parties), *invited})
    else:
        consents = frozenset(_code(each, everybody) for each in _split(found["consents"]))
    minor = calls.person is not None and calls.person.age < _ADULT
    return ask.CallParties(
        call_id=calls.case.id(f"call {len(calls.case.log)}"),
        initiator=_code(found["who"], who),
        parties=parties,
        invited=invited,
        consents_to=consents,
        minor=minor,
        guardian_agrees=found["guardian"] is not None,
        sent_on=day,
        meets_on=date.fromisoformat(found["on"]),
        starts_at=None,
        today=day,
    )


def _against(calls: Calls, day: date, found: re.Match[str]) -> None:
    who = {each: initiator_label(each) for each in initiators(calls.rule(day))}
    command = ask.DecideAgainstCall(
        _code(found["who"], who), _code(found["why"], words()["no_call_reasons"]), day, day
    )
    calls.ask(command)


def _hold(calls: Calls, day: date, found: re.Match[str]) -> None:
    kinds = words()["activity_kinds"]
    parts = [each.partition(": ") for each in found["plan"].split("; ")] if found["plan"] else []
    activities = tuple(
        ask.NewActivity(calls.case.id(f"activity {nth}"), _parties(who)[0], _code(what, kinds))
        for nth, (who, _, what) in enumerate(parts)
    )
    agreed = None if found["next"] is None else date.fromisoformat(found["next"])
    calls.ask(ask.HoldCalledMeeting(day, _parties(found["came"]), calls.case.id("sip"), activities, agreed, day))


def _withdraw(calls: Calls, day: date, _found: re.Match[str]) -> None:
    calls.ask(ask.WithdrawCall(day, day))


def _agree(calls: Calls, day: date, found: re.Match[str]) -> None:
    calls.ask(ask.AgreeFollowUp(day, date.fromisoformat(found["on"]), day))


def _close(calls: Calls, day: date, found: re.Match[str]) -> None:
    exits = calls.rule(day).exits
    assert exits is not None, "the form has no reasons to close a plan for"
    reasons = {each.code: each.label or word_label("exit_reasons", each.code) for each in exits.reasons}
    calls.ask(ask.CloseCoordinatedPlan(day, _code(found["reason"], reasons), day))


def _withdraw_consent(calls: Calls, day: date, _found: re.Match[str]) -> None:
    calls.ask(ask.WithdrawSipConsent(day, day))


def _awaited(calls: Calls, _day: date, found: re.Match[str]) -> None:
    call = calls.case.life.case.coordination.open_call
    assert call is not None, "nobody is awaited"
    _expect(found["parties"], " och ".join(label(each) for each in call.awaited))
    _expect(found["on"], str(last_day(call, INSATSER)))


def _nobody_awaited(calls: Calls, _day: date, _found: re.Match[str]) -> None:
    call = calls.case.life.case.coordination.open_call
    assert call is None, "somebody is awaited"


def _plan_holds(calls: Calls, _day: date, found: re.Match[str]) -> None:
    holds = calls.case.life.case.coordination.open_plan is not None
    assert holds == (found["what"] == "Planen"), f"it is not so that: {found[0]}"


def _followed_up(calls: Calls, day: date, found: re.Match[str]) -> None:
    due = ", ".join(each.isoformat() for each in calls.case.follow_ups(day))
    _expect(found["days"] or "", due)


def _reads(calls: Calls, day: date, found: re.Match[str]) -> None:
    told = list(calls.told(day))
    assert found["text"] in told, f"the case says only: {told}"


def _reads_nothing_of(calls: Calls, day: date, _found: re.Match[str]) -> None:
    """Of the form's own limits; the insats has others."""
    clocks = {clock.label for clock in calls.rule(day).clocks}
    told = [each for each in calls.told(day) if each.startswith("Tidsgräns passerad")]
    passed = [each for each in told if any(each.startswith(f"Tidsgräns passerad: {label}") for label in clocks)]
    assert not passed, f"it has run out: {passed}"


_DAY: Final = r"\d{4}-\d\d-\d\d"
_SENTENCES: Final[Mapping[str, Sentence]] = {
    r"(?P<who>En kvinna|En man) på (?P<age>\d+) år är antagen till (?P<insats>.+)\.": _taken_on,
    rf"(?P<form>\S+) initieras av (?P<who>[^.]+)\. Kallas: (?P<parties>[^.]+)\."
    rf"(?: Bjuds också in: (?P<invited>[^.]+)\.)? Samtycke finns till (?P<consents>[^.]+)\."
    rf"(?P<guardian> Vårdnadshavaren samtycker också\.)? Möte (?P<on>{_DAY})\."
    r"(?: Kallelsen skickas inte: ”(?P<why>.+)”)?": _call,
    r"Ingen kallas: (?P<why>[^.]+)\. Initierat av (?P<who>[^.]+)\.": _against,
    rf"SIP-möte hålls\. Kom: (?P<came>[^.]+)\.(?: Vem gör vad: (?P<plan>[^.]+)\.)?"
    rf"(?: Nästa uppföljning: (?P<next>{_DAY})\.)?": _hold,
    r"Kallelsen återtas\.": _withdraw,
    rf"Nästa uppföljning bestäms till (?P<on>{_DAY})\.": _agree,
    r"Planen avslutas: (?P<reason>.+)\.": _close,
    r"Samtycket till planen återkallas\.": _withdraw_consent,
    rf"Väntas: (?P<parties>.+), senast (?P<on>{_DAY})\.": _awaited,
    r"Ingen väntas\.": _nobody_awaited,
    r"(?P<what>Planen|Ingen plan) gäller\.": _plan_holds,
    r"Uppföljningar ska göras: (?P<days>.+)\.": _followed_up,
    r"(?P<days>)Inga uppföljningar ska göras\.": _followed_up,
    r"I ärendet står: ”(?P<text>.+)”": _reads,
    r"Ingen tidsgräns har passerats\.": _reads_nothing_of,
}


def _expect(expected: str, found: str) -> None:
    assert found == expected, f"expected {expected!r}, but it was {found!r}"


def _split(names: str) -> list[str]:
    return re.split(r", | och ", names)


def _parties(names: str) -> tuple[Member, ...]:
    labels = {each: label(each) for each in Member}
    return tuple(_code(name, labels) for name in _split(names))


def _code(name: str, labels: Mapping[T, str]) -> T:
    """What is called that. Raises AssertionError if nothing is."""
    found = [code for code, called in labels.items() if called == name]
    assert len(found) == 1, f"{name!r} is none of {', '.join(labels.values())}"
    return found[0]
