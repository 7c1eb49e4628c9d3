"""What a person's other cases say: stays in order, a reason only while it may be known."""

from datetime import date
from uuid import UUID

from contracts.planning import CaseReopened, ParticipantExited
from contracts.referral import ConsentWithdrawn
from services.referral.domain.case import CaseState
from services.referral.domain.earlier import Stay, earlier
from tests.unit.planning import mother
from tests.unit.planning.mother import given

_CASE = UUID(int=70)
_AGAIN = date(2021, 11, 1)


def _exit(episode: int, on: date) -> ParticipantExited:
    return mother.exited.model_copy(update={"episode": episode, "happened_on": on, "reason": "illness"})


def test_stays_come_in_order_and_a_reopened_case_has_two() -> None:
    life = given(mother.received, mother.consented, mother.accepted, mother.started, _exit(1, mother.EXITED_ON))
    life.add(CaseReopened(happened_on=_AGAIN, episode=2))
    found = earlier(_CASE, life.log)
    assert found.stays == (Stay(mother.STARTED_ON, mother.EXITED_ON, "illness"), Stay(_AGAIN))
    assert (found.state, found.insats) == (CaseState.STARTED, mother.FINSAM)


def test_a_reason_is_left_out_once_the_person_no_longer_consents_there() -> None:
    life = given(mother.received, mother.consented, mother.accepted, mother.started, _exit(1, mother.EXITED_ON))
    life.add(ConsentWithdrawn(happened_on=_AGAIN))
    assert earlier(_CASE, life.log).stays == (Stay(mother.STARTED_ON, mother.EXITED_ON),)


def test_an_exit_taken_back_is_no_end() -> None:
    life = given(mother.received, mother.consented, mother.accepted, mother.started)
    life.add(_exit(1, mother.EXITED_ON))
    life.take_back(life.id_of(ParticipantExited))
    assert earlier(_CASE, life.log).stays == (Stay(mother.STARTED_ON),)
