"""Every fact of a case has its sentence, with labels and without codes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest

from contracts.events import FACT_OF, FOLLOWUP_EVENTS, PLANNING_EVENTS, REFERRAL_EVENTS, parse
from contracts.planning import PlannedActivity
from services.reporting.web.sentences import CaseFact, Sentence, Weight, sentence
from services.reporting.web.timeline import read

_CORPUS = Path(__file__).parents[3] / "contracts" / "corpus"
_CASE_TYPES = [event.model_fields["type"].default for event in (*REFERRAL_EVENTS, *PLANNING_EVENTS, *FOLLOWUP_EVENTS)]
_EXAMPLES = sorted(path for kind in _CASE_TYPES for path in (_CORPUS / kind).glob("*.json"))

_PLAN = UUID(int=1)
_TRAINING = PlannedActivity(activity_id=UUID(int=2), responsible="forsakringskassan", kind="work_training")
_CARE = PlannedActivity(activity_id=UUID(int=3), responsible="region", kind="health_care_contact")
_UNTOLD = PlannedActivity(activity_id=UUID(int=4), responsible="kommun")
_ACTIVITIES = {each.activity_id: each for each in (_TRAINING, _CARE, _UNTOLD)}
_RULE = {"insats": "finsam-team", "version": 2}


def said(kind: str, happened_on: str = "2021-03-31", **data: Any) -> Sentence:
    fact = read(kind, {"happened_on": happened_on, **data})
    assert fact is not None
    return sentence(fact, _ACTIVITIES)


def follow_up(kind: str, **data: Any) -> Sentence:
    return said(kind, follow_up_id=UUID(int=9), samplan_id=_PLAN, **{"months": 6, **data})


def test_every_fact_of_a_case_is_spoken_of() -> None:
    assert set(get_args(CaseFact)) == {FACT_OF[kind] for kind in _CASE_TYPES}


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_example_becomes_a_sentence_without_ids_codes_or_placeholders(path: Path) -> None:
    event: Any = parse(path.read_bytes())
    spoken = sentence(event.data, {})
    for text in (spoken.text, *spoken.details):
        assert text[0].isupper()
        assert text.endswith(".")
        assert ".." not in text
        assert "None" not in text
        assert "_" not in text
    for hidden in _ids(json.loads(path.read_bytes())["data"]):
        assert hidden not in spoken.text


def _ids(data: Mapping[str, Any]) -> list[str]:
    return [value for name, value in data.items() if name.endswith("_id") and name != "lots_id"]


def test_a_type_no_case_has_or_nobody_knows_yet_has_no_words() -> None:
    receipt = {"happened_on": "2021-01-01", "agency": "x", "case_id": _PLAN, "insats": "y"}
    assert read("ReferralAcknowledged", receipt) is None
    assert read("SomethingOfNextYear", {"happened_on": "2021-01-01"}) is None


def test_the_referral() -> None:
    referred = said(
        "ReferralReceived",
        person_id=_PLAN,
        insats="finsam-team",
        agency="stockholms-stad",
        unit="farsta",
        unit_kind="district",
        sex="woman",
        rule=_RULE,
    )
    assert referred == Sentence(
        "Anmälan till FINSAM-team kom in från Farsta stadsdelsförvaltning (Stockholms stad).",
        ("Kön enligt anmälan: kvinna.",),
        Weight.MILESTONE,
    )
    assert said("ReferralAccepted").text == "Anmälan antagen."


@pytest.mark.parametrize(
    ("agency", "unit", "from_whom"),
    [
        ("forsakringskassan", "fk-stockholm", "Försäkringskassan Stockholm"),
        ("region-stockholm", "psykiatri-sodra", "Psykiatri Södra Stockholm (Region Stockholm)"),
        ("stockholms-stad", "closed-years-ago", "closed-years-ago"),
        ("no-more", "farsta", "farsta"),
    ],
)
def test_the_referrer_is_told_by_name_while_the_catalogue_has_it(agency: str, unit: str, from_whom: str) -> None:
    referred = said(
        "ReferralReceived",
        person_id=_PLAN,
        insats="gone",
        agency=agency,
        unit=unit,
        unit_kind="district",
        sex="unknown",
        rule=_RULE,
    )
    assert referred.text == f"Anmälan till gone kom in från {from_whom}."


def test_a_returned_referral_has_its_reason_or_the_reason_for_having_none() -> None:
    assert said("ReferralReturned", reason="not_reached").text.endswith("Orsak: remittenten når inte deltagaren.")
    assert said("ReferralReturned").text.endswith("Orsak: utan samtycke.")


def test_consent_with_all_background() -> None:
    given = said(
        "ConsentGiven",
        attributes={
            "age": 34,
            "education": "upper_secondary",
            "benefits": ["income_support", "activity_support"],
            "public_support_years": 6,
            "needs": ["kommun", "region", "forsakringskassan"],
        },
    )
    assert given.text == "Samtycke till individuell uppföljning lämnat."
    assert given.details == (
        "Ålder vid anmälan: 34 år.",
        "Utbildning: gymnasieutbildning.",
        "Ersättning: försörjningsstöd och aktivitetsstöd.",
        "Offentlig försörjning: 6 år.",
        "Behöver stöd av kommunen, regionen och Försäkringskassan.",
    )


def test_consent_with_nothing_known() -> None:
    assert said("ConsentGiven", attributes={}).details == ()


def test_consent_refused_or_withdrawn_says_how_the_case_is_counted() -> None:
    assert "räknas som utan samtycke" in said("ConsentRefused").text
    assert "Räknas nu som utan samtycke" in said("ConsentWithdrawn").text


def test_the_team_meeting() -> None:
    booked = said(
        "TeamMeetingBooked",
        meeting_id=_PLAN,
        team="team-3",
        meets_on="2021-04-14",
        starts_at="09:00:00",
        mode="phone",
    )
    assert booked.text == "Team-möte bokat med team 3 den 14 april 2021 kl. 09.00 (telefon)."
    held = said("TeamMeetingHeld", meeting_id=_PLAN, team="team-3", mode="physical")
    assert held.text == "Team-möte hållet med team 3 (fysiskt)."


def test_the_start() -> None:
    assert said("InsatsStarted", insats="finsam-team", rule=_RULE).text == "Började i FINSAM-team."


@pytest.mark.parametrize(
    ("activities", "listed"),
    [
        ([_TRAINING], "1 aktivitet: arbetsträning (Försäkringskassan)."),
        ([_TRAINING, _CARE], "2 aktiviteter: arbetsträning (Försäkringskassan) och vårdkontakt (regionen)."),
        (
            [_TRAINING, _CARE, _UNTOLD],
            "3 aktiviteter: arbetsträning (Försäkringskassan), vårdkontakt (regionen) och aktivitet (kommunen).",
        ),
    ],
)
def test_the_samplan_lists_its_activities(activities: list[PlannedActivity], listed: str) -> None:
    plan = said("SamplanUpprättad", samplan_id=_PLAN, insats="finsam-team", activities=activities, rule=_RULE)
    assert plan.text == f"Samplan upprättad med {listed}"


def test_activities_are_called_what_the_plan_calls_them() -> None:
    started = said("ActivityStarted", samplan_id=_PLAN, activity_id=_TRAINING.activity_id)
    assert started.text == "Aktivitet påbörjad: arbetsträning (Försäkringskassan)."
    completed = said("ActivityCompleted", samplan_id=_PLAN, activity_id=_CARE.activity_id, extent="partly")
    assert completed.text == "Aktivitet delvis genomförd: vårdkontakt (regionen)."
    unknown = said("ActivityStarted", samplan_id=_PLAN, activity_id=UUID(int=77))
    assert unknown.text == "Aktivitet påbörjad: en aktivitet i samplanen."


def test_the_lots() -> None:
    assert said("LotsAssigned", lots_id="lots-1").text == "Lots utsedd som stöd i planen: lots-1."


@pytest.mark.parametrize(
    ("reason", "code", "words"),
    [
        ("continued_rehabilitation", "2", "fortsatt rehabilitering (nationell kod 2)"),
        ("moved", "other", "flyttat (i nationell statistik: annan orsak)"),
        ("other", "other", "annan orsak"),
        (None, None, "utan samtycke"),
    ],
)
def test_the_exit_and_its_reason(reason: str | None, code: str | None, words: str) -> None:
    exited = said("ParticipantExited", insats="finsam-team", reason=reason, national_code=code, rule=_RULE)
    assert exited.text == f"Avslutade FINSAM-team. Orsak: {words}."


_DATES: dict[str, Any] = {
    "opens_on": "2021-09-16",
    "closes_on": "2021-11-14",
    "responsible": "coordinator",
    "rule": _RULE,
}


def test_a_follow_up_is_planned() -> None:
    planned = follow_up("FollowUpScheduled", nominal_on="2021-09-30", due_on="2021-09-30", **_DATES)
    assert planned.text == "Uppföljning efter 6 månader planerad till 30 september 2021. Ansvarig: koordinator."
    assert planned.details == ("Kan göras från 16 september 2021 till och med 14 november 2021.",)


def test_a_follow_up_moved_to_a_working_day_says_why() -> None:
    planned = follow_up("FollowUpScheduled", nominal_on="2021-10-02", due_on="2021-10-04", **_DATES)
    assert planned.details[0] == "Dagen 2 oktober 2021 är ledig, därför nästa arbetsdag."


def test_a_follow_up_opens_is_missed_and_is_superseded() -> None:
    assert follow_up("FollowUpOpened", due_on="2021-09-30").text == (
        "Dags för uppföljning efter 6 månader, senast 30 september 2021."
    )
    assert follow_up("FollowUpMissed", months=12, due_on="2022-03-31") == Sentence(
        "Uppföljning efter 12 månader missad. Den skulle ha gjorts senast 31 mars 2022.", weight=Weight.OVERDUE
    )
    assert follow_up("FollowUpSuperseded", months=1, cause="exit").text == (
        "Uppföljning efter 1 månad behövs inte längre: deltagaren har avslutat insatsen."
    )


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ({"timeliness": "in_time", "result": "all"}, "genomförd: alla aktiviteter genomförda."),
        (
            {"timeliness": "in_time", "result": "none", "reason": "under_way"},
            "genomförd: inga aktiviteter genomförda (aktiviteter på gång).",
        ),
        (
            {"timeliness": "late", "result": "some"},
            "genomförd sent (skulle ha gjorts senast 30 september 2021): aktiviteter delvis genomförda.",
        ),
        ({"timeliness": "in_time"}, "genomförd: resultatet räknas utan samtycke."),
    ],
)
def test_a_follow_up_is_held(outcome: dict[str, Any], words: str) -> None:
    assert (
        follow_up("FollowUpCompleted", due_on="2021-09-30", **outcome).text == f"Uppföljning efter 6 månader {words}"
    )


def test_a_follow_up_tells_of_each_activity() -> None:
    held = follow_up(
        "FollowUpCompleted",
        due_on="2021-09-30",
        timeliness="in_time",
        result="some",
        activities=[
            {"activity_id": _TRAINING.activity_id, "outcome": "fully"},
            {"activity_id": _CARE.activity_id, "outcome": "not_done"},
        ],
    )
    assert held.details == (
        "Arbetsträning (Försäkringskassan): helt genomförd.",
        "Vårdkontakt (regionen): inte genomförd.",
    )


def test_a_forgotten_person_and_a_planning_that_ended() -> None:
    assert said("PersonForgotten", person_id=_PLAN).text.startswith("Personen avidentifierad")
    assert said("PlanningEnded", insats="finsam-team").text.startswith("Planeringen avslutad")
