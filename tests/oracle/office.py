"""Reporting's tables of the office's facts: frozen and signed reports, amounts, answers to surveys, deviations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tests.oracle.story import Sent, Story
from tests.oracle.table import Row, Table

_OF_AMOUNT = ("period", "budget", "item", "line", "kind")
_OF_DEVIATION = ("area", "kind", "member", "unit", "insats")


def tables(story: Story, counting: Mapping[UUID, Sequence[Sent]]) -> Iterator[Table]:
    """What they must hold. ``counting``: the events of each stream that count."""
    yield Table(
        "frozen_report",
        ("report_id",),
        ("period_id", "known_until", "frozen_at", "figures", "hash"),
        {(sent.case,): _frozen(sent) for sent in story.of_type("ReportFrozen")},
        sealed=("content",),  # its hash is compared
    )
    yield Table(
        "amount",
        ("amount_id",),
        ("period_id", "budget", "item", "line", "kind"),
        {(sent.case,): tuple(sent.data[name] for name in _OF_AMOUNT) for sent in story.of_type("AmountBooked")},
    )
    yield Table(
        "survey_answer",
        ("case_id", "question"),
        ("survey", "respondents", "insats", "sex", "answer", "answered_on"),
        {
            (stream, answer["question"]): _survey_answer(sent, answer["answer"])
            for stream, events in counting.items()
            for sent in events
            if sent.type == "SurveyAnswered"
            for answer in sent.data["answers"]
        },
    )
    yield Table(
        "signed_report",
        ("report_id", "revision"),
        ("form", "insats", "period_id", "known_until", "signed_at", "hash", "returned_at", "approved_at"),
        {
            (sent.case, sent.data["revision"]): _signed(sent, story.of_type("ReportReturned", "ReportApproved"))
            for sent in story.of_type("ReportSigned")
        },
        sealed=("content", "reason"),  # the content's hash is compared
    )
    yield from _deviations(story, counting)


def _deviations(story: Story, counting: Mapping[UUID, Sequence[Sent]]) -> Iterator[Table]:
    latest = {stream: {each.type: each for each in events} for stream, events in counting.items()}
    reported = {sent.case: sent for sent in story.of_type("DeviationReported")}
    closed = {stream: _closed(latest[stream].get("DeviationClosed")) for stream in reported}
    yield Table(
        "deviation",
        ("case_id",),
        (*_OF_DEVIATION, "occurred_on", "closed_on", "measure"),
        {
            (stream,): (*_deviation(sent), *closed[stream])
            for stream, sent in reported.items()
            if "DeviationReported" in latest[stream]
        },
    )
    yield Table(
        "reported_deviation",
        ("deviation_id",),
        (
            *(*_OF_DEVIATION, "happened_on", "closed_on", "measure"),
            *("reported_at", "reported_by", "taken_back"),
        ),
        {
            (stream,): (
                *(*_deviation(sent), *closed[stream]),
                *(sent.recorded, sent.event["actor"], "DeviationReported" not in latest[stream]),
            )
            for stream, sent in reported.items()
        },
        sealed=("what", "done"),  # words are in no event
    )


def _deviation(sent: Sent) -> Sequence[Any]:
    return *(sent.data.get(name) for name in _OF_DEVIATION), date.fromisoformat(sent.data["happened_on"])


def _closed(sent: Sent | None) -> Sequence[Any]:
    return (None, None) if sent is None else (date.fromisoformat(sent.data["happened_on"]), sent.data["measure"])


def _frozen(sent: Sent) -> Row:
    told = sent.data
    known_until, frozen_at = (
        datetime.fromisoformat(text) for text in (told["known_until"], sent.event["recordedtime"])
    )
    return told["period"], known_until, frozen_at, told["figures"], bytes.fromhex(told["content_sha256"])


def _signed(sent: Sent, answers: Iterable[Sent]) -> Row:
    told = sent.data
    known_until, signed_at = (datetime.fromisoformat(text) for text in (told["known_until"], _recorded(sent)))
    answered = {
        each.type: datetime.fromisoformat(_recorded(each))
        for each in answers
        if (each.case, each.data["revision"]) == (sent.case, told["revision"])
    }
    return (
        *(told["form"], told["insats"], told["period"], known_until, signed_at),
        *(bytes.fromhex(told["content_sha256"]), answered.get("ReportReturned"), answered.get("ReportApproved")),
    )


def _recorded(sent: Sent) -> str:
    return str(sent.event["recordedtime"])


def _survey_answer(sent: Sent, answer: str) -> Row:
    told = sent.data
    return (
        told["survey"],
        told["respondents"],
        told.get("insats"),
        told["sex"],
        answer,
        date.fromisoformat(told["happened_on"]),
    )
