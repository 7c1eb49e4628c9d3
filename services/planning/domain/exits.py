"""What is answered of an exit beside its reason: asked where the insats' rule says so, and nowhere else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from contracts.catalogue import Rule
from contracts.catalogue.results import Exits
from contracts.catalogue.vocabulary import words
from contracts.codes import Benefit
from contracts.planning import ParticipantExited
from contracts.problems import Invalid


@dataclass(frozen=True)
class ExitAnswers:
    """Each is None where it was not asked, or is withheld for want of consent.

    ``extent_percent``: of full time. ``support``: in the work, a word also for none. ``livelihood``: the benefits
    that are kept.
    """

    destination: str | None = None
    extent_percent: int | None = None
    support: str | None = None
    livelihood: tuple[Benefit, ...] | None = None
    why: str | None = None
    continued_planning: bool | None = None

    def given(self) -> Mapping[str, Any]:
        """Those that have an answer, by field."""
        answers = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: answer for name, answer in answers.items() if answer is not None}


NO_ANSWERS: Final = ExitAnswers()


def answers_of(fact: ParticipantExited) -> ExitAnswers:
    """What an exit says."""
    return ExitAnswers(**{each.name: getattr(fact, each.name) for each in fields(ExitAnswers)})


@dataclass(frozen=True)
class _Need:
    """A word of the catalogue's exit_needs: the field that answers it, and what is said if it does not."""

    field: str
    missing: str


_NEEDS: Final[Mapping[str, _Need]] = {
    "destination": _Need("destination", "Ange vart personen går efter insatsen."),
    "extent": _Need("extent_percent", "Ange omfattningen i procent av heltid, 1 till 100."),
    "support": _Need("support", "Ange vilket stöd som finns i arbetet, eller att det inte finns något."),
    "kept_benefit": _Need("livelihood", "Ange vilken ersättning personen behåller, eller att ingen behålls."),
    "why": _Need("why", "Ange varför personen går tillbaka till uppdragsgivaren."),
    "continued_planning": _Need("continued_planning", "Ange om det finns en fortsatt planering, ja eller nej."),
}
"""``grade`` is asked of a course's participants, not of an exit."""

LISTS: Final[Mapping[str, str]] = {"support": "exit_supports", "why": "exit_whys", "destination": "destinations"}
"""By field, the catalogue's list of the words that answer it."""


def needed(exits: Exits, reason: str) -> tuple[str, ...]:
    """The fields that must be answered when somebody leaves for a reason, in the order in which they are asked."""
    of_reason = next((each.needs for each in exits.reasons if each.code == reason), ())
    asked = {*exits.needs, *of_reason}
    return tuple(need.field for word, need in _NEEDS.items() if word in asked)


def optional(exits: Exits, reason: str) -> tuple[str, ...]:
    """The fields that may be answered too: where the rule lists destinations without asking for one."""
    return ("destination",) if exits.destinations and "destination" not in needed(exits, reason) else ()


def choices(exits: Exits, field: str) -> tuple[str, ...]:
    """The words a field may be answered with."""
    if field == "destination" and exits.destinations:
        return exits.destinations
    return tuple(words()[LISTS[field]])


def check(answers: ExitAnswers, rule: Rule, reason: str) -> None:
    """Raises Invalid for an answer that is missing, not asked for, or none of the words to choose from."""
    exits = rule.exits
    if exits is None:
        raise LookupError("an insats without exits has no reasons")
    given = answers.given()
    required = needed(exits, reason)
    for need in _NEEDS.values():
        if need.field in required and need.field not in given:
            raise Invalid(f"{need.field}_missing", need.missing, need.field)
    allowed = {*required, *optional(exits, reason)}
    for field in given:
        if field not in allowed:
            message = f"Lämna det tomt: {_CALLED[field]} frågas det inte om vid det här avslutet."
            raise Invalid(f"{field}_not_used", message, field)
    for field in _wrong(exits, given):
        raise Invalid(f"{field}_unknown", f"Välj ett av: {', '.join(choices(exits, field))}.", field)
    if not 1 <= given.get("extent_percent", 100) <= 100:
        raise Invalid("extent_percent_missing", _NEEDS["extent"].missing, "extent_percent")


def _wrong(exits: Exits, given: Mapping[str, Any]) -> Iterator[str]:
    for field in LISTS:
        if field in given and given[field] not in choices(exits, field):
            yield field


_CALLED: Final[Mapping[str, str]] = {
    "destination": "vart personen går",
    "extent_percent": "omfattning",
    "support": "stöd i arbetet",
    "livelihood": "ersättning som behålls",
    "why": "varför",
    "continued_planning": "fortsatt planering",
}
