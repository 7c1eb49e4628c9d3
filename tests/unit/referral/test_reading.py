"""Reading never fails, whatever the record holds; what can be read is read."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from contracts.agency import ReferralSubmittedEvent, RejectionCode
from services.referral.domain.reading import Legible, Malformed, Submission, Wellformed, read_submission
from tests.malformed import NUMBER, Path, changed, encode, message, without

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_PATHS: list[Path] = [
    ("id",),
    ("time",),
    ("data",),
    ("data", "reference"),
    ("data", "referred_on"),
    ("data", "referrer"),
    ("data", "referrer", "officer"),
    ("data", "person"),
    ("data", "person", "identity_number"),
    ("data", "needs"),
    ("data", "needs", 0),
    ("data", "consent", "stated_on"),
    ("data", "background"),
]


def _says_something(submission: Submission) -> None:
    match submission:
        case Wellformed():
            assert isinstance(submission.event, ReferralSubmittedEvent)
        case Malformed():
            assert submission.errors
            assert len(submission.errors) <= 100


@given(st.binary() | st.none())
@example(b"[" * 65_000)
@example(b'{"data":' * 900 + b"1" + b"}" * 900)
def test_any_bytes(value: bytes | None) -> None:
    _says_something(read_submission(value))


@given(_JSON)
def test_any_json(content: Any) -> None:
    _says_something(read_submission(json.dumps(content).encode()))


@given(st.sampled_from(_PATHS), _JSON)
def test_a_referral_with_anything_anywhere(path: Path, content: Any) -> None:
    _says_something(read_submission(json.dumps(changed(message("a"), path, content)).encode()))


@given(st.integers(0, 1400), st.binary(min_size=1, max_size=3))
def test_a_referral_with_bytes_replaced(place: int, noise: bytes) -> None:
    whole = encode(message("a"))
    _says_something(read_submission(whole[:place] + noise + whole[place + len(noise) :]))


def test_what_is_right_is_read_beside_what_is_wrong() -> None:
    submission = read_submission(encode(without(message("a"), ("data", "person", "sex"))))
    assert isinstance(submission, Malformed)
    whole = read_submission(encode(message("a")))
    assert submission.legible == whole.legible
    assert whole.legible.reference == "SOC-2021-88"


def test_what_is_wrong_is_not_read() -> None:
    sent = changed(changed(message("a"), ("data", "needs", 1), "alla"), ("data", "referrer"), "farsta")
    submission = read_submission(encode(sent))
    assert submission.legible.needs is None
    assert submission.legible.unit is None
    assert submission.legible.insats == "finsam-team"


def test_nothing_is_read_of_what_is_no_json() -> None:
    assert read_submission(b"{").legible == Legible()


def test_the_same_message_written_otherwise_says_the_same() -> None:
    sent = message("a")
    turned = dict(reversed(sent.items()))
    indented = json.dumps(turned, indent=2).encode()
    assert read_submission(encode(sent)).content == read_submission(indented).content


@given(st.sampled_from([("data", "reference"), ("data", "person", "given_name"), ("data", "insats")]), st.text())
def test_another_message_says_something_else(path: Path, text: str) -> None:
    sent = message("a")
    other = changed(sent, path, f"{text} 2")
    assert read_submission(json.dumps(other).encode()).content != read_submission(encode(sent)).content


def test_three_thousand_errors_do_not_fill_the_receipt() -> None:
    sent = message("a")
    sent["data"]["needs"] = {f"f{'x' * (n % 30)}": n for n in range(30)}
    sent |= {f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}": 1 for n in range(3000)}
    submission = read_submission(encode(sent))
    assert isinstance(submission, Malformed)
    assert len(submission.errors) == 100
    assert submission.errors[-1].field == ""


def test_a_field_that_may_be_an_identity_is_not_told_back() -> None:
    submission = read_submission(encode(changed(message("a"), ("data", "person", NUMBER), 1)))
    assert isinstance(submission, Malformed)
    [error] = submission.errors
    assert (error.field, error.code) == ("data.person", RejectionCode.UNKNOWN_FIELD)


def test_what_is_printed_of_a_submission_holds_no_identity() -> None:
    for submission in (read_submission(encode(message("a"))), read_submission(encode({**message("a"), "x": 1}))):
        assert NUMBER not in repr(submission)
        assert "Felpostsson" not in repr(submission)
