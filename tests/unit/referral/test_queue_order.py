"""Who goes first in a queue, and what has been used of quotas: neither refuses anybody."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import INSATSER
from services.referral.domain.judging import Admission
from services.referral.domain.queue_order import (
    QueueClass,
    TakenOn,
    by_priority,
    counted_since,
    priority_texts,
    queue_class,
    quotas,
)
from tests.malformed import Message, changed, message
from tests.unit.referral.mother import judged

_SODERTALJE = INSATSER["mia-sodertalje"]


def _sent(insats: str = "mia-sodertalje", **data: Any) -> Message:
    sent = changed(message("a"), ("data", "insats"), insats)
    for name, value in {
        "referred_on": "2018-05-07",
        "consent": {"choice": "given", "stated_on": "2018-05-07"},
    }.items():
        sent = changed(sent, ("data", name), value)
    for name, value in data.items():
        sent = changed(sent, ("data", name), value)
    return sent


def _admitted(sent: Message) -> Admission:
    admission = judged(sent)
    assert isinstance(admission, Admission), admission
    return admission


@pytest.mark.parametrize(
    ("data", "met"),
    [
        ({}, ()),
        ({"priorities": ["rh2-rh3"]}, ("rh2-rh3",)),
        ({"background": {"benefits": ["activity_compensation"]}}, ("aktivitetsersattning",)),
        (
            {"priorities": ["aktivitetsersattning", "rh2-rh3", "rh2-rh3"]},
            ("rh2-rh3", "aktivitetsersattning"),
        ),
    ],
)
def test_what_the_referrer_says_and_what_the_referral_shows(data: dict[str, Any], met: tuple[str, ...]) -> None:
    admission = _admitted(_sent(**data))
    assert admission.priorities == met
    assert queue_class(admission.rule, met) is (QueueClass.PRIORITY if met else QueueClass.ARRIVAL)


def test_criteria_without_a_priority_order_let_nobody_go_first() -> None:
    admission = _admitted(_sent("mia-sodra-roslagen", priorities=["uvas"]))
    assert admission.priorities == ("uvas",)
    assert queue_class(admission.rule, admission.priorities) is QueueClass.ARRIVAL


@pytest.mark.parametrize(("insats", "data"), [("mia-sodertalje", ["hittepa"]), ("mia-stockholm", ["rh2-rh3"])])
def test_a_criterion_that_the_insats_lacks_is_an_error(insats: str, data: list[str]) -> None:
    assert judged(_sent(insats, priorities=data)) == [("data.priorities", "unknown_code")]


def test_the_order_is_said_also_of_an_insats_that_has_ended() -> None:
    assert by_priority(_SODERTALJE, date(2022, 1, 3))
    assert not by_priority(INSATSER["finsam-team"], date(2022, 1, 3))
    assert not by_priority(None, date(2022, 1, 3))
    assert priority_texts(_SODERTALJE, ["aktivitetsersattning", "borta"]) == [
        "ung över 25 år med aktivitetsersättning",
        "borta",
    ]


def test_quotas_by_referrer_and_by_sex() -> None:
    taken_on = [TakenOn("jobbtorg-city", "woman", 3), TakenOn("fk-stockholm", "man", 1), TakenOn("borta", None, 1)]
    [by_door] = quotas(INSATSER["mia-stockholm"].versions[0], taken_on)
    assert by_door.of == "efter väg in"
    assert [(each.percent, each.used, each.total) for each in by_door.parts] == [(50, 3, 5), (50, 1, 5)]
    [by_sex] = quotas(INSATSER["aktivitetsplatsen"].versions[0], taken_on)
    assert [(each.part, each.percent, each.used, each.total) for each in by_sex.parts] == [
        ("kvinna", 60, 3, 5),
        ("man", 40, 1, 5),
    ]


def test_a_goal_of_a_year_counts_from_its_first_day_and_others_from_the_rule_s() -> None:
    assert counted_since(INSATSER["aktivitetsplatsen"].versions[0], date(2021, 5, 3)) == date(2021, 1, 1)
    assert counted_since(INSATSER["mia-stockholm"].versions[0], date(2018, 5, 3)) == date(2017, 4, 1)


@given(
    st.lists(
        st.builds(
            TakenOn,
            st.sampled_from(["farsta", "jobbtorg-city", "fk-stockholm", "borta"]),
            st.sampled_from(["woman", "man", "other", None]),
            st.integers(0, 9),
        )
    )
)
def test_no_part_of_a_quota_is_more_than_all(taken_on: list[TakenOn]) -> None:
    for insats in INSATSER.values():
        for rule in insats.versions:
            for each in quotas(rule, taken_on):
                assert sum(part.used for part in each.parts) <= each.parts[0].total
                assert {part.total for part in each.parts} == {sum(one.count for one in taken_on)}
