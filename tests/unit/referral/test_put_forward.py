"""Who is put forward in a preparing group, by whom, and what taking one back leaves."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.catalogue import INSATSER
from contracts.envelope import Fact
from contracts.events import AnyEvent, event_of, midnight
from contracts.problems import Conflict, Invalid, NotFound
from contracts.referral import ConsultationHeld, PersonPutForward, RuleRef
from services.referral.domain.put_forward import PutForward, counting, put_forward, take_back

_DAY = date(2023, 3, 14)
_ASKED = PutForward(INSATSER["beredningsgrupp"], _DAY, "forsakringskassan", "joint_meeting", _DAY)
_PUT = PersonPutForward(
    happened_on=_DAY,
    insats="beredningsgrupp",
    rule=RuleRef(insats="beredningsgrupp", version=1),
    by="forsakringskassan",
    led_to="joint_meeting",
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


def test_a_party_puts_somebody_forward_and_nobody_is_named() -> None:
    assert put_forward(_ASKED) == _PUT


def test_every_party_that_the_door_admits_may_and_no_other() -> None:
    """Those whom the door of the catalogue's file names (Sundsvall 2023, L385)."""
    rule = INSATSER["beredningsgrupp"].rule(1)
    assert rule.put_forward_by == ("forsakringskassan", "arbetsformedlingen", "socialtjanst", "health_care")
    for party in rule.put_forward_by:
        assert put_forward(replace(_ASKED, by=party)).by == party
    with pytest.raises(Invalid) as wrong:
        put_forward(replace(_ASKED, by="jobbtorg"))
    assert (wrong.value.code, wrong.value.field) == ("choice_unknown", "by")


def test_people_are_put_forward_in_no_other_insats() -> None:
    open_to = [each.id for each in INSATSER.values() if any(rule.put_forward_by for rule in each.versions)]
    assert open_to == ["beredningsgrupp"]


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"insats": None}, "nobody_put_forward", "insats"),
        ({"insats": INSATSER["finsam-team"]}, "nobody_put_forward", "insats"),
        ({"insats": INSATSER["samsip"]}, "nobody_put_forward", "insats"),
        ({"met_on": date(2022, 12, 31)}, "nobody_put_forward", "insats"),
        ({"met_on": _DAY + timedelta(days=1)}, "date_in_the_future", "met_on"),
        ({"led_to": "tea"}, "choice_unknown", "led_to"),
    ],
)
def test_what_is_wrong_is_said_by_field(changed: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        put_forward(replace(_ASKED, **changed))
    assert (wrong.value.code, wrong.value.field) == (code, field)


def test_one_noted_by_mistake_no_longer_counts_and_is_taken_back_once() -> None:
    log = _log(_PUT)
    correction = take_back(log, _DAY)
    assert correction.event_id == log[0].id
    both = [*log, _after(log[0], correction)]
    assert counting(both) is None
    with pytest.raises(Conflict) as again:
        take_back(both, _DAY)
    assert again.value.code == "already_taken_back"


def _after(first: AnyEvent, correction: Fact) -> AnyEvent:
    return event_of(
        correction,
        event_id=uuid4(),
        stream_id=first.subject,
        sequence=first.sequence + 1,
        recorded=midnight(_DAY),
        actor="worker:karin:coordinator",
        source="/samspel/referral",
    )


def test_a_consultation_is_not_taken_for_somebody_put_forward() -> None:
    held = ConsultationHeld(
        happened_on=_DAY,
        insats="sip-samordnare",
        rule=RuleRef(insats="sip-samordnare", version=1),
        asker="socialtjanst",
        forum="phone",
        topic="other",
        led_to="nothing",
    )
    with pytest.raises(NotFound) as unknown:
        take_back(_log(held), _DAY)
    assert unknown.value.code == "put_forward_unknown"
