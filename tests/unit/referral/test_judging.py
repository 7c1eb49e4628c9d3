"""Whether a referral is in order: each rule by itself, and all errors together."""

from datetime import date
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import AGENCIES, INSATSER
from contracts.codes import Member
from contracts.referral import Attributes, ConsentGiven, ConsentRefused, ReferralReceived, RuleRef, Shortcut
from deploy.demo.identity import synthetic_number
from services.referral.domain.judging import (
    Admission,
    Known,
    Numbers,
    Rules,
    acknowledged,
    judge,
    opening,
    repeated,
)
from services.referral.domain.reading import read_submission
from tests.malformed import NUMBER, OF_REAL_KIND, Message, Path, changed, encode, message, without
from tests.unit.referral.mother import ATTRIBUTES, PERSON_ID, judged

_NUMBER: Path = ("data", "person", "identity_number")
_PERSON_ID = PERSON_ID


def _admitted(sent: Message) -> Admission:
    admission = judged(sent)
    assert isinstance(admission, Admission), admission
    return admission


def test_a_case_opens_with_what_the_agency_said() -> None:
    received, consent = opening(_admitted(message("a")), _PERSON_ID)
    assert received == ReferralReceived(
        happened_on=date(2021, 3, 15),
        person_id=_PERSON_ID,
        insats="finsam-team",
        agency="stockholms-stad",
        unit="farsta",
        unit_kind="district",
        sex="woman",
        rule=RuleRef(insats="finsam-team", version=2),
    )
    assert consent == ConsentGiven(
        happened_on=date(2021, 3, 12), attributes=ATTRIBUTES.model_copy(update={"age": 34})
    )


def _only_work_training(**changes: Any) -> Message:
    sent = changed(message("a"), ("data", "door"), "bara-arbetstraning")
    for name, value in changes.items():
        sent = changed(sent, ("data", name), value)
    return sent


def test_who_only_seeks_work_training_comes_straight_to_its_information_meeting_by_its_own_criteria() -> None:
    received, _ = opening(_admitted(_only_work_training(needs=["kommun"])), _PERSON_ID)
    assert (received.insats, received.rule) == ("arbetstraning", RuleRef(insats="arbetstraning", version=1))
    assert received.shortcut == Shortcut(insats="finsam-team", door="bara-arbetstraning", meeting="informationsmote")


def test_the_usual_door_may_be_named_and_is_no_shortcut() -> None:
    received, _ = opening(_admitted(_only_work_training(door="anmalan")), _PERSON_ID)
    assert (received.insats, received.shortcut) == ("finsam-team", None)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"door": "bakvagen"}, ("data.door", "unknown_code")),
        ({"door": "Bakvägen"}, ("data.door", "malformed")),
        ({"insats": "mia-vidare"}, ("data.door", "unknown_code")),
        ({"insats": "bron"}, ("data.insats", "unknown_insats")),
        ({"referred_on": "2019-05-03"}, ("data.referred_on", "insats_not_open")),
    ],
)
def test_a_door_is_one_of_the_insats_on_that_day(changes: dict[str, Any], error: tuple[str, str]) -> None:
    found = judged(_only_work_training(**changes))
    assert isinstance(found, list)
    assert error in found


def test_a_shortcut_is_a_duplicate_of_an_open_referral_to_where_it_leads() -> None:
    straight = _only_work_training()
    assert judged(straight, known=Known(frozenset({"arbetstraning"}))) == [
        ("data.insats", "duplicate_of_open_referral")
    ]
    assert isinstance(judged(straight, known=Known(frozenset({"finsam-team"}))), Admission)


@pytest.mark.parametrize(("insats", "door"), [("finsam-team", "bara-arbetstraning"), ("arbetstraning", "forfragan")])
def test_a_shortcut_is_shut_while_its_door_is_or_that_of_where_it_leads(insats: str, door: str) -> None:
    paused = {insats: {door: date(2021, 5, 1)}}
    assert judged(_only_work_training(), paused=paused) == [("data.insats", "intake_paused")]
    usual = judged(message("a"), paused=paused)
    assert isinstance(usual, Admission), "the usual way in stays open"


def _from(unit: str, insats: str, **data: Any) -> Message:
    sent = changed(message("a"), ("data", "insats"), insats)
    sent = changed(sent, ("data", "referrer", "unit"), unit)
    for name, value in data.items():
        sent = changed(sent, ("data", name), value)
    return sent


@pytest.mark.parametrize(
    ("agency", "unit", "insats", "data"),
    [
        ("stockholms-stad", "farsta", "arbetskonsulent-fk", {}),
        ("stockholms-stad", "farsta", "ips-psykosvarden", {}),
        ("arbetsformedlingen", "af-city", "finsam-team", {"door": "bara-arbetstraning"}),
    ],
)
def test_an_agency_of_a_member_that_no_door_names_is_refused(
    agency: str, unit: str, insats: str, data: dict[str, Any]
) -> None:
    found = judged(_from(unit, insats, **data), agency=agency)
    assert isinstance(found, list)
    assert ("data.referrer.unit", "referrer_not_admitted") in found


@pytest.mark.parametrize(
    ("agency", "unit", "insats"),
    [
        ("forsakringskassan", "fk-stockholm", "arbetskonsulent-fk"),
        # Health care, though no door names its kind: a clinic for psychosis is health care too.
        ("region-stockholm", "vardcentral-rinkeby", "ips-psykosvarden"),
        # A district, where the report says social services.
        ("stockholms-stad", "farsta", "stockholmskraften"),
        # Who refers is our reading, so nobody is refused for it.
        ("forsakringskassan", "fk-stockholm", "stockholmskraften"),
        # A clinic that two members share may be anybody's.
        ("forsakringskassan", "fk-stockholm", "ips-beroende"),
        ("arbetsformedlingen", "af-city", "finsam-team"),
    ],
)
def test_whoever_may_be_of_a_kind_that_a_door_names_is_not_refused(agency: str, unit: str, insats: str) -> None:
    sent = _from(unit, insats, referred_on="2025-05-05", consent={"choice": "given", "stated_on": "2025-05-05"})
    found = judged(sent, agency=agency, today=date(2025, 6, 1))
    codes = [] if isinstance(found, Admission) else [code for _, code in found]
    assert "referrer_not_admitted" not in codes


def test_who_may_refer_is_said_in_the_words_of_the_insats() -> None:
    rules = Rules(AGENCIES["stockholms-stad"], INSATSER, Numbers.SYNTHETIC)
    sent = _from("farsta", "arbetskonsulent-fk")
    found = judge(read_submission(encode(sent)), rules, Known(), date(2021, 12, 31))
    assert isinstance(found, tuple)
    [error] = [each for each in found if each.code == "referrer_not_admitted"]
    assert error.message.startswith("Insatsen tar emot anmälningar från: Försäkringskassan. Er myndighet har ingen")


def test_an_insats_that_takes_referrals_admits_somebody_and_a_kind_is_named_for_its_own_member() -> None:
    for insats in INSATSER.values():
        for rule in insats.versions:
            if rule.takes_referrals:
                assert any(rule.admits(member, None) for member in Member)
    rule = INSATSER["mia-vidare"].versions[0]
    assert rule.names_unit("district", Member.KOMMUN)
    assert not rule.names_unit("jobbtorg", Member.KOMMUN)


def test_without_consent_no_background_travels() -> None:
    sent = changed(message("a"), ("data", "consent", "choice"), "refused")
    received, consent = opening(_admitted(sent), _PERSON_ID)
    assert consent == ConsentRefused(happened_on=date(2021, 3, 12))
    assert set(received.model_fields_set) == set(ReferralReceived.model_fields)


def test_the_background_is_kept_for_a_later_consent() -> None:
    sent = changed(message("a"), ("data", "consent", "choice"), "refused")
    assert _admitted(sent).file.attributes() == ATTRIBUTES.model_copy(update={"age": 34})


def test_a_referral_without_background_has_none_to_tell() -> None:
    kept = _admitted(without(message("a"), ("data", "background"))).file
    assert kept.attributes() == Attributes(age=34, needs=(Member.FORSAKRINGSKASSAN, Member.KOMMUN))


def test_the_rule_of_the_day_of_referral_decides() -> None:
    sent = changed(
        changed(message("a"), ("data", "referred_on"), "2020-12-31"), ("data", "consent", "stated_on"), "2020-12-31"
    )
    assert _admitted(sent).rule.version == 1


@pytest.mark.parametrize(
    ("born", "code"),
    [
        (date(2005, 3, 15), None),
        (date(2005, 3, 16), "too_young"),
        (date(1956, 3, 16), None),
        (date(1956, 3, 15), "too_old"),
    ],
)
@pytest.mark.parametrize("day_offset", [0, 60], ids=["personnummer", "samordningsnummer"])
def test_age_on_the_day_of_referral(born: date, code: str | None, day_offset: int) -> None:
    sent = message("a", synthetic_number(born, 990, day_offset=day_offset))
    expected = [] if code is None else [("data.person.identity_number", code)]
    found = judged(sent)
    assert ([] if isinstance(found, Admission) else found) == expected


def test_an_insats_without_age_limits_takes_all_ages() -> None:
    sent = changed(message("a", synthetic_number(date(1930, 1, 1), 990)), ("data", "insats"), "mia-vidare")
    assert isinstance(judged(sent), Admission)


@pytest.mark.parametrize(
    "insats",
    [
        pytest.param("samsip", id="a form of plan, open on that day"),
        pytest.param("novum", id="not begun on that day"),
        pytest.param("kommunhubben", id="a consultation, not begun either"),
    ],
)
def test_an_insats_without_a_door_for_referrals_on_that_day_is_not_open(insats: str) -> None:
    sent = changed(message("a"), ("data", "insats"), insats)
    assert judged(sent) == [("data.referred_on", "insats_not_open")]


def test_an_insats_that_needs_one_member() -> None:
    sent = changed(changed(message("a"), ("data", "insats"), "mia-vidare"), ("data", "needs"), ["kommun"])
    assert isinstance(judged(sent), Admission)


@pytest.mark.parametrize(
    ("numbers", "number", "taken"),
    [
        (Numbers.SYNTHETIC, NUMBER, True),
        (Numbers.REAL, NUMBER, False),
        (Numbers.SYNTHETIC, OF_REAL_KIND, False),
    ],
)
def test_an_installation_takes_one_kind_of_numbers(numbers: Numbers, number: str, taken: bool) -> None:
    found = judged(message("a", number), numbers=numbers)
    refused = ("data.person.identity_number", "identity_number_not_allowed")
    assert isinstance(found, Admission) if taken else not isinstance(found, Admission) and refused in found


def test_a_production_number_is_refused_for_nothing_but_its_age() -> None:
    assert judged(message("a", OF_REAL_KIND), numbers=Numbers.REAL) == [
        ("data.person.identity_number", "identity_number_invalid")
    ]


def test_the_future_begins_tomorrow() -> None:
    assert isinstance(judged(message("a"), today=date(2021, 3, 15)), Admission)
    assert judged(message("a"), today=date(2021, 3, 14)) == [("data.referred_on", "date_in_the_future")]


def test_one_open_referral_to_an_insats() -> None:
    known = Known(open_insatser=frozenset({"finsam-team"}))
    assert judged(message("a"), known=known) == [("data.insats", "duplicate_of_open_referral")]


def test_an_open_referral_to_another_insats_is_no_hindrance() -> None:
    assert isinstance(judged(message("a"), known=Known(open_insatser=frozenset({"mia-vidare"}))), Admission)


def test_an_id_used_for_something_else() -> None:
    assert judged(message("a"), known=Known(id_taken=True)) == [("id", "message_id_reused")]


def test_the_unit_must_be_the_agencys_own() -> None:
    elsewhere = next(unit.id for unit in AGENCIES["region-stockholm"].units)
    sent = changed(message("a"), ("data", "referrer", "unit"), elsewhere)
    assert judged(sent) == [("data.referrer.unit", "unknown_referrer")]


def test_a_message_that_comes_again_gets_its_receipt_again() -> None:
    first = acknowledged(_admitted(message("a")), PERSON_ID, None, date(2021, 3, 15))
    again = repeated(first, None)
    assert again == first.model_copy(update={"repeated": True})


_FAULTS: list[tuple[Path, Any, str]] = [
    (("data", "reference"), NUMBER, "reference_is_an_identity"),
    (("data", "insats"), "finsamteam", "unknown_insats"),
    (("data", "referred_on"), "2999-01-01", "date_in_the_future"),
    (("data", "referrer", "unit"), "okänd", "unknown_referrer"),
    (("data", "referrer", "officer", "email"), "odla", "malformed"),
    (_NUMBER, NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10), "identity_number_invalid"),
    (("data", "person", "given_name"), "", "malformed"),
    (("data", "person", "family_name"), None, "missing"),
    (("data", "person", "sex"), "kvinna", "unknown_code"),
    (("data", "person", "shoe_size"), 39, "unknown_field"),
    (("data", "consent", "stated_on"), "12/3", "malformed"),
    (("data", "background", "public_support_years"), "3", "malformed"),
    (("specversion",), "0.3", "not_a_cloud_event"),
    (("type",), "Referral", "unknown_code"),
    (("time",), "igår", "malformed"),
]


@given(st.sets(st.sampled_from(range(len(_FAULTS))), min_size=1))
def test_any_faults_together_are_all_found(chosen: set[int]) -> None:
    sent = message("a")
    for nth in chosen:
        path, value, _ = _FAULTS[nth]
        sent = changed(sent, path, value)
    expected = {(".".join(map(str, path)), code) for path, _, code in (_FAULTS[nth] for nth in chosen)}
    if 5 in chosen:
        # The reference holds the number only while it is a number.
        expected -= {("data.reference", "reference_is_an_identity")}
    found = judged(sent)
    assert not isinstance(found, Admission)
    assert expected <= set(found)


def test_two_faults_are_two_errors_and_no_more() -> None:
    alone = {nth: judged(changed(message("a"), path, value)) for nth, (path, value, _) in enumerate(_FAULTS)}
    assert all(isinstance(found, list) and len(found) == 1 for found in alone.values()), alone
    for one, other in combinations([4, 6, 7, 8, 9, 11, 12, 13, 14], 2):
        sent = message("a")
        for nth in (one, other):
            sent = changed(sent, _FAULTS[nth][0], _FAULTS[nth][1])
        found = judged(sent)
        assert isinstance(found, list)
        assert len(found) == 2
