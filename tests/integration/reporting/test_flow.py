"""Flöde, kohorter and behov: both sides are equal whatever is registered, cohorts are the figures' own, pages and
charts say the same."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date, timedelta
from html import unescape
from random import Random

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.corrections import RegisteredInError
from contracts.planning import SOURCE as PLANNING
from contracts.planning import CaseReopened
from contracts.referral import SOURCE as REFERRAL
from contracts.referral import PersonForgotten
from services.chassis.database import Connection, Pool
from services.reporting import store
from services.reporting.app import MIGRATIONS
from services.reporting.domain.cohorts import size
from services.reporting.domain.counted import Counted
from services.reporting.domain.figures import NOBODY
from services.reporting.domain.flow import QUEUE, STAYS, Flow, flow
from services.reporting.domain.periods import Period, end_of, period_of
from services.reporting.domain.report import by_sex
from services.reporting.indicators import DECLARED
from tests.bench.rebuild_events import AppendedEvent
from tests.exported import texts_on_page
from tests.integration.reporting.facts import cases, empty, ingest
from tests.integration.reporting.served import browser
from tests.integration.reporting.test_known_laws import one_more

_LAW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_SEEDS = st.integers(min_value=0, max_value=10**6)
_PERIODS = ("2020", "2021", "2021-h1", "2021-k3", "2021-06", "2021-02-11--2021-02-11", "2022")
_WANTED = [DECLARED.indicators[each] for each in (*QUEUE, *STAYS, "in_hand.ended", "in_hand.open", "started")]


async def _counts(connection: Connection, period: Period) -> Mapping[str, Counted]:
    return await store.count(connection, _WANTED, period.first, period.following)


def _flows(counts: Mapping[str, Counted]) -> Iterator[Flow]:
    """Of all together, and of each insats; one that does not balance is refused by its own model."""
    yield flow(counts)
    for insats in {*counts["in_hand"].rows("insats"), *counts["participants"].rows("insats")}:
        yield flow(counts, insats=insats)


def _with_more(appended: list[AppendedEvent], chance: Random) -> list[AppendedEvent]:
    """The same with a case reopened, another whose person is forgotten, and events that were registered in error."""
    more = list(appended)
    reopened = CaseReopened(happened_on=date(2021, 6, 15), episode=chance.randint(2, 5))
    more.append(one_more(more, chance.choice(appended).case_id, PLANNING, reopened))
    received = next(each for each in appended if json.loads(each.value)["type"] == "ReferralReceived")
    person = json.loads(received.value)["data"]["person_id"]
    forgotten = PersonForgotten(happened_on=date(2024, 1, 1), person_id=person)
    more.append(one_more(more, received.case_id, REFERRAL, forgotten))
    for wrong in chance.sample(appended, k=min(3, len(appended))):
        event = json.loads(wrong.value)
        error = RegisteredInError(happened_on=date(2024, 1, 2), event_id=event["id"], reason="wrong_person")
        more.append(one_more(more, wrong.case_id, event["source"], error))
    return more


@_LAW
@given(seed=_SEEDS, count=st.integers(1, 8), chance=st.randoms(use_true_random=False))
async def test_both_sides_are_equal_of_every_insats_and_period(
    pool: Pool, seed: int, count: int, chance: Random
) -> None:
    appended = cases(seed, count)
    shuffled_days = chance.sample(appended, k=len(appended) // 3)
    stored = [each for each in _with_more(appended, chance) if each not in shuffled_days[: len(shuffled_days) // 2]]
    async with pool.acquire() as connection:
        await empty(connection)
        await ingest(connection, stored)
        for period in map(period_of, _PERIODS):
            counts = await _counts(connection, period)
            shown = list(_flows(counts))
            whole, parts = shown[0], shown[1:]
            assert sum((each.queue.in_hand for each in parts), NOBODY) == whole.queue.in_hand
            assert sum((each.stays.participants for each in parts), NOBODY) == whole.stays.participants
            assert whole.queue.carried_in + whole.queue.referred == whole.queue.accounted_for
            stays = whole.stays
            assert stays.carried_in + stays.first + stays.reopened == stays.accounted_for
            assert stays.first + stays.reopened == by_sex(counts["started"])


@_LAW
@given(seed=_SEEDS, count=st.integers(1, 8))
async def test_who_waits_when_a_period_ends_waits_when_the_next_begins(pool: Pool, seed: int, count: int) -> None:
    async with pool.acquire() as connection:
        await empty(connection)
        await ingest(connection, cases(seed, count))
        before = flow(await _counts(connection, period_of("2021-h1")))
        then = flow(await _counts(connection, period_of("2021-h2")))
    assert before.queue.waiting == then.queue.carried_in
    assert before.stays.open == then.stays.carried_in


async def test_the_invented_cases_fill_every_line(connection: Connection) -> None:
    await ingest(connection, _with_more(cases(seed=41, count=300), Random(41)))
    shown = flow(await _counts(connection, period_of("2021-h1")))
    queue, stays = shown.queue, shown.stays
    for line in (queue.carried_in, queue.referred, queue.started, queue.ended_otherwise, queue.waiting):
        assert line.total
    for line in (stays.carried_in, stays.first, stays.reopened, stays.exited, stays.open):
        assert line.total


async def test_the_migration_gives_referrals_the_end_that_the_fold_gives_them(connection: Connection) -> None:
    await ingest(connection, cases(seed=44, count=60))
    folded = await connection.fetch("SELECT case_id, ended_on FROM referral ORDER BY case_id")
    assert {row["ended_on"] is None for row in folded} == {True, False}
    await connection.execute("UPDATE referral SET ended_on = NULL")
    migration = (MIGRATIONS / "0023_until_when_a_referral_waited.sql").read_text(encoding="utf-8")
    [update] = [each for each in migration.split(";") if "UPDATE" in each]
    await connection.execute(update)
    assert await connection.fetch("SELECT case_id, ended_on FROM referral ORDER BY case_id") == folded


async def test_the_cohorts_are_those_that_the_figures_count(connection: Connection) -> None:
    await ingest(connection, _with_more(cases(seed=42, count=150), Random(42)))
    period = period_of("2021")
    counts = await store.period_counts(connection, period)
    started = await store.courses_of_participations(connection, period)
    referred = await store.courses_of_referrals(connection, period)
    for courses in started.values():
        assert size(courses) == by_sex(counts["started"])
    for courses in referred.values():
        assert size(courses) == by_sex(counts["referrals"])
    to_work = [each for each in started["to_work_or_studies"] if each.reached and each.reached <= period.last]
    by_hand = await connection.fetchval(
        "SELECT count(*) FROM participation WHERE exit_reason IN ('work', 'studies') "
        "AND started_on BETWEEN '2021-01-01' AND '2021-12-31' AND exited_on BETWEEN '2021-01-01' AND '2021-12-31'"
    )
    assert size(to_work).total == by_hand > 0
    later = await store.courses_of_participations(connection, period, end_of(date(2100, 1, 1)))
    assert {name: sorted(each, key=repr) for name, each in later.items()} == {
        name: sorted(each, key=repr) for name, each in started.items()
    }


async def test_an_index_serves_the_cohorts(connection: Connection) -> None:
    await connection.execute("SET enable_seqscan = off")
    try:
        for statement, index in (
            (store.COURSES_OF_PARTICIPATIONS, "participation_by_stay"),
            (store.COURSES_OF_REFERRALS, "referral_by_wait"),
        ):
            plan = await connection.fetch(f"EXPLAIN {statement}", date(2021, 1, 1), date(2022, 1, 1))
            assert index in "\n".join(row[0] for row in plan)
    finally:
        await connection.execute("RESET enable_seqscan")


# The pages -----------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    async with pool.acquire() as connection:
        await empty(connection)
        await ingest(connection, _with_more(cases(seed=43, count=120), Random(43)))
    async with browser(pool) as reader:
        yield reader


async def _page(office: httpx.AsyncClient, address: str) -> str:
    answer = await office.get(address)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def _column(rows: Sequence[Sequence[str]], place: int) -> list[int]:
    return [int(row[place]) for row in rows]


async def test_the_page_s_lines_sum_to_both_totals_in_every_column(office: httpx.AsyncClient) -> None:
    rows = texts_on_page(await _page(office, "/rapport/2021-h1/flode"))
    ways = next(place for place, row in enumerate(rows) if place > 3 and row == rows[2])
    for column in range(5):
        carried, referred, whole, *became, accounted = _column(rows[: ways + 1], column)
        assert carried + referred == whole == accounted == sum(became)
        kept = _column(rows[ways + 1 : ways + 8], column)
        assert sum(kept[:3]) == kept[3] == kept[4] + kept[5] == kept[6]


async def test_each_number_opens_the_page_of_its_figure_with_that_number(office: httpx.AsyncClient) -> None:
    looked_at = 0
    for address in ("/rapport/2021/flode", "/rapport/2021/behov"):
        page = await _page(office, address)
        links = re.findall(r'<td[^>]*><a href="(/rapport/[^"]+)">(\d+)<', page)
        for place, number in Random(4).sample(links, k=25):
            figure = await _page(office, place)
            chosen = [row for row in texts_on_page(figure) if row]
            assert number in {cell for row in chosen for cell in row} or _sum_of(figure, place) == int(number)
            looked_at += 1
    assert looked_at == 50


def _sum_of(figure: str, place: str) -> int:
    """The cells of the figure whose rows the address names, together: their links name those rows too."""
    asked = set(place.partition("?")[2].removesuffix("#arenden").split("&"))
    cells = re.findall(r'<td[^>]*><a href="[^"?]+\?([^"#]*)#arenden"[^>]*>(\d+)<', figure)
    return sum(int(count) for query, count in cells if asked <= set(query.split("&")))


@pytest.mark.parametrize("page", ["flode", "kohorter", "behov"])
async def test_an_insats_has_a_page_of_its_own_that_the_whole_leads_to(office: httpx.AsyncClient, page: str) -> None:
    whole = await _page(office, f"/rapport/2021/{page}?kand=2021-12-31")
    links = re.findall(rf'href="(/rapport/2021/{page}/[a-z-]+\?kand=2021-12-31)"', whole)
    assert links
    shown = await _page(office, links[0])
    assert "senare registreringar och rättelser räknas inte" in shown
    assert (await office.get(f"/rapport/2021/{page}/finns-inte")).status_code == 404
    assert (await office.get(f"/rapport/2019-13/{page}")).status_code == 404


@pytest.mark.parametrize(
    ("page", "charts"),
    [
        ("2021/flode", ("konto=anmalan", "konto=deltagande")),
        ("2020/kohorter", ("kurva=start", "kurva=anmalan")),
    ],
)
async def test_charts_say_what_the_tables_say(office: httpx.AsyncClient, page: str, charts: tuple[str, str]) -> None:
    shown = await _page(office, f"/rapport/{page}")
    found = re.findall(r'src="([^"]+utseende=light)"', shown)
    assert [chart for chart in charts if any(chart in each for each in found)] == list(charts)
    for chart in found:
        answer = await office.get(chart)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
        assert "<script" not in answer.text
        assert "<style" not in answer.text
    if page.endswith("flode"):
        rows = texts_on_page(shown)
        drawn = re.findall(r">(\d+)</text>", (await office.get(found[0])).text)
        assert {rows[place][-1] for place in (0, 1, 3)} <= set(drawn)
    else:
        assert "Procent" in (await office.get(found[0])).text


async def test_a_month_for_which_not_all_are_old_enough_is_not_shown(office: httpx.AsyncClient) -> None:
    """The clock of the pages stands in February 2022: who started in December 2021 has reached two months."""
    page = await _page(office, "/rapport/2021/kohorter")
    rows = _rows_of(page, "Månader efter starten: alla")
    assert [row[0] != "–" for row in rows] == [row[-1] == rows[0][-1] for row in rows]
    mature = sum(row[0] != "–" for row in rows)
    assert 0 < mature < len(rows)
    assert len(_rows_of(page, "Avslutade, månader efter starten")) == mature
    assert [row[-1] for row in _rows_of(page, "Avslutade, månader efter starten")] == [
        row[0] for row in rows[:mature]
    ]


def _rows_of(page: str, caption: str) -> list[list[str]]:
    table = page[page.index(f"<caption>{caption}</caption>") :]
    return texts_on_page(table[: table.index("</table>")])


async def test_a_cohort_too_young_for_a_curve_says_so(office: httpx.AsyncClient) -> None:
    page = await _page(office, "/rapport/2021-12/kohorter?kand=2021-12-31")
    assert "Månader efter starten: alla har inte hunnit ett steg än" in page
    assert "kohorter.svg" not in page


async def test_what_no_event_says_is_said(office: httpx.AsyncClient) -> None:
    page = await _page(office, "/rapport/2021/behov")
    assert "Det här säger ingen händelse" in page
    assert "ingen av orsakerna säger det" in page


async def test_the_report_leads_to_the_pages(office: httpx.AsyncClient) -> None:
    page = await _page(office, "/rapport/2021?kand=2021-12-31")
    for name in ("flode", "kohorter", "behov"):
        assert f'href="/rapport/2021/{name}?kand=2021-12-31"' in page


async def test_a_day_s_wait_more_moves_a_referral_to_the_next_band(connection: Connection) -> None:
    """31 days are more than 30: the band is told by the days from the referral to the period's last."""
    last = date(2021, 6, 30)
    for days, band in ((30, "up_to_30_days"), (31, "over_30_days"), (91, "over_90_days"), (181, "over_180_days")):
        await empty(connection)
        await connection.execute(
            "INSERT INTO referral (case_id, consents, insats, sex, referred_on) "
            "VALUES (gen_random_uuid(), false, 'finsam-team', 'woman', $1)",
            last - timedelta(days=days),
        )
        counted = await store.counted_in(connection, DECLARED.indicators["waiting.by_time"], period_of("2021-06"))
        assert counted.total(waited=band) == 1 == counted.total()
