"""What may be answered in a survey, and what is said of what may not; and what is wrong with a declaration."""

from datetime import date
from pathlib import Path

import pytest

from contracts.catalogue.yaml_files import CatalogueError
from contracts.codes import Sex
from contracts.problems import Invalid
from contracts.surveys import SURVEYS, UNANSWERED, load_surveys
from services.reporting.domain.surveys import AnswersRefused, Questionnaire, all_answered, answered

_NNS = SURVEYS["nns"]
_DAY = date(2023, 5, 16)
_TODAY = date(2023, 11, 6)
_INSATSER = frozenset({"psykolog"})
_AVSLUT = {"avslut-1": "always", "avslut-6a": "yes", "avslut-6b": "wholly"}


def _filled(**changes: object) -> Questionnaire:
    whole = {"answered_on": _DAY, "respondents": "avslut", "sex": Sex.WOMAN, "insats": None, "answers": _AVSLUT}
    return Questionnaire(**{**whole, **changes})  # type: ignore[arg-type]


def test_a_question_that_was_asked_and_left_open_is_unanswered() -> None:
    fact = answered(_NNS, _filled(), _TODAY, _INSATSER)
    answers = {each.question: each.answer for each in fact.answers}
    assert answers["avslut-1"] == "always"
    assert answers["avslut-2"] == UNANSWERED
    assert answers["avslut-6c"] == UNANSWERED
    assert (fact.happened_on, fact.survey, fact.version, fact.sex) == (_DAY, "nns", 1, Sex.WOMAN)


def test_who_answered_no_is_not_asked_what_follows() -> None:
    fact = answered(_NNS, _filled(answers={"avslut-6a": "no"}), _TODAY, _INSATSER)
    assert {"avslut-6b", "avslut-6c"}.isdisjoint(each.question for each in fact.answers)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"answered_on": date(2023, 11, 7)}, "answered_on_invalid", "answered_on"),
        ({"answered_on": date(2021, 10, 31)}, "answered_on_invalid", "answered_on"),
        ({"respondents": "styrelse"}, "respondents_unknown", "respondents"),
        ({"insats": "psykologer"}, "insats_unknown", "insats"),
        ({"answers": {}}, "nothing_answered", "answers"),
        ({"answers": {"pagaende-1": "always"}}, "question_not_asked", "pagaende-1"),
        ({"answers": {"avslut-1": "wholly"}}, "answer_unknown", "avslut-1"),
        ({"answers": {"avslut-1": UNANSWERED}}, "answer_unknown", "avslut-1"),
        ({"answers": {"avslut-6a": "no", "avslut-6b": "wholly"}}, "not_asked_after_that", "avslut-6b"),
        ({"answers": {"avslut-6b": "wholly"}}, "not_asked_after_that", "avslut-6b"),
    ],
)
def test_what_is_refused(changes: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        answered(_NNS, _filled(**changes), _TODAY, _INSATSER)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_of_a_batch_all_is_said_and_nothing_taken() -> None:
    batch = [_filled(), _filled(respondents="styrelse"), _filled(answers={})]
    with pytest.raises(AnswersRefused) as refused:
        all_answered(_NNS, batch, _TODAY, _INSATSER)
    assert [(each.place, each.field) for each in refused.value.faults] == [(1, "respondents"), (2, "answers")]
    assert refused.value.field == "questionnaires.1.respondents"


_GOOD = """
id: small
version: 1
label: Liten enkät
valid_from: 2023-01-01
source: [sundsvall-2023:1915]
sex_split: {women: 10, men: 10, source: [sundsvall-2023:1925]}
scales:
  - {id: yes-no, options: [{id: "yes", label: ja, value: positive}, {id: "no", label: nej, value: negative}]}
groups:
  - id: all
    label: Alla
    questions:
      - {id: one, indicator: 1, scale: yes-no, text: "Ja?"}
      - {id: two, indicator: 1, scale: yes-no, text: "Säkert?", asked_if: {question: one, answer: "yes"}}
"""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('scale: yes-no, text: "Ja?"', 'scale: rainbow, text: "Ja?"', "no such scale: rainbow"),
        ("{question: one,", "{question: three,", "'three', which is not asked before it"),
        ('answer: "yes"', "answer: perhaps", "'perhaps', which is no answer to 'one'"),
        ("{id: two,", "{id: one,", "a question's id is used twice"),
        ("women: 10", "women: 0", "greater than or equal to 1"),
    ],
)
def test_a_wrong_declaration_is_said_with_its_file_and_line(tmp_path: Path, old: str, new: str, reason: str) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(_GOOD, encoding="utf-8")
    assert list(load_surveys(tmp_path)) == ["small"]
    assert old in _GOOD
    file.write_text(_GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError, match=reason) as refused:
        load_surveys(tmp_path)
    assert str(refused.value).startswith(f"{file}:") or str(refused.value).startswith("small.yaml:")


def test_two_files_cannot_declare_one_survey(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(_GOOD, encoding="utf-8")
    with pytest.raises(CatalogueError, match="declared twice"):
        load_surveys(tmp_path)
