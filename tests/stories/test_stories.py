"""A story for each file of the catalogue, in the words of those who work there: ``<id>.txt``, beside this file.

A line that begins with a day is done or checked (:mod:`tests.stories.sentences`); ``Fall:`` begins another person's
story; the first line is the insats' name; all other lines are for the reader.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from contracts.catalogue import INSATSER
from contracts.problems import Refused
from services.referral.domain.case import CaseState
from tests.stories.calls import Calls
from tests.stories.consultations import Consultations
from tests.stories.process import Process
from tests.stories.put_forward import Group
from tests.stories.sentences import carry_out

FOLDER: Final = Path(__file__).parent
_DATED: Final = re.compile(r"(\d{4}-\d\d-\d\d)  (.+)")
_ENDS: Final = {CaseState.STARTED, CaseState.CLOSED, CaseState.RETURNED}

REFERRED: Final = frozenset(
    insats.id for insats in INSATSER.values() if any(rule.takes_referrals for rule in insats.versions)
)
ASKED: Final = frozenset(
    insats.id
    for insats in INSATSER.values()
    if insats.id not in REFERRED and any(rule.consultation_askers for rule in insats.versions)
)
"""Functions: they answer consultations and have no participants."""

CALLED: Final = frozenset(
    insats.id for insats in INSATSER.values() if "plan_form" in insats.kinds and insats.id not in REFERRED | ASKED
)
"""Forms of plan, to which parties are called about somebody's case."""

PREPARING: Final = frozenset(
    insats.id for insats in INSATSER.values() if any(rule.put_forward_by for rule in insats.versions)
)
"""Groups in which people are put forward."""


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


def _tell(insats_id: str, story: Story, carry_out: Callable[[date, str], None]) -> None:
    """Carries out each sentence. Raises AssertionError with the line of the first that does not hold."""
    for number, day, text in story.sentences:
        try:
            carry_out(day, text)
        except (AssertionError, Refused) as failure:
            why = failure.message if isinstance(failure, Refused) else failure
            raise AssertionError(f"{insats_id}.txt:{number}: {day} {text}\n{why}") from failure


@pytest.mark.parametrize("insats_id", sorted(REFERRED))
def test_the_story_of(insats_id: str) -> None:
    for story in stories(insats_id):
        assert story.sentences, f"{insats_id}.txt: {story.heading or 'the file'} has no sentence with a day"
        process = Process(INSATSER[insats_id])
        _tell(insats_id, story, partial(carry_out, process))
        assert process.state in _ENDS, f"{insats_id}.txt: {story.heading} ends before a start or a return"


def test_each_story_belongs_to_a_file_of_the_catalogue_and_bears_its_name() -> None:
    for path in FOLDER.glob("*.txt"):
        assert path.read_text(encoding="utf-8").splitlines()[0] == INSATSER[path.stem].name


@pytest.mark.parametrize("insats_id", sorted(ASKED))
def test_the_consultations_of(insats_id: str) -> None:
    for story in stories(insats_id):
        consultations = Consultations(INSATSER[insats_id])
        _tell(insats_id, story, consultations.carry_out)
        assert consultations.counted(), f"{insats_id}.txt: {story.heading} has no consultation that counts"


@pytest.mark.parametrize("insats_id", sorted(CALLED))
def test_the_calls_to(insats_id: str) -> None:
    for story in stories(insats_id):
        calls = Calls(INSATSER[insats_id])
        _tell(insats_id, story, calls.carry_out)
        assert calls.decided(), f"{insats_id}.txt: {story.heading} decides neither on a call nor against one"


@pytest.mark.parametrize("insats_id", sorted(PREPARING))
def test_those_put_forward_in(insats_id: str) -> None:
    for story in stories(insats_id):
        group = Group(INSATSER[insats_id])
        _tell(insats_id, story, group.carry_out)
        assert group.counted(), f"{insats_id}.txt: {story.heading} puts nobody forward"


def test_every_file_of_the_catalogue_has_its_stories() -> None:
    kinds = (REFERRED, ASKED, CALLED, PREPARING)
    assert INSATSER.keys() == frozenset().union(*kinds)
    assert sum(map(len, kinds)) == len(INSATSER), "a file's stories are of one kind"


def test_a_sentence_that_is_not_understood_or_is_not_true_fails_its_story() -> None:
    process = Process(INSATSER["aktivitetsplatsen"])
    for text in ("Deltagaren sover.", "Anmälaren har fått veta: antagen."):
        with pytest.raises(AssertionError):
            carry_out(process, date(2021, 3, 1), text)


def test_a_sentence_about_a_call_that_is_not_true_fails_its_story() -> None:
    day = date(2021, 3, 2)
    calls = Calls(INSATSER["samsip"])
    calls.carry_out(day, "En kvinna på 38 år är antagen till MIA Vidare.")
    sent = "SamSIP initieras av kommunen. Kallas: regionen. Samtycke finns till alla. Möte 2021-03-16."
    refused = f"{sent} Kallelsen skickas inte: ”Nej.”"
    for text in ("Planen gäller.", "Väntas: regionen, senast 2021-03-23.", "I ärendet står: ”Ja.”", refused):
        with pytest.raises(AssertionError):
            calls.carry_out(day, text)
    calls.carry_out(day, sent)
    for text in ("Ingen väntas.", "Väntas: regionen, senast 2021-03-24.", "Uppföljningar ska göras: 2021-06-15."):
        with pytest.raises(AssertionError):
            calls.carry_out(day, text)


def test_a_sentence_about_a_group_that_is_not_true_fails_its_story() -> None:
    group = Group(INSATSER["beredningsgrupp"])
    day = date(2023, 2, 7)
    group.carry_out(day, "Aktualiserad av socialtjänsten.")
    for text in ("Aktualiserad av socialtjänsten: ”Nej.”", "Aktualiserade hittills: 2.", "Gruppen åt lunch."):
        with pytest.raises(AssertionError):
            group.carry_out(day, text)
