"""Referrals of invented people, in order by the catalogue's rules."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final, TypeAlias

from contracts.agency import (
    Background,
    ConsentChoice,
    ConsentStatement,
    Officer,
    ReferralSubmitted,
    ReferredPerson,
    Referrer,
)
from contracts.catalogue import AGENCIES, INSATSER, Rule
from contracts.catalogue.vocabulary import words
from contracts.codes import Benefit, Education, Member, Sex
from deploy.demo.chance import Chance
from deploy.demo.identity import People
from deploy.demo.lives import Life

_PREFIX: Final = {
    "stockholms-stad": "SST",
    "forsakringskassan": "FK",
    "region-stockholm": "RS",
    "arbetsformedlingen": "AF",
    "sundsvalls-kommun": "SU",
    "region-vasternorrland": "RV",
}
STOCKHOLM: Final = ("stockholms-stad", "forsakringskassan", "region-stockholm", "arbetsformedlingen")
"""The agencies that refer to Stockholm's insatser."""
SUNDSVALL: Final = ("sundsvalls-kommun", "region-vasternorrland")
"""The agencies that refer to Sundsvall's."""

ALL_KINDS: Final = ("district", "jobbtorg", "forsakringskassan", "health_care")
"""The kinds of offices that refer people to any insats. Others do so only where the report says so (L686-687)."""

Office: TypeAlias = tuple[str, str]
"""An agency and one of its units."""


class Referrals:
    """Refers new people, each with consent until somebody says otherwise."""

    def __init__(self, chance: Chance, agencies: Sequence[str]) -> None:
        self._chance = chance
        self._agencies = agencies
        self._people = People(chance)

    def refer(self, insats: str, sex: Sex, referred_on: date, kinds: Sequence[str] = ALL_KINDS) -> Life:
        """Somebody new, referred by an office of one of these kinds. The reference is given last of all."""
        return self.refer_from(self._office(insats, referred_on, kinds), insats, sex, referred_on)

    def refer_from(self, office: Office, insats: str, sex: Sex, referred_on: date) -> Life:
        """Somebody new, referred by this office."""
        agency, unit = office
        given_name, family_name = self._people.name()
        referral = ReferralSubmitted(
            reference="0",
            insats=insats,
            referred_on=referred_on,
            referrer=Referrer(unit=unit, officer=self._officer()),
            person=ReferredPerson(
                identity_number=self._people.number(sex, self._age(insats, referred_on), referred_on),
                given_name=given_name,
                family_name=family_name,
                sex=sex,
                phone=f"070-1740{self._chance.randint(605, 699)}",
            ),
            needs=self._needs(insats, AGENCIES[agency].member),
            consent=ConsentStatement(choice=ConsentChoice.GIVEN, stated_on=referred_on),
            background=self._background(),
        )
        return Life(agency, referral)

    def _office(self, insats: str, referred_on: date, kinds: Sequence[str]) -> Office:
        parties, rule = INSATSER[insats].parties, rule_on(insats, referred_on)
        offices = [
            (agency, unit.id)
            for agency in self._agencies
            for unit in AGENCIES[agency].units
            if AGENCIES[agency].member in parties and unit.kind in kinds
        ]
        drawn = self._chance.choice(offices)
        admitted = [each for each in offices if rule.admits(AGENCIES[each[0]].member, None)]
        # One draw whoever is admitted, so that a door for fewer changes no other life.
        return drawn if drawn in admitted else admitted[offices.index(drawn) % len(admitted)]

    def _officer(self) -> Officer:
        given_name, family_name = self._people.name()
        email = f"{given_name}.{family_name}@example.org".lower()
        return Officer(name=f"{given_name} {family_name}", email=email)

    def _age(self, insats: str, referred_on: date) -> int:
        rule = rule_on(insats, referred_on)
        return self._chance.randint(rule.target.age.lower or 18, (rule.target.age.upper or 65) - 1)

    def _needs(self, insats: str, own: Member) -> tuple[Member, ...]:
        others = [member for member in INSATSER[insats].parties if member is not own]
        return (own, *self._chance.sample(others, k=self._chance.randint(1, min(2, len(others)))))

    def _background(self) -> Background:
        """Shares near those the report prints (L17-30), which add up to more than a hundred there."""
        benefits = self._chance.choices(list(Benefit), weights=(40, 30, 11, 8, 5, 3))
        return Background(
            education=self._chance.choices(list(Education), weights=(32, 36, 8, 17, 7))[0],
            benefits=tuple(benefits) if self._chance.random() > 0.26 else (),
            public_support_years=self._chance.choice((0, 1, 2, 3, 4, 5, 6, 7, 10, 12)),
        )


def rule_on(insats: str, day: date) -> Rule:
    """The rule of a day. Raises ValueError on a day that has none."""
    rule = INSATSER[insats].rule_on(day)
    if rule is None:
        raise ValueError(f"{insats} had no rules on {day}")
    return rule


def return_reasons(insats: str, day: date) -> Sequence[str]:
    """The codes a return may give: the rule's, or the catalogue's where the rule lists none."""
    returns = rule_on(insats, day).gate.returns
    return returns.reasons if returns is not None and returns.reasons else tuple(words()["return_reasons"])


def with_reference(life: Life, number: int) -> Life:
    """The agency's own reference: its letters and a running number."""
    reference = f"{_PREFIX[life.agency]}-{number:04d}"
    return replace(life, referral=life.referral.model_copy(update={"reference": reference}))


def agreed(life: Life) -> Life:
    """The same person, who said yes to individual follow-up when referred."""
    return _answered(life, ConsentChoice.GIVEN)


def refused(life: Life) -> Life:
    """The same person, who said no to individual follow-up when referred."""
    return _answered(life, ConsentChoice.REFUSED)


def _answered(life: Life, choice: ConsentChoice) -> Life:
    consent = ConsentStatement(choice=choice, stated_on=life.referral.referred_on)
    return replace(life, referral=life.referral.model_copy(update={"consent": consent}))
