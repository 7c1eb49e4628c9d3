"""The catalogue: seven insatser of 2021, FINSAM-team in full, and faults in a file that stop the service."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.catalogue import AGENCIES, INSATSER, Insats, load_agencies, load_insatser
from contracts.codes import ExitReason, Gate, Member, Role, UnitKind

FINSAM = INSATSER["finsam-team"]
IN_2021 = FINSAM.rule(2)


def test_there_are_the_seven_insatser_of_2021() -> None:
    assert set(INSATSER) == {
        "aktivitetsplatsen",
        "arbetstraning",
        "finsam-team",
        "ips-psykosvarden",
        "mia-vidare",
        "ratt-stod-for-mig",
        "samordnat-stod",
    }


@pytest.mark.parametrize("insats", INSATSER.values(), ids=lambda insats: insats.id)
def test_an_insats_has_rules_for_2020_and_2021_with_their_source_and_every_exit_reason(insats: Insats) -> None:
    for day in (date(2020, 1, 1), date(2021, 12, 31)):
        rule = insats.rule_on(day)
        assert rule is not None
        assert "2021, L" in rule.source or "L218" in rule.source
        assert set(rule.exit_reasons) == set(ExitReason)
    assert insats.parties


def test_finsam_team_takes_those_of_16_to_64_who_need_at_least_two_members() -> None:
    for rule in FINSAM.versions:
        assert (rule.eligibility.age_from, rule.eligibility.age_to) == (16, 64)
        assert rule.eligibility.members_needed == 2


def test_finsam_team_has_six_teams_and_two_cases_a_session_behind_a_team_meeting() -> None:
    assert len(set(IN_2021.teams)) == 6
    assert IN_2021.cases_per_session == 2
    assert IN_2021.gate is Gate.TEAM_MEETING
    assert IN_2021.samplan
    assert IN_2021.lots


def test_finsam_team_s_plans_are_followed_up_at_two_months_by_the_lots_and_then_by_the_coordinator() -> None:
    points = [(point.months, point.responsible) for point in IN_2021.follow_ups]
    assert points == [(2, Role.LOTS), (6, Role.COORDINATOR), (12, Role.COORDINATOR)]
    assert all(point.superseded_by_exit for point in IN_2021.follow_ups)


def test_the_twelve_month_follow_up_begins_with_the_second_version() -> None:
    last_of_2020, first_of_2021 = FINSAM.rule_on(date(2020, 12, 31)), FINSAM.rule_on(date(2021, 1, 1))
    assert last_of_2020 is not None
    assert first_of_2021 is not None
    assert [point.months for point in last_of_2020.follow_ups] == [2, 6]
    assert first_of_2021 == IN_2021


def test_only_finsam_team_has_follow_ups_and_plans() -> None:
    for insats in INSATSER.values():
        if insats is not FINSAM:
            assert all(not rule.follow_ups and not rule.samplan for rule in insats.versions)


def test_before_the_first_version_there_is_no_rule() -> None:
    assert FINSAM.rule_on(date(2019, 12, 31)) is None
    with pytest.raises(KeyError, match="finsam-team has no version 9"):
        FINSAM.rule(9)


def test_agencies_cover_the_four_members_and_every_kind_of_unit() -> None:
    assert {agency.member for agency in AGENCIES.values()} == set(Member)
    units = [unit for agency in AGENCIES.values() for unit in agency.units]
    assert {unit.kind for unit in units} == set(UnitKind)
    assert len({unit.id for unit in units}) == len(units)


def test_a_unit_is_found_at_its_own_agency_only() -> None:
    assert AGENCIES["stockholms-stad"].unit("farsta") is not None
    assert AGENCIES["forsakringskassan"].unit("farsta") is None


# Faults in a file

_RULE = {"version": 1, "valid_from": "2020-01-01", "source": "our reading", "exit_reasons": ["other"]}
_INSATS = {"id": "prov", "name": "Prov", "owner": "Förbundet", "parties": ["kommun"], "versions": [_RULE]}


def _load(folder: Path, name: str, insats: dict[str, Any]) -> None:
    (folder / name).write_text(yaml.safe_dump(insats, allow_unicode=True), encoding="utf-8")
    load_insatser(folder)


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    _load(tmp_path, "prov.yaml", _INSATS)
    assert load_insatser(tmp_path)["prov"].versions[0].exit_reasons == (ExitReason.OTHER,)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lambda: {**_INSATS, "id": "annan"}, "name the file annan.yaml"),
        (lambda: {**_INSATS, "versions": []}, "versions"),
        (lambda: {**_INSATS, "versions": [{**_RULE, "version": 2}]}, "numbered 1, 2, 3"),
        (lambda: {**_INSATS, "versions": [_RULE, {**_RULE, "version": 2}]}, "begins after the one before"),
        (lambda: {**_INSATS, "parties": ["landsting"]}, "parties"),
        (lambda: {**_INSATS, "versions": [{**_RULE, "exit_reasons": []}]}, "exit_reasons"),
        (lambda: {**_INSATS, "budget": 3}, "budget"),
    ],
)
def test_a_fault_stops_the_load_and_is_named(tmp_path: Path, fault: Callable[[], dict[str, Any]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _load(tmp_path, "prov.yaml", fault())


def test_an_agency_without_units_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "agencies.yaml"
    path.write_text("agencies:\n  - {id: a, name: A, member: kommun, units: []}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="units"):
        load_agencies(path)
