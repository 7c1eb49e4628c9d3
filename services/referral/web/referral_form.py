"""The page with the referrer's form: empty, continued, checked, or with what is wrong with it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from fastapi import Request, Response

from contracts.agency import FieldError
from contracts.catalogue import INSATSER, Agency
from contracts.catalogue.entry import Criterion
from contracts.codes import Member, Sex
from contracts.events import local_date
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.referral.domain.checking import Checked
from services.referral.web.new_referral import NewReferral, field_of, targets

_PAGES: Final = Pages(Path(__file__).parent / "templates")


def form_page(
    request: Request,
    runtime: Runtime,
    agency: Agency,
    filled: NewReferral,
    errors: Iterable[FieldError] = (),
    *,
    status: int = 200,
    checked: Checked | None = None,
    saved: bool = False,
) -> Response:
    """The form. ``checked``: what it was held against, where it was not sent. ``saved``: it was kept as a draft."""
    wrong: dict[str, list[str]] = {}
    for error in errors:
        wrong.setdefault(field_of(error.field), []).append(error.message)
    today = local_date(runtime.clock.now())
    values = {
        "filled": filled,
        "wrong": wrong,
        "checked": checked,
        "saved": saved,
        "agency": agency,
        "targets": targets(today),
        "priorities": _priorities(filled),
        "straight_to": None if checked is None else _straight_to(checked),
        "members": list(Member),
        "sexes": list(Sex),
    }
    return _PAGES.page(request, "new_referral.html", values, status=status)


def _priorities(filled: NewReferral) -> Sequence[Criterion]:
    """What lets somebody go first in the queue to the insats that is chosen; nothing where arrival decides."""
    insats = INSATSER.get(filled.insats)
    rule = None if insats is None else insats.rule_on(filled.day) if filled.day else insats.versions[-1]
    if rule is None or rule.queue is None or rule.queue.order != "priority":
        return ()
    return rule.target.priority


def _straight_to(checked: Checked) -> str | None:
    """The meeting that the person comes straight to, and of which insats; None where an answer is waited for."""
    destination = checked.destination
    if destination is None or destination.shortcut is None:
        return None
    meeting = destination.rule.meeting(destination.shortcut.meeting)
    label = destination.shortcut.meeting if meeting is None else meeting.label
    return f"{label} i {INSATSER[destination.insats].name}"
