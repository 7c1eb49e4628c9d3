"""Planning's tables: where each case stands, the sessions and the places taken in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from contracts import topics
from tests.oracle.story import Json, Story, Told
from tests.oracle.table import UNTOLD, Table

_CONSENT = {"ConsentGiven": "given", "ConsentRefused": "refused", "ConsentWithdrawn": "withdrawn"}


def tables(story: Story) -> Iterator[Table]:
    """What they must hold."""
    cases = {case: _folded(told) for case, told in story.cases(topics.REFERRAL, topics.PLANNING).items()}
    yield Table(
        "planning_case",
        ("case_id",),
        ("state", "kept"),
        {(case,): (folded.state(), folded.kept()) for case, folded in cases.items()},
        json=("state", "kept"),
    )
    session = ("insats", "team", "meets_on", "starts_at")
    booked = [(f.insats, each) for f in cases.values() for each in f.bookings]
    yield Table("team_session", session, (), {_session(insats, each): () for insats, each in booked})
    places = {(case,): _session(f.insats, f.booking) for case, f in cases.items() if f.booking is not None}
    yield Table("session_place", ("case_id",), session, places)


def _session(insats: str, booking: Json) -> tuple[Any, ...]:
    meets_on, starts_at = date.fromisoformat(booking["meets_on"]), time.fromisoformat(booking["starts_at"])
    return insats, booking["team"], meets_on, starts_at


@dataclass
class _Case:
    """A case as the two streams tell it."""

    days: dict[str, str] = field(default_factory=dict)
    stage: str = "not_referred"
    insats: str = ""
    consent: str = "not_stated"
    booking: Json | None = None
    held: Json | None = None
    samplan: Json | None = None
    activities: dict[str, Json] = field(default_factory=dict)
    lots: Json | None = None
    kinds: dict[str, Any] = field(default_factory=dict)
    exit_reason: Any = None
    bookings: list[Json] = field(default_factory=list)

    def state(self) -> Json:
        """The shape in which planning keeps it, without nulls."""
        state: Json = {"stage": self.stage}
        state["referral"] = {
            "insats": self.insats,
            "referred_on": self.days["referred_on"],
            "consent": self.consent,
        }
        if self.stage != "referred":
            state["course"] = self._course()
        wanted = {
            "returned": ("returned_on",),
            "accepted": ("accepted_on",),
            "participating": ("accepted_on", "started_on"),
            "exited": ("accepted_on", "started_on", "exited_on"),
        }.get(self.stage, ())
        return state | {name: self.days.get(name) for name in wanted}

    def kept(self) -> Any:
        """Kinds and reasons are told only with consent, and may be kept all the same."""
        if self.exit_reason is UNTOLD or None in self.kinds.values():
            return UNTOLD
        exit_reason = {} if self.exit_reason is None else {"exit_reason": self.exit_reason}
        return {"kinds": self.kinds, **exit_reason}

    def _course(self) -> Json:
        parts = {"meeting": self.held or self.booking, "samplan": self._plan(), "lots": self.lots}
        return {name: part for name, part in parts.items() if part is not None}

    def _plan(self) -> Json | None:
        return None if self.samplan is None else {**self.samplan, "activities": list(self.activities.values())}


def _folded(told: Sequence[Told]) -> _Case:
    case = _Case()
    started = any(each.type == "InsatsStarted" for each in told)
    for each in told:
        # A start counts, whatever was told of a return meanwhile.
        if not (started and each.type == "ReferralReturned"):
            _apply(case, each.type, each.data)
    return case


def _apply(case: _Case, kind: str, data: Json) -> None:  # noqa: C901  # one case of the table a type
    day = data["happened_on"]
    match kind:
        case "ReferralReceived":
            case.stage, case.insats, case.days["referred_on"] = "referred", data["insats"], day
        case "ConsentGiven" | "ConsentRefused" | "ConsentWithdrawn":
            case.consent = _CONSENT[kind]
        case "ReferralAccepted":
            case.stage, case.days["accepted_on"] = "accepted", day
        case "ReferralReturned":
            case.stage, case.days["returned_on"] = "returned", day
            _give_up_place(case)
        case "TeamMeetingBooked":
            names = ("meeting_id", "team", "meets_on", "starts_at", "mode")
            case.booking = {"state": "booked", "booked_on": day} | {name: data[name] for name in names}
            case.bookings.append(case.booking)
        case "TeamMeetingHeld":
            case.held = {"state": "held", "held_on": day, "mode": data["mode"], "booking": case.booking}
        case "InsatsStarted":
            case.stage, case.days["started_on"] = "participating", day
        case "SamplanUpprättad":
            case.samplan = {"samplan_id": data["samplan_id"], "made_on": day}
            for each in data["activities"]:
                activity = {"activity_id": each["activity_id"], "responsible": each["responsible"]}
                case.activities[each["activity_id"]] = {"state": "planned", **activity}
                case.kinds[each["activity_id"]] = each.get("kind")
        case "ActivityStarted":
            case.activities[data["activity_id"]] |= {"state": "ongoing", "started_on": day}
        case "ActivityCompleted":
            completed = {"state": "completed", "completed_on": day, "extent": data["extent"]}
            case.activities[data["activity_id"]] |= completed
        case "LotsAssigned":
            case.lots = {"lots_id": data["lots_id"], "assigned_on": day}
        case "ParticipantExited":
            case.stage, case.days["exited_on"] = "exited", day
            case.exit_reason = data.get("reason", UNTOLD)
            _give_up_place(case)
        case "PlanningEnded" | "PersonForgotten":
            pass  # the first follows from the return, the second leaves planning as it is
        case _:
            raise ValueError(f"the oracle knows no {kind}: say here what planning makes of it")


def _give_up_place(case: _Case) -> None:
    if case.held is None:
        case.booking = None
