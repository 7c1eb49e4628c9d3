"""The catalogue's content: the insatser it has, where they are described, and the facts the services rest on."""

from datetime import date

import pytest

from contracts.catalogue import AGENCIES, INSATSER, INSATSER_FOLDER, SECTIONS, Insats, Rule
from contracts.catalogue.fields import SOURCE
from contracts.catalogue.people import MeetingGate
from contracts.catalogue.timing import CountedFollowUp
from contracts.catalogue.vocabulary import reports, words
from contracts.codes import MeetingMode, Member

FINSAM = INSATSER["finsam-team"]

TABLE = {
    "stockholm": {
        "finsam-team": {"individual"},
        "aktivitetsplatsen": {"individual"},
        "arbetstraning": {"place"},
        "mia-vidare": {"individual"},
        "ratt-stod-for-mig": {"individual"},
        "ips-psykosvarden": {"individual"},
        "ips-beroende": {"individual"},
        "samordnat-stod": {"individual"},
        "novum": {"individual"},
        "stockholmskraften": {"individual"},
        "kommunhubben": {"function"},
        "ips-praktikcentrum": {"individual"},
        "djarva-ekonomiskt-bistand": {"individual"},
        "djarva-socialpsykiatri": {"individual"},
        "mia-stockholm": {"individual"},
    },
    "sundsvall": {
        "sip-samordnare": {"function", "plan_form"},
        "forsakringsutredare": {"function"},
        "arbetsformedlare-amt": {"individual"},
        "arbetskonsulent-fk": {"individual"},
        "arbetskonsulent-bred": {"individual"},
        "psykolog": {"function"},
        "arbetsterapeut": {"function"},
        "act-kurs": {"course"},
        "beredningsgrupp": {"function"},
    },
    "sodra-roslagen": {"mia-sodra-roslagen": {"individual"}},
    "varna": {"mia-varna": {"individual"}},
    "hbs": {"mia-hbs": {"individual"}},
    "ostra-sodertorn": {"mia-ostra-sodertorn": {"individual"}},
    "sodertalje": {"mia-sodertalje": {"individual"}},
    "samspelet": {"samsip": {"plan_form"}},
}
"""The insatser that the reports describe, by association, and of what kind they are."""

OF_2021 = [
    "aktivitetsplatsen",
    "arbetstraning",
    "finsam-team",
    "ips-psykosvarden",
    "mia-vidare",
    "ratt-stod-for-mig",
    "samordnat-stod",
]
VERSIONS = [
    pytest.param(insats, rule, id=f"{insats.id}-{rule.version}")
    for insats in INSATSER.values()
    for rule in insats.versions
]


def test_every_insats_of_the_table_has_its_file_and_its_kind() -> None:
    found: dict[str, dict[str, set[str]]] = {}
    for insats in INSATSER.values():
        found.setdefault(insats.association, {})[insats.id] = set(insats.kinds)
    assert found == TABLE
    assert len(INSATSER) == len(list(INSATSER_FOLDER.glob("*.yaml"))) == 30


@pytest.mark.parametrize(("insats", "rule"), VERSIONS)
def test_every_version_names_published_reports_and_says_what_is_read_into_them(insats: Insats, rule: Rule) -> None:
    named = {match["report"] for match in map(SOURCE.match, rule.sources) if match}
    assert named
    assert named <= set(reports())
    assert rule.readings, f"{insats.id} {rule.version} says nowhere what is our reading"


@pytest.mark.parametrize("insats", INSATSER.values(), ids=lambda insats: insats.id)
def test_an_insats_says_what_it_is_for_and_where_that_is_said(insats: Insats) -> None:
    assert insats.purpose is not None
    assert insats.purpose.source
    assert insats.parties


def test_each_of_the_sixteen_words_is_used() -> None:
    empty = {name: Rule.model_fields[name].default for name in SECTIONS}
    used = {name for name in SECTIONS for _, rule in _versions() if getattr(rule, name) != empty[name]}
    assert used == set(SECTIONS)


def test_a_function_has_no_exits_and_takes_no_referrals() -> None:
    functions = [rule for insats, rule in _versions() if insats.kinds == ("function",)]
    assert len(functions) >= 5
    assert all(rule.exits is None and not rule.takes_referrals for rule in functions)


def _versions() -> list[tuple[Insats, Rule]]:
    return [(insats, rule) for insats in INSATSER.values() for rule in insats.versions]


# FINSAM-team


def test_finsam_team_has_a_version_from_2020_2021_and_2025() -> None:
    assert [rule.valid_from for rule in FINSAM.versions] == [date(2020, 1, 1), date(2021, 1, 1), date(2025, 1, 1)]
    on = {day: FINSAM.rule_on(day) for day in (date(2020, 12, 31), date(2021, 1, 1), date(2026, 1, 1))}
    assert [rule.version for rule in on.values() if rule] == [1, 2, 3]


def test_finsam_team_takes_those_of_16_to_64_who_need_at_least_two_members() -> None:
    for rule in FINSAM.versions:
        assert (rule.target.age.lower, rule.target.age.upper) == (16, 64)
        assert rule.target.members_needed == 2


def test_finsam_team_had_six_teams_with_two_cases_a_session_and_has_three_with_one_hour_each() -> None:
    in_2021, in_2025 = FINSAM.rule(2), FINSAM.rule(3)
    assert len(_teams(in_2021)) == 6
    assert [_seats(in_2021, mode) for mode in MeetingMode] == [{2}, {2}, {2}]
    assert len(_teams(in_2025)) == 3
    assert [_seats(in_2025, mode) for mode in MeetingMode] == [{1}, {1}, {1}]
    assert in_2025.sessions[0].minutes == 60
    for rule in FINSAM.versions:
        assert _takes_a_seat_at_its_gate(rule)
        assert _makes_samplan(rule)
        assert rule.role("lots") is not None


def _teams(rule: Rule) -> set[str]:
    return {team for session in rule.sessions for team in session.resources}


def _seats(rule: Rule, mode: MeetingMode) -> set[int | None]:
    """How many cases a session held in this way has room for."""
    return {each.seats for each in rule.sessions if each.when is None or mode.value in each.when.mode}


def _takes_a_seat_at_its_gate(rule: Rule) -> bool:
    meeting = rule.meeting(rule.gate.meeting) if isinstance(rule.gate, MeetingGate) else None
    return meeting is not None and meeting.seat_in is not None


def _makes_samplan(rule: Rule) -> bool:
    return rule.plan is not None and rule.plan.kind == "samplan"


@pytest.mark.parametrize(
    ("version", "points"),
    [
        (1, [(2, "lots"), (6, "koordinator")]),
        (2, [(2, "lots"), (6, "koordinator"), (12, "koordinator")]),
        (3, [(2, "koordinator"), (6, "koordinator"), (12, "koordinator")]),
    ],
)
def test_who_follows_up_a_plan_of_finsam_team_and_when(version: int, points: list[tuple[int, str]]) -> None:
    counted = [each for each in FINSAM.rule(version).follow_ups if isinstance(each, CountedFollowUp)]
    assert [(point.months, point.responsible) for point in counted] == points
    assert not any("exit" in point.superseded_by for point in counted)


# The services of 2021


@pytest.mark.parametrize("insats_id", OF_2021)
def test_the_insatser_of_2021_take_referrals_and_have_every_national_exit_reason(insats_id: str) -> None:
    for day in (date(2020, 1, 1), date(2021, 12, 31)):
        rule = INSATSER[insats_id].rule_on(day)
        assert rule is not None
        assert rule.takes_referrals
        assert rule.exits is not None
        assert {each.national for each in rule.exits.reasons} >= {"1", "2", "3", "other"}
        assert _takes_a_seat_at_its_gate(rule) == (insats_id == "finsam-team")


def test_only_finsam_team_makes_samplaner() -> None:
    assert {insats.id for insats, rule in _versions() if _makes_samplan(rule)} == {"finsam-team"}


def test_the_exits_of_a_course_count_in_no_national_register() -> None:
    exits = INSATSER["act-kurs"].rule(1).exits
    assert exits is not None
    assert {each.national for each in exits.reasons} == {"none"}


# Versions and days


def test_a_version_rests_on_the_sources_of_those_it_takes_over_from() -> None:
    assert [rule.version for rule in FINSAM.lineage(FINSAM.rule(3))] == [3, 2, 1]
    assert [rule.version for rule in FINSAM.lineage(FINSAM.rule(1))] == [1]


def test_before_the_first_version_there_is_no_rule() -> None:
    assert FINSAM.rule_on(date(2019, 12, 31)) is None
    with pytest.raises(KeyError, match="finsam-team has no version 9"):
        FINSAM.rule(9)


def test_after_the_last_day_of_the_last_version_there_is_no_rule() -> None:
    novum = INSATSER["novum"]
    assert novum.rule_on(date(2025, 12, 31)) == novum.rule(2)
    assert novum.rule_on(date(2026, 1, 1)) is None


# Agencies


def test_agencies_cover_the_four_members_and_their_units_are_of_known_kinds() -> None:
    assert {agency.member for agency in AGENCIES.values()} == set(Member)
    units = [unit for agency in AGENCIES.values() for unit in agency.units]
    assert {unit.kind for unit in units} <= set(words()["unit_kinds"])
    assert len({unit.id for unit in units}) == len(units)


def test_a_unit_is_found_at_its_own_agency_only() -> None:
    assert AGENCIES["stockholms-stad"].unit("farsta") is not None
    assert AGENCIES["forsakringskassan"].unit("farsta") is None
