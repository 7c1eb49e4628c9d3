"""People going through the system by its public interfaces, whatever happens to it meanwhile.

An answer that was lost says nothing: the command is given again until it is answered, and "already done" is an
answer.
"""

import asyncio
import base64
import itertools
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID, uuid4

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts import topics
from contracts.codes import Role, Sex
from contracts.envelope import CONTENT_TYPE
from deploy.demo.identity import People
from deploy.local.secret_files import read_secrets
from services.chassis.auth import LocalTokens, User
from tests.waiting import until

AGENCY: Final = "stockholms-stad"
_PAUSE_SECONDS: Final = (0.1, 1.0)
_PASSING: Final = frozenset({429, 502, 503, 504})
_ON_ITS_WAY: Final = frozenset({"case_unknown", "not_accepted", "follow_up_unknown", "not_handed_back"})

COLLEAGUE: Final = "test-lots"
"""The user id of whoever is signed in as a lots (:func:`tokens`)."""

Json = dict[str, Any]


def tokens(secrets_file: Path) -> Mapping[Role, str]:
    """A token for each role, signed with the stack's key."""
    signer = LocalTokens(base64.b64decode(read_secrets(secrets_file)["token_key"]))
    return {
        role: signer.issue(
            User(f"test-{role}", f"Test {role}", frozenset({role}), AGENCY if role is Role.AGENCY else None)
        )
        for role in Role
    }


class Submissions:
    """Referrals in order, each of somebody new, dated a given day. The label sets them apart from those of others."""

    # One for all: a person met twice would be refused, and rightly.
    _people = People(Random(7))

    def __init__(self, label: int) -> None:
        self._label = f"t{label}"
        self._count = 0

    def next(self, day: date, **changed: Any) -> Json:
        """A ReferralSubmitted as an agency writes it; ``changed`` replaces fields of its data."""
        self._count += 1
        given, family = self._people.name()
        return {
            "specversion": "1.0",
            "id": f"{self._label}-{self._count}",
            "source": f"/{AGENCY}/test",
            "type": "ReferralSubmitted",
            "data": {
                "reference": f"{self._label.upper()}-{self._count:05d}",
                "insats": "finsam-team",
                "referred_on": day.isoformat(),
                "referrer": {"unit": "rinkeby-kista", "officer": {"name": "Handläggare Prov"}},
                "person": {
                    "identity_number": self._people.number(Sex.WOMAN, 30 + self._count % 20, day),
                    "given_name": given,
                    "family_name": family,
                    "sex": "woman",
                },
                "needs": ["kommun", "forsakringskassan"],
                "consent": {"choice": "given", "stated_on": day.isoformat()},
                **changed,
            },
        }


class Doors:
    """The system from outside: HTTP through the gateway, and the inbox topics. A passing failure is no answer.

    ``patience``: seconds until an answer must have come. ``forgiving``: a 500 is written down in ``unfit`` and asked
    again, so that a test can say how many there were.
    """

    def __init__(
        self,
        gateway_url: str,
        bootstrap: str,
        secrets_file: Path,
        *,
        patience: float = 120.0,
        forgiving: bool = False,
    ) -> None:
        self._client = httpx.AsyncClient(base_url=gateway_url, timeout=20, trust_env=False)
        self._tokens = tokens(secrets_file)
        self._bootstrap = bootstrap
        self.patience = patience
        self._passing = _PASSING | {500} if forgiving else _PASSING
        self.acknowledged: set[UUID] = set()
        """Events that an answer named."""
        self.published: set[tuple[str, int, int]] = set()
        """Topic, partition and offset of the records that Kafka acknowledged."""
        self.unfit: list[str] = []
        """Answers that a client cannot act upon: a 500, or another failure without Retry-After."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def post(self, role: Role, path: str, body: Json) -> Json:
        """The answer, whichever attempt it was that was carried out: each carries the command's Idempotency-Key."""
        answer = await self._ask("POST", role, path, body)
        self.acknowledged.update(UUID(event["id"]) for event in answer.get("events", []))
        return answer

    async def get(self, role: Role, path: str) -> Json:
        return await self._ask("GET", role, path, None)

    async def _ask(self, method: str, role: Role, path: str, body: Json | None) -> Json:
        headers = {"authorization": f"Bearer {self._tokens[role]}", "idempotency-key": str(uuid4())}
        deadline = asyncio.get_running_loop().time() + self.patience
        for attempt in itertools.count():
            said = "no answer"
            try:
                response = await self._client.request(method, path, json=body, headers=headers)
            except httpx.TransportError as error:
                said = type(error).__name__
            else:
                self._judge(method, path, response)
                answer: Json = response.json() if "json" in response.headers.get("content-type", "") else {}
                said = f"{response.status_code} {answer.get('code')}"
                if response.is_success:
                    return answer
                if response.status_code not in self._passing and answer.get("code") not in _ON_ITS_WAY:
                    raise AssertionError(f"{method} {path} with {body}: {said} {answer}")
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"{method} {path} got no answer but {said}")
            await _pause(attempt)
        raise AssertionError("unreachable: the loop has no end")

    def _judge(self, method: str, path: str, response: httpx.Response) -> None:
        acceptable = response.status_code < 500 or (
            response.status_code in _PASSING and "retry-after" in response.headers
        )
        if not acceptable:
            self.unfit.append(f"{method} {path}: {response.status_code} {response.text[:200]}")

    async def publish(self, submission: Json, agency: str = AGENCY) -> None:
        """Writes to the agency's inbox until Kafka acknowledges; the same message may lie there twice."""
        key = submission["data"]["reference"].encode()
        await self.send(topics.inbox(agency), key, json.dumps(submission, ensure_ascii=False).encode())

    async def send(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """Writes a record until Kafka acknowledges it."""
        deadline = asyncio.get_running_loop().time() + self.patience
        for attempt in itertools.count():
            producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, acks="all", request_timeout_ms=5000)
            try:
                async with asyncio.timeout(10):
                    await producer.start()
                    headers = [("content-type", CONTENT_TYPE.encode())]
                    place = await producer.send_and_wait(topic, value, key=key, headers=headers)
            except (KafkaError, TimeoutError):
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await _pause(attempt)
            else:
                self.published.add((place.topic, place.partition, place.offset))
                return
            finally:
                await _stop(producer)

    async def refer(self, submission: Json) -> UUID:
        """Submits over HTTP and returns the case. Safe to repeat: the message id shows it is the same."""
        receipt = await self.post(Role.AGENCY, f"/api/referral/inbox/{AGENCY}", submission)
        return UUID(receipt["data"]["case_id"])


async def _pause(attempt: int) -> None:
    least, most = _PAUSE_SECONDS
    await asyncio.sleep(min(most, least * 1.2**attempt))


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(5):
            await producer.stop()
    except (TimeoutError, KafkaError):
        return  # the broker was killed: that is what these tests do


async def reach_meeting(doors: Doors, case: UUID, nth: int, day: date) -> None:
    """Takes a case just referred past its team meeting.

    Each ``nth`` has a session of its own: from 2025 there are three teams, and a session takes one case.
    """
    planning = f"/api/planning/cases/{case}"
    today = day.isoformat()
    accepted = await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/accept", {"accepted_on": today})
    if nth % 12 == 4:
        # Planning hears of each in turn: a meeting that is booked in between would be cancelled.
        await _stands(doors, planning, "accepted")
        await _in_error(doors, case, accepted)
        await _stands(doors, planning, "referred")
        await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/accept", {"accepted_on": today})
    await _prepare(doors, planning, nth, today)
    booking = {"booked_on": today, **session_of(nth, day), "mode": "phone"}
    if nth % 12 == 3:
        declared = {"insats": "finsam-team", **session_of(nth, day), "seats": 1, "area": "farsta"}
        await doors.post(Role.COORDINATOR, "/api/planning/sessions", declared)
    await doors.post(Role.COORDINATOR, f"{planning}/meeting", booking)
    if nth % 12 == 10:
        await doors.post(Role.COORDINATOR, f"{planning}/meeting/cancelled", {"cancelled_on": today})
        await doors.post(Role.COORDINATOR, f"{planning}/meeting", booking)
    await doors.post(Role.COORDINATOR, f"{planning}/meeting/held", {"held_on": today})


async def _prepare(doors: Doors, planning: str, nth: int, today: str) -> None:
    """Some are prepared for the meeting, now and then by mistake."""
    if nth % 6 not in {1, 4}:
        return
    prepared = await doors.post(Role.COORDINATOR, f"{planning}/steps/forberedd/reached", {"reached_on": today})
    if nth % 12 == 4:
        wrong = {"event_id": prepared["events"][0]["id"], "reason": "wrong_person"}
        await doors.post(Role.COORDINATOR, f"{planning}/registered-in-error", wrong)


def session_of(nth: int, day: date) -> Json:
    """The session of a day that no other ``nth`` has a seat in."""
    starts_at = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=nth // 3)
    return {
        "team": f"team-{nth % 3 + 1}",
        "meets_on": day.isoformat(),
        "starts_at": starts_at.strftime("%H:%M"),
    }


async def _stands(doors: Doors, planning: str, stage: str) -> None:
    """Waits until planning has heard of what the referral service did."""
    await until(
        lambda: doors.get(Role.COORDINATOR, planning), lambda seen: seen["stage"] == stage, seconds=doors.patience
    )


async def wait_for_a_seat(doors: Doors, case: UUID, nth: int, day: date, today: date) -> None:
    """Takes a case just referred to a meeting that was not attended, and a session that does not come about."""
    planning = f"/api/planning/cases/{case}"
    await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/accept", {"accepted_on": day.isoformat()})
    booking = {"booked_on": day.isoformat(), **session_of(nth, day), "mode": "digital"}
    await doors.post(Role.COORDINATOR, f"{planning}/meeting", booking)
    missed = {"cancelled_on": day.isoformat(), "not_attended": True}
    await doors.post(Role.COORDINATOR, f"{planning}/meeting/cancelled", missed)
    session = {"insats": "finsam-team", **session_of(nth, today)}
    reserved = {**session, "seats": 1, "reserved": 1, "reserved_for": "phone"}
    await doors.post(Role.COORDINATOR, "/api/planning/sessions", reserved)
    await doors.post(Role.COORDINATOR, "/api/planning/sessions/cancel", session)


async def reach_samplan(doors: Doors, case: UUID, nth: int, day: date) -> Json:
    """Takes a case just referred to its start and samplan; answers planning's view of it."""
    await reach_meeting(doors, case, nth, day)
    planning = f"/api/planning/cases/{case}"
    today = day.isoformat()
    await doors.post(Role.COORDINATOR, f"{planning}/start", {"started_on": today})
    activities = [
        {"responsible": "kommun", "kind": "guidance"},
        {"responsible": "region", "kind": "health_care_contact"},
    ]
    await doors.post(Role.COORDINATOR, f"{planning}/samplan", {"made_on": today, "activities": activities})
    return await doors.get(Role.COORDINATOR, planning)


async def live(doors: Doors, submission: Json, nth: int, today: date) -> UUID:
    """One person's way, another one for each ``nth`` of twelve: back to the referrer, or to a samplan and beyond.
    Of twenty-four one goes on waiting for a seat, and about one parties are called to a SIP.

    Some began long enough ago for follow-ups to have opened or been missed.
    """
    case = await doors.refer(submission)
    day = begun(nth, today)
    if called(nth):
        await _call_to_a_plan(doors, case, day)
        return case
    if nth % 24 == 23:
        await wait_for_a_seat(doors, case, nth, day, today)
        return case
    if nth % 6 == 5:
        await _consult(doors, nth, day)
    await _ask_for_completion(doors, case, nth, day)
    await _while_it_waits(doors, case, nth, day)
    if nth % 12 in {7, 11}:
        if nth % 12 == 7:
            await reach_meeting(doors, case, nth, day)
            await _declined_in_error(doors, case, day)
        back = {"returned_on": day.isoformat(), "reason": "not_relevant"}
        await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/return", back)
        if nth % 12 == 11:
            forgotten = {"case_id": str(case), "also_open": True}
            await doors.post(Role.OPERATIONS, "/api/referral/persons/forget", forgotten)
        return case
    activities = (await reach_samplan(doors, case, nth, day))["plans"][0]["activities"]
    planning = f"/api/planning/cases/{case}"
    [first, second] = [f"{planning}/activities/{each['activity_id']}" for each in activities]
    await doors.post(Role.COORDINATOR, f"{first}/complete", {"completed_on": day.isoformat(), "extent": "fully"})
    if nth % 2 == 0:
        await doors.post(Role.COORDINATOR, f"{second}/start", {"started_on": today.isoformat()})
        lots = {"assigned_on": day.isoformat(), "lots_id": f"lots-{nth % 5}"}
        await doors.post(Role.COORDINATOR, f"{planning}/lots", lots)
    if nth % 4 == 1:
        await _complete_the_first(doors, case, activities, today)
    await _change_the_plan(doors, planning, nth, today)
    await _hand_over(doors, planning, nth, today)
    await _be_away(doors, case, nth, today)
    await _wait_and_give_up(doors, planning, activities[1], nth, day)
    await _change_consent(doors, case, nth, today)
    await _live_on(doors, planning, nth, day)
    if nth % 3 == 0:
        await _leave(doors, planning, nth, today)
    return case


async def _while_it_waits(doors: Doors, case: UUID, nth: int, day: date) -> None:
    """Somebody calls the person, for every fourth twice by mistake; now and then the referrer is another."""
    referral = f"/api/referral/cases/{case}"
    if nth % 4 in {1, 2}:
        called = {"channel": "phone", "contacted_on": day.isoformat()}
        await doors.post(Role.COORDINATOR, f"{referral}/contact", {**called, "reached": nth % 4 == 1})
    if nth % 4 == 1:
        again = await doors.post(Role.COORDINATOR, f"{referral}/contact", {"channel": "letter"})
        mistake = {"event_id": again["events"][0]["id"]}
        await doors.post(Role.COORDINATOR, f"{referral}/contact/registered-in-error", mistake)
    if nth % 6 == 3:
        other = {"unit": "farsta", "name": f"Remittent {nth}", "cause": "left", "changed_on": day.isoformat()}
        await doors.post(Role.COORDINATOR, f"{referral}/change-referrer", other)


async def _consult(doors: Doors, nth: int, day: date) -> None:
    """A question that becomes no case, and somebody put forward; every second one is noted by mistake."""
    consultations = "/api/referral/consultations"
    asked = {
        "insats": "sip-samordnare",
        "held_on": day.isoformat(),
        "asker": "socialtjanst",
        "forum": "phone",
        "topic": "coordinated_plan",
    }
    noted = await doors.post(Role.COORDINATOR, consultations, asked)
    put_forward = "/api/referral/put-forward"
    named = {"insats": "beredningsgrupp", "met_on": day.isoformat(), "by": "forsakringskassan", "led_to": "not_now"}
    put = await doors.post(Role.COORDINATOR, put_forward, named)
    if nth % 12 == 5:
        mistakes = (f"{consultations}/{noted['consultation_id']}", f"{put_forward}/{put['put_forward_id']}")
        for mistake in mistakes:
            await doors.post(Role.COORDINATOR, f"{mistake}/registered-in-error", {})


async def _call_to_a_plan(doors: Doors, case: UUID, day: date) -> None:
    """Parties are called to a SIP: one comes and makes a plan, the other does not."""
    await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/accept", {"accepted_on": day.isoformat()})
    planning, met = f"/api/planning/cases/{case}", day + timedelta(days=14)
    await _collect_papers(doors, planning, day)
    parties = ["region", "forsakringskassan"]
    called = {"initiator": "kommun", "parties": parties, "consents_to": parties, "sent_on": day.isoformat()}
    when = {"meets_on": met.isoformat(), "starts_at": "09:00"}
    await doors.post(Role.COORDINATOR, f"{planning}/call", {**called, **when})
    held = {
        "held_on": met.isoformat(),
        "attended": ["region"],
        "activities": [{"responsible": "region", "kind": "health_care_contact"}],
        "follow_up_on": (met + timedelta(days=60)).isoformat(),
        "coordinator_present": True,
    }
    await doors.post(Role.COORDINATOR, f"{planning}/call/held", held)


async def _collect_papers(doors: Doors, planning: str, day: date) -> None:
    """Papers for a SIP are asked for: one comes, one is awaited no longer, one is awaited still."""
    steps, asked = f"{planning}/steps", {"asked_on": day.isoformat(), "of": "samsip", "asked_of": "health_care"}
    for paper in ("lakarutlatande", "journal", "lss_underlag"):
        said = await doors.post(Role.COORDINATOR, f"{steps}/underlag/requests", {**asked, "document": paper})
    came = (day + timedelta(days=9)).isoformat()
    received = {"reached_on": came, "of": "samsip", "document": "lakarutlatande"}
    await doors.post(Role.COORDINATOR, f"{steps}/underlag/reached", received)
    ended = {"ended_on": day.isoformat(), "reason": "not_needed"}
    await doors.post(Role.COORDINATOR, f"{steps}/requests/{said['request_id']}/end", ended)


async def _ask_for_completion(doors: Doors, case: UUID, nth: int, day: date) -> None:
    """Some referrals lack something: it comes, never comes, or was asked for in error."""
    if nth % 12 not in {3, 9, 11}:
        return
    asked = {
        "what": ["medical_certificate"],
        "asked_of": "referrer",
        "note": "Helst i dag.",
        "asked_on": day.isoformat(),
    }
    said = await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/ask-for-completion", asked)
    if nth % 12 == 3:
        came = {"completed_on": day.isoformat(), "answer": "Det är skickat."}
        await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/complete", came)
    if nth % 12 == 9:
        await _in_error(doors, case, said)


async def _declined_in_error(doors: Doors, case: UUID, day: date) -> None:
    declined = {"ended_on": day.isoformat()}
    await _in_error(doors, case, await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/decline", declined))


async def _in_error(doors: Doors, case: UUID, said: Json) -> None:
    wrong = {"event_id": said["events"][0]["id"], "reason": "wrong_person"}
    await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/registered-in-error", wrong)


async def _change_the_plan(doors: Doors, planning: str, nth: int, today: date) -> None:
    """For some: the support ends, the case waits for a while, the plan is revised."""
    day = today.isoformat()
    match nth % 12:
        case 2:
            await doors.post(Role.LOTS, f"{planning}/support/end", {"ended_on": day, "role": "lots"})
        case 4:
            await doors.post(Role.LOTS, f"{planning}/hold", {"since": day, "reason": "illness"})
            await doors.post(Role.LOTS, f"{planning}/resume", {"resumed_on": day})
        case 5 | 8:
            added = [{"responsible": "arbetsformedlingen", "kind": "studies"}]
            revised = {"revised_on": day, "version": 1, "added": added}
            await doors.post(Role.COORDINATOR, f"{planning}/samplan/revise", revised)


async def _hand_over(doors: Doors, planning: str, nth: int, today: date) -> None:
    """For some the lots asks a colleague: who takes the support over, now and then by mistake, declines, is asked no
    longer, or has not answered."""
    if nth % 12 not in {4, 6, 8, 10}:
        return
    day, handover = today.isoformat(), f"{planning}/support/handover"
    await doors.post(Role.LOTS, handover, {"offered_on": day, "role": "lots", "to": COLLEAGUE})
    match nth % 12:
        case 6:
            await doors.post(Role.LOTS, f"{handover}/withdraw", {"withdrawn_on": day, "role": "lots"})
        case 8:
            accepted = await doors.post(Role.LOTS, f"{handover}/accept", {"accepted_on": day, "role": "lots"})
            if nth % 24 == 8:
                wrong = {"event_id": accepted["events"][0]["id"], "reason": "wrong_person"}
                await doors.post(Role.COORDINATOR, f"{planning}/registered-in-error", wrong)
        case 10:
            declined = {"declined_on": day, "role": "lots", "reason": "caseload_full"}
            await doors.post(Role.LOTS, f"{handover}/decline", declined)


async def _be_away(doors: Doors, case: UUID, nth: int, today: date) -> None:
    """Now and then a worker whom no other case knows is away for a week, and half of them come back at once."""
    if nth % 12 != 6:
        return
    days = {"first_day": today.isoformat(), "last_day": (today + timedelta(days=7)).isoformat()}
    leave = {"worker_id": f"away-{case.hex[:8]}", "substitute": COLLEAGUE, **days}
    registered = await doors.post(Role.COORDINATOR, "/api/followup/absences", leave)
    if nth % 24 == 6:
        end = f"/api/followup/absences/{registered['absence_id']}/end"
        await doors.post(Role.COORDINATOR, end, {"back_on": today.isoformat()})


async def _wait_and_give_up(doors: Doors, planning: str, activity: Json, nth: int, day: date) -> None:
    """An activity waits for a party and is not done after all; a supplier's places come and go."""
    if nth % 12 not in {1, 4}:
        return
    path = f"{planning}/activities/{activity['activity_id']}"
    if nth % 12 == 1:
        waits = {"since": day.isoformat(), "reason": "waits_for_party", "waits_for": "region"}
        await doors.post(Role.COORDINATOR, f"{path}/block", waits)
        await doors.post(Role.COORDINATOR, f"{path}/unblock", {"ended_on": day.isoformat()})
        await doors.post(Role.COORDINATOR, f"{path}/cancel", {"cancelled_on": day.isoformat(), "reason": "health"})
    else:
        supplier = {"insats": "arbetstraning", "supplier": f"leverantor-{nth}"}
        await doors.post(Role.COORDINATOR, "/api/planning/places", {**supplier, "name": "Verkstaden", "seats": 2})
        if nth % 24 == 4:
            await doors.post(Role.COORDINATOR, "/api/planning/places/withdraw", supplier)


async def _change_consent(doors: Doors, case: UUID, nth: int, today: date) -> None:
    """Some withdraw their consent, and some of those who refused give it after all."""
    choice = "withdrawn" if nth % 6 == 2 else "given" if nth % 24 == 5 else None
    if choice is not None:
        answer = {"choice": choice, "stated_on": today.isoformat()}
        await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case}/consent", answer)


async def _live_on(doors: Doors, planning: str, nth: int, day: date) -> None:
    """For some a benefit or an employment is decided; every second of these is prolonged, and ends or waits."""
    on = day.isoformat()
    if nth % 5 in {1, 2}:
        decided = {"decided_on": on, "benefit": "sickness_compensation", "status": "granted", "extent_percent": 50}
        await doors.post(Role.COORDINATOR, f"{planning}/benefits", decided)
    if nth % 5 == 2:
        terms = {"decided_on": on, "from_on": on, "until_on": (day + timedelta(days=90)).isoformat()}
        said = {"support": "wage_subsidy", "extent_percent": 75, "employer": "non_profit"}
        await doors.post(Role.COORDINATOR, f"{planning}/employments", {**terms, **said})
        if nth % 10 == 2:
            employment = (await doors.get(Role.COORDINATOR, planning))["employments"][0]["employment_id"]
            longer = {"decided_on": on, "from_on": terms["until_on"], "support": "none"}
            await doors.post(Role.COORDINATOR, f"{planning}/employments", {**longer, "employment_id": employment})
            ended = {"ended_on": on, "reason": "own_wish"}
            await doors.post(Role.COORDINATOR, f"{planning}/employments/{employment}/end", ended)
    if nth % 5 == 1:
        await doors.post(Role.COORDINATOR, f"{planning}/hold", {"since": on, "reason": "illness"})
        await doors.post(Role.COORDINATOR, f"{planning}/resume", {"resumed_on": on})


async def _leave(doors: Doors, planning: str, nth: int, today: date) -> None:
    """An exit. Some come back; of others the exit was registered in error, or the referrer goes on with the case."""
    day = today.isoformat()
    left: Json = {"exited_on": day, "reason": "continued_rehabilitation"}
    if nth % 12 in {3, 9}:
        left = {"exited_on": day, "reason": "work", "extent_percent": 50, "support": "none"}
    await doors.post(Role.COORDINATOR, f"{planning}/exit", left)
    if nth % 12 == 9:
        back = {"case_id": planning.rpartition("/")[2], "acknowledged_on": day}
        await doors.post(Role.AGENCY, f"/api/referral/inbox/{AGENCY}/hand-backs/acknowledged", back)
    if nth % 12 == 0:
        await doors.post(Role.COORDINATOR, f"{planning}/reopen", {"reopened_on": day})
    if nth % 12 == 6:
        exit_ = (await doors.get(Role.COORDINATOR, planning))["participations"][0]["exit"]
        wrong = {"event_id": exit_["event_id"], "reason": "wrong_person"}
        await doors.post(Role.COORDINATOR, f"{planning}/registered-in-error", wrong)


def begun(nth: int, today: date) -> date:
    """When the ``nth`` was referred: today; or so long ago that a follow-up is open; or that one was missed."""
    return today - timedelta(days=(0, 75, 110)[nth % 3 if nth % 4 != 1 else 1])


def consents(nth: int) -> bool:
    """Whether the ``nth`` consents to individual follow-up."""
    return nth % 8 != 5


def called(nth: int) -> bool:
    """Whether parties are called about the ``nth``, who is referred to an insats that uses SamSIP."""
    return nth % 24 == 17


async def _complete_the_first(doors: Doors, case: UUID, activities: Sequence[Json], today: date) -> None:
    """Registers the follow-up that is due first, as soon as the service has heard of the plan."""
    path = f"/api/followup/cases/{case}/follow-ups"
    deadline = asyncio.get_running_loop().time() + doors.patience
    for attempt in itertools.count():
        owed = (await doors.get(Role.COORDINATOR, path)).get("items", [])
        if owed:
            break
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"no follow-ups were scheduled for {case}")
        await _pause(attempt)
    findings = [
        {"activity_id": each["activity_id"], "outcome": outcome}
        for each, outcome in zip(activities, ("fully", "not_done"), strict=True)
    ]
    report = {"held_on": today.isoformat(), "result": "some", "reason": "under_way", "activities": findings}
    await doors.post(Role.COORDINATOR, f"/api/followup/follow-ups/{owed[0]['follow_up_id']}/complete", report)
