"""The demo's plans of work training and teaching are such as planning allows: decided here, without a service."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from uuid import UUID, uuid4

import pytest

from contracts.catalogue import INSATSER
from contracts.codes import MeetingMode
from contracts.planning import InsatsStarted, MeetingHeld, SupportAssigned
from contracts.problems import Refused
from contracts.referral import Attributes, ConsentGiven, ReferralAccepted, RuleRef
from deploy.demo.aktivitetsplatsen import AKTIVITETSPLATSEN
from deploy.demo.exits import answers
from deploy.demo.lives import Activity, Life
from deploy.demo.mia_vidare import MIA
from deploy.demo.population import LAST_DAY, build
from deploy.demo.training import PLACES_OF_EACH, SAMORDNAT_STOD, SUPPLIERS
from services.planning.domain import command as ask
from services.planning.domain.exits import ExitAnswers
from services.planning.domain.places import PlaceOccupancy, PlaceTerms, Supplier
from tests.unit.planning import mother

_OF = Supplier("arbetstraning", "leverantor-1")
_FREE = PlaceOccupancy(0, PlaceTerms(_OF, SUPPLIERS[0], PLACES_OF_EACH, date(2020, 2, 3)))


@pytest.fixture(scope="module")
def planned() -> list[Life]:
    """Everybody outside FINSAM-team who has a plan."""
    insatser = {AKTIVITETSPLATSEN, MIA, SAMORDNAT_STOD}
    return [life for life in build().lives if life.samplan and life.referral.insats in insatser]


def test_planning_allows_every_step_of_them(planned: list[Life]) -> None:
    assert Counter(life.referral.insats for life in planned).keys() == {AKTIVITETSPLATSEN, MIA, SAMORDNAT_STOD}
    for life in planned:
        case = _started(life)
        for command in sorted(_commands(life), key=_day):
            try:
                case.ask(command)
            except Refused as refused:
                raise AssertionError(f"{command} of {life}") from refused


def test_no_supplier_would_have_more_than_its_places(planned: list[Life]) -> None:
    taken = Counter(each.place for life in planned for each in _activities(life) if each.place is not None)
    assert taken.total() == 31 + 47
    assert max(taken.values()) <= PLACES_OF_EACH


def _started(life: Life) -> mother.Life:
    """The case as it is when the participant has started."""
    referral, case = life.referral, mother.Life()
    assert life.accepted_on is not None
    assert life.started_on is not None
    consent = ConsentGiven(happened_on=referral.referred_on, attributes=Attributes())
    received = mother.referred_to(referral.insats, referral.referred_on)
    case.hear(received, consent, ReferralAccepted(happened_on=life.accepted_on))
    rule = INSATSER[referral.insats].rule_on(life.started_on)
    assert rule is not None
    if life.meeting is not None and rule.gate.kind == "meeting":
        held = MeetingHeld(
            happened_on=life.meeting.session.meets_on,
            meeting_id=mother.MEETING,
            kind=rule.gate.meeting,
            mode=MeetingMode.PHYSICAL,
        )
        case.add(held)
    if life.case_manager is not None:
        day, worker = life.case_manager.assigned_on, life.case_manager.worker_id
        case.add(SupportAssigned(happened_on=day, support_id=mother.SUPPORT, role="case-manager", worker_id=worker))
    ref = RuleRef(insats=referral.insats, version=rule.version)
    case.add(InsatsStarted(happened_on=life.started_on, insats=referral.insats, rule=ref))
    return case


def _activities(life: Life) -> tuple[Activity, ...]:
    return life.samplan.activities if life.samplan else ()


def _commands(life: Life) -> Iterator[ask.Command]:
    assert life.samplan is not None
    ids = [UUID(int=100 + number) for number, _ in enumerate(_activities(life))]
    new = tuple(
        ask.NewActivity(each_id, each.responsible, each.kind)
        for each_id, each in zip(ids, _activities(life), strict=True)
    )
    yield ask.MakeSamplan(mother.SAMPLAN, life.samplan.made_on, new, LAST_DAY)
    for each_id, each in zip(ids, _activities(life), strict=True):
        if each.started_on:
            place = None if each.place is None else _OF.place_id
            yield ask.StartActivity(
                each_id, each.started_on, LAST_DAY, place, cost_bearer=each.cost_bearer, found=_FREE
            )
        if each.attended:
            record = each.attended
            yield ask.RecordAttendance(
                each_id,
                record.from_on,
                record.to_on,
                record.weeks,
                record.offered,
                record.attended,
                more_than_offered=False,
                today=LAST_DAY,
            )
        if each.completed_on:
            yield ask.CompleteActivity(each_id, each.completed_on, each.extent, LAST_DAY)
    if life.exit:
        rule = INSATSER[life.referral.insats].rule_on(life.exit.exited_on)
        assert rule is not None
        assert rule.exits is not None
        said = ExitAnswers(**answers(rule.exits, life.exit.reason, life.exit.exited_on))
        yield ask.ExitInsats(life.exit.exited_on, life.exit.reason, uuid4(), LAST_DAY, answers=said)


def _day(command: ask.Command) -> date:
    match command:
        case ask.MakeSamplan():
            return command.made_on
        case ask.StartActivity():
            return command.started_on
        case ask.RecordAttendance():
            return command.to_on
        case ask.CompleteActivity():
            return command.completed_on
        case ask.ExitInsats():
            return command.exited_on
        case _:
            raise AssertionError(command)
