"""A period's figures: their shape, the sums that must hold, and how they are rounded. Pure."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from pydantic import Field, model_validator

from contracts.model import Model
from services.reporting.domain.definitions import Definition
from services.reporting.domain.periods import Period

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

    def __sub__(self, part: "BySex") -> "BySex":
        return BySex(**{name: getattr(self, name) - getattr(part, name) for name in type(self).model_fields})


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


class ExitsToDate(Model):
    """The exits of a project from its beginning to the end of the year, and those to work or studies among them."""

    exited: BySex
    to_work_or_studies: BySex
    to_work: BySex
    to_studies: BySex

    @model_validator(mode="after")
    def _parts_sum_to_total(self) -> "ExitsToDate":
        if self.to_work + self.to_studies != self.to_work_or_studies:
            raise ValueError("work and studies must sum to those to work or studies")
        return self

    def lines(self, prefix: str) -> dict[str, int]:
        """Every figure by the id under which published figures are kept; of studies the share of each sex too."""
        counted = {name: getattr(self, name) for name in type(self).model_fields}
        shares = {
            f"{prefix}.to_studies.{sex}.percent": half_up(getattr(self.to_studies, sex), getattr(self.exited, sex))
            for sex in ("women", "men")
        }
        return {**_flat(prefix, counted), **{line: share for line, share in shares.items() if share is not None}}


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
    exits_to_date: ExitsToDate | None = Field(default=None, description="None where no indicator counts them.")

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
            **({} if self.exits_to_date is None else self.exits_to_date.lines(prefix)),
            **_flat(f"{prefix}.referrals_by", self.referred_by),
            **_flat(f"{prefix}.referrals_in", self.referred_in),
            **{f"{prefix}.referrals_by.{row}.percent": share for row, share in shares.items() if share is not None},
        }


class TimeLimits(Model):
    """The time limits by one clock whose last day lies in the year. ``rule_of``: its insats or form of plan."""

    rule_of: str
    clock: str
    met: int
    passed: int
    running: int

    @property
    def ended(self) -> int:
        """Those that were kept or not."""
        return self.met + self.passed


class StepFigures(Model):
    """How often a step was reached in the year. ``rule_of``: its insats or form of plan."""

    rule_of: str
    step: str
    reached: BySex


class ShareOfStep(Model):
    """Participations of one insats of which a step is reached, of all of them.

    ``indicator``: which step, and of which participations.
    """

    indicator: str
    insats: str
    reached: BySex
    of: BySex


class DocumentFigures(Model):
    """Papers asked for in the year by the rules of an insats or form of plan, and what became of them.

    ``waited_days``: of those that came, all days from request to receipt together.
    """

    rule_of: str
    requested: int
    received: int
    ended: int
    waited_days: int

    @property
    def mean_days(self) -> int | None:
        """What one that came took, halves upwards; None if none came."""
        if self.received == 0:
            return None
        return int((Decimal(self.waited_days) / Decimal(self.received)).quantize(Decimal(1), ROUND_HALF_UP))


class SipFigures(Model):
    """Coordinated plans (SIP) of one form in a year. Meetings and decisions are two counts, each by its own day.

    ``with_coordinator_by``: the meetings with the form's coordinator by who initiated them.
    """

    id: str
    name: str
    meetings: BySex
    with_coordinator: BySex
    without_coordinator: BySex
    not_stated: BySex = Field(description="Nobody has said whether the coordinator was there.")
    with_coordinator_by: dict[str, BySex]
    plans: BySex

    @model_validator(mode="after")
    def _parts_sum_to_total(self) -> "SipFigures":
        if self.with_coordinator + self.without_coordinator + self.not_stated != self.meetings:
            raise ValueError("meetings with and without the coordinator must sum to the meetings")
        if sum(self.with_coordinator_by.values(), NOBODY) != self.with_coordinator:
            raise ValueError("the initiators must sum to the meetings with the coordinator")
        return self

    @property
    def lines_prefix(self) -> str:
        """What the ids of its lines begin with."""
        return self.id.replace("-", "_")

    def lines(self) -> dict[str, int]:
        """Every figure by the id under which published figures are kept."""
        counted = {
            "sip_meetings": self.meetings,
            "sip_with_coordinator": self.with_coordinator,
            "sip_without_coordinator": self.without_coordinator,
            "sip_plans": self.plans,
        }
        prefix = self.lines_prefix
        return {
            **_flat(prefix, counted),
            **_flat(f"{prefix}.sip_with_coordinator_by", self.with_coordinator_by),
        }


class WorkTraining(Model):
    """Work training by route, and who was referred to it by which authority: two populations, and no cross-table."""

    trained: BySex
    by_route: dict[str, BySex]
    requested: BySex
    requested_by: dict[str, BySex]
    under_way: int = Field(description="Planned and not begun on the year's last day.")
    in_training: int = Field(description="Begun and not ended on the year's last day.")

    def lines(self) -> dict[str, int]:
        """Every figure by the id under which published figures are kept."""
        return {
            **_flat("arbetstraning", {"trained": self.trained, "requested": self.requested}),
            **_flat("arbetstraning.trained", self.by_route),
            **_flat("arbetstraning.requested", self.requested_by),
            "arbetstraning.under_way.total": self.under_way,
            "arbetstraning.in_training.total": self.in_training,
        }


class GroupFigures(Model):
    """The groups and courses of an insats in a year. Seats are counted by the first session, sessions by their day.

    ``started``: groups that began. ``attendance_recorded`` and ``attended``: sessions times people, of those who
    consent.
    """

    id: str
    name: str
    took_part: BySex
    completed: BySex
    dropped_out: BySex
    ended_with_the_case: BySex
    started: int
    sessions_held: int
    attendance_recorded: BySex
    attended: BySex

    @model_validator(mode="after")
    def _no_more_ended_than_took_part(self) -> "GroupFigures":
        ended = self.completed + self.dropped_out + self.ended_with_the_case
        if ended.total > self.took_part.total or self.attended.total > self.attendance_recorded.total:
            raise ValueError("more have ended than took part, or more came than were recorded")
        return self

    @property
    def lines_prefix(self) -> str:
        """What the ids of its lines begin with."""
        return f"{self.id.replace('-', '_')}.groups"

    @property
    def attended_percent(self) -> int | None:
        """How often those came of whom it was recorded, in whole percent; None of nothing."""
        return half_up(self.attended.total, self.attendance_recorded.total)

    @property
    def any(self) -> bool:
        """Whether there was a group, a session or a participant in the year."""
        return bool(self.took_part.total or self.started or self.sessions_held)

    def lines(self) -> dict[str, int]:
        """Every figure by the id under which published figures are kept; a share of nothing is absent."""
        counted = ("took_part", "completed", "dropped_out", "ended_with_the_case")
        of = {
            f"{self.lines_prefix}_{name}.{part}": count
            for name in counted
            for part, count in getattr(self, name).model_dump().items()
        }
        of[f"{self.lines_prefix}_started.total"] = self.started
        of[f"{self.lines_prefix}_sessions_held.total"] = self.sessions_held
        percent = self.attended_percent
        return of if percent is None else {**of, f"{self.lines_prefix}_attended.percent": percent}


class Teaching(Model):
    """Samordnat stöd: hours offered and attended, and what pupils came to."""

    work_training: BySex
    passed_a_course: BySex
    hours_offered: int
    hours_attended: int
    weeks_offered: int = Field(description="Weeks in which one pupil was offered hours.")

    @property
    def attendance_percent(self) -> int | None:
        """Hours attended of those offered, halves upwards; None of nothing."""
        return half_up(self.hours_attended, self.hours_offered)

    @property
    def minutes_per_week(self) -> int | None:
        """What one pupil was offered in a week; None if nothing was."""
        if self.weeks_offered == 0:
            return None
        minutes = Decimal(60 * self.hours_offered) / Decimal(self.weeks_offered)
        return int(minutes.quantize(Decimal(1), ROUND_HALF_UP))

    def lines(self) -> dict[str, int]:
        """Every figure by the id under which published figures are kept; those of nothing are absent."""
        counted = {"work_training": self.work_training, "passed_a_course": self.passed_a_course}
        shares = {
            "samordnat_stod.hours_attended.percent": self.attendance_percent,
            "samordnat_stod.hours_offered.minutes_per_week": self.minutes_per_week,
        }
        known = {line: share for line, share in shares.items() if share is not None}
        return {**_flat("samordnat_stod", counted), **known}


class Employments(Model):
    """Decisions about employments of a year in one insats. ``by_support``: by the rows of its breakdown."""

    id: str
    decided: BySex
    by_support: dict[str, BySex]
    new: BySex
    extension: BySex
    new_wage_subsidy: BySex
    extension_wage_subsidy: BySex
    kom_i_jobb: BySex
    other_employers: BySex = Field(description="All that are known not to be the municipality's own.")
    other_employers_wage_subsidy: BySex
    subsidised: BySex = Field(description="New ones with support of any kind.")
    unsubsidised: BySex = Field(description="New ones that are known to have none.")

    @model_validator(mode="after")
    def _parts_sum_to_total(self) -> "Employments":
        if sum(self.by_support.values(), NOBODY) != self.decided or self.new + self.extension != self.decided:
            raise ValueError("the rows of a breakdown must sum to the employments decided")
        return self

    @property
    def lines_prefix(self) -> str:
        """What the ids of its lines begin with."""
        return self.id.replace("-", "_")

    def lines(self) -> dict[str, int]:
        """Every figure by the id under which published figures are kept."""
        prefix = f"{self.lines_prefix}.employments"
        counted = {name: getattr(self, name) for name in type(self).model_fields if name not in _NOT_BY_SEX}
        return {
            **_flat(self.lines_prefix, {"employments": self.decided}),
            **_flat(prefix, counted),
            **_flat(f"{prefix}.by_support", self.by_support),
        }


_NOT_BY_SEX: Final = ("id", "decided", "by_support")


class AfterSupports(Model):
    """Support after the exit in one insats in a year: begun in it, and lasting on its last day."""

    insats: str
    begun: BySex
    ongoing: BySex


class BenefitCounts(Model):
    """What was decided of one benefit in an insats in a year; ``benefit``: not_stated where it is not known."""

    insats: str
    benefit: str
    applied: int
    granted: int
    refused: int
    not_stated: int


class Figures(Model):
    """A period's figures, as they are known now or were known at a moment of registration."""

    period: Period
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
    sip: tuple[SipFigures, ...] = Field(default=(), description="Of each form of coordinated plan.")
    time_limits: tuple[TimeLimits, ...] = ()
    steps: tuple[StepFigures, ...] = ()
    shares_of_steps: tuple[ShareOfStep, ...] = ()
    documents: tuple[DocumentFigures, ...] = ()
    sip_people: int = Field(default=0, description="People with a SIP meeting in the period, of all forms together.")
    work_training: WorkTraining | None = None
    mia_work_training: BySex = NOBODY
    teaching: Teaching | None = None
    employments: tuple[Employments, ...] = Field(default=(), description="Of each insats that has employments.")
    benefits: tuple[BenefitCounts, ...] = ()
    after_supports: tuple[AfterSupports, ...] = Field(default=(), description="Of each insats that gave any.")
    groups: tuple[GroupFigures, ...] = Field(default=(), description="Of each insats that has groups or courses.")
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
        for form in self.sip:
            counts |= form.lines()
        for employments in self.employments:
            counts |= employments.lines()
        for groups in self.groups:
            counts |= groups.lines()
        counts |= _flat("mia_vidare", {"work_training": self.mia_work_training})
        for own in (self.work_training, self.teaching):
            counts |= {} if own is None else own.lines()
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
