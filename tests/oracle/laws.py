"""What must be true of the topics themselves, whatever the tables hold."""

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from contracts import topics
from tests.oracle.story import (
    ABSENCE_EVENTS,
    GROUP_EVENTS,
    NO_CASES,
    NOTICE_EVENTS,
    OUTBOXES,
    PLACE_EVENTS,
    READ,
    SESSION_EVENTS,
    Place,
    Sent,
    Story,
    came_by_themselves,
    counted,
)

FOLLOW_UP_MONTHS = (2, 6, 12)


def broken_laws(story: Story) -> list[str]:
    """Gaps and changes of order, records without their one receipt, dead letters of records that were in order."""
    laws = (_order, _receipts, _cases, _feedback, _referred, _dead_letters, _plans)
    return [*story.faults, *(broken for law in laws for broken in law(story))]


def _order(story: Story) -> Iterator[str]:
    """Each source numbers its events of a stream 1, 2, 3 … in the order of their first sight."""
    streams: dict[tuple[UUID, str], list[int]] = defaultdict(list)
    for sent in story.on(*topics.DOMAIN, *OUTBOXES):
        streams[sent.case, sent.source].append(sent.sequence)
    for (case, source), sequences in streams.items():
        if sequences != list(range(1, len(sequences) + 1)):
            yield f"{source} appended to {case} in the order {sequences}"


def _receipts(story: Story) -> Iterator[str]:
    """Each record of an inbox has exactly one receipt, or a dead letter."""
    answered = Counter(
        Place(*(sent.data["record"][name] for name in ("topic", "partition", "offset")))
        for sent in story.on(*OUTBOXES)
        if "record" in sent.data
    )
    answered.update(_letters(story, "referral") & story.inbox)
    yield from (f"no receipt and no dead letter for {place}" for place in sorted(story.inbox - answered.keys()))
    yield from (f"a receipt for nothing at {place}" for place in sorted(answered.keys() - story.inbox))
    yield from (f"{times} receipts for {place}" for place, times in sorted(answered.items()) if times > 1)


def _cases(story: Story) -> Iterator[str]:
    """Each case was opened by one receipt, and each message opened at most one."""
    receipts = [sent for sent in story.on(*OUTBOXES) if sent.type == "ReferralAcknowledged"]
    first = [sent for sent in receipts if not sent.data["repeated"]]
    opened = Counter(UUID(sent.data["case_id"]) for sent in first)
    received = Counter(sent.case for sent in story.of_type("ReferralReceived") if not came_by_themselves(sent))
    if opened != received:
        yield f"receipts for {opened - received} without a case, cases {received - opened} without a receipt"
    messages = Counter((sent.data["agency"], sent.data["message_id"]) for sent in first)
    yield from (f"{message} opened {times} cases" for message, times in messages.items() if times > 1)


_STEPS = {
    "CompletionRequested": "incomplete",
    "CompletionReceived": "completed",
    "ReferralAccepted": "accepted",
    "ReferralReturned": "returned",
    "TeamMeetingBooked": "meeting_booked",
    "MeetingBooked": "meeting_booked",
    "MeetingCancelled": "meeting_cancelled",
    "TeamMeetingHeld": "meeting_held",
    "MeetingHeld": "meeting_held",
    "InsatsStarted": "started",
    "ParticipantExited": "ended",
    "CaseHandedBack": "handed_back",
    "HandBackAcknowledged": "hand_back_acknowledged",
    "CaseReopened": "reopened",
}


def _feedback(story: Story) -> Iterator[str]:
    """Each agency has been told every step of its referrals that counts, once, with its day and by its reference.

    Of a forgotten person nothing can be told any more, so there the last steps may be missing.
    """
    receipts = (sent.data for sent in story.on(*OUTBOXES) if sent.type == "ReferralAcknowledged")
    names = {UUID(said["case_id"]): (said["agency"], said["reference"]) for said in receipts}
    told: dict[UUID, list[Sent]] = defaultdict(list)
    for sent in story.of_type("ReferralProgressed", "ReferralProgressTakenBack"):
        told[UUID(sent.data["case_id"])].append(sent)
        agency, reference = names.get(UUID(sent.data["case_id"]), ("nobody", None))
        if (sent.data["agency"], sent.data["reference"]) != (agency, reference):
            yield f"{sent.event_id} names another referral than its receipt"
        if sent.place.topic != topics.outbox(agency):
            yield f"{sent.event_id} was told to another agency"
    for case, events in story.cases(topics.REFERRAL, topics.PLANNING).items():
        followed = [] if any(map(came_by_themselves, events)) else list(counted(events))
        happened = {each.event["id"]: each for each in followed if each.type in _STEPS}
        wanted = {cause: (_STEPS[each.type], each.data["happened_on"]) for cause, each in happened.items()}
        forgotten = any(each.type == "PersonForgotten" for each in events)
        standing = _standing(told[case])
        if standing != wanted and not (forgotten and standing.items() <= wanted.items()):
            yield f"the referrer of {case} was told {standing}, what happened is {wanted}"


def _standing(told: list[Sent]) -> dict[str, tuple[str, str]]:
    """By the event each is about: the steps told and not taken back."""
    taken_back = {each.data["progress_id"] for each in told if each.type == "ReferralProgressTakenBack"}
    steps = [each for each in told if each.type == "ReferralProgressed" and each.event["id"] not in taken_back]
    standing = {each.event["causationid"]: (each.data["step"], each.data["happened_on"]) for each in steps}
    return standing if len(standing) == len(steps) else {"twice": ("told twice", "")}


def _referred(story: Story) -> Iterator[str]:
    """Nothing is appended to a case that was never referred; sessions, doors, notices, what is counted are none."""
    streams = (*NO_CASES, *SESSION_EVENTS, *PLACE_EVENTS, *GROUP_EVENTS, *ABSENCE_EVENTS, *NOTICE_EVENTS)
    known = {sent.case for sent in story.of_type("ReferralReceived", *streams)}
    strange = {sent.case for sent in story.on(*topics.DOMAIN)} - known
    yield from (f"{case} has events and was never referred" for case in sorted(strange))


def _dead_letters(story: Story) -> Iterator[str]:
    """Dead letters are exactly of what is no event, once for each service that reads its topic."""
    for service, read in READ.items():
        letters = _letters(story, service)
        wanted = {place for place in story.unreadable if place.topic in read}
        yield from (f"{service} dead-lettered {place}, which is in order" for place in sorted(letters - wanted))
        yield from (f"{service} has no dead letter for {place}" for place in sorted(wanted - letters))


def _letters(story: Story, service: str) -> set[Place]:
    sent = story.on(topics.dead_letters(service))
    return {Place(*(each.data[name] for name in ("topic", "partition", "offset"))) for each in sent}


_REPEATED = ("FollowUpAttempted", "FollowUpHandoverOffered", "FollowUpHandoverDeclined", "FollowUpTakenOver")


def _plans(story: Story) -> Iterator[str]:
    """Each samplan owes a follow-up a point, nominally so many calendar months later; each ends at most once."""
    owed: dict[str, list[int]] = defaultdict(list)
    made = {sent.data["samplan_id"]: date.fromisoformat(sent.data["happened_on"]) for sent in _samplaner(story)}
    for sent in story.of_type("FollowUpScheduled"):
        if not {"samplan_id", "months"} <= sent.data.keys():
            continue  # counted from a start or an exit, or not in months
        samplan, months = sent.data["samplan_id"], sent.data["months"]
        owed[samplan].append(months)
        if samplan in made and not _months_later(made[samplan], date.fromisoformat(sent.data["nominal_on"]), months):
            yield f"{sent.event_id} is nominally on {sent.data['nominal_on']}, its plan is of {made[samplan]}"
    for sent in _samplaner(story):
        version, months = sent.data["rule"]["version"], sorted(owed[sent.data["samplan_id"]])
        if sent.data["insats"] == "finsam-team" and version > 1 and tuple(months) != FOLLOW_UP_MONTHS:
            yield f"samplan {sent.data['samplan_id']} owes follow-ups after {months} months"
    of_follow_ups = (sent for sent in story.on(topics.FOLLOWUP) if "follow_up_id" in sent.data)
    # Each reminder is sent once; there are several. Whose it is, and that somebody tried, may be said again.
    facts = Counter(
        (sent.data["follow_up_id"], f"{sent.type} {sent.data.get('step', '')}".strip())
        for sent in of_follow_ups
        if sent.type not in _REPEATED
    )
    yield from (f"{thing} has {times} {kind}" for (thing, kind), times in facts.items() if times > 1)


def _samplaner(story: Story) -> Iterator[Sent]:
    return story.of_type("SamplanUpprättad")


def _months_later(made: date, nominal: date, months: int) -> bool:
    """The same day of the month, or the last of a shorter month."""
    passed = (nominal.year - made.year) * 12 + nominal.month - made.month
    return passed == months and nominal.day == min(made.day, monthrange(nominal.year, nominal.month)[1])
