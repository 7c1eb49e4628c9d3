"""given / when / then for deciders: what had happened, what is asked, and what comes of it.

    spec = DeciderSpec(decide=decide, evolve=evolve, initial=NotReferred())

    spec.given(received, accepted).when(StartInsats(...)).then(started)
    spec.given(received).when(StartInsats(...)).then_refused("not_accepted")

A decider is any pair of pure functions: ``decide(command, state) -> facts``, which raises
:class:`contracts.problems.Refused`, and ``evolve(state, fact) -> state``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

from contracts.problems import Refused

Command = TypeVar("Command")
State = TypeVar("State")
Happened = TypeVar("Happened")


@dataclass(frozen=True)
class DeciderSpec(Generic[Command, State, Happened]):
    """The decider under test and the state before anything happened."""

    decide: Callable[[Command, State], Sequence[Happened]]
    evolve: Callable[[State, Happened], State]
    initial: State

    def given(self, *facts: Happened) -> "Given[Command, State, Happened]":
        """What had happened, in order. No facts: nothing had."""
        return Given(self, reduce(self.evolve, facts, self.initial))


@dataclass(frozen=True)
class Given(Generic[Command, State, Happened]):
    """A decider in the state its facts led to."""

    spec: DeciderSpec[Command, State, Happened]
    state: State

    def when(self, command: Command) -> "Outcome[Happened]":
        """Asks for something. Only a refusal is caught: any other exception is a defect and fails the test."""
        try:
            return Outcome(facts=tuple(self.spec.decide(command, self.state)), refused=None)
        except Refused as refused:
            return Outcome(facts=(), refused=refused)


@dataclass(frozen=True)
class Outcome(Generic[Happened]):
    """What came of it; one of the verbs must be called to test anything."""

    facts: tuple[Happened, ...]
    refused: Refused | None

    def then(self, *expected: Happened) -> None:
        """Exactly these facts, in this order."""
        assert expected, "say then_nothing_happened() when no facts are expected"
        assert self._facts() == expected

    def then_nothing_happened(self) -> None:
        """It was allowed, and there was nothing to tell."""
        assert self._facts() == ()

    def then_refused(self, code: str, *, field: str | None = None) -> None:
        """It was refused with this code and, for a fault in the request, this field."""
        assert self.refused is not None, f"was not refused: {self.facts}"
        assert (self.refused.code, self.refused.field) == (code, field)
        assert self.refused.message, "a refusal tells people what to do"

    def _facts(self) -> tuple[Happened, ...]:
        if self.refused is not None:
            raise AssertionError(f"was refused: {self.refused.code}") from self.refused
        return self.facts
