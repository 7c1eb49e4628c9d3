"""Hand-overs: offered, declined, withdrawn, accepted, corrected; and the limit of a caseload."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.catalogue import INSATSER
from contracts.corrections import RegisteredInError
from contracts.envelope import Fact
from contracts.planning import (
    LotsAssigned,
    SupportAssigned,
    SupportEnded,
    SupportHandedOver,
    SupportHandoverDeclined,
    SupportHandoverOffered,
    SupportHandoverWithdrawn,
)
from contracts.problems import Conflict
from services.planning.domain import command as ask_
from services.planning.domain.case import Case
from services.planning.domain.caseload import Limit, is_full, limit_on
from services.planning.domain.command import Command
from services.planning.domain.decide import decide
from services.planning.domain.handovers import handovers
from tests.spec import DeciderSpec
from tests.unit.planning import commands as ask
from tests.unit.planning import mother, supports
from tests.unit.planning.mother import Life, given


def _decide(command: Command, life: tuple[Fact, ...]) -> Sequence[Fact]:
    decision = decide(command, given(*life).case, INSATSER)
    return (*decision.facts, *decision.consequences)


def _and(life: tuple[Fact, ...], fact: Fact) -> tuple[Fact, ...]:
    return (*life, fact)


spec: DeciderSpec[Command, tuple[Fact, ...], Fact] = DeciderSpec(_decide, _and, ())
_DAY = mother.COMPLETED_ON
_OFFERED = (*supports.having_lots, supports.offered)
_HANDED_OVER = SupportHandedOver(
    happened_on=_DAY, support_id=mother.SUPPORT, to="lots-2", continued_by=mother.OTHER_SUPPORT
)

_of_another = (
    SupportEnded(happened_on=_DAY, support_id=mother.SUPPORT, reason="handed_over"),
    LotsAssigned(happened_on=_DAY, support_id=mother.OTHER_SUPPORT, lots_id="lots-2"),
)


def test_a_colleague_is_asked_and_nothing_changes_until_they_accept() -> None:
    spec.given(*supports.having_lots).when(ask.offer).then(supports.offered)
    lots = given(*_OFFERED).case.supports.ongoing("lots")
    assert lots is not None
    assert (lots.worker_id, lots.offer and lots.offer.to) == ("lots-1", "lots-2")


def test_the_support_ends_for_the_one_and_begins_for_the_other_on_the_day_of_the_acceptance() -> None:
    spec.given(*_OFFERED).when(ask.accept_offer).then(
        _HANDED_OVER,
        SupportEnded(happened_on=_DAY, support_id=mother.SUPPORT, reason="handed_over"),
        LotsAssigned(happened_on=_DAY, support_id=mother.OTHER_SUPPORT, lots_id="lots-2"),
    )


def test_another_role_than_lots_goes_on_in_that_role() -> None:
    begun = SupportAssigned(
        happened_on=mother.STARTED_ON, support_id=mother.SUPPORT, role="case-manager", worker_id="cm-1"
    )
    offered = SupportHandoverOffered(happened_on=mother.BEGUN_ON, support_id=mother.SUPPORT, to="cm-2")
    accept = ask_.AcceptHandover("case-manager", mother.OTHER_SUPPORT, "cm-2", _DAY, mother.TODAY)
    life = given(mother.referred_to(mother.MIA), mother.accepted, begun, offered)
    *_, last = life.ask(accept)
    assert last == SupportAssigned(
        happened_on=_DAY, support_id=mother.OTHER_SUPPORT, role="case-manager", worker_id="cm-2"
    )


def test_what_is_no_longer_theirs_who_leaves_is_not_offered_as_theirs() -> None:
    read_as = replace(ask.offer, held_by="lots-1")
    spec.given(*supports.having_lots).when(read_as).then(supports.offered)
    accepted = spec.given(*supports.having_lots, *_of_another)
    accepted.when(replace(read_as, to="lots-3")).then_refused("no_longer_theirs")


def test_what_became_of_an_offer_is_kept_after_the_support_until_it_is_taken_back() -> None:
    life = given(*_OFFERED)
    [waiting] = handovers(life.case)
    assert (waiting.worker_id, waiting.offered_to, waiting.answer) == ("lots-1", "lots-2", None)
    life.ask(ask.accept_offer)
    [accepted] = handovers(life.case)
    assert accepted == replace(waiting, answer="accepted", answered_on=_DAY)
    declined = SupportHandoverDeclined(happened_on=_DAY, support_id=mother.SUPPORT, reason="caseload_full")
    [answered] = handovers(given(*_OFFERED, declined).case)
    assert answered == replace(waiting, answer="declined", answered_on=_DAY, reason="caseload_full")
    withdrawn = SupportHandoverWithdrawn(happened_on=_DAY, support_id=mother.SUPPORT)
    assert handovers(given(*_OFFERED, withdrawn).case) == frozenset()
    offered_again = given(*_OFFERED, declined, supports.offered)
    assert handovers(offered_again.case) == {waiting}


def test_declined_or_withdrawn_the_support_stays_where_it_is() -> None:
    declined = SupportHandoverDeclined(happened_on=_DAY, support_id=mother.SUPPORT, reason="caseload_full")
    withdrawn = SupportHandoverWithdrawn(happened_on=_DAY, support_id=mother.SUPPORT)
    spec.given(*_OFFERED).when(ask.decline_offer).then(declined)
    spec.given(*_OFFERED).when(ask.withdraw_offer).then(withdrawn)
    for answer in (declined, withdrawn):
        # Another colleague, or the same one later, may be asked.
        spec.given(*_OFFERED, answer).when(ask.offer).then(supports.offered)
        spec.given(*_OFFERED, answer).when(ask.accept_offer).then_refused("no_offer")


def test_only_whoever_is_asked_answers() -> None:
    for answer in (ask.accept_offer, ask.decline_offer):
        spec.given(*_OFFERED).when(replace(answer, by="lots-3")).then_refused("offered_to_another")


def test_an_offer_to_oneself_a_reason_of_no_list_and_days_out_of_order_are_refused() -> None:
    spec.given(*supports.having_lots).when(replace(ask.offer, to="lots-1")).then_refused(
        "already_assigned", field="to"
    )
    spec.given(*_OFFERED).when(replace(ask.decline_offer, reason="tired")).then_refused(
        "reason_unknown", field="reason"
    )
    early = mother.MEETS_ON - timedelta(days=1)
    spec.given(*supports.having_lots).when(replace(ask.offer, offered_on=early)).then_refused(
        "before_support", field="offered_on"
    )
    before_offer = mother.BEGUN_ON - timedelta(days=1)
    spec.given(*_OFFERED).when(replace(ask.accept_offer, accepted_on=before_offer)).then_refused(
        "before_offer", field="accepted_on"
    )
    late = mother.TODAY + timedelta(days=1)
    spec.given(*_OFFERED).when(replace(ask.accept_offer, accepted_on=late)).then_refused(
        "in_future", field="accepted_on"
    )


def test_an_offer_falls_with_the_support() -> None:
    spec.given(*_OFFERED, supports.ended).when(ask.accept_offer).then_refused("no_support")
    life = given(*_OFFERED)
    life.ask(ask_.AssignSupport(UUID(int=9), "lots", "lots-3", _DAY, mother.TODAY))
    assert life.refusal(ask.accept_offer) == "no_offer"


@pytest.mark.parametrize(("command", "row"), supports.TABLE, ids=lambda each: type(each).__name__)
def test_each_command_at_each_point_of_a_handover(command: Command, row: tuple[str | None, ...]) -> None:
    assert [given(*facts).refusal(command) for facts in supports.AT.values()] == list(row)


# Corrections


def _handed_over() -> Life:
    life = given(*_OFFERED)
    life.ask(ask.accept_offer)
    return life


def _holder(case: Case) -> list[str]:
    return [each.worker_id for each in case.supports.all if each.ended_on is None]


def test_a_handover_is_taken_back_as_a_whole_and_the_offer_waits_again() -> None:
    life = _handed_over()
    assert _holder(life.case) == ["lots-2"]
    taken_back = life.take_back(life.id_of(SupportHandedOver))
    assert [type(each) for each in taken_back] == [RegisteredInError] * 3
    assert _holder(life.case) == ["lots-1"]
    assert life.refusal(ask.accept_offer) is None
    # The correction may be wrong too: then it has been handed over after all.
    life.take_back(life.log[-3].id)
    assert _holder(life.case) == ["lots-2"]


def test_no_half_of_a_handover_is_taken_back() -> None:
    life = _handed_over()
    for kind in (SupportEnded, LotsAssigned):
        with pytest.raises(Conflict, match="part_of_a_succession"):
            life.take_back(life.id_of(kind))
    life.take_back(life.id_of(SupportHandedOver))
    half_corrected = life.log[-1].id
    with pytest.raises(Conflict, match="part_of_a_succession"):
        life.take_back(half_corrected)


def test_an_offer_that_was_answered_and_a_handover_that_went_on_are_not_taken_back() -> None:
    life = _handed_over()
    with pytest.raises(Conflict, match="later_events_depend"):
        life.take_back(life.id_of(SupportHandoverOffered))
    life.ask(ask.end_support)
    with pytest.raises(Conflict, match="later_events_depend"):
        life.take_back(life.id_of(SupportHandedOver))


@pytest.mark.parametrize("answer", [ask.decline_offer, ask.withdraw_offer])
def test_an_answer_taken_back_leaves_the_offer_open(answer: Command) -> None:
    life = given(*_OFFERED)
    (fact,) = life.ask(answer)
    life.take_back(life.id_of(type(fact)))
    assert life.refusal(ask.accept_offer) is None
    life.take_back(life.id_of(SupportHandoverOffered))
    assert life.refusal(ask.accept_offer) == "no_offer"


def test_a_replacement_is_taken_back_as_a_whole_so_that_somebody_has_the_support() -> None:
    life = given(*supports.having_lots)
    life.ask(ask_.AssignSupport(mother.OTHER_SUPPORT, "lots", "lots-2", _DAY, mother.TODAY))
    with pytest.raises(Conflict, match="part_of_a_succession"):
        life.take_back(life.id_of(LotsAssigned))
    life.take_back(life.id_of(SupportEnded))
    assert _holder(life.case) == ["lots-1"]


# Caseload


def _assign(others: int, *, beyond_limit: bool = False) -> ask_.AssignSupport:
    return ask_.AssignSupport(
        mother.SUPPORT, "case-manager", "cm-1", mother.BEGUN_ON, mother.TODAY, beyond_limit, others
    )


_AT_MIA = (
    mother.referred_to(mother.MIA),
    mother.accepted,
)


def _met() -> Life:
    life = given(*_AT_MIA)
    life.ask(ask.book("introduktionsmote", team=None))
    life.ask(ask.hold("introduktionsmote"))
    return life


def test_at_the_limit_nobody_is_assigned_one_more_by_oversight() -> None:
    life = _met()
    assert life.refusal(_assign(19)) is None
    assert life.refusal(_assign(20)) == "caseload_full"
    assert life.refusal(_assign(31)) == "caseload_full"
    assert life.refusal(_assign(20, beyond_limit=True)) is None


def test_a_limit_that_counts_some_is_shown_and_refuses_nobody() -> None:
    ips = limit_on(INSATSER, "ips-psykosvarden", "arbetsspecialist", mother.TODAY)
    assert ips == Limit(20, binding=False)
    assert not is_full(ips, 100)
    assert limit_on(INSATSER, mother.FINSAM, "lots", mother.TODAY) is None
    assert not is_full(None, 100)
