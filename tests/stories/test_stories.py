"""A story for each file of the catalogue, in the words of those who work there: ``<id>.txt``, beside this file.

A line that begins with a day is done or checked (:mod:`tests.stories.sentences`); ``Fall:`` begins another person's
story; the first line is the insats' name; all other lines are for the reader.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from contracts.catalogue import INSATSER
from contracts.problems import Refused
from services.referral.domain.case import CaseState
from tests.stories.consultations import Consultations
from tests.stories.process import Process
from tests.stories.sentences import carry_out

FOLDER: Final = Path(__file__).parent
_DATED: Final = re.compile(r"(\d{4}-\d\d-\d\d)  (.+)")
_ENDS: Final = {CaseState.STARTED, CaseState.CLOSED, CaseState.RETURNED}

CALLED: Final = frozenset({"beredningsgrupp", "samsip"})
"""A preparing group and a form of plan, to which people are called. There is no command to call one, and a referral
to one is rejected, so there is nothing yet that a story could be about."""

REFERRED: Final = frozenset(
    insats.id for insats in INSATSER.values() if any(rule.takes_referrals for rule in insats.versions)
)
ASKED: Final = frozenset(
    insats.id
    for insats in INSATSER.values()
    if insats.id not in REFERRED and any(rule.consultation_askers for rule in insats.versions)
)
"""Functions: they answer consultations and have no participants."""


@dataclass
class Story:
    """One person's story: its heading, and its sentences with their line numbers and days."""

    heading: str
    sentences: list[tuple[int, date, str]] = field(default_factory=list)


def stories(insats_id: str) -> Iterator[Story]:
    """The stories of an insats. Raises FileNotFoundError if it has none."""
    story = Story("")
    for number, line in enumerate((FOLDER / f"{insats_id}.txt").read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("Fall: "):
            if story.sentences:
                yield story
            story = Story(line.removeprefix("Fall: "))
        elif found := _DATED.fullmatch(line):
            story.sentences.append((number, date.fromisoformat(found[1]), found[2]))
    yield story


@pytest.mark.parametrize("insats_id", sorted(REFERRED))
def test_the_story_of(insats_id: str) -> None:
    for story in stories(insats_id):
        assert story.sentences, f"{insats_id}.txt: {story.heading or 'the file'} has no sentence with a day"
        process = Process(INSATSER[insats_id])
        for number, day, text in story.sentences:
            try:
                carry_out(process, day, text)
            except (AssertionError, Refused) as failure:
                why = failure.message if isinstance(failure, Refused) else failure
                raise AssertionError(f"{insats_id}.txt:{number}: {day} {text}\n{why}") from failure
        assert process.state in _ENDS, f"{insats_id}.txt: {story.heading} ends before a start or a return"


def test_each_story_belongs_to_a_file_of_the_catalogue_and_bears_its_name() -> None:
    for path in FOLDER.glob("*.txt"):
        assert path.read_text(encoding="utf-8").splitlines()[0] == INSATSER[path.stem].name


@pytest.mark.parametrize("insats_id", sorted(ASKED))
def test_the_consultations_of(insats_id: str) -> None:
    for story in stories(insats_id):
        consultations = Consultations(INSATSER[insats_id])
        for number, day, text in story.sentences:
            try:
                consultations.carry_out(day, text)
            except (AssertionError, Refused) as failure:
                why = failure.message if isinstance(failure, Refused) else failure
                raise AssertionError(f"{insats_id}.txt:{number}: {day} {text}\n{why}") from failure
        assert consultations.counted(), f"{insats_id}.txt: {story.heading} has no consultation that counts"


def test_only_those_that_people_are_called_to_have_no_story() -> None:
    assert INSATSER.keys() - REFERRED - ASKED == CALLED
    assert not [each for each in CALLED if (FOLDER / f"{each}.txt").exists()]


def test_a_sentence_that_is_not_understood_or_is_not_true_fails_its_story() -> None:
    process = Process(INSATSER["aktivitetsplatsen"])
    for text in ("Deltagaren sover.", "Anmälaren har fått veta: antagen."):
        with pytest.raises(AssertionError):
            carry_out(process, date(2021, 3, 1), text)
