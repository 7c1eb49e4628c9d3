"""How long a search over a million people takes, and a page of a queue of a hundred thousand, beside the bare SQL.

The bare SQL: over one connection, in one transaction, one statement that brings all that the page is made of, sealed
as it lies, and one that writes down who was looked at. The page: the referral service's own application, asked by
HTTP in this process and answering with the whole page: signed in, found, opened, written down, rendered. Between the
two, what the service does without the page. All three by turns, on the same server.

``python -m tests.bench.search FOLDER [PERSONS WAITING]`` measures them alone, on a database server of its own.
"""

import asyncio
import base64
import json
import secrets
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx

from contracts.codes import Role
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres, PostgresServer
from services.chassis import logs
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.chassis.runtime import Runtime
from services.chassis.settings import Settings
from services.referral import app, queue_store
from services.referral.birth_years import read_birth_years
from services.referral.contacts import read_contacts
from services.referral.domain.search_words import SoughtWords, sought
from services.referral.names import read_names
from services.referral.search import FOR_A_SEARCH, search
from services.referral.vault import Vault
from services.referral.web.queue import SHOWN as QUEUE_SHOWN
from services.referral.web.search import SHOWN
from tests.bench.many_people import QUEUE, Population, searches

PERSONS: Final = 1_000_000
WAITING: Final = 100_000
SEARCHES: Final = 200
PAGES: Final = 40
_SEED: Final = 20
_USER: Final = User("bench", "Bench", frozenset({Role.COORDINATOR}))

# All that a page of hits shows: the rows, how many other referrals each person has open, and what is sealed.
_BARE_SEARCH: Final = """
SELECT listed_case.*, referral_case.person_id, wrapped, referral_case.name, referral_case.file, identity_number
FROM (
    SELECT received_at, case_id FROM search_token AS word_1 {joined}
    WHERE {conditions} ORDER BY received_at DESC, case_id DESC LIMIT $1
) AS page
JOIN listed_case USING (case_id) JOIN referral_case USING (case_id)
JOIN person_key USING (person_id) JOIN person USING (person_id)
ORDER BY page.received_at DESC, case_id DESC
"""
# All that a page of the queue shows: its rows and names, where each stands, and how many wait for each insats.
_BARE_QUEUE: Final = """
WITH queued AS (
    SELECT insats, count(*) AS length FROM referral_case WHERE state IN ('waiting', 'incomplete') GROUP BY insats
), place AS (SELECT queue_class, received_at, case_id FROM referral_case WHERE case_id = $3)
SELECT page.*, wrapped, queued.length,
       (SELECT count(*) FROM referral_case
        WHERE insats = $1 AND state IN ('waiting', 'incomplete')
          AND (queue_class, received_at, case_id)
              <= (SELECT queue_class, received_at, case_id FROM place)) AS before
FROM (
    SELECT case_id, person_id, insats, agency, unit, referred_on, state, name FROM referral_case
    WHERE insats = $1 AND state IN ('waiting', 'incomplete')
      AND (queue_class, received_at, case_id) > (SELECT queue_class, received_at, case_id FROM place)
    ORDER BY queue_class, received_at, case_id LIMIT $2
) AS page JOIN person_key USING (person_id) JOIN queued USING (insats)
"""
_BARE_LOG: Final = """
INSERT INTO identity_read (read_at, user_id, case_id, purpose) SELECT now(), 'bench', unnest($1::uuid[]), 'bench'
"""
_IN_THE_QUEUE: Final = """
SELECT case_id FROM referral_case WHERE insats = $1 AND state IN ('waiting', 'incomplete')
ORDER BY queue_class, received_at, case_id
"""


@dataclass
class Times:
    """How many milliseconds each took: ``bare``, ``service`` (without the page) and ``page``."""

    ms: dict[str, list[float]] = field(default_factory=dict)

    async def take(self, ways: Mapping[str, Callable[[], Awaitable[Any]]]) -> None:
        """Each way once more, one right after the other."""
        for way, ask in ways.items():
            begun = time.perf_counter()
            await ask()
            self.ms.setdefault(way, []).append((time.perf_counter() - begun) * 1000)

    def figures(self) -> dict[str, float]:
        """The median of each way, and the medians of what each took of its neighbour's time."""
        found = {f"{way}_ms": statistics.median(taken) for way, taken in self.ms.items()}
        for way in self.ms.keys() - {"bare"}:
            ratios = [ours / bare for ours, bare in zip(self.ms[way], self.ms["bare"], strict=True)]
            found[f"{way}_ratio"] = statistics.median(ratios)
            found[f"{way}_ratio_of_sums"] = sum(self.ms[way]) / sum(self.ms["bare"])
        return found


@dataclass(frozen=True)
class Bench:
    """The service's application on a filled database, a client of it, and a bare connection."""

    runtime: Runtime
    client: httpx.AsyncClient
    bare: Any
    vault: Vault

    async def search(self, text: str) -> Mapping[str, Callable[[], Awaitable[Any]]]:
        """The ways to search for a text."""
        asked = sought(text, self.runtime.clock.now().date())
        assert isinstance(asked, SoughtWords)
        tokens = sorted(self.vault.token(word) for word in asked.words)
        query = _BARE_SEARCH.format(
            joined=" ".join(
                f"JOIN search_token AS word_{nth} USING (received_at, case_id)" for nth in range(2, len(tokens) + 1)
            ),
            conditions=" AND ".join(f"word_{nth}.token = ${nth + 1}" for nth in range(1, len(tokens) + 1)),
        )
        return {
            "bare": partial(self._bare, query, SHOWN + 1, *tokens),
            "service": partial(self._search, asked),
            "page": partial(self._page, "POST", "/anmalningar/sok", data={"q": text}),
        }

    async def queue(self, after: UUID) -> Mapping[str, Callable[[], Awaitable[Any]]]:
        """The ways to a page of the queue."""
        address = f"/anmalningar/ko?insats={QUEUE}&efter={after}"
        return {
            "bare": partial(self._bare, _BARE_QUEUE, QUEUE, QUEUE_SHOWN + 1, after),
            "service": partial(self._queue, after),
            "page": partial(self._page, "GET", address),
        }

    async def _bare(self, query: str, *values: Any) -> None:
        async with self.bare.transaction():
            rows = await self.bare.fetch(query, *values)
            await self.bare.execute(_BARE_LOG, [row["case_id"] for row in rows])

    async def _search(self, asked: SoughtWords) -> None:
        async with self.runtime.unit(_USER.actor) as unit:
            found = await search(unit, self.vault, asked, _USER, SHOWN, None)
            await read_contacts(unit, self.vault, found.rows, _USER, FOR_A_SEARCH)
            await read_birth_years(unit, self.vault, found.names, _USER)

    async def _queue(self, after: UUID) -> None:
        async with self.runtime.unit(_USER.actor) as unit:
            await queue_store.lengths(unit.conn)
            rows = await queue_store.page(unit.conn, QUEUE, QUEUE_SHOWN + 1, after)
            await queue_store.before(unit.conn, QUEUE, after)
            await read_names(unit, self.vault, [row.case_id for row in rows], _USER, "bench")
            await queue_store.waits(unit.conn, ((row.case_id, row.referred_on) for row in rows), unit.today)

    async def _page(self, method: str, address: str, **more: Any) -> None:
        answer = await self.client.request(method, address, **more)
        assert answer.status_code == 200, answer.text


async def measure(postgres: Postgres, *, persons: int = PERSONS, waiting: int = WAITING) -> dict[str, Any]:
    """Fills a database of its own and measures both on it."""
    with TemporaryDirectory() as folder:
        async with _filled(postgres, Path(folder), persons, waiting) as (bench, known):
            random = Random(_SEED)
            by_kind: dict[str, Times] = {}
            together = Times()
            asked = list(islice(searches(known, random), SEARCHES + 8))
            for nth, (kind, text) in enumerate(asked):
                ways = await bench.search(text)
                if nth < 8:  # both warm up
                    await Times().take(ways)
                    continue
                times = by_kind.setdefault(kind, Times())
                await times.take(ways)
                for way in ways:
                    together.ms.setdefault(way, []).append(times.ms[way][-1])
            queue = Times()
            in_order = [row["case_id"] for row in await bench.bare.fetch(_IN_THE_QUEUE, QUEUE)]
            for nth in range(PAGES + 4):
                ways = await bench.queue(in_order[random.randrange(len(in_order) - QUEUE_SHOWN)])
                await (queue if nth >= 4 else Times()).take(ways)
    return {
        "persons": persons,
        "waiting": waiting,
        "search": together.figures(),
        "search_by_kind": {kind: times.figures() for kind, times in by_kind.items()},
        "queue": queue.figures(),
    }


@asynccontextmanager
async def _filled(
    postgres: Postgres, folder: Path, persons: int, waiting: int
) -> AsyncIterator[tuple[Bench, list[Any]]]:
    names = ("token_key", "vault_kek", "lookup_key", "answers_kek")
    keys = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in names}
    secrets_file = folder / "secrets.json"
    secrets_file.write_text(json.dumps(keys), encoding="utf-8")
    dsn = await asyncio.to_thread(postgres.ensure_database, f"bench_{uuid4().hex[:12]}")
    settings = Settings(
        kafka_bootstrap="nowhere:1",
        database_url=dsn,
        secrets_file=secrets_file,
        http_port=1,
        referral_url="http://127.0.0.1:1",
        test_mode=True,
    )
    logs.configure("bench", "WARNING")
    service = app.create(settings)
    runtime: Runtime = service.state.runtime
    # Only what answers requests: no broker is read, and nobody has ended a sign-in.
    await runtime.open_database()
    runtime.identity = tokens = LocalTokens(settings.secrets["token_key"])
    vault = Vault(settings.secrets["vault_kek"], settings.secrets["lookup_key"])
    bare = await asyncpg.connect(dsn, server_settings={"jit": "off"})
    headers = {
        "cookie": f"{COOKIE}={tokens.issue(_USER)}",
        "sec-fetch-site": "same-origin",
        "accept": "text/html",
    }
    try:
        begun = time.perf_counter()
        known = await Population(Random(_SEED), vault).fill(bare, persons, waiting)
        print(f"{persons:,} people written in {time.perf_counter() - begun:.0f} s", flush=True)
        transport = httpx.ASGITransport(app=service)
        async with httpx.AsyncClient(transport=transport, base_url="http://referral", headers=headers) as client:
            yield Bench(runtime, client, bare, vault), known
    finally:
        await bare.close()
        await runtime.stop()


def _show(measured: dict[str, Any]) -> None:
    rows = {"search": measured["search"], **measured["search_by_kind"], "queue": measured["queue"]}
    for what, figures in rows.items():
        print(what, {name: round(value, 2) for name, value in sorted(figures.items())})


def _alone(folder: Path, persons: int, waiting: int) -> None:
    server = PostgresServer(folder, free_port())
    server.start()
    try:
        _show(asyncio.run(measure(server, persons=persons, waiting=waiting)))
    finally:
        server.stop()


if __name__ == "__main__":
    _alone(Path(sys.argv[1]), *(int(each) for each in sys.argv[2:4] or (PERSONS, WAITING)))
