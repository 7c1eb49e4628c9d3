"""The report's tables: every figure in its place, beside what was published."""

import re
from datetime import date
from itertools import chain
from pathlib import Path

import pytest
from pydantic import ValidationError

from contracts.catalogue import INSATSER
from services.reporting.domain.definitions import definition
from services.reporting.domain.figures import (
    NOBODY,
    BySex,
    Employments,
    ExitReasons,
    ExitsToDate,
    Figures,
    FinsamTeam,
    GroupFigures,
    InsatsFigures,
    InsatsReferrals,
    Meetings,
    NoneByReason,
    SixMonth,
    Stay,
    Teaching,
    WorkTraining,
    half_up,
)
from services.reporting.domain.periods import year_period
from services.reporting.domain.published import Line, Published, compare
from services.reporting.indicators import DECLARED, asked_for
from services.reporting.web.insats_report import insats_report
from services.reporting.web.periods import latest_year
from services.reporting.web.report import Report, report
from services.reporting.web.tables import Row, Table

_FIGURES_2021 = Path(__file__).parents[3] / "deploy" / "demo" / "figures-2021.json"


def people(women: int, men: int, other: int = 0, unknown: int = 0) -> BySex:
    return BySex(women=women, men=men, other=other, unknown=unknown, total=women + men + other + unknown)


def stay(*, not_stated: BySex = NOBODY) -> Stay:
    reasons = ExitReasons(
        reason_1=people(4, 1),
        reason_2=people(1, 1),
        reason_3=people(0, 1),
        other=people(1, 0),
        without_consent=people(0, 2),
        not_stated=not_stated,
    )
    exited = reasons.all()
    carried_in, started = people(10, 20, 1, 2), people(30, 40)
    return Stay(
        participants=carried_in + started,
        without_consent=people(3, 4),
        carried_in=carried_in,
        started=started,
        exited=exited,
        exit_reasons=reasons,
        open_at_year_end=people(40 - exited.women, 60 - exited.men, 1 - exited.other, 2 - exited.unknown),
    )


def year(totals: Stay, *, held: int = 72) -> Figures:
    insats = InsatsFigures(id="finsam-team", name="FINSAM-team", **totals.model_dump())
    every = 51 if held else 0
    six = SixMonth(
        total=held,
        all=every,
        some=15 if held else 0,
        none=6 if held else 0,
        without_consent=0,
        not_stated=0,
        none_by_reason=NoneByReason(
            under_way=2 if held else 0,
            not_reachable=2 if held else 0,
            plan_not_feasible=2 if held else 0,
            not_stated=0,
        ),
        percent_all=half_up(every, held),
    )
    finsam = FinsamTeam(
        teams=6,
        plans=people(82, 76, 1),
        met_and_planned=people(82, 76, 1),
        meetings=Meetings(district=102, others=57, total=159),
        six_month=six,
        lots=people(29, 15),
        lots_assigned=people(20, 15),
        max_cases_per_session=2,
    )
    return Figures(
        period=year_period(2021),
        as_of=None,
        interventions=1,
        totals=totals,
        insatser=(insats,),
        finsam_team=finsam,
        referrals=(aktivitetsplatsen(), mia_vidare(), ratt_stod()),
        work_training=work_training(),
        mia_work_training=people(27, 20),
        teaching=Teaching(
            work_training=people(5, 3),
            passed_a_course=people(10, 8),
            hours_offered=680,
            hours_attended=456,
            weeks_offered=50,
        ),
        employments=(samordnat_stod(),),
        definitions=tuple(map(definition, asked_for("year"))),
    )


def samordnat_stod() -> Employments:
    breakdown = DECLARED.breakdowns["employment_support"]
    supports = [*(group.id for group in breakdown.groups), breakdown.rest.id]
    return Employments(
        id="samordnat-stod",
        decided=people(3, 2),
        by_support={**dict.fromkeys(supports, NOBODY), "wage_subsidy": people(3, 1), "none": people(0, 1)},
        new=people(3, 2),
        extension=NOBODY,
        new_wage_subsidy=people(3, 1),
        extension_wage_subsidy=NOBODY,
        kom_i_jobb=NOBODY,
        other_employers=people(3, 2),
        other_employers_wage_subsidy=people(3, 1),
        subsidised=people(3, 1),
        unsubsidised=people(0, 1),
    )


def work_training() -> WorkTraining:
    referred = {
        "socialtjanst": people(13, 12),
        "forsakringskassan": people(8, 5),
        "jobbtorg": people(2, 4),
        "health_care": people(2, 1),
        "arbetsformedlingen": NOBODY,
        "others": NOBODY,
    }
    return WorkTraining(
        trained=people(31, 21),
        by_route={"aktivitetsplatsen": people(20, 11), "finsam_team": people(11, 10), "others": NOBODY},
        requested=people(25, 22),
        requested_by=referred,
        under_way=32,
        in_training=15,
    )


def way_in(
    insats: str,
    by: dict[str, BySex],
    seasons: tuple[BySex, BySex],
    *,
    returned: BySex,
    started: BySex,
    assigned: BySex | None = None,
    exits_to_date: ExitsToDate | None = None,
) -> InsatsReferrals:
    rows = ("forsakringskassan", "municipality", "health_care", "arbetsformedlingen", "others", "unknown")
    return InsatsReferrals(
        id=insats,
        name=insats,
        referred=sum(by.values(), NOBODY),
        referred_by={name: by.get(name, NOBODY) for name in rows},
        referred_in={"spring": seasons[0], "autumn": seasons[1], "unknown": NOBODY},
        assigned=assigned,
        returned=returned,
        started=started,
        exits_to_date=exits_to_date,
    )


def aktivitetsplatsen() -> InsatsReferrals:
    return way_in(
        "aktivitetsplatsen",
        {"forsakringskassan": people(100, 60), "municipality": people(30, 4), "health_care": people(20, 14)},
        (people(50, 36), people(100, 42)),
        returned=people(30, 22),
        started=people(62, 44),
    )


def mia_vidare() -> InsatsReferrals:
    return way_in(
        "mia-vidare",
        {
            "forsakringskassan": people(24, 16),
            "health_care": people(24, 18),
            "municipality": people(16, 6),
            "others": people(2, 1),
        },
        (people(40, 20), people(26, 21)),
        returned=people(22, 6),
        started=people(40, 33),
        assigned=people(75, 42),
    )


def ratt_stod() -> InsatsReferrals:
    return way_in(
        "ratt-stod-for-mig",
        {"municipality": people(16, 20)},
        (people(10, 12), people(6, 8)),
        returned=NOBODY,
        started=people(16, 20),
        exits_to_date=ExitsToDate(
            exited=people(68, 116),
            to_work_or_studies=people(34, 56),
            to_work=people(10, 30),
            to_studies=people(24, 26),
        ),
    )


def row(table: Table, label: str) -> Row:
    return next(each for each in table.rows if each.label == label)


def texts(table: Table, label: str) -> list[str]:
    return [cell.text for cell in row(table, label).cells]


def tables(shown: Report) -> tuple[Table, ...]:
    return (*shown.totals, *shown.finsam_team)


def published() -> Published:
    return Published.model_validate_json(_FIGURES_2021.read_bytes())


def test_the_sexes_stand_in_their_columns_and_nobody_is_left_out() -> None:
    stays = report(year(stay()), ()).totals[0]
    assert stays.columns == ("Kvinnor", "Män", "Annat", "Uppgift saknas", "Totalt")
    assert texts(stays, "Deltagare") == ["40", "60", "1", "2", "103"]
    assert texts(stays, "Utan samtycke") == ["3", "4", "0", "0", "7"]


def test_exit_reasons_have_their_share_of_all_exits_and_the_unprinted_are_split() -> None:
    reasons = report(year(stay()), ()).totals[1]
    assert texts(reasons, "1. Aktivt arbetssökande, arbete eller studier") == ["4", "1", "0", "0", "5", "45 % av 11"]
    assert texts(reasons, "Avslut utan tryckt orsak") == ["1", "2", "0", "0", "3", "27 % av 11"]
    assert texts(reasons, "– varav annan orsak")[4] == "1"
    assert texts(reasons, "– varav utan samtycke (orsaken får inte följa med)")[4] == "2"
    assert texts(reasons, "Alla avslutade") == ["6", "5", "0", "0", "11", "100 % av 11"]


def test_an_exit_before_its_consent_has_a_row_only_when_there_is_one() -> None:
    label = "– varav med samtycke först efter avslutet"
    assert label not in [each.label for each in report(year(stay()), ()).totals[1].rows]
    assert texts(report(year(stay(not_stated=people(1, 0))), ()).totals[1], label)[4] == "1"


def test_the_insatser_sum_to_their_last_row() -> None:
    insatser = report(year(stay()), ()).totals[2]
    assert texts(insatser, "FINSAM-team") == texts(insatser, "Alla insatser")
    assert insatser.rows[-1].sums_up


def test_51_of_72_is_71_percent() -> None:
    six_month = report(year(stay()), ()).finsam_team[2]
    assert texts(six_month, "Alla aktiviteter genomförda") == ["51", "71 % av 72"]
    assert texts(six_month, "– varav inte gått att följa upp") == ["2", "–"]


def test_a_share_of_nothing_is_no_number() -> None:
    six_month = report(year(stay(), held=0), ()).finsam_team[2]
    assert texts(six_month, "Alla aktiviteter genomförda") == ["0", "–"]


def test_every_row_fills_its_table_and_every_table_says_how_it_counts() -> None:
    for table in tables(report(year(stay()), ())):
        assert {len(each.cells) for each in table.rows} == {len(table.columns)}
        assert table.definitions
        assert all(each.unit and each.population and each.period for each in table.definitions)


def test_every_published_line_but_the_number_of_insatser_stands_in_a_table() -> None:
    figures = year(stay())
    lines = compare(figures, published())
    pages = [insats_report(insats, figures, lines).tables for insats in INSATSER]
    beside = {
        cell.line.id
        for table in (*tables(report(figures, lines)), *chain.from_iterable(pages))
        for each in table.rows
        for cell in each.cells
        if cell.line
    }
    assert beside == {line.id for line in lines} - {"totals.interventions"}


def test_a_cell_and_the_line_beside_it_are_the_same_figure() -> None:
    figures = year(stay())
    lines = compare(figures, published())
    pages = [insats_report(insats, figures, lines).tables for insats in INSATSER]
    for table in (*tables(report(figures, lines)), *chain.from_iterable(pages)):
        for each in table.rows:
            for cell in each.cells:
                if cell.line:
                    assert re.findall(r"\d+", cell.text)[0] == str(cell.line.computed)


def test_lines_are_grouped_and_a_note_has_one_number_however_often_it_stands() -> None:
    comparison = report(year(stay()), compare(year(stay()), published())).comparison
    assert comparison is not None
    assert [heading for heading, _ in comparison.groups] == [
        "Alla insatser",
        "FINSAM-team",
        "Aktivitetsplatsen",
        "MIA Vidare",
        "Rätt stöd för mig!",
        "Arbetsträningsplatser",
        "Samordnat stöd / Alternativ SFI",
    ]
    assert comparison.whole == sum(len(lines) for _, lines in comparison.groups) == 101
    assert len(set(comparison.notes)) == len(comparison.notes)
    for _, lines in comparison.groups:
        for each in lines:
            assert (each.line.note is None) == (each.note_number is None)
            if each.note_number:
                assert comparison.notes[each.note_number - 1] == each.line.note


def test_an_insats_page_has_its_own_lines_with_the_notes_that_say_what_is_ours() -> None:
    figures = year(stay())
    shown = insats_report("aktivitetsplatsen", figures, compare(figures, published()))
    course, referring, seasons = shown.tables
    assert [each.label for each in course.rows] == ["Anmälda", "Återremitterade", "Påbörjade"]
    assert texts(referring, "Försäkringskassan") == ["100", "60", "0", "0", "160", "70 % av 228"]
    assert texts(referring, "Arbetsförmedlingen") == ["0", "0", "0", "0", "0", "0 % av 228"]
    assert texts(seasons, "Våren (januari–juni)")[-1] == "86"
    assert "Okänd dag" not in [each.label for each in seasons.rows]
    assert shown.comparison is not None
    assert (shown.comparison.equal, shown.comparison.whole) == (7, 7)
    assert any("inga antal. Antalen är våra" in note for note in shown.comparison.notes)


def test_the_exits_of_a_project_to_date_stand_with_the_shares_of_studies_by_sex() -> None:
    figures = year(stay())
    shown = insats_report("ratt-stod-for-mig", figures, compare(figures, published()))
    to_date = shown.tables[-1]
    assert to_date.caption == "Avslut från projektets början"
    assert texts(to_date, "Avslutade i projektet hittills")[:2] == ["68", "116"]
    assert texts(to_date, "Till arbete eller studier") == ["34", "56", "0", "0", "90", "49 % av 184"]
    assert texts(to_date, "Till studier")[:2] == ["35 % (24)", "22 % (26)"]
    assert shown.comparison is not None
    assert shown.comparison.equal == shown.comparison.whole == 11
    assert any("Antalen är våra" in note for note in shown.comparison.notes)


def test_a_project_without_exits_has_no_shares() -> None:
    nobody = ExitsToDate(exited=NOBODY, to_work_or_studies=NOBODY, to_work=NOBODY, to_studies=NOBODY)
    assert not [line for line in nobody.lines("ratt_stod_for_mig") if line.endswith("percent")]


def test_who_was_assigned_a_case_manager_is_a_row_of_mia_vidare() -> None:
    figures = year(stay())
    shown = insats_report("mia-vidare", figures, compare(figures, published()))
    assert [each.label for each in shown.tables[0].rows] == [
        "Anmälda",
        "Tilldelade en case manager",
        "Återremitterade",
        "Påbörjade",
    ]
    assert texts(shown.tables[0], "Tilldelade en case manager") == ["75", "42", "0", "0", "117"]
    assert shown.comparison is not None
    assert (shown.comparison.equal, shown.comparison.whole) == (17, 17)
    assert any("16, som rapporten inte förklarar" in note for note in shown.comparison.notes)


def test_goals_of_the_year_stand_beside_what_was_reached() -> None:
    figures = year(stay())
    [planned] = [
        table for table in insats_report("mia-vidare", figures, ()).tables if table.caption == "Mål för året"
    ]
    assert texts(planned, "90 deltagare erbjuds case manager") == [
        *("75 (64 %)", "42 (36 %)", "0 (0 %)", "0 (0 %)", "117", "90", "130 %"),
    ]
    assert {len(each.cells) for each in planned.rows} == {len(planned.columns)}
    with_participants = figures.model_copy(
        update={"insatser": (InsatsFigures(id="aktivitetsplatsen", name="Aktivitetsplatsen", **dict(stay())),)}
    )
    split = insats_report("aktivitetsplatsen", with_participants, ()).tables[-1]
    assert texts(split, "100 deltagare")[-2:] == ["100, 60 % kvinnor, 40 % män", f"{stay().participants.total} %"]
    assert "178 deltagare i hela projektet" not in [each.label for each in planned.rows]


def test_a_page_of_an_insats_without_participants_is_empty() -> None:
    shown = insats_report("psykolog", year(stay()), compare(year(stay()), published()))
    assert (shown.tables, shown.comparison) == ((), None)


def _groups(took_part: BySex, completed: BySex, dropped_out: BySex = NOBODY) -> GroupFigures:
    return GroupFigures(
        id="act-kurs",
        name="ACT-kurs",
        took_part=took_part,
        completed=completed,
        dropped_out=dropped_out,
        ended_with_the_case=NOBODY,
        started=3 if took_part.total else 0,
        sessions_held=22 if took_part.total else 0,
        attendance_recorded=took_part,
        attended=completed,
    )


def test_a_course_has_who_took_part_completed_and_dropped_out_by_sex() -> None:
    course = _groups(people(17, 7), people(13, 6), people(4, 1))
    declared = tuple(definition(each) for each in asked_for("year"))
    figures = year(stay()).model_copy(update={"groups": (course,), "definitions": declared})
    shown = insats_report("act-kurs", figures, ())
    participants, sessions = shown.tables[-2:]
    assert texts(participants, "Genomförde") == ["13", "6", "0", "0", "19"]
    assert texts(participants, "Hoppade av") == ["4", "1", "0", "0", "5"]
    assert row(participants, "Deltog i en grupp eller kurs").sums_up
    assert texts(sessions, "Hållna träffar") == ["22"]
    assert texts(sessions, "Närvaro, i procent av registrerad") == ["79 %"]
    assert participants.definitions
    assert figures.lines()["act_kurs.groups_took_part.total"] == 24
    nothing = year(stay()).model_copy(update={"groups": (_groups(NOBODY, NOBODY),)})
    assert insats_report("act-kurs", nothing, ()).tables == ()


def test_no_more_complete_a_group_than_took_part_in_it() -> None:
    with pytest.raises(ValidationError, match="more have ended than took part"):
        _groups(people(1, 0), people(1, 0), people(1, 0))


def test_rows_that_do_not_sum_to_the_referred_are_found_out() -> None:
    with pytest.raises(ValidationError, match="must sum to the referred"):
        way_in("novum", {"others": people(2, 0)}, (people(1, 0), NOBODY), returned=NOBODY, started=NOBODY)


def test_equal_lines_are_counted() -> None:
    def line(number: int, computed: int | None) -> Line:
        return Line(
            id=f"totals.x{number}", label="x", published=1, computed=computed, equal=computed == 1, source_lines="1"
        )

    comparison = report(year(stay()), (line(1, 1), line(2, 2), line(3, None))).comparison
    assert comparison is not None
    assert (comparison.equal, comparison.whole) == (1, 3)


def test_a_year_without_published_figures_has_no_comparison() -> None:
    shown = report(year(stay()), ())
    assert shown.comparison is None
    assert not [cell for table in tables(shown) for each in table.rows for cell in each.cells if cell.line]


@pytest.mark.parametrize(
    ("today", "expected"),
    [(date(2022, 1, 1), 2021), (date(2022, 3, 1), 2021), (date(2022, 3, 2), 2022), (date(2021, 12, 31), 2021)],
)
def test_until_march_the_report_of_interest_is_last_year_s(today: date, expected: int) -> None:
    assert latest_year(today) == expected
