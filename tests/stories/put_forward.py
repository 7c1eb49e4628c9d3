"""Those put forward in a preparing group, by the decisions of referral, without server or broker."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID, uuid5

from contracts.catalogue import Insats
from contracts.catalogue.vocabulary import word_label, words
from contracts.corrections import effective
from contracts.envelope import Fact
from contracts.events import AnyEvent, event_of, midnight
from contracts.problems import Refused
from contracts.referral import SOURCE, PersonPutForward
from services.referral.domain.put_forward import PutForward, put_forward, take_back

_IDS: Final = UUID(int=2024)
_PUT: Final = re.compile(r"Aktualiserad av (?P<by>[^.:]+)(?:\. Ledde till: (?P<led_to>[^.]+)\.|: ”(?P<why>.+)”|\.)")
_TAKEN_BACK: Final = re.compile(r"Den senast aktualiserade var felregistrerad\.")
_COUNTED: Final = re.compile(r"Aktualiserade hittills: (?P<total>\d+)\.(?: (?P<parts>.+)\.)?")


@dataclass
class Group:
    """The stream of each that was put forward, in the order in which they were noted."""

    insats: Insats
    streams: list[list[AnyEvent]] = field(default_factory=list)

    def carry_out(self, day: date, text: str) -> None:
        """Does what a sentence says, or checks what it expects. Raises AssertionError or Refused."""
        if found := _PUT.fullmatch(text):
            self._put(day, found)
        elif _TAKEN_BACK.fullmatch(text):
            self._append(take_back(self.streams[-1], day), day)
        elif found := _COUNTED.fullmatch(text):
            self._expect(found["total"], found["parts"])
        else:
            raise AssertionError(f"no sentence like: {text}")

    def counted(self) -> list[PersonPutForward]:
        """Those that count."""
        events = (event.data for stream in self.streams for event in effective(stream))
        return [fact for fact in events if isinstance(fact, PersonPutForward)]

    def _put(self, day: date, found: re.Match[str]) -> None:
        command = PutForward(self.insats, day, _unit(found["by"]), _outcome(found["led_to"]), day)
        if found["why"] is not None:
            refusal = _refusal(command)
            assert refusal == found["why"], f"expected {found['why']!r}, but it was {refusal!r}"
            return
        self.streams.append([])
        self._append(put_forward(command), day)

    def _expect(self, total: str, parts: str | None) -> None:
        counted = self.counted()
        assert len(counted) == int(total), f"expected {total}, but there were {len(counted)}"
        for part in parts.split(", ") if parts else []:
            by, _, number = part.rpartition(" ")
            found = sum(word_label("unit_kinds", each.by) == by for each in counted)
            assert found == int(number), f"expected {number} by {by}, but there were {found}"

    def _append(self, fact: Fact, day: date) -> None:
        stream, nth = self.streams[-1], len(self.streams)
        stream.append(
            event_of(
                fact,
                event_id=uuid5(_IDS, f"{nth} {len(stream)}"),
                stream_id=uuid5(_IDS, f"{nth}"),
                sequence=len(stream) + 1,
                recorded=midnight(day),
                actor="worker:karin:coordinator",
                source=SOURCE,
            )
        )


def _refusal(command: PutForward) -> str | None:
    try:
        put_forward(command)
    except Refused as refused:
        return refused.message
    return None


def _unit(name: str) -> str:
    found = [code for code, called in words()["unit_kinds"].items() if called == name]
    assert found, f"{name!r} is none of {', '.join(words()['unit_kinds'].values())}"
    return found[0]


def _outcome(name: str | None) -> str:
    if name is None:
        return "nothing"
    found = [code for code, called in words()["put_forward_outcomes"].items() if called == name]
    assert found, f"{name!r} is none of {', '.join(words()['put_forward_outcomes'].values())}"
    return found[0]
