"""A support, and a worker with a number of participants, as the lists of participants show them."""

from datetime import date
from typing import Any, Final

from contracts.catalogue import INSATSER
from services.planning.domain.caseload import limit_on
from services.planning.domain.supported import What
from services.planning.support_store import SupportOfCase, Worker
from services.planning.web import labels
from services.planning.web.support_forms import choice_of

_NEXT: Final = {
    What.MEETING: "möte",
    What.CALLED_MEETING: "möte som parter är kallade till",
    What.FOLLOW_UP: "uppföljning av samordnad plan",
    What.AFTER_SUPPORT: "efterstöd sedan",
    What.EXITED: "slutade i insatsen",
    What.RETURNED: "återremitterades",
}
_AWAITED: Final = frozenset({What.MEETING, What.CALLED_MEETING, What.FOLLOW_UP})
_ENDED: Final = frozenset({What.EXITED, What.RETURNED})


def support_row(found: SupportOfCase, name: str | None, today: date) -> dict[str, Any]:
    support = found.support
    what = None if support.next_what is None else What(support.next_what)
    return {
        "case_id": found.case_id,
        "support_id": support.support_id,
        "choice": choice_of(found.case_id, support.role),
        "name": name,
        "insats": labels.insats_label(support.insats),
        "role": support.role,
        "label": labels.role_label(support.insats, support.role),
        "worker": support.worker_id,
        "since": support.since,
        "offered_to": support.offered_to,
        "offered_on": support.offered_on,
        "next": None if what is None else _NEXT[what],
        "next_on": support.next_on,
        "ended": what in _ENDED,
        "late": what in _AWAITED and support.next_on is not None and support.next_on < today,
    }


def worker_row(worker: Worker, today: date) -> dict[str, Any]:
    limit = limit_on(INSATSER, worker.insats, worker.role, today)
    return {
        "id": worker.worker_id,
        "insats": labels.insats_label(worker.insats),
        "label": labels.role_label(worker.insats, worker.role),
        "caseload": labels.caseload(worker.cases, limit),
        "full": limit is not None and limit.binding and worker.cases >= limit.seats,
        "over": limit is not None and limit.binding and worker.cases > limit.seats,
    }
