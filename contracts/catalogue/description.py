"""A version of an insats in plain Swedish, for colleagues of other authorities who do not know it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from contracts.catalogue.course import ActivityRule, MeetingRule, PhaseStep, QuestionStep, Step
from contracts.catalogue.entry import ConsentRule, Criterion, Intake
from contracts.catalogue.fields import Section
from contracts.catalogue.insats import Insats, Rule
from contracts.catalogue.people import (
    AcceptanceGate,
    Capacity,
    Caseload,
    DecisionGate,
    Group,
    Lent,
    LotGate,
    MeetingGate,
    Places,
    Session,
)
from contracts.catalogue.results import ExitRule, TimeLimit
from contracts.catalogue.sources import readable
from contracts.catalogue.timing import ClockRule, CountedFollowUp, FollowUp, Limit
from contracts.catalogue.vocabulary import word_label

_NUMBERS: Final = {2: "två", 3: "tre", 4: "fyra"}
_ANCHORS: Final = {"plan": "planen gjordes", "start": "starten", "exit": "avslutet"}


@dataclass(frozen=True)
class Line:
    """A sentence, and our reading behind it where there is one."""

    text: str
    reading: str | None = None


@dataclass(frozen=True)
class Part:
    """What is said under one heading."""

    heading: str
    lines: tuple[Line, ...]


class Description:
    """Says a version in Swedish. ``insatser`` gives the names of the other insatser it speaks of."""

    def __init__(self, rule: Rule, insatser: Mapping[str, Insats]) -> None:
        self._rule = rule
        self._insatser = insatser

    def parts(self) -> tuple[Part, ...]:
        """The headings a case worker asks after; those without anything to say are left out."""
        written = (
            ("Vem den är för", self._target()),
            ("Vem som kan anmäla eller fråga", map(self._door, self._rule.doors)),
            ("Hur man kommer in", self._way_in()),
            ("Vad personen tillfrågas om", map(self._consent, self._rule.consents)),
            ("Vilka som arbetar med den", self._roles()),
            ("Vad som bestäms, och när man träffas", self._decided()),
            ("Vad som händer", self._course()),
            ("Vad som följs upp", self._follow_up()),
            ("Hur man slutar", self._exit()),
            ("Vad insatsen har lovat", self._goals()),
        )
        parts = (Part(heading, tuple(lines)) for heading, lines in written)
        return tuple(part for part in parts if part.lines)

    # Who it is for, and the way in

    def _target(self) -> Iterator[Line]:
        target = self._rule.target
        if target.age.lower is not None or target.age.upper is not None:
            yield _line(_age(target.age.lower, target.age.upper), target.age)
        if target.areas:
            yield Line(f"Bor eller är skriven i {_either(_labels('areas', target.areas))}.")
        if target.members_needed > 1:
            needed = _NUMBERS[target.members_needed]
            yield Line(f"Behöver stöd av minst {needed} av samordningsförbundets medlemmar.")
        for each in target.all_of:
            yield self._criterion("Villkor", each)
        for nth, each in enumerate(target.any_of):
            said = "Minst ett av villkoren" if len(target.any_of) > 1 else "Villkor"
            yield self._criterion("Eller" if nth else said, each)
        for each in target.none_of:
            yield self._criterion("Inte för", each)
        for each in target.priority:
            yield self._criterion("Går före", each)

    def _criterion(self, how: str, criterion: Criterion) -> Line:
        door = self._rule.door(criterion.door) if criterion.door else None
        through = f" (anmälan från {_either(_labels('unit_kinds', door.admits))})" if door else ""
        return _line(f"{how}: {criterion.text}{through}.", criterion)

    def _door(self, door: Intake) -> Line:
        said = f"{_capital(door.label)}: {_either([self._rule.who(word) for word in door.admits])}."
        if door.opens is not None:
            said += f" Leder direkt till {self._insatser[door.opens.insats].name}."
        if door.kind == "consultation":
            said += " Ett samtal om råd, utan att ett ärende öppnas."
        if not door.formal_decision:
            said += " Inget biståndsbeslut behövs."
        if door.asks:
            said += f" Frågar efter {_listed(_labels('asks', door.asks))}."
        if door.share is not None:
            said += f" {door.share} % av deltagarna ska komma den vägen."
        if door.pausable:
            said += " Intaget kan ha uppehåll."
        return _line(said, door)

    def _way_in(self) -> Iterator[Line]:
        if self._rule.takes_referrals or not isinstance(self._rule.gate, AcceptanceGate):
            yield _line(self._gate(), self._rule.gate)
        returns = self._rule.gate.returns
        if returns is not None and returns.reasons:
            reasons = _either(_labels("return_reasons", returns.reasons))
            yield _line(f"Anmälan kan gå tillbaka till den som gjorde den. Skäl: {reasons}.", returns)
        queue = self._rule.queue
        if queue is not None:
            order = "i den ordning de anmäldes" if queue.order == "arrival" else "efter vilka som ska gå före"
            decided = (
                f" {_capital(self._rule.who(queue.decided_by))} bestämmer ordningen." if queue.decided_by else ""
            )
            yield _line(f"De som väntar tas emot {order}.{decided}", queue)
        yield from map(self._capacity, self._rule.capacity)

    def _gate(self) -> str:
        gate = self._rule.gate
        deciding = [self._rule.who(word) for word in gate.decided_by]
        by = f" {_capital(_listed(deciding))} bestämmer." if deciding else ""
        match gate:
            case AcceptanceGate():
                said = f"Insatsen tar ställning till anmälan.{by}"
            case MeetingGate():
                said = f"Först hålls ett möte: {self._meeting(gate.meeting)}.{by}"
            case DecisionGate():
                said = f"Det krävs ett beslut.{by}"
            case LotGate():
                arms = _either(_labels("arms", gate.arms))
                said = f"Den som tackar ja lottas: {arms}. Alla är med i studien."
            case _:
                assert_never(gate)
        outcomes = f" Det kan sluta så här: {_either(_labels('outcomes', gate.outcomes))}." if gate.outcomes else ""
        return said + outcomes

    def _capacity(self, capacity: Capacity) -> Line:
        match capacity:
            case Session():
                seats = "ett ärende" if capacity.seats == 1 else f"{capacity.seats} ärenden"
                modes = f" ({_either(_labels('modes', capacity.when.mode))})" if capacity.when else ""
                minutes = f", {capacity.minutes} minuter" if capacity.minutes else ""
                said = f"Högst {seats} per mötestid{modes}{minutes}. {len(capacity.resources)} team tar emot."
            case Group():
                said = _group(capacity)
            case Places():
                said = "Platserna beror på arbetsplatserna; när en plats blir ledig meddelas det."
            case Caseload():
                many = f"ca {capacity.seats} deltagare åt gången" if capacity.seats else "flera deltagare åt gången"
                posts = f" Tjänster: {capacity.posts}." if capacity.posts else ""
                said = f"En {self._rule.who(capacity.id)} har {many}.{posts}"
            case Lent():
                lenders = _listed([self._insatser[each].name for each in capacity.lenders])
                said = f"Vid lång kö kan {lenders} ta emot deltagare."
            case _:
                assert_never(capacity)
        return _line(said, capacity)

    def _consent(self, consent: ConsentRule) -> Line:
        said = f"Samtycke till {word_label('purposes', consent.purpose)}."
        said += f" {_capital(self._rule.who(consent.asked_by))} frågar {self._at(consent.at)}."
        said += f" Utan samtycke: {word_label('consent_effects', consent.if_refused)}."
        if consent.for_each_receiver:
            said += " Det frågas för var och en som får uppgifter."
        if consent.guardian_under is not None:
            said += f" För den som inte har fyllt {consent.guardian_under} år samtycker även vårdnadshavare."
        return _line(said, consent)

    def _at(self, word: str) -> str:
        door = self._rule.door(word)
        if door is not None:
            return f"vid {door.label}"
        if self._rule.meeting(word) is not None:
            return f"vid {self._meeting(word)}"
        step = next((each.label for each in self._rule.steps if each.id == word), None)
        return f"vid {step}" if step else word_label("moments", word)

    # Who works with it, and what happens

    def _roles(self) -> Iterator[Line]:
        for role in self._rule.roles:
            held = f" ({self._rule.who(role.held_by)})" if role.held_by else ""
            notes = [
                said
                for said, true in (
                    ("vid behov", role.optional),
                    ("samma person hela tiden", role.same_throughout),
                    ("kan ha en ersättare", role.substitute),
                )
                if true
            ]
            yield _line(_capital(role.label) + held + (f", {', '.join(notes)}" if notes else "") + ".", role)

    def _decided(self) -> Iterator[Line]:
        plan = self._rule.plan
        if plan is not None:
            where = f"vid {self._meeting(plan.made_at)}" if plan.made_at else ""
            by = f"av {self._rule.who(plan.made_by)}" if plan.made_by else ""
            member = " Varje aktivitet har en ansvarig myndighet." if plan.responsible_member == "required" else ""
            yield _line(f"{_capital(plan.label)} görs {where or by}.{member}", plan)
        yield from map(self._meets, self._rule.meetings)

    def _meets(self, meeting: MeetingRule) -> Line:
        said = _capital(meeting.label)
        if meeting.attended_by:
            said += f", med {_listed([self._rule.who(word) for word in meeting.attended_by])}"
        if meeting.called_by:
            said += f". Kallar: {_either([self._rule.who(word) for word in meeting.called_by])}"
        if meeting.every_weeks is not None:
            said += ". Varje vecka" if meeting.every_weeks == 1 else f". Var {_ordinal(meeting.every_weeks)} vecka"
        if meeting.every_months is not None:
            said += f". {_capital(_every_months(meeting.every_months))}"
        if meeting.modes:
            said += f". Kan hållas: {_either(_labels('modes', meeting.modes))}"
        return _line(f"{said}.", meeting)

    def _course(self) -> Iterator[Line]:
        yield from map(_step, self._rule.steps)
        for activity in self._rule.activities:
            if activity.reading is not None:
                yield _line(f"Aktivitet: {self._activity(activity)}.", activity)
        plain = [self._activity(each) for each in self._rule.activities if each.reading is None]
        if plain:
            yield Line(f"Aktiviteter: {_listed(plain)}.")

    def _activity(self, activity: ActivityRule) -> str:
        name = activity.label or word_label("activity_kinds", activity.kind)
        over = activity.work_over_hours
        counted = "" if over is None else f" (prövar arbetsförmågan över {over} timmar i veckan)"
        through = f" genom {self._insatser[activity.insats].name}" if activity.insats else ""
        return f"{name}{through}{counted}"

    # What is followed up, and how it ends

    def _follow_up(self) -> Iterator[Line]:
        yield from map(self._followed, self._rule.follow_ups)
        yield from map(self._clock, self._rule.clocks)
        for instrument in self._rule.instruments:
            scores = f" (högst {instrument.max} poäng, bra från {instrument.good_from})" if instrument.max else ""
            yield _line(f"Mäts med {instrument.label}{scores}.", instrument)

    def _followed(self, follow_up: FollowUp) -> Line:
        if isinstance(follow_up, CountedFollowUp):
            anchor = _ANCHORS[follow_up.anchor]
            when = f"{follow_up.months} månader efter att {anchor}"
            if follow_up.anchor != "plan":
                when = f"{follow_up.months} månader efter {anchor}"
            if follow_up.every_months is not None:
                when = f"{_every_months(follow_up.every_months)} från {anchor}"
        else:
            when = "på den dag som bestämdes senast"
        said = (
            f"{_capital(follow_up.label or 'uppföljning')} {when}. Ansvarar: {self._rule.who(follow_up.responsible)}"
        )
        if follow_up.held_with:
            said += f", tillsammans med {_listed([self._rule.who(word) for word in follow_up.held_with])}"
        asks = f" Frågar om: {_listed(_labels('asks', follow_up.asks))}." if follow_up.asks else ""
        return _line(f"{said}.{asks}", follow_up)

    def _clock(self, clock: ClockRule) -> Line:
        informed = (
            f" {_capital(_listed([self._rule.who(word) for word in clock.tells]))} får veta det."
            if clock.tells
            else ""
        )
        if clock.limit is None:
            return _line(f"{_capital(clock.label)}: tiden mäts.{informed}", clock)
        if clock.limit.birthday is not None:
            return _line(f"När deltagaren fyller {clock.limit.birthday} år ses ärendet över.{informed}", clock)
        return _line(f"{_capital(clock.label)}: {_limit(clock.limit)}.{informed}", clock)

    def _exit(self) -> Iterator[Line]:
        exits = self._rule.exits
        if exits is None:
            return
        yield from _reasons(exits.reasons)
        if exits.destinations:
            yield Line(f"Vidare till: {_either(_labels('destinations', exits.destinations))}.")
        for hand_over in exits.hand_over_when:
            to, percent = word_label("destinations", hand_over.to), hand_over.at_least_percent
            yield _line(f"Vid {percent} % arbetsträning lämnas ärendet över till {to}.", hand_over)
        if exits.hand_back is not None:
            unless = exits.hand_back.unless
            but = f", utom {word_label('hand_back_exceptions', unless)}" if unless else ""
            yield _line(f"Ärendet går sedan åter till {self._rule.who(exits.hand_back.to)}{but}.", exits.hand_back)
        if exits.after_support is not None:
            yield _line(f"Stöd efteråt i upp till {exits.after_support.months} månader.", exits.after_support)
        if exits.time_limit is not None:
            limit = exits.time_limit
            yield Line(f"Längst {limit.months} månader." if isinstance(limit, TimeLimit) else "Ingen tidsgräns.")

    def _goals(self) -> Iterator[Line]:
        for goal in self._rule.goals:
            yield _line(f"{_capital(goal.text)}.", goal)

    # Words

    def _meeting(self, meeting_id: str) -> str:
        meeting = self._rule.meeting(meeting_id)
        return meeting_id if meeting is None else meeting.label


def _line(text: str, section: Section) -> Line:
    return Line(readable(text), None if section.reading is None else readable(section.reading))


def _labels(list_name: str, words: Iterable[str]) -> list[str]:
    return [word_label(list_name, word) for word in words]


def _listed(words: Iterable[str], last: str = "och") -> str:
    *most, final = words
    return f"{', '.join(most)} {last} {final}" if most else final


def _either(words: Iterable[str]) -> str:
    return _listed(words, "eller")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _age(lower: int | None, upper: int | None) -> str:
    if upper is None:
        return f"Har fyllt {lower} år."
    return f"Högst {upper} år." if lower is None else f"{lower}–{upper} år."


def _ordinal(number: int) -> str:
    return {2: "annan", 3: "tredje", 4: "fjärde", 6: "sjätte"}.get(number, f"{number}:e")


def _every_months(months: int) -> str:
    return "varje månad" if months == 1 else f"var {_ordinal(months)} månad"


def _limit(limit: Limit) -> str:
    if limit.days is not None:
        return f"högst {limit.days} dagar" if limit.days else "ska inte förekomma"
    return f"högst {limit.weeks} veckor" if limit.weeks is not None else f"högst {limit.months} månader"


def _group(group: Group) -> str:
    facts = [
        f"högst {group.seats} deltagare" if group.seats else "",
        f"{group.weeks} veckor" if group.weeks else "",
        f"{group.sessions_per_week} gånger i veckan" if group.sessions_per_week else "",
        f"{group.sessions} tillfällen" if group.sessions else "",
        f"{group.hours} timmar varje gång" if group.hours else "",
        "anmälan under en viss tid" if group.enrolment_window else "",
        f"på {_either(_labels('sites', group.resources))}" if group.resources else "",
        f"bara för {_either(_labels('unit_kinds', group.reserved_for))}" if group.reserved_for else "",
        "lediga platser efter anmälningstiden kan andra få" if group.wider_after_window else "",
    ]
    return f"I grupp: {', '.join(fact for fact in facts if fact)}."


def _reasons(reasons: Iterable[ExitRule]) -> Iterator[Line]:
    """Most reasons in one sentence; each that rests on a reading of ours in one of its own."""
    said = {reason: reason.label or word_label("exit_reasons", reason.code) for reason in reasons}
    yield Line(f"Orsaker: {_either(text for reason, text in said.items() if reason.reading is None)}.")
    for reason, text in said.items():
        if reason.reading is not None:
            yield _line(f"Orsak: {text}.", reason)


def _step(step: Step) -> Line:
    if isinstance(step, PhaseStep):
        return _line(f"Fas: {step.label}.", step)
    if isinstance(step, QuestionStep):
        return _line(f"{_capital(step.label)}. Svaren hålls skyddade.", step)
    return _line(
        f"{_capital(step.label)}{' vid behov' if step.optional and 'vid behov' not in step.label else ''}.", step
    )


def describe(rule: Rule, insatser: Mapping[str, Insats]) -> tuple[Part, ...]:
    """A version under the headings a case worker asks after, in Swedish."""
    return Description(rule, insatser).parts()
