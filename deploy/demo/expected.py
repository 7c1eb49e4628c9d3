"""The year's figures counted straight from the plan: the oracle of the demo, with no service in between."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from contracts.codes import FollowUpResult, Sex
from deploy.demo.aktivitetsplatsen import AKTIVITETSPLATSEN
from deploy.demo.finsam import FINSAM
from deploy.demo.lives import Activity, HeldFollowUp, Life
from deploy.demo.mia_vidare import MIA
from deploy.demo.ratt_stod import RATT_STOD
from deploy.demo.training import SAMORDNAT_STOD, WORK_TRAINING

_REFERRER: Final = {
    "forsakringskassan": "forsakringskassan",
    "district": "municipality",
    "jobbtorg": "municipality",
    "health_care": "health_care",
    "arbetsformedlingen": "arbetsformedlingen",
}
_ASKED: Final = {
    "district": "socialtjanst",
    "forsakringskassan": "forsakringskassan",
    "jobbtorg": "jobbtorg",
    "health_care": "health_care",
    "arbetsformedlingen": "arbetsformedlingen",
}
_WORD = {Sex.WOMAN: "women", Sex.MAN: "men", Sex.OTHER: "other", Sex.UNKNOWN: "unknown"}


def expected(lives: Iterable[Life], year: int) -> dict[str, int]:
    """Every line of ``figures-2021.json`` by its id; lines that came to nothing are absent."""
    lives = tuple(lives)
    figures = Counter((*_totals(lives, year), *_finsam(lives, year), *_mia(lives, year)))
    for line, part, whole in (
        ("totals.exit_reason_1.percent", "totals.exit_reason_1.total", "totals.exited.total"),
        ("totals.exit_reason_2.percent", "totals.exit_reason_2.total", "totals.exited.total"),
        ("totals.exit_reason_3.percent", "totals.exit_reason_3.total", "totals.exited.total"),
        ("finsam_team.six_month.percent_all", "finsam_team.six_month.all", "finsam_team.six_month.total"),
    ):
        figures[line] = percent_half_up(figures[part], figures[whole])
    figures["totals.interventions"] = len({life.referral.insats for life in _participants(lives, year)})
    return {
        **figures,
        **_sessions(lives, year),
        **_aktivitetsplatsen(lives, year),
        **_ratt_stod(lives, year),
        **_training(lives, year),
        **_teaching(lives, year),
    }


def percent_half_up(part: int, whole: int) -> int:
    """A whole percentage, halves rounded up; 0 of 0 is 0."""
    return (200 * part + whole) // (2 * whole) if whole else 0


def _participants(lives: Iterable[Life], year: int) -> Iterator[Life]:
    for life in lives:
        started = life.started_on
        if started and started.year <= year and not (life.exit and life.exit.exited_on.year < year):
            yield life


def _totals(lives: tuple[Life, ...], year: int) -> Iterator[str]:
    for life in _participants(lives, year):
        yield from _by_sex("totals.participants", life)
        started_before = life.started_on is not None and life.started_on.year < year
        yield from _by_sex("totals.carried_in" if started_before else "totals.started", life)
        if not life.consents:
            yield "totals.without_consent.total"
        if life.exit and life.exit.exited_on.year == year:
            yield from _by_sex("totals.exited", life)
            yield from _by_sex(f"totals.exit_{_reason_word(life)}", life)


def _reason_word(life: Life) -> str:
    """The report prints the register's three codes; every other reason, and one without consent, is "other"."""
    code = life.national_code
    return f"reason_{code}" if life.consents and code in {"1", "2", "3"} else "other"


def _by_sex(line: str, life: Life) -> Iterator[str]:
    yield f"{line}.{_WORD[life.sex]}"
    yield f"{line}.total"


def _finsam(lives: tuple[Life, ...], year: int) -> Iterator[str]:
    for life in lives:
        meeting = life.meeting if life.referral.insats == FINSAM and life.meeting and life.meeting.held else None
        if meeting and meeting.session.meets_on.year == year:
            district = life.unit_kind == "district"
            yield "finsam_team.meetings.district" if district else "finsam_team.meetings.others"
            yield "finsam_team.meetings.total"
        if meeting and life.samplan and life.samplan.made_on.year == year:
            yield from _by_sex("finsam_team.met_and_planned", life)
        if life.lots and life.lots.assigned_on.year == year:
            yield from _by_sex("finsam_team.lots", life)
        for held in life.follow_ups:
            if held.months == 6 and held.held_on.year == year:
                yield from _six_month(held)


def _aktivitetsplatsen(lives: tuple[Life, ...], year: int) -> dict[str, int]:
    """The report prints the referrers' shares, and that Arbetsförmedlingen refers nobody (L325-332)."""
    referred = [life for life in lives if _referred(life, AKTIVITETSPLATSEN, year)]
    by_kind = Counter(_REFERRER[life.unit_kind] for life in referred)
    spring = sum(life.referral.referred_on.month <= 6 for life in referred)
    shares = ("forsakringskassan", "municipality", "health_care")
    return {
        "aktivitetsplatsen.referrals.total": len(referred),
        "aktivitetsplatsen.referrals_in.spring.total": spring,
        "aktivitetsplatsen.referrals_in.autumn.total": len(referred) - spring,
        "aktivitetsplatsen.referrals_by.arbetsformedlingen.total": by_kind["arbetsformedlingen"],
        **{
            f"aktivitetsplatsen.referrals_by.{each}.percent": percent_half_up(by_kind[each], len(referred))
            for each in shares
        },
    }


def _mia(lives: tuple[Life, ...], year: int) -> Iterator[str]:
    for life in lives:
        if _referred(life, MIA, year):
            yield from _by_sex("mia_vidare.referrals", life)
            if life.unit_kind in {"forsakringskassan", "health_care"}:
                yield f"mia_vidare.referrals_by.{life.unit_kind}.{_WORD[life.sex]}"
        if life.case_manager and life.case_manager.assigned_on.year == year:
            yield from _by_sex("mia_vidare.assigned", life)
        if life.referral.insats == MIA and life.returned and life.returned.returned_on.year == year:
            yield "mia_vidare.returned.total"
        if life.referral.insats == MIA and life.started_on and life.started_on.year == year:
            yield from _by_sex("mia_vidare.started", life)


def _ratt_stod(lives: tuple[Life, ...], year: int) -> dict[str, int]:
    """The exits of the project to date; of studies the report prints the shares of each sex alone (L1142-1146)."""
    left = [
        life for life in lives if life.referral.insats == RATT_STOD and life.exit and life.exit.exited_on.year <= year
    ]
    lines = Counter(line for life in left for line in _exits_to_date(life))
    studies = {
        f"ratt_stod_for_mig.to_studies.{word}.percent": percent_half_up(
            lines[f"ratt_stod_for_mig.to_studies.{word}"], lines[f"ratt_stod_for_mig.exited.{word}"]
        )
        for word in ("women", "men")
    }
    counted = {line: count for line, count in lines.items() if ".to_studies." not in line}
    return {**counted, **studies}


def _exits_to_date(life: Life) -> Iterator[str]:
    yield from _by_sex("ratt_stod_for_mig.exited", life)
    reason = life.exit.reason if life.exit and life.consents else None
    if reason in {"work", "studies"}:
        yield from _by_sex("ratt_stod_for_mig.to_work_or_studies", life)
        yield from _by_sex(f"ratt_stod_for_mig.to_{reason}", life)


def _training(lives: tuple[Life, ...], year: int) -> dict[str, int]:
    """Work training of those who consent: by route and referrer, and where it stands when the year ends."""
    planned = list(_planned(lives, WORK_TRAINING))
    routes = {AKTIVITETSPLATSEN: "aktivitetsplatsen", FINSAM: "finsam_team"}
    trained = Counter(routes.get(life.referral.insats) for life, each in planned if _began(each, year))
    asked = Counter(
        _ASKED[life.unit_kind]
        for life, _ in planned
        if life.referral.insats == FINSAM and life.samplan and life.samplan.made_on.year == year
    )
    mia = Counter(life.sex for life, each in planned if life.referral.insats == MIA and _began(each, year))
    of_routes = [each for life, each in planned if life.referral.insats in routes]
    return {
        **{f"arbetstraning.trained.{route}.total": trained[route] for route in routes.values()},
        "arbetstraning.trained.total": sum(trained[route] for route in routes.values()),
        **{f"arbetstraning.requested.{kind}.total": asked[kind] for kind in dict.fromkeys(_ASKED.values())},
        "arbetstraning.requested.total": asked.total(),
        "arbetstraning.under_way.total": sum(each.started_on is None for each in of_routes),
        "arbetstraning.in_training.total": sum(each.started_on is not None and not each.ended for each in of_routes),
        **{f"mia_vidare.work_training.{_WORD[sex]}": mia[sex] for sex in (Sex.WOMAN, Sex.MAN)},
        "mia_vidare.work_training.total": mia.total(),
    }


def _teaching(lives: tuple[Life, ...], year: int) -> dict[str, int]:
    pupils = [life for life in lives if life.referral.insats == SAMORDNAT_STOD]
    records = [each.attended for _, each in _planned(pupils, "teaching") if each.attended]
    offered, attended = sum(each.offered for each in records), sum(each.attended for each in records)
    passed = [each.completed_on for _, each in _planned(pupils, "course") if each.completed_on]
    return {
        "samordnat_stod.work_training.total": sum(_began(each, year) for _, each in _planned(pupils, WORK_TRAINING)),
        "samordnat_stod.passed_a_course.total": sum(day.year == year for day in passed),
        **_employed(pupils, year),
        "samordnat_stod.hours_attended.percent": percent_half_up(round(attended), round(offered)),
        "samordnat_stod.hours_offered.minutes_per_week": round(60 * offered / sum(each.weeks for each in records)),
    }


def _employed(pupils: Iterable[Life], year: int) -> dict[str, int]:
    decided = [job.support for life in pupils if life.consents for job in life.jobs if job.decided_on.year == year]
    return {
        "samordnat_stod.employments.subsidised.total": sum(each != "none" for each in decided),
        "samordnat_stod.employments.unsubsidised.total": decided.count("none"),
    }


def _planned(lives: Iterable[Life], kind: str) -> Iterator[tuple[Life, Activity]]:
    """The activities of a kind, of those who let it be known."""
    for life in lives:
        if life.samplan and life.consents:
            yield from ((life, each) for each in life.samplan.activities if each.kind == kind)


def _began(activity: Activity, year: int) -> bool:
    return activity.started_on is not None and activity.started_on.year == year


def _referred(life: Life, insats: str, year: int) -> bool:
    return life.referral.insats == insats and life.referral.referred_on.year == year


def _six_month(held: HeldFollowUp) -> Iterator[str]:
    yield "finsam_team.six_month.total"
    yield f"finsam_team.six_month.{held.result}"
    if held.result is FollowUpResult.NONE:
        yield f"finsam_team.six_month_none.{held.reason}"


def _sessions(lives: tuple[Life, ...], year: int) -> dict[str, int]:
    cases = Counter(
        life.meeting.session
        for life in lives
        if life.referral.insats == FINSAM
        and life.meeting
        and life.meeting.held
        and life.meeting.session.meets_on.year == year
    )
    return {
        "finsam_team.teams": len({session.team for session in cases}),
        "finsam_team.max_cases_per_session": max(cases.values(), default=0),
    }
