"""The daily digest as an e-mail: numbers and a link to the list. No name, no case and no insats."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from contracts.codes import Role
from services.chassis.pages import swedish_date
from services.followup.domain.notices import Numbers, OwedDigest, stream_of
from services.followup.notice_store import Subscription

_LISTS: Final = {Role.COORDINATOR: "koordinatorernas lista", Role.LOTS: "lotsarnas lista"}
_LIST: Final = "/uppfoljningar"
CHOICES: Final = "/uppfoljningar/aviseringar"


def digest(
    to: Subscription, owed: OwedDigest, numbers: Numbers, *, sender: str, public_url: str, now: datetime
) -> EmailMessage:
    """The letter. Its Message-ID follows from worker and day, so that one sent again can be known by it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Samspel <{sender}>"
    message["To"] = to.address
    message["Subject"] = "Uppföljningar att göra"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(to.worker_id, owed, sender)
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "sv"
    # Quoted-printable passes every server; 8bit only those that say so.
    message.set_content("\n".join(_lines(to.role, owed, numbers, public_url.rstrip("/"))), cte="quoted-printable")
    return message


def message_id(worker_id: str, owed: OwedDigest, sender: str) -> str:
    """The Message-ID of a worker's digest of a day."""
    return f"<digest.{owed.day}.{stream_of(worker_id).hex}@{sender.partition('@')[2]}>"


def _lines(role: Role, owed: OwedDigest, numbers: Numbers, place: str) -> list[str]:
    late = (
        f"Det här skulle ha kommit den {swedish_date(owed.day)}. Samspel kunde inte skicka det då. Antalen är dagens."
    )
    own = numbers.own_overdue or numbers.own_due or numbers.asked_to_take
    return [
        f"I din lista: {_standing(numbers.own_overdue, numbers.own_due)}.",
        f"I {_LISTS[role]}: {_standing(numbers.role_overdue, numbers.role_due)}.",
        *([f"Lyfta till koordinator: {numbers.brought_up}."] if numbers.brought_up else []),
        *([f"Du är tillfrågad om att ta över: {numbers.asked_to_take}."] if numbers.asked_to_take else []),
        "",
        f"Se listan (du behöver logga in): {place}{_LIST}{'?roll=mina' if own else ''}",
        *(["", late] if owed.late_by_days else []),
        "",
        f"Du har själv valt att få det här. Ändra eller stäng av: {place}{CHOICES}",
    ]


def _standing(overdue: int, due: int) -> str:
    return f"{overdue} {'försenad' if overdue == 1 else 'försenade'}, {due} att göra nu"
