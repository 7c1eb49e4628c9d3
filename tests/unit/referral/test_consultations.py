"""Consultations: what is asked of one, and what taking one back leaves."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.catalogue import INSATSER
from contracts.envelope import Fact
from contracts.events import AnyEvent, event_of, midnight
from contracts.problems import Conflict, Invalid, NotFound
from contracts.referral import ConsultationHeld, RuleRef
from services.referral.domain.consultation import HoldConsultation, held, hold, take_back

_DAY = date(2023, 3, 14)
_ASKED = HoldConsultation(
    insats=INSATSER["sip-samordnare"],
    held_on=_DAY,
    asker="socialtjanst",
    forum="booked_time",
    topic="coordinated_plan",
    led_to="nothing",
    today=_DAY,
)


def _log(*facts: Fact) -> list[AnyEvent]:
    stream = uuid4()
    return [
        event_of(
            fact,
            event_id=uuid4(),
            stream_id=stream,
            sequence=nth,
            recorded=midnight(_DAY),
            actor="worker:karin:coordinator",
            source="/samspel/referral",
        )
        for nth, fact in enumerate(facts, start=1)
    ]


def test_a_consultation_says_who_asked_where_about_what_and_what_came_of_it() -> None:
    assert hold(_ASKED) == ConsultationHeld(
        happened_on=_DAY,
        insats="sip-samordnare",
        rule=RuleRef(insats="sip-samordnare", version=1),
        asker="socialtjanst",
        forum="booked_time",
        topic="coordinated_plan",
        led_to="nothing",
    )


def test_somebody_the_insats_does_not_name_counts_as_another() -> None:
    assert hold(replace(_ASKED, asker="other")).asker == "other"


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"held_on": _DAY + timedelta(days=1)}, "date_in_the_future", "held_on"),
        ({"held_on": date(2022, 12, 31)}, "no_consultations", "insats"),
        ({"insats": None}, "no_consultations", "insats"),
        ({"insats": INSATSER["finsam-team"]}, "no_consultations", "insats"),
        ({"asker": "jobbtorg"}, "choice_unknown", "asker"),
        ({"forum": "on_the_moon"}, "choice_unknown", "forum"),
        ({"topic": "gossip"}, "choice_unknown", "topic"),
        ({"led_to": "riches"}, "choice_unknown", "led_to"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(changed: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        hold(replace(_ASKED, **changed))
    assert (refused.value.code, refused.value.field) == (code, field)


def test_one_taken_back_no_longer_counts_and_cannot_be_taken_back_again() -> None:
    log = _log(hold(_ASKED))
    correction = take_back(log, _DAY)
    whole = [*log, replace_sequence(_log(correction)[0], 2, log[0])]
    assert held(log) is not None
    assert held(whole) is None
    with pytest.raises(Conflict, match="already_taken_back"):
        take_back(whole, _DAY)


def replace_sequence(event: AnyEvent, sequence: int, first: AnyEvent) -> AnyEvent:
    """The event in another's stream."""
    return event.model_copy(update={"sequence": sequence, "subject": first.subject})


def test_what_is_no_consultation_cannot_be_taken_back() -> None:
    with pytest.raises(NotFound):
        take_back([], _DAY)
