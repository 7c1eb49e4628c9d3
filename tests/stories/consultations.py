"""What an insats that answers questions notes of them, by the decisions of referral, without server or broker."""

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
from contracts.referral import SOURCE, ConsultationHeld
from services.referral.domain.consultation import OTHER, HoldConsultation, hold, take_back

_IDS: Final = UUID(int=2023)
_NOTED: Final = re.compile(
    r"Konsultation med (?P<asker>.+?), (?P<forum>.+?): (?P<topic>.+?)\. Ledde till: (?P<led_to>.+)\."
)
_TAKEN_BACK: Final = re.compile(r"Den senast noterade var felregistrerad\.")
_COUNTED: Final = re.compile(r"Konsultationer hittills: (?P<total>\d+)\.(?: (?P<parts>.+)\.)?")


@dataclass
class Consultations:
    """Each consultation's stream, in the order in which they were noted."""

    insats: Insats
    streams: list[list[AnyEvent]] = field(default_factory=list)

    def carry_out(self, day: date, text: str) -> None:
        """Does what a sentence says, or checks what it expects. Raises AssertionError or Refused."""
        if found := _NOTED.fullmatch(text):
            self.streams.append([])
            self._append(hold(self._asked(day, found)), day)
        elif _TAKEN_BACK.fullmatch(text):
            self._append(take_back(self.streams[-1], day), day)
        elif found := _COUNTED.fullmatch(text):
            self._expect(found["total"], found["parts"])
        else:
            raise AssertionError(f"no sentence like: {text}")

    def counted(self) -> list[ConsultationHeld]:
        """Those that count."""
        events = (event.data for stream in self.streams for event in effective(stream))
        return [fact for fact in events if isinstance(fact, ConsultationHeld)]

    def _expect(self, total: str, parts: str | None) -> None:
        counted = self.counted()
        assert len(counted) == int(total), f"expected {total} consultations, but there were {len(counted)}"
        for part in (parts or "").split(", ") if parts else []:
            asker, _, number = part.rpartition(" ")
            found = sum(self._label(each.happened_on, each.asker) == asker for each in counted)
            assert found == int(number), f"expected {number} of {asker}, but there were {found}"

    def _asked(self, day: date, found: re.Match[str]) -> HoldConsultation:
        rule = self.insats.rule_on(day)
        askers = (*rule.consultation_askers, OTHER) if rule else ()
        return HoldConsultation(
            self.insats,
            day,
            next(
                (code for code in askers if self._label(day, code) == found["asker"]), f"no asker {found['asker']!r}"
            ),
            _code("consultation_forums", found["forum"]),
            _code("consultation_topics", found["topic"]),
            _code("consultation_outcomes", found["led_to"]),
            day,
        )

    def _label(self, day: date, code: str) -> str:
        rule = self.insats.rule_on(day)
        role = rule.role(code) if rule else None
        if code == OTHER:
            return word_label("consultation_askers", code)
        return role.label if role else word_label("unit_kinds", code)

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


def _code(among: str, label: str) -> str:
    found = [code for code, called in words()[among].items() if called == label]
    assert found, f"{label!r} is none of {', '.join(words()[among].values())}"
    return found[0]
