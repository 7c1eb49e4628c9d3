"""The routes under /api/referral/fhir. They describe themselves by a CapabilityStatement and not in OpenAPI."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from contracts.agency import ReferralAcknowledged, ReferralRejected
from contracts.catalogue import Agency
from contracts.problems import ContentTypeNotSupported, MethodNotAllowed, NotAcceptable, NotFound, Refused
from services.chassis.auth import User
from services.chassis.http import RuntimeOf
from services.chassis.runtime import Runtime
from services.referral.fhir.followed import Referrals
from services.referral.fhir.outcome import FHIR_JSON, FhirAnswer, NotTakenIn, of_refusal, outcome
from services.referral.fhir.request import Message, read_request
from services.referral.fhir.resources import Followed, capability_statement, searchset, service_request, task
from services.referral.fhir.search import id_of, read_search
from services.referral.intake import InboundRecord, Intake
from services.referral.vault import Vault
from services.referral.web.new_referral import Referrer, agency_of

BASE: Final = "/api/referral/fhir"
_FORM: Final = "application/x-www-form-urlencoded"


class _FhirRoute(APIRoute):
    """Answers refusals with an OperationOutcome."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                _require_json_wanted(request)
                return await handle(request)
            except NotTakenIn as refused:
                return outcome(refused.status, refused.issues)
            except Refused as refused:
                return of_refusal(refused)

        return answer


def fhir_router(vault: Vault, intake: Intake) -> APIRouter:
    """The FHIR R4 interface."""
    router = APIRouter(prefix=BASE, include_in_schema=False, route_class=_FhirRoute)
    referrals = Referrals(vault)

    @router.get("/metadata")
    async def metadata() -> Response:
        return FhirAnswer(capability_statement())

    _add_requests(router, referrals, intake)
    _add_tasks(router, referrals)

    @router.api_route("/{rest:path}", methods=["DELETE", "GET", "PATCH", "POST", "PUT"])
    async def nothing_else(rest: str) -> Response:
        if (method := _method_at(rest)) is not None:
            refused = MethodNotAllowed("interaction_not_supported", "Det går inte att göra här. Se metadata.")
            return of_refusal(refused, {"allow": method})
        raise NotFound("resource_not_supported", "Den resurstypen finns inte här. Se metadata.")

    return router


def _method_at(path: str) -> str | None:
    """The method that there is at a path of this interface; None if there is nothing."""
    match path.split("/"):
        case ["ServiceRequest"] | ["Task", "_search"]:
            return "POST"
        case ["metadata"] | ["Task"]:
            return "GET"
        case ["ServiceRequest" | "Task", named] if named:
            return "GET"
        case _:
            return None


def _add_requests(router: APIRouter, referrals: Referrals, intake: Intake) -> None:
    @router.post("/ServiceRequest")
    async def create(request: Request, runtime: RuntimeOf, user: Referrer) -> Response:
        agency = agency_of(user)
        _require_type(request, FHIR_JSON, "application/json")
        message = read_request(await request.body(), agency)
        receipt = await _taken_in(runtime, intake, user, agency, message)
        followed = await _followed(runtime, referrals, agency, receipt.case_id)
        location = f"{BASE}/ServiceRequest/{receipt.case_id}"
        status = 200 if receipt.repeated else 201
        return FhirAnswer(service_request(followed), status_code=status, headers={"location": location})

    @router.get("/ServiceRequest/{named}")
    async def read(runtime: RuntimeOf, user: Referrer, named: str) -> Response:
        return FhirAnswer(service_request(await _followed(runtime, referrals, agency_of(user), id_of(named))))


def _add_tasks(router: APIRouter, referrals: Referrals) -> None:
    @router.get("/Task")
    async def search(request: Request, runtime: RuntimeOf, user: Referrer) -> Response:
        return await found(request, runtime, agency_of(user), request.query_params.multi_items())

    @router.post("/Task/_search")
    async def search_by_form(request: Request, runtime: RuntimeOf, user: Referrer) -> Response:
        agency = agency_of(user)
        _require_type(request, _FORM)
        filled = parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        return await found(request, runtime, agency, [*request.query_params.multi_items(), *filled])

    @router.get("/Task/{named}")
    async def read(runtime: RuntimeOf, user: Referrer, named: str) -> Response:
        return FhirAnswer(task(await _followed(runtime, referrals, agency_of(user), id_of(named))))

    async def found(request: Request, runtime: Runtime, agency: Agency, given: Sequence[tuple[str, str]]) -> Response:
        asked = read_search(given, agency.id)
        async with runtime.pool.acquire() as connection:
            shown, following = await referrals.found(connection, agency, asked)
        base = f"{request.scope['scheme']}://{request.headers.get('host', '')}{BASE}"
        links = {"self": _link(base, given)}
        if following is not None:
            others = [each for each in given if each[0] != "after"]
            links["next"] = _link(base, [*others, ("after", str(following))])
        named = asked.references is not None or asked.case_ids is not None
        return FhirAnswer(searchset(map(task, shown), links, base, len(shown) if named else None))


async def _followed(runtime: Runtime, referrals: Referrals, agency: Agency, case_id: UUID | None) -> Followed:
    async with runtime.pool.acquire() as connection:
        return await referrals.one(connection, agency, case_id)


class _Rejected(Exception):
    """The intake refused it, so nothing is kept: mended, it comes again under the same identifier."""

    def __init__(self, receipt: ReferralRejected) -> None:
        super().__init__()
        self.receipt = receipt


async def _taken_in(
    runtime: Runtime, intake: Intake, user: User, agency: Agency, message: Message
) -> ReferralAcknowledged:
    """The receipt. Raises NotTakenIn with the intake's errors, each at its element."""
    try:
        async with runtime.unit(user.actor) as unit:
            [receipt] = await intake.ingest(unit, agency, [InboundRecord(message.content, None, user.id)])
            return _acknowledged(receipt.data)
    except _Rejected as refused:
        issues = dict.fromkeys(message.issue(error) for error in refused.receipt.errors)
        raise NotTakenIn(422, list(issues)) from refused


def _acknowledged(receipt: Any) -> ReferralAcknowledged:
    match receipt:
        case ReferralAcknowledged():
            return receipt
        case ReferralRejected():
            raise _Rejected(receipt)
    raise TypeError(f"{type(receipt).__name__} is no receipt")


def _require_type(request: Request, *taken: str) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in taken:
        raise ContentTypeNotSupported("content_type_not_supported", f"Skicka {taken[0]} och säg det i Content-Type.")


def _require_json_wanted(request: Request) -> None:
    wanted = request.query_params.get("_format") or request.headers.get("accept") or "*/*"
    if not any(each in wanted for each in ("json", "*/*", "application/*")):
        raise NotAcceptable("not_acceptable", f"Här svaras med {FHIR_JSON}.")


def _link(base: str, parameters: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(parameters))
    return f"{base}/Task?{query}" if query else f"{base}/Task"
