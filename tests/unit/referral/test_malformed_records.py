"""Every wrong record is refused for what is wrong with it; every strange one that is in order is taken in."""

from datetime import date

import pytest

from contracts.catalogue import AGENCIES, INSATSER
from services.referral.domain.judging import Admission, Known, Numbers, Rules, judge, rejected
from services.referral.domain.reading import read_submission
from tests.examples import some
from tests.malformed import AGENCY, NUMBER, Record, Wrong, malformed, strange_but_valid

_RULES = Rules(AGENCIES[AGENCY], INSATSER, Numbers.SYNTHETIC)
_TODAY = date(2021, 12, 31)


def _named(record: Record) -> str:
    return record.name


def test_there_are_at_least_two_hundred_of_every_kind() -> None:
    records = malformed()
    assert len(records) >= 200
    assert len({record.name for record in records}) == len(records)
    assert len({record.code for record in records}) >= 18


@pytest.mark.parametrize("record", some(malformed()), ids=_named)
def test_what_is_wrong_is_named(record: Wrong) -> None:
    submission = read_submission(record.value)
    found = judge(submission, _RULES, Known(), _TODAY)
    assert not isinstance(found, Admission)
    assert (record.field, record.code) in [(error.field, error.code) for error in found]
    assert all(error.message for error in found)
    receipt = rejected(submission, found, AGENCIES[AGENCY], None, _TODAY).model_dump_json()
    assert len(receipt) < 50_000
    assert NUMBER not in receipt
    assert NUMBER[2:] not in receipt


@pytest.mark.parametrize("record", strange_but_valid(), ids=_named)
def test_what_only_looks_wrong_is_taken_in(record: Record) -> None:
    assert isinstance(judge(read_submission(record.value), _RULES, Known(), _TODAY), Admission)
