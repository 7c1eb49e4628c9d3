"""Every fact of a case has its sentence, with labels and without codes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from contracts.catalogue import INSATSER
from contracts.envelope import Fact
from contracts.events import parse
from contracts.labels import event_label
from contracts.planning import PlannedActivity, SupportEnded
from services.reporting.web.sentences import CASE_FACTS, sentence
from services.reporting.web.spoken import WITHOUT_CONSENT, Context, Sentence, Weight, capital
from services.reporting.web.timeline import read

_CORPUS = Path(__file__).parents[3] / "contracts" / "corpus"
_CASE_TYPES = sorted(fact.wire_name() for fact in CASE_FACTS)
_EXAMPLES = sorted(path for kind in _CASE_TYPES for path in (_CORPUS / kind).glob("*.json"))

_PLAN = UUID(int=1)
_TRAINING = PlannedActivity(activity_id=UUID(int=2), responsible="forsakringskassan", kind="work_training")
_CARE = PlannedActivity(activity_id=UUID(int=3), responsible="region", kind="health_care_contact")
_UNTOLD = PlannedActivity(activity_id=UUID(int=4), responsible="kommun")
_ACTIVITIES = {each.activity_id: each for each in (_TRAINING, _CARE, _UNTOLD)}
_RULE = {"insats": "finsam-team", "version": 2}
_CONTEXT = Context(
    _ACTIVITIES, INSATSER["finsam-team"].rule(2), {UUID(int=8): "lots-1"}, {UUID(int=7): "MeetingHeld"}
)
_LEFT_TO_THE_LABEL = {"ReferralAccepted", "CasePutOnHold", "CaseResumed", "GroupReserveLeft"}


def said(kind: str, /, happened_on: str = "2021-03-31", **data: Any) -> Sentence:
    fact = read(kind, {"happened_on": happened_on, **data})
    assert isinstance(fact, Fact)
    return sentence(fact, _CONTEXT)


def follow_up(kind: str, **data: Any) -> Sentence:
    return said(kind, follow_up_id=UUID(int=9), point="uppfoljning-6", anchor=_PLAN, **{"months": 6, **data})


@pytest.mark.parametrize("kind", _CASE_TYPES)
def test_every_type_of_fact_has_a_sentence_of_its_own_or_its_label(kind: str) -> None:
    examples = [parse(path.read_bytes()).data for path in (_CORPUS / kind).glob("*.json")]
    assert examples
    if kind in _LEFT_TO_THE_LABEL:
        assert {sentence(each, Context()) for each in examples} == {Sentence(f"{event_label(kind)}.")}
    else:
        known = Context(supports={each.support_id: "lots-1" for each in examples if isinstance(each, SupportEnded)})
        assert {sentence(each, known) for each in examples} != {Sentence(f"{event_label(kind)}.")}


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_example_becomes_a_sentence_without_ids_codes_or_placeholders(path: Path) -> None:
    event: Any = parse(path.read_bytes())
    spoken = sentence(event.data, Context())
    for text in (spoken.text, *spoken.details):
        assert text[0].isupper()
        assert text.endswith(".")
        assert ".." not in text
        assert "None" not in text
        assert "_" not in text
    for hidden in _ids(json.loads(path.read_bytes())["data"]):
        assert hidden not in spoken.text


def _ids(data: Mapping[str, Any]) -> list[str]:
    return [value for name, value in data.items() if name.endswith("_id") and name not in ("lots_id", "worker_id")]


def test_a_type_no_case_has_or_nobody_knows_yet_has_no_words() -> None:
    receipt = {"happened_on": "2021-01-01", "agency": "x", "case_id": _PLAN, "insats": "y"}
    assert read("ReferralAcknowledged", receipt) is None
    assert read("SomethingOfNextYear", {"happened_on": "2021-01-01"}) is None
    notice = {"kind": "daily_digest", "about": "follow_ups", "to": "karin", "to_role": "lots", "late_by_days": 0}
    assert read("NoticeSent", {"happened_on": "2021-01-01", **notice}) is None, "a worker's, and no case's"


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
    assert said("ReferralReturned", stage="before_acceptance", reason="not_reached") == Sentence(
        "Anmälan återremitterad till anmälaren. Orsak: går inte att nå.",
        ("Innan anmälan antagits.",),
        Weight.MILESTONE,
    )
    assert said("ReferralReturned", stage="after_acceptance").text.endswith("Orsak: utan samtycke.")


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
        ([_TRAINING, _CARE], "2 aktiviteter: arbetsträning (Försäkringskassan) och kontakt med vården (regionen)."),
        (
            [_TRAINING, _CARE, _UNTOLD],
            (
                "3 aktiviteter: arbetsträning (Försäkringskassan), kontakt med vården (regionen) och aktivitet "
                "(kommunen)."
            ),
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
    assert completed.text == "Aktivitet delvis genomförd: kontakt med vården (regionen)."
    unknown = said("ActivityStarted", samplan_id=_PLAN, activity_id=UUID(int=77))
    assert unknown.text == "Aktivitet påbörjad: en aktivitet i samplanen."


def test_the_lots() -> None:
    assert said("LotsAssigned", support_id=_PLAN, lots_id="lots-1").text == "Lots utsedd som stöd i planen: lots-1."
    assert said("SupportEnded", support_id=UUID(int=8), reason="agreed").text == "Stödet avslutat: lots-1."
    assert said("SupportEnded", support_id=_PLAN, reason="agreed").text == "Stödet avslutat."


def test_a_support_that_is_handed_over() -> None:
    theirs, unknown = UUID(int=8), _PLAN
    assert said("SupportHandoverOffered", support_id=theirs, to="bo").text == (
        "Stödet erbjudet till bo; lots-1 har det kvar."
    )
    assert said("SupportHandoverOffered", support_id=unknown, to="bo").text == "Stödet erbjudet till bo."
    declined = said("SupportHandoverDeclined", support_id=theirs, reason="other_competence")
    assert declined.text == "Erbjuden överlämning avböjd: en annan kompetens behövs; lots-1 har det kvar."
    withdrawn = said("SupportHandoverWithdrawn", support_id=theirs)
    assert withdrawn.text == "Erbjuden överlämning återtagen; lots-1 har det kvar."
    handed: dict[str, Any] = {"to": "bo", "continued_by": UUID(int=12)}
    assert said("SupportHandedOver", support_id=theirs, **handed).text == "Stödet överlämnat från lots-1 till bo."
    assert said("SupportHandedOver", support_id=unknown, **handed).text == "Stödet överlämnat till bo."


def test_support_in_another_role_is_named_by_the_role() -> None:
    named = said("SupportAssigned", support_id=_PLAN, role="koordinator", worker_id="karin")
    assert named.text == "Stödperson utsedd: karin (koordinator)."


def test_meetings_of_other_kinds_are_called_what_the_rule_calls_them() -> None:
    booked = said("MeetingBooked", meeting_id=_PLAN, kind="team-mote", meets_on="2021-04-14", mode="phone")
    assert booked.text == "Möte bokat den 14 april 2021: team-möte (telefon)."
    assert (
        said("MeetingHeld", meeting_id=_PLAN, kind="of-next-year", mode="digital").text == "Möte hållet (digitalt)."
    )


def test_a_meeting_s_name_is_of_any_gender() -> None:
    """”Konsultation bokat” would be wrong Swedish: the name stands where nothing has to agree with it."""
    context = Context(rule=INSATSER["psykolog"].rule(1))
    consultation = {"happened_on": "2023-04-12", "meeting_id": _PLAN, "kind": "konsultation", "mode": "physical"}
    booked = read("MeetingBooked", {**consultation, "meets_on": "2023-04-18"})
    held = read("MeetingHeld", consultation)
    assert isinstance(booked, Fact)
    assert isinstance(held, Fact)
    assert sentence(booked, context).text == "Möte bokat den 18 april 2023: konsultation (fysiskt)."
    assert sentence(held, context).text == "Möte hållet: konsultation (fysiskt)."


@pytest.mark.parametrize(
    ("reason", "words"),
    [("not_attended", "Bokat möte inställt: deltagaren kom inte."), ("of-next-year", "Bokat möte inställt.")],
)
def test_a_cancelled_meeting(reason: str, words: str) -> None:
    assert said("MeetingCancelled", meeting_id=_PLAN, reason=reason).text == words


def test_a_revised_plan_says_what_changed() -> None:
    revised = said("SamplanReviderad", samplan_id=_PLAN, version=2, added=[_TRAINING], ended=[_CARE.activity_id])
    assert revised == Sentence(
        "Samplan ändrad (version 2).",
        ("Tillagt: arbetsträning (Försäkringskassan).", "Borttaget: kontakt med vården (regionen)."),
    )


def test_a_correction_names_what_was_wrong() -> None:
    wrong = said("RegisteredInError", event_id=UUID(int=7), reason="wrong_person")
    assert wrong.text == "Felregistrering: ”Möte hållet” räknas inte."
    unknown = said("RegisteredInError", event_id=_PLAN, reason="wrong_person")
    assert unknown.text == "Felregistrering: en tidigare händelse räknas inte."


def test_details_released_later() -> None:
    released = said(
        "PlanningDetailsReleased",
        event_id=_PLAN,
        activities=[{"activity_id": _CARE.activity_id, "kind": "work_training"}],
        reason="work",
        national_code="1",
    )
    assert released.details == ("Aktivitet: arbetsträning.", "Orsak: arbete.")
    found = follow_up("FollowUpDetailsReleased", result="none", reason="under_way")
    assert found.text == (
        "Resultat lämnat efter samtycke, uppföljning efter 6 månader: inga aktiviteter genomförda "
        "(aktiviteter på gång)."
    )


def test_a_time_limit() -> None:
    about: dict[str, Any] = {"deadline_id": _PLAN, "clock": "of-next-year", "anchor": _PLAN}
    assert said("DeadlineSet", **about, limit_on="2021-05-01", rule=_RULE).text == (
        "Tidsgräns: tidsgräns i insatsen, till och med 1 maj 2021."
    )
    assert said("DeadlinePassed", **about, limit_on="2021-05-01").weight is Weight.OVERDUE


@pytest.mark.parametrize(
    ("reason", "code", "words"),
    [
        ("continued_rehabilitation", "2", "fortsatt rehabilitering (nationell kod 2)"),
        ("moved", "moved", "flytt"),
        ("broke_off", "other", "avbröt själv (i nationell statistik: annan orsak)"),
        ("ended", "none", "avslutad (räknas inte nationellt)"),
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
    "responsible": "koordinator",
    "rule": _RULE,
}


def test_a_follow_up_is_planned() -> None:
    planned = follow_up("FollowUpScheduled", nominal_on="2021-09-30", due_on="2021-09-30", **_DATES)
    assert planned.text == "Uppföljning efter 6 månader planerad till 30 september 2021. Ansvarig: koordinator."
    assert planned.details == ("Kan göras från 16 september 2021 till och med 14 november 2021.",)


def test_a_follow_up_without_months_is_called_what_the_rule_calls_it() -> None:
    assert follow_up("FollowUpReinstated", months=None).text == "Uppföljning gäller igen."


def test_a_follow_up_moved_to_a_working_day_says_why() -> None:
    planned = follow_up("FollowUpScheduled", nominal_on="2021-10-02", due_on="2021-10-04", **_DATES)
    assert planned.details[0] == "Dagen 2 oktober 2021 är ledig, därför nästa arbetsdag."


def test_a_shortcut_is_said_with_the_referral() -> None:
    example = _CORPUS / "ReferralReceived" / "straight-to-a-meeting.json"
    spoken = sentence(parse(example.read_bytes()).data, Context())
    assert spoken.text.startswith("Anmälan till Arbetsträningsplatser kom in från Jobbtorg City")
    assert spoken.details[0] == "Direkt till mötet, genom FINSAM-team: endast arbetsträning."


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
        "Kontakt med vården (regionen): inte genomförd.",
    )


def test_a_forgotten_person_and_a_planning_that_ended() -> None:
    assert said("PersonForgotten", person_id=_PLAN).text.startswith("Personen avidentifierad")
    assert said("PlanningEnded", insats="finsam-team").text.startswith("Planeringen avslutad")


def test_a_seat_in_a_group() -> None:
    group, seat = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
    begun = said("GroupEnrolled", enrolment_id=seat, group_id=group, insats="act-kurs", starts_on="2023-09-06")
    assert begun.text == "Plats i en grupp i ACT-kurs: att hantera stress och främja hälsa."
    assert begun.details == ("Första träffen: 6 september 2023.",)
    session: dict[str, Any] = {"enrolment_id": seat, "session_on": "2023-09-06"}
    came = said("SessionAttendanceRecorded", **session, attended=True)
    assert came.details == ("Kom.",)
    assert said("SessionAttendanceRecorded", **session, attended=False).details == ("Kom inte.",)
    assert said("SessionAttendanceRecorded", **session).details == (f"{capital(WITHOUT_CONSENT)}.",)
    ended = said("GroupEnrolmentEnded", enrolment_id=seat, outcome="dropped_out", reason="health")
    assert (ended.text, ended.details) == ("Platsen i gruppen slut: hoppade av.", ("Orsak: hälsan räcker inte.",))
    with_case = said("GroupEnrolmentEnded", enrolment_id=seat, outcome="case_ended", reason="participant_exited")
    assert with_case.details == ("Orsak: deltagaren har avslutat insatsen.",)
    assert said("GroupReserveJoined", insats="act-kurs").text.startswith("Satt på reservlistan till vilken grupp")
    later = read(
        "PlanningDetailsReleased", {"happened_on": "2021-03-31", "event_id": seat, "reason": "other_support"}
    )
    assert isinstance(later, Fact)
    released = sentence(later, Context(types={UUID(seat): "GroupEnrolmentEnded"}))
    assert released.details == ("Orsak: annat stöd passar bättre.",)
