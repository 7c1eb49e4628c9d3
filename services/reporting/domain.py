"""What a year's figures are, how they are counted and rounded, and how they stand beside published ones. Pure.

The rules follow "Uppföljning av förbundets individinriktade insatser 2021", Samordningsförbundet Stockholms stad.
It names neither counting unit nor period; both are our reading, and each figure declares them (:data:`DEFINITIONS`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

from pydantic import Field, model_validator

from contracts.catalogue import INSATSER
from contracts.codes import Sex
from contracts.model import Model

FINSAM_TEAM: Final = "finsam-team"
TOTALS: Final = "totals"


def half_up(part: int, whole: int) -> int | None:
    """A share in whole percent, halves upwards; None of nothing. 51 of 72 is 71; the report printed 70 (L147)."""
    if whole == 0:
        return None
    return int((Decimal(100 * part) / Decimal(whole)).quantize(Decimal(1), ROUND_HALF_UP))


# What is counted ------------------------------------------------------------------------------------------------


class Definition(Model):
    """What a figure counts, among whom, by which day it belongs to a year, and of what a percentage is a share."""

    id: str
    label: str
    unit: str
    population: str
    period: str
    denominator: str | None = None
    source: str = Field(description="Where in the report the figure stands, or that it is derived.")


_PARTICIPATION: Final = "deltagande (en person i en insats, från start till avslut)"
_IN_FINSAM: Final = "ärenden anmälda till FINSAM-team"
_STOCK: Final = "bestånd: startat senast 31 december, inte avslutat före 1 januari"

DEFINITIONS: Final[tuple[Definition, ...]] = (
    Definition(
        id="interventions",
        label="Individinriktade insatser",
        unit="insats",
        population="insatser med minst ett deltagande under året",
        period=_STOCK,
        source="L6",
    ),
    Definition(
        id="participants",
        label="Deltagare",
        unit=_PARTICIPATION,
        population="alla deltaganden i insatsen",
        period=_STOCK,
        source="L6-7",
    ),
    Definition(
        id="without_consent",
        label="Utan samtycke",
        unit=_PARTICIPATION,
        population="årets deltaganden där samtycke till individuell uppföljning inte lämnats, eller har återkallats",
        period=f"{_STOCK}; det senast lämnade beskedet gäller",
        source="L7-9",
    ),
    Definition(
        id="carried_in",
        label="Pågående vid årets början",
        unit=_PARTICIPATION,
        population="årets deltaganden som startat före året",
        period="startat före 1 januari, inte avslutat före 1 januari",
        source="härlett: deltagare minus påbörjade",
    ),
    Definition(
        id="started",
        label="Påbörjade",
        unit=_PARTICIPATION,
        population="årets deltaganden som startat under året",
        period="startdagen",
        source="L11, L16",
    ),
    Definition(
        id="exited",
        label="Avslutade",
        unit=_PARTICIPATION,
        population="årets deltaganden som avslutats under året",
        period="avslutsdagen",
        source="L11-12, L33",
    ),
    Definition(
        id="exit_reasons",
        label="Avslutsorsak",
        unit=_PARTICIPATION,
        population="årets avslutade, efter nationell kod; utan samtycke är en egen rad",
        period="avslutsdagen",
        denominator="alla avslutade under året, även utan samtycke",
        source="L35-40",
    ),
    Definition(
        id="open_at_year_end",
        label="Pågående vid årets slut",
        unit=_PARTICIPATION,
        population="årets deltaganden som inte avslutats under året",
        period="bestånd 31 december",
        source="härlett: deltagare minus avslutade",
    ),
    Definition(
        id="finsam_team.teams",
        label="Team",
        unit="team",
        population=f"team som hållit minst ett möte om {_IN_FINSAM}",
        period="dagen då mötet hölls",
        source="L130",
    ),
    Definition(
        id="finsam_team.plans",
        label="Upprättade samplaner",
        unit="samplan",
        population=_IN_FINSAM,
        period="samplanens datum",
        source="trycks inte i rapporten",
    ),
    Definition(
        id="finsam_team.met_and_planned",
        label="Har träffat ett team och fått en gemensam plan",
        unit="ärende (en person, en anmälan)",
        population=f"{_IN_FINSAM} med ett hållet team-möte, vare sig insatsen har startat eller inte",
        period="samplanens datum",
        source="L129-131",
    ),
    Definition(
        id="finsam_team.meetings",
        label="Team-möten efter anmälare",
        unit="möte om ett ärende",
        population=_IN_FINSAM,
        period="dagen då mötet hölls",
        source="L113-114",
    ),
    Definition(
        id="finsam_team.six_month",
        label="Sexmånadersuppföljningar",
        unit="uppföljning av en samplan",
        population=f"genomförda sexmånadersuppföljningar i {_IN_FINSAM}",
        period="dagen då uppföljningen gjordes; planen kan vara från året före",
        denominator="alla genomförda sexmånadersuppföljningar under året",
        source="L145-150",
    ),
    Definition(
        id="finsam_team.lots",
        label="Har haft kontakt med en lots",
        unit="ärende (en person, en anmälan)",
        population=_IN_FINSAM,
        period="stöd av en lots någon dag under året, från dagen då lotsen utsågs till dess stödet avslutas",
        source="L164",
    ),
    Definition(
        id="finsam_team.lots_assigned",
        label="Har fått en lots",
        unit="ärende (en person, en anmälan)",
        population=_IN_FINSAM,
        period="dagen då lotsen utsågs; den andra läsningen av rapportens rad",
        source="trycks inte i rapporten",
    ),
    Definition(
        id="finsam_team.max_cases_per_session",
        label="Flest ärenden vid ett och samma team-möte",
        unit="ärende",
        population=f"hållna möten om {_IN_FINSAM}, samma team, dag och klockslag",
        period="dagen då mötet hölls",
        source="L243-244",
    ),
)


# Figures --------------------------------------------------------------------------------------------------------


class BySex(Model):
    """A count by sex as stated by the referrer. The total is counted by itself, and the parts must sum to it."""

    women: int = Field(ge=0)
    men: int = Field(ge=0)
    other: int = Field(ge=0)
    unknown: int = Field(ge=0)
    total: int = Field(ge=0)

    @model_validator(mode="after")
    def _parts_sum_to_total(self) -> "BySex":
        parts = self.women + self.men + self.other + self.unknown
        if parts != self.total:
            raise ValueError(f"the sexes sum to {parts}, not to {self.total}")
        return self

    def __add__(self, more: "BySex") -> "BySex":
        return BySex(**{name: getattr(self, name) + getattr(more, name) for name in type(self).model_fields})


NOBODY: Final = BySex(women=0, men=0, other=0, unknown=0, total=0)


class ExitReasons(Model):
    """Exits by the national register's reasons (L35-40). Every exit is in exactly one row."""

    reason_1: BySex
    reason_2: BySex
    reason_3: BySex
    other: BySex
    without_consent: BySex
    not_stated: BySex = Field(description="Consent was given after the exit was registered without a reason.")

    def unprinted(self) -> BySex:
        """The exits for which the report prints no reason: all but 1, 2 and 3."""
        return self.other + self.without_consent + self.not_stated

    def all(self) -> BySex:
        """Every exit."""
        return self.reason_1 + self.reason_2 + self.reason_3 + self.unprinted()


class Stay(Model):
    """Participations of a year in one insats, or in all together."""

    participants: BySex
    without_consent: BySex
    carried_in: BySex
    started: BySex
    exited: BySex
    exit_reasons: ExitReasons
    open_at_year_end: BySex

    @model_validator(mode="after")
    def _balanced(self) -> "Stay":
        if self.carried_in + self.started != self.participants:
            raise ValueError("carried in and started must sum to the participants")
        if self.exited + self.open_at_year_end != self.participants:
            raise ValueError("exited and open at the end of the year must sum to the participants")
        if self.exit_reasons.all() != self.exited:
            raise ValueError("the exit reasons must sum to the exits")
        return self


class InsatsFigures(Stay):
    """One insats' participations of a year."""

    id: str
    name: str


class Meetings(Model):
    """Meetings held, by who referred the person: a district of the city, or anybody else (L113-114)."""

    district: int
    others: int
    total: int

    @model_validator(mode="after")
    def _parts_sum_to_total(self) -> "Meetings":
        if self.district + self.others != self.total:
            raise ValueError("districts and others must sum to the meetings")
        return self


class NoneByReason(Model):
    """Why no activity was carried out (L148-150)."""

    under_way: int
    not_reachable: int
    plan_not_feasible: int
    not_stated: int


class SixMonth(Model):
    """Six-month follow-ups held in the year, by how many of the plan's activities were carried out (L145-150)."""

    total: int
    all: int
    some: int
    none: int
    without_consent: int
    not_stated: int
    none_by_reason: NoneByReason
    percent_all: int | None = Field(description="Of all held, halves upwards; None if none was held.")

    @model_validator(mode="after")
    def _parts_sum_to_total(self) -> "SixMonth":
        if self.all + self.some + self.none + self.without_consent + self.not_stated != self.total:
            raise ValueError("the results must sum to the follow-ups held")
        if sum(self.none_by_reason.model_dump().values()) != self.none:
            raise ValueError("the reasons must sum to the follow-ups that found nothing done")
        return self


class FinsamTeam(Model):
    """What the report tells of FINSAM-team alone (L99-284)."""

    teams: int
    plans: BySex
    met_and_planned: BySex
    meetings: Meetings
    six_month: SixMonth
    lots: BySex = Field(description="Supported by a lots on some day of the year, as the report counts.")
    lots_assigned: BySex = Field(description="Got a lots in the year: the other reading.")
    max_cases_per_session: int


class Figures(Model):
    """A year's figures, as they are known now or were known at a moment of registration."""

    year: int
    as_of: datetime | None = Field(
        description="Only what was registered by then is counted; None: all that is known."
    )
    interventions: int
    totals: Stay
    insatser: tuple[InsatsFigures, ...]
    finsam_team: FinsamTeam
    definitions: tuple[Definition, ...] = DEFINITIONS

    @model_validator(mode="after")
    def _insatser_sum_to_totals(self) -> "Figures":
        for name in _COUNTED:
            if sum((getattr(insats, name) for insats in self.insatser), NOBODY) != getattr(self.totals, name):
                raise ValueError(f"the insatser do not sum to the totals of {name}")
        return self

    def lines(self) -> dict[str, int]:
        """Every figure by the id under which published figures are kept; percentages of nothing are absent."""
        percent = {
            f"{TOTALS}.exit_reason_{number}.percent": half_up(reason.total, self.totals.exited.total)
            for number, reason in enumerate(self._numbered_reasons(), 1)
        }
        percent["finsam_team.six_month.percent_all"] = self.finsam_team.six_month.percent_all
        counts = {f"{TOTALS}.interventions": self.interventions, **self._total_lines(), **self._finsam_lines()}
        return counts | {line: share for line, share in percent.items() if share is not None}

    def _numbered_reasons(self) -> tuple[BySex, BySex, BySex]:
        reasons = self.totals.exit_reasons
        return reasons.reason_1, reasons.reason_2, reasons.reason_3

    def _total_lines(self) -> dict[str, int]:
        counted = {name: getattr(self.totals, name) for name in _COUNTED}
        numbered = {f"exit_reason_{number}": each for number, each in enumerate(self._numbered_reasons(), 1)}
        return _flat(TOTALS, counted | numbered | {"exit_other": self.totals.exit_reasons.unprinted()})

    def _finsam_lines(self) -> dict[str, int]:
        finsam = self.finsam_team
        six, none = finsam.six_month, finsam.six_month.none_by_reason
        return {
            "finsam_team.teams": finsam.teams,
            "finsam_team.max_cases_per_session": finsam.max_cases_per_session,
            **{f"finsam_team.meetings.{name}": count for name, count in finsam.meetings.model_dump().items()},
            **{f"finsam_team.six_month.{name}": getattr(six, name) for name in ("total", "all", "some", "none")},
            **{f"finsam_team.six_month_none.{name}": count for name, count in none.model_dump().items()},
            **_flat(
                "finsam_team",
                {
                    "plans": finsam.plans,
                    "met_and_planned": finsam.met_and_planned,
                    "lots": finsam.lots,
                    "lots_assigned": finsam.lots_assigned,
                },
            ),
        }


_COUNTED: Final = ("participants", "without_consent", "carried_in", "started", "exited", "open_at_year_end")


def _flat(prefix: str, counted: Mapping[str, BySex]) -> dict[str, int]:
    return {
        f"{prefix}.{name}.{part}": count
        for name, by_sex in counted.items()
        for part, count in by_sex.model_dump().items()
    }


# From counts to figures -----------------------------------------------------------------------------------------

# Counts by sex; None is the total, counted by itself.
SexCounts: TypeAlias = Mapping[Sex | None, int]


@dataclass(frozen=True)
class StayCounts:
    """Participations of a year in one insats (None: in all) with one sex (None: with any)."""

    insats: str | None
    sex: Sex | None
    participants: int
    without_consent: int
    carried_in: int
    started: int
    exited: int
    reason_1: int
    reason_2: int
    reason_3: int
    other: int
    exited_without_consent: int
    not_stated: int
    open_at_year_end: int


@dataclass(frozen=True)
class SixMonthCounts:
    """Six-month follow-ups held in a year."""

    total: int
    all: int
    some: int
    none: int
    without_consent: int
    not_stated: int
    none_under_way: int
    none_not_reachable: int
    none_plan_not_feasible: int


@dataclass(frozen=True)
class FinsamCounts:
    """What was counted of FINSAM-team in a year."""

    teams: int
    plans: SexCounts
    met_and_planned: SexCounts
    meetings: int
    meetings_by_districts: int
    six_month: SixMonthCounts
    lots: SexCounts
    lots_assigned: SexCounts
    max_cases_per_session: int


def year_figures(year: int, as_of: datetime | None, stays: Iterable[StayCounts], finsam: FinsamCounts) -> Figures:
    """Puts counts together. Raises pydantic.ValidationError where parts do not sum to their total."""
    by_insats: dict[str | None, dict[Sex | None, StayCounts]] = {}
    for counts in stays:
        by_insats.setdefault(counts.insats, {})[counts.sex] = counts
    insatser = [
        InsatsFigures(id=insats, name=insats_name(insats), **_stay(counts))
        for insats, counts in by_insats.items()
        if insats is not None
    ]
    return Figures(
        year=year,
        as_of=as_of,
        interventions=len(insatser),
        totals=Stay(**_stay(by_insats.get(None, {}))),
        insatser=tuple(sorted(insatser, key=lambda insats: insats.name)),
        finsam_team=_finsam(finsam),
    )


def by_sex(counts: SexCounts) -> BySex:
    """Counts as a row of the report. Raises pydantic.ValidationError if they do not sum to their total."""
    return BySex(
        women=counts.get(Sex.WOMAN, 0),
        men=counts.get(Sex.MAN, 0),
        other=counts.get(Sex.OTHER, 0),
        unknown=counts.get(Sex.UNKNOWN, 0),
        total=counts.get(None, 0),
    )


def insats_name(insats: str) -> str:
    """The insats' name; its id if the catalogue no longer has it."""
    return INSATSER[insats].name if insats in INSATSER else insats


def _stay(counts: Mapping[Sex | None, StayCounts]) -> dict[str, Any]:
    def row(name: str) -> BySex:
        return by_sex({sex: getattr(each, name) for sex, each in counts.items()})

    reasons = ExitReasons(
        reason_1=row("reason_1"),
        reason_2=row("reason_2"),
        reason_3=row("reason_3"),
        other=row("other"),
        without_consent=row("exited_without_consent"),
        not_stated=row("not_stated"),
    )
    return {name: row(name) for name in _COUNTED} | {"exit_reasons": reasons}


def _finsam(counts: FinsamCounts) -> FinsamTeam:
    return FinsamTeam(
        teams=counts.teams,
        plans=by_sex(counts.plans),
        met_and_planned=by_sex(counts.met_and_planned),
        meetings=Meetings(
            district=counts.meetings_by_districts,
            others=counts.meetings - counts.meetings_by_districts,
            total=counts.meetings,
        ),
        six_month=_six_month(counts.six_month),
        lots=by_sex(counts.lots),
        lots_assigned=by_sex(counts.lots_assigned),
        max_cases_per_session=counts.max_cases_per_session,
    )


def _six_month(counts: SixMonthCounts) -> SixMonth:
    explained = counts.none_under_way + counts.none_not_reachable + counts.none_plan_not_feasible
    return SixMonth(
        total=counts.total,
        all=counts.all,
        some=counts.some,
        none=counts.none,
        without_consent=counts.without_consent,
        not_stated=counts.not_stated,
        none_by_reason=NoneByReason(
            under_way=counts.none_under_way,
            not_reachable=counts.none_not_reachable,
            plan_not_feasible=counts.none_plan_not_feasible,
            not_stated=counts.none - explained,
        ),
        percent_all=half_up(counts.all, counts.total),
    )


# Beside what was published --------------------------------------------------------------------------------------


class PublishedSource(Model):
    """The report the published figures come from. ``scope``: Swedish, what of it is compared and what is not."""

    title: str
    publisher: str
    year: int
    scope: str


class PublishedLine(Model):
    """One published number. ``printed``: how the report prints it where that differs from its own counts."""

    id: str
    label: str
    published: int
    source_lines: str
    printed: str | None = None
    note: str | None = None


class Published(Model):
    """A year's published figures, in the order a reader meets them."""

    source: PublishedSource
    year: int
    lines: tuple[PublishedLine, ...]


class Line(Model):
    """A published number and the one computed from events. ``computed`` is None for a line we do not count."""

    id: str
    label: str
    published: int
    computed: int | None
    equal: bool
    source_lines: str
    printed: str | None = None
    note: str | None = None


def comparison(figures: Figures, published: Published) -> tuple[Line, ...]:
    """Every published line beside the computed one."""
    computed = figures.lines()
    return tuple(
        Line(**line.model_dump(), computed=computed.get(line.id), equal=computed.get(line.id) == line.published)
        for line in published.lines
    )


# A case, and the start page -------------------------------------------------------------------------------------


class TimelineEvent(Model):
    """One event of a case, as told; without the person's consent less the details that need it."""

    event_id: UUID | None = Field(description="None of an event that is not readable.")
    source: str
    sequence: int
    type: str
    happened_on: date
    recorded: datetime
    data: dict[str, Any]
    readable: bool = Field(
        default=True, description="False: it breaks its contract or is not learnt, and its data are not shown."
    )
    taken_back: bool = Field(default=False, description="Registered in error: it counts no more.")


class StartCounts(Model):
    """What goes on today. Overdue: the due day has passed, and the follow-up is neither held nor superseded."""

    waiting: int = Field(description="Referrals neither accepted nor returned.")
    participating: int = Field(description="Participations begun and not ended.")
    plans_this_year: int
    overdue: int


# Who does not consent is followed by sex and dates only; these details were registered while consent still held.
_NEEDS_CONSENT: Final[Mapping[str, frozenset[str]]] = {
    "ReferralReturned": frozenset({"reason"}),
    "ParticipantExited": frozenset({"reason", "national_code"}),
    "FollowUpCompleted": frozenset({"result", "reason", "activities"}),
    "PlanningDetailsReleased": frozenset({"reason", "national_code", "activities"}),
    "FollowUpDetailsReleased": frozenset({"result", "reason", "activities"}),
}
_LISTS_OF_ACTIVITIES: Final = ("activities", "added")


def without_details(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a type of fact less what only consent allows to show."""
    hidden = _NEEDS_CONSENT.get(kind, frozenset())
    kept = {name: value for name, value in data.items() if name not in hidden}
    if "attributes" in kept:
        kept["attributes"] = {}
    for name in _LISTS_OF_ACTIVITIES:
        if isinstance(planned := kept.get(name), list):
            kept[name] = [{field: value for field, value in each.items() if field != "kind"} for each in planned]
    return kept
