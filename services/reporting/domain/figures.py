"""A year's figures: their shape, the sums that must hold, and how they are rounded. Pure."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from pydantic import Field, model_validator

from contracts.model import Model
from services.reporting.domain.definitions import Definition

TOTALS: Final = "totals"


def half_up(part: int, whole: int) -> int | None:
    """A share in whole percent, halves upwards; None of nothing. 51 of 72 is 71; the report printed 70 (L147)."""
    if whole == 0:
        return None
    return int((Decimal(100 * part) / Decimal(whole)).quantize(Decimal(1), ROUND_HALF_UP))


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
    """What the report has of FINSAM-team alone (L99-284)."""

    teams: int
    plans: BySex
    met_and_planned: BySex
    meetings: Meetings
    six_month: SixMonth
    lots: BySex = Field(description="Supported by a lots on some day of the year, as the report counts.")
    lots_assigned: BySex = Field(description="Got a lots in the year: the other reading.")
    max_cases_per_session: int


class InsatsReferrals(Model):
    """The way in to one insats in a year. Referred, assigned, returned and started are counted by days of their own,
    so none is a part of another. ``referred_by`` and ``referred_in``: by the rows of their breakdowns."""

    id: str
    name: str
    referred: BySex
    referred_by: dict[str, BySex]
    referred_in: dict[str, BySex]
    assigned: BySex | None = Field(description="Assigned a case manager; None where the insats has none.")
    returned: BySex
    started: BySex

    @model_validator(mode="after")
    def _parts_sum_to_total(self) -> "InsatsReferrals":
        for parts in (self.referred_by, self.referred_in):
            if sum(parts.values(), NOBODY) != self.referred:
                raise ValueError("the rows of a breakdown must sum to the referred")
        return self

    @property
    def lines_prefix(self) -> str:
        """What the ids of its lines begin with."""
        return self.id.replace("-", "_")

    def lines(self) -> dict[str, int]:
        """Every figure by the id under which published figures are kept; percentages of nothing are absent."""
        prefix = self.lines_prefix
        counted = {"referrals": self.referred, "returned": self.returned, "started": self.started}
        if self.assigned is not None:
            counted["assigned"] = self.assigned
        shares = {row: half_up(each.total, self.referred.total) for row, each in self.referred_by.items()}
        return {
            **_flat(prefix, counted),
            **_flat(f"{prefix}.referrals_by", self.referred_by),
            **_flat(f"{prefix}.referrals_in", self.referred_in),
            **{f"{prefix}.referrals_by.{row}.percent": share for row, share in shares.items() if share is not None},
        }


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
    referrals: tuple[InsatsReferrals, ...] = Field(
        default=(), description="Of each insats for individuals, and of any other that something was counted of."
    )
    definitions: tuple[Definition, ...] = ()

    @model_validator(mode="after")
    def _insatser_sum_to_totals(self) -> "Figures":
        for name in COUNTED_OF_STAYS:
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
        for insats in self.referrals:
            counts |= insats.lines()
        return counts | {line: share for line, share in percent.items() if share is not None}

    def _numbered_reasons(self) -> tuple[BySex, BySex, BySex]:
        reasons = self.totals.exit_reasons
        return reasons.reason_1, reasons.reason_2, reasons.reason_3

    def _total_lines(self) -> dict[str, int]:
        counted = {name: getattr(self.totals, name) for name in COUNTED_OF_STAYS}
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


COUNTED_OF_STAYS: Final = ("participants", "without_consent", "carried_in", "started", "exited", "open_at_year_end")


def _flat(prefix: str, counted: Mapping[str, BySex]) -> dict[str, int]:
    return {
        f"{prefix}.{name}.{part}": count
        for name, by_sex in counted.items()
        for part, count in by_sex.model_dump().items()
    }
