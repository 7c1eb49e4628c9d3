"""The catalogue's content: the insatser it has, where they are described, and the facts the services rest on."""

from datetime import date

import pytest

from contracts.catalogue import AGENCIES, INSATSER, INSATSER_FOLDER, SECTIONS, Insats, Rule, wire
from contracts.catalogue.fields import SOURCE
from contracts.catalogue.vocabulary import reports
from contracts.codes import ExitReason, Gate, MeetingMode, Member, Role, UnitKind

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
    assert len(wire.teams(in_2021)) == 6
    assert [wire.cases_per_session(in_2021, mode) for mode in MeetingMode] == [2, 2, 2]
    assert len(wire.teams(in_2025)) == 3
    assert [wire.cases_per_session(in_2025, mode) for mode in MeetingMode] == [1, 1, 1]
    assert in_2025.sessions[0].minutes == 60
    for rule in FINSAM.versions:
        assert wire.gate(rule) is Gate.TEAM_MEETING
        assert wire.makes_samplan(rule)
        assert wire.has_lots(rule)


@pytest.mark.parametrize(
    ("version", "points"),
    [
        (1, [(2, Role.LOTS), (6, Role.COORDINATOR)]),
        (2, [(2, Role.LOTS), (6, Role.COORDINATOR), (12, Role.COORDINATOR)]),
        (3, [(2, Role.COORDINATOR), (6, Role.COORDINATOR), (12, Role.COORDINATOR)]),
    ],
)
def test_who_follows_up_a_plan_of_finsam_team_and_when(version: int, points: list[tuple[int, Role]]) -> None:
    found = wire.follow_up_points(FINSAM.rule(version))
    assert [(point.months, point.responsible) for point in found] == points
    assert not any(point.superseded_by_exit for point in found)


# The services of 2021


@pytest.mark.parametrize("insats_id", OF_2021)
def test_the_insatser_of_2021_take_referrals_and_know_every_exit_reason_of_the_events(insats_id: str) -> None:
    for day in (date(2020, 1, 1), date(2021, 12, 31)):
        rule = INSATSER[insats_id].rule_on(day)
        assert rule is not None
        assert rule.takes_referrals
        assert wire.exit_reasons(rule) == tuple(ExitReason)
        assert (wire.gate(rule) is Gate.TEAM_MEETING) == (insats_id == "finsam-team")


def test_only_finsam_team_makes_samplaner() -> None:
    assert {insats.id for insats, rule in _versions() if wire.makes_samplan(rule)} == {"finsam-team"}


def test_an_exit_reason_without_a_national_code_is_none_of_the_events_reasons() -> None:
    assert wire.exit_reasons(INSATSER["act-kurs"].rule(1)) == ()


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


def test_agencies_cover_the_four_members_and_every_kind_of_unit() -> None:
    assert {agency.member for agency in AGENCIES.values()} == set(Member)
    units = [unit for agency in AGENCIES.values() for unit in agency.units]
    assert {unit.kind for unit in units} == set(UnitKind)
    assert len({unit.id for unit in units}) == len(units)


def test_a_unit_is_found_at_its_own_agency_only() -> None:
    assert AGENCIES["stockholms-stad"].unit("farsta") is not None
    assert AGENCIES["forsakringskassan"].unit("farsta") is None
