"""A check says of each criterion what sending would say."""

from datetime import date
from typing import Any

import pytest

from contracts.agency import RejectionCode
from contracts.catalogue import AGENCIES, INSATSER
from services.referral.domain.checking import Checked, check
from services.referral.domain.judging import Known, Numbers, Rules
from services.referral.domain.reading import read_submission
from tests.malformed import AGENCY, Message, changed, encode, message, without
from tests.unit.referral.mother import judged

TODAY = date(2021, 12, 31)
OPEN = "Insatsen tar emot anmälningar den dagen"
NUMBER = "Personnumret eller samordningsnumret stämmer"
MEMBERS = "Personen behöver stöd av minst 2 av förbundets medlemmar"
ALONE = "Ni har ingen annan öppen anmälan av personen till insatsen"
ADMITTED = "Insatsen tar emot anmälningar från er myndighet"
AGE = "Personen är mellan 16 och 29 år på anmälningsdagen"


def _checked(sent: Message, known: Known | None = None, today: date = TODAY) -> Checked:
    rules = Rules(AGENCIES[AGENCY], INSATSER, Numbers.SYNTHETIC)
    return check(read_submission(encode(sent)), rules, known or Known(), today)


def _said(checked: Checked) -> dict[str, bool | None]:
    return {each.text: each.passed for each in checked.checks}


def _to_novum(day: str = "2025-03-03", **person: Any) -> Message:
    sent = changed(message("a"), ("data", "insats"), "novum")
    sent = changed(changed(sent, ("data", "referred_on"), day), ("data", "consent", "stated_on"), "2025-03-03")
    return changed(sent, ("data", "person"), {**sent["data"]["person"], **person})


def test_of_a_referral_in_order_every_criterion_is_met() -> None:
    checked = _checked(message("a"))
    said = _said(checked)
    assert {OPEN, ADMITTED, NUMBER, MEMBERS, ALONE} <= said.keys()
    assert set(said.values()) == {True}
    assert checked.errors == ()


@pytest.mark.parametrize(
    ("sent", "known", "criterion"),
    [
        (changed(message("a"), ("data", "insats"), "nowhere"), Known(), OPEN),
        (changed(message("a"), ("data", "person", "identity_number"), "198702299999"), Known(), NUMBER),
        (changed(message("a"), ("data", "needs"), ["kommun"]), Known(), MEMBERS),
        (changed(message("a"), ("data", "insats"), "arbetskonsulent-fk"), Known(), ADMITTED),
        (message("a"), Known(open_insatser=frozenset({"finsam-team"})), ALONE),
    ],
)
def test_what_is_not_met_is_said_and_refuses(sent: Message, known: Known, criterion: str) -> None:
    checked = _checked(sent, known)
    assert _said(checked)[criterion] is False
    assert checked.errors


@pytest.mark.parametrize(
    ("path", "criteria"),
    [
        (("data", "insats"), {OPEN, ADMITTED, ALONE}),
        (
            ("data", "person", "identity_number"),
            {NUMBER, ALONE, "Personen är mellan 16 och 64 år på anmälningsdagen"},
        ),
        (("data", "needs"), {MEMBERS}),
    ],
)
def test_what_is_not_filled_in_cannot_be_seen_yet(path: tuple[str, ...], criteria: set[str]) -> None:
    said = _said(_checked(without(message("a"), path)))
    assert {text for text, passed in said.items() if passed is None} == criteria


def test_an_age_is_judged_only_by_a_number_and_a_day_that_are_right() -> None:
    today = date(2025, 3, 4)
    assert _said(_checked(_to_novum(), today=today))[AGE] is False
    assert _said(_checked(_to_novum(identity_number="198702299999"), today=today))[AGE] is None
    assert _said(_checked(_to_novum(day="2025-03-05"), today=today))[AGE] is None


def test_what_whoever_decides_is_shown_refuses_nobody() -> None:
    checked = _checked(_to_novum(), today=date(2025, 3, 4))
    assert any("psykisk ohälsa" in each for each in checked.asked)
    assert {error.code for error in checked.errors} == {RejectionCode.TOO_OLD}


def test_a_check_finds_what_sending_finds() -> None:
    sent = changed(message("a"), ("data", "needs"), ["kommun"])
    assert [(error.field, error.code.value) for error in _checked(sent).errors] == judged(sent)
