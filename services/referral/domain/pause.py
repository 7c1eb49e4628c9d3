"""Pauses of the intake: a door of an insats is shut for a while. The doors of an insats are one stream.

Only doors that the catalogue calls pausable can be: to others the insats has promised that it is open.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid5

from contracts.catalogue import Insats, Rule
from contracts.corrections import effective
from contracts.envelope import Event, Fact
from contracts.problems import Conflict, Invalid, NotFound
from contracts.referral import IntakePaused, IntakeResumed

_NAMESPACE: Final = UUID("0b8f5a52-9a0b-4f43-8f6f-4c1a9b0f7f34")

Paused = Mapping[str, date]
"""The doors of an insats that are shut, each since its first day."""


@dataclass(frozen=True)
class Pause:
    """Shut a door from a day on. ``insats``: None for one that the catalogue lacks."""

    insats: Insats | None
    door: str
    paused_on: date
    today: date


@dataclass(frozen=True)
class Resume:
    """Open a door again from a day on."""

    insats: Insats | None
    door: str
    resumed_on: date
    today: date


def stream_of(insats: str) -> UUID:
    """The stream of an insats' doors."""
    return uuid5(_NAMESPACE, insats)


def paused(log: Iterable[Event[Any]]) -> Paused:
    """The doors that are shut once everything in a log has happened."""
    return reduce(_evolve, (event.data for event in effective(log)), MappingProxyType({}))


def _evolve(shut: Paused, fact: Fact) -> Paused:
    match fact:
        case IntakePaused():
            return MappingProxyType({**shut, fact.door: fact.happened_on})
        case IntakeResumed():
            return MappingProxyType({door: since for door, since in shut.items() if door != fact.door})
        case _:
            return shut


def decide(command: Pause | Resume, shut: Paused) -> IntakePaused | IntakeResumed:
    """The fact. Raises NotFound, Conflict, Invalid."""
    insats = command.insats
    rule = None if insats is None else insats.rule_on(command.today)
    door = None if rule is None else rule.door(command.door)
    if insats is None or door is None:
        raise NotFound("door_unknown", "Insatsen har ingen sådan väg in i dag.")
    if isinstance(command, Resume):
        return _resume(command, insats, shut)
    if not door.pausable:
        raise Conflict("door_not_pausable", "Den vägen in får enligt katalogen inte stängas för uppehåll.")
    if command.door in shut:
        raise Conflict("already_paused", f"Intaget har redan uppehåll sedan {shut[command.door]}.")
    if command.paused_on < command.today:
        # Who was taken in meanwhile has a receipt that says so.
        raise Invalid("date_in_the_past", "Ange i dag eller en dag som kommer.", "paused_on")
    return IntakePaused(happened_on=command.paused_on, insats=insats.id, door=command.door)


def _resume(command: Resume, insats: Insats, shut: Paused) -> IntakeResumed:
    since = shut.get(command.door)
    if since is None:
        raise Conflict("not_paused", "Intaget är öppet, så det finns inget uppehåll att avsluta.")
    if command.resumed_on != command.today:
        raise Invalid("date_not_today", "Ett uppehåll avslutas den dag det gäller. Ange i dag.", "resumed_on")
    return IntakeResumed(happened_on=command.resumed_on, insats=insats.id, door=command.door)


def shut_for(rule: Rule, kinds: Collection[str], shut: Paused, today: date) -> bool:
    """True if every door that somebody of these kinds could come in by is shut today."""
    doors = rule.doors_for(*kinds)
    return bool(doors) and all((since := shut.get(door.id)) is not None and since <= today for door in doors)
