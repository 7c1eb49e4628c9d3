"""Records an inbox must survive: more than two hundred wrong ones, and some that only look wrong.

Each wrong one names an error its receipt must hold. They share no message id, so that their order does not matter,
and none is ever accepted, so that no person becomes known by them.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import count
from typing import Any, Final, TypeAlias

from contracts.agency import RejectionCode
from deploy.demo.identity import check_digit, synthetic_number

AGENCY: Final = "stockholms-stad"
"""Whose inbox the records are written to."""

Message: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str | int, ...]
Headers: TypeAlias = tuple[tuple[str, bytes], ...]

_BORN: Final = date(1987, 3, 14)
NUMBER: Final = synthetic_number(_BORN, 982)
"""The person in every wrong record. Never accepted, so never in the vault."""

OF_REAL_KIND: Final = f"18500505123{check_digit('500505123')}"
"""A number that is not synthetic and yet nobody's: who was born in 1850 died before there were any."""


@dataclass(frozen=True)
class Record:
    """What lies in the inbox."""

    name: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True)
class Wrong(Record):
    """A record whose receipt must hold this error."""

    field: str = ""
    code: RejectionCode = RejectionCode.MALFORMED


def message(message_id: str, number: str = NUMBER) -> Message:
    """A referral in order, with every field filled."""
    return {
        "specversion": "1.0",
        "id": message_id,
        "source": "urn:agency:stockholms-stad",
        "type": "ReferralSubmitted",
        "time": "2021-03-15T09:30:00+01:00",
        "datacontenttype": "application/json",
        "dataschema": "urn:samspel:schema:ReferralSubmitted:v1",
        "data": {
            "reference": "SOC-2021-88",
            "insats": "finsam-team",
            "referred_on": "2021-03-15",
            "referrer": {
                "unit": "farsta",
                "officer": {"name": "Ödla Remittentsson", "email": "odla@example.org", "phone": "08-465 004 10"},
            },
            "person": {
                "identity_number": number,
                "given_name": "Påhitta",
                "family_name": "Felpostsson",
                "sex": "woman",
                "phone": "070-174 06 50",
            },
            "needs": ["kommun", "forsakringskassan"],
            "consent": {"choice": "given", "stated_on": "2021-03-12"},
            "background": {"education": "compulsory", "benefits": ["income_support"], "public_support_years": 3},
        },
    }


def encode(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


def changed(content: Message, path: Path, value: Any) -> Message:
    """The message with one value replaced, or added."""
    other = deepcopy(content)
    _parent(other, path)[path[-1]] = value
    return other


def without(content: Message, path: Path) -> Message:
    """The message with one value taken away."""
    other = deepcopy(content)
    del _parent(other, path)[path[-1]]
    return other


def _parent(content: Message, path: Path) -> Any:
    node: Any = content
    for step in path[:-1]:
        node = node[step]
    return node


def dotted(path: Path) -> str:
    return ".".join(map(str, path))


REQUIRED: Final[Sequence[Path]] = (
    ("specversion",),
    ("id",),
    ("source",),
    ("type",),
    ("data",),
    ("data", "reference"),
    ("data", "insats"),
    ("data", "referred_on"),
    ("data", "referrer"),
    ("data", "referrer", "unit"),
    ("data", "referrer", "officer"),
    ("data", "referrer", "officer", "name"),
    ("data", "person"),
    ("data", "person", "identity_number"),
    ("data", "person", "given_name"),
    ("data", "person", "family_name"),
    ("data", "person", "sex"),
    ("data", "needs"),
    ("data", "consent"),
    ("data", "consent", "choice"),
    ("data", "consent", "stated_on"),
)
TEXTS: Final[Sequence[tuple[Path, int]]] = (
    (("id",), 200),
    (("source",), 200),
    (("data", "reference"), 64),
    (("data", "insats"), 200),
    (("data", "referrer", "unit"), 200),
    (("data", "referrer", "officer", "name"), 200),
    (("data", "person", "identity_number"), 200),
    (("data", "person", "given_name"), 200),
    (("data", "person", "family_name"), 200),
)
CODES: Final[Sequence[Path]] = (
    ("type",),
    ("datacontenttype",),
    ("data", "person", "sex"),
    ("data", "needs", 0),
    ("data", "consent", "choice"),
    ("data", "background", "education"),
    ("data", "background", "benefits", 0),
)
DAYS: Final[Sequence[Path]] = (("data", "referred_on"), ("data", "consent", "stated_on"))
OBJECTS: Final[Sequence[Path]] = (
    ("data",),
    ("data", "referrer"),
    ("data", "referrer", "officer"),
    ("data", "person"),
    ("data", "consent"),
    ("data", "background"),
)

_NUMBER_AT: Final[Path] = ("data", "person", "identity_number")
_ZERO_WIDTH: Final = "\u200b\u200d"


def malformed() -> list[Wrong]:
    """Every wrong record, each with an id of its own."""
    found: list[Wrong] = []
    for kind in (_not_json, _not_events, _fields, _texts, _codes_and_days, _numbers, _rules, _around):
        found.extend(kind())
    return found


_IDS: Final = count(1)


def _wrong(name: str, change: Callable[[Message], Message], at: str, code: RejectionCode) -> Wrong:
    """A referral in order but for one change."""
    message_id = f"wrong-{next(_IDS)}"
    return Wrong(name, message_id.encode(), encode(change(message(message_id))), field=at, code=code)


def _set(name: str, path: Path, value: Any, code: RejectionCode = RejectionCode.MALFORMED, at: str = "") -> Wrong:
    return _wrong(f"{name}: {dotted(path)}", lambda sent: changed(sent, path, value), at or dotted(path), code)


def _each(
    name: str, path: Path, values: Sequence[Any], code: RejectionCode = RejectionCode.MALFORMED
) -> Iterator[Wrong]:
    for value in values:
        yield _set(f"{name} {value!r:.30}", path, value, code)


def _raw(name: str, value: bytes | None, code: RejectionCode = RejectionCode.NOT_JSON) -> Wrong:
    return Wrong(name, name.encode(), value, code=code)


def _not_json() -> Iterator[Wrong]:
    whole = encode(message("never-read"))
    yield _raw("tombstone", None)
    yield _raw("nothing", b"")
    yield _raw("spaces", b"   \n")
    yield _raw("a null byte", b"\x00")
    yield _raw("null bytes", b"\x00" * 1000)
    yield _raw("a bell", b"\x07\x1b[31m")
    yield _raw("words", "Hej, vi vill anmäla en person.".encode())
    yield _raw("xml", b"<?xml version='1.0'?><referral/>")
    yield _raw("yaml", b"specversion: '1.0'\ntype: ReferralSubmitted\n")
    yield _raw("form", b"specversion=1.0&type=ReferralSubmitted")
    yield _raw("single quotes", str(message("never-read")).encode())
    yield _raw("a trailing comma", whole[:-1] + b",}")
    yield _raw("a comment", b"// referral\n" + whole)
    yield _raw("two messages", whole + whole)
    yield _raw("rubbish after", whole + b"\x00")
    yield _raw("a byte order mark", b"\xef\xbb\xbf" + whole)
    yield _raw("utf-16", whole.decode().encode("utf-16"))
    yield _raw("utf-32", whole.decode().encode("utf-32"))
    yield _raw("latin-1", whole.decode().encode("latin-1"))
    yield _raw("a broken utf-8 sequence", whole.replace("å".encode(), b"\xc3"))
    yield _raw("an overlong utf-8 sequence", whole.replace(b"Soc", b"\xc0\xaf").replace(b"finsam", b"\xc0\xaf"))
    yield _raw("a surrogate in utf-8", whole.replace("å".encode(), b"\xed\xa0\x80"))
    yield _raw("NaN", whole.replace(b": 3}", b": NaN}"))
    yield _raw("Infinity", whole.replace(b": 3}", b": Infinity}"))
    yield _raw("minus Infinity", whole.replace(b": 3}", b": -Infinity}"))
    yield _raw("a hexadecimal number", whole.replace(b": 3}", b": 0x3}"))
    yield _raw("a leading zero", whole.replace(b": 3}", b": 03}"))
    yield _raw("a number of five thousand digits", whole.replace(b": 3}", b": " + b"9" * 5000 + b"}"))
    yield _raw("an unknown escape", whole.replace(b"SOC-2021-88", rb"SOC\x2d88"))
    yield _raw("a raw newline in a text", whole.replace(b"SOC-2021-88", b"SOC\n88"))
    yield _raw("a raw null byte in a text", whole.replace(b"SOC-2021-88", b"SOC\x0088"))
    yield _raw("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00")
    yield _raw("avro with a schema id", b"\x00\x00\x00\x00\x2a\x06foo")
    yield _raw("brackets without end", b"[" * 60_000)
    yield _raw("braces without end", b'{"a":' * 12_000)
    yield _raw("deep and closed", b"[" * 30_000 + b"]" * 30_000)
    yield from (_raw(f"cut off after {length} bytes", whole[:length]) for length in range(1, len(whole), 101))


def _not_events() -> Iterator[Wrong]:
    for name, value in (
        ("an array of one", [message("never-read")]),
        ("an empty array", []),
        ("an empty object", {}),
        ("a text", "ReferralSubmitted"),
        ("a number", 19870314),
        ("true", True),
        ("null", None),
        ("only the referral", message("never-read")["data"]),
    ):
        yield _raw(name, encode(value), RejectionCode.NOT_A_CLOUD_EVENT)
    yield _raw(
        "too large", encode(changed(message("never-read"), ("data", "insats"), "x" * 70_000)), RejectionCode.TOO_LARGE
    )
    yield _raw("much too large", b" " * 900_000, RejectionCode.TOO_LARGE)
    yield _raw("one byte too large", encode(message("never-read")).ljust(64 * 1024 + 1), RejectionCode.TOO_LARGE)
    nested: Any = "x"
    for _ in range(40):
        nested = {"a": nested}
    yield Wrong("forty levels", b"deep", encode(changed(message("wrong-deep"), ("data", "person"), nested)))
    versions = ("0.3", "1", "1.0.2", "2.0", "", 1.0, 1, True, ["1.0"])
    yield from _each("version", ("specversion",), versions, RejectionCode.NOT_A_CLOUD_EVENT)
    kinds = ("ReferralReceived", "referralsubmitted", "ReferralSubmitted.v1", "se.samspel.ReferralSubmitted", "")
    yield from _each("event", ("type",), kinds, RejectionCode.UNKNOWN_CODE)
    moments: tuple[Any, ...] = (
        "2021-03-15",
        "2021-03-15T09:30:00",
        "igår",
        "1615797000",
        "2021-02-30T10:00:00Z",
        1615797000,
        [],
    )
    yield from _each("moment", ("time",), moments)


def _fields() -> Iterator[Wrong]:
    for path in REQUIRED:
        yield _wrong(
            f"missing: {dotted(path)}",
            partial(without, path=path),
            dotted(path),
            RejectionCode.MISSING,
        )
    for path in REQUIRED[1:]:
        code = RejectionCode.MISSING
        yield _set("null", path, None, code)
    for path in OBJECTS:
        yield _set("a list for an object", path, [])
        yield _set("a text for an object", path, "x")
        yield _set("unknown field", (*path, "shoe_size"), 39, RejectionCode.UNKNOWN_FIELD)
    yield _set("unknown field", ("traceparent",), "00-1-2-03", RejectionCode.UNKNOWN_FIELD)
    yield _set("misspelt field", ("data", "refered_on"), "2021-03-15", RejectionCode.UNKNOWN_FIELD)
    yield _set("a number as a field", ("data", "person", NUMBER), 1, RejectionCode.UNKNOWN_FIELD, at="data.person")
    yield _set("an empty field", ("data", "person", ""), 1, RejectionCode.UNKNOWN_FIELD, at="data.person")
    yield _set("a long field", ("data", "x" * 500), 1, RejectionCode.UNKNOWN_FIELD, at="data")
    yield _wrong(
        "three thousand unknown fields",
        lambda sent: {**sent, **{f"f{chr(97 + n % 26)}_{n}": n for n in range(3000)}},
        "",
        RejectionCode.UNKNOWN_FIELD,
    )
    for path in (("data", "needs"), ("data", "background", "benefits")):
        yield _set("a text for a list", path, "kommun")
        yield _set("an object for a list", path, {"0": "kommun"})
        yield _set("nested lists", path, [["kommun"]], RejectionCode.UNKNOWN_CODE, at=f"{dotted(path)}.0")
        yield _set("seven values", path, ["other"] * 7 if "benefits" in path else ["kommun"] * 7)
    for twice, at in ((b'"id": "wrong-twice", ', "id"), (b'"type": "ReferralSubmitted", ', "type")):
        yield Wrong(f"twice: {at}", b"", b"{" + twice + encode(message(f"wrong-twice-{at}"))[1:], field=at)
    for path in (("data", "person", "given_name"), ("data", "person", "identity_number"), ("data", "insats")):
        value = encode(message(f"wrong-twice-{path[-1]}")).replace(
            f'"{path[-1]}"'.encode(), f'"{path[-1]}": "x", "{path[-1]}"'.encode()
        )
        yield Wrong(f"twice: {dotted(path)}", b"", value, field=dotted(path))


def _texts() -> Iterator[Wrong]:
    for path, longest in TEXTS:
        yield _set("too long", path, "A" * (longest + 1))
        yield _set("empty", path, "")
        yield _set("only spaces", path, "   ")
        yield from _each("not a text:", path, (17, True, 1.5, ["A"], {"a": "A"}))
        yield _set("a null byte inside", path, "A\x00B")
    for name, value in (
        ("a line break", "Anna\nBcc: all@example.org"),
        ("an escape sequence", "Anna\x1b[2J"),
        ("a lone surrogate", "Anna\ud800"),
        ("right to left override", "Anna \u202egnol"),
        ("an isolate", "\u2067Anna\u2069"),
        ("nothing visible", _ZERO_WIDTH),
        ("only combining marks", "\u0301\u0301"),
        ("delete", "Anna\x7f"),
    ):
        message_id = f"wrong-{next(_IDS)}"
        content = changed(message(message_id), ("data", "person", "given_name"), value)
        # Escaped, because a lone surrogate has no UTF-8.
        yield Wrong(name, b"k", json.dumps(content).encode(), field="data.person.given_name")
    references = ("'; DROP TABLE person; --", "<script>alert(1)</script>", "-88", "ärende 7", "🦆", "a\\b", "${jndi}")
    yield from _each("reference", ("data", "reference"), references)
    emails = ("odla", "odla@", "@example.org", "odla@example", "o dla@example.org", "a" * 250 + "@x.se", 7)
    yield from _each("e-mail", ("data", "referrer", "officer", "email"), emails)
    telephones = ("0701", "070-174 06 50 ankn 7", "+", "O70-1740650", "1" * 40, "++46701740650", 701740650)
    yield from _each("telephone", ("data", "person", "phone"), telephones)
    protected = ("data", "person", "protected_identity")
    yield from _each("protected identity", protected, (True, "ja", [], 1))
    readers = (("två ord",), ("",), (7,), tuple(f"user-{nth}" for nth in range(11)))
    for wrong in readers:
        at = dotted((*protected, "readers", 0)) if len(wrong) == 1 else dotted((*protected, "readers"))
        yield _set(f"readers {wrong!r:.20}", protected, {"readers": list(wrong)}, at=at)


_NO_DAYS: Final = (
    "15/3 2021",
    "2021-3-15",
    "20210315",
    "2021-03-15T00:00:00Z",
    "2021-W11-1",
    "2021-02-29",
    "2021-04-31",
    "2021-13-01",
    "2021-00-10",
    "0000-01-01",
    "1615766400",
    "idag",
    "２０２１-03-15",
    1615766400,
    2021.2,
)


def _codes_and_days() -> Iterator[Wrong]:
    for path in CODES:
        yield from _each("code", path, ("kvinna", "", "WOMAN", "unknown ", 1, "🦆"), RejectionCode.UNKNOWN_CODE)
    for path in DAYS:
        yield from _each("day", path, _NO_DAYS)
        yield from _each("future", path, ("2999-01-01", "9999-12-31"), RejectionCode.DATE_IN_THE_FUTURE)
    yield _set("before the insats", ("data", "referred_on"), "2019-12-31", RejectionCode.INSATS_NOT_OPEN)
    yield _set("the first day there is", ("data", "referred_on"), "0001-01-01", RejectionCode.INSATS_NOT_OPEN)
    yield _set("asked long ago", DAYS[1], "2011-03-15", RejectionCode.DATE_TOO_OLD)
    years = ("3", 3.5, 3.0, True, -1, 71, 10**30, [3])
    yield from _each("years", ("data", "background", "public_support_years"), years)


def _numbers() -> Iterator[Wrong]:
    wrong_digit = NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10)
    for name, number in (
        ("check digit", wrong_digit),
        ("ten digits", NUMBER[2:]),
        ("ten digits and hyphen", f"{NUMBER[2:8]}-{NUMBER[8:]}"),
        ("plus sign", f"{NUMBER[:8]}+{NUMBER[8:]}"),
        ("space", f"{NUMBER[:8]} {NUMBER[8:]}"),
        ("hyphen in the wrong place", f"{NUMBER[:6]}-{NUMBER[6:]}"),
        ("two hyphens", f"{NUMBER[:8]}--{NUMBER[8:]}"),
        ("thirteen digits", NUMBER + "0"),
        ("eleven digits", NUMBER[:-1]),
        ("wide digits", NUMBER.translate({48 + n: 0xFF10 + n for n in range(10)})),
        ("arabic digits", NUMBER.translate({48 + n: 0x660 + n for n in range(10)})),
        ("letters", "ÅÅÅÅMMDDNNNN"),
        ("birth number 000", NUMBER[:8] + "0000"),
        ("month 13", "198713149820"),
        ("day 32", "198703329820"),
        ("day 30 February", "198702309820"),
        ("day 0", "198703009820"),
        ("day 60", "198703609820"),
        ("day 92", "198703929820"),
        ("29 February of a common year", "198702299820"),
        ("zeros", "000000000000"),
        ("an SQL text", "1' OR '1'='1"),
        ("born after the referral", synthetic_number(date(2022, 1, 1), 984)),
        ("born in 1850", synthetic_number(date(1850, 5, 5), 985)),
    ):
        yield _set(f"number with {name}", _NUMBER_AT, number, RejectionCode.IDENTITY_NUMBER_INVALID)
    yield _set("a number of real persons' kind", _NUMBER_AT, OF_REAL_KIND, RejectionCode.IDENTITY_NUMBER_NOT_ALLOWED)
    yield _set("a number as a number", _NUMBER_AT, int(NUMBER))
    young = synthetic_number(date(2005, 3, 16), 986)
    old = synthetic_number(date(1956, 3, 15), 987)
    yield _set("sixteen tomorrow", _NUMBER_AT, young, RejectionCode.TOO_YOUNG)
    yield _set("sixty-five today", _NUMBER_AT, old, RejectionCode.TOO_OLD)
    yield _set(
        "a child's samordningsnummer",
        _NUMBER_AT,
        synthetic_number(date(2010, 1, 1), 988, day_offset=60),
        RejectionCode.TOO_YOUNG,
    )


def _rules() -> Iterator[Wrong]:
    few: tuple[list[str], ...] = ([], ["kommun"], ["kommun", "kommun"], ["region"] * 4)
    yield from _each("needs", ("data", "needs"), few, RejectionCode.TOO_FEW_MEMBERS)
    insatser = ("finsamteam", "FINSAM-team", "finsam-team/../mia-vidare", "*", "None", "mia vidare")
    yield from _each("insats", ("data", "insats"), insatser, RejectionCode.UNKNOWN_INSATS)
    units = ("fk-stockholm", "Farsta", "enheten-som-lades-ned", "farsta'--", "🦆")
    yield from _each("unit", ("data", "referrer", "unit"), units, RejectionCode.UNKNOWN_REFERRER)
    for name, text in (
        ("is", NUMBER),
        ("with hyphen is", f"{NUMBER[:8]}-{NUMBER[8:]}"),
        ("of ten digits is", NUMBER[2:]),
        ("holds", f"SOC {NUMBER[:8]}-{NUMBER[8:]} b"),
        ("spells out", ".".join(NUMBER)),
        ("is another", synthetic_number(date(1990, 6, 6), 990)),
    ):
        yield _set(
            f"reference that {name} a number", ("data", "reference"), text, RejectionCode.REFERENCE_IS_AN_IDENTITY
        )
    yield _set("an id that is a number", ("id",), NUMBER, RejectionCode.REFERENCE_IS_AN_IDENTITY)


def _around() -> Iterator[Wrong]:
    """Keys and headers hold anything; they change nothing about the receipt."""
    plain = _set("wrong", ("data", "insats"), "finsamteam", RejectionCode.UNKNOWN_INSATS)
    for name, key, headers in (
        ("no key", None, ()),
        ("an empty key", b"", ()),
        ("a binary key", b"\xff\xfe\x00", ()),
        ("a number as key", NUMBER.encode(), ()),
        ("a long key", b"k" * 10_000, ()),
        ("binary headers", b"k", (("content-type", b"\xff\xfe\x00\x80"), ("traceparent", b"\x00"))),
        ("a header without value", b"k", (("ce_type", b""),)),
        ("headers of another mode", b"k", (("ce_specversion", b"1.0"), ("ce_type", b"ReferralReceived"))),
        ("the same header twice", b"k", (("a", b"1"), ("a", b"2"))),
        ("a thousand headers", b"k", tuple((f"h{n}", b"v") for n in range(1000))),
        ("a header name with å", b"k", (("hälsning", "hallå".encode("latin-1")),)),
    ):
        message_id = f"wrong-{next(_IDS)}"
        value = encode(changed(message(message_id), ("data", "insats"), "finsamteam"))
        yield replace(plain, name=name, key=key, headers=headers, value=value)


def strange_but_valid() -> list[Record]:
    """Records that look wrong and are in order: names are what people are called, and whitespace is free."""
    births = iter(range(1, 100))

    def of(name: str, change: Callable[[Message], Message]) -> Record:
        nth = next(births)
        message_id = f"strange-{nth}"
        number = synthetic_number(date(1980, 1 + nth % 12, 1 + nth % 28), 980 + nth % 20)
        return Record(name, message_id.encode(), encode(change(message(message_id, number))))

    def called(given_name: str) -> Record:
        path = ("data", "person", "given_name")
        return of(f"called {given_name[:20]!r}", lambda sent: changed(sent, path, given_name))

    named = (
        "Robert'); DROP TABLE person;--",
        "<script>alert(1)</script>",
        "{{ 7*7 }}",
        "%s%n",
        "Åsa-Märta d'Örebro",
        "محمد",
        "משה",
        "李小龍",
        "🦆",
        "A\u030asa",
        "N" * 200,
        "Null",
        "None",
        "X Æ A-12",
        "=cmd|' /C calc'!A0",
    )
    hyphened = of(
        "hyphen", lambda sent: changed(sent, _NUMBER_AT, _hyphen(sent["data"]["person"]["identity_number"]))
    )
    spaced = of("spaces around", lambda sent: changed(sent, ("data", "insats"), "  finsam-team "))
    short = of("only what is required", lambda sent: without(without(sent, ("data", "background")), ("time",)))
    extras = of("no phone", lambda sent: without(sent, ("data", "person", "phone")))
    pretty = of("indented", lambda sent: sent)
    assert pretty.value is not None
    indented = replace(pretty, value=json.dumps(json.loads(pretty.value), indent=4).encode())
    coordination = synthetic_number(date(1985, 2, 28), 991, day_offset=60)
    samordning = of("samordningsnummer", lambda sent: changed(sent, _NUMBER_AT, coordination))
    return [*map(called, named), hyphened, spaced, short, extras, indented, samordning]


def _hyphen(number: str) -> str:
    return f"{number[:8]}-{number[8:]}"
