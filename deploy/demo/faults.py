"""Messages with something wrong, one for each thing an agency is likely to get wrong."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from contracts.agency import RejectionCode
from deploy.demo.identity import synthetic_number
from deploy.demo.lives import FaultyReferral, Life

Message = dict[str, Any]


def message(life: Life) -> Message:
    """The CloudEvent an agency writes for a life's referral."""
    return {
        "specversion": "1.0",
        "id": message_id(life),
        "source": f"urn:agency:{life.agency}",
        "type": "ReferralSubmitted",
        "data": life.referral.model_dump(mode="json", exclude_none=True),
    }


def message_id(life: Life) -> str:
    """One message for each referral, so that sending it again changes nothing."""
    return f"{life.referral.reference}/1"


def encode(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


def spoilt(people: Iterable[Life], earlier: Life) -> tuple[FaultyReferral, ...]:
    """One faulty message for each kind of fault; ``people`` are new, ``earlier`` has an open referral."""
    strangers = iter(people)
    faulty = [_spoilt(next(strangers), code, spoil) for code, spoil in _SPOILERS.items()]
    faulty.append(_not_json(next(strangers)))
    faulty.append(_same_id_again(next(strangers), earlier))
    faulty.append(_duplicate(next(strangers), earlier))
    return tuple(sorted(faulty, key=lambda one: one.sent_on))


def count_of_strangers() -> int:
    """How many people :func:`spoilt` needs."""
    return len(_SPOILERS) + 3


def _spoilt(life: Life, code: RejectionCode, spoil: Callable[[Message, date], None]) -> FaultyReferral:
    content = message(life)
    spoil(content["data"], life.referral.referred_on)
    return _faulty(life, code, encode(content))


def _not_json(life: Life) -> FaultyReferral:
    return _faulty(life, RejectionCode.NOT_JSON, encode(message(life))[:-40])


def _same_id_again(life: Life, earlier: Life) -> FaultyReferral:
    content = message(life) | {"id": message_id(earlier)}
    return _faulty(life, RejectionCode.MESSAGE_ID_REUSED, encode(content), agency=earlier.agency)


def _duplicate(life: Life, earlier: Life) -> FaultyReferral:
    repeated = message(earlier) | {"id": message_id(life)}
    day = life.referral.referred_on.isoformat()
    repeated["data"] |= {"reference": life.referral.reference, "referred_on": day}
    code = RejectionCode.DUPLICATE_OF_OPEN_REFERRAL
    return _faulty(life, code, encode(repeated), agency=earlier.agency)


def _faulty(life: Life, code: RejectionCode, value: bytes, agency: str | None = None) -> FaultyReferral:
    return FaultyReferral(agency or life.agency, life.referral.referred_on, value, code)


def _wrong_check_digit(data: Message, _day: date) -> None:
    number = data["person"]["identity_number"]
    data["person"]["identity_number"] = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"


def _one_member(data: Message, _day: date) -> None:
    data["needs"] = data["needs"][:1]


def _fourteen(data: Message, day: date) -> None:
    data["person"]["identity_number"] = synthetic_number(date(day.year - 15, 12, 31), 980)


def _seventy(data: Message, day: date) -> None:
    data["person"]["identity_number"] = synthetic_number(date(day.year - 70, 1, 1), 981)


def _misspelt_insats(data: Message, _day: date) -> None:
    data["insats"] = "finsamteam"


def _closed_unit(data: Message, _day: date) -> None:
    data["referrer"]["unit"] = "enheten-som-lades-ned"


def _tomorrow(data: Message, day: date) -> None:
    data["referred_on"] = (day + timedelta(days=60)).isoformat()


def _no_consent_statement(data: Message, _day: date) -> None:
    del data["consent"]


def _swedish_date(data: Message, day: date) -> None:
    data["referred_on"] = f"{day.day}/{day.month} {day.year}"


def _swedish_word(data: Message, _day: date) -> None:
    data["person"]["sex"] = "kvinna"


def _extra_field(data: Message, _day: date) -> None:
    data["person"]["shoe_size"] = 39


def _number_as_reference(data: Message, _day: date) -> None:
    data["reference"] = data["person"]["identity_number"]


_SPOILERS: Final[Mapping[RejectionCode, Callable[[Message, date], None]]] = {
    RejectionCode.IDENTITY_NUMBER_INVALID: _wrong_check_digit,
    RejectionCode.TOO_FEW_MEMBERS: _one_member,
    RejectionCode.TOO_YOUNG: _fourteen,
    RejectionCode.TOO_OLD: _seventy,
    RejectionCode.UNKNOWN_INSATS: _misspelt_insats,
    RejectionCode.UNKNOWN_REFERRER: _closed_unit,
    RejectionCode.DATE_IN_THE_FUTURE: _tomorrow,
    RejectionCode.MISSING: _no_consent_statement,
    RejectionCode.MALFORMED: _swedish_date,
    RejectionCode.UNKNOWN_CODE: _swedish_word,
    RejectionCode.UNKNOWN_FIELD: _extra_field,
    RejectionCode.REFERENCE_IS_AN_IDENTITY: _number_as_reference,
}
