"""What people fill in about protected identity, as the message that the intake judges."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.catalogue import AGENCIES, association
from contracts.problems import Invalid
from services.referral.domain.reading import Malformed, read_submission
from services.referral.web.new_referral import NewReferral, field_of
from services.referral.web.own_application import OwnApplication
from services.referral.web.protection import read_ids
from tests.swedish_day import swedish_day

AGENCY = AGENCIES["stockholms-stad"]


def _person(content: bytes) -> dict[str, Any]:
    person: dict[str, Any] = json.loads(content)["data"]["person"]
    return person


@pytest.mark.parametrize(
    ("filled", "sent"),
    [
        ({}, None),
        ({"readers": "karin"}, None),
        ({"protected": "yes"}, {"readers": []}),
        ({"protected": "yes", "readers": " karin, lova;kim karin "}, {"readers": ["karin", "lova", "kim"]}),
    ],
)
def test_the_referrers_form_names_readers_where_the_box_is_ticked(filled: dict[str, str], sent: Any) -> None:
    form = NewReferral(message_id="m-1", **filled)
    assert _person(form.message(AGENCY)).get("protected_identity") == sent


def test_a_person_says_it_of_themselves_and_names_nobody() -> None:
    sender = association("stockholm")
    for ticked, sent in (("", None), ("yes", {"readers": []})):
        form = OwnApplication(message_id="m-1", insats="novum", relation="self", protected=ticked)
        assert _person(form.message(sender, "E-1", swedish_day())).get("protected_identity") == sent


def test_what_is_neither_yes_nor_no_is_not_taken_for_either() -> None:
    with pytest.raises(ValidationError) as refused:
        NewReferral(message_id="m-1", protected="kanske")
    assert "Svara ja eller nej." in str(refused.value)


def test_what_is_wrong_with_a_reader_is_said_at_the_forms_field() -> None:
    form = NewReferral(message_id="m-1", protected="yes", readers="karin <lova>")
    read = read_submission(form.message(AGENCY))
    assert isinstance(read, Malformed)
    [said] = [error.message for error in read.errors if field_of(error.field) == "readers"]
    assert said.startswith("Ange användarnamn")
    assert "lova" not in said


def test_user_ids_are_read_as_people_write_them() -> None:
    assert read_ids(" karin,lova@stad.se  kim.k ") == {"karin", "lova@stad.se", "kim.k"}
    assert read_ids("") == frozenset()
    for wrong in ("<karin>", "-karin", "x" * 101):
        with pytest.raises(Invalid):
            read_ids(wrong)
