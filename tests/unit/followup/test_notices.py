"""When a daily digest is owed, what is known of one that was sent, and which addresses one may be sent to."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.policy import SMTP
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.codes import Role
from contracts.envelope import TIMER
from contracts.events import STOCKHOLM, AnyEvent, event_of, local_date
from contracts.followup import NoticeSent
from contracts.problems import Invalid
from services.followup import letter
from services.followup.domain.dates import DAY, is_working_day
from services.followup.domain.notices import (
    Numbers,
    OwedDigest,
    first_after,
    last_begun,
    mail_address,
    moment_of,
    owed_digest,
    sent,
    stream_of,
)
from services.followup.notice_store import Subscription

SEVEN = time(7)
FRIDAY, MONDAY, TUESDAY, WEDNESDAY = date(2021, 3, 5), date(2021, 3, 8), date(2021, 3, 9), date(2021, 3, 10)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), STOCKHOLM)


def test_a_digest_is_owed_from_its_time_of_the_day() -> None:
    assert owed_digest(FRIDAY, _at(MONDAY, 6, 59), SEVEN) is None
    assert owed_digest(FRIDAY, _at(MONDAY, 7), SEVEN) == OwedDigest(MONDAY, MONDAY, 0)
    assert owed_digest(MONDAY, _at(MONDAY, 23), SEVEN) is None


def test_none_is_owed_at_the_weekend_and_on_a_day_off() -> None:
    assert owed_digest(FRIDAY, _at(FRIDAY + DAY, 12), SEVEN) is None
    assert owed_digest(date(2021, 4, 1), _at(date(2021, 4, 5), 12), SEVEN) is None, "Easter Monday"
    assert first_after(date(2021, 4, 1)) == date(2021, 4, 6)


def test_after_a_stop_one_is_owed_for_all_its_days_and_says_how_late_it_is() -> None:
    assert owed_digest(FRIDAY, _at(WEDNESDAY, 9), SEVEN) == OwedDigest(MONDAY, WEDNESDAY, 2)
    assert owed_digest(FRIDAY, _at(WEDNESDAY, 6), SEVEN) == OwedDigest(MONDAY, TUESDAY, 2)


def test_a_clock_that_went_back_owes_nothing_again() -> None:
    assert owed_digest(WEDNESDAY, _at(MONDAY, 12), SEVEN) is None


@pytest.mark.parametrize(
    ("day", "at", "in_utc"),
    [
        (date(2021, 3, 26), SEVEN, datetime(2021, 3, 26, 6, tzinfo=UTC)),
        (date(2021, 3, 29), SEVEN, datetime(2021, 3, 29, 5, tzinfo=UTC)),  # the night before left an hour out
        (date(2021, 10, 29), SEVEN, datetime(2021, 10, 29, 5, tzinfo=UTC)),
        (date(2021, 11, 1), SEVEN, datetime(2021, 11, 1, 6, tzinfo=UTC)),
        (date(2021, 3, 28), time(2, 30), datetime(2021, 3, 28, 1, 30, tzinfo=UTC)),  # an hour that the day has not
        (date(2021, 10, 31), time(2, 30), datetime(2021, 10, 31, 0, 30, tzinfo=UTC)),  # and one that it has twice
    ],
)
def test_the_time_is_that_of_swedish_clocks(day: date, at: time, in_utc: datetime) -> None:
    assert moment_of(day, at) == in_utc


# A worker's digests over a while ---------------------------------------------------------------------------------


@dataclass
class Office:
    """Somebody with a digest, and a service that looks now and then, with a clock that may be set."""

    settled_on: date
    at: time
    log: list[AnyEvent] = field(default_factory=list)
    covered: list[tuple[OwedDigest, datetime]] = field(default_factory=list)

    def look(self, now: datetime, *, killed: bool) -> None:
        """``killed``: after the mail server took it and before the event; the service looks again."""
        for stopped in (True, False) if killed else (False,):
            owed = owed_digest(self.settled_on, now, self.at)
            if owed is None:
                return
            if not stopped:
                facts = sent(owed, "karin", Role.COORDINATOR, self.log)
                self.log += [_event(fact, len(self.log) + 1, now) for fact in facts]
                self.settled_on = owed.settles
                self.covered.append((owed, now))


def _event(fact: NoticeSent, sequence: int, now: datetime) -> AnyEvent:
    return event_of(
        fact, event_id=uuid4(), stream_id=stream_of("karin"), sequence=sequence, recorded=now, actor=TIMER
    )


_STEPS = st.one_of(
    st.timedeltas(timedelta(seconds=1), timedelta(hours=12)),  # it runs
    st.timedeltas(timedelta(days=1), timedelta(days=40)),  # it was stopped
    st.timedeltas(timedelta(days=-3), timedelta(0)),  # its clock was set back
)


@given(
    st.integers(1_577_836_800, 1_735_603_200).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.times().map(lambda found: found.replace(tzinfo=None)),
    st.lists(st.tuples(_STEPS, st.booleans()), max_size=60),
)
@example(datetime(2021, 3, 26, 12, tzinfo=UTC), time(2, 30), [(timedelta(hours=1), True)] * 100)
@example(datetime(2021, 10, 29, 12, tzinfo=UTC), time(2, 30), [(timedelta(minutes=30), True)] * 200)
def test_each_day_that_has_come_is_covered_by_one_digest_and_none_is_sent_twice(
    begin: datetime, at: time, steps: list[tuple[timedelta, bool]]
) -> None:
    office = Office(last_begun(begin, at), at)
    chosen_on, now, latest = office.settled_on, begin, begin
    for step, killed in steps:
        now += step
        latest = max(latest, now)
        office.look(now, killed=killed)

    through = last_begun(latest, at)
    come = {chosen_on + DAY * n for n in range(1, (through - chosen_on).days + 1)}
    covered = [day for owed, _ in office.covered for day in _days(owed)]
    assert sorted(covered) == sorted(day for day in come if is_working_day(day)), "each working day, once"
    told = [event.data for event in office.log]
    assert [fact.happened_on for fact in told] == [owed.day for owed, _ in office.covered], "one event each"
    for owed, sent_at in office.covered:
        assert owed.late_by_days == (local_date(sent_at) - owed.day).days >= 0
        assert moment_of(owed.settles, at) <= sent_at


def _days(owed: OwedDigest) -> list[date]:
    days = (owed.day + DAY * n for n in range((owed.settles - owed.day).days + 1))
    return [day for day in days if is_working_day(day)]


# The letter -------------------------------------------------------------------------------------------------------


def test_a_letter_has_numbers_and_links_only() -> None:
    message = letter.digest(
        Subscription("karin", Role.COORDINATOR, "karin@example.se", FRIDAY),
        OwedDigest(MONDAY, MONDAY, 0),
        Numbers(own_overdue=1, own_due=2, role_overdue=13, role_due=4, brought_up=5, asked_to_take=6),
        sender="samspel@forbundet.example",
        public_url="https://samspel.example/",
        now=_at(MONDAY, 7),
    )
    read = message_from_bytes(message.as_bytes(), policy=SMTP)
    assert read["To"] == "karin@example.se"
    assert read["From"] == "Samspel <samspel@forbundet.example>"
    assert read["Subject"] == "Uppföljningar att göra"
    assert read.get_content().replace("\r\n", "\n") == (
        "I din lista: 1 försenad, 2 att göra nu.\n"
        "I koordinatorernas lista: 13 försenade, 4 att göra nu.\n"
        "Lyfta till koordinator: 5.\n"
        "Du är tillfrågad om att ta över: 6.\n"
        "\n"
        "Se listan (du behöver logga in): https://samspel.example/uppfoljningar?roll=mina\n"
        "\n"
        "Du har själv valt att få det här. Ändra eller stäng av: https://samspel.example/uppfoljningar/aviseringar\n"
    )


def test_a_late_letter_says_so_and_one_of_a_worker_and_day_has_one_message_id() -> None:
    late = OwedDigest(MONDAY, WEDNESDAY, 2)
    assert letter.message_id("karin", late, "a@b.se") == letter.message_id("karin", late, "a@b.se")
    ids = {
        letter.message_id(who, OwedDigest(day, day, 0), "a@b.se")
        for who in ("karin", "lova")
        for day in (MONDAY, TUESDAY)
    }
    assert len(ids) == 4
    message = letter.digest(
        Subscription("lova", Role.LOTS, "lova@example.se", FRIDAY),
        late,
        Numbers(own_due=1),
        sender="a@b.se",
        public_url="https://samspel.example",
        now=_at(WEDNESDAY, 9),
    )
    assert "skulle ha kommit den 8 mars 2021" in message.get_content()
    assert "lotsarnas lista" in message.get_content()


def test_a_letter_leads_to_the_list_of_the_role_where_nothing_is_ones_own() -> None:
    message = letter.digest(
        Subscription("lova", Role.LOTS, "lova@example.se", FRIDAY),
        OwedDigest(MONDAY, MONDAY, 0),
        Numbers(role_due=1),
        sender="a@b.se",
        public_url="https://samspel.example",
        now=_at(MONDAY, 7),
    )
    assert "https://samspel.example/uppfoljningar\n" in message.get_content()


def test_numbers_say_something_unless_all_are_zero() -> None:
    assert not Numbers().say_something
    assert all(Numbers(**{name: 1}).say_something for name in vars(Numbers()))


# Addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["lova@kommun.se", "  lova@kommun.se ", "lova.l+samspel@sub.kommun.se", "o'b@k-k.se"]
)
def test_an_address_is_taken_as_it_was_typed(typed: str) -> None:
    assert mail_address(typed, "address") == typed.strip()


@pytest.mark.parametrize(
    "typed",
    [
        *("", "lova", "@kommun.se", "lova@", "lova@kommun", "lova@@kommun.se", "lova@-kommun.se", ".lova@kommun.se"),
        *("lova@kommun.se\nBcc: x@y.se", "lova@kommun.se\r\n", "lo\nva@kommun.se", "lova@kommun.se\x00", "\tl@k.se"),
        *("Lova <lova@kommun.se>", "lova@kommun.se, kim@kommun.se", '"lo va"@kommun.se', "lova@[127.0.0.1]"),
        *("löva@kommun.se", "lova@kömmun.se", f"{'l' * 65}@kommun.se", f"l@{'k.' * 130}se", "lova@kommun.se."),
    ],
)
def test_what_is_no_plain_address_is_refused_at_its_field(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        mail_address(typed, "address")
    assert refused.value.field == "address"


@given(st.text(max_size=300))
def test_no_address_that_is_taken_can_hold_another_header(typed: str) -> None:
    try:
        taken = mail_address(typed, "address")
    except Invalid:
        return
    assert taken.isascii()
    assert taken.isprintable()
    assert not set(taken) & set(' ,;:<>"()[]\\')
