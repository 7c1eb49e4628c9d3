"""Whether an application of a person's own is in order, and what a case that it opens begins with."""

import json
from datetime import date
from typing import Any

import pytest

from contracts.agency import FieldError, RejectionCode
from contracts.catalogue import INSATSER, association
from contracts.codes import Sex
from contracts.referral import ConsentGiven, ConsentRefused
from deploy.demo.identity import synthetic_number
from services.referral.domain.judging import Admission, Known, Numbers, Rules, judge, opening
from services.referral.domain.reading import read_submission
from services.referral.vault import Vault
from services.referral.web.own_application import OwnApplication, reference_of, said
from tests.unit.referral.mother import PERSON_ID

TODAY = date(2025, 3, 3)
ASSOCIATION = association("stockholm")
RULES = Rules(ASSOCIATION, INSATSER, Numbers.SYNTHETIC)


def _born(age: int) -> str:
    return synthetic_number(date(TODAY.year - age, 1, 15), 981)


def _filled(**changes: str) -> OwnApplication:
    form = {
        "message_id": "egen-1",
        "insats": "novum",
        "relation": "self",
        "identity_number": _born(22),
        "given_name": "Påhitta",
        "family_name": "Självsson",
        "sex": "woman",
        "phone": "070-174 06 05",
        "wish": "Jag vill\r\nkomma ut\nigen.",
        "choice": "given",
        **changes,
    }
    return OwnApplication(**form)


def _judged(filled: OwnApplication, known: Known | None = None) -> Admission | tuple[FieldError, ...]:
    submission = read_submission(filled.message(ASSOCIATION, "E-TEST-TEST", TODAY))
    return judge(submission, RULES, known or Known(), TODAY)


def _admitted(filled: OwnApplication) -> Admission:
    admission = _judged(filled)
    assert isinstance(admission, Admission), admission
    return admission


def _errors(filled: OwnApplication) -> list[tuple[str, str]]:
    found = _judged(filled)
    assert not isinstance(found, Admission)
    return [said(error) for error in found]


def test_given_somebody_of_22_when_she_applies_to_novum_then_a_case_opens_that_says_she_came_by_herself() -> None:
    admission = _admitted(_filled())
    received, consent = opening(admission, PERSON_ID)
    assert (received.agency, received.unit, received.unit_kind) == ("stockholm", "self", "self")
    assert (received.insats, received.rule.version, received.sex) == ("novum", 2, Sex.WOMAN)
    assert isinstance(consent, ConsentGiven)
    assert (consent.happened_on, consent.attributes.age, consent.guardian) == (TODAY, 22, None)
    kept = admission.file
    assert (kept.phone, kept.wish, kept.relation) == ("070-174 06 05", "Jag vill komma ut igen.", None)


@pytest.mark.parametrize(("age", "said_at_the_number"), [
    (15, ["Insatsen är för den som har fyllt 16 år på anmälningsdagen."]),
    (16, []),
    (29, []),
    (30, ["Insatsen är för den som inte är äldre än 29 år på anmälningsdagen."]),
])  # fmt: skip
def test_the_age_is_held_against_the_insats_and_the_error_is_at_the_number(
    age: int, said_at_the_number: list[str]
) -> None:
    found = _judged(_filled(identity_number=_born(age), choice="refused"))
    errors = [] if isinstance(found, Admission) else [said(error) for error in found]
    assert errors == [("identity_number", message) for message in said_at_the_number]


def test_an_insats_that_takes_nobody_who_comes_by_themselves_refuses() -> None:
    assert _errors(_filled(insats="finsam-team")) == [("", "Insatsen tar inte emot den som anmäler sig själv.")]


def test_before_the_trial_with_own_applications_novum_refuses() -> None:
    day = date(2024, 12, 31)
    submission = read_submission(_filled().message(ASSOCIATION, "E-TEST-TEST", day))
    found = judge(submission, RULES, Known(), day)
    assert not isinstance(found, Admission)
    assert [error.code for error in found] == [RejectionCode.INSATS_NOT_OPEN]


def test_what_is_left_empty_is_said_at_its_field_in_plain_words() -> None:
    form = _filled(relation="", given_name="", family_name="", identity_number="", sex="", phone="", choice="")
    assert dict(_errors(form)) == {
        "relation": "Välj vem som fyller i.",
        "helper": "Skriv ditt namn.",
        "given_name": "Skriv förnamnet.",
        "family_name": "Skriv efternamnet.",
        "identity_number": "Skriv personnumret med tolv siffror.",
        "sex": "Välj ett svar.",
        "phone": "Skriv ett telefonnummer eller en e-postadress, så att insatsen kan höra av sig.",
        "choice": "Svara ja eller nej.",
    }


def test_a_telephone_or_an_address_is_enough_and_one_of_them_is_needed() -> None:
    assert isinstance(_judged(_filled(phone="", email="pahitta@example.se")), Admission)
    [(field, _)] = _errors(_filled(phone=""))
    assert field == "phone"


def test_a_number_that_is_written_wrongly_is_not_also_said_to_be_missing() -> None:
    assert [message for field, message in _errors(_filled(phone="ring mig"))] == [
        "Ange telefonnumret med siffror, mellanslag och bindestreck, med + först om det behövs."
    ]


MINOR = {"identity_number": _born(17)}


def test_somebody_of_17_says_yes_only_together_with_a_guardian() -> None:
    [(field, message)] = _errors(_filled(**MINOR))
    assert field == "guardian"
    assert message.startswith("Den som inte har fyllt 18 år kan bara svara ja tillsammans med sin vårdnadshavare.")
    _, consent = opening(_admitted(_filled(**MINOR, guardian="yes")), PERSON_ID)
    assert isinstance(consent, ConsentGiven)
    assert consent.guardian


def test_a_guardian_who_fills_in_has_agreed() -> None:
    form = _filled(**MINOR, relation="guardian", helper="Vera Vårdnadsson", helper_phone="08-465 004 20")
    received, consent = opening(_admitted(form), PERSON_ID)
    assert (received.unit, received.unit_kind) == ("relative", "relative")
    assert isinstance(consent, ConsentGiven)
    assert consent.guardian


def test_somebody_of_17_may_say_no_alone() -> None:
    _, consent = opening(_admitted(_filled(**MINOR, choice="refused")), PERSON_ID)
    assert isinstance(consent, ConsentRefused)


def test_a_guardian_s_agreement_is_not_asked_of_a_grown_up() -> None:
    assert isinstance(_judged(_filled(identity_number=_born(18))), Admission)


def test_who_helped_is_kept_with_the_case_and_may_be_the_one_to_reach() -> None:
    form = _filled(relation="god_man", helper="Gunnar Godmansson", helper_phone="08-465 004 20", phone="")
    kept = _admitted(form).file
    assert (kept.relation, kept.officer.name, kept.officer.phone) == ("god_man", "Gunnar Godmansson", "08-465 004 20")
    assert kept.phone is None


@pytest.mark.parametrize("relation", ["", "neighbour", "stockholms-stad", "\u202e"])
def test_who_fills_in_is_one_of_those_named(relation: str) -> None:
    assert "relation" in dict(_errors(_filled(relation=relation)))


def test_whether_the_person_has_applied_before_is_not_said() -> None:
    known = Known(open_insatser=frozenset({"novum"}))
    assert isinstance(_judged(_filled(), known), Admission)


def test_the_message_names_no_member_whose_support_is_needed() -> None:
    sent: dict[str, Any] = json.loads(_filled().message(ASSOCIATION, "E-TEST-TEST", TODAY))
    assert sent["data"]["needs"] == []


def test_a_reference_follows_from_the_form_and_reads_well() -> None:
    vault = Vault(b"k" * 32, b"l" * 32)
    first, second = reference_of(vault, "egen-1"), reference_of(vault, "egen-2")
    assert first == reference_of(vault, "egen-1") != second
    assert len(first) == len("E-XXXX-XXXX")
    assert not set("01IOL") & set(first.removeprefix("E-"))
    assert first != reference_of(Vault(b"k" * 32, b"m" * 32), "egen-1")
