"""A ServiceRequest as the message that the agency's own system would have written to its inbox.

Here the form of the resource is judged, and each value is found; whether the values are in order the intake says, as
for every other way in. For each field of the message the element it was read from, or should have been, is known.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import NAMESPACE_OID, uuid5

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from contracts.agency import FieldError
from contracts.catalogue import Agency
from contracts.events import local_date
from services.chassis.inputs import errors_of
from services.referral.domain.json_tree import JsonObject, Location, Node, nodes, parse, too_deep
from services.referral.domain.record_form import LARGEST
from services.referral.fhir.elements import (
    CONSENT,
    INDIVIDUAL_FOLLOW_UP,
    INSATS,
    MEMBER,
    PERSON_NUMBERS,
    PROTECTING,
    UNIT,
    CodeableConcept,
    Consent,
    ContactPoint,
    HumanName,
    Identifier,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    Reference,
    ServiceRequest,
    system_of,
)
from services.referral.fhir.outcome import Issue, NotTakenIn, of_error

R = TypeVar("R", bound=BaseModel)

_ROOT: Final = "ServiceRequest"
_SEX: Final[Mapping[str, str]] = {"female": "woman", "male": "man"}
_MODIFIERS: Final = frozenset({"modifierExtension", "implicitRules"})
_MOST_ISSUES: Final = 50


@dataclass(frozen=True)
class Message:
    """The inbound message, and the element that each of its fields was read from."""

    content: bytes = field(repr=False)
    expressions: Mapping[str, str]

    def issue(self, error: FieldError) -> Issue:
        """An error of the intake at its element; at the nearest that is known where the field has none."""
        named = error.field
        while named not in self.expressions and named:
            named = named.rpartition(".")[0]
        return of_error(error, self.expressions.get(named, _ROOT))


def message_id(agency: Agency, reference: str) -> str:
    """The id of the message for a reference: one reference is one referral.

    It has no digits, some of which might look like an identity number to the intake.
    """
    return f"fhir-{uuid5(NAMESPACE_OID, f'{agency.id} {reference.strip()}').hex.translate(_LETTERS)}"


_LETTERS: Final = str.maketrans("0123456789", "ghijklmnop")


def read_request(body: bytes, agency: Agency) -> Message:
    """The message that a ServiceRequest is. Raises NotTakenIn with every fault of its form."""
    tree = _tree(body)
    request = _model(ServiceRequest, tree, _ROOT)
    return _Reading(request, agency).message()


def _tree(body: bytes) -> Any:
    if len(body) > LARGEST:
        raise NotTakenIn(413, [Issue("too-long", f"Skicka högst {LARGEST // 1024} kB i en remiss.")])
    try:
        tree = parse(body)
    except (ValueError, RecursionError) as error:
        raise NotTakenIn(400, [Issue("structure", _NOT_JSON)]) from error
    placed = nodes(tree)
    if too_deep(placed):
        raise NotTakenIn(400, [Issue("structure", "Resursen är för djupt nästlad.")])
    faults = list(_faults(placed))
    if faults:
        raise NotTakenIn(400, faults[:_MOST_ISSUES])
    return tree


_NOT_JSON: Final = "Resursen går inte att läsa som JSON. Skicka giltig JSON i UTF-8 utan BOM och utan NaN."


def _faults(placed: Sequence[Node]) -> Iterator[Issue]:
    """What would be read otherwise than it was meant: names given twice, and modifiers that are not known here."""
    for location, node in placed:
        if isinstance(node, str) and not node.isascii() and _SURROGATE.search(node):
            yield Issue("value", "Ta bort tecken som inte går att läsa som UTF-8.", _safe_path(location))
        if not isinstance(node, JsonObject):
            continue
        if node.repeated:
            yield Issue("structure", "Ett element finns två gånger. Behåll ett av dem.", _safe_path(location))
        if not _MODIFIERS.isdisjoint(node):
            text = "modifierExtension och implicitRules stöds inte. Ta bort dem."
            yield Issue("not-supported", text, _safe_path(location))


_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def _safe_path(location: Location) -> str:
    """The element, down to the first name that is not one of FHIR's here: another may hold an identity."""
    steps: list[str | int] = []
    for step in location:
        if isinstance(step, str) and step not in _NAMES:
            break
        steps.append(step)
    return _path(_ROOT, steps)


_NAMES: Final = frozenset(
    each.alias or name
    for model in (ServiceRequest, Patient, Practitioner, PractitionerRole, Organization, Consent, CodeableConcept)
    for name, each in model.model_fields.items()
)


def _path(root: str, location: Iterable[str | int]) -> str:
    """ "ServiceRequest.contained[0].gender" """
    return root + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)


def _model(model: type[R], sent: Any, at: str) -> R:
    try:
        return model.model_validate(sent)
    except ValidationError as found:
        raise NotTakenIn(
            400, [_form(error, at) for error in found.errors(include_url=False)[:_MOST_ISSUES]]
        ) from found


def _form(error: Any, at: str) -> Issue:
    [said] = errors_of([{**error, "loc": ("body", *error["loc"])}])
    location = error["loc"]
    match error["type"]:
        case "missing":
            kind = "required"
        case "extra_forbidden":
            # The name is the sender's own.
            return Issue(
                "not-supported", "Elementet har en del som inte stöds. Ta bort den.", _path(at, location[:-1])
            )
        case "literal_error":
            kind = "code-invalid"
        case _:
            kind = "structure"
    # The key of a dict is the sender's own, and an error of one ends with a mark of pydantic's.
    known = location if "[key]" not in location else location[: location.index("[key]") - 1]
    return Issue(kind, said["message"].replace("True", "true").replace("False", "false"), _path(at, known))


@dataclass(frozen=True)
class _Found:
    """A value and its element; None where it is not there, with the element it should be in."""

    value: str | None = field(repr=False)
    at: str


class _Reading:
    """One ServiceRequest at work: what has been found of the message."""

    def __init__(self, request: ServiceRequest, agency: Agency) -> None:
        self._request = request
        self._agency = agency
        self._expressions: dict[str, str] = {}

    def message(self) -> Message:
        request = self._request
        reference = _identifier(request.identifier, {system_of(self._agency.id)}, _ROOT)
        data = {
            "reference": self._take("data.reference", reference),
            "insats": self._take("data.insats", _coding(request.code, INSATS, f"{_ROOT}.code")),
            "referred_on": self._take("data.referred_on", _Found(_day(request.authored_on), f"{_ROOT}.authoredOn")),
            "referrer": self._referrer(),
            "person": self._person(),
            "needs": self._needs(),
            "consent": self._consent(),
        }
        self._expressions["id"] = reference.at
        content = {
            "specversion": "1.0",
            "id": message_id(self._agency, reference.value or ""),
            "source": f"{system_of(self._agency.id)}:fhir",
            "type": "ReferralSubmitted",
            "data": _filled(data),
        }
        return Message(to_json(content), self._expressions)

    def _take(self, name: str, found: _Found) -> str | None:
        self._expressions[name] = found.at
        return found.value

    def _person(self) -> dict[str, Any]:
        at = self._expressions["data.person"] = f"{_ROOT}.subject"
        patient, at = self._contained(self._request.subject, Patient, at)
        if patient is None:
            return {}
        name, name_at = _name(patient.name, at)
        sex = None if patient.gender is None else _SEX.get(patient.gender, patient.gender)
        found = {
            "identity_number": _identifier(patient.identifier, PERSON_NUMBERS, at),
            "given_name": _Found(" ".join(name.given) or None, f"{name_at}.given"),
            "family_name": _Found(name.family, f"{name_at}.family"),
            "sex": _Found(sex, f"{at}.gender"),
            "phone": _telecom([(patient.telecom, at)], "phone"),
        }
        person = _filled({each: self._take(f"data.person.{each}", value) for each, value in found.items()})
        self._expressions["data.person.protected_identity"] = f"{at}.meta.security"
        labels = {(each.system, each.code) for each in (*patient.meta.security, *self._request.meta.security)}
        return person if labels.isdisjoint(PROTECTING) else {**person, "protected_identity": {}}

    def _referrer(self) -> dict[str, Any]:
        at = self._expressions["data.referrer"] = f"{_ROOT}.requester"
        role, at = self._contained(self._request.requester, PractitionerRole, at)
        if role is None:
            return {}
        unit = self._take("data.referrer.unit", self._unit(role, at))
        return _filled({"unit": unit, "officer": self._officer(role, at)})

    def _unit(self, role: PractitionerRole, at: str) -> _Found:
        at = f"{at}.organization"
        if role.organization is not None and role.organization.identifier is not None:
            own = role.organization.identifier
            return _Found(own.value if own.system == UNIT else None, f"{at}.identifier.value")
        organization, at = self._contained(role.organization, Organization, at)
        return _Found(None, at) if organization is None else _identifier(organization.identifier, {UNIT}, at)

    def _officer(self, role: PractitionerRole, at: str) -> dict[str, Any]:
        whose = self._expressions["data.referrer.officer"] = f"{at}.practitioner"
        named = _Found(None if role.practitioner is None else role.practitioner.display, f"{whose}.display")
        points = [(role.telecom, at)]
        if role.practitioner is not None and role.practitioner.reference is not None:
            practitioner, place = self._contained(role.practitioner, Practitioner, whose)
            if practitioner is not None:
                name, name_at = _name(practitioner.name, place)
                named = _Found(_whole(name), name_at)
                points.append((practitioner.telecom, place))
        found = {"name": named, "email": _telecom(points, "email"), "phone": _telecom(points, "phone")}
        return _filled({each: self._take(f"data.referrer.officer.{each}", value) for each, value in found.items()})

    def _needs(self) -> list[str]:
        self._expressions["data.needs"] = f"{_ROOT}.reasonCode"
        needs: list[str] = []
        for nth, reason in enumerate(self._request.reason_code):
            found = _coding(reason, MEMBER, f"{_ROOT}.reasonCode[{nth}]")
            if found.value is not None:
                self._expressions[f"data.needs.{len(needs)}"] = found.at
                needs.append(found.value)
        return needs

    def _consent(self) -> dict[str, Any]:
        at = self._expressions["data.consent"] = f"{_ROOT}.supportingInfo"
        consents = list(self._follow_up_consents(at))
        if not consents:
            return {}
        if len(consents) > 1:
            text = "Det finns flera samtycken till individuell uppföljning. Skicka det senaste beskedet."
            raise NotTakenIn(400, [Issue("multiple-matches", text, at)])
        [(consent, at)] = consents
        denied = consent.status == "rejected" or (consent.provision is not None and consent.provision.type == "deny")
        self._expressions["data.consent"] = at
        choice = self._take("data.consent.choice", _Found("refused" if denied else "given", f"{at}.status"))
        stated_on = self._take("data.consent.stated_on", _Found(_day(consent.date_time), f"{at}.dateTime"))
        return _filled({"choice": choice, "stated_on": stated_on})

    def _follow_up_consents(self, at: str) -> Iterator[tuple[Consent, str]]:
        """The contained consents whose category says that they are about individual follow-up; no others."""
        for nth, reference in enumerate(self._request.supporting_info):
            if not (reference.reference or "").startswith("#"):
                continue
            sent, _ = self._resource(reference, f"{at}[{nth}]")
            if sent.get("resourceType") != "Consent":
                continue
            consent, place = self._contained(reference, Consent, f"{at}[{nth}]")
            categories = [] if consent is None else consent.category
            codes = {(each.system, each.code) for category in categories for each in category.coding}
            if consent is not None and (CONSENT, INDIVIDUAL_FOLLOW_UP) in codes:
                yield consent, place

    def _contained(self, reference: Reference | None, model: type[R], at: str) -> tuple[R | None, str]:
        """The contained resource and its element; None, and the reference's, where nothing is referred to."""
        if reference is None or reference.reference is None:
            return None, at
        sent, place = self._resource(reference, at)
        return _model(model, sent, place), place

    def _resource(self, reference: Reference, at: str) -> tuple[Mapping[str, Any], str]:
        named = reference.reference or ""
        if not named.startswith("#"):
            text = "Lägg resursen i contained och hänvisa till den med # och dess id."
            raise NotTakenIn(400, [Issue("not-supported", text, f"{at}.reference")])
        for nth, sent in enumerate(self._request.contained):
            if sent.get("id") == named[1:]:
                return sent, f"{_ROOT}.contained[{nth}]"
        raise NotTakenIn(400, [Issue("not-found", "Resursen finns inte i contained.", f"{at}.reference")])


def _identifier(identifiers: Sequence[Identifier], systems: Iterable[str], at: str) -> _Found:
    wanted = frozenset(systems)
    for nth, each in enumerate(identifiers):
        if each.system in wanted and each.use != "old":
            return _Found(each.value, f"{at}.identifier[{nth}].value")
    return _Found(None, f"{at}.identifier")


def _coding(concept: CodeableConcept | None, system: str, at: str) -> _Found:
    for nth, each in enumerate([] if concept is None else concept.coding):
        if each.system == system:
            return _Found(each.code, f"{at}.coding[{nth}].code")
    return _Found(None, at)


def _name(names: Sequence[HumanName], at: str) -> tuple[HumanName, str]:
    """The official name, or the first that is still used."""
    used = [(name, f"{at}.name[{nth}]") for nth, name in enumerate(names) if name.use != "old"]
    official = [each for each in used if each[0].use == "official"]
    return next(iter([*official, *used]), (HumanName(), f"{at}.name"))


def _whole(name: HumanName) -> str | None:
    return name.text or " ".join([*name.given, name.family or ""]).strip() or None


def _telecom(points: Sequence[tuple[Sequence[ContactPoint], str]], system: str) -> _Found:
    for telecom, at in points:
        for nth, each in enumerate(telecom):
            if each.system == system:
                return _Found(each.value, f"{at}.telecom[{nth}].value")
    return _Found(None, f"{points[0][1]}.telecom")


def _day(moment: str | None) -> str | None:
    """The day in Sweden of a dateTime; whatever else it is stays for the intake to judge."""
    if moment is None or "T" not in moment:
        return moment
    try:
        read = datetime.fromisoformat(moment)
        return moment if read.tzinfo is None else local_date(read).isoformat()
    except (ValueError, OverflowError):
        return moment


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, {})}
