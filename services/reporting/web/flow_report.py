"""Flöde: the two accounts of a period as tables, of all insatser together or of one. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.catalogue import INSATSER
from services.reporting.domain.counted import Counted
from services.reporting.domain.flow import QUEUE, STAYS, WAYS_OUT, Flow, flow
from services.reporting.domain.report import insats_name
from services.reporting.indicators import DECLARED
from services.reporting.web.charts import Bar
from services.reporting.web.linked_tables import LinkedTables, Places, sum_row
from services.reporting.web.tables import Row, Table

INDICATORS: Final = tuple(DECLARED.indicators[each] for each in (*QUEUE, *STAYS))
"""What the page is made of."""

_BOTH_SIDES: Final = "Tillsammans"
_OF_ALL: Final = (
    ("Väntade vid början", "in_hand.carried_in"),
    ("Anmälda", "in_hand.referred"),
    ("Startade", "in_hand.started"),
    ("Avslutade utan start", "in_hand.not_started"),
    ("Väntar på svar", "in_hand.unanswered"),
    ("Antagna", "in_hand.accepted"),
)
_STAYS_OF_ALL: Final = (
    ("Pågick vid början", "carried_in"),
    ("Startade", "started.first"),
    ("Återupptagna", "started.reopened"),
    ("Avslutade", "exited"),
    ("Pågår vid slutet", "open_at_year_end"),
)


class Account(StrEnum):
    """Which of the two accounts a chart is of."""

    REFERRALS = "anmalan"
    PARTICIPATIONS = "deltagande"


@dataclass(frozen=True)
class FlowReport:
    """``by_insats``: the insatser beside each other; none of the page of one."""

    flow: Flow
    accounts: tuple[Table, ...]
    by_insats: tuple[Table, ...]


def flow_report(counts: Mapping[str, Counted], places: Places) -> FlowReport:
    """Everything on the page. Raises pydantic.ValidationError where an account does not balance."""
    shown, tables = flow(counts, **places.within), LinkedTables(counts, places)
    accounts = (
        tables.by_sex("Från anmälan till start", _referrals(shown, tables), *QUEUE),
        tables.by_sex("Från start till avslut", _participations(shown, tables), *STAYS),
    )
    return FlowReport(shown, accounts, () if places.insats is not None else tuple(_by_insats(counts, places)))


def bars(shown: Flow, account: Account) -> list[Bar]:
    """The bars of an account: who was there and who came, who left and who is there."""
    match account:
        case Account.REFERRALS:
            queue = shown.queue
            counted = {
                "Väntade": queue.carried_in,
                "Anmälda": queue.referred,
                "Startade": queue.started,
                "Utan start": queue.ended_otherwise,
                "Väntar": queue.waiting,
            }
        case Account.PARTICIPATIONS:
            stays = shown.stays
            counted = {
                "Pågick": stays.carried_in,
                "Startade": stays.first,
                "Återupptagna": stays.reopened,
                "Avslutade": stays.exited,
                "Pågår": stays.open,
            }
    return [Bar(label, "", each.total) for label, each in counted.items()]


def notes(shown: Flow) -> tuple[str, ...]:
    """Why the starts of the two accounts differ, where they do."""
    if not shown.without_referral:
        return ()
    return (
        (
            f"Startade är {shown.queue.started.total} från anmälan och {shown.stays.first.total} till deltagande. "
            "Skillnaden är deltaganden vars anmälan inte är känd, eller har en senare dag än starten eller perioden."
        ),
    )


def _referrals(shown: Flow, tables: LinkedTables) -> Iterator[Row]:
    yield tables.row("Väntade vid periodens början", "in_hand.carried_in")
    yield tables.row("Anmälda under perioden", "in_hand.referred")
    yield sum_row(f"{_BOTH_SIDES}: kom in", shown.queue.carried_in + shown.queue.referred)
    yield tables.row("Startade", "in_hand.started")
    for way, label in tables.rows_of("in_hand.not_started", WAYS_OUT):
        if way in ("insats", "referrer", "participant", "expiry") or shown.queue.not_started[way].total:
            yield tables.row(f"Avslutade utan start: {label.lower()}", "in_hand.not_started", **{WAYS_OUT: way})
    yield tables.row("Väntar på svar vid periodens slut", "in_hand.unanswered")
    yield tables.row("Antagna som väntar på start vid periodens slut", "in_hand.accepted")
    yield sum_row(f"{_BOTH_SIDES}: vad det blev av dem", shown.queue.accounted_for)


def _participations(shown: Flow, tables: LinkedTables) -> Iterator[Row]:
    stays = shown.stays
    yield tables.row("Pågick vid periodens början", "carried_in")
    yield tables.row("Startade", "started.first")
    yield tables.row("Återupptagna", "started.reopened")
    yield sum_row(f"{_BOTH_SIDES}: deltog", stays.carried_in + stays.first + stays.reopened)
    yield tables.row("Avslutade", "exited")
    yield tables.row("Pågår vid periodens slut", "open_at_year_end")
    yield sum_row(f"{_BOTH_SIDES}: vad det blev av dem", stays.accounted_for)


def _by_insats(counts: Mapping[str, Counted], places: Places) -> Iterator[Table]:
    """The insatser beside each other, in the columns of the two accounts."""
    for caption, whole, columns in (
        ("Insatserna: från anmälan till start", "in_hand", _OF_ALL),
        ("Insatserna: från start till avslut", "participants", _STAYS_OF_ALL),
    ):
        yield insatser_table(counts, places, caption, whole, columns)


def insatser_table(
    counts: Mapping[str, Counted],
    places: Places,
    caption: str,
    whole: str,
    columns: tuple[tuple[str, str], ...],
) -> Table:
    """A row for each insats of which ``whole`` counts anything: a column for each indicator, each number with its
    cases."""
    rows = []
    for insats in sorted(counts[whole].rows("insats"), key=insats_name):
        tables = LinkedTables(counts, Places(places.period, places.known_on, insats))
        cells = tuple(tables.cell(indicator) for _, indicator in columns)
        rows.append(Row(insats_name(insats), cells, insats=insats if insats in INSATSER else None))
    return Table(caption, tuple(label for label, _ in columns), tuple(rows), ())
