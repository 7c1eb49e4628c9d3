"""FINSAM-team's lives: team meetings, samplaner, lotsar and follow-ups (L86-173)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Final

from contracts.catalogue import INSATSER
from contracts.codes import (
    ActivityExtent,
    ActivityOutcome,
    FollowUpReason,
    FollowUpResult,
    MeetingMode,
    Member,
    Sex,
)
from deploy.demo.chance import Chance, repeated
from deploy.demo.days import months_after, weeks, working_day
from deploy.demo.lives import Activity, HeldFollowUp, Life, LotsAssignment, Meeting, Samplan, Session
from deploy.demo.referrals import ALL_KINDS, Referrals

FINSAM: Final = "finsam-team"

_BY_DISTRICTS: Final = 102  # of 159 meetings, L113-114
_LOTS: Final = {Sex.WOMAN: 29, Sex.MAN: 15}  # L164
_SIX_MONTHS: Final[dict[tuple[FollowUpResult, FollowUpReason | None], int]] = {  # L146-150
    (FollowUpResult.ALL, None): 51,
    (FollowUpResult.SOME, FollowUpReason.UNDER_WAY): 15,
    (FollowUpResult.NONE, FollowUpReason.UNDER_WAY): 2,
    (FollowUpResult.NONE, FollowUpReason.NOT_REACHABLE): 2,
    (FollowUpResult.NONE, FollowUpReason.PLAN_NOT_FEASIBLE): 2,
}
_ACTIVITIES: Final = (  # work training is dealt out in training.py
    "individual_support",
    "health_care_contact",
    "benefit_application",
    "guidance",
    "job_seeking",
    "studies",
    "social_support",
)
_LAST_EVENT: Final = date(2021, 12, 22)
_TEAMS: Final = tuple(  # of the version of 2021
    dict.fromkeys(team for session in INSATSER[FINSAM].rule(2).sessions for team in session.resources)
)
_DISTRICT: Final = "district"
# How many of the other 57 each kind of office referred is ours: enough for the training asked for (L504-508).
_OTHERS: Final = {"forsakringskassan": 32, "jobbtorg": 13, "health_care": 12}


class Finsam:
    """Deals out the days of those whom a team meets."""

    def __init__(self, chance: Chance, referrals: Referrals) -> None:
        self._chance = chance
        self._referrals = referrals

    # Meetings -------------------------------------------------------------------------------------------

    def carried_in(self, sexes: Sequence[Sex]) -> list[Life]:
        """Met and started in 2020, sixty of them."""
        seats = self._seats(date(2020, 3, 9), date(2020, 6, 12), pairs=5, singles=4)
        seats += self._seats(date(2020, 8, 10), date(2020, 12, 4), pairs=18, singles=10)
        kinds = [ALL_KINDS] * len(sexes)
        return [self._met(*chosen) for chosen in zip(sexes, self._chance.shuffled(seats), kinds, strict=True)]

    def started(self, sexes: Sequence[Sex]) -> list[Life]:
        """Met in 2021: those who started, and the one whose sex is "other".

        That person met a team and got a plan but never started the insats. So the 159 of FINSAM-team
        (82 + 76 + 1, L129-131) and the totals, which know women and men only, both hold.
        """
        met = (*sexes, Sex.OTHER)
        seats = self._seats(date(2021, 1, 18), date(2021, 6, 11), pairs=34, singles=15)
        seats += self._seats(date(2021, 8, 16), date(2021, 12, 3), pairs=30, singles=16)
        kinds: list[tuple[str, ...]] = [(_DISTRICT,)] * _BY_DISTRICTS
        kinds += [(kind,) for kind in repeated(_OTHERS)]
        seats, kinds = self._chance.shuffled(seats), self._chance.shuffled(kinds)
        return [self._met(*chosen) for chosen in zip(met, seats, kinds, strict=True)]

    def queued(self, sexes: Sequence[Sex]) -> list[Life]:
        """Taken on in December 2021, with a place at a meeting in January."""
        seats = self._seats(date(2022, 1, 10), date(2022, 1, 28), pairs=len(sexes) // 2, singles=len(sexes) % 2)
        return [self._queued(sex, seat) for sex, seat in zip(sexes, seats, strict=True)]

    def _seats(self, first: date, last: date, pairs: int, singles: int) -> list[Session]:
        """Seats at team meetings: two in each of ``pairs`` sessions, one in each of ``singles`` (L243-244)."""
        possible = {
            Session(team, working_day(monday + timedelta(days=number % 5)), starts_at)
            for monday in weeks(first, last)
            for number, team in enumerate(_TEAMS)
            for starts_at in (time(9), time(10, 30), time(13))
        }
        in_order = sorted(possible, key=lambda session: (session.meets_on, session.team or "", session.starts_at))
        chosen = self._chance.sample(in_order, k=pairs + singles)
        return chosen[:pairs] * 2 + chosen[pairs:]

    def _met(self, sex: Sex, seat: Session, kinds: Sequence[str]) -> Life:
        """Referred in time for the meeting; the plan is made at it, and the start is within two weeks."""
        booked_on = self._chance.days_before(seat.meets_on, 7, 21)
        accepted_on = self._chance.days_before(booked_on, 0, 6)
        life = self._referrals.refer(FINSAM, sex, self._chance.days_before(accepted_on, 1, 10), kinds)
        starts = working_day(seat.meets_on + timedelta(days=self._chance.randint(0, 12)))
        return replace(
            life,
            accepted_on=accepted_on,
            meeting=Meeting(booked_on, seat, self._mode(), held=True),
            samplan=Samplan(seat.meets_on, self._planned(life.referral.needs)),
            started_on=None if sex is Sex.OTHER else starts,
        )

    def _queued(self, sex: Sex, seat: Session) -> Life:
        life = self._referrals.refer(FINSAM, sex, self._chance.day(date(2021, 11, 22), date(2021, 12, 10)))
        accepted_on = self._chance.day(life.referral.referred_on + timedelta(days=1), date(2021, 12, 15))
        booked_on = self._chance.day(accepted_on, _LAST_EVENT)
        return replace(life, accepted_on=accepted_on, meeting=Meeting(booked_on, seat, self._mode(), held=False))

    def _mode(self) -> MeetingMode:
        return self._chance.choices(list(MeetingMode), weights=(85, 10, 5))[0]

    def _planned(self, needs: Sequence[Member]) -> tuple[Activity, ...]:
        count = self._chance.choices((1, 2, 3), weights=(1, 5, 4))[0]
        kinds = self._chance.sample(_ACTIVITIES, k=count)
        return tuple(Activity(self._chance.choice(needs), kind) for kind in kinds)

    # What became of the plans -----------------------------------------------------------------------------

    def followed_up(self, lives: Sequence[Life]) -> list[Life]:
        """Adds activities, follow-ups and lotsar to lives whose meeting, consent and exit are settled."""
        able = [number for number, life in enumerate(lives) if _due_in_2021(life)]
        chosen = self._chance.sample(able, k=sum(_SIX_MONTHS.values()))
        findings = dict(zip(chosen, repeated(_SIX_MONTHS), strict=True))
        held = [
            self._six_months(life, *findings[number]) if number in findings else self._otherwise(life)
            for number, life in enumerate(lives)
        ]
        return [self._two_months(life) for life in self._with_lots(held)]

    def _otherwise(self, life: Life) -> Life:
        """No six-month follow-up held in 2021: it was held the year before, missed, superseded or not due."""
        if life.consents and _made_on(life) < date(2020, 7, 1):
            return self._six_months(life, FollowUpResult.ALL, None)
        last = min(_last_day(life), _made_on(life) + timedelta(days=200))
        if last < _made_on(life) + timedelta(days=40):
            return life
        return _with_activities(life, [self._drifting(life, activity, last) for activity in _planned(life)])

    def _drifting(self, life: Life, activity: Activity, last: date) -> Activity:
        match self._chance.randrange(3):
            case 0:
                return activity
            case 1:
                return self._begun(life, activity, last)
            case _:
                return self._completed(life, activity, last)

    def _six_months(self, life: Life, result: FollowUpResult, reason: FollowUpReason | None) -> Life:
        nominal = months_after(_made_on(life), 6)
        last = min(nominal + timedelta(days=14), _last_day(life), nominal.replace(month=12, day=22))
        held_on = self._chance.day(nominal - timedelta(days=5), last)
        activities = self._found(life, result, reason, held_on)
        held = HeldFollowUp(6, held_on, result, reason)
        return replace(_with_activities(life, activities), follow_ups=(held,))

    def _found(self, life: Life, result: FollowUpResult, reason: FollowUpReason | None, by: date) -> list[Activity]:
        """Activities such that a follow-up on that day finds what the result says."""
        first, *rest = _planned(life)
        match result:
            case FollowUpResult.ALL:
                return [self._completed(life, activity, by) for activity in (first, *rest)]
            case FollowUpResult.SOME:
                partly = replace(self._completed(life, first, by), extent=ActivityExtent.PARTLY)
                return [partly, *(self._begun(life, activity, by) for activity in rest)]
            case FollowUpResult.NONE if reason is FollowUpReason.UNDER_WAY:
                return [self._begun(life, activity, by) for activity in (first, *rest)]
            case FollowUpResult.NONE:
                return [first, *rest]

    def _begun(self, life: Life, activity: Activity, by: date) -> Activity:
        first, last = _made_on(life) + timedelta(days=7), _made_on(life) + timedelta(days=80)
        return replace(activity, started_on=self._chance.day(first, min(last, by)))

    def _completed(self, life: Life, activity: Activity, by: date) -> Activity:
        """Begun two weeks or more before ``by``, carried out a week or more later."""
        first, last = _made_on(life) + timedelta(days=7), _made_on(life) + timedelta(days=80)
        started_on = self._chance.day(first, min(last, by - timedelta(days=14)))
        completed_on = self._chance.day(started_on + timedelta(days=7), by)
        return replace(activity, started_on=started_on, completed_on=completed_on)

    def _with_lots(self, lives: list[Life]) -> list[Life]:
        for sex, count in _LOTS.items():
            able = [number for number, life in enumerate(lives) if life.sex is sex and _has_time(life)]
            for number in self._chance.sample(able, k=count):
                lives[number] = replace(lives[number], lots=self._lots(lives[number]))
        return lives

    def _lots(self, life: Life) -> LotsAssignment:
        first = _first_day_of_lots(life)
        last = min(first + timedelta(days=60), _last_day(life))
        return LotsAssignment(self._chance.day(first, last), self._chance.choice(("lova", "lots-2")))

    def _two_months(self, life: Life) -> Life:
        """Most plans are followed up by the lotsar after two months (L171, L194-195)."""
        nominal = months_after(_made_on(life), 2)
        first, last = nominal - timedelta(days=5), nominal + timedelta(days=14)
        if last > _last_day(life) or self._chance.random() < 0.12:
            return life
        held_on = self._chance.day(first, last)
        held = HeldFollowUp(2, held_on, *_findings(_planned(life), held_on))
        return replace(life, follow_ups=(held, *life.follow_ups))


def _plan(life: Life) -> Samplan:
    if life.samplan is None:
        raise ValueError("only a life with a samplan is followed up")
    return life.samplan


def _made_on(life: Life) -> date:
    return _plan(life).made_on


def _planned(life: Life) -> tuple[Activity, ...]:
    return _plan(life).activities


def _with_activities(life: Life, activities: Iterable[Activity]) -> Life:
    return replace(life, samplan=replace(_plan(life), activities=tuple(activities)))


def _last_day(life: Life) -> date:
    """The last day on which something is done with the plan: before the exit, and before Christmas 2021."""
    return life.exit.exited_on - timedelta(days=1) if life.exit else _LAST_EVENT


def _due_in_2021(life: Life) -> bool:
    """A six-month follow-up can be held in 2021, with consent and before any exit."""
    nominal = months_after(_made_on(life), 6)
    in_year = date(2021, 1, 11) <= nominal <= _LAST_EVENT
    return life.consents and in_year and nominal + timedelta(days=7) <= _last_day(life)


def _first_day_of_lots(life: Life) -> date:
    return max(life.started_on or _made_on(life), date(2021, 1, 4))


def _has_time(life: Life) -> bool:
    return _first_day_of_lots(life) + timedelta(days=7) <= _last_day(life)


def _findings(activities: Sequence[Activity], held_on: date) -> tuple[FollowUpResult, FollowUpReason | None]:
    outcomes = {activity.outcome(held_on) for activity in activities}
    begun = any(activity.started_on and activity.started_on <= held_on for activity in activities)
    if outcomes == {ActivityOutcome.FULLY}:
        return FollowUpResult.ALL, None
    if outcomes == {ActivityOutcome.NOT_DONE}:
        return FollowUpResult.NONE, FollowUpReason.UNDER_WAY if begun else FollowUpReason.NOT_REACHABLE
    return FollowUpResult.SOME, FollowUpReason.UNDER_WAY
