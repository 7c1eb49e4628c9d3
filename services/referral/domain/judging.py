"""Whether a referral is in order. Every error is collected, so that the agency can correct them all at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum, auto
from functools import cached_property
from typing import Final, assert_never
from uuid import UUID

from contracts.agency import (
    ConsentChoice,
    FieldError,
    RecordPlace,
    ReferralAcknowledged,
    ReferralRejected,
    ReferralSubmitted,
    RejectionCode,
)
from contracts.catalogue import OWN_KINDS, Agency, Association, Insats, Rule, Sender, Unit
from contracts.catalogue.entry import Age
from contracts.identifying import gives_away
from contracts.referral import ConsentGiven, ConsentRefused, ReferralReceived, RuleRef, Shortcut
from services.referral.domain.case import CaseFile
from services.referral.domain.identity import IdentityNumber, age_on
from services.referral.domain.pause import Paused, shut_for
from services.referral.domain.queue_order import priorities_met
from services.referral.domain.reading import Legible, Malformed, Submission

_OLDEST_CONSENT: Final = timedelta(days=2 * 365)
"""Our reading: no source says how long before a referral a person may have been asked."""

_OLDEST_PERSON: Final = 120

ADULT: Final = 18
"""Below this age a guardian consents too. Our reading for every insats; the catalogue says it of some."""

_NUMBER: Final = "data.person.identity_number"


class Numbers(Enum):
    """Which identity numbers an installation takes: it is for invented people, or for real ones. Never for both."""

    SYNTHETIC = auto()
    REAL = auto()


@dataclass(frozen=True)
class Rules:
    """What a referral from one agency is held against, or an application of a person's own (an association).

    ``paused``: the doors that are shut for a while, by insats.
    """

    agency: Sender
    insatser: Mapping[str, Insats]
    numbers: Numbers
    paused: Mapping[str, Paused] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What this service knows already. ``open_insatser``: where the person has an open referral by the same agency.

    What other agencies have referred is left out, so that no receipt discloses it to an agency.

    ``id_taken``: the message's id was used for another message.
    """

    open_insatser: frozenset[str] = frozenset()
    id_taken: bool = False


@dataclass(frozen=True)
class Destination:
    """The insats in which a referral becomes a case, and its rule. ``shortcut``: how it came there from the insats
    that was sought; None where that is the same."""

    insats: str
    rule: Rule
    shortcut: Shortcut | None = None


@dataclass(frozen=True)
class Admission:
    """A referral in order, and what it was held against."""

    message_id: str
    agency: Sender
    unit: Unit
    rule: Rule
    number: IdentityNumber
    age: int
    referral: ReferralSubmitted
    destination: Destination

    @cached_property
    def priorities(self) -> tuple[str, ...]:
        """The criteria of the priority order that the person meets."""
        return priorities_met(self.rule, self.referral, self.unit)

    @cached_property
    def file(self) -> CaseFile:
        """What is kept of the referral beside the facts, sealed with the person's key."""
        referral = self.referral
        return CaseFile(
            reference=referral.reference,
            officer=referral.referrer.officer,
            background=referral.background,
            needs=tuple(sorted(set(referral.needs))),
            age=self.age,
            phone=referral.person.phone,
            email=referral.person.email,
            relation=referral.referrer.relation,
            wish=referral.wish,
        )


def judge(submission: Submission, rules: Rules, known: Known, today: date) -> Admission | tuple[FieldError, ...]:
    """The admission, or every error found: in the record's form, in what it says, and against what is known."""
    legible = submission.legible
    number = legible.number
    unit = None if legible.unit is None else rules.agency.unit(legible.unit)
    destination = destination_of(legible, rules)
    rule = None if destination is None else destination.rule
    errors = (
        *(submission.errors if isinstance(submission, Malformed) else ()),
        *_message_id_and_reference(legible, known),
        *_insats_and_unit(legible, rules, rule, unit),
        *_door(legible, rules),
        *_admitted(legible, rules),
        *_priorities(legible, rule),
        *_pause(legible, rules, destination, unit, today),
        *_days(legible, today),
        *_person(legible, rules, rule, number, today),
        *(
            _own(submission, rule, number)
            if isinstance(rules.agency, Association)
            else (*_needs(legible, rule), *_duplicate(destination, known))
        ),
    )
    if isinstance(submission, Malformed) or errors or number is None or unit is None or destination is None:
        return errors
    referral = submission.event.data
    return Admission(
        message_id=submission.event.id,
        agency=rules.agency,
        unit=unit,
        rule=destination.rule,
        number=number,
        age=age_on(referral.referred_on, number.born),
        referral=referral,
        destination=destination,
    )


def destination_of(legible: Legible, rules: Rules) -> Destination | None:
    """Where the referral leads by the rules of its day; None if that takes no referrals then."""
    rule = _open_rule(rules, legible.insats, legible.referred_on)
    if rule is None or legible.insats is None:
        return None
    door = None if legible.door is None else rule.door(legible.door)
    if door is None or door.opens is None:
        return Destination(legible.insats, rule)
    opened = _open_rule(rules, door.opens.insats, legible.referred_on)
    if opened is None or opened.meeting(door.opens.meeting) is None:
        return None
    shortcut = Shortcut(insats=legible.insats, door=door.id, meeting=door.opens.meeting)
    return Destination(door.opens.insats, opened, shortcut)


def _open_rule(rules: Rules, insats_id: str | None, day: date | None) -> Rule | None:
    insats = None if insats_id is None else rules.insatser.get(insats_id)
    rule = None if insats is None or day is None else insats.rule_on(day)
    # A consultation or a form of plan takes no referrals on any day.
    return rule if rule is not None and rule.takes_referrals else None


def _error(at: str, code: RejectionCode, message: str) -> FieldError:
    return FieldError(field=at, code=code, message=message)


def _message_id_and_reference(legible: Legible, known: Known) -> Iterator[FieldError]:
    """The message's id and the agency's reference come back in receipts, so they may not identify anybody."""
    for at, text in (("id", legible.message_id), ("data.reference", legible.reference)):
        if text is not None and gives_away(text, legible.identity_number):
            yield _error(
                at,
                RejectionCode.REFERENCE_IS_AN_IDENTITY,
                "Använd en egen beteckning som inte innehåller något personnummer.",
            )
    if known.id_taken:
        yield _error(
            "id",
            RejectionCode.MESSAGE_ID_REUSED,
            "Ett annat eller raderat meddelande har redan skickats med samma id. Ge varje meddelande ett eget.",
        )


def _insats_and_unit(legible: Legible, rules: Rules, rule: Rule | None, unit: Unit | None) -> Iterator[FieldError]:
    if legible.insats is not None and legible.insats not in rules.insatser:
        yield _error(
            "data.insats", RejectionCode.UNKNOWN_INSATS, "Ange id för en insats som finns i katalogen över insatser."
        )
    elif legible.insats is not None and legible.referred_on is not None and rule is None:
        yield _error(
            "data.referred_on",
            RejectionCode.INSATS_NOT_OPEN,
            "Insatsen tog inte emot anmälningar den dagen. Kontrollera dagen och insatsen.",
        )
    if legible.unit is not None and unit is None:
        yield _error(
            "data.referrer.unit",
            RejectionCode.UNKNOWN_REFERRER,
            "Ange id för en enhet som hör till er myndighet i katalogen över myndigheter.",
        )


def _door(legible: Legible, rules: Rules) -> Iterator[FieldError]:
    rule = _open_rule(rules, legible.insats, legible.referred_on)
    if rule is None or legible.door is None:
        return
    doors = [door.id for door in rule.doors if door.leads_to_a_case]
    if legible.door not in doors:
        yield _error(
            "data.door",
            RejectionCode.UNKNOWN_CODE,
            f"Insatsen har ingen sådan väg in. Ange en av {', '.join(doors)}, eller utelämna fältet.",
        )


def _admitted(legible: Legible, rules: Rules) -> Iterator[FieldError]:
    """An agency of a member that no door is for. Which of its units refers is shown to whoever decides."""
    rule = _open_rule(rules, legible.insats, legible.referred_on)
    if rule is None or not isinstance(rules.agency, Agency):
        return
    doors = rule.ways_in(legible.door)
    if doors and not rule.admits(rules.agency.member, legible.door):
        named = dict.fromkeys(rule.who(kind) for door in doors for kind in door.admits if kind not in OWN_KINDS)
        yield _error(
            "data.referrer.unit",
            RejectionCode.REFERRER_NOT_ADMITTED,
            f"Insatsen tar emot anmälningar från: {', '.join(named)}. Er myndighet har ingen sådan enhet. Tala med"
            " insatsens koordinator om vem som kan anmäla.",
        )


def _priorities(legible: Legible, rule: Rule | None) -> Iterator[FieldError]:
    if rule is None or not legible.priorities:
        return
    ids = [each.id for each in rule.target.priority]
    if set(legible.priorities) - set(ids):
        known = f"Ange bara {', '.join(ids)}." if ids else "Utelämna fältet: insatsen har inga sådana villkor."
        yield _error("data.priorities", RejectionCode.UNKNOWN_CODE, known)


def _pause(
    legible: Legible, rules: Rules, destination: Destination | None, unit: Unit | None, today: date
) -> Iterator[FieldError]:
    """A pause holds for what comes in while it lasts, whatever day it says that the person was referred."""
    if destination is None or unit is None:
        return
    chosen = rules.paused.get(legible.insats or "", {}).get(legible.door or "")
    shut = rules.paused.get(destination.insats, {})
    match rules.agency:
        case Agency(member=member):
            kinds: tuple[str, ...] = (unit.kind, member)
        case _:
            kinds = tuple(OWN_KINDS)
    if (chosen is not None and chosen <= today) or shut_for(destination.rule, kinds, shut, today):
        yield _error(
            "data.insats",
            RejectionCode.INTAKE_PAUSED,
            "Insatsen har uppehåll och tar inte emot anmälningar nu. Fråga insatsens koordinator när den öppnar.",
        )


def _days(legible: Legible, today: date) -> Iterator[FieldError]:
    for at, day in (("data.referred_on", legible.referred_on), ("data.consent.stated_on", legible.stated_on)):
        if day is not None and day > today:
            yield _error(at, RejectionCode.DATE_IN_THE_FUTURE, "Ange en dag som inte ligger i framtiden.")
    if legible.stated_on is None or legible.referred_on is None:
        return
    if min(legible.referred_on, today) - legible.stated_on > _OLDEST_CONSENT:
        yield _error(
            "data.consent.stated_on",
            RejectionCode.DATE_TOO_OLD,
            "Frågan om samtycke ställdes för länge sedan. Fråga personen igen och ange den dagen.",
        )


def _person(
    legible: Legible, rules: Rules, rule: Rule | None, number: IdentityNumber | None, today: date
) -> Iterator[FieldError]:
    if legible.identity_number is None:
        return
    if number is None:
        yield _error(
            _NUMBER,
            RejectionCode.IDENTITY_NUMBER_INVALID,
            "Ange personnummer eller samordningsnummer med tolv siffror och rätt kontrollsiffra: ÅÅÅÅMMDDNNNN.",
        )
        return
    match rules.numbers, number.synthetic:
        case Numbers.SYNTHETIC, False:
            yield _error(
                _NUMBER,
                RejectionCode.IDENTITY_NUMBER_NOT_ALLOWED,
                "Den här installationen är för test. Använd ett testnummer, med födelsenummer 980-999.",
            )
        case Numbers.REAL, True:
            yield _error(
                _NUMBER,
                RejectionCode.IDENTITY_NUMBER_NOT_ALLOWED,
                "Numret är ett testnummer. Ange personens eget personnummer eller samordningsnummer.",
            )
    day = legible.referred_on
    # Nobody's age is judged by a day that is wrong itself.
    if day is not None and day <= today and (rule is not None or legible.insats not in rules.insatser):
        yield from _age(age_on(day, number.born), rule)


def _age(age: int, rule: Rule | None) -> Iterator[FieldError]:
    if not 0 <= age <= _OLDEST_PERSON:
        yield _error(
            _NUMBER,
            RejectionCode.IDENTITY_NUMBER_INVALID,
            "Födelseåret stämmer inte med anmälningsdagen. Kontrollera numrets fyra första siffror.",
        )
        return
    limits = Age() if rule is None else rule.target.age
    if limits.lower is not None and age < limits.lower:
        yield _error(
            _NUMBER,
            RejectionCode.TOO_YOUNG,
            f"Insatsen är för den som har fyllt {limits.lower} år på anmälningsdagen.",
        )
    if limits.upper is not None and age > limits.upper:
        yield _error(
            _NUMBER,
            RejectionCode.TOO_OLD,
            f"Insatsen är för den som inte är äldre än {limits.upper} år på anmälningsdagen.",
        )


def _needs(legible: Legible, rule: Rule | None) -> Iterator[FieldError]:
    if legible.needs is None or rule is None:
        return
    least = rule.target.members_needed
    if len(set(legible.needs)) < least:
        yield _error(
            "data.needs",
            RejectionCode.TOO_FEW_MEMBERS,
            f"Insatsen är för den som behöver stöd av minst {least} av förbundets medlemmar. Ange vilka.",
        )


def _duplicate(destination: Destination | None, known: Known) -> Iterator[FieldError]:
    if destination is not None and destination.insats in known.open_insatser:
        yield _error(
            "data.insats",
            RejectionCode.DUPLICATE_OF_OPEN_REFERRAL,
            "Ni har redan en öppen anmälan av personen till insatsen. Kontakta insatsens koordinator om den.",
        )


def _own(submission: Submission, rule: Rule | None, number: IdentityNumber | None) -> Iterator[FieldError]:
    """What is asked of an application of a person's own, and of no agency.

    Not asked are the members whose support is needed: whoever decides finds that out. And it is not said whether the
    person has applied before: nobody has proved who sends it, and a stranger would learn it. A coordinator sees it.
    """
    legible = submission.legible
    if rule is not None and rule.own_door is None:
        yield _error(
            "data.insats", RejectionCode.INSATS_NOT_OPEN, "Insatsen tar inte emot den som anmäler sig själv."
        )
    if not _reachable(submission):
        yield _error(
            "data.person.phone",
            RejectionCode.MISSING,
            "Skriv ett telefonnummer eller en e-postadress, så att insatsen kan höra av sig.",
        )
    day = legible.referred_on
    minor = number is not None and day is not None and age_on(day, number.born) < ADULT
    if minor and legible.choice is ConsentChoice.GIVEN and not legible.guardian:
        yield _error(
            "data.consent.guardian",
            RejectionCode.GUARDIAN_NOT_ASKED,
            "Den som inte har fyllt 18 år kan bara svara ja tillsammans med sin vårdnadshavare. Fråga en"
            " vårdnadshavare, eller svara nej.",
        )


def _reachable(submission: Submission) -> bool:
    """True if there is a number or an address, also one that is written wrongly: that is an error of its own."""
    if isinstance(submission, Malformed):
        return submission.reachable
    referral = submission.event.data
    ways = (referral.person, referral.referrer.officer)
    return any(each.phone is not None or each.email is not None for each in ways)


def opening(admission: Admission, person_id: UUID) -> tuple[ReferralReceived, ConsentGiven | ConsentRefused]:
    """The facts a case begins with."""
    referral = admission.referral
    received = ReferralReceived(
        happened_on=referral.referred_on,
        person_id=person_id,
        insats=admission.destination.insats,
        agency=admission.agency.id,
        unit=admission.unit.id,
        unit_kind=admission.unit.kind,
        sex=referral.person.sex,
        rule=RuleRef(insats=admission.destination.insats, version=admission.rule.version),
        shortcut=admission.destination.shortcut,
    )
    stated_on = referral.consent.stated_on
    match referral.consent.choice:
        case ConsentChoice.GIVEN:
            attributes = admission.file.attributes()
            guardian = referral.consent.guardian or None
            return received, ConsentGiven(happened_on=stated_on, attributes=attributes, guardian=guardian)
        case ConsentChoice.REFUSED:
            return received, ConsentRefused(happened_on=stated_on)


def acknowledged(admission: Admission, case_id: UUID, place: RecordPlace | None, today: date) -> ReferralAcknowledged:
    """The receipt for a referral in order."""
    return ReferralAcknowledged(
        happened_on=today,
        agency=admission.agency.id,
        reference=admission.referral.reference,
        message_id=admission.message_id,
        record=place,
        case_id=case_id,
        insats=admission.destination.insats,
    )


def rejected(
    submission: Submission, errors: tuple[FieldError, ...], agency: Sender, place: RecordPlace | None, today: date
) -> ReferralRejected:
    """The receipt for a record with errors. It repeats the agency's own labels unless they contain an identity."""
    legible = submission.legible
    return ReferralRejected(
        happened_on=today,
        agency=agency.id,
        reference=_unless_identity(legible.reference, legible),
        message_id=_unless_identity(legible.message_id, legible),
        record=place,
        errors=errors,
    )


def _unless_identity(text: str | None, legible: Legible) -> str | None:
    return None if text is None or gives_away(text, legible.identity_number) else text


def repeated(
    first: ReferralAcknowledged | ReferralRejected, place: RecordPlace | None
) -> ReferralAcknowledged | ReferralRejected:
    """The receipt of a message that came again: as it was, for the place the message lies now."""
    match first:
        case ReferralAcknowledged():
            return first.model_copy(update={"repeated": True, "record": place})
        case ReferralRejected():
            return first.model_copy(update={"record": place})
    assert_never(first)
