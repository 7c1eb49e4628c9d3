"""Follow-ups as a calendar (RFC 5545): a day for each, what it is, and where its page is. Nobody's name."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from icalendar import Calendar, Event

from services.followup.domain.dates import DAY
from services.followup.store import Entry
from services.followup.web.labels import point_label

_ASK_AGAIN: Final = timedelta(hours=6)


def of_follow_ups(entries: Iterable[Entry], public_url: str, now: datetime) -> bytes:
    """The calendar's text. A follow-up keeps its UID, so that one that is moved is moved in the calendar too."""
    calendar = Calendar()
    calendar.add("prodid", "-//Samspel//Uppföljningar//SV")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Uppföljningar")
    calendar.add("refresh-interval", _ASK_AGAIN, parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, public_url, now))
    return bytes(calendar.to_ical())


def _event(entry: Entry, public_url: str, now: datetime) -> Event:
    terms = entry.follow_up.terms
    event = Event()
    event.add("uid", f"{terms.follow_up_id}@samspel")
    event.add("dtstamp", now)
    event.add("dtstart", terms.due_on)
    event.add("dtend", terms.due_on + DAY)
    event.add("summary", f"Uppföljning att göra, {point_label(terms)}")
    event.add("url", f"{public_url}/uppfoljningar/{terms.follow_up_id}")
    event.add("transp", "TRANSPARENT")
    return event
