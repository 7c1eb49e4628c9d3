"""A ServiceRequest as the message of the inbox: every value found, every fault said at its element."""

import json
from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.agency import FieldError, RejectionCode
from contracts.catalogue import AGENCIES
from services.referral.domain.reading import Malformed, Wellformed, read_submission
from services.referral.fhir.outcome import ISSUE_TYPES, Issue, NotTakenIn
from services.referral.fhir.request import Message, message_id, read_request
from tests.examples import examples
from tests.fhir import REGION, service_request
from tests.malformed import NUMBER

AGENCY: Final = AGENCIES[REGION]
PATIENT: Final = ("contained", 0)
ROLE: Final = ("contained", 1)
CONSENT: Final = ("contained", 2)
_EXAMPLE: Final = json.dumps(service_request(NUMBER))


def _changed(*changes: tuple[tuple[Any, ...], Any]) -> bytes:
    """The example with values replaced, or taken away where None is given."""
    tree = json.loads(_EXAMPLE)
    for path, value in changes:
        node: Any = tree
        for step in path[:-1]:
            node = node[step]
        if value is None:
            del node[path[-1]]
        else:
            node[path[-1]] = value
    return json.dumps(tree).encode()


def _data(body: bytes) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(read_request(body, AGENCY).content)["data"]
    return data


def _refused(body: bytes) -> tuple[int, list[tuple[str, str]]]:
    with pytest.raises(NotTakenIn) as refused:
        read_request(body, AGENCY)
    return refused.value.status, [(issue.type, issue.expression) for issue in refused.value.issues]


def test_the_message_is_that_of_the_inbox() -> None:
    message = read_request(_changed(), AGENCY)
    sent = json.loads(message.content)
    assert sent["source"] == "urn:agency:region-stockholm:fhir"
    assert sent["data"] == {
        "reference": "REM-1",
        "insats": "finsam-team",
        "referred_on": "2021-03-15",
        "referrer": {
            "unit": "vardcentral-rinkeby",
            "officer": {"name": "Exempel Läkare", "email": "lakare@example.org"},
        },
        "person": {
            "identity_number": NUMBER,
            "given_name": "Exempel",
            "family_name": "Exempelsson",
            "sex": "woman",
            "phone": "070-174 06 50",
        },
        "needs": ["region", "kommun"],
        "consent": {"choice": "given", "stated_on": "2021-03-15"},
    }
    assert isinstance(read_submission(message.content), Wellformed)


def test_one_reference_is_one_message() -> None:
    ids = {message_id(AGENCY, each) for each in ("REM-1", " REM-1 ", "REM-2")}
    assert len(ids) == 2
    assert message_id(AGENCIES["stockholms-stad"], "REM-1") not in ids
    assert not any(letter.isdigit() for each in ids for letter in each), "digits might look like an identity number"


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2021-03-15", "2021-03-15"),
        ("2021-03-15T09:30:00+01:00", "2021-03-15"),
        ("2021-03-15T23:30:00Z", "2021-03-16"),
        ("2021-03", "2021-03"),
        ("2021-03-15T09:30:00", "2021-03-15T09:30:00"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("Tor", "Tor"),
    ],
)
def test_the_day_of_a_moment_is_the_day_in_sweden(moment: str, day: str) -> None:
    assert _data(_changed((("authoredOn",), moment)))["referred_on"] == day


@pytest.mark.parametrize(("gender", "sex"), [("male", "man"), ("other", "other"), ("unknown", "unknown")])
def test_gender_in_our_codes(gender: str, sex: str) -> None:
    assert _data(_changed(((*PATIENT, "gender"), gender)))["person"]["sex"] == sex


@pytest.mark.parametrize(
    ("status", "provision", "choice"),
    [
        ("active", None, "given"),
        ("active", {"type": "permit"}, "given"),
        ("active", {"type": "deny"}, "refused"),
        ("rejected", None, "refused"),
        ("rejected", {"type": "permit"}, "refused"),
    ],
)
def test_the_answer_about_follow_up(status: str, provision: Any, choice: str) -> None:
    provided = [] if provision is None else [((*CONSENT, "provision"), provision)]
    assert _data(_changed(((*CONSENT, "status"), status), *provided))["consent"]["choice"] == choice


def test_a_consent_to_something_else_is_none_to_follow_up() -> None:
    body = _changed(((*CONSENT, "category", 0, "coding", 0, "code"), "treatment"))
    assert "consent" not in _data(body)


def test_the_referrer_as_resources_of_their_own() -> None:
    tree = json.loads(_EXAMPLE)
    role = tree["contained"][1]
    role |= {"organization": {"reference": "#unit"}, "practitioner": {"reference": "#doctor"}, "telecom": []}
    tree["contained"] += [
        {
            "resourceType": "Organization",
            "id": "unit",
            "identifier": [
                {"system": "urn:oid:1.2.752.129.2.1.4.1", "value": "SE2321000016-1"},
                {"system": "urn:samspel:unit", "value": "psykiatri-sodra"},
            ],
        },
        {
            "resourceType": "Practitioner",
            "id": "doctor",
            "name": [{"given": ["Lo", "Li"], "family": "Läkare"}],
            "telecom": [{"system": "phone", "value": "08-123 45"}],
        },
    ]
    assert _data(json.dumps(tree).encode())["referrer"] == {
        "unit": "psykiatri-sodra",
        "officer": {"name": "Lo Li Läkare", "phone": "08-123 45"},
    }


def test_the_official_name_and_no_number_that_is_no_longer_used() -> None:
    names = [{"given": ["Smek"]}, {"use": "old", "given": ["F"], "family": "Gammal"},
             {"use": "official", "given": ["Rätt"], "family": "Namn"}]  # fmt: skip
    numbers = [
        {"use": "old", "system": "urn:oid:1.2.752.129.2.1.3.3", "value": "198703749818"},
        {"system": "http://journal.example/patient", "value": "17"},
        {"system": "urn:oid:1.2.752.129.2.1.3.1", "value": NUMBER},
    ]
    person = _data(_changed(((*PATIENT, "name"), names), ((*PATIENT, "identifier"), numbers)))["person"]
    assert (person["given_name"], person["family_name"], person["identity_number"]) == ("Rätt", "Namn", NUMBER)


# What is left out is what the intake says is missing, at the element it should have been in.
@pytest.mark.parametrize(
    ("path", "field", "expression"),
    [
        (("identifier",), "data.reference", "ServiceRequest.identifier"),
        (("code",), "data.insats", "ServiceRequest.code"),
        (("authoredOn",), "data.referred_on", "ServiceRequest.authoredOn"),
        (("subject",), "data.person", "ServiceRequest.subject"),
        (("requester",), "data.referrer", "ServiceRequest.requester"),
        (("supportingInfo",), "data.consent", "ServiceRequest.supportingInfo"),
        ((*PATIENT, "identifier"), "data.person.identity_number", "ServiceRequest.contained[0].identifier"),
        ((*PATIENT, "gender"), "data.person.sex", "ServiceRequest.contained[0].gender"),
        ((*PATIENT, "name", 0, "family"), "data.person.family_name", "ServiceRequest.contained[0].name[0].family"),
        ((*PATIENT, "name"), "data.person.given_name", "ServiceRequest.contained[0].name.given"),
        ((*ROLE, "organization"), "data.referrer.unit", "ServiceRequest.contained[1].organization"),
        ((*CONSENT, "dateTime"), "data.consent.stated_on", "ServiceRequest.contained[2].dateTime"),
    ],
)
def test_what_is_missing_is_said_where_it_should_be(path: tuple[Any, ...], field: str, expression: str) -> None:
    message = read_request(_changed((path, None)), AGENCY)
    submission = read_submission(message.content)
    assert isinstance(submission, Malformed)
    [error] = [each for each in submission.errors if each.field == field]
    assert message.issue(error) == Issue("required", "Uppgiften saknas. Lägg till den.", expression, "missing")


def test_a_wrong_value_is_said_where_it_was_read() -> None:
    message = read_request(_changed((("reasonCode", 1, "coding", 0, "code"), "kommunen")), AGENCY)
    submission = read_submission(message.content)
    assert isinstance(submission, Malformed)
    [error] = submission.errors
    issue = message.issue(error)
    assert (issue.type, issue.expression) == ("code-invalid", "ServiceRequest.reasonCode[1].coding[0].code")
    assert issue.text == error.message


def test_an_error_of_a_field_that_is_read_from_no_element_is_said_of_the_whole() -> None:
    message = Message(b"", {"data.person": "ServiceRequest.subject"})
    for field, expression in (("data.person.sex", "ServiceRequest.subject"), ("source", "ServiceRequest")):
        error = FieldError(field=field, code=RejectionCode.MALFORMED, message="Nej.")
        assert message.issue(error).expression == expression


def test_every_code_of_the_intake_has_an_issue_type() -> None:
    assert set(ISSUE_TYPES) == set(RejectionCode)


@pytest.mark.parametrize(
    ("changes", "issues"),
    [
        ([(("resourceType",), "Patient")], [("code-invalid", "ServiceRequest.resourceType")]),
        ([(("status",), "draft")], [("code-invalid", "ServiceRequest.status")]),
        ([(("status",), None)], [("required", "ServiceRequest.status")]),
        ([(("intent",), "proposal")], [("code-invalid", "ServiceRequest.intent")]),
        ([(("doNotPerform",), True)], [("code-invalid", "ServiceRequest.doNotPerform")]),
        ([(("modifierExtension",), [])], [("not-supported", "ServiceRequest")]),
        ([((*PATIENT, "implicitRules"), "x")], [("not-supported", "ServiceRequest.contained[0]")]),
        ([((*PATIENT, "active"), False)], [("code-invalid", "ServiceRequest.contained[0].active")]),
        ([((*PATIENT, "gender"), "F")], [("code-invalid", "ServiceRequest.contained[0].gender")]),
        ([((*PATIENT, "name"), "Å")], [("structure", "ServiceRequest.contained[0].name")]),
        ([((*PATIENT, "name", 0, "given"), [1])], [("structure", "ServiceRequest.contained[0].name[0].given[0]")]),
        ([(("subject", "reference"), "Patient/1")], [("not-supported", "ServiceRequest.subject.reference")]),
        ([(("subject", "reference"), "#nobody")], [("not-found", "ServiceRequest.subject.reference")]),
        ([(("subject", "reference"), "#consent")], [("code-invalid", "ServiceRequest.contained[2].resourceType")]),
        ([(("contained",), ["x"])], [("structure", "ServiceRequest.contained[0]")]),
        ([(("contained", 0), {"\0": 1})], [("not-found", "ServiceRequest.subject.reference")]),
        ([(("identifier",), {})], [("structure", "ServiceRequest.identifier")]),
        (
            [((*CONSENT, "provision"), {"type": "permit", "19870314": []})],
            [("not-supported", "ServiceRequest.contained[2].provision")],
        ),
        ([((*CONSENT, "status"), "draft")], [("code-invalid", "ServiceRequest.contained[2].status")]),
        (
            [(("supportingInfo",), [{"reference": "#consent"}] * 2)],
            [("multiple-matches", "ServiceRequest.supportingInfo")],
        ),
    ],
)
def test_a_form_that_is_not_taken(changes: list[Any], issues: list[tuple[str, str]]) -> None:
    assert _refused(_changed(*changes)) == (400, issues)


def test_all_that_is_wrong_with_the_form_is_said_at_once() -> None:
    _, issues = _refused(_changed((("status",), "draft"), (("intent",), "plan"), (("code",), [])))
    assert [expression for _, expression in issues] == [
        "ServiceRequest.status",
        "ServiceRequest.intent",
        "ServiceRequest.code",
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"NaN", 400),
        (b"\xff\xfe", 400),
        (b"[" * 20_000, 400),
        (b'{"a":' * 1_000 + b"1" + b"}" * 1_000, 400),
        (b'{"status":"active","status":"draft"}', 400),
        (b'{"contained":[' + b"{}," * 40_000 + b"{}]}", 413),
        (b'{"contained":[' + b"1," * 30_000 + b"1]}", 400),
        (b'{"identifier":[' + b"{}," * 20_000 + b"{}]}", 400),
    ],
)
def test_what_is_no_service_request_at_all(body: bytes, status: int) -> None:
    got, issues = _refused(body)
    assert got == status
    assert 0 < len(issues) <= 50


@pytest.mark.parametrize("value", ["\ud800", "\0", "\u202e", "x" * 20_000, 10**300, True, [], {"\ud800": "\0"}])
def test_no_refusal_repeats_what_was_sent(value: Any) -> None:
    tree = json.loads(_EXAMPLE)
    for path in list(_leaves(tree)):
        body = _changed((path, value))
        try:
            message = read_request(body, AGENCY)
        except NotTakenIn as refused:
            said = " ".join(f"{issue.text} {issue.expression}" for issue in refused.issues)
        else:
            submission = read_submission(message.content)
            errors = submission.errors if isinstance(submission, Malformed) else ()
            said = " ".join(f"{issue.text} {issue.expression}" for issue in map(message.issue, errors))
        assert NUMBER not in said
        assert not isinstance(value, str) or value not in said


def _leaves(node: Any, path: tuple[Any, ...] = ()) -> Any:
    if path:
        yield path
    for key, inner in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from _leaves(inner, (*path, key))


_HL7_SWEDEN: Final = "http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel"
_CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"


@pytest.mark.parametrize(
    ("system", "code", "protected"),
    [
        (_HL7_SWEDEN, "sekretessmarkering", True),
        (_HL7_SWEDEN, "skyddadFolkbokforing", True),
        ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "DEMO", True),
        (_CONFIDENTIALITY, "R", True),
        (_CONFIDENTIALITY, "V", True),
        (_CONFIDENTIALITY, "N", False),
        ("urn:other", "R", False),
    ],
)
def test_a_security_label_says_that_the_person_is_protected(system: str, code: str, protected: bool) -> None:
    meta = {"security": [{"system": "urn:other", "code": "x"}, {"system": system, "code": code}]}
    for at in ((*PATIENT, "meta"), ("meta",)):
        body = _changed((at, meta))
        assert _data(body)["person"].get("protected_identity") == ({} if protected else None)
        assert isinstance(read_submission(read_request(body, AGENCY).content), Wellformed)


_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
_PLACES: Final = sorted(_leaves(json.loads(_EXAMPLE)), key=str)


@settings(max_examples=examples(200), deadline=None)
@given(places=st.lists(st.tuples(st.sampled_from(_PLACES), _JSON), min_size=1, max_size=3))
def test_anything_anywhere_is_read_or_refused(places: list[tuple[tuple[Any, ...], Any]]) -> None:
    tree = json.loads(_EXAMPLE)
    for path, value in places:
        node: Any = tree
        for step in path[:-1]:
            node = node[step] if _has(node, step) else {}
        if _has(node, path[-1]):
            node[path[-1]] = value
    # Nothing but a refusal may come of it.
    with suppress(NotTakenIn):
        read_submission(read_request(json.dumps(tree).encode(), AGENCY).content)


def _has(node: Any, step: Any) -> bool:
    return (
        step in node
        if isinstance(node, dict)
        else isinstance(node, list) and isinstance(step, int) and step < len(node)
    )
