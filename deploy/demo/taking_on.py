"""What follows a referral: the steps to the start that the rule of an insats asks for, or the return."""

from dataclasses import replace
from datetime import date, time

from contracts.catalogue.people import MeetingGate
from contracts.codes import MeetingMode
from deploy.demo.chance import Chance
from deploy.demo.lives import Life, Meeting, Returned, Session
from deploy.demo.referrals import refused, return_reasons, rule_on


def taken_on(chance: Chance, life: Life, accepted_on: date, started_on: date) -> Life:
    """The life accepted and started, with the meeting between them that the gate asks for."""
    gate = rule_on(life.referral.insats, accepted_on).gate
    meeting = None
    if isinstance(gate, MeetingGate):
        meeting = held(chance, accepted_on, chance.day(accepted_on, started_on))
    return replace(life, accepted_on=accepted_on, meeting=meeting, started_on=started_on)


def held(chance: Chance, accepted_on: date, meets_on: date) -> Meeting:
    """A meeting without a team, booked after the acceptance and held."""
    session = Session(None, meets_on, chance.choice((time(9), time(10), time(13))))
    return Meeting(chance.day(accepted_on, meets_on), session, MeetingMode.PHYSICAL, held=True)


def sent_back(chance: Chance, life: Life, first: date, last: date) -> Life:
    """The life returned on a day from ``first`` to ``last``; one in ten of the returned had not consented."""
    day = chance.day(first, last)
    life = replace(life, returned=Returned(day, chance.choice(return_reasons(life.referral.insats, day))))
    return refused(life) if chance.random() < 0.1 else life
