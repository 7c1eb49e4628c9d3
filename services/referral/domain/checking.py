"""What a referral is held against, criterion by criterion, for somebody who wants to know before sending it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from contracts.agency import FieldError, RejectionCode
from contracts.catalogue import Rule
from services.referral.domain.judging import Admission, Destination, Known, Rules, destination_of, judge
from services.referral.domain.reading import Submission


@dataclass(frozen=True)
class Check:
    """A criterion that refuses a referral. ``passed``: None while what it asks for is not filled in."""

    text: str
    passed: bool | None


@dataclass(frozen=True)
class Checked:
    """``errors``: what the intake would refuse for, now. ``asked``: criteria that are shown to whoever decides.
    ``destination``: where it leads; None while that cannot be seen."""

    errors: tuple[FieldError, ...]
    checks: tuple[Check, ...]
    asked: tuple[str, ...]
    destination: Destination | None = None


def check(submission: Submission, rules: Rules, known: Known, today: date) -> Checked:
    """The same judgement as when it is sent, with each criterion by itself."""
    judged = judge(submission, rules, known, today)
    errors = () if isinstance(judged, Admission) else judged
    destination = destination_of(submission.legible, rules)
    rule = None if destination is None else destination.rule
    checks = tuple(_checks(submission, rule, errors))
    return Checked(errors, checks, () if rule is None else tuple(_asked(rule)), destination)


def _checks(submission: Submission, rule: Rule | None, errors: tuple[FieldError, ...]) -> Iterator[Check]:
    legible = submission.legible
    found = frozenset(error.code for error in errors)

    def criterion(text: str, filled_in: bool, *refusals: RejectionCode) -> Check:
        return Check(text, found.isdisjoint(refusals) if filled_in else None)

    target_known = legible.insats is not None and legible.referred_on is not None
    yield criterion(
        "Insatsen tar emot anmälningar den dagen",
        target_known,
        RejectionCode.UNKNOWN_INSATS,
        RejectionCode.INSATS_NOT_OPEN,
        RejectionCode.INTAKE_PAUSED,
    )
    yield criterion(
        "Insatsen tar emot anmälningar från er myndighet", target_known, RejectionCode.REFERRER_NOT_ADMITTED
    )
    yield criterion(
        "Personnumret eller samordningsnumret stämmer",
        legible.identity_number is not None,
        RejectionCode.IDENTITY_NUMBER_INVALID,
        RejectionCode.IDENTITY_NUMBER_NOT_ALLOWED,
    )
    if rule is not None and (limits := rule.target.age) and (limits.lower, limits.upper) != (None, None):
        # No age is judged by a number or a day that is wrong itself.
        wrong = {RejectionCode.IDENTITY_NUMBER_INVALID, RejectionCode.DATE_IN_THE_FUTURE}
        seen = legible.identity_number is not None and target_known and found.isdisjoint(wrong)
        yield criterion(_ages(limits.lower, limits.upper), seen, RejectionCode.TOO_YOUNG, RejectionCode.TOO_OLD)
    if rule is not None and rule.target.members_needed > 1:
        text = f"Personen behöver stöd av minst {rule.target.members_needed} av förbundets medlemmar"
        yield criterion(text, legible.needs is not None, RejectionCode.TOO_FEW_MEMBERS)
    yield criterion(
        "Ni har ingen annan öppen anmälan av personen till insatsen",
        legible.identity_number is not None and target_known,
        RejectionCode.DUPLICATE_OF_OPEN_REFERRAL,
    )


def _ages(lower: int | None, upper: int | None) -> str:
    match lower, upper:
        case int(), int():
            return f"Personen är mellan {lower} och {upper} år på anmälningsdagen"
        case int(), None:
            return f"Personen har fyllt {lower} år på anmälningsdagen"
        case _:
            return f"Personen är högst {upper} år på anmälningsdagen"


def _asked(rule: Rule) -> Iterator[str]:
    """Of these nothing refuses: whoever decides about the person is shown them."""
    target = rule.target
    yield from (each.text for each in target.all_of)
    if target.any_of:
        yield " eller ".join(each.text for each in target.any_of)
    yield from (f"inte för den som har {each.text}" for each in target.none_of)
    yield from (f"går före: {each.text}" for each in target.priority)
