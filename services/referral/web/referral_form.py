"""The page with the referrer's form: empty, continued, checked, or with what is wrong with it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from fastapi import Request, Response

from contracts.agency import FieldError
from contracts.catalogue import INSATSER, Agency
from contracts.codes import Member, Sex
from contracts.events import local_date
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.referral.domain.checking import Checked
from services.referral.web.new_referral import NewReferral, field_of

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
    rules = {insats.id: insats.rule_on(today) for insats in INSATSER.values()}
    values = {
        "filled": filled,
        "wrong": wrong,
        "checked": checked,
        "saved": saved,
        "agency": agency,
        "insatser": [each for each in INSATSER.values() if (rule := rules[each.id]) and rule.takes_referrals],
        "members": list(Member),
        "sexes": list(Sex),
    }
    return _PAGES.page(request, "new_referral.html", values, status=status)
