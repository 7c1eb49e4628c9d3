"""A case as its log says it stands on a day, and the rows that lists are read from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.followup.domain.dates import DAY
from services.followup.domain.ledger import FollowUp, Ledger, LoggedEvent, fold
from services.followup.domain.obligations import Owed, owed, unknown_rules
from services.followup.domain.reconcile import next_due
from services.followup.domain.time_limits import Catalogue
from services.followup.domain.workers import supporters, worker_of
from services.followup.store import Entry
from services.followup.time_limit_store import TimeLimitRow


@dataclass(frozen=True)
class Case:
    """A case on a day. ``owed``: what the rules ask for; ``rules_lacking``: some of its rules this version lacks."""

    case_id: UUID
    log: Sequence[LoggedEvent]
    ledger: Ledger
    owed: Owed
    rules_lacking: bool
    day: date

    def changed_rows(self, before: Sequence[LoggedEvent]) -> Iterator[Entry]:
        """Its follow-ups that are not what an earlier log said of them."""
        known = _entries(self.case_id, before, fold(before).follow_ups)
        now = _entries(self.case_id, self.log, self.ledger.follow_ups)
        yield from (entry for key, entry in now.items() if known.get(key) != entry)

    def time_limits(self) -> Iterator[TimeLimitRow]:
        """Those of the ledger that the rules still ask for: what set another never happened."""
        for limit_id, limit in self.owed.time_limits.items():
            if limit_id in self.ledger.deadlines:
                yield TimeLimitRow(
                    deadline_id=limit_id,
                    case_id=self.case_id,
                    rule=limit.terms.rule,
                    clock=limit.terms.clock,
                    party=limit.terms.party,
                    started_on=limit.terms.happened_on,
                    limit_on=limit.terms.limit_on,
                    state=self.ledger.deadlines[limit_id].state,
                    stopped_on=limit.stopped[0] if limit.stopped else None,
                )

    def next_day(self) -> date | None:
        """When the calendar next makes something true of it. With a rule lacking it is asked again each day, so that
        the first version of the service that has the rule schedules what it owes."""
        return self.day + DAY if self.rules_lacking else next_due(self.ledger, self.owed, self.day)


def case_of(case_id: UUID, log: Sequence[LoggedEvent], catalogue: Catalogue, day: date) -> Case:
    """How a case stands on a day."""
    lacking = bool(unknown_rules(log, catalogue))
    return Case(case_id, log, fold(log), owed(log, catalogue, day), lacking, day)


def _entries(case_id: UUID, log: Sequence[LoggedEvent], follow_ups: Mapping[UUID, FollowUp]) -> Mapping[UUID, Entry]:
    by_role = supporters(log)
    return {key: Entry(case_id, follow_up, worker_of(follow_up, by_role)) for key, follow_up in follow_ups.items()}
