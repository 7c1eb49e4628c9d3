"""A new insats is a YAML file: a person goes through one unlike the others with no code, to its follow-up."""

from datetime import date
from pathlib import Path

import pytest

from contracts.catalogue import load_insatser
from contracts.codes import FollowUpResult, MeetingMode, Member
from contracts.consent import consents_of
from contracts.followup import FollowUpCompleted
from contracts.planning import MeetingHeld, ParticipantExited, SamplanUpprättad, SupportAssigned
from contracts.referral import ReferralAccepted, RuleRef
from services.followup.domain.completion import CompleteFollowUp, FollowUpFinding, complete
from services.followup.domain.ledger import FollowUp
from services.followup.domain.obligations import owed
from services.planning.domain import command as ask
from services.planning.domain.case import Stage
from services.planning.domain.sessions import Occupancy
from tests import recipes
from tests.unit.planning import mother
from tests.unit.planning.mother import Life

# Gated by a meeting of its own, support by a "brobyggare", few reasons, followed up four months after the plan.
_FILE = recipes.block("An insats", "yaml")
_DAY, _TODAY = date(2022, 3, 1), date(2022, 8, 1)
_RULE = RuleRef(insats="bron", version=1)


@pytest.fixture
def life(tmp_path: Path) -> Life:
    (tmp_path / "bron.yaml").write_text(_FILE, encoding="utf-8")
    return Life(load_insatser(tmp_path))


def _through_to_the_exit(life: Life) -> None:
    received = mother.referred_to("bron", date(2022, 2, 1)).model_copy(update={"rule": _RULE})
    life.hear(received, mother.consented, ReferralAccepted(happened_on=date(2022, 2, 3)))
    start = ask.StartInsats(_DAY, _TODAY)
    assert life.refusal(start) == "meeting_missing"
    life.ask(
        ask.BookMeeting(
            mother.MEETING, date(2022, 2, 4), None, None, _DAY, None, MeetingMode.PHYSICAL, Occupancy(), _TODAY
        )
    )
    life.ask(ask.HoldMeeting(None, None, None, _TODAY))
    life.ask(start)
    life.ask(ask.AssignSupport(mother.SUPPORT, "brobyggare", "bro-1", _DAY, _TODAY))
    activity = ask.NewActivity(mother.WORK, Member.REGION, "doctor_visit")
    life.ask(ask.MakeSamplan(mother.SAMPLAN, _DAY, (activity,), _TODAY))
    assert life.refusal(ask.ExitInsats(_TODAY, "studies", mother.HAND_BACK, _TODAY)) == "reason_not_used"
    life.ask(ask.ExitInsats(_TODAY, "work", mother.HAND_BACK, _TODAY))


def test_a_person_goes_through_an_insats_that_is_only_a_file(life: Life) -> None:
    _through_to_the_exit(life)
    assert life.case.stage is Stage.EXITED
    appended = {type(each.data): each.data for each in life.log}
    assert {MeetingHeld, SupportAssigned, SamplanUpprättad} <= set(appended)
    exit_ = appended[ParticipantExited]
    assert isinstance(exit_, ParticipantExited)
    assert (exit_.reason, exit_.national_code, exit_.rule) == ("work", "1", _RULE)


def test_and_is_followed_up_as_the_file_says(life: Life) -> None:
    _through_to_the_exit(life)
    due = owed(life.log, life.catalogue, _TODAY)
    [wanted] = due.follow_ups.values()
    terms = wanted.terms
    assert (terms.point, terms.months, terms.responsible) == ("efter-fyra", 4, "brobyggare")
    held_on = date(2022, 7, 1)
    consents = consents_of([mother.consented])
    finding = FollowUpFinding(held_on, FollowUpResult.ALL)
    command = CompleteFollowUp(finding, frozenset(), consents, _TODAY)
    completed = complete(command, FollowUp(terms))[-1]
    assert isinstance(completed, FollowUpCompleted)
    assert completed.happened_on == held_on
